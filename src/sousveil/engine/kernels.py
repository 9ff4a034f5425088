"""Compiled loops before the first step and after the last: laws, who lives where, how people begin and end.

What happens in between is in `march.py` and `loops.py`. Everything arrives as flat arrays of fixed types, so that one
compilation serves every scheme.
"""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import FALLEN, HEAD, TIER
from sousveil.engine.compiled import INNER, kept
from sousveil.engine.lean import empty, zeros

__all__ = ["begin", "finish", "households", "invert", "place", "spread", "started", "walk"]

_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_START, _HOME, _PLACE = (np.uint64(int(p) << 24) for p in (Purpose.START, Purpose.HOME, Purpose.PLACE))


@kept
def spread(law, counts, reach, out):
    """Add to the laws in out [L, W + N x reach] what comes of `law` [L, W] when n more records of `reach` columns each
    come with the chance counts[:, n], n = 0 .. N; a negative reach counts from the end.
    """
    laws, width = law.shape
    for at in range(laws):
        for n in range(counts.shape[1]):
            chance = counts[at, n]
            if chance > 0.0:
                shift = n * reach if reach > 0 else (n + 1 - counts.shape[1]) * reach
                for j in range(width):
                    out[at, shift + j] += chance * law[at, j]


@kept
def invert(pmf, first, bits):
    """Laws of the jumps first, first + 1 ... [L, W], laid out to be drawn from: begin, to, jump, guide of an `Inverse`.

    The last column with any mass holds the highest word, so that no word leads to a jump that cannot happen.
    """
    laws, width = pmf.shape
    begin = zeros(laws + 1, np.int64)
    to, jump = empty(pmf.size, np.uint32), empty(pmf.size, np.int32)
    guide = empty(laws << bits, np.int32)
    hidden = 32 - bits
    kept = 0
    for at in range(laws):
        total = 0.0
        for j in range(width):
            total += pmf[at, j]
        running, before = 0.0, -1
        for j in range(width):
            if pmf[at, j] > 0.0:
                running += pmf[at, j]
                last = np.int64(running / total * 4294967296.0) - 1
                if last > before:
                    to[kept], jump[kept] = last, first + j
                    kept += 1
                    before = last
        begin[at + 1] = kept
        place = begin[at]
        for entry in range(1 << bits):
            while to[place] < entry << hidden:
                place += 1
            searched = to[place] < ((entry + 1) << hidden) - 1
            guide[(at << bits) + entry] = 2 * place + 1 if searched else 2 * jump[place]
    return begin, to[:kept].copy(), jump[:kept].copy(), guide


@kept
def place(cell, at, first, count, cells_to, cell_first, unit, mixed, key0, key1):
    """Give `count` persons of a unit, from its first-th on, their cells, in cell[at], cell[at + 1] ...

    cells_to is the running total of the unit's cell sizes.

    `mixed`: through a keyed permutation (a Feistel network of four rounds, walked until it lands inside the unit).
    """
    n = cells_to[-1]
    half = 1
    while (1 << (2 * half)) < n:
        half += 1
    mask = np.uint64((1 << half) - 1)
    shift = np.uint64(half)
    for i in range(count):
        rank = first + i
        if mixed:
            x = np.uint64(rank)
            while True:
                left, right = x >> shift, x & mask
                for turn in range(4):
                    word = _philox(right, np.uint64(unit), np.uint64(turn), _PLACE, key0, key1)[0]
                    left, right = right, left ^ (word & mask)
                x = (left << shift) | right
                if x < np.uint64(n):
                    break
            rank = np.int64(x)
        low, high = 0, len(cells_to)
        while low < high:  # the first cell whose running total is above the rank
            middle = (low + high) // 2
            if cells_to[middle] <= rank:
                low = middle + 1
            else:
                high = middle
        cell[at + i] = cell_first + low


@numba.njit(inline="always")
def _household(number, unit, adults, key0, key1):
    """How many adults a household has, and the word for its children; adults: running shares in 2**32."""
    a, b, _, _ = _philox(np.uint64(number) & _LOW, np.uint64(unit), np.uint64(number) >> _HALF, _HOME, key0, key1)
    size = 1
    while size < len(adults) and a >= adults[size - 1]:
        size += 1
    return size, b


@kept
def households(home, at, count, number, unit, adults, children, key0, key1):
    """Draw household after household, from `number` on, until `count` persons from home[at] on are housed."""
    i = at
    while i < at + count:
        size, word = _household(number, unit, adults, key0, key1)
        young = 0
        while young < len(children) - 1 and word >= children[young]:
            young += 1
        home[i] = HEAD | young
        for j in range(i + 1, min(i + size, at + count)):
            home[j] = 0
        i += size
        number += 1


@kept
def walk(person, first, number, unit, adults, key0, key1):
    """Where a person's household begins, and its number, walking from household `number`, which begins at `first`."""
    size, _ = _household(number, unit, adults, key0, key1)
    while first + size <= person:
        first += size
        number += 1
        size, _ = _household(number, unit, adults, key0, key1)
    return first, number


@numba.njit(**INNER)
def started(who, c, start_score, start_to, start_from, key0, key1):
    """The start score of the person of this number, of cell c."""
    j = start_from[c]
    if j < start_from[c + 1] - 1:
        word = _philox(who & _LOW, who >> _HALF, np.uint64(0), _START, key0, key1)[0]
        while j < start_from[c + 1] - 1 and word >= start_to[j]:
            j += 1
    return np.int64(start_score[j])


@kept
def begin(first, last, shift, cell, score, tier, unit, ladder_of, start_score, start_to, start_from, first_tier,
          occupancy, scores, key0, key1):
    """Start score and first tier of the persons at first .. last-1, whose numbers are that plus `shift`; counts."""
    for i in range(first, last):
        c = cell[i]
        s = started(np.uint64(i + shift), c, start_score, start_to, start_from, key0, key1)
        t = first_tier[ladder_of[c], s]
        score[i], tier[i] = s, t | FALLEN if t == 0 else t
        occupancy[c, t] += 1
        scores[unit, s] += 1


@kept
def finish(first, last, score, tier, since, unit, steps, scores, still, fallen):
    """Scores at the end, spells that have not ended, and persons who were ever in the bottom tier."""
    for i in range(first, last):
        scores[unit, score[i]] += 1
        still[unit, tier[i] & TIER, steps - since[i]] += 1
        fallen[unit] += tier[i] & FALLEN != 0
