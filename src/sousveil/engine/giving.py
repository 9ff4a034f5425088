"""Compiled loops over people who are ranked for places: how many stand at which score, who ranks alike, who is chosen.

Whoever comes first has the lowest rank: the score, or its negation where the best come first; nothing where a weight
decides. Among those who rank alike, the lowest number comes first: uniform, or exponential at the rate of the weight,
so that whoever is chosen next is chosen with a chance in proportion to the weight (Efraimidis and Spirakis 2006).
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import EVER, FALLEN, TIER
from sousveil.engine.compiled import INNER, kept
from sousveil.engine.lean import empty

__all__ = ["alike", "give", "stand"]

_inner = numba.njit(**INNER)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_RANK = np.uint64(int(Purpose.RANK) << 24)


@_inner
def _number(who, step, nth, weight, sign, key0, key1):
    """The number of a person for the nth place at the end of a step, with 53 bits."""
    a, b, _, _ = _philox(who & _LOW, who >> _HALF, np.uint64(step), _RANK | np.uint64(nth), key0, key1)
    uniform = (np.float64((a << np.uint64(21)) ^ (b >> np.uint64(11))) + 0.5) / 2.0**53
    return uniform if sign != 0 else -math.log(uniform) / weight


@kept
def stand(cell, tier, score, tiers, pool, weight, standing):
    """Count who can be chosen, by pool and score: added to standing [Q, S]."""
    for i in range(len(cell)):
        c = cell[i]
        if tiers >> (tier[i] & TIER) & 1 and weight[c] > 0.0:
            standing[pool[c], score[i]] += 1


@kept
def alike(low, high, shift, cell, tier, score, tiers, sign, pool, weight, reach, asked, nth, step, key0, key1):
    """The pool and number of each person of a span who ranks as reach [Q, 2] says, for pools that are asked for."""
    pools, numbers = empty(high - low, np.int64), empty(high - low, np.float64)
    found = 0
    for i in range(low, high):
        c = cell[i]
        q = pool[c]
        if asked[q] and tiers >> (tier[i] & TIER) & 1 and weight[c] > 0.0 and sign * score[i] == reach[q, 0]:
            pools[found] = q
            numbers[found] = _number(np.uint64(i + shift), step, nth, weight[c], sign, key0, key1)
            found += 1
    return pools[:found].copy(), numbers[:found].copy()


@kept
def give(low, high, shift, cell, tier, score, since, chosen, tiers, sign, pool, weight, reach, nth, step, goes, unit,
         occupancy, moves, left, ever, eligible, picked, counting, key0, key1):
    """Choose whoever ranks no later than reach [Q, 2] says. goes: where to they leave, or -1."""
    for i in range(low, high):
        c, held = cell[i], tier[i] & TIER
        if not (tiers >> held & 1 and weight[c] > 0.0):
            continue
        last, rank = reach[pool[c], 0], sign * score[i]
        if counting:
            eligible[unit] += 1
        if rank > last or (rank == last and _number(np.uint64(i + shift), step, nth, weight[c], sign, key0, key1)
                           > reach[pool[c], 1]):
            continue
        if counting:
            picked[unit] += 1
        if goes < 0:
            chosen[i] = step + 1
            continue
        if counting:
            occupancy[c, held] -= 1
            occupancy[c, goes] += 1
            if step > 0:  # at the start nobody has been anywhere before
                moves[unit, held, goes] += 1
                left[unit, held, step - since[i]] += 1
            if tier[i] & EVER != 0:
                ever[unit, held] -= 1
                ever[unit, goes] += 1
        tier[i], since[i] = goes | (tier[i] & (EVER | FALLEN)), step
