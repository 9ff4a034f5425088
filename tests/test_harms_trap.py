"""The trap: Kaplan-Meier curves of bottom-tier spells, against lifelines and by hand."""

from __future__ import annotations

import itertools
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sousveil.engine import outcome as outcomes
from sousveil.engine import trace
from sousveil.errors import InputError
from sousveil.harms import trap
from sousveil.intervals import wilson
from sousveil.measures.measure import Measure
from tiers import for_all
from tracing import Life, as_expected, live, plan_of, sizes, told

PLAN = plan_of()
seeds = st.integers(0, 2**32 - 1)


def made(left: list[int], still: list[int]) -> trace.Trace:
    """A trace whose only spells are these, all of group A: how many after 0, 1, 2 ... steps."""
    out = outcomes.empty(PLAN, len(left) - 1)
    out.occupancy[:, :, 0] = sizes(PLAN)
    unit = int(np.flatnonzero(PLAN.unit_group == 0)[0])
    out.left[unit, 0], out.still[unit, 0] = left, still
    return trace.of(PLAN, out, "month")


def found(measures: list[Measure], name: str, group: str = "A") -> Measure:
    return next(m for m in measures if (m.measure, m.group) == (name, group))


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="lifelines asks for a pandas that has no wheel for Python 3.15")
@for_all(seeds, st.integers(1, 30), st.floats(0.3, 0.97), few=40, many=400)
def test_curve_median_and_mean_are_those_of_lifelines(seed: int, steps: int, stay: float) -> None:
    import lifelines
    from lifelines.utils import restricted_mean_survival_time

    life = live(PLAN, steps, seed, stay)
    here = trace.of(PLAN, told(PLAN, life), "month")
    durations, ended = life.spells(0, PLAN.cell_group[life.cell] == 0)
    assume(any(ended) and len(ended) >= trap.ENOUGH)
    fitted = lifelines.KaplanMeierFitter().fit(durations, ended)
    for point in trap.curve(here, "A"):
        assert point.survival == pytest.approx(float(fitted.predict(point.duration)), abs=1e-9)
        if 1e-9 < point.survival < 1 - 1e-9:
            low, high = fitted.confidence_interval_.loc[:point.duration].iloc[-1]
            assert (point.low, point.high) == pytest.approx((low, high), abs=1e-9)
    measures = trap.measures(here)
    median = found(measures, "median time to leave").value
    # At exactly a half, lifelines goes by the rounding of its logarithms.
    if all(abs(p.survival - 0.5) > 1e-9 for p in trap.curve(here, "A")):
        assert (math.inf if median is None else median) == fitted.median_survival_time_
    mean, within = found(measures, "restricted mean time to leave"), trap.horizon(steps)
    assume(mean.value is not None)
    assert mean.value == pytest.approx(restricted_mean_survival_time(fitted, within))
    assert found(measures, "share never leaving").value == pytest.approx(float(fitted.predict(within)), abs=1e-9)


def between(mean: float, most: float, variance: float) -> tuple[float, float]:
    """Wilson's interval, between 0 and the most, for so many trials as have this variance of the mean."""
    p = mean / most
    trials = p * (1 - p) * most**2 / variance
    low, high = wilson(p * trials, trials) or (math.nan, math.nan)
    return most * low, most * high


def test_by_hand() -> None:
    """Of 40 spells ten end after 1 step, ten are cut off after 1, ten end after 3, ten are cut off after 3."""
    here = made([0, 10, 0, 10], [0, 10, 0, 10])
    points = trap.curve(here, "A")
    assert [(p.duration, p.at_risk, p.left) for p in points] == [(0, 40, 0), (1, 40, 10), (2, 20, 0), (3, 20, 10)]
    assert [p.survival for p in points] == [1, 0.75, 0.75, 0.375]
    measures = trap.measures(here)
    assert found(measures, "median time to leave").value == 3
    mean = found(measures, "restricted mean time to leave")
    # A run of 3 steps is looked at for 2. Greenwood: the area right of time 1 is 0.75; 0.75^2 * 10 / (40 * 30).
    assert mean.value == 1 + 0.75
    assert (mean.low, mean.high) == pytest.approx(between(1.75, 2, 0.75**2 / 120))
    assert found(measures, "share never leaving").value == 0.75


def test_without_censoring_the_variance_of_the_mean_is_that_of_a_plain_mean() -> None:
    left = [0, 10, 6, 16, 0, 14, 4]
    durations = np.minimum(np.repeat(np.arange(7), left), 3)  # a run of 6 steps is looked at for 3
    mean = found(trap.measures(made(left, [0] * 7)), "restricted mean time to leave")
    assert mean.value == pytest.approx(durations.mean())
    variance = durations.var() / len(durations)
    assert (mean.low, mean.high) == pytest.approx(between(durations.mean(), 3, variance))
    assert mean.n == len(durations)


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_curves_fall_from_one_and_hold_their_intervals(seed: int) -> None:
    here = trace.of(PLAN, told(PLAN, live(PLAN, 10, seed)), "month")
    for group in ("all", "A", "B"):
        points = trap.curve(here, group)
        assert points[0].survival == 1
        for before, now in itertools.pairwise(points):
            assert now.survival <= before.survival
            assert now.at_risk <= before.at_risk
            assert now.low is not None
            assert now.high is not None
            assert 0 <= now.low <= now.survival <= now.high <= 1


def test_an_expectation_has_a_curve_without_intervals_and_a_mean_that_is_exact() -> None:
    out = told(PLAN, live(PLAN, 10, 4))
    drawn, expected = trace.of(PLAN, out, "month"), trace.of(PLAN, as_expected(out), "month")
    assert [p._replace(low=None, high=None) for p in trap.curve(drawn)] == trap.curve(expected)
    mean, same = (found(trap.measures(t), "restricted mean time to leave") for t in (drawn, expected))
    assert (same.over, same.value, same.low, same.high) == ("exact", mean.value, mean.value, mean.value)


def at_the_bottom(of: trace.Trace) -> list[Measure]:
    """The measures of the bottom tier, without those of other tiers that deny a right."""
    return [m for m in trap.measures(of) if not any(m.name in names for names in trap.IN_TIER.values())]


def test_who_was_never_in_the_bottom_tier_has_no_trap_and_it_is_said() -> None:
    life = live(PLAN, 6, 1)
    out = told(PLAN, Life(life.cell, np.ones_like(life.tier), life.wrongful))
    for m in at_the_bottom(trace.of(PLAN, out, "month")):
        assert (m.value, m.low, m.high) == (None, None, None)
        assert m.note == "not estimable: nobody was ever in the bottom tier"
    assert trap.curve(trace.of(PLAN, out, "month")) == []


def test_who_never_leaves_has_no_median_and_it_is_said() -> None:
    measures = trap.measures(made([0, 10, 0, 0], [0, 0, 0, 90]))
    median = found(measures, "median time to leave")
    assert median.value is None
    assert median.note == "not estimable: fewer than half left while they were seen"
    assert found(measures, "share never leaving").value == 0.9


def test_a_group_seen_for_too_short_does_not_shorten_the_others_and_is_not_cut_at_its_own_end() -> None:
    out = outcomes.empty(PLAN, 10)
    out.occupancy[:, :, 0] = sizes(PLAN)
    a, b = (int(np.flatnonzero(PLAN.unit_group == g)[0]) for g in (0, 1))
    out.left[a, 0, 5], out.still[a, 0, 10] = 50, 50
    out.left[b, 0, 1], out.still[b, 0, 3] = 20, 20
    measures = trap.measures(trace.of(PLAN, out, "week"))
    notes = {g: found(measures, "restricted mean time to leave", g).note for g in "AB"}
    assert notes == {"A": "within 5 weeks", "B": "not estimable: nobody was seen in it for 5 weeks"}
    gap = found(measures, "restricted mean time to leave, difference", "B")
    assert (gap.value, gap.note) == (None, "not estimable: nobody was seen in it for 5 weeks")
    assert found(measures, "median time to leave", "B").value == 1


def test_few_spells_tell_nothing() -> None:
    """Twelve groups, of one of which one person fell and was seen for no time: nobody says that half never leave."""
    for m in (m for m in at_the_bottom(made([0, 0, 0], [1, 0, 0])) if m.group != "B"):
        assert (m.value, m.note) == (None, "not estimable: fewer than 30 spells in the bottom tier")


def test_spells_of_one_person_hang_together() -> None:
    """Forty spells of twenty people: the interval is that of half as many spells."""
    here = made([0, 10, 0, 10], [0, 10, 0, 10])
    twice = replace(here, setting=replace(here.setting, fallen=(20.0, 0.0)))
    one, two = (found(trap.measures(t), "restricted mean time to leave") for t in (here, twice))
    assert two.value == one.value
    assert (two.low, two.high) == pytest.approx(between(1.75, 2, 2 * 0.75**2 / 120))
    assert two.low < one.low < one.high < two.high


def test_a_group_that_does_not_exist_is_named() -> None:
    here = made([0, 1], [0, 0])
    with pytest.raises(InputError, match='there is no group "Aa"; did you mean "A"'):
        trap.curve(here, "Aa")


def test_order_of_rows_does_not_matter() -> None:
    here = made([0, 1, 0, 1], [0, 1, 0, 1])
    turned = replace(here, spells=here.spells.take(list(range(len(here.spells)))[::-1]))
    assert trap.measures(turned) == trap.measures(here)
