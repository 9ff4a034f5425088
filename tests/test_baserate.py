"""The base rates of a search: properties that hold for every input, and closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from sousveil.baserates import Group, Search, growth, listsize, nodes, parse, results, stops
from sousveil.baserates.outcome import totals
from sousveil.baserates.rate import Count, counted, stated
from sousveil.errors import InputError
from sousveil.intervals import clopper_pearson, jeffreys
from sousveil.measures.measure import Measure
from tiers import for_all

SEARCH = Search(60_000, 1000, 3, parse("1/6000"), false_negative=parse("0.11"), stop=parse("0.3"))

rates = st.floats(1e-7, 0.05)
counts = st.integers(1, 100_000).flatmap(lambda n: st.builds(Count, st.integers(0, min(n, 500)), st.just(n)))
uncertain = st.one_of(rates.map(stated), counts.map(lambda c: counted([c])))
few = st.builds(Count, st.integers(0, 20), st.integers(1000, 100_000))
low = st.one_of(rates.map(stated), few.map(lambda c: counted([c])))


@st.composite
def searches(draw: st.DrawFn) -> Search:
    faces = draw(st.integers(10, 200_000))
    watchlist = draw(st.integers(1, 20_000))
    share = draw(st.floats(0.01, 0.99))
    groups = draw(st.sampled_from([(), (Group("A", share), Group("B", 1 - share, factor=3.0)),
                                   (Group("A", share), Group("B", 1 - share, between=(1.0, 5.0)))]))
    return Search(faces, watchlist, draw(st.integers(0, min(faces, watchlist))), draw(low),
                  false_negative=draw(st.none() | uncertain), groups=groups, stop=draw(st.none() | uncertain),
                  days=draw(st.integers(1, 400)), cameras=draw(st.integers(1, 50)))


def value(rows: list[Measure], name: str, group: str = "all", reference: str = "") -> float:
    found = [m for m in rows if m.measure == name and m.group == group and m.reference == reference]
    assert found[0].value is not None
    return found[0].value


@for_all(searches(), few=3, many=200)
def test_every_interval_holds_its_value_and_every_number_can_be_printed(search: Search) -> None:
    for m in results(search):
        assert (m.value is None) == bool(m.over == "")
        assert m.value is not None or m.note
        for number in (m.value, m.low, m.high):
            assert number is None or (math.isfinite(number) and number >= 0)
        if m.low is not None:
            assert m.high is not None
            assert m.value is not None
            assert m.low <= m.value * (1 + 1e-9) + 1e-300
            assert m.value <= m.high * (1 + 1e-9) + 1e-300
        if m.unit == "share":
            assert m.value is None or m.value <= 1


@for_all(searches(), few=3, many=200)
def test_groups_share_all_false_alerts_and_all_stops(search: Search) -> None:
    rows = results(search)
    if search.groups:
        for name in ("false alerts", "stops of innocent people"):
            parts = sum(value(rows, name, group.name) for group in search.groups)
            assert parts == pytest.approx(value(rows, name), rel=1e-6)
        assert sum(value(rows, "share of false alerts", g.name) for g in search.groups) == pytest.approx(1, rel=1e-6)


@for_all(searches(), st.integers(2, 10), few=3, many=200)
def test_more_faces_mean_more_false_alerts(search: Search, factor: int) -> None:
    more = replace(search, faces=search.faces * factor)
    assert value(totals(more), "false alerts") > value(totals(search), "false alerts") or search.faces == search.present


@settings(max_examples=15, deadline=None)
@given(rates, st.integers(1, 10_000), st.integers(1, 10_000), st.floats(0, 1), st.integers(0, 100))
def test_precision_cannot_rise_when_the_list_grows_at_a_fixed_prevalence(fpir: float, size: int, more: int, fnir: float,
                                                                         present: int) -> None:
    """National Academies 2010, appendix B."""
    short = Search(10_000, size + 100, present, stated(fpir), measured_with=size, false_negative=stated(fnir),
                   stop=stated(1))
    rows = totals(short), totals(replace(short, watchlist=size + 100 + more))
    first, second = (next(m.value for m in r if m.measure == "precision per alert") for r in rows)
    assert first is None or second is None or second <= first * (1 + 1e-9)
    assert value(rows[1], "false alerts") >= value(rows[0], "false alerts")


def test_what_a_search_of_60_000_does() -> None:
    rows = results(SEARCH)
    false, true = 59_997 / 6000, 3 * 0.89
    assert value(rows, "false alerts") == pytest.approx(false)
    assert value(rows, "precision per alert") == pytest.approx(true / (true + false))
    assert value(rows, "precision per stop") == pytest.approx(true / (true + false))
    assert value(rows, "stops of innocent people") == pytest.approx(0.3 * false)
    assert value(rows, "chance of a false stop in a year") == pytest.approx(1 - (1 - 0.3 / 6000) ** 365)
    assert value(rows, "time until 100 innocent people are stopped") == pytest.approx(100 / (0.3 * false) / 365)
    low, high = next((m.low, m.high) for m in rows if m.measure == "false alerts")
    assert (low, high) == (binom.ppf(0.025, 59_997, 1 / 6000), binom.ppf(0.975, 59_997, 1 / 6000))


def test_at_the_break_even_prevalence_half_the_alerts_are_right() -> None:
    prevalence = value(results(SEARCH), "listed faces at which half the alerts are right")
    present = round(prevalence * 60_000_000)
    rows = results(replace(SEARCH, faces=60_000_000, watchlist=present, present=present))
    assert value(rows, "precision per alert") == pytest.approx(0.5, abs=1e-3)


def test_the_precision_interval_is_that_of_what_will_be_seen() -> None:
    """The quantiles of true / all over the exact joint law of the two counts."""
    wrong, right = np.arange(60), np.arange(4)
    p = np.outer(binom.pmf(right, 3, 0.89), binom.pmf(wrong, 59_997, 1 / 6000))
    ratio = right[:, None] / np.maximum(right[:, None] + wrong, 1)
    order = np.argsort(ratio, axis=None)
    total = np.cumsum(p.ravel()[order]) / p.sum()
    exact = [ratio.ravel()[order][np.searchsorted(total, tail)] for tail in (0.025, 0.975)]
    m = next(m for m in totals(SEARCH) if m.measure == "precision per alert")
    assert (m.low, m.high) == pytest.approx(exact, abs=0.02)


def test_a_time_without_alerts_has_no_precision() -> None:
    nobody = Search(1000, 10, 0, stated(0.0))
    assert next(m for m in totals(nobody) if m.measure == "precision per alert").value is None
    assert next(m for m in results(nobody) if m.measure.startswith("time until 10 ")).note


def test_with_nobody_listed_present_no_alert_is_right_whatever_the_rate() -> None:
    for fpir in (1e-6, 0.01, 1.0):
        rows = totals(Search(1000, 10, 0, stated(fpir), false_negative=stated(0.1)))
        assert value(rows, "precision per alert") == 0


@for_all(counts, st.integers(1, 10**7), few=20, many=400)
def test_a_count_at_an_uncertain_rate_is_beta_binomial(count: Count, trials: int) -> None:
    rate = counted([count])
    low, high = nodes.mixture_interval(trials, nodes.rate_strata(rate, 1))
    exact = betabinom(trials, rate.a, rate.b)
    # The nodes are 2039 strata: the tails are off by less than one of them.
    # Small counts are widened to the whole numbers around the mean.
    assert low == math.floor(trials * rate.value) or exact.cdf(low) >= 0.025 - 1 / nodes.NODES
    assert exact.cdf(high) >= 0.975 - 1 / nodes.NODES
    assert high == math.ceil(trials * rate.value) or exact.cdf(high - 1) < 0.975 + 1 / nodes.NODES


@given(counts, st.integers(0, 6))
def test_the_nodes_have_the_mean_of_the_rate(count: Count, axis: int) -> None:
    rate = counted([count])
    assert nodes.rate_strata(rate, axis).mean() == pytest.approx(rate.value, rel=1e-6)
    assert sorted(nodes.strata(axis)) == list(range(nodes.NODES))


def test_a_range_of_a_multiplier_holds_it_in_95_of_100() -> None:
    factors = nodes.lognormal_strata(1, 100, 2)
    assert np.quantile(factors, (0.025, 0.5, 0.975)) == pytest.approx([1, 10, 100], rel=0.01)


def test_multipliers_move_the_alerts_and_leave_their_number() -> None:
    groups = (Group("A", 0.8), Group("B", 0.2, factor=3))
    rows, plain = results(replace(SEARCH, groups=groups)), results(SEARCH)
    assert value(rows, "false alerts") == pytest.approx(value(plain, "false alerts"))
    assert value(rows, "share of false alerts", "B") == pytest.approx(0.6 / 1.4)
    assert value(rows, "false alerts per face", "B", "A") == pytest.approx(3)


def test_rates_by_group_mix_by_the_faces() -> None:
    groups = (Group("white", 0.9, fpir=stated(0.0004)), Group("black", 0.1, fpir=stated(0.055)))
    rows = results(replace(SEARCH, false_positive=None, groups=groups))
    assert value(rows, "false alerts per face") == pytest.approx(0.9 * 0.0004 + 0.1 * 0.055)


def test_growth_keeps_the_given_point_and_scales_with_the_list() -> None:
    points = [p for p in growth(SEARCH, "watchlist") if p.measure.measure == "false alerts"]
    assert {p.at for p in points} == {100, 300, 1000, 3000, 10_000, 30_000, 100_000}
    by_list = {p.at: p.measure.value for p in points}
    assert by_list[1000] == pytest.approx(59_997 / 6000)
    assert by_list[10_000] == pytest.approx(59_997 * (1 - (1 - 1 / 6000) ** 10))


def test_growth_under_the_linear_rule_ends_before_it_stops_being_a_probability() -> None:
    search = replace(SEARCH, false_positive=stated(0.05), rule="linear")
    assert max(p.at for p in growth(search, "watchlist")) == 10_000


@given(rates, st.integers(1, 10**6), st.integers(1, 10**6))
def test_list_rules_agree_while_matches_are_rare_and_the_exact_one_is_below(fpir: float, size: int, other: int) -> None:
    exact = listsize.rescale(fpir, size, other)
    assert 0 <= exact <= 1
    assert listsize.search(listsize.per_comparison(fpir, size), size) == pytest.approx(fpir, rel=1e-9)
    linear = fpir / size * other
    if linear < 1e-3:
        assert exact == pytest.approx(linear, rel=0.06)
    if other > size and linear <= 1:
        assert exact <= listsize.rescale(fpir, size, other, "linear") * (1 + 1e-9)


@given(counts)
def test_counts_give_the_jeffreys_interval_and_never_a_zero(count: Count) -> None:
    rate = counted([count])
    assert 0 < rate.value < 1
    assert rate.interval() == pytest.approx(jeffreys(count.events, count.trials))
    low, high = clopper_pearson(count.events, count.trials) or (math.nan, math.nan)
    inner = rate.interval() or (math.nan, math.nan)
    assert low <= inner[0] + 1e-12
    assert inner[1] <= high + 1e-12


def test_no_events_in_2_5_million_faces_leave_a_rate_above_zero() -> None:
    """South Wales 2023-24: Clopper-Pearson upper end 1.5e-6."""
    assert clopper_pearson(0, 2_500_000) == pytest.approx((0, 1.5e-6), rel=0.02)
    rate = parse("0 in 2,500,000")
    assert rate.value == pytest.approx(2e-7, rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(counts, min_size=2, max_size=6))
def test_the_spread_between_counts_widens_and_the_switch_takes_it_away(several: list[Count]) -> None:
    spread, pooled = counted(several), counted(several, spread_between=False)
    assert spread.value == pytest.approx(pooled.value)
    assert spread.a is not None
    assert pooled.a is not None
    assert spread.a <= pooled.a * (1 + 1e-9)
    inner, outer = pooled.interval(), spread.interval()
    assert inner is not None
    assert outer is not None
    assert outer[1] >= inner[1] * (1 - 1e-6) or spread.a < 1  # a law with nearly all at its ends has no upper end


def test_the_law_of_the_next_deployment_covers_what_the_pool_denies() -> None:
    """Four Met deployments, 7.2 times the spread of luck: the pooled interval leaves out one that happened."""
    met = [Count(0, 4600), Count(7, 8600), Count(1, 12_120), Count(0, 15_600)]
    happened = 7 / 8600
    wide, narrow = counted(met).interval(), counted(met, spread_between=False).interval()
    assert wide is not None
    assert narrow is not None
    assert not narrow[0] <= happened <= narrow[1]
    assert wide[0] <= happened <= wide[1]


@pytest.mark.parametrize(("text", "mean", "is_stated"), [
    ("0.001", 0.001, True), ("0.1%", 0.001, True), ("1/6000", 1 / 6000, True), ("1/6,000", 1 / 6000, True),
    ("7/8600", 7.5 / 8601, False), ("7 in 8600", 7.5 / 8601, False), ("7 false in 8,600 faces", 7.5 / 8601, False),
    ("1 in 12120", 1 / 12120, True), ("1 in 1,000", 0.001, True),
    ("1 false in 12,120 faces", 1.5 / 12121, False), ("0/4600", 0.5 / 4601, False),
    ("7 of 10", 7.5 / 11, False), ("0", 0, True),
    ("0.5/100", 0.005, True), ("1", 1, True),
])
def test_rates_are_read_as_people_write_them(text: str, mean: float, is_stated: bool) -> None:
    rate = parse(text)
    assert rate.value == pytest.approx(mean)
    assert rate.is_stated == is_stated


@pytest.mark.parametrize("text", ["1/0", "0/0", "2", "-0.1", "nan", "inf", "-inf", "1e400", "8/7", "x", "", "1/2/3",
                                  "101%", "7 in 0", "0.5 in 3", "1/0.5", "9" * 400, "1/", "/6000", "1\u0000"])
def test_a_wrong_rate_is_one_clear_message(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "--fpir")
    assert str(caught.value).startswith("--fpir")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@settings(max_examples=300)
@given(st.text(alphabet="0123456789/.,%e-+ inofa_", max_size=20))
def test_any_text_is_a_rate_or_one_clear_message(text: str) -> None:
    try:
        rate = parse(text)
    except InputError:
        return
    assert 0 <= rate.value <= 1


@given(st.floats(1e-6, 1, exclude_max=True), st.integers(1, 9), st.sampled_from(["", "%"]))
def test_a_share_with_a_decimal_comma_is_refused_whatever_it_is(share: float, digits: int, unit: str) -> None:
    with pytest.raises(InputError, match="is not read"):
        parse(f"{share:.{digits}f}".replace(".", ",") + unit)


@pytest.mark.parametrize("changes", [
    {"faces": 0}, {"faces": -5}, {"present": -1}, {"present": math.nan}, {"present": 70_000, "watchlist": 10**6},
    {"days": 0}, {"cameras": 0}, {"passes": 0}, {"faces": 10**16}, {"days": 10**12, "cameras": 10**6},
    {"measured_with": 0}, {"watchlist": 0}, {"per_comparison": True, "measured_with": 5},
    {"groups": (Group("A", 0.5),)}, {"groups": (Group("A", 0.5), Group("A", 0.5))}, {"groups": (Group("A", math.nan),)},
    {"groups": (Group("A", 1.0, factor=-1.0),)}, {"groups": (Group("A", 1.0, factor=0.0),)},
    {"groups": (Group("A", 1.0, between=(0.0, 3.0)),)}, {"groups": (Group("A", 1.0, between=(3.0, 1.0)),)},
    {"groups": (Group("A", 0.5, fpir=stated(0.1)), Group("B", 0.5))},
    {"groups": (Group("A", 1.0, fpir=stated(0.1)),)}, {"false_positive": None},
])
def test_inputs_that_contradict_each_other_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(SEARCH, **changes)  # type: ignore[arg-type]


def test_a_multiplier_that_makes_a_rate_above_one_is_refused() -> None:
    groups = (Group("A", 0.9), Group("B", 0.1, factor=50.0))
    with pytest.raises(InputError, match=r'group "B" would have an FPIR above 1'):
        results(replace(SEARCH, false_positive=stated(0.5), groups=groups))


@pytest.mark.parametrize("faces", [1, 10**15])
@pytest.mark.parametrize("fpir", [0.0, 1e-15, 1.0])
def test_the_smallest_and_the_largest_search_have_results(faces: int, fpir: float) -> None:
    for m in results(Search(faces, 10, 1 if faces > 1 else 0, stated(fpir))):
        assert m.value is None or math.isfinite(m.value)


def test_the_share_of_alerts_that_end_in_a_stop_falls_with_the_load() -> None:
    u = (nodes.strata(0) + 0.5) / nodes.NODES
    means = [stops.share_at(u, np.full(u.shape, load)).mean() for load in (0.05, 1, 10, 100, 1000)]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("load", stops.loads())
def test_published_stops_lie_in_what_the_load_predicts(load: tuple[float, int, int]) -> None:
    """Posterior prediction, with the interval of the share and the luck of the count."""
    a_day, stopped, alerts = load
    u = (nodes.strata(0) + 0.5) / nodes.NODES
    shares = stops.share_at(u, np.full(u.shape, a_day))
    low, high = nodes.mixture_interval(alerts, shares)
    assert low <= stopped <= high


def test_over_more_days_a_count_of_who_passes_at_random_stays_uncertain() -> None:
    """Of 0.2 a day in ten days there were once 2, in 95 of 100 periods from 2 to 2."""
    search = replace(SEARCH, present=0.2, days=10, false_negative=None)
    ten = next(m for m in totals(search) if m.measure == "true alerts")
    assert ten.value == pytest.approx(2.0)
    assert ten.low == 0
    assert ten.high is not None
    assert 4 <= ten.high <= 6  # of a Poisson law with mean 2
    known = next(m for m in totals(replace(search, present=2, days=5)) if m.measure == "true alerts")
    assert (known.low, known.value, known.high) == (10, 10, 10)
