"""A bar for whoever waits at a terminal, and silence everywhere else."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sousveil import progress

WORK = """
import sys
from sousveil import progress
progress.PATIENCE = {patience}
progress.note("compiling, once")
with progress.progress("Running", total=3) as advance:
    for _ in range(3):
        advance(1)
print("rich" in sys.modules)
"""


def on_terminal(patience: float) -> tuple[str, str]:
    """What the work prints (standard output, and a terminal as standard error)."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"}
    ended = subprocess.run([sys.executable, "-c", WORK.format(patience=patience)], stdout=subprocess.PIPE,
                           stderr=theirs, env=environment, check=True)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how Linux says that the other end of a terminal is closed
        pass
    os.close(ours)
    return ended.stdout.decode(), shown.decode()


def test_a_long_work_shows_a_bar_on_a_terminal() -> None:
    out, shown = on_terminal(patience=-1)
    assert out == "True\n"
    assert "compiling, once" in shown
    assert "Running" in shown
    assert "100%" in shown


def test_a_short_work_shows_none_and_does_not_load_rich() -> None:
    out, shown = on_terminal(patience=60)
    assert out == "False\n"
    assert shown.strip() == "compiling, once"


def test_where_nobody_watches_nothing_is_shown() -> None:
    ended = subprocess.run([sys.executable, "-c", WORK.format(patience=-1)], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
    assert ended.stderr == ""


def test_what_was_done_before_the_bar_says_nothing_about_speed() -> None:
    bar = progress._bar("Running", 100, 60)
    assert bar.tasks[0].completed == 60
    bar.update(bar.task_ids[0], completed=61)
    bar.update(bar.task_ids[0], completed=62)
    assert sum(sample.completed for sample in bar.tasks[0]._progress) == 2


def test_an_error_in_the_work_passes_through() -> None:
    with pytest.raises(RuntimeError, match="mine"), progress.progress("Running", total=1):
        raise RuntimeError("mine")
