"""Small worlds for the tests of traces and harms: a plan, and an outcome made up person by person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import outcome as outcomes
from sousveil.engine import people
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan, compile_plan
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme

SCHEME: dict[str, Any] = {
    "scheme": "small", "status": "invented",
    "channels": {"camera": {"coverage": 0.5, "mistaken": 0.1, "spurious": 0.01}},
    "signals": {"good": {"channel": "camera", "points": 2, "lawful": True},
                "bad": {"channel": "camera", "points": -5, "lawful": False, "at-most": 2},
                "protest": {"channel": "camera", "points": -10, "lawful": True, "expressive": True},
                "begs": {"channel": "camera", "points": -4, "lawful": True, "necessity": True}},
    "score": {"start": 100, "floor": 0, "ceiling": 200, "decay": 0.1},
    "tiers": {"top": {"from": 120}, "middle": {"from": 80, "margin": 4}, "bottom": {"from": 0}},
    "consequences": {"bottom": [{"right": "travel", "effect": "denied", "income": 0.5},
                                {"right": "school", "effect": "denied", "bearer": "children"},
                                {"right": "net", "effect": "slowed", "bearer": "household"}],
                     "middle": [{"right": "net", "effect": "slowed", "bearer": "household", "loss": 1}],
                     "top": [{"right": "loan", "effect": "granted", "gain": 20}]},
    "kin": [{"when": "bottom", "points": -3}],
    "redress": {"notice": True, "appeal": 0.5, "upheld": 0.5, "delay": 1}}
POPULATION: dict[str, Any] = {
    "population": "small", "people": 60, "groups": {"A": 0.7, "B": 0.3}, "districts": {"north": 0.5, "south": 0.5},
    "strata": {"class": {"low": 0.5, "high": 0.5}}, "income": {"class": {"low": 100, "high": 300}},
    "households": {"adults": {"1": 0.5, "2": 0.5}, "children": {"0": 0.5, "2": 0.5}},
    "conduct": {"good": {"rate": 0.5}, "bad": {"rate": 0.3}, "protest": {"rate": 0.1}, "begs": {"rate": 0.2}}}
ASSUMPTIONS: dict[str, Any] = {"assumptions": "small", "chilling": {"all": {"value": 0.5}}}


def plan_of(people: int = 60, scheme: dict[str, Any] | None = None, population: dict[str, Any] | None = None) -> Plan:
    """The plan of the small world, with some keys of its files replaced."""
    return compile_plan(*files(scheme, {**(population or {}), "people": people}))


def files(scheme: dict[str, Any] | None = None,
          population: dict[str, Any] | None = None) -> tuple[Scheme, Population, Assumptions]:
    """The files of the small world, with some keys replaced."""
    return (Scheme.model_validate(SCHEME | (scheme or {})), Population.model_validate(POPULATION | (population or {})),
            Assumptions.model_validate(ASSUMPTIONS))


def sizes(plan: Plan, seed: int = 2) -> npt.NDArray[np.int64]:
    """How many people are in each cell under a seed: int64[C]."""
    return np.concatenate([people.sizes(plan, seed, unit) for unit in range(len(plan.unit_group))])


@dataclass(frozen=True)
class Life:
    """What became of everybody. cell: int[N]; tier: int[N, steps+1]; wrongful: int[N, steps+1], debits in each step."""

    cell: npt.NDArray[np.int64]
    tier: npt.NDArray[np.int64]
    wrongful: npt.NDArray[np.int64]

    def spells(self, tier: int, persons: npt.NDArray[np.bool_]) -> tuple[list[int], list[bool]]:
        """Durations of all spells in a tier, and whether each one ended."""
        durations, ended = [], []
        steps = self.tier.shape[1] - 1
        for path in self.tier[persons]:
            begin = 0
            for s in range(1, steps + 1):
                if path[s] != path[s - 1]:
                    if path[s - 1] == tier:
                        durations.append(s - begin)
                        ended.append(True)
                    begin = s
            if path[steps] == tier:
                durations.append(steps - begin)
                ended.append(False)
        return durations, ended


def live(plan: Plan, steps: int, seed: int, stay: float = 0.7, wrong: float = 0.2) -> Life:
    """Made-up lives: tiers at random, with inertia; wrongful debits at random."""
    luck = np.random.default_rng(seed)
    cell = np.repeat(np.arange(len(plan.cells)), sizes(plan))
    tier = luck.integers(0, len(plan.tiers), (len(cell), steps + 1))
    for s in range(1, steps + 1):
        tier[:, s] = np.where(luck.random(len(cell)) < stay, tier[:, s - 1], tier[:, s])
    wrongful = luck.poisson(wrong, tier.shape)
    wrongful[:, 0] = 0
    return Life(cell, tier, wrongful)


def told(plan: Plan, life: Life, seed: int = 0) -> Outcome:
    """The outcome that an engine would hand over if these had been the lives; points and kin are made up."""
    luck = np.random.default_rng(seed)
    steps = life.tier.shape[1] - 1
    out = outcomes.empty(plan, steps)
    unit = plan.cell_unit[life.cell]
    for s in range(steps + 1):
        now, before = life.tier[:, s], life.tier[:, max(s - 1, 0)]
        np.add.at(out.occupancy, (s, life.cell, now), 1)
        if s:
            moved = now != before
            np.add.at(out.moves, (s, unit[moved], before[moved], now[moved]), 1)
            np.add.at(out.wrongful, (s, unit, before, 0), life.wrongful[:, s])
        ever = life.wrongful[:, :s + 1].sum(axis=1) > 0
        np.add.at(out.wrongful_ever, (s, unit[ever], now[ever]), 1)
    out.wrongful[..., 1] = out.wrongful[..., 0] // 2
    out.wrongful[..., 2] = out.wrongful[..., 0] // 3
    out.points[1:] = luck.integers(-50, 1, out.points[1:].shape)
    out.shared[1:] = luck.integers(0, 5, out.shared[1:].shape)
    for u in range(len(plan.unit_group)):
        for t in range(len(plan.tiers)):
            for duration, ended in zip(*life.spells(t, unit == u), strict=True):
                (out.left if ended else out.still)[u, t, duration] += 1
    for u in range(len(plan.unit_group)):
        out.debits.append(np.unique(5 * life.wrongful[unit == u].sum(axis=1), return_counts=True))
    np.add.at(out.scores, (0, unit, 100), 1)
    np.add.at(out.scores, (1, unit, luck.integers(0, plan.ladder.states, len(unit))), 1)
    return out


def as_expected(out: Outcome) -> Outcome:
    """The same numbers, as an engine of distributions would give them."""
    names = [name for name in Outcome.__dataclass_fields__ if name != "debits"]
    return replace(out, debits=[], **{name: getattr(out, name).astype(np.float64) for name in names})
