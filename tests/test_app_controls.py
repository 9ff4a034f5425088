"""What can be changed in the page: every kind of rule that an entry has, each by a path that the study takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import sousveil
from small_study import small
from sousveil import atlas
from sousveil.app.card import card
from sousveil.app.question import question
from sousveil.errors import InputError
from sousveil.studies.patch import plain
from sousveil.studies.study import Study

FITTING = ("nobody can appeal", "begins", "decay", "does nothing", "at the floor", "nobody can reach", "add up",
           "say for how long this is borne")
"""Words of what may be said of a value that does not go with the others: the path was right."""


def another(control: Mapping[str, Any], step: float) -> str:
    """A value that does not stand there. `step`: by how much points can differ."""
    value = control["value"]
    if control["kind"] == "choice":
        return str(next(choice for choice in control["choices"] if choice != value))
    if value is None:
        return "12"
    low, high = control["low"], control["high"]
    if (low, high) == (0.0, 1.0) and control["path"] != "score.start":
        return "0.25" if value != 0.25 else "0.5"
    step = max(step, 1.0)
    new = value + step if high is None or value + step <= high else value - step
    return f"{new:g}"


def made(study: Study, path: str, value: str) -> tuple[Study | None, str]:
    """The world in which that is set, or what is said against it."""
    try:
        return study.reform(sousveil.reform(f"{path}={value}")), ""
    except InputError as error:
        return None, str(error)


@pytest.mark.parametrize("name", atlas.names())
def test_every_control_leads_to_a_rule_and_changes_it(name: str) -> None:
    study = sousveil.study(name)
    offered = card(study)
    for control in offered["controls"]:
        asked = question(name, [(f"set.{control['path']}", another(control, study.scheme.score.resolution))], offered)
        assert len(asked.sets) == 1, control
        path, value = asked.sets[0]
        world, said = made(study, path, value)
        if world is None:
            assert any(word in said for word in FITTING), (control, said)
            continue
        changed = [c for c in study.changes(world) if not c.path.startswith("assumptions.")]
        assert len(changed) == 1, (control, changed)


@pytest.mark.parametrize("name", atlas.names())
def test_every_number_of_every_rule_has_a_control(name: str) -> None:
    """Read off the scheme as its file would write it, not off the code that makes controls."""
    study = sousveil.study(name)
    paths = {control["path"] for control in card(study)["controls"]}
    lacking = [path for path in wanted(study) if path not in paths]
    assert lacking == []


def wanted(study: Study) -> Iterator[str]:
    data = plain(study.scheme)
    for what, fields in (("channels", ("coverage",)), ("signals", ("points",)), ("marks", ("points",))):
        for name, rule in data[what].items():
            for field in fields:
                yield from numbers(f"{what}.{name}.{field}", rule[field])
    for name in data["signals"]:
        yield f"signals.{name}.lasts"
    for name, rule in data["characteristics"].items():
        for key in ("levels", "table"):
            for level, points in (rule[key] or {}).items():
                yield from numbers(f"characteristics.{name}.{key}.{level}", points)
    for name, points in data["handicaps"].items():
        yield from numbers(f"handicaps.{name}", points)
    for key in ("ceilings", "floors"):
        for name, tier in data[key].items():
            yield from numbers(f"{key}.{name}", tier)
    for index, rule in enumerate(data["kin"]):
        yield from numbers(f"kin.{index}.points", rule["points"])
    for field in ("notice", "appeal", "upheld", "delay"):
        yield from numbers(f"redress.{field}", data["redress"][field])
    for tier, those in data["consequences"].items():
        yield from (f"consequences.{tier}.{index}.effect" for index in range(len(those)))
    for name, rule in data["releases"].items():
        yield from [f"releases.{name}.every"] if rule["every"] is not None else []
    names = [*data["tiers"]]
    for name in names[1:] if data["score"]["direction"] == "high-is-bad" else names[:-1]:
        yield from numbers(f"tiers.{name}.from", data["tiers"][name]["from"])
        yield f"tiers.{name}.for"


def numbers(path: str, data: Any) -> Iterator[str]:
    """The leaves of a number, a tier or a switch."""
    if isinstance(data, Mapping):
        for key, inner in data.items():
            if key not in ("times", "unknown"):
                yield from numbers(f"{path}.{key}", inner)
    else:
        yield path


def test_a_name_with_spaces_can_be_changed() -> None:
    study = sousveil.study("nl-duo-cub-2014")
    asked = question("nl-duo-cub-2014", [("set.ceilings.outside Europe", "low")], card(study))
    assert asked.sets == (("ceilings.outside Europe", "low"),)


@pytest.mark.parametrize("name", atlas.names())
def test_guesses_are_told_apart_by_their_names(name: str) -> None:
    names = [guess["name"] for guess in card(sousveil.study(name))["guesses"]]
    assert len({*names}) == len(names)


def test_what_readers_see_is_what_the_files_call_it_for_readers() -> None:
    from sousveil.app.answers import carried

    texts = {file: (atlas.folder("seed-article") / file).read_text(encoding="utf-8")
             for file in ("scheme.yaml", "population.yaml", "assumptions.yaml", "study.yaml")}
    texts["scheme.yaml"] = texts["scheme.yaml"].replace("untrustworthy: {",
                                                        'untrustworthy: {shown: "not believed", ', 1)
    assert "not believed" in texts["scheme.yaml"]
    texts["population.yaml"] += 'shown: {group: {B: "the people of the hills"}}\n'
    origin = {"kind": "page", "name": "x", "place": "", "files": texts}
    offered = carried("card", {"origin": origin})
    asked = question("x", [("people", "300"), ("steps", "3"), ("seeds", "2"), ("set.redress.appeal", "0"),
                           ("set.kin.0.points", "-1"), ("group", "B")], offered)
    order = {"origin": origin, "question": asked.sized("change").plain(), "stage": "whole", "number": None}
    found = carried("change", order)
    said = " ".join([found["headline"], found["sure"], found["hundreds"]["said"],
                     *(f"{row['measure']}" for row in found["rows"])])
    assert "not believed" in said
    assert "untrustworthy" not in said
    assert {row["group"] for row in found["measures"]} >= {"A", "B"}  # files keep the names of the files
    told = carried("story", order)
    assert told["labels"]["group"] == "the people of the hills"
    assert "not believed" in told["tiers"]
    names = " ".join(c["name"] for c in offered["controls"])
    assert "not believed" in names
    assert "the people of the hills" in names


def test_the_day_on_which_a_rule_changes_can_be_moved() -> None:
    study = sousveil.study({"study": "dated", **small(
        {"signals": {"act": {"channel": "camera", "points": -5, "lawful": False}},
         "changes": [{"at": 2, "about": "the by-law", "set": {"signals.act.points": 0}}]}).plain, "steps": 4})
    offered = card(study)
    control, = (c for c in offered["controls"] if c["section"] == "Dates")
    assert (control["path"], control["value"]) == ("changes.0.at", 2)
    assert "the by-law" in control["name"]
    assert question("dated", [("set.changes.0.at", "4")], offered).sets == (("changes.0.at", "4"),)
    assert study.reform({"changes.0.at": 4}).scheme.changes[0].at == 4
    with pytest.raises(InputError):
        study.reform({"changes.0.at": 0})
