"""Whether the engine is compiled on this machine, and getting it so: once, while what is claimed can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["OTHERS", "STUDIES", "carry_small", "compiled_here", "made_ready"]

_KERNELS = ("march", "flows")
"""Modules of kernels; where each left something, all that the app needs was compiled."""

STUDIES = ("seed-article", "urumqi-form-2017")
"""One that people live through, step by step, and one that is worked out without chance."""

_APPEALS = {"redress": {"notice": True, "appeal": 0.3, "upheld": 0.5, "delay": 0, "against": ["listings"]}}
OTHERS: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("de-faer", {}), ("seed-article", _APPEALS), ("de-faer", _APPEALS), ("us-midas", {}), ("cn-beijing-points", {}))
"""Studies, and what is changed in them, whose rules take code that the others do not: records that end, appeals against
listings, both, spells without chance, places. Compiled one after the other when the first two are there.
"""
_IN_ALL = {"march": 4, "flows": 1, "survival": 1, "giving": 3}
"""How many pieces of compiled code each module of kernels has then."""


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


def made_ready(order: Mapping[str, Any]) -> dict[str, Any]:
    """Compile what is not compiled yet: for the first pages, or for the one of `OTHERS` that the order names.

    fresh    whether there was anything to do
    others   how many of `OTHERS` are to be made ready next
    """
    import sousveil
    from sousveil.engine import compiled
    from sousveil.progress import progress

    if "other" in order:
        name, changes = OTHERS[order["other"]]
        study = sousveil.study(name)
        sousveil.run(study.reform(changes) if changes else study, people=500, steps=2, threads=1)
        return {"fresh": True, "others": 0}
    all_there = all(len([*compiled.place().glob(f"{module}.*.nbc")]) >= many for module, many in _IN_ALL.items())
    found = {"fresh": not compiled_here(), "others": 0 if all_there else len(OTHERS)}
    if found["fresh"]:
        with progress("Compiling", total=len(STUDIES)) as done:
            for name in STUDIES:
                carry_small(name)
                done(1)
    return found
