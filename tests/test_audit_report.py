"""The report of an audit: the law's six headings, what was not assessed, no claim without its interval."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path

import pytest

from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import Audit, of_counts
from sousveil.audits.question import Question
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.reports.audit import report
from sousveil.reproductions import run

LEVEL = {"a": (300, 200, 400, 100), "b": (100, 400, 600, 200)}
CASES = ("compas-confusion", "compas-high-only", "compas-identity", "compas-filters", "compas-violent",
         "compas-violent-file", "compas-regression", "compas-risk-ratios", "sweden-arms", "sweden-gender",
         "sweden-background", "sweden-bootstrap", "sweden-agency-test", "rotterdam-top-tenth", "rotterdam-percentile",
         "rotterdam-everybody")


def found(groups: dict[str, tuple[int, int, int, int]], outcome: str = "y") -> Audit:
    order = ((1, 1), (1, 0), (0, 0), (0, 1))
    cells: dict[Cell, int] = {}
    for (g, ns) in groups.items():
        for n, (d, y) in zip(ns, order, strict=True):
            cell = Cell((g,), 0, d, y if outcome else 2)
            cells[cell] = cells.get(cell, 0) + n
    question = Question(decision="d", outcome=outcome, groups=("g",))
    return of_counts(Counts(("g",), cells, outcomes=bool(outcome)), question)


@pytest.mark.parametrize("outcome", ["y", ""])
def test_the_six_contents_of_the_law_are_there_in_order(outcome: str) -> None:
    html = report("t.csv", found(LEVEL, outcome), "sousveil audit t.csv").html
    places = [html.index(f"Article 27(1)({letter})") for letter in "abcdef"]
    assert places == sorted(places)
    assert html.count("Not assessed:") == 6


def test_the_headline_is_the_clear_gap() -> None:
    html = report("t.csv", found(LEVEL), "c").html
    assert "Of people without the outcome" in html
    assert "No clear difference" not in html


def test_those_without_a_value_are_told_in_words_and_never_as_a_group_of_that_name() -> None:
    counts = {"(missing)": (300, 200, 400, 100), "b": (100, 400, 600, 200)}
    html = report("t.csv", found(counts, ""), "c").html
    headline = html[html.index("<h1>"):html.index("</h1>")]
    assert "Those without a value of “g” were selected" in headline
    assert "“(missing)”" not in headline


def test_nothing_is_claimed_that_an_interval_does_not_carry() -> None:
    same = dict.fromkeys("ab", (300, 200, 400, 100))
    assert "No clear difference between the groups" in report("t.csv", found(same), "c").html


def test_labels_are_text_and_never_markup() -> None:
    odd = {"<script>x</script>": (300, 200, 400, 100), "b": (100, 400, 600, 200)}
    assert "<script>" not in report("t.csv", found(odd), "c").html


@pytest.mark.parametrize("case", CASES)
def test_every_published_figure_is_reproduced(case: str) -> None:
    (result,) = run([case])
    assert result.ok, [f for f in result.figures if not f.ok]


def test_the_command_writes_a_result_without_the_hash_of_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]
                                                                  ) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{d},{y},{g}" for d, y, g in product((0, 1), (0, 1), "ab") for _ in range(30)]
    path.write_text("\n".join(["d,y,g", *rows]) + "\n")
    out = tmp_path / "out"
    words = ["audit", str(path), "--decision", "d", "--outcome", "y", "--groups", "g", "-o", str(out), "--json"]
    assert dispatch(app, words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {file.name for file in out.iterdir()} == {"audit.parquet", "audit.csv", "report.html", "run.json"}
    assert json.loads((out / "run.json").read_text())["result"]["inputs"] == {}
    assert len((out / "audit.csv").read_text().splitlines()) == len(answer["results"]) + 1


def test_identifiers_end_with_exit_code_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("d,y,g,email\n" + "1,0,a,x\n" * 50)
    assert dispatch(app, ["audit", str(path), "--decision", "d"]) == 3
    assert "--drop email" in capsys.readouterr().err


def test_a_column_of_numbers_of_people_has_one_meaning(tmp_path: Path) -> None:
    """Under a random control nobody counted all those without the outcome: no rate of them is "among" those counted."""
    table = tmp_path / "t.csv"
    table.write_text("arm,income,fraud,n\n" + "".join(f"{arm},{income},{fraud},{n}\n" for arm, income, fraud, n in (
        ("chosen", "high", 1, 63), ("chosen", "high", 0, 27), ("chosen", "low", 1, 60), ("chosen", "low", 0, 280),
        ("random", "high", 1, 24), ("random", "high", 0, 116), ("random", "low", 1, 40), ("random", "low", 0, 420))))
    typed = ["audit", str(table), "--selection", "arm", "--control", "random", "--population", "50000", "--outcome",
             "fraud", "--groups", "income", "--counts", "n", "-o", str(tmp_path / "out")]
    assert dispatch(app, typed) == 0
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert html.count("from 1,030 people of both arms") == 2
    assert "among 1,030" not in html
    assert "those selected, of the 50,000 people named" in html
    assert "50,000</td>" not in html
    rows = {(m["measure"], m["group"]): m["n"] for m in map(dict, csv.DictReader(
        (tmp_path / "out" / "audit.csv").read_text(encoding="utf-8").splitlines()))}
    for what in ("selection rate", "false positive rate", "false negative rate"):
        assert [float(rows[what, group]) for group in ("all", "income=high", "income=low")] == [1030, 230, 800]
