"""What terms cost: agents with records that end and releases, beside W1 in the same run; exact with terms of tiers.

    python bench/terms.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from sousveil.engine import agents, exact
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan, compile_plan
from sousveil.runs.plans import plan_of
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import load

PEOPLE, STEPS, REPEATS = 1_000_000, 30, 3
CHANNELS = {"police": {"coverage": 0.1, "mistaken": 0.02, "spurious": 0.001}}
ACTS = {"red-light": {"rate": 0.1}, "speeds": {"rate": 0.3}}


def made(scheme: dict[str, Any], population: dict[str, Any]) -> Plan:
    return compile_plan(
        Scheme.model_validate({"scheme": "terms", "status": "invented", "channels": CHANNELS} | scheme),
        Population.model_validate({"population": "p", "people": PEOPLE, "groups": {"A": 0.5, "B": 0.5}} | population),
        Assumptions.model_validate({"assumptions": "none"}))


def registers() -> Plan:
    """Some one record a person, tiers with terms, a consequence of the first steps, and two releases."""
    ends = {"channel": "police", "lawful": False, "lasts": 24}
    return made({"signals": {"red-light": {"points": -3, **ends}, "speeds": {"points": -1, **ends}},
                 "score": {"start": 20, "floor": 0, "ceiling": 20},
                 "tiers": {"free": {"from": 15}, "warned": {"from": 9}, "stopped": {"from": 0, "for": 3}},
                 "consequences": {"stopped": [{"right": "driving", "effect": "denied", "lasts": 2}]},
                 "releases": {"course": {"points": 2, "every": 24, "while": ["warned"]},
                              "settles": {"ends": ["speeds"], "while": ["stopped"]}}},
                {"conduct": ACTS, "releases": {"course": 0.1, "settles": 0.1}})


def stays() -> Plan:
    """A hundred cells, and two tiers that last 24 steps at least."""
    rows = [str(i) for i in range(50)]
    return made({"channels": {"police": {"coverage": 0.5}},
                 "signals": {"red-light": {"channel": "police", "points": -3, "lawful": False},
                             "speeds": {"channel": "police", "points": 1, "lawful": True}},
                 "score": {"start": 300, "floor": 0, "ceiling": 600, "decay": 0.02},
                 "tiers": {"free": {"from": 250}, "warned": {"from": 200, "for": 24},
                           "stopped": {"from": 0, "for": 24}}},
                {"strata": {"row": dict.fromkeys(rows, 1 / 50)},
                 "conduct": {"red-light": {"rate": {"row": {row: 0.5 + 0.05 * int(row) for row in rows}}},
                             "speeds": {"rate": {"group": {"A": 1.0, "B": 1.1}}}}})


def speed(plan: Plan) -> float:
    """Person-steps a second of one processor, the best of some runs."""
    people = settle(plan, 1)
    agents.simulate(plan, people, 1, 1)
    best = float("inf")
    for _ in range(REPEATS):
        began = time.process_time()
        agents.simulate(plan, people, STEPS, 1)
        best = min(best, time.process_time() - began)
    return PEOPLE * STEPS / best


def main() -> int:
    w1, kept = speed(plan_of(load(Path(__file__).parent / "w1").evolve(people=PEOPLE))), speed(registers())
    print(f"W1                                        {w1 / 1e6:6.1f} million person-steps a second")
    print(f"records that end, terms, releases         {kept / 1e6:6.1f} million, {kept / w1:.2f} of W1", flush=True)
    plan = stays()
    exact.simulate(plan, 1)
    began = time.process_time()
    exact.simulate(plan, 120)
    print(f"exact, 100 cells x 120 steps, terms of 24 {time.process_time() - began:6.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
