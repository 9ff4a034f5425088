"""`sousveil baserate`, as typed: answers, and one clear message with exit code 2 for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from searched import CHECKED, NOTHING, run, typed


def test_the_worked_example_answers_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed({"--fnir": "0.11"})) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Expect 10 (4 to 17) false alerts beside 2.7 (1 to 3) true ones: 21.1 % (10 % to 37.5 %) of alerts" in out
    for name in ("false alerts per face", "false alerts a day", "precision per alert", "precision per stop"):
        assert name in out, "the four conventions always stand together"


def test_json_is_one_object_with_results_and_growth(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed({"--group": "A=0.8,B=20%", "--multiplier": "B=1..5"}, "--json")) == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) == {"search", "results", "growth"}
    assert {row["group"] for row in data["results"]} == {"all", "A", "B"}
    assert {point["along"] for point in data["growth"]} == {"faces", "watchlist", "cameras"}


def test_deployments_carry_their_spread(capsys: pytest.CaptureFixture[str]) -> None:
    several = ("--fpir", "met_2020_stratford", "--fpir", "met_2022_01_28", "--fpir", "0 in 15600")
    assert run(*typed({"--fpir": "met_2020_oxford_circus"}, *several)) == 0
    assert "7.2 times the spread that luck gives" in capsys.readouterr().out
    assert run(*typed({"--fpir": "met_2020_oxford_circus"}, *several, "--pooled")) == 0
    assert "8 counted in 40,920 over 4 trials, pooled" in capsys.readouterr().out


def test_what_is_published_is_listed_with_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--deployments") == 0
    out = capsys.readouterr().out
    assert "(crowd 60,000)" in out
    assert "over 2,500,000" in out
    assert "recalled" in out


def test_a_result_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed({}), "-o", str(tmp_path / "out")) == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"run.json", "results.csv", "results.parquet", "growth.csv", "report.html"} <= written
    assert str(tmp_path) not in (tmp_path / "out" / "report.html").read_text()
    assert str(tmp_path) not in (tmp_path / "out" / "run.json").read_text()
    assert run(*typed({}), "-o", str(tmp_path)) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(("changes", "more", "message"), [
    ({"--fpir": "1/0"}, (), "the denominator is 0"),
    ({"--fpir": "2"}, (), "must lie between 0 and 1"),
    ({"--fpir": "nan"}, (), "is not a number"),
    ({"--fpir": "-1"}, (), "must lie between 0 and 1"),
    ({"--fpir": "often"}, (), "is not a number"),
    ({"--fpir": None}, (), "a false positive rate is needed"),
    ({"--fmr": "1e-6"}, (), "--fpir and --fmr are two ways"),
    ({"--fnir": "1.1"}, (), "--fnir"),
    ({"--stop": "8/7"}, (), "--stop"),
    ({"--faces": "60.000"}, (), "60 to some and 60000 to others"),
    ({"--present": "70000", "--watchlist": "100000"}, (), "cannot exceed the faces"),
    ({"--present": "-1"}, (), "at least 0"),
    ({"--faces": "0"}, (), "at least 1"),
    ({"--faces": "1e29"}, (), "more than sousveil counts"),
    ({"--faces": "1.5"}, (), "not a whole number"),
    ({"--faces": None}, (), "--faces missing"),
    ({"--days": "0"}, (), "at least 1"),
    ({"--fpir-list": "0"}, (), "at least 1"),
    ({"--passes": "0"}, (), "at least 1"),
    ({"--passes": "1e29"}, (), "passes is 1e+29: more than sousveil counts"),
    ({"--group": "A=0.5,B=0.4"}, (), "add up to 0.9, not to 1"),
    ({"--group": "A"}, (), "expected name=value"),
    ({"--group": "A=0.5,A=0.5"}, (), "given twice"),
    ({"--group": "A=x"}, (), "is not a number"),
    ({"--group": "A=0.5,B=0.5", "--multiplier": "C=2"}, (), 'there is no group "C"'),
    ({"--multiplier": "C=2"}, (), "give the groups' shares"),
    ({"--group": "A=1", "--multiplier": "A=nan"}, (), "is not a number"),
    ({"--group": "A=1", "--multiplier": "A=9..2"}, (), "range above 0"),
    ({"--group": "A=0.5,B=0.5", "--group-fpir": "A=0.1", "--fpir": None}, (), 'group "B" has no FPIR'),
    ({}, ("--fpir", "1/3"), "bare rates have no spread"),
    ({"--fpir": "swp_2017_ucl"}, (), "the size of a crowd"),
    ({"--fpir": "met_2020_stratford"}, ("--fpir", "met_2016_2023_total"), "count the same alerts"),
    ({"--rule": "quadratic"}, (), "quadratic"),
    ({"--fmr": "0.5", "--fpir": None, "--rule": "linear"}, (), "not a probability"),
    (NOTHING, ("--check", "nowhere"), "no deployment is called"),
    (NOTHING, ("--check", "swp_2017_ucl", "--fpir", "1/1000"), "the size of a crowd"),
    (NOTHING, ("--check", "swp_2017_ucl,swp_2017_2018_total"), "never pooled"),
    ({"--surprise": "1"}, (), "--surprise"),
])
def test_a_mistake_is_one_clear_message_and_exit_code_2(changes: dict[str, str | None], more: tuple[str, ...],
                                                        message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed(changes, *more)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) <= 2


HALVES = ("--fpir", "0.001", "--group", "A=0.5,B=0.5")


@pytest.mark.parametrize(("words", "said"), [
    ((*typed({"--fpir": "0,001"}),), '"0,001" is not read: a point marks decimals here, not a comma. Write 0.001, or '
                                     "1/1000"),
    ((*typed({"--fpir": "1,000"}),), '"1,000" is not read: it is 1 to some and 1000 to others'),
    ((*typed({"--fpir": "0,1%"}),), "Write 0.1%"),
    ((*typed({"--fpir": "0,5/100"}),), "Write 0.5"),
    ((*typed({"--fpir": "1,500/6000"}),), "it is 1.5 to some and 1500 to others. Write 1.5 or 1500"),
    ((*typed({"--fpir": "1,000 in 1000"}),), "it is 1 to some and 1000 to others"),
    ((*typed({"--fpir": "1.000,5/6000"}),), "Write 1000.5"),
    ((*typed({"--fnir": "0,11"}),), "--fnir: "), ((*typed({"--stop": "0,001"}),), "--stop: "),
    ((*typed({"--stop-right": "0,5"}),), "--stop-right: "),
    ((*typed({"--fpir": None, "--fmr": "0,000001"}),), "or 1/1000000"),
    ((*typed({"--fpir": None}, *HALVES, "--multiplier", "B=1,500"),), "Write 1.5 or 1500"),
    ((*typed({"--fpir": None}, *HALVES, "--multiplier", "B=1..1,5"),), "Write 1.5"),
    ((*typed({"--fpir": None}, "--group", "A=0,5,B=0.5", "--fpir", "0.001"),), "--group: "),
    ((*typed({"--fpir": None}, "--group", "A=0.5,B=0.5", "--group-fpir", "A=0,001,B=0.1"),), "--group-fpir: "),
    ((*typed({"--faces": "0,001"}),), '"0,001" is not a whole number'),
    ((*typed({"--present": "0,2"}),), "Write 0.2"), ((*typed({"--present": "1,500"}),), "Write 1.5 or 1500"),
    ((*CHECKED, "--fpir", "0,001"), "Write 0.001, or 1/1000"),
    (("--check", "faces=0,001,alerts=1,wrong=1"), '"0,001" is not a whole number'),
    (("--check", "met_2024_2025_year", "--group", "black=0,135"), "--group: "),
])
def test_a_decimal_comma_is_never_read_as_thousands(words: tuple[str, ...], said: str,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) <= 2


def test_counts_may_have_commas_between_groups_of_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed({"--faces": "60,000", "--watchlist": "1,000", "--fpir": "1/6,000"})) == 0
    assert "60,000 faces a day" in capsys.readouterr().out
    assert run("--check", "faces=15,000,alerts=16,confirmed=3,wrong=13", "--fpir", "2,000 in 1,000,000") == 0
    assert "2,000 counted in 1,000,000" in capsys.readouterr().out


def test_a_load_that_nobody_counted_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*typed({"--faces": "872e9"})) == 0
    out = capsys.readouterr().out
    assert "Warning: the number of stops is a guess here" in out
    assert run(*typed({})) == 0
    assert "Warning" not in capsys.readouterr().out


def test_somebody_who_passes_on_one_day_in_five(capsys: pytest.CaptureFixture[str]) -> None:
    def right(present: str, days: str) -> float:
        assert run(*typed({"--present": present, "--days": days}), "--json") == 0
        rows = json.loads(capsys.readouterr().out)["results"]
        return next(row["value"] for row in rows if row["measure"] == "true alerts")

    once = right("1", "1")
    assert right("0.2", "5") == pytest.approx(once)
    assert right("5000", "1") == pytest.approx(5000 * once)  # a list of 1,000: they pass five times a day
