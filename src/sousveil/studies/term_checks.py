"""What must go together in a scheme about records that end, terms of tiers and of consequences, and releases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sousveil.errors import did_you_mean
from sousveil.studies.gates import handicaps_of
from sousveil.studies.model import KEY, Finding
from sousveil.studies.number import Number
from sousveil.studies.scheme_fields import SchemeFields, Signal

__all__ = ["AMNESTY", "MOST_KEPT", "kept", "points_later", "summed", "terms"]

MOST_KEPT = 255
"""Signals and releases whose records are kept one by one, at most: a record holds which it is in eight bits."""


MOST_RELEASES = 64

AMNESTY = "changes."
"""How the name of a release begins that is an amnesty; the number of the change follows."""


def kept(scheme: SchemeFields) -> list[str]:
    """The signals whose records are kept one by one: they end, fade, or a release or an amnesty takes them off by name.
    """
    given = (*(release.ends for release in scheme.releases.values()), *(change.ends for change in scheme.changes))
    ended = {name for ends in given if ends != "all" for name in ends}
    return [name for name, signal in scheme.signals.items() if signal.lasts or signal.fades or name in ended]


def summed(scheme: SchemeFields) -> bool:
    """Whether the score is the sum of the records that count, because some of them end."""
    return bool(kept(scheme)) or any(release.lasts for release in scheme.releases.values())


def terms(scheme: SchemeFields) -> Iterator[Finding]:
    """Everything about terms that does not go together."""
    yield from _signals(scheme)
    yield from _drifting(scheme)
    yield from _releases(scheme)
    yield from _changes(scheme)


def _signals(scheme: SchemeFields) -> Iterator[Finding]:
    for name, signal in scheme.signals.items():
        for key, message in _signal(signal):
            yield ("signals", name, key), message
    releases = len(scheme.releases) + sum(bool(change.ends) for change in scheme.changes)
    if releases > MOST_RELEASES:
        yield ("releases",), f"a scheme has at most {MOST_RELEASES} releases and amnesties, not {releases}"
    many = [*kept(scheme), *scheme.releases]
    if len(many) > MOST_KEPT:
        yield ("signals",), (f"{len(many)} signals and releases have records that are kept one by one; at most "
                             f"{MOST_KEPT} can")


def _signal(signal: Signal) -> Iterator[tuple[str, str]]:
    if signal.restarts and not (signal.lasts or signal.fades):
        yield "restarts", "nothing starts anew where records of this kind neither end (`lasts`) nor fade (`fades`)"
    if signal.renews != Number(0.0) and not signal.lasts:
        yield "renews", "only records that end can be entered again: say how long they last with `lasts`"
    ages = list(signal.fades)
    if any(later <= sooner for sooner, later in itertools.pairwise(ages)):
        yield "fades", "ages come in order, the lowest first"
    if signal.lasts and ages and max(ages) >= signal.lasts:
        yield "fades", f"a record of this kind ends after {signal.lasts} steps, before it is {max(ages)} steps old"


def _drifting(scheme: SchemeFields) -> Iterator[Finding]:
    """Where records end, a score is the sum of those that count: nothing else may move it."""
    if not summed(scheme):
        return
    first = [*kept(scheme), *(name for name, release in scheme.releases.items() if release.lasts)][0]
    why = f'what "{first}" gives may end, so the score is the sum of what counts'
    if scheme.score.decay != Number(0.0):
        yield ("score", "decay"), f"{why}; it does not decay"
    for gate in handicaps_of(scheme.handicaps):
        if gate.rule != Number(0.0):
            yield ("handicaps", *gate.path), f"{why}; points each step are no part of it"


def _releases(scheme: SchemeFields) -> Iterator[Finding]:
    for name, release in scheme.releases.items():
        for index, tier in enumerate(release.while_):
            if tier not in scheme.tiers:
                yield ("releases", name, "while", index), f'tier "{tier}" is not defined' + did_you_mean(
                    tier, list(scheme.tiers))
        for index, signal in enumerate(() if release.ends == "all" else release.ends):
            if signal not in scheme.signals:
                yield ("releases", name, "ends", index), f'signal "{signal}" is not defined' + did_you_mean(
                    signal, list(scheme.signals))
        if name in scheme.signals:
            yield ("releases", name, KEY), f'"{name}" is a signal already'
        if name.startswith(AMNESTY):
            yield ("releases", name, KEY), f'the name of a release cannot begin with "{AMNESTY}"'


def _changes(scheme: SchemeFields) -> Iterator[Finding]:
    """When rules change, and which records an amnesty takes off; what they change: `periods`."""
    for index, change in enumerate(scheme.changes):
        if index and change.at <= scheme.changes[index - 1].at:
            yield ("changes", index, "at"), (f"changes are written in order; this one, at {change.at}, does not come "
                                             f"after the one before it, at {scheme.changes[index - 1].at}")
        for nth, signal in enumerate(() if change.ends == "all" else change.ends):
            if signal not in scheme.signals:
                yield ("changes", index, "ends", nth), f'signal "{signal}" is not defined' + did_you_mean(
                    signal, list(scheme.signals))


def points_later(scheme: SchemeFields) -> Iterator[tuple[tuple[str | int, ...], Number]]:
    """The points that records are worth when they are older, with their paths."""
    for name, signal in scheme.signals.items():
        yield from ((("signals", name, "fades", age), Number(points)) for age, points in signal.fades.items())
    yield from ((("releases", name, "points"), release.points) for name, release in scheme.releases.items())
