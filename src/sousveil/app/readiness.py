"""Whether the engine is compiled on this machine, and getting it so: once, while what is claimed can be read."""

from __future__ import annotations

from typing import Any

__all__ = ["STUDIES", "carry_small", "compiled_here", "made_ready"]

_KERNELS = ("march", "flows")
"""Modules of kernels; where each left something, all that the app needs was compiled."""

STUDIES = ("seed-article", "urumqi-form-2017")
"""One that people live through, step by step, and one that is worked out without chance."""


def compiled_here() -> bool:
    """Whether compiled code lies ready."""
    from sousveil.engine import compiled

    return all(any(compiled.place().glob(f"{module}.*.nbi")) for module in _KERNELS)


def carry_small(name: str) -> None:
    """Carry a small comparison out, which loads the compiled code of its engine, or compiles it."""
    import sousveil

    study = sousveil.study(name)
    found = sousveil.compare(study, [study.reform(next(iter(study.reforms)))], people=500, steps=2, seeds=2, threads=1)
    found.differences(found.reforms[0])


def made_ready(order: Any) -> dict[str, Any]:
    """Compile what is not compiled yet. `fresh`: whether there was anything to do."""
    from sousveil.progress import progress

    if compiled_here():
        return {"fresh": False}
    with progress("Compiling", total=len(STUDIES)) as done:
        for name in STUDIES:
            carry_small(name)
            done(1)
    return {"fresh": True}
