"""How the numbers of a table are written: with decimal commas, groups of thousands, percent signs.

A column says by its own values which it is, or it is asked (`--decimal`): `1,200` alone is one and a fifth to one half
of the world. What was found out is said. The first rows are looked at; a number further down that is written in another
way is an error, as it would be by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sousveil.audits import sql
from sousveil.audits.describe import Ask
from sousveil.audits.question import Question
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["BLANKS", "THOUSANDS", "plain"]

_LOOKED_AT = 200_000

BLANKS = " '\u2019\u00a0\u2009\u202f"
"""Signs between thousands that are nothing else: blanks, also thin ones and such as break no line, and apostrophes."""

_SIGN = r"[-+]?"
_END = r" ?%?"
_FORMS = {
    "percent": r".*%",
    "comma": rf"{_SIGN}(\d*,\d+|\d{{1,3}}([.{BLANKS}]\d{{3}})+,\d+|\d{{1,3}}(\.\d{{3}}){{2,}}){_END}",
    "point": rf"{_SIGN}(\d*\.\d+|\d{{1,3}}([,{BLANKS}]\d{{3}})+\.\d+|\d{{1,3}}(,\d{{3}}){{2,}}){_END}",
    "commas": rf"{_SIGN}[1-9]\d{{0,2}},\d{{3}}{_END}",
    "points": rf"{_SIGN}[1-9]\d{{0,2}}\.\d{{3}}{_END}",
    "blanks": rf"{_SIGN}[1-9]\d{{0,2}}([{BLANKS}]\d{{3}})+([.,]\d+)?{_END}",
}
"""Numbers that end in a percent sign; that can only have a decimal comma, but for `commas`; only a point, but for
`points`; those with three digits behind their one mark, which are thousands to some; and with blanks between thousands.
"""

THOUSANDS = rf"[1-9]\d{{0,2}}([.,{BLANKS}]\d{{3}})+"
"""A count that has marks of thousands. Others with such marks are no whole numbers, and are refused."""


def plain(ask: Ask, found: Source, question: Question, scores: Sequence[str] = ()) -> Source:
    """The table with its score, weight or counts, and other columns of scores, as plain numbers, where they are not.

    Raises InputError where it cannot be told how they are written.
    """
    for name in filter(None, dict.fromkeys((question.score, question.weight, question.counts, *scores))):
        value = f"trim({sql.text(name)})"
        counts = [f"count(*) FILTER (regexp_full_match({value}, {sql.text_literal(form)}))" for form in _FORMS.values()]
        odd = f"count(*) FILTER ({sql.not_number(name)})"
        rows = ask(f"SELECT {odd}, count(nullif({value}, '')), {', '.join(counts)} FROM "
                   f"(SELECT {sql.quoted(name)} FROM {found.sql} LIMIT {_LOOKED_AT})")[0]
        odds, present, *forms = rows
        if odds or (name == question.counts and forms[4]) or question.decimal:
            found = _rewritten(found, question, name, dict(zip(_FORMS, forms, strict=True)), present)
    return found


def _rewritten(found: Source, question: Question, name: str, forms: dict[str, int], present: int) -> Source:
    """With one column in plain numbers."""
    if forms["percent"] and name == question.counts:
        raise InputError(Problem(found.name, 0, 0, (
            f'column "{name}" has percent signs: it says how many of a hundred, and --counts needs how many people. '
            "Put the counts there that the shares were worked out from")))
    if forms["percent"] not in (0, present):
        raise InputError(Problem(found.name, 0, 0, (
            f'column "{name}" has percent signs in some rows and not in others: write all in one way')))
    comma, point = forms["comma"] - forms["commas"], forms["point"] - forms["points"]
    decimal = question.decimal or _decimal(found, question, name, forms, comma, point)
    said = []
    value = f"trim({sql.text(name)})"
    if forms["percent"]:
        value = f"trim(replace({value}, '%', ''))"
        said.append(f'percent signs in column "{name}" were left out: 70 % is 70')
    if forms["blanks"]:
        value = (f"(CASE WHEN regexp_full_match({value}, {sql.text_literal(_FORMS['blanks'])}) THEN "
                 f"regexp_replace({value}, '[{BLANKS.replace(chr(39), chr(39) * 2)}]', '', 'g') ELSE {value} END)")
        said.append(f'blanks and apostrophes between digits of column "{name}" were read as marks of thousands')
    if decimal == "comma":
        value = f"replace(replace(replace({value}, '.', ''), ' ', ''), ',', '.')"
        said.append(f'column "{name}" was read with decimal commas')
    elif decimal == "point" and (forms["comma"] or forms["point"] > point):
        value = f"replace({value}, ',', '')"
        said += [f'commas in column "{name}" were read as marks of thousands'] if forms["commas"] else []
    shown = f"(SELECT * REPLACE ({value} AS {sql.quoted(name)}) FROM {found.sql})"
    return replace(found, sql=shown, assumed=(*found.assumed, *said)) if said or question.decimal else found


def _decimal(found: Source, question: Question, name: str, forms: dict[str, int], comma: int, point: int) -> str:
    """Which sign marks decimals; '' where nothing has to be changed. Raises InputError where it cannot be told."""
    if comma and point:
        raise InputError(Problem(found.name, 0, 0, (
            f'column "{name}" has decimal commas in some rows and decimal points in others: write all in one way')))
    if comma or point:
        return "comma" if comma else "point"
    if forms["commas"] and name != question.counts:
        raise InputError(Problem(found.name, 0, 0, (
            f'column "{name}" has numbers with three digits behind a comma, which are thousands to some and decimals '
            "to others: say --decimal point where the comma marks thousands, --decimal comma where it marks decimals")))
    if forms["commas"]:
        return "point"  # whole numbers: three digits behind a mark are thousands
    return "comma" if forms["points"] and name == question.counts else ""
