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
from sousveil.engine.appealed import fate, number
from sousveil.engine.arrays import LANDED, TIER, WRONG
from sousveil.engine.compiled import LENT
from sousveil.engine.kernels import started
from sousveil.engine.strays import befalls, entry

__all__ = ["MOST", "fourth_words", "keep", "sum_up"]

MOST = 1 << 30
"""How far a sum of points goes, in units: no score lies there."""

_inner = numba.njit(**LENT)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_STEP, _RECORD, _RENEWAL, _RELEASE = (np.uint64(int(p) << 24) for p in (
    Purpose.STEP, Purpose.RECORD, Purpose.RENEWAL, Purpose.RELEASE))


@_inner
def fourth_words(n, first, step, room, key0, key1):
    """The fourth word of each person, from the one whose number is `first` on."""
    for near in range(n):
        who = first + np.uint64(near)
        room.word3[near] = _philox(who & _LOW, who >> _HALF, step, _STEP, key0, key1)[3]


@_inner
def keep(step, row, lo, start, hi, u, shift, persons, t, appeals, room, counts, old, out, put, key0, key1):
    """The registers of a block after a step, from the person lo + start on, written to `out` from `put` on.

    old   where the records of that person begin
    Fills room.live: what the records that count are worth together. Returns with whom it goes on, where their records
    begin, and the place in `out`, once it is not sure any more that `out` has room for all of the next person.
    """
    kept, of, restarts, landed_now, ended, anew = t.kept, t.kept.of, t.kept.restarts, room.landed, room.ended, room.anew
    records, points, lasts, worth, tiers = persons.records, counts.points, kept.lasts, kept.worth, kept.tiers
    signals, oldest, sure = len(of), worth.shape[1] - 1, len(out) - len(landed_now) - len(tiers)
    listings = False
    if appeals is not None:  # known when this is compiled
        listings = appeals.listings
    for near in range(start, hi - lo):
        place, landed, done = lo + near, 0, np.uint64(0)
        many = np.int64(persons.many[place])
        if put + many > sure:
            return near, old, put
        if room.records[near] != 0:
            landed = befalls(step, row, place, near, u, shift, persons, t, appeals, room, counts, key0, key1)
        who, c, held = np.uint64(place + shift), persons.cell[place], persons.tier[place] & TIER
        if room.word3[near] > kept.gate[c, held]:
            landed = _own(step, row, near, landed, u, who, c, held, t, appeals, room, counts, key0, key1)
        for r in range(len(tiers)):
            if tiers[r] >> np.uint64(held) & np.uint64(1) != 0 and kept.chance[c, r] > 0.0 and number(
                    who, np.uint64(step), _RELEASE, r, key0, key1) < kept.chance[c, r]:
                done |= np.uint64(1) << np.uint64(r)
        room.live[near] = 0
        if landed == 0 and many == 0 and done == 0:
            continue
        stirred = landed > 0 or done != 0
        if stirred:
            for kind in range(len(lasts)):
                ended[kind] = anew[kind] = False
            for i in range(landed):
                kind = np.int64(landed_now[i] >> np.uint32(24))
                for other in range(signals):
                    anew[other] = anew[other] or restarts[kind] == 2 or (restarts[kind] == 1 and of[other] == of[kind])
            if done != 0:
                done = _released(step, row, near, place, done, u, who, c, held, persons, t, room, counts, old, key0,
                                 key1)
        before, total = put, 0
        for i in range(many):
            found = records[old + i]
            kind, wait = np.int64(found >> np.uint32(24)), np.int64(found >> np.uint32(17)) & 127
            began = np.int64(found & np.uint32(0xFFFF))
            if appeals is not None and listings and wait == WRONG:
                wait = 1 if room.lifted[near] else WRONG + 1
            if wait == 1:
                points[row, u, held, 4] -= worth[kind, min(step - 1 - began, oldest)]
                continue
            if stirred:
                if ended[kind]:
                    continue
                began = step if anew[kind] else began
            if step - began >= lasts[kind]:
                renews = kept.renews[c, kind]
                if renews <= 0.0 or number(who, np.uint64(step), _RENEWAL, i, key0, key1) >= renews:
                    continue
                began, kind = step, kept.now[of[kind]]
            out[put] = np.uint32(kind << 24 | max(wait - 1, 0) << 17 | began)
            total += worth[kind, min(step - began, oldest)]
            put += 1
        for i in range(landed):
            out[put] = landed_now[i]
            total += worth[np.int64(landed_now[i] >> np.uint32(24)), 0]
            put += 1
        for r in range(len(tiers)):
            if done >> np.uint64(r) & np.uint64(1) != 0 and kept.leaves[r]:
                out[put] = np.uint32((signals + r) << 24 | step)
                total += worth[signals + r, 0]
                put += 1
        old += many
        persons.many[place], room.live[near] = put - before, total
    return hi - lo, old, put


@_inner
def _own(step, row, near, landed, u, who, c, tier, t, appeals, room, counts, key0, key1):
    """The records of own acts, given that there is at least one: kind after kind. Returns how many have landed."""
    own, once, kinds, ahead = t.kept.own, t.kept.once, t.kept.kinds, room.ahead
    ahead[len(kinds)] = 0.0
    for q in range(len(kinds) - 1, -1, -1):  # minus the logarithm of the chance of none from this kind on
        rate = own[c, tier, q]
        ahead[q] = ahead[q + 1] + (-math.log1p(-rate) if once[q] else rate)
    some = False
    for q in range(len(kinds)):
        rate, each = own[c, tier, q], t.weight[kinds[q]]
        if rate <= 0.0:
            continue
        chance, n, most = (1.0 - rate if once[q] else math.exp(-rate)), 0, t.at_most[kinds[q]]
        whole = 1.0 if some else -math.expm1(-ahead[q])
        left = number(who, np.uint64(step), _RECORD, q, key0, key1) * whole
        left -= chance if some else chance * -math.expm1(-ahead[q + 1])
        while left > 0.0 and n < (1 if once[q] else LANDED) and (n < rate or chance > 1e-13 * whole):
            n += 1
            chance = rate if once[q] else chance * rate / n
            left -= chance
        some = some or n > 0
        n = min(n, most) if most > 0 else n
        counts.points[row, u, tier, 0] += n * each
        room.charged[near] += n * min(0, each)
        for i in range(n):
            wait = 0
            if appeals is not None and appeals.contested[kinds[q]]:
                wait = _contested(step, row, i, u, who, c, tier, kinds[q], each, t, appeals, counts, key0, key1)
            if wait >= 0:
                room.landed[landed] = entry(t.kept.now[q], wait, step)
                landed += 1
    return landed


@_inner
def _contested(step, row, i, u, who, c, tier, kind, worth, t, appeals, counts, key0, key1):
    """The steps until an own record that can be appealed is given back, as it is kept; -1: it is undone at once."""
    became = fate(who, step, kind, i, appeals.contest[c], t.upheld[c], key0, key1)
    for f in range(became + 1):
        counts.appeals[row, u, tier, 0, f] += 1
    if became < 2:
        return WRONG if appeals.listings else 0
    if t.delayed:
        return t.kept.delay
    counts.points[row, u, tier, 4] -= worth
    return -1


@_inner
def _released(step, row, near, place, wanted, u, who, c, tier, persons, t, room, counts, old, key0, key1):
    """What the person does, or has done, to get out: of the releases wanted (bits), those that happen; what they take
    off and give.
    """
    kept, done, back = t.kept, np.uint64(0), False
    for r in range(len(kept.points)):
        if wanted >> np.uint64(r) & np.uint64(1) == 0:
            continue
        if kept.every[r] > 0 and _not_again(step, len(kept.of) + r, kept.every[r], place, persons, old):
            continue
        done |= np.uint64(1) << np.uint64(r)
        for kind in range(len(kept.lasts)):
            room.ended[kind] = room.ended[kind] or kept.ends[r, kind]
        back = back or kept.everything[r]
        gives = kept.points[r] + kept.worth[len(kept.of) + r, 0]
        room.jump[near] += kept.points[r]
        room.charged[near] += min(0, gives)
        counts.points[row, u, tier, 0] += gives
    if back:
        if len(persons.wrong) > 0:
            persons.wrong[place] = 0
        if len(persons.freed) > 0:
            persons.freed[place] = True
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
