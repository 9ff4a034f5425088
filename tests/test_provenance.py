"""The record says what made a result, and nothing about who or where."""

from __future__ import annotations

import getpass
import hashlib
import json
import shlex
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.errors import InputError
from sousveil.runs import asked, provenance


def record(*command: str, **inputs: bytes) -> dict[str, object]:
    with asked.command(command[command[:1] == ("sousveil",):]):
        return provenance.collect("", inputs, since=provenance.clock(), seed=7)


def test_identity_and_circumstance_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "scheme.yaml").write_bytes(b"scheme: x\n")
    made = provenance.collect("sousveil.run()", {"scheme.yaml": tmp_path / "scheme.yaml", "study.yaml": b""},
                              since=provenance.clock(), circumstance={"threads": 2}, seed=7, people=10)
    assert list(made) == ["format", "result", "circumstance"]
    assert made["result"]["inputs"] == {"scheme.yaml": hashlib.sha256(b"scheme: x\n").hexdigest(),
                                        "study.yaml": hashlib.sha256(b"").hexdigest()}
    assert set(made["result"]) == {"sousveil", "inputs", "seed", "people"}
    assert set(made["circumstance"]) == {"command", "date", "software", "machine", "cost", "threads"}
    assert set(made["circumstance"]["machine"]) == {"architecture", "cores", "system"}
    assert made["circumstance"]["cost"]["wall s"] >= 0
    assert made["circumstance"]["cost"]["peak memory MB"] > 1


def test_the_same_inputs_have_the_same_identity_however_they_were_called() -> None:
    one, two = record("sousveil", "run", a=b"1"), record("sousveil", "run", "--threads", "2", a=b"1")
    assert one["result"] == two["result"]
    assert record("x", a=b"2")["result"] != one["result"]


def test_it_names_nobody_and_no_place(tmp_path: Path) -> None:
    command = ["run", str(tmp_path / "study.yaml"), f"--out={tmp_path}/base", "../../alice/x.yaml",
               r"C:\Users\alice\y.yaml", "~/alice/z.yaml"]
    with asked.command(command):
        text = provenance.dumps(provenance.collect("", {f"{tmp_path}/scheme.yaml": b""}, since=provenance.clock()))
    assert json.loads(text)["circumstance"]["command"] == (
        "sousveil run study.yaml --out=base x.yaml y.yaml z.yaml")
    for secret in (socket.gethostname(), str(Path.home()), str(tmp_path), "alice"):
        assert secret not in text
    assert getpass.getuser() not in json.loads(text)["circumstance"].values()


def told(*words: str) -> list[str]:
    found = shlex.split(record(*words)["circumstance"]["command"])  # type: ignore[index]
    return found[words[:1] != ("sousveil",):]


def test_words_that_are_no_paths_stay_as_typed() -> None:
    words = ["sousveil", "baserate", "--fpir", "1/6000", "--fpir=1/6000", "--group-fpir", "B=1/1000", "--fpir",
             "7 in 8600", "--set", "tiers.ceilings={}", "--set", "scheme.about=and/or", "--set=x.y=1/3", "A:average",
             "--vary", "a.b=0:1:21", "-3", "", "no-kin"]
    assert told(*words) == words


@pytest.mark.parametrize(("typed", "kept"), [
    ("-o/home/ada/x", "-ox"), ("-o=/home/ada/x", "-o=x"), ("--out=/home/ada/x", "--out=x"), ("/home/ada/x", "x"),
    ("file:///home/ada/x", "x"), ("file:/home/ada/x", "x"), ("-ofile:///home/ada/x", "-ox"), ("/home/ada/x/", "x"),
    ("--out=file://localhost/home/ada/x", "--out=x"), ("/home/ada=b/x", "x"), ("--out=/home/ada=b/x", "--out=x"),
    ("ada/x", "x"), ("./ada/x", "x"), ("../ada/x", "x"), ("x/../ada/y", "y"), ("~/ada/x", "x"), ("~ada", "~"),
    (r"C:\Users\ada\x", "x"), (r"-oC:\Users\ada\x", "-ox"), (r"\\ada\share\x", "x"), ("//ada/share/x", "x"),
    (r"ada\x", "x"), ("s3://ada:secret@ada/x", "x"), ("s3://ada", "s3://..."), ("tcp://ada:8786", "tcp://..."),
    ("--scheduler=tcp://ada:8786", "--scheduler=tcp://..."), ("/home/ada/a b/x", "x"), ("/home/ada\nb/x", "x"),
    ("ada=1/x", "x"), ("1/ada/x", "x")])
def test_of_a_path_only_the_last_part_is_kept_however_it_is_spelt(typed: str, kept: str) -> None:
    assert told("sousveil", "run", typed) == ["sousveil", "run", kept]


def test_a_setting_that_leads_to_the_root_of_a_disk_is_a_path() -> None:
    assert told("--set", "scheme.about=/home/ada/x", "--set=a=file:///ada/x") == [
        "--set", "scheme.about=x", "--set=a=x"]


@given(st.dictionaries(st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()))
def test_what_is_written_is_read_back(facts: dict[str, object]) -> None:
    made = {"format": provenance.FORMAT, "result": facts, "circumstance": {}}
    assert provenance.loads(provenance.dumps(made)) == made


def test_a_number_that_json_cannot_hold_is_a_defect() -> None:
    with pytest.raises(ValueError, match="JSON"):
        provenance.dumps({"result": {"value": float("nan")}})


@pytest.mark.parametrize(("text", "message"), [
    ("", "is not JSON"),
    ("{", "is not JSON"),
    (b"\xff\xfe", "is not JSON"),
    ("[" * 100_000, "is not JSON"),
    ("[]", "is not the record of a result of sousveil"),
    ("{}", "is not the record of a result of sousveil"),
    ('{"format": "sousveil-run/1", "result": 3, "circumstance": {}}', "is not the record of a result of sousveil"),
    ('{"format": "sousveil-run/9", "result": {}, "circumstance": {}}',
     "has the form sousveil-run/9; this sousveil reads sousveil-run/1"),
])
def test_what_is_no_record_is_said_to_be_none(text: str | bytes, message: str) -> None:
    with pytest.raises(InputError) as refusal:
        provenance.loads(text, "base/run.json")
    assert str(refusal.value) == f"base/run.json  {message}"
