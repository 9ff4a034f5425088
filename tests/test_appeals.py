"""Appeals against records that are true and should not count, and against listings: closed forms, luck, and words."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, poisson

import sousveil
from random_schemes import Case
from small_study import small
from sousveil.engine import agents, exact, held_against, trace
from sousveil.engine.arrays import WRONG
from sousveil.engine.npz import Damaged
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.refusals import refusals
from sousveil.engine.stream import stream
from sousveil.harms import silence
from sousveil.studies.explain import rules
from test_stream import stopped_and_gone_on

RATE, WORTH, APPEAL, UPHELD = 0.8, 2, 0.6, 0.5


def walking(people: int = 4000, steps: int = 4, signal: dict[str, Any] | None = None,
            channel: dict[str, Any] | None = None, **redress: Any) -> Case:
    """Everybody walks at night, so often in a step; each record takes two points of a score of 100."""
    return small({"channels": {"camera": {"coverage": 1.0, **(channel or {})}},
                  "signals": {"walks": {"channel": "camera", "points": -WORTH, "lawful": True, "relevant": False,
                                        **(signal or {})}},
                  "score": {"start": 100, "floor": 0, "ceiling": 200},
                  "redress": {"notice": True, "against": ["irrelevant"], "appeal": APPEAL, "upheld": UPHELD,
                              **redress}},
                 {"people": people, "conduct": {"walks": {"rate": RATE}}}, steps=steps)


def lived(case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    return agents.simulate(plan, settle(plan, seed), case.steps, seed)


def lost(outcome: Outcome) -> tuple[float, float]:
    """Mean and variance of the points that a person is below the start."""
    law = outcome.scores[1].sum(axis=0) / outcome.scores[1].sum()
    points = 100.0 - np.arange(len(law))
    mean = float(law @ points)
    return mean, float(law @ points**2) - mean**2


def test_without_delay_what_stays_is_a_thinned_compound_poisson() -> None:
    told = exact.simulate(walking().plan(), 4)
    rate = 4 * RATE * (1 - APPEAL * UPHELD)
    assert lost(told) == pytest.approx((WORTH * rate, WORTH**2 * rate), rel=1e-9)
    gone = np.arange(20)
    assert told.scores[1].sum(axis=0)[100 - WORTH * gone] / 4000 == pytest.approx(poisson.pmf(gone, rate), abs=1e-12)


def test_below_a_cap_every_record_that_counts_is_appealed_by_itself() -> None:
    told = exact.simulate(walking(steps=1, signal={"at-most": 2}).plan(), 1)
    counted = np.array([*poisson.pmf([0, 1], RATE), poisson.sf(1, RATE)])
    stays = [sum(chance * binom.pmf(m, n, 1 - APPEAL * UPHELD) for n, chance in enumerate(counted)) for m in range(3)]
    assert told.scores[1].sum(axis=0)[[100, 98, 96]] / 4000 == pytest.approx(stays, abs=1e-12)
    many = counted @ np.arange(3)
    assert told.appeals[1].sum(axis=(0, 1))[0] / 4000 == pytest.approx([many, many * APPEAL, many * APPEAL * UPHELD])


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_after_a_delay_points_come_back_so_many_steps_later(delay: int) -> None:
    people, steps = 4000, 5
    mean, _ = lost(lived(walking(people, steps, delay=delay)))
    back = max(0, steps - delay) * APPEAL * UPHELD
    expected = WORTH * RATE * (steps - back)
    assert abs(mean - expected) < 5 * WORTH * (steps * RATE / people) ** 0.5


@pytest.mark.parametrize("delay", [0, 1])
def test_records_that_end_are_taken_off_themselves(delay: int) -> None:
    people, term = 4000, 3
    mean, _ = lost(lived(walking(people, 6, signal={"lasts": term}, delay=delay)))
    expected = WORTH * RATE * (term - (term - delay) * APPEAL * UPHELD)
    assert abs(mean - expected) < 5 * WORTH * (term * RATE / people) ** 0.5


def test_appeals_that_never_succeed_change_no_bit_of_a_score() -> None:
    """A scheme with appeals against irrelevant records shares its luck with one without."""
    some = {"mistaken": 0.2, "spurious": 0.3}
    here = walking(1000, channel=some, against=["mistakes", "irrelevant"], upheld=0.0)
    there = walking(1000, channel=some, against=["mistakes"], upheld=0.0)
    one, other = lived(here), lived(there)
    assert other.appeals.size == 0
    for name in ("occupancy", "moves", "points", "wrongful", "wrongful_ever", "scores", "left", "still"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    given, appealed, upheld = one.appeals.sum(axis=(0, 1, 2))[0]
    assert given * -WORTH == one.points[..., 0].sum()
    assert 0.5 < appealed / given < 0.7
    assert upheld == 0


def test_what_is_not_among_the_grounds_is_not_appealed() -> None:
    outcome = lived(walking(1000, channel={"mistaken": 0.2, "spurious": 0.3}))
    given, appealed, upheld = outcome.wrongful.sum(axis=(0, 1, 2))
    assert given > 0
    assert appealed == upheld == 0
    assert outcome.appeals[..., 0, 2].sum() * WORTH == outcome.points[..., 4].sum()


def test_the_reports_say_what_became_of_them() -> None:
    case = walking(1000, channel={"mistaken": 0.2})
    plan = case.plan()
    told = trace.of(plan, lived(case), "month")
    assert told.appeals is not None
    found = {m.name: m for m in silence.measures(told) if m.group == "all"}
    appealed, surfaced = (found[name].value for name in (silence.IRRELEVANT_APPEALED, silence.IRRELEVANT_SURFACED))
    given = sum(told.appeals["given"].to_pylist())
    assert appealed == pytest.approx(sum(told.appeals["appealed"].to_pylist()) / given)
    assert surfaced == pytest.approx(sum(told.appeals["upheld"].to_pylist()) / given)
    assert found[silence.APPEALED].value == 0
    without = walking(50, against=["mistakes"])
    assert trace.of(without.plan(), lived(without), "month").appeals is None


def test_explain_says_what_can_be_appealed() -> None:
    plain = deepcopy(walking(50, against=["mistakes", "irrelevant"]).plain)
    study = sousveil.study({"study": "s", "scheme": plain["scheme"], "population": plain["population"], "steps": 2})
    said = next(rule.rule for rule in rules(study) if rule.path == "redress")
    assert "against 60 of 100 debits for what they did not do and debits for acts that should not count" in said


# Listings: who comes into a tier that takes a right away while something stands wrongly asks for it to be put right.


def listing(people: int = 4000, steps: int = 4, scheme: dict[str, Any] | None = None, spurious: float = 0.3,
            **redress: Any) -> Case:
    """Records of nobody's acts, twenty points each; below 40 travel is denied. What people do costs three points."""
    return small({"channels": {"camera": {"coverage": 1.0}, "clerk": {"coverage": 1.0, "spurious": spurious}},
                  "signals": {"late": {"channel": "camera", "points": -3, "lawful": True},
                              "found": {"channel": "clerk", "points": -20, "lawful": True}},
                  "score": {"start": 500, "floor": 0, "ceiling": 1000},
                  "tiers": {"free": {"from": 490}, "listed": {"from": 0}},
                  "consequences": {"listed": [{"right": "travel", "effect": "denied"}]},
                  "redress": {"notice": True, "against": ["listings"], "appeal": APPEAL, "upheld": UPHELD, **redress},
                  **(scheme or {})},
                 {"people": people, "conduct": {"late": {"rate": 0.0}, "found": {"rate": 0.0}}}, steps=steps)


@pytest.mark.parametrize("delay", [0, 1, 2])
def test_of_stays_for_wrong_records_so_many_end_and_each_after_the_delay(delay: int) -> None:
    """One wrong record is enough. Who is given back all of them is free, unless a new one lands in that step."""
    people, steps, rate = 20_000, 6, 0.3
    outcome = lived(listing(people, steps, spurious=rate, delay=delay))
    ends, entries = outcome.left[0, 0], outcome.moves[:, 0, 1, 0]
    assert np.flatnonzero(ends).tolist() == [1 + delay]
    could = int(entries[:steps - delay].sum())
    chance = APPEAL * UPHELD * np.exp(-rate)
    assert abs(ends[1 + delay] - could * chance) < 5 * (could * chance * (1 - chance)) ** 0.5
    given, appealed, upheld = outcome.appeals[:, 0, 0, 1].sum(axis=0)
    assert given == entries[:steps].sum(), "every stay that has begun, in its first step"
    for some, of, share in ((appealed, given, APPEAL), (upheld, appealed, UPHELD)):
        assert abs(some - of * share) < 5 * (of * share * (1 - share)) ** 0.5


def final(case: Case) -> agents.State:
    plan, found = case.plan(), []
    agents.simulate(plan, settle(plan, 1), case.steps, 1, final=found.append)
    return found[0]


def twins(steps: int, scheme: dict[str, Any], **redress: Any) -> tuple[agents.State, agents.State]:
    """The same people with and without wrong records."""
    here, there = (listing(600, steps, scheme, spurious, **redress) for spurious in (0.3, 0.0))
    for case in (here, there):
        case.plain["population"]["conduct"]["late"]["rate"] = 0.6
    return final(here), final(there)


@pytest.mark.parametrize("delay", [0, 3])
def test_what_stands_wrongly_is_what_the_score_is_too_low_by(delay: int) -> None:
    """Person by person: with what stands wrongly added, the score is that of a world without wrong records."""
    here, there = twins(8, {}, delay=delay)
    assert (here.wrong == 0).any()
    assert (here.wrong > 20).any()
    assert np.array_equal(here.score + here.wrong, there.score)


def test_what_stands_wrongly_fades_as_the_score_does() -> None:
    scheme = {"score": {"start": 500, "floor": 0, "ceiling": 1000, "decay": 0.5}}
    here, there = twins(8, scheme)
    # Three numbers are rounded in a step, and half of an earlier difference is left.
    assert np.abs(here.score + here.wrong - there.score).max() <= 3
    assert (here.wrong > 10).any()


def test_records_that_end_are_given_back_while_they_count() -> None:
    signals = {"late": {"channel": "camera", "points": -3, "lawful": True},
               "found": {"channel": "clerk", "points": -20, "lawful": True, "lasts": 3}}
    here, there = twins(8, {"signals": signals})
    owner = np.repeat(np.arange(600), here.many)
    wrong = np.bincount(owner, weights=20.0 * (here.records >> 17 & 127 == WRONG), minlength=600)
    assert (here.wrong == 0).all()
    assert np.array_equal(here.score + wrong, there.score)
    never, always = (twins(8, {"signals": signals}, appeal=appeal, upheld=1.0)[0] for appeal in (0.0, 1.0))
    assert always.many.sum() < 0.8 * never.many.sum()


def test_irrelevant_records_stand_wrongly_where_they_can_be_appealed() -> None:
    signals = {"late": {"channel": "camera", "points": -20, "lawful": True, "relevant": False},
               "found": {"channel": "clerk", "points": -20, "lawful": True}}
    for against, stand in ((["listings"], False), (["irrelevant", "listings"], True)):
        case = listing(600, 1, {"signals": signals}, 0.0, against=against, appeal=0.0)
        case.plain["population"]["conduct"]["late"]["rate"] = 0.6
        state = final(case)
        assert np.array_equal(state.wrong, (500 - state.score) * stand)


def test_nobody_is_lifted_who_is_listed_for_what_they_did() -> None:
    case = listing(600, 6, spurious=0.0, appeal=1.0, upheld=1.0)
    case.plain["population"]["conduct"]["late"]["rate"] = 2.0
    outcome = lived(case)
    assert outcome.moves.sum() > 0
    assert outcome.appeals.sum() == 0
    assert outcome.points[..., 4].sum() == 0


@pytest.mark.parametrize("tile", [100_000, 40])
@pytest.mark.parametrize("ending", [False, True])
def test_a_run_with_appeals_against_listings_goes_on_after_a_stop(tile: int, ending: bool, tmp_path: Path) -> None:
    case = listing(120, 5, against=["irrelevant", "listings"], delay=2)
    found = case.plain["scheme"]["signals"]["found"]
    found |= {"relevant": False} | ({"lasts": 3} if ending else {})
    case.plain["scheme"]["channels"]["clerk"]["mistaken"] = 0.3
    case.plain["population"]["conduct"]["found"]["rate"] = 0.4
    plan = case.plan()
    whole = stream(plan, 5, 9, tile=tile)
    for at in (2, 4):
        stopped_and_gone_on(plan, 5, tile, at, whole, tmp_path / str(at))


def test_the_exact_engine_refuses_them_by_name() -> None:
    assert ("appeals against listings", ("redress", "against")) in refusals(listing(50).plan())
    harmless = listing(50, scheme={"consequences": {}})
    assert refusals(harmless.plan()) == []


def test_listings_are_measured_and_explained() -> None:
    case = listing(1000)
    found = {m.name: m for m in silence.measures(trace.of(case.plan(), lived(case), "month")) if m.group == "all"}
    assert found[silence.LISTINGS_APPEALED].value == pytest.approx(APPEAL, abs=0.1)
    assert found[silence.LISTINGS_SURFACED].value == pytest.approx(APPEAL * UPHELD, abs=0.1)
    study = sousveil.study({"study": "s", "scheme": case.plain["scheme"], "population": case.plain["population"],
                            "steps": 2})
    said = next(rule.rule for rule in rules(study) if rule.path == "redress")
    assert said.startswith("People are told of every listing. They appeal against 60 of 100 listings on which")


@pytest.mark.parametrize(("name", "value"), [("wrong", -1), ("wrong", 1001), ("heard", 4)])
def test_a_checkpoint_with_what_cannot_stand_is_refused(name: str, value: int) -> None:
    case = listing(50, 3)
    state = final(case)
    held_against.state_range(state, case.plan(), 3)
    getattr(state, name)[7] = value
    with pytest.raises(Damaged):
        held_against.state_range(state, case.plan(), 3)
    bare = final(listing(50, 3, against=["mistakes"]))
    assert len(bare.wrong) == len(bare.heard) == 0, "who does not use it pays nothing"
