"""Tables of counts that are asked about as if a row were a person.

They are known by this: no two rows are alike in all but a number, although there are few combinations, and the same
people stand there once with each decision. Rows of a list come twice and more often: as birthdays do. Of a table with a
handful of rows chance says nothing: there the name of a column does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sousveil.audits import sql
from sousveil.audits.column_names import plain_name
from sousveil.audits.describe import Ask
from sousveil.audits.numbers import THOUSANDS
from sousveil.audits.question import Question
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["check_rows", "like_counts"]

_PAIRS = 7.0
"""By chance so many pairs of rows would be alike, or more: that none is has a chance of one in a thousand then."""

_EACH = 1.5
"""So often on average each combination of what is not the decision, and each value, stands in a table of counts."""

_MOST_ROWS = 100_000
_CANDIDATES = 6
"""So many columns of whole numbers are looked at: which may hold the counts."""


_NAMED = re.compile(
    r"(?:(?:n|nb|nr|no|num|number|count)_?(?:of)?_?)?(?:n|nb|num|number|counts?|total|totals|freq|frequency|size|cases|"
    r"people|persons|decisions|applicants|applications|anzahl|haufigkeit|haeufigkeit|summe|gesamt|insgesamt|personen|"
    r"aantal|totaal|nombre|effectifs?|total_general|numero|cantidad|frecuencia|quantidade|conteggio|totale|liczba|razem|"
    r"antal|summa)|n_[a-z]+|.+_(?:n|counts?)|人数|数量|合计|总计")
"""What a column of counts is called."""

_FULL, _FEW_ROWS = 0.3, 20
"""Of the combinations that there could be, a table of counts with such a column has rows for so many at least, where it
has more rows than a handful."""


_COUNT = rf"\d+(\.0+)?|{THOUSANDS}"


def like_counts(name: str) -> bool:
    """Whether a column is called as counts are."""
    return _NAMED.fullmatch(plain_name(name) or name) is not None


def check_rows(ask: Ask, found: Source, columns: Sequence[str], question: Question) -> None:
    """Raises InputError for a table of counts that is not asked about as one."""
    if question.counts:
        return
    numbers = [name for name in columns if name not in question.columns or name == question.weight]
    whole = ", ".join(f"count(*) FILTER ({sql.whole(name)} IS NULL)" for name in numbers)
    rows, *bad = ask(f"SELECT count(*){', ' * bool(numbers)}{whole} FROM {found.sql}")[0]
    if rows > _MOST_ROWS:
        return
    candidates = [name for name, wrong in zip(numbers, bad, strict=True) if not wrong]
    for counts in (*candidates[:_CANDIDATES], ""):
        others = [name for name in columns if name != counts]
        each = [name for name in others if name != question.decided_by]
        different, kinds, most, possible = ask(sql.combinations(found.sql, others, each))[0]
        each_once = different == rows and rows * (rows - 1) / 2 >= _PAIRS * possible
        if each_once and rows > _EACH * max(kinds, most):
            said = (f'say what a row stands for: --counts "{counts}"' if counts else
                    "name the column that says what a row stands for: --counts")
            raise InputError(Problem(found.name, 0, 0, (
                "has each combination of its columns in one row, as a table of counts has: a row of it is no "
                f"decision. {said[0].upper()}{said[1:]}")))
    for counts in (name for name in numbers if name != question.weight and like_counts(name)):
        _check_named(ask, found, columns, counts, rows)


def _check_named(ask: Ask, found: Source, columns: Sequence[str], counts: str, rows: int) -> None:
    """Raises InputError where a column is called as counts are, and no two rows are alike in all others. Some counts
    may be blank, or have a star in their place.
    """
    others = [name for name in columns if name != counts]
    number = f"regexp_full_match(trim({sql.text(counts)}), {sql.text_literal(_COUNT)})"
    ((wrong,),) = ask(f"SELECT count(*) FILTER (NOT coalesce({number}, false)) FROM {found.sql}")
    different, _, _, possible = ask(sql.combinations(found.sql, others, others))[0]
    if others and 2 * wrong <= rows and 1 < rows == different and (rows < _FEW_ROWS or rows >= _FULL * possible):
        raise InputError(Problem(found.name, 0, 0, (
            f'has a row for each combination of its columns, and column "{counts}" is called as counts are: if a row '
            f'stands for so many decisions, say so: --counts "{counts}". If a row is one decision: --drop "{counts}"')))
