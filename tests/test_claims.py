"""What a sentence may claim: each rule, from outside the sentences that obey it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sousveil.measures.measure import Measure
from sousveil.measures.name import Name
from sousveil.measures.width import Width
from sousveil.page import words
from sousveil.reports import claims

NAME = Name("tiers", "share")


def measure(value: float, low: float | None = None, high: float | None = None, *, group: str = "B", unit: str = "share",
            reference: str = "", n: float = 1_000, over: str = "sampling") -> Measure:
    return Measure(NAME, group, reference, value, low, high, unit, n, over)  # type: ignore[arg-type]


def figures(text: str) -> list[float]:
    return [float(x.replace("\u2212", "-").replace(",", "")) for x in re.findall(r"[\u2212\d][\d,.]*", text)]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_printed_share_lies_inside_its_printed_interval(a: float, b: float, c: float) -> None:
    low, value, high = sorted((a, b, c))
    m = measure(value, low, high)
    (said,), (least, most) = figures(words.written(m)), figures(words.ends(m))
    assert least <= said <= most or words.written(m)[0] in "uo"
    assert (words.written(m) == "0%") == (value == 0)
    assert (words.written(m) == "100%") == (value == 1)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(["months", "points", "ratio"]))
def test_any_printed_number_lies_inside_its_printed_interval(value: float, down: float, up: float, unit: str) -> None:
    m = measure(value, value - down, value + up, unit=unit)
    (said,), (least, most) = figures(words.written(m)), figures(words.ends(m))
    assert least <= said <= most


@pytest.mark.parametrize(("value", "low", "high", "said"), [
    (0.136, 0.133, 0.139, "13.6%"), (0.31, 0.24, 0.36, "31%"), (0.0004, 0.0, 0.002, "0.04%"), (0.0, 0.0, 0.01, "0%"),
    (1 / 21, 1 / 21 - 8e-11, 1 / 21 + 8e-11, "4.7619%")])
def test_a_share_keeps_the_digits_that_its_interval_needs(value: float, low: float, high: float, said: str) -> None:
    assert words.written(measure(value, low, high)) == said


@given(st.floats(1e-4, 1 - 1e-4), st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_count_out_of_so_many_lies_inside_the_interval_or_says_about(share: float, down: float, up: float) -> None:
    low, high = max(0.0, share - down), min(1.0, share + up)
    said = words.of_hundred(share, 0, low, high)
    count, base = figures(said)
    assert said.startswith("about ") or low <= count / base <= high


@given(st.floats(0, 1), st.floats(0, 1))
def test_two_sides_differ_in_print_and_in_one_base_or_are_not_told(a: float, b: float) -> None:
    both = words.sides(measure(a, a, a), measure(b, b, b))
    if both is None:
        assert abs(a - b) <= 0.0011 or min(a, b) < 1e-5 or max(a, b) > 1 - 1e-5
        return
    assert both[0] != both[1]
    bases = {text.split(" of ")[1] for text in both if " of " in text and "fewer" not in text}
    assert len(bases) <= 1


@pytest.mark.parametrize(("one", "other"), [
    (0.3, 0.1 + 0.2), (0.975, 0.975 + 3e-16), (32.0, 32.0 + 1e-12), (1e6, 1e6 + 1e-4)])
def test_exact_numbers_that_differ_by_rounding_are_one_number(one: float, other: float) -> None:
    assert not claims.apart(measure(one, over="exact"), measure(other, over="exact", group="A"))


def test_a_gap_of_rounding_is_no_gap() -> None:
    assert not claims.clear(measure(1.7e-16, over="exact", reference="A"))
    assert claims.clear(measure(1.7e-3, over="exact", reference="A"))


@given(st.floats(0.01, 0.4), st.floats(0.001, 0.5), st.integers(1, 500), st.sampled_from([0, 2, 5, 20]))
def test_looking_at_more_names_less(value: float, half: float, compared: int, runs: int) -> None:
    m = measure(value, value - half, value + half, reference="A")
    if claims.clear(m, compared + 1, runs):
        assert claims.clear(m, compared, runs)
    assume(compared > 1)
    wide = claims.widened(m, compared, runs)
    assert wide.low is not None
    assert wide.low < value - half


def test_the_widening_is_that_of_bonferroni() -> None:
    wide = claims.widened(measure(0.0, -1.959964, 1.959964, reference="A"), 108)
    assert wide.high == pytest.approx(3.5004, abs=1e-3)  # the normal quantile at 1 - 0.05 / 216
    few = claims.widened(measure(0.0, -2.776445, 2.776445, reference="A"), 10, runs=5)
    assert few.high == pytest.approx(5.5976, abs=1e-3)  # Student's t with 4 degrees of freedom at 1 - 0.05 / 20


@pytest.mark.parametrize(("agree", "clear"), [(0.94, False), (0.95, True), (1.0, True), (None, True)])
def test_a_direction_that_too_few_points_have_is_not_named(agree: float | None, clear: bool) -> None:
    width = Width(-0.1, 0.4, agree, (), 64, 64)
    gap = replace(measure(0.2, 0.1, 0.3, reference="A"), width=width)
    assert claims.clear(gap) == clear
    one, other = measure(0.4, 0.38, 0.42), measure(0.2, 0.18, 0.22, group="A")
    found = claims.contrast(other, [one], [None], [None], [width])
    assert found is not None
    assert found.named == clear


@pytest.mark.parametrize("n", [1, 29])
def test_a_few_people_carry_no_finding(n: float) -> None:
    m = measure(1.0, 0.9, 1.0, n=n)
    assert not claims.sure(m)
    found = claims.contrast(measure(0.1, 0.0, 0.2, group="A"), [m], [None], [None])
    assert found is not None
    assert not found.named
    assert "fewer than 30" in found.withheld


def test_an_interval_that_says_nothing_carries_no_finding() -> None:
    assert not claims.sure(measure(1.0, 0.21, 1.0))
    assert claims.sure(measure(0.9, 0.8, 1.0))


def test_one_of_many_groups_is_named_only_where_it_stands_out_among_them_all() -> None:
    base = measure(0.10, 0.09, 0.11, group="A")
    near = replace(base, group="B", value=0.113, low=0.103, high=0.123)
    gap = measure(0.013, 0.001, 0.025, reference="A")
    alone = claims.contrast(base, [near], [gap], [None])
    among = claims.contrast(base, [near] * 11, [gap] * 11, [None] * 11)
    assert alone is not None
    assert alone.named
    assert among is not None
    assert not among.named


@pytest.mark.parametrize(("value", "unit", "said"), [
    ("1", "months", "month"), ("1.4", "months", "months"), ("\u22121", "percentage points", "percentage point"),
    ("1", "per 1,000 person-years", "per 1,000 person-years"), ("+1", "points", "point"), ("1.0", "months", "months")])
def test_units_agree_with_their_number(value: str, unit: str, said: str) -> None:
    assert words.agreeing(value, unit) == said
