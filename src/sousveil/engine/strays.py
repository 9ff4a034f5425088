"""Compiled: the records on a person of others' acts and of no acts, drawn one by one for the few who meet with any."""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import EVER, TIER, WRONG
from sousveil.engine.compiled import LENT

__all__ = ["befall", "befalls", "entry"]

_inner = numba.njit(**LENT)
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
    for i in range(many):
        befalls(step, row, lo + room.found[i], room.found[i], u, shift, persons, t, appeals, room, counts, key0, key1)


@_inner
def befalls(step, row, place, near, u, shift, persons, t, appeals, room, counts, key0, key1):
    """The records on one person that are not its own: how many (from the word that passed the gate), of which kind and
    cause, and whether they are undone. Returns how many the register keeps; they are in `room.landed`.
    """
    tier, upto, seen, weight, at_most, slot = persons.tier, room.upto, room.seen, t.weight, t.at_most, t.kept.slot
    c, held, kinds, delayed = persons.cell[place], tier[place] & TIER, len(weight), t.delayed
    person, at = np.uint64(place + shift), t.nth[c] * room.standing.shape[1] + held
    mean, chance, appeal = upto[at, 2 * kinds - 1], room.none[at], t.appeal[c]
    upheld, listings = appeal * t.upheld[c], False
    if appeals is not None:  # known when this is compiled
        listings = appeals.listings
    u01 = (np.float64(room.word2[near]) + 0.5) / 4294967296.0
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
            if luck < appeal:
                appealed += 1
                if luck < upheld:
                    undone_ += 1
                    undone = True
                    if slot[kind] < 0 or not delayed:
                        if delayed:
                            back_later -= worth
                        else:
                            back -= worth
        wait = t.kept.delay if undone else 0
        if listings and worth < 0 and not undone:
            wait = WRONG
            if slot[kind] < 0:
                room.taken[near] -= worth
        if slot[kind] >= 0 and (delayed or not undone):
            kept += worth
            room.landed[put] = entry(slot[kind], wait, step)
            put += 1
    points, wrongful = counts.points, counts.wrongful
    room.jump[near] += mistaken + spurious + back - kept
    room.charged[near] -= debits
    points[row, u, held, 1] += mistaken
    points[row, u, held, 2] += spurious
    points[row, u, held, 4] += back
    wrongful[row, u, held, 0] += given
    wrongful[row, u, held, 1] += appealed
    wrongful[row, u, held, 2] += undone_
    if given > 0 and tier[place] & EVER == 0:
        tier[place] |= EVER
        counts.wrongful_ever[row, u, held] += 1
    if back_later != 0:
        persons.later[place] += back_later
    return put
