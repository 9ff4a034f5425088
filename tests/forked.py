"""A process of its own for what need not be started: a fork of the tests, which have imported all that it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

__all__ = ["Ended", "Forked", "forked"]


class Ended(NamedTuple):
    """How a process ended, as `subprocess` counts, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


class Forked:
    """A process that does something by itself, and ends with the number that comes of it, 0 where none does."""

    def __init__(self, act: Callable[[], object]) -> None:
        (out, to_out), (err, to_err) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 70
            try:
                os.dup2(to_out, 1)
                os.dup2(to_err, 2)
                sys.stdout, sys.stderr = (open(i, "w", encoding="utf-8", closefd=False) for i in (1, 2))  # noqa: SIM115
                code = int(act() or 0)  # type: ignore[call-overload]
                sys.stdout.flush()
            finally:
                os._exit(code)
        os.close(to_out)
        os.close(to_err)
        self._told = [os.fdopen(one, encoding="utf-8") for one in (out, err)]

    def line(self) -> str:
        """The next line that it prints."""
        return self._told[0].readline()

    def kill(self, how: int) -> None:
        os.kill(self.pid, how)

    def ended(self) -> Ended:
        """Wait for it."""
        with ThreadPoolExecutor(2) as readers:
            out, err = readers.map(lambda told: told.read(), self._told)
        for told in self._told:
            told.close()
        return Ended(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), out, err)


def forked(act: Callable[[], object]) -> Ended:
    """Have it done by a process of its own, and wait."""
    return Forked(act).ended()
