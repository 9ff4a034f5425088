"""Populations and rules from tables that somebody else made: what is read, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.engine.cells import build
from sousveil.studies.population import Population
from sousveil.studies.study import check, load
from sousveil.studies.yaml_source import read
from test_audit_everyday import xlsx

REGIONS = "sex,region,count\nwomen,north,300\nwomen,south,200\nmen,north,100\nmen,south,400\n"
AGES = "region,age,percent\nnorth,young,10.2\nnorth,old,30.1\nsouth,young,19.9\nsouth,old,39.9\n"  # 100.1, rounded


def made(folder: Path, *tables: str, more: tuple[str, ...] = ("--group", "sex", "--district", "region")) -> Population:
    command = ["population", "--out", str(folder / "population.yaml"), *more]
    for n, text in enumerate(tables):
        (folder / f"t{n}.csv").write_text(text, encoding="utf-8")
        command += ["--from", str(folder / f"t{n}.csv")]
    assert dispatch(app, command) == 0
    assert check(folder / "population.yaml").problems == ()
    return read(folder / "population.yaml", Population)


def shares(population: Population, **labels: str) -> float:
    cells = build(population)
    return sum(float(share) for c, share in enumerate(cells.share)
               if all(cells.of(c)[label] == name for label, name in labels.items()))


def test_the_cells_have_the_shares_of_the_tables(tmp_path: Path) -> None:
    population = made(tmp_path, REGIONS, AGES)
    assert population.people == 1000
    assert shares(population, group="women", district="north") == pytest.approx(0.3, abs=1e-6)
    assert shares(population, group="men", district="south") == pytest.approx(0.4, abs=1e-6)
    # Of the rounded table only what it says of ages within regions is left: the first has the regions.
    assert shares(population, district="north", age="young") == pytest.approx(0.4 * 10.2 / 40.3, abs=2e-3)


def test_decimal_commas_blanks_and_semicolons(tmp_path: Path) -> None:
    population = made(tmp_path, "group;count\nA;1 234 567\nB;765433\nC;2,000,000\n", more=())
    assert population.people == 1234567 + 765433 + 2000000
    assert [*population.groups] == ["A", "B", "C"]


def test_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(xlsx(people=[["group", "share"], ["A", "0.6"], ["B", "0.4"]]))
    out = tmp_path / "people.yaml"
    assert dispatch(app, ["population", "--from", str(tmp_path / "book.xlsx"), "-o", str(out), "--people", "5000"]) == 0
    assert read(out, Population).people == 5000


@pytest.mark.parametrize(("tables", "said"), [
    (["group,age\nA,30\nB,40\n"], "t0.csv:1:1  one column says how many people a line is about"),
    (["group,region,count\nA,x,1\nA,y,1\nB,x,1\n"],
     "t0.csv  every count is 1, as in a table with a line for each person"),
    (["group;count\nA;765.433\nB;12\n"], 't0.csv:2:1  "765.433" is no whole number of people'),
    (["group,count\nA,5\nTotal,5\n"], 't0.csv:3:1  "Total" adds other lines up'),
    (["group,count\nA,5\nA,6\n"], "t0.csv:3:1  A stands here twice"),
    (["group,count\nA,<5\n"], 't0.csv:2:1  "<5" is no number of people; where it is withheld, write your estimate'),
    (["group,share\nA,60\nB,40\n"], "t0.csv  the shares add up to 100, not 1; for percent, call the column percent"),
    (["group,percent\nA,50\nB,40\n"],
     "t0.csv  the percentages add up to 90, not 100; a line for the rest may be missing"),
    (["group,share\nA,0.5\nB,0.4\n"], "t0.csv  the shares add up to 0.9, not 1; a line for the rest may be missing"),
    (["sexx,count\nA,5\n"], 'no column "group": every population has groups'),
    (["group,count\nA\n"], "t0.csv:2:1  1 cells under 2 columns"),
    (["group,region,count\nA,n,50\nA,s,50\n", "region,age,count\nn,y,90\ns,y,10\n"],
     "t1.csv  for region n, age y this table gives 0.9, and what the tables before it give would need 0.5"),
    (["group,region,count\nA,n,50\nA,s,50\n", "region,age,count\nnn,y,50\ns,y,50\n"],
     't1.csv  region "nn" is not in the table before'),
    ([""], "t0.csv  a table has a line that names its columns")])
def test_what_is_no_table_of_aggregates_is_refused(tables: list[str], said: str, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    command = ["population", "--out", str(tmp_path / "out.yaml")]
    for n, text in enumerate(tables):
        (tmp_path / f"t{n}.csv").write_text(text)
        command += ["--from", str(tmp_path / f"t{n}.csv")]
    assert dispatch(app, command) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.yaml").exists()


def test_a_file_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text("group,count\nA,5\n")
    (tmp_path / "mine.yaml").write_text("mine")
    assert dispatch(app, ["population", "--from", str(tmp_path / "t.csv"), "-o", str(tmp_path / "mine.yaml")]) == 2
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    assert "is there already, and is left alone" in capsys.readouterr().err


RULES = 'signal,points,source,lawful\nPays late,-20,"Decree 12, art. 5",no\nVolunteers,2.5,,yes\n'


def test_rules_make_a_study_that_is_whole(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text(RULES)
    assert dispatch(app, ["new", str(tmp_path / "mine"), "--from", str(tmp_path / "rules.csv")]) == 0
    study = load(tmp_path / "mine")
    assert check(tmp_path / "mine").problems == ()
    assert {name: s.points.value for name, s in study.scheme.signals.items()} == {"pays-late": -20, "volunteers": 2.5}
    assert study.scheme.sources[0].cite == "Decree 12, art. 5"
    assert study.scheme.sources[0].mark == "recalled", "nobody has said that it was read"
    assert study.scheme.status == "invented"
    assert study.scheme.score.resolution == 0.1
    assert {entry.mark for entry in study.filled} == {"assumed"}


def test_points_that_are_all_above_zero_are_taken_for_a_list_where_high_is_bad(tmp_path: Path) -> None:
    (tmp_path / "rules.csv").write_text("signal,points\nspeeds,3\nparks,1\n")
    assert dispatch(app, ["new", str(tmp_path / "mine"), "--from", str(tmp_path / "rules.csv"), "--json"]) == 0
    assert load(tmp_path / "mine").scheme.score.high_is_bad


@pytest.mark.parametrize(("text", "said"), [
    ("signal,score\na,1\n", '"score" is no column of rules'),
    ("signal\na\n", 'a table of rules has one column "points"'),
    ("signal,points\na,many\n", 'rules.csv:2:1  "many" is no number of points'),
    ("signal,points\na,1\nA,2\n", 'rules.csv:3:1  there are two rules "a"'),
    ("signal,points\n!!,1\n", 'rules.csv:2:1  "!!" is no name for a signal'),
    ("signal,points,lawful\na,1,perhaps\n", 'lawful is yes or no, not "perhaps"'),
    ("signal,points\n", "there is no rule in this table")])
def test_what_is_no_table_of_rules_is_refused_and_nothing_is_left(text: str, said: str, tmp_path: Path,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rules.csv").write_text(text)
    assert dispatch(app, ["new", str(tmp_path / "mine"), "--from", str(tmp_path / "rules.csv")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("family", ["points-regime", "risk-score", "blacklist", "ranked-places"])
def test_each_family_has_a_template(family: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["new", str(tmp_path / "mine"), "--family", family, "--json"]) == 0
    assert "scheme.yaml" in json.loads(capsys.readouterr().out)["files"]
    assert check(tmp_path / "mine").problems == ()
    assert load(tmp_path / "mine").scheme.status == "invented"
