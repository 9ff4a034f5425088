"""Changes that can have no effect, as the rules stand: so that "nothing differs" is said with its reason.

Only what the rules alone decide is told, and of rules that no date changes. A change that is not told here may have no
effect all the same.
"""

from __future__ import annotations

from sousveil.studies.number import Number
from sousveil.studies.number_checks import cases
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import Study

__all__ = ["idle"]

_WORDS = ("about", "cite")
"""Keys that say something and do nothing; a signal may bear the same name."""


def idle(study: Study, other: Study) -> tuple[str, ...]:
    """Why what differs between two studies changes nothing, a sentence each without its full stop."""
    schemes = (study.scheme, other.scheme)
    if any(scheme.changes for scheme in schemes):
        return ()
    by_reason: dict[str, list[str]] = {}
    for change in study.changes(other):
        if reason := _reason(change.path.split("."), schemes):
            by_reason.setdefault(reason, []).append(change.path)
    return tuple(f"To change {' and '.join(paths)} has no effect here: {reason}"
                 for reason, paths in by_reason.items())


def _reason(steps: list[str], schemes: tuple[Scheme, Scheme]) -> str:
    """Why a change at these steps has no effect in either world; '' where the rules do not say."""
    steps = steps[steps[0] == "population":]
    named = len(steps) == 2 and steps[0] not in ("score", "redress")
    if (steps[-1] in _WORDS and not named) or steps[0] in ("sources", "cites"):
        return "it is a description, and no rule"
    if steps[0] == "redress":
        if all(map(_unheard, schemes)):
            return _unheard(max(schemes, key=lambda scheme: scheme.redress.notice))
        in_vain = steps[1:] == ["delay"] and all(_is_none(scheme.redress.upheld) for scheme in schemes)
        return "no appeal succeeds (redress.upheld is 0)" if in_vain else ""
    if steps[0] == "channels" and not any(signal.channel == steps[1] for scheme in schemes
                                          for signal in scheme.signals.values()):
        return f'nothing that counts is recorded by the channel "{steps[1]}"'
    return ""


def _unheard(scheme: Scheme) -> str:
    """Why there is no appeal under a scheme; '' where there can be one."""
    redress = scheme.redress
    if not redress.notice:
        return "nobody is told of a debit (redress.notice is false), so nobody appeals"
    return "nobody appeals (redress.appeal is 0)" if _is_none(redress.appeal) else ""


def _is_none(share: Number) -> bool:
    return all(value == 0 for _, (value,) in cases(share))
