"""The findings of a run, strongest first: the headline, the three figures under it, and what `demo` says.

A rule that shuts a group out, with nobody there, comes first: it holds whatever was assumed. The others are ordered by
how large a share of people (or of their time) they touch; one that its interval does not carry is not among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sousveil.harms.chilling import LAWFUL_FORGONE
from sousveil.harms.rights import BORNE_BY_KIN, MONTHS_LIMITED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.trap import MEDIAN_STAY, NEVER_LEAVING
from sousveil.harms.wrongful import EVER_WRONGED
from sousveil.measures.measure import ALL, Measure
from sousveil.page import words
from sousveil.page.page import KeyFigure
from sousveil.page.words import of_group
from sousveil.reports.run import sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sections import gap
from sousveil.reports.run.sentences import quoted

__all__ = ["Finding", "found", "key_figures"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence without its full stop, and how strong it is (0 to 1, larger first)."""

    sentence: str
    strength: float


def found(context: Context) -> list[Finding]:
    """Every finding that the numbers carry, strongest first."""
    each = (*_shut_out(context), _gap(context), _wrongful(context), _trap(context), _kin(context), _rights(context),
            _chilling(context))
    return sorted((f for f in each if f is not None and f.sentence), key=lambda f: -f.strength)


def shut_out(context: Context) -> list[tuple[str, str]]:
    """Groups and the lowest tier that a ceiling shuts them out of, where nobody of them was and somebody else is."""
    pairs = []
    for group, ceiling in context.run.study.scheme.ceilings.items():
        if group not in context.groups:
            continue
        tier = context.tiers[context.tiers.index(ceiling) - 1]
        others = [g for g in context.groups if g != group]
        if ceiling != context.tiers[0] and not any(context.persons(group, tier)) and any(
                any(context.persons(g, tier)) for g in others):
            pairs.append((group, tier))
    return pairs


def _shut_out(context: Context) -> list[Finding]:
    return [Finding(sentences.never(group, tier), 1.0) for group, tier in shut_out(context)]


def _gap(context: Context) -> Finding | None:
    parts = gap(context)
    if parts is None:
        return None
    one, base, difference, _ = parts
    if not words.apart(one, base, difference):
        return None
    size = abs((one.value or 0.0) - (base.value or 0.0))
    return Finding(sentences.gap(*parts, context.low), min(0.95, 2 * size))


def _wrongful(context: Context) -> Finding | None:
    worst = context.worst(EVER_WRONGED)
    if worst is None or not worst.value or not worst.low:
        return None
    other = context.compared(context.by_group(EVER_WRONGED), worst)
    return Finding(sentences.wrongful(worst, other), 0.9 * worst.value)


def _trap(context: Context) -> Finding | None:
    longest = context.slowest()
    if not context.moved:
        return None
    sentence = sentences.stuck(longest, context.stayers(), context.bottom, context.followed(whole=True))
    if not sentence:
        return None
    steps = max(context.setting.steps, 1)
    return Finding(sentence, min(0.7, (longest.value or 0.0) / steps) if longest is not None else 0.7)


def _kin(context: Context) -> Finding | None:
    share = context.measures.find(BORNE_BY_KIN)
    return Finding(sentences.kin(share), 0.5 * (share.value or 0.0)) if share is not None else None


def _rights(context: Context) -> Finding | None:
    worst = context.worst(MONTHS_LIMITED)
    if worst is None or not worst.value or worst.value < sentences.HARDLY:
        return None
    sentence = sentences.rights(worst, context.compared(context.by_group(MONTHS_LIMITED), worst))
    return Finding(sentence, 0.8 * worst.value / max(context.look.months, 1.0))


def _chilling(context: Context) -> Finding | None:
    worst = context.worst(LAWFUL_FORGONE)
    if worst is None or not worst.value:
        return None
    other = context.compared(context.by_group(LAWFUL_FORGONE), worst)
    return Finding(sentences.chilling(worst, other), 0.05)


def key_figures(context: Context) -> tuple[KeyFigure, ...]:
    """Up to three numbers for the top: the gap, the wrongful debits, the trap; what is nought makes room for others."""
    made = (figure(context) for figure in (_gap_figure, _wrongful_figure, _trap_figure, _rights_figure, _top_figure))
    return tuple(f for f in made if f is not None)[:3]


def _gap_figure(context: Context) -> KeyFigure | None:
    parts = gap(context)
    if parts is None:
        here = context.measures.find(TIER_SHARE(tier=context.low))
        return _share_figure(here, f"end {quoted(context.low)}", None) if here is not None else None
    one, base, difference, _ = parts
    if difference is None or difference.value is None or not words.apart(one, base, difference):
        return _share_figure(one, f"end {quoted(context.low)}", base)
    points = abs(100 * difference.value)
    interval = words.interval(difference) if difference.value > 0 else words.interval(_turned(difference))
    value = words.number(points, 0 if points >= 10 else 1)
    return KeyFigure(value, "points" if value != "1" else "point",
                     f"between {of_group(one.group)} and {of_group(base.group)} in the share that ends "
                     f"{quoted(context.low)}", interval)


def _turned(m: Measure) -> Measure:
    low, high = (None if m.high is None else -m.high), (None if m.low is None else -m.low)
    return replace(m, value=-(m.value or 0.0), low=low, high=high)


def _share_figure(m: Measure, what: str, other: Measure | None) -> KeyFigure:
    against = f"; {of_group(other.group)} {words.percent(other.value)}" if other and other.value is not None else ""
    whose = "of people" if m.group == ALL else f"of {of_group(m.group)}"
    return KeyFigure(words.percent(m.value or 0.0), "", f"{whose} {what}", words.interval(m) + against)


def _wrongful_figure(context: Context) -> KeyFigure | None:
    worst = context.worst(EVER_WRONGED)
    if worst is None or not worst.value:
        return None
    other = context.compared(context.by_group(EVER_WRONGED), worst)
    return _share_figure(worst, "lost points for something they did not do", other)


def _trap_figure(context: Context) -> KeyFigure | None:
    longest = context.slowest()
    if not context.moved:
        return None
    if longest is None or longest.value is None:
        never = context.worst(NEVER_LEAVING)
        what = f"who become {quoted(context.bottom)} do not leave within {context.followed()}"
        other = context.compared(context.by_group(NEVER_LEAVING), never) if never is not None else None
        return _share_figure(never, what, other) if never is not None else None
    other = context.compared(context.by_group(MEDIAN_STAY), longest)
    against = f"; {of_group(other.group)} {words.number(other.value)}" if other and other.value is not None else ""
    unit = longest.unit if longest.value != 1 else longest.unit.removesuffix("s")
    whose = "those" if longest.group == ALL else f"those of {of_group(longest.group)}"
    return KeyFigure(words.number(longest.value), unit, f"until half of {whose} who become {quoted(context.bottom)} "
                     "are out again", words.interval(longest) + against)


def _rights_figure(context: Context) -> KeyFigure | None:
    worst = context.worst(MONTHS_LIMITED)
    if worst is None or worst.value is None or worst.value < sentences.HARDLY:
        return None
    whose = "a person" if worst.group == ALL else f"a person of {of_group(worst.group)}"
    return KeyFigure(words.number(words.rounded(worst.value)), "months",
                     f"{whose} spends with a right denied or limited, in the mean", words.interval(worst))


def _top_figure(context: Context) -> KeyFigure | None:
    found = context.by_group(TIER_SHARE(tier=context.tiers[0]))
    if not found:
        return None
    least = min(found, key=lambda m: m.value or 0.0)
    return _share_figure(least, f"end {quoted(context.tiers[0])}", context.compared(found, least))
