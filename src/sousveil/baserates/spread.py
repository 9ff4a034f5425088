"""How far several deployments differ by more than luck.

The Pearson statistic of k proportions against their pooled one is about k - 1 when luck alone makes them differ. Facial
recognition deployments show many times that: the same system is used at other thresholds, lists and places. Then an
interval around the pooled rate says nothing about the next deployment, and the spread must be carried along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spread", "next_size", "spread"]

_GUESSES = 64
"""The spread between trials is as uncertain as this many equally likely values of it show."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Heterogeneity of several counts.

    chi_square   Pearson statistic against the pooled rate
    df           its degrees of freedom: counts less one
    dispersion   chi_square / df; about 1 when luck alone makes the counts differ
    probability  of a statistic at least as large by luck alone
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
    return Spread(chi_square, df, chi_square / df, float(chdtrc(df, chi_square)), _rho(kept, df))


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
