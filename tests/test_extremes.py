"""Both ends of a harm: at the optimum where one is known by calculus, and no worse than thousands of random points."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import sousveil
from sousveil.comparisons.objective import objective
from sousveil.errors import InputError
from sousveil.harms import measure_all
from sousveil.runs.run import trace_of
from sousveil.unknowns.extremes import Extremes, extremes
from sousveil.unknowns.points import setting_of, unknowns_of
from swept import written

SCHEME = """
scheme: built
status: invented
channels: {clerk: {coverage: 1, spurious: %(spurious)s}}
signals: {acts: {channel: clerk, points: -1, lawful: true}}
score: {start: 1, floor: -9, ceiling: 9}
tiers: {up: {from: 1}, mid: {from: 0}, low: {from: -9}}
consequences:
  mid: [{right: travel, effect: denied, income: %(income)s}]
"""
POPULATION = """
population: built
people: 1_000
groups: {A: 1}
income: 100
conduct: {acts: {rate: %(rate)s}}
"""
STUDY = "study: built\nsteps: 1\nseed: 1\n"
GIVEN = {"spurious": "0", "income": "1", "rate": "0.5"}


def built(folder: Path, fill: str, more: str = "", **given: str) -> sousveil.Study:
    """A study of one step, in which whoever has exactly one record is in the middle tier."""
    folder.mkdir(exist_ok=True)
    for name, text in (("scheme", SCHEME % (GIVEN | given)), ("population", POPULATION % (GIVEN | given)),
                       ("assumptions", f"assumptions: built\nfill: {{{fill}}}\n{more}"), ("study", STUDY)):
        (folder / f"{name}.yaml").write_text(text)
    return sousveil.study(folder)


def found(study: sousveil.Study, harm: str, **more: object) -> Extremes:
    study, wanted = objective(study, harm)
    return extremes(study, wanted, points=16, engine="exact", **more)  # type: ignore[arg-type]


RATE = "population.conduct.acts.rate"


def test_an_optimum_inside_the_range_is_found(tmp_path: Path) -> None:
    """One record of a Poisson number of mean x has the chance x·exp(-x): most at 1, and less at 0.1 than at 3."""
    ends = found(built(tmp_path, f"{RATE}: {{value: 0.5, range: [0.1, 3]}}", rate="unknown"), "tier:mid")
    assert ends.most.value == pytest.approx(math.exp(-1), abs=1e-6)
    assert ends.most.at[RATE] == pytest.approx(1, abs=0.003)
    assert ends.most.ends == ()
    assert ends.least.value == pytest.approx(0.1 * math.exp(-0.1), abs=1e-9)
    assert ends.least.ends == (RATE,)
    assert ends.value == pytest.approx(0.5 * math.exp(-0.5), abs=1e-9)
    assert all(m.note == "found by search, not proved" for m in ends.measures())


def test_two_numbers_that_only_count_together_are_found(tmp_path: Path) -> None:
    """Acts and spurious records add up: their sum must be 1."""
    ends = found(built(tmp_path, f"{RATE}: {{value: 0.5, range: [0, 2]}}, "
                       "channels.clerk.spurious: {value: 0.2, range: [0, 2]}", rate="unknown", spurious="unknown"),
                 "tier:mid")
    assert ends.most.value == pytest.approx(math.exp(-1), abs=1e-5)
    assert sum(map(float, ends.most.at.values())) == pytest.approx(1, abs=0.01)
    assert ends.least.value == pytest.approx(0, abs=1e-9)


def test_an_optimum_at_the_ends_is_found(tmp_path: Path) -> None:
    ends = found(built(tmp_path, "channels.clerk.spurious: {value: 0.2, range: [0.1, 0.4]}", spurious="unknown"),
                 "wrongful-debit")
    assert ends.least.value == pytest.approx(1 - math.exp(-0.1), abs=1e-9)
    assert ends.most.value == pytest.approx(1 - math.exp(-0.4), abs=1e-9)
    assert ends.most.at == {"channels.clerk.spurious": 0.4}


def test_a_product_of_a_curve_and_a_line_is_found(tmp_path: Path) -> None:
    """The income lost in the first step is that of the tier people begin in, so the chance is told by the tier."""
    study = built(tmp_path, f"{RATE}: {{value: 0.5, range: [0.1, 3], distribution: log-uniform}}, "
                  "consequences.mid.0.income: {value: 0.7, range: [0.5, 0.9]}", rate="unknown", income="unknown")
    ends = found(study.evolve(steps=2), "income-lost")
    # In two steps, the loss of the second is that of who is in the middle after the first: 100 of income, twice a year
    # of six such pairs of steps.
    assert ends.most.value == pytest.approx(math.exp(-1) * (1 - 0.5) * 100 / 2 * 12, rel=1e-4)
    assert ends.most.at["consequences.mid.0.income"] == 0.5
    assert ends.least.value == pytest.approx(0.1 * math.exp(-0.1) * (1 - 0.9) * 100 / 2 * 12, rel=1e-6)


def test_the_reading_that_is_worst_is_found(tmp_path: Path) -> None:
    readings = "choices: {form: {as-it-is: {}, mild: {set: {channels.clerk.spurious: 0.1}}, " \
               "harsh: {set: {channels.clerk.spurious: 0.9}}}}\n"
    ends = found(built(tmp_path, f"{RATE}: {{value: 0.3, range: [0.2, 0.3]}}", readings, rate="unknown"),
                 "wrongful-debit")
    assert ends.most.at["form"] == "harsh"
    assert ends.most.value == pytest.approx(1 - math.exp(-0.9), abs=1e-9)
    assert ends.least.at["form"] == "as-it-is"
    assert ends.least.value == 0


def test_with_agents_what_is_found_is_looked_at_again_under_other_luck(tmp_path: Path) -> None:
    study, wanted = objective(built(tmp_path, f"{RATE}: {{value: 0.5, range: [0.1, 3]}}", rate="unknown"), "tier:mid")
    ends = extremes(study, wanted, points=8, engine="agents")
    for end, true in ((ends.least, 0.1 * math.exp(-0.1)), (ends.most, math.exp(-1))):
        assert end.low is not None
        assert end.high is not None
        assert end.low < end.value < end.high
        assert end.value == pytest.approx(true, abs=0.04)


def test_what_cannot_be_searched_is_told(tmp_path: Path) -> None:
    study, wanted = objective(built(tmp_path, ""), "tier:mid")
    with pytest.raises(InputError, match="nothing to vary"):
        extremes(study, wanted)
    study = built(tmp_path, f"{RATE}: {{value: 0.5, range: [0.1, 3]}}", rate="unknown")
    with pytest.raises(InputError, match="points: 1 is not between 2"):
        extremes(study, wanted, points=1)


@pytest.mark.long
@pytest.mark.parametrize("case", range(10))
def test_no_random_point_is_beyond_what_is_found(case: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(case)
    harm = ["bottom-tier", "rights-denied", "income-lost", "wrongful-debit", "income-share"][case % 5]
    study = written(tmp_path).reform({"score.decay": float(rng.uniform(0, 0.3)),
                                      "score.start": int(rng.integers(57, 70)),
                                      "handicaps": {"B": -int(rng.integers(0, 3))}}).evolve(steps=4)
    study, wanted = objective(study, harm, "B" if case % 2 else None)
    ends = extremes(study, wanted, engine="exact")
    free, _ = unknowns_of(study)
    for row in rng.random((2_000, len(free))):
        there = study.reform(setting_of(free, row.tolist()))
        value = wanted.of(measure_all(trace_of(there, "exact", 1), there.reference, sampling=False))
        assert value is not None
        slack = 1e-9 * max(1.0, abs(value.value))  # type: ignore[arg-type]
        assert ends.least.value - slack <= value.value <= ends.most.value + slack  # type: ignore[operator]
