"""The recipes of docs/recipes.md: each is a study that holds together and does what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from random_schemes import Case
from small_study import small
from sousveil.engine import agents, exact
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.studies.cross_check import disagreements

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
BLOCK = re.compile(r"^```yaml\n# (scheme|population): ([\w ]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def recipes() -> dict[str, dict[str, Any]]:
    """Recipe -> file -> what it adds."""
    found: dict[str, dict[str, Any]] = {}
    for file, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        found.setdefault(name, {})[file] = YAML(typ="safe", pure=True).load(text)
    return found


def made(name: str, steps: int) -> Case:
    given = recipes()[name]
    clerk = {"channels": {"clerk": {"coverage": 1.0}}}
    return small({**clerk, **given["scheme"]}, given["population"], steps=steps)


def scores(plan: Plan, steps: int) -> dict[str, dict[float, float]]:
    """group -> score at the end -> share."""
    last = exact.simulate(plan, steps).scores[1]
    found = {}
    for g, name in enumerate(plan.groups):
        law = last[plan.unit_group == g].sum(axis=0)
        found[name] = {float(plan.ladder.points(s)): float(law[s] / law.sum()) for s in np.flatnonzero(law > 1e-12)}
    return found


def bottom(plan: Plan, steps: int, group: int = 0) -> float:
    persons = exact.simulate(plan, steps).occupancy[-1][plan.cell_group == group]
    return float(persons[:, 0].sum() / persons.sum())


def by_tier(case: Case) -> None:
    # From 50: -5 a step down to 35, which is low (below 40), and -10 from there on.
    assert [scores(case.plan(), n)["A"] for n in (1, 2, 3, 4, 5)] == [
        {45.0: 1.0}, {40.0: 1.0}, {35.0: 1.0}, {25.0: 1.0}, {15.0: 1.0}]


def by_group(case: Case) -> None:
    assert scores(case.plan(), 1) == {"A": {45.0: 1.0}, "B": {30.0: 1.0}}


def strikes(case: Case) -> None:
    assert bottom(case.plan(), 3) == pytest.approx(1 / 8)
    assert bottom(case.plan(), 4) == pytest.approx(5 / 16)  # at least three of four


def exempt(case: Case) -> None:
    assert bottom(case.plan(), 1) == pytest.approx(0.9)


def stop(case: Case) -> None:
    assert bottom(case.plan(), 3) == pytest.approx(0.05)
    assert bottom(case.plan(), 3, 1) == pytest.approx(0.2)


def watched(case: Case) -> None:
    assert bottom(case.plan(), 1) == pytest.approx(0.5 * (0.2 * 0.9 + 0.8 * 0.1))
    assert bottom(case.plan(), 1, 1) == pytest.approx(0.5 * (0.8 * 0.9 + 0.2 * 0.1))


def amnesty(case: Case) -> None:
    plan, ends = case.plan(), []
    for steps in (2, 3, 4):
        scores = agents.simulate(plan, settle(plan, 1), steps, 1).scores[1, 0]
        ends.append(plan.ladder.points(np.flatnonzero(scores)).tolist())
    assert ends == [[40.0], [40.0], [30.0]]


def appeals(case: Case) -> None:
    plan = case.plan()
    scores = agents.simulate(plan, settle(plan, 1), 4, 1).scores[1, 0]
    lost = 50.0 - float(plan.ladder.points(np.arange(len(scores))) @ scores) / 400
    # Three chances of a person to get 5 points back.
    assert abs(lost - (5 * 4 - 1.5 * 3)) < 5 * (3 * 0.3 * 0.7 / 400) ** 0.5 * 5


def listing(case: Case) -> None:
    plan = case.plan()
    outcome = agents.simulate(plan, settle(plan, 1), 4, 1)
    ended, entered = outcome.left[0, 0], outcome.moves[:3, 0, 1, 0].sum()
    assert np.flatnonzero(ended).tolist() == [2]
    chance = 0.5 * 0.8 * np.exp(-0.3)
    assert abs(ended[2] - entered * chance) < 5 * (entered * chance * (1 - chance)) ** 0.5


CLAIMS: dict[str, Callable[[Case], None]] = {
    "points by tier": by_tier, "points by group": by_group, "three strikes": strikes, "exempt": exempt,
    "hard stop": stop, "watched areas": watched, "amnesty": amnesty, "appeals": appeals,
    "listing": listing}


def test_every_recipe_is_held_to_what_it_says() -> None:
    assert set(recipes()) == set(CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_recipe_holds_together_and_does_what_it_says(name: str) -> None:
    case = made(name, 4)
    assert disagreements(case.scheme, case.population, case.assumptions) == []
    CLAIMS[name](case)
