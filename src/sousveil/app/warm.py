"""Loads, in the process that workers are forked from, all that they need: then each of them starts within a moment.

Importing this carries small runs out and answers a question, which takes the compiled code and the templates into
memory. Where nothing is compiled yet, that is left to a worker (`readiness.made_ready`): a study can be read meanwhile.
Nothing but `workers.py` names this module.
"""

from __future__ import annotations

import contextlib
import gc


def _warm() -> None:
    from sousveil.ground import process

    process.begin()
    from sousveil.app import answers, readiness

    answers.ready()
    if readiness.compiled_here():
        for name in readiness.STUDIES:
            readiness.carry_small(name)
        answers.rehearsed(readiness.STUDIES[0])


with contextlib.suppress(Exception):  # a worker meets the same, and says it to whoever asked
    _warm()
gc.freeze()  # what lies here is shared with all workers as long as none of them looks through it for garbage
