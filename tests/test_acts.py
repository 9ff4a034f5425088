"""What somebody does or is, as the subject of a sentence that is English whatever a scheme file says."""

from __future__ import annotations

import pytest

from small_study import small
from sousveil.ground.called import synthetic
from sousveil.reports.run.inputs import for_being
from sousveil.runs.story import Entry, Story
from sousveil.studies.acts import subject
from sousveil.studies.explain import rules
from sousveil.studies.periods import in_words
from sousveil.studies.reform import Change
from sousveil.studies.study import Study


@pytest.mark.parametrize(("about", "said"), [
    ("crosses on red", "Whoever crosses on red"), ("", "Whoever does x"), ("is late", "Whoever is late"),
    ("reports a neighbour", "Whoever reports a neighbour"), ("volunteers", "Whoever volunteers"),
    ("signed for a candidate", "Whoever signed for a candidate"),
    ("late payment", "\u201clate payment\u201d"), ("being a woman", "\u201cbeing a woman\u201d"),
    ("the card is not linked", "\u201cthe card is not linked\u201d"),
    ("loans at many banks", "\u201cloans at many banks\u201d"),
    ("reports of neighbours", "\u201creports of neighbours\u201d"), ("posts", "\u201cposts\u201d"),
    ("is in arrears", "Whoever is in arrears"),
    ("A serious offence.", "\u201cA serious offence\u201d")])
def test_a_text_goes_on_from_whoever_only_with_a_verb(about: str, said: str) -> None:
    assert subject(about, "does x") == (said, said.startswith("Whoever"))


def told(scheme: dict[str, object], population: dict[str, object] | None = None) -> Study:
    case = small(scheme, population)
    return Study("small", "", case.scheme, case.population, case.assumptions, 1, 1, next(iter(case.population.groups)))


def test_an_act_costs_and_gives_where_a_person_loses_and_gains() -> None:
    study = told({"signals": {
        "act": {"channel": "camera", "points": -3, "about": "late payment", "lawful": True, "relevant": False},
        "other": {"channel": "camera", "points": 1, "about": "helps others", "lawful": True}},
        "marks": {"m": {"points": -1, "about": "being a woman"}}})
    said = {rule.path: rule.rule for rule in rules(study)}
    assert said["signals.act"].startswith("\u201clate payment\u201d costs 3 points each time (")
    assert said["signals.act"].endswith("The act is lawful, and marked as not relevant to what the scheme is about.")
    assert said["signals.other"].startswith("Whoever helps others gains 1 point each time (")
    assert "relevant" not in said["signals.other"]
    assert said["marks.m"] == "\u201cbeing a woman\u201d costs 1 point, once, at the start."
    assert dict(for_being(study))["marks.m"] == "\u201cbeing a woman\u201d costs 1 point at the start, for that alone"


def test_everybody_starts_at_one_point() -> None:
    study = told({"score": {"start": 1, "floor": 0, "ceiling": 100}})
    assert next(rule.rule for rule in rules(study) if rule.path == "score").startswith("Everybody starts at 1 point. ")


@pytest.mark.parametrize(("value", "said"), [
    ({"when": "barred", "points": -2}, "when: barred, points: -2"), (None, None), (0.5, 0.5), ([], "none"),
    (True, "true"),
    ([{"right": "travel", "effect": "denied"}], "{right: travel, effect: denied}"), (["a", "b"], "a, b"),
    ({"value": {"group": {"A": 1, "B": [2, 3]}}}, "value: {group: {A: 1, B: [2, 3]}}")])
def test_a_rule_that_differs_stands_as_its_file_writes_it(value: object, said: object) -> None:
    change = in_words(Change("kin.0", value, None, ""), "month")
    assert (change.before, change.after) == (said, None)


@pytest.mark.parametrize(("points", "said"), [(1.0, "+1 point by"), (-1.0, "-1 point by"), (-3.0, "-3 points by")])
def test_a_life_is_told_with_points_in_their_number(points: float, said: str) -> None:
    entry = Entry(1, "helps", 1, True, points, "signals.helps", "did it")
    life = Story(1, "month", {"group": "A"}, 1, 0, (entry,), ((0, 0.0, "low"), (1, points, "low")))
    assert f"month 1: helps: {said} signals.helps. Truth: did it." in life.text()


@pytest.mark.parametrize(("people", "said"), [(1, "1 synthetic person"), (2_000, "2,000 synthetic people")])
def test_one_person_is_no_people(people: int, said: str) -> None:
    assert synthetic(people) == said
