"""What stands behind a number: the currency that a study names, points of a difference of shares, and nothing of a
ratio."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sousveil.app.said import rows
from sousveil.cli.evidence import _row
from sousveil.cli.measures import blocks
from sousveil.ground import called
from sousveil.harms.income import INCOME_LOST
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.measures.width import Width
from sousveil.page import words
from sousveil.page.page import KeyFigure
from sousveil.page.widths import unpublished
from sousveil.reports import compare, sweep
from sousveil.reports.shared import quantity, readable
from sousveil.reproductions.case import Figure

EURO = called.Names(currency="EUR")
MONEY = "money per person-year"


def measure(value: float, unit: str, reference: str = "", wide: bool = True) -> Measure:
    width = Width(4.0, 35.0, None, (), 8, 8) if wide else None
    return Measure(Name("income", "what"), "B", reference, value, value - 1, value + 1, unit, 100, "sampling",
                   width=width)


@pytest.mark.parametrize(("unit", "reference", "between", "said"), [
    ("share", "", False, ""), ("share", "A", False, "percentage points"), ("share", "", True, "percentage points"),
    ("ratio", "A", False, ""), ("ratio", "A", True, ""), (MONEY, "", False, "EUR per person-year"),
    ("months", "A", True, "months")])
def test_the_unit_of_a_number(unit: str, reference: str, between: bool, said: str) -> None:
    with called.by(EURO):
        assert words.unit_of(measure(1, unit, reference), between) == said


def test_the_second_width_has_the_unit_of_the_first() -> None:
    """A form once said `10.0 EUR` beside `4 to 35 money per person-year`, and `0.4 to 0.9 ratio`."""
    with called.by(EURO):
        money, ratio = (unpublished(KeyFigure("", "x", "", "", measure(10, unit))) for unit in (MONEY, "ratio"))
    assert ": 4 to 35 EUR per person-year, over 8 sets" in money
    assert ": 4 to 35, over 8 sets" in ratio


def test_a_ratio_has_no_unit_in_a_table_of_the_terminal() -> None:
    assert blocks([measure(2, "ratio", "A", wide=False)]).splitlines()[1].strip() == "B"
    assert blocks([measure(2, "ratio", "A", wide=False)]).splitlines()[2].strip() == "what, against A  2 (1 to 3)"


def test_a_reform_is_said_to_cost_so_much_in_the_currency_of_the_study() -> None:
    m = Measure(INCOME_LOST, "all", "", 2.0, 1.0, 3.0, MONEY, 100, "draws")
    found: Any = SimpleNamespace(baseline=SimpleNamespace(), level=lambda world, m: m if world.name else other)
    other = Measure(INCOME_LOST, "all", "", 8.0, 7.0, 9.0, MONEY, 100, "draws")
    found.baseline.name = ""
    world: Any = SimpleNamespace(name="fair")
    for names, said in ((EURO, "2 EUR of income a year"), (called.Names(), "2 of income a year")):
        with called.by(names):
            assert compare._plainly(found, world, m) == (
                f"Under “fair”, a person loses {said} on average, against 8 without it")


@pytest.mark.parametrize(("value", "unit", "reference", "said"), [
    (0.25, "share", "", "25%"), (0.25, "share", "A", "25 percentage points"),
    (-0.01, "share", "A", "−1 percentage point"),
    (3.0, MONEY, "A", "3 EUR per person-year"), (1.0, "months", "", "1 month")])
def test_a_quantity_is_said_with_its_unit(value: float, unit: str, reference: str, said: str) -> None:
    with called.by(EURO):
        assert quantity(value, unit, reference) == said


@pytest.mark.parametrize(("unit", "reference", "axis", "between"), [
    ("share", "", "", "10% to 20%"), ("share", "A", "percentage points", "10 to 20"),
    (MONEY, "", "EUR per person-year", "0.1 to 0.2")])
def test_the_axis_of_a_sweep_is_in_the_unit_of_its_numbers(unit: str, reference: str, axis: str, between: str) -> None:
    """A gap between groups once had an axis in percent."""
    objective: Any = SimpleNamespace(unit=unit, reference=reference)
    with called.by(EURO):
        assert sweep._axis(objective) == axis
    assert sweep._between(objective, 0.1, 0.2) == between


def test_a_difference_has_its_unit_and_a_ratio_none() -> None:
    with called.by(EURO):
        assert readable(measure(2, MONEY)) == "2 EUR per person-year"
    assert readable(measure(2, "ratio", "A")) == "2"


def test_a_published_share_says_that_it_is_one() -> None:
    assert _row(Figure("not-able", 0.768, 0.7, 0.02, unit="share"), True)[0] == "not-able (share)"
    assert _row(Figure("listed", 9473, 9000, 95), True)[0] == "listed"


def test_the_app_has_the_units_of_the_page() -> None:
    with called.by(EURO):
        made = rows(Measures((measure(1, "share"), measure(2, "ratio", "A"), measure(3, MONEY))))
    assert {row["unit"] for row in made} == {"share", "", "EUR per person-year"}
