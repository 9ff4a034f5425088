"""Compiled: the records on a person of others' acts and of no acts, drawn one by one for the few who meet with any."""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import EVER, TIER, WRONG
from sousveil.engine.compiled import INNER

__all__ = ["befall", "befalls", "entry"]

_inner = numba.njit(**INNER)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_WRONGFUL = np.uint64(int(Purpose.WRONGFUL) << 24)


@_inner
def entry(kind, wait, step):
    """A record as it is kept."""
    return np.uint32(kind << 24 | wait << 17 | step)


@_inner
def befall(step, row, lo, many, u, shift, persons, t, appeals, room, counts, key0, key1):
    """The records of others' acts and of no acts, on those of a block who meet with any: the first `many` found."""
    # Nothing is taken out of a tuple in the loop: numba would count references, which takes longer than all the rest.
    cell, tier, later, found, word2 = persons.cell, persons.tier, persons.later, room.found, room.word2
    jump, charged, seen, landed, upto, none = room.jump, room.charged, room.seen, room.landed, room.upto, room.none
    points, wrongful, ever = counts.points, counts.wrongful, counts.wrongful_ever
    nth, weight, at_most, appeal, upheld, slot = t.nth, t.weight, t.at_most, t.appeal, t.upheld, t.kept.slot
    tiers, delayed, delay, taken = room.standing.shape[1], t.delayed, t.kept.delay, room.taken
    listings = False
    if appeals is not None:  # known when this is compiled
        listings = appeals.listings
    for i in range(many):
        befalls(step, row, lo + found[i], found[i], u, shift, tiers, delayed, delay, cell, tier, later, word2, jump,
                charged, seen, landed, upto, none, points, wrongful, ever, nth, weight, at_most, appeal, upheld, slot,
                listings, taken, key0, key1)


@numba.njit(**INNER, forceinline=True)
def befalls(step, row, place, near, u, shift, tiers, delayed, delay, cell, tier, later, word2, jump, charged, seen,
            landed, upto, none, points, wrongful, ever, nth, weight, at_most, appeal, upheld, slot, listings, taken,
            key0, key1):
    """The records on one person that are not its own: how many (from the word that passed the gate), of which kind and
    cause, and whether they are undone. Returns how many the register keeps; they are in `landed`.
    """
    c, held, kinds = cell[place], tier[place] & TIER, len(weight)
    person, at = np.uint64(place + shift), nth[c] * tiers + held
    mean, chance = upto[at, 2 * kinds - 1], none[at]
    u01 = (np.float64(word2[near]) + 0.5) / 4294967296.0
    below, count = chance, 0
    while u01 > below and count < 10000 and (chance > 0.0 or count < mean):
        count += 1
        chance *= mean / count
        below += chance
    if count > 1:
        for i in range(2 * kinds):
            seen[i] = 0
    mistaken, spurious, back, back_later, kept, debits = 0, 0, 0, 0, 0, 0
    given, appealed, undone_, put = 0, 0, 0, 0
    for record in range(count):
        block = np.uint64(record >> 1)
        a, b, d, e = _philox(person & _LOW, person >> _HALF, np.uint64(step), _WRONGFUL | block, key0, key1)
        which, fate = (a, b) if record & 1 == 0 else (d, e)
        left = (np.float64(which) + 0.5) / 4294967296.0 * mean
        index, after = 0, 2 * kinds - 1
        while index < after:  # the first whose running total is above
            middle = (index + after) // 2
            if upto[at, middle] > left:
                after = middle
            else:
                index = middle + 1
        kind = index if index < kinds else index - kinds
        if count > 1:  # one record alone is below any cap
            seen[index] += 1
            if at_most[kind] > 0 and seen[index] > at_most[kind]:
                continue
        worth, undone = weight[kind], False
        if index < kinds:
            mistaken += worth
        else:
            spurious += worth
        if worth < 0:
            given += 1
            debits -= worth
            luck = (np.float64(fate) + 0.5) / 4294967296.0
            if luck < appeal[c]:
                appealed += 1
                if luck < appeal[c] * upheld[c]:
                    undone_ += 1
                    undone = True
                    if slot[kind] < 0 or not delayed:
                        if delayed:
                            back_later -= worth
                        else:
                            back -= worth
        wait = delay if undone else 0
        if listings and worth < 0 and not undone:
            wait = WRONG
            if slot[kind] < 0:
                taken[near] -= worth
        if slot[kind] >= 0 and (delayed or not undone):
            kept += worth
            landed[put] = entry(slot[kind], wait, step)
            put += 1
    jump[near] += mistaken + spurious + back - kept
    charged[near] -= debits
    points[row, u, held, 1] += mistaken
    points[row, u, held, 2] += spurious
    points[row, u, held, 4] += back
    wrongful[row, u, held, 0] += given
    wrongful[row, u, held, 1] += appealed
    wrongful[row, u, held, 2] += undone_
    if given > 0 and tier[place] & EVER == 0:
        tier[place] |= EVER
        ever[row, u, held] += 1
    if back_later != 0:
        later[place] += back_later
    return put
