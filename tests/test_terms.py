"""Terms of records, of tiers and of consequences, and releases: closed forms, and laws of chance bit for bit."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, poisson

from random_schemes import Case, hold
from small_study import small
from sousveil.engine import agents, exact, oracle, trace
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.stream import stream
from sousveil.harms import measure_all
from sousveil.harms.trap import IN_TIER, MEAN_STAY
from test_stream import same, stopped_and_gone_on

RECORDED = {"camera": {"coverage": 1.0}}
LISTED = {"free": {"from": 0}, "listed": {"from": -100}}


def of_records(rate: float, people: int, steps: int, **signal: Any) -> Case:
    """Everybody starts at 0 and gets -1 for each record, recorded always; who has one that counts is listed."""
    return small(scheme={"channels": RECORDED, "tiers": LISTED, "score": {"start": 0, "floor": -100, "ceiling": 0},
                         "signals": {"act": {"channel": "camera", "points": -1, "lawful": True, **signal}}},
                 population={"people": people, "conduct": {"act": {"rate": rate}}}, steps=steps)


def by(engine: str, case: Case) -> Outcome:
    plan = case.plan()
    people = settle(plan, 1)
    if engine == "agents":
        return agents.simulate(plan, people, case.steps, 1)
    return oracle.simulate(case.scheme, case.population, case.assumptions, plan, people, case.steps, 1)


# Closed forms.


@pytest.mark.parametrize(("engine", "people"), [("agents", 100_000), ("oracle", 4_000)])
def test_records_that_count_are_poisson_of_rate_times_term(engine: str, people: int) -> None:
    rate, term = 0.2, 6
    scores = by(engine, of_records(rate, people, 15, lasts=term)).scores[1, 0, ::-1]
    expected = people * np.append(poisson.pmf(np.arange(5), rate * term), poisson.sf(4, rate * term))
    found = np.append(scores[:5], scores[5:].sum())
    assert ((found - expected) ** 2 / expected).sum() < chi2.isf(1e-6, 5)


@pytest.mark.parametrize(("engine", "people"), [("agents", 20_000), ("oracle", 600)])
def test_with_restarts_the_mean_stay_is_that_of_a_run_without_records(engine: str, people: int) -> None:
    # Whoever is listed leaves after as many steps in a row without a record as the term has.
    rate, term = 0.3, 4
    outcome = by(engine, of_records(rate, people, 60, lasts=term, restarts="all"))
    ages = np.arange(61)
    left, still = outcome.left[0, 0], outcome.still[0, 0]
    at_risk = (left + still)[::-1].cumsum()[::-1]
    survival = np.cumprod(1.0 - np.divide(left, at_risk, out=np.zeros(61), where=at_risk > 0))
    mean = (exp(rate * term) - 1) / (1 - exp(-rate))
    spread = np.sqrt((ages**2 * left).sum() / left.sum())
    assert survival[:-1].sum() == pytest.approx(mean, abs=5 * spread / np.sqrt(left.sum()))


def test_who_is_listed_is_who_comes_in_times_how_long_they_stay() -> None:
    # At rest, stock = inflow x mean stay, to the last digit in the exact engine: each stay takes at least three steps.
    case = term_of_a_tier(0.2, 3)
    outcome = exact.simulate(case.plan(), 200, spells="all")
    inflow, stock = outcome.moves[-1, 0, 1, 0], outcome.occupancy[-1, 0, 0]
    assert stock == pytest.approx(inflow * (3 + 0.2 / 0.8), rel=1e-9)


def term_of_a_tier(chance: float, term: int, **tier: Any) -> Case:
    """A debit counts for one step only, for the score goes back at once; the tier it leads to lasts longer."""
    return small(scheme={"channels": RECORDED, "score": {"start": 50, "floor": 0, "ceiling": 50, "decay": 1.0},
                         "tiers": {"free": {"from": 50}, "stopped": {"from": 0, "for": term, **tier}},
                         "signals": {"act": {"channel": "camera", "points": -9, "lawful": True}},
                         "consequences": {"stopped": [
                             {"right": "income", "effect": "restricted", "loss": 500, "once": True},
                             {"right": "work", "effect": "denied", "lasts": 2},
                             {"right": "travel", "effect": "denied"}]}},
                 population={"people": 1000, "conduct": {"act": {"chance": chance}}}, steps=12)


@pytest.mark.parametrize("term", [0, 1, 4])
def test_a_stay_lasts_its_term_and_then_until_a_step_without_a_debit(term: int) -> None:
    outcome = exact.simulate(term_of_a_tier(0.3, term).plan(), 40, spells="all")
    begun = outcome.moves[:, 0, 1, 0]
    least = max(term, 1)
    for lasted in range(41):
        chance = 0.7 * 0.3 ** (lasted - least) if lasted >= least else 0.0
        assert outcome.left[0, 0, lasted] == pytest.approx(begun[:41 - lasted].sum() * chance, abs=1e-9)


def test_what_is_borne_for_a_time_is_borne_by_who_came_in_lately() -> None:
    plan = term_of_a_tier(0.3, 4).plan()
    outcome = exact.simulate(plan, 12)
    entered = outcome.moves[:, 0, 1, 0]
    tables = trace.of(plan, outcome, "month")
    borne = {(row["step"], row["right"]): row["persons"] for row in tables.rights.to_pylist()}
    for step in range(1, 13):
        assert borne[step, "income"] == pytest.approx(entered[step - 1], abs=1e-9)
        assert borne[step, "work"] == pytest.approx(entered[max(0, step - 2):step].sum(), abs=1e-9)
    lost = sum(tables.steps["income_lost"].to_pylist())
    assert lost == pytest.approx(500 * entered[:-1].sum(), rel=1e-12)


def test_a_worse_tier_takes_over_at_once_and_a_ceiling_stays() -> None:
    case = small(scheme={"channels": RECORDED, "score": {"start": 50, "floor": 0, "ceiling": 100, "decay": 1.0},
                         "tiers": {"free": {"from": 50}, "noted": {"from": 30, "for": 9}, "stopped": {"from": 0}},
                         "signals": {"a": {"channel": "camera", "points": -20, "lawful": True},
                                     "b": {"channel": "camera", "points": -30, "lawful": True}},
                         "ceilings": {"A": "noted"}},
                 population={"people": 20_000, "conduct": {"a": {"chance": 0.2}, "b": {"chance": 0.2}}}, steps=30)
    outcome = agents.simulate(case.plan(), settle(case.plan(), 1), 30, 1)
    assert outcome.occupancy[1:, 0, 2].sum() == 0  # nobody gets above the ceiling when the term is over
    assert outcome.moves[2:, 0, 1, 0].min() > 0  # and who is held may still fall


def test_who_is_let_out_has_no_record_that_counted_before() -> None:
    case = of_records(0.5, 5_000, 10, lasts=50)
    plain = deepcopy(case.plain)
    plain["scheme"]["releases"] = {"pays": {"ends": ["act"], "while": ["listed"]}}
    plain["population"]["releases"] = {"pays": 1.0}
    outcome = by("agents", Case(plain))
    # Whoever is listed when a step begins has what lands in it, and nothing else.
    scores = outcome.scores[1, 0, ::-1]
    expected = 5_000 * poisson.pmf(np.arange(3), 0.5)
    assert np.all(np.abs(scores[:3] - expected) < 5 * np.sqrt(expected))


def test_a_step_of_a_long_term_costs_four_bytes_a_record() -> None:
    case = of_records(0.5, 1_000, 5, lasts=50)
    final: list[agents.State] = []
    agents.simulate(case.plan(), settle(case.plan(), 1), 5, 1, final=final.append)
    assert final[0].records.nbytes == 4 * final[0].many.sum()
    plain = small(steps=5)
    agents.simulate(plain.plan(), settle(plain.plan(), 1), 5, 1, final=final.append)
    assert final[1].base.nbytes + final[1].many.nbytes + final[1].records.nbytes == 0


# Laws of chance.


def test_terms_that_change_nothing_change_no_bit() -> None:
    def claim(case: Case) -> None:
        plain = deepcopy(case.plain)
        scheme, tier = plain["scheme"], next(iter(plain["scheme"]["tiers"]))
        for rule in scheme["tiers"].values():
            rule.setdefault("for", 1)
        scheme["consequences"][tier].append({"right": "air", "effect": "granted", "lasts": 9})
        scheme["releases"] = {**scheme.get("releases", {}), "never": {"points": 5 * scheme["score"]["resolution"]}}
        plain["population"]["releases"] = {**plain["population"].get("releases", {}), "never": 0.0}
        one, other = (agents.simulate(c.plan(), settle(c.plan(), 3), c.steps, 3) for c in (case, Case(plain)))
        assert same(replace(one, fresh=0), replace(other, fresh=0))

    hold(claim, 25)


@pytest.mark.parametrize("tile", [100_000, 40])
def test_a_run_with_a_register_goes_on_after_a_stop_at_any_step(tile: int, tmp_path: Path) -> None:
    plain = deepcopy(of_records(0.6, 150, 8, lasts=4, restarts="own", renews=0.3).plain)
    plain["scheme"]["channels"]["camera"] |= {"mistaken": 0.2, "spurious": 0.1}
    plain["scheme"]["redress"] = {"notice": True, "appeal": 0.7, "upheld": 0.8, "delay": 2}
    plain["scheme"]["releases"] = {"course": {"points": 2, "every": 3, "lasts": 2}}
    plain["population"] |= {"releases": {"course": 0.4}, "groups": {"A": 0.5, "B": 0.5}}
    plan = Case(plain).plan()
    whole = stream(plan, 8, 9, tile=tile)
    for at in range(1, 8):
        stopped_and_gone_on(plan, 8, tile, at, whole, tmp_path / str(at))


# Time in every tier that denies a right.


@pytest.mark.parametrize("engine", ["exact", "agents"])
def test_how_long_people_stay_is_told_of_every_tier_that_denies_a_right(engine: str) -> None:
    case = term_of_a_tier(0.2, 1)
    plain = deepcopy(case.plain)
    plain["scheme"]["tiers"] = {"free": {"from": 50}, "stopped": {"from": 40, "for": 3}, "shut out": {"from": 0}}
    plain["scheme"]["consequences"]["shut out"] = [{"right": "home", "effect": "denied"}]
    plain["scheme"]["signals"]["act"]["points"] = -10
    plain["population"]["people"] = 30_000
    plan = Case(plain).plan()
    if engine == "exact":
        outcome: Outcome = exact.simulate(plan, 40, spells="denying")
    else:
        outcome = agents.simulate(plan, settle(plan, 1), 40, 1)
    found = measure_all(trace.of(plan, outcome, "month"))
    stay = found.find(IN_TIER[MEAN_STAY](tier="stopped"), "A")
    # The term of three steps, then as long as there is a debit in every step.
    assert stay is not None
    assert stay.value == pytest.approx(3 + 0.2 / 0.8, abs=1e-6 if engine == "exact" else 0.02)
    assert found.find(IN_TIER[MEAN_STAY](tier="free"), "A") is None
