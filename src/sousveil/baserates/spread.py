"""How far several deployments differ by more than luck.

The Pearson statistic of k proportions against their pooled one is about k - 1 when luck alone makes them differ. Facial
recognition deployments show many times that: the same system is used at other thresholds, lists and places. Then an
interval around the pooled rate says nothing about the next deployment, and the spread must be carried along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spread", "spread"]


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
    mean = events / trials

    def pearson(rho: float) -> float:
        return sum((k - n * mean) ** 2 / (n * mean * (1 - mean) * (1 + (n - 1) * rho)) for k, n in kept)

    chi_square = pearson(0.0)
    from scipy.optimize import brentq
    from scipy.stats import chi2

    rho = 0.0
    if chi_square > df:
        rho = 1.0 if pearson(1.0) > df else float(brentq(lambda r: pearson(r) - df, 0.0, 1.0, xtol=1e-15))
    return Spread(chi_square, df, chi_square / df, float(chi2.sf(chi_square, df)), rho)
