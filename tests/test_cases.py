"""Cases: what the rules make of one synthetic person, by hand; one mistake gives one message; nobody real gets in."""

from __future__ import annotations

from pathlib import Path

import pytest

from sousveil.errors import BoundaryError, InputError
from sousveil.runs.situations import mistakes, outcome, traits, varied
from sousveil.studies.cases import Situation
from sousveil.studies.study import check, load
from sousveil.unknowns.published import read_cases

HERE = Path(__file__).parent
STUDY = load(HERE / "broken" / "good")
GOOD = HERE / "broken_cases" / "good" / "cases.yaml"
FILES = sorted((HERE / "broken_cases").glob("*.yaml"))
PERSONS = sorted((HERE / "broken_cases" / "persons").glob("*.yaml"))


def came(**situation):
    return outcome(STUDY, Situation(about="x", tier="middle", **situation))


def test_the_good_file_is_good_and_comes_to_what_it_says():
    assert not check(GOOD).problems
    assert not [*mistakes(STUDY, read_cases(GOOD, STUDY))]
    assert len(FILES) >= 9


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_gives_exactly_its_message(path):
    """The first line of a file says it: LINE:COLUMN  message."""
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    with pytest.raises(InputError) as caught:
        read_cases(path, STUDY)
    assert [str(p).removeprefix(f"{path}:") for p in caught.value.problems] == [wanted]


@pytest.mark.parametrize("path", PERSONS, ids=lambda path: path.stem)
def test_rows_about_persons_are_refused_without_repeating_them(path):
    with pytest.raises(BoundaryError) as caught:
        read_cases(path, STUDY)
    assert "jane" not in str(caught.value).casefold()


def test_what_a_situation_does_not_name_is_the_first_of_the_file_and_no_error_is_made():
    """100 at the start; a jaywalk is 5 points, decay moves 5 % of the way back, halves to even."""
    assert came().score == 100
    assert came(acts={"jaywalks": (1,)}).score == 95
    assert came(acts={"jaywalks": (1,)}, after=2).score == 95  # 4.75 left, so 5
    assert came(acts={"jaywalks": (1, 1, 1, 1, 1)}).score == 85, "at most three a step count"
    assert came(acts={"jaywalks": (1,) * 3, "pays-late": (2,)}).score == 66  # 100 - 14.25 -> 14 - 20


def test_ceilings_handicaps_marks_and_rights_count():
    assert came(who={"group": "B"}, after=1).score == 99  # the handicap
    assert came(who={"group": "B"}, start=150).tier == "middle"
    assert came(who={"group": "A"}, start=150).tier == "trusted"
    assert came(marks=("passport",)).score == 90
    fallen = came(acts={"pays-late": (1, 1, 1)})
    assert (fallen.score, fallen.tier, fallen.limited) == (40, "shunned", ("travel", "work"))


def test_a_case_that_says_otherwise_is_a_mistake_with_its_place(tmp_path):
    path = tmp_path / "cases.yaml"
    text = GOOD.read_text(encoding="utf-8")
    held = text.index("holds-the-mark")
    path.write_text(text[:held] + text[held:].replace("score: 90", "score: 91"), encoding="utf-8")
    found = [*mistakes(STUDY, read_cases(path, STUDY))]
    assert [str(p) for p in found] == [
        f'{path}:17:12  case "holds-the-mark" says a score of 91; the rules of the study give 90']


def test_one_trait_is_varied_and_all_else_stays():
    given = read_cases(GOOD, STUDY)
    assert {*traits(STUDY)} == {"group", "district", "class", "passport"}
    rows = [*varied(STUDY, given, "passport")]
    assert [(row.case, row.name, row.came.score, row.own) for row in rows if row.case == "holds-the-mark"] == [
        ("holds-the-mark", "held", 90, True), ("holds-the-mark", "not held", 100, False)]
    assert [row.name for row in varied(STUDY, given, "group")] == ["A", "B"] * 2
