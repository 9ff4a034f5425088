"""Intervals for proportions counted in a table: one, a difference of two, a ratio of two. And for means of replicates.

Those of proportions take whole counts and return `(low, high)`, or None where the method gives no interval: then
nothing is made up in its place. They are over sampling alone: they say what luck in who is in the table would do.

    wilson     one proportion: Wilson (1927), score interval
    jeffreys   one proportion: equal-tailed posterior under Beta(1/2, 1/2), one-sided at 0 and at n (Brown et al. 2001)
    clopper_pearson   one proportion: Clopper and Pearson (1934); covers at least as often as it says
    newcombe   a difference of two independent proportions: Newcombe (1998), method 10, from the two Wilson intervals
    katz       a ratio of two independent proportions: Katz et al. (1978), normal on the logarithm
    replicated a mean over replicates: Student's t; where replicates have intervals of their own, moderated (Smyth 2004)
"""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["ENOUGH", "LEVEL", "clopper_pearson", "jeffreys", "katz", "newcombe", "replicated", "skewed", "wilson"]

LEVEL = 0.95
"""The level of every interval of the product, unless a published figure used another."""

ENOUGH = 8
"""Replicates that must show something other than 0 for a mean over them to have an interval; of nine or fewer, all but
one. A mean that rests on one run of five is off by more than Student's t says: measured, it holds 82 to 90 of 100."""

_WORTH = 4
"""As how many degrees of freedom the replicates' own intervals count beside the differences between replicates: as much
as those of five. They are an approximation, so many replicates outvote them."""

_FEW_PEOPLE, _FEW_RUNS = 1_000, 10
"""Below both, sums over people are skewed, and Student's t does not know it: measured, some hold in 78 to 92 of 100."""

Interval = tuple[float, float]


def wilson(events: float, trials: float, level: float = LEVEL) -> Interval | None:
    """Score interval of `events / trials`, a share. None when there are no trials."""
    if trials <= 0:
        return None
    z2 = _z(level) ** 2
    share = events / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    low = 0.0 if events == 0 else max(0.0, centre - half)
    high = 1.0 if events == trials else min(1.0, centre + half)
    return low, high


def jeffreys(events: float, trials: float, level: float = LEVEL) -> Interval | None:
    """Equal-tailed Jeffreys interval of `events / trials`, a share; from 0 without events, to 1 when all are."""
    if trials <= 0:
        return None
    from sousveil.ground.special import betaincinv

    a, b, tail = events + 0.5, trials - events + 0.5, (1 - level) / 2
    low = 0.0 if events == 0 else float(betaincinv(a, b, tail))
    high = 1.0 if events == trials else float(betaincinv(a, b, 1 - tail))
    return low, high


def clopper_pearson(events: float, trials: float, level: float = LEVEL) -> Interval | None:
    """Interval of `events / trials` that holds whatever the share: wider than Jeffreys, for claims that must hold."""
    if trials <= 0:
        return None
    from sousveil.ground.special import betaincinv

    tail = (1 - level) / 2
    low = 0.0 if events == 0 else float(betaincinv(events, trials - events + 1, tail))
    high = 1.0 if events == trials else float(betaincinv(events + 1, trials - events, 1 - tail))
    return low, high


def newcombe(events: float, trials: float, reference_events: float, reference_trials: float,
             level: float = LEVEL) -> Interval | None:
    """Interval of the difference of two shares, the reference's subtracted. None when either has no trials."""
    mine, other = wilson(events, trials, level), wilson(reference_events, reference_trials, level)
    if mine is None or other is None:
        return None
    share, reference = events / trials, reference_events / reference_trials
    difference = share - reference
    return (difference - math.hypot(share - mine[0], other[1] - reference),
            difference + math.hypot(mine[1] - share, reference - other[0]))


def katz(events: float, trials: float, reference_events: float, reference_trials: float,
         level: float = LEVEL) -> Interval | None:
    """Interval of the ratio of two shares, divided by the reference's.

    None when a count of events is zero (the logarithm has no variance there) or when everybody in both is an event.
    """
    if min(events, reference_events) <= 0 or min(trials, reference_trials) <= 0:
        return None
    variance = 1 / events - 1 / trials + 1 / reference_events - 1 / reference_trials
    if variance <= 0:
        return None
    ratio = (events / trials) / (reference_events / reference_trials)
    half = _z(level) * math.sqrt(variance)
    return ratio * math.exp(-half), ratio * math.exp(half)


def replicated(values: Iterable[float], ends: Iterable[Interval] = ()) -> tuple[float, float | None, float | None]:
    """Mean of independent replicates, and its 95 % interval by Student's t; one replicate has no interval.

    ends   each replicate's own 95 % interval, if all have one: few replicates can happen to be alike, so what they say
           of their scatter counts beside how much they differ (moderated t: Smyth 2004, with `_WORTH` degrees)

    Values that are all the same have none: what happened in none of five runs may happen in the sixth. Nor has what
    happened in too few of them, see `ENOUGH`.
    """
    import numpy as np

    known = np.array(list(values), dtype=np.float64)
    mean = float(np.mean(known))
    if len(known) < 2:
        return mean, None, None
    if np.all(known == known[0]):
        return float(known[0]), None, None
    if np.count_nonzero(known) < min(ENOUGH, len(known) - 1):
        return mean, None, None
    from sousveil.ground.special import stdtrit

    own = np.array(list(ends), dtype=np.float64).reshape(-1, 2)
    degrees = len(known) - 1
    variance = np.full(2, np.var(known, ddof=1))
    if len(own):
        said = np.mean((own - known[:, np.newaxis]) ** 2, axis=0) / _z(LEVEL) ** 2
        variance = (degrees * variance + _WORTH * said) / (degrees + _WORTH)
        degrees += _WORTH
    below, above = (stdtrit(degrees, 0.5 + LEVEL / 2) * np.sqrt(variance / len(known))).tolist()
    return mean, mean - below, mean + above


def skewed(people: float, runs: int) -> str:
    """The note of an interval over few runs of few people, which may be too narrow; else nothing."""
    if people >= _FEW_PEOPLE or runs >= _FEW_RUNS:
        return ""
    return (f"fewer than {_FEW_PEOPLE:,} people and {_FEW_RUNS} runs: where the number is skewed, the interval holds "
            "less often than in 93 of 100; more of either mend it")


def _z(level: float) -> float:
    """Two-sided standard normal quantile."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)
