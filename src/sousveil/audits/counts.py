"""Counts of a table of decisions, and every sum of them that an audit prints.

A `Counts` holds the finest cells: how many decisions share their groups, score band, decision and outcome. What is
printed are sums of cells ("margins"), one for each group and kind of count:

    n            decisions                            yx      of them without a known outcome
    d1 d0        selected, not selected               k       of them with one
    y1 y0        outcome present, absent              d1k d0k, d1y1 d1y0 d0y1 d0y0, d1yx d0yx: both at once
    b0k b0y1 ... decisions with a known outcome in score band 0, and of them with the outcome present, absent

In a random-control design "selected" means by the algorithm and "not selected" means drawn at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

__all__ = ["UNKNOWN", "Cell", "Counts", "Group", "Margin", "kinds", "label"]

UNKNOWN = 2
"""The outcome of a decision whose outcome is not known."""

Group = tuple[tuple[int, str], ...]
"""Which labels a group has, as (place of the column, label) pairs; empty for everybody."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One of the finest cells: a label for each group column, the score band, decision (0, 1), outcome (0, 1, 2)."""

    labels: tuple[str, ...]
    band: int
    decision: int
    outcome: int


Margin = tuple[Group, str]
"""A printed count: whose, and of what kind."""


@dataclass(frozen=True)
class Counts:
    """The table, reduced.

    columns    names of the group columns
    cells      how many decisions are in each cell; cells without any are absent
    bands      names of the score bands from the lowest; empty without a score
    outcomes   whether there is a column of outcomes at all
    """

    columns: tuple[str, ...]
    cells: Mapping[Cell, int]
    bands: tuple[str, ...] = ()
    outcomes: bool = False

    @cached_property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The labels of each group column, sorted."""
        return tuple(tuple(sorted({cell.labels[i] for cell in self.cells})) for i in range(len(self.columns)))

    @cached_property
    def partly_known(self) -> bool:
        """Whether some outcomes are not known."""
        return self.outcomes and any(cell.outcome == UNKNOWN for cell in self.cells)

    @cached_property
    def only_selected(self) -> bool:
        """Whether outcomes are known for selected people and for nobody else."""
        known = {cell.decision for cell in self.cells if cell.outcome != UNKNOWN}
        return self.partly_known and 1 in known and 0 not in known

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Everybody, then each label of each column, then each intersection, also those that nobody is in."""
        places = range(len(self.columns))
        found: list[Group] = []
        for size in range(len(self.columns) + 1):
            for chosen in combinations(places, size):
                every = product(*(self.labels[i] for i in chosen))
                found += [tuple(zip(chosen, texts, strict=True)) for texts in every]
        return tuple(found)

    def margins(self) -> Iterator[tuple[Margin, tuple[Cell, ...]]]:
        """Every count that could be printed, with the possible cells that it sums up."""
        possible = self.possible()
        tests = kinds(self)
        for group in self.groups:
            mine = [cell for cell in possible if all(cell.labels[i] == text for i, text in group)]
            for kind, test in tests.items():
                if kind.startswith("b") and len(group) > 1:
                    continue
                members = tuple(cell for cell in mine if test(cell.band, cell.decision, cell.outcome))
                if members:
                    yield (group, kind), members

    def possible(self) -> tuple[Cell, ...]:
        """Every cell that somebody could be in, for all a reader knows: labels × bands × decision × outcome."""
        seen = {(cell.band, cell.decision) for cell in self.cells}
        # That nobody was selected, or everybody, is a count like others: such people must seem possible.
        inside = sorted(seen | {(0, d) for d in (0, 1) if not self.bands or d not in {k[1] for k in seen}})
        found = []
        for labels in product(*self.labels):
            for band, decision in inside:
                for outcome in self._outcomes_of(decision):
                    found.append(Cell(labels, band, decision, outcome))
        return tuple(found)

    def _outcomes_of(self, decision: int) -> tuple[int, ...]:
        """Which outcomes are possible. That outcomes are known of all, or of nobody, is a fact about records alone."""
        if not self.outcomes or (self.only_selected and decision == 0):
            return (UNKNOWN,)
        unknown = any(cell.outcome == UNKNOWN for cell in self.cells if cell.decision == decision)
        return (0, 1, UNKNOWN) if unknown else (0, 1)


class _Test:
    """A condition on (band, decision, outcome); None matches anything, `known` asks for an outcome that is known."""

    __slots__ = ("band", "decision", "known", "outcome")

    def __init__(self, band: int | None = None, decision: int | None = None, outcome: int | None = None,
                 known: bool = False) -> None:
        self.band, self.decision, self.outcome, self.known = band, decision, outcome, known

    def __call__(self, band: int, decision: int, outcome: int) -> bool:
        return (self.band in (None, band) and self.decision in (None, decision) and self.outcome in (None, outcome)
                and not (self.known and outcome == UNKNOWN))


def kinds(counts: Counts) -> dict[str, _Test]:
    """The kinds of count that a table has, each with its test."""
    tests = {"n": _Test(), "d1": _Test(decision=1), "d0": _Test(decision=0)}
    if counts.outcomes:
        for d in (None, 1, 0):
            who = "" if d is None else f"d{d}"
            for y in (1, 0):
                tests[f"{who}y{y}"] = _Test(decision=d, outcome=y)
            tests[f"{who}k"] = _Test(decision=d, known=True)
            if counts.partly_known:
                tests[f"{who}yx"] = _Test(decision=d, outcome=UNKNOWN)
        for b in range(len(counts.bands)):
            tests[f"b{b}k"] = _Test(band=b, known=True)
            tests[f"b{b}y1"], tests[f"b{b}y0"] = _Test(band=b, outcome=1), _Test(band=b, outcome=0)
    return tests


def label(columns: tuple[str, ...], group: Group) -> str:
    """`sex=women, origin=north`; `all` for everybody."""
    return ", ".join(f"{columns[i]}={text}" for i, text in group) or "all"
