"""One system for all releases of a file: people are cells, every printed count is a sum of cells.

A cell is a combination of codes of all columns that any release reads. Where that is too many cells, columns that no
release crosses stand in different tables, tied together by the columns they share: two tables of whole people that
agree on what they share are always the tables of some people (the tables are the cliques of a decomposable graph, and
margins that agree can be glued along its tree). So nothing is lost, and the systems stay small.

A cell in which nobody is may still be possible, for all a reader knows. `emptiness` says which are not. Where a rule
(a region follows from a place, a decision from a score) is borne out by few people it may be chance, and so may it be
that nobody has a score between two cuts: then what is told must hold against a reader who knows that and against one
who does not (`Joint.without_weak_rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from sousveil.audits.axis import Axis, Code, axis
from sousveil.audits.cliques import SMALL, plan
from sousveil.audits.emptiness import known_empty, no_score
from sousveil.audits.release import Box, Coding, Release
from sousveil.errors import BoundaryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

__all__ = ["Ask", "Joint", "Record", "Table", "edges_of", "joined"]

MOST_CELLS = 40_000
"""More cells than this in one table cannot be protected while somebody waits."""

Record = tuple[tuple[Code, ...], int]
"""Codes, one a coding in a fixed order, and how many people have them."""

Ask = Callable[[Sequence[Coding]], Iterable[Record]]


@dataclass(frozen=True)
class Table:
    """How many people have each combination of the values of some columns, and which combinations are possible.

    perhaps  combinations that only some readers know to be empty
    """

    axes: tuple[Axis, ...]
    counts: Whole
    possible: Flags
    perhaps: Flags

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(a.column for a in self.axes)

    @property
    def codings(self) -> list[Coding]:
        """In the order in which people are counted by codes."""
        return [coding for a in self.axes for coding in a.codings]

    def place(self, codes: Sequence[Code]) -> tuple[int, ...]:
        """Where people with these codes are counted."""
        at, found = 0, []
        for a in self.axes:
            found.append(a.place[tuple(codes[at:at + len(a.codings)])])
            at += len(a.codings)
        return tuple(found)

    def take(self, masks: Mapping[str, Flags]) -> Whole:
        """Which possible cells, as one long list, lie in a box that is given by the values taken of some columns."""
        import numpy as np

        inside = self.possible
        for i, a in enumerate(self.axes):
            if a.column in masks:
                shape = [1] * len(self.axes)
                shape[i] = -1
                inside = inside & masks[a.column].reshape(shape)
        return np.flatnonzero(inside[self.possible]).astype(np.int64)


@dataclass(frozen=True)
class Joint:
    """The tables of all releases, and which of them agree on which columns.

    ties    (table, table, columns): the sums of both over these columns are equal
    cuts    of each column of scores, where releases cut it
    pooled  of each column, how many labels of few people are told as one, where any are (`Axis.pool`)
    middles of each column of scores that is cut at its median, where the middle is (see `median`)
    """

    tables: tuple[Table, ...]
    ties: tuple[tuple[int, int, tuple[str, ...]], ...]
    cuts: Mapping[str, tuple[float, ...]]
    pooled: Mapping[str, int] = field(default_factory=dict)
    middles: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def axes(self) -> Mapping[str, Axis]:
        return {a.column: a for table in self.tables for a in table.axes}

    def labels(self, release: Release) -> list[tuple[str, ...]]:
        """The labels of each of a release's columns of groups, sorted."""
        found = []
        for place, coding in enumerate(release.groups):
            a = self.axes[coding.column]
            at = a.codings.index(coding)
            labels = {value[at] for value in a.values} - {None}
            found.append(tuple(sorted(text for text in labels if release.counts_label(place, text))))
        return found

    def masks(self, box: Box) -> dict[str, Flags]:
        """A box by the values it takes of each column; a column of which it takes all is left out."""
        found: dict[str, Flags] = {}
        for coding, allowed in box:
            a = self.axes[coding.column]
            flags = a.where(coding, allowed)
            found[a.column] = found[a.column] & flags if a.column in found else flags
        return {column: flags for column, flags in found.items() if not flags.all()}

    def of(self, records: Iterable[Record]) -> Joint:
        """The system of some of the people of its one table; what is possible is as it is for all of them."""
        import numpy as np

        (table,) = self.tables
        counts = np.zeros_like(table.counts)
        for codes, n in records:
            counts[table.place(codes)] += n
        return replace(self, tables=(replace(table, counts=counts),))

    def for_who_knows_less(self) -> Iterator[Joint]:
        """The systems of readers who do not know which labels a column has, or no rules that few people bear out."""
        if self.pooled:
            yield replace(self, pooled={})
        unaware = self.without_weak_rules()
        if unaware is not None:
            yield unaware

    def without_weak_rules(self) -> Joint | None:
        """The system of a reader who knows no rules but those that many people bear out; None when there are none."""
        if not any(table.perhaps.any() for table in self.tables):
            return None
        tables = tuple(replace(table, possible=table.possible | table.perhaps) for table in self.tables)
        return replace(self, tables=tables)

    def home(self, columns: Iterable[str]) -> int:
        """The first table that has all these columns."""
        wanted = set(columns)
        return next(i for i, table in enumerate(self.tables) if wanted <= set(table.columns))


def joined(releases: Sequence[Release], ask: Ask, small: int = SMALL,
           pooled: Callable[[Sequence[Coding]], int] = lambda codings: 0,
           middles: Mapping[str, tuple[float, float]] | None = None) -> Joint:
    """The system of several releases. `ask` counts people by codes; of a score, by its place among `edges`. `pooled`
    says how many labels of a column that is read so are told as one.

    Raises BoundaryError when the releases cut people by too many columns to say what they tell together.
    """
    codings = _by_column(releases)
    middles = middles or {}
    edges = {c.column: edges_of(releases, c, middles) for own in codings.values() for c in own if c.role == "score"}
    axes = {column: axis(own, {codes for codes, _ in ask(own)}, edges.get(column, ()))
            for column, own in codings.items()}
    sizes = {column: len(a.values) for column, a in axes.items()}
    bags = [frozenset(coding.column for coding in release.codings) for release in releases]
    parts, ties = plan(bags, sizes, small)
    tables = []
    for columns in parts:
        if prod(sizes[column] for column in columns) > MOST_CELLS:
            raise BoundaryError(
                f"the columns {', '.join(columns)} together cut people into more than {MOST_CELLS:,} cells: what the "
                "counts of all releases tell together cannot be worked out. Name fewer group columns, or coarser ones")
        tables.append(_table([axes[column] for column in columns], ask, releases))
    cuts = {column: tuple(sorted({r.cut for r in releases if r.cut is not None and r.decision.column == column}))
            for column in edges}
    rare = {column: pooled(a.codings) for column, a in axes.items() if a.pool().any()}
    return Joint(tuple(tables), ties, cuts, {column: many for column, many in rare.items() if many},
                 middles)


def edges_of(releases: Iterable[Release], score: Coding, middles: Mapping[str, tuple[float, float]] | None = None
             ) -> tuple[float, ...]:
    """Where any release cuts a score, and around its middle."""
    found = set((middles or {}).get(score.column, ()))
    found |= {edge for r in releases if r.decision == score for edge in (*r.edges, r.cut) if edge is not None}
    return tuple(sorted(found))


def _by_column(releases: Iterable[Release]) -> dict[str, tuple[Coding, ...]]:
    found: dict[str, set[Coding]] = {}
    for release in releases:
        for coding in release.codings:
            found.setdefault(coding.column, set()).add(coding)
    return {column: tuple(sorted(own)) for column, own in sorted(found.items())}


def _table(axes: Sequence[Axis], ask: Ask, releases: Sequence[Release]) -> Table:
    import numpy as np

    counts = np.zeros(tuple(len(a.values) for a in axes), dtype=np.int64)
    nothing = np.zeros_like(counts, dtype=bool)
    blank = Table(tuple(axes), counts, nothing, nothing)
    for codes, n in ask(blank.codings):
        counts[blank.place(codes)] += n
    possible, unsure = np.ones_like(counts, dtype=bool), nothing.copy()
    for i, j in product(range(len(axes)), repeat=2):
        if i < j:
            pair = counts.sum(axis=tuple(k for k in range(len(axes)) if k not in (i, j)))
            known, weak = known_empty(axes[i], axes[j], pair, releases)
            shape = [1] * len(axes)
            shape[i], shape[j] = pair.shape
            possible &= ~known.reshape(shape)
            unsure |= weak.reshape(shape)
    for i, one in enumerate(axes):
        shape = [1] * len(axes)
        shape[i] = -1
        unsure |= no_score(one, counts.sum(axis=tuple(k for k in range(len(axes)) if k != i))).reshape(shape)
    possible |= counts > 0
    return Table(tuple(axes), counts, possible & ~(unsure & (counts == 0)), possible & unsure & (counts == 0))
