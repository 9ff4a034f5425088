"""Appeals against records that are true and should not count: closed forms, shared luck, and words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, poisson

import sousveil
from random_schemes import Case
from small_study import small
from sousveil.engine import agents, exact, trace
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.harms import silence
from sousveil.studies.explain import rules

RATE, WORTH, APPEAL, UPHELD = 0.8, 2, 0.6, 0.5


def walking(people: int = 4000, steps: int = 4, signal: dict[str, Any] | None = None,
            channel: dict[str, Any] | None = None, **redress: Any) -> Case:
    """Everybody walks at night, so often in a step; each record takes two points of a score of 100."""
    return small({"channels": {"camera": {"coverage": 1.0, **(channel or {})}},
                  "signals": {"walks": {"channel": "camera", "points": -WORTH, "lawful": True, "relevant": False,
                                        **(signal or {})}},
                  "score": {"start": 100, "floor": 0, "ceiling": 200},
                  "redress": {"notice": True, "against": ["irrelevant"], "appeal": APPEAL, "upheld": UPHELD,
                              **redress}},
                 {"people": people, "conduct": {"walks": {"rate": RATE}}}, steps=steps)


def lived(case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    return agents.simulate(plan, settle(plan, seed), case.steps, seed)


def lost(outcome: Outcome) -> tuple[float, float]:
    """Mean and variance of the points that a person is below the start."""
    law = outcome.scores[1].sum(axis=0) / outcome.scores[1].sum()
    points = 100.0 - np.arange(len(law))
    mean = float(law @ points)
    return mean, float(law @ points**2) - mean**2


def test_without_delay_what_stays_is_a_thinned_compound_poisson() -> None:
    told = exact.simulate(walking().plan(), 4)
    rate = 4 * RATE * (1 - APPEAL * UPHELD)
    assert lost(told) == pytest.approx((WORTH * rate, WORTH**2 * rate), rel=1e-9)
    gone = np.arange(20)
    assert told.scores[1].sum(axis=0)[100 - WORTH * gone] / 4000 == pytest.approx(poisson.pmf(gone, rate), abs=1e-12)


def test_below_a_cap_every_record_that_counts_is_appealed_by_itself() -> None:
    told = exact.simulate(walking(steps=1, signal={"at-most": 2}).plan(), 1)
    counted = np.array([*poisson.pmf([0, 1], RATE), poisson.sf(1, RATE)])
    stays = [sum(chance * binom.pmf(m, n, 1 - APPEAL * UPHELD) for n, chance in enumerate(counted)) for m in range(3)]
    assert told.scores[1].sum(axis=0)[[100, 98, 96]] / 4000 == pytest.approx(stays, abs=1e-12)
    many = counted @ np.arange(3)
    assert told.appeals[1].sum(axis=(0, 1))[0] / 4000 == pytest.approx([many, many * APPEAL, many * APPEAL * UPHELD])


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_after_a_delay_points_come_back_so_many_steps_later(delay: int) -> None:
    people, steps = 4000, 5
    mean, _ = lost(lived(walking(people, steps, delay=delay)))
    back = max(0, steps - delay) * APPEAL * UPHELD
    expected = WORTH * RATE * (steps - back)
    assert abs(mean - expected) < 5 * WORTH * (steps * RATE / people) ** 0.5


@pytest.mark.parametrize("delay", [0, 1])
def test_records_that_end_are_taken_off_themselves(delay: int) -> None:
    people, term = 4000, 3
    mean, _ = lost(lived(walking(people, 6, signal={"lasts": term}, delay=delay)))
    expected = WORTH * RATE * (term - (term - delay) * APPEAL * UPHELD)
    assert abs(mean - expected) < 5 * WORTH * (term * RATE / people) ** 0.5


def test_appeals_that_never_succeed_change_no_bit_of_a_score() -> None:
    """A scheme with appeals against irrelevant records shares its luck with one without."""
    some = {"mistaken": 0.2, "spurious": 0.3}
    here = walking(1000, channel=some, against=["mistakes", "irrelevant"], upheld=0.0)
    there = walking(1000, channel=some, against=["mistakes"], upheld=0.0)
    one, other = lived(here), lived(there)
    assert other.appeals.size == 0
    for name in ("occupancy", "moves", "points", "wrongful", "wrongful_ever", "scores", "left", "still"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    given, appealed, upheld = one.appeals.sum(axis=(0, 1, 2))[0]
    assert given * -WORTH == one.points[..., 0].sum()
    assert 0.5 < appealed / given < 0.7
    assert upheld == 0


def test_what_is_not_among_the_grounds_is_not_appealed() -> None:
    outcome = lived(walking(1000, channel={"mistaken": 0.2, "spurious": 0.3}))
    given, appealed, upheld = outcome.wrongful.sum(axis=(0, 1, 2))
    assert given > 0
    assert appealed == upheld == 0
    assert outcome.appeals[..., 0, 2].sum() * WORTH == outcome.points[..., 4].sum()


def test_the_reports_say_what_became_of_them() -> None:
    case = walking(1000, channel={"mistaken": 0.2})
    plan = case.plan()
    told = trace.of(plan, lived(case), "month")
    assert told.appeals is not None
    found = {m.name: m for m in silence.measures(told) if m.group == "all"}
    appealed, surfaced = (found[name].value for name in (silence.IRRELEVANT_APPEALED, silence.IRRELEVANT_SURFACED))
    given = sum(told.appeals["given"].to_pylist())
    assert appealed == pytest.approx(sum(told.appeals["appealed"].to_pylist()) / given)
    assert surfaced == pytest.approx(sum(told.appeals["upheld"].to_pylist()) / given)
    assert found[silence.APPEALED].value == 0
    without = walking(50, against=["mistakes"])
    assert trace.of(without.plan(), lived(without), "month").appeals is None


def test_explain_says_what_can_be_appealed() -> None:
    plain = deepcopy(walking(50, against=["mistakes", "irrelevant"]).plain)
    study = sousveil.study({"study": "s", "scheme": plain["scheme"], "population": plain["population"], "steps": 2})
    said = next(rule.rule for rule in rules(study) if rule.path == "redress")
    assert "against 60 of 100 debits for what they did not do and debits for acts that should not count" in said
