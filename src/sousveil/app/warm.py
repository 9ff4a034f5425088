"""Loads, in the process that workers are forked from, all that they need: then each of them starts within a moment.

Importing this carries a small run out, which takes the compiled code into memory. Where nothing is compiled yet, that
is left to the first worker that needs it: a study can be read meanwhile. Nothing but `workers.py` names this module.
"""

from __future__ import annotations

import contextlib


def _warm() -> None:
    import sousveil
    from sousveil.app import answers
    from sousveil.engine import compiled

    answers.ready()
    if not all(any(compiled.place().glob(f"{module}.*.nbi")) for module in ("march", "convolve")):
        return
    for name in ("seed-article", "urumqi-form-2017"):
        study = sousveil.study(name)
        found = sousveil.compare(study, [study.reform(next(iter(study.reforms)))], people=500, steps=2, seeds=2,
                                 threads=1)
        found.differences(found.reforms[0])


with contextlib.suppress(Exception):  # a worker meets the same, and says it to whoever asked
    _warm()
