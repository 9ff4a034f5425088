"""Reforms as values: they edit nothing, lead where they say, and can be built on one another."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sousveil.errors import InputError
from sousveil.runs.run import run
from sousveil.studies.messages import checked
from sousveil.studies.number import Number
from sousveil.studies.patch import Patch, plain
from sousveil.studies.paths import Inconsistent
from sousveil.studies.population import Population
from sousveil.studies.reform import Reform, diff, reform
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import load
from tiers import for_all

STUDY = load("seed-article")
BEFORE = copy.deepcopy(STUDY.plain())


def changed(patch) -> dict[str, tuple[object, object]]:
    return {change.path: (change.before, change.after) for change in STUDY.changes(STUDY.reform(patch))}


def test_a_reform_never_touches_the_study_it_came_from():
    one, other = STUDY.reform("no-ceiling"), STUDY.reform("no-kin")
    again = one.reform("no-kin")
    assert STUDY.plain() == BEFORE
    assert (one.scheme.ceilings, len(one.scheme.kin)) == ({}, 1)
    assert (other.scheme.ceilings, len(other.scheme.kin)) == ({"B": "average"}, 0)
    assert (again.scheme.ceilings, len(again.scheme.kin), again.label) == ({}, 0, "no-ceiling, no-kin")
    assert not diff(again.written, other.reform("no-ceiling").written)


def test_a_reform_cannot_be_changed_through_its_values():
    mine = {"redress": {"notice": True, "appeal": 0.1}}
    patch = Reform(name="x", set=mine)
    mine["redress"]["appeal"] = 0.9  # a careless caller
    assert STUDY.reform(patch).scheme.redress.appeal.plain() == 0.1
    with pytest.raises(TypeError, match="frozen"):
        patch.set["redress"]["appeal"] = 0.9
    assert STUDY.plain() == BEFORE


def test_a_setting_is_read_as_yaml():
    patch = reform("ceilings={}", "channels.camera.coverage=0.3", "assumptions.chilling.all.value=0",
                   "population.conduct.jaywalks.rate=1e-1", "score.decay = 5.0e-2", name="many")
    fair = STUDY.reform(patch)
    assert fair.label == "many"
    assert fair.scheme.channels["camera"].coverage.plain() == 0.3
    assert fair.scheme.score.decay.plain() == 0.05
    assert fair.population.conduct["jaywalks"].rate.plain() == 0.1
    assert fair.assumptions.chilling["all"].value.plain() == 0
    assert fair.population.people == STUDY.population.people


@pytest.mark.parametrize(("setting", "message"), [
    ("ceilings", '"ceilings" is not a setting; write path=value, as in channels.camera.coverage=0.3'),
    ("=3", '"=3" is not a setting; write path=value, as in channels.camera.coverage=0.3'),
    ("channels.camera.coverge=0.3", '"channels.camera.coverge" leads nowhere: "channels.camera" has no "coverge"; '
                                    'did you mean "channels.camera.coverage"?'),
    ("chanels.camera.coverage=0.3", '"chanels.camera.coverage" leads nowhere: the scheme has no "chanels"; '
                                    'did you mean "channels.camera.coverage"?'),
    ("population.incom=3", '"incom" leads nowhere: the population has no "incom"; did you mean "income"?'),
    ("tiers.average.from=1040", '"average" begins at 1040, which is not below "trustworthy" (1030); '
                                "write the tiers from the top"),
    ("channels.camera.coverage=1.3", "1.3 is not between 0 and 1"),
    ("ceilings.C=average", 'group "C" is not in the population; valid: "A", "B"'),
    ("kin.1.points=-3", '"kin.1.points" leads nowhere: "kin" has no "1"; did you mean "kin.0.points"?'),
    ("redress=null", "expected a mapping, not nothing"),
    ("ceilings=", "expected a mapping, not nothing"),
    ("channels.purchases.coverage=unknwon", 'expected a number or "unknown", not "unknwon"'),
])
def test_what_leads_nowhere_or_breaks_a_rule_is_said(setting, message):
    with pytest.raises(InputError) as caught:
        STUDY.reform(reform(setting, name="x"))
    messages = [problem.message.removeprefix('reform "x": ') for problem in caught.value.problems]
    assert message in messages


def test_names_may_be_added_where_a_file_may_name_them():
    assert changed({"handicaps.B": -1}) == {"handicaps.B": (None, -1)}
    assert changed({"signals.sings": {"channel": "camera", "points": -1, "lawful": True},
                    "population.conduct.sings": {"rate": 0.1}}).keys() == {"signals.sings", "population.conduct.sings"}


def test_reforms_build_on_reforms():
    assert STUDY.reforms["no-ceiling-no-kin"].from_ == "no-ceiling"
    assert changed("no-ceiling-no-kin").keys() == {"ceilings.B", "kin.0"}
    assert changed(Reform(name="more", from_="no-ceiling-no-kin", set={"score.decay": 0})).keys() == {
        "ceilings.B", "kin.0", "score.decay"}
    with pytest.raises(InputError, match='builds on "no-cieling", which there is not; did you mean "no-ceiling"'):
        STUDY.reform(Reform(name="lost", from_="no-cieling"))
    with pytest.raises(InputError, match='there is no reform "no-cieling" in seed-article; did you mean "no-ceiling"'):
        STUDY.reform("no-cieling")


def test_a_difference_says_before_after_and_by_whom():
    (change,) = STUDY.changes(STUDY.reform("no-ceiling"))
    assert (change.path, change.before, change.after) == ("ceilings.B", "average", None)
    assert "rfa.org, 14 July 2017" in change.cite
    assert changed("half-cameras") == {
        "channels.camera.coverage.value.district.north": ("unknown, assumed 0.4", 0.2),
        "channels.camera.coverage.value.district.south": ("unknown, assumed 0.7", 0.35)}
    assert changed({"assumptions.fill.channels.purchases.coverage.value": 0.5}) == {
        "assumptions.fill.channels.purchases.coverage.value": (0.9, 0.5)}
    assert changed({"channels.purchases.coverage": {"group": {"A": 0.1, "B": 0.2}}}) == {
        "channels.purchases.coverage": ("unknown, assumed 0.9", {"group": {"A": 0.1, "B": 0.2}})}


def test_a_reform_that_changes_nothing_differs_in_nothing():
    assert changed({}) == {}
    assert changed({"ceilings": {"B": "average"}, "score.decay": 0.02}) == {}


def test_what_was_unknown_and_is_given_needs_no_assumption_any_more():
    given = STUDY.reform({"channels.purchases.coverage": 0.5})
    assert "channels.purchases.coverage" in {entry.path for entry in STUDY.filled}
    assert "channels.purchases.coverage" not in {entry.path for entry in given.filled}
    with pytest.raises(InputError, match=r"channels.camera.miss is unknown and nothing fills it"):
        STUDY.reform({"channels.camera.miss": "unknown"})


def test_runs_of_a_study_and_its_reform_do_not_mix():
    study = STUDY.evolve(people=2000, steps=6)
    before = run(study).trace.steps
    changed = run(study.reform("no-kin").reform({"score.decay": 0.2})).trace.steps
    assert run(study).trace.steps.equals(before)
    assert not changed.equals(before)
    assert study.plain() == STUDY.evolve(people=2000, steps=6).plain()


def rounded(value: float) -> float:
    """Numbers nearer to 0 than 1e-30 are refused."""
    return round(value, 20)


LEAVES = [("score.decay", st.floats(0, 1).map(rounded)), ("channels.camera.spurious", st.floats(0, 10).map(rounded)),
          ("population.income", st.floats(0, 1e5).map(rounded)),
          ("assumptions.chilling.all.value", st.floats(0, 4).map(rounded)),
          ("redress.delay", st.integers(0, 120)), ("ceilings", st.sampled_from([{}, {"A": "average"}])),
          ("kin.0.points", st.integers(-50, 50).filter(bool))]


@for_all(st.lists(st.sampled_from(LEAVES).flatmap(lambda leaf: st.tuples(st.just(leaf[0]), leaf[1])), max_size=4),
         few=50, many=500)
def test_the_last_setting_of_a_path_holds_and_only_what_was_set_differs(settings_made):
    patch = dict(settings_made)
    fair = STUDY.reform(patch)
    for path, value in patch.items():
        head, _, rest = path.partition(".")
        part, inner = (head, rest) if head in ("population", "assumptions") else ("scheme", path)
        data = plain(getattr(fair.written, part))
        for step in inner.split("."):
            data = data[int(step)] if isinstance(data, list) else data[step]
        assert data == value
    assert all(any(change.path.startswith(path) for path in patch) for change in STUDY.changes(fair))
    assert STUDY.plain() == BEFORE


@pytest.mark.parametrize("value", [np.int64(-2), np.int32(-2), np.float64(-2.0), np.float32(-2.0), np.array(-2),
                                   Number(-2.0)], ids=lambda value: type(value).__name__)
def test_numbers_of_other_libraries_are_taken_as_the_number_they_are(value):
    fair = STUDY.reform({"signals.jaywalks.points": value})
    same = STUDY.reform({"signals.jaywalks.points": -2})
    assert json.dumps(fair.plain()["scheme"]) == json.dumps(same.plain()["scheme"])
    inside = STUDY.reform({"redress": {"notice": np.bool_(True), "appeal": np.float32(0.5)}})
    assert (inside.scheme.redress.notice, inside.scheme.redress.appeal.plain()) == (True, 0.5)
    assert type(inside.scheme.redress.notice) is bool


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), b"x", {1, 2}, 1j])
def test_what_no_file_can_hold_cannot_be_set(value):
    for setting in (value, [value], {"x": value}):
        with pytest.raises(InputError, match=r"cannot be set to .*: a file could not hold it"):
            STUDY.reform({"score.decay": setting})


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[str]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [".".join(map(str, at))] * bool(at) + [path for key, inner in items for path in paths(inner, (*at, key))]


ANYTHING = st.sampled_from([
    None, True, 0, 0.5, 1, 2, 1.5, -1, 10, 1000, "unknown", "rest", "denied", "average", "camera", "article", "", [],
    {}, ["A"], [0, 1], {"A": 1}, {"B": "average"}, {"group": {"A": 0.5, "B": 0.1}}, {"group": {"A": 2, "B": 0}},
    {"x": 1}, {"value": 0.5, "times": {"group": {"B": 2}}}, {"from": 5}, {"coverage": 0.5}, {"rate": 0.1},
    {"distribution": {"1000": 0.5, "990": 0.5}}, {"1": 0.25, "2": 0.75}, [{"when": "untrustworthy", "points": -1}],
    [{"right": "x", "effect": "denied"}]])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_read_where_it_lands_is_what_the_whole_would_be(data):
    part = data.draw(st.sampled_from([STUDY.written.scheme, STUDY.written.population, STUDY.assumptions]))
    patch = Patch(part)
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(paths(patch.data())))
        if data.draw(st.booleans()):
            path += "." + data.draw(st.sampled_from(["B", "new", "rate", "0", "3"]))
        patch.set(path, data.draw(ANYTHING))
    try:
        whole = checked(patch.data(), type(part))
    except ValidationError:
        with pytest.raises((ValidationError, Inconsistent)):
            patch.read()
    else:
        assert patch.read() == whole
        assert json.dumps(plain(patch.read())) == json.dumps(plain(whole)), "in the same order"


def test_settings_are_read_together_since_one_may_need_another():
    fair = STUDY.reform({"population.conduct.jaywalks": {}, "population.conduct.jaywalks.chance": 0.5})
    assert fair.population.conduct["jaywalks"].chance.plain() == 0.5
    fair = STUDY.reform({"population.conduct.jaywalks.rate": None, "population.conduct.jaywalks.chance": 0.5})
    assert fair.population.conduct["jaywalks"].rate is None
    fair = STUDY.reform({"redress.notice": True, "redress": {"notice": False}, "redress.about": "x"})
    assert (fair.scheme.redress.notice, fair.scheme.redress.about) == (False, "x")
    with pytest.raises(InputError) as caught:
        STUDY.reform({"redress.appeal": 2, "score.floor": 2000, "kin.0.when": "nobody"})
    told = [problem.message.partition(": ")[2] for problem in caught.value.problems]
    assert told[0] == "2 is not between 0 and 1"
    assert told[1].startswith('tier "nobody" is not defined')
    assert told[2] == "the ceiling 1400 is not above the floor 2000"


UNKNOWN = st.sampled_from(sorted({entry.path for entry in STUDY.filled}))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(UNKNOWN, st.sampled_from([0, 0.1, 0.5, 1, 1.5, -1, {"group": {"A": 0.1, "B": 0.2}},
                                                 {"district": {"north": 2, "south": 1}}]), min_size=1, max_size=3))
def test_what_is_filled_is_as_valid_as_if_it_had_been_written(values):
    filling = {"assumptions.fill." + path: {"value": value} for path, value in values.items()}
    try:
        assumed = STUDY.reform(filling)
    except InputError:
        with pytest.raises(InputError):
            STUDY.reform(values)
        return
    given = STUDY.reform(values)
    assert (assumed.scheme, assumed.population) == (given.scheme, given.population)
    assert assumed.written.scheme == STUDY.written.scheme
    assert checked(plain(assumed.scheme), Scheme) == assumed.scheme
    assert checked(plain(assumed.population), Population) == assumed.population


def test_names_with_a_plus_are_one_world_with_both() -> None:
    study = load("seed-article")
    both = study.reform("no-ceiling+no-kin")
    assert both.label == "no-ceiling+no-kin"
    assert both.scheme == study.reform("no-ceiling").reform("no-kin").scheme
    with pytest.raises(InputError, match=r'there is no reform "no-kim".*no-kin'):
        study.reform("no-ceiling+no-kim")
