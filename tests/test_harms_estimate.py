"""Numbers and their sampling intervals: shares, bounded means, rates, comparisons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from sousveil import intervals
from sousveil.harms import estimate
from sousveil.harms.estimate import Estimate

counts = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def ends(e: Estimate) -> tuple[float, float]:
    assert e.low is not None
    assert e.high is not None
    return e.low, e.high


@given(counts)
def test_a_share_is_a_mean_between_nothing_and_all(pair: tuple[int, int]) -> None:
    """People who are all at one of the two bounds are trials: the cautious interval is then Wilson's, no wider."""
    events, people = pair
    share = estimate.share(events, people)
    mean = estimate.mean(events * 12.0, people, 0.0, 12.0)
    assert ends(share) == pytest.approx(intervals.wilson(events, people))
    assert mean.value == pytest.approx(12 * events / people)
    assert ends(mean) == pytest.approx(tuple(12 * x for x in ends(share)), abs=1e-9)
    assert mean.variance == pytest.approx(144 * (share.variance or 0.0), abs=1e-12)


@given(counts, st.floats(1, 50))
def test_a_share_stays_one_however_few_it_is_worth(pair: tuple[int, int], together: float) -> None:
    """38 of 39 people who hang together as 20 do: what widens the interval must not take it past everybody."""
    share = estimate.share(*pair)
    low, high = ends(estimate.wider(share, together))
    assert 0 <= low <= ends(share)[0]
    assert ends(share)[1] <= high <= 1


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60), st.integers(1, 5))
def test_no_spread_of_people_has_more_variance_than_the_cautious_mean_allows(values: list[float], cells: int) -> None:
    parts = np.array_split(np.array(values), cells)
    total, size = (np.array([f(p) for p in parts], dtype=float) for f in (np.sum, len))
    mean = estimate.mean(total, size, 0.0, 1.0)
    here = [p for p in parts if len(p)]
    within = sum(float(((p - p.mean()) ** 2).sum()) for p in here) / len(values) ** 2
    assert mean.value == pytest.approx(np.mean(values))
    assert (mean.variance or 0.0) >= within - 1e-12


@given(st.integers(0, 2000), st.floats(0.1, 1e5))
def test_a_rate_has_the_interval_of_garwood(events: int, exposure: float) -> None:
    """Garwood (1936): quantiles of chi-square with 2n and 2n+2 degrees of freedom, halved."""
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    high = chi2.ppf(0.975, 2 * events + 2) / 2
    found = estimate.rate(events, exposure, 1000.0)
    assert ends(found) == pytest.approx((1000 * low / exposure, 1000 * high / exposure))


@given(counts, counts)
def test_comparisons_of_shares_are_those_of_newcombe_and_katz(a: tuple[int, int], b: tuple[int, int]) -> None:
    one, two = estimate.share(*a), estimate.share(*b)
    assert ends(estimate.difference(one, two)) == pytest.approx(intervals.newcombe(*a, *b))
    ratio, katz = estimate.ratio(one, two), intervals.katz(*a, *b)
    if b[0] == 0:
        assert ratio.value is None
        assert "zero in the reference" in ratio.note
    elif katz:
        assert ends(ratio) == pytest.approx(katz)
    elif a[0] == 0:
        assert ratio.value == 0
        assert ends(ratio) == (0, pytest.approx((one.high or 0.0) / (two.low or math.nan)))


def test_rounding_is_no_difference_and_two_certainties_keep_their_doubt() -> None:
    one, two = Estimate(0.1 + 0.2, 0.3, 0.3, 0.0), Estimate(0.3, 0.3, 0.3, 0.0)
    assert estimate.difference(one, two).value == 0
    assert estimate.ratio(one, two).value == 1
    low, high = ends(estimate.ratio(estimate.share(20, 20), estimate.share(30, 30)))
    assert low < 1 < high


def test_nothing_is_estimated_of_nobody() -> None:
    for nothing in (estimate.share(0, 0), estimate.rate(0, 0), estimate.mean(0.0, 0.0, 0.0, 1.0)):
        assert nothing.value is None
        assert nothing.note == "not estimable: nobody is in the group"
        for compared in (estimate.difference, estimate.ratio):
            assert compared(nothing, estimate.share(1, 2)).value is None
            assert compared(estimate.share(1, 2), nothing).note == nothing.note


def test_cells_that_cannot_differ_add_no_width() -> None:
    """Half the people always lose 10, the others nothing: there is no luck in that."""
    fixed = estimate.mean(np.array([500.0, 0.0]), np.array([50.0, 50.0]), np.array([10.0, 0.0]), np.array([10.0, 0.0]))
    assert (fixed.value, *ends(fixed), fixed.variance) == (5.0, 5.0, 5.0, 0.0)


def test_the_interval_covers_what_it_says() -> None:
    """Months of a person hang together completely here: the cautious interval is then a fair one."""
    luck = np.random.default_rng(20260101)
    hits = 0
    for _ in range(2000):
        persons = luck.random(200) < 0.3
        low, high = ends(estimate.mean(120.0 * persons.sum(), 200, 0.0, 120.0))
        hits += low <= 36.0 <= high
    # Wilson's coverage at n = 200, p = 0.3 is 0.948; 2000 trials of it lie within 1900 - 4 sd.
    assert 1855 <= hits <= 1940
