"""One system for all releases of a file: people are cells, every printed count is a sum of cells.

A cell is a combination of codes of all columns that any release reads. Where that is too many cells, columns that no
release crosses stand in different tables, tied together by the columns they share: two tables of whole people that
agree on what they share are always the tables of some people (the tables are the cliques of a decomposable graph, and
margins that agree can be glued along its tree). So nothing is lost, and the systems stay small.

A cell in which nobody is may still be possible, for all a reader knows. `_known_empty` says which are not. Where a rule
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
from typing import TYPE_CHECKING, Any

from sousveil.audits.cliques import SMALL, plan
from sousveil.audits.release import MISSING, OTHER, UNKNOWN, Allowed, Box, Coding, Release
from sousveil.errors import BoundaryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Whole = npt.NDArray[np.int64]

__all__ = ["SURE", "Ask", "Axis", "Joint", "Record", "Table", "axis", "edges_of", "joined"]

SURE = 50.0
"""If chance would put at least so many people where nobody is, that nobody is there is a rule which readers know."""

MOST_CELLS = 40_000
"""More cells than this in one table cannot be protected while somebody waits."""

Code = Any
Record = tuple[tuple[Code, ...], int]
"""Codes, one a coding in a fixed order, and how many people have them."""

Ask = Callable[[Sequence[Coding]], Iterable[Record]]


@dataclass(frozen=True)
class Axis:
    """A column: the values it may have, each a code for every way it is read; of a score the code is a place."""

    codings: tuple[Coding, ...]
    values: tuple[tuple[Code, ...], ...]
    edges: tuple[float, ...] = ()

    @property
    def column(self) -> str:
        return self.codings[0].column

    @cached_property
    def place(self) -> Mapping[tuple[Code, ...], int]:
        """Where each value stands."""
        return {value: i for i, value in enumerate(self.values)}

    def where(self, coding: Coding, allowed: Allowed) -> Flags:
        """Which values a box takes."""
        import numpy as np

        at = self.codings.index(coding)
        if isinstance(allowed, frozenset):
            return np.array([value[at] not in allowed for value in self.values], dtype=bool)
        if coding.role == "score" and allowed != (UNKNOWN,):
            starts = (float("-inf"), *self.edges)
            allowed = tuple(i for i, start in enumerate(starts) if allowed[0] <= start < allowed[1])
        elif coding.role == "score":
            allowed = (-1,)
        return np.array([value[at] in allowed for value in self.values], dtype=bool)

    def pool(self) -> Flags:
        """The values of labels that no release names: those pooled, or all but the ones that mean yes."""
        import numpy as np

        label = next((coding for coding in self.codings if coding.role == "label"), None)
        if label:
            return self.where(label, (OTHER,))
        named = all(coding.role == "yes" and coding.value for coding in self.codings)
        return np.array([named and all(code == 0 for code in value) for value in self.values], dtype=bool)

    def tests(self, cuts: Sequence[float]) -> list[Flags]:
        """Which sets of values a reader may ask for: each value, each code, everything, what lies between two cuts."""
        import numpy as np

        found = [np.ones(len(self.values), dtype=bool), *np.eye(len(self.values), dtype=bool)]
        for i, coding in enumerate(self.codings):
            if coding.role == "score":
                ends = [float("-inf"), *sorted(cuts), float("inf")]
                found += [self.where(coding, (low, high)) for k, low in enumerate(ends) for high in ends[k + 1:]]
            codes = {value[i] for value in self.values}
            found += [np.array([value[i] == code for value in self.values]) for code in sorted(codes, key=str)]
        return [np.array(flags) for flags in dict.fromkeys(tuple(f) for f in found if f.any())]


def axis(codings: Sequence[Coding], seen: Iterable[tuple[Code, ...]], edges: Sequence[float] = ()) -> Axis:
    """The values a column may have: those seen, and whatever must seem possible although nobody has it.

    That nobody was selected, or everybody, or nobody has such a score, is a count like others. That no decision is
    missing is a fact about records alone.
    """
    values = set(seen)
    for i, coding in enumerate(codings):
        every: Iterable[Code] = {"yes": (0, 1), "arm": (0, 1), "score": range(len(edges) + 1)}.get(coding.role, ())
        for code in set(every) - {value[i] for value in values}:
            values.add(tuple(code if j == i else None for j in range(len(codings))))
    return Axis(tuple(codings), tuple(sorted(values, key=str)), tuple(edges))


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
            known, weak = _known_empty(axes[i], axes[j], pair, releases)
            shape = [1] * len(axes)
            shape[i], shape[j] = pair.shape
            possible &= ~known.reshape(shape)
            unsure |= weak.reshape(shape)
    for i, one in enumerate(axes):
        shape = [1] * len(axes)
        shape[i] = -1
        unsure |= _no_score(one, counts.sum(axis=tuple(k for k in range(len(axes)) if k != i))).reshape(shape)
    possible |= counts > 0
    return Table(tuple(axes), counts, possible & ~(unsure & (counts == 0)), possible & unsure & (counts == 0))


def _no_score(column: Axis, people: Whole) -> Flags:
    """Places of a score in which nobody is. Some readers know which scores there are: no whole number lies between 6.1
    and 7, so that cuts at both tell the same.
    """
    import numpy as np

    none = np.zeros(len(column.values), dtype=bool)
    for at, coding in enumerate(column.codings):
        places = [value[at] for value in column.values]
        used = {place for place, n in zip(places, people, strict=True) if n}
        if coding.role == "score":
            none |= np.array([place is not None and place not in used for place in places])
    return none


def _known_empty(first: Axis, second: Axis, pair: Whole, releases: Sequence[Release]) -> tuple[Flags, Flags]:
    """Which pairs of values of two columns readers know that nobody has; and which some may know.

    Of a decision and its outcome: whether outcomes are known at all of those selected, or of the others, is a fact
    about records. Of columns that no release crosses, or of two that say whom decisions are about (groups, filters):
    that one follows from the other (a region from a place, a decision from a score); of the former also that one yes
    never goes without another. Such a rule is known when chance would have put many people where nobody is, and may be
    known when it would not.
    """
    import numpy as np

    known, weak = np.zeros(pair.shape, dtype=bool), np.zeros(pair.shape, dtype=bool)
    for release in releases:
        columns = [coding.column for coding in release.codings]
        if first.column in columns and second.column in columns:
            known |= _records(first, second, pair, release)
    crossed = any({first.column, second.column} <= {c.column for c in r.codings} for r in releases)
    if crossed and not (_grouping(first, releases) and _grouping(second, releases)):
        return known, weak
    by_chance = np.outer(pair.sum(axis=1), pair.sum(axis=0)) / max(1, pair.sum())
    rules = [_follows(first, pair), _follows(second, pair.T).T]
    if not crossed:
        rules += [_nested(first, second, pair), _nested(second, first, pair.T).T]
    for rule in rules:
        if by_chance[rule].sum() >= SURE:
            known |= rule
        else:
            weak |= rule
    return known, weak & ~known


def _grouping(column: Axis, releases: Sequence[Release]) -> bool:
    """Whether a column is read as groups and filters alone."""
    filters = {coding for release in releases for coding in release.where}
    decided = {coding for release in releases for coding in (release.decision, release.outcome)}
    return all(coding.role == "label" or coding in filters - decided for coding in column.codings)


def _records(first: Axis, second: Axis, pair: Whole, release: Release) -> Flags:
    """Decisions whose outcome is never known, or always: what is not in the records then."""
    import numpy as np

    empty = np.zeros(pair.shape, dtype=bool)
    if release.outcome is None or {first.column, second.column} != {release.decision.column, release.outcome.column}:
        return empty
    turned = first.column == release.outcome.column
    decided, came = (second, first) if turned else (first, second)
    counts, view = (pair.T, empty.T) if turned else (pair, empty)
    known = np.flatnonzero(came.where(release.outcome, (0, 1)))
    unknown = np.flatnonzero(came.where(release.outcome, (UNKNOWN,)))
    sides = {kind: np.flatnonzero(decided.where(*next(part for part in release.box((), kind)
                                                      if part[0] == release.decision)))
             for kind in ("d1", "d0")}
    some = {kind: counts[np.ix_(side, known)].sum() > 0 for kind, side in sides.items()}
    for kind, side in sides.items():
        if not counts[np.ix_(side, unknown)].any():
            view[np.ix_(side, unknown)] = True
        elif kind == "d0" and some["d1"] and not some["d0"]:
            view[np.ix_(side, known)] = True
    return empty


def _follows(first: Axis, pair: Whole) -> Flags:
    """All that is empty, where every value of the first column goes with one value of the second."""
    import numpy as np

    named = np.array([not {MISSING, OTHER} & set(value) for value in first.values]) & (pair.sum(axis=1) > 0)
    used = pair[named] > 0
    certain = len(used) > 1 and used.sum(axis=1).max() == 1 and used.any(axis=0).sum() > 1
    return (pair == 0) & named[:, None] & (pair.sum(axis=0) > 0) if certain else np.zeros(pair.shape, dtype=bool)


def _nested(first: Axis, second: Axis, pair: Whole) -> Flags:
    """Empty corners of yes × yes, and of score × yes where the one is a cut of the other (but for one place)."""
    import numpy as np

    none = np.zeros(pair.shape, dtype=bool)
    if len(first.codings) != 1 or len(second.codings) != 1 or second.codings[0].role not in ("yes", "arm"):
        return none
    kind = first.codings[0].role
    codes = {"yes": (0, 1), "arm": (0, 1), "score": range(len(first.edges) + 1)}.get(kind, ())
    corner = np.ix_(np.array([first.place[code,] for code in codes], dtype=np.int64),
                    np.array([second.place[code,] for code in (0, 1)], dtype=np.int64))
    some: Any = pair[corner] > 0
    if kind == "score":
        most = [np.flatnonzero(some[:, code]).max(initial=-1) for code in (0, 1)]
        least = [np.flatnonzero(some[:, code]).min(initial=len(some)) for code in (0, 1)]
        if most[0] > least[1] and most[1] > least[0]:
            return none
    none[corner] = ~some & some.any(axis=1)[:, None] & some.any(axis=0)
    return none
