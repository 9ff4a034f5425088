"""The compiled loops of the exact engine: laws, one step of a distribution, and spells (MODEL.md sections 3 and 4).

Distributions lie on the scores 0 .. S-1, in rows by tier; only the range that holds mass is touched. Convolution is
direct: a step's law is narrow, sums of products of probabilities are never negative, and nothing wraps around. All is
plain double arithmetic in a fixed order, so the result does not depend on threads. Everything arrives as flat arrays
of fixed types (`rules`: `classes.Rules`), so that one compilation serves every scheme.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil.engine.compiled import INNER, kept

__all__ = ["CUT", "MOMENTS", "carry", "spells"]

CUT = 1e-16
"""Share of a class that is cut at each end of a law or a row; what is lost so is carried in the result."""

GONE = 1e-15
"""A cohort with less mass than this is followed no further."""

MOMENTS = 9
"""Of the wrongful records on a person in a step: mean and variance of the points of mistaken records, of those of
spurious ones, and of the number of debits; then, over debits, mean points, sum of w^2 var(n), sum of w^2 E(n)."""


@numba.njit(**INNER)
def convolve(x, law, out):
    """out[:len(x) + len(law) - 1] = x * law. Eight taps at a time, along the longer of the two."""
    if len(law) > len(x):
        x, law = law, x
    n, width = len(x), len(law)
    out[:n + width - 1] = 0.0
    whole = width - width % 8 if n > 7 else 0
    for k in range(0, whole, 8):
        a0, a1, a2, a3 = law[k], law[k + 1], law[k + 2], law[k + 3]
        a4, a5, a6, a7 = law[k + 4], law[k + 5], law[k + 6], law[k + 7]
        for m in range(7):
            head, tail = out[k + m], 0.0
            for r in range(8):
                if r <= m:
                    head += law[k + r] * x[m - r]
                else:
                    tail += law[k + r] * x[n + m - r]
            out[k + m] = head
            out[k + n + m] += tail
        y, x0, x1, x2, x3 = out[k + 7:k + n], x[7:n], x[6:n - 1], x[5:n - 2], x[4:n - 3]
        x4, x5, x6, x7 = x[3:n - 4], x[2:n - 5], x[1:n - 6], x[0:n - 7]
        for i in range(n - 7):
            y[i] += (a0 * x0[i] + a1 * x1[i] + a2 * x2[i] + a3 * x3[i]
                     + a4 * x4[i] + a5 * x5[i] + a6 * x6[i] + a7 * x7[i])
    for k in range(whole, width):
        a, y = law[k], out[k:k + n]
        for i in range(n):
            y[i] += a * x[i]


@numba.njit(**INNER)
def trim(row, low, high, most=CUT):
    """The range of a row without the ends that hold less than `most` each."""
    cut = 0.0
    while high > low and cut + row[high - 1] < most:
        high -= 1
        cut += row[high]
    cut = 0.0
    while high > low and cut + row[low] < most:
        cut += row[low]
        low += 1
    return low, high


@numba.njit(**INNER)
def counts(rate, at_most):
    """Law of the records of one kind and cause that count: Poisson, what is above a cap (0: none) put on the cap."""
    top = at_most if at_most > 0 else int(rate + 12.0 * math.sqrt(rate)) + 50
    law = np.zeros(top + 1)
    term, n = math.exp(-rate), 0
    while n <= rate or term > 1e-3 * CUT:
        law[min(n, top)] += term
        n += 1
        term *= rate / n
    return law[:min(n, top + 1)]


@numba.njit(**INNER)
def thinned(law, keep):
    """Law of how many of so many records stay, when each stays with probability keep."""
    out = np.zeros(len(law))
    for n in range(len(law) - 1, -1, -1):
        for m in range(len(law) - 1, 0, -1):
            out[m] = (1.0 - keep) * out[m] + keep * out[m - 1]
        out[0] = (1.0 - keep) * out[0] + law[n]
    return out


@numba.njit(**INNER)
def plus(first, law, records, weight):
    """A law after records of one kind, each worth weight: (first jump, probabilities)."""
    reach = abs(weight) * (len(records) - 1)
    out = np.zeros(len(law) + reach)
    for n in range(len(records)):
        at = n * weight if weight > 0 else reach + n * weight
        for i in range(len(law)):
            out[at + i] += records[n] * law[i]
    low, high = trim(out, 0, len(out))
    return first + min(0, weight) * (len(records) - 1) + low, out[low:high]


@numba.njit(**INNER)
def wrongful(mistaken, spurious, weight, at_most, keep, moments):
    """Laws of the points of the wrongful records on one person: of all of them, and of the credits alone.

    mistaken, spurious  [K] mean records; keep: chance that a debit is not undone at once; fills moments [MOMENTS].
    Returns (first, law, first credit, law of credits, chance of no debit).
    """
    first, law = 0, np.ones(1)
    first_credit, credits_, debits = 0, law, 0.0
    moments[:] = 0.0
    for sign in (1, -1):
        for k in range(len(weight)):
            w = weight[k]
            if sign * w <= 0 or mistaken[k] + spurious[k] <= 0.0:
                continue
            for cause in range(2):
                rate = mistaken[k] if cause == 0 else spurious[k]
                if rate <= 0.0:
                    continue
                mean = variance = rate
                if at_most[k] > 0:
                    records = counts(rate, at_most[k])
                    mean, variance = mean_variance(records)
                    first, law = plus(first, law, thinned(records, keep) if sign < 0 else records, w)
                moments[2 * cause] += w * mean
                moments[2 * cause + 1] += w * w * variance
                if sign < 0:
                    debits += rate
                    moments[4] += mean
                    moments[5] += variance
                    moments[6] -= w * mean
                    moments[7] += w * w * variance
                    moments[8] += w * w * mean
            if at_most[k] == 0:
                rate = mistaken[k] + spurious[k]
                first, law = plus(first, law, counts(rate * keep if sign < 0 else rate, 0), w)
        if sign > 0:
            first_credit, credits_ = first, law
    return first, law, first_credit, credits_, math.exp(-debits)


@numba.njit(**INNER)
def mean_variance(law):
    """Mean and variance of a law on 0, 1, 2 ..."""
    mean = square = 0.0
    for n in range(len(law)):
        mean += n * law[n]
        square += n * n * law[n]
    return mean, square - mean * mean


@numba.njit(**INNER)
def joined(first, law, other_first, other, scale):
    """Law of the sum of two independent jumps, times scale: (first jump, probabilities)."""
    out = np.empty(len(law) + len(other) - 1)
    convolve(law, other, out)
    low, high = trim(out, 0, len(out))
    for i in range(low, high):
        out[i] *= scale
    return first + other_first + low, out[low:high]


@numba.njit(**INNER)
def jump(j, t, pull, rules, moments):
    """What a step does to the score of class j in tier t: (first, law), and the same without any wrongful debit."""
    received = np.zeros(len(rules.weight))
    if rules.others[j] > 0.0:
        for k in range(len(rules.weight)):
            received[k] = max(0.0, pull[rules.pool[j], k] - rules.mistaken[j, t, k]) / rules.others[j]
    first, law, first_credit, credits_, none = wrongful(received, rules.spurious[j], rules.weight, rules.at_most,
                                                        rules.keep[j], moments)
    row = rules.own[j, t]
    low = rules.own_from[row]
    mine, first_own = rules.own_law[row, low:rules.own_to[row]], rules.own_first + low
    return joined(first_own, mine, first, law, 1.0), joined(first_own, mine, first_credit, credits_, none)


@numba.njit(**INNER)
def total(row):
    """Sum of a row, in four strands so that it is fast and always added in the same order."""
    a = b = c = d = 0.0
    whole = len(row) - len(row) % 4
    for i in range(0, whole, 4):
        a += row[i]
        b += row[i + 1]
        c += row[i + 2]
        d += row[i + 3]
    for i in range(whole, len(row)):
        a += row[i]
    return (a + b) + (c + d)


@numba.njit(**INNER)
def pushed(row, low, high, shift, law, decayed, room):
    """Decay, handicap and jump, floor and ceiling: (score of the first entry, mass), the latter in `room` [2, any]."""
    base, top = decayed[low], len(row) - 1
    rest = room[0, :decayed[high - 1] - base + 1]
    rest[:] = 0.0
    for s in range(low, high):
        rest[decayed[s] - base] += row[s]
    # The tails of a law are cut where they would move less than the error that is allowed.
    first, last = trim(law[1], 0, len(law[1]), CUT / max(total(rest), CUT))
    last = max(last, first + 1)
    out = room[1, :len(rest) + last - first - 1]
    convolve(rest, law[1][first:last], out)
    at = base + shift + law[0] + first
    if at < 0:
        cut = min(-at, len(out) - 1)
        out[cut] += total(out[:cut])
        at, out = 0, out[cut:]
    if at + len(out) - 1 > top:
        cut = max(top - at, 0)
        out[cut] += total(out[cut + 1:])
        at, out = min(at, top), out[:cut + 1]
    return at, out


@numba.njit(**INNER)
def flow(row, span, r, shift, law, rules, breaks, stay, stay_spans, enter, enter_spans, moved):
    """Carry the mass of row r through a step: what stays in its tier, what enters others, how much goes to which tier.
    """
    if span[1] <= span[0]:
        return
    room = np.empty((2, len(row) + len(law[1])))
    at, mass = pushed(row, span[0], span[1], shift, law, rules.decayed, room)
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
def copied(into, at, values):
    """into[at:at + len(values)] = values, without numba's words for sizes that differ: they take seconds to compile."""
    for i in range(len(values)):
        into[at + i] = values[i]


@numba.njit(**INNER)
def settle(rows, spans, new, new_spans):
    """Put new rows in the place of the old ones, without their ends, and empty the new ones."""
    for t in range(len(rows)):
        rows[t, spans[t, 0]:spans[t, 1]] = 0.0
        low, high = new_spans[t, 0], new_spans[t, 1]
        if low < high:
            spans[t, 0], spans[t, 1] = trim(new[t], low, high)
            copied(rows[t], spans[t, 0], new[t, spans[t, 0]:spans[t, 1]])
            new[t, low:high] = 0.0
        else:
            spans[t] = 0
        new_spans[t, 0], new_spans[t, 1] = new.shape[1], 0


@kept
def carry(j_from, j_to, s_from, s_to, rules, pulls, rows, spans, clean, clean_spans, tracked, moved, never, moments,
          fresh):
    """Carry classes j_from .. j_to-1 from after step s_from to after step s_to, under the laws of the first step.

    rows, spans    [J, R, S], [J, R, 2] persons; clean: those of them who never got a wrongful debit (if tracked)
    moved          [steps+1, J, T, T] share of a class that went from tier to tier; never [steps+1, J, T]; fresh
                   [steps+1, J, D] share that is in the first steps of a stay
    """
    count, states = rows.shape[1], rows.shape[2]
    new, new_spans = np.zeros((count, states)), np.zeros((count, 2), dtype=np.int64)
    new_spans[:, 0] = states
    for j in range(j_from, j_to):
        laws = [jump(j, t, pulls[s_from], rules, moments[j, t]) for t in range(len(rules.stay))]
        breaks = rules.breaks[rules.ladder[j]]
        for s in range(s_from, s_to):
            for r in range(count):
                for d in range(rules.fresh.shape[1]):
                    if rules.fresh[r, d]:
                        fresh[s + 1, j, d] += total(rows[j, r, spans[j, r, 0]:spans[j, r, 1]])
            for r in range(count):
                t = rules.tier[r]
                flow(rows[j, r], spans[j, r], r, rules.shift[j], laws[t][0], rules, breaks[t], new, new_spans, new,
                     new_spans, moved[s + 1, j, t])
            settle(rows[j], spans[j], new, new_spans)
            if tracked:
                for r in range(count):
                    t = rules.tier[r]
                    flow(clean[j, r], clean_spans[j, r], r, rules.shift[j], laws[t][1], rules, breaks[t], new,
                         new_spans, new, new_spans, never[s + 1, j])
                settle(clean[j], clean_spans[j], new, new_spans)


@kept
def spells(j_from, j_to, steps, steady, rules, pulls, rows, spans, wanted, births, birth_spans, alive, left, still):
    """Durations of spells of classes j_from .. j_to-1, in the wanted tiers: left, still [J, T, steps+1], shares.

    steady   laws are the same in every step: one backward pass serves all spells; else every cohort is followed
    births   [steps+1, R, S], birth_spans [steps+1, R, 2], alive [steps+1, S]: room to work in, empty

    A stay begins in the first row of its tier. Where tiers have terms, the age of a cohort tells whether it may leave.
    """
    count, states, tiers = rows.shape[1], rows.shape[2], len(rules.stay)
    backward = steady and count == tiers
    room = (np.zeros((count, states)), np.zeros((count, 2), dtype=np.int64),
            np.zeros((count, states)), np.zeros((count, 2), dtype=np.int64), np.zeros(tiers))
    room[1][:, 0], room[3][:, 0] = states, states
    moments = np.zeros(MOMENTS)
    for j in range(j_from, j_to):
        breaks, shift = rules.breaks[rules.ladder[j]], rules.shift[j]
        reach = spans[j].copy()
        for r in range(count):
            birth_spans[0, r, 0], birth_spans[0, r, 1] = spans[j, r]
            copied(births[0, r], 0, rows[j, r])
        laws = [jump(j, t, pulls[0], rules, moments)[0] for t in range(tiers)]
        for s in range(steps):
            if s > 0 and not steady:
                laws = [jump(j, t, pulls[s], rules, moments)[0] for t in range(tiers)]
            for r in range(count):
                t = rules.tier[r]
                if wanted[t] and not backward and (r == 0 or rules.tier[r - 1] != t):
                    remain(births, birth_spans, s, r, t, shift, laws[t], rules, breaks[t], left[j, t])
            bear(rows[j], spans[j], shift, laws, rules, breaks, births[s + 1], birth_spans[s + 1], room, reach)
        for t in range(tiers):
            if wanted[t] and backward:
                survive(births, birth_spans, t, reach[t], shift, laws[t], rules.decayed, breaks[t], alive, left[j, t],
                        still[j, t])
        for r in range(count):
            t = rules.tier[r]
            for b in range(steps + 1):
                row = births[b, r, birth_spans[b, r, 0]:birth_spans[b, r, 1]]
                if wanted[t] and not backward:
                    still[j, t, steps - b] += total(row)
                row[:] = 0.0
                birth_spans[b, r] = 0


@numba.njit(**INNER)
def bear(rows, spans, shift, laws, rules, breaks, births, birth_spans, room, reach):
    """Carry a class through a step, and keep apart who enters each tier in it; reach: where a tier ever held mass."""
    new, new_spans, enter, enter_spans, moved = room
    for t in range(len(rows)):
        tier = rules.tier[t]
        flow(rows[t], spans[t], t, shift, laws[tier], rules, breaks[tier], new, new_spans, enter, enter_spans, moved)
    for t in range(len(rows)):
        low, high = enter_spans[t]
        for i in range(low, high):
            new[t, i] += enter[t, i]
        new_spans[t, 0], new_spans[t, 1] = min(low, new_spans[t, 0]), max(high, new_spans[t, 1])
    settle(births, birth_spans, enter, enter_spans)
    settle(rows, spans, new, new_spans)
    for t in range(len(rows)):
        if spans[t, 1] > spans[t, 0]:
            empty = reach[t, 1] <= reach[t, 0]
            reach[t, 0] = spans[t, 0] if empty else min(reach[t, 0], spans[t, 0])
            reach[t, 1] = spans[t, 1] if empty else max(reach[t, 1], spans[t, 1])


@numba.njit(**INNER)
def remain(cohorts, spans, s, r, t, shift, law, rules, breaks, left):
    """Take the cohorts born in tier t, in row r, up to step s through step s + 1: who leaves is counted, who stays is
    kept, and so is who must stay.
    """
    room = np.empty((2, cohorts.shape[2] + len(law[1])))
    for b in range(s + 1):
        low, high = spans[b, r]
        if high <= low:
            continue
        row = cohorts[b, r]
        at, mass = pushed(row, low, high, shift, law, rules.decayed, room)
        row[low:high] = 0.0
        end = breaks[t + 1] if s + 1 - b >= rules.stay[t] else len(row)
        low, high = max(at, breaks[t]), min(at + len(mass), end)
        high = max(low, high)
        staying = mass[low - at:high - at]
        left[s + 1 - b] += total(mass[:low - at]) + total(mass[high - at:])
        if total(staying) < GONE:
            spans[b, r] = 0
            continue
        first, last = trim(staying, 0, len(staying))
        copied(row, low + first, staying[first:last])
        spans[b, r, 0], spans[b, r, 1] = low + first, low + last


@numba.njit(**INNER)
def survive(births, birth_spans, t, reach, shift, law, decayed, breaks, alive, left, still):
    """Durations of all spells in tier t under one law: alive[d, s], the chance to stay d more steps from score s."""
    first, back = law[0], law[1][::-1].copy()
    low, high, steps, width = reach[0], reach[1], len(births) - 1, len(law[1])
    if high <= low:
        return
    base, top = decayed[low] + shift + first, births.shape[2] - 1
    ahead = np.zeros(decayed[high - 1] - decayed[low] + width)
    out = np.empty(len(ahead) + width - 1)
    alive[0, low:high] = 1.0
    for d in range(1, steps + 1):
        for i in range(len(ahead)):
            s = min(max(base + i, 0), top)
            ahead[i] = alive[d - 1, s] if low <= s < high and breaks[t] <= s < breaks[t + 1] else 0.0
        convolve(ahead, back, out)
        for s in range(low, high):
            alive[d, s] = out[decayed[s] - decayed[low] + width - 1]
    so_far = np.zeros(births.shape[2])
    for d in range(steps, -1, -1):
        b = steps - d
        stay = gone = 0.0
        for s in range(birth_spans[b, t, 0], birth_spans[b, t, 1]):
            so_far[s] += births[b, t, s]
            stay += births[b, t, s] * alive[d, s]
        still[d] = stay
        if d > 0:
            for s in range(low, high):
                gone += so_far[s] * (alive[d - 1, s] - alive[d, s])
            left[d] = max(0.0, gone)
