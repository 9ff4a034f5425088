"""Harms of what the engines really hand over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sousveil import harms
from sousveil.engine import agents, exact, oracle, trace
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.harms import view
from tracing import files, plan_of

UNTIED: dict[str, Any] = {"kin": [], "redress": {"notice": True, "appeal": 0.5, "upheld": 0.5}}
STEPS = 24


def drawn(plan: Plan, seed: int = 3) -> trace.Trace:
    return trace.of(plan, agents.simulate(plan, settle(plan, seed), STEPS, seed), "month")


def drawn_act_by_act(plan: Plan, seed: int = 3) -> trace.Trace:
    return trace.of(plan, oracle.simulate(*files(), plan, settle(plan, seed), STEPS, seed), "month")


@pytest.mark.parametrize("draw", [drawn, drawn_act_by_act])
def test_what_is_drawn_adds_up(draw: Callable[[Plan], trace.Trace]) -> None:
    made = draw(plan_of(400))
    look = view.of(made)
    persons, ever = look.column("persons"), look.column("wrongful_ever")
    assert (persons.sum(axis=2) == look.people).all()
    assert (np.diff(persons, axis=0) == (look.column("entries") - look.column("exits"))[1:]).all()
    assert (ever <= persons).all()
    assert (np.diff(ever.sum(axis=2), axis=0) >= 0).all()
    assert look.total("wrongful_given").sum() >= ever[-1].sum() > 0
    spells = made.spells.to_pylist()
    assert sum(s["left"] for s in spells) == look.total("exits").sum()
    assert sum(s["still"] for s in spells) == 400
    assert sum(s["duration"] * (s["left"] + s["still"]) for s in spells) == 400 * STEPS
    assert sum(m["persons"] for m in made.moves.to_pylist()) == look.total("exits").sum()


def test_expected_debits_are_near_those_that_were_drawn() -> None:
    plan = plan_of(20_000)
    made = drawn(plan)
    look = view.of(made)
    assert made.debits is not None
    realised = float((view.numbers(made.debits, "debits") * view.numbers(made.debits, "persons")).sum())
    kin = -look.total("points_kin").sum()
    expected = look.total("debits_own").sum() + look.total("debits_wrongful").sum()
    # Sums of Poisson debits of at most 10 points: the variance is at most 10 times the mean.
    assert abs(realised - kin - expected) < 5 * (10 * expected) ** 0.5


def test_the_expectation_lies_in_the_sampling_intervals_of_what_was_drawn() -> None:
    plan = plan_of(20_000, scheme=UNTIED)
    expected = {(m.harm, m.measure, m.group): m.value
                for m in harms.measure_all(trace.of(plan, exact.simulate(plan, STEPS, spells="denying"), "month"))}
    inside, told = 0, 0
    for m in harms.measure_all(drawn(plan)):
        value = expected[m.harm, m.measure, m.group]
        if value is None or m.low is None or m.high is None:
            continue
        told += 1
        inside += m.low - 1e-9 <= value <= m.high + 1e-9
    assert told > 60
    # One in twenty may miss, were they independent and not cautious.
    assert inside >= 0.9 * told
