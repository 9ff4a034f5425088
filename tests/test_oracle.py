"""The oracle does what MODEL.md section 3 says: situations whose outcome is certain, and closed forms of single parts.

Closed forms judge both engines that have persons. A count of independent persons must lie within five standard errors
of what the formula says; each test has its own seed, so the answer is always the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from random_schemes import Case, hold
from small_study import small
from sousveil.engine import agents, oracle
from sousveil.engine.arrays import HEAD
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People, settle
from tiers import few_and_many
from tracing import sizes

Engine = Callable[[Case], Outcome]


def by_oracle(case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    return oracle.simulate(case.scheme, case.population, case.assumptions, plan, settle(plan, seed), case.steps, seed)


def by_agents(case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    return agents.simulate(plan, settle(plan, seed), case.steps, seed)


both = pytest.mark.parametrize("engine", [by_oracle, by_agents])


def worth(points: int, **more: Any) -> dict[str, Any]:
    return {"act": {"channel": "camera", "points": points, "lawful": True, **more}}


# Situations whose outcome is certain.


@both
def test_a_margin_holds_and_a_threshold_lifts_at_once(engine: Engine) -> None:
    tiers = {"high": {"from": 60}, "middle": {"from": 48, "margin": 3}, "low": {"from": 0}}
    sinking = engine(small({"signals": worth(-1), "tiers": tiers}, steps=8)).occupancy.argmax(axis=2)[:, 0]
    # 50 49 48 47 46 45 are held; 44 is below 48 less the margin
    assert sinking.tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0]
    score = {"start": 44, "floor": 0, "ceiling": 100}
    rising = engine(small({"signals": worth(1), "tiers": tiers, "score": score}, steps=6))
    assert rising.occupancy.argmax(axis=2)[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 1]


@both
def test_a_spell_is_as_long_as_the_steps_it_lasts(engine: Engine) -> None:
    outcome = engine(small({"signals": worth(-4)}, steps=5))  # 50 46 42 38 34 30
    assert outcome.left[0].tolist() == [[0] * 6, [0, 0, 0, 10, 0, 0], [0] * 6]
    assert outcome.still[0].tolist() == [[0, 0, 10, 0, 0, 0], [0] * 6, [0] * 6]
    assert outcome.moves[3, 0, 1, 0] == 10


@both
def test_the_score_decays_with_halves_to_the_even(engine: Engine) -> None:
    score = {"start": {"distribution": {50: 1.0}}, "floor": 0, "ceiling": 100, "baseline": 43, "decay": 0.5}
    scores = [int(engine(small({"score": score}, steps=n)).scores[1, 0].argmax()) for n in range(6)]
    assert scores == [50, 47, 45, 44, 43, 43]  # 43 + 7, 3.5 -> 4, 2, 1, 0.5 -> 0


@both
def test_the_score_stops_at_its_bounds(engine: Engine) -> None:
    assert engine(small({"signals": worth(-30)}, steps=2)).scores[1, 0, 0] == 10
    assert engine(small({"signals": worth(30)}, steps=2)).scores[1, 0, 100] == 10


@both
def test_a_ceiling_and_a_handicap_fall_on_their_group(engine: Engine) -> None:
    outcome = engine(small({"signals": worth(20), "ceilings": {"B": "middle"}, "handicaps": {"A": -5}},
                           {"groups": {"A": 0.5, "B": 0.5}}, steps=2))
    assert outcome.occupancy[:, :, 2].tolist() == [[0, 0], [5, 0], [5, 0]]
    assert outcome.scores[1].argmax(axis=1).tolist() == [80, 90]


@both
def test_no_more_records_count_than_the_cap(engine: Engine) -> None:
    case = small({"signals": worth(-1, **{"at-most": 3})}, {"conduct": {"act": {"rate": 60.0}}}, steps=2)
    assert engine(case).points[1:, 0, :, 0].sum(axis=1).tolist() == [-30, -30]


@both
def test_a_mistaken_record_falls_on_a_look_alike(engine: Engine) -> None:
    channel = {"camera": {"coverage": 1.0, "mistaken": 1.0}}
    pair = {"people": 4, "groups": {"A": 0.5, "B": 0.5}, "conduct": {"act": {"rate": {"group": {"A": 8.0, "B": 0.0}}}}}
    apart = engine(small({"channels": channel, "signals": worth(-1, **{"at-most": 1})}, pair, steps=3))
    assert apart.points[1:, :, :, 1].sum(axis=2).tolist() == [[-2, 0]] * 3
    assert apart.points[..., 0].sum() == 0
    alone = engine(small({"channels": channel, "signals": worth(-1)}, {"people": 1}, steps=3))
    assert alone.points.sum() == 0, "who looks like nobody is mistaken for nobody"


@both
def test_a_debit_that_is_undone_comes_back_after_the_delay(engine: Engine) -> None:
    camera = {"camera": {"coverage": 1.0, "spurious": 60.0}}
    for delay in (0, 2):
        case = small({"channels": camera, "signals": worth(-1, **{"at-most": 1}),
                      "redress": {"notice": True, "appeal": 1.0, "upheld": 1.0, "delay": delay}},
                     {"conduct": {"act": {"chance": 0.0}}}, steps=4)
        outcome = engine(case)
        back = [0] * delay + [10] * (4 - delay)
        assert outcome.points[1:, 0, :, 4].sum(axis=1).tolist() == back
        assert outcome.points[1:, 0, :, 2].sum(axis=1).tolist() == [-10] * 4
        assert outcome.scores[1, 0].argmax() == 50 - delay
        assert outcome.wrongful[1:, 0].sum(axis=1).tolist() == [[10, 10, 10]] * 4
        assert outcome.wrongful_ever[-1].sum() == 10
        values, persons = outcome.debits[0]
        assert (values.tolist(), persons.tolist()) == ([4], [10])


HOUSE = {"people": 40, "strata": {"class": {"poor": 0.5, "rich": 0.5}},
         "households": {"adults": {2: 0.5, 3: 0.5}, "children": {0: 0.5, 2: 0.5}}}
RICH_AND_POOR = {"start": {"class": {"poor": 20, "rich": 70}}, "floor": 0, "ceiling": 100}


def houses(people: People) -> list[list[int]]:
    """Cells of the members of each household: 0 is poor, 1 is rich."""
    found: list[list[int]] = []
    for cell, home in zip(people.cell.tolist(), people.home.tolist(), strict=True):
        if home & HEAD:
            found.append([])
        found[-1].append(cell)
    return found


@both
def test_kin_rules_fall_on_those_who_live_with_somebody_else_in_the_tier(engine: Engine) -> None:
    case = small({"score": RICH_AND_POOR, "kin": [{"when": "low", "points": -2, "cap": "middle"}]}, HOUSE)
    members = houses(settle(case.plan(), 1))
    struck = [(house, i) for house in members for i in range(len(house)) if 0 in house[:i] + house[i + 1:]]
    rich = sum(house[i] == 1 for house, i in struck)
    assert 0 < rich < 20
    outcome = engine(case)
    assert outcome.points[1, 0, :, 3].tolist() == [-2 * (len(struck) - rich), 0, -2 * rich]
    assert outcome.moves[1, 0, 2, 1] == rich


@both
def test_rights_are_counted_for_children_and_for_the_others_of_a_household(engine: Engine) -> None:
    case = small({"score": RICH_AND_POOR, "consequences": {"low": [
        {"right": "school", "effect": "denied", "bearer": "children"},
        {"right": "travel", "effect": "denied", "bearer": "household"}]}}, HOUSE, steps=2)
    people = settle(case.plan(), 1)
    marked = [0 in house for house in houses(people)]
    children = people.home[people.home & HEAD > 0] & 0x1F
    others = sum(house.count(1) for house in houses(people) if 0 in house)
    assert engine(case).shared[1:, 0].tolist() == [[int(children[marked].sum()), others]] * 2


@both
def test_the_watched_are_watched_more_and_act_otherwise(engine: Engine) -> None:
    consequence = {"right": "travel", "effect": "denied", "scrutiny": 5.0, "conduct": {"act": 2.0}}
    case = small({"channels": {"camera": {"coverage": 0.2}}, "signals": worth(-1, **{"at-most": 1}),
                  "consequences": {"middle": [consequence]}}, {"conduct": {"act": {"chance": 0.5}}}, steps=3)
    assert engine(case).points[1:, 0, 1, 0].tolist() == [-10, -10, -10]


# Closed forms.

MANY = {by_oracle: 3000, by_agents: 40_000}


def near(found: Any, expected: Any, deviation: Any, people: int, slack: float = 0.0) -> bool:
    """Whether means over people lie within five standard errors of what they should be."""
    return bool((np.abs(np.asarray(found) - expected) <= 5 * np.asarray(deviation) / np.sqrt(people) + slack).all())


@both
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_mean_and_variance_of_the_score_under_one_signal_and_decay(engine: Engine, decay: float) -> None:
    rate, points, steps, kept = 0.7, -100, 10, 1.0 - decay
    case = small({"signals": worth(points), "score": {"start": 9000, "floor": 0, "ceiling": 10_000, "decay": decay},
                  "tiers": {"only": {"from": 0}}}, {"people": MANY[engine], "conduct": {"act": {"rate": rate}}},
                 steps=steps)
    scores = np.repeat(np.arange(10_001), engine(case).scores[1, 0])
    powers = kept ** np.arange(steps)
    mean, variance = rate * points * powers.sum(), rate * points**2 * (powers**2).sum()
    fourth = rate * points**4 * (powers**4).sum() + 3 * variance**2
    rounding = 0.5 * powers.sum() if decay else 0.0  # the score is a whole number: each step is off by a half at most
    assert near(scores.mean() - 9000, mean, np.sqrt(variance), len(scores), rounding)
    assert near(((scores - 9000 - mean) ** 2).mean(), variance, np.sqrt(fourth - variance**2), len(scores),
                2 * rounding * np.sqrt(variance) + rounding**2)


@both
def test_the_share_with_at_least_one_wrongful_debit(engine: Engine) -> None:
    """Spurious records at one rate, and others' acts pinned on a person at another: 1 - exp(-(both) steps)."""
    steps, rate = 6, 0.05 + 0.5 * 0.8 * 0.2
    case = small({"channels": {"camera": {"coverage": 0.8, "mistaken": 0.2, "spurious": 0.05}}, "signals": worth(-1)},
                 {"people": MANY[engine], "conduct": {"act": {"rate": 0.5}}}, steps=steps)
    share = 1.0 - np.exp(-rate * np.arange(steps + 1))
    found = engine(case).wrongful_ever.sum(axis=(1, 2)) / MANY[engine]
    assert near(found, share, np.sqrt(share * (1 - share)), MANY[engine])


@both
def test_escape_from_a_chain_of_three_states(engine: Engine) -> None:
    """Up with chance p, down with chance q, and nobody falls from the top: first passage of an absorbing chain."""
    p, q, steps = 0.3, 0.4, 12
    case = small({"signals": {"climb": {"channel": "camera", "points": 1, "lawful": True},
                              "fall": {"channel": "camera", "points": -1, "lawful": True}},
                  "score": {"start": 0, "floor": 0, "ceiling": 2},
                  "tiers": {"top": {"from": 2}, "middle": {"from": 1}, "bottom": {"from": 0}},
                  "consequences": {"top": [{"right": "rest", "effect": "granted", "conduct": {"fall": 0.0}}]}},
                 {"people": MANY[engine], "conduct": {"climb": {"chance": p}, "fall": {"chance": q}}}, steps=steps)
    up, down = p * (1 - q), q * (1 - p)
    chain = np.array([[1 - up, up, 0.0], [down, 1 - up - down, up], [0.0, 0.0, 1.0]])
    state = np.stack([np.linalg.matrix_power(chain, n)[0] for n in range(steps + 1)])
    outcome = engine(case)
    assert near(outcome.occupancy[:, 0] / MANY[engine], state, np.sqrt(state * (1 - state)), MANY[engine])
    # Spells at the bottom are geometric: those that reach an age, and those among them that end at it.
    ended, lasted = outcome.left[0, 0, 1:], outcome.still[0, 0, 1:]
    reached = (ended + lasted)[::-1].cumsum()[::-1]
    assert near(ended / reached, up, np.sqrt(up * (1 - up)) * np.sqrt(MANY[engine] / reached), MANY[engine])
    assert outcome.left[0, 2].sum() == 0


# Books that balance, whatever the study.


@few_and_many("studies", 25, 400)
def test_the_books_balance(studies: int) -> None:
    hold(balanced, studies)


def balanced(case: Case) -> None:
    plan = case.plan()
    for outcome in (by_oracle(case), by_agents(case)):
        units = np.zeros((case.steps + 1, len(plan.unit_group), len(plan.tiers)), dtype=np.int64)
        np.add.at(units, (slice(None), plan.cell_unit), outcome.occupancy)
        assert (outcome.occupancy.sum(axis=2) == sizes(plan, 1)).all(), "nobody is born, dies or moves"
        assert (np.diff(units, axis=0) == (outcome.moves.sum(axis=2) - outcome.moves.sum(axis=3))[1:]).all()
        assert (outcome.left.sum(axis=2) == outcome.moves.sum(axis=(0, 3))).all(), "a spell ends with a move"
        assert (outcome.still.sum(axis=2) == units[-1]).all()
        assert (outcome.scores.sum(axis=2) == units[0].sum(axis=1)).all()
        assert (np.diff(outcome.wrongful_ever.sum(axis=2), axis=0) >= 0).all(), "once wronged, for ever wronged"
        assert (np.diff(outcome.wrongful, axis=3) <= 0).all(), "upheld are appealed are given"
        assert (outcome.wrongful_ever <= units).all()
        assert [int(persons.sum()) for _, persons in outcome.debits] == units[0].sum(axis=1).tolist()
