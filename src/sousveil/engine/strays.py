"""Compiled: the records on a person of others' acts and of no acts, drawn one by one for the few who meet with any."""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import EVER, TIER
from sousveil.engine.compiled import INNER

__all__ = ["befalls", "entry"]

_inner = numba.njit(**INNER)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_WRONGFUL = np.uint64(int(Purpose.WRONGFUL) << 24)


@_inner
def entry(kind, wait, step):
    """A record as it is kept."""
    return np.uint32(kind << 24 | wait << 17 | step)


@_inner
def befalls(step, row, lo, near, u, shift, persons, t, room, counts, key0, key1):
    """The records of others' acts and of no acts, on one who meets with any."""
    out, place = room.out, lo + near
    c, tier = persons.cell[place], persons.tier[place] & TIER
    _records(room.word2[near], np.uint64(place + shift), step, c, t.nth[c] * room.standing.shape[1] + tier, t, room,
             key0, key1)
    room.jump[near] += out[0] + out[1] + out[2] - out[8]
    room.charged[near] -= out[7]
    counts.points[row, u, tier, 1] += out[0]
    counts.points[row, u, tier, 2] += out[1]
    counts.points[row, u, tier, 4] += out[2]
    for fate in range(3):
        counts.wrongful[row, u, tier, fate] += out[4 + fate]
    if out[4] > 0 and persons.tier[place] & EVER == 0:
        persons.tier[place] |= EVER
        counts.wrongful_ever[row, u, tier] += 1
    if out[3] != 0:
        persons.later[place] = out[3]


@_inner
def _records(word, person, step, c, at, t, room, key0, key1):
    """The records on one person that are not its own: how many (from the word that passed the gate), of which kind and
    cause, and whether they are undone. out: points mistaken, points spurious, given back now, given back later,
    debits given, appealed, upheld, points of the debits; points that the register keeps, and how many records of these
    landed, in room.landed.
    """
    weight, at_most, upto, seen, out = t.weight, t.at_most, room.upto, room.seen, room.out
    kinds, mean = len(weight), room.upto[at, 2 * len(weight) - 1]
    u = (np.float64(word) + 0.5) / 4294967296.0
    chance = room.none[at]
    below, count = chance, 0
    while u > below and count < 10000 and (chance > 0.0 or count < mean):
        count += 1
        chance *= mean / count
        below += chance
    for i in range(len(out)):
        out[i] = 0
    for i in range(len(seen)):
        seen[i] = 0
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
        seen[index] += 1
        if at_most[kind] > 0 and seen[index] > at_most[kind]:
            continue
        out[0 if index < kinds else 1] += weight[kind]
        slot, undone = t.kept.slot[kind], False
        if weight[kind] < 0:
            out[4] += 1
            out[7] -= weight[kind]
            luck = (np.float64(fate) + 0.5) / 4294967296.0
            if luck < t.appeal[c]:
                out[5] += 1
                if luck < t.appeal[c] * t.upheld[c]:
                    out[6] += 1
                    undone = True
                    if slot < 0 or not t.delayed:
                        out[3 if t.delayed else 2] -= weight[kind]
        if slot >= 0 and (t.delayed or not undone):
            out[8] += weight[kind]
            room.landed[out[9]] = entry(slot, t.kept.delay if undone else 0, step)
            out[9] += 1
