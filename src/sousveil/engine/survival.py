"""The compiled loops that say how long spells last, without carrying every cohort (MODEL.md section 4).

Under one law, the chance to stay d more steps depends on the score alone: one backward pass gives it for all cohorts
and all d at once. Laws drift a little while look-alike pools settle. What that adds to a cohort's survival is, step
after step, what the law of the step does to it less what the law of reference would do, seen through that chance. It is
small, so it needs the cohorts less exactly: those that are nearly sums of others are carried no further, and how nearly
hangs on how far the laws drift from then on. Where they are the same in every step, no cohort is carried at all.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil.engine.compiled import INNER, kept
from sousveil.engine.convolve import CUT, NO, ONE, ZERO, copied, correlate
from sousveil.engine.flows import bear, between, ends, pushed, room_for
from sousveil.engine.jumps import jump, reach, received

__all__ = ["follow"]

GONE = 1e-15
"""Share of a class that is too small to be followed, and the error that is allowed where cohorts are put together."""

WAIT = 4
"""New cohorts, at least, before it is looked again which of them are sums of others: looking costs as much."""


@kept
def follow(j_from, j_to, steps, steady, rules, pulls, rows, spans, wanted, entered, ahead, left, still):
    """Durations of spells of classes j_from .. j_to-1, in the wanted tiers: left, still [J, T, steps+1], shares.

    steady   laws are the same in every step
    entered  [T, steps+1, S] room for those who enter each tier, in each step
    ahead    [S, steps+1] room to work in

    Rules are the same in all steps, and no tier has a term.
    """
    count, states, tiers = rows.shape[1], rows.shape[2], len(rules.stay)
    room = between(count, states, tiers)
    for j in range(j_from, j_to):
        breaks, shift, decayed = rules.breaks[rules.ladder[j]], rules.shift[j], rules.decayed[rules.falls[j]]
        reached, enter_spans = spans[j].copy(), np.zeros((tiers, steps + 1, 2), dtype=np.int64)
        for r in range(count):
            if spans[j, r, 0] < spans[j, r, 1]:
                enter(rows[j, r], spans[j, r], rules.tier[r], ZERO, entered, enter_spans)
        pinned = np.zeros((steps, tiers, pulls.shape[2]))
        laws = [jump(j, t, received(j, t, pulls[0], rules), rules, NO) for t in range(tiers)]
        for s in range(steps):
            for t in range(tiers):
                copied(pinned[s, t], ZERO, received(j, t, pulls[0 if steady else s], rules))
                if s > 0:
                    laws.append(laws[t] if steady else jump(j, t, pinned[s, t], rules, NO))
            bear(rows[j], spans[j], shift, laws, s * tiers, decayed, rules, breaks, room)
            for r in range(count):
                if room[3][r, 0] < room[3][r, 1]:
                    enter(room[2][r], room[3][r], rules.tier[r], s + 1, entered, enter_spans)
                if spans[j, r, 0] < spans[j, r, 1]:
                    widened(reached[r], spans[j, r])
        for r in range(count):
            t = rules.tier[r]
            if wanted[t]:
                survive(entered[t], enter_spans[t], reached[r], shift, laws, t, tiers, drift(pinned[:, t]),
                        decayed, breaks[t, t], breaks[t, t + 1], states - 1, ahead, left[j, t], still[j, t])


@numba.njit(**INNER)
def drift(pinned):
    """How far the law of each step is from that of the middle one [steps+1], from mean records pinned [steps, K]."""
    out = np.zeros(len(pinned) + 1)
    for s in range(len(pinned)):
        for k in range(pinned.shape[1]):
            out[s] += 2.0 * abs(pinned[s, k] - pinned[len(pinned) // 2, k])
    return out


@numba.njit(**INNER)
def enter(row, span, t, step, entered, spans):
    """Put down who enters tier t in a step. A stay begins in one row."""
    low, high = span
    copied(entered[t, step], low, row[low:high])
    spans[t, step, 0], spans[t, step, 1] = low, high


@numba.njit(**INNER)
def widened(span, other):
    """Widen a span, which may be empty, to hold another, which is not."""
    empty = span[1] <= span[0]
    span[0] = other[0] if empty else min(span[0], other[0])
    span[1] = other[1] if empty else max(span[1], other[1])


@numba.njit(**INNER)
def foreseen(low, high, shift, law, decayed, begin, end, top, ahead):
    """ahead[s, d], the chance to stay d more steps from each score low .. high-1 in the tier begin .. end-1."""
    first, factors, chances = law
    base, wide = decayed[low] + shift + first, decayed[high - 1] - decayed[low] + 1 + reach(law)
    now, last = np.zeros((2, wide)), np.ones(high - low)
    for s in range(low, high):
        ahead[s, 0] = 1.0
    for d in range(1, ahead.shape[1]):
        for i in range(wide):
            s = min(max(base + i, 0), top)
            now[0, i] = last[s - low] if low <= s < high and begin <= s < end else 0.0
        size, here = wide, 0
        for f in range(len(factors) - 1, -1, -1):
            points, a, b = factors[f, 0], factors[f, 1], factors[f, 2]
            size -= points * (b - a - 1)
            correlate(now[here], now[1 - here, :size], chances[a:b], points, ONE)
            here = 1 - here
        for s in range(low, high):
            last[s - low] = now[here, decayed[s] - decayed[low]]
            ahead[s, d] = last[s - low]


@numba.njit(**INNER)
def survive(entered, spans, reached, shift, laws, of, tiers, drift, decayed, begin, end, top, ahead, left, still):
    """Durations of all spells of a class in a tier that has no term: left, still [steps+1].

    entered  [steps+1, S] who enters in each step, spans [steps+1, 2]; reached: scores at which the tier ever holds mass
    laws     of all steps and tiers; `of` is that of the first step, and each `tiers` further that of the next. The one
             of reference is that of the middle step
    drift    [steps+1] how far the law of a step is from the one of reference: no more than that share goes elsewhere
    ahead    [S, steps+1] room to work in
    """
    low, high, steps = reached[0], reached[1], len(still) - 1
    if high <= low:
        return
    foreseen(low, high, shift, laws[of + tiers * (steps // 2)], decayed, begin, end, top, ahead)
    future = np.zeros(steps + 2)
    for s in range(steps, -1, -1):
        future[s] = future[s + 1] + drift[s]
    weights, seen = np.zeros((steps + 1, steps + 1)), np.zeros((steps + 1, steps + 1))
    added, begun = np.zeros((steps + 1, steps + 1)), np.zeros((1, steps + 1))
    first, columns, enough, mass, since = low, ZERO, WAIT, np.zeros(0), np.zeros(steps + 1, dtype=np.int64)
    for s in range(steps + 1):
        many, a, b = steps + 1 - s, max(low, spans[s, 0]), min(high, spans[s, 1])
        if a < b:
            looked(entered[s, a:b], ONE, a, ahead, many, begun)
            lasts(begun[0], ZERO, many, left)
            still[many - 1] += begun[0, many - 1]
        if future[s] <= GONE or s == steps:
            columns = ZERO
            continue
        if a < b:
            first, mass = beside(first, mass, columns, a, entered[s, a:b])
            copied(seen[columns], ZERO, begun[0, :many])
            since[columns] = s
            weights[:, columns] = 0.0
            weights[s, columns] = 1.0
            columns += 1
        if columns == 0:
            continue
        law = laws[of + tiers * s]
        first, mass = stayed(first, mass, columns, shift, law, decayed, max(begin, low), min(end, high), top)
        if columns < enough and future[s + 1] > GONE and s + 1 < steps:
            book_now(weights, mass, columns, seen, since, s + 1, left)
            continue
        looked(mass, columns, first, ahead, many - 1, added)
        for c in range(columns):
            for d in range(many - 1):
                now = added[c, d]
                added[c, d], seen[c, d] = now - seen[c, d + s + 1 - since[c]], now
            since[c] = s + 1
        book(weights, added, columns, s, left, still)
        columns, mass = fewer(mass, columns, seen, many - 1, GONE / max(future[s + 1], GONE), weights[:s + 1])
        enough = columns + max(WAIT, columns // 3)
    for d in range(steps + 1):
        left[d], still[d] = max(0.0, left[d]), max(0.0, still[d])


@numba.njit(**INNER)
def lasts(alive, age, many, left):
    """Count who leaves at each age after `age`, from how many are there."""
    for d in range(1, many):
        left[age + d] += alive[d - 1] - alive[d]


@numba.njit(**INNER)
def book_now(weights, mass, columns, seen, since, now, left):
    """Count what drift has added by now to how many of each cohort are there now; later steps are looked at later."""
    change = np.zeros(columns)
    for i in range(0, len(mass), columns):
        for c in range(columns):
            change[c] += mass[i + c]
    for c in range(columns):
        change[c] -= seen[c, now - since[c]]
    for m in range(now):
        more = 0.0
        for c in range(columns):
            more += weights[m, c] * change[c]
        left[now - m] -= more
        left[now - m + 1] += more


@numba.njit(**INNER)
def book(weights, added, columns, s, left, still):
    """Count what drift up to step s adds to the survival of each cohort from then on, by the sums that they are."""
    steps = len(still) - 1
    many, change = steps - s, np.zeros(steps + 1)
    for m in range(s + 1):
        change[:many + 1] = 0.0
        for c in range(columns):
            w = weights[m, c]
            if w != 0.0:
                for d in range(many):
                    change[d + 1] += w * added[c, d]
        lasts(change, s - m, many + 1, left)
        still[steps - m] += change[many]


@numba.njit(**INNER)
def looked(mass, columns, first, ahead, many, out):
    """out[c, d] = share of column c of the mass, from score `first` on, that is there d steps later; d < many."""
    out[:columns, :many] = 0.0
    size = len(mass) // columns
    whole = size - size % 8
    for i in range(0, whole, 8):
        at = first + i
        h0, h1, h2, h3 = ahead[at, :many], ahead[at + 1, :many], ahead[at + 2, :many], ahead[at + 3, :many]
        h4, h5, h6, h7 = ahead[at + 4, :many], ahead[at + 5, :many], ahead[at + 6, :many], ahead[at + 7, :many]
        for c in range(columns):
            k, o = i * columns + c, out[c, :many]
            m0, m1, m2, m3 = mass[k], mass[k + columns], mass[k + 2 * columns], mass[k + 3 * columns]
            k += 4 * columns
            m4, m5, m6, m7 = mass[k], mass[k + columns], mass[k + 2 * columns], mass[k + 3 * columns]
            for d in range(many):
                o[d] += (m0 * h0[d] + m1 * h1[d] + m2 * h2[d] + m3 * h3[d]
                         + m4 * h4[d] + m5 * h5[d] + m6 * h6[d] + m7 * h7[d])
    for i in range(whole, size):
        h0 = ahead[first + i, :many]
        for c in range(columns):
            m0, o = mass[i * columns + c], out[c, :many]
            for d in range(many):
                o[d] += m0 * h0[d]


@numba.njit(**INNER)
def beside(first, mass, columns, at, row):
    """A column more, beside those that there are: (score of the first entry, mass)."""
    size = len(mass) // columns if columns > 0 else 0
    low, high = (min(first, at), max(first + size, at + len(row))) if size > 0 else (at, at + len(row))
    out, wide = np.zeros((high - low) * (columns + 1)), columns + 1
    for i in range(size):
        for c in range(columns):
            out[(first - low + i) * wide + c] = mass[i * columns + c]
    for i in range(len(row)):
        out[(at - low + i) * wide + columns] = row[i]
    return low, out


@numba.njit(**INNER)
def stayed(first, mass, columns, shift, law, decayed, begin, end, top):
    """Take the columns through a step, and keep who is in the tier from score `begin` up to `end` then."""
    size = len(mass) // columns
    if size == 0:
        return first, mass
    room = room_for(law, size, columns)
    at, new = pushed(mass, ZERO, size, columns, shift, law, decayed[first:], top, room)
    low, high = max(0, begin - at), min(end - at, len(new) // columns)
    if low >= high:
        return begin, np.zeros(0)
    a, b = ends(new[low * columns:high * columns], columns, CUT)
    return at + low + a, new[(low + a) * columns:(low + b) * columns].copy()


@numba.njit(**INNER)
def fewer(mass, columns, seen, many, most, weights):
    """Put columns together: those that are sums of others, but for `most`, live on in the weights of those."""
    size = len(mass) // columns
    rows = np.empty((columns, size))
    for i in range(size):
        for c in range(columns):
            rows[c, i] = mass[i * columns + c]
    order, few, parts = independent(rows, most)
    for m in range(len(weights)):
        old = weights[m, :columns].copy()
        for a in range(few):
            w = old[order[a]]
            for b in range(few, columns):
                w += parts[a, order[b]] * old[order[b]]
            weights[m, a] = w
    new, old_seen = np.empty(size * few), seen[:columns, :many].copy()
    for a in range(few):
        copied(seen[a], ZERO, old_seen[order[a]])
        for i in range(size):
            new[i * few + a] = mass[i * columns + order[a]]
    return np.int64(few), new


@numba.njit(**INNER)
def independent(rows, most):
    """Rows of which the others are sums: (order, how many of the first suffice, parts[a, r] of the a-th in row r).

    Gram-Schmidt, the largest rest first, until no rest is larger than `most`; then the triangle is solved.
    """
    count = len(rows)
    order, parts, triangle = np.arange(count), np.zeros((count, count)), np.zeros((count, count))
    few = 0
    while few < count:
        best, large = few, -1.0
        for r in range(few, count):
            rest = dot(rows[order[r]], rows[order[r]])
            if rest > large:
                best, large = r, rest
        if math.sqrt(large) <= most:
            break
        order[few], order[best] = order[best], order[few]
        row, length = rows[order[few]], math.sqrt(large)
        triangle[few, order[few]] = length
        for i in range(len(row)):
            row[i] /= length
        for r in range(few + 1, count):
            other = rows[order[r]]
            share = dot(row, other)
            triangle[few, order[r]] = share
            for i in range(len(row)):
                other[i] -= share * row[i]
        few += 1
    for r in range(few, count):
        for a in range(few - 1, -1, -1):
            rest = triangle[a, order[r]]
            for b in range(a + 1, few):
                rest -= triangle[a, order[b]] * parts[b, order[r]]
            parts[a, order[r]] = rest / triangle[a, order[a]]
    return order, few, parts


@numba.njit(**INNER)
def dot(a, b):
    """Sum of products, in four strands so that it is fast and always added in the same order."""
    w = x = y = z = 0.0
    whole = len(a) - len(a) % 4
    for i in range(0, whole, 4):
        w += a[i] * b[i]
        x += a[i + 1] * b[i + 1]
        y += a[i + 2] * b[i + 2]
        z += a[i + 3] * b[i + 3]
    for i in range(whole, len(a)):
        w += a[i] * b[i]
    return (w + x) + (y + z)
