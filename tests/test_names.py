"""Every instrument from Python, on one small study: each answers, and its report opens with what it found."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import sousveil as sv
from small_study import small
from sousveil.audits.invented import tables
from sousveil.errors import InputError

UNKNOWN = {"channels": {"camera": {"coverage": "unknown"}},
           "signals": {"act": {"channel": "camera", "points": -20, "lawful": True},
                       "deed": {"channel": "camera", "points": 10, "lawful": True}},
           "consequences": {"low": [{"right": "travel", "effect": "denied"}]}}
PEOPLE = {"people": 100, "groups": {"A": 0.5, "B": 0.5},
          "conduct": {"act": {"chance": {"group": {"A": 0.1, "B": 0.4}}}, "deed": {"chance": 0.3}}}
GUESS = {"fill": {"channels.camera.coverage": {"value": 0.5, "range": [0.2, 0.9]}}}


@pytest.fixture(scope="module")
def study() -> sv.Study:
    from dataclasses import replace

    case = small(UNKNOWN, PEOPLE, GUESS, steps=4)
    made = sv.study({**case.plain, "study": "small", "seed": 1})
    return replace(made, reforms={"no-points": sv.reform("signals.act.points=0")})


def test_what_can_be_varied_is_swept_weighed_and_searched(study: sv.Study) -> None:
    path = "channels.camera.coverage"
    swept = sv.sweep(study, {path: (0, 1, 3)})
    assert [point[path] for point in swept.points] == [0, 0.5, 1]
    assert sv.sweep(study, f"{path}=0:1:3").table() == swept.table()
    assert sv.report(swept, between=("A", "B")).html.count("sousveil.sweep(")
    weighed = sv.sensitivity(study, between=("A", "B"), points=16)
    assert "between=('A', 'B')" in sv.report(weighed).html.replace("&#39;", "'")
    least, most = sv.extremes(study, group="B", points=4).measures()
    assert least.value is not None
    assert most.value is not None
    assert least.value < most.value
    mended = sv.mend(study, "bottom-tier", 0.0)
    assert mended.best is not None
    assert mended.best.reforms == ("no-points",)
    for found in (weighed, mended, sv.extremes(study, points=4), sv.ask(study, points=32)):
        assert "sousveil." in sv.report(found).html


def test_what_exists_is_audited_and_searched(tmp_path: Path) -> None:
    (tmp_path / "decisions.csv").write_text(tables()["decisions.csv"])
    asked = {"decision": "flagged", "outcome": "fraud"}
    found = sv.audit(tmp_path / "decisions.csv", groups="sex", **asked)  # type: ignore[arg-type]
    assert found.groups
    assert "sousveil.audit" in sv.report(found).html
    search = sv.baserate(faces=60_000, watchlist=1_000, present=3, fpir="1/6000", fnir=0.11,
                         group={"A": 0.8, "B": 0.2}, multiplier={"B": (1, 100)})
    assert {m.group for m in search.measures()} >= {"A", "B"}
    assert "multiplier={'B': '1..100'}" in sv.report(search).html.replace("&#39;", "'")
    published = next(row for row in sv.deployments() if row.false and row.faces)
    assert sv.claim(published.id, 0.5).verdict == "better than claimed"
    with pytest.raises(InputError, match="no deployment is called"):
        sv.claim("nowhere", 0.5)


def test_published_results_are_reproduced_by_name() -> None:
    one, = sv.evidence("C04")
    assert one.ok
    assert one.figures


def test_cases_are_worked_out_and_varied() -> None:
    worked = sv.cases("at-ams")
    assert worked
    assert all(one.agrees for one in worked)
    assert sv.cases(sv.study("at-ams")) == worked
    age = sv.cases("at-ams", vary="age")
    assert {one.case for one in age} == {one.name for one in worked}
    assert sum(one.own for one in age) == len(worked)
    with pytest.raises(InputError, match="no label"):
        sv.cases("at-ams", vary="aeg")


def test_a_folder_to_begin_from_has_no_mistake(tmp_path: Path) -> None:
    files = sv.new(tmp_path / "mine", family="risk-score")
    assert (tmp_path / "mine" / "scheme.yaml") in files
    assert sv.check(tmp_path / "mine").problems == ()
    assert sv.cases(tmp_path / "mine")
    (tmp_path / "mine" / "cases.yaml").write_text((tmp_path / "mine" / "cases.yaml").read_text().replace(
        "score: ", "score: 1", 1))
    problem, *_ = sv.check(tmp_path / "mine").problems
    assert problem.file.endswith("cases.yaml")
    assert problem.line
    with pytest.raises(InputError, match="family"):
        sv.new(tmp_path / "other", family="risk-scor")  # type: ignore[arg-type]
    assert not (tmp_path / "other").exists()


def test_nothing_else_has_a_report() -> None:
    with pytest.raises(InputError, match="no result of sousveil"):
        sv.report("seed-article")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [n for n in sv.__all__ if inspect.isfunction(getattr(sv, n))])
def test_every_argument_and_every_answer_has_a_type(name: str) -> None:
    function = getattr(sv, name)
    signature = inspect.signature(function)
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())


def test_the_page_about_python_names_every_function() -> None:
    page = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
    missing = [name for name in sv.__all__ if inspect.isfunction(getattr(sv, name)) and f"sv.{name}(" not in page]
    assert missing == ["reform"], "a reform is made by Study.reform there"
