"""Mistakes in what is given in Python: told in the words for files, by the path of the part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import sousveil as sv
from sousveil.errors import InputError

SCHEME: dict[str, Any] = {
    "scheme": "library", "status": "invented", "channels": {"gate": {"coverage": 0.9, "mistaken": 0.01}},
    "signals": {"late": {"channel": "gate", "points": -10, "lawful": True}},
    "score": {"start": 100, "floor": 0, "ceiling": 100}, "tiers": {"member": {"from": 60}, "barred": {"from": 0}},
    "consequences": {"barred": [{"right": "borrowing", "effect": "denied"}]}}
PEOPLE: dict[str, Any] = {"population": "readers", "people": 100, "groups": {"day": 0.6, "shift": 0.4},
                          "conduct": {"late": {"rate": 0.1}}}


def scheme(**other: Any) -> Callable[[], object]:
    return lambda: sv.Scheme(**{**SCHEME, **other})


def people(**other: Any) -> Callable[[], object]:
    return lambda: sv.Population(**{**PEOPLE, **other})


def study(**other: Any) -> Callable[[], object]:
    return lambda: sv.study({"study": "library", "steps": 3, "scheme": SCHEME, "population": PEOPLE, **other})


deep: dict[str, Any] = {}
deep["deep"] = deep


@pytest.mark.parametrize(("made", "said"), [
    (scheme(statsu="invented"), 'statsu  unknown key "statsu"; did you mean "status"?'),
    (scheme(status="inventd"), 'status  "inventd" is not valid here; did you mean "invented"?'),
    (scheme(channels={"gate": {"covrage": 0.9}}), 'channels.gate  "coverage" is missing in "gate"\n'
     'channels.gate.covrage  unknown key "covrage"; did you mean "coverage"?'),
    (scheme(channels={"gate": {"coverage": 1.9}}), "channels.gate.coverage  1.9 is not between 0 and 1"),
    (scheme(channels={"gate"}), "channels  a value of the type set is neither text, a number, a list nor a mapping"),
    (scheme(channels={("gate",): {"coverage": 1}}, signals={}),
     "channels  a key is a word, not a value of the type tuple"),
    (scheme(channels=deep, signals={}), "more than 32 levels, one inside another"),
    (scheme(score={"start": "many", "floor": 0, "ceiling": 100}),
     'score.start  expected a number or "unknown", not "many"'),
    (scheme(score={"start": np.float64("nan"), "floor": 0, "ceiling": 100}), "score.start  nan is not a finite number"),
    (scheme(signals={"late": {"channel": "gat", "points": -10, "lawful": True}}),
     'signals.late.channel  channel "gat" is not defined; did you mean "gate"?'),
    (scheme(signals={"late": {"channel": "gate", "points": -10, "lawful": True, "at_most": 0}}),
     "signals.late.at-most  0 is not at least 1"),
    (scheme(tiers={"barred": {"from": 0}, "member": {"from": 60}}),
     'tiers.member.from  "member" begins at 60, which is not below "barred" (0); write the tiers from the top'),
    (scheme(tiers=None), "tiers  expected a mapping, not nothing"),
    (scheme(about=3), "about  expected text, not 3"),
    (lambda: sv.Scheme(scheme="library"), 'Scheme  "status" is missing'),
    (lambda: sv.Scheme(SCHEME), "its parts are given by name, as in Scheme(scheme=...), or Scheme(**parts)"),  # type: ignore[call-arg, misc]
    (people(people=-1, stands_for=200), "people  -1 is not at least 1"),
    (people(groups={"day": 0.7, "shift": 0.7}), "groups  the shares add up to 1.4, not 1"),
    (lambda: sv.Assumptions(assumptions="mine", chilling={"expressive": 0.05}),  # type: ignore[dict-item]
     "chilling.expressive  expected a mapping, not 0.05; for example {value: 0.05, source: Guess}, and its"),
    (lambda: sv.Assumptions(assumptions="mine", fil={}), 'fil  unknown key "fil"; did you mean "fill"?'),  # type: ignore[call-arg]
    (lambda: sv.reform("score.decay=0.1", nmae="slow"), 'nmae  unknown key "nmae"; did you mean "name"?'),
    (lambda: sv.reform({"score.decay": 0.1}), "a value of the type dict is not a setting"),  # type: ignore[arg-type]
    (lambda: sv.widen(3), "found: 3 is not a run or a comparison"),  # type: ignore[call-overload]
    (lambda: sv.cite(3), "result: 3 is not text, a path or a run"),  # type: ignore[arg-type]
    (lambda: sv.sweep("seed-article", 3), "vary: 3 is not {path: (from, to, how many values)}"),  # type: ignore[arg-type]
    (study(step=3), 'step  unknown key "step"; did you mean "steps"?'),
    (study(steps="3"), 'steps  expected a whole number, not "3"'),
    (study(about="\x1b[2J"), "about  U+001B, which is not printable; only printable text is read"),
    (study(population=3), "population  expected a mapping, not 3"),
    (study(reforms=3), "reforms  expected a mapping, not 3"),
    (study(steps={1, 2}), "steps  a value of the type set is neither text, a number, a list nor a mapping"),
    (study(label=3), "label  the label is text"),
    (study(scheme=sv.Population(**PEOPLE)), "scheme: a Scheme or a mapping is needed here, not a value of the type Po"),
    (study(scheme={**SCHEME, "status": "\u202e"}), "scheme.status  U+202E, which is not printable"),
    (study(population={**PEOPLE, "conduct": {"lat": {"rate": 0.1}}}),
     'population.conduct.lat  signal "lat" is not in the scheme; did you mean "late"?'),
    (study(reforms={"slow": {"set": {"score.deca": 0.1}}}), 'did you mean "score.decay"?'),
    (lambda: sv.study({}), 'study  "scheme" is missing beside the other parts\n'
     'study  "population" is missing beside the other parts\nstudy  "study" is missing\nstudy  "steps" is missing'),
    (lambda: sv.study(7), "study: 7 is neither a path to a study, a name of the atlas nor a mapping"),  # type: ignore[arg-type]
])
def test_a_mistake_is_told_with_its_path_its_value_and_what_would_be_valid(made: Callable[[], object],
                                                                           said: str) -> None:
    with pytest.raises(InputError) as wrong:
        made()
    assert said in str(wrong.value)
    assert "pydantic" not in str(wrong.value)
    assert wrong.value.__cause__ is None


def test_a_mistake_hides_no_other_and_right_parts_are_not_complained_of() -> None:
    with pytest.raises(InputError) as wrong:
        sv.study({"study": "library", "steps": 0, "scheme": {**SCHEME, "status": "x"},
                  "population": {**PEOPLE, "people": 0}})
    assert [problem.file for problem in wrong.value.problems] == ["scheme.status", "population.people", "steps"]


def test_a_study_in_one_piece_takes_the_number_of_people_as_its_file_does() -> None:
    made = sv.study({"study": "library", "steps": 3, "people": 7, "scheme": SCHEME, "population": PEOPLE})
    assert made.people == 7


def test_whoever_sets_a_part_is_told_that_it_is_frozen() -> None:
    made = sv.Scheme(**SCHEME)
    with pytest.raises(AttributeError, match="a Scheme is frozen; make a new value instead"):
        made.about = "other"  # type: ignore[misc]
