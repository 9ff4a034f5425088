"""Places that a result cannot go to are found before the work, and whatever happens nothing half done stays."""

from __future__ import annotations

import builtins
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sousveil
from forked import Ended, forked
from sousveil import __main__
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.engine import agents
from sousveil.engine.checkpoint import Checkpoint, Progress
from sousveil.errors import InputError, Interrupted
from sousveil.ground import disk
from sousveil.runs import folder, provenance
from sousveil.runs.written import write_results

RECORD = provenance.dumps({"format": provenance.FORMAT, "result": {}, "circumstance": {}})

STUDY = ["town", "--people", "200", "--steps", "2"]
RUN = ["run", *STUDY, "--engine", "agents"]
BASERATE = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "0.01"]
COMMANDS = {
    "run": RUN, "compare": ["compare", *STUDY, "--reform", "no-ceiling", "--seeds", "2"],
    "why": ["why", *STUDY, "--seeds", "2"], "baserate": BASERATE,
    "sweep": ["sweep", *STUDY, "--vary", "channels.register.coverage=0:1:2"],
    "sensitivity": ["sensitivity", *STUDY, "--points", "16"], "mend": ["mend", *STUDY, "--to", "0.5", "--seeds", "2"]}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits and signals")

Said = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _beside_the_town(towns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(towns)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Said:
    def said(*words: str | Path) -> tuple[int, str, str]:
        code = dispatch(app, [*map(str, words)])
        return code, *capsys.readouterr()

    return said


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """No work may be begun."""
    from sousveil.engine import exact, stream

    monkeypatch.setattr(stream, "stream", lambda *_, **__: pytest.fail("it ran"))
    monkeypatch.setattr(exact, "simulate", lambda *_, **__: pytest.fail("it ran"))


def impossible(tmp_path: Path) -> dict[str, tuple[Path | str, str]]:
    (tmp_path / "file").write_text("")
    return {"a name that leaves no room": (tmp_path / ("x" * 250), "File name too long"),
            "a path that leaves no room": (f"{tmp_path}/{'d/' * 2010}x", "File name too long"),
            "below a file": (tmp_path / "file" / "x", "lies below a file"),
            "where nobody can write": ("/proc/sousveil/x", "cannot hold a result"),
            "something in the way": (tmp_path / "taken", "is in the way")}


@pytest.mark.usefixtures("idle")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc")
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_place_that_cannot_be_written_to_is_found_before_the_run(say: Said, tmp_path: Path, command: str) -> None:
    (tmp_path / ".taken.partial").write_text("")
    (tmp_path / ".taken.partial").unlink()
    (tmp_path / ".taken.partial").symlink_to(tmp_path)
    for name, (place, reason) in impossible(tmp_path).items():
        code, out, err = say(*COMMANDS[command], "-o", place)
        assert (code, out) == (2, ""), name
        assert reason in err, name
        assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [".taken.partial", "file"]


@pytest.mark.usefixtures("idle")
def test_a_folder_that_may_not_be_written_to_is_found_before_the_run(say: Said, tmp_path: Path,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_results(out, {}, {"run.json": RECORD})
    if os.geteuid() == 0:  # an administrator may write anywhere, so it is only said that it may not
        monkeypatch.setattr(os, "access", lambda *_: False)
    out.chmod(0o500)
    assert "may not be written to" in say(*RUN, "-o", out)[2]
    out.chmod(0o700)
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        assert "Permission denied" in say(*RUN, "-o", out)[2]
        tmp_path.chmod(0o700)


@pytest.mark.usefixtures("idle")
def test_where_a_disk_is_mounted_no_result_can_be_moved(say: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                        ) -> None:
    (tmp_path / "disk").mkdir()
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path).name == "disk")
    assert "name a folder inside it" in say(*RUN, "-o", tmp_path / "disk")[2]


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize("command", ["run", "compare", "why", "baserate"])
@pytest.mark.parametrize("address", ["s3://bucket/x", "file:///tmp/x", "S3:/bucket/x", "gs://b/x", "https://h/x"])
def test_an_address_is_no_folder(say: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str,
                                 address: str) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = say(*COMMANDS[command], "-o", address)
    assert (code, out) == (2, "")
    assert "is an address" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize("command", ["sweep", "sensitivity", "mend"])
def test_an_address_without_what_it_needs_is_refused(say: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                     command: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    code, out, err = say(*COMMANDS[command], "-o", "s3://bucket/x")
    assert (code, out, err) == (2, "", "s3://bucket/x needs the extra sousveil[cluster]\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("idle")
def test_an_address_that_cannot_be_written_to_is_found_before_the_work(say: Said, monkeypatch: pytest.MonkeyPatch
                                                                       ) -> None:
    fsspec = pytest.importorskip("fsspec")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("no such key")

    monkeypatch.setattr(type(fsspec.filesystem("memory")), "pipe_file", refused)
    code, out, err = say(*COMMANDS["sweep"], "-o", "memory://closed/x")
    assert (code, out) == (2, "")
    assert err == ("memory://closed/.x.points cannot be written to: no such key; where there is no network, "
                   "name a folder of this machine\n")


DEEP = "/".join(["d"] * 900)


def test_nine_hundred_levels_down(say: Said, tmp_path: Path) -> None:
    out = tmp_path / DEEP
    assert say(*BASERATE, "-o", out / "rate")[0] == 0
    assert say(*RUN, "-o", out / "run")[0] == 0
    assert say(*RUN, "--points", "0", "-o", out / "run")[0] == 0
    assert sorted(path.name for path in out.iterdir()) == ["rate", "run"]
    assert say("report", out / "run", "-o", out / "page" / "report.html")[0] == 0
    assert say("schema", "-o", out / "schema")[0] == 0
    assert say("new", out / "mine" / "study")[0] == 0
    assert say("check", out / "mine" / "study")[0] == 0


# --- a full disk ----------------------------------------------------------------------------------------------------


def crowded(words: list[str], size: int) -> Ended:
    """The command, in a process that can write no file larger than this, as if the disk were full."""
    def carried_out() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        # Python cuts its bytecode off where the disk is full and keeps it: later imports of that module would fail.
        sys.dont_write_bytecode = True
        return dispatch(app, words)

    return forked(carried_out)


@pytest.mark.parametrize("size", [0, 1500])
@pytest.mark.parametrize("words", [["new", "{}/mine"], ["new", "{}/far/away/mine"], [*BASERATE, "-o", "{}/a/out"],
                                   ["schema", "-o", "{}/schema"]], ids=["new", "new below", "baserate", "schema"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, words: list[str], size: int) -> None:
    ended = crowded([word.format(tmp_path) for word in words], size)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "File too large" in ended.stderr
    assert "defect" not in ended.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [] or words[0] == "schema"


def test_a_full_disk_leaves_the_old_result(say: Said, tmp_path: Path) -> None:
    assert say(*RUN, "-o", tmp_path / "out")[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    ended = crowded([*RUN, "--points", "0", "-o", f"{tmp_path}/out"], 1500)  # points would be kept, and refused, before
    assert ended.returncode == 2
    assert "nothing was changed there" in ended.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


# --- killed in between ----------------------------------------------------------------------------------------------


def write_and_be_killed(out: Path, where: str) -> None:
    """After the exchange of two folders, or where there is none, after so many moves."""
    exchange, rename, left = disk.exchange, Path.rename, [0]

    def exchanged(one: Path, other: Path) -> bool:
        assert exchange(one, other)
        os.kill(os.getpid(), signal.SIGKILL)
        return True

    def renamed(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        left[0] += 1
        if left[0] == int(where):
            os.kill(os.getpid(), signal.SIGKILL)
        return moved

    if where == "exchange":
        disk.exchange = exchanged
    else:
        disk.exchange = lambda *_: False
        Path.rename = renamed  # type: ignore[method-assign]
    write_results(out, {}, {"run.json": RECORD, "a.txt": "new"})



@pytest.mark.parametrize(("where", "stands"), [("exchange", "new"), ("1", "old"), ("2", "new")])
@pytest.mark.parametrize("then", ["read", "write"])
def test_a_kill_between_the_moves_leaves_a_whole_result(tmp_path: Path, where: str, stands: str, then: str) -> None:
    out = tmp_path / "out"
    write_results(out, {}, {"run.json": RECORD, "a.txt": "old"})
    if where == "exchange" and not disk.exchange(out, out):
        pytest.skip("this system cannot exchange two folders")
    ended = forked(lambda: write_and_be_killed(out, where))
    assert ended.returncode == -signal.SIGKILL
    if then == "read":
        assert folder.read_document(out, "a.txt") == stands.encode()
    else:
        folder.claim(out).close()
        assert (out / "a.txt").read_text() == stands
        assert [path.name for path in tmp_path.iterdir()] == ["out"]


# --- what is said when it is stopped --------------------------------------------------------------------------------


@pytest.mark.parametrize(("checkpoints", "said"), [
    (0, "interrupted; nothing was kept\n"), (1, "interrupted; the same command goes on where it stood\n")])
def test_it_goes_on_only_where_there_is_something_to_go_on_from(say: Said, tmp_path: Path, checkpoints: int, said: str,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_WORK", 1)
    monkeypatch.setattr(Checkpoint, "due", lambda _: True)
    commit = Checkpoint.commit

    def stopped(self: Checkpoint, progress: Progress) -> bool:
        if checkpoints:
            commit(self, progress)
        raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "commit", stopped)
    assert say(*RUN, "-o", tmp_path / "out") == (130, "", said)
    assert not (tmp_path / "out").exists()


def test_without_a_folder_nothing_is_kept(say: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(agents, "carry", stopped)
    monkeypatch.setattr("sousveil.engine.stream.carry", stopped)
    assert say(*RUN) == (130, "", "interrupted; nothing was kept\n")


@pytest.mark.parametrize("place", ["sousveil.runs.table_file.write_csv", "sousveil.runs.table_file.write_parquet",
                                   "sousveil.runs.run._array"])
@pytest.mark.parametrize("instead", [OSError, ValueError, InputError])
def test_an_interrupt_that_a_library_turned_into_an_error_is_one(
        say: Said, tmp_path: Path, place: str, instead: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def turned(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise instead("of some library") from None

    monkeypatch.setattr(place, turned)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert say(*RUN, "--points", "0", "-o", tmp_path / "out") == (
            130, "", "interrupted; no result is half written: the same command begins again or goes on\n")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert {path.name for path in tmp_path.iterdir()} <= {".out.unfinished"}, "but for what the run can go on from"


def test_an_interrupt_while_the_page_is_made_says_what_stands_and_what_is_missing(tmp_path: Path) -> None:
    def stopped() -> str:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=r"the result stands in out, without report\.html; the same command"):
        write_results(tmp_path / "out", {}, {"run.json": RECORD, "a.txt": "whole", "report.html": stopped})
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"run.json", "a.txt"}
    folder.claim(tmp_path / "out").close()


def test_an_interrupt_before_the_beginning_is_no_traceback(monkeypatch: pytest.MonkeyPatch,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(name: str, *more: object) -> object:
        if name == "sousveil.cli":
            raise KeyboardInterrupt
        return importing(name, *more)

    importing = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", stopped)
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted; nothing was begun\n"


def test_a_folder_for_checkpoints_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="no checkpoint can be kept in"):
        sousveil.run("town", people=200, steps=2, engine="agents", keep=tmp_path / "file")
