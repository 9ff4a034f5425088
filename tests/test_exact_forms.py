"""The exact engine against closed forms, to 1e-9, and what must hold of any exact run."""

from __future__ import annotations

from dataclasses import replace
from math import comb, exp, factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from random_schemes import Case, cases
from small_study import small
from sousveil.engine import classes, exact
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.refusals import refusals
from tiers import few_and_many

EXAMPLES = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}
TABLES = ("occupancy", "moves", "wrongful", "wrongful_ever", "shared", "scores", "left", "still")
RECORDED = {"camera": {"coverage": 1.0}}


def study(signals: dict[str, int], conduct: dict[str, Any], score: dict[str, Any], tiers: dict[str, Any] | None = None,
          scheme: dict[str, Any] | None = None, population: dict[str, Any] | None = None) -> Plan:
    """One cell, one channel that records everything."""
    return small(scheme={"channels": RECORDED, "score": score, "tiers": tiers or {"only": {"from": score["floor"]}},
                         "signals": {k: {"channel": "camera", "points": w, "lawful": True} for k, w in signals.items()},
                         **(scheme or {})}, population={"conduct": conduct, **(population or {})}).plan()


def moments(plan: Plan, outcome: Outcome) -> tuple[float, float]:
    law, points = outcome.scores[1].sum(axis=0) / plan.people, plan.ladder.points(np.arange(plan.ladder.states))
    mean = float(law @ points)
    return mean, float(law @ (points - mean) ** 2)


@given(up=st.floats(0.01, 1.0), down=st.floats(0.01, 1.0), steps=st.integers(1, 7))
@settings(max_examples=8, **EXAMPLES)
def test_score_under_decay_has_the_moments_of_an_autoregression(up: float, down: float, steps: int) -> None:
    # Jumps are multiples of 2^7 and half of the distance is lost in a step, so that for 7 steps nothing is rounded.
    plan = study({"good": 256, "bad": -128}, {"good": {"rate": up}, "bad": {"rate": down}},
                 {"start": 0, "floor": -8000, "ceiling": 16000, "baseline": 0, "decay": 0.5})
    mean, variance = moments(plan, exact.simulate(plan, steps))
    mu, var = 256 * up - 128 * down, 256**2 * up + 128**2 * down
    assert mean == pytest.approx(mu * (1 - 0.5**steps) / (1 - 0.5), abs=1e-9 * 128)
    assert variance == pytest.approx(var * (1 - 0.25**steps) / (1 - 0.25), rel=1e-9)


def test_score_under_decay_comes_to_rest_where_the_autoregression_does() -> None:
    # At rest, what decay takes from mean and variance is what a step's points put back; rounding moves both a little.
    plan = study({"good": 30, "bad": -40}, {"good": {"rate": 0.5}, "bad": {"rate": 0.3}},
                 {"start": 400, "floor": -2000, "ceiling": 2000, "baseline": 0, "decay": 0.2})
    outcome = exact.simulate(plan, 200)
    mean, variance = moments(plan, outcome)
    law, decayed = outcome.scores[1, 0] / plan.people, plan.ladder.points(plan.ladder.decayed)
    mu, var = 30 * 0.5 - 40 * 0.3, 30**2 * 0.5 + 40**2 * 0.3
    assert mean == pytest.approx(law @ decayed + mu, abs=1e-9)
    assert variance == pytest.approx(law @ (decayed - law @ decayed) ** 2 + var, rel=1e-9)
    assert mean == pytest.approx(mu / 0.2, abs=0.5 / 0.2)
    assert variance == pytest.approx(var / (1 - 0.8**2), rel=1e-2)


def test_score_without_decay_is_a_compound_poisson() -> None:
    plan = study({"bad": -3}, {"bad": {"rate": 0.7}}, {"start": 0, "floor": -300, "ceiling": 0})
    law = exact.simulate(plan, 20).scores[1, 0, ::-1] / plan.people
    np.testing.assert_allclose(law[0:301:3][:60], poisson.pmf(np.arange(60), 14.0), rtol=1e-9, atol=1e-15)
    assert law[np.arange(301) % 3 != 0].max() == 0.0


def test_absorption_is_that_of_the_ruined_gambler() -> None:
    start, top, p, q = 3, 8, 0.3, 0.2
    stops = [{"right": "play", "effect": "denied", "conduct": {"win": 0.0, "lose": 0.0}}]
    plan = study({"win": 1, "lose": -1}, {"win": {"chance": p}, "lose": {"chance": q}},
                 {"start": start, "floor": 0, "ceiling": top},
                 {"rich": {"from": top}, "playing": {"from": 1}, "ruined": {"from": 0}},
                 {"consequences": {"rich": stops, "ruined": stops}})
    ruined, playing, rich = exact.simulate(plan, 600).occupancy[-1, 0] / plan.people
    odds = q * (1 - p) / (p * (1 - q))
    assert rich == pytest.approx((1 - odds**start) / (1 - odds**top), abs=1e-9)
    assert ruined + rich == pytest.approx(1.0, abs=1e-9)
    assert playing < 1e-9


@pytest.mark.parametrize("mistaken", [0.0, 1e-300], ids=["backward", "by cohorts"])
def test_first_passage_takes_as_long_as_so_many_failures(mistaken: float) -> None:
    fall, p, steps = 4, 0.23, 60
    channels = {"camera": {"coverage": 1.0, "mistaken": mistaken}}
    plan = study({"bad": -1}, {"bad": {"chance": p}}, {"start": 10, "floor": 0, "ceiling": 10},
                 {"high": {"from": 10 - fall + 1}, "low": {"from": 0}}, {"channels": channels})
    outcome = exact.simulate(plan, steps, spells="all")
    expected = [comb(n - 1, fall - 1) * p**fall * (1 - p)**(n - fall) if n >= fall else 0.0 for n in range(steps + 1)]
    np.testing.assert_allclose(outcome.left[0, 1] / plan.people, expected, atol=1e-12)
    assert outcome.still[0, 1, steps] / plan.people == pytest.approx(1 - sum(expected), abs=1e-12)
    assert not outcome.left[0, 0].any()


def test_start_of_a_form_of_marks_is_a_sum_of_coins() -> None:
    # The form of 2017: 100 points, less 10 for every box that is ticked.
    shares = [0.1 * i for i in range(10)]
    marks = {f"box-{i}": {"points": -10} for i in range(10)}
    plan = study({"act": 0}, {"act": {"rate": 0.0}}, {"start": 100, "floor": 0, "ceiling": 100},
                 {"safe": {"from": 80}, "average": {"from": 50}, "unsafe": {"from": 0}}, {"marks": marks},
                 {"marks": {f"box-{i}": x for i, x in enumerate(shares)}})
    polynomial = np.ones(1)
    for x in shares:
        polynomial = np.convolve(polynomial, [1 - x, x])
    outcome = exact.simulate(plan, 1)
    np.testing.assert_allclose(outcome.scores[0, 0, ::-10] / plan.people, polynomial, atol=1e-12)
    safe, average = polynomial[:3].sum(), polynomial[3:6].sum()
    np.testing.assert_allclose(outcome.occupancy[0, 0] / plan.people, [1 - safe - average, average, safe], atol=1e-12)


def test_first_wrongful_debit_comes_like_the_first_event_of_a_poisson_process() -> None:
    channels = {"camera": {"coverage": 1.0, "spurious": 0.013, "mix": {"bad": 0.75, "good": 0.25}}}
    plan = study({"bad": -2, "good": 1}, {"bad": {"rate": 0.4}, "good": {"rate": 0.4}},
                 {"start": 50, "floor": 0, "ceiling": 100}, {"high": {"from": 40}, "low": {"from": 0}},
                 {"channels": channels, "redress": {"notice": True, "appeal": 0.5, "upheld": 0.5}})
    outcome = exact.simulate(plan, 50)
    rate = 0.013 * 0.75
    np.testing.assert_allclose(outcome.wrongful_ever.sum(axis=(1, 2)) / plan.people,
                               1 - np.exp(-rate * np.arange(51)), atol=1e-12)
    np.testing.assert_allclose(outcome.wrongful[1:].sum(axis=(1, 2)) / plan.people,
                               np.tile([rate, rate / 2, rate / 4], (50, 1)), atol=1e-12)


def test_children_are_touched_by_any_adult_of_the_household() -> None:
    p = 0.3  # of adults are low from the start
    adults, children = {1: 0.2, 2: 0.5, 4: 0.3}, {0: 0.5, 1: 0.3, 3: 0.2}
    right = [{"right": "school", "effect": "denied", "bearer": bearer} for bearer in ("children", "household")]
    plan = study({"act": 0}, {"act": {"rate": 0.0}}, {"start": {"distribution": {0: p, 100: 1 - p}}, "floor": 0,
                                                      "ceiling": 100},
                 {"high": {"from": 50}, "low": {"from": 0}}, {"consequences": {"low": right}},
                 {"households": {"adults": adults, "children": children}})
    young, others = exact.simulate(plan, 1).shared[1, 0]
    homes = plan.people / sum(n * x for n, x in adults.items())
    by_home = [(x, n, k, comb(n, k) * p**k * (1 - p)**(n - k)) for n, x in adults.items() for k in range(n + 1)]
    kids = sum(n * x for n, x in children.items())
    assert young == pytest.approx(homes * kids * sum(x * chance for x, n, k, chance in by_home if k), abs=1e-9)
    assert others == pytest.approx(homes * sum(x * chance * (n - k) for x, n, k, chance in by_home if k), abs=1e-9)


@few_and_many("steps", 400, 1200)
def test_nobody_is_lost_or_made(steps: int) -> None:
    @given(cases())
    @settings(max_examples=8, **EXAMPLES)
    def claim(case: Case) -> None:
        nobody_is_lost_or_made(case, steps)

    claim()


def nobody_is_lost_or_made(case: Case, steps: int) -> None:
    plan = replace(case.plan(), kin_tiers=(), delay=0)
    outcome = exact.simulate(plan, steps, spells="none")
    np.testing.assert_allclose(outcome.occupancy.sum(axis=(1, 2)), plan.people, rtol=1e-9)
    np.testing.assert_allclose(outcome.scores.sum(axis=(1, 2)), plan.people, rtol=1e-9)
    assert outcome.lost.max() < 1e-9
    for name in TABLES:
        assert (getattr(outcome, name) >= 0.0).all()
    first = np.searchsorted(plan.cell_unit, np.arange(len(plan.unit_group)))
    persons = np.add.reduceat(outcome.occupancy, first, axis=1)
    change = outcome.moves.sum(axis=2) - outcome.moves.sum(axis=3)
    np.testing.assert_allclose(np.diff(persons, axis=0), change[1:], atol=1e-9)


@given(cases())
@settings(max_examples=10, **EXAMPLES)
def test_threads_change_no_bit(case: Case) -> None:
    plan = replace(case.plan(), kin_tiers=(), delay=0)
    one, three = (exact.simulate(plan, case.steps, spells="all", threads=threads) for threads in (1, 3))
    for name in (*TABLES, "points", "lost"):
        assert np.array_equal(getattr(one, name), getattr(three, name)), name


@given(cases())
@settings(max_examples=10, **EXAMPLES)
def test_every_spell_begins_and_is_counted_once(case: Case) -> None:
    plan = replace(case.plan(), kin_tiers=(), delay=0)
    outcome = exact.simulate(plan, 12, spells="all")
    begun = outcome.occupancy[0].sum(axis=0) + outcome.moves.sum(axis=(0, 1, 2))
    counted = outcome.left.sum(axis=(0, 2)) + outcome.still.sum(axis=(0, 2))
    np.testing.assert_allclose(counted, begun, atol=1e-9)
    np.testing.assert_allclose(outcome.still.sum(axis=(0, 2)), outcome.occupancy[-1].sum(axis=0), atol=1e-9)


def districts(shares: dict[str, float], mistaken: float, people: int = 1400) -> Plan:
    case = small(scheme={"channels": {"camera": {"coverage": 0.5, "mistaken": mistaken}},
                         "signals": {"act": {"channel": "camera", "points": -5, "lawful": True}}},
                 population={"people": people, "districts": shares, "conduct": {"act": {"rate": 0.3}}})
    return case.plan()


def test_districts_that_share_all_rates_cost_once() -> None:
    half, unequal = {"north": 0.5, "south": 0.5}, {"north": 0.75, "south": 0.25}
    assert len(classes.merge(districts(half, 0.0)).first) == 1
    assert len(classes.merge(districts(half, 0.1)).first) == 1
    assert len(classes.merge(districts(unequal, 0.0)).first) == 1
    # One may not be mistaken for oneself: a pool of other size gives away its records otherwise.
    assert len(classes.merge(districts(unequal, 0.1)).first) == 2
    apart, together = (exact.simulate(districts(x, 0.0), 10) for x in (unequal, {"everywhere": 1.0}))
    np.testing.assert_allclose(apart.occupancy[:, 0], 0.75 * together.occupancy[:, 0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(apart.scores.sum(axis=1), together.scores.sum(axis=1), rtol=1e-12, atol=1e-12)


def test_a_nation_is_a_village_writ_large() -> None:
    shares = {"north": 0.7, "south": 0.3}
    village, nation = (exact.simulate(districts(shares, 0.0, people), 24) for people in (1_400, 1_400_000_000))
    np.testing.assert_allclose(nation.occupancy, 1e6 * village.occupancy, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(nation.points, 1e6 * village.points, rtol=1e-12, atol=1e-9)


def test_spread_is_that_of_people_who_fall_independently() -> None:
    p = 1 - exp(-0.15) * sum(0.15**n / factorial(n) for n in range(3))  # three records or more: 50 becomes 35
    plan = districts({"north": 1.0}, 0.0, 1000)
    outcome = exact.simulate(plan, 1, spread=True)
    assert outcome.spread is not None
    np.testing.assert_allclose(outcome.occupancy[1, 0], [1000 * p, 1000 * (1 - p), 0.0], atol=1e-9)
    np.testing.assert_allclose(outcome.spread.occupancy[1, 0], [1000 * p * (1 - p)] * 2 + [0.0], atol=1e-9)
    assert outcome.spread.points[1, 0, 1, 0] == pytest.approx(1000 * 25 * 0.15, rel=1e-9)


def test_refuses_what_it_cannot_carry_and_names_the_line() -> None:
    kin = [{"when": "low", "points": -1}, {"when": "middle", "points": 2}]
    redress = {"notice": True, "appeal": 0.5, "upheld": 0.5, "delay": 3}
    channels = {"camera": {"coverage": 1.0, "spurious": 0.1}}
    signals = {"act": {"channel": "camera", "points": -1, "lawful": True}}
    scheme = {"kin": kin, "redress": redress, "channels": channels, "signals": signals}
    couples = {"households": {"adults": {1: 0.5, 2: 0.5}}}
    paths = [path for _, path in refusals(small(scheme=scheme, population=couples).plan())]
    assert paths == [("kin", 0), ("kin", 1), ("redress", "delay")]
    # Who lives alone has no kin; who never wins an appeal waits for nothing.
    assert [path for _, path in refusals(small(scheme=scheme).plan())] == [("redress", "delay")]
    never = {**scheme, "redress": {**redress, "upheld": 0.0}}
    assert refusals(small(scheme=never).plan()) == []


@pytest.mark.parametrize("spells", ["none", "bottom"])
def test_says_how_far_it_is_and_stops_when_told_to(spells: Any) -> None:
    plan, told = districts({"north": 0.7, "south": 0.3}, 0.1), []
    exact.simulate(plan, 30, spells=spells, done=told.append)
    assert sum(told) == 30

    def stop(steps: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exact.simulate(plan, 30, spells=spells, threads=2, done=stop)
