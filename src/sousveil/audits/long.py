"""Tables in which everybody stands several times: once as a woman, once as young, once as born abroad.

Such a table has a column that names the attribute and one with its values. Counted as it stands, everybody is counted
once for each attribute. It is known by this: each value belongs to one attribute, and every attribute has all people,
or is called as attributes are. Where neither can be told, the answer says what was assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sousveil.audits import sql
from sousveil.audits.column_names import plain_name
from sousveil.audits.describe import Ask
from sousveil.audits.question import Question
from sousveil.audits.release import Coding, chosen, picked
from sousveil.audits.source import Source
from sousveil.audits.tabulated import like_counts
from sousveil.errors import InputError, Problem

__all__ = ["attributes", "check"]

Known = Literal["called", "alike", ""] | None
"""By what attributes are known, or that there are none; None where it cannot be told."""

_MOST_ATTRIBUTES = 30
_MOST_VALUES = 400
_LOOKED_AT = 20_000
_ALIKE = 0.02
"""Attributes of the same people have the same totals, of people and of decisions, but for a few blanks; regions hardly
ever have both."""

_NAMES = ("attribute", "attributes", "characteristic", "dimension", "breakdown", "variable", "demographic", "merkmal",
          "eigenschaft", "kenmerk", "caractéristique", "característica", "caratteristica", "cecha", "egenskap", "属性")
"""What a column of attributes is called."""

_CALLED = frozenset((
    "sex", "gender", "age", "age_group", "age_band", "race", "ethnicity", "ethnic_group", "origin",
    "nationality", "citizenship", "religion", "disability", "education", "income", "marital_status", "birth",
    "country_of_birth", "language", "geschlecht", "alter", "altersgruppe", "herkunft", "staatsangehoerigkeit",
    "behinderung", "bildung", "geslacht", "leeftijd", "herkomst", "nationaliteit", "sexe", "genre",
    "age_du_demandeur", "origine", "nationalite", "handicap", "sexo", "genero", "edad", "idade", "origen",
    "nacionalidad", "raca", "sesso", "eta", "nazionalita", "plec", "wiek", "pochodzenie", "kon", "alder",
    "ursprung"))
"""What attributes of people are called."""

_MANY = 10
"""So many times the floor have to be selected, and not selected, that these totals are compared."""

_BY_CHANCE = 0.1
"""Totals of regions may be as like each other as this; then nothing tells whether they are attributes."""


def check(ask: Ask, found: Source, question: Question, distinct: Mapping[str, int]) -> tuple[str, ...]:
    """Raises InputError, with the way out, where the table stands on several attributes. What is assumed where that
    cannot be told, in words. `distinct`: about how many values each column has.
    """
    assumed: list[str] = []
    chosen = [picked(text) for text in question.where]
    held = {column for column, values in chosen if len(values) == 1}
    for name, group in _nested_columns(question, distinct):
        if name in held:
            continue
        several = _several(ask, found, question, name, group)
        asked = {name, group} & set(question.groups)
        if several and (asked or several == "called"):
            raise InputError(Problem(found.name, 0, 0, (
                f'column "{group}" has the groups of several attributes, and column "{name}" says of which: '
                f'everybody would be counted once for each. Choose one: --where "{name}=VALUE"')))
        if several or (several is None and asked):
            assumed.append(f'each value of column "{group}" belongs to one of column "{name}", and everybody is '
                           f'taken to stand in the table once; if everybody stands there once for each "{name}", '
                           f'choose one: --where "{name}=VALUE"')
    return tuple(assumed)


def attributes(ask: Ask, found: Source, question: Question, distinct: Mapping[str, int]) -> frozenset[str]:
    """The columns of filters that say of which attribute a row is."""
    held = {picked(text)[0] for text in question.where}
    return frozenset(name for name, group in _nested_columns(question, distinct)
                     if name in held and _several(ask, found, question, name, group))


def _nested_columns(question: Question, distinct: Mapping[str, int]) -> list[tuple[str, str]]:
    """Pairs of columns of which the second may have the values of what the first names."""
    parts = {name for name in question.columns if name not in question.groups}
    names = [name for name in distinct if name not in parts]
    return [(name, group) for name in names for group in names
            if 2 <= distinct[name] <= _MOST_ATTRIBUTES and distinct[name] < distinct[group] <= _MOST_VALUES
            and (group in question.groups or not like_counts(group))]


def _several(ask: Ask, found: Source, question: Question, name: str, group: str) -> Known:
    """Whether these are attributes and their values."""
    first = _pairs(ask, f"(SELECT * FROM {found.sql} LIMIT {_LOOKED_AT})", name, group, question)
    if not _nested(first):
        return ""
    labels, groups, attributes, values, least, most, fewest, selected = _pairs(ask, found.sql, name, group, question)
    if not _nested((labels, groups, attributes, values)):
        return ""
    # Of few who are selected, or few who are not, it must not be told that two attributes have about as many.
    many = min(fewest, least - selected) >= _MANY * question.floor
    both = [(least, most), (fewest, selected)] if many else [(least, most)]
    unlike = max((high - low) / high if high else 1.0 for low, high in both)
    called = {plain_name(text) for (text,) in ask(f"SELECT DISTINCT {sql.text(name)} FROM {found.sql} "
                                                  f"WHERE {sql.text(name)} <> ''")}
    if name.strip().casefold() in _NAMES or len(called & _CALLED) >= 2:
        return "called"
    return "alike" if unlike <= _ALIKE and many else None if unlike <= _BY_CHANCE else ""


def _nested(pairs: tuple[int, ...]) -> bool:
    """Whether each group belongs to one attribute, and an attribute has two groups or more; that of totals has one."""
    both, groups, attributes, values = pairs[:4]
    return both == groups and attributes >= 2 and values >= 2


def _pairs(ask: Ask, table: str, name: str, group: str, question: Question) -> tuple[int, ...]:
    """How many pairs, groups and attributes there are, the most groups of one, and the least and largest total: of
    people, and of those who are selected.
    """
    people = sql.whole(question.counts) if question.counts else "1"
    decision = (sql.cut(question.score, question.cut) if question.cut is not None else sql.coded(
        Coding(question.selection, "arm", question.control) if question.selection else chosen(question.decision), "d"))
    found: tuple[int, ...] = ask(
        f"WITH each AS (SELECT {sql.text(name)} AS a, {sql.text(group)} AS b, {people} AS w, {decision.raw} AS r_d "
        f"FROM {table} WHERE {sql.text(name)} <> '' AND {sql.text(group)} <> ''), "
        f"few AS (SELECT a, b, sum(w) AS n, sum(w) FILTER (({decision.shaped}) = 1) AS s FROM each GROUP BY 1, 2), "
        "whole AS (SELECT a, count(*) AS k, sum(n) AS n, coalesce(sum(s), 0) AS s FROM few GROUP BY 1) "
        "SELECT (SELECT count(*) FROM few), (SELECT count(DISTINCT b) FROM few), count(*), coalesce(max(k), 0), "
        "coalesce(min(n), 0), coalesce(max(n), 0), coalesce(min(s), 0), coalesce(max(s), 0) FROM whole")[0]
    return found
