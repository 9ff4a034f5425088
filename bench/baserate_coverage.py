"""How often the intervals of base rates hold what they should, of 95 in 100, by simulation.

    python bench/baserate_coverage.py [PERIODS]

A rate is counted in one period, or in four that differ, and predicts the next: printed is the share of predictions that
hold the false alerts, the true alerts and the precision of the next period. Then the intervals of own counts, at the
rate itself. A count is whole, so that an interval must hold more than it says where few are expected.
"""

from __future__ import annotations

import sys

import numpy as np

from sousveil.baserates import outcome
from sousveil.baserates.rate import Count, counted, stated
from sousveil.baserates.search import Search
from sousveil.intervals import clopper_pearson, jeffreys

FACES, PRESENT = 20_000, 20
RATES = {"1 in 500": 1 / 500, "1 in 4,000": 1 / 4000, "1 in 40,000": 1 / 40_000}


def predicted(rate: float, between: float, luck: np.random.Generator) -> list[tuple[bool, bool]]:
    """One world: counts of the past, and for each prediction whether the next period lies within, or does not count."""
    def period() -> float:
        return rate if not between else float(luck.beta(rate / between, (1 - rate) / between))

    past = [Count(int(luck.binomial(FACES, period())), FACES) for _ in range(4 if between else 1)]
    hits = Count(int(luck.binomial(60, 0.85)), 60)
    misses = Count(60 - hits.events, 60)
    search = Search(FACES, 1000, PRESENT, counted(past), false_negative=counted([misses]), stop=stated(0.5))
    rows = outcome.totals(search)
    false, true = int(luck.binomial(FACES - PRESENT, period())), int(luck.binomial(PRESENT, 0.85))
    happened = {outcome.FALSE_ALERTS: false, outcome.TRUE_ALERTS: true,
                outcome.PRECISION_PER_ALERT: true / (true + false) if true + false else None}
    found = []
    for name, value in happened.items():
        m = rows.one(name)
        held = value is not None and m.low is not None and m.high is not None and m.low <= value <= m.high
        found.append((held, value is not None))
    return found


def main() -> None:
    periods = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    luck = np.random.default_rng(1)
    print(f"{periods:,} periods                         false alerts  true alerts  precision")
    for words, rate in RATES.items():
        for kind, between in (("one count", 0.0), ("four that differ", rate * 0.05)):
            found = np.array([predicted(rate, between, luck) for _ in range(periods)])
            shares = found[:, :, 0].sum(axis=0) / found[:, :, 1].sum(axis=0)
            print(f"  {words:12} {kind:24} " + "".join(f"{share:12.3f}" for share in shares))
    print("\nown counts: the rate itself         Clopper-Pearson  Jeffreys")
    for words, rate in RATES.items():
        events = luck.binomial(FACES, rate, 20 * periods)
        counts, times = np.unique(events, return_counts=True)
        ends = [[of(int(k), FACES) for k in counts] for of in (clopper_pearson, jeffreys)]
        shares = [sum(t for e, t in zip(method, times, strict=True) if e is not None and e[0] <= rate <= e[1])
                  / times.sum() for method in ends]
        print(f"  {words:34}{shares[0]:12.3f}{shares[1]:12.3f}")


if __name__ == "__main__":
    main()
