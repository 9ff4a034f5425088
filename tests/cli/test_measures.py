"""Measures as words in a terminal: none is lost, none says more than its number."""

from __future__ import annotations

import re

import pytest

from sousveil.cli.measures import blocks
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name
from sousveil.measures.width import Width


def measure(group: str, value: float | None, reference: str = "", unit: str = "share", **more: str) -> Measure:
    around = (None, None) if value is None else (value - 0.01, value + 0.01)
    return Measure(Name("tiers", "at the bottom"), group, reference, value, *around, unit, 100, **more)  # type: ignore[arg-type]


def test_one_row_a_measure_and_one_column_a_group() -> None:
    assert blocks([measure("A", 0.25), measure("B", 0.5, over="sampling"),
                   measure("B", 2.0, reference="A", unit="ratio")]) == """TIERS
                            A                B
  at the bottom             25 % (24 to 26)  50 % (49 to 51)
  at the bottom, against A                   2.000 (1.990 to 2.010)

Intervals hold 95 of 100; they are over sampling."""


def test_what_cannot_be_estimated_says_so_with_its_reason() -> None:
    alone = blocks([measure("A", None, note="not estimable: nobody was there")])
    assert alone == "Not estimable: at the bottom (nobody was there)."
    beside = blocks([measure("A", 0.2), measure("B", None, note="nobody was there")])
    assert "not estimable" in beside
    assert "tiers: nobody was there" in beside


def test_a_difference_of_shares_is_in_percentage_points() -> None:
    for said in (blocks([measure("B", 0.25, reference="A")]), blocks([measure("B", 0.25)], between_worlds=True)):
        assert "25 (24 to 26)  percentage points" in said
        assert "%" not in said


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_wider_than_the_terminal_is_set_in_lines(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    names = [f"group with a long name {n}" for n in range(12)]
    text = blocks([measure(name, n / 20) for n, name in enumerate(names)])
    assert max(map(len, text.splitlines())) <= width
    for n, name in enumerate(names):
        assert re.search(rf"{name}\s+{5 * n} %", text)


def test_an_exact_number_has_no_interval() -> None:
    assert blocks([Measure(Name("income", "lost"), "all", "", 1234.5, 1234.5, 1234.5, "money", 10, "exact")]) == (
        "INCOME\n        all\n  lost  1,235  money")


def test_small_numbers_are_written_out_in_brackets_too() -> None:
    wide = Width(0.0000219, 5.95, None, (), 100, 100)
    found = blocks([Measure(Name("rights", "months"), "all", "", 0.007, None, None, "months", 10, width=wide)])
    assert "0.007 [0.0000219 to 5.95]" in found
