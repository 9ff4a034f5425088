"""Stopped anywhere and typed again: every file of the result is that of a run which nobody stopped, byte for byte."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.engine import agents
from sousveil.engine.checkpoint import Checkpoint, Progress

STEPS, SEED = 4, 3
WORDS = ["run", "seed-article", "--people", "3000", "--steps", str(STEPS), "--seed", str(SEED), "--engine", "agents",
         "--threads", "1", "--points", "0"]


@pytest.fixture(autouse=True)
def a_checkpoint_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_WORK", 1)
    monkeypatch.setattr(Checkpoint, "due", lambda _: True)


def stopped(words: list[str], after: int, by: signal.Signals) -> int:
    """Another process carries the command out and is stopped after so many checkpoints; how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    made, commit = [0], Checkpoint.commit

    def committed(self: Checkpoint, progress: Progress) -> bool:
        kept = commit(self, progress)
        made[0] += 1
        if made[0] == after:
            os.kill(os.getpid(), by)
        return kept

    Checkpoint.commit = committed  # type: ignore[method-assign]
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    os._exit(dispatch(app, words))


def files(folder: Path) -> dict[str, bytes]:
    """Everything in a result, by name; of the record, what may not differ."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    found["run.json"] = json.dumps(json.loads(found["run.json"])["result"]).encode()
    return found


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("replicates", [1, 2])
def test_a_run_stopped_at_any_step_ends_in_the_same_files(tmp_path: Path, replicates: int) -> None:
    words = [*WORDS, "--replicates", str(replicates), "-o", str(tmp_path / "out")]
    assert dispatch(app, words) == 0
    (tmp_path / "out").rename(tmp_path / "whole")
    whole, lives = files(tmp_path / "whole"), [sousveil.story(tmp_path / "whole", n).text() for n in range(1, 4)]
    for after in range(1, replicates * STEPS + 1):
        by = signal.SIGKILL if after % 2 else signal.SIGINT
        ended = stopped(words, after, by)
        assert ended == (-signal.SIGKILL if by == signal.SIGKILL else 130), after
        assert not (tmp_path / "out").exists()
        assert dispatch(app, words) == 0
        again = files(tmp_path / "out")
        assert [name for name in whole if again.get(name) != whole[name]] == [], after
        assert again.keys() == whole.keys()
        if after in (1, STEPS - 2):
            assert sousveil.verify(tmp_path / "out") == []
        assert [sousveil.story(tmp_path / "out", n).text() for n in range(1, 4)] == lives
        for path in (tmp_path / "out").iterdir():
            path.unlink()
        (tmp_path / "out").rmdir()


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
def test_a_run_stopped_at_every_step_in_turn_ends_in_the_same_files(tmp_path: Path) -> None:
    words = [*WORDS, "-o", str(tmp_path / "out")]
    assert dispatch(app, words) == 0
    (tmp_path / "out").rename(tmp_path / "whole")
    for _ in range(STEPS - 1):
        assert stopped(words, 1, signal.SIGKILL) == -signal.SIGKILL
    assert dispatch(app, words) == 0
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    assert sousveil.verify(tmp_path / "out") == []
