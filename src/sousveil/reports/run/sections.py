"""The sections of a run's report on who ends where, who is wrongly penalised, and how long the bottom tier holds.

A section whose harm has no data is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sousveil.ground import called
from sousveil.harms import trap as spells
from sousveil.harms.disparity import BOTTOM_TIER
from sousveil.harms.disparity import EVER_WRONGED as EVER_WRONGED_GAP
from sousveil.harms.silence import LISTINGS_SURFACED, SURFACED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.trap import MEAN_STAY, MEDIAN_STAY, NEVER_LEAVING
from sousveil.harms.wrongful import EVER_WRONGED, POINTS_FOR_RELATIVES, WRONGFUL_POINTS
from sousveil.measures.measure import Measure
from sousveil.page import figures, words
from sousveil.page.downloads import brief
from sousveil.page.page import Chart, Prose, Section, Table
from sousveil.page.tables import full, measured, shown
from sousveil.page.words import of_group
from sousveil.reports import claims
from sousveil.reports.claims import Contrast
from sousveil.reports.run import inputs, sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sentences import quoted

__all__ = ["after", "ending", "gap", "intervals", "listed", "tiers", "trap", "trapped",
           "wrongful"]

def intervals(context: Context, measures: Sequence[Measure], row: str = "",
              scale: float = 1.0) -> list[figures.Interval]:
    """Measures as dots or bars, in the colours of their groups."""
    return [figures.Interval(words.sentence(of_group(m.group)), (m.value or 0.0) * scale,
                             None if m.low is None else m.low * scale, None if m.high is None else m.high * scale,
                             context.group_colours[m.group], row) for m in measures]


def tiers(context: Context) -> Section:
    """Who ends where."""
    steps, names = context.setting.steps, context.tiers
    shares = {g: {called.tier(t): [n / context.people(g) for n in context.persons(g, t)] for t in names}
              for g in context.shown_groups}
    ends = [m for g in context.shown_groups for t in names if (m := context.measures.find(TIER_SHARE(tier=t), g))]
    persons = {g: {t: context.persons(g, t) for t in names} for g in shares}
    every = Table(("group", context.setting.step, *(f"{t} (people)" for t in names)), tuple(
        (g, s, *(brief(persons[g][t][s]) for t in names)) for g in shares for s in range(steps + 1)))
    alt = words.joined([f"{words.sentence(of_group(g))} at the end: " + words.listing(
        f"{words.percent(share[-1])} {t}" for t, share in shares[g].items()) for g in shares])
    drawing = figures.areas({words.sentence(of_group(g)): found for g, found in shares.items()}, context.tier_colours,
                            list(range(steps + 1)), context.setting.step, year=context.year)
    chart = Chart(*drawing, title=f"Share of people in each tier, over {context.horizon}", alt=alt,
                  table=measured(ends, lambda m: called.tier(m.name["tier"])), csv="tiers.csv", data=every)
    said = words.joined([ending(context, tier) for tier in dict.fromkeys((*context.told_tiers, names[0]))])
    return Section(words.LABELS["tiers"], tier_heading(context), (Prose(said), chart))


def ending(context: Context, tier: str) -> str:
    """How many of each group end in a tier: `31 of 100 people of group B and 6 of 100 people of group A are ...`."""
    found = context.by_group(TIER_SHARE(tier=tier))
    parts = [sentences.many(m, said) for m, said in zip(found, words.together(found), strict=True)]
    if all(p.startswith("nobody") for p in parts):
        return f"After {context.horizon}, nobody is {quoted(tier)}"
    verb = "is" if len(parts) == 1 and parts[0].startswith(("nobody", "everybody")) else "are"
    return f"After {context.horizon}, {words.listing(parts)} {verb} {quoted(tier)}"


def after(context: Context) -> str:
    """For the lead: how many of everybody, or of two groups that clearly differ, are in the tier to tell of; '' where
    so few people are run that no number is told of them.
    """
    if context.few:
        return ""
    found = gap(context, context.low)
    if found is None or not found.named:
        return ending(context, context.low) if found is None else sentences.end(
            context.measures.one(TIER_SHARE(tier=context.low)), context.low)
    return sentences.shared(found.more, f"end {quoted(context.low)}", found)


def gap(context: Context, tier: str) -> Contrast | None:
    """The group furthest from the reference in a tier, and whether that may be said. None where there is one group."""
    return context.contrast(TIER_SHARE(tier=tier), BOTTOM_TIER if tier == context.bottom else None)


def tier_heading(context: Context) -> str:
    """The answer to who ends where; that nothing is told of so few people, where that is so."""
    if context.few:
        return sentences.few(context.run.study.people, claims.FEWEST)
    found = gap(context, context.low)
    if found is not None:
        return sentences.gap(found, context.low)
    here = context.measures.find(TIER_SHARE(tier=context.low))
    return sentences.end(here, context.low) if here else "Where people end"


def wrongful(context: Context) -> Section | None:
    """Penalised for what others did."""
    ever, everybody = context.by_group(EVER_WRONGED), context.everybody(EVER_WRONGED)
    without = inputs.wrong_records(context.run.study)
    heading = sentences.wrongful(everybody, context.contrast(EVER_WRONGED, EVER_WRONGED_GAP), without)
    if everybody is None or not heading:
        return None
    charts = [Chart(*figures.bars(intervals(context, ever), "share of people", words.percent, sort=False),
                    title=f"People with at least one wrongful debit within {context.horizon}",
                    alt=listed(heading, ever), table=measured(ever), csv="wrongful.csv",
                    data=full(ever))] if everybody.value else []
    said = ["A wrongful debit takes points for an act of somebody else, or for no act at all"]
    part = context.measures.find(WRONGFUL_POINTS)
    if part is not None and part.value:
        said.append(f"Of all points taken for acts, {words.percent(part.value)} were taken wrongfully")
    said += [_relatives(context), _surfaced(context), _listed(context),
             *(text for _, text in inputs.for_being(context.run.study))]
    return Section(words.LABELS["wrongful"], heading, (Prose(words.joined(said)), *charts))


def listed(heading: str, found: Sequence[Measure]) -> str:
    """A finding, and the number of each group: what a picture of few numbers shows."""
    each = (f"{of_group(m.group)} {shown(m).text}" for m in found)
    return words.joined([heading, words.sentence(words.listing(each))])


def _relatives(context: Context) -> str:
    found = [m for m in context.by_group(POINTS_FOR_RELATIVES) if m.value and m.value < 0]
    if not found:
        return ""
    each = (f"{words.written(_taken(m))} from {words.a_person(m.group)}" for m in found)
    return f"For the tier of a relative, points are taken too: on average {words.listing(each)} a year"


def _taken(m: Measure) -> Measure:
    """Points that come, as points that go."""
    def turned(x: float | None) -> float | None:
        return None if x is None else -x

    return replace(m, value=turned(m.value), low=turned(m.high), high=turned(m.low))


def _surfaced(context: Context) -> str:
    seen = context.measures.find(SURFACED)
    if seen is None or seen.value is None:
        return ""
    if seen.value == 0:
        return "No wrongful debit is ever undone on appeal: whoever counts successful appeals sees none of them"
    return f"Whoever counts successful appeals sees {words.written(seen)} of the wrongful debits"


def _listed(context: Context) -> str:
    """How many listings on which something is wrong are appealed with success; '' where nobody can appeal them."""
    seen = context.measures.find(LISTINGS_SURFACED)
    if seen is None or seen.value is None:
        return ""
    return ("Of the times that somebody came into a tier that takes a right away while something stood wrongly against "
            f"them, {words.written(seen)} were appealed with success")


def trapped(context: Context) -> str:
    """How long the bottom tier holds, as a sentence; '' where no finding is carried."""
    return sentences.stuck(context.everybody(MEDIAN_STAY), context.contrast(MEDIAN_STAY),
                           context.everybody(NEVER_LEAVING), context.bottom, context.followed(whole=True))


def trap(context: Context) -> Section | None:
    """How long the bottom tier holds."""
    if not context.moved:
        return None
    curves = {g: points for g in context.shown_groups if (points := spells.curve(context.run.trace, g))}
    if not curves:
        return None
    every = Table(("group", context.setting.step, "still there", "low", "high", "at risk", "left"), tuple(
        (g, p.duration, *map(brief, (p.survival, p.low, p.high, p.at_risk, p.left)))
        for g, points in curves.items() for p in points))
    found = [m for name in (MEDIAN_STAY, MEAN_STAY, NEVER_LEAVING) for m in context.by_group(name)]
    heading = trapped(context) or f"How long people stay {quoted(context.bottom)}"
    drawn = [_curve(context, g, points) for g, points in curves.items()]
    first = ", in the first of the runs" if len(context.run.traces) > 1 else ""
    bands = ". The bands are 95% intervals" if any(c.low for c in drawn) else ""
    drawing = figures.survival(drawn, f"{context.setting.step}s since entering the tier",
                               f"still {called.tier(context.bottom)}", year=context.year)
    alt = words.joined([heading, *(_left(context, g, points) for g, points in curves.items())])
    chart = Chart(*drawing, title=f"Share of those who became {quoted(context.bottom)} and still are, by how long ago "
                  f"they became so{first}{bands}", alt=alt, table=measured(found), csv="trap.csv",
                  data=every)
    return Section(words.LABELS["trap"], heading, (chart,))


def _curve(context: Context, group: str, points: Sequence[spells.CurvePoint]) -> figures.Curve:
    low = [p.low for p in points if p.low is not None]
    high = [p.high for p in points if p.high is not None]
    banded = len(low) == len(high) == len(points)
    return figures.Curve(words.of_group(group), [p.duration for p in points], [p.survival for p in points],
                         low if banded else (), high if banded else (), context.group_colours[group])


def _left(context: Context, group: str, points: Sequence[spells.CurvePoint]) -> str:
    last = points[-1]
    return (f"Of {of_group(group)}, {words.percent(last.survival)} are still there after "
            f"{words.lasting(last.duration, context.setting.step)}")
