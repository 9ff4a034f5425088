"""What tells that two tables hold the same people, and tells nothing of a person.

A *cell* of some columns is a combination of their values with how many rows have it. Tables of the same people share
more cells, with the same counts, than chance gives tables of other people. A `Sample` holds cells of a table that is at
hand; what is kept of them is a `Sketch`: bits, at places that a salted hash of the cell and its count gives. There are
so few places that about every other cell that is not in the table falls on a bit too, and that among the counts which a
cell could have about sixteen or more do (a Bloom filter that is full on purpose: Bloom 1970; Alaggan and others, BLIP,
2012). So a bit says nothing of one cell; four hundred bits that fit say that the people are the same.

Cells are sampled by their hash alone, so both tables sample the same ones (Cohen and Kaplan 2007), in strata of which
each has half the cells of the one before, so that tables of unequal size can be compared (Eppstein and others 2011).
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Words = npt.NDArray[np.uint64]
    Whole = npt.NDArray[np.int64]
    Real = npt.NDArray[np.float64]

__all__ = ["KEPT", "Sample", "Sketch", "evidence", "mixed", "unlike"]

KEPT = 4_096
"""At most so many cells of a set of columns are sampled."""

_COMPARED = 1_024
"""And so many of them are looked up in another table's sketch: those that both are surest to have sampled."""

_STRATUM = 32
"""The last stratum has about as many cells as this; finer ones would say nothing."""

_FIT = 16
"""So many of the counts that a cell could have fit its bit, at least."""

_PLACES = 4_096
"""A stratum of a sketch has no more places for bits than this."""

_SHARES = (0.1, 0.3, 0.6, 0.9, 0.999)
"""Which share of cells may be the same in both tables, for a test against none but by chance."""

_HALF, _TELLING = 0.5, 8.0
"""A copy with rows changed here and there has half of the cells of a column in common with the table, at least. From so
many bits on a column tells against that, or for it; one of two values, as a decision, never does."""

_EVEN = 0.5
"""Counts that vary by less than this share of what chance gives are planned (as many of each), not people."""


def mixed(words: Words) -> Words:
    """Words that look random, one for each (the finalizer of SplitMix64; Steele and others 2014)."""
    import numpy as np

    with np.errstate(over="ignore"):
        words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


@dataclass(frozen=True)
class Sample:
    """Cells of some columns of a table.

    columns  their names
    digest   of all cells, whatever the order of rows and columns
    level    cells are sampled whose hash begins with so many zeros
    cells    their hashes, ascending, and `counts`, how many rows have each
    planned  whether the columns are numbered or of equal shares by plan: then chance is no measure
    """

    columns: tuple[str, ...]
    digest: str
    level: int
    cells: Words
    counts: Whole
    planned: bool = False

    @cached_property
    def even(self) -> bool:
        """Whether counts are more alike than those of people are: a table of a plan, such as ten letters each."""
        import numpy as np

        mean = float(np.mean(self.counts)) if len(self.counts) else 0.0
        if len(self.counts) < 4 or mean < 1.5:
            return False
        rate = _rate(mean)  # counts of no row are not seen
        return float(np.var(self.counts)) < _EVEN * mean * (1 + rate - mean)

    @property
    def surprise(self) -> float:
        """In bits, how unlikely it is that as many other people have all these cells."""
        import numpy as np

        bits = -np.log2(_by_chance(self.counts))
        return float(bits.sum() - bits.max(initial=0)) * 2.0 ** self.level


@dataclass(frozen=True)
class Sketch:
    """What is kept of a sample.

    strata  for each stratum and each magnitude of counts the number of places, and the bits
    last    the stratum that holds all further ones
    """

    columns: tuple[str, ...]
    digest: str
    level: int
    last: int
    strata: Mapping[tuple[int, int], tuple[int, bytes]]

    @classmethod
    def of(cls, sample: Sample) -> Sketch:
        """The bits of a sample."""
        import numpy as np

        every = len(sample.cells) * 2.0 ** sample.level
        last = max(sample.level, int(math.log2(max(1.0, every / _STRATUM))))
        stratum, size = _stratum(sample.cells, last), _magnitude(sample.counts)
        mark = _marks(sample.cells, sample.counts)
        strata = {}
        for s, g in sorted(set(zip(stratum.tolist(), size.tolist(), strict=True))):
            mine = mark[(stratum == s) & (size == g)]
            wide = min(float(_PLACES), len(mine) * max(1.0, 2.0 ** (g - 1) / _FIT))
            places = 1 << math.ceil(math.log2(wide))
            bits = np.zeros(places, dtype=bool)
            bits[mine & np.uint64(places - 1)] = True
            strata[s, g] = places, np.packbits(bits).tobytes()
        return cls(sample.columns, sample.digest, sample.level, last, strata)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"columns": list(self.columns), "digest": self.digest, "level": self.level, "last": self.last,
                "bits": [[s, g, places, base64.b85encode(bits).decode()]
                         for (s, g), (places, bits) in self.strata.items()]}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Sketch:
        """From what `plain` gave. Raises KeyError, TypeError or ValueError when it is not that."""
        strata = {(int(s), int(g)): (int(places), base64.b85decode(bits)) for s, g, places, bits in data["bits"]}
        level, last = int(data["level"]), int(data["last"])
        if not 0 <= level <= last <= 64 or any(places < 1 or places & (places - 1) or len(bits) != (places + 7) // 8
                                               for places, bits in strata.values()):
            raise ValueError("no sketch")
        return cls(tuple(map(str, data["columns"])), str(data["digest"]), level, last, strata)

    def held(self, sample: Sample) -> tuple[npt.NDArray[np.bool_], Real]:
        """Which of the first cells of a sample this sketch may hold, and how likely each is by chance to be so."""
        import numpy as np

        usable = sample.cells < _bound(max(self.level, sample.level))
        cells, counts = sample.cells[usable][:_COMPARED], sample.counts[usable][:_COMPARED]
        stratum, size, mark = _stratum(cells, self.last), _magnitude(counts), _marks(cells, counts)
        found, full = np.zeros(len(cells), dtype=bool), np.zeros(len(cells))
        for key in set(zip(stratum.tolist(), size.tolist(), strict=True)) & set(self.strata):
            places, packed = self.strata[key]
            bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=places).astype(bool)
            mine = (stratum == key[0]) & (size == key[1])
            found[mine], full[mine] = bits[mark[mine] & np.uint64(places - 1)], bits.mean()
        return found, full + (1 - full) * _by_chance(counts)


def evidence(samples: Sequence[Sample], sketches: Sequence[Sketch]) -> float:
    """In bits, how much likelier it is that a table shares people with the one of the sketches than that it does not.

    A mean of likelihood ratios over shares of cells in common, and over pairs of sets of columns; half of the weight is
    for sets that are called alike. Chance gives tables of other people as much as b bits at most once in 2^b times.
    """
    usable = [sample for sample in samples if not sample.planned and not sample.even and len(sample.cells)]
    alike = max(1, len(usable))
    best = 0.0
    for sample in usable:
        for sketch in sketches:
            if len(sample.columns) != len(sketch.columns):
                continue
            same = set(sample.columns) == set(sketch.columns)
            fair = math.log2(2 * alike) if same else math.log2(2 * alike * len(sketches))
            bits = sample.surprise if sample.digest == sketch.digest else _bits(*sketch.held(sample))
            best = max(best, bits - fair)
    return best


def unlike(samples: Sequence[Sample], sketches: Sequence[Sketch]) -> bool:
    """Whether two columns or more tell that a table has other people than that of the sketches, and none that it has
    the same. Columns are compared that are called alike. One alone may have been written in another way, as dates are.
    """
    import numpy as np

    known: dict[tuple[str, ...], Sketch] = {sketch.columns: sketch for sketch in sketches if len(sketch.columns) == 1}
    against = 0
    for sample in samples:
        sketch = known.get(sample.columns)
        if sketch is not None and not sample.planned and len(sample.cells):
            held, chance = sketch.held(sample)
            if (sample.surprise if sample.digest == sketch.digest else _bits(held, chance)) >= _TELLING:
                return False
            against += bool(np.log2(np.where(held, _HALF / chance + 1 - _HALF, 1 - _HALF)).sum() <= -_TELLING)
    return against >= 2


def _bits(found: npt.NDArray[np.bool_], chance: Real) -> float:
    """The logarithm of the mean likelihood ratio that these cells are found as the shares have it, against chance."""
    import numpy as np

    if not len(found):
        return 0.0
    if found.any():  # of as many people, the last cell follows from the others
        sure = int(np.argmin(np.where(found, chance, np.inf)))
        found, chance = np.delete(found, sure), np.delete(chance, sure)
    share = np.array(_SHARES)[:, None]
    ratios = np.where(found, share / chance + 1 - share, 1 - share)
    logs = np.log2(ratios).sum(axis=1)
    return float(logs.max() + np.log2(np.mean(2.0 ** (logs - logs.max()))))


def _by_chance(counts: Whole) -> Real:
    """At most how likely other people have a cell as often: the largest value of Poisson's law, whatever its rate."""
    import numpy as np

    found: Real = np.minimum(0.5, 1 / np.sqrt(2 * math.pi * counts))
    return found


def _rate(mean: float) -> float:
    """The rate of a Poisson law whose counts, those of zero left out, have this mean."""
    rate = mean
    for _ in range(50):
        rate = mean * (1 - math.exp(-rate))
    return rate


def _bound(level: int) -> np.uint64:
    """Hashes that begin with so many zeros are less than this."""
    import numpy as np

    return np.uint64(2 ** (64 - level) - 1)


def _stratum(cells: Words, last: int) -> Whole:
    import numpy as np

    return np.minimum(64 - np.frexp(cells.astype(np.float64))[1].astype(np.int64), last)


def _magnitude(counts: Whole) -> Whole:
    """How many binary digits a count has."""
    import numpy as np

    return np.frexp(counts.astype(np.float64))[1].astype(np.int64)


def _marks(cells: Words, counts: Whole) -> Words:
    import numpy as np

    return mixed(cells ^ mixed(counts.astype(np.uint64)))
