"""Compiled loops over the register: records that are kept one by one, end, fade, or are taken off.

A record is 32 bits: its kind (eight), the steps until it is given back on appeal, plus none (seven), and the step in
which its term began (sixteen, and one to spare). Those of a person follow each other; those of a block lie together.
Only schemes that keep a register come here (`Tables.kept.on`).
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import LANDED, TIER
from sousveil.engine.compiled import INNER
from sousveil.engine.kernels import started

__all__ = ["MOST", "entry", "fourth_words", "put_down", "sum_up"]

MOST = 1 << 30
"""How far a sum of points goes, in units: no score lies there."""

_inner = numba.njit(**INNER)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP, _RECORD, _RENEWAL, _RELEASE = (np.uint64(int(p) << 24) for p in (
    Purpose.STEP, Purpose.RECORD, Purpose.RENEWAL, Purpose.RELEASE))


@_inner
def entry(kind, wait, step):
    """A record as it is kept."""
    return np.uint32(kind << 24 | wait << 17 | step)


@_inner
def fourth_words(n, first, step, room, key0, key1):
    """The fourth word of each person, from the one whose number is `first` on."""
    for near in range(n):
        who = first + np.uint64(near)
        room.word3[near] = _philox(who & _LOW, who >> _HALF, step, _STEP, key0, key1)[3]


@_inner
def _number(who, step, purpose, nth, key0, key1):
    """The nth number in (0, 1) of a person for a step and a purpose."""
    a, b, c, d = _philox(who & _LOW, who >> _HALF, step, purpose | np.uint64(nth >> 2), key0, key1)
    near = nth & 3
    word = a if near == 0 else b if near == 1 else c if near == 2 else d
    return (np.float64(word) + 0.5) / 4294967296.0


@_inner
def put_down(step, row, lo, near, landed, u, shift, persons, t, room, counts, old, out, put, key0, key1):
    """One person's register after a step, written to `out` from `put` on; returns `out` and the place after it.

    landed   how many records that are not the person's own stand in `room.landed`; old: where the person's begin
    Fills room.live: what the records that count are worth together.
    """
    kept, place = t.kept, lo + near
    who, c, tier, many = np.uint64(place + shift), persons.cell[place], persons.tier[place] & TIER, persons.many[place]
    if room.word3[near] > kept.gate[c, tier]:
        landed = _own(step, row, near, landed, u, who, c, tier, t, room, counts, key0, key1)
    room.live[near] = 0
    if landed == 0 and many == 0 and len(kept.points) == 0:
        return out, put
    for kind in range(len(kept.lasts)):
        room.ended[kind] = room.anew[kind] = False
    for i in range(landed):
        _start_anew(np.int64(room.landed[i] >> np.uint32(24)), kept, room)
    done = _released(step, row, near, place, u, who, c, tier, persons, t, room, counts, old, key0, key1)
    if put + many + landed + len(kept.points) > len(out):
        wider = np.empty(2 * (put + many + landed + len(kept.points)), np.uint32)
        wider[:put] = out[:put]
        out = wider
    before, live = put, 0
    for i in range(many):
        found = persons.records[old + i]
        kind, wait = np.int64(found >> np.uint32(24)), np.int64(found >> np.uint32(17)) & 127
        began = np.int64(found & np.uint32(0xFFFF))
        if wait == 1:
            counts.points[row, u, tier, 4] -= _worth(kept, kind, step - 1 - began)
            continue
        if room.ended[kind]:
            continue
        if room.anew[kind]:
            began = step
        if step - began >= kept.lasts[kind]:
            if kept.renews[c, kind] <= 0.0 or _number(who, np.uint64(step), _RENEWAL, i, key0,
                                                      key1) >= kept.renews[c, kind]:
                continue
            began = step
        out[put] = entry(kind, max(wait - 1, 0), began)
        live += _worth(kept, kind, step - began)
        put += 1
    for i in range(landed):
        out[put] = room.landed[i]
        live += _worth(kept, np.int64(room.landed[i] >> np.uint32(24)), 0)
        put += 1
    for r in range(len(kept.points)):
        if done >> np.uint64(r) & np.uint64(1) != 0 and kept.leaves[r]:
            kind = len(kept.kinds) + r
            out[put] = entry(kind, 0, step)
            live += _worth(kept, kind, 0)
            put += 1
    persons.many[place], room.live[near] = put - before, live
    return out, put


@_inner
def _worth(kept, kind, age):
    return kept.worth[kind, min(age, kept.worth.shape[1] - 1)]


@_inner
def _start_anew(kind, kept, room):
    """A record of this kind has landed: whose terms start anew."""
    if kept.restarts[kind] == 1:
        room.anew[kind] = True
    if kept.restarts[kind] == 2:
        for other in range(len(kept.kinds)):
            room.anew[other] = True


@_inner
def _own(step, row, near, landed, u, who, c, tier, t, room, counts, key0, key1):
    """The records of own acts, given that there is at least one: kind after kind. Returns how many have landed."""
    kept, ahead = t.kept, room.ahead
    ahead[len(kept.kinds)] = 0.0
    for q in range(len(kept.kinds) - 1, -1, -1):  # minus the logarithm of the chance of none from this kind on
        rate = kept.own[c, tier, q]
        ahead[q] = ahead[q + 1] + (-math.log1p(-rate) if kept.once[q] else rate)
    some = False
    for q in range(len(kept.kinds)):
        rate, weight = kept.own[c, tier, q], t.weight[kept.kinds[q]]
        if rate <= 0.0:
            continue
        chance, n, most = (1.0 - rate if kept.once[q] else math.exp(-rate)), 0, t.at_most[kept.kinds[q]]
        whole = 1.0 if some else -math.expm1(-ahead[q])
        left = _number(who, np.uint64(step), _RECORD, q, key0, key1) * whole
        left -= chance if some else chance * -math.expm1(-ahead[q + 1])
        while left > 0.0 and n < (1 if kept.once[q] else LANDED) and (n < rate or chance > 1e-13 * whole):
            n += 1
            chance = rate if kept.once[q] else chance * rate / n
            left -= chance
        some = some or n > 0
        n = min(n, most) if most > 0 else n
        counts.points[row, u, tier, 0] += n * weight
        room.charged[near] += n * min(0, weight)
        for _ in range(n):
            room.landed[landed] = entry(q, 0, step)
            landed += 1
    return landed


@_inner
def _released(step, row, near, place, u, who, c, tier, persons, t, room, counts, old, key0, key1):
    """What the person does, or has done, to get out: which releases happen, as bits; what they take off and give."""
    kept, done, back = t.kept, np.uint64(0), False
    for r in range(len(kept.points)):
        if kept.tiers[r] >> np.uint64(tier) & np.uint64(1) == 0 or kept.chance[c, r] <= 0.0:
            continue
        if _number(who, np.uint64(step), _RELEASE, r, key0, key1) >= kept.chance[c, r]:
            continue
        if kept.every[r] > 0 and _not_again(step, len(kept.kinds) + r, kept.every[r], place, persons, old):
            continue
        done |= np.uint64(1) << np.uint64(r)
        for kind in range(len(kept.lasts)):
            room.ended[kind] = room.ended[kind] or kept.ends[r, kind]
        back = back or kept.everything[r]
        gives = kept.points[r] + kept.worth[len(kept.kinds) + r, 0]
        room.jump[near] += kept.points[r]
        room.charged[near] += min(0, gives)
        counts.points[row, u, tier, 0] += gives
    if back:
        begun = started(who, c, t.start_score, t.start_to, t.start_from, key0, key1)
        if kept.sums:
            persons.base[place] = begun
        else:
            room.jump[near] += begun - np.int64(t.decayed[persons.score[place]])
    return done


@_inner
def _not_again(step, kind, every, place, persons, old):
    """Whether the person did it so lately that it cannot be done again."""
    for i in range(persons.many[place]):
        found = persons.records[old + i]
        if np.int64(found >> np.uint32(24)) == kind and step - np.int64(found & np.uint32(0xFFFF)) < every:
            return True
    return False


@_inner
def sum_up(lo, hi, persons, t, room):
    """The score where it is the sum of what counts, for good or for now; the tier that follows."""
    base, score, tier, debits, cell = persons.base, persons.score, persons.tier, persons.debits, persons.cell
    jump, live, charged, after, next_tier = room.jump, room.live, room.charged, room.after, t.next_tier
    start, top, ladder_of = np.uint64(lo), next_tier.shape[2] - 1, t.ladder_of
    for near in range(hi - lo):
        debits[start + np.uint64(near)] -= charged[np.uint64(near)]
    for near in range(hi - lo):
        i = np.uint64(near)
        total = min(max(np.int64(base[start + i]) + jump[i], -MOST), MOST)
        base[start + i] = total
        row, s = np.uint64(ladder_of[np.uint64(cell[start + i])]), min(max(total + live[i], 0), top)
        score[start + i] = s
        after[i] = next_tier[row, np.uint64(tier[start + i]) & np.uint64(TIER), np.uint64(s)]
