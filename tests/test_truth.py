"""Truth beside the score, and detriment out of context: against Bayes' rule and sums made by hand."""

from __future__ import annotations

import pytest

from looked_for import looked_for
from random_schemes import Case
from small_study import small
from sousveil.comparisons.listed import listed
from sousveil.comparisons.twins import LOWER_ONLY_BECAUSE
from sousveil.engine import agents, exact, trace
from sousveil.engine.people import settle
from sousveil.harms import domains, truth
from sousveil.harms.catalogue import measure_all
from sousveil.measures.measures import Measures


def expected(case: Case) -> Measures:
    plan = case.plan()
    return measure_all(trace.of(plan, exact.simulate(plan, case.steps), "month"))


def drawn(case: Case) -> Measures:
    plan = case.plan()
    return measure_all(trace.of(plan, agents.simulate(plan, settle(plan, 1), case.steps, 1), "month"))


def value(found: Measures, name: object, group: str = "all") -> float:
    m = found.find(name, group)  # type: ignore[arg-type]
    assert m is not None
    assert m.value is not None, m.note
    return m.value


@pytest.mark.parametrize("group", ["all", "A", "B"])
@pytest.mark.parametrize("measured", [expected, drawn])
def test_error_rates_hang_together_by_bayes_rule(measured: object, group: str) -> None:
    """FPR = p / (1 - p) (1 - PPV) / PPV (1 - FNR), p being the share whom the claim is right about (Chouldechova 2017).
    """
    found = measured(looked_for())  # type: ignore[operator]
    fpr, fnr, ppv, vain = (value(found, name, group) for name in (
        truth.FALSE_POSITIVE_RATE, truth.FALSE_NEGATIVE_RATE, truth.PRECISION, truth.IN_VAIN))
    p = 0.1
    assert fpr == pytest.approx(p / (1 - p) * (1 - ppv) / ppv * (1 - fnr), rel=2e-3)
    assert vain == pytest.approx((1 - ppv) / ppv)


def test_error_rates_are_those_of_the_last_step() -> None:
    """One step decides: from 50 points, only a fault (20) or both acts lead below 40; a step later it is in force."""
    found = expected(looked_for(steps=2))
    assert value(found, truth.FALSE_NEGATIVE_RATE) == pytest.approx(0.5)
    assert value(found, truth.FALSE_POSITIVE_RATE, "A") == pytest.approx(0.05)
    assert value(found, truth.FALSE_POSITIVE_RATE, "B") == pytest.approx(0.1)
    assert value(found, truth.PRECISION, "A") == pytest.approx(0.05 / (0.05 + 0.045))
    assert value(found, truth.IN_VAIN, "A") == pytest.approx(0.9)


def test_an_interval_holds_the_expectation() -> None:
    sure, once = expected(looked_for()), drawn(looked_for())
    for name in (truth.FALSE_POSITIVE_RATE, truth.FALSE_NEGATIVE_RATE, truth.PRECISION, truth.IN_VAIN,
                 domains.ACROSS, domains.IRRELEVANT_POINTS):
        for group in ("all", "A", "B"):
            m = once.find(name, group)
            assert m is not None
            assert m.low <= value(sure, name, group) <= m.high, (name, group)  # type: ignore[operator]


def test_a_burden_in_another_domain() -> None:
    """Of the points 20 x 0.05 are for benefits and 10 x 0.1 for travel (group A, nobody a fraud): as much of each. Two
    rights are denied, one of benefits: half of that comes from travel, and all of the denied housing from elsewhere.
    """
    case = looked_for(steps=2)
    case.plain["population"]["strata"]["fraud"] = {"some": 0.0, "none": "rest"}
    found = expected(Case(case.plain))
    assert value(found, domains.ACROSS, "A") == pytest.approx((0.5 + 1.0) / 2)
    assert value(found, domains.IRRELEVANT_POINTS, "A") == pytest.approx(0.5)
    assert value(found, domains.IRRELEVANT_POINTS, "B") == pytest.approx(10 * 0.3 / (10 * 0.3 + 20 * 0.1))
    # Months in the second step: those with a fault; gravity over both steps: 2 for each fault.
    assert value(found, domains.PER_GRAVITY, "A") == pytest.approx(0.05 / (2 * 2 * 0.05))


def test_points_for_what_people_are_have_a_domain_too() -> None:
    case = small({"consequences": {"low": [{"right": "credit", "effect": "denied", "domain": "credit"}]},
                  "signals": {"act": {"channel": "camera", "points": -10, "lawful": True, "domain": "credit"}},
                  "marks": {"passport": {"points": -30}}, "handicaps": {"A": -10}},
                 {"marks": {"passport": 0.5}}, steps=2)
    # Over two steps: 20 for acts (credit); 15 for the mark and 20 for the handicap (status).
    assert value(expected(case), domains.ACROSS) == pytest.approx(35 / 55)


def test_a_study_that_says_nothing_has_none_of_it() -> None:
    found = expected(small(None, None, steps=2))
    assert not [m for m in found if m.harm in ("truth", "domains")]


def test_what_a_regime_looks_for_is_no_objective() -> None:
    """Error rates, precision and what is in vain are reported: no command may be asked to make them better."""
    case = looked_for()
    named = {harm.name.harm for harm in listed(case.scheme).values()}
    assert not named & {"truth", "domains"}
    assert not [harm for harm in listed(case.scheme).values() if harm.name in LOWER_ONLY_BECAUSE]
