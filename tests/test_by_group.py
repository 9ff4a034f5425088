"""What went in by group is listed, each as what it is, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

import sousveil
from random_schemes import some
from small_study import small
from sousveil.studies.by_group import Known, inputs_by_group
from sousveil.studies.study import Study


def study(scheme: dict[str, Any] | None = None, population: dict[str, Any] | None = None) -> Study:
    case = small(scheme, {"groups": {"A": 0.5, "B": 0.5}, **(population or {})})
    return Study("x", "", case.scheme, case.population, case.assumptions, 1, 0, "A")


def listed(found: Study) -> dict[str, tuple[dict[str, float | str | None], Known]]:
    return {i.path: (dict(i.values), i.known) for i in inputs_by_group(found)}


def test_the_seed_article_puts_in_two_rules_and_four_assumptions() -> None:
    """As its files say: the ceiling and the closer watch are claims of the article; the rest is made up."""
    assert listed(sousveil.study("seed-article")) == {
        "ceilings": ({"B": "average"}, "rule"), "channels.camera.coverage.times": ({"B": 1.2}, "rule"),
        "channels.camera.mistaken": ({"A": 0.002, "B": 0.006}, "assumed"),
        "population.districts.north": ({"A": 0.6, "B": 0.25}, "assumed"),
        "population.income": ({"A": 3000, "B": 2400}, "assumed"),
        "population.conduct.meets-listed.rate": ({"A": 0.004, "B": 0.03}, "assumed")}


def test_what_is_alike_for_all_groups_is_not_listed() -> None:
    assert listed(study()) == {}
    alike = {"district": {"x": 0.3, "y": {"group": {"A": 0.2, "B": 0.2}}}}
    assert listed(study(population={"districts": {"x": 0.5, "y": 0.5}, "conduct": {"act": {"chance": alike}}})) == {}
    assert listed(study(scheme={"handicaps": {"A": 0, "B": 0}})) == {}


def test_what_differs_inside_another_label_is_listed_there() -> None:
    inside = {"district": {"x": 0.3, "y": {"group": {"A": 0.2, "B": 0.4}}}}
    found = listed(study(population={"districts": {"x": 0.5, "y": 0.5}, "conduct": {"act": {"chance": inside}}}))
    assert found == {"population.conduct.act.chance.district.y": ({"A": 0.2, "B": 0.4}, "assumed")}


@pytest.mark.parametrize(("cite", "known"), [
    ("Census 2020, table 3", "published"), ("", "assumed"), ("Invented for the illustration", "assumed"),
    ("A guess between two surveys", "assumed"), ("Guzmán 2019", "published")])
def test_a_figure_is_published_where_a_publication_is_named(cite: str, known: Known) -> None:
    found = listed(study(population={"income": {"group": {"A": 1.0, "B": 2.0}}, "cite": cite}))
    assert found == {"population.income": ({"A": 1.0, "B": 2.0}, known)}


def test_a_rule_whose_figure_nobody_gives_is_assumed() -> None:
    for mark, known in (("verified", "rule"), ("contradicted", "rule"), ("assumed", "assumed")):
        found = listed(study(scheme={"handicaps": {"B": -10}, "cites": {"handicaps.B": "s"},
                                     "sources": [{"id": "s", "cite": "Somebody", "mark": mark}]}))
        assert found == {"handicaps": ({"B": -10}, known)}


def test_any_study_can_be_asked() -> None:
    for case in some(20):
        first = next(iter(case.plain["population"]["groups"]))
        for i in inputs_by_group(Study("x", "", case.scheme, case.population, case.assumptions, 1, 0, first)):
            assert set(i.values) <= set(case.plain["population"]["groups"])
