"""Numbers as they are said in the page: both sides of a difference, never which side is worse.

A direction is claimed where the numbers carry it, which is what the reports decide; here both numbers stand, each with
what chance does to it, and a mark where chance alone could make the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sousveil.app.question import AS
from sousveil.ground import called
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.width import CARRIES
from sousveil.page import words
from sousveil.page.widths import outside

if TYPE_CHECKING:
    from sousveil.measures.measures import Measures
    from sousveil.studies.study import Study

__all__ = ["compared", "ends_where", "groups", "hundreds", "of_chance", "rows", "sure", "told_of", "two_sides", "wide"]

Answer = dict[str, Any]


def ends_where(found: Measures, study: Study) -> str:
    """Both sides of who ends in the bottom tier, without saying which is more."""
    from sousveil.harms.tiers import TIER_SHARE

    bottom = [*study.scheme.tiers][-1]
    named = [(g, m.value) for g in groups(study)
             if (m := found.find(TIER_SHARE(tier=bottom), g)) is not None and m.value is not None]
    if not named:
        return f"Who ends “{called.tier(bottom)}” cannot be told"
    base = max(words.base_of(v) for _, v in named)
    return words.sentence(words.listing(_many(g, v, base) for g, v in named)) + f" end “{called.tier(bottom)}”"


def _many(group: str, value: float, base: int) -> str:
    said = words.of_hundred(value, base)
    if group == ALL:
        return said if said in ("nobody", "everybody") else f"{said} people"
    return f"{said} of {words.of_group(group)}" if said in ("nobody", "everybody") else (
        f"{said} people of {words.of_group(group)}")


def groups(study: Study) -> list[str]:
    every = [*study.population.groups]
    return every if len(every) > 1 else [ALL]


def hundreds(worlds: Sequence[tuple[str, Measures]], study: Study, *, preview: bool) -> Answer:
    """A hundred people of every group in every world, drawn, and the same in words; its table and files where it is no
    preview, which is gone in a moment.
    """
    from sousveil.harms.tiers import TIER_SHARE
    from sousveil.page import downloads, figures, layout, palette
    from sousveil.page.page import Cell, Chart, Table

    source = f"a simulation of synthetic people under {study.name}, seed {study.seed}"
    tiers = [*study.scheme.tiers]
    shown: dict[str, dict[str, float]] = {}
    for group in groups(study):
        for world, found in worlds:
            shares = {called.tier(tier): m.value for tier in tiers
                      if (m := found.find(TIER_SHARE(tier=tier), group)) is not None and m.value is not None}
            if len(shares) == len(tiers):
                who = "All people" if group == ALL else words.sentence(words.of_group(group))
                shown[f"{who}, {world}" if world else who] = shares
    if not shown:
        return {}
    said = words.joined([f"{name}: of 100 people " + words.listing(f"{words.percent(x)[:-1]} {tier}"
                                                                   for tier, x in shares.items())
                         for name, shares in shown.items()])
    names = [*map(called.tier, tiers)]
    table = Table(("whose", *names), tuple((name, *(Cell(words.percent(x), x) for x in shares.values()))
                                           for name, shares in shown.items()))
    chart = Chart(*figures.hundred(shown, palette.tiers(names)), title="Where 100 synthetic people of each group end. "
                  "One mark is one person", alt=said, table=table, csv="hundred.csv")
    heading = "Where 100 people of each group end"
    if preview:
        return {"piece": layout.drawn(chart), "said": said}
    return {"piece": layout.unit(chart, heading, source, "share"), "said": said,
            "chart": {"title": heading, "svg": downloads.picture(chart, heading, source),
                      "csv": downloads.csv_text(table)}}


def sure(found: Measures, study: Study) -> str:
    """What chance does to who ends in the bottom tier."""
    from sousveil.harms.tiers import TIER_SHARE

    bottom = [*study.scheme.tiers][-1]
    known = [m for g in groups(study) if (m := found.find(TIER_SHARE(tier=bottom), g)) is not None
             and m.value is not None]
    if any(m.over == "exact" for m in known):
        return "This was worked out without chance."
    said = [f"{words.of_group(m.group)} {words.interval(m) if m.low is None or m.high is None else words.ends(m)}"
            for m in known]
    return (f"Who ends “{called.tier(bottom)}”, in 95 of 100 runs like this one with other random draws: "
            f"{words.listing(said)}.")


def rows(found: Measures) -> list[Answer]:
    several = any(m.group != ALL for m in found)
    return [{"harm": m.harm, "measure": words.measured(m), "group": m.group, "reference": m.reference,
             "unit": m.unit if m.unit == "share" else words.unit_of(m),
             "value": _value(m), "ends": m.note or "not estimable" if m.value is None else _noted(words.ends(m), m),
             "range": _range(m), "main": _is_main(m, several)} for m in _in_order(found)]


def _noted(ends: str, *measures: Measure) -> str:
    """An interval, and what else is to be known of its number."""
    return "; ".join(dict.fromkeys([ends, *(m.note for m in measures if m.note)]))


def _in_order(found: Iterable[Measure]) -> list[Measure]:
    """What is of one name stands together, in the order in which the names come."""
    measures = list(found)
    order = {name: place for place, name in enumerate(dict.fromkeys(m.name for m in measures))}
    return sorted(measures, key=lambda m: order[m.name])


def _value(m: Measure) -> str:
    from sousveil.page.tables import shown

    return shown(m).text


def _is_main(m: Measure, several: bool) -> bool:
    """Whether it stands in the short table: of each group, or of everybody where there is one."""
    from sousveil.harms.chilling import LAWFUL_FORGONE
    from sousveil.harms.income import SHARE_OF_INCOME_LOST
    from sousveil.harms.rights import BORNE_BY_KIN, MONTHS_LIMITED
    from sousveil.harms.tiers import TIER_SHARE
    from sousveil.harms.trap import NEVER_LEAVING
    from sousveil.harms.wrongful import EVER_WRONGED, WRONGFUL_POINTS

    return not m.reference and several == (m.group != ALL) and (m.name in TIER_SHARE or m.name in (
        EVER_WRONGED, WRONGFUL_POINTS, NEVER_LEAVING, MONTHS_LIMITED, BORNE_BY_KIN, LAWFUL_FORGONE,
        SHARE_OF_INCOME_LOST))


def told_of(before: Measures, after: Measures, study: Study) -> str:
    """The tier that a change is told of: of the worst and the best, the one whose share moves more in some group."""
    from sousveil.harms.tiers import TIER_SHARE

    tiers = [*study.scheme.tiers]
    moved = {}
    for tier in (tiers[-1], tiers[0]):
        pairs = [(before.find(TIER_SHARE(tier=tier), g), after.find(TIER_SHARE(tier=tier), g)) for g in groups(study)]
        moved[tier] = max((abs((y.value or 0.0) - (x.value or 0.0)) for x, y in pairs
                           if x is not None and y is not None), default=0.0)
    return tiers[0] if moved[tiers[0]] > moved[tiers[-1]] + 0.005 else tiers[-1]


def two_sides(before: Measures, after: Measures, study: Study, tier: str, changed: str) -> str:
    """How many end in a tier in both worlds, of the group that moves most; no direction is claimed.

    changed   what differs, in words
    """
    from sousveil.harms.tiers import TIER_SHARE

    pairs = []
    for group in groups(study):
        one, other = (m.find(TIER_SHARE(tier=tier), group) for m in (before, after))
        if one is not None and other is not None and one.value is not None and other.value is not None:
            pairs.append((abs(one.value - other.value), one.value, other.value, group))
    if not pairs:
        return f"Who ends “{called.tier(tier)}” cannot be told"
    _, was, is_now, group = max(pairs)
    base = max(words.base_of(was), words.base_of(is_now))
    then, now = words.of_hundred(is_now, base), words.of_hundred(was, base)
    if then == now:
        return f"With and without {changed}, {_whose(now, group)} “{called.tier(tier)}”"
    return f"With {changed}, {_whose(then, group)} “{called.tier(tier)}”; {AS[study.scheme.status]}, {now}"


def _whose(count: str, group: str) -> str:
    if count in ("nobody", "everybody"):
        return f"{count}{'' if group == ALL else f' of {words.of_group(group)}'} ends"
    return f"{count} {'people' if group == ALL else f'people of {words.of_group(group)}'} end"


def of_chance(differences: Measures, study: Study, tier: str) -> str:
    from sousveil.harms.tiers import TIER_SHARE

    said = []
    for group in groups(study):
        m = differences.find(TIER_SHARE(tier=tier), group)
        if m is None or m.value is None:
            continue
        if m.over == "exact":
            return "Both worlds were worked out without chance."
        if m.low is not None and m.high is not None:
            said.append(f"{words.span(100 * m.low, 100 * m.high)} points for {words.of_group(group)}")
        elif m.value == 0:
            said.append(f"the same in every run for {words.of_group(group)}")
    if not said:
        return "One pair of runs tells nothing about chance."
    return (f"The change in who ends “{called.tier(tier)}” is {words.listing(said)}. That is the width of chance in "
            "the simulation, in 95 of 100 sets of runs like this.")


def wide(found: Measures, study: Study, tier: str, *, moved: bool) -> str:
    """How far what is not published moves who ends in a tier, or what the changes do to it."""
    from sousveil.harms.tiers import TIER_SHARE

    said, points, beyond = [], 0, []
    for group in groups(study):
        m = found.find(TIER_SHARE(tier=tier), group)
        if m is None or m.width is None or m.width.least is None or m.width.most is None:
            continue
        points = m.width.points
        ends = _ends_of(100 * m.width.least, 100 * m.width.most)
        way = ""
        if moved and m.width.agree is not None and m.value:
            way = f", on the same side of none at {words.number(100 * m.width.agree, 0)} of 100 of them"
        said.append(f"{ends} {'points' if moved else 'of 100'} for {words.of_group(group)}{way}")
        beyond += [f"For {words.of_group(group)}: {text[0].lower()}{text[1:]}." for text in [outside(m)] if text]
    if not said:
        return "No guess of this study has a range, so there is nothing to draw it over."
    what = f"the change in who ends “{called.tier(tier)}”" if moved else f"who ends “{called.tier(tier)}”"
    return (f"Drawn at {points} points over the ranges of what is not published, chance taken out, {what} lies "
            f"at {words.listing(said)}." + "".join(f" {text}" for text in beyond))


def _range(m: Measure) -> str:
    """The second width of a measure, or ''."""
    if m.width is None or m.width.least is None or m.width.most is None:
        return ""
    scale = 100.0 if m.unit == "share" else 1.0
    ends, beyond = _ends_of(scale * m.width.least, scale * m.width.most), outside(m)
    return f"{ends}. {beyond}" if beyond else ends


def _ends_of(least: float, most: float) -> str:
    """Both ends of a range, or the one number where it has no width."""
    return words.short(least) if most - least < 1e-9 else words.span(least, most)


def compared(before: Measures, after: Measures, differences: Measures, preview: bool) -> list[Answer]:
    made = []
    several = any(m.group != ALL for m in differences)
    for m in _in_order(differences):
        one, other = before.find(m.name, m.group, m.reference), after.find(m.name, m.group, m.reference)
        if one is None or other is None:
            continue
        made.append({"harm": m.harm, "measure": words.measured(m), "group": m.group, "reference": m.reference,
                     "unit": m.unit if m.unit == "share" else words.unit_of(m),
                     "before": _value(one), "after": _value(other), **_change_in(m),
                     "range": _range(m), "verdict": "" if preview else _verdict(m), "main": _is_main(m, several)})
    return made


def _change_in(m: Measure) -> dict[str, str]:
    """A difference and its interval, both with the digits that the interval needs; or why there is none."""
    if m.value is None:
        return {"value": "–", "ends": m.note or "not estimable"}
    value = words.written(m, difference=True)
    value = f"+{value}" if m.value > 0 and any(c in "123456789" for c in value) else value
    if m.over == "exact":
        return {"value": value, "ends": _noted("exact", m)}
    if m.low is None or m.high is None:
        return {"value": value, "ends": m.note if m.value and m.note else "the same in every run" if not m.value
                else "no interval: a single run"}
    return {"value": value, "ends": _noted(words.ends(m, difference=True).removesuffix(" points"), m)}


def _apart(m: Measure) -> bool:
    """Whether the interval of a difference between two worlds lies wholly above 0 or wholly below it."""
    from sousveil.reports.claims import EXACT

    if m.over == "exact":
        return abs(m.value or 0.0) > EXACT
    return m.low is not None and m.high is not None and (m.low > 0 or m.high < 0)


def _verdict(m: Measure) -> str:
    """Whether chance alone could make the difference. What is not published is another question."""
    from sousveil.comparisons.paired import ALIKE

    if m.value is None:
        return "not estimable"
    if m.value and m.over != "exact" and m.low is None:
        return "the same in every run" if ALIKE in m.note else "too few runs to tell"
    if not _apart(m):
        return "no clear difference"
    if m.width is None or m.width.agree is None:
        return "clear of chance"
    agree = f"{words.number(100 * m.width.agree, 0)} of 100 points agree"
    return f"clear: {agree}" if m.width.agree >= CARRIES else f"clear of chance alone: {agree}"
