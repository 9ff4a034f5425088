"""The section of a run's report on who is chosen where there is a limited number of places."""

from __future__ import annotations

from sousveil.harms.places import CHOSEN, OF_THOSE
from sousveil.measures.measure import Measure
from sousveil.page import words
from sousveil.page.page import Prose, Section
from sousveil.page.tables import measured
from sousveil.reports import claims
from sousveil.reports.run.context import Context
from sousveil.reports.run.sentences import quoted

__all__ = ["places"]


def places(context: Context) -> Section | None:
    """Who gets a place, by group."""
    given = context.run.study.scheme.places
    found = [m for name in given for which in (CHOSEN, OF_THOSE) for m in context.by_group(which(place=name))]
    if not found:
        return None
    said = [f"For {quoted(name)}, {_who(name, context)}" for name in given]
    heading = "Who is chosen, where there are not places for all"
    by_group = [m for m in context.by_group(CHOSEN(place=next(iter(given)))) if m.value is not None]
    if len(given) == 1 and len(by_group) > 1:
        most, least = (end(by_group, key=lambda m: m.value or 0.0) for end in (max, min))
        if _clearly(most, least, len(by_group)):
            heading = (f"At a time, {words.percent(most.value or 0.0)} of {words.of_group(most.group)} are chosen, and "
                       f"{words.percent(least.value or 0.0)} of {words.of_group(least.group)}")
    said.append("How many places there are is a rule of the regime, and no command looks for other places")
    return Section(words.LABELS["places"], heading, (Prose(words.joined(said)), measured(found)))


def _clearly(most: Measure, least: Measure, groups: int) -> bool:
    """Whether one group is chosen more often than another, whatever chance does and what is not published may be."""
    if most.width is not None and least.width is not None:
        low, high = most.width.least, least.width.most
        if low is None or high is None or low <= high:
            return False
    printed = words.percent(most.value or 0.0) != words.percent(least.value or 0.0)
    pairs = groups * (groups - 1) // 2
    return printed and claims.enough(most) and claims.enough(least) and claims.apart(most, least, compared=pairs)


def _who(name: str, context: Context) -> str:
    place, step = context.run.study.scheme.places[name], context.run.study.scheme.step
    often = f"every {step}" if place.every == 1 else f"every {words.plural(place.every, step)}"
    left = ", and are no longer scored" if place.leaves else ""
    if place.order is None:
        return f"people are chosen by lot {often}{left}"
    ends = "best" if place.order == "best-first" else "worst"
    return f"those with the {ends} scores are chosen {often}{left}"
