"""Started with closed or full streams, few files, no cache or docstrings: no result is lost, and nothing a defect."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells and limits")

ENV = dict(os.environ)
RUN = "run town --people 200 --steps 2 --engine agents --points 0"
SCHEMA = "schema"
FILES = {RUN: 22, SCHEMA: 6}
"""How many files each writes."""


@pytest.fixture(autouse=True)
def _beside_the_town(towns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(towns)


def started(command: str, out: Path, python: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of `command`, where `sousveil` is the program and `{out}` the folder."""
    program = f"{sys.executable} {python} -m sousveil"
    return subprocess.run(["sh", "-c", command.replace("sousveil", program, 1).format(out=out)], env={**ENV, **env},
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [pytest.param(RUN, id="run", marks=pytest.mark.long),
                                     pytest.param(SCHEMA, id="schema")])
@pytest.mark.parametrize(("streams", "code"), [
    (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 2), (">/dev/full 2>/dev/full", 2), ("2>/dev/full", 0),
    ("--json >/dev/full", 2), ("| head -c 10", 0)])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_result_is_written_whatever_becomes_of_the_answer(tmp_path: Path, streams: str, code: int,
                                                            command: str) -> None:
    """Streams are dealt with where all commands begin and answer: what starts soonest shows it."""
    ended = started(f"sousveil {command} -o {{out}} {streams}", tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == FILES[command]
    assert ended.returncode == code
    assert "defect" not in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    if streams.endswith(">/dev/full") and not streams.startswith("2") and "2>" not in streams:
        assert ended.stderr.endswith("The answer could not be printed (No space left on device). "
                                     "What was to be written to a folder is there.\n")


@pytest.mark.parametrize("streams", [">&-", "2>&-", "2>/dev/full", "--json >/dev/full", "<&- >&- 2>&-"])
def test_wrong_input_is_wrong_input_whatever_becomes_of_the_words(tmp_path: Path, streams: str) -> None:
    ended = started(f"sousveil run no-such-study {streams}", tmp_path / "out")
    assert ended.returncode == 2
    assert "defect" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_that_is_printed_ends_in_a_file(tmp_path: Path) -> None:
    """With standard error closed, the first file that is opened would be its place: a lock, a checkpoint, a table."""
    ended = started(f"sousveil {RUN} -o {{out}} <&- >&- 2>&-", tmp_path / "closed", XDG_CACHE_HOME=str(tmp_path / "x"))
    assert ended.returncode == 0
    assert sousveil.verify(tmp_path / "closed") == []


def test_without_docstrings_it_says_so_before_the_work(tmp_path: Path) -> None:
    ended = started(f"sousveil {RUN} -o {{out}}", tmp_path / "out", "-OO")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "start it without" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_without_asserts_it_works(tmp_path: Path) -> None:
    ended = started(f"sousveil {RUN} -o {{out}}", tmp_path / "out", "-O")
    assert ended.returncode == 0
    assert started("sousveil verify {out}", tmp_path / "out", "-O").returncode == 0


@pytest.mark.parametrize("files", [6, 16, 63])
def test_few_files_are_found_before_the_work(tmp_path: Path, files: int) -> None:
    ended = started(f"ulimit -n {files}; sousveil {RUN} -o {{out}}", tmp_path / "out")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"here a program may have no more than {files} files open; 64 are needed: see ulimit -n\n"
    assert list(tmp_path.iterdir()) == []


def test_a_low_limit_that_may_be_raised_is_raised(tmp_path: Path) -> None:
    ended = started(f"ulimit -S -n 12; sousveil {RUN} -o {{out}}", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr


@pytest.mark.long  # all is compiled anew
def test_a_cache_that_cannot_be_written_to_is_not_needed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = started(f"sousveil {RUN} -o {{out}}", tmp_path / "out", NUMBA_CACHE_DIR=str(tmp_path / "file" / "x"))
    assert ended.returncode == 0, ended.stderr
    assert len(list((tmp_path / "out").iterdir())) == FILES[RUN]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_run_is_kept_where_its_page_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                     error: type[BaseException]) -> None:
    def fail(_: object) -> None:
        raise error("no charts today")

    monkeypatch.setattr(sousveil, "report", fail)
    assert dispatch(app, [*RUN.split(), "-o", str(tmp_path / "out")]) in (1, 130)
    assert len(list((tmp_path / "out").iterdir())) == FILES[RUN] - 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    monkeypatch.undo()
    assert sousveil.verify(tmp_path / "out") == []
