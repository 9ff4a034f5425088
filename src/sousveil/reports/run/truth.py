"""The sections of a run's report on what a scheme says of itself: whether it finds what it looks for, and what its
penalties have to do with the acts.
"""

from __future__ import annotations

from sousveil.harms.domains import ACROSS, IRRELEVANT_POINTS, PER_GRAVITY
from sousveil.harms.silence import IRRELEVANT_SURFACED
from sousveil.harms.truth import FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, IN_VAIN, PRECISION
from sousveil.page import words
from sousveil.page.page import Prose, Section
from sousveil.page.tables import measured
from sousveil.reports.run.context import Context
from sousveil.reports.run.sentences import quoted

__all__ = ["domains", "truth"]


def truth(context: Context) -> Section | None:
    """How often the scheme is wrong about what it looks for."""
    given = context.run.study.population.truth
    found = [m for name in (FALSE_POSITIVE_RATE, FALSE_NEGATIVE_RATE, PRECISION, IN_VAIN)
             for m in context.by_group(name)]
    if given is None or not found:
        return None
    vain = context.everybody(IN_VAIN)
    heading = "Whether the scheme finds what it looks for"
    if vain is not None and vain.value is not None:
        heading = f"For each one found, {words.short(vain.value)} are looked at in vain"
    meant, flagged = words.listing(given.positive, "or"), words.listing(map(quoted, given.flagged), "or")
    said = [f"The scheme looks for people whose {given.label} is {meant}, which it cannot know, and takes for it that "
            f"they are {flagged}",
            "A false positive is somebody whom it is wrong about and flags; a false negative somebody whom it is right "
            "about and does not flag. Precision is the share of the flagged whom it is right about",
            "These numbers are about the last step, and hang on what the study assumes about whom the scheme looks for"]
    return Section(words.LABELS["truth"], heading, (Prose(words.joined(said)), measured(found)))


def _undone(context: Context) -> str:
    """How many debits for acts that should not count are undone on appeal; '' where nobody can appeal them."""
    seen = context.measures.find(IRRELEVANT_SURFACED)
    if seen is None or seen.value is None:
        return ""
    return f"Of the debits for acts that should not count, {words.written(seen)} are undone on appeal"


def domains(context: Context) -> Section | None:
    """Burdens out of context and out of proportion, and points for what should not count."""
    found = [m for name in (ACROSS, PER_GRAVITY, IRRELEVANT_POINTS) for m in context.by_group(name)]
    if not found:
        return None
    across, meaningless = context.everybody(ACROSS), context.everybody(IRRELEVANT_POINTS)
    heading = "What the penalties have to do with the acts"
    if across is not None and across.value is not None:
        heading = f"{words.percent(across.value)} of what is denied belongs to another part of life than the acts"
    elif meaningless is not None and meaningless.value is not None:
        heading = f"{words.percent(meaningless.value)} of the points taken are for acts that should not count"
    said = ["The EU AI Act (Art. 5(1)(c)) forbids scores that lead to detriment in contexts unrelated to where the "
            "data arose, or to detriment that is unjustified or disproportionate to the behaviour or its gravity"]
    if across is not None:
        said.append("Which act led to which burden is not kept: burdens are set beside all points taken from the same "
                    "group, in proportion")
    if meaningless is not None:
        said.append("A record of an act that is lawful or says nothing may be true, and whoever is listed for it is "
                    "listed wrongly")
    said += [_undone(context)]
    return Section(words.LABELS["domains"], heading, (Prose(words.joined(said)), measured(found)))
