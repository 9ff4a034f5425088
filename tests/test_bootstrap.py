"""Intervals by bootstrap over seeds: they hold as often as they say, and parts add up in every resample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from sousveil.comparisons import bootstrap as module
from sousveil.comparisons.bootstrap import bootstrap, resampled
from sousveil.comparisons.why import CAUSES, Why, interactions, shapley, why
from sousveil.draws import uniforms
from sousveil.studies.study import Study, load

STUDIES = 600


def covered(seeds: int, law: str) -> float:
    """The share of studies whose interval holds the true mean, from numbers that no resample shares."""
    u = uniforms(seeds, np.arange(seeds)[:, None], np.arange(STUDIES), purpose=200)[..., 0]
    values, truth = (ndtri(u), 0.0) if law == "normal" else (-np.log(u), 1.0)
    low, high = bootstrap(values, seed=1)
    return float(np.mean((low <= truth) & (truth <= high)))


# Three standard errors of a share of 600 studies are 0.027; percentiles of five seeds hold 0.84 and 0.79 of them.
@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_it_holds_as_often_as_it_says(seeds: int) -> None:
    assert covered(seeds, "normal") == pytest.approx(0.953, abs=0.027)


@pytest.mark.parametrize(("seeds", "share"), [(3, 0.91), (5, 0.91), (10, 0.935)])
def test_it_nearly_holds_where_the_law_is_skewed(seeds: int, share: float) -> None:
    assert covered(seeds, "exponential") == pytest.approx(share, abs=0.03)


numbers = st.lists(st.integers(-50, 50), min_size=2, max_size=6)


@settings(max_examples=20)
@given(numbers, st.floats(-4, 4).filter(lambda x: abs(x) > 0.1), st.floats(-10, 10))
def test_it_goes_with_the_unit_the_origin_and_the_sign(values: list[int], factor: float, shift: float) -> None:
    one = np.array(values, dtype=float)[:, None]
    low, high = bootstrap(np.column_stack([one, factor * one + shift]), seed=3)
    ends = sorted([factor * low[0] + shift, factor * high[0] + shift])
    assert [low[1], high[1]] == pytest.approx(ends, abs=1e-7 * max(1.0, *map(abs, ends)))


@settings(max_examples=20)
@given(numbers)
def test_it_holds_the_mean_and_has_ends(values: list[int]) -> None:
    low, high = bootstrap(np.array(values, dtype=float)[:, None], seed=3)
    assert np.isfinite([low, high]).all()
    assert low <= np.mean(values) + 1e-9
    assert high >= np.mean(values) - 1e-9


def test_what_does_not_vary_is_a_point() -> None:
    low, high = bootstrap(np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]]), seed=1)
    assert low[0] == high[0] == 0.1
    assert low[1] < 7 / 3 < high[1]


def test_one_seed_says_nothing_of_their_spread() -> None:
    with pytest.raises(ValueError, match="one seed"):
        bootstrap(np.ones((1, 3)), seed=1)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    values = np.array([[1.0], [2.0], [4.0], [8.0]])
    assert bootstrap(values, 7) == bootstrap(values, 7)
    assert bootstrap(values, 7) != bootstrap(values, 8)


def test_many_seeds_are_drawn_in_parts_that_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    values = ndtri(uniforms(1, np.arange(12)[:, None], np.arange(3), purpose=200)[..., 0])
    whole = resampled(values, 5)
    monkeypatch.setattr(module, "_LARGE", 5_000)
    for one, other in zip(whole, resampled(values, 5), strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-14)


@pytest.fixture(scope="module")
def drawn() -> Why:
    return why(load("seed-article"), between=("A", "B"), people=1_000, steps=18, seeds=4, engine="agents")


def test_in_every_resample_the_shares_add_up_to_the_gap(drawn: Why) -> None:
    means, _ = resampled(np.column_stack([drawn.gap, drawn.shares, drawn.rest]), drawn.study.seed)
    assert np.ptp(means[:, 0]) > 0.001
    assert np.abs(means[:, 1:].sum(axis=1) - means[:, 0]).max() < 1e-12


def test_an_explanation_says_what_its_intervals_are_over(drawn: Why) -> None:
    rows = [*drawn.measures(), *drawn.pairs()]
    assert len(rows) == 1 + len(CAUSES) + 1 + 15
    assert {(m.over, m.n) for m in rows} == {("draws", 4)}
    low, high = bootstrap(drawn.gap[:, None], drawn.study.seed)
    assert (rows[0].low, rows[0].high) == pytest.approx((low[0], high[0]), abs=1e-12)
    absent = next(m for m in rows if m.measure == "rule")
    assert (absent.low, absent.value, absent.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("engine", "over"), [("agents", ""), ("exact", "exact")])
def test_one_run_has_no_interval_and_an_expectation_needs_none(drawn: Why, engine: str, over: str) -> None:
    one = game(drawn.study, drawn.values[:1], engine)
    for m in one.measures():
        assert m.over == over
        assert (m.low, m.high) == ((None, None) if engine == "agents" else (m.value, m.value))


def game(study: Study, values: np.ndarray, engine: str) -> Why:
    return Why(study, "bottom-tier", "B", "A", "share", engine, values, np.stack([shapley(v) for v in values]),
               np.stack([interactions(v) for v in values]), values[:, 0])
