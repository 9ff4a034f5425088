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
from sousveil.engine.flows import ends, pushed
from sousveil.engine.jumps import jump, reach, received
from sousveil.engine.lean import empty, zeros

__all__ = ["follow"]

GONE = 1e-15
"""Share of a class that is too small to be followed, and the error that is allowed where cohorts are put together."""

WAIT = 4
"""New cohorts, at least, before it is looked again which of them are sums of others: looking costs as much."""

SURE = 1e-4
"""What a square of a length can shrink to, by taking squares off it, before it must be worked out anew: it has lost the
last four of sixteen digits then."""

LINE = np.int64(8)
"""Numbers in a line of the cache. Cohorts lie side by side in whole lines: a loop over them takes half as long so."""


@kept
def follow(j_from, j_to, steps, steady, rules, pulls, wanted, entered, where, reached, left, still):
    """Durations of spells of classes j_from .. j_to-1, in the wanted tiers: left, still [J, T, steps+1], shares.

    steady   laws are the same in every step
    entered  who enters each tier in each step, with `where` and `reached`: see `flows.carry`

    Rules are the same in all steps, and no tier has a term.
    """
    for j in range(j_from, j_to):
        breaks, shift, decayed = rules.breaks[rules.ladder[j]], rules.shift[j], rules.decayed[rules.falls[j]]
        for t in range(len(wanted)):
            if not wanted[t]:
                continue
            pinned = zeros((max(1, steps), pulls.shape[2]), np.float64)
            laws = [jump(j, t, received(j, t, pulls[0], rules), rules, NO)]
            for s in range(len(pinned)):
                copied(pinned[s], ZERO, received(j, t, pulls[0 if steady else s], rules))
                if s > 0:
                    laws.append(laws[0] if steady else jump(j, t, pinned[s], rules, NO))
            survive(entered, where[j, t], reached[j, t], shift, laws, drift(pinned), decayed, breaks[t, t],
                    breaks[t, t + 1], rules.decayed.shape[1] - 1, left[j, t], still[j, t])


@numba.njit(**INNER)
def drift(pinned):
    """How far the law of each step is from that of the middle one [steps+1], from mean records pinned [steps, K]: no
    event is more probable by more under one of them.
    """
    out = zeros(len(pinned) + 1, np.float64)
    for s in range(len(pinned)):
        for k in range(pinned.shape[1]):
            out[s] += abs(pinned[s, k] - pinned[len(pinned) // 2, k])
    return out


@numba.njit(**INNER)
def foreseen(low, high, shift, law, decayed, begin, end, top, steps, ahead):
    """ahead[s - low, d], the chance to stay d more steps from each score s of low .. high-1 in the tier begin .. end-1;
    d up to `steps`.
    """
    first, factors, chances = law
    base, wide = decayed[low] + shift + first, decayed[high - 1] - decayed[low] + 1 + reach(law)
    now, last = zeros((2, wide), np.float64), np.ones(high - low)
    ahead[:, 0] = 1.0
    # Scores after the jump, from `base` on, that the tier has; those beyond the floor and the ceiling come to these.
    a, b = max(base, low, begin), min(base + wide, high, end)
    under, over = -base if low == 0 and begin <= 0 else 0, top + 1 - base if high > top and end > top else wide
    for d in range(1, steps + 1):
        now[0, :wide] = 0.0
        if a < b:
            copied(now[0], a - base, last[a - low:b - low])
        for i in range(min(under, wide)):
            now[0, i] = last[0]
        for i in range(max(over, 0), wide):
            now[0, i] = last[top - low]
        size, here = wide, 0
        for f in range(len(factors) - 1, -1, -1):
            points, m, n = factors[f, 0], factors[f, 1], factors[f, 2]
            size -= points * (n - m - 1)
            correlate(now[here], now[1 - here, :size], chances[m:n], points, ONE)
            here = 1 - here
        for s in range(low, high):
            last[s - low] = now[here, decayed[s] - decayed[low]]
            ahead[s - low, d] = last[s - low]


@numba.njit(**INNER)
def survive(entered, where, reached, shift, laws, drift, decayed, begin, end, top, left, still):
    """Durations of all spells of a class in a tier that has no term: left, still [steps+1].

    entered  who enters in each step, where [steps+1, 3]: from which score up to which, and from where on; reached:
             scores at which the tier ever holds mass
    laws     of all steps. The one of reference is that of the middle step
    drift    [steps+1] how far the law of a step is from the one of reference: no chance to stay differs by more
    """
    low, high, steps = reached[0], reached[1], len(still) - 1
    if high <= low:
        return
    ahead = lined(high - low, steps + 1)
    foreseen(low, high, shift, laws[steps // 2], decayed, begin, end, top, steps, ahead)
    future = zeros(steps + 2, np.float64)
    for s in range(steps, -1, -1):
        future[s] = future[s + 1] + drift[s]
    weights, seen = zeros((steps + 1, steps + 1), np.float64), zeros((steps + 1, steps + 1), np.float64)
    added, begun = lined(steps + 1, steps + 1), zeros((1, steps + 1), np.float64)
    wide, columns, enough, since, far = LINE, ZERO, LINE, zeros(steps + 1, np.int64), 0
    for s in range(steps):
        far = max(far, reach(laws[s]))
    mass, room, at, to = lined(ONE, (high - low) * wide)[0], lined(np.int64(2), (high - low + 4 * far) * wide), low, low
    for s in range(steps + 1):
        many, a, b = steps + 1 - s, max(low, where[s, 0]), min(high, where[s, 1])
        new = entered[where[s, 2] + a - where[s, 0]:]
        if a < b:
            looked(new[:b - a], ONE, ONE, a - low, ahead, many, begun)
            lasts(begun[0], ZERO, many, left)
            still[many - 1] += begun[0, many - 1]
        if future[s] <= GONE or s == steps:
            columns = ZERO
            continue
        if a < b:
            if columns == wide:
                mass, room, wide = wider(mass, low, at, to, wide, high - low, far)
            for i in range(a, b):
                mass[(i - low) * wide + columns] = new[i - a]
            at, to = (min(at, a), max(to, b)) if at < to else (a, b)
            copied(seen[columns], ZERO, begun[0, :many])
            since[columns] = s
            weights[:, columns] = 0.0
            weights[s, columns] = 1.0
            columns += 1
        if columns == 0:
            continue
        law = laws[s]
        at, to = stayed(mass, low, at, to, wide, shift, law, decayed, max(begin, low), min(end, high), top, room)
        here = mass[(at - low) * wide:(to - low) * wide]
        if columns < enough and future[s + 1] > GONE and s + 1 < steps:
            book_now(weights, here, wide, columns, seen, since, s + 1, left)
            continue
        looked(here, wide, columns, at - low, ahead, many - 1, added)
        for c in range(columns):
            for d in range(many - 1):
                now = added[c, d]
                added[c, d], seen[c, d] = now - seen[c, d + s + 1 - since[c]], now
            since[c] = s + 1
        book(weights, added, columns, s, left, still)
        columns, rows = fewer(here, wide, columns, seen, many - 1, GONE / max(future[s + 1], GONE), weights[:s + 1])
        here[:] = 0.0
        enough = (columns + WAIT + LINE - 1) // LINE * LINE
        if (columns + LINE - 1) // LINE * LINE < wide:
            wide = max(LINE, (columns + LINE - 1) // LINE * LINE)
        for c in range(columns):
            for i in range(at, to):
                mass[(i - low) * wide + c] = rows[c, i - at]
    for d in range(steps + 1):
        left[d], still[d] = max(0.0, left[d]), max(0.0, still[d])


@numba.njit(**INNER)
def lasts(alive, age, many, left):
    """Count who leaves at each age after `age`, from how many are there."""
    for d in range(1, many):
        left[age + d] += alive[d - 1] - alive[d]


@numba.njit(**INNER)
def book_now(weights, mass, wide, columns, seen, since, now, left):
    """Count what drift has added by now to how many of each cohort are there now; later steps are looked at later."""
    change = zeros(columns, np.float64)
    for i in range(0, len(mass), wide):
        for c in range(columns):
            change[c] += mass[i + c]
    for c in range(columns):
        change[c] -= seen[c, now - since[c]]
    for m in range(now):
        more = dot(weights[m, :columns], change)
        left[now - m] -= more
        left[now - m + 1] += more


@numba.njit(**INNER)
def book(weights, added, columns, s, left, still):
    """Count what drift up to step s adds to the survival of each cohort from then on, by the sums that they are."""
    steps = len(still) - 1
    many, change = steps - s, zeros(steps + 1, np.float64)
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
def looked(mass, wide, columns, first, ahead, many, out):
    """out[c, d] = share of column c of the mass, which begins at row `first` of what is ahead, that is there d steps
    later; d < many.
    """
    out[:columns, :many] = 0.0
    size = len(mass) // wide
    whole = size - size % 8
    for i in range(0, whole, 8):
        at = first + i
        h0, h1, h2, h3 = ahead[at, :many], ahead[at + 1, :many], ahead[at + 2, :many], ahead[at + 3, :many]
        h4, h5, h6, h7 = ahead[at + 4, :many], ahead[at + 5, :many], ahead[at + 6, :many], ahead[at + 7, :many]
        for c in range(columns):
            k, o = i * wide + c, out[c, :many]
            m0, m1, m2, m3 = mass[k], mass[k + wide], mass[k + 2 * wide], mass[k + 3 * wide]
            k += 4 * wide
            m4, m5, m6, m7 = mass[k], mass[k + wide], mass[k + 2 * wide], mass[k + 3 * wide]
            for d in range(many):
                o[d] += (m0 * h0[d] + m1 * h1[d] + m2 * h2[d] + m3 * h3[d]
                         + m4 * h4[d] + m5 * h5[d] + m6 * h6[d] + m7 * h7[d])
    for i in range(whole, size):
        h0 = ahead[first + i, :many]
        for c in range(columns):
            m0, o = mass[i * wide + c], out[c, :many]
            for d in range(many):
                o[d] += m0 * h0[d]


@numba.njit(**INNER)
def lined(rows, size):
    """Zeros [rows, size and a bit], each row from the beginning of a line of the cache on, and an odd number of lines
    long: rows that are as far apart as a power of two push each other out of the cache.
    """
    whole = (size + 2 * LINE - 1) // (2 * LINE) * 2 * LINE - LINE
    whole += 2 * LINE if whole < size else ZERO
    out = zeros(rows * whole + LINE, np.float64)
    skip = -(out.ctypes.data // 8) % LINE
    return out[skip:skip + rows * whole].reshape(rows, whole)


@numba.njit(**INNER)
def wider(mass, low, at, to, wide, size, far):
    """The same columns with room for a line more of them: (mass, room to work in, how wide)."""
    more = wide + LINE
    new = lined(ONE, size * more)[0]
    for i in range(at - low, to - low):
        copied(new, i * more, mass[i * wide:(i + 1) * wide])
    return new, lined(np.int64(2), (size + 4 * far) * more), more


@numba.njit(**INNER)
def stayed(mass, low, at, to, wide, shift, law, decayed, begin, end, top, room):
    """Take the columns, which hold mass from score `at` up to `to`, through a step, and keep who is in the tier from
    score `begin` up to `end` then: from which score up to which there is mass. The first score of the table is `low`.
    """
    if at >= to:
        return at, to
    first, new = pushed(mass, at - low, to - low, wide, shift, law, decayed[low:], top, begin, end, room)
    mass[(at - low) * wide:(to - low) * wide] = 0.0
    a, b = max(ZERO, begin - first), min(end - first, len(new) // wide)
    if a >= b:
        return begin, begin
    x, y = ends(new[a * wide:b * wide], wide, CUT)
    copied(mass, (first + a + x - low) * wide, new[(a + x) * wide:(a + y) * wide])
    return first + a + x, first + a + y


@numba.njit(**INNER)
def fewer(mass, wide, columns, seen, many, most, weights):
    """Put columns together: those that are sums of others, but for `most`, live on in the weights of those. How many
    are left, and they, row by row.
    """
    size = len(mass) // wide
    rows = empty((columns, size), np.float64)
    for i in range(size):
        for c in range(columns):
            rows[c, i] = mass[i * wide + c]
    order, few, parts = independent(rows.copy(), most)
    old, old_seen, new = empty(columns, np.float64), seen[:columns, :many].copy(), empty((few, size), np.float64)
    for m in range(len(weights)):
        copied(old, ZERO, weights[m, :columns])
        for a in range(few):
            w = old[order[a]]
            for b in range(few, columns):
                w += parts[a, order[b]] * old[order[b]]
            weights[m, a] = w
    for a in range(few):
        copied(seen[a], ZERO, old_seen[order[a]])
        copied(new[a], ZERO, rows[order[a]])
    return np.int64(few), new


@numba.njit(**INNER)
def independent(rows, most):
    """Rows of which the others are sums: (order, how many of the first suffice, parts[a, r] of the a-th in row r).

    Gram-Schmidt, the largest rest first, until no rest is larger than `most`; then the triangle is solved.
    """
    count = len(rows)
    order, parts, triangle = np.arange(count), zeros((count, count), np.float64), zeros((count, count), np.float64)
    rest, sure = zeros(count, np.float64), zeros(count, np.float64)
    for r in range(count):
        rest[r] = sure[r] = dot(rows[r], rows[r])
    few = 0
    while few < count:
        best = few
        for r in range(few + 1, count):
            if rest[order[r]] > rest[order[best]]:
                best = r
        if math.sqrt(rest[order[best]]) <= most:
            break
        order[few], order[best] = order[best], order[few]
        row, length = rows[order[few]], math.sqrt(rest[order[few]])
        triangle[few, order[few]] = length
        for i in range(len(row)):
            row[i] /= length
        for r in range(few + 1, count):
            at = order[r]
            other = rows[at]
            share = dot(row, other)
            triangle[few, at] = share
            for i in range(len(row)):
                other[i] -= share * row[i]
            rest[at] -= share * share
            if rest[at] < SURE * sure[at]:
                rest[at] = sure[at] = dot(other, other)
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
    """Sum of products, in eight strands so that it is fast and always added in the same order."""
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    whole = len(a) - len(a) % 8
    for i in range(0, whole, 8):
        s0 += a[i] * b[i]
        s1 += a[i + 1] * b[i + 1]
        s2 += a[i + 2] * b[i + 2]
        s3 += a[i + 3] * b[i + 3]
        s4 += a[i + 4] * b[i + 4]
        s5 += a[i + 5] * b[i + 5]
        s6 += a[i + 6] * b[i + 6]
        s7 += a[i + 7] * b[i + 7]
    for i in range(whole, len(a)):
        s0 += a[i] * b[i]
    return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
