"""The month told in plain Python and the compiled loop are the same, bit for bit, over random schemes."""

from __future__ import annotations

import itertools

import numpy as np

from random_schemes import Case, hold
from small_study import small
from sousveil.engine import agents
from sousveil.engine.arrays import CHILDREN, FALLEN, HEAD, TIER
from sousveil.engine.household import Household, Month, Person, World
from sousveil.engine.ledger import unfold
from sousveil.engine.month import give, live
from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.people import crowd, settle
from sousveil.engine.plan import Plan
from sousveil.engine.tables import tables
from tiers import few_and_many

SEED = 11


def lived(case: Case) -> tuple[Plan, agents.State, Outcome, list[Person], list[tuple[Person, Month]]]:
    """Everybody of a case, by the compiled loop and household by household."""
    plan = case.plan()
    people, finals = settle(plan, SEED), []
    pulls = np.zeros((case.steps + 1, plan.pools, len(plan.kinds)))
    outcome = agents.simulate(plan, people, case.steps, SEED, pulls=pulls, final=finals.append)
    everybody = crowd(plan, SEED)
    laid_out = tables(plan, everybody)
    start = agents.begin(plan, laid_out, people, SEED, empty(plan, 0)).state
    world = World(plan, laid_out, SEED, pulls, outcome.cuts)
    persons = [Person(i, int(people.cell[i]), int(start.score[i]), int(start.tier[i]) & TIER, due=[0] * plan.delay)
               for i in range(len(people))]
    for person in persons:
        give(person, 0, world)
    worlds = {id(rules): World(rules, tables(rules, everybody), SEED, pulls, outcome.cuts) for rules in plan.plans}
    edges = [*np.flatnonzero(people.home & HEAD), len(people)]
    months = []
    for first, last in itertools.pairwise(edges):
        household = Household(persons[first:last], int(people.home[first] & CHILDREN))
        for step in range(1, case.steps + 1):
            months += list(zip(household.members, live(household, step, worlds[id(plan.at(step))]), strict=True))
    return plan, finals[0], outcome, persons, months


def kept_points(plan: Plan, month: Month) -> int:
    """Points of own records that the register keeps, and of releases."""
    if plan.register is None:
        return 0
    weight = plan.weight[list(plan.register.kinds)]
    return int((weight * month.kept).sum()) + sum(turn.points for turn in month.turns if turn.what == "released")


@few_and_many("studies", 40, 600)
def test_the_compiled_loop_does_what_the_month_says(studies: int) -> None:
    hold(the_loop_does_what_the_month_says, studies)


def the_loop_does_what_the_month_says(case: Case) -> None:
    plan, final, outcome, persons, months = lived(case)
    assert [p.score for p in persons] == final.score.tolist()
    assert [p.since for p in persons] == final.since.tolist()
    if "listings" in plan.grounds:
        assert [p.wrong for p in persons] == final.wrong.tolist()
        assert [p.heard for p in persons] == final.heard.tolist()
    if plan.register is not None:
        kept = [record.kind << 24 | record.wait << 17 | record.began for p in persons for record in p.records]
        assert kept == final.records.tolist()
    for n, place in enumerate(plan.places):
        if place.held >= 0:
            assert [p.chosen.get(n, -1) + 1 for p in persons] == final.chosen[place.held].tolist()
    assert [p.tier for p in persons] == (final.tier & TIER).tolist()
    assert [p.ever for p in persons] == (final.tier >> 7).astype(bool).tolist()
    fallen = {p.id for p in persons if p.tier == 0} | {p.id for p, m in months if 0 in (m.tier, m.held)}
    # Who leaves for a place may have been in the bottom tier for a moment that no line of the ledger shows.
    stay = np.array([p.tier < len(plan.tiers) - plan.left for p in persons])
    assert [p.id in fallen for p in persons if stay[p.id]] == (final.tier[stay] & FALLEN).astype(bool).tolist()
    assert outcome.fallen.sum() == (final.tier & FALLEN != 0).sum()
    own, wrong = np.zeros(case.steps + 1, dtype=int), np.zeros(case.steps + 1, dtype=int)
    for _, month in months:
        own[month.step] += month.own_debits + month.own_credits + kept_points(plan.at(month.step), month)
        weight = plan.at(month.step).weight
        wrong[month.step] += sum(int(weight[r.kind]) for r in month.wrongful if r.counted)
    contested = [m.irrelevant for _, m in months if m.irrelevant]
    fates = [[r.counted, r.appealed, r.upheld] for them in contested for r in them]
    told = [[True, m.listing.appealed, m.listing.upheld] for _, m in months if m.listing is not None]
    for ground, found in enumerate((fates, told)):
        counted = np.array(found, dtype=int).reshape(-1, 3).sum(axis=0)
        assert counted.tolist() == outcome.appeals[..., ground, :].sum(axis=(0, 1, 2)).tolist()
    assert own.tolist() == outcome.points[..., 0].sum(axis=(1, 2)).tolist()
    assert wrong.tolist() == outcome.points[..., 1:3].sum(axis=(1, 2, 3)).tolist()


def test_a_listing_is_lifted_in_the_step_of_a_new_beginning() -> None:
    """What that gives back counts, as the rules told act by act have it; what was owed to somebody does not."""
    the_loop_does_what_the_month_says(small(
        {"channels": {"camera": {"coverage": 0.0, "spurious": 0.7}},
         "signals": {"act": {"channel": "camera", "points": -9, "lawful": True}},
         "consequences": {"low": [{"right": "travel", "effect": "denied"}]},
         "redress": {"notice": True, "against": ["listings"], "appeal": 1.0, "upheld": 0.9, "delay": 1},
         "releases": {"anew": {"ends": "all", "while": ["low"]}}},
        {"people": 200, "releases": {"anew": 0.5}}, steps=8))


def test_where_nothing_counts_nothing_happens() -> None:
    case = Case({
        "scheme": {"scheme": "x", "status": "invented", "score": {"start": 50, "floor": 0, "ceiling": 100},
                   "tiers": {"up": {"from": 50}, "low": {"from": 0}}},
        "population": {"population": "p", "people": 40, "groups": {"A": 1.0}}, "assumptions": {"assumptions": "none"},
        "steps": 2})
    the_loop_does_what_the_month_says(case)


def test_the_acts_of_a_story_add_up_to_its_points() -> None:
    hold(the_acts_add_up, 15)


def the_acts_add_up(case: Case) -> None:
    plan, _, _, _, months = lived(case)
    for person, month in months[:60]:
        rules = plan.at(month.step)
        acts = unfold(rules, person.cell, month, SEED, person.id)
        given_points = [a.recorded * int(rules.weight[a.kind]) for a in acts]
        kept = [n * int(rules.weight[k]) for k, n in zip(rules.register.kinds if rules.register else (), month.kept,
                                                        strict=True)]
        assert sum(p for p in given_points if p < 0) == month.own_debits + sum(p for p in kept if p < 0)
        assert sum(p for p in given_points if p > 0) == month.own_credits + sum(p for p in kept if p > 0)
        assert all(a.recorded <= rules.at_most[a.kind] or not rules.at_most[a.kind] for a in acts)


def test_what_is_unfolded_has_the_law_of_the_acts() -> None:
    """Over many persons, the kinds behind the sums come as often as the plan says they are recorded."""
    plain = {
        "scheme": {"scheme": "x", "status": "invented", "channels": {"c": {"coverage": 0.7, "miss": 0.1}},
                   "signals": {"a": {"channel": "c", "points": -1, "lawful": True},
                               "b": {"channel": "c", "points": -2, "lawful": True},
                               "d": {"channel": "c", "points": -2, "lawful": True, "at-most": 1}},
                   "score": {"start": 50, "floor": 0, "ceiling": 100},
                   "tiers": {"up": {"from": 50}, "low": {"from": 0}}},
        "population": {"population": "p", "people": 1500, "groups": {"A": 1.0},
                       "conduct": {"a": {"rate": 0.8}, "b": {"rate": 0.5}, "d": {"chance": 0.4}}},
        "assumptions": {"assumptions": "none"}, "steps": 2}
    plan, _, _, _, months = lived(Case(plain))
    recorded, missed = np.zeros(3), np.zeros(3)
    for person, month in months:
        for acts in unfold(plan, person.cell, month, SEED, person.id):
            recorded[acts.kind] += acts.recorded
            missed[acts.kind] += acts.unrecorded
    n = len(months)
    expected, unseen = plan.own[0, 0], plan.acts[0, 0] - plan.own[0, 0]
    assert np.all(np.abs(recorded / n - expected) < 5 * np.sqrt(expected / n))
    assert np.all(np.abs(missed / n - unseen) < 5 * np.sqrt(unseen / n))
