"""What comparing costs: 64 worlds, what the same luck saves, and how a sweep scales.

    python bench/compare.py [exact] [agents] [pairing] [workers]
"""

from __future__ import annotations

import sys
import time

from sousveil.comparisons.execute import Place
from sousveil.comparisons.pair import compare
from sousveil.comparisons.sweep import axis, sweep
from sousveil.comparisons.why import why
from sousveil.harms.tiers import TIER_SHARE
from sousveil.runs.run import run
from sousveil.runs.settings import cores
from sousveil.studies.study import load


def exact() -> None:
    study = load("seed-article").reform({"kin": []})
    began = time.perf_counter()
    found = why(study, between=("A", "B"), engine="exact")
    print(f"why, exact: {found.values.size} worlds × {study.steps} steps   {time.perf_counter() - began:6.1f} s   "
          "(at most 20)")


def agents() -> None:
    study = load("seed-article")
    run(study, people=1_000, steps=2, engine="agents")  # compiles
    began = time.perf_counter()
    found = why(study, between=("A", "B"), people=100_000, steps=60, seeds=5, engine="agents")
    print(f"why, agents: {found.values.size} worlds × 100,000 people × 60 steps   "
          f"{time.perf_counter() - began:6.1f} s   (at most 60)")


def pairing() -> None:
    study = load("seed-article")
    found = compare(study, [study.reform("no-ceiling")], people=20_000, steps=60, seeds=20, engine="agents")
    for s in found.savings():
        if s.name == TIER_SHARE(tier="untrustworthy"):
            print(f"runs saved by the same luck, share in the bottom tier, {s.group}: {s.times:,.0f} ×   (at least 10)")


def workers() -> None:
    study = load("seed-article")
    points = [axis("channels.reports.coverage=0.2:1:40")]
    took = []
    for count in (1, 2):
        began = time.perf_counter()
        sweep(study, points, people=1_000_000, where=Place("dask", count))
        took.append(time.perf_counter() - began)
        print(f"40 points, {count} worker{'s' if count > 1 else ''}: {took[-1]:6.1f} s")
    print(f"two workers are {took[0] / took[1]:.2f} × as fast   (at least 1.7)")


if __name__ == "__main__":
    print(f"{cores()} cores")
    for name in sys.argv[1:] or ["exact", "agents", "pairing", "workers"]:
        {"exact": exact, "agents": agents, "pairing": pairing, "workers": workers}[name]()
