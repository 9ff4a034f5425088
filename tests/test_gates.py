"""Rules that hold for some people only: by closed forms, and against the same rules written another way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from random_schemes import Case
from small_study import small
from sousveil.comparisons.twins import twins
from sousveil.comparisons.worlds import carried, without_ceilings
from sousveil.engine import agents, exact
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.runs.plans import plan_of
from sousveil.studies.explain import rules
from sousveil.studies.study import Study, load

START = {"score": {"start": 70, "floor": 0, "ceiling": 100}}


def held(plan: Plan, persons: np.ndarray, **labels: str) -> dict[str, float]:
    """tier -> share of the people with these labels; persons [C, T]."""
    here = [all(plan.cells.of(c)[label] == name for label, name in labels.items()) for c in range(len(plan.cells))]
    found = persons[here].sum(axis=0)
    return {tier: float(share) for tier, share in zip(plan.tiers, found / found.sum(), strict=True) if share}


def at_start(case: Case, **labels: str) -> dict[str, float]:
    plan = case.plan()
    return held(plan, exact.simulate(plan, 0).occupancy[0], **labels)


PEOPLE: dict[str, Any] = {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": 0.5, "south": 0.5},
                          "strata": {"class": {"poor": 0.25, "rich": "rest"}}}


@pytest.mark.parametrize(("rules", "poor", "rich"), [
    ({"ceilings": {"class": {"poor": "middle"}}}, "middle", "high"),
    ({"ceilings": {"class": {"poor": {"group": {"B": "low"}}}}}, "high", "high"),
    ({"ceilings": {"A": "middle", "class": {"poor": "low"}}}, "low", "middle"),
    ({"score": {"start": 10, "floor": 0, "ceiling": 100}, "floors": {"class": {"poor": "middle"}}}, "middle", "low"),
    ({"score": {"start": 10, "floor": 0, "ceiling": 100}, "ceilings": {"A": "middle"},
      "floors": {"class": {"rich": "high"}}}, "low", "middle"),  # where a floor is above it, the ceiling holds
    ({"tiers": {"high": {"from": {"class": {"poor": 80, "rich": 60}}}, "middle": {"from": 40}, "low": {"from": 0}}},
     "middle", "high"),
    ({"tiers": {"high": {"from": {"value": 60, "times": {"class": {"poor": 1.5}}}}, "low": {"from": 0}}},
     "low", "high")])
def test_whom_a_rule_is_for(rules: dict[str, Any], poor: str, rich: str) -> None:
    case = small({**START, **rules}, PEOPLE)
    assert at_start(case, group="A", **{"class": "poor"}) == {poor: 1.0}
    assert at_start(case, group="A", **{"class": "rich"}) == {rich: 1.0}


@pytest.mark.parametrize(("handicaps", "north", "south"), [
    ({"district": {"north": -20}}, 30, 50), ({"A": -5, "district": {"north": -20}}, 25, 45),
    ({"A": {"district": {"north": -1, "south": -2}}}, 49, 48),
    ({"class": {"poor": {"group": {"A": -3, "B": 9}}}}, 47, 47)])
def test_handicaps_add_up(handicaps: dict[str, Any], north: float, south: float) -> None:
    plan = small({"handicaps": handicaps}, PEOPLE).plan()
    scores = exact.simulate(plan, 1).scores[1, plan.unit_group == 0]
    for district, expected in enumerate((north, south)):
        assert scores[district, int(expected)] > 0


def test_a_ceiling_for_who_has_a_mark() -> None:
    """Of those with an open default nobody is above low; of the others nobody is below high."""
    case = small({**START, "marks": {"default": {"points": -1}}, "ceilings": {"default": {"held": "low"}}},
                 {"marks": {"default": 0.3}})
    assert at_start(case) == pytest.approx({"low": 0.3, "high": 0.7})


def test_a_gate_takes_nothing_from_the_law_of_the_start() -> None:
    """A gate that bars nobody: its people are told apart, and their start laws mix to the law without the gate."""
    rules = {"score": {"start": 50, "floor": 0, "ceiling": 100, "times": {"home": {"far": 1.5}}},
             "characteristics": {"age": {"levels": {"young": 9, "middle": 0, "old": -3}},
                                 "home": {"over": ["home", "age"], "order": ["far", "near"], "table": {
                                     "near": {"young": 4, "middle": 0, "old": 1}, "far": 0}}},
             "marks": {"poor": {"points": -20}, "rich": {"points": 5}}}
    people = {**PEOPLE, "characteristics": {
        "age": {"young": {"group": {"A": 0.2, "B": 0.4}}, "middle": 0.5, "old": "rest"},
        "home": {"near": {"age": {"young": 0.3, "middle": 0.6, "old": 0.1}}, "far": "rest"}},
        "marks": {"poor": {"age": {"young": 0.5, "middle": 0.1, "old": 0.3}}, "rich": 0.15},
        "together": {"luck": {"of": "all", "strength": 2.0}}}
    plain = exact.simulate(small(rules, people).plan(), 0)
    asked = small(rules | {"ceilings": {"home": {"near": {"poor": {"held": "high"}}}}}, people).plan()
    assert asked.cells.labels == ("group", "district", "class", "home", "poor")
    assert np.allclose(exact.simulate(asked, 0).scores, plain.scores, atol=1e-9)
    # What people are told apart by has the shares of the file.
    share = asked.cells.share
    poor = asked.cells.code[:, 4] == 0
    assert share[poor].sum() == pytest.approx(0.5 * 0.3 + 0.1 * 0.5 + 0.3 * 0.2)


def test_people_start_at_scores_of_their_own_group() -> None:
    case = small({"score": {"start": {"distribution": {30: {"group": {"A": 0.9, "B": 0.2}},
                                                       70: {"group": {"A": 0.1, "B": 0.8}}}},
                            "floor": 0, "ceiling": 100}}, PEOPLE)
    assert at_start(case, group="A") == pytest.approx({"low": 0.9, "high": 0.1})
    assert at_start(case, group="B") == pytest.approx({"low": 0.2, "high": 0.8})


def test_points_of_a_mark_may_differ_by_label() -> None:
    case = small({**START, "marks": {"passport": {"points": {"group": {"A": 0, "B": -40}}}}},
                 {**PEOPLE, "marks": {"passport": 0.5}})
    assert at_start(case, group="A") == {"high": 1.0}
    assert at_start(case, group="B") == pytest.approx({"low": 0.5, "high": 0.5})


STICK = {"channels": {"camera": {"coverage": 1.0, "mistaken": 0.02}},
         "signals": {"act": {"channel": "camera", "points": -1, "lawful": False}}}
SAME = {**STICK, "channels": {"camera": {"coverage": 1.0, "mistaken": {"namesake": {"yes": 1.0, "no": 0.0}}}}}


@pytest.mark.parametrize(("scheme", "alike", "wronged"), [(STICK, ["district", "group"], 0.38),
                                                          (SAME, ["namesake"], 0.02)])
def test_errors_that_stick(scheme: dict[str, Any], alike: list[str], wronged: float) -> None:
    """Two mistaken records in a hundred acts, over 24 months: spread over everybody, or borne by the same two in a
    hundred. As many mistakes are made, and 38 % of people are wronged, or 2 %.
    """
    case = small(scheme, {"people": 20_000, "strata": {"namesake": {"yes": 0.02, "no": "rest"}}},
                 {"look-alikes": alike})
    plan = case.plan()
    certain = exact.simulate(plan, 24)
    assert certain.wrongful[..., 0].sum() / plan.people == pytest.approx(0.48, rel=1e-3)
    assert certain.wrongful_ever[-1].sum() / plan.people == pytest.approx(wronged, abs=0.002)
    drawn = agents.simulate(plan, settle(plan, 1), 24, 1)
    assert drawn.wrongful_ever[-1].sum() / plan.people == pytest.approx(wronged, abs=0.02)


def test_pools_by_stratum_hang_together_through_their_units() -> None:
    """Poor people of both groups look alike, and rich ones, in each district: two pools and one tie a district."""
    plan = small(None, PEOPLE, {"look-alikes": ["district", "class"]}).plan()
    assert plan.pools == 4
    assert plan.unit_tie.tolist() == [0, 0, 1, 1]
    apart = small(None, PEOPLE, {"look-alikes": ["district", "group", "class"]}).plan()
    assert (apart.pools, apart.unit_tie.tolist()) == (8, [0, 1, 2, 3])


def test_pools_by_stratum_are_the_pools_of_groups_that_are_the_strata() -> None:
    """Two strata that look alike among themselves fare as two groups do that look alike among themselves."""
    scheme = {**STICK, "channels": {"camera": {"coverage": 1.0, "mistaken": 0.3}}}
    strata = small(scheme, {"strata": {"class": {"poor": 0.2, "rich": "rest"}}}, {"look-alikes": ["class"]}).plan()
    groups = small(scheme, {"groups": {"poor": 0.2, "rich": "rest"}}, {"look-alikes": ["group"]}).plan()
    one, other = (exact.simulate(replace(plan, people=40), 6) for plan in (strata, groups))
    assert np.allclose(one.occupancy, other.occupancy)
    assert np.allclose(one.wrongful_ever.sum(axis=1), other.wrongful_ever.sum(axis=1))


def test_how_unequal_people_are_may_be_unknown(tmp_path: Path) -> None:
    case = small(None, {"frailty": {"shape": "unknown", "classes": 3}}, {
        "fill": {"population.frailty.shape": {"value": 2, "range": [0.5, 5], "source": "a guess"}}})
    study = written(case, tmp_path)
    assert [entry.path for entry in study.filled] == ["population.frailty.shape"]
    assert study.population.frailty is not None
    assert study.population.frailty.shape.value == 2


def test_a_gate_is_told_in_plain_words(tmp_path: Path) -> None:
    case = small({"ceilings": {"B": "middle", "class": {"poor": {"group": {"A": "low"}}}},
                  "floors": {"district": {"north": "middle"}}, "handicaps": {"district": {"south": -2}}}, PEOPLE)
    told = {rule.path: rule.rule for rule in rules(written(case, tmp_path))}
    assert told["ceilings.B"] == 'Members of B can be "middle" at best, whatever their score.'
    assert told["ceilings.class.poor.group.A"] == (
        'Members of A whose class is poor can be "low" at best, whatever their score.')
    assert told["floors.district.north"] == 'People in north are "middle" or better, whatever their score.'
    assert told["handicaps.district.south"] == "Everybody in south loses 2 points each month, for that alone."


def written(case: Case, folder: Path) -> Study:
    """A case as one file that holds its parts, read."""
    (folder / "study.json").write_text(json.dumps({"study": "small", **case.plain}))
    return load(folder / "study.json")


def test_whom_only_a_ceiling_keeps_down_is_counted_though_only_the_ceiling_tells_them_apart() -> None:
    """The world without the ceiling has the same people in the same cells: as a reform it would have fewer cells."""
    case = small({**START, "marks": {"default": {"points": -1}}, "ceilings": {"default": {"held": "low"}}},
                 {"marks": {"default": 0.3}})
    study = Study("gated", "", case.scheme, case.population, case.assumptions, 1, 1, next(iter(case.population.groups)))
    found = {m.name["cause"]: m for m in twins(study, seeds=2, people=5_000) if m.group == "all"}
    assert found["the ceiling"].value == pytest.approx(0.3, abs=1e-3)
    assert found["kin"].value == 0.0


def test_a_world_without_ceilings_of_groups_is_the_reform_that_has_none() -> None:
    study = load("seed-article").evolve(people=4_000)
    without, reformed = without_ceilings(plan_of(study)), plan_of(study.reform({"ceilings": {}}))
    one, two = (carried(plan, settle(plan, 1), 24, 1)[0] for plan in (without, reformed))
    assert np.array_equal(one.occupancy, two.occupancy)
    assert np.array_equal(one.scores, two.scores)
    bound = carried(plan_of(study), settle(plan_of(study), 1), 24, 1)[0]
    assert not np.array_equal(bound.occupancy, one.occupancy)
