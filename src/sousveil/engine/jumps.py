"""The law of a step in the exact engine's compiled loops: what a step does to a score (MODEL.md section 3).

A law is a list of factors, one for each kind of record or for all kinds that are worth the same points: independent
jumps that add up. A factor has few probabilities, as many as there can be records, while their sum can reach as far as
all points together. So a distribution goes through the factors one after the other, unless their sum has fewer
probabilities than they have together. Everything is sums of products of probabilities, so nothing is ever negative.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil.engine.compiled import INNER
from sousveil.engine.convolve import CUT, ONE, ZERO, convolve, copied, trim
from sousveil.engine.lean import empty, zeros

__all__ = ["MOMENTS", "debited", "jump", "reach", "received"]

MOMENTS = 9
"""Of the wrongful records on a person in a step: mean and variance of the points of mistaken records, of those of
spurious ones, and of the number of debits; then, over debits, mean points, sum of w^2 var(n), sum of w^2 E(n)."""


@numba.njit(**INNER)
def counts(rate, at_most):
    """Law of the records of one kind and cause that count: Poisson, what is above a cap (0: none) put on the cap."""
    top = at_most if at_most > 0 else np.int64(rate + 12.0 * math.sqrt(rate)) + 50
    law = zeros(top + 1, np.float64)
    term, n = math.exp(-rate), 0
    while n <= rate or term > 1e-3 * CUT:
        law[min(n, top)] += term
        n += 1
        term *= rate / n
    return law[:min(n, top + 1)]


@numba.njit(**INNER)
def thinned(law, keep):
    """Law of how many of so many records stay, when each stays with probability keep."""
    out = zeros(len(law), np.float64)
    for n in range(len(law) - 1, -1, -1):
        for m in range(len(law) - 1, 0, -1):
            out[m] = (1.0 - keep) * out[m] + keep * out[m - 1]
        out[0] = (1.0 - keep) * out[0] + law[n]
    return out


@numba.njit(**INNER)
def mean_variance(law):
    """Mean and variance of a law on 0, 1, 2 ..."""
    mean = square = 0.0
    for n in range(len(law)):
        mean += n * law[n]
        square += n * n * law[n]
    return mean, square - mean * mean


@numba.njit(**INNER)
def received(j, t, pull, rules):
    """Mean records of each kind that are pinned on a person of class j in tier t in a step [K]."""
    found = zeros(len(rules.weight), np.float64)
    if rules.others[j] > 0.0:
        for k in range(len(rules.weight)):
            found[k] = max(0.0, pull[rules.pool[j], k] - rules.mistaken[j, t, k]) / rules.others[j]
    return found


@numba.njit(**INNER)
def debited(j, mistaken, rules, moments):
    """Fill in the moments [MOMENTS] of the wrongful records on a person of class j; mistaken [K] mean records."""
    moments[:] = 0.0
    for sign in (1, -1):
        for k in range(len(rules.weight)):
            w = rules.weight[k]
            if sign * w <= 0:
                continue
            for cause in range(2):
                rate = mistaken[k] if cause == 0 else rules.spurious[j, k]
                if rate <= 0.0:
                    continue
                mean = variance = rate
                if rules.at_most[k] > 0:
                    mean, variance = mean_variance(counts(rate, rules.at_most[k]))
                moments[2 * cause] += w * mean
                moments[2 * cause + 1] += w * w * variance
                if sign < 0:
                    moments[4] += mean
                    moments[5] += variance
                    moments[6] -= w * mean
                    moments[7] += w * w * variance
                    moments[8] += w * w * mean


@numba.njit(**INNER)
def with_factor(law, records, weight):
    """A law and records of one kind, worth so many points each, put where its reach belongs: short ones come first."""
    first, factors, chances = law
    low, high = trim(records, ZERO, len(records), CUT)
    points, size, before = abs(weight), high - low, len(chances)
    more, all_factors = empty(before + size, np.float64), empty((len(factors) + 1, 3), np.int64)
    copied(more, ZERO, chances)
    for n in range(size):
        more[before + n] = records[low + n] if weight > 0 else records[high - 1 - n]
    i = len(factors)
    while i > 0 and factors[i - 1, 0] * (factors[i - 1, 2] - factors[i - 1, 1] - 1) > points * (size - 1):
        i -= 1
    for f in range(len(factors)):
        to = f if f < i else f + 1
        for n in range(3):
            all_factors[to, n] = factors[f, n]
    all_factors[i, 0], all_factors[i, 1], all_factors[i, 2] = points, before, before + size
    return first + weight * (low if weight > 0 else high - 1), all_factors, more


@numba.njit(**INNER)
def factored(j, t, mistaken, rules, own, clean):
    """The law of what falls on a person of class j in tier t in a step: (first jump, factors [F, 3], chances).

    factors   points, and from where up to where in `chances` are those of 0, 1, 2 ... times so many points more
    mistaken  [K] mean records pinned on a person; own: with the person's own records
    clean     the part of the law in which no wrongful debit falls, which is less than 1
    """
    kinds, debits = len(rules.weight), 0.0
    rates = zeros(kinds, np.float64)
    law = ZERO, zeros((0, 3), np.int64), zeros(0, np.float64)
    # Own, mistaken and spurious records; those without a cap add up, and come last.
    for i in range(4 * kinds):
        cause, k = i // kinds, i % kinds
        w, cap = rules.weight[k], rules.at_most[k]
        if cause == 0:
            rate = rules.acts[j, t, k] if own else 0.0
        elif cause < 3:
            rate = mistaken[k] if cause == 1 else rules.spurious[j, k]
        else:
            rate, cap = rates[k], 0
        if w == 0 or rate <= 0.0:
            continue
        wrongful_debit = w < 0 and 0 < cause < 3
        if wrongful_debit and clean:
            debits += rate
        elif cause < 3 and cap == 0 and not (cause == 0 and rules.once[k]):
            rates[rules.same[k]] += rate * rules.keep[j] if wrongful_debit else rate
        else:
            records = chance(rate) if cause == 0 and rules.once[k] else counts(rate, cap)
            if wrongful_debit:
                records = thinned(records, rules.keep[j])
            elif cause == 0 and rules.stays[j, k] < 1.0:
                records = thinned(records, rules.stays[j, k])
            law = with_factor(law, records, w)
    if len(law[1]) == 0:
        law = with_factor(law, nothing(), ONE)
    for i in range(law[1][0, 1], law[1][0, 2]):
        law[2][i] *= math.exp(-debits)
    return law


@numba.njit(**INNER)
def nothing():
    """Law of no records."""
    law = empty(1, np.float64)
    law[0] = 1.0
    return law


@numba.njit(**INNER)
def chance(rate):
    """Law of one record that falls with this chance."""
    law = empty(2, np.float64)
    law[0], law[1] = 1.0 - rate, rate
    return law


@numba.njit(**INNER)
def jump(j, t, mistaken, rules, clean):
    """What a step does to the score of class j in tier t, as `factored` says, in as few chances as may be."""
    row = rules.own[j, t]
    low, high = rules.own_from[row], rules.own_to[row]
    for own in (True, False):
        first, factors, chances = factored(j, t, mistaken, rules, own, clean)
        if own and len(chances) <= high - low:
            return first, factors, chances
    joined = nothing()
    for f in range(len(factors)):
        first, joined = plus(first, joined, chances[factors[f, 1]:factors[f, 2]], factors[f, 0])
    room, at = zeros((2, len(joined) + 3 * (high - low)), np.float64), high - low
    copied(room[0], at, joined)
    size = len(joined) + high - low - 1
    convolve(room[0], at, len(joined), room[1], ZERO, size, rules.own_law[row, low:high], ONE)
    begin, end = trim(room[1], at, at + size, CUT)
    whole = empty((1, 3), np.int64)
    whole[0, 0], whole[0, 1], whole[0, 2] = 1, 0, end - begin
    return first + rules.own_first + low + begin - at, whole, room[1, begin:end]


@numba.njit(**INNER)
def plus(first, law, records, points):
    """A law after records of one kind, each worth so many points: (first jump, probabilities)."""
    out = zeros(len(law) + points * (len(records) - 1), np.float64)
    for n in range(len(records)):
        for i in range(len(law)):
            out[n * points + i] += records[n] * law[i]
    low, high = trim(out, ZERO, len(out), CUT)
    return first + low, out[low:high]


@numba.njit(**INNER)
def reach(law):
    """How far the highest jump of a law is from its first."""
    far = 0
    for f in range(len(law[1])):
        far += law[1][f, 0] * (law[1][f, 2] - law[1][f, 1] - 1)
    return far
