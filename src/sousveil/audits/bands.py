"""Bands of a score, chosen so that neither their edges nor their counts tell of a person.

Edges are round numbers (or the cut), never somebody's score, and the outermost bands are open: nobody's lowest or
highest score is an edge. The score is cut finely first, over the range that all but a floor of people at either end
have; then neighbours are joined until in every band every larger group has enough people with and without the outcome.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sousveil.audits.counts import UNKNOWN, Cell, Counts
from sousveil.audits.question import Question

__all__ = ["Steps", "fine", "merged", "names"]

_FINE = 40
_MOST = 10


@dataclass(frozen=True, slots=True)
class Steps:
    """The places of a score between edges: below the first, between the first and the second, and so on."""

    edges: tuple[float, ...]

    def sql(self, score: str) -> str:
        """The number of the step that a score is in, for DuckDB; by comparing, so that an edge means one thing."""
        return "(" + " + ".join(["0", *(f"({score} >= {edge!r})::INTEGER" for edge in self.edges)]) + ")"


def fine(least: float, most: float, whole: bool) -> Steps | None:
    """Steps that cover [least, most]: one a whole number where those are few, else about forty of round width.

    None where numbers cannot tell them apart.
    """
    if whole and most - least < _FINE:
        return Steps(tuple(float(math.floor(least) + i) for i in range(1, int(most - math.floor(least)) + 1)))
    span = (most - least) or max(1.0, abs(least) * 1e-9)
    raw = span / (_FINE - 2)
    if not math.isfinite(span) or raw < 1e-300:
        return None
    power = 10.0 ** math.floor(math.log10(raw))
    width = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= raw)
    start = math.floor(least / width)
    # Without the dust of binary fractions, and each once: far from zero, steps may be finer than numbers are.
    edges = {float(f"{(start + i) * width:.12g}") for i in range(1, int(most / width - start) + 1)}
    return Steps(tuple(sorted(edges)))


def merged(counts: Counts, steps: Steps, question: Question) -> tuple[Mapping[tuple[int, int], int], tuple[float, ...]]:
    """The band of each step and decision, and the edges between the bands."""
    seen = sorted({(cell.band, cell.decision) for cell in counts.decided})
    runs = [run for d in (0, 1) for run in _joined(counts, [k for k in seen if k[1] == d], question.floor)]
    edges = []
    for before, run in pairwise(runs):
        cut = run[0][1] != before[0][1]
        edges.append(question.cut if cut and question.cut is not None else steps.edges[run[0][0] - 1])
    return {key: i for i, run in enumerate(runs) for key in run}, tuple(edges)


def names(edges: Sequence[float], whole: bool) -> tuple[str, ...]:
    """What the bands between edges are called: `under 2`, `2 to under 5`, `5 and above`; of whole numbers `2 to 4`."""
    if not edges:
        return ("any",)
    found = [f"up to {_before(edges[0])}" if whole else f"under {edges[0]:.6g}"]
    for low, high in pairwise(edges):
        first = f"{math.ceil(low)}" if whole else f"{low:.6g}"
        if not whole:
            found.append(f"{first} to under {high:.6g}")
        else:
            found.append(first if first == _before(high) else f"{first} to {_before(high)}")
    return (*found, f"{math.ceil(edges[-1]) if whole else format(edges[-1], '.6g')} and above")


def _before(edge: float) -> str:
    """The last whole number under an edge."""
    return f"{math.ceil(edge) - 1}"


def _joined(counts: Counts, keys: list[tuple[int, int]], floor: int) -> list[list[tuple[int, int]]]:
    """Runs of neighbouring steps, each with enough people of every larger group on both sides of the outcome."""
    if not keys:
        return []
    wanted = _larger_groups(counts, 10 * floor)
    least = sum(counts.decided.values()) / (2 * _MOST)
    runs: list[list[tuple[int, int]]] = [[]]
    for key in keys:
        runs[-1].append(key)
        if _enough(counts, runs[-1], wanted, floor, least):
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
            mine = [(c, n) for c, n in counts.decided.items() if c.labels[place] == text]
            sizes = [sum(n for c, n in mine if c.outcome == y) for y in (0, 1)]
            if min(sizes) >= need:
                found.append((place, text))
    return found


def _enough(counts: Counts, run: list[tuple[int, int]], wanted: list[tuple[int, str]], need: int, least: float) -> bool:
    inside = set(run)
    mine = [(c, n) for c, n in counts.decided.items() if (c.band, c.decision) in inside and c.outcome != UNKNOWN]
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
