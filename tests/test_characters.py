"""Texts of strangers take over no terminal, and no spreadsheet takes them for a formula."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from cyclopts import App

import sousveil
from odd_files import NAMES
from random_schemes import Case
from small_study import small
from sousveil.cli import app
from sousveil.cli.output import Answer, dispatch
from sousveil.errors import InputError
from sousveil.ground.characters import UNPRINTABLE, found_in, printable
from sousveil.page.downloads import csv_link
from sousveil.page.page import Cell, Link, Table
from sousveil.runs import table_file
from sousveil.studies.yaml_source import parse

HOSTILE = ["\x1b[2J", "\x1b]8;;http://example.org\x1b\\x", "\x07", "\x9b31m", "\x7f", "\u202ex", "\u2066x", "\u2028x",
           "\0", "\ufffe", "\r"]
FORMULAS = ["=HYPERLINK(\"http://example.org\")", "+1", "-1+1|cmd", "@SUM(A1)", "\uff1d1", "\t=1", "\r=1"]


def files_of(case: Case, folder: Path) -> Path:
    folder.mkdir()
    for part in ("scheme", "population", "assumptions"):
        (folder / f"{part}.yaml").write_text(json.dumps(case.plain[part]), encoding="utf-8")
    (folder / "study.yaml").write_text(f"study: odd\nsteps: {case.steps}\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_is_found_and_written_out(text: str) -> None:
    assert found_in(f"plain {text}").startswith("U+")
    assert not UNPRINTABLE.search(printable(text))
    assert printable(f"one\n\ttwo {NAMES}") == f"one\n\ttwo {NAMES}"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_answer_and_no_error_takes_over_a_terminal(text: str, options: list[str],
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    reads = App()
    reads.default(lambda: Answer(f"read {text}", {"read": [text, {text: 1}]}))
    assert dispatch(reads, options) == 0
    assert dispatch(app, ["run", f"no {text.replace(chr(0), '')} study", *options]) == 2
    out, err = capsys.readouterr()
    assert not UNPRINTABLE.search(out)
    assert not UNPRINTABLE.search(err)
    if options:
        assert json.loads(out.splitlines()[0])["read"] == [text, {text: 1}]


def test_tables_on_disk_hold_no_formula(tmp_path: Path) -> None:
    words = pa.array([*FORMULAS, "plain", None]).dictionary_encode()
    table = pa.table({"group": words, "note": pa.array([*FORMULAS, "a=b", "-"]), "n": [-1.0] * 9})
    out = io.BytesIO()
    table_file.write_csv(table, out)
    rows = [*csv.reader(io.StringIO(out.getvalue().decode(), newline=""))][1:]
    assert [row[0] for row in rows] == [*("'" + word for word in FORMULAS), "plain", ""]
    assert [row[1] for row in rows][-2:] == ["a=b", "'-"]
    assert {row[2] for row in rows} == {"-1"}, "a number below zero is a number"


def test_tables_of_pages_hold_no_formula() -> None:
    for formula in FORMULAS:
        link = csv_link(Table((formula,), ((formula,), (Cell("x", formula),), (Link(formula, "http://a"),))))
        assert link.count("%27") + link.count("'") == 4, formula


def test_every_table_of_a_result_is_safe_to_open(tmp_path: Path) -> None:
    odd = {"groups": {"=HYPERLINK(1)": 0.5, "+1": 0.5}, "districts": {"-1+1|cmd": 0.5, "@x": 0.5}}
    case = small({"tiers": {"=high": {"from": 60}, "+middle": {"from": 40}, "-low": {"from": 0}},
                  "consequences": {"-low": [{"right": "=travel", "effect": "denied"}]}}, odd | {"people": 200}, steps=3)
    sousveil.run(files_of(case, tmp_path / "study"), engine="agents").save(tmp_path / "out")
    checked = 0
    for path in (tmp_path / "out").glob("*.csv"):
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
            for cell in row:
                number = cell.replace(".", "").replace("e", "").replace("-", "").replace("+", "").isdigit()
                assert number or cell[:1] not in "=+-@" or not cell, (path.name, cell)
                checked += cell.startswith("'")
    assert checked > 100


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_and_no_text_of_a_file_is_hostile(text: str, tmp_path: Path) -> None:
    for number, data in enumerate(({text: 1}, {"a": {text: {"b": 2}}}, {"about": text}, {"a": [text]})):
        path = tmp_path / f"{number}.yaml"
        path.write_text(json.dumps(data), encoding="utf-8")
        found = parse(path).found
        assert len(found) == 1
        assert "only printable text" in found[0][1]


def test_a_reform_in_python_holds_no_text_that_a_file_could_not() -> None:
    with pytest.raises(InputError, match=r"a text with U\+001B, which is not printable"):
        sousveil.study("seed-article").reform({"about": "\x1b[2J"})


def test_letters_that_json_writes_as_two_escapes_are_one(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(json.dumps({"👩": "👩‍👧"}), encoding="utf-8")
    assert parse(path).data == {"👩": "👩‍👧"}
