"""The intervals of proportions, against published worked examples and against their own definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, norm, t

from sousveil.intervals import jeffreys, katz, newcombe, replicated, wilson

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


def test_student_s_sleep() -> None:
    """Student (1908), Biometrika 6: ten patients slept 1.58 hours longer on average: t = 4.06 with 9 degrees of
    freedom; so the interval is 1.58 -+ 2.262 x 1.58 / 4.06.
    """
    found = replicated([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    half = 2.2622 * 1.58 / 4.0621
    assert found == pytest.approx((1.58, 1.58 - half, 1.58 + half), abs=5e-4)


@pytest.mark.parametrize("values", [[3.0], [0.0] * 5, [2.0] * 20, [0, 0, 0, 0, 1], [0, 0, 0, 1, 2],
                                    [0.0] * 13 + [1.0] * 7])
def test_a_mean_that_rests_on_few_has_no_interval(values: list[float]) -> None:
    """What happened in none of five runs, or in one, may happen in the sixth: [0, 0] held the truth 31 times of 100."""
    mean, low, high = replicated(values)
    assert mean == pytest.approx(sum(values) / len(values))
    assert (low, high) == (None, None)


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=30).filter(lambda x: len(set(x)) > 1))
def test_the_interval_of_replicates_goes_with_unit_and_sign(values: list[int]) -> None:
    mean, low, high = replicated(values)
    assert low is not None
    assert high is not None
    assert low < mean < high
    assert replicated([-2.0 * x for x in values]) == pytest.approx((-2 * mean, -2 * high, -2 * low))


def test_replicates_with_intervals_of_their_own_are_moderated() -> None:
    """Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3(1), article 3: variances are averaged by their degrees of freedom,
    which add up. Here 4 of the five replicates and 4 of their own intervals, two units either side.
    """
    values = [3.0, 4.0, 5.0, 6.0, 7.0]
    own = (2 / 1.959964) ** 2
    half = t.ppf(0.975, 8) * math.sqrt((4 * 2.5 + 4 * own) / 8 / 5)
    assert replicated(values, [(v - 2, v + 2) for v in values]) == pytest.approx((5.0, 5 - half, 5 + half), rel=1e-6)
    wide = math.sqrt((4 * 2.5 + 4 * (6 / 1.959964) ** 2) / 8 / 5) * t.ppf(0.975, 8)
    assert replicated(values, [(v - 2, v + 6) for v in values]) == pytest.approx((5.0, 5 - half, 5 + wide), rel=1e-6)


def test_five_replicates_that_happen_to_be_alike_hold_what_they_estimate() -> None:
    """A number that comes out in two ways, one in ten times the other: five of one kind are the rule."""
    luck = np.random.default_rng(1)
    held = {True: 0, False: 0}
    for _ in range(2_000):
        values = (luck.random(5) < 0.1) + luck.normal(0.0, 0.02, 5)
        for known in held:
            _, low, high = replicated(values, [(v - 0.59, v + 0.59) for v in values] if known else ())
            assert low is not None
            assert high is not None
            held[known] += low <= 0.1 <= high
    assert held[False] < 0.75 * 2_000
    assert held[True] > 0.93 * 2_000
