"""Uncertain inputs as equally likely nodes, and the quantiles of counts over them.

No chance is drawn. The nodes are a rank-1 lattice: every single input runs once through all its strata of equal
probability, and every pair of inputs is spread evenly. A stratum stands for its mean, so that the mean of a rate over
the nodes is the mean of its law. A count given the rates is binomial; its interval is that of the mixture over nodes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sousveil.baserates.rate import Rate

    Rates = NDArray[np.float64]

__all__ = ["NODES", "binomial_quantile", "interval_of", "lognormal_strata", "mixture_interval", "rate_strata", "strata"]

NODES = 2039
"""A prime, so that every axis of the lattice runs through all strata."""

_SPAN = 20_000
"""The most counts for which a law is worked out to look parts up in."""

_BLOCK = 8
_STEP = 1260  # NODES over the golden ratio


def strata(axis: int) -> NDArray[np.int64]:
    """The stratum (0 to NODES - 1) of the input number `axis` at every node; a permutation."""
    import numpy as np

    return (np.arange(NODES, dtype=np.int64) * pow(_STEP, axis, NODES) + 17 * axis) % NODES


def rate_strata(rate: Rate, axis: int) -> NDArray[np.float64]:
    """An uncertain rate at every node; its mean is the rate's own."""
    import numpy as np

    from sousveil.ground.special import betainc, betaincinv

    assert rate.a is not None
    assert rate.b is not None
    edges = betaincinv(rate.a, rate.b, np.arange(NODES + 1) / NODES)
    means = np.clip(rate.value * NODES * np.diff(betainc(rate.a + 1, rate.b, edges)), edges[:-1], edges[1:])
    return np.asarray(means[strata(axis)], dtype=np.float64)


def lognormal_strata(low: float, high: float, axis: int) -> NDArray[np.float64]:
    """A factor at every node: log-normal with 95 % of its law in [low, high]."""
    import numpy as np

    from sousveil.ground.special import ndtri

    z = ndtri((strata(axis) + 0.5) / NODES)
    sigma = math.log(high / low) / (2 * ndtri(0.975))
    return np.asarray(np.exp(0.5 * math.log(low * high) + sigma * z), dtype=np.float64)


def mixture_interval(trials: float, shares: Rates) -> tuple[float, float]:
    """95 % equal-tailed predictive interval of a count whose share is one of `shares`, equally likely.

    It is widened outwards, where the count is small, to the whole numbers around its mean.
    """
    import numpy as np

    # A share a hair above 1 would come from rounding alone.
    shares = np.sort(np.clip(shares, 0.0, 1.0))
    mean = trials * float(np.mean(shares))
    if mean == 0:
        return 0.0, 0.0
    shares = shares[:1] if shares[0] == shares[-1] else shares
    ends = []
    for tail in (0.025, 0.975):
        guess, step = trials * float(np.quantile(shares, tail)), 1 + math.isqrt(int(mean))
        if len(shares) > _BLOCK:
            # Every eighth node finds the neighbourhood; all of them find the number.
            guess, step = _first(trials, shares[_BLOCK // 2::_BLOCK], tail, guess, step), 1
        ends.append(_first(trials, shares, tail, guess, step))
    return min(ends[0], math.floor(mean)), max(ends[1], min(math.ceil(mean), trials))


def _first(trials: float, shares: Rates, tail: float, guess: float, step: int) -> float:
    """The smallest count that the mixture reaches with probability `tail`, sought from a guess in growing steps."""
    import numpy as np

    from sousveil.ground.special import betaincc

    def reached(count: float) -> bool:
        return count >= trials or float(np.mean(betaincc(count + 1, trials - count, shares))) >= tail

    low = high = float(math.floor(guess))
    stride = float(step)
    if reached(low):
        while low >= 0 and reached(low):
            low, high, stride = low - stride, low, stride * 2
    else:
        while not reached(high):
            low, high, stride = high, high + stride, stride * 2
    low, high = max(low, -1.0), min(high, float(trials))
    while high - low > 1:
        middle = float(math.floor((low + high) / 2))
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def binomial_quantile(part: Rates, trials: float, shares: Rates) -> Rates:
    """The smallest counts that binomial laws reach with these probabilities.

    To the same whole numbers as `scipy.stats.binom`, which takes a second to be imported.
    """
    import numpy as np

    from sousveil.ground.special import betaincc

    if len(shares) > 2 and shares.min() == shares.max():  # one law: it is worked out once for every count
        ends = _quantiles(np.array([part.min(), part.max()]), trials, shares[:2])
        if ends[1] - ends[0] < _SPAN:
            counts = np.arange(ends[0], min(ends[1], trials - 1) + 1)
            law = betaincc(counts + 1, trials - counts, shares[0])
            return np.asarray(ends[0] + np.searchsorted(law, part), dtype=np.float64)
    return _quantiles(part, trials, shares)


def _quantiles(part: Rates, trials: float, shares: Rates) -> Rates:
    import numpy as np

    from sousveil.ground.special import bdtrik, betaincc

    def reached(count: Rates) -> Any:
        inside = np.clip(count, 0, trials - 1)
        law = np.where(count < 0, 0.0, np.where(count >= trials, 1.0, betaincc(inside + 1, trials - inside, shares)))
        return law >= part

    high = np.clip(np.nan_to_num(np.ceil(bdtrik(part, trials, shares)), nan=0.0), 0, trials)
    low, step = high - 1, 1.0
    while (short := ~reached(high)).any():
        low, high, step = np.where(short, high, low), np.where(short, high + step, high), 2 * step
    step = 1.0
    while (over := reached(low)).any():
        high, low, step = np.where(over, low, high), np.where(over, low - step, low), 2 * step
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        there = reached(middle)
        low, high = np.where(there, low, middle), np.where(there, middle, high)
    return np.asarray(np.minimum(high, trials), dtype=np.float64)


def interval_of(values: NDArray[np.float64], holding: float) -> tuple[float, float]:
    """The middle 95 % of equally likely values, widened where needed to hold the value it belongs to."""
    import numpy as np

    low, high = (float(q) for q in np.quantile(values, (0.025, 0.975)))
    return min(low, holding), max(high, holding)
