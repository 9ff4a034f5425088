"""Agents and oracle scatter around the exact engine as chance says, and an error of one per cent in a rate shows.

Every random study is run once by each engine. A residual is a count less its expectation, over its standard error in a
population of that size (`Expectation.spread`). Two things are asked, at a level of one in a million for the whole test:

1. Over all residuals of all studies: mean 0 and variance 1. Residuals of one study hang together, so the standard
   errors of both are taken from the spread between studies. That spread is an estimate too, and the limits are those
   of a normal law: with the fewest studies, 60, this part is at a level of one in a hundred thousand.
2. Every named total (points by cause, debits by fate, moves up and down ...) of a step, over all studies, each weighted
   for the error that is looked for, a factor on the total: its residual is that of chance.

Studies and seeds are fixed, so the answer is the same every time. Sizes of cells are whole in a drawn population; the
exact engine is given the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from random_schemes import Case, some, with_plain_changes, without_leaving, without_listings, without_registers
from sousveil.engine import agents, exact, oracle
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from tiers import few_and_many
from tracing import sizes

FEW, PEOPLE = 110, 90_000
ORACLE_PEOPLE = 400
SPELL_PEOPLE, REPLICATES = 20_000, 20
LEVEL, TOTALS = 1e-6, 40
ENOUGH = 5.0  # variance from which on a count is near enough to normal

Floats = np.ndarray


@dataclass
class Residuals:
    """Residuals of the studies seen so far: their means and mean squares by study, and the totals."""

    counts: int = 0
    means: list[float] = field(default_factory=list)
    squares: list[float] = field(default_factory=list)
    gap: dict[str, float] = field(default_factory=dict)
    variance: dict[str, float] = field(default_factory=dict)

    def see(self, drawn: Outcome, expected: exact.Expectation) -> None:
        z = residuals(drawn, expected)
        if len(z):
            self.counts += len(z)
            self.means.append(z.mean())
            self.squares.append((z * z).mean())
        for name, (gap, size, variance) in totals(drawn, expected).items():
            weight = size / variance if variance > ENOUGH else 0.0
            self.gap[name] = self.gap.get(name, 0.0) + weight * gap
            self.variance[name] = self.variance.get(name, 0.0) + weight**2 * variance

    def shown(self) -> dict[str, float]:
        """What cannot be chance, with how many standard errors it is."""
        z = {name: self.gap[name] / np.sqrt(self.variance[name]) for name in self.gap if self.variance[name] > 0}
        assert len(z) <= TOTALS
        for name, values, expected in (("mean", self.means, 0.0), ("variance", self.squares, 1.0)):
            z[name] = (np.mean(values) - expected) / (np.std(values, ddof=1) / np.sqrt(len(values)))
        return {name: value for name, value in z.items() if abs(value) > norm.isf(LEVEL / (TOTALS + 2) / 2)}


def residuals(drawn: Outcome, expected: exact.Expectation) -> Floats:
    assert expected.spread is not None
    found = []
    for name in ("occupancy", "moves", "points", "wrongful", "wrongful_ever", "scores", "appeals"):
        variance = getattr(expected.spread, name)
        enough = variance > ENOUGH
        found.append((getattr(drawn, name) - getattr(expected, name))[enough] / np.sqrt(variance[enough]))
    return np.concatenate(found)


def totals(drawn: Outcome, expected: exact.Expectation) -> dict[str, tuple[float, float, float]]:
    """Name -> (drawn less expected, expected, variance), of sums over units and tiers that all count the same way."""
    assert expected.spread is not None
    tables = {}
    for step in (1, 2):
        for c, cause in enumerate(("own", "mistaken", "spurious", "kin", "redress")):
            tables[f"{cause} {step}"] = [x.points[step, :, :, c] for x in (drawn, expected, expected.spread)]
        for f, fate in enumerate(("given", "appealed", "upheld")):
            tables[f"{fate} {step}"] = [x.wrongful[step, :, :, f] for x in (drawn, expected, expected.spread)]
            tables[f"{fate}, of irrelevant debits {step}"] = [
                x.appeals[step, :, :, 0, f] for x in (drawn, expected, expected.spread)]
        for name, part in (("up", np.triu), ("down", np.tril)):
            tables[f"{name} {step}"] = [part(x.moves[step]) for x in (drawn, expected, expected.spread)]
        tables[f"ever {step}"] = [x.wrongful_ever[step] for x in (drawn, expected, expected.spread)]
        tables[f"bottom {step}"] = [x.occupancy[step, :, 0] for x in (drawn, expected, expected.spread)]
    found = {}
    for name, (count, mean, variance) in tables.items():
        sign = np.sign(mean)
        found[name] = (float((sign * (count - mean)).sum()), float(np.abs(mean).sum()), float(variance.sum()))
    return found


def studies(number: int, people: int, first: int = 0) -> Iterator[tuple[Case, Plan]]:
    """Random studies that have nothing to do with each other, that the exact engine can carry, with so many people."""
    for case in some(number)[first:]:
        plain = deepcopy(case.plain)
        plain["scheme"]["kin"] = []
        plain["scheme"]["redress"].pop("delay", None)
        without_listings(plain)
        without_registers(plain)
        without_leaving(plain)
        with_plain_changes(plain)
        plain["population"]["people"] = people
        yield Case(plain), Case(plain).plan()


def as_drawn(plan: Plan, seed: int) -> Plan:
    """The plan whose shares are the whole numbers of people that a seed gives to its cells."""
    return replace(plan, cells=replace(plan.cells, share=sizes(plan, seed) / plan.people))


def expected(plan: Plan, steps: int) -> exact.Expectation:
    return exact.simulate(plan, steps, spells="none", spread=True)


def lived(number: int, first: int = 0) -> Iterator[tuple[Plan, Outcome]]:
    """Studies, each as the agents lived it."""
    return ((as_drawn(plan, case.number), agents.simulate(plan, settle(plan, case.number), case.steps, case.number))
            for case, plan in studies(number, PEOPLE, first))


@pytest.fixture(scope="module")
def drawn() -> list[tuple[Plan, Outcome]]:
    return list(lived(FEW))


@few_and_many("number", FEW, 1500)
def test_agents_scatter_around_the_exact_value(drawn: list[tuple[Plan, Outcome]], number: int) -> None:
    seen = Residuals()
    for plan, outcome in chain(drawn, lived(number, FEW)):
        seen.see(outcome, expected(plan, outcome.steps))
    assert len(seen.means) > number / 2
    assert seen.counts > 170 * number
    assert not seen.shown()


PLANTED: dict[str, Callable[[Plan], dict[str, Any]]] = {
    "own records": lambda plan: {"own": plan.own * 0.99},
    "mistaken records": lambda plan: {"mistaken": plan.mistaken * 0.99},
    "spurious records": lambda plan: {"spurious": plan.spurious * 0.99},
    "appeals": lambda plan: {"appeal": plan.appeal * 0.99},
    "appeals against irrelevant debits": lambda plan: {"contest": plan.contest * 0.99},
    "appeals upheld": lambda plan: {"upheld": plan.upheld * 0.99},
    "changes forgotten": lambda plan: {"later": ()},
    "changes a step late": lambda plan: {"later": tuple(each._replace(at=each.at + 1) for each in plan.later)},
}


def planted(plan: Plan, plant: Callable[[Plan], dict[str, Any]]) -> Plan:
    """The plan with an error, in all periods where it is one of the rules of each."""
    later = tuple(each._replace(plan=replace(each.plan, **plant(each.plan))) for each in plan.later)
    return replace(plan, **{"later": later, **plant(plan)})


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_one_per_cent_in_any_one_rate_shows(drawn: list[tuple[Plan, Outcome]],
                                            plant: Callable[[Plan], dict[str, Any]]) -> None:
    seen = Residuals()
    for plan, outcome in drawn:
        seen.see(outcome, expected(planted(plan, plant), outcome.steps))
    assert seen.shown()


@few_and_many("number", 28, 1000)
def test_oracle_scatters_around_the_exact_value(number: int) -> None:
    seen = Residuals()
    for case, plan in studies(number, ORACLE_PEOPLE):
        told = oracle.simulate(case.scheme, case.population, case.assumptions, plan, settle(plan, case.number),
                               case.steps, case.number)
        seen.see(told, expected(as_drawn(plan, case.number), case.steps))
    assert seen.counts > 100 * number
    assert not seen.shown()


@few_and_many("number", 20, 600)
def test_spells_and_rights_of_households_scatter_around_the_exact_value(number: int) -> None:
    """Their spread has no formula here; it is taken from replicates, so that a residual has Student's law."""
    means, squares = [], []
    for case, plan in studies(number, SPELL_PEOPLE):
        told = exact.simulate(plan, case.steps, spells="all")
        runs = [agents.simulate(plan, settle(plan, seed), case.steps, seed) for seed in range(REPLICATES)]
        z = []
        for name in ("left", "still", "shared", "fresh", "placed", "placed_only", "eligible"):
            counts = np.array([getattr(run, name) for run in runs], dtype=np.float64)
            spread = counts.std(axis=0, ddof=1) / np.sqrt(REPLICATES)
            enough = (getattr(told, name) > 20) & (spread > 0)
            z.append((counts.mean(axis=0) - getattr(told, name))[enough] / spread[enough])
        if len(flat := np.concatenate(z)):
            means.append(flat.mean())
            squares.append((flat * flat).mean())
    assert len(means) > number / 2
    for values, chance in ((means, 0.0), (squares, (REPLICATES - 1) / (REPLICATES - 3))):
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        assert abs(np.mean(values) - chance) < norm.isf(LEVEL / 4) * error
