"""Where a setting of the machine stands in the way, the message says what to do, and nothing half-made is left."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import webbrowser
from pathlib import Path

import pytest

from sousveil.app import serve
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.ground import disk
from swept import written

NOWHERE = "/dev/null/home"
"""Below a file no folder can be made, whoever asks."""

TABLE = "decision,group\n" + "1,a\n0,b\n" * 50


def test_a_home_that_cannot_be_written_to_is_named_with_what_to_set(tmp_path: Path) -> None:
    """From outside, as it is for a service without a home."""
    (tmp_path / "table.csv").write_text(TABLE)
    words = [sys.executable, "-m", "sousveil", "audit", "table.csv", "--decision", "decision", "--groups", "group"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    ended = subprocess.run(words, cwd=tmp_path, env={**kept, "HOME": NOWHERE}, capture_output=True, text=True)
    assert ended.returncode == 2, ended.stderr
    assert "set XDG_STATE_HOME to a folder of your own" in ended.stderr
    assert ended.stdout == ""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    written(home / "mine")
    (home / "filed.yaml").write_text("assessment: x\n")
    (home / "shares.csv").write_text("group,share\nA,0.7\nB,0.3\n")
    assert dispatch(app, ["run", str(home / "mine"), "--people", "200", "--steps", "2", "--points", "0", "-o",
                          str(home / "out")]) == 0
    return home


@pytest.mark.parametrize("words", [
    ["run", "MINE", "--people", "200", "--steps", "2", "--points", "0", "-o", f"{NOWHERE}/out"],
    ["report", "OUT", "-o", f"{NOWHERE}/x.html"],
    ["report", "OUT", "--format", "xlsx", "--format", "html", "-o", f"{NOWHERE}/all"],
    ["bundle", "OUT", "-o", f"{NOWHERE}/x.zip"], ["assess", "OUT", "-o", f"{NOWHERE}/x.html"],
    ["review", "FILED", "--against", "OUT", "-o", f"{NOWHERE}/x.html"], ["new", f"{NOWHERE}/mine"],
    ["schema", "-o", f"{NOWHERE}/s"], ["population", "--from", "SHARES", "--out", f"{NOWHERE}/p.yaml"]])
def test_a_place_that_cannot_be_written_to_asks_for_another(made: Path, words: list[str],
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    places = {"MINE": made / "mine", "OUT": made / "out", "FILED": made / "filed.yaml", "SHARES": made / "shares.csv"}
    assert dispatch(app, [str(places.get(word, word)) for word in words]) == 2
    assert "; name " in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ["run", "MINE", "--people", "200", "--steps", "2", "--points", "2", "-o", "FULL/out"], ["schema", "-o", "FULL/s"],
    ["report", "OUT", "--format", "html", "--format", "xlsx", "-o", "FULL/all"],
    ["population", "--from", "SHARES", "--out", "FULL/p.yaml"]])
def test_a_full_disk_asks_for_another_and_keeps_nothing_half_made(made: Path, tmp_path: Path, words: list[str],
                                                                  monkeypatch: pytest.MonkeyPatch,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    places = {"MINE": made / "mine", "OUT": made / "out", "SHARES": made / "shares.csv"}
    write = disk.write
    monkeypatch.setattr(disk, "write", lambda path, fill, durable=True: write(
        path, lambda file: (fill(file), full(file.fileno())), durable))
    assert dispatch(app, [str(places.get(word, word.replace("FULL", str(tmp_path)))) for word in words]) == 2
    assert "; name another" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} <= {".out.unfinished"}, "but for what the run can go on from"


@pytest.mark.parametrize(("asked", "said"), [("csv", "as CSV and as Parquet"), ("png", '"charts" writes'),
                                             ("pdf", "in a browser, and print it")])
def test_a_format_that_is_had_elsewhere_is_told_where(made: Path, asked: str, said: str,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["report", str(made / "out"), "--format", asked]) == 2
    assert said in capsys.readouterr().err


def test_a_filed_document_is_asked_for_as_text(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "filed.docx").write_bytes(b"PK\3\4\xad")
    assert dispatch(app, ["review", str(tmp_path / "filed.docx"), "--against", str(made / "out")]) == 2
    assert "copy its text under the headings" in capsys.readouterr().err


def test_without_a_place_for_temporary_files_the_setting_is_named(made: Path, tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["bundle", str(made / "out"), "-o", str(tmp_path / "b.zip")]) == 0
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [NOWHERE])
    assert dispatch(app, ["verify", str(tmp_path / "b.zip")]) == 2
    assert "set TMPDIR to a folder" in capsys.readouterr().err


def test_without_a_browser_the_address_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def none(address: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", none)
    told = " ".join(serve._in_the_way(serve._open("http://127.0.0.1:1/")))
    assert "copy the address" in told
    assert "ssh -L" in told
    monkeypatch.setattr(webbrowser, "open", lambda address: True)
    assert serve._in_the_way(serve._open("http://127.0.0.1:1/")) == []


@pytest.mark.parametrize(("given", "passed", "said"), [
    ("HTTP_PROXY", "", True), ("all_proxy", "localhost", True), ("http_proxy", "127.0.0.1", False),
    ("http_proxy", "a, *", False), ("https_proxy", "", False)])
def test_a_proxy_in_between_is_told(given: str, passed: str, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(given, "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", passed)
    assert ("NO_PROXY=127.0.0.1" in " ".join(serve._in_the_way(True))) is said


def test_an_address_without_a_network_offers_a_folder(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fsspec")
    assert dispatch(app, ["sweep", str(made / "mine"), "--vary", "channels.camera.coverage=0.1:0.9:2", "--people",
                          "200", "--steps", "2", "-o", "nowhere-at-all://bucket/x"]) == 2
    assert "name a folder of this machine" in capsys.readouterr().err
