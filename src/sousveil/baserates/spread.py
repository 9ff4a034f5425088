"""How far several deployments differ by more than luck.

The Pearson statistic of k proportions against their pooled one is about k - 1 when luck alone makes them differ. Facial
recognition deployments show many times that: the same system is used at other thresholds, lists and places. Then an
interval around the pooled rate says nothing about the next deployment, and the spread must be carried along.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Spread", "next_size", "spread"]

_WAYS = 20_000
"""In so many ways events may fall on trials for all of them to be gone through."""

_GUESSES = 64
"""The spread between trials is as uncertain as this many equally likely values of it show."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Heterogeneity of several counts.

    chi_square   Pearson statistic against the pooled rate
    df           its degrees of freedom: counts less one
    dispersion   chi_square / df; about 1 when luck alone makes the counts differ
    probability  of a statistic at least as large by luck alone: exact for few events, else by the chi-square law
    rho          intra-deployment correlation of the beta-binomial; 0 when luck is enough
    """

    chi_square: float
    df: int
    dispersion: float
    probability: float
    rho: float

    @property
    def differs(self) -> bool:
        """Whether the counts differ by more than luck gives in 95 of 100 cases."""
        return self.probability < 0.05


def spread(counts: Sequence[tuple[int, int]]) -> Spread:
    """The spread between (events, trials) of several deployments; those without trials say nothing and are left out.

    `rho` solves Pearson(rho) = df with the variance n m (1 - m) (1 + (n - 1) rho) of a beta-binomial (Williams 1982).
    Fewer than two counts, or only events, or none: no spread can be seen, and all fields are 0 but the probability, 1.
    """
    kept = [(k, n) for k, n in counts if n > 0]
    events, trials = sum(k for k, _ in kept), sum(n for _, n in kept)
    df = len(kept) - 1
    if df < 1 or events in (0, trials):
        return Spread(0.0, max(df, 0), 0.0, 1.0, 0.0)
    from sousveil.ground.special import chdtrc

    chi_square = _pearson(kept, 0.0)
    few = math.comb(events + df, df) <= _WAYS
    probability = _by_luck(kept, chi_square) if few else float(chdtrc(df, chi_square))
    return Spread(chi_square, df, chi_square / df, probability, _rho(kept, df))


def _by_luck(counts: Sequence[tuple[int, int]], chi_square: float) -> float:
    """How probable a statistic at least as large is when so many events fall at random on all trials.

    Every way in which they can fall is gone through. With few events and trials of unequal size, the chi-square law
    finds a difference in up to 12 of 100 cases without one, where it should in 5.
    """
    import numpy as np

    events, trials = sum(k for k, _ in counts), sum(n for _, n in counts)
    share, each = events / trials, np.arange(events)
    left, log, found = np.array([events]), np.zeros(1), np.zeros(1)

    def chosen(n: int) -> Any:
        """The logarithm of n over 0, 1, 2 ... events."""
        with np.errstate(divide="ignore"):
            return np.concatenate([[0.0], np.cumsum(np.log(np.maximum(n - each, 0)) - np.log(each + 1))])

    for i, (_, n) in enumerate(counts):
        last = i == len(counts) - 1
        ways = np.ones_like(left) if last else left + 1
        of = np.repeat(np.arange(len(left)), ways)
        here = left if last else np.arange(len(of)) - np.repeat(np.cumsum(ways) - ways, ways)
        left, log = left[of] - here, log[of] + chosen(n)[here]
        found = found[of] + (here - n * share) ** 2 / (n * share * (1 - share))
    chances = np.exp(log - chosen(trials)[events])
    return min(1.0, float(chances[found >= chi_square * (1 - 1e-9)].sum()))


def next_size(counts: Sequence[tuple[int, int]]) -> float:
    """a + b of the beta law for the rate of a next trial: its upper end holds what the next rate does not exceed.

    A few trials say little of how far trials differ. The Pearson statistic at the true spread is about a chi-square
    with k - 1 degrees of freedom; read backwards, that is a confidence distribution of the spread (Viechtbauer 2007),
    and the next rate is the mixture of beta laws over it (Nagashima, Noma and Furukawa 2019). The beta law that is
    given has the mean of the pooled counts and the 97.5th percentile of that mixture.
    """
    import numpy as np
    from scipy.optimize import brentq

    from sousveil.ground.special import betainc, betaincinv, chdtri

    events, trials = sum(k for k, _ in counts), sum(n for _, n in counts)
    mean = (events + 0.5) / (trials + 1)
    sizes = np.array([_size(counts, mean, _rho(counts, float(chdtri(len(counts) - 1, (i + 0.5) / _GUESSES))))
                      for i in range(_GUESSES)])
    top = float(brentq(lambda q: float(betainc(mean * sizes, (1 - mean) * sizes, q).mean()) - 0.975, 0.0, 1.0))
    tried = np.exp(np.linspace(np.log(sizes.max()), np.log(sizes.min()), 400))
    ends = betaincinv(mean * tried, (1 - mean) * tried, 0.975)
    return float(tried[int(np.argmax(ends >= top)) if (ends >= top).any() else int(np.argmax(ends))])


def _size(counts: Sequence[tuple[int, int]], mean: float, rho: float) -> float:
    """a + b of a beta law as wide as the spread between trials and what is not known of the mean."""
    share = mean * (1 - mean)
    trials = sum(n for _, n in counts)
    variance = rho * share + sum(n * share * (1 + (n - 1) * rho) for _, n in counts) / trials**2
    return max(share / variance - 1, 1e-6)


def _pearson(counts: Sequence[tuple[int, int]], rho: float) -> float:
    mean = sum(k for k, _ in counts) / sum(n for _, n in counts)
    return sum((k - n * mean) ** 2 / (n * mean * (1 - mean) * (1 + (n - 1) * rho)) for k, n in counts)


def _rho(counts: Sequence[tuple[int, int]], wanted: float) -> float:
    """The correlation with which the Pearson statistic is what is wanted; 0 where luck is enough, 1 at most."""
    from scipy.optimize import brentq

    if _pearson(counts, 0.0) <= wanted:
        return 0.0
    if _pearson(counts, 1.0) > wanted:
        return 1.0
    return float(brentq(lambda rho: _pearson(counts, rho) - wanted, 0.0, 1.0, xtol=1e-15))
