"""What tells of few people beside the counts: which counts there are, who is left out, why nothing is told, weights."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path

import numpy as np
import pytest

import sousveil as sv
from audit_attack import Attack, answers, written
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError
from sousveil.reports.audit import findings
from test_audit_everyday import xlsx
from test_audit_given_away import table


def aged(sizes: dict[str, int]) -> list[dict[str, str]]:
    return [{"sex": "mw"[i % 2], "age": age, "score": "5", "flagged": str(int(i % 4 < 2))}
            for age, n in sizes.items() for i in range(n)]


@pytest.mark.parametrize("odd", [[], [("women", "A", 1), ("men", "B", 0), ("men", "B", 1)]])
def test_which_counts_are_withheld_does_not_tell_where_nobody_is(tmp_path: Path, odd: list[tuple[str, str, int]]
                                                                 ) -> None:
    """All men in one office and all women in the other, but for nobody or three: few bear out such a rule."""
    rows = [(sex, office, i % 2) for sex, office in (("men", "A"), ("women", "B")) for i in range(15)]
    found = sv.audit(table(tmp_path / "a.csv", "sex,office,d", [*rows, *odd]), decision="d", groups="sex,office")
    assert set(found.printed.values) == {
        (group, kind) for group in found.printed.layout.groups for kind in ("n", "d1", "d0")}


def test_that_a_label_is_not_left_out_does_not_tell_how_few_another_has(tmp_path: Path) -> None:
    """Of 45 people 22 are a2 and at least 20 a1, or a1 were left out: three at most are somebody else."""
    rows = aged({"a1": 20, "a2": 22, "a3": 3})
    questions = [Question(decision="flagged", groups=("sex",)), Question(decision="flagged", groups=("age",))]
    assert Attack(rows, answers(written(tmp_path / "a.csv", rows), questions), 10).won() == []


@pytest.mark.parametrize("second", [22, 17])
def test_why_a_filter_is_refused_does_not_tell_how_many_it_leaves(tmp_path: Path, second: int) -> None:
    """Of 45 people 20 are a1; whether at least 20 others are a2 would tell whether five at most are neither."""
    path = written(tmp_path / "a.csv", aged({"a1": 20, "a2": second, "a3": 25 - second}))
    sv.audit(path, decision="flagged")
    sv.audit(path, decision="flagged", where="age=a1")
    with pytest.raises(BoundaryError, match=r"leaves fewer than 20 decisions.* or it leaves fewer than 10 more or"):
        sv.audit(path, decision="flagged", where="age=a2")


def test_a_filter_that_leaves_few_says_so_where_nothing_was_told_before(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", aged({"a1": 30, "a2": 17, "a3": 18}))
    with pytest.raises(InputError, match=r"leaves fewer than 20 decisions.*: name a wider filter"):
        sv.audit(path, decision="flagged", where="age=a2")


def weighed(path: Path, heavy: int, weight: float = 60) -> Path:
    """3,000 people of weight 1 but for a few, and 2,000 of weight 2."""
    rows: list[tuple[object, ...]] = [("mw"[i % 2], int(i % 5 < 2), weight if i < heavy else 1) for i in range(3000)]
    return table(path, "sex,d,w", [*rows, *(("mw"[i % 2], int(i % 5 < 2), 2) for i in range(2000))])


def test_neither_totals_of_weights_nor_their_worth_tell_how_many_have_a_weight_of_few(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact sum told, and so did the effective size: 3,400, 2,800 or 2,400 people for one, two or three."""
    told = set()
    for heavy in (1, 2, 3):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{heavy}"))
        found = sv.audit(weighed(tmp_path / "a.csv", heavy), decision="d", weight="w")
        told.add((str(found.measures.plain()), pickle.dumps((found.printed.weighed, found.printed.worth))))
    assert len(told) == 1


def test_nobodys_weight_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps are as wide as the ends of the weights make them, and one person may have the one end."""
    told = set()
    for weight in (54.37, 59):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{weight}"))
        found = sv.audit(weighed(tmp_path / "a.csv", 1, weight), decision="d", weight="w")
        told.add((str(found.measures.plain()), pickle.dumps(found.printed)))
    assert len(told) == 1


def test_weights_of_a_survey_are_worth_nearly_what_kish_says(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(int(i % 3 < 1), 0.5 + i % 7 / 4) for i in range(2100)]
    weights = [float(str(w)) for _, w in rows]
    found = sv.audit(table(tmp_path / "a.csv", "d,w", rows), decision="d", weight="w")
    kish = sum(weights) ** 2 / sum(w * w for w in weights) / len(weights)
    assert kish - 0.02 <= found.printed.worth <= kish + 0.005


@pytest.mark.parametrize("groups", ["sex", "region"])
def test_a_refused_weight_does_not_count_who_has_another_one_region_after_another(tmp_path: Path, groups: str) -> None:
    """One person in each region weighs otherwise: nine refusals would tell that it is exactly one."""
    rows: list[tuple[object, ...]] = [("mw"[i % 2], f"r{i % 9}", int(i % 5 < 2), 3 if i < 18 else 1)
                                      for i in range(900)]
    sv.audit(table(tmp_path / "a.csv", "sex,region,d,w", rows), decision="d", weight="w", groups=groups)


def test_each_sheet_of_a_workbook_is_a_table_of_its_own(tmp_path: Path) -> None:
    years = {"y2023": 500, "y2024": 700}
    path = tmp_path / "a.xlsx"
    path.write_bytes(xlsx(**{year: [("sex", "d"), *(("men" if i % 3 else "women", str((i * i + n) % 7 % 2))
                                                    for i in range(n))] for year, n in years.items()}))
    for year, n in years.items():
        assert sv.audit(path, decision="d", groups="sex", sheet=year).printed[(), "n"] == n
    assert sv.audit(path, decision="d", groups="sex", sheet="y2023").again


@pytest.mark.parametrize("names", ["sex,d", "sex,d,y"])
def test_of_one_group_alone_nothing_is_said_to_be_withheld(tmp_path: Path, names: str) -> None:
    rows = [("men", i % 2, i % 3 % 2) for i in range(120)]
    path = table(tmp_path / "a.csv", names, [row[:names.count(",") + 1] for row in rows])
    found = sv.audit(path, decision="d", outcome="y" if "y" in names else "", groups="sex")
    assert findings("a.csv", found) == ["There is nothing to compare: one group alone is counted."]


@pytest.mark.parametrize(("within", "said"), [
    ((0, 0), "there is no clear difference"), ((-15, -15), "it is the other way round"), ((15, 15), "")])
def test_a_headline_beside_comparable_people_is_about_the_groups(tmp_path: Path, within: tuple[int, int], said: str
                                                                 ) -> None:
    """Most men are in a department that selects 60 of 100, most women in one that selects 20 (Simpson's paradox)."""
    rows = [(sex, department, int(i % 100 < rate + (sex == "men") * more))
            for department, rate, more, men, women in (("A", 60, within[0], 1200, 200), ("B", 20, within[1], 200, 1200))
            for sex, n in (("men", men), ("women", women)) for i in range(n)]
    path = table(tmp_path / "a.csv", "sex,department,d", rows)
    found = sv.audit(path, decision="d", groups="sex", given="department")
    headline, *rest = findings("a.csv", found)
    assert "“men”" in headline
    assert "“A”" not in " ".join([headline, *rest])
    assert ("“department” " + said in headline) == bool(said)
    assert said or "department" not in headline


def test_no_gap_between_groups_hides_none_among_comparable_people(tmp_path: Path) -> None:
    rows = [(sex, department, int(i % 100 < rate)) for sex, department, n, rate in (
        ("men", "A", 900, 50), ("men", "B", 300, 10), ("women", "A", 300, 70), ("women", "B", 900, 30))
        for i in range(n)]
    path = table(tmp_path / "a.csv", "sex,department,d", rows)
    found = sv.audit(path, decision="d", groups="sex", given="department")
    assert findings("a.csv", found) == [
        "No clear difference between the groups, but there is one among people of the same “department”."]


def test_a_saved_audit_does_not_say_how_long_it_took_to_withhold(tmp_path: Path) -> None:
    found = sv.audit(written(tmp_path / "a.csv", aged({"a1": 90, "a2": 60, "a3": 7})), decision="flagged", groups="age")
    sv.save(found, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert not record["circumstance"]["cost"]


def test_with_a_filter_it_is_said_of_whom_the_population_is(tmp_path: Path) -> None:
    rows = [("ns"[i % 2], ("chance", "rule")[i // 2 % 2], int(i % 7 < 2)) for i in range(800)]
    path = table(tmp_path / "a.csv", "region,arm,y", rows)
    found = sv.audit(path, selection="arm", control="chance", population=5000, outcome="y", where="region=n")
    assert "the population of 5,000 is taken to be of these people alone" in found.left_out


@pytest.mark.parametrize("asked", [{"decision": "d"}, {"selection": "d", "control": "0", "population": 5000,
                                                      "outcome": "fraud"}])
def test_a_refused_copy_does_not_tell_whether_a_filter_leaves_few(tmp_path: Path, asked: dict[str, object],
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a copy without three rows nothing is told; of no filter, either, whether it leaves twenty women of C."""
    said = []
    for women in (12, 45):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{women}"))
        luck = random.Random(5)
        rows = [{"sex": luck.choice("mw"), "place": luck.choice("ABDEF"), "d": str(int(luck.random() < 0.4)),
                 "fraud": str(int(luck.random() < 0.3))} for _ in range(600)]
        rows += [{"sex": "w" if i < women else "m", "place": "C", "d": str(i % 2), "fraud": str(i % 3 // 2)}
                 for i in range(90)]
        answers(written(tmp_path / "a.csv", rows), [Question(decision="d", outcome="fraud", groups=("sex", "place"))])
        copy = written(tmp_path / "b.csv", [row for i, row in enumerate(rows) if i not in (3, 50, 77)])
        with pytest.raises((BoundaryError, InputError)) as refused:
            sv.audit(copy, **asked, where=["sex=w", "place=C"])
        said.append((type(refused.value), str(refused.value)))
    assert said[0] == said[1]


@pytest.mark.parametrize("few", [12, 450])
def test_a_filter_near_the_totals_of_another_table_is_refused_as_one_that_leaves_few(tmp_path: Path, few: int) -> None:
    """Whoever makes a table of 450 could else ask whether a filter of another leaves about as many."""
    luck = random.Random(6)
    mine = [{"flagged": str(int(i < 200))} for i in range(450)]
    rows = [{"sex": "w" if i < few else luck.choice("mx"), "age": "old" if i < 2000 else "young",
             "d": str(int(9 * i < 4 * few if i < few else luck.random() < 0.4))} for i in range(3000)]
    rows += [{"sex": "w", "age": "young", "d": str(i % 2)} for i in range(100)]
    sv.audit(written(tmp_path / "mine.csv", mine), decision="flagged")
    with pytest.raises(InputError, match=r"leaves fewer than 20 .*, or it comes to nearly the same totals as another"):
        sv.audit(written(tmp_path / "a.csv", rows), decision="d", where=["sex=w", "age=old"])


@pytest.mark.parametrize("groups", ["a,b,c", "a,b"])
@pytest.mark.parametrize("told", [False, True])
def test_that_there_are_too_many_cells_does_not_tell_whether_a_filter_leaves_few(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, groups: str, told: bool) -> None:
    """Groups as fine as that are refused, whomever the filter leaves: 14 women of C, or 60."""
    said = []
    for women in (14, 60):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{women}"))
        luck = np.random.default_rng(7)
        fine = luck.integers(0, 34, (3, 60_000, 3)).min(axis=0)
        rows = [("m" if i >= 200 else "w" if i < women or i >= 120 else "m", "C" if i < 120 else "D",
                 *(f"{name}{value}" for name, value in zip("abc", values, strict=True)), i % 3 // 2, i % 2)
                for i, values in enumerate(fine.tolist())]
        path = table(tmp_path / "a.csv", "sex,place,a,b,c,d,y", rows)
        if told:
            sv.audit(path, decision="d", groups="sex")
        with pytest.raises((BoundaryError, InputError)) as refused:
            sv.audit(path, decision="d", outcome="y" if groups == "a,b" else "", groups=groups,
                     where=["sex=w", "place=C"])
        said.append((type(refused.value), str(refused.value)))
    assert said[0] == said[1]
    assert "more than" in said[0][1]


@pytest.mark.parametrize(("asked", "said"), [
    ({"score": "p", "cut": 50}, '--cut 50 selects who has 50 or more in column "p"'),
    ({"score": "p", "cut": 0.001}, '--cut 0.001 selects who has 0.001 or more in column "p"'),
    ({"decision": "level=1,2"}, 'selects who has in column "level" 1 or 2, and nobody else')])
def test_a_choice_that_leaves_nothing_to_tell_is_said_in_words(tmp_path: Path, asked: dict[str, object], said: str
                                                               ) -> None:
    """It is said wherever how many were selected is withheld, so it tells nothing of the withheld count."""
    luck = random.Random(8)
    (tmp_path / "t.csv").write_text("sex,p,level\n" + "".join(
        f"{luck.choice('mw')},{luck.random():.2f},{luck.randrange(1, 3)}\n" for _ in range(400)))
    found = sv.audit(tmp_path / "t.csv", groups="sex", **asked)  # type: ignore[arg-type]
    assert found.printed[(), "d1"] is None
    assert any(said in text for text in found.left_out)
