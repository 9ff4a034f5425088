"""Compiled: appeals against debits for own acts that are irrelevant. Only schemes that have such come here."""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import LANDED, TIER
from sousveil.engine.compiled import INNER

__all__ = ["fate", "irrelevant", "number"]

_inner = numba.njit(**INNER)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_IRRELEVANT, _APPEAL = (np.uint64(int(p) << 24) for p in (Purpose.IRRELEVANT, Purpose.APPEAL))


@_inner
def number(who, step, purpose, nth, key0, key1):
    """The nth number in (0, 1) of a person for a step and a purpose."""
    a, b, c, d = _philox(who & _LOW, who >> _HALF, step, purpose | np.uint64(nth >> 2), key0, key1)
    near = nth & 3
    word = a if near == 0 else b if near == 1 else c if near == 2 else d
    return (np.float64(word) + 0.5) / 4294967296.0


@_inner
def fate(who, step, kind, nth, appeal, upheld, key0, key1):
    """What becomes of a person's nth record of a kind: 0 no appeal, 1 one in vain, 2 one that is upheld."""
    luck = number(who, np.uint64(step), _APPEAL, np.int64(kind) * LANDED + nth, key0, key1)
    return 2 if luck < appeal * upheld else 1 if luck < appeal else 0


# As in `registers`: in the loop over persons arrays have their names from before it.

@_inner
def irrelevant(step, row, lo, hi, u, shift, persons, t, given, room, counts, key0, key1):
    """Of the own debits of a block, those for irrelevant acts: how many of each kind, and which are undone.

    given   `Tables.appeals`
    """
    cell, tier, later, charged, jump = persons.cell, persons.tier, persons.later, room.charged, room.jump
    table, weight, points, booked = t.law, t.weight, counts.points, counts.appeals
    kinds, many, many_from, many_wide = given.kinds, given.counts, given.counts_from, given.counts_wide
    rest, rest_from, rest_wide, rest_first = given.rest, given.rest_from, given.rest_wide, given.rest_first
    contest, upheld, delayed = given.contest, t.upheld, t.delayed
    for near in range(hi - lo):
        left = np.int64(charged[near])
        if left == 0:
            continue
        place = lo + near
        who, c, held = np.uint64(place + shift), cell[place], tier[place] & TIER
        row_of = np.int64(table[c, held])
        for q in range(len(kinds)):
            k = kinds[q]
            n = _how_many(who, step, k, left, weight[k], many, many_from[q] + row_of * many_wide[q], many_wide[q], rest,
                          rest_from[q] + row_of * rest_wide[q], rest_wide[q], rest_first[q], key0, key1)
            left -= n * weight[k]
            booked[row, u, held, 0, 0] += n
            back = 0
            for i in range(n):
                became = fate(who, step, k, i, contest[c], upheld[c], key0, key1)
                if became > 0:
                    booked[row, u, held, 0, 1] += 1
                if became > 1:
                    booked[row, u, held, 0, 2] += 1
                    back -= weight[k]
            if delayed:
                later[place] += back
            else:
                jump[near] += back
                points[row, u, held, 4] += back


@_inner
def _how_many(who, step, kind, left, weight, many, many_at, many_wide, rest, rest_at, rest_wide, rest_first, key0,
              key1):
    """How many records of a kind there were, given the points that these and all others took together."""
    total = 0.0
    for n in range(many_wide):
        at = left - n * weight - rest_first
        if 0 <= at < rest_wide:
            total += many[many_at + n] * rest[rest_at + at]
    found, over = 0, number(who, np.uint64(step), _IRRELEVANT, np.int64(kind), key0, key1) * total
    for n in range(many_wide):
        at = left - n * weight - rest_first
        chance = many[many_at + n] * rest[rest_at + at] if 0 <= at < rest_wide else 0.0
        if chance > 0.0:
            found = n
            over -= chance
            if over < 0.0:
                break
    return found
