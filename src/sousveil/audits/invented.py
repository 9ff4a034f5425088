"""Invented tables of decisions, to try an audit on: nobody in them is real, and nothing about them is measured.

An office of benefits looks for fraud. One in ten people of every group has committed it; but women without fraud are
flagged twice as often as men without it, and people from abroad twice as often as others. That is what an audit of
these tables must find. They are made of the counts below, without chance, so that they are the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["tables"]

Row = tuple[str | int, ...]

PEOPLE: Mapping[Row, int] = {
    ("men", "here", 1, 1): 40, ("men", "here", 1, 0): 60, ("men", "here", 0, 1): 40, ("men", "here", 0, 0): 660,
    ("men", "abroad", 1, 1): 15, ("men", "abroad", 1, 0): 45,
    ("men", "abroad", 0, 1): 15, ("men", "abroad", 0, 0): 225,
    ("women", "here", 1, 1): 35, ("women", "here", 1, 0): 105,
    ("women", "here", 0, 1): 35, ("women", "here", 0, 0): 525,
    ("women", "abroad", 1, 1): 15, ("women", "abroad", 1, 0): 90,
    ("women", "abroad", 0, 1): 15, ("women", "abroad", 0, 0): 180,
}
"""(sex, origin, flagged, fraud) -> decisions."""

CASES: Mapping[Row, int] = {
    ("men", "algorithm", 1): 150, ("men", "algorithm", 0): 250, ("men", "random", 1): 50, ("men", "random", 0): 450,
    ("women", "algorithm", 1): 150, ("women", "algorithm", 0): 450,
    ("women", "random", 1): 50, ("women", "random", 0): 450,
}
"""(sex, arm, fraud) -> people who were looked at: those that an algorithm chose, and a sample drawn by lot."""

CUT = 70
"""Percent of risk from which on a person is flagged."""

ABOUT = """Invented: nobody in these tables is real. They are here to try an audit on.

decisions.csv  a row a decision
               sousveil audit decisions.csv --decision flagged --outcome fraud --groups sex,origin
scores.csv     decisions of a larger office, as scores: flagged from a risk of 0.7 on
               sousveil audit scores.csv --score risk --cut 0.7 --outcome fraud --groups sex
counts.csv     the same decisions, counted
               sousveil audit counts.csv --decision flagged --outcome fraud --groups sex --counts n
cases.csv      people whom an algorithm chose, and a sample drawn by lot, out of 50,000
               sousveil audit cases.csv --selection arm --control random --population 50000 --outcome fraud --groups sex
"""


def tables() -> dict[str, str]:
    """Name of a file -> its text: four tables, one for each form that an audit reads, and what they are."""
    larger = list(_mixed({row: 2 * n for row, n in PEOPLE.items()}))  # other people: the ledger knows the same again
    return {"decisions.csv": _csv(("sex", "origin", "flagged", "fraud"), _mixed(PEOPLE)),
            "scores.csv": _csv(("sex", "origin", "risk", "fraud"), _scored(larger)),
            "counts.csv": _csv(("sex", "origin", "flagged", "fraud", "n"), [(*row, n) for row, n in PEOPLE.items()]),
            "cases.csv": _csv(("sex", "arm", "fraud"), _mixed(CASES)), "about.txt": ABOUT}


def _mixed(counts: Mapping[Row, int]) -> Iterator[Row]:
    """A row as often as it counts, each kind spread evenly over the whole table."""
    places = [((i + 0.5) / n, row) for row, n in counts.items() for i in range(n)]
    return (row for _, row in sorted(places))


def _scored(people: list[Row]) -> Iterator[Row]:
    """The decision as a risk in hundredths on its side of the cut, somewhat higher for who committed fraud."""
    for i, (sex, origin, flagged, fraud) in enumerate(people):
        even = i * 0.6180339887498949 % 1  # multiples of the golden ratio: spread evenly, in no visible order
        part = even ** (0.5 if fraud else 2.0)
        percent = CUT + int((101 - CUT) * part) if flagged else int(CUT * part)
        yield sex, origin, f"{percent / 100:.2f}", fraud


def _csv(names: tuple[str, ...], rows: Iterator[Row] | list[Row]) -> str:
    return "\n".join(",".join(map(str, row)) for row in [names, *rows]) + "\n"
