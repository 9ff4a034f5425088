"""Rules that change on a date, and amnesties: what a record made before is worth, and every view of such a run."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import sousveil as sv
from random_schemes import Case, hold, with_plain_changes, without_leaving, without_registers
from small_study import small
from sousveil.engine import agents, exact, oracle, trace
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import settle
from sousveil.engine.refusals import refusals
from sousveil.engine.relive import relive
from sousveil.engine.stream import stream
from sousveil.errors import EngineRefusal, InputError
from sousveil.studies.explain import rules
from test_laws_of_chance import standing_already
from test_stream import same, stopped_and_gone_on

ENGINES = ("agents", "oracle")


def by(engine: str, case: Case, seed: int = 1) -> Outcome:
    plan = case.plan()
    people = settle(plan, seed)
    if engine == "agents":
        return agents.simulate(plan, people, case.steps, seed)
    return oracle.simulate(case.scheme, case.population, case.assumptions, plan, people, case.steps, seed)


def scores(engine: str, signal: dict[str, Any], changes: list[dict[str, Any]], steps: int) -> list[int]:
    """The scores after a run in which everybody gets one record a step, of points -1, from 50."""
    case = small({"signals": {"act": {"channel": "camera", "points": -1, "lawful": True, **signal}},
                  "changes": changes}, {"people": 6}, steps=steps)
    return np.flatnonzero(by(engine, case).scores[1, 0]).tolist()


# What counts.


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("signal", "changes", "steps", "score"), [
    ({}, [{"at": 3, "set": {"signals.act.points": -5}}], 4, 50 - 1 - 1 - 5 - 5),
    ({"lasts": 9}, [{"at": 3, "set": {"signals.act.points": -5}}], 4, 50 - 1 - 1 - 5 - 5),
    # The records of steps 1 and 2 keep their term of four steps: they are over after steps 4 and 5.
    ({"lasts": 4}, [{"at": 3, "set": {"signals.act.lasts": 1}}], 4, 50 - 1 - 1 - 1),
    ({"lasts": 4}, [{"at": 3, "set": {"signals.act.lasts": 1}}], 5, 50 - 1 - 1),
    ({"lasts": 4}, [{"at": 3, "set": {"signals.act.lasts": 1}}], 6, 50 - 1),
    # A record fades as the rules of its day say.
    ({"lasts": 5, "fades": {2: -3}}, [{"at": 2, "set": {"signals.act.fades": {2: 0}}}], 4, 50 - 3 - 0 - 1 - 1),
    # What is entered again is a new record, under the rules of now.
    ({"lasts": 2, "renews": 1.0}, [{"at": 3, "set": {"signals.act.points": -5}}], 3, 50 - 5 - 1 - 5),
    # Rules of an earlier period come back.
    ({}, [{"at": 2, "set": {"signals.act.points": -7}}, {"at": 3, "set": {"signals.act.points": -1}}], 4,
     50 - 1 - 7 - 1 - 1),
    ({"lasts": 9}, [{"at": 2, "set": {"signals.act.points": -7}}, {"at": 3, "set": {"signals.act.points": -1}}], 4,
     50 - 1 - 7 - 1 - 1),
    # An amnesty takes off what counted when the step began; the record of the step stays.
    ({}, [{"at": 3, "ends": "all"}], 4, 50 - 1 - 1),
    ({}, [{"at": 3, "ends": ["act"]}], 4, 50 - 1 - 1),
    ({"lasts": 9}, [{"at": 2, "ends": ["act"]}, {"at": 3, "ends": ["act"]}], 3, 50 - 1),
    ({}, [{"at": 3, "ends": "all", "set": {"signals.act.points": -6}}], 4, 50 - 6 - 6)])
def test_records_keep_the_rules_of_their_day(engine: str, signal: dict[str, Any], changes: list[dict[str, Any]],
                                             steps: int, score: int) -> None:
    assert scores(engine, signal, changes, steps) == [score]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_amnesty_by_name_leaves_other_records_alone(engine: str) -> None:
    act = {"channel": "camera", "points": -1, "lawful": True}
    case = small({"signals": {"act": act, "other": {**act, "points": -10}}, "changes": [{"at": 3, "ends": ["act"]}]},
                 {"people": 5, "conduct": {"act": {"chance": 1.0}, "other": {"chance": 1.0}}}, steps=3)
    assert np.flatnonzero(by(engine, case).scores[1, 0]).tolist() == [50 - 1 - 30]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lasts", [{}, {"lasts": 50}])
@pytest.mark.parametrize(("pardon", "score"), [
    # A spurious record a step takes 5 points, which come back two steps later. Of steps 5 and 6 they are due still.
    (2, 50 - 5 - 5), (4, 50 - 5 - 5), (5, 50 - 5 - 5), (6, 50 - 5), (None, 50 - 5 - 5)])
def test_what_an_amnesty_ended_is_not_given_back_on_appeal(engine: str, lasts: dict[str, int], pardon: int | None,
                                                           score: int) -> None:
    signals = {"wrong": {"channel": "clerk", "points": -5, "lawful": True, "at-most": 1},
               **({"other": {"channel": "camera", "points": -1, "lawful": True, **lasts}} if lasts else {})}
    case = small({"channels": {"camera": {"coverage": 1.0}, "clerk": {"coverage": 0.0, "spurious": 60.0}},
                  "signals": signals, "redress": {"notice": True, "appeal": 1.0, "upheld": 1.0, "delay": 2},
                  "changes": [{"at": pardon, "ends": "all"}] if pardon else []},
                 {"people": 6, "conduct": {name: {"chance": 0.0} for name in signals}}, steps=6)
    assert np.flatnonzero(by(engine, case).scores[1, 0]).tolist() == [score]


@pytest.mark.parametrize("engine", ENGINES)
def test_consequences_and_thresholds_hold_from_their_step_on(engine: str) -> None:
    """Whoever holds a tier bears in a step what it brings in that step; the threshold of a step says who holds it."""
    case = small({"changes": [{"at": 3, "set": {
        "consequences.middle": [{"right": "school", "effect": "denied", "bearer": "children"},
                                {"right": "work", "effect": "denied", "loss": 7.0}], "tiers.middle.from": 55}}]},
        {"people": 10, "households": {"adults": {1: 1.0}, "children": {1: 1.0}}}, steps=4)
    outcome = by(engine, case)
    assert outcome.occupancy[:, 0, 1].tolist() == [10, 10, 10, 0, 0]
    assert outcome.shared[:, 0, 0].tolist() == [0, 0, 0, 10, 0]
    told = trace.of(case.plan(), outcome, "month")
    rights = told.rights.to_pylist()
    assert [(r["step"], r["bearer"]) for r in rights if r["persons"]] == [(3, "self"), (3, "children")]
    steps = told.steps.to_pylist()
    assert sum(r["income_lost"] for r in steps) == 70
    assert [r["rights_limited"] for r in steps if r["tier"] == "middle"] == [0, 0, 0, 10, 0]


def test_lives_bear_a_right_in_the_steps_in_which_it_is_in_force() -> None:
    """What intervals of one run rest on: steps in the tier before and after the right was denied there say nothing."""
    case = small({"signals": {"act": {"channel": "camera", "points": -4, "lawful": True}},
                  "consequences": {"middle": [{"right": "work", "effect": "denied"}]},
                  "changes": [{"at": 3, "set": {"consequences.middle": [{"right": "rest", "effect": "denied"}],
                                                "consequences.low": [{"right": "work", "effect": "granted"}]}},
                              {"at": 5, "set": {"consequences": {}}}]},
                 {"people": 60, "conduct": {"act": {"rate": 0.8}}}, steps=6)
    plan, outcome = case.plan(), by("agents", case)
    lives, told = relive(plan, outcome, 1), trace.of(plan, outcome, "month")
    counted: dict[tuple[str, str], float] = {}
    for row in told.rights.to_pylist():
        key = row["right"], row["effect"]
        counted[key] = counted.get(key, 0.0) + row["persons"]
    assert {key: of.sum() for key, of in lives.borne.items()} == counted
    assert min(counted.values()) > 0
    assert lives.limited.sum() == sum(row["rights_limited"] for row in told.steps.to_pylist())


# Laws of chance.


def test_the_trace_of_a_change_to_what_stands_already_is_that_of_no_change() -> None:
    """All tables but who is in which stay since when are put together period by period."""
    def claim(case: Case) -> None:
        changing = standing_already(case)
        plain = deepcopy(changing.plain)
        plain["scheme"].pop("changes")
        plan, other = Case(plain).plan(), changing.plan()
        outcome = agents.simulate(plan, settle(plan, 3), case.steps, 3)
        one, two = (trace.to_tables(trace.of(p, outcome, "month")) for p in (plan, other))
        assert one["steps"].schema.metadata == two["steps"].schema.metadata
        assert list(one) == list(two)
        for name, table in one.items():
            assert_alike(table, two[name])
        lives, again = (relive(p, outcome, 3) for p in (plan, other))
        assert np.array_equal(lives.months, again.months)
        assert np.array_equal(lives.relatives, again.relatives)
        assert np.allclose(lives.owed, again.owed, rtol=1e-12, atol=1e-9)

    hold(claim, 12)


def assert_alike(one: pa.Table, other: pa.Table) -> None:
    assert one.column_names == other.column_names
    assert len(one) == len(other)
    for name in one.column_names:
        if pa.types.is_floating(one.schema.field(name).type):
            assert np.allclose(one[name].to_numpy(), other[name].to_numpy(), rtol=1e-9, atol=1e-9), name
        else:
            assert one[name].to_pylist() == other[name].to_pylist(), name


def busy() -> Case:
    """Changes of everything that a stop could lose: terms, places, look-alikes, ties, an amnesty."""
    return small(
        {"channels": {"camera": {"coverage": 0.9, "mistaken": 0.2, "spurious": 0.1}},
         "signals": {"act": {"channel": "camera", "points": -4, "lawful": True, "lasts": 3, "restarts": "own",
                             "renews": 0.3}},
         "redress": {"notice": True, "appeal": 0.7, "upheld": 0.8, "delay": 2},
         "places": {"visits": {"order": "worst-first", "number": 7, "per": "district"}},
         "consequences": {"visits": [{"right": "peace", "effect": "denied", "lasts": 2}]},
         "changes": [{"at": 2, "set": {"channels.camera.mistaken": 0.0, "places.visits.number": 3}},
                     {"at": 4, "set": {"channels.camera.mistaken": 0.3, "signals.act.points": -9,
                                       "signals.act.lasts": 6}, "ends": ["act"]}]},
        {"people": 150, "groups": {"A": 0.5, "B": 0.5}, "districts": {"a": 0.5, "b": "rest"},
         "households": {"adults": {1: 0.5, 2: 0.5}}, "conduct": {"act": {"rate": 0.6}}}, steps=6)


@pytest.mark.parametrize("tile", [100_000, 40])
def test_a_run_goes_on_after_a_stop_at_any_step(tile: int, tmp_path: Path) -> None:
    plan = busy().plan()
    whole = stream(plan, 6, 9, tile=tile)
    assert same(whole, agents.simulate(plan, settle(plan, 9), 6, 9))
    for at in range(1, 6):
        stopped_and_gone_on(plan, 6, tile, at, whole, tmp_path / str(at))


def test_a_change_takes_no_memory_of_people() -> None:
    """And an amnesty the number of a person's records, of which there are none where none is kept."""
    plain, dated, pardoned = (small({"changes": changes} if changes else {}, {"people": 50}, steps=4) for changes in (
        [], [{"at": 2, "set": {"signals.act.points": -5}}], [{"at": 2, "ends": "all"}]))
    sizes = []
    for case in (plain, dated, pardoned):
        final: list[agents.State] = []
        agents.simulate(case.plan(), settle(case.plan(), 1), 4, 1, final=final.append)
        sizes.append(sum(getattr(final[0], name).nbytes for name in (
            "score", "tier", "since", "debits", "base", "many", "records", "chosen")))
    assert sizes == [50 * 9, 50 * 9, 50 * 11]


# Without people.


def carried(case: Case) -> Case:
    """The case without what the exact engine refuses."""
    plain = deepcopy(case.plain)
    plain["scheme"]["kin"] = []
    plain["scheme"]["redress"].pop("delay", None)
    without_registers(plain)
    without_leaving(plain)
    with_plain_changes(plain)
    return Case(plain)


def test_without_people_a_change_to_what_stands_already_changes_no_bit() -> None:
    def claim(case: Case) -> None:
        plain = deepcopy(standing_already(carried(case)).plain)
        dated = Case(plain).plan()
        plain["scheme"].pop("changes")
        one, two = (exact.simulate(plan, case.steps, spells="all", spread=True) for plan in (Case(plain).plan(), dated))
        assert len(dated.plans) > 1
        assert same_bits(one, two)

    hold(claim, 8)


def same_bits(one: exact.Expectation, two: exact.Expectation) -> bool:
    pairs = [(one, two), (one.spread, two.spread)]
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for a, b in pairs for f in fields(Outcome)
               if f.name != "debits")


def test_without_people_a_change_at_the_first_step_is_the_scheme_that_it_makes() -> None:
    change = {"signals.act.points": -9, "channels.camera.mistaken": 0.2, "channels.camera.spurious": 0.1,
              "redress.upheld": 0.9, "consequences.low": [{"right": "work", "effect": "denied"}], "score.decay": 0.2}
    people = {"people": 100, "groups": {"A": 0.5, "B": 0.5}, "conduct": {"act": {"rate": 0.6}}}
    redress = {"notice": True, "appeal": 0.5, "upheld": 0.1}
    dated = small({"redress": redress, "changes": [{"at": 1, "set": change}]}, people, steps=5)
    made = small({"redress": {**redress, "upheld": 0.9}, "channels": {"camera": {
        "coverage": 1.0, "mistaken": 0.2, "spurious": 0.1}}, "signals": {
            "act": {"channel": "camera", "points": -9, "lawful": True}},
        "score": {"start": 50, "floor": 0, "ceiling": 100, "decay": 0.2},
        "consequences": {"low": change["consequences.low"]}}, people, steps=5)
    one, two = (exact.simulate(case.plan(), 5, spells="all", spread=True) for case in (dated, made))
    assert one.moves.sum() > 10
    assert same_bits(one, two)


@pytest.mark.parametrize(("stay", "left"), [(3, [0, 0, 0, 10]), (0, [0, 10, 0, 0])])
def test_without_people_a_later_term_asks_how_long_they_have_been_there(stay: int, left: list[int]) -> None:
    """Everybody falls in step 1, and would rise in step 2; from then on, who falls stays three steps."""
    case = small({"signals": {"act": {"channel": "camera", "points": -20, "lawful": True}},
                  "changes": [{"at": 2, "set": {"signals.act.points": 20, "tiers.low.for": stay}}]}, steps=4)
    for outcome in (exact.simulate(case.plan(), 4, spells="all"), by("agents", case), by("oracle", case)):
        assert outcome.left[0, 0, :4].tolist() == left


def test_without_people_an_amnesty_puts_everybody_where_they_began() -> None:
    case = small({"signals": {"act": {"channel": "camera", "points": -7, "lawful": True}},
                  "score": {"start": {"group": {"A": 50, "B": 80}}, "floor": 0, "ceiling": 100},
                  "handicaps": {"B": -1}, "changes": [{"at": 3, "ends": "all"}]},
                 {"groups": {"A": 0.5, "B": 0.5}}, steps=4)
    for outcome in (exact.simulate(case.plan(), 4), by("agents", case), by("oracle", case)):
        assert [np.flatnonzero(row).tolist() for row in outcome.scores[1]] == [[50 - 14], [80 - 16]]


def test_without_people_who_is_chosen_hangs_on_the_rules_of_the_step() -> None:
    """Who gets a place hangs on the rules of the step at whose end it is given, what it brings on those of the next."""
    case = small({"places": {"visits": {"order": "worst-first", "share": 0.5}}, "consequences": {
        "visits": [{"right": "peace", "effect": "denied", "once": True}]},
        "changes": [{"at": 3, "set": {"places.visits.share": 1.0, "consequences.visits": [
            {"right": "peace", "effect": "granted", "once": True}]}}]}, steps=5)
    told = [trace.of(case.plan(), outcome, "month").steps.to_pylist()
            for outcome in (exact.simulate(case.plan(), 5), by("agents", case), by("oracle", case))]
    limited = [[r["rights_limited"] for r in rows if r["tier"] == "middle"] for rows in told]
    assert limited == [[0, 0, 5, 0, 0, 0]] * 3


# Every view.


@pytest.fixture(scope="module")
def study() -> sv.Study:
    case = small({"signals": {"act": {"channel": "camera", "points": -6, "lawful": True, "relevant": False}},
                  "kin": [{"when": "low", "points": -1}],
                  "consequences": {"low": [{"right": "travel", "effect": "denied"}]},
                  "changes": [{"at": 3, "set": {"signals.act.points": -20, "ceilings": {"B": "middle"}},
                               "about": "the new by-law"},
                              {"at": 5, "ends": "all", "about": "the pardon"}]},
                 {"people": 60, "groups": {"A": 0.4, "B": 0.3, "C": "rest"}, "conduct": {"act": {"chance": 0.7}}})
    return sv.study({"study": "dated", **case.plain, "steps": 6, "seed": 1,
                     "reforms": {"no change": {"set": {"changes": []}}, "no points": {"set": {
                         "signals.act.points": 0, "changes.0.set": {"signals.act.points": 0}}}}})


def test_exact_refuses_by_name_what_of_changes_it_cannot_carry(study: sv.Study) -> None:
    by_name = small({"changes": [{"at": 2, "ends": ["act"]}]})
    assert refusals(by_name.plan()) == [("records that end, or that are taken off", ("signals", "act"))]
    spread = small({"score": {"start": {"distribution": {50: 0.5, 70: 0.5}}, "floor": 0, "ceiling": 100},
                    "changes": [{"at": 2, "ends": "all"}]})
    assert refusals(spread.plan()) == [("an amnesty where people start at different scores", ("changes",))]
    free = {"releases": {"course": {"points": 5}}}
    assert ("releases", ("releases",)) in refusals(
        small(free | {"changes": [{"at": 2, "ends": "all"}]}, {"releases": {"course": 0.1}}).plan())
    kin = small({"changes": [{"at": 2, "set": {"kin": [{"when": "low", "points": -1}]}}]},
                {"households": {"adults": {2: 1.0}}})
    assert refusals(kin.plan()) == [("kin rules between people who share a household", ("changes",))]
    with pytest.raises(EngineRefusal, match=r"scheme\.changes .*an amnesty where people start"):
        sv.run({"study": "s", **spread.plain, "seed": 1}, engine="exact")


def test_a_change_is_told_in_the_words_of_its_rules(study: sv.Study) -> None:
    told = {rule.path: rule.rule for rule in rules(study)}
    assert told["changes.0"] == (
        "From month 3 on: Whoever does act loses 20 points each time (recorded by camera). The act is lawful, and "
        "marked as not relevant to what the scheme is about. Members "
        'of B can be "middle" at best, whatever their score. Records from before keep their points and terms. The new '
        "by-law.")
    assert told["changes.1"] == ("An amnesty in month 5: everybody's score is again where it was at the start. The "
                                 "pardon.")


def test_a_run_with_changes_is_told_and_compared(study: sv.Study, tmp_path: Path) -> None:
    run = sv.run(study, engine="agents")
    stories = [sv.story(run, n).text() for n in range(1, 6)]
    assert all("month 5: the pardon: +0 points by changes.1. Truth: the rule." in text for text in stories)
    assert any("month 3: act: -20 points" in text or "month 4: act: -20 points" in text for text in stories)
    page = sv.report(run).html
    assert "What changes on a date" in page
    assert "the new by-law" in page.lower()
    found = sv.compare(study, "no change", seeds=2, engine="agents")
    html = sv.report(found).html
    assert "the change of month 3: the new by-law" in html
    assert "the amnesty of month 5: the pardon" in html
    assert "without it" in html
    assert "{&#x27;at" not in html
    assert "{'at" not in html
    mended = sv.mend(study, "bottom-tier", 0.9, seeds=2, engine="agents")
    assert {t.reforms for t in mended.tried} >= {("no change",), ("no points",)}
    because = sv.why(study, seeds=1, engine="agents")
    assert np.abs(because.shares.sum(axis=1) + because.rest - because.gap).max() < 1e-12


def test_what_a_tier_denies_is_said_as_it_stands_at_the_end(study: sv.Study) -> None:
    from sousveil.reports.run.inputs import denied

    given = {"changes.0.set": {"consequences.low": [{"right": "work", "effect": "denied"}]}}
    assert denied(study) == {"low": ["travel"]}
    assert denied(study.reform(given)) == {"low": ["work"]}
    assert denied(study.reform(given).evolve(steps=2)) == {"low": ["travel"]}


def test_twins_of_records_that_mean_nothing_get_none_after_a_change_either(study: sv.Study) -> None:
    from sousveil.comparisons.twins import _patches

    twin = study.reform(_patches(study)["records of irrelevant acts"])
    assert [dict(change.set) for change in twin.scheme.changes] == [{"ceilings": {"B": "middle"}}, {}]
    scores = by("agents", Case({**twin.plain(), "steps": 6})).scores[1].sum(axis=0)
    assert np.flatnonzero(scores).tolist() == [50]


def test_a_change_that_a_reform_takes_out_or_sets_anew_is_said_in_words(study: sv.Study) -> None:
    told = {c.path: (c.before, c.after) for c in study.changes_in_words(study.reform("no change"))}
    assert told == {"changes.0": ("the change of month 3: the new by-law", "without it"),
                    "changes.1": ("the amnesty of month 5: the pardon", "without it")}
    other = study.reform({"changes": [{"at": 3, "set": {"kin": [], "signals.act.points": -20}}]})
    told = {c.path: (c.before, c.after) for c in other.changes_in_words(study)}
    assert told["changes.1"] == ("without it", "the amnesty of month 5: the pardon")
    told = {c.path: (c.before, c.after) for c in study.reform({"changes": []}).changes_in_words(other)}
    assert told == {"changes.0": ("without it", "the change of month 3: kin, signals.act.points")}
    told = {c.path: (c.before, c.after) for c in other.changes_in_words(
        study.reform({"changes": [{"at": 3, "set": {"ceilings": {}}}]}))}
    assert told == {"changes.0.set": ("kin, signals.act.points", "ceilings")}


def test_a_reform_may_set_when_a_change_comes(study: sv.Study) -> None:
    later = study.reform({"changes.0.at": 4})
    assert [change.at for change in later.scheme.changes] == [4, 5]
    with pytest.raises(InputError, match="changes are written in order; this one, at 5, does not come after"):
        study.reform({"changes.0.at": 5})
    with pytest.raises(InputError, match="leads nowhere"):
        study.reform({"changes.0.set": {"signals.axe.points": 1}})
