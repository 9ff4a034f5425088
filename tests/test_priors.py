"""Measured ranges: each has a source, and a drop goes into the model and comes out again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.assumptions.priors import PRIORS, eta_for_drop
from sousveil.errors import InputError


def test_every_prior_says_where_it_is_from_and_holds_its_centre():
    assert len({prior.name for prior in PRIORS}) == len(PRIORS)
    for prior in PRIORS:
        assert prior.source
        assert prior.mark in ("verified", "secondary", "assumed")
        assert prior.low <= prior.centre <= prior.high


@given(st.floats(0, 0.99), st.floats(-100, -0.1), st.floats(1, 1000), st.floats(0.01, 1))
def test_a_drop_comes_out_as_it_went_in(drop, points, width, perceived):
    eta = eta_for_drop(drop, points=points, width=width, perceived=perceived)
    assert 1 - math.exp(-eta * abs(points) / width * perceived) == pytest.approx(drop, abs=1e-9)


@pytest.mark.parametrize(("drop", "points", "perceived"),
                         [(1.0, -5, 0.5), (-0.1, -5, 0.5), (0.1, 0, 0.5), (0.1, -5, 0)])
def test_what_cannot_be_is_refused(drop, points, perceived):
    with pytest.raises(InputError):
        eta_for_drop(drop, points=points, width=100, perceived=perceived)
