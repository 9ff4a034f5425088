"""The intervals of proportions, against published worked examples and against their own definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, norm

from sousveil.intervals import jeffreys, katz, newcombe, wilson

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_wilson_and_newcombe_reproduce_newcombe_1998() -> None:
    """Newcombe (1998), Statistics in Medicine 17: 81/263 has 0.2553 to 0.3662; 56/70 - 48/80 has 0.0524 to 0.3339."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(counts)
def test_wilson_ends_are_where_the_score_test_turns(pair: tuple[int, int]) -> None:
    events, trials = pair
    share, z = events / trials, norm.ppf(0.975)
    low, high = wilson(events, trials) or (math.nan, math.nan)
    assert 0 <= low <= share <= high <= 1
    for end in (low, high):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(z * math.sqrt(end * (1 - end) / trials), rel=1e-6, abs=1e-9)


@given(counts)
def test_jeffreys_leaves_the_same_belief_on_both_sides(pair: tuple[int, int]) -> None:
    events, trials = pair
    low, high = jeffreys(events, trials) or (math.nan, math.nan)
    posterior = beta(events + 0.5, trials - events + 0.5)
    assert low == 0 if events == 0 else posterior.cdf(low) == pytest.approx(0.025, abs=1e-6)
    assert high == 1 if events == trials else posterior.sf(high) == pytest.approx(0.025, abs=1e-6)


@given(counts, counts)
def test_swapping_groups_turns_the_difference_and_inverts_the_ratio(a: tuple[int, int], b: tuple[int, int]) -> None:
    low, high = newcombe(*a, *b) or (math.nan, math.nan)
    assert newcombe(*b, *a) == pytest.approx((-high, -low))
    ratio, back = katz(*a, *b), katz(*b, *a)
    assert (ratio is None) == (back is None)
    if ratio and back:
        assert back == pytest.approx((1 / ratio[1], 1 / ratio[0]))


def test_katz_reproduces_a_hand_calculation() -> None:
    """Log variance 1/20 - 1/100 + 1/10 - 1/100 = 0.13 around a ratio of 2."""
    factor = math.exp(1.959964 * 0.13**0.5)
    assert katz(20, 100, 10, 100) == pytest.approx((2 / factor, 2 * factor))


def test_no_interval_is_made_up_where_the_method_has_none() -> None:
    assert wilson(0, 0) is None
    assert jeffreys(0, 0) is None
    assert newcombe(0, 0, 1, 2) is None
    assert katz(0, 10, 3, 10) is None
    assert katz(10, 10, 10, 10) is None
