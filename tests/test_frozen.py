"""Frozen means frozen: every value that a study, a plan or a run is made of refuses every change, and can be copied."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import BaseModel

from sousveil.engine.plan import Plan
from sousveil.runs.plans import plan_of
from sousveil.runs.run import Run, run
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.frozen import FrozenDict, frozen
from sousveil.studies.json_schema import models_inside
from sousveil.studies.kinds import reader
from sousveil.studies.model import Model
from sousveil.studies.population import Population
from sousveil.studies.reform import Reform
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import Study, load
from sousveil.studies.study_parts import StudyFile

STUDY = load("seed-article").evolve(people=500, steps=3)
WRITING = {"__setitem__": ("x", 1), "__delitem__": ("x",), "__ior__": ({"x": 1},), "__init__": ({"x": 1},), "clear": (),
           "pop": ("x",), "popitem": (), "setdefault": ("y", 1), "update": ({"x": 1},)}
"""Every way in which a dict can be written to."""

LEAVES = (str, int, float, bool, type(None), bytes, pa.Table)


@pytest.fixture(scope="module", params=["study", "reformed", "made in Python", "plan", "run", "exact run"])
def whole(request) -> Any:
    fair = STUDY.reform("half-cameras").reform({"population.margins": [
        {"over": ["group"], "shares": {"A": 0.88, "B": 0.12}}],
        "channels.camera.mix": {"meets-listed": 1}, "score.start": {"distribution": {"1000": 0.5, "990": 0.5}}})
    made = {"study": lambda: STUDY, "reformed": lambda: fair, "plan": lambda: plan_of(fair),
            "made in Python": lambda: Study("x", "", fair.scheme, fair.population, fair.assumptions, 3, 0, "A",
                                            {"a": Reform(name="a", set={"kin": [{"x": [1]}]})}),
            "run": lambda: run(STUDY, engine="agents", replicates=2),
            "exact run": lambda: run(STUDY.reform("no-kin"), engine="exact")}
    return made[request.param]()


def inside(value: Any, path: str = "", seen: set[int] | None = None) -> Iterator[tuple[str, Any]]:
    """Every value that can be reached from a value, without leaves, each with how to reach it."""
    seen = set() if seen is None else seen
    if isinstance(value, LEAVES) or id(value) in seen:
        return
    seen.add(id(value))
    yield path, value
    if isinstance(value, dict):
        parts = [(f"[{key!r}]", inner) for key, item in value.items() for inner in (key, item)]
    elif isinstance(value, tuple | list):
        parts = [(f"[{i}]", inner) for i, inner in enumerate(value)]
    else:
        slots = [f.name for f in fields(value)] if is_dataclass(value) else []
        parts = [(f".{name}", getattr(value, name)) for name in {*slots, *getattr(value, "__dict__", ())}]
        if isinstance(value, Study):
            parts.append((".written", value.written))
    for step, inner in parts:
        yield from inside(inner, path + step, seen)


def refuses(change: Any) -> bool:
    try:
        change()
    except (TypeError, AttributeError, ValueError, KeyError):
        return True
    return False


def ways(value: Any) -> Iterator[tuple[str, Any]]:
    """Every way to write to a value that is not a leaf. Fails for a kind of value that is made to be written to."""
    if isinstance(value, dict):
        assert set(dir(dict)) - set(WRITING) <= set(dir(FrozenDict))
        for name, given in WRITING.items():
            yield name, lambda name=name, given=given: getattr(value, name)(*given)
    elif isinstance(value, np.ndarray):
        assert not value.flags.writeable
        if value.size:
            yield "element", lambda: value.__setitem__(tuple([0] * value.ndim), 1)
        yield "in place", lambda: value.__iadd__(1)
        yield "fill", lambda: value.fill(1)
    elif isinstance(value, tuple):
        yield "element", lambda: value.__setitem__(0, 1)  # type: ignore[attr-defined]
    else:
        assert is_dataclass(value) or isinstance(value, BaseModel), f"what is a {type(value)}?"
        names = [f.name for f in fields(value)] if is_dataclass(value) else [*type(value).model_fields]
        for name in (*names, "something_new"):
            yield f"{name} =", lambda name=name: setattr(value, name, 1)
            yield f"del {name}", lambda name=name: delattr(value, name)


def cannot_be_changed(whole: Any) -> bool:
    before = pickle.dumps(whole)
    reached = list(inside(whole))
    assert len(reached) > 50
    for path, value in reached:
        for name, change in ways(value):
            if name == "__init__":
                change()  # may be called, and does nothing
            else:
                assert refuses(change), f"{path}: {name}"
    return whole == pickle.loads(before)


def test_nothing_that_can_be_reached_can_be_changed(whole):
    assert cannot_be_changed(whole)


def test_whoever_tries_is_told():
    with pytest.raises(TypeError, match="frozen"):
        STUDY.scheme.ceilings.clear()
    assert STUDY.scheme.ceilings == {"B": "average"}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))],
                         ids=["copy", "deepcopy", "pickle"])
def test_a_copy_is_equal_and_as_frozen(whole, copied):
    again = copied(whole)
    assert again == whole
    assert type(again) is type(whole)
    assert cannot_be_changed(again)
    if isinstance(whole, Study):
        assert again.place("channels.camera") == whole.place("channels.camera")
        assert again.reform({"kin": []}) == whole.reform({"kin": []})


def test_another_process_reads_what_was_pickled(tmp_path: Path):
    (tmp_path / "study").write_bytes(pickle.dumps(STUDY.reform("no-ceiling")))
    code = ("import pickle, sys, json; study = pickle.load(open(sys.argv[1], 'rb')); "
            "print(json.dumps([study.plain(), str(study.place('kin'))]))")
    told = subprocess.check_output([sys.executable, "-c", code, str(tmp_path / "study")], text=True)
    assert json.loads(told) == [STUDY.reform("no-ceiling").plain(), str(STUDY.place("kin"))]


def test_what_differs_is_not_equal():
    assert STUDY.evolve(seed=8) != STUDY
    assert STUDY.reform("no-kin") != STUDY
    assert STUDY.reform({}) == STUDY.reform({})
    one, other = plan_of(STUDY), plan_of(STUDY.reform({"signals.jaywalks.points": -4}))
    assert one == plan_of(STUDY)
    assert one != other
    assert run(STUDY) == run(STUDY)
    assert run(STUDY) != run(STUDY.evolve(seed=8))


def test_they_are_told_apart_at_a_glance():
    assert repr(STUDY) == "<Study seed-article: 500 people, 3 steps, seed 7>"
    assert repr(STUDY.reform("no-kin")) == "<Study seed-article under no-kin: 500 people, 3 steps, seed 7>"
    made = run(STUDY, replicates=2, engine="agents")
    assert repr(made) == "<Run of seed-article: 500 people, 3 steps, seed 7, agents engine, 2 replicates>"
    assert repr(STUDY.scheme.ceilings) == "{'B': 'average'}"


def test_a_frozen_mapping_is_a_dict_to_whoever_reads_it():
    mapping = frozen({"b": [1, {"c": 2}], "a": {3}})
    assert mapping == {"b": (1, {"c": 2}), "a": frozenset({3})}
    assert list(mapping) == ["b", "a"]
    assert json.dumps(frozen({"b": [1, {"c": 2}]})) == '{"b": [1, {"c": 2}]}'
    assert {**mapping, "a": 1} == {"b": (1, {"c": 2}), "a": 1}
    assert type(mapping | {"a": 1}) is dict
    assert frozen(mapping) is mapping


def plain_types(data: Any) -> set[type]:
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return {type(data)}.union(*map(plain_types, parts))


def test_plain_data_is_made_of_plain_types():
    assert plain_types(STUDY.plain()) <= {dict, list, str, int, float, bool, type(None)}
    data = STUDY.plain()
    data["scheme"]["ceilings"].clear()
    assert STUDY.scheme.ceilings


MODELS = {model.__name__: model for kind in (Scheme, Population, Assumptions, StudyFile)
          for model in (kind, *models_inside(kind))}


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_what_is_not_written_is_as_valid_as_what_is(model: type[Model]):
    """Defaults are not looked at when a value is read; they are here."""
    for name, field in model.model_fields.items():
        if not field.is_required():
            given = field.get_default(call_default_factory=True)
            bare = model.model_construct(**{name: given}).model_dump(mode="json", include={name})
            again = reader(model, (field.alias or name,)).validate_json(json.dumps(bare[name]), strict=True)
            assert frozen(again) == frozen(given), name


def test_no_field_is_called_frozen_and_is_not():
    for kind in (Plan, Run, Study):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
