"""The section of a run's report on who is chosen where there is a limited number of places."""

from __future__ import annotations

from sousveil.harms.places import CHOSEN, OF_THOSE
from sousveil.page import words
from sousveil.page.page import Prose, Section
from sousveil.page.tables import measured
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
        if words.percent(most.value or 0.0) != words.percent(least.value or 0.0):
            heading = (f"At a time, {words.percent(most.value or 0.0)} of {words.of_group(most.group)} are chosen, and "
                       f"{words.percent(least.value or 0.0)} of {words.of_group(least.group)}")
    said.append("How many places there are is a rule of the regime, and no command looks for other places")
    return Section(words.LABELS["places"], heading, (Prose(words.joined(said)), measured(found)))


def _who(name: str, context: Context) -> str:
    place, step = context.run.study.scheme.places[name], context.run.study.scheme.step
    often = f"every {step}" if place.every == 1 else f"every {words.plural(place.every, step)}"
    left = ", and are no longer scored" if place.leaves else ""
    if place.order is None:
        return f"people are chosen by lot {often}{left}"
    ends = "best" if place.order == "best-first" else "worst"
    return f"those with the {ends} scores are chosen {often}{left}"
