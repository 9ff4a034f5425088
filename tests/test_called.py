"""What readers see instead of the names of the files, in every report and story; and nothing of it elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import sousveil
from small_study import small
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.objective import objective
from sousveil.ground import called
from sousveil.reports.dispatch import report
from sousveil.reports.run import limits
from sousveil.runs.run import Run
from sousveil.studies.explain import explain
from sousveil.studies.shown import names_of
from sousveil.studies.study import Study, load


def named(folder: Path) -> Study:
    """Two groups and three tiers, with ugly keys and other names for readers."""
    case = small(
        {"tiers": {"tx1": {"from": 60, "shown": "trustworthy"}, "tx2": {"from": 40},
                   "tx3": {"from": 0, "shown": "barred"}},
         "consequences": {"tx3": [{"right": "travel", "effect": "denied", "loss": 50}]}, "currency": "yuan",
         "ceilings": {"gx2": "tx2"}, "kin": [{"when": "tx3", "points": -1}],
         "channels": {"camera": {"coverage": 1.0, "mistaken": 0.1}},
         "signals": {"act": {"channel": "camera", "points": -5, "lawful": False}}},
        {"people": 400, "groups": {"gx1": 0.5, "gx2": "rest"}, "districts": {"dx1": 0.5, "dx2": "rest"}, "income": 900,
         "households": {"adults": {1: 0.5, 2: 0.5}},
         "conduct": {"act": {"chance": {"group": {"gx1": 0.2, "gx2": 0.6}}}},
         "shown": {"group": {"gx1": "townspeople", "gx2": "newcomers"}, "district": {"dx1": "the harbour"}}})
    (folder / "study.json").write_text(json.dumps({"study": "small", **case.plain, "steps": 6}))
    return load(folder / "study.json")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sousveil.run(named(tmp_path_factory.mktemp("named")), engine="agents")


def visible(found: Run | sousveil.Comparison, folder: Path) -> str:
    path = folder / "page.html"
    report(found).save(path)
    return path.read_text(encoding="utf-8")


def test_a_report_shows_the_names_for_readers(run: Run, tmp_path: Path) -> None:
    page = visible(run, tmp_path)
    for text in ("group townspeople", "group newcomers", "trustworthy", "barred", "yuan per person-year"):
        assert text in page, text
    assert "group gx1" not in page
    assert "\u201ctx3\u201d" not in page
    assert ">tx3<" not in page


def test_so_does_a_comparison(run: Run, tmp_path: Path) -> None:
    page = visible(sousveil.compare(run.study, [run.study.reform({"ceilings": {}})], people=300, steps=3), tmp_path)
    assert "group newcomers" in page
    assert "group gx2" not in page
    assert ">tx3<" not in page


def test_so_does_a_story(run: Run) -> None:
    told = [sousveil.story(run, number) for number in range(1, 30)]
    assert {story.labels["group"] for story in told} == {"townspeople", "newcomers"}
    assert {story.labels["district"] for story in told} == {"the harbour", "dx2"}
    assert {tier for story in told for _, _, tier in story.course} <= {"trustworthy", "tx2", "barred"}


def test_so_do_the_rules_in_words(run: Run) -> None:
    text = " ".join(explain(run.study).split())
    assert 'Members of newcomers can be "tx2" at best' in text
    assert 'For people who are "barred", travel is denied. They lose 50 a month in yuan.' in text
    assert 'While one member of a household is "barred"' in text


def test_so_do_tables_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named(tmp_path)
    few = ["--people", "300", "--steps", "3"]
    for words in (["run"], ["compare", "--set", "signals.act.points=0", "--seeds", "5", "--points", "0"],
                  ["why", "--seeds", "2"]):
        assert dispatch(app, [words[0], str(tmp_path / "study.json"), *words[1:], *few]) == 0
        said = capsys.readouterr().out
        assert "newcomers" in said, words
        assert not re.search(r"\bgx[12]\b|\btx3\b", said), (words, said)


def test_so_do_both_ends_and_requests(run: Run, tmp_path: Path) -> None:
    assert limits.spelled("channels.camera.mistaken.group.gx2", run.study.scheme) == "camera mistaken, group gx2"
    with called.by(names_of(run.study)):
        assert limits.spelled("channels.camera.mistaken.group.gx2", run.study.scheme) == \
            "camera mistaken, group newcomers"
        assert "tx3" not in limits.spelled("consequences.tx3.0.loss", run.study.scheme)
        assert "group newcomers" in objective(run.study, "rights-denied", "gx2")[1].words


def test_tables_for_programs_keep_the_keys(run: Run) -> None:
    assert {m.group for m in run.measures()} == {"all", "gx1", "gx2"}
    assert run.trace.setting.tiers == ("tx3", "tx2", "tx1")


def test_names_end_with_what_is_written(run: Run) -> None:
    report(run)
    assert called.name("group", "gx1") == "gx1"
    assert called.money("money per person-year") == "money per person-year"
