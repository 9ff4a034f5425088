"""A guess that is moved is moved in every world, and is no guess any more."""

from __future__ import annotations

import json

import pytest

import sousveil as sv
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.studies.guesses import assumed, guesses

NAME = "channels.camera.coverage.value.district.south"


def test_a_moved_guess_is_used_and_loses_its_range() -> None:
    study = sv.study("seed-article")
    moved = assumed(study, {NAME: 0.35})
    assert {f.path: f.value.plain() for f in moved.filled}[NAME] == 0.35
    assert [g.path for g in guesses(moved) if g.range is None] == [NAME]
    assert [g for g in guesses(moved) if g.path != NAME] == [g for g in guesses(study) if g.path != NAME]
    assert moved.label == ""
    assert "0.7" in next(g.source for g in guesses(moved) if g.path == NAME)


def test_every_guess_of_a_study_can_be_moved_to_each_end_of_its_range() -> None:
    study = sv.study("seed-article")
    for guess in guesses(study):
        for value in guess.range or ():
            again = {g.path: g.value for g in guesses(assumed(study, {guess.path: value}))}
            assert again == {g.path: g.value for g in guesses(study)} | {guess.path: value}


@pytest.mark.parametrize(("values", "words"), [
    ({"channels.camera.coverage.value.district.suoth": 0.3}, "did you mean"),
    ({NAME: "often"}, "takes a number"),
    ({NAME: True}, "takes a number"),
    ({NAME: 1.5}, "1"),
    ({"chilling.nobody": 1}, "is no guess"),
])
def test_what_cannot_be_assumed_is_refused(values: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        assumed(sv.study("seed-article"), values)


def test_a_guess_holds_in_both_worlds_and_a_reform_in_one(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "seed-article", "--reform", "no-ceiling", "--reform", "no-kin", "--together", "--assume",
             f"{NAME}=0.1", "--people", "2000", "--steps", "12", "--seeds", "2", "--points", "0", "--json"]
    assert dispatch(app, words) == 0
    told = json.loads(capsys.readouterr().out)
    assert [w["reform"] for w in told["worlds"]] == ["no-ceiling, no-kin"]
    assert {c["path"] for c in told["worlds"][0]["changes"]} == {"ceilings.B", "kin.0"}
    study = assumed(sv.study("seed-article"), {NAME: 0.1})
    found = sv.compare(study, [study.reform("no-ceiling").reform("no-kin")], people=2000, steps=12, seeds=2)
    assert told["worlds"][0]["differences"] == json.loads(json.dumps(found.differences(found.reforms[0]).plain()))
