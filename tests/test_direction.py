"""Where high is bad: a scheme and its negation are one scheme, whichever way its scores are written."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from random_schemes import Case, hold, negated
from small_study import small
from sousveil.engine import agents, exact, oracle, trace
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.refusals import refusals
from tiers import few_and_many


def other_way(case: Case) -> Case:
    """The same study, its scheme written so that high is bad."""
    return Case(case.plain | {"scheme": negated(case.plain["scheme"])})


def same(one: Outcome, other: Outcome) -> bool:
    """Every array of two outcomes has the same bits."""
    def equal(a: Any, b: Any) -> bool:
        if isinstance(a, np.ndarray):
            return a.dtype == b.dtype and np.array_equal(a, b)
        if isinstance(a, list | tuple):
            return len(a) == len(b) and all(map(equal, a, b))
        return bool(a == b)
    return all(equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one) if f.name != "spread")


@few_and_many("studies", 15, 250)
def test_a_scheme_and_its_negation_are_one(studies: int) -> None:
    seen = []

    def claim(case: Case) -> None:
        if case.plain["scheme"]["score"].get("direction") == "high-is-bad":
            return
        seen.append(case)
        # A trait leans toward more points, which are better in one and worse in the other: the same law, other luck.
        case = Case(case.plain | {"population": case.plain["population"] | {"together": {}}})
        turned = other_way(case)
        plan, plan2 = case.plan(), turned.plan()
        people = settle(plan, case.number)
        mine, theirs = (agents.simulate(p, people, case.steps, case.number) for p in (plan, plan2))
        assert same(mine, theirs)
        told, told2 = (trace.of(p, o, "month").scores.to_pydict() for p, o in ((plan, mine), (plan2, theirs)))
        assert [-score for score in told2.pop("score")] == told.pop("score")
        assert told == told2
        by_hand = [oracle.simulate(c.scheme, c.population, c.assumptions, plan, people, case.steps, case.number)
                   for c in (case, turned)]
        assert same(*by_hand)
        if not refusals(plan):
            assert same(exact.simulate(plan, case.steps), exact.simulate(plan2, case.steps))

    hold(claim, studies)
    assert len(seen) > studies / 2


DEMERITS = {
    "signals": {"act": {"channel": "camera", "points": 3, "lawful": False, "about": "speeds"}},
    "score": {"direction": "high-is-bad", "start": 0, "floor": 0, "ceiling": 100},
    "tiers": {"drives": {"from": 0}, "warned": {"from": 6}, "suspended": {"from": 13, "margin": 2}}}


def tiers_over(steps: int, scheme: dict[str, Any]) -> list[str]:
    """In which tier everybody is after each step, where everybody is caught once a step."""
    case = small(scheme, steps=steps)
    plan = case.plan()
    found = agents.simulate(plan, settle(plan, 1), steps, 1).occupancy.sum(axis=1)
    assert (np.sort(found)[:, -1] == found.sum(axis=1)).all()
    return [plan.tiers[t] for t in found.argmax(axis=1)]


def test_demerits_rise_through_the_tiers() -> None:
    # 3, 6, 9, 12, 15: `warned` from 6, and who is warned stays so until the margin of the next tier is used up at 15.
    assert tiers_over(6, DEMERITS) == ["drives", "drives", "warned", "warned", "warned", "suspended", "suspended"]
    without = DEMERITS["tiers"] | {"suspended": {"from": 13}}
    assert tiers_over(5, DEMERITS | {"tiers": without})[-1] == "suspended"
    assert tiers_over(4, DEMERITS | {"tiers": DEMERITS["tiers"] | {"suspended": {"from": 12}}})[-1] == "suspended"


def test_who_starts_in_the_worst_tier_by_a_table() -> None:
    table = DEMERITS | {"score": DEMERITS["score"] | {"start": {"distribution": {0: 0.5, 12: 0.3, 13: 0.2}}},
                        "tiers": DEMERITS["tiers"] | {"suspended": {"from": 13}}}
    plan = small(table, {"people": 100}).plan()
    begun = exact.simulate(plan, 0).occupancy[0].sum(axis=0)
    assert dict(zip(plan.tiers, begun.tolist(), strict=True)) == pytest.approx(
        {"suspended": 20.0, "warned": 30.0, "drives": 50.0})
