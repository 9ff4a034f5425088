"""Pairs of worlds with the same luck."""

from __future__ import annotations

import pytest

from sousveil.comparisons.pair import Comparison, compare
from sousveil.comparisons.twins import twins
from sousveil.errors import InputError
from sousveil.harms.replicates import measure_replicates
from sousveil.harms.tiers import TIER_SHARE
from sousveil.intervals import skewed
from sousveil.runs.run import run
from sousveil.studies.study import load


@pytest.fixture(scope="module")
def pair() -> Comparison:
    study = load("seed-article")
    reforms = [study.reform("no-ceiling"), study.reform({"ceilings": {"B": "average"}})]
    return compare(study, reforms, seeds=4, people=4_000, steps=24, engine="agents")


def test_threads_change_no_bit_of_a_comparison() -> None:
    study = load("seed-article")
    one, *others = (compare(study, ["no-kin"], seeds=3, people=300, steps=4, engine="agents", threads=threads)
                    for threads in (1, 2, 7))
    for other in others:
        assert other.harms().equals(one.harms())
        assert other.moved() == one.moved()


def test_worlds_share_people_only_where_the_same_live_in_them(monkeypatch: pytest.MonkeyPatch) -> None:
    study = load("seed-article")
    others = [study.reform("no-kin"), study.reform({"population.households.adults": {1: 0.7, 2: 0.3}}),
              study.reform({"population.groups": {"A": 0.8, "B": 0.2}})]
    shared = compare(study, others, seeds=2, people=2_000, steps=24, engine="agents")
    monkeypatch.setattr("sousveil.comparisons.pair.KEPT", 0)
    alone = compare(study, others, seeds=2, people=2_000, steps=24, engine="agents")
    assert shared.harms().equals(alone.harms())
    assert shared.moved() == alone.moved()
    assert {row.reform for row in alone.moved()} == {world.name for world in alone.reforms[:2]}


def test_a_reform_that_changes_nothing_gives_zero_exactly(pair: Comparison) -> None:
    nothing = pair.differences(pair.reforms[1])
    assert nothing
    assert all(m.value in (0.0, None) and m.low in (0.0, None) and m.high in (0.0, None) for m in nothing)
    assert all(row.persons == 0 for row in pair.moved() if row.reform == pair.reforms[1].name
               and row.before != row.after)


def test_the_differences_are_one_tidy_table(pair: Comparison) -> None:
    table = pair.harms()
    assert table.column_names[:3] == ["reform", "harm", "measure"]
    assert table["reform"].to_pylist() == [w.name for w in pair.reforms for _ in pair.differences(w)]


def test_the_ceiling_is_all_that_keeps_the_capped_group_down(pair: Comparison) -> None:
    found = {(m.measure, m.group): m for m in pair.differences(pair.reforms[0])}
    assert found["share in tier trustworthy", "A"].value == 0.0
    gain = found["share in tier trustworthy", "B"]
    assert gain.low is not None
    assert gain.low > 0.0
    rows = [r for r in pair.moved() if r.reform == "no-ceiling" and r.group == "B"]
    assert sum(r.share for r in rows) == pytest.approx(1.0)
    assert sum(r.share for r in rows if r.after == "trustworthy") == pytest.approx(gain.value)


def test_the_pairing_saves_runs(pair: Comparison) -> None:
    times = [s.times for s in pair.savings() if s.reform == "no-ceiling" and s.group == "B"
             and s.name == TIER_SHARE(tier="untrustworthy")]
    assert times
    assert min(times) > 10


def test_baseline_and_reform_are_symmetrical() -> None:
    study = load("seed-article")
    other = study.reform("no-kin")
    there = compare(study, [other], seeds=3, people=2_000, steps=12, engine="agents")
    back = compare(other, [study], seeds=3, people=2_000, steps=12, engine="agents")
    one = {(m.harm, m.measure, m.group): m.value for m in there.differences(there.reforms[0])}
    two = {(m.harm, m.measure, m.group): m.value for m in back.differences(back.reforms[0])}
    assert all(value is None or two[key] == pytest.approx(-value, abs=1e-12) for key, value in one.items())


def test_a_reform_leaves_the_study_it_came_from_alone() -> None:
    study = load("seed-article")
    before = run(study, people=2_000, steps=12, engine="agents")
    reform = study.reform("no-kin")
    first = run(reform, people=2_000, steps=12, engine="agents")
    again = run(study, people=2_000, steps=12, engine="agents")
    assert again.trace.steps.equals(before.trace.steps)
    assert not first.trace.steps.equals(before.trace.steps)


def test_the_exact_engine_gives_exact_differences() -> None:
    study = load("seed-article").reform("no-kin")
    found = compare(study, [study.reform({"ceilings": {}})], people=10_000, steps=24, engine="exact")
    gains = {m.group: m for m in found.differences(found.reforms[0]) if m.measure == "share in tier trustworthy"}
    assert gains["A"].value == 0.0
    assert gains["B"].value == gains["B"].low == gains["B"].high
    assert (gains["B"].value or 0.0) > 0.0
    assert found.moved() == []


def test_twins_tell_who_is_lower_only_because_of_a_cause() -> None:
    study = load("seed-article")
    found = {(m.measure.rsplit("because of ", 1)[1], m.group): m
             for m in twins(study, seeds=3, people=4_000, steps=24)}
    assert found["the ceiling", "A"].value == 0.0
    assert (found["the ceiling", "B"].value or 0.0) > 0.01
    assert (found["kin", "all"].value or 0.0) > 0.0
    bare = {(m.measure.rsplit("because of ", 1)[1], m.group): m.value
            for m in twins(study.reform("no-kin"), seeds=1, people=4_000, steps=24)}
    assert bare["kin", "all"] == 0.0


def test_there_must_be_something_to_compare() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        compare(load("seed-article"), [])


def test_few_runs_of_few_people_say_what_their_intervals_are_worth() -> None:
    def notes(people: int, seeds: int) -> list[str]:
        of_pairs = compare(study, [study.reform("no-kin")], seeds=seeds, people=people, steps=6, engine="agents")
        runs = [run(study, people=people, steps=6, seed=seed, engine="agents").trace for seed in range(seeds)]
        found = (of_pairs.differences(of_pairs.reforms[0]), of_pairs.levels(of_pairs.baseline),
                 measure_replicates(runs), twins(study, seeds=seeds, people=people, steps=6))
        return [m.note for measures in found for m in measures if m.over in ("draws", "sampling")]

    study = load("seed-article")
    few, more_people = notes(600, 2), notes(1_200, 2)
    assert len(few) > 50
    assert all("more of either" in note for note in few)
    assert not any("more of either" in note for note in more_people)
    assert not skewed(600, 20)
