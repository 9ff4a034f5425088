"""Published deployments: what the tables say, what may be pooled, and what is refused in words."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.baserates.claims import against, bearers, check, conventions, implied_share
from sousveil.baserates.own import parse as parse_own
from sousveil.baserates.published import (
    deployment,
    deployments,
    faces,
    independent,
    interventions,
    overlap,
    published_rates,
)
from sousveil.baserates.rate import Count, parse, stated
from sousveil.baserates.series import together
from sousveil.baserates.spread import spread
from sousveil.errors import InputError

ROWS = deployments()
EVENTS = [row.id for row in ROWS if row.source == deployment("swp_2017_2018_total").source]


def test_the_tables_are_whole() -> None:
    assert (len(ROWS), len(published_rates()), len(interventions())) == (47, 30, 7)
    assert len({row.id for row in ROWS}) == len(ROWS)
    assert all(row.source and row.url.startswith("http") for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_alerts_add_up_unless_the_row_says_that_they_do_not(row) -> None:  # type: ignore[no-untyped-def]
    if row.alerts is not None and row.true is not None and row.false is not None:
        assert (row.true + row.false + (row.unconfirmed or 0) == row.alerts) == row.adds_up


def test_the_total_of_south_wales_is_the_sum_of_its_events() -> None:
    total = deployment("swp_2017_2018_total")
    parts = [deployment(id) for id in EVENTS if id != total.id]
    assert len(parts) == 15
    assert sum(row.true or 0 for row in parts) == total.true
    assert sum(row.false or 0 for row in parts) == total.false


@pytest.mark.parametrize("id", EVENTS)
def test_a_total_is_never_pooled_with_its_parts(id: str) -> None:
    for total in ("swp_2017_2018_total", "swp_2017_2023_total"):
        with pytest.raises(InputError, match="count the same alerts"):
            independent([id, total])


def test_overlap_goes_both_ways_and_reaches_parts_of_parts() -> None:
    for one, other in itertools.combinations([row.id for row in ROWS], 2):
        assert bool(overlap(one, other)) == bool(overlap(other, one))
    assert overlap("met_2017_notting_hill", "met_2016_2023_total")
    assert overlap("swp_2017_ucl", "swp_2017_ucl")
    assert not overlap("met_2020_stratford", "swp_2017_ucl")


def test_events_of_the_table_are_fit_to_be_pooled() -> None:
    assert len(independent(id for id in EVENTS if id != "swp_2017_2018_total")) == 15


def test_figures_that_contradict_each_other_are_not_used() -> None:
    with pytest.raises(InputError, match="contradict each other"):
        independent(["swp_2017_ucl_foi2025"])


def test_an_unknown_deployment_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match='did you mean "met_2020_stratford"'):
        deployment("met_2020_stratfrd")


@pytest.mark.parametrize(("id", "why"), [
    ("swp_2017_ucl", r"170,000 is the size of a crowd.*0\.0135 if every visitor were seen exactly once"),
    ("cn_2018_nanchang", "the number of false alerts was not published"),
    ("swp_elvis", "the number of faces seen was not published"),
])
def test_a_rate_per_face_that_the_figures_cannot_give_is_refused_in_words(id: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        faces(deployment(id))
    with pytest.raises(InputError, match=why):
        check(deployment(id), parse("1/1000"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_what_is_not_known_is_none_with_a_reason(row) -> None:  # type: ignore[no-untyped-def]
    for m in (*conventions(row), *bearers(row)):
        assert m.value is not None or m.note
        if m.low is not None and m.value is not None and m.high is not None:
            assert 0 <= m.low <= m.value <= m.high <= 1


def test_no_group_has_a_rate_while_the_mix_of_the_faces_is_unknown() -> None:
    row = deployment("met_2024_2025_year")
    rate = next(m for m in bearers(row) if m.measure == "false alerts per face")
    assert rate.value is None
    assert "nobody published who was seen" in rate.note
    assumed = next(m for m in bearers(row, {"black": 0.135}) if m.measure == "false alerts per face")
    assert assumed.value == pytest.approx(8 / (0.135 * 3_147_436), rel=1e-5)
    assert "your assumption" in assumed.note
    with pytest.raises(InputError, match='no false alerts of group "white"'):
        bearers(row, {"white": 0.5})


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-6, 0.5), st.sampled_from([r for r in ROWS if r.faces_are == "seen" and r.false is not None]))
def test_the_verdict_is_that_of_the_predictive_interval(rate: float, row) -> None:  # type: ignore[no-untyped-def]
    found = check(row, stated(rate))
    inside = found.low <= found.observed <= found.high
    assert 0 <= found.probability <= 1
    # The printed interval is widened to whole numbers around its mean, so a count at its end may still be a conflict.
    assert found.verdict == "consistent" or not inside or found.observed in (found.low, found.high)
    assert found.verdict != "consistent" or inside or found.observed in (found.low, found.high)
    assert (found.verdict == "better than claimed") == (found.probability < 0.025 and found.side == "at most")


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_verdict_with_open_alerts_is_that_of_every_number_of_wrong_ones(per: int, wrong: int, more: int,
                                                                          among: int) -> None:
    def verdict(wrong: int, unresolved: int) -> str:
        return against("x", Count(wrong, 10_000), unresolved, np.array([per / 10_000]), "", ()).verdict

    found = verdict(wrong, more)
    if found == "cannot tell":
        assert verdict(wrong, 0) != verdict(wrong + more, 0)
    else:
        assert verdict(wrong + min(among, more), 0) == found


def test_what_was_counted_is_consistent_with_itself() -> None:
    row = deployment("met_2020_oxford_circus")
    assert check(row, parse("7 in 8600")).verdict == "consistent"
    assert check(row, stated(7 / 8600)).verdict == "consistent"


def test_a_claim_for_another_list_is_brought_to_the_list_of_the_deployment() -> None:
    row = deployment("met_2020_oxford_circus")
    exact = check(row, parse("1/6000"), 10_000)
    assert exact.expected == pytest.approx(8600 * (1 - (1 - 1 / 6000) ** 0.7292))
    assert "1 - (1 - FMR)^N" in exact.claim
    assert "not published" in check(deployment("met_2024_2025_year"), parse("1/6000"), 10_000).note


def test_deployments_that_differ_are_said_to_differ() -> None:
    four = independent(["met_2020_stratford", "met_2020_oxford_circus", "met_2022_01_28", "met_2022_07_07"])
    assert together(four).verdict == "differ"
    assert together(four[:1]).verdict == "no clear difference"


def test_no_interval_and_no_verdict_is_over_counts_that_differ() -> None:
    four = independent(["met_2020_stratford", "met_2020_oxford_circus", "met_2022_01_28", "met_2022_07_07"])
    found = together(four, stated(0.001))
    assert found.check is None
    only, = found.measures()
    assert (only.value, only.low, only.high) == (8 / 40_920, None, None)
    assert "not one population" in only.note


def test_a_verdict_in_one_and_none_in_another_is_no_difference() -> None:
    """A day of 1,000 faces cannot show what a year of 10,000 shows; both had no false alert."""
    year, day = (parse_own(f"faces={n},alerts=0,confirmed=0").row for n in (10_000, 1000))
    assert [check(row, stated(0.001)).verdict for row in (year, day)] == ["better than claimed", "consistent"]
    assert together([year, day], stated(0.001)).verdict == "no clear difference"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(2000, 3000)), min_size=1, max_size=5))
def test_periods_of_one_population_are_tested_as_one_count(many: list[tuple[int, int, int]]) -> None:
    wrong, still_open, n = (sum(column) for column in zip(*many, strict=True))
    rows = [parse_own(f"faces={n},wrong={k},confirmed=1,open={o},list=100").row for k, o, n in many]
    found = together(rows, stated(0.001), 100)
    if found.verdict == "differ":
        assert found.check is None
        return
    whole = check(parse_own(f"faces={n},wrong={wrong},confirmed=1,open={still_open},list=100").row, stated(0.001), 100)
    assert found.check is not None
    assert replace(found.check, id="", claim="", target=0, expected=0, none=0, probability=0, if_wrong=None) == \
        replace(whole, id="", claim="", target=0, expected=0, none=0, probability=0, if_wrong=None)
    assert found.check.probability == pytest.approx(whole.probability)


def test_a_claim_is_brought_to_the_list_of_each_period() -> None:
    rows = [parse_own(f"faces=10000,wrong={k},confirmed=1,list={size}").row for k, size in ((1, 100), (10, 1000))]
    found = together(rows, stated(0.001), 1000).check
    if found is not None:
        assert found.expected == pytest.approx(10_000 * (1 - 0.999**0.1) + 10)
        assert "brought to the list of each" in found.claim


def test_no_spread_can_be_seen_in_one_count_or_without_events() -> None:
    assert spread([(3, 10)]).rho == spread([(0, 10), (0, 20)]).rho == spread([(10, 10), (20, 20)]).rho == 0
    assert spread([(5, 10), (50, 100)]).dispersion == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(1, 5))
def test_luck_alone_is_taken_for_a_difference_no_more_often_than_it_says(sizes: list[int], events: int) -> None:
    """Over every way in which the events can fall, each as often as it does."""
    if events >= sum(sizes):
        return
    chances: dict[float, float] = {}
    for ways in itertools.product(range(events + 1), repeat=len(sizes)):
        if sum(ways) == events:
            chance = math.prod(map(math.comb, sizes, ways)) / math.comb(sum(sizes), events)
            if chance:
                p = spread(list(zip(ways, sizes, strict=True))).probability
                chances[round(p, 9)] = chances.get(round(p, 9), 0.0) + chance
    for p in chances:
        assert sum(chance for other, chance in chances.items() if other <= p) == pytest.approx(p, abs=1e-6)


def test_two_events_in_one_of_ten_years_are_luck() -> None:
    """One year in ten has both of two events by luck; the chi-square law says one in 30."""
    years = [(0, 1000)] * 9 + [(2, 1000)]
    assert spread(years).probability == pytest.approx(0.0999, abs=2e-4)
    assert not spread(years).differs
    # None of seven in the first is as far out as five or more; nearly binomial.
    share = 4600 / 13_200
    far = (1 - share) ** 7 + sum(math.comb(7, k) * share**k * (1 - share) ** (7 - k) for k in (5, 6, 7))
    assert spread([(0, 4600), (7, 8600)]).probability == pytest.approx(far, rel=2e-3)
    assert spread([(0, 10**14), (3, 10**12)]).probability == pytest.approx((1 / 101) ** 3, rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_implied_share_mixes_to_the_whole(share: float, one: float, other: float) -> None:
    if abs(one - other) < 1e-6:
        return
    whole = share * one + (1 - share) * other
    try:
        found = implied_share(whole, one, other)
    except InputError:
        assert min(share, 1 - share) < 1e-6  # rounding at the ends
        return
    assert found == pytest.approx(share, abs=1e-6)


def test_a_whole_outside_its_parts_has_no_share() -> None:
    with pytest.raises(InputError, match="no mixture"):
        implied_share(0.2, 0.099, 0.004)
    with pytest.raises(InputError, match="equal rates"):
        implied_share(0.1, 0.2, 0.2)
