"""The commands themselves, as typed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import sousveil
from sousveil.atlas import ATLAS
from sousveil.cli import COMMANDS, app
from sousveil.cli.output import dispatch
from sousveil.cli.run import _told as shown
from sousveil.reproductions import Figure, Result
from sousveil.runs import folder
from sousveil.studies.study import restore

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*words: str) -> tuple[int, str, str]:
        code = dispatch(app, list(map(str, words)))
        return code, *capsys.readouterr()

    return said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(say: Say, command: str) -> None:
    code, out, err = say(command, "--help")
    assert (code, err) == (0, "")
    assert f"Usage: sousveil {command}" in out
    assert "--json, with any command" in out


def test_help_names_every_command(say: Say) -> None:
    out = say("--help")[1]
    listed = [line.split()[1] for line in out.splitlines() if line.startswith("│ ") and line[2] not in " -"]
    assert listed == [*COMMANDS]


def test_atlas_lists_the_entries_and_how_well_they_are_documented(say: Say) -> None:
    code, out, _ = say("atlas")
    assert code == 0
    assert any(line.startswith("seed-article ") and " claimed " in line for line in out.splitlines())
    entries = json.loads(say("atlas", "--json")[1])["entries"]
    assert {entry["status"] for entry in entries} <= {"documented", "claimed", "invented"}


def test_check_finds_nothing_in_the_atlas(say: Say) -> None:
    ids = [entry["id"] for entry in json.loads(say("atlas", "--json")[1])["entries"]]
    files = sum(path.stem != "entry" for name in ids for path in (ATLAS / name).glob("*.yaml"))
    assert say("check", *ids) == (0, f"{files} files checked, no mistake found\n", "")


def test_check_names_every_mistake_with_its_place(say: Say, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("scheme: x\ntires: {}\n")
    two.write_text("wrong: x\n")
    code, out, err = say("check", one, two, tmp_path / "none.yaml")
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert any(line.startswith(f"{one}:2:1  ") and '"tiers"' in line for line in lines)
    assert any(line.startswith(f"{two}:1:1  ") for line in lines)
    assert lines[-1] == f"{tmp_path}/none.yaml  there is no such file"
    problems = json.loads(say("check", "--json", one)[1])["error"]["problems"]
    assert {"file", "line", "column", "message"} == set(problems[0])


def test_check_of_nothing_says_what_to_type(say: Say) -> None:
    assert say("check") == (2, "", "name a file to check, for example: sousveil check study.yaml\n")


def test_evidence_is_reproduced_or_ends_in_1(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = (Figure("share", 0.07, 0.0704, 0.0005), Figure("verdict", "conflict", "consistent"))
    monkeypatch.setattr(sousveil, "evidence",
                        lambda *ids: (Result("C99", "A case", "A source", "recalled", figures),))
    code, out, _ = say("evidence", "C99")
    assert code == 1
    assert "Source (recalled): A source" in out
    assert "share  0.07       0.0704      0.0004      0.0005     ok" in out
    assert "verdict: conflict  NOT REPRODUCED: consistent" in out
    assert out.endswith("1 case, 2 figures: 1 NOT reproduced\n")
    kept = [Result("C99", "A case", "A source", "recalled", figures[:1])]
    monkeypatch.setattr(sousveil, "evidence", lambda *ids: tuple(kept))
    code, out, _ = say("evidence", "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)


def test_figures_of_the_evidence_are_written_out(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = (Figure("flights", 1.3e7, 14_705_018.3, 1.3e6), Figure("per face", 3.18e-6, 3.177187e-6, 5e-9))
    monkeypatch.setattr(sousveil, "evidence",
                        lambda *ids: (Result("C99", "A case", "A source", "recalled", figures),))
    out = say("evidence", "C99")[1]
    assert [line.split() for line in out.splitlines()[3:5]] == [
        ["flights", "13,000,000", "14,705,018", "1,705,018", "1,300,000", "NOT", "REPRODUCED"],
        ["per", "face", "0.00000318", "0.00000317719", "\u22120.00000000281", "0.000000005", "ok"]]


def test_an_unknown_case_is_wrong_input(say: Say) -> None:
    code, out, err = say("evidence", "C0x4")
    assert (code, out) == (2, "")
    assert '"C0x4"' in err


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "base"
    words = ["run", "seed-article", "--people", "2_000", "--steps", "6", "--seed", "11", "--points", "0", "-o",
             str(folder)]
    assert dispatch(app, words) == 0
    return folder


def test_a_run_answers_with_its_record_and_every_measure(say: Say, base: Path, tmp_path: Path) -> None:
    words = ["run", "seed-article", "--people", "2e3", "--steps", "6", "--seed", "11"]
    answer = json.loads(say("--json", *words)[1])
    assert answer["out"] is None
    facts = answer["run"]["result"]
    assert (facts["people"], facts["steps"], facts["seed"]) == (2000, 6, 11)
    assert answer["harms"] == folder.read_table(base, "harms").to_pylist()
    assert json.loads(folder.read_document(base, "run.json"))["result"] == facts
    text = say(*words)[1]
    assert text.startswith("seed-article: 2,000 synthetic people, 6 months, seed 11, claimed, not a published rulebook")
    assert text.split("\n\n")[1].startswith("  1. If the claims are right, nobody of group B can be")
    assert "share in tier untrustworthy" in text


def test_a_reform_is_run_by_its_name(say: Say) -> None:
    words = ["run", "seed-article", "--people", "500", "--steps", "2"]
    assert "seed-article under the reform no-ceiling" in say(*words, "--reform", "no-ceiling")[1]
    code, _, err = say(*words, "--reform", "no-cieling")
    assert (code, 'did you mean "no-ceiling"?' in err) == (2, True)


def test_the_place_for_a_result_is_looked_at_before_the_work(say: Say, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "thesis.tex").write_text("")
    monkeypatch.setattr(sousveil, "run", lambda *_, **__: pytest.fail("it ran"))
    code, out, err = say("run", "seed-article", "-o", tmp_path)
    assert (code, out) == (2, "")
    assert "is left alone" in err


@pytest.mark.parametrize("words", [["--people", "0"], ["--steps", "1e9"], ["--seed", "-1"], ["--engine", "agnets"],
                                   ["--people", "many"], ["--replicates", "0"], ["--threads", "0"]])
def test_settings_out_of_range_are_wrong_input(say: Say, words: list[str]) -> None:
    code, out, err = say("run", "seed-article", *words)
    assert (code, out) == (2, "")
    assert words[0].lstrip("-") in err
    assert "defect" not in err


def test_a_result_is_verified_to_the_bit(say: Say, base: Path, tmp_path: Path) -> None:
    assert say("verify", base) == (0, "base: run again, and every byte of every file is the same\n", "")
    changed = tmp_path / "changed"
    shutil.copytree(base, changed)
    (changed / "study.json").write_bytes((base / "study.json").read_bytes().replace(b'"seed": 11', b'"seed": 12'))
    code, out, _ = say("verify", changed)
    assert code == 1
    assert "not the same: study.json" in out
    assert say("verify", tmp_path)[0] == 2


def test_a_story_is_told_of_a_synthetic_person(say: Say, base: Path) -> None:
    code, out, _ = say("story", base, "3")
    assert code == 0
    assert "Synthetic person 3" in out
    assert json.loads(say("story", base, "3", "--json")[1])["number"] == 3
    assert say("story", base, "0")[0] == 2


def test_explain_says_every_rule_with_its_source(say: Say) -> None:
    code, out, _ = say("explain", "seed-article")
    assert code == 0
    assert "WHAT IS WATCHED" in out
    assert "[claimed]" in out
    rules = json.loads(say("explain", "seed-article", "--json")[1])["rules"]
    assert all(rule["rule"] for rule in rules)


def test_explain_of_a_reform_says_what_it_changes(say: Say) -> None:
    out = say("explain", "seed-article", "--reform", "no-kin")[1]
    assert "WHAT THE REFORM CHANGES" in out
    assert json.loads(say("explain", "seed-article", "--json")[1])["changes"] == []


def test_a_new_study_is_whole_and_points_editors_at_its_schemas(say: Say, tmp_path: Path) -> None:
    folder = tmp_path / "my-scheme"
    assert say("new", folder)[0] == 0
    assert say("check", folder, *folder.glob("*.yaml"))[1] == "5 files checked, no mistake found\n", "each once"
    assert say("check", folder / "scheme.yaml")[1] == "1 file checked, no mistake found\n"
    for kind in ("scheme", "population", "assumptions", "study", "cases"):
        head, first = (folder / f"{kind}.yaml").read_text().splitlines()[:2]
        assert head.startswith("# yaml-language-server: $schema=")
        schema = json.loads((folder / head.partition("=")[2]).read_text())
        assert kind in schema["properties"]
        assert first == f"{kind}: my-scheme"
    assert "status: invented" in (folder / "scheme.yaml").read_text()


def test_new_overwrites_nothing(say: Say, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    code, out, err = say("new", folder)
    assert (code, out, err) == (2, "", f"{folder} is there already, and is left alone; take another name\n")
    assert list(folder.iterdir()) == []


def test_new_tables_are_invented_and_show_a_gap_that_is_not_in_the_outcomes(say: Say, tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    code, out, _ = say("new", "--audit", folder)
    assert (code, "invented: nobody in them is real" in out) == (0, True)
    assert (folder / "about.txt").read_text().startswith("Invented: nobody in these tables is real.")

    def asked(*words: str) -> dict[tuple[str, str], float]:
        told = json.loads(say("audit", "--json", *words, "--outcome", "fraud", "--groups", "sex")[1])
        assert told["withheld counts"] == 0
        return {(row["measure"], row["group"]): row["value"] for row in told["results"] if row["harm"] != "check"}

    found = asked(str(folder / "decisions.csv"), "--decision", "flagged")
    assert found["outcome rate", "sex=women"] == found["outcome rate", "sex=men"] == 0.1
    assert found["false positive rate: ratio", "sex=women"] > 2
    # The same decisions in three forms.
    assert asked(str(folder / "counts.csv"), "--decision", "flagged", "--counts", "n") == found
    scored = asked(str(folder / "scores.csv"), "--score", "risk", "--cut", "0.7")
    assert {key: scored[key] for key in found} == found
    control = asked(str(folder / "cases.csv"), "--selection", "arm", "--control", "random", "--population", "50000")
    assert control["outcome rate", "sex=women"] == control["outcome rate", "sex=men"] == 0.1
    assert control["precision", "sex=women"] < control["precision", "sex=men"]


def test_new_tables_are_the_same_every_time_and_overwrite_nothing(say: Say, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert say("new", one, "--audit")[0] == say("new", two, "--audit")[0] == 0
    assert [p.read_bytes() for p in sorted(one.iterdir())] == [p.read_bytes() for p in sorted(two.iterdir())]
    assert say("new", "--audit", one)[::2] == (2, f"{one} is there already, and is left alone; take another name\n")


@pytest.mark.parametrize("name", ["", ".", "..", "a b", "-x", "x\n"])
def test_new_refuses_what_is_no_name(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert say("new", "--", name)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_schemas_are_printed_and_written(say: Say, tmp_path: Path) -> None:
    whole = json.loads(say("schema")[1])
    assert [*whole] == ["scheme", "population", "assumptions", "study", "figures", "cases"]
    assert json.loads(say("schema", "study")[1]) == json.loads(say("schema", "study", "--json")[1]) == whole["study"]
    assert say("schema", "-o", tmp_path / "schemas")[0] == 0
    assert json.loads((tmp_path / "schemas" / "scheme.json").read_text()) == whole["scheme"]
    code, _, err = say("schema", "shceme")
    assert (code, "Did you mean" in err) == (2, True)


def test_demo_ends_with_three_findings_and_the_path_of_the_report(say: Say, tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    from sousveil.cli import report

    monkeypatch.chdir(tmp_path)
    assert (report.PEOPLE, report.STEPS) == (1_000_000, 120)
    monkeypatch.setattr(report, "PEOPLE", 20_000)
    monkeypatch.setattr(report, "STEPS", 24)
    code, out, _ = say("demo")
    assert code == 0
    lines = out.splitlines()
    found, numbers = out.split("Its numbers:")
    assert re.findall(r"^  (\d)\. ", found, re.MULTILINE) == ["1", "2", "3"]
    assert "nobody of group B can be" in lines[1]
    # No number without its second width.
    assert len(re.findall(r"^  \d\. ", numbers, re.MULTILINE)) == 3
    assert len(re.findall(r"over\s+what\s+is\s+not\s+published\s+[\d.,]+\s+to\s+[\d.,]+", numbers)) == 3
    page = tmp_path / "out" / "demo" / "report.html"
    assert lines[-1] == "Report: out/demo/report.html"
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_a_report_is_set_anew_from_a_result(say: Say, base: Path, tmp_path: Path) -> None:
    first = (base / "report.html").read_text()
    code, out, _ = say("report", base, "-o", tmp_path / "again.html")
    assert code == 0
    assert out.endswith("\nReport: again.html\n")
    assert (tmp_path / "again.html").read_text() == first
    assert say("report", base, "-o", base / "run.json" / "x.html")[0] == 2


def test_what_fitting_and_cutting_leave_out_is_told() -> None:
    plain = sousveil.study("urumqi-form-2017").plain()
    groups = list(plain["population"]["groups"])
    # Nobody is of the second group, and the margin wants half of everybody to be: no fitting can do that.
    plain["population"]["groups"] = {groups[0]: 1.0, groups[1]: 0.0}
    plain["population"]["margins"] = [{"over": ["group"], "shares": {groups[0]: 0.5, groups[1]: 0.5}}]
    plain["population"]["people"] = 2_000
    run = sousveil.run(restore(plain), steps=1)
    told = shown(run, run.measures(), None)
    assert "1 year," in told
    assert "have lost: " in told
    assert "The margin over group could not be met: a share is off by 0.5" in told
