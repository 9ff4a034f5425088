"""What people are in levels: start scores against closed forms, published figures, and a count of every combination."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, norm

from random_schemes import Case
from small_study import small
from sousveil.engine import exact, oracle
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.studies.cross_check import disagreements


def started(plan: Plan) -> dict[str, dict[float, float]]:
    """group -> printed start score -> share of the group."""
    found: dict[str, dict[float, float]] = {name: {} for name in plan.groups}
    share = np.bincount(plan.cell_group, weights=plan.cells.share)
    for c, (scores, shares) in enumerate(plan.start):
        group = int(plan.cell_group[c])
        for at, x in zip(plan.ladder.points(scores).tolist(), shares.tolist(), strict=True):
            law = found[plan.groups[group]]
            law[at] = law.get(at, 0.0) + x * float(plan.cells.share[c] / share[group])
    return found


def test_a_table_over_labels_alone_adds_its_points_and_needs_no_characteristic():
    case = small({"score": {"start": 50, "floor": 0, "ceiling": 100}, "characteristics": {
        "place": {"over": ["group", "district"], "table": {"A": {"north": 7, "south": 0}, "B": -5}}}},
        {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": 0.5, "south": 0.5}})
    assert started(case.plan()) == {"A": {57.0: pytest.approx(0.5), 50.0: pytest.approx(0.5)},
                                    "B": {45.0: pytest.approx(1.0)}}


def tiers_at_start(case: Case) -> dict[str, dict[str, float]]:
    """group -> tier -> share."""
    plan = case.plan()
    persons = exact.simulate(plan, 0).occupancy[0]
    told = {}
    for g, name in enumerate(plan.groups):
        held = persons[plan.cell_group == g].sum(axis=0)
        told[name] = dict(zip(plan.tiers, (held / held.sum()).tolist(), strict=True))
    return told


POINTS = {"score": {"start": 0, "floor": 0, "ceiling": 100}, "tiers": {"high": {"from": 50}, "low": {"from": 0}}}


def test_levels_exclude_each_other_and_a_table_knows_both() -> None:
    case = small(
        {**POINTS, "characteristics": {
            "age": {"levels": {"young": 20, "old": {"group": {"A": 0, "B": 5}}}},
            "distance": {"over": ["distance", "age"], "table": {"near": {"young": 10, "old": 2}, "far": 0}}}},
        {"groups": {"A": 0.5, "B": 0.5}, "characteristics": {
            "age": {"young": {"group": {"A": 0.25, "B": 0.5}}, "old": "rest"},
            "distance": {"near": {"age": {"young": 0.2, "old": 0.6}}, "far": "rest"}}})
    found = started(case.plan())
    assert found["A"] == pytest.approx({30: 0.25 * 0.2, 20: 0.25 * 0.8, 2: 0.75 * 0.6, 0: 0.75 * 0.4})
    assert found["B"] == pytest.approx({30: 0.5 * 0.2, 20: 0.5 * 0.8, 7: 0.5 * 0.6, 5: 0.5 * 0.4})


def test_a_factor_multiplies_the_whole_sum_and_halves_go_to_even() -> None:
    case = small(
        {**POINTS, "score": {**POINTS["score"], "start": 1, "times": {"school": {"lower": 1.5}, "group": {"A": 1.0}}},
         "characteristics": {"home": {"levels": {"near": 2, "far": 4}}}},
        {"characteristics": {"home": {"near": 0.5, "far": "rest"},
                             "school": {"lower": {"home": {"near": 0.5, "far": 1}}, "higher": "rest"}}})
    # (1 + 2) 1.5 = 4.5 becomes 4, (1 + 4) 1.5 = 7.5 becomes 8.
    assert started(case.plan())["A"] == pytest.approx({4: 0.25, 3: 0.25, 8: 0.5})


LOS_ANGELES = {  # share of people with each point, in per cent: Black, Latino, White
    "tri-morbidity": (17.6, 21.7, 24.1), "general": (19.7, 13.9, 21.8), "substance": (23.9, 34.1, 34.4),
    "legal": (28.6, 35.1, 35.3), "medication": (35.1, 34.5, 40.4), "self-care": (39.9, 40.3, 44.3),
    "exploitation": (45.9, 46.9, 50.9), "mental": (49.3, 50.8, 56.5), "emergency": (56.3, 58.1, 63.3),
    "harm": (59.0, 60.6, 63.5), "activity": (59.9, 60.4, 63.1), "relationships": (64.5, 68.0, 65.5),
    "money": (65.4, 73.7, 70.2), "trauma": (67.2, 67.9, 70.5), "physical": (71.9, 73.8, 79.7),
    "history": (76.2, 74.8, 76.2), "sleeping": (81.1, 85.5, 84.7)}
GROUPS = ("Black", "Latino", "White")


def los_angeles(strength: Any, as_marks: bool = True) -> Case:
    """Seventeen points for what people need, high from 12 of them (Los Angeles homeless services, 2016 to 2022)."""
    shares = {item: {"group": {g: x / 100 for g, x in zip(GROUPS, row, strict=True)}}
              for item, row in LOS_ANGELES.items()}
    of_people: dict[str, Any] = {"marks": shares} if as_marks else {
        "characteristics": {item: {"yes": share, "no": "rest"} for item, share in shares.items()}}
    rules: dict[str, Any] = {"marks": {item: {"points": 1} for item in shares}} if as_marks else {
        "characteristics": {item: {"levels": {"yes": 1, "no": 0}} for item in shares}}
    together = {} if strength is None else {"together": {"need": {"of": "all", "strength": strength}}}
    return small({"score": {"start": 0, "floor": 0, "ceiling": 17}, "tiers": {
        "high": {"from": 12}, "mid": {"from": 4}, "low": {"from": 0}}, **rules},
        {"groups": {"Black": 0.43, "Latino": 0.32, "White": "rest"}, **of_people, **together})


def poisson_binomial(chances: list[float]) -> np.ndarray:
    law = np.ones(1)
    for p in chances:
        law = np.convolve(law, [1.0 - p, p])
    return law


@pytest.mark.parametrize("strength", [None, 0.0])
@pytest.mark.parametrize("as_marks", [True, False])
def test_points_that_do_not_go_together_are_poisson_binomial(strength: float | None, as_marks: bool) -> None:
    found = started(los_angeles(strength, as_marks).plan())
    for g, group in enumerate(GROUPS):
        law = poisson_binomial([row[g] / 100 for row in LOS_ANGELES.values()])
        assert [found[group].get(float(n), 0.0) for n in range(18)] == pytest.approx(law.tolist(), abs=1e-12)


def test_the_published_tails_need_a_trait() -> None:
    """The strength was fitted to the published tails elsewhere: one for all within a point of them, or one a group."""
    together = tiers_at_start(los_angeles(1.2))
    assert [together[g]["high"] for g in GROUPS] == pytest.approx([0.257, 0.280, 0.320], abs=0.010)
    assert [together[g]["low"] for g in GROUPS] == pytest.approx([0.106, 0.075, 0.059], abs=0.015)
    by_group = tiers_at_start(los_angeles({"group": dict(zip(GROUPS, (1.25, 1.19, 1.13), strict=True))}))
    assert [by_group[g]["high"] for g in GROUPS] == pytest.approx([0.256, 0.283, 0.321], abs=2e-3)
    assert [by_group[g]["low"] for g in GROUPS] == pytest.approx([0.110, 0.084, 0.065], abs=2e-3)
    apart = tiers_at_start(los_angeles(None))
    assert [apart[g]["high"] for g in GROUPS] == pytest.approx([0.062, 0.091, 0.138], abs=1e-3)


@pytest.mark.parametrize("strength", [1.2, 10.0])
def test_a_trait_leaves_every_share_as_it_is(strength: float) -> None:
    found = started(los_angeles(strength).plan())
    for g, group in enumerate(GROUPS):
        mean = sum(score * share for score, share in found[group].items())
        assert mean == pytest.approx(sum(row[g] for row in LOS_ANGELES.values()) / 100, abs=1e-6)


def test_a_trait_by_another_way_of_adding_up() -> None:
    """Three features, one of which depends on another, against a sum over every combination and a fine trait."""
    case = small(
        {**POINTS, "characteristics": {"age": {"levels": {"young": 9, "middle": 0, "old": 3}}},
         "marks": {"poor": {"points": 20}, "rich": {"points": -1}},
         "score": {"start": 10, "floor": 0, "ceiling": 100}},
        {"characteristics": {"age": {"young": 0.2, "middle": 0.5, "old": "rest"}},
         "marks": {"poor": {"age": {"young": 0.5, "middle": 0.1, "old": 0.3}}, "rich": 0.15},
         "together": {"luck": {"of": "all", "strength": 2.0}}})
    z = np.linspace(-9, 9, 4001)
    w = norm.pdf(z) / norm.pdf(z).sum()

    def chance(share: float, weight: np.ndarray, sign: float) -> np.ndarray:
        """Held with a chance that rises (or falls) with z and is `share` on average."""
        low, high = -60.0, 60.0
        for _ in range(200):
            a = (low + high) / 2
            p = 1 / (1 + np.exp(-(a + sign * 2.0 * z)))
            low, high = (low, a) if p @ weight / weight.sum() > share else (a, high)
        return p

    # From the fewest points: middle (0), old (3), young (9).
    at_least_old, young = chance(0.5, w, 1.0), chance(0.2, w, 1.0)
    age = {"middle": 1 - at_least_old, "old": at_least_old - young, "young": young}
    law: dict[float, float] = {}
    for (level, points), poor, rich in itertools.product((("middle", 0), ("old", 3), ("young", 9)), (0, 1), (0, 1)):
        p_poor = chance({"young": 0.5, "middle": 0.1, "old": 0.3}[level], w * age[level], 1.0)
        p_rich = chance(0.15, w, -1.0)
        here = w * age[level] * (p_poor if poor else 1 - p_poor) * (p_rich if rich else 1 - p_rich)
        score = 10.0 + points + 20 * poor - rich
        law[score] = law.get(score, 0.0) + float(here.sum())
    assert started(case.plan())["A"] == pytest.approx(law, abs=1e-7)


# The Austrian labour-market formula: a chance from a sum of weights (constant 0.10; the published example persons).
AUSTRIA = {
    "score": {"start": 0.10, "floor": -6, "ceiling": 6, "resolution": 0.01, "link": "logistic"},
    "tiers": {"good": {"from": 0.66}, "middle": {"from": 0.25}, "low": {"from": 0}},
    "characteristics": {
        "sex": {"levels": {"man": 0, "woman": -0.14}},
        "age": {"levels": {"under-30": 0, "30-to-49": -0.13, "50-plus": -0.70}},
        "school": {"levels": {"basic": 0, "apprenticeship": 0.28, "matura": 0.01}},
        "care": {"over": ["care", "sex"], "table": {"yes": {"woman": -0.15, "man": 0}, "no": 0}},
        "impaired": {"levels": {"yes": -0.67, "no": 0}}}}


def one_person(**nature: str) -> float:
    """The printed chance of somebody who is surely of this nature."""
    levels = {"sex": ["man", "woman"], "age": ["under-30", "30-to-49", "50-plus"],
              "school": ["basic", "apprenticeship", "matura"], "care": ["no", "yes"], "impaired": ["no", "yes"]}
    shares = {name: {level: float(level == nature.get(name, known[0])) for level in known}
              for name, known in levels.items()}
    (law,) = started(small(AUSTRIA, {"characteristics": shares}).plan()).values()
    (score,) = law
    return score


@pytest.mark.parametrize(("nature", "published"), [
    ({}, 0.525), ({"sex": "woman"}, 0.490), ({"age": "50-plus"}, 0.354), ({"impaired": "yes"}, 0.361),
    ({"school": "apprenticeship"}, 0.594), ({"sex": "woman", "care": "yes"}, 0.453), ({"care": "yes"}, 0.525),
    ({"sex": "woman", "age": "50-plus", "impaired": "yes", "care": "yes"}, 0.174),
    ({"age": "50-plus", "impaired": "yes", "care": "yes"}, 0.219)])
def test_the_chances_of_the_austrian_examples(nature: dict[str, str], published: float) -> None:
    assert one_person(**nature) == pytest.approx(published, abs=1e-3)


def test_a_threshold_is_a_chance_where_the_score_is_printed_as_one() -> None:
    """logit(0.66) is 0.6633: with 0.66 points somebody is below it, with 0.67 above."""
    for start, tier in ((0.66, "middle"), (0.67, "good"), (-1.09, "middle"), (-1.10, "low")):
        case = small({**AUSTRIA, "score": {**AUSTRIA["score"], "start": start}, "characteristics": {}})
        assert tiers_at_start(case)["A"][tier] == 1.0
        assert (math.exp(start) / (1 + math.exp(start)) >= {"good": 0.66, "middle": 0.25, "low": 0.0}[tier])


@pytest.mark.parametrize(("rules", "people", "said"), [
    ({"age": {"levels": {"young": 1, "old": 0}}}, {},
     'characteristic "age" of the scheme is missing under "characteristics": say what share of people is in each '
     "level"),
    ({"age": {"levels": {"young": 1}}}, {"age": {"young": 0.5, "old": "rest"}},
     'age "old" is missing here; say 0 where it counts for nothing'),
    ({"age": {"levels": {"yuong": 1, "old": 0}}}, {"age": {"young": 0.5, "old": "rest"}},
     'age "yuong" is not in the population; did you mean "young"?'),
    ({"age": {"over": ["age"], "table": {"young": 1, "old": 0}, "order": ["old"]}},
     {"age": {"young": 0.5, "old": "rest"}},
     "the order names every level once: young, old")])
def test_two_files_that_disagree(rules: dict[str, Any], people: dict[str, Any], said: str) -> None:
    case = small({"characteristics": rules}, {"characteristics": people})
    assert [p.message for p in disagreements(case.scheme, case.population, case.assumptions)] == [said]


def test_a_table_that_goes_together_says_its_order() -> None:
    rules = {"age": {"over": ["age"], "table": {"young": 1, "old": 0}}}
    people = {"characteristics": {"age": {"young": 0.5, "old": "rest"}},
              "together": {"need": {"of": ["age"], "strength": 1}}}
    case = small({"characteristics": rules}, people)
    (problem,) = disagreements(case.scheme, case.population, case.assumptions)
    assert problem.message.startswith('of "age" it is not known which levels get more points')
    rules["age"]["order"] = ["old", "young"]
    case = small({"characteristics": rules}, people)
    assert disagreements(case.scheme, case.population, case.assumptions) == []


def test_the_oracle_draws_the_same_laws() -> None:
    """Chi-squared over start scores of 3,000 people a group, and a forgotten trait shows."""
    case, apart = los_angeles(1.2), los_angeles(None)
    plan = case.plan()
    people = settle(replace(plan, unit_size=np.full(3, 3000)), 1)
    drawn = oracle.simulate(case.scheme, case.population, case.assumptions, plan, people, 0, 5).scores[0]
    for g, group in enumerate(plan.groups):
        seen = drawn[plan.unit_group == g].sum(axis=0)
        for law, holds in ((started(plan)[group], True), (started(apart.plan())[group], False)):
            expected = 3000 * np.array([law.get(float(n), 0.0) for n in range(18)])
            wide = expected >= 5
            rest = (seen[~wide].sum() - expected[~wide].sum())**2 / max(1.0, expected[~wide].sum())
            fit = float(((seen - expected)[wide]**2 / expected[wide]).sum() + rest)
            assert (chi2.sf(fit, wide.sum()) > 1e-6) == holds
