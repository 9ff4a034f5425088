"""The only source of chance: Philox-4x32-10, keyed on (seed; person, step, purpose).

A generator with a state gives its next number to whoever asks next, so results hang on the order of work. Here a draw
belongs to a person, a step and a purpose, and to nothing else: ask twice and get the same bits, in any order, on any
number of threads. A scheme and its reform therefore share their luck, and there is no state to save.

    counter   (person low, person high, step, purpose << 24 | block)      four 32-bit words
    key       (seed low, seed high)                                        two 32-bit words
    result    four 32-bit words; `block` counts on where a purpose needs more than four

Philox: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11. Known-answer vectors of
Random123 are in the tests. `philox` is one function for three uses: on NumPy arrays, on scalars, and compiled by numba.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Purpose", "Stream", "philox", "replicate_seed", "uniforms", "words"]

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


class Purpose(IntEnum):
    """What a draw is for. The numbers are part of every result: never reuse or reorder them."""

    STEP = 1  # words: own debits, own credits, the gate of records that are not one's own, of own ones kept one by one
    WRONGFUL = 2  # which wrongful records, and whether they are undone
    START = 3  # start score
    HOME = 4  # household sizes and children
    PLACE = 5  # who of a district and group is in which cell
    LEDGER = 6  # what a life story adds to what a run has drawn
    SAMPLE = 7  # who is picked for illustration, and for the distribution of debits
    SIZE = 8  # how many of a unit are in which cell, where shares do not come out even
    REPLICATE = 9  # the seeds of further replicates
    RECORD = 10  # records that are kept one by one, of own acts, where there are any
    RENEWAL = 11  # whether a record that is over is entered again
    RELEASE = 12  # what people do, or have done, to get out
    RANK = 13  # who comes first among those who rank alike for a place
    IRRELEVANT = 14  # how many of the own debits of a step were for irrelevant acts
    APPEAL = 15  # what becomes of a debit for an irrelevant act
    ORACLE = 16  # the oracle's own luck: this and the next seven
    LISTING = 24  # what becomes of an appeal against a listing
    RESAMPLE = 32  # bootstrap
    UNKNOWN = 33  # points over what is not published
    MARK = 34  # marks by which the audit finds the cells that every printed sum takes alike
    INFERENCE = 48  # moves of particles
    CONFLICT = 49  # figures drawn from a model, to see how much they disagree by chance
    PREDICTED = 50  # what could have been published


def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    """Ten rounds of Philox-4x32 on uint64 values below 2**32 (arrays, scalars, or compiled); returns four such."""
    for _ in range(10):
        product0, product1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (product1 >> _HALF) ^ c1 ^ k0, product1 & _LOW, (product0 >> _HALF) ^ c3 ^ k1, product0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def words(seed: int, person: npt.ArrayLike, step: npt.ArrayLike, purpose: int,
          block: npt.ArrayLike = 0) -> npt.NDArray[np.uint32]:
    """Four words for every (person, step, block), which broadcast: shape (..., 4), dtype uint32."""
    who, when, block = (np.asarray(a, dtype=np.uint64) for a in (person, step, block))
    who, when, block = np.broadcast_arrays(who, when, block)
    tail = block | np.uint64(purpose << 24)
    low, high = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    out = philox(who & _LOW, who >> _HALF, when & _LOW, tail & _LOW, low, high)
    return np.stack(out, axis=-1).astype(np.uint32)


def replicate_seed(seed: int, replicate: int) -> int:
    """The seed of a replicate, 0 being the first: below 2**53, and no replicate of a nearby seed is the same run."""
    if replicate == 0:
        return seed
    high, low, *_ = words(seed, replicate, 0, Purpose.REPLICATE).tolist()
    return int(high) >> 11 << 32 | int(low)


def uniforms(seed: int, person: npt.ArrayLike, step: npt.ArrayLike, purpose: int,
             block: npt.ArrayLike = 0) -> npt.NDArray[np.float64]:
    """Two numbers in (0, 1) with 53 bits for every (person, step, block): shape (..., 2), dtype float64."""
    w = words(seed, person, step, purpose, block).astype(np.uint64)
    whole = (w[..., 0::2] << np.uint64(21)) ^ (w[..., 1::2] >> np.uint64(11))
    return (whole.astype(np.float64) + 0.5) / 2.0**53


class Stream:
    """Draws one after the other for one (seed; person, step, purpose), for code that is read rather than fast."""

    def __init__(self, seed: int, person: int, step: int, purpose: int) -> None:
        self._where = (seed, person, step, purpose)
        self._block = 0
        self._batch = 8
        self._ready: list[float] = []

    def uniform(self) -> float:
        """The next number in (0, 1)."""
        if not self._ready:
            seed, person, step, purpose = self._where
            block = np.arange(self._block, self._block + self._batch)
            self._ready = uniforms(seed, person, step, purpose, block).ravel().tolist()[::-1]
            # Whoever asks for many gets them in larger batches: most of the cost is in the asking.
            self._block, self._batch = self._block + self._batch, min(2 * self._batch, 1024)
        return self._ready.pop()

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens."""
        return self.uniform() < chance

    def below(self, n: int) -> int:
        """A whole number in 0 .. n-1, each as likely (n below 2**40)."""
        return min(int(self.uniform() * n), n - 1)

    def poisson(self, rate: float) -> int:
        """A Poisson number by inversion; large rates are cut into parts of at most 500."""
        total = 0
        while rate > 500.0:
            total, rate = total + self.poisson(500.0), rate - 500.0
        u, k, p = self.uniform(), 0, math.exp(-rate)
        below = p
        while u > below and p > 0.0:
            k += 1
            p *= rate / k
            below += p
        return total + k
