"""What gives counts away beside the counts: the answer as a Python value, last digits, thresholds, what is not said."""

from __future__ import annotations

import json
import pickle
import traceback
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

import sousveil as sv
from sousveil.audits.counts import Cell
from sousveil.audits.examine import Audit
from sousveil.errors import BoundaryError, InputError
from sousveil.reports.audit import findings
from test_audit_everyday import xlsx

Row = tuple[object, ...]


def table(path: Path, names: str, rows: list[Row]) -> Path:
    path.write_text(names + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


def people(n: int, labels: str, seed: int = 1) -> list[Row]:
    """A label, a decision and an outcome, by chance."""
    luck = np.random.default_rng(seed)
    return [(labels[i % len(labels)], int(luck.random() < 0.4), int(luck.random() < 0.3)) for i in range(n)]


def told(found: Audit) -> dict[str, int | None]:
    return {kind: n for (group, kind), n in found.printed.values.items() if not group}


def inside(value: object) -> list[object]:
    """Everything that an answer holds, however deep."""
    if is_dataclass(value) and not isinstance(value, type):
        return [value, *(part for one in fields(value) for part in inside(getattr(value, one.name)))]
    if isinstance(value, dict):
        return [part for pair in value.items() for one in pair for part in inside(one)]
    return [part for one in value for part in inside(one)] if isinstance(value, (tuple, list)) else [value]


def test_an_answer_holds_no_cell_however_it_is_looked_at(tmp_path: Path) -> None:
    rows = [*people(300, "mw"), *(("x", int(i < 5), int(i < 2)) for i in range(7))]
    found = sv.audit(table(tmp_path / "a.csv", "sex,d,y", rows), decision="d", outcome="y", groups="sex")
    assert not [one for one in inside(found) if isinstance(one, Cell)]
    assert b"Cell" not in pickle.dumps(found)
    assert "Cell" not in repr(found)


def test_a_refusal_carries_nothing_of_the_table_along(tmp_path: Path) -> None:
    """Services log errors with the variables of every call that they came through."""
    path = table(tmp_path / "a.csv", "sex,d,y", [*people(300, "mw"), *(("x", i % 2, i % 2) for i in range(12))])
    for question in ({"decision": "nobody"}, {"where": "sex=x"}, {"groups": "y", "reference": "none"}):
        with pytest.raises(InputError) as caught:
            sv.audit(path, **{"decision": "d", **question})
        inside = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)
                  if frame.f_code.co_filename.endswith(("audits/examine.py", "audits/read.py", "audits/soundness.py"))]
        assert len(inside) > 1
        assert {name for frame in inside for name in frame.f_locals} <= {"path", "question"}


def test_the_last_digits_of_the_area_under_the_curve_do_not_tell_scores(tmp_path: Path) -> None:
    """Two tables in which other people have the highest scores, alike in every band: no answer tells them apart."""
    band = [(s, y) for s, y, n in ((0, 1, 23), (0, 0, 80), (2, 1, 10), (2, 0, 20)) for _ in range(n)]
    answers = []
    for name, few in (("a", [(3, 1)] * 3 + [(2, 1)] * 7 + [(3, 0)] * 2 + [(2, 0)] * 5),
                      ("b", [(3, 1)] * 8 + [(2, 1)] * 2 + [(3, 0)] * 1 + [(2, 0)] * 6)):
        found = sv.audit(table(tmp_path / f"{name}.csv", "score,y", band + few), score="score", cut=2, outcome="y",
                         other_people="" if name == "a" else "These people were made up for a test.")
        answers.append(json.dumps([found.measures.plain(), sorted(map(str, found.printed.values.items()))]))
        assert next(m for m in found.measures if m.measure == "area under the curve").value is not None
    assert answers[0] == answers[1]


@pytest.mark.parametrize("few", [0, 6])
def test_that_nobody_passed_over_has_an_outcome_is_a_fact_of_the_whole_file_alone(tmp_path: Path, few: int) -> None:
    """Six men (or none) who were passed over have an outcome: of women that nobody has is not told."""
    rows: list[Row] = [(sex, d, y if d else "") for sex, d, y in people(600, "mw")]
    passed = [i for i, row in enumerate(rows) if row[0] == "m" and row[1] == 0][:few]
    rows = [(sex, d, 0 if i in passed else y) for i, (sex, d, y) in enumerate(rows)]
    path = table(tmp_path / "a.csv", "sex,d,y", rows)
    notes = {}
    for sex in "wm":
        found = sv.audit(path, decision="d", outcome="y", where=f"sex={sex}")
        notes[sex] = next(m.note for m in found.measures if m.measure == "false positive rate").partition(":")[0]
    assert notes == dict.fromkeys("wm", "not estimable" if not few else "withheld")


@pytest.mark.parametrize("women", [19, 20, 21])
def test_a_part_of_a_small_group_is_not_told_to_be_large(tmp_path: Path, women: int) -> None:
    """Of 21 people of C, a filter that leaves 20 would tell that at most one was left out."""
    luck = np.random.default_rng(2)
    rows: list[Row] = [(f"{sex}", place, d) for (sex, d, _), place in zip(
        people(600, "mw"), luck.choice(list("AB"), 600), strict=True)]
    rows += [("w" if i < women else "m", "C", i % 2) for i in range(21)]
    path = table(tmp_path / "a.csv", "sex,place,d", rows)
    assert sv.audit(path, decision="d", groups="place").printed[((0, "C"),), "n"] == 21
    found = sv.audit(path, decision="d", groups="place", where="sex=w")
    assert "place=C" in " ".join(found.left_out)
    assert ((0, "C"),) not in found.printed.layout.groups
    with pytest.raises(BoundaryError, match="fewer than 40"):
        sv.audit(path, decision="d", where=["sex=w", "place=C"])


@pytest.mark.parametrize("women", [19, 21])
def test_how_many_outcomes_are_unknown_in_a_part_is_not_told(tmp_path: Path, women: int) -> None:
    rows: list[Row] = people(600, "mw")
    unknown = [i for i, row in enumerate(rows) if row[0] == "w"][:women] + [
        i for i, row in enumerate(rows) if row[0] == "m"][:21 - women]
    rows = [(sex, d, "" if i in unknown else y) for i, (sex, d, y) in enumerate(rows)]
    path = table(tmp_path / "a.csv", "sex,d,y", rows)
    assert told(sv.audit(path, decision="d", outcome="y"))["yx"] == 21
    found = sv.audit(path, decision="d", outcome="y", where="sex=w")
    assert "may have no known outcome" in " ".join(found.left_out)


@pytest.mark.parametrize("of_x", [0, 5])
def test_missing_decisions_are_not_told_to_be_those_of_people_left_out(tmp_path: Path, of_x: int) -> None:
    """Of five decisions that are missing all are of X, who are left out, or none is."""
    rows: list[Row] = [("x" if i < 9 else sex, d) for i, (sex, d, _) in enumerate(people(609, "mw"))]
    at = [i for i, row in enumerate(rows) if (row[0] == "x") == (of_x > 0)][:5]
    rows = [(sex, "" if i in at else d) for i, (sex, d) in enumerate(rows)]
    found = sv.audit(table(tmp_path / "a.csv", "sex,d", rows), decision="d", groups="sex")
    assert told(found).get("dx", 0) is None


def test_after_one_region_by_its_places_another_region_is_told_too(tmp_path: Path) -> None:
    """Places lie in regions, as everybody knows: those of another region are nobody's secret."""
    luck = np.random.default_rng(3)
    rows: list[Row] = [("north" if place < 4 else "south", f"p{place}", int(luck.random() < 0.4))
                       for place in luck.integers(0, 8, 1600)]
    path = table(tmp_path / "a.csv", "region,place,d", rows)
    for region in ("north", "south"):
        found = sv.audit(path, decision="d", groups="place", where=f"region={region}")
        assert len(found.groups) == 5
        assert None not in [found.printed[margin] for margin in found.printed.values if margin[0]]
    both = sv.audit(path, decision="d", groups="region")
    assert None not in [both.printed[group, kind] for group in both.printed.layout.groups for kind in ("n", "d1", "d0")]


def test_a_filter_whose_people_have_no_known_outcome_says_no_such_thing(tmp_path: Path) -> None:
    rows: list[Row] = [(sex, d, y if sex == "m" else "") for sex, d, y in people(400, "mw")]
    path = table(tmp_path / "a.csv", "sex,d,y", rows)
    try:
        found = sv.audit(path, decision="d", outcome="y", where="sex=w")
    except BoundaryError:
        return
    assert {told(found)[kind] for kind in ("k", "y1", "y0")} == {None}


@pytest.mark.parametrize("written", [True, False])
def test_the_width_of_an_interval_does_not_tell_which_rows_are_not_written(tmp_path: Path, written: bool) -> None:
    """Of rounded counts, of which that of X without the outcome is zero; its row is there, or is not."""
    rows = [(g, d, y, n) for g, four in (("a", (90, 210, 80, 300)), ("b", (110, 200, 90, 310)), ("x", (40, 0, 50, 60)))
            for (d, y), n in zip(((1, 1), (1, 0), (0, 1), (0, 0)), four, strict=True) if n or written]
    found = sv.audit(table(tmp_path / f"{written}.csv", "g,d,y,n", rows), decision="d", outcome="y", groups="g",
                     counts="n", rounded=10)
    assert set(found.printed.parts) == {margin for margin, n in found.printed.values.items() if n is not None}
    assert found.printed.parts[((0, "x"),), "n"] == 4


def test_the_area_of_the_score_itself_lies_where_the_note_says(tmp_path: Path) -> None:
    luck = np.random.default_rng(4)
    rows: list[Row] = [(int(s), int(luck.random() < 0.1 + s / 12)) for s in luck.choice(9, 600, p=[0.3, *[0.1] * 7, 0])]
    rows += [(8, 1), (8, 0), (20, 1)]
    found = sv.audit(table(tmp_path / "a.csv", "score,y", rows), score="score", cut=4, outcome="y")
    area = next(m for m in found.measures if m.measure == "area under the curve")
    ones, zeros = ([s for s, y in rows if y == k] for k in (1, 0))
    whole = np.mean([(a > b) + (a == b) / 2 for a in ones for b in zeros])
    least, most = (float(text) for text in area.note.rpartition("between ")[2].split(" and "))
    assert least - 0.0005 <= whole <= most + 0.0005
    assert most - least < 0.2


@pytest.mark.parametrize("odd", [4, 0.05])
def test_a_weighted_share_does_not_tell_how_many_with_a_weight_of_few_were_selected(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: float) -> None:
    """60 of 1,200 weigh otherwise; none, four or nine of them are among 605 selected, or fourteen or sixteen."""
    answers = []
    for few in (0, 4, 9, 14, 16):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{few}"))
        rows: list[Row] = [(int(i < few), odd) for i in range(60)] + [(int(i < 605 - few), 1) for i in range(1140)]
        found = sv.audit(table(tmp_path / "a.csv", "d,w", rows), decision="d", weight="w")
        answers.append((found.measures.plain(), pickle.dumps(found.printed)))
    assert answers[0] == answers[1] == answers[2]
    assert answers[3] == answers[4]
    assert answers[0][0][0]["value"] is None
    assert answers[3][0][0]["value"] is not None


@pytest.mark.parametrize("names", ["sex,region,d", ",region,d", "sex,region,"])
@pytest.mark.parametrize("asked", [("1", "women,north"), ("0", "women,south"), ("1", "men,west")])
def test_values_asked_for_as_names_tell_nothing_of_the_first_people(tmp_path: Path, names: str, asked: tuple[str, str]
                                                                    ) -> None:
    """The same words, whether a row has them all (the second has the first) or none; a line below is no header."""
    rows = [("men", "north", 0), ("women", "north", 1), ("women", "south", 0), *people(300, "mw")]
    with pytest.raises(InputError) as refused:
        sv.audit(table(tmp_path / "a.csv", names, rows), decision=asked[0], groups=asked[1])
    assert [part.split('"')[0] for part in str(refused.value).splitlines()] == ["a.csv  has no column "] * 3


def test_the_median_as_a_cut_tells_what_nobody_earns(tmp_path: Path) -> None:
    """Incomes that all differ: as many people as the floor lie between the cut and the next number as round."""
    luck = np.random.default_rng(3)
    incomes = sorted(luck.choice(np.arange(10_000, 90_000), 301, replace=False).tolist())
    rows: list[Row] = [("mw"[i % 2], income) for i, income in enumerate(incomes)]
    found = sv.audit(table(tmp_path / "a.csv", "sex,income", rows), score="income", groups="sex", form="ll144")
    cut = found.question.cut
    assert cut is not None
    step = max(k * 10**p for p in range(6) for k in (1, 2, 3, 4, 5) if cut % (k * 10**p) == 0)
    assert sum(cut - step <= income < cut for income in incomes) >= 10
    assert incomes[130] < cut <= incomes[170]


def test_a_refusal_does_not_tell_that_somebody_is_alone(tmp_path: Path) -> None:
    """One of 2,000 is selected, and another has the outcome: two of three cells hold one person."""
    rows: list[Row] = [(0, 0)] * 1998 + [(1, 0), (0, 1)]
    found = sv.audit(table(tmp_path / "a.csv", "d,y", rows), decision="d", outcome="y")
    assert set(told(found).values()) <= {2000, None}


def test_sheets_that_are_called_after_people_are_not_listed(tmp_path: Path) -> None:
    rows = [("sex", "d"), *(("mw"[i % 2], str(i % 3 // 2)) for i in range(60))]
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(**{"Anna Kowalska": rows, "Łukasz Nowak": rows, "third": rows}))
    for sheet, words in (("", '3 sheets that could be meant: "third"'), ("Anna Kowalski", 'no sheet "Anna Kowalski"')):
        with pytest.raises(InputError, match=words) as refused:
            sv.audit(path, decision="d", groups="sex", sheet=sheet)
        assert "Kowalska" not in str(refused.value)
        assert "Nowak" not in str(refused.value)


def test_a_ledger_is_not_another_in_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of seven X nothing is told, whatever is asked first, and in whichever folder."""
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = table(tmp_path / "a.csv", "sex,d", [*people_of(600), *([("X", 1)] * 7)])
    found = []
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        found.append(sv.audit(path, decision="d", groups="sex" if folder == "two" else ()))
    assert found[1].earlier


def people_of(n: int) -> list[Row]:
    return [row[:2] for row in people(n, "mw")]


@pytest.mark.parametrize("asked", [{"groups": "sex"}, {"where": "sex=X"}, {"groups": "score"},
                                   {"decision": "", "score": "score", "cut": 0.5, "groups": "sex"}])
def test_what_people_earn_is_not_told_as_their_number(tmp_path: Path, asked: dict[str, object]) -> None:
    """Two X with incomes of 23,451 and 30,007 would be 53,458 decisions."""
    luck = np.random.default_rng(3)
    rows: list[Row] = [("mw"[i % 2], i % 3 // 2, f"{luck.random():.5f}", luck.integers(15_000, 90_000))
                       for i in range(300)]
    path = table(tmp_path / "a.csv", "sex,flag,score,income", [*rows, ("X", 1, 0.53123, 23451), ("X", 0, 0.22, 30007)])
    with pytest.raises(InputError, match="as a list of people has"):
        sv.audit(path, **{"decision": "flag", "counts": "income", **asked})


@pytest.mark.parametrize("asked", [("yes", "w"), ("no", "w"), ("no", "m")])
def test_the_first_person_of_a_table_without_names_is_not_told(tmp_path: Path, asked: tuple[str, str]) -> None:
    rows: list[Row] = [("wm"[i % 2], "north", ("no", "yes")[i % 3 // 2]) for i in range(300)]
    path = table(tmp_path / "a.csv", "w,north,no", rows)
    with pytest.raises(InputError, match="1:1  looks like a row"):
        sv.audit(path, decision=asked[0], groups=asked[1])


def test_a_table_without_names_quotes_nobody(tmp_path: Path) -> None:
    """Here no name, number or income comes twice, so that the first line is told by its long numbers."""
    rows: list[Row] = [("mf"[i % 2], i % 3 // 2, f"Person {i}", 300_000_000 + 7 * i, f"{9000 + i}.5")
                       for i in range(60)]
    path = table(tmp_path / "a.csv", "m,1,Olga Lis,307357417,9338.1", rows)
    with pytest.raises(InputError, match="1:1  looks like a row") as error:
        sv.audit(path, decision="1", groups="m")
    assert "Olga" not in str(error.value)


@pytest.mark.parametrize("names", ["disabled,flagged", "disabled,flagged,2019", "disabled,flagged,district"])
def test_columns_may_be_called_after_a_label(tmp_path: Path, names: str) -> None:
    rows: list[Row] = [(("disabled", "not disabled")[i % 2], ("flagged", "not flagged")[i % 3 // 2], i % 7)
                       for i in range(200)]
    rows = [row[:names.count(",") + 1] for row in rows]
    found = sv.audit(table(tmp_path / "a.csv", names, rows), decision="flagged=flagged", groups="disabled")
    assert found.printed[(), "n"] == 200


def test_weighted_shares_that_cannot_be_told_are_not_called_counts(tmp_path: Path) -> None:
    luck = np.random.default_rng(5)
    rows: list[Row] = [("mf"[i % 2], i % 5 // 3, round(float(luck.lognormal(4, 1.2)), 2)) for i in range(300)]
    found = sv.audit(table(tmp_path / "a.csv", "sex,flagged,w", rows), decision="flagged", groups="sex", weight="w")
    assert "weighted shares of one or more are withheld" in findings("a.csv", found)[0]
    rates = [m for m in found.measures if m.measure == "selection rate" and m.value is not None]
    assert all("may be some" in m.note for m in rates)
