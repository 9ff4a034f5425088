"""What stands around a table: a title above its names, a footer below its rows; and names that are missing or twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

__all__ = ["FOOTER", "footer", "header", "named", "named_in", "without_names"]

_TITLE = 12
"""A title has fewer lines than this."""

FOOTER = 12
"""And a footer."""

_TOTALS = ("total", "totals", "grand total", "sum", "all", "summe", "gesamt", "insgesamt", "gesamtsumme", "ensemble",
           "totaal", "totale", "razem", "suma", "summa", "totalt", "totaux", "总计", "合计")
"""What a line of sums begins with."""

_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*%?")

_LONG_NUMBER = re.compile(r"[-+]?(\d{5,}|\d+[.,]\d+)")
"""What no column is called that holds numbers: years, months and classes have fewer digits."""


def header(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int:
    """Which of the first rows holds the names of columns: the first that has all that are asked for, else the first."""
    return named_in(rows, wanted) or 0


def named_in(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int | None:
    """Which of the first rows holds the names asked for, below nothing but a title; None where none does.

    Whoever asks for values as if they were names must not learn whether one of the first people has them all, so what
    stands above has at most half as many values: names of columns and rows about people have more.
    """
    for i, row in enumerate(rows[:_TITLE]):
        if wanted and set(wanted) <= set(map(_called, row)):
            return i
        if any(cell.strip() for cell in row) and not _may_be_title(row, rows[:_TITLE]):
            return None
    return None


def _may_be_title(row: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a line has few values beside the others; an index without a name leaves the first value empty."""
    full, most = _full(row), max(map(_full, rows))
    return 2 * full < most or (2 * full == most and bool(row[0].strip()))


def _full(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def without_names(rows: Sequence[Sequence[str]], at: int) -> bool:
    """Whether the line that should hold names is a row: half of its values come again below, each in its own column, or
    one is a number as only values are, above other numbers.
    """
    names = [cell.strip() for cell in rows[at]] if rows else []
    again = 0
    for i, name in enumerate(names):
        below = {row[i].strip() for row in rows[at + 1:FOOTER] if i < len(row) and row[i].strip()}
        if _LONG_NUMBER.fullmatch(name) and below and all(map(_NUMBER.fullmatch, below)):
            return True
        # Columns are called after a label too: disabled, of which the other is "not disabled".
        others = [re.search(rf"\b{re.escape(name)}\b", other) for other in below - {name}]
        again += name in below and not (others and all(others))
    return again > 0 and 2 * again >= sum(map(bool, names))


def footer(rows: Sequence[Sequence[str]], width: int) -> int:
    """How many of the last rows are none of the table: a note, an empty line, a line of sums."""
    for count, row in enumerate(reversed(rows)):
        full = [cell.strip() for cell in row if cell.strip()]
        alone = len(row) < width or (width > 2 and not any(cell.strip() for cell in row[1:]))
        if full and not (len(full) == 1 and alone) and full[0].casefold().rstrip(":") not in _TOTALS:
            return count if count < FOOTER else 0
    return 0


def _called(name: str) -> str:
    """A name as a line of plain text: workbooks break lines in names, and no page or terminal is to obey one."""
    return " ".join(re.sub(r"[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", re.sub(
        r"[\x00-\x1f\x7f-\x9f]", " ", name)).split())


def named(names: Sequence[str]) -> tuple[str, ...]:
    """The names of columns, each once: `x (1)` and `x (2)` of two, `(column 3)` where there is none."""
    plain = [_called(name) or f"(column {i})" for i, name in enumerate(names, 1)]
    lower = [name.casefold() for name in plain]
    every, before = Counter(lower), Counter[str]()
    found = []
    for name, low in zip(plain, lower, strict=True):
        before[low] += 1
        found.append(f"{name} ({before[low]})" if every[low] > 1 else name)
    return tuple(found)
