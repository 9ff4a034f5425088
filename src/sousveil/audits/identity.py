"""Who a table is about, whatever its rows are sorted by, its columns called, and its file written as.

A row is the sum of the words of its values (`words`). So neither the order of columns nor their names count, and what
is summed up over all rows does not hang on their order. From this come a digest of each column, and a `Sample` of the
cells of each column, each pair, all columns, and all but one: a column more or less leaves one of those as it was.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

from sousveil.audits.sketch import KEPT, Sample, mixed
from sousveil.audits.words import Words, keys

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Bits = npt.NDArray[np.uint64]
    Whole = npt.NDArray[np.int64]
    Real = npt.NDArray[np.float64]

__all__ = ["Column", "Identity", "People"]

_PAIRED, _LEFT_OUT = 8, 24
"""Of how many columns pairs are looked at, and how many columns are left out one at a time."""

_FEW_VALUES, _PAIRS_OF = 64, 4
"""Of columns with so many values totals are kept."""

_HUGE = 1e100
"""Numbers that are larger number nothing."""

_CELLS = 1 << 16
"""Cells of a batch are counted one by one where there can be no more than these, else by their hashes."""


@dataclass(frozen=True)
class Identity:
    """Digests of the columns by name, and samples of cells."""

    columns: Mapping[str, str]
    samples: tuple[Sample, ...]

    @cached_property
    def totals(self) -> Mapping[str, frozenset[tuple[int, int]]]:
        """By column of few values: of each value how many people have it and how many do not, the fewer first."""
        return {name: frozenset((min(n, sum(sizes) - n), max(n, sum(sizes) - n)) for n in sizes)
                for name, sizes in self._sizes.items()}

    @cached_property
    def every_total(self) -> frozenset[tuple[int, int]]:
        """Those of all columns; of columns of up to four values also of each two of them, as some may be blank."""
        pairs = (pair for sizes in self._sizes.values() if len(sizes) <= _PAIRS_OF for pair in combinations(sizes, 2))
        return frozenset().union(((min(pair), max(pair)) for pair in pairs), *self.totals.values())

    @cached_property
    def _sizes(self) -> Mapping[str, Sequence[int]]:
        return {sample.columns[0]: sample.counts.tolist() for sample in self.samples
                if len(sample.columns) == 1 and not sample.level and len(sample.counts) <= _FEW_VALUES}


@dataclass
class Column:
    """A column of some rows: for each row the place of its value among `words`, or, with no places, a word for each."""

    words: Bits
    places: Whole | None = None

    @cached_property
    def rows(self) -> Bits:
        """A word for each row."""
        return self.words if self.places is None else self.words[self.places]


class People:
    """Takes in the rows of a table, some at a time, in any order."""

    def __init__(self, names: Sequence[str], salt: bytes) -> None:
        self.names, self.salt = tuple(names), salt
        self.keys = keys(salt, "cells", 2)
        self.words = [Words(salt) for _ in names]
        self.numbers = [_Numbers() for _ in names]
        self.tallies: dict[tuple[int, ...], _Tally] = {}

    def few(self, name: str, texts: Sequence[str], places: Whole) -> Column:
        """A column of rows whose values are at these places of a list of texts; past its end they are missing."""
        import numpy as np

        at = self.names.index(name)
        words, numbers = self.words[at].of_few(texts)
        self.numbers[at].add(numbers, np.bincount(places, minlength=len(texts) + 1)[:len(texts)])
        return Column(np.append(words, np.uint64(self.words[at].missing)), places)

    def many(self, name: str, texts: Any) -> Column:
        """A column of rows as an Arrow array of texts."""
        import numpy as np

        at = self.names.index(name)
        words, numbers = self.words[at].of_many(texts)
        self.numbers[at].add(numbers, np.ones(len(numbers), dtype=np.int64))
        return Column(words)

    def add(self, columns: Sequence[Column], times: Whole | None = None) -> None:
        """Rows; `times`: how many people each stands for."""
        if not self.tallies:
            self.tallies = {chosen: _Tally(self.keys) for chosen in _sets(columns)}
        total: Any = None
        coarse = _Crossed(columns, times)
        for chosen, tally in self.tallies.items():
            if coarse.has(chosen):
                tally.count(*coarse.cells(chosen))
            elif math.prod(len(columns[i].words) for i in chosen) <= _CELLS:
                tally.count(*_Crossed([columns[i] for i in chosen], times).cells(range(len(chosen))))
            elif len(chosen) <= 2:
                tally.count(sum(columns[i].rows for i in chosen), times)
            else:
                total = sum(column.rows for column in columns) if total is None else total
                left = [column.rows for i, column in enumerate(columns) if i not in chosen]
                tally.count(total - sum(left) if left else total, times)

    def found(self) -> Identity:
        """The identity of all rows that were taken in."""
        samples = []
        numbered = {i for i, numbers in enumerate(self.numbers) if numbers.numbered()}
        for chosen, tally in self.tallies.items():
            cells, counts = tally.sampled()
            samples.append(Sample(tuple(self.names[i] for i in chosen), tally.digest(self.salt), tally.level, cells,
                                  counts, bool(numbered & set(chosen))))
        alone = {sample.columns[0]: sample.digest for sample in samples if len(sample.columns) == 1}
        return Identity(alone, tuple(samples))


class _Numbers:
    """Whether a column numbers its rows, or ranks them: then tables of other people have the same values."""

    def __init__(self) -> None:
        self.rows, self.sum, self.low, self.high, self.whole = 0, 0.0, math.inf, -math.inf, True

    def add(self, numbers: Real, rows: Whole) -> None:
        """Numbers, nan for what is none, and how many rows have each."""
        import numpy as np

        some = (np.abs(numbers) < _HUGE) & (rows > 0)
        if some.any():
            numbers, rows = numbers[some], rows[some]
            self.rows += int(rows.sum())
            self.sum += float(numbers @ rows)
            self.low, self.high = min(self.low, float(numbers.min())), max(self.high, float(numbers.max()))
            self.whole = self.whole and bool((numbers == np.floor(numbers)).all())

    def numbered(self) -> bool:
        """As many values as rows, without gaps; or spread so evenly that their mean is the middle."""
        width = self.high - self.low
        if self.rows < 4 or not 0 < width < math.inf:
            return False
        middle = abs(self.sum / self.rows - (self.low + self.high) / 2)
        return (self.whole and self.rows / 2 <= width + 1 <= 2 * self.rows) or middle <= 0.01 * width / self.rows ** 0.5


class _Tally:
    """The cells of some columns so far: the digest of all of them, and those whose hash is small enough."""

    def __init__(self, keys: Sequence[int]) -> None:
        self.keys, self.level, self.size = keys, 0, 0
        self.parts: list[tuple[Bits, Whole]] = []
        self.sums = [0, 0]

    def count(self, sums: Any, times: Whole | None) -> None:
        """Rows by the sums of their words."""
        import numpy as np

        cells = mixed(sums ^ np.uint64(self.keys[0]))
        for i, marks in enumerate((cells, cells * (cells ^ np.uint64(self.keys[1])))):
            part = marks.sum(dtype=np.uint64) if times is None else (marks * times.astype(np.uint64)).sum()
            self.sums[i] = (self.sums[i] + int(part)) % 2 ** 64
        if self.level:
            small = np.flatnonzero(cells >> np.uint64(64 - self.level) == 0)
            cells, times = cells[small], None if times is None else times[small]
        if len(cells):
            self.parts.append(_merged(cells, np.ones(len(cells), dtype=np.int64) if times is None else times))
            self.size += len(self.parts[-1][0])
            if self.size > 4 * KEPT:
                self._prune()

    def sampled(self) -> tuple[Bits, Whole]:
        """The cells that were kept, and how many people are in each."""
        import numpy as np

        if not self.parts:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        self._prune()
        cells, counts = self.parts[0]
        return cells[counts > 0], counts[counts > 0]

    def digest(self, salt: bytes) -> str:
        """Of all cells."""
        data = b"".join(part.to_bytes(8, "big") for part in self.sums)
        return hashlib.blake2b(data, key=salt, digest_size=16).hexdigest()

    def _prune(self) -> None:
        import numpy as np

        cells, counts = _merged(*(np.concatenate([part[i] for part in self.parts]) for i in (0, 1)))
        while len(cells) > KEPT:
            self.level += 1
            small = np.flatnonzero(cells >> np.uint64(64 - self.level) == 0)
            cells, counts = cells[small], counts[small]
        self.parts, self.size = [(cells, counts)], len(cells)


def _sets(columns: Sequence[Column]) -> Iterable[tuple[int, ...]]:
    """Each column, pairs of those with the most values, all columns, and all but one."""
    every = tuple(range(len(columns)))
    rich = sorted(sorted(every, key=lambda i: -len(columns[i].words))[:_PAIRED])
    found: list[tuple[int, ...]] = [*((i,) for i in every), every]
    if len(every) <= _LEFT_OUT:
        found += [tuple(k for k in every if k != i) for i in every]
    return [chosen for chosen in dict.fromkeys([*found, *combinations(rich, 2)]) if chosen]


class _Crossed:
    """Rows counted once by all of their coarsest columns, of which every crossing of some is a sum."""

    def __init__(self, columns: Sequence[Column], times: Whole | None) -> None:
        import numpy as np

        self.columns = columns
        self.place: dict[int, int] = {}
        cells = 1
        at = np.zeros(len(columns[0].rows), dtype=np.int64)
        for i in sorted(range(len(columns)), key=lambda i: len(columns[i].words)):
            size, places = len(columns[i].words), columns[i].places
            if cells * size <= _CELLS:
                places = np.arange(size) if places is None else places
                self.place[i] = len(self.place)
                cells, at = cells * size, at * size + places
        shape = [len(columns[i].words) for i in self.place]
        self.counts = np.bincount(at, weights=times, minlength=cells).astype(np.int64).reshape(shape)

    def has(self, chosen: Iterable[int]) -> bool:
        """Whether all these columns were crossed."""
        return all(i in self.place for i in chosen)

    def cells(self, chosen: Iterable[int]) -> tuple[Bits, Whole]:
        """The cells of some columns: sums of words, and how many people have each."""
        import numpy as np

        mine = [i for i in self.place if i in set(chosen)]
        others = tuple(place for i, place in self.place.items() if i not in mine)
        counts = self.counts.sum(axis=others).ravel()
        sums = np.zeros(1, dtype=np.uint64)
        for i in mine:
            sums = (sums[:, None] + self.columns[i].words[None, :]).ravel()
        some = np.flatnonzero(counts)
        return sums[some], counts[some]


def _merged(cells: Bits, counts: Whole) -> tuple[Bits, Whole]:
    """Each cell once, ascending, with all its people."""
    import numpy as np

    order = np.argsort(cells, kind="stable")
    cells, counts = cells[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
    return cells[first], np.add.reduceat(counts, first)
