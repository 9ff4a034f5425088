"""What a plan makes of a scheme, a population and assumptions: cases computed by hand, and rules told a second time."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from small_study import small
from sousveil.engine import laws
from sousveil.engine.plan import Plan
from sousveil.engine.room import lacks
from sousveil.errors import InputError

LOW, MIDDLE, HIGH = 0, 1, 2


def act(points: float, **more: Any) -> dict[str, Any]:
    return {"act": {"channel": "camera", "points": points, "lawful": True, **more}}


def camera(**given: Any) -> dict[str, Any]:
    return {"camera": {"coverage": 1.0, **given}}


def rate(value: Any) -> dict[str, Any]:
    return {"conduct": {"act": {"rate": value}}}


def does(tier: str, **effect: Any) -> dict[str, Any]:
    return {tier: [{"right": "travel", "effect": "denied", **effect}]}


# Conduct, recording, attribution.


def test_a_record_is_missed_mistaken_or_the_actors_own() -> None:
    plan = small({"channels": camera(coverage=0.5, miss=0.2, mistaken=0.3), "signals": act(-1)}, rate(4.0)).plan()
    assert plan.acts.ravel() == pytest.approx([4.0] * 3)
    assert plan.own.ravel() == pytest.approx([4.0 * 0.5 * 0.5] * 3)
    assert plan.mistaken.ravel() == pytest.approx([4.0 * 0.5 * 0.3] * 3)


def test_the_effects_of_a_tier_multiply_and_coverage_stops_at_one() -> None:
    twice = {"right": "travel", "effect": "denied", "conduct": {"act": 1.5}, "scrutiny": 1.5}
    plan = small({"channels": camera(coverage=0.4), "consequences": {"low": [twice] * 2, "high": [twice] * 3}},
                 rate(1.0)).plan()
    assert plan.acts[0, :, 0] == pytest.approx([1.5**2, 1.0, 1.5**3])
    assert plan.own[0, :, 0] == pytest.approx([1.5**2 * 0.4 * 1.5**2, 0.4, 1.5**3 * 1.0])


def test_a_chance_stops_at_one_and_frailty_multiplies_only_the_kinds_it_names() -> None:
    signals = {kind: {"channel": "camera", "points": 1, "lawful": True} for kind in ("once", "often", "other")}
    plan = small({"signals": signals, "consequences": does("low", conduct={"once": 2.0})},
                 {"frailty": {"shape": 1.0, "classes": 2, "signals": ["once", "often"]},
                  "conduct": {"once": {"chance": 0.6}, "often": {"rate": 0.6}, "other": {"rate": 0.6}}}).plan()
    edge = 3 * math.log(2)  # the density of classes is the cube root of the Gamma's: here an exponential of mean 3
    rare = math.exp(-edge)  # an eighth of the people have more than that
    seldom, often = 1 - edge * rare / (1 - rare), 1 + edge  # the means of an exponential below and above the edge
    assert plan.acts[:, MIDDLE, 1:] == pytest.approx(np.array([[0.6 * seldom, 0.6], [0.6 * often, 0.6]]))
    least = (0.6 - rare) / (1 - rare)  # the upper class acts for certain, the lower one so that the mean stays 0.6
    assert plan.acts[:, MIDDLE, 0] == pytest.approx([least, 1.0])
    assert plan.acts[:, LOW, 0] == pytest.approx([min(1.0, 2 * least), 1.0])


def test_numbers_are_those_of_the_cell() -> None:
    plan = small({"channels": camera(coverage={"district": {"north": 0.6, "south": 0.3}},
                                     mistaken={"value": 0.1, "times": {"group": {"B": 3.0}}})},
                 {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": 0.5, "south": 0.5}}
                 | rate({"value": 1.0, "times": {"group": {"B": 2.0}, "district": {"south": 10.0}}})).plan()
    found = {(plan.cells.of(c)["group"], plan.cells.of(c)["district"]): plan.mistaken[c, 0, 0] for c in range(4)}
    assert found == pytest.approx({("A", "north"): 0.06, ("B", "north"): 2 * 0.6 * 0.3, ("A", "south"): 10 * 0.3 * 0.1,
                                   ("B", "south"): 20 * 0.3 * 0.3})


# Spurious records.

TWO = {kind: {"channel": "camera", "points": 1, "lawful": True} for kind in ("common", "rare")}


def test_spurious_records_are_mixed_as_the_true_ones_of_the_whole_population() -> None:
    channels = camera(coverage={"group": {"A": 0.5, "B": 1.0}}, spurious={"group": {"A": 0.1, "B": 0.2}})
    plan = small({"channels": channels, "signals": TWO},
                 {"groups": {"A": 0.75, "B": 0.25},
                  "conduct": {"common": {"rate": 2.0}, "rare": {"rate": {"group": {"A": 0.0, "B": 1.0}}}}}).plan()
    common, rare = 0.75 * 0.5 * 2.0 + 0.25 * 1.0 * 2.0, 0.25 * 1.0 * 1.0
    mix = np.array([common, rare]) / (common + rare)
    assert plan.spurious == pytest.approx(np.array([0.1 * mix, 0.2 * mix]))


def test_a_mix_that_is_given_holds() -> None:
    plan = small({"channels": camera(spurious=0.2, mix={"common": 0.25, "rare": 0.75}), "signals": TWO},
                 {"conduct": {"common": {"rate": 2.0}, "rare": {"rate": 1.0}}}).plan()
    assert plan.spurious == pytest.approx(np.array([[0.05, 0.15]]))


def test_where_nothing_true_is_recorded_the_mix_is_even() -> None:
    plan = small({"channels": camera(coverage=0.0, spurious=0.2), "signals": TWO},
                 {"conduct": {"common": {"rate": 2.0}, "rare": {"rate": 1.0}}}).plan()
    assert plan.spurious == pytest.approx(np.array([[0.1, 0.1]]))


def test_a_chance_of_one_stays_one_in_the_mix() -> None:
    plan = small({"channels": camera(spurious=1.0), "signals": TWO},
                 {"frailty": {"shape": 1.0, "classes": 2, "signals": ["common"]},
                  "conduct": {"common": {"chance": 1.0}, "rare": {"rate": 1.0}}}).plan()
    assert plan.spurious[0] == pytest.approx([0.5, 0.5])


# Chilling (section 5).


def test_chilling_by_the_width_of_the_tier_and_the_coverage_there() -> None:
    """Tiers from 0, 40 and 60: the low one is as wide as the middle one, 40; the high one is 20 wide."""
    plan = small({"channels": camera(coverage=0.4), "signals": act(-5), "consequences": does("low", scrutiny=2.0)},
                 rate(3.0), {"chilling": {"all": {"value": 2.0}}}).plan()
    done = np.exp([-2.0 * 5 / 40 * 0.8, -2.0 * 5 / 40 * 0.4, -2.0 * 5 / 20 * 0.4])
    assert plan.acts[0, :, 0] == pytest.approx(3.0 * done)
    assert plan.forgone[0, :, 0] == pytest.approx(3.0 * (1 - done))
    assert plan.own[0, :, 0] == pytest.approx(3.0 * done * [0.8, 0.4, 0.4])


def test_people_go_by_the_coverage_they_believe_in() -> None:
    plan = small({"channels": camera(coverage=0.1), "signals": act(-5), "consequences": does("low", scrutiny=2.0)},
                 rate(1.0), {"chilling": {"all": {"value": 2.0}}, "perceived": {"camera": 1.0}}).plan()
    assert plan.acts[0, :, 0] == pytest.approx(np.exp([-2.0 * 5 / 40, -2.0 * 5 / 40, -2.0 * 5 / 20]))


def test_the_most_specific_strength_holds_and_only_for_debits() -> None:
    signals = {"credit": {"points": 5}, "plain": {"points": -5}, "said": {"points": -5, "expressive": True},
               "needed": {"points": -5, "necessity": True}, "named": {"points": -5, "expressive": True}}
    strengths = {"all": 1.0, "expressive": 2.0, "necessity": 3.0, "named": 4.0}
    plan = small({"signals": {name: {"channel": "camera", "lawful": True, **more} for name, more in signals.items()}},
                 {"conduct": {name: {"rate": 1.0} for name in signals}},
                 {"chilling": {name: {"value": eta} for name, eta in strengths.items()}}).plan()
    assert -np.log(plan.acts[0, MIDDLE]) * 40 / 5 == pytest.approx([0.0, 1.0, 3.0 - 1.0, 3.0, 4.0])


def test_chilling_does_not_hang_on_the_resolution_of_the_score() -> None:
    one, tenth = (small({"signals": act(-5), "score": {"start": 50, "floor": 0, "ceiling": 100, "resolution": unit}},
                        rate(1.0), {"chilling": {"act": {"value": 1.0}}}).plan() for unit in (1.0, 0.1))
    assert one.acts == pytest.approx(tenth.acts)


# Scores and tiers (steps 8 and 9).


def test_thresholds_marks_ceilings_and_handicaps_by_group() -> None:
    case = small({"tiers": {"high": {"from": {"group": {"A": 60, "B": 80}}, "margin": 4},
                            "middle": {"from": {"value": 40, "times": {"group": {"B": 1.25}}}}, "low": {"from": 0}},
                  "ceilings": {"A": "middle"}, "handicaps": {"B": -3}},
                 {"groups": {"A": 0.5, "B": 0.5}})
    ladder = case.plan().ladder
    assert ladder.threshold.tolist() == [[0, 40, 60], [0, 50, 80]]
    assert ladder.handicap.tolist() == [0, -3]
    assert ladder.width.tolist() == [[40, 40, 20], [50, 50, 30]]
    assert ladder.first[:, [39, 40, 49, 50, 79, 80]].tolist() == [[0, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 2]]
    assert ladder.next[1, HIGH, [75, 76, 80]].tolist() == [1, 2, 2]
    assert ladder.next[1, MIDDLE, [75, 76, 80]].tolist() == [1, 1, 2]
    assert ladder.next[0, MIDDLE, 100] == MIDDLE


@given(st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True), st.lists(st.integers(0, 6), min_size=4,
                                                                                  max_size=4), st.data())
def test_the_next_tier_is_the_rule_of_section_3(gaps: list[int], margins: list[int], data: st.DataObject) -> None:
    froms = [0, *sorted(gaps)]
    margins = [0, *(min(m, b - a) for m, a, b in zip(margins, froms, froms[1:], strict=False))]
    names = [f"t{i}" for i in range(len(froms))]
    ladder = small({"tiers": {names[i]: {"from": froms[i], "margin": margins[i]}
                              for i in reversed(range(len(froms)))}}).plan().ladder
    score, held = data.draw(st.integers(0, 100)), data.draw(st.integers(0, len(froms) - 1))
    up = max(i for i in range(len(froms)) if score >= froms[i])
    down = max(i for i in range(len(froms)) if score >= froms[i] - margins[i])
    assert ladder.next[0, held, score] == (up if up > held else down if down < held else held)
    assert ladder.first[0, score] == up


@given(st.integers(-50, 50), st.integers(0, 40), st.floats(0.0, 1.0), st.sampled_from([1.0, 0.5, 2.0]))
def test_decay_rounds_halves_to_the_even_and_counts_from_the_floor(floor: int, above: int, decay: float,
                                                                   unit: float) -> None:
    score = {"start": floor * unit, "floor": floor * unit, "ceiling": (floor + 40) * unit, "decay": decay,
             "baseline": (floor + above) * unit, "resolution": unit}
    tiers = {"high": {"from": (floor + 30) * unit}, "low": {"from": floor * unit}}
    ladder = small({"score": score, "tiers": tiers}).plan().ladder
    kept = 1 - Decimal(repr(decay))
    assert ladder.decayed.tolist() == [
        above + int((kept * (s - above)).quantize(Decimal(1), ROUND_HALF_EVEN)) for s in range(41)]


def test_marks_are_held_independently_and_charged_once() -> None:
    plan = small({"marks": {"passport": {"points": -30}, "age": {"points": {"group": {"A": -30, "B": 0}}}}},
                 {"groups": {"A": 0.5, "B": 0.5}, "marks": {"passport": 0.1, "age": {"group": {"A": 0.25, "B": 1.0}}}}
                 ).plan()
    a, b = ({int(s): float(p) for s, p in zip(*law, strict=True)} for law in plan.start)
    assert a == pytest.approx({50: 0.9 * 0.75, 20: 0.1 * 0.75 + 0.9 * 0.25, 0: 0.1 * 0.25})  # -10 stops at the floor
    assert b == pytest.approx({50: 0.9, 20: 0.1})


def test_a_published_start_distribution_is_shifted_by_marks() -> None:
    plan = small({"score": {"start": {"distribution": {40: 0.5, 95: 0.5}}, "floor": 0, "ceiling": 100},
                  "marks": {"merit": {"points": 10}}}, {"marks": {"merit": 0.5}}).plan()
    scores, shares = plan.start[0]
    assert dict(zip(scores.tolist(), shares.tolist(), strict=True)) == pytest.approx(
        {40: 0.25, 50: 0.25, 95: 0.25, 100: 0.25})


# Consequences, kin, redress, pools.


def test_income_takes_the_product_of_the_factors_of_a_tier() -> None:
    plan = small({"consequences": {
        "low": [{"right": "work", "effect": "denied", "income": 0.5},
                {"right": "rent", "effect": "priced", "income": 0.8},
                {"right": "fine", "effect": "priced", "loss": 30}],
        "high": [{"right": "work", "effect": "granted", "income": 1.1, "gain": 20}]}}, {"income": 1000}).plan()
    assert plan.income_lost[0] == pytest.approx([600 + 30, 0, 0])
    assert plan.income_gained[0] == pytest.approx([0, 0, 100 + 20])


def test_rights_by_bearer() -> None:
    def right(name: str, bearer: str, effect: str = "denied") -> dict[str, str]:
        return {"right": name, "effect": effect, "bearer": bearer}

    plan = small({"consequences": {"low": [right("school", "children"), right("travel", "household")],
                                   "middle": [right("travel", "household"), right("queue", "self", "waived")]}}).plan()
    assert [(r.tier, r.right, r.burden) for r in plan.rights] == [
        (LOW, "travel", True), (MIDDLE, "travel", True), (MIDDLE, "queue", False)]
    assert [(h.right, h.bearer, h.tiers) for h in plan.household_rights] == [
        ("school", "children", 0b001), ("travel", "household", 0b011)]


def test_kin_rules_in_units_of_the_score() -> None:
    plan = small({"score": {"start": 50, "floor": 0, "ceiling": 100, "resolution": 0.5},
                  "kin": [{"when": "low", "points": -1.5}, {"when": "high", "cap": "middle"}]}).plan()
    assert (plan.kin_tiers, plan.kin_points, plan.kin_cap) == ((LOW, HIGH), (-3, 0), (HIGH, MIDDLE))


@pytest.mark.parametrize(("alike", "pools"), [(["district", "group"], [0, 1, 2, 3]), (["group"], [0, 1, 0, 1]),
                                              (["district"], [0, 0, 1, 1]), ([], [0, 0, 0, 0])])
def test_pools_share_the_labels_that_look_alikes_share(alike: list[str], pools: list[int]) -> None:
    plan = small(None, {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": 0.5, "south": 0.5}},
                 {"look-alikes": alike}).plan()
    assert plan.cell_pool.tolist() == plan.unit_tie.tolist() == pools
    assert plan.unit_district.tolist() == [0, 0, 1, 1]
    assert plan.unit_group.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(("scheme", "population", "message"), [
    ({"channels": camera(coverage="unknown")}, {}, "still unknown"),
    ({"channels": camera(coverage={"group": {"Z": 0.5}})}, {}, "'A'"),
    ({}, {"conduct": {}}, "'act'"),
    ({"marks": {"passport": {"points": -1}}}, {}, "'passport'"),
])
def test_what_does_not_fit_together_is_refused(scheme: dict[str, Any], population: dict[str, Any],
                                               message: str) -> None:
    with pytest.raises(InputError, match=message):
        small(scheme, population).plan()


def test_more_records_than_laws_are_made_for_are_told_of() -> None:
    (path, said), = lacks(small({}, rate(1000.0)).plan(), 1)
    assert path == ("signals", "act")
    assert said.startswith("somebody would get 1000 records of one kind in a step; at most 200 can be carried")


# Jump laws.


def law_of(plan: Plan, tier: int = MIDDLE) -> dict[int, float]:
    own = laws.own_laws(plan.own, plan.weight, plan.at_most, plan.once)
    law = own.pmf[own.which[0, tier]]
    return {int(jump): float(p) for jump, p in zip(own.jumps, law, strict=True) if p > 1e-12}


def test_the_law_of_a_capped_kind_puts_what_is_above_on_the_cap() -> None:
    plan = small({"signals": act(-3, **{"at-most": 2})}, rate(1.5)).plan()
    assert law_of(plan) == pytest.approx({0: poisson.pmf(0, 1.5), -3: poisson.pmf(1, 1.5), -6: poisson.sf(1, 1.5)})


def test_the_law_of_two_chances_is_their_convolution() -> None:
    signals = {kind: {"channel": "camera", "points": points, "lawful": True}
               for kind, points in (("good", 2), ("bad", -5))}
    plan = small({"signals": signals}, {"conduct": {"good": {"chance": 0.5}, "bad": {"chance": 0.1}}}).plan()
    assert law_of(plan) == pytest.approx({-5: 0.05, -3: 0.05, 0: 0.45, 2: 0.45})


@given(st.lists(st.tuples(st.floats(0.0, 20.0), st.integers(-9, 9)), min_size=1, max_size=5))
def test_the_law_of_rates_has_the_cumulants_of_a_compound_poisson(kinds: list[tuple[float, int]]) -> None:
    rates, weights = np.array([[r for r, _ in kinds]]), np.array([w for _, w in kinds])
    first, pmf = laws.compound(rates, weights, np.zeros(len(kinds), dtype=np.int64), np.zeros(len(kinds), dtype=bool))
    jumps = first + np.arange(pmf.shape[1])
    mean = float(rates[0] @ weights)
    assert (pmf >= 0).all()
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert float(pmf[0] @ jumps) == pytest.approx(mean, abs=1e-9)
    assert float(pmf[0] @ (jumps - mean) ** 2) == pytest.approx(float(rates[0] @ weights**2), abs=1e-8)
    assert float(pmf[0] @ (jumps - mean) ** 3) == pytest.approx(float(rates[0] @ weights**3), abs=1e-5)
