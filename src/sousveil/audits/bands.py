"""Bands of a score, chosen so that neither their edges nor their counts tell of a person.

Edges are round numbers (or the cut), never somebody's score. The score is cut finely first; then neighbours are joined,
never across the cut, until in every band every larger group has enough people with and without the outcome.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sousveil.audits.counts import UNKNOWN, Cell, Counts
from sousveil.audits.question import Question

__all__ = ["Fine", "fine", "merged"]

_FINE = 40
_MOST = 10


@dataclass(frozen=True, slots=True)
class Fine:
    """Equal steps of round width from `start`. `whole` says that the score has whole numbers alone."""

    start: float
    width: float
    number: int
    whole: bool

    def sql(self, score: str) -> str:
        """The number of the step that a score is in, for DuckDB."""
        inside = f"floor(({score} - {self.start!r}) / {self.width!r})"
        return f"greatest(0, least({self.number - 1}, {inside}))::INTEGER"

    def name(self, first: int, last: int, low: float | None, high: float | None) -> str:
        """What steps `first` to `last` are called; `low`, `high` replace an edge by the cut."""
        left = self.start + first * self.width if low is None else low
        right = self.start + (last + 1) * self.width if high is None else high
        if self.whole and self.width == 1:
            left, right = math.ceil(left), math.ceil(right) - 1
            return f"{left:g}" if left >= right else f"{left:g} to {right:g}"
        return f"{left:.6g} to under {right:.6g}"


def fine(least: float, most: float, whole: bool) -> Fine:
    """Steps that cover [least, most]: one a whole number where those are few, else about forty of round width."""
    if whole and most - least < _FINE:
        return Fine(math.floor(least), 1.0, int(most - math.floor(least)) + 1, True)
    span = (most - least) or 1.0
    raw = span / (_FINE - 2)
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= raw)
    start = math.floor(least / width) * width
    return Fine(start, width, int((most - start) / width) + 1, False)


def merged(counts: Counts, steps: Fine, question: Question) -> Counts:
    """Counts whose cells have bands for steps, joined and named. Without outcomes: below the cut, and above."""
    steps_seen = sorted({(cell.band, cell.decision) for cell in counts.cells})
    cut = question.cut
    runs = [run for d in (0, 1) for run in _joined(counts, [k for k in steps_seen if k[1] == d], question.floor)]
    names = []
    for run in runs:
        (first, decision), (last, _) = run[0], run[-1]
        low = cut if decision and (first, 0) in steps_seen else None
        high = cut if not decision and (last, 1) in steps_seen else None
        names.append(steps.name(first, last, low, high))
    where = {key: i for i, run in enumerate(runs) for key in run}
    cells: dict[Cell, int] = {}
    for cell, n in counts.cells.items():
        joined = replace(cell, band=where[cell.band, cell.decision])
        cells[joined] = cells.get(joined, 0) + n
    return Counts(counts.columns, cells, tuple(names), counts.outcomes)


def _joined(counts: Counts, keys: list[tuple[int, int]], floor: int) -> list[list[tuple[int, int]]]:
    """Runs of neighbouring steps, each with enough people of every larger group on both sides of the outcome."""
    if not keys:
        return []
    need = max(floor, 1)
    wanted = _larger_groups(counts, 10 * need) if counts.outcomes else []
    least = sum(counts.cells.values()) / (2 * _MOST)
    runs: list[list[tuple[int, int]]] = [[]]
    for key in keys:
        runs[-1].append(key)
        if wanted and _enough(counts, runs[-1], wanted, need, least):
            runs.append([])
    if not runs[-1]:
        runs.pop()
    elif len(runs) > 1:  # what is left over is too little for a band of its own
        last = runs.pop()
        runs[-1] += last
    return runs


def _larger_groups(counts: Counts, need: int) -> list[tuple[int, str]]:
    """Labels with enough known outcomes of both kinds; place -1 is everybody."""
    found = [(-1, "")]
    for place, texts in enumerate(counts.labels):
        for text in texts:
            mine = [(c, n) for c, n in counts.cells.items() if c.labels[place] == text]
            sizes = [sum(n for c, n in mine if c.outcome == y) for y in (0, 1)]
            if min(sizes) >= need:
                found.append((place, text))
    return found


def _enough(counts: Counts, run: list[tuple[int, int]], wanted: list[tuple[int, str]], need: int, least: float) -> bool:
    inside = set(run)
    mine = [(c, n) for c, n in counts.cells.items() if (c.band, c.decision) in inside and c.outcome != UNKNOWN]
    if sum(n for _, n in mine) < least:
        return False
    for place, text in wanted:
        for outcome in (0, 1):
            if sum(n for c, n in mine if c.outcome == outcome and place in (-1, _at(c, place, text))) < need:
                return False
    return True


def _at(cell: Cell, place: int, text: str) -> int:
    """`place` when the cell has the label there, else a place that no column has."""
    return place if place >= 0 and cell.labels[place] == text else -2
