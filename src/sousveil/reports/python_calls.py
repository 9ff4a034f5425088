"""How Python asks for a result: one expression, for whatever says how it came about where no command was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sousveil.runs import calls

if TYPE_CHECKING:
    from sousveil.audits.examine import Audit
    from sousveil.baserates.base_rate import BaseRate
    from sousveil.comparisons.reform_search import Mended
    from sousveil.comparisons.sweep import Sweep
    from sousveil.unknowns.ask import Asked
    from sousveil.unknowns.extremes import Extremes
    from sousveil.unknowns.infer import Inferred
    from sousveil.unknowns.sensitivity import Sensitivity

__all__ = ["asked", "audited", "extremes", "inferred", "mended", "searched", "swept", "weighed"]

BY_NAME = ("group", "multiplier", "group_fpir", "group_fnir")
"""What is given of base rates by the name of a group."""


def swept(found: Sweep) -> str:
    """A sweep."""
    axes = {axis.path: (axis.low, axis.high, axis.count) for axis in found.axes}
    sobol = {} if found.grid else {"sobol": len(found.points)}
    return calls.call("sweep", found.study, repr(axes), **sobol, seeds=found.seeds, engine=found.engine)


def weighed(found: Sensitivity) -> str:
    """A sensitivity analysis."""
    return calls.call("sensitivity", found.study, *_goal(found), points=found.points, engine=found.engine)


def mended(found: Mended) -> str:
    """A search for reforms."""
    harm, *more = _goal(found)
    return calls.call("mend", found.study, harm, repr(found.left), *more, seeds=len(found.baseline),
                      engine=found.engine)


def extremes(found: Extremes) -> str:
    """A search for both ends of a harm."""
    return calls.call("extremes", found.study, *_goal(found), points=found.points, engine=found.engine)


def inferred(found: Inferred) -> str:
    """An inference; of its figures, the usual name of their file."""
    checked = {} if found.checked is None else {"check": True}
    return calls.call("infer", found.study, repr("figures.yaml"), points=found.spread, **checked, engine=found.engine)


def asked(found: Asked) -> str:
    """What to ask for."""
    return calls.call("ask", found.study, *_goal(found), points=found.points, within=found.within, engine=found.engine)


def audited(found: Audit) -> str:
    """An audit; of its table, the name."""
    from sousveil.audits.question import Question

    return _with("audit", found.question, Question("x"), repr(found.table))


def searched(found: BaseRate) -> str:
    """A search of faces, or of any list."""
    from sousveil.baserates.asked import Asked

    return _with("baserate", found.asked, Asked(0, 0, 0.0), read=dict.fromkeys(BY_NAME, _by_name))


def _by_name(texts: Sequence[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _with(function: str, given: Any, unless: Any, *first: str, read: Mapping[str, Callable[[Any], Any]] | None = None
          ) -> str:
    """The call with all that was given, but for what is so unless given."""
    without, how = asdict(unless), read or {}
    named = [f"{name}={(how[name](value) if name in how else value)!r}" for name, value in asdict(given).items()
             if value != without[name]]
    return f"sousveil.{function}({', '.join([*first, *named])})"


def _goal(found: Sensitivity | Mended | Extremes | Asked) -> list[str]:
    """The harm that was looked at, as a caller gives it."""
    wanted = found.objective
    more = f"between={(wanted.reference, wanted.group)!r}" if wanted.reference else \
        f"group={wanted.group!r}" if wanted.group != "all" else ""
    return [repr(wanted.harm), *([more] if more else [])]
