"""The compiled loops that carry distributions through a step, in the exact engine (MODEL.md section 4).

Distributions lie on the scores 0 .. S-1, in rows by tier; only the range that holds mass is touched. Everything arrives
as flat arrays of fixed types (`rules`: `classes.Rules`), so that one compilation serves every scheme. What is carried
under the same law can lie side by side, a column each: a row is then [S x columns], score by score.
"""

from __future__ import annotations

import numba
import numpy as np

from sousveil.engine.compiled import INNER, kept
from sousveil.engine.convolve import CUT, NO, ONE, YES, ZERO, convolve, copied, total, trim
from sousveil.engine.jumps import debited, jump, reach, received
from sousveil.engine.lean import empty, zeros

__all__ = ["bear", "between", "carry", "ends", "pushed", "room_for"]


@numba.njit(**INNER)
def room_for(law, states, columns):
    """Room to work in for `pushed`, [2, any]."""
    return empty((2, (states + 4 * reach(law)) * columns), np.float64)


@numba.njit(**INNER)
def pushed(row, low, high, columns, shift, law, decayed, top, begin, end, room):
    """Decay, handicap and jump, floor and ceiling: (score of the first entry, mass), the latter in `room`. What comes
    to no score from `begin` up to `end` may be left out.
    """
    base, far = decayed[low], reach(law)
    size, at = decayed[high - 1] - base + 1, far * columns
    rest = room[0, at:at + size * columns]
    rest[:] = 0.0
    while low < high:  # scores that decay to scores which follow each other go in one
        s, goal = low, rest[(decayed[low] - base) * columns:]
        low += 1
        while low < high and decayed[low] == decayed[low - 1] + 1:
            low += 1
        part = row[s * columns:low * columns]
        for i in range(len(part)):
            goal[i] += part[i]
    # The tails of a law are cut where they would move less than the error that is allowed.
    first, factors, chances = law
    most = CUT / len(factors)
    least, score, here, later = most / max(total(rest), most), base + shift + first, 0, far
    for f in range(len(factors)):
        points, low_tap, high_tap = factors[f, 0], factors[f, 1], factors[f, 2]
        later -= points * (high_tap - low_tap - 1)
        low_tap, high_tap = trim(chances, low_tap, high_tap, least)
        high_tap = max(high_tap, low_tap + 1)
        score += points * (low_tap - factors[f, 1])
        # Later factors take a score up, by `later` at most; what is below the floor or above the ceiling comes to it.
        whole = size + points * (high_tap - low_tap - 1)
        lowest = min(max(0, begin - later - score), whole - 1) if begin > 0 else 0
        highest = max(min(whole, end - score), lowest + 1) if end <= top else whole
        convolve(room[here], at, size * columns, room[1 - here], lowest * columns, highest * columns,
                 chances[low_tap:high_tap], points * columns)
        score, at, size, here = score + lowest, at + lowest * columns, highest - lowest, 1 - here
        left, right = ends(room[here, at:at + size * columns], columns, most)
        score, at, size = score + left, at + left * columns, right - left
    return within(score, room[here, at:at + size * columns], columns, top)


@numba.njit(**INNER)
def ends(mass, columns, most):
    """The range of scores without the ends that hold less than `most` each; one score at least."""
    low, high, cut = 0, len(mass) // columns, 0.0
    while high > low + 1:
        cut += mass[high - 1] if columns == 1 else total(mass[(high - 1) * columns:high * columns])
        if cut >= most:
            break
        high -= 1
    cut = 0.0
    while high > low + 1:
        cut += mass[low] if columns == 1 else total(mass[low * columns:(low + 1) * columns])
        if cut >= most:
            break
        low += 1
    return low, high


@numba.njit(**INNER)
def within(at, mass, columns, top):
    """What is below the floor is put on it, and what is above the ceiling, `top`, on that: (first score, mass)."""
    size = len(mass) // columns
    if at < 0:
        cut = min(-at, size - 1)
        for i in range(cut):
            for c in range(columns):
                mass[cut * columns + c] += mass[i * columns + c]
        at, mass, size = 0, mass[cut * columns:], size - cut
    if at + size - 1 > top:
        cut = max(top - at, 0)
        for i in range(cut + 1, size):
            for c in range(columns):
                mass[cut * columns + c] += mass[i * columns + c]
        at, mass = min(at, top), mass[:(cut + 1) * columns]
    return at, mass


@numba.njit(**INNER)
def flow(row, span, r, shift, law, decayed, rules, breaks, stay, stay_spans, enter, enter_spans, moved):
    """Carry the mass of row r through a step: what stays in its tier, what enters others, how much goes to which tier.
    """
    if span[1] <= span[0]:
        return
    room = room_for(law, len(row), ONE)
    at, mass = pushed(row, span[0], span[1], ONE, shift, law, decayed, len(row) - 1, ZERO, len(row), room)
    for new in range(len(breaks) - 1):
        low, high = max(at, breaks[new]), min(at + len(mass), breaks[new + 1])
        if low >= high:
            continue
        part, to = mass[low - at:high - at], rules.goal[r, new]
        tier = rules.tier[to]
        rows, spans = (stay, stay_spans) if tier == rules.tier[r] else (enter, enter_spans)
        goal = rows[to, low:high]
        for i in range(len(part)):
            goal[i] += part[i]
        spans[to, 0], spans[to, 1] = min(spans[to, 0], low), max(spans[to, 1], high)
        moved[tier] += total(part)


@numba.njit(**INNER)
def settle(rows, spans, new, new_spans):
    """Put new rows in the place of the old ones, without their ends, and empty the new ones."""
    for t in range(len(rows)):
        rows[t, spans[t, 0]:spans[t, 1]] = 0.0
        low, high = new_spans[t, 0], new_spans[t, 1]
        if low < high:
            spans[t, 0], spans[t, 1] = trim(new[t], low, high, CUT)
            copied(rows[t], spans[t, 0], new[t, spans[t, 0]:spans[t, 1]])
            new[t, low:high] = 0.0
        else:
            spans[t] = 0
        new_spans[t, 0], new_spans[t, 1] = new.shape[1], 0


@numba.njit(**INNER)
def between(count, states):
    """Room for `bear`: who stays in each row [R, S], spans [R, 2], who enters it, and the like."""
    spans, enter_spans = zeros((count, 2), np.int64), zeros((count, 2), np.int64)
    for r in range(count):
        spans[r, 0], enter_spans[r, 0] = states, states
    return zeros((count, states), np.float64), spans, zeros((count, states), np.float64), enter_spans


@numba.njit(**INNER)
def bear(rows, spans, shift, laws, decayed, rules, breaks, room, moved):
    """Carry a class through a step, and add to moved [T, T]. Who enters each row lies in the room, until the next step:
    what enters a tier from another one lies by itself, so that it can be followed.
    """
    new, new_spans, enter, enter_spans = room
    for r in range(len(rows)):
        enter[r, enter_spans[r, 0]:enter_spans[r, 1]] = 0.0
        enter_spans[r, 0], enter_spans[r, 1] = enter.shape[1], 0
    for r in range(len(rows)):
        t = rules.tier[r]
        flow(rows[r], spans[r], r, shift, laws[t], decayed, rules, breaks[t], new, new_spans, enter, enter_spans,
             moved[t])
    for r in range(len(rows)):
        low, high = enter_spans[r]
        if low >= high:
            continue
        goal, part = new[r, low:high], enter[r, low:high]
        for i in range(len(part)):
            goal[i] += part[i]
        new_spans[r, 0], new_spans[r, 1] = min(low, new_spans[r, 0]), max(high, new_spans[r, 1])
        first, last = trim(enter[r], low, high, CUT)
        enter[r, low:first] = 0.0
        enter[r, last:high] = 0.0
        enter_spans[r, 0], enter_spans[r, 1] = first, last
    settle(rows, spans, new, new_spans)


@numba.njit(**INNER)
def widened(span, other):
    """Widen a span, which may be empty, to hold another, which may be too."""
    if other[0] < other[1]:
        empty = span[1] <= span[0]
        span[0] = other[0] if empty else min(span[0], other[0])
        span[1] = other[1] if empty else max(span[1], other[1])


@numba.njit(**INNER)
def put_down(rows, spans, step, rules, wanted, entered, at, last, where):
    """Put down who enters each wanted tier in a step, in `entered` from `at` on: where the next may begin, or -1 where
    there was no room up to `last`. Nobody enters a tier but in one row.
    """
    for r in range(len(rows)):
        t = rules.tier[r]
        low, high = spans[r]
        if not wanted[t] or low >= high or at < 0:
            continue
        if at + high - low > last:
            at = -1
            continue
        copied(entered, at, rows[r, low:high])
        where[t, step, 0], where[t, step, 1], where[t, step, 2] = low, high, at
        at += high - low
    return at


@kept
def carry(j_from, j_to, s_from, s_to, rules, pulls, rows, spans, clean, clean_spans, tracked, moved, never, moments,
          fresh, wanted, entered, first, last, put, where, reached):
    """Carry classes j_from .. j_to-1 from after step s_from to after step s_to, under the laws of the first step.

    rows, spans    [J, R, S], [J, R, 2] persons; clean: those of them who never got a wrongful debit (if tracked)
    moved          [steps+1, J, T, T] share of a class that went from tier to tier; never [steps+1, J, T]; fresh
                   [steps+1, J, D] share that is in the first steps of a stay
    wanted         [T] the tiers of which it is put down who enters them: in `entered` from `first` up to `last`, in any
                   order; where [J, T, steps+1, 3] from which score up to which, and from where on; put [J] -1 where
                   there was no room for all of a class; reached [J, T, 2] scores at which a tier has held mass
    """
    count, states, tiers = rows.shape[1], rows.shape[2], len(rules.stay)
    room, never_moved, follows = between(count, states), zeros((tiers, tiers), np.float64), False
    for t in range(tiers):
        follows = follows or wanted[t]
    at = first if s_from == 0 else put[j_from]
    for j in range(j_from, j_to):
        pinned = [received(j, t, pulls[s_from], rules) for t in range(tiers)]
        laws = [jump(j, t, pinned[t], rules, NO) for t in range(tiers)]
        breaks, decayed = rules.breaks[rules.ladder[j]], rules.decayed[rules.falls[j]]
        for t in range(tiers):
            debited(j, pinned[t], rules, moments[j, t])
        if follows and s_from == 0:
            at = put_down(rows[j], spans[j], ZERO, rules, wanted, entered, at, last, where[j])
        for s in range(s_from, s_to):
            for r in range(count):
                for d in range(rules.fresh.shape[1]):
                    if rules.fresh[r, d]:
                        fresh[s + 1, j, d] += total(rows[j, r, spans[j, r, 0]:spans[j, r, 1]])
                widened(reached[j, rules.tier[r]], spans[j, r])
            bear(rows[j], spans[j], rules.shift[j], laws, decayed, rules, breaks, room, moved[s + 1, j])
            if follows:
                at = put_down(room[2], room[3], s + 1, rules, wanted, entered, at, last, where[j])
        for r in range(count):
            widened(reached[j, rules.tier[r]], spans[j, r])
        put[j] = at
        if tracked:
            laws = [jump(j, t, pinned[t], rules, YES) for t in range(tiers)]
            for s in range(s_from, s_to):
                never_moved[:] = 0.0
                bear(clean[j], clean_spans[j], rules.shift[j], laws, decayed, rules, breaks, room, never_moved)
                for t in range(tiers):
                    for new in range(tiers):
                        never[s + 1, j, new] += never_moved[t, new]
    put[j_from] = at
