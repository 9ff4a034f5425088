"""What a run's report says before its sections: a hundred people of each group, what the headline rests on, and what
the page can support."""

from __future__ import annotations

from sousveil.page import figures, words
from sousveil.page.hundred import counts
from sousveil.page.page import Cell, Chart, Evidence, Table
from sousveil.page.words import of_group
from sousveil.reports.run import sections
from sousveil.reports.run.context import Context
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["SUPPORTS", "evidence", "people", "source"]

SUPPORTS = (
    "What this can support: a question to the authority, or a request for the rules, the rates and the records it "
    "keeps. It shows what these rules do to synthetic people.\n\n"
    "It is no evidence of what happened to anybody, and no finding about a real town.")
"""For page one, so that nobody takes a simulation for a record."""


def people(context: Context) -> Chart:
    """Of a hundred people of each group: how many end in each tier."""
    shares = {g: {t: context.persons(g, t)[-1] / context.people(g) for t in context.tiers}
              for g in context.shown_groups}
    named = {g: words.sentence(of_group(g)) for g in shares}
    whole = {g: counts(found) for g, found in shares.items()}
    alt = words.joined([f"Of 100 people, {words.listing(f'{n} end {t}' for t, n in whole[g].items())}"
                        if len(shares) == 1 else
                        f"Of 100 people of {of_group(g)}, {words.listing(f'{n} end {t}' for t, n in whole[g].items())}"
                        for g in shares])
    table = Table(("group", *context.tiers), tuple(
        (named[g], *(Cell(words.percent(x), x) for x in found.values())) for g, found in shares.items()))
    end = "where they are at the end"
    title = f"Of 100 people of each group, {end}" if len(shares) > 1 else f"Of 100 people, {end}"
    finding = sections.tier_heading(context)
    drawn = figures.hundred({named[g]: found for g, found in shares.items()}, context.tier_colours, _meanings(context))
    return Chart(*drawn,
                 title=f"{title}, after {context.horizon}; one mark is one in a hundred synthetic people", alt=alt,
                 table=table, csv="people.csv", finding=finding)


def _meanings(context: Context) -> dict[str, str]:
    """What being in a tier takes away, by tier."""
    found = {}
    for tier, consequences in context.run.study.scheme.consequences.items():
        taken = dict.fromkeys(c.right.replace("-", " ") for c in consequences if c.effect in BURDENS)
        if taken:
            found[tier] = f"denied or limited: {words.listing(taken)}"
    return found


def evidence(context: Context) -> Evidence:
    """What every number of the page rests on, under the headline."""
    run = context.run
    many = len(run.traces)
    facts = [f"{words.number(context.run.study.people)} synthetic people"]
    if run.engine == "exact":
        facts.append("worked out without chance")
    elif many > 1:
        facts.append(f"{words.number(many)} runs")
    filled = len(run.study.filled)
    if filled:
        facts.append(f"{words.plural(filled, 'number')} of the study {'is' if filled == 1 else 'are'} assumed")
    return Evidence(tuple(facts))


def source(context: Context) -> str:
    """What stands under every picture."""
    study = context.run.study
    under = f" with {study.label}" if study.label else ""
    return (f"a simulation of {words.number(study.people)} synthetic people under {study.name}{under}, "
            f"seed {study.seed}")
