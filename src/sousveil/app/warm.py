"""Loads, in the process that workers are forked from, all that they need: then each of them starts within a moment.

Importing this carries small runs out, which takes the compiled code into memory. Where nothing is compiled yet, that is
left to a worker (`readiness.made_ready`): a study can be read meanwhile. Nothing but `workers.py` names this module.
"""

from __future__ import annotations

import contextlib


def _warm() -> None:
    from sousveil.app import answers, readiness

    answers.ready()
    if readiness.compiled_here():
        for name in readiness.STUDIES:
            readiness.carry_small(name)


with contextlib.suppress(Exception):  # a worker meets the same, and says it to whoever asked
    _warm()
