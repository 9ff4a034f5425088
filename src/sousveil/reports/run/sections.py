"""The sections of a run's report on who ends where, who is wrongly penalised, and how long the bottom tier holds.

A section whose harm has no data is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.harms import trap as spells
from sousveil.harms.disparity import BOTTOM_TIER
from sousveil.harms.silence import SURFACED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.trap import MEAN_STAY, MEDIAN_STAY, NEVER_LEAVING
from sousveil.harms.wrongful import EVER_WRONGED, POINTS_FOR_RELATIVES, WRONGFUL_POINTS
from sousveil.measures.measure import Measure
from sousveil.page import figures, words
from sousveil.page.downloads import six
from sousveil.page.page import Chart, Prose, Section, Table
from sousveil.page.tables import full, measured, shown
from sousveil.page.words import of_group
from sousveil.reports.run import sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sentences import quoted

__all__ = ["Gap", "after", "ending", "gap", "intervals", "listed", "tiers", "trap", "wrongful"]

Gap = tuple[Measure, Measure, Measure | None, Measure | None]


def intervals(context: Context, measures: Sequence[Measure], row: str = "",
              scale: float = 1.0) -> list[figures.Interval]:
    """Measures as dots or bars, in the colours of their groups."""
    return [figures.Interval(words.sentence(of_group(m.group)), (m.value or 0.0) * scale,
                             None if m.low is None else m.low * scale, None if m.high is None else m.high * scale,
                             context.group_colours[m.group], row) for m in measures]


def tiers(context: Context) -> Section:
    """Who ends where."""
    steps, names = context.setting.steps, context.tiers
    shares = {g: {t: [n / context.people(g) for n in context.persons(g, t)] for t in names}
              for g in context.shown_groups}
    ends = [m for g in context.shown_groups for t in names if (m := context.measures.find(TIER_SHARE(tier=t), g))]
    persons = {g: {t: context.persons(g, t) for t in names} for g in shares}
    every = Table(("group", context.setting.step, *(f"{t} (people)" for t in names)), tuple(
        (g, s, *(six(persons[g][t][s]) for t in names)) for g in shares for s in range(steps + 1)))
    alt = words.joined([f"{words.sentence(of_group(g))} at the end: " + words.listing(
        f"{words.percent(shares[g][t][-1])} {t}" for t in names) for g in shares])
    drawing = figures.areas({words.sentence(of_group(g)): found for g, found in shares.items()}, context.tier_colours,
                            list(range(steps + 1)), context.setting.step, year=context.year)
    chart = Chart(*drawing, title=f"Share of people in each tier, over {context.horizon}", alt=alt,
                  table=measured(ends, lambda m: m.name["tier"]), csv="tiers.csv", data=every)
    said = words.joined([ending(context, tier) for tier in dict.fromkeys((context.low, names[0]))])
    return Section(words.LABELS["tiers"], tier_heading(context), (Prose(said), chart))


def ending(context: Context, tier: str) -> str:
    """How many of each group end in a tier: `31 of 100 people of group B and 6 of 100 people of group A end ...`."""
    found = context.by_group(TIER_SHARE(tier=tier))
    base = max((words.base_of(m.value or 0.0) for m in found), default=0)
    parts = [sentences.many(m, base) for m in found]
    if all(p.startswith("nobody") for p in parts):
        return f"After {context.horizon}, nobody is {quoted(tier)}"
    return f"After {context.horizon}, {words.listing(parts)} are {quoted(tier)}"


def after(context: Context) -> str:
    """For the lead: the worst group in the bottom tier first, and what it is set against."""
    found = gap(context)
    if found is None:
        return ending(context, context.low)
    more, less = sorted(found[:2], key=lambda m: -(m.value or 0.0))
    if not more.value:
        return f"After that time nobody is {quoted(context.low)}"
    base = max(words.base_of(m.value or 0.0) for m in (more, less))
    return (f"After that time {sentences.many(more, base)} are {quoted(context.low)}, against "
            f"{words.of_hundred(less.value or 0.0, base)} of {of_group(less.group)}")


def gap(context: Context) -> Gap | None:
    """The group furthest from the reference in the lowest inhabited tier: both shares, their difference and ratio."""
    name = TIER_SHARE(tier=context.low)
    base = context.measures.find(name, context.reference)
    found = context.measures.by_group(name, context.others)
    if base is None or not found:
        return None
    one = max(found, key=lambda m: abs((m.value or 0.0) - (base.value or 0.0)))
    if context.low != context.bottom:
        return one, base, None, None
    difference, ratio = (context.measures.find(of, one.group, context.reference)
                         for of in (BOTTOM_TIER.difference, BOTTOM_TIER.ratio))
    return one, base, difference, ratio


def tier_heading(context: Context) -> str:
    """The answer to who ends where."""
    found = gap(context)
    if found is not None:
        return sentences.gap(*found, context.low)
    here = context.measures.find(TIER_SHARE(tier=context.low))
    return sentences.end(here, context.low) if here else "Where people end"


def wrongful(context: Context) -> Section | None:
    """Penalised for what others did."""
    ever, worst = context.by_group(EVER_WRONGED), context.worst(EVER_WRONGED)
    if worst is None:
        return None
    heading = sentences.wrongful(worst, context.compared(ever, worst))
    charts = [Chart(*figures.bars(intervals(context, ever), "share of people", words.percent, sort=False),
                    title=f"People with at least one wrongful debit within {context.horizon}",
                    alt=listed(heading, ever), table=measured(ever), csv="wrongful.csv",
                    data=full(ever))] if worst.value else []
    said = ["A wrongful debit takes points for an act of somebody else, or for no act at all"]
    part = context.measures.find(WRONGFUL_POINTS)
    if part is not None and part.value:
        said.append(f"Of all points taken for acts, {words.percent(part.value)} were taken wrongfully")
    said += [_relatives(context), _surfaced(context)]
    return Section(words.LABELS["wrongful"], heading, (Prose(words.joined(said)), *charts))


def listed(heading: str, found: Sequence[Measure]) -> str:
    """A finding, and the number of each group: what a picture of few numbers shows."""
    each = (f"{of_group(m.group)} {shown(m).text}" for m in found)
    return words.joined([heading, words.sentence(words.listing(each))])


def _relatives(context: Context) -> str:
    found = [m for m in context.by_group(POINTS_FOR_RELATIVES) if m.value and m.value < 0]
    if not found:
        return ""
    each = (f"{words.number(-round(m.value or 0.0, 1))} from {words.a_person(m.group)}" for m in found)
    return f"For the tier of a relative, points are taken too: in the mean, {words.listing(each)} a year"


def _surfaced(context: Context) -> str:
    seen = context.measures.find(SURFACED)
    if seen is None or seen.value is None:
        return ""
    if seen.value == 0:
        return "None of the wrongful debits ever surfaces: who counts successful appeals sees nothing of this"
    return f"Who counts successful appeals sees {words.of_hundred(seen.value)} of them"


def trap(context: Context) -> Section | None:
    """How long the bottom tier holds."""
    if not context.moved:
        return None
    curves = {g: points for g in context.shown_groups if (points := spells.curve(context.run.trace, g))}
    if not curves:
        return None
    every = Table(("group", context.setting.step, "still there", "low", "high", "at risk"), tuple(
        (g, p.duration, six(p.survival), six(p.low), six(p.high), six(p.at_risk))
        for g, points in curves.items() for p in points))
    found = [m for name in (MEDIAN_STAY, MEAN_STAY, NEVER_LEAVING) for m in context.by_group(name)]
    heading = sentences.stuck(context.slowest(), context.stayers(), context.bottom, context.followed(whole=True))
    heading = heading or f"How long people stay {quoted(context.bottom)}"
    drawn = [_curve(context, g, points) for g, points in curves.items()]
    bands = ". The bands are 95% intervals" if any(c.low for c in drawn) else ""
    drawing = figures.survival(drawn,
                               f"{context.setting.step}s since entering the tier", f"still {context.bottom}",
                               year=context.year)
    alt = words.joined([heading, *(_left(context, g, points) for g, points in curves.items())])
    chart = Chart(*drawing, title=f"Share of those who became {quoted(context.bottom)} and still are, by how long ago "
                  f"they became so{bands}", alt=alt, table=measured(found), csv="trap.csv",
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
