"""The exact engine against brute force: dense matrices over small score ranges, to 1e-12."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import dense
from random_schemes import Case, cases, some, with_plain_changes, without_leaving, without_listings, without_registers
from small_study import small
from sousveil.engine import classes, exact, stays
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load
from tiers import few_and_many

TABLES = ("occupancy", "moves", "points", "wrongful", "wrongful_ever", "scores", "left", "still", "appeals")


def carried(case: Case) -> Case:
    """The case without what the exact engine refuses, and without terms of tiers, which the matrices do not know."""
    plain = deepcopy(case.plain)
    plain["scheme"]["kin"] = []
    plain["scheme"]["redress"].pop("delay", None)
    without_listings(plain)
    without_registers(plain)
    without_leaving(plain)
    with_plain_changes(plain, "for")
    for tier in plain["scheme"]["tiers"].values():
        tier.pop("for", None)
    return Case(plain)


def unmistaken(case: Case) -> Case:
    plain = deepcopy(case.plain)
    for channel in plain["scheme"]["channels"].values():
        channel["mistaken"] = 0.0
    return Case(plain)


@pytest.mark.parametrize("steady", [False, True], ids=["mistaken records", "constant laws"])
@few_and_many("examples", 5, 40)
def test_is_what_dense_matrices_say(steady: bool, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))
    @given(cases())
    def agree(case: Case) -> None:
        case = carried(unmistaken(case) if steady else case)
        plan = case.plan()
        assume(len(plan.cells) <= 16)
        found, brute = exact.simulate(plan, case.steps, spells="all"), dense.simulate(plan, case.steps)
        for name in TABLES:
            gap = np.abs(getattr(found, name) - getattr(brute, name)).max(initial=0) / plan.people
            assert gap < 1e-12 * max(1, np.abs(plan.weight).max()), name

    agree()


def test_is_what_dense_matrices_say_where_rules_change() -> None:
    """Among them amnesties: one with the last change, where everybody who is alike starts at one score."""
    seen = []
    for case in some(30):
        case = carried(case)
        if "changes" not in case.plain["scheme"] or len(case.plan().cells) > 9:
            continue
        pardoned = all(len(scores) == 1 for scores, _ in case.plan().start)
        if pardoned:
            case.plain["scheme"]["changes"][-1]["ends"] = "all"
        case = Case(case.plain)
        plan = case.plan()
        found, brute = exact.simulate(plan, case.steps, spells="all"), dense.simulate(plan, case.steps)
        for name in TABLES:
            gap = np.abs(getattr(found, name) - getattr(brute, name)).max(initial=0.0) / plan.people
            assert gap < 1e-12 * max(1, np.abs(plan.weight).max()), (name, case)
        seen.append(pardoned)
    assert {*seen} == {False, True}


@few_and_many("number", 2, 12)
def test_spells_of_many_steps_are_what_dense_matrices_say_however_far_laws_drift(number: int) -> None:
    """Cohorts are put together only where there are more of them than in the few steps of a random study."""
    @settings(max_examples=number, deadline=None,
              derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(cases())
    def agree(case: Case) -> None:
        plan = carried(case).plan()
        assume(len(plan.cells) <= 4)
        assume(plan.mistaken.any())
        found, brute = exact.simulate(plan, 30, spells="all"), dense.simulate(plan, 30)
        for name in ("left", "still"):
            assert np.abs(getattr(found, name) - getattr(brute, name)).max() / plan.people < 1e-12, name

    agree()


@pytest.mark.parametrize("mistaken", [0.0, 0.05])
@pytest.mark.parametrize("kept", [0, 2000, 20_000, 2**20])
def test_who_was_not_kept_is_carried_once_more(kept: int, mistaken: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is room for nobody, for some of those who enter, or for all: not a bit of the result hangs on it."""
    signals = {"good": {"channel": "camera", "points": 3, "lawful": True},
               "bad": {"channel": "camera", "points": -7, "lawful": True}}
    case = small(scheme={"channels": {"camera": {"coverage": {"value": 0.5, "times": {"district": {"a": 1, "b": 1.5}}},
                                                 "mistaken": mistaken}}, "signals": signals},
                 population={"people": 1400, "districts": {"a": 0.5, "b": "rest"},
                             "conduct": {kind: {"rate": 0.4} for kind in signals}})
    plan, short = case.plan(), stays.Entries.short
    whole = exact.simulate(plan, 30, spells="all")
    monkeypatch.setattr(stays, "_KEPT", kept)
    seen = []
    monkeypatch.setattr(stays.Entries, "short", lambda self, a, b: seen.append(short(self, a, b)) or seen[-1])
    again = exact.simulate(plan, 30, spells="all")
    assert seen == [kept < 2**20]
    for name in TABLES:
        assert np.array_equal(getattr(again, name), getattr(whole, name)), name


def test_who_is_there_at_the_start_is_counted_in_a_run_of_no_steps() -> None:
    plan = plan_of(load("seed-article").reform("no-kin"))
    outcome = exact.simulate(plan, 0, spells="all")
    there = np.zeros_like(outcome.still[:, :, 0])
    np.add.at(there, plan.cell_unit, outcome.occupancy[0])
    np.testing.assert_allclose(outcome.still[:, :, 0], there, rtol=1e-12)


def test_the_rules_of_a_period_are_laid_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    laid, rules = [], classes.rules
    monkeypatch.setattr(classes, "rules", lambda *given: laid.append(given[0]) or rules(*given))
    plan = plan_of(load("seed-article").reform("no-kin"))
    exact.simulate(plan, 2, spells="all")
    assert laid == [*plan.plans]
