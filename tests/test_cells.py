"""From shares to cells: shares add up, margins are met, sizes are whole, frailty averages to one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from sousveil.engine.cells import Cells, build, chances, frailty_classes, integer_sizes
from sousveil.errors import InputError
from sousveil.studies.population import Population
from sousveil.studies.population_fields import Frailty


def population(**given: Any) -> Population:
    return Population.model_validate({"population": "p", "people": 100, "groups": {"A": 1.0}, **given})


def table(cells: Cells, *labels: str) -> dict[tuple[str, ...], float]:
    """Shares added up over everything but these labels."""
    found: dict[tuple[str, ...], float] = {}
    for cell in range(len(cells)):
        key = tuple(cells.of(cell)[label] for label in labels)
        found[key] = found.get(key, 0.0) + float(cells.share[cell])
    return found


def test_shares_that_depend_on_earlier_ones_multiply() -> None:
    cells = build(population(
        groups={"A": 0.75, "B": "rest"}, districts={"north": {"group": {"A": 0.2, "B": 0.6}}, "south": "rest"},
        strata={"class": {"poor": {"district": {"north": 0.5, "south": {"group": {"A": 0.1, "B": 0.3}}}},
                          "rich": "rest"}}))
    assert table(cells, "group", "district", "class") == pytest.approx({
        ("A", "north", "poor"): 0.075, ("A", "north", "rich"): 0.075, ("A", "south", "poor"): 0.06,
        ("A", "south", "rich"): 0.54, ("B", "north", "poor"): 0.075, ("B", "north", "rich"): 0.075,
        ("B", "south", "poor"): 0.03, ("B", "south", "rich"): 0.07}, abs=1e-12)


def test_cells_come_in_the_order_of_district_group_strata_and_class() -> None:
    cells = build(population(groups={"A": 0.5, "B": 0.5}, districts={"north": 0.5, "south": 0.5},
                                    strata={"class": {"poor": 0.5, "rich": 0.5}}, frailty={"shape": 1.0, "classes": 2}))
    names = [(x["district"], x["group"], x["class"]) for x in map(cells.of, range(len(cells)))]
    assert names == sorted(names)
    assert len(names) == 16
    assert (cells.frailty[0::2] < 1.0).all()
    assert (cells.frailty[1::2] > 1.0).all()


def test_cells_of_share_zero_are_left_out() -> None:
    cells = build(population(groups={"A": 0.5, "B": 0.5},
                                    districts={"north": {"group": {"A": 1.0, "B": 0.0}}, "south": "rest"}))
    assert table(cells, "group", "district") == {("A", "north"): 0.5, ("B", "south"): 0.5}


@pytest.mark.parametrize(("given_shares", "message"), [
    ({"groups": {"A": 0.5, "B": 0.4}}, "add up to 0.9, not 1"),
    ({"groups": {"A": 0.7, "B": 0.5, "C": "rest"}}, "add up to 1.2"),
])
def test_shares_that_do_not_add_up_are_refused(given_shares: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, ValueError), match=message):
        build(population(**given_shares))


weights = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40).filter(lambda x: sum(x) > 1e-3)


@given(weights, st.integers(0, 10**9), st.floats(0.0, 1.0, exclude_max=True))
def test_whole_sizes_add_up_and_are_near_with_all_their_neighbours(share: list[float], people: int,
                                                                   turn: float) -> None:
    sizes = integer_sizes(np.array(share), people, turn)
    assert sizes.sum() == people
    ideal = np.array(share) / sum(share) * people
    assert (np.abs(sizes - ideal) < 1.0 + 1e-5).all()
    assert (np.abs(np.cumsum(sizes) - np.cumsum(ideal)) < 1.0 + 1e-5).all()
    assert (sizes >= 0).all()


@given(weights, st.integers(0, 50))
@settings(max_examples=30, deadline=None)
def test_no_rounding_is_shared_by_all_turns(share: list[float], people: int) -> None:
    turns = (np.arange(4000) + 0.5) / 4000
    mean = np.mean([integer_sizes(np.array(share), people, float(turn)) for turn in turns], axis=0)
    assert mean == pytest.approx(np.array(share) / sum(share) * people, abs=2e-3)


@given(st.floats(0.05, 50.0), st.integers(1, 24))
def test_frailty_averages_to_one_and_rises(shape: float, classes: int) -> None:
    factors, likely = frailty_classes(Frailty(shape=shape, classes=classes))
    assert likely.sum() == pytest.approx(1.0, abs=1e-9)
    assert likely @ factors == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(factors) > 0).all()
    assert (likely > 0).all()


@pytest.mark.parametrize("shape", [0.3, 1.0, 2.0, 5.0])
def test_frailty_classes_are_means_of_parts_of_a_gamma(shape: float) -> None:
    law = stats.gamma(shape, scale=1 / shape)
    factors, likely = frailty_classes(Frailty(shape=shape, classes=6))
    edges = np.append(law.ppf(np.clip(np.cumsum(likely) - likely, 0, 1)), law.ppf(1 - 1e-13))
    parts = [integrate.quad(lambda x: x * law.pdf(x), a, b)[0] for a, b in itertools.pairwise(edges)]
    assert likely * factors == pytest.approx(parts, rel=1e-5)


@pytest.mark.parametrize("shape", [0.2, 0.5, 1.0, 2.0, 8.0])
def test_the_classes_bear_as_much_at_the_top_as_the_continuous_law(shape: float) -> None:
    """Counts of mean 24 under a Gamma frailty are negative binomial: who has most of them is known without classes."""
    counts = np.arange(4000)
    factors, likely = frailty_classes(Frailty(shape=shape))
    by_class = likely @ stats.poisson.pmf(counts, 24 * factors[:, None])
    whole = stats.nbinom.pmf(counts, shape, shape / (shape + 24))
    assert borne(by_class, counts, 0.01) == pytest.approx(borne(whole, counts, 0.01), abs=0.002)


def borne(law: Any, counts: Any, part: float) -> float:
    """The share of all counts that the part of people with most has."""
    above = np.cumsum(law[::-1])[::-1]
    full = np.minimum(law, np.maximum(0.0, part - (above - law)))
    return float(full @ counts / (law @ counts))


@given(st.floats(0.001, 1.0), st.floats(0.05, 20.0), st.integers(1, 20))
def test_a_chance_keeps_its_mean_under_frailty(chance: float, shape: float, classes: int) -> None:
    factors, likely = frailty_classes(Frailty(shape=shape, classes=classes))
    found = chances(chance, factors, likely)
    assert likely @ found == pytest.approx(chance, rel=1e-9)
    assert (found <= 1.0).all()
    assert (np.diff(found) >= -1e-12).all()
    below = found < 1.0
    assert found[below] / factors[below] == pytest.approx(np.full(below.sum(), (found / factors)[0]))


def test_fitting_meets_the_margins_and_keeps_the_odds() -> None:
    """What iterative proportional fitting keeps of the seed is its odds ratio; what it changes are the margins."""
    seed = {"groups": {"A": 0.5, "B": 0.5}, "districts": {"north": {"group": {"A": 0.8, "B": 0.4}}, "south": "rest"}}
    margins = [{"over": ["group"], "shares": {"A": 0.88, "B": 0.12}},
               {"over": ["district"], "shares": {"north": 0.3, "south": 0.7}}]
    before = table(build(population(**seed)), "group", "district")
    cells = build(population(**seed, margins=margins))
    after = table(cells, "group", "district")
    assert cells.unfit == ()
    assert table(cells, "group") == pytest.approx({("A",): 0.88, ("B",): 0.12}, abs=1e-9)
    assert table(cells, "district") == pytest.approx({("north",): 0.3, ("south",): 0.7}, abs=1e-9)

    def odds(x: dict[tuple[str, ...], float]) -> float:
        return x["A", "north"] * x["B", "south"] / (x["A", "south"] * x["B", "north"])

    assert odds(after) == pytest.approx(odds(before), rel=1e-9)


@given(st.lists(st.floats(0.05, 1.0), min_size=12, max_size=12))
def test_margins_of_one_table_can_always_be_met(parts: list[float]) -> None:
    """Margins over pairs of labels, taken from one joint table, whatever order their labels are given in."""
    joint = np.array(parts).reshape(2, 2, 3) / sum(parts)
    names = [["A", "B"], ["north", "south"], ["young", "middle", "old"]]
    over = [("district", "group"), ("age", "district"), ("group", "age")]
    labels = ["group", "district", "age"]
    margins = []
    for pair in over:
        axes = [labels.index(label) for label in pair]
        margin = joint.sum(axis=tuple(set(range(3)) - set(axes)))
        margin = margin if axes == sorted(axes) else margin.T
        margins.append({"over": list(pair), "shares": {
            one: {other: margin[i, j] for j, other in enumerate(names[axes[1]])}
            for i, one in enumerate(names[axes[0]])}})
    cells = build(population(groups={"A": 0.5, "B": 0.5}, districts={"north": 0.5, "south": 0.5},
                                    strata={"age": {"young": 0.3, "middle": 0.3, "old": 0.4}}, margins=margins))
    assert cells.unfit == ()
    for pair, margin in zip(over, margins, strict=True):
        expected = {(one, other): share for one, row in margin["shares"].items() for other, share in row.items()}
        assert table(cells, *pair) == pytest.approx(expected, abs=1e-9)


def test_margins_that_no_table_has_are_reported_with_how_far_off_they_are() -> None:
    """Each pair can be had, all three cannot: group goes with district, district with class, class against group."""
    alike, unlike = ({"a": {"a": x, "b": 0.5 - x}, "b": {"a": 0.5 - x, "b": x}} for x in (0.45, 0.05))
    half = {"a": 0.5, "b": 0.5}
    cells = build(population(groups=half, districts=half, strata={"class": half}, margins=[
        {"over": ["group", "district"], "shares": alike}, {"over": ["district", "class"], "shares": alike},
        {"over": ["group", "class"], "shares": unlike}]))
    assert cells.share.sum() == pytest.approx(1.0)
    for unfit in cells.unfit:
        margin = unlike if unfit.over == ("group", "class") else alike
        worst = max(abs(share - margin[one][other]) for (one, other), share in table(cells, *unfit.over).items())
        assert unfit.error == pytest.approx(worst, abs=1e-9)
    assert max(unfit.error for unfit in cells.unfit) > 0.05


def test_a_margin_that_the_shares_make_impossible_is_reported() -> None:
    cells = build(population(groups={"A": 0.5, "B": 0.5},
                                    districts={"north": {"group": {"A": 1.0, "B": 0.0}}, "south": "rest"},
                                    margins=[{"over": ["group", "district"],
                                              "shares": {"A": {"north": 0.5}, "B": {"north": 0.2, "south": 0.3}}}]))
    assert [unfit.over for unfit in cells.unfit] == [("group", "district")]
    assert cells.unfit[0].error > 0.1
