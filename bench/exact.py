"""How long the exact engine takes, beside the agents.

    python bench/exact.py [THREADS]

Targets on 2 cores: 800 cells x 3 tiers x 2,001 scores x 120 steps in 5 s, 20 cells x 60 steps in 0.08 s, spells at
most twice the run without them; and no difference between 1,400 and 1,400,000,000 people. Times are the best of three,
after compilation: seconds by the clock, and of processor time; other work on the machine spoils the former. Spells of
the bottom tier are followed, as a run does. Cells that share everything cost once: here none do.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from sousveil.engine import agents, exact
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan, compile_plan
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme

TARGETS = {(20, 60): 0.08, (100, 120): 1.0, (800, 120): 5.0}
SIGNALS = {"good-deed": ("reports", 5, 0.4), "nappies": ("purchases", 2, 0.3), "alcohol": ("purchases", -2, 0.6),
           "meets-listed": ("camera", -15, {"group": {"A": 0.004, "B": 0.03}}), "jaywalks": ("camera", -3, 0.25),
           "debt-default": ("registers", -30, 0.004)}


def plan_of(cells: int, people: int = 1_000_000, mistaken: float = 0.002) -> Plan:
    """Two groups and ten classes of frailty in each of cells / 20 districts, under three tiers and 2,001 scores."""
    n = cells // 20
    districts: dict[str, Any] = {f"d{i}": (1.0 + 0.1 * i / n) / (1.1 * n) for i in range(n - 1)}
    districts["last"] = "rest"
    coverage = {name: 0.7 + 0.6 * i / n for i, name in enumerate(districts)}
    scheme = {
        "scheme": "bench", "status": "invented",
        "channels": {"camera": {"coverage": {"value": 0.6, "times": {"district": coverage}}, "spurious": 0.0005,
                                "mistaken": {"group": {"A": mistaken, "B": 3 * mistaken}}},
                     "purchases": {"coverage": 0.9, "mistaken": mistaken / 20},
                     "registers": {"coverage": 0.95, "spurious": 0.0005}, "reports": {"coverage": 0.8}},
        "signals": {kind: {"channel": channel, "points": points, "lawful": True}
                    for kind, (channel, points, _) in SIGNALS.items()},
        "score": {"start": 1000, "floor": 0, "ceiling": 2000, "baseline": 1000, "decay": 0.02},
        "tiers": {"high": {"from": 1030, "margin": 10}, "average": {"from": 950, "margin": 10}, "low": {"from": 0}},
        "ceilings": {"B": "average"},
        "consequences": {"low": [
            {"right": "work", "effect": "denied", "conduct": {"debt-default": 1.5}, "scrutiny": 1.3},
            {"right": "school", "effect": "denied", "bearer": "children"}]}}
    population = {"population": "bench", "people": people, "groups": {"A": 0.88, "B": "rest"}, "districts": districts,
                  "frailty": {"shape": 2.0, "classes": 10}, "households": {"children": {0: 0.5, 1: 0.5}},
                  "conduct": {kind: {"rate": rate} for kind, (_, _, rate) in SIGNALS.items()}}
    return compile_plan(Scheme.model_validate(scheme), Population.model_validate(population),
                        Assumptions.model_validate({"assumptions": "bench"}))


def best(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    times = []
    for _ in range(3):
        began = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return min(clock for clock, _ in times), min(processor for _, processor in times)


def main(threads: int) -> None:
    exact.simulate(plan_of(20), 2, spells="all")
    print(f"{threads} threads; seconds by the clock, of processor time, and that beside the run without spells\n"
          f"{'cells':>6}{'steps':>6}{'target':>8}{'run':>8}{'no spells':>11}"
          f"{'nothing mistaken, spells of all tiers':>39}"
          f"{'run':>12}{'no spells':>11}{'ratio':>7}")
    for (cells, steps), target in TARGETS.items():
        plan, steady = plan_of(cells), plan_of(cells, mistaken=0.0)
        run = best(lambda: exact.simulate(plan, steps, threads=threads))  # noqa: B023
        bare = best(lambda: exact.simulate(plan, steps, spells="none", threads=threads))  # noqa: B023
        every = best(lambda: exact.simulate(steady, steps, spells="all", threads=threads))  # noqa: B023
        print(f"{cells:>6}{steps:>6}{target:>8.2f}{run[0]:>8.2f}{bare[0]:>11.2f}{every[0]:>39.2f}"
              f"{run[1]:>12.2f}{bare[1]:>11.2f}{run[1] / bare[1]:>7.1f}")
    village, nation = plan_of(100, 1_400), plan_of(100, 1_400_000_000)
    print("\npeople            seconds, 100 cells x 120 steps")
    print(f"exact         1,400   {best(lambda: exact.simulate(village, 120, threads=threads))[0]:.2f}")
    print(f"exact 1,400,000,000   {best(lambda: exact.simulate(nation, 120, threads=threads))[0]:.2f}")
    plan = plan_of(100)
    people = settle(plan, 1)
    agents.simulate(plan, people, 1, 1)
    print(f"agents    1,000,000   {best(lambda: agents.simulate(plan, people, 120, 1, threads=threads))[0]:.2f}")
    beside_agents(plan)


def beside_agents(plan: Plan) -> None:
    """How many runs of the agents tell the share of group B in the bottom tier as well as one exact run does."""
    outcome = exact.simulate(plan, 120, spells="none", spread=True)
    assert outcome.spread is not None
    inside = plan.cell_group == plan.groups.index("B")
    people = outcome.occupancy[-1, inside].sum()
    share = outcome.occupancy[-1, inside, 0].sum() / people
    error = np.sqrt(outcome.spread.occupancy[-1, inside, 0].sum()) / people
    lost = outcome.lost.max()
    print(f"\nGroup B in the bottom tier after 120 steps: {share:.6f}.\nOne run of 1,000,000 agents has a standard "
          f"error of {error:.1g}: 1,400 runs have that of a nation,\n{(error / lost)**2:.0e} runs that of the exact "
          f"run (lost mass {lost:.0e}).")


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    main(int(sys.argv[1]) if len(sys.argv) > 1 else cores)
