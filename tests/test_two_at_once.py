"""Two at once with one place: the second is told so, nothing mixes, and whoever is dead is in nobody's way.

All from outside: processes of their own, some of them killed.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import sousveil
from forked import Forked, forked
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.store import Shelf, claim, points_shelf, write_results
from sousveil.comparisons.sweep import axis, sweep
from sousveil.engine import stream as streams
from sousveil.engine.checkpoint import Checkpoint
from sousveil.engine.stream import stream
from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.runs import folder, provenance
from sousveil.runs.written import write_results as write_here
from test_stream import same, town

RECORD = provenance.dumps({"format": provenance.FORMAT, "result": {}, "circumstance": {}})

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills by signal")

@pytest.fixture(autouse=True)
def _beside_the_town(towns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(towns)


def holding(place: Path) -> Forked:
    """A process that has a claim on a place and does not let go."""
    def waits() -> None:
        held = folder.claim(place)
        print("held", flush=True)
        time.sleep(600)
        held.close()

    process = Forked(waits)
    assert process.line() == "held\n"
    return process


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert dispatch(app, words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


RUN = ["run", "town", "--people", "200", "--steps", "2", "--engine", "agents", "--points", "0"]
SWEEP = ["sweep", "town", "--people", "200", "--steps", "2", "--engine", "agents", "--vary",
         "channels.register.coverage=0:1:4"]
BASERATE = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "0.01"]


def test_the_second_is_told_and_a_dead_one_is_no_obstacle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "out"
    process = holding(out)
    try:
        for words in (RUN, SWEEP, BASERATE):
            said = refused([*words, "-o", str(out)], capsys)
            assert said == f"another sousveil is at work for {out}; wait until it is done, or name another folder\n"
        with pytest.raises(InputError, match="another sousveil is at work"):
            write_here(out, {}, {"run.json": RECORD})
        # by another way to the same place
        with pytest.raises(InputError, match="another sousveil is at work"):
            folder.claim(tmp_path / "deep" / ".." / "deep" / "out")
        (tmp_path / "link").symlink_to(tmp_path / "deep")
        with pytest.raises(InputError, match="another sousveil is at work"):
            folder.claim(tmp_path / "link" / "out")
        folder.claim(tmp_path / "deep" / "other").close()
    finally:
        process.kill(signal.SIGKILL)
        process.ended()
    assert [path.name for path in out.parent.iterdir()] == [".out.lock"], "it was killed"
    assert dispatch(app, [*BASERATE, "-o", str(out)]) == 0
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_claim_that_comes_to_nothing_leaves_nothing(tmp_path: Path) -> None:
    held = folder.claim(tmp_path / "a" / "b" / "out")
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == [".out.lock"]
    held.close()
    assert list(tmp_path.iterdir()) == []
    assert dispatch(app, ["run", "no-such-study", "-o", str(tmp_path / "a" / "out")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_one_of_many_gets_the_lock_again_and_again(tmp_path: Path) -> None:
    """Eight processes take turns at a number in a file, each turn under the lock: no turn is lost."""
    lock, number = tmp_path / "lock", tmp_path / "number"

    def turns() -> None:
        done = 0
        while done < 50:
            try:
                held = disk.Lock(lock)
            except disk.Held:
                continue
            number.write_text(str(int(number.read_text()) + 1))
            held.release()
            done += 1

    number.write_text("0")
    processes = [Forked(turns) for _ in range(8)]
    assert [process.ended().returncode for process in processes] == [0] * 8
    assert (tmp_path / "number").read_text() == "400"
    assert not (tmp_path / "lock").exists()


def test_two_sweeps_with_one_place_give_the_table_of_one_of_them(tmp_path: Path) -> None:
    """Each is typed at the same moment, as two people of one project do."""
    questions = [[*SWEEP, "--seeds", seeds] for seeds in ("1", "2")]
    for i, words in enumerate(questions):
        assert dispatch(app, [*words, "-o", str(tmp_path / f"alone-{i}")]) == 0
    both = [Forked(lambda words=words: dispatch(app, [*words, "-o", str(tmp_path / "both")])) for words in questions]
    codes, _, told = zip(*(process.ended() for process in both), strict=True)
    assert sorted(codes) in ([0, 0], [0, 2])  # one after the other, or at once
    assert all("another sousveil is at work" in told[i] for i in (0, 1) if codes[i])
    found = pq.read_table(tmp_path / "both" / "sweep.parquet")
    assert any(found.equals(pq.read_table(tmp_path / f"alone-{i}" / "sweep.parquet")) for i in (0, 1) if not codes[i])


def test_what_is_left_of_another_sweep_is_not_taken_for_its_own(tmp_path: Path) -> None:
    """Points are kept under names made of the study and of all that is set there: two questions never share one."""
    words = [*SWEEP, "-o", str(tmp_path / "out")]
    assert dispatch(app, words) == 0
    whole = (tmp_path / "out" / "sweep.csv").read_bytes()
    study = sousveil.study("town").evolve(people=200, steps=2, seed=3)
    sweep(study, [axis(SWEEP[SWEEP.index("--vary") + 1])], shelf=points_shelf(str(tmp_path / ".new.points")))
    assert dispatch(app, [*SWEEP, "-o", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "sweep.csv").read_bytes() == whole


@pytest.mark.parametrize(("content", "message"), [
    ("", "cannot be read"), ("[]", "cannot be read"), ('{"of": "key"}', "cannot be read"), ("[" * 100_000, "cannot be"),
    ('{"of": "key", "name": "point-2", "result": 1}', "is the result of point-2")])
def test_a_damaged_point_is_told(tmp_path: Path, content: str, message: str) -> None:
    shelf = Shelf(str(tmp_path / "shelf"), "key")
    shelf.write("point-1", 1)
    (tmp_path / "shelf" / "point-1.json").write_text(content)
    with pytest.raises(InputError, match=message):
        shelf.read_all()


def test_a_sweep_that_was_killed_goes_on(tmp_path: Path) -> None:
    """Also with the lock and half a point left behind."""
    words = [*SWEEP, "-o", str(tmp_path / "out")]
    assert dispatch(app, words) == 0
    whole = (tmp_path / "out" / "sweep.csv").read_bytes()
    (tmp_path / "out").rename(tmp_path / "whole")

    def killed_after_two() -> None:
        write, count = Shelf.write, [0]

        def killed(self: Shelf, name: str, result: object) -> None:
            write(self, name, result)
            count[0] += 1
            if count[0] == 2:
                os.kill(os.getpid(), signal.SIGKILL)

        Shelf.write = killed  # type: ignore[method-assign]
        dispatch(app, words)

    ended = forked(killed_after_two)
    assert ended.returncode == -signal.SIGKILL
    assert {path.name for path in tmp_path.iterdir()} == {"whole", ".out.lock", ".out.points"}
    (tmp_path / ".out.points" / ".point-000003.json.77.partial").write_text("half")
    assert dispatch(app, words) == 0
    assert (tmp_path / "out" / "sweep.csv").read_bytes() == whole
    assert {path.name for path in tmp_path.iterdir()} == {"whole", "out"}


COMPARE = ["compare", "town", "--reform", "no-ceiling", "--people", "200", "--steps", "2", "--seeds", "2",
           "--points", "0"]


@pytest.mark.parametrize("words", [COMPARE, RUN], ids=["compare", "run"])
@pytest.mark.parametrize("after", [2, 12])
def test_a_command_that_is_killed_leaves_the_old_result(tmp_path: Path, words: list[str], after: int) -> None:
    """Killed in the middle of the work, or of the writing: what was there stands, and the same command ends well."""
    out = tmp_path / "out"
    assert dispatch(app, [*BASERATE, "-o", str(out)]) == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def killed_there() -> None:
        count = [0]

        def killed(call: Callable[..., Any]) -> Callable[..., Any]:
            def counted(*given: Any, **more: Any) -> Any:
                count[0] += 1
                if count[0] == after:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*given, **more)
            return counted

        streams.carry = killed(streams.carry)  # type: ignore[attr-defined]
        os.fsync = killed(os.fsync)
        dispatch(app, [*words, "-o", str(out)])

    ended = forked(killed_there)
    assert ended.returncode == -signal.SIGKILL
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert dispatch(app, [*words, "-o", str(out)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_address_that_two_write_to_at_once_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    write = type(files).pipe_file

    def disturbed(self: object, path: str, content: bytes, **more: object) -> None:
        write(self, path, b"of the other" if path.endswith("a.txt") else content, **more)

    monkeypatch.setattr(type(files), "pipe_file", disturbed)
    held = claim("memory://at-once/x")
    with pytest.raises(InputError, match="another sousveil has written to memory://at-once/x at the same time"):
        write_results(held, {}, {"run.json": RECORD, "a.txt": "mine"})


def test_an_address_that_was_written_to_in_part_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    files = fsspec.filesystem("memory")
    write_results(claim("memory://in-part/x"), {}, {"run.json": RECORD, "a.txt": "old", "b.txt": "old"})
    write = type(files).pipe_file

    def killed(self: object, path: str, content: bytes, **more: object) -> None:
        if path.endswith("b.txt"):
            raise KeyboardInterrupt
        write(self, path, content, **more)

    with monkeypatch.context() as patch:
        patch.setattr(type(files), "pipe_file", killed)
        with pytest.raises(KeyboardInterrupt):
            write_results(claim("memory://in-part/x"), {}, {"run.json": RECORD, "a.txt": "new", "b.txt": "new"})
    assert b"is not whole" in files.cat_file("/in-part/x/run.json")
    write_results(claim("memory://in-part/x"), {}, {"run.json": RECORD, "a.txt": "new", "b.txt": "new"})
    assert files.cat_file("/in-part/x/b.txt") == b"new"


def test_two_runs_with_one_checkpoint(tmp_path: Path) -> None:
    """The second is refused while the first is at work, and goes its own way, told so, where it is another run."""
    plan = town(1_500)
    child = os.fork()
    if child == 0:
        def waits(steps: int) -> None:
            if steps:
                (tmp_path / "begun").touch()
                time.sleep(600)

        stream(plan, 4, 9, tile=500, keep=Checkpoint(tmp_path / "keep", "one", every=0.0), done=waits)
        os._exit(0)
    while not (tmp_path / "begun").exists():
        time.sleep(0.05)
    for identity in ("one", "two"):
        with pytest.raises(InputError, match="another sousveil is at work with the checkpoint in"):
            stream(plan, 4, 9, tile=500, keep=Checkpoint(tmp_path / "keep", identity))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with pytest.raises(InputError, match="of another run"):
        stream(plan, 4, 8, tile=500, keep=Checkpoint(tmp_path / "keep", "two"))
    whole = stream(plan, 4, 9, tile=500)
    assert same(whole, stream(plan, 4, 9, tile=500, keep=Checkpoint(tmp_path / "keep", "one")))


def test_a_folder_that_somebody_else_puts_files_into_loses_only_ours(tmp_path: Path) -> None:
    """`keep` may be a folder of the user's: what is taken away when the run is saved is what was put there."""
    import sousveil

    keep = tmp_path / "mine"
    (keep / "1").mkdir(parents=True)
    (keep / "thesis.tex").write_text("years of work")
    (keep / "1" / "data-1-2.npz").write_text("more of it")
    run = sousveil.run("town", people=200, steps=2, engine="agents", keep=keep)
    assert (keep / "1" / "progress.npz").exists()
    run.save(tmp_path / "out")
    assert sorted(path.name for path in keep.rglob("*")) == ["1", "data-1-2.npz", "thesis.tex"]


def test_a_lock_that_cannot_be_had_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without locks it goes on: what is written says what it is of."""
    import errno
    import fcntl

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    one, other = disk.Lock(tmp_path / "lock"), disk.Lock(tmp_path / "lock")
    one.release()
    other.release()
    assert list(tmp_path.iterdir()) == []
