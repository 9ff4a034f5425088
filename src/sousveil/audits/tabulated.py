"""Tables of counts that are asked about as if a row were a person.

They are known by this: no two rows are alike in all but a number, although there are few combinations, and the same
people stand there once with each decision. Rows of a list come twice and more often: as birthdays do.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.audits import sql
from sousveil.audits.describe import Ask
from sousveil.audits.question import Question
from sousveil.audits.source import Source
from sousveil.errors import InputError, Problem

__all__ = ["check_rows"]

_PAIRS = 7.0
"""By chance so many pairs of rows would be alike, or more: that none is has a chance of one in a thousand then."""

_EACH = 1.5
"""So often on average each combination of what is not the decision, and each value, stands in a table of counts."""

_MOST_ROWS = 100_000
_CANDIDATES = 6
"""So many columns of whole numbers are looked at: which may hold the counts."""


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
