"""Causes of a gap on studies that are made so that the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sousveil.comparisons.why import why
from sousveil.comparisons.worlds import CAUSES
from sousveil.studies.study import Study, restore


def made(coverage: Any = 0.4, rate: Any = 0.4, effect: float = 1.0, ceilings: dict[str, str] | None = None) -> Study:
    """Two groups that may differ in coverage and in conduct; the low tier may make people act more."""
    scheme = {"scheme": "x", "status": "invented", "channels": {"c": {"coverage": coverage}},
              "signals": {"a": {"channel": "c", "points": -3, "lawful": True}},
              "score": {"start": 60, "floor": 0, "ceiling": 100, "baseline": 60, "decay": 0.1},
              "tiers": {"up": {"from": 56}, "low": {"from": 0, "margin": 1}}, "ceilings": ceilings or {},
              "consequences": {"low": [{"right": "work", "effect": "denied", "conduct": {"a": effect}}]}}
    population = {"population": "p", "people": 10_000, "groups": {"A": 0.7, "B": 0.3},
                  "conduct": {"a": {"rate": rate}}}
    return restore({"study": "made", "scheme": scheme, "population": population,
                    "assumptions": {"assumptions": "none"}, "steps": 16, "seed": 1, "reference": "A"})


UNLIKE = {"group": {"A": 0.2, "B": 0.6}}


def shares(study: Study) -> dict[str, float]:
    found = why(study, engine="exact")
    assert np.abs(found.shares.sum(axis=1) + found.rest - found.gap).max() < 1e-9
    return dict(zip(CAUSES, found.shares[0].tolist(), strict=True))


def test_two_causes_that_can_stand_in_for_each_other_share_equally() -> None:
    # What is recorded is coverage times rate, and both are unlike in the same way.
    found = shares(made(coverage=UNLIKE, rate=UNLIKE))
    assert found["coverage"] == pytest.approx(found["conduct"], abs=1e-12)
    assert found["coverage"] > 0.05
    assert {name: found[name] for name in ("rule", "identification", "kin", "feedback")} == pytest.approx(
        dict.fromkeys(("rule", "identification", "kin", "feedback"), 0.0), abs=1e-12)


def test_feedback_carries_a_part_only_where_a_tier_does_something() -> None:
    assert shares(made(coverage=UNLIKE))["feedback"] == pytest.approx(0.0, abs=1e-12)
    assert shares(made(coverage=UNLIKE, effect=2.0))["feedback"] > 0.005
    assert shares(made(coverage=UNLIKE, effect=0.5))["feedback"] < -0.005


def test_groups_that_are_alike_have_no_gap_and_no_causes() -> None:
    found = why(made(effect=2.0), between=("A", "B"), engine="exact")
    assert np.abs(found.values).max() < 1e-12
    assert np.abs(found.shares).max() < 1e-12


def test_a_ceiling_at_the_bottom_is_all_of_the_rule() -> None:
    found = shares(made(ceilings={"B": "low"}))
    assert found["rule"] > 0.5
    assert all(abs(share) < 1e-9 for name, share in found.items() if name != "rule")
