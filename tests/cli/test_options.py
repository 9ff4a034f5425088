"""What is typed after a command: numbers that are read in one way only, and settings that mean the same everywhere."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import sousveil
from sousveil.cli import COMMANDS, app
from sousveil.cli.output import dispatch
from sousveil.errors import two_readings
from sousveil.ground.typed import real
from tiers import in_turn

Say = Callable[..., tuple[int, str, str]]

SMALL = ("--people", "200", "--steps", "2")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*words: object) -> tuple[int, str, str]:
        code = dispatch(app, list(map(str, words)))
        return code, *capsys.readouterr()

    return said


def page(command: str) -> str:
    """The help of a command, in lines so long that nothing is wrapped."""
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(told):
        patch.setenv("COLUMNS", "400")
        assert dispatch(app, [command, "--help"]) == 0
    return told.getvalue()


@cache
def lines(command: str) -> list[tuple[str, str, str]]:
    """Every argument that the help of a command names: its name, the kind of its value, and what is said about it."""
    return re.findall(r"^│ [ *]*((?:--)?[A-Za-z-]+)(?: -\S+)*(?: ([A-Z]+(?:\.\.\.)?))?(?:  +(.*?))? *│$", page(command),
                      re.MULTILINE)


def options(*kinds: str) -> list[tuple[str, str]]:
    """Every option of every command that takes a value of these kinds."""
    return [(command, name) for command in COMMANDS for name, kind, _ in lines(command)
            if kind in kinds or (command, name) == ("story", "NUMBER")]


def named(words: list[str]) -> list[str]:
    """What a command needs besides: nothing is there, so that nothing is done."""
    needed = {"sweep": ["--vary", "x=0:1:2"], "mend": ["--to", "0.5"], "story": ["no-such-folder"],
              "baserate": ["--deployments"], "population": ["--from", "no-such-table.csv"]}
    needed |= {"mend": []} if "--to" in words else {}
    first = [] if words[0] in ("baserate", "story", "population") else ["no-such-study"]
    return [words[0], *first, *needed.get(words[0], []), *words[1:]]


def test_numbers_are_asked_for_in_many_places() -> None:
    assert {("run", "--people"), ("why", "--seeds"), ("sweep", "--workers"), ("baserate", "--faces"),
            ("audit", "--floor"), ("story", "NUMBER"), ("verify", "--threads")} <= set(options("INT"))
    assert len(options("INT")) > 40
    assert set(options("FLOAT")) - {("story", "NUMBER")} == {
        ("mend", "--to"), ("audit", "--cut"), ("ask", "--within"), ("baserate", "--present"), ("audit", "--power")}


THOUSANDS = {"60.000": "it is 60 to some and 60000 to others. Write 60 or 60000",
             "1.000": "it is 1 to some and 1000 to others. Write 1 or 1000",
             "1.000.000": "points mark decimals here, not thousands. Write 1000000"}
NOT_WHOLE = ("1,5", "0,001", "60,00", "1.5", "nan", "inf", "1e-3", "many", "True", "")


def said(given: str | tuple[str, str]) -> str:
    """An argument of these tests, in the name of the test."""
    return given if isinstance(given, str) else " ".join(given)


@in_turn(("where", "text"), options("INT", "FLOAT"), [*THOUSANDS], ids=said)
def test_thousands_with_points_are_refused_with_the_reason(say: Say, where: tuple[str, str], text: str) -> None:
    command, option = where
    code, out, err = say(*named([command, text] if option == "NUMBER" else [command, option, text]))
    assert (code, out) == (2, "")
    assert f'"{text}" is not read: {THOUSANDS[text]}' in err


@in_turn(("where", "text"), [one for one in options("FLOAT") if one != ("story", "NUMBER")], ["0,5", "1,500"], ids=said)
def test_decimal_commas_are_refused_with_the_reason(say: Say, where: tuple[str, str], text: str) -> None:
    command, option = where
    code, out, err = say(*named([command, option, text]))
    assert (code, out) == (2, "")
    assert f'"{text}" is not read: ' in err
    assert f"Write {'0.5' if text == '0,5' else '1.5 or 1500'}" in err


@in_turn(("where", "text"), options("INT"), NOT_WHOLE, ids=said)
def test_what_is_no_whole_number_is_refused(say: Say, where: tuple[str, str], text: str) -> None:
    command, option = where
    code, out, err = say(*named([command, text] if option == "NUMBER" else [command, option, text]))
    assert (code, out) == (2, "")
    assert f'"{text}" is not a whole number, such as 1000000 or 1e6' in err


@pytest.mark.parametrize(("text", "number"), [("0.5", 0.5), ("2", 2.0), ("1e-3", 0.001), ("0.125", 0.125),
                                              ("7.125", 7.125), ("0.000", 0.0), ("-1.5", -1.5),
                                              ("1,000,000", 1e6), ("1,000.5", 1000.5)])
def test_decimals_are_read_as_they_are_typed(text: str, number: float) -> None:
    assert real(text) == number


@pytest.mark.parametrize(("text", "reason"), [
    ("0,5", "a point marks decimals here, not a comma. Write 0.5"), ("0,001", "Write 0.001"), ("12,34", "Write 12.34"),
    ("1.000,5", "Write 1000.5"), ("0,5%", "Write 0.5%"), ("-1,500", "it is -1.5 to some and -1500 to others"),
    ("1,500", "it is 1.5 to some and 1500 to others. Write 1.5 or 1500"), ("1,000", "Write 1 or 1000")])
def test_a_comma_where_decimals_are_asked_for_is_refused_with_its_readings(text: str, reason: str) -> None:
    assert reason in two_readings(text, whole=False)
    with pytest.raises(ValueError, match="is not read"):
        real(text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "half", "", "1.0.0"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a number, such as 0\.5"):
        real(text)


@pytest.mark.parametrize("text", ["0.500", "1000.000", "1.0", "1.00", "1.0000", "0.000", "1", "1e3", "1_000.5",
                                  "1,000,000", "1,000.5"])
def test_numbers_that_can_be_read_in_one_way_are_left_alone(text: str) -> None:
    assert two_readings(text) == two_readings(text, whole=False) == ""


RATES = ("--faces", "60000", "--watchlist", "1000", "--present", "3")


@pytest.mark.parametrize("words", [
    ["baserate", *RATES, "--fpir", "1/6.000"], ["baserate", *RATES, "--fpir", "7 in 60.000"],
    ["baserate", *RATES, "--fpir", "7 / 60.000"], ["baserate", *RATES, "--fpir", "7 out of 60.000"],
    ["baserate", *RATES, "--fpir", "1.000"], ["baserate", *RATES, "--fpir", "0.001", "--fnir", "1.000"],
    ["baserate", *RATES, "--fpir", "0.001", "--group", "A=0.5,B=0.5", "--multiplier", "B=1.000"],
    ["baserate", *RATES, "--fpir", "0.001", "--group", "A=0.5,B=0.5", "--multiplier", "B=1..1.000"],
    ["sweep", "seed-article", "--vary", "population.income=1.000:2000:3"],
    ["sweep", "seed-article", "--vary", "population.income=1:2.000.000:3"],
    ["sweep", "seed-article", "--vary", "population.income=1:2000:1.125"],
    ["sweep", "seed-article", "--vary", "population.income=0,5:2000:3"],
    ["diff", "seed-article", "--set", "population.income=25.000"],
    ["run", "seed-article", "--set", "population.income=25.000"],
    ["run", "seed-article", "--set", "channels.camera.coverage=0,5"],
])
def test_numbers_inside_a_word_that_can_be_read_otherwise_are_refused_too(say: Say, words: list[str]) -> None:
    code, out, err = say(*words)
    assert (code, out) == (2, "")
    assert "is not read: " in err


def test_a_thousand_is_a_thousand_however_it_is_typed(say: Say) -> None:
    facts = [json.loads(say("run", "seed-article", "--people", text, "--steps", "1", "--json")[1])["run"]["result"]
             for text in ("1,000", "1_000", "1000.0")]
    assert {fact["people"] for fact in facts} == {1000}


NONE_AT_ALL = [("--points", command, "0") for command in ("run", "compare", "why", "sweep")]
"""Where none is a number of points, too."""

SETTINGS = [(command, option) for command, option in options("INT")
            if command in ("run", "compare", "why", "sweep", "sensitivity", "mend")]


@in_turn(("where", "text"), SETTINGS, ["-1", "0", "1e25"], ids=said)
def test_settings_out_of_range_end_in_2_before_anything_is_written(say: Say, where: tuple[str, str], text: str,
                                                                  tmp_path: Path) -> None:
    command, option = where
    more = {"sweep": ["--vary", "score.decay=0.2:0.4:2"], "mend": ["--to", "0.5"], "compare": ["--reform", "no-kin"]}
    if text == "0" and (option == "--seed" or (option, command, text) in NONE_AT_ALL):
        text = "-2"  # none at all can be meant there
    code, out, err = say(command, "seed-article", *more.get(command, []), f"{option}={text}", "-o", tmp_path / "out")
    assert (code, out) == (2, ""), (option, text)
    assert re.match(rf"{option[2:]}: -?[\d,]+ is not ", err), err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


ORDER = ["STUDY", "OTHER", "--vary", "--sobol", "--to", "--harm", "--between", "--group", "--points", "--shelf",
         "--reform", "--set", "--replicates", "--seeds", "--people", "--steps", "--seed", "--engine", "--threads",
         "--processes", "--workers", "--scheduler", "--sampling", "--out"]
"""What is asked, of which study and what is changed in it, how much of it is run, by what, and where it goes."""

SETTINGS_OF = {"run": "--points --shelf --people --steps --seed --engine --threads --processes --workers --scheduler "
                      "--out",
               "compare": "--points --shelf --seeds --people --steps --seed --engine --threads --processes --workers "
                          "--scheduler --out",
               "why": "--points --shelf --seeds --people --steps --seed --engine --threads --out",
               "verify": "--threads", "demo": "--points --shelf --processes --workers --scheduler --out",
               "sweep": "--points --shelf --seeds --people --steps --seed --engine --processes --workers "
                        "--scheduler --out",
               "sensitivity": "--people --steps --seed --engine --processes --workers --scheduler --out",
               "mend": "--seeds --people --steps --seed --engine --processes --workers --scheduler --out"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_something_about_everything_in_one_order(command: str) -> None:
    told = lines(command)
    assert [name for name, _, said in told if not said] == []
    assert [name for name, _, said in told if re.search(r'\[default: (\(\)|""|None|False)?\]', said)] == []
    names = [name for name, _, _ in told]
    assert set(SETTINGS_OF.get(command, "").split()) <= set(names)
    if command in SETTINGS_OF:
        places = [ORDER.index(name) for name in names if name in ORDER]
        assert places == sorted(places)


def test_the_same_option_is_the_same_option_everywhere() -> None:
    said: dict[str, set[str]] = {}
    for command in ("run", "why", "sweep", "sensitivity", "mend"):
        for name, _, words in lines(command):
            said.setdefault(name, set()).add(words.partition(" [default: ")[0])
    assert {name for name, helps in said.items() if len(helps) > 1} == {"--out", "--points"}
    assert {"--people", "--steps", "--seed", "--engine", "--reform", "--set", "--harm", "--seeds"} <= set(said)


def test_a_question_that_cannot_be_leaves_the_points_of_another_alone(say: Say, tmp_path: Path) -> None:
    vary = ["--vary", "channels.camera.miss=0:0.8:2", "--vary", "channels.camera.mistaken=0:0.8:2"]
    words = ["sweep", "seed-article", *vary, *SMALL, "-o", tmp_path / "out"]
    assert say(*words)[0] == 1  # one point of the four cannot be: the three that are done are kept
    kept = {path.name: path.read_bytes() for path in (tmp_path / ".out.points").iterdir()}
    assert len(kept) == 3
    assert say(*words, "--seeds", "0")[0] == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / ".out.points").iterdir()} == kept


def test_a_run_is_changed_first_by_reforms_and_settings(say: Say, tmp_path: Path) -> None:
    words = ["run", "seed-article", *SMALL, "--seed", "5", "--reform", "no-kin", "--set", "score.decay=0.5",
             "--set", "ceilings={}"]
    code, out, _ = say(*words, "-o", tmp_path / "base")
    assert code == 0
    assert out.startswith("seed-article under the reform no-kin, score.decay=0.5, ceilings={}: 200 synthetic people")
    study = sousveil.study("seed-article").reform("no-kin").reform({"score.decay": 0.5, "ceilings": {}})
    there = sousveil.run(study, people=200, steps=2, seed=5)
    found = sousveil.load(tmp_path / "base").harms()
    assert found.select(there.harms().column_names).equals(there.harms())
    code, _, err = say(*words, "--set", "score.deccay=0.5")
    assert (code, 'did you mean "score.decay"?' in err) == (2, True)


def test_a_demo_goes_where_it_is_sent(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sousveil.cli import report

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "PEOPLE", 2_000)
    monkeypatch.setattr(report, "STEPS", 12)
    code, out, _ = say("demo", "-o", tmp_path / "elsewhere")
    assert code == 0
    assert out.endswith("\nReport: elsewhere/report.html\n")
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").touch()
    monkeypatch.setattr(sousveil, "run", lambda *_, **__: pytest.fail("it ran"))
    assert say("demo", "-o", tmp_path / "thesis")[0] == 2


@pytest.mark.parametrize(("words", "message"), [
    (["run", "seed-article", "--people", "60.000"], '"60.000" is not read: it is 60 to some and 60000 to others.'),
    (["run", "seed-article", "--threads=-1"], "threads: -1 is not between 1 and 1,000"),
    (["why", "seed-article", "--seed", "9223372036854775808"],
     "seed: 9,223,372,036,854,775,808 is not between 0 and 9,223,372,036,854,775,807"),
    (["sweep", "seed-article", "--vary", "score.decay=0:1:3", "--seeds", "0"], "seeds: 0 is not between 1 and 10,000"),
    (["mend", "seed-article", "--to", "0.5", "--seeds", "1"], "seeds: 1 is not between 2 and 10,000: without"),
    (["baserate", "--faces", "60.000"], '"60.000" is not read'),
])
def test_another_process_ends_in_2_with_one_message(words: list[str], message: str, tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-m", "sousveil", *words, "--json"], cwd=tmp_path, capture_output=True,
                           text=True, env=os.environ | {"NO_COLOR": "1"})
    assert ended.returncode == 2
    assert message in ended.stderr
    assert message in json.loads(ended.stdout)["error"]["message"]
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == []
