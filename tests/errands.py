"""Tasks for workers to carry out, and to be killed by. A worker imports this module, so it imports little."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

__all__ = ["dies_once", "killer", "kills", "poisoned", "slow", "third"]


def third(x: float) -> dict[str, float]:
    return {"x": x, "third": x / 3}


def poisoned() -> None:
    raise ZeroDivisionError("a poisoned point")


def killer() -> None:
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)


def slow(x: int, seconds: float = 0.05) -> int:
    time.sleep(seconds)
    return x


def dies_once(marker: str) -> int:
    """Kills its worker the first time, as a machine that goes down does."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 42


def kills(other: int, awaited: str) -> None:
    """Kills a process as soon as a file is there."""
    while not Path(awaited).exists():
        time.sleep(0.02)
    os.kill(other, signal.SIGKILL)
