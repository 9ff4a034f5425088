"""Small inputs with the one right value: where decimals meet binary numbers, and shares meet whole people."""

from __future__ import annotations

import numpy as np
import pytest

import sousveil
from small_study import small
from sousveil import harms
from sousveil.engine import exact, trace
from sousveil.engine.cells import left
from sousveil.engine.people import sizes
from sousveil.harms.estimate import Estimate, ratio
from sousveil.harms.income import SHARE_OF_INCOME_LOST
from sousveil.runs.plans import plan_of
from sousveil.studies.population_fields import Frailty
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import Study, load
from tiers import few_and_many


@pytest.mark.parametrize(("decay", "distance", "left"), [
    (0.7, 15, 4), (0.95, 10, 0), (0.9, 15, 2), (0.3, 45, 32), (0.5, 1, 0), (0.5, 3, 2), (0.1, 5, 4), (0.1, 15, 14)])
def test_decay_is_worked_out_on_the_decimals_of_the_file(decay: float, distance: int, left: int) -> None:
    """(1 - decay) x distance is a half in the decimals of the file, or is not, whatever its binary neighbour says."""
    case = small({"score": {"start": 0, "floor": -100, "ceiling": 100, "baseline": 0, "decay": decay},
                  "tiers": {"high": {"from": 60}, "middle": {"from": 40}, "low": {"from": -100}}})
    decayed = case.plan().ladder.decayed
    assert decayed[100 + distance] - 100 == left
    assert decayed[100 - distance] - 100 == -left


def test_a_margin_that_reaches_to_the_next_tier_is_accepted_in_tenths() -> None:
    tiers = {"top": {"from": 3.3, "margin": 1.6}, "mid": {"from": 1.7}, "low": {"from": 0}}
    score = {"start": 2, "floor": 0, "ceiling": 5, "resolution": 0.1}
    Scheme.model_validate({"scheme": "tenths", "status": "invented", "score": score, "tiers": tiers})
    tiers["top"]["margin"] = 1.7
    with pytest.raises(ValueError, match=r'the margin 1\.7 reaches past "mid", which begins 1\.6 below'):
        Scheme.model_validate({"scheme": "tenths", "status": "invented", "score": score, "tiers": tiers})


def test_the_people_of_a_group_are_its_share() -> None:
    plan = plan_of(load("rongcheng").evolve(people=1_000))
    assert np.bincount(plan.unit_group, weights=plan.unit_size).tolist() == [550, 450]


def test_groups_keep_their_sizes_however_many_cells_they_have() -> None:
    even = dict.fromkeys((f"c{i}" for i in range(47)), 1 / 48) | {"c47": "rest"}
    case = small(population={"people": 5_000, "groups": {"A": 0.7, "B": 0.2, "C": 0.1}, "strata": {"cell": even}})
    plan = case.plan()
    assert np.bincount(plan.unit_group, weights=plan.unit_size).tolist() == [3500, 1000, 500]
    for seed in range(20):
        drawn = np.concatenate([sizes(plan, seed, unit) for unit in range(3)])
        assert np.bincount(plan.cell_group, weights=drawn).tolist() == [3500, 1000, 500]


def test_districts_round_against_each_other() -> None:
    """Two groups of 25 people in ten districts: two and a half of each in every district, five in all."""
    names = {f"d{i}": 0.1 for i in range(9)} | {"d9": "rest"}
    plan = small(population={"people": 50, "groups": {"A": 0.5, "B": 0.5}, "districts": names}).plan()
    by_district = np.bincount(plan.unit_district, weights=plan.unit_size)
    assert by_district.tolist() == [5] * 10


def test_a_pool_of_one_and_a_bit_gets_no_more_than_it_gives() -> None:
    """One person and a third: a record that is not their own falls on somebody in every third run only."""
    channels = {"camera": {"coverage": 1.0, "mistaken": 1.0}}
    signals = {"act": {"channel": "camera", "points": -1, "lawful": True}}
    for people, landed in ((100.0, 1.0), (2.0, 1.0), (4 / 3, 0.5), (1.0, 0.0), (0.5, 0.0)):
        share = people / 1_000
        case = small({"channels": channels, "signals": signals},
                     {"people": 1_000, "groups": {"A": share, "B": 1 - share}, "conduct": {"act": {"rate": 0.01}}})
        plan = case.plan()
        outcome = exact.simulate(plan, 1)
        unit = int(np.flatnonzero(plan.unit_group == 0)[0])
        given = 0.01 * people
        assert outcome.wrongful[1, unit, :, 0].sum() == pytest.approx(landed * given, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("left", [1e-300, 1e-15, 0.0])
def test_a_reference_of_almost_nothing_has_no_ratio(left: float) -> None:
    """What rounding leaves of nobody is no reference: a ratio of seventeen billion is no finding."""
    many, few = Estimate(0.5, 0.4, 0.6, 0.0025), Estimate(left, left, left, 0.0)
    assert ratio(many, few).value is None
    assert "zero in the reference group" in ratio(many, few).note
    assert ratio(few, many).value == pytest.approx(2 * left)


def test_a_loss_beyond_the_income_is_debt() -> None:
    """Everybody is in the bottom tier, has 100 a step or nothing, and is fined 150: all of an income, and debt."""
    case = small({"consequences": {"low": [{"right": "fine", "effect": "denied", "loss": 150}]},
                  "score": {"start": 10, "floor": 0, "ceiling": 100}},
                 {"strata": {"work": {"has": 0.5, "none": 0.5}}, "income": {"work": {"has": 100, "none": 0}}}, steps=12)
    made = trace.of(case.plan(), exact.simulate(case.plan(), 12), "month")
    found = {m.measure: m for m in harms.measure_all(made) if m.group == "all"}
    assert found["income lost"].value == pytest.approx(150 * 12)
    assert found["share of income lost"].value == 1
    assert "beyond the income" in found["share of income lost"].note
    assert found["Gini coefficient after"].value is None  # nobody has anything left
    assert "do not add up to something positive" in found["Gini coefficient after"].note


def test_no_more_than_all_of_the_incomes_is_lost() -> None:
    """Two of six people are rich, and whoever is seen acting has nothing left: the mean of so few people may be that of
    the rich alone, which is three times what all have; but a share of it ends at all of it.
    """
    case = small({"signals": {"act": {"channel": "camera", "points": -40, "lawful": False}},
                  "consequences": {"low": [{"right": "fine", "effect": "denied", "income": 0.0}]}},
                 {"people": 6, "strata": {"class": {"poor": 0.7, "rich": 0.3}}, "conduct": {"act": {"chance": 0.3}},
                  "income": {"class": {"poor": 1, "rich": 1000}}}, steps=2)
    study = sousveil.study({"study": "few", **case.plain, "steps": 2})
    for seed in range(6):
        found = sousveil.run(study, seed=seed, engine="agents").measures().find(SHARE_OF_INCOME_LOST)
        assert found is not None
        if found.value is not None:
            assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_loss_that_can_be_paid_has_no_note_and_a_gain_pays_a_fine() -> None:
    for loss, gain, share, gini in ((50, 0, 0.5, 0.0), (150, 100, 1.0, 0.0)):
        case = small({"consequences": {"low": [{"right": "fine", "effect": "denied", "loss": loss, "gain": gain}]},
                      "score": {"start": 10, "floor": 0, "ceiling": 100}}, {"income": 100}, steps=12)
        made = trace.of(case.plan(), exact.simulate(case.plan(), 12), "month")
        found = {m.measure: m for m in harms.measure_all(made) if m.group == "all"}
        assert found["income lost"].value == pytest.approx(loss * 12)
        assert found["share of income lost"].value == pytest.approx(share)
        assert bool(found["share of income lost"].note) == (loss > 100)
        assert found["Gini coefficient after"].value == pytest.approx(gini, abs=1e-12)


@few_and_many("steps", 24, 120)
def test_how_finely_frailty_is_cut_decides_nothing_that_is_shown(steps: int) -> None:
    """Every tier share is within 0.2 points of that of 64 classes, which keep 99.94 % of the variance of the Gamma."""
    def shares(study: Study) -> dict[tuple[str, str], float]:
        plan = plan_of(study)
        found = harms.measure_all(trace.of(plan, exact.simulate(plan, study.steps), study.scheme.step))
        return {(m.measure, m.group): m.value or 0.0 for m in found if m.harm == "tiers"}

    study = load("seed-article").reform({"kin": []}).evolve(steps=steps)
    here, there = shares(study), shares(study.reform({"population.frailty.classes": 64}))
    assert here.keys() == there.keys()
    assert max(abs(here[key] - there[key]) for key in here) < 0.002


@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0, 2.0, 5.0])
def test_what_the_classes_leave_is_told_and_is_little(shape: float) -> None:
    """By drawing from the Gamma itself: the share of all acts that the most inclined hundredth do."""
    found = left(Frailty(shape=shape))
    assert found is not None
    drawn = np.sort(np.random.default_rng(1).gamma(shape, 1 / shape, 2_000_000))
    assert found.law_top == pytest.approx(drawn[-20_000:].sum() / drawn.sum(), rel=0.01)
    assert abs(found.top - found.law_top) < 0.002
    assert 0.98 < found.spread < 1
    assert left(Frailty(shape=shape, classes=1)) is None
