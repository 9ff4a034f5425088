"""Where somebody keeps their files is nobody's business: no result names it, and nothing that is printed does.

A marker stands in every path that a command can be given, however it is spelt, but in no last part; then every file
that was written is searched for it, and standard output too. Errors may name a file as it was typed.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sousveil.cli import COMMANDS, app
from sousveil.cli.output import dispatch
from sousveil.filings.assess import SUFFIXES
from swept import written as study_in

MARK = "ada4711"

SMALL = ["--people", "200", "--steps", "3"]
BASERATE = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "1/100"]


Say = Callable[..., str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """Carry a command out as if it had been typed, and return what it prints; it must end in `code`."""
    def said(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", [f"/opt/{MARK}/bin/sousveil", *words])
        capsys.readouterr()
        ended = dispatch(app, words)
        out, err = capsys.readouterr()
        assert ended == code, err
        return out

    return said


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of somebody's, with two studies, a table and a result in it; the working folder is another."""
    home = tmp_path / f"home-{MARK}" / f"{MARK}=1"
    for name in ("mine", "other"):
        (home / name).mkdir(parents=True)
        study_in(home / name)
    (home / "table.csv").write_text("decision,group\n" + "1,a\n0,b\n" * 50)
    (home / "filed.yaml").write_text("assessment: filed\nd: {states: [{says: x, of: wrongful, at-most: 0.1}]}\n")
    (home / "margins.csv").write_text("group,persons\na,700\nb,300\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("HOME", str(home))
    return home


def spellings(out: Path) -> list[list[str]]:
    """Ways to name the folder of a result; the last one is an address."""
    return [["-o", f"{out}"], [f"-o{out}"], [f"-o={out}"], [f"--out={out}"], ["--out", f"{out}/"],
            ["-o", f"{out.parent}/x/../{out.name}"], ["-o", f"../{out.relative_to(out.parents[3])}"]]


def named(command: str, home: Path, out: list[str]) -> list[str]:
    """A command that is given every path that it takes."""
    study, other, table, result = (str(home / name) for name in ("mine", "other", "table.csv", "result"))
    return {
        "cases": ["cases", study, "--cases", f"{study}/cases.yaml"],
        "atlas": ["atlas"],
        "population": ["population", "--from", str(home / "margins.csv"), *(out or ["-o", "mine.yaml"])],
        "new": ["new", str(home / "fresh")], "check": ["check", study, f"{other}/study.yaml"],
        "explain": ["explain", f"{study}/study.yaml"], "diff": ["diff", study, other, "--reform", "blinder"],
        "run": ["run", f"{study}/study.yaml", *SMALL, "--engine", "agents", *out],
        "compare": ["compare", study, other, "--reform", "blinder", *SMALL, *out],
        "why": ["why", study, *SMALL, *out],
        "sweep": ["sweep", study, "--vary", "channels.camera.coverage=0.1:0.9:2", *SMALL, *out],
        "sensitivity": ["sensitivity", study, "--points", "16", *SMALL, *out],
        "extremes": ["extremes", study, "--points", "2", *SMALL, *out],
        "mend": ["mend", study, "--to", "0.9", *SMALL, *out],
        "report": ["report", result, *([f"{word}.html" if MARK in word else word for word in out] if out else [])],
        "bundle": ["bundle", result, *([f"{word}.zip" if MARK in word else word for word in out] if out else [])],
        "assess": ["assess", result, *([f"{word}.html" if MARK in word else word for word in out] if out else [])],
        "review": ["review", str(home / "filed.yaml"), "--against", result,
                   *([f"{word}.html" if MARK in word else word for word in out] if out else [])],
        "story": ["story", result, "1"], "verify": ["verify", result], "baserate": [*BASERATE, *out],
        "schema": ["schema", *out], "cite": ["cite", result],
        "audit": ["audit", table, "--decision", "decision", "--groups", "group", *out],
    }[command]


def contents(path: Path) -> bytes:
    """What is in a file, also where it is packed."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        metadata = pq.read_metadata(path)
        told = repr(pq.read_table(path).to_pydict()) + repr(metadata.to_dict()) + repr(metadata.metadata)
        return content + told.encode()
    return content


def written(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def test_every_command_that_takes_a_path_is_looked_at(home: Path) -> None:
    # `demo` is looked at below, `evidence` takes none, `app` writes none; `infer` and `ask` take long.
    rest = set(COMMANDS) - {"app", "ask", "demo", "evidence", "infer"}
    assert {command for command in rest if named(command, home, ["-o", "x"])} == rest


@pytest.mark.parametrize("command", ["run", "compare", "why", "sweep", "sensitivity", "extremes", "mend", "audit",
                                     "baserate", "schema"])
def test_no_result_names_a_place(home: Path, say: Say, command: str) -> None:
    ways = spellings(home / "out" / command)
    for i, out in enumerate(ways if command in ("run", "schema") else ways[:2]):
        assert MARK not in say(*named(command, home, out), *(["--json"] * (i % 2)))
        files = written(home / "out" / command)
        assert len(files) >= 4
        assert [path.name for path in files if MARK.encode() in contents(path)] == []
        if command != "schema":
            assert f" {command} " in (home / "out" / command / "run.json").read_text(), "no command was kept"
        shutil.rmtree(home / "out")


@pytest.mark.parametrize("command", ["sweep", "mend"])
def test_no_address_is_in_a_result(home: Path, say: Say, command: str) -> None:
    pytest.importorskip("fsspec")
    for out in ([f"-ofile://{home}/out/x"], ["-o", f"file://{home}/out/x"], [f"--out=file://{home}/out/x"]):
        assert MARK not in say(*named(command, home, out))
        files = written(home / "out" / "x")
        assert len(files) >= 4
        assert [path.name for path in files if MARK.encode() in contents(path)] == []
        shutil.rmtree(home / "out")


@pytest.mark.parametrize("command", ["new", "check", "explain", "diff", "report", "bundle", "assess", "review",
                                     "story", "verify",
                                     "population"])
def test_nothing_that_is_printed_names_a_place(home: Path, say: Say, command: str) -> None:
    say(*named("run", home, ["-o", str(home / "result")]))
    for out in ([], ["-o", str(home / "page")]):
        for json in ([], ["--json"]):
            assert MARK not in say(*named(command, home, out), *json)
            shutil.rmtree(home / "fresh", ignore_errors=True)
            for made in (Path("mine.yaml"), home / "page"):
                made.unlink(missing_ok=True) if command == "population" else None
    for path in (*written(home / "result"), *home.glob("page*")):
        assert MARK.encode() not in contents(path), path.name


def test_no_form_of_a_result_names_a_place(home: Path, say: Say) -> None:
    """A document, a workbook, pictures and a bundle, also inside of what is packed."""
    say(*named("run", home, ["-o", str(home / "result")]))
    say("report", str(home / "result"), "--format", "all")
    say("bundle", str(home / "result"))
    for form, endings in SUFFIXES.items():
        for ending in endings:
            say("assess", str(home / "result"), "--form", form, "-o", str(home / "result" / f"{form}{ending}"))
    packed = [*written(home / "result"), home / "result.zip"]
    assert {path.suffix for path in packed} >= {".docx", ".xlsx", ".svg", ".png", ".zip"}
    for path in packed:
        assert MARK.encode() not in contents(path), path.name
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as file:
                assert not [name for name in file.namelist() if MARK in name or MARK.encode() in file.read(name)]


def test_the_demo_names_no_place(home: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    from sousveil.cli import report

    monkeypatch.setattr(report, "PEOPLE", 2_000)
    monkeypatch.setattr(report, "STEPS", 12)
    monkeypatch.chdir(home)
    for out in ([], ["-o", str(home / "sent")]):
        assert MARK not in say("demo", *out)
    files = [*written(home / "out" / "demo"), *written(home / "sent")]
    assert [path.name for path in files if MARK.encode() in contents(path)] == []


def test_what_a_stopped_command_leaves_names_no_place(home: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints and points lie beside the result, and may be sent to somebody as well."""
    from sousveil.comparisons.store import Shelf
    from sousveil.engine.checkpoint import Checkpoint, Progress

    commit, write = Checkpoint.commit, Shelf.write

    def stopped(self: Checkpoint, progress: Progress) -> bool:
        commit(self, progress)
        raise KeyboardInterrupt

    def left(self: Shelf, name: str, result: object) -> None:
        write(self, name, result)
        raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "commit", stopped)
    monkeypatch.setattr(Shelf, "write", left)
    for command in ("run", "sweep"):
        assert MARK not in say(*named(command, home, ["-o", str(home / "out" / command)]), code=130)
    files = written(home / "out")
    assert {path.suffix for path in files} >= {".npz", ".json"}
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []
