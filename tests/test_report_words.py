"""Words never contradict the numbers that they stand for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import sousveil
from sousveil.harms.wrongful import POINTS_FOR_RELATIVES
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name
from sousveil.measures.width import Width
from sousveil.page import words
from sousveil.reports import claims
from sousveil.reports.run import sections, sentences
from sousveil.reports.run.report import findings

SHARES = st.floats(0, 1)
NAMED = {"half": 1 / 2, "a third": 1 / 3, "a quarter": 1 / 4, "twice": 2.0}
SMALL = {name: i for i, name in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
                                           "ten", "eleven", "twelve"))}
PARTS = {"fifteen": 15, "twenty": 20, **SMALL}


def measure(value: float | None, low: float | None = None, high: float | None = None, *, group: str = "B",
            reference: str = "", unit: str = "share", over: str = "sampling") -> Measure:
    return Measure(Name("tiers", "share"), group, reference, value, low, high, unit, 100, over)  # type: ignore[arg-type]


def number_in(text: str) -> float:
    """The number that a text begins with, as a reader takes it."""
    return float(text.replace("\u2212", "-").replace(",", "").split("%")[0].split(" ")[0])


@pytest.mark.parametrize(("share", "said"), [
    (0.31, "31 of 100"), (0.06, "6 of 100"), (0.0042, "4 of 1,000"), (0.0, "nobody"), (1.0, "everybody"),
    (0.997, "997 of 1,000"), (0.015, "15 of 1,000"), (1e-9, "fewer than 1 of 100,000"), (0.5, "50 of 100")])
def test_natural_frequencies(share: float, said: str) -> None:
    assert words.of_hundred(share) == said


@pytest.mark.parametrize(("share", "said"), [
    (0.2, "one in five"), (0.19, "nearly one in five"), (0.51, "just over half"), (0.5, "half"), (0.29, "29 of 100"),
    (0.3334, "about one in three"), (0.9, "nine in ten"), (0.0, "nobody"), (1.0, "everybody"),
    (0.847, "85 of 100"), (0.81, "just over four in five"), (0.53, "53 of 100")])
def test_fractions(share: float, said: str) -> None:
    assert words.fraction(share) == said


@pytest.mark.parametrize(("ratio", "said"), [
    (2.0, "twice as often"), (2.03, "about twice as often"), (3.0, "three times as often"), (1.4, "1.4 times as often"),
    (0.5, "half as often"), (1.005, "about as often"), (5.1, "about five times as often"), (0.0, "never"),
    (17.0, "17 times as often"), (0.7, "0.7 times as often")])
def test_ratios(ratio: float, said: str) -> None:
    assert words.often(ratio) == said


@pytest.mark.parametrize(("months", "said"), [
    (1, "a month"), (31, "31 months"), (30, "two and a half years"), (120, "ten years"), (12, "a year"),
    (0.2, "less than a month"), (18, "a year and a half"), (119, "about ten years"), (36, "three years")])
def test_durations(months: float, said: str) -> None:
    assert words.duration(months) == said


@pytest.mark.parametrize(("share", "said"), [
    (0.31, "31%"), (0.062, "6.2%"), (0.01, "1%"), (0.003, "0.3%"), (0.9996, "99.96%"), (0.0, "0%"), (1.0, "100%"),
    (-0.05, "\u22125%"), (1.5, "150%"), (1e-12, "under 0.0001%"), (1 - 1e-12, "over 99.9999%")])
def test_percentages(share: float, said: str) -> None:
    assert words.percent(share) == said


@pytest.mark.parametrize(("x", "said"), [
    (1_000_000, "1,000,000"), (0.012, "0.012"), (-3, "\u22123"), (1234.5, "1,235"), (0.0, "0"),
    (-0.0001, "\u22120.0001"),
    (float("nan"), "–"), (float("inf"), "∞"), (2.0, "2"), (99.96, "100")])
def test_numbers(x: float, said: str) -> None:
    assert words.number(x) == said


@pytest.mark.parametrize(("value", "low", "high", "said"), [
    (542_865.4, 540_100, 545_700, "about 543,000"), (542_865.4, 530_000, 560_000, "about 540,000"),
    (542_865.0, 542_865, 542_865, "542,865"), (235.2, 199, 271, "about 240"), (44.3, 40, 50, "44"),
    (1.2, 0.8, 1.7, "1.2"), (245.0, 200, 300, "about 250"), (249.0, 248.8, 249.3, "249"),
    (0.036, 0.01, 0.1, "0.036"), (0.0, 0.0, 3.0, "0")])
def test_a_total_has_the_fewest_figures_that_lie_inside_its_interval(value: float, low: float, high: float, said: str
                                                                    ) -> None:
    assert words.roughly(measure(value, low, high, unit="years")) == said


def test_a_total_without_chance_has_three_figures() -> None:
    assert words.roughly(measure(51_582.3, unit="years", over="exact")) == "about 51,600"


@given(st.floats(0.001, 1e8), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_total_lies_inside_its_interval(value: float, below: float, above: float) -> None:
    found = measure(value, value * (1 - below), value * (1 + above), unit="years")
    said = number_in(words.roughly(found).removeprefix("about "))
    low, high = (number_in(text) for text in words.ends(found).split(" to "))
    assert min(low, value * (1 - below)) <= said * (1 + 1e-9)
    assert said <= max(high, value * (1 + above)) * (1 + 1e-9)


@pytest.mark.parametrize(("one", "other", "said"), [
    ((300.29, 300.29, 300.29), (5.12, 5.12, 5.12), ("300", "5.12")),
    ((12.3, 10.0, 14.5), (9.84, 9.8, 9.88), ("12", "9.84")),
    ((0.0, 0.0, 0.0), (0.4, 0.3, 0.5), ("0", "0.40")), ((12.0, 10, 14.5), (12.3, 12.28, 12.32), None),
    ((300.29, 300.29, 300.29), (300.41, 300.41, 300.41), None), ((2.0, None, None), (2.4, None, None), ("2", "2.4"))])
def test_two_numbers_in_a_sentence_are_written_as_in_the_table_beside_it(
        one: tuple[float, float, float], other: tuple[float, float, float], said: tuple[str, str] | None) -> None:
    """A sentence had 300.29 where the table had 300."""
    first, second = measure(*one, unit="months"), measure(*other, unit="months")
    assert words.sides(first, second) == said
    assert said is None or said == (words.written(first), words.written(second))


def test_sums_in_another_order_do_not_make_an_interval() -> None:
    hair = measure(5_760.0, 5_760.0 - 2e-12, 5_760.0 + 2e-12, unit="EUR per person-year", over="draws")
    assert (words.written(hair), words.ends(hair)) == ("5,760", "5,760 to 5,760")


def test_a_whole_number_without_any_width_has_no_decimals() -> None:
    assert words.written(measure(2.0, 2.0, 2.0, unit="months")) == "2"
    assert words.written(measure(2.5, 2.5, 2.5, unit="months")) == "2.50"


@pytest.mark.parametrize("hundredths", [x + 0.5 for x in range(100)])
def test_a_half_goes_up_wherever_a_share_is_said(hundredths: float) -> None:
    share, up = hundredths / 100, int(hundredths + 0.5)
    assert words.number(hundredths, 0) == str(up)
    assert words.number(-hundredths, 0) == f"\u2212{up}"
    if words.base_of(share) == 100:
        assert words.of_hundred(share) == f"{up} of 100"
    if 10 <= hundredths <= 90:
        assert words.percent(share) == f"{up}%"
        around = Measure(Name("tiers", "selected"), "A", "", share, share - 0.05, share + 0.05, "share", 200)
        assert words.written(around) == f"{up}%"


@pytest.mark.parametrize(("items", "said"), [
    ((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")])
def test_lists(items: tuple[str, ...], said: str) -> None:
    assert words.listing(items) == said


@pytest.mark.parametrize(("ends", "unit", "said"), [
    ((0.186, 0.195), "share", "18.6 to 19.5%"), ((0.24, 0.36), "share", "24 to 36%"), ((29, 33), "months", "29 to 33"),
    ((0.0, 0.0), "share", "0 to 0%"), ((-0.02, 0.01), "share", "\u22122 to 1%"),
    ((1159.2, 1242.9), "", "1,159 to 1,243")])
def test_spans(ends: tuple[float, float], unit: str, said: str) -> None:
    assert words.span(*ends, unit) == said


def test_plurals_and_counts() -> None:
    assert words.plural(1, "person", "people") == "1 person"
    assert words.plural(4, "person", "people") == "4 people"
    assert words.plural(0, "month") == "0 months"
    assert words.counted(4) == "four"
    assert words.counted(25) == "25"


@given(SHARES)
def test_nobody_and_everybody_are_exact(share: float) -> None:
    for said in (words.of_hundred(share), words.fraction(share)):
        assert (said == "nobody") == (share == 0)
        assert (said == "everybody") == (share == 1)
    assert (words.percent(share) == "0%") == (share == 0)
    assert (words.percent(share) == "100%") == (share == 1)


@given(SHARES)
def test_natural_frequencies_are_near(share: float) -> None:
    said = words.of_hundred(share)
    match = re.fullmatch(r"([\d,]+) of ([\d,]+)", said)
    if match:
        value = number_in(match[1]) / number_in(match[2])
        assert abs(value - share) <= 0.1 * min(share, 1 - share) + 1e-12
    elif "fewer" in said:
        assert min(share, 1 - share) < 1e-5


@given(SHARES)
def test_fractions_say_on_which_side_the_number_lies(share: float) -> None:
    said = words.fraction(share)
    near = re.search(r"half|(\w+) in (\w+)$", said)
    assume(near is not None and "of" not in said)
    assert near is not None
    value = 0.5 if near[0] == "half" else (PARTS.get(near[1]) or int(near[1])) / (PARTS.get(near[2]) or int(near[2]))
    assert abs(share / value - 1) <= 0.0701
    if said.startswith("nearly"):
        assert share < value
    elif said.startswith("just over"):
        assert share > value
    elif said.startswith("about"):
        assert abs(share / value - 1) <= 0.00501
    else:
        assert share == value


@given(st.floats(0.001, 1000))
def test_ratios_are_near(ratio: float) -> None:
    said = words.often(ratio)
    if said.startswith("about as often"):
        assert abs(ratio - 1) < 0.02
        return
    said = said.removeprefix("about ")
    first = said.split(" times")[0]
    named = next((v for name, v in NAMED.items() if said.startswith(name)), None)
    value = named or SMALL.get(first) or number_in(first)
    assert abs(value / ratio - 1) <= 0.051
    assert (value > 1) == (ratio > 1) or abs(value / ratio - 1) <= 0.051


@given(st.floats(0.5, 2000))
def test_durations_are_near(months: float) -> None:
    said = words.duration(months)
    years = re.fullmatch(r"(about )?(?:a year and a half|(a year)|(\S+?)( and a half)? years)", said)
    if years:
        whole = 1.5 if "a year and a half" in said else 1.0 if years[2] else (
            SMALL.get(years[3]) or number_in(years[3])) + (0.5 if years[4] else 0.0)
        assert abs(12 * whole / months - 1) <= 0.021
        assert years[1] or 12 * whole == months
    elif said.endswith("months"):
        assert abs(number_in(said) - months) <= 0.5


@given(st.floats(-1e9, 1e9))
def test_numbers_are_near_and_keep_their_sign(x: float) -> None:
    value = number_in(words.number(x))
    assert abs(value - x) <= max(0.006 * abs(x), 1e-12)


@given(st.floats(-5, 5), st.floats(0, 3))
def test_the_ends_of_an_interval_stay_apart(low: float, width: float) -> None:
    assume(width > 1e-5)
    one, other = (number_in(part) for part in words.span(low, low + width).split(" to "))
    assert one < other
    assert abs(one - low) <= width
    assert abs(other - low - width) <= width


def compared(one: Measure, other: Measure, difference: Measure | None = None, ratio: Measure | None = None
             ) -> claims.Contrast:
    found = claims.contrast(other, [one], [difference], [ratio])
    assert found is not None
    return found


@given(SHARES, SHARES, SHARES, SHARES, st.floats(-1, 1), st.floats(0, 1))
def test_no_difference_is_claimed_that_the_interval_does_not_carry(a: float, b: float, wide: float, wider: float,
                                                                   middle: float, half: float) -> None:
    one = measure(a, max(0, a - wide), min(1, a + wide))
    other = measure(b, max(0, b - wider), min(1, b + wider), group="A")
    difference = measure(middle, middle - half, middle + half, reference="A")
    said = sentences.gap(compared(one, other, difference), "bottom")
    if middle - half <= 0 <= middle + half:
        assert words.NO_DIFFERENCE in said
        assert "as likely" not in said
        assert "against" not in said
    alone = sentences.gap(compared(one, other), "bottom")
    if one.low <= other.high and other.low <= one.high:  # type: ignore[operator]
        assert words.NO_DIFFERENCE in alone
        assert "against" not in sentences.wrongful(one, compared(one, other), "")


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_the_group_that_is_named_first_is_worse_off(a: float, b: float) -> None:
    assume(abs(a - b) > 0.02)
    one, other = measure(a, a - 0.005, a + 0.005), measure(b, b - 0.005, b + 0.005, group="A")
    said = sentences.gap(compared(one, other), "bottom")
    first, second = ("B", "A") if a > b else ("A", "B")
    assert said.index(f"group {first}") < said.index(f"group {second}")


@pytest.mark.parametrize(("a", "b", "said"), [
    (0.31, 0.06, "People of group B are 5.2 times as likely as people of group A to end “low”"),
    (0.3, 0.0, "30 of 100 people of group B end “low”, and nobody of group A does"),
    (0.33, 0.30, "33 of 100 people of group B end “low”, against 30 of 100 of group A"),
    (0.2, 0.4, "People of group A are twice as likely as people of group B to end “low”")])
def test_the_gap_in_words(a: float, b: float, said: str) -> None:
    one, other = measure(a, a - 0.001, a + 0.001), measure(b, max(0.0, b - 0.001), b + 0.001, group="A")
    ratio = None if not b else measure(a / b, 0.99 * a / b, 1.01 * a / b, unit="ratio", reference="A")
    assert sentences.gap(compared(one, other, None, ratio), "low") == said


def test_a_ratio_that_is_not_known_closely_is_told_by_its_two_sides() -> None:
    one, other = measure(0.31, 0.30, 0.32), measure(0.06, 0.05, 0.07, group="A")
    vague = measure(5.2, 3.0, 9.0, unit="ratio", reference="A")
    assert sentences.gap(compared(one, other, None, vague), "low") == \
        "31 of 100 people of group B end “low”, against 6 of 100 of group A"


@pytest.mark.parametrize("ends", [(-2e-17, 3e-17), (1.4e-17, 1.4e-17), (0.0, 0.0), (-0.02, 0.03), (0.0, 1e-18)])
@pytest.mark.parametrize("value", [1.4e-17, -3e-18, 0.0])
def test_what_floats_leave_of_nothing_is_nothing(value: float, ends: tuple[float, float]) -> None:
    """Two causes that do nothing together: their sum cancels, but for the last bits."""
    m = measure(value, *ends, unit="share")
    assert words.written(m, difference=True) == "0"
    said = words.ends(m, difference=True)
    assert said == ("\u22122 to 3 points" if max(ends) > 0.01 else "0 to 0 points")


def test_an_exact_number_needs_no_interval() -> None:
    one, other = measure(0.2, over="exact"), measure(0.1, over="exact", group="A")
    assert claims.apart(one, other)
    assert not claims.apart(one, replace(other, value=0.2))
    assert words.interval(one) == "exact: no chance enters"


def test_a_gap_that_other_values_turn_round_hangs_on_them() -> None:
    """Chance leaves no doubt, and 6 of 10 sets of values have it so: that is not "no clear difference"."""
    one, other = measure(0.33, 0.32, 0.34), measure(0.19, 0.18, 0.20, group="A")
    gap = replace(measure(0.14, 0.13, 0.15, reference="A"), width=Width(-0.2, 0.4, 0.6, (), 128, 128))
    assert sentences.gap(compared(one, other, gap), "low") == \
        "Which of group A and group B ends “low” more often hangs on what is not published"
    agreed = replace(gap, width=Width(0.1, 0.4, 0.99, (), 128, 128))
    assert "33 of 100 people of group B" in sentences.gap(compared(one, other, agreed), "low")
    vague = replace(gap, low=-0.01, high=0.29)
    assert words.NO_DIFFERENCE in sentences.gap(compared(one, other, vague), "low")


def test_a_bound_needs_both_widths() -> None:
    stayers = measure(0.68, 0.67, 0.69, group="all")
    for least, said in ((0.28, False), (0.51, True)):
        wide = replace(stayers, width=Width(least, 0.98, None, (), 128, 128))
        assert bool(sentences.stuck(None, None, wide, "low", "five years")) is said
    none = replace(measure(0.0, 0.0, 0.01, group="all"), width=Width(0.0, 0.3, None, (), 128, 128))
    assert sentences.wrongful(none, None, "") == \
        "With the values that were assumed, nobody lost points for acts they did not commit"


def test_wrongful_in_words() -> None:
    one, other = measure(0.19, 0.186, 0.195), measure(0.04, 0.038, 0.042, group="A")
    assert sentences.wrongful(None, compared(one, other), "") == \
        "19 of 100 people of group B lost points for acts they did not commit, against 4 of 100 of group A"
    none = measure(0.0, 0.0, 0.01, group="all")
    assert sentences.wrongful(none, None, "") == "Nobody lost points for acts they did not commit"
    assert sentences.wrongful(none, None, "No record is ever wrong") == "No record is ever wrong"
    assert sentences.wrongful(measure(0.5, 0.4, 0.6, group="all"), None, "") == \
        "50 of 100 people lost points for acts they did not commit"
    assert sentences.wrongful(measure(1.0, 1.0, 1.0, group="all"), None, "") == \
        "Everybody lost points for acts they did not commit"


def test_the_trap_in_words() -> None:
    median = measure(31, 29, 33, unit="months", group="all")
    assert sentences.stuck(median, None, None, "low", "nine years") == \
        "It takes 31 months until half of those who become “low” are out again"
    one, other = measure(31, 29, 33, unit="months"), measure(12, 11, 14, unit="months", group="A")
    assert sentences.stuck(median, compared(one, other), None, "low", "nine years") == \
        "It takes 31 months until half of the people of group B who become “low” are out again, against 12 in group A"
    assert sentences.stuck(None, None, measure(0.68, 0.62, 0.72, group="all"), "low", "nine years") == \
        "More than half of those who become “low” do not leave within nine years"
    assert sentences.stuck(None, None, measure(0.51, 0.48, 0.54), "low", "nine years") == ""


def test_every_kind_of_interval_says_what_it_is_over() -> None:
    for over in ("draws", "sampling", "draws and sampling", "parameters", "parameters and sampling"):
        assert words.over(over)
        assert words.interval(measure(0.2, 0.1, 0.3, over=over)) == f"10 to 30% {words.over(over)}"
    assert words.ends(measure(0.2, 0.1, 0.3, reference="A")) == "10 to 30 points"


def test_ends_that_only_rounding_tells_apart_print_alike() -> None:
    assert words.span(0.99999999999999, 1.0, "share") == words.span(1.0, 1.0, "share") == "100 to 100%"
    assert words.span(0.9999, 1.0, "share") != "100 to 100%"


def test_where_points_count_against_people_nobody_loses_them_by_mistake() -> None:
    """Of a register of drivers it was said that 82 of 100 lost points, which its rules give them."""
    drivers = sousveil.study("de-faer").reform({"channels.offences.spurious": 0.1})
    for study, verb in ((drivers, "got points"), (sousveil.study("seed-article"), "lost points")):
        run = sousveil.run(study, people=2_000, steps=12, engine="agents")
        said = " ".join(findings(run)) + sousveil.report(run).html
        assert f"{verb} for acts they did not commit" in said
        assert {"got points": "lost points", "lost points": "got points"}[verb] not in said


@pytest.mark.parametrize(("share", "people", "said"), [
    (1 / 3_000, 3_000, "1 of 3,000"), (2 / 1_200, 1_200, "2 of 1,200"), (0.31, 3_000, "31 of 100"),
    (0.4 / 3_000, 3_000, "13 of 100,000"), (0.0, 3_000, "nobody")])
def test_nobody_is_counted_out_of_more_people_than_there_are(share: float, people: int, said: str) -> None:
    assert words.of_hundred(share, people=people) == said


def test_what_is_taken_for_relatives_is_not_rounded_to_nothing() -> None:
    """Of one person of 3,000 a fraction of a point was taken, and the page said 0."""
    for group, value, low, high, said in (("A", -0.0356, -0.074, -0.017, "0.04"), ("B", -6.52, -7.0, -6.1, "6.5")):
        m = Measure(POINTS_FOR_RELATIVES, group, "", value, low, high, "points per person-year", 1_000, "sampling", "")
        assert words.written(sections._taken(m)) == said


@pytest.mark.parametrize(("value", "low", "high", "said", "ends"), [
    (-0.00002, -0.04779, 0.05025, "0", "−5 to 5 points"),
    (-0.0004, -0.0143, 0.0131, "0.0", "−1.4 to 1.3 points"),
    (0.00002, 0.000001, 0.05025, "0.002", "0.000 to 5.025 points")])
def test_what_may_be_none_either_way_has_no_more_digits_than_its_ends(value: float, low: float, high: float, said: str,
                                                                      ends: str) -> None:
    """A difference was "−0.002 points, −4.779 to 5.025"."""
    m = measure(value, low, high, unit="share")
    assert (words.written(m, difference=True), words.ends(m, difference=True)) == (said, ends)
