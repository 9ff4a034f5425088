"""Compiled: appeals against more than mistakes. Only schemes that have such come here."""

from __future__ import annotations

import numba
import numpy as np

from sousveil import draws
from sousveil.draws import Purpose
from sousveil.engine.arrays import LANDED, TIER, WRONG
from sousveil.engine.compiled import LENT

__all__ = ["fate", "irrelevant", "listed", "number", "stand"]

_inner = numba.njit(**LENT)
_philox = numba.njit(inline="always")(draws.philox)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_IRRELEVANT, _APPEAL, _LISTING = (np.uint64(int(p) << 24) for p in (
    Purpose.IRRELEVANT, Purpose.APPEAL, Purpose.LISTING))


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


@_inner
def irrelevant(step, row, lo, hi, u, shift, persons, t, given, room, counts, key0, key1):
    """Of the own debits of a block, those for irrelevant acts: how many of each kind, and which are undone.

    given   `Tables.appeals`
    """
    cell, tier, later, charged, jump = persons.cell, persons.tier, persons.later, room.charged, room.jump
    table, weight, points, booked = t.law, t.weight, counts.points, counts.appeals
    kinds, many, many_from, many_wide = given.kinds, given.counts, given.counts_from, given.counts_wide
    rest, rest_from, rest_wide, rest_first = given.rest, given.rest_from, given.rest_wide, given.rest_first
    contest, upheld, delayed, listings, taken = given.contest, t.upheld, t.delayed, given.listings, room.taken
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
            if listings:
                taken[near] -= n * weight[k] + back
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


@_inner
def listed(step, row, lo, hi, u, shift, persons, t, given, room, counts, old, key0, key1):
    """Who of a block comes into a tier that takes a right away and appeals, and who gets back all that stands wrongly.

    given   `Tables.appeals`; old: where the records of the block begin
    Fills room.lifted, and room.taken with 0.
    """
    cell, tier, since, many_of, records = persons.cell, persons.tier, persons.since, persons.many, persons.records
    wrong, heard, taken, lifted, jump = persons.wrong, persons.heard, room.taken, room.lifted, room.jump
    listing, faded, contest, upheld, gone = given.listing, given.faded, given.contest, t.upheld, t.gone
    points, booked, register, delay = counts.points, counts.appeals, t.kept.on, given.delay
    for near in range(hi - lo):
        place = lo + near
        held, c = tier[place] & TIER, cell[place]
        taken[near], lifted[near] = 0, False
        many = np.int64(many_of[place]) if register else 0
        if not gone[held]:
            if listing[held] and step - since[place] == 1 and (wrong[place] > 0 or _stand_wrongly(records, old, many)):
                luck = number(np.uint64(place + shift), np.uint64(step), _LISTING, 0, key0, key1)
                booked[row, u, held, 1, 0] += 1
                if luck < contest[c]:
                    booked[row, u, held, 1, 1] += 1
                if luck < contest[c] * upheld[c]:
                    booked[row, u, held, 1, 2] += 1
                    if heard[place] == 0:
                        heard[place] = step + delay
            back = faded[wrong[place]]
            if heard[place] == step:
                heard[place], lifted[near] = 0, True
                jump[near] += back
                points[row, u, held, 4] += back
                back = 0
            wrong[place] = back
        old += many


@_inner
def _stand_wrongly(records, old, many):
    """Whether any of somebody's records that count is wrong."""
    found = False
    for i in range(many):
        found = found or np.int64(records[old + i] >> np.uint32(17)) & 127 == WRONG
    return found


@_inner
def stand(lo, hi, persons, t, given, room):
    """What was taken wrongly in this step stands from now on, where listings can be appealed."""
    if not given.listings:
        return
    wrong, tier, taken, gone, most = persons.wrong, persons.tier, room.taken, t.gone, t.next_tier.shape[2] - 1
    for near in range(hi - lo):
        if not gone[tier[lo + near] & TIER]:
            wrong[lo + near] = min(wrong[lo + near] + taken[near], most)
