"""Which measures of a study differ between two results, and by how much, as a table.

    git worktree add ../before f714dec
    PYTHONPATH=../before/src python -m sousveil run seed-article --engine agents -o before
    python -m sousveil run seed-article --engine agents -o now
    python bench/before_and_after.py before/harms.csv now/harms.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

Row = dict[str, str]
Key = tuple[str, str, str]


def rows(path: str) -> dict[Key, Row]:
    """The measures of a result, by name, group and reference."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return {(r["measure"], r["group"], r["reference"]): r for r in csv.DictReader(file)}


def said(row: Row | None) -> str:
    """The number and its interval."""
    if row is None:
        return "–"
    if not row["value"]:
        return "not estimable"
    factor, unit = (100.0, "%") if row["unit"] == "share" else (1.0, "")
    value, *ends = (f"{factor * float(row[name]):.4g}" if row[name] else "" for name in ("value", "low", "high"))
    return f"{value}{unit}" + (f" ({ends[0]} to {ends[1]})" if all(ends) and ends[0] != ends[1] else "")


def table(before: dict[Key, Row], now: dict[Key, Row]) -> Iterator[str]:
    """Lines of a table of what differs as it is said, of everybody and where groups are compared."""
    yield "| measure | before | now |"
    yield "|---|---|---|"
    for key in [*before, *(k for k in now if k not in before)]:
        measure, group, reference = key
        pair = said(before.get(key)), said(now.get(key))
        if (group == "all" or reference) and pair[0] != pair[1]:
            yield f"| {measure}{f', {group} against {reference}' if reference else ''} | {pair[0]} | {pair[1]} |"


def main(words: Sequence[str]) -> None:
    """Print the table."""
    before, now = (rows(word) for word in words)
    print("\n".join(table(before, now)))


if __name__ == "__main__":
    main(sys.argv[1:])
