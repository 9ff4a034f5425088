"""What was asked for and cannot be told says so, and why: on the console, in the page and in the data alike."""

from __future__ import annotations

import csv
import html
import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from sousveil.audits import logistic
from sousveil.audits.counts import Cell, Counts
from sousveil.audits.examine import Audit, audit, of_counts
from sousveil.audits.question import Question
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.measures.measure import Measure
from sousveil.reports.audit import findings

HIRED = {("men", "white"): (470, 1355), ("men", "black"): (4, 20), ("women", "white"): (270, 900),
         ("women", "black"): (80, 400)}
"""Selected of how many. Four is under the floor, so that no count of men by race can be printed."""


def table(path: Path, cells: dict[tuple[str, str], tuple[int, int]]) -> Path:
    path.write_text("sex,race,d,n\n" + "".join(
        f"{sex},{race},{d},{n}\n" for (sex, race), (some, of) in cells.items() for d, n in ((1, some), (0, of - some))))
    return path


def lines(found: Audit, family: str) -> list[Measure]:
    return [m for m in found.measures if m.harm == family]


@pytest.mark.parametrize(("asked", "family", "missing"), [
    (["--given", "race"], "given", "in no stratum of race are the counts of both groups printed"),
    (["--groups", "race", "--logistic"], "logistic regression", "no intersection with"),
    (["--groups", "race", "--power", "0.05"], "power", "rests on a count under 10"),
])
def test_each_place_of_an_answer_says_what_cannot_be_told(
        asked: list[str], family: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = HIRED if family != "power" else {("men", "white"): (5, 305), ("women", "black"): (70, 300)}
    typed = ["audit", str(table(tmp_path / "t.csv", cells)), "--decision", "d", "--counts", "n", "--groups", "sex",
             *asked]
    assert dispatch(app, [*typed, "-o", str(tmp_path / "out")]) == 0
    said = " ".join(capsys.readouterr().out.split(family.upper() + "\n")[1].split("\n\n")[0].split())
    assert "– withheld: " in said
    assert missing in said
    page = html.unescape((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))
    assert missing in page
    rows = list(csv.DictReader((tmp_path / "out" / "audit.csv").read_text(encoding="utf-8").splitlines()))
    assert any(missing in row["note"] and row["harm"] == family for row in rows)
    assert dispatch(app, [*typed, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert any(missing in row["note"] and row["harm"] == family for row in results)


def test_a_regression_has_a_line_for_every_label_and_names_those_it_leaves_out() -> None:
    cells = {Cell(labels, 0, d, 2): n for labels, (some, of) in HIRED.items() for d, n in ((1, some), (0, of - some))}
    every = of_counts(Counts(("sex", "race"), cells), Question(decision="d", groups=("sex", "race"))).printed
    values = {(group, kind): None if len(group) == 2 and (0, "men") in group else n
              for (group, kind), n in every.values.items()}
    chosen = {(0,): ((0, "men"),), (1,): ((1, "white"),)}
    told = {m.group: m for m in logistic.measures(replace(every, values=values, floor=10), chosen, "")}
    assert set(told) == {"sex=women", "race=black"}
    # Men are the reference, and nothing of them is in the model: women are compared with nobody.
    assert told["sex=women"].value is None
    assert told["sex=women"].note.startswith("withheld: the reference: no intersection with sex=men")
    assert told["race=black"].value == pytest.approx((80 / 320) / (270 / 630))
    assert "; without sex=men: no intersection with it" in told["race=black"].note


def test_the_strata_that_are_left_out_are_named() -> None:
    cells = {Cell((sex, job), 0, d, 2): 40 for sex, job, d in product("ab", "xyz", (0, 1))}
    del cells[Cell(("a", "z"), 0, 1, 2)], cells[Cell(("a", "z"), 0, 0, 2)]
    found = of_counts(Counts(("sex", "job"), cells), Question(decision="d", groups=("sex",), given="job"))
    assert all("2 of 3 strata of job" in m.note for m in lines(found, "given"))
    assert all("without" not in m.note for m in lines(found, "given"))  # nobody is there: nothing is withheld


def test_a_stratum_with_a_withheld_count_is_named(tmp_path: Path) -> None:
    cells = dict.fromkeys(product(("m", "w"), ("u", "x", "y")), (100, 400))
    cells |= {("m", "z"): (3, 300), ("w", "z"): (100, 300)}
    path = table(tmp_path / "t.csv", cells)
    found = audit(path, Question(decision="d", counts="n", groups=("sex",), given="race"))
    notes = [m.note for m in lines(found, "given") if m.value is not None]
    assert notes
    assert all("z: a count is withheld there" in note for note in notes)


def test_errors_that_cannot_be_known_are_said_once() -> None:
    """Outcomes of selected people alone: false positive rates of comparable people are nobody's to know."""
    cells = {Cell((sex, job), 0, *k): 50 for sex, job, k in product("ab", "xy", ((1, 0), (1, 1), (0, 2)))}
    found = of_counts(Counts(("sex", "job"), cells, outcomes=True),
                      Question(decision="d", outcome="y", groups=("sex",), given="job", power=0.1))
    for family in ("given", "power"):
        (m, *_) = (m for m in lines(found, family) if m.measure.startswith("false positive rate"))
        assert m.group == "all"
        assert "a random control would tell" in m.note


def test_every_crossing_of_a_form_has_its_line(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", HIRED)
    found = audit(path, Question(decision="d", counts="n", groups=("sex", "race"), form="ll144"))
    both = {line.category: line.note for line in found.filing if line.kind == "sex × race"}
    assert len(both) == 4
    assert both["sex=men, race=black"].startswith("withheld")


@pytest.mark.parametrize("more", [{"groups": ()}, {"groups": ("sex",), "decision": "", "selection": "arm",
                                                   "control": "random", "population": 900, "outcome": "y"}])
def test_the_power_of_nothing_and_of_two_arms_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(InputError, match="--power needs --groups"):
        Question(**{"decision": "d", "power": 0.1} | more)  # type: ignore[arg-type]


def test_a_sentence_on_comparable_people_says_where_some_are_missing(tmp_path: Path) -> None:
    """Men are in the jobs that select many. In each job both are selected alike, as far as can be told."""
    cells = {("m", "u"): (480, 800), ("w", "u"): (60, 100), ("m", "x"): (20, 100), ("w", "x"): (160, 800),
             ("m", "y"): (40, 100), ("w", "y"): (40, 100), ("m", "z"): (3, 40), ("w", "z"): (13, 40)}
    found = audit(table(tmp_path / "t.csv", cells), Question(decision="d", counts="n", groups=("sex",), given="race"))
    assert any("withheld there" in m.note for m in lines(found, "given"))
    headline, *_ = findings("t.csv", found)
    assert "; among people of the same “race”, as far as they are counted, there is no clear difference" in headline


def test_a_regression_tells_only_what_its_intersections_tell_apart() -> None:
    """Of job z only group c is printed, and of c only z: what is of the group and what of the job nobody can say."""
    told = {("a", "x"): (40, 100), ("b", "x"): (60, 100), ("a", "y"): (50, 100), ("c", "z"): (70, 100)}
    cells = {Cell((one, job), 0, d, 2): told.get((one, job), (30, 60))[0] if d else
             told.get((one, job), (30, 60))[1] - told.get((one, job), (30, 60))[0]
             for one, job, d in product("abc", "xyz", (0, 1))}
    every = of_counts(Counts(("g", "job"), cells), Question(decision="d", groups=("g", "job"))).printed
    values = {(group, kind): None if len(group) == 2 and (group[0][1], group[1][1]) not in told else n
              for (group, kind), n in every.values.items()}
    found = {m.group: m for m in logistic.measures(replace(every, values=values, floor=10),
                                                   {(0,): ((0, "a"),), (1,): ((1, "x"),)}, "")}
    assert found["g=b"].value == pytest.approx((60 / 40) / (40 / 60))
    assert found["job=y"].value == pytest.approx((50 / 50) / (40 / 60))
    for group in ("g=c", "job=z"):
        assert found[group].value is None
        assert found[group].note.startswith("not estimable: the printed intersections do not tell it from other")
