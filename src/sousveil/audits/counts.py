"""Counts of a table of decisions, and what of them may be printed.

A `Counts` holds the finest cells of one release: how many decisions share their groups, score band, decision and
outcome. What is printed are sums of cells ("margins"), one for each group and kind of count; `release` names the kinds.
A `Printed` is all that leaves the audit: it holds no cell.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sousveil.audits.release import UNKNOWN, Coding, Group, Margin, Release

__all__ = ["UNKNOWN", "Cell", "Counts", "Group", "Layout", "Margin", "Printed", "declared", "few", "label", "records",
           "regrouped"]

_FEW = 8
"""So many labels are named one by one in a note."""

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One of the finest cells: a label for each group column, the score band, decision and outcome (0, 1, unknown)."""

    labels: tuple[str, ...]
    band: int
    decision: int
    outcome: int


@dataclass(frozen=True)
class Counts:
    """The table, reduced.

    columns    names of the group columns
    cells      how many people are in each cell; cells without any are absent, but for those that alone have a label
    bands      names of the score bands from the lowest; empty without a score
    outcomes   whether there is a column of outcomes at all
    """

    columns: tuple[str, ...]
    cells: Mapping[Cell, int]
    bands: tuple[str, ...] = ()
    outcomes: bool = False

    @cached_property
    def decided(self) -> Mapping[Cell, int]:
        """The cells of people about whom there is a decision."""
        return {cell: n for cell, n in self.cells.items() if n and cell.decision != UNKNOWN}

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each group column, sorted."""
        return tuple(tuple(sorted({cell.labels[i] for cell in self.cells})) for i in range(len(self.columns)))

    @cached_property
    def layout(self) -> Layout:
        """Without the cells, as of a table in which nobody else is."""
        known = {cell.decision for cell in self.decided if cell.outcome != UNKNOWN}
        partly = self.outcomes and any(cell.outcome == UNKNOWN for cell in self.decided)
        return Layout(self.columns, self.labels, self.bands, self.outcomes, partly, partly and known == {1})


@dataclass(frozen=True)
class Layout:
    """What a table of counts is made of, and no count: whoever holds an answer holds nothing that was withheld.

    columns        names of the group columns
    labels         the labels of each, sorted
    bands          names of the score bands from the lowest; empty without a score
    outcomes       whether there is a column of outcomes at all
    partly_known   whether some outcomes are not known
    only_selected  whether outcomes are known for selected people and for nobody else
    """

    columns: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    bands: tuple[str, ...] = ()
    outcomes: bool = False
    partly_known: bool = False
    only_selected: bool = False

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Everybody, then each label of each column, then each intersection, also those that nobody is in."""
        groups = tuple(Coding(column, "label") for column in self.columns)
        return tuple(Release(Coding("decision", "yes"), None, None, groups).groups_of(self.labels))


@dataclass(frozen=True)
class Printed:
    """What may be printed: counts by margin, None where one is withheld.

    rounded  to what base the counts of the table were rounded before it came here; 0 where they were not
    parts    of rounded counts, how many of the table each count is the sum of
    weighed  with weights, for each count that may be printed the sum of the weights, in steps (see `weights`)
    step     how wide these steps are, and `worth` how many people without weights one with a weight is worth;
             0 where there are no weights
    """

    layout: Layout
    floor: int
    values: Mapping[Margin, int | None]
    weighed: Mapping[Margin, float] = field(default_factory=dict)
    rounded: int = 0
    parts: Mapping[Margin, int] = field(default_factory=dict)
    step: float = 0.0
    worth: float = 0.0

    def __getitem__(self, margin: Margin) -> int | None:
        return self.values.get(margin)


def declared(counts: Counts) -> Release:
    """The release that counts at hand are of."""
    groups = tuple(Coding(column, "label") for column in counts.columns)
    outcome = Coding("outcome", "yes") if counts.outcomes else None
    if not counts.bands:
        return Release(Coding("decision", "yes"), None, outcome, groups)
    selected = [cell.band for cell in counts.cells if cell.decision == 1]
    edges = tuple(float(band) for band in range(1, len(counts.bands)))
    return Release(Coding("score", "score"), float(min(selected, default=len(counts.bands))), outcome, groups, edges)


def records(cells: Mapping[Cell, Number], release: Release, codings: Sequence[Coding]
            ) -> list[tuple[tuple[object, ...], Number]]:
    """How many people have each combination of codes, as `joint` asks for them."""
    found: dict[tuple[object, ...], Number] = {}
    starts = (float("-inf"), *release.edges)
    cut = release.cut if release.cut is not None else float("-inf")
    ends = sorted({*release.edges, cut})
    for cell, n in cells.items():
        codes: dict[Coding, object] = dict(zip(release.groups, cell.labels, strict=True))
        if release.decision.role != "score":
            codes[release.decision] = cell.decision
        else:
            start = max(starts[cell.band], cut) if cell.decision else starts[cell.band]
            codes[release.decision] = -1 if cell.decision == UNKNOWN else bisect_right(ends, start)
        if release.outcome:
            codes[release.outcome] = cell.outcome
        key = tuple(codes[coding] for coding in codings)
        found[key] = found[key] + n if key in found else n
    return list(found.items())


def label(columns: tuple[str, ...], group: Group) -> str:
    """`sex=women, origin=north`; `all` for everybody."""
    return ", ".join(f"{columns[i]}={text}" for i, text in group) or "all"


def few(labels: Sequence[str]) -> str:
    """`a, b, c`; of very many labels the first, and how many more there are."""
    return ", ".join(labels[:_FEW]) + (f" and {len(labels) - _FEW} more" if len(labels) > _FEW else "")


def regrouped(cells: Mapping[Cell, Number], new: Callable[[Cell], Cell | None]) -> dict[Cell, Number]:
    """The cells under other names, added up; those without a new name are left out."""
    found: dict[Cell, Number] = {}
    for cell, n in cells.items():
        named = new(cell)
        if named is not None:
            found[named] = found[named] + n if named in found else n
    return found
