"""Lives lived again are those of the run, bit for bit; and design effects are what they are in textbooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sousveil.engine import agents, trace
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.engine.relive import Lives, relive
from sousveil.harms.effects import with_effects
from tracing import plan_of

STEPS = 12
ALONE = {"households": {"adults": {"1": 1.0}, "children": {"0": 1.0}}}
STUDIES: dict[str, dict[str, Any]] = {
    "kin, homes and delay": {},
    "homes and no kin": {"scheme": {"kin": []}},
    "alone": {"scheme": {"kin": []}, "population": ALONE},
    "nothing mistaken": {"scheme": {"channels": {"camera": {"coverage": 0.5}}}},
    "frailty": {"population": {"frailty": {"shape": 0.5}}},
}


def carried(plan: Plan, seed: int = 5) -> Outcome:
    return agents.simulate(plan, settle(plan, seed), STEPS, seed)


@pytest.mark.parametrize("study", STUDIES)
def test_everybody_lived_again_is_everybody_who_was_counted(study: str) -> None:
    plan = plan_of(700, **STUDIES[study])
    out = carried(plan)
    lives = relive(plan, out, 5)
    cells = range(len(plan.cells))
    assert (lives.weight == 1).all()
    assert len(lives.cell) == 700
    assert np.array([lives.months[lives.cell == c].sum(axis=0) for c in cells]) == pytest.approx(
        out.occupancy[:-1].sum(axis=0))
    for tier, when in ((lives.tier, -1), (lives.last, -2)):
        counted = [np.bincount(tier[lives.cell == c], minlength=len(plan.tiers)) for c in cells]
        assert (np.array(counted) == out.occupancy[when]).all()
    assert lives.ever.sum() == out.wrongful_ever[-1].sum()
    assert lives.shared.sum(axis=0).tolist() == out.shared.sum(axis=(0, 1)).tolist()
    assert lives.relatives.sum() == out.points[..., 3].sum() * plan.ladder.resolution
    taken = sum(int((sums * persons).sum()) for sums, persons in out.debits)
    assert lives.debits.sum() == taken * plan.ladder.resolution
    for ended, counted in ((True, out.left), (False, out.still)):
        for tier in range(len(plan.tiers)):
            here = (lives.ended == ended) & (lives.place == tier)
            lasted = np.bincount(lives.lasted[here], minlength=STEPS + 1)
            assert lasted.tolist() == counted[:, tier].sum(axis=0).tolist()


@pytest.mark.parametrize("study", STUDIES)
def test_a_sample_of_many_stands_for_all(study: str) -> None:
    """The same people as when all are lived again, as many of each unit as it has, and what they show is near."""
    plan = plan_of(12_000, **STUDIES[study])
    out = carried(plan)
    some, everybody = relive(plan, out, 5, most=3_000), relive(plan, out, 5, most=12_000)
    assert 2_000 < len(some.cell) < 5_000
    units = [np.bincount(plan.cell_unit[some.cell], weights=some.weight, minlength=len(plan.unit_size)), plan.unit_size]
    assert units[0] == pytest.approx(units[1])
    if plan.tied:
        last = int(np.searchsorted(plan.cell_unit[some.cell], 1))
        assert (some.cell[:last] == everybody.cell[:last]).all()
        assert (some.debits[:last] == everybody.debits[:last]).all()
        assert (some.months[:last] == everybody.months[:last]).all()
    effects = [{(r["measure"], r["group"]): r["effect"] for r in with_effects(
        trace.of(plan, out, "month"), lives).effects.to_pylist()} for lives in (some, everybody)]  # type: ignore[union-attr]
    for name in ("share in tier bottom", "income lost", "travel denied"):
        assert effects[0][name, "all"] == pytest.approx(effects[1][name, "all"], rel=0.2)


def effect_of(lives: Lives, plan: Plan, out: Outcome, name: str) -> float:
    table = with_effects(trace.of(plan, out, "month"), lives).effects
    assert table is not None
    return next(r["effect"] for r in table.to_pylist() if (r["measure"], r["group"]) == (name, "all"))


def test_homes_of_four_who_fare_alike_are_worth_a_quarter_of_their_people() -> None:
    """Kish 1965: with homes of equal size m that agree entirely, the design effect is m; with none, it is 1."""
    homes = {"adults": {"4": 1.0}, "children": {"0": 1.0}}
    plan = plan_of(2_000, {"kin": []}, {"households": homes, "strata": {}, "income": 0, "groups": {"A": 1.0},
                                        "districts": {"d": 1.0}})
    out = carried(plan)
    lives = relive(plan, out, 5)
    name = "share with a wrongful debit"
    luck = np.random.default_rng(1)
    alike = luck.random(500) < 0.3
    assert effect_of(replace(lives, ever=alike[lives.home]), plan, out, name) == pytest.approx(4, rel=0.02)
    unlike = luck.random(2_000) < 0.3
    assert effect_of(replace(lives, ever=unlike), plan, out, name) == pytest.approx(1, abs=0.15)


def test_who_is_in_which_cell_is_no_luck() -> None:
    """Of a share that hangs on the cell alone, nothing is luck but how its people come out whole."""
    plan = plan_of(1_000, {"kin": []}, {**ALONE, "strata": {"class": {"low": 0.5, "high": 0.5}}})
    out = carried(plan)
    lives = relive(plan, out, 5)
    rich = plan.cells.code[:, 2] == 1
    assert effect_of(replace(lives, ever=rich[lives.cell]), plan, out, "share with a wrongful debit") < 0.01
