"""From shares to cells: shares add up, margins are met, sizes are whole, frailty averages to one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from sousveil.engine.cells import Cells, build, frailty_classes, integer_sizes
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


@given(weights, st.integers(0, 10**9))
def test_whole_sizes_add_up_and_are_the_nearest(share: list[float], people: int) -> None:
    sizes = integer_sizes(np.array(share), people)
    assert sizes.sum() == people
    ideal = np.array(share) / sum(share) * people
    assert (np.abs(sizes - ideal) < 1.0 + 1e-6).all()
    assert (sizes[np.array(share) == 0.0] == 0).all()


def test_a_tie_goes_to_the_earlier_cell() -> None:
    assert integer_sizes(np.full(4, 0.25), 6).tolist() == [2, 2, 1, 1]


@given(st.floats(0.05, 50.0), st.integers(1, 12))
def test_frailty_averages_to_one_and_rises(shape: float, classes: int) -> None:
    factors = frailty_classes(Frailty(shape=shape, classes=classes))
    assert factors.mean() == pytest.approx(1.0, abs=1e-9)
    assert (np.diff(factors) > 0).all()
    assert (factors >= 0).all()


def test_frailty_classes_are_means_of_equal_parts_of_a_gamma() -> None:
    law = stats.gamma(2.0, scale=0.5)
    edges = law.ppf([0.0, 0.25, 0.5, 0.75, 1.0])
    parts = [4 * integrate.quad(lambda x: x * law.pdf(x), a, min(b, 60.0))[0] for a, b in itertools.pairwise(edges)]
    assert frailty_classes(Frailty(shape=2.0, classes=4)) == pytest.approx(parts, rel=1e-6)


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
