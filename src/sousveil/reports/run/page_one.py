"""What a run's report says before its sections: a hundred people of each group, and what the headline rests on."""

from __future__ import annotations

from sousveil.ground import called
from sousveil.measures.measure import ALL
from sousveil.page import figures, words
from sousveil.page.hundred import counts
from sousveil.page.page import Cell, Chart, Evidence, Mark, Table
from sousveil.page.words import of_group
from sousveil.reports.run import limits, sections, sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.findings import RULES, Finding
from sousveil.studies.periods import in_force
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["evidence", "people"]

def people(context: Context) -> Chart:
    """Of a hundred people of each group: how many end in each tier."""
    shares = {g: {called.tier(t): context.persons(g, t)[-1] / context.people(g) for t in context.tiers}
              for g in context.shown_groups}
    named = {g: words.sentence(of_group(g)) for g in shares}
    whole = {g: counts(found) for g, found in shares.items()}
    alt = words.joined([f"Of 100 people, {words.listing(f'{n} end {t}' for t, n in whole[g].items())}"
                        if len(shares) == 1 else
                        f"Of 100 people of {of_group(g)}, {words.listing(f'{n} end {t}' for t, n in whole[g].items())}"
                        for g in shares])
    table = Table(("group", *map(called.tier, context.tiers)), tuple(
        (named[g], *(Cell(words.percent(x), x) for x in found.values())) for g, found in shares.items()))
    end = "where they are at the end"
    title = f"Of 100 people of each group, {end}" if len(shares) > 1 else f"Of 100 people, {end}"
    finding = sections.tier_heading(context)
    drawn = figures.hundred({named[g]: found for g, found in shares.items()}, context.tier_colours, _meanings(context))
    return Chart(*drawn,
                 title=f"{title}, after {context.horizon}; one mark is one in a hundred synthetic people", alt=alt,
                 table=table, csv="people.csv", finding=finding)


def _meanings(context: Context) -> dict[str, str]:
    """What being in a tier takes away at the end, by tier."""
    found = {}
    study = context.run.study
    for tier, given in in_force(study.scheme, study.population, study.assumptions, study.steps).consequences.items():
        taken = dict.fromkeys(c.right.replace("-", " ") for c in given if c.effect in BURDENS)
        if taken:
            found[called.tier(tier)] = f"denied or limited: {words.listing(taken)}"
    return found


def evidence(context: Context, headline: Finding | None) -> Evidence:
    """What the headline rests on, and then every number of the page."""
    run = context.run
    facts, marks = [], []
    if headline is not None and headline.kind in RULES:
        facts.append("states a rule: no estimate, so no interval")
        marks = [Mark(headline.mark)] if headline.mark else []
    elif headline is not None and (m := headline.measure) is not None:
        facts.append(f"{words.written(m)} {words.of_group(m.group)}: {sentences.evidence(m)}"
                     if m.group != ALL else f"{words.written(m)}: {sentences.evidence(m)}")
    if not marks:
        marks = [Mark(run.study.scheme.status)]
    how = "worked out without chance" if run.engine == "exact" else words.plural(len(run.traces), "run")
    facts.append(f"{words.synthetic(run.study.people)}, {how}")
    guessed = limits.guesses(run.study)
    if guessed:
        facts.append(f"{words.plural(guessed, 'number')} {'is a guess' if guessed == 1 else 'are guesses'}")
    return Evidence(tuple(facts), tuple(marks))
