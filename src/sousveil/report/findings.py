"""The findings of a run, strongest first: the headline, the three figures under it, and what `demo` says.

A rule that shuts a group out, with nobody there, comes first: it holds whatever was assumed. The others are ordered by
how large a share of people (or of their time) they touch; one that its interval does not carry is not among them.
"""

from __future__ import annotations

from dataclasses import dataclass

from sousveil.harms.measure import ALL, Measure

from . import headings, words
from .given import Given
from .headings import quoted
from .page import KeyFigure
from .sections import gap
from .words import of_group

__all__ = ["Finding", "found", "key_figures"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence without its full stop, and how strong it is (0 to 1, larger first)."""

    sentence: str
    strength: float


def found(given: Given) -> list[Finding]:
    """Every finding that the numbers carry, strongest first."""
    each = (*_shut_out(given), _gap(given), _wrongful(given), _trap(given), _kin(given), _rights(given),
            _chilling(given))
    return sorted((f for f in each if f is not None and f.sentence), key=lambda f: -f.strength)


def shut_out(given: Given) -> list[tuple[str, str]]:
    """Groups and the lowest tier that a ceiling shuts them out of, where nobody of them was and somebody else is."""
    pairs = []
    for group, ceiling in given.run.study.scheme.ceilings.items():
        if group not in given.groups:
            continue
        tier = given.tiers[given.tiers.index(ceiling) - 1]
        others = [g for g in given.groups if g != group]
        if ceiling != given.tiers[0] and not any(given.persons(group, tier)) and any(
                any(given.persons(g, tier)) for g in others):
            pairs.append((group, tier))
    return pairs


def _shut_out(given: Given) -> list[Finding]:
    return [Finding(headings.never(group, tier), 1.0) for group, tier in shut_out(given)]


def _gap(given: Given) -> Finding | None:
    parts = gap(given)
    if parts is None:
        return None
    one, base, difference, _ = parts
    if not words.apart(one, base, difference):
        return None
    size = abs((one.value or 0.0) - (base.value or 0.0))
    return Finding(headings.gap(*parts, given.low), min(0.95, 2 * size))


def _wrongful(given: Given) -> Finding | None:
    worst = given.worst("wrongful", "share with a wrongful debit")
    if worst is None or not worst.value or not worst.low:
        return None
    other = given.compared(given.by_group("wrongful", "share with a wrongful debit"), worst)
    return Finding(headings.wrongful(worst, other), 0.9 * worst.value)


def _trap(given: Given) -> Finding | None:
    longest = given.slowest()
    if not given.moved:
        return None
    sentence = headings.stuck(longest, given.stayers(), given.bottom, given.followed(whole=True))
    if not sentence:
        return None
    steps = max(given.setting.steps, 1)
    return Finding(sentence, min(0.7, (longest.value or 0.0) / steps) if longest is not None else 0.7)


def _kin(given: Given) -> Finding | None:
    share = given.measure("rights", "share borne by kin", ALL)
    return Finding(headings.kin(share), 0.5 * (share.value or 0.0)) if share is not None else None


def _rights(given: Given) -> Finding | None:
    name = "months with a right denied or limited"
    worst = given.worst("rights", name)
    if worst is None or not worst.value or worst.value < headings.HARDLY:
        return None
    sentence = headings.rights(worst, given.compared(given.by_group("rights", name), worst))
    return Finding(sentence, 0.8 * worst.value / max(given.look.months, 1.0))


def _chilling(given: Given) -> Finding | None:
    worst = given.worst("chilling", "lawful acts forgone")
    if worst is None or not worst.value:
        return None
    other = given.compared(given.by_group("chilling", "lawful acts forgone"), worst)
    return Finding(headings.chilling(worst, other), 0.05)


def key_figures(given: Given) -> tuple[KeyFigure, ...]:
    """Up to three numbers for the top: the gap, the wrongful debits, the trap; what is nought makes room for others."""
    made = (_gap_figure(given), _wrongful_figure(given), _trap_figure(given), _rights_figure(given), _top_figure(given))
    return tuple(f for f in made if f is not None)[:3]


def _gap_figure(given: Given) -> KeyFigure | None:
    parts = gap(given)
    if parts is None:
        here = given.measure("tiers", f"share in tier {given.low}", ALL)
        return _share_figure(here, f"end {quoted(given.low)}", None) if here is not None else None
    one, base, difference, _ = parts
    if difference is None or difference.value is None or not words.apart(one, base, difference):
        return _share_figure(one, f"end {quoted(given.low)}", base)
    points = abs(100 * difference.value)
    interval = words.interval(difference) if difference.value > 0 else words.interval(_turned(difference))
    value = words.number(points, 0 if points >= 10 else 1)
    return KeyFigure(value, "points" if value != "1" else "point",
                     f"between {of_group(one.group)} and {of_group(base.group)} in the share that ends "
                     f"{quoted(given.low)}", interval)


def _turned(m: Measure) -> Measure:
    low, high = (None if m.high is None else -m.high), (None if m.low is None else -m.low)
    return Measure(m.harm, m.measure, m.group, m.reference, -(m.value or 0.0), low, high, m.unit, m.n, m.over, m.note)


def _share_figure(m: Measure, what: str, other: Measure | None) -> KeyFigure:
    against = f"; {of_group(other.group)} {words.percent(other.value)}" if other and other.value is not None else ""
    whose = "of people" if m.group == ALL else f"of {of_group(m.group)}"
    return KeyFigure(words.percent(m.value or 0.0), "", f"{whose} {what}", words.interval(m) + against)


def _wrongful_figure(given: Given) -> KeyFigure | None:
    worst = given.worst("wrongful", "share with a wrongful debit")
    if worst is None or not worst.value:
        return None
    other = given.compared(given.by_group("wrongful", "share with a wrongful debit"), worst)
    return _share_figure(worst, "lost points for something they did not do", other)


def _trap_figure(given: Given) -> KeyFigure | None:
    longest = given.slowest()
    if not given.moved:
        return None
    if longest is None or longest.value is None:
        never = given.worst("trap", "share never leaving")
        what = f"who become {quoted(given.bottom)} do not leave within {given.followed()}"
        other = given.compared(given.by_group("trap", "share never leaving"), never) if never is not None else None
        return _share_figure(never, what, other) if never is not None else None
    other = given.compared(given.by_group("trap", "median time to leave"), longest)
    against = f"; {of_group(other.group)} {words.number(other.value)}" if other and other.value is not None else ""
    unit = longest.unit if longest.value != 1 else longest.unit.removesuffix("s")
    whose = "those" if longest.group == ALL else f"those of {of_group(longest.group)}"
    return KeyFigure(words.number(longest.value), unit, f"until half of {whose} who become {quoted(given.bottom)} "
                     "are out again", words.interval(longest) + against)


def _rights_figure(given: Given) -> KeyFigure | None:
    worst = given.worst("rights", "months with a right denied or limited")
    if worst is None or worst.value is None or worst.value < headings.HARDLY:
        return None
    whose = "a person" if worst.group == ALL else f"a person of {of_group(worst.group)}"
    return KeyFigure(words.number(words.rounded(worst.value)), "months",
                     f"{whose} spends with a right denied or limited, in the mean", words.interval(worst))


def _top_figure(given: Given) -> KeyFigure | None:
    found = given.by_group("tiers", f"share in tier {given.tiers[0]}")
    if not found:
        return None
    least = min(found, key=lambda m: m.value or 0.0)
    return _share_figure(least, f"end {quoted(given.tiers[0])}", given.compared(found, least))
