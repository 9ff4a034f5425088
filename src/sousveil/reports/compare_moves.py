"""The section of a comparison on who ends in another tier, and in which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sousveil.ground import called
from sousveil.page import figures, palette, words
from sousveil.page.flows import Flow
from sousveil.page.page import Cell, Chart, Prose, Section, Table
from sousveil.reports.run.sentences import quoted

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison, Moved, World

__all__ = ["largest", "leaving", "moves"]


def moves(found: Comparison, world: World) -> Section | None:
    """Who moves from which tier to which."""
    moved = [row for row in found.moved() if row.reform == world.name]
    if not moved:
        return None
    befores, afters = found.baseline.plan.tiers[::-1], world.plan.tiers[::-1]
    groups = tuple(dict.fromkeys(row.group for row in moved))
    away = {g: [r for r in moved if r.group == g and r.before != r.after and r.persons > 0] for g in groups}
    named = {g: words.of_group(g) if len(groups) > 1 else "all people" for g in groups}
    panels = {words.sentence(named[g]): [Flow(called.tier(r.before), called.tier(r.after), r.share)
                                         for r in moved if r.group == g]
              for g in groups}
    shown = tuple(tuple(map(called.tier, tiers)) for tiers in (befores, afters))
    drawing = figures.transitions(panels, palette.tiers(shown[0]) | palette.tiers(shown[1]), (shown[0], shown[1]),
                                  ("without the reform", f"under {quoted(world.name)}"))
    here = {(r.group, r.before, r.after): r for r in moved}
    table = Table(("group", "without the reform", *(f"{t} under {world.name}" for t in shown[1])), tuple(
        (called.name("group", g), called.tier(before), *(_cell(here[g, before, after]) for after in afters))
        for g in groups for before in befores),
        "Of 100 people of each group")
    columns = ("group", "before", "after", "persons", "low", "high", "share")
    data = Table(columns, tuple(tuple(getattr(r, name) for name in columns) for r in moved))
    whose = "each group" if len(groups) > 1 else "all"
    left = leaving({g if len(groups) > 1 else "": sum(r.share for r in away[g]) for g in groups})
    chart = Chart(*drawing, title=f"{left}: share of {whose} by tier at the end, without the reform (left) "
                  f"and under {quoted(world.name)} (right)",
                  alt=words.joined([_going(named[g], away[g]) for g in groups]),
                  table=table, data=data, csv=f"moved-{world.name}.csv")
    most = max((r for rows in away.values() for r in rows), key=lambda r: r.share, default=None)
    heading = "Nobody ends in another tier" if most is None else largest(most, len(groups) > 1)
    text = "The same people with the same random draws in both worlds. " + (
        "Every band runs level: with the reform, all end in the tier where they end without it." if most is None else
        "A band is as thick as the share that goes along it: pale for those who end in the same tier, orange with an "
        "outline for those who do not.")
    return Section("Who moves where", heading, (Prose(text), chart))


def leaving(shares: Mapping[str, float]) -> str:
    """How many of each group end in another tier, most first. A group without a name is all people."""
    if not any(shares.values()):
        return "Nobody ends in another tier"
    order = sorted(shares, key=lambda g: -shares[g])
    said = []
    for g in order:
        count = words.of_hundred(shares[g])
        said.append(f"{count} of {words.of_group(g)}" if g else count if count == "everybody" else f"{count} people")
    none = sum(not share for share in shares.values())
    if none > 1:
        said[-none:] = ["nobody else"]
    verb = "ends" if said == ["everybody"] else "end"
    return f"{words.sentence(words.listing(said))} {verb} in another tier"


def _going(who: str, away: Sequence[Moved]) -> str:
    """Where a group goes, in words."""
    if not away:
        return f"{words.sentence(who)}: nobody changes tier"
    parts = [f"{words.percent(r.share)} from {quoted(r.before)} to {quoted(r.after)}"
             for r in sorted(away, key=lambda r: -r.share)]
    return f"{words.sentence(who)}: {words.listing(parts)}"


def largest(row: Moved, grouped: bool) -> str:
    """How many go from where to where, as a sentence; with their group where there are several."""
    said = words.of_hundred(row.share)
    if said == "everybody":
        who, verb = said + (f" of {words.of_group(row.group)}" if grouped else ""), "goes"
    else:
        who, verb = f"{said} people" + (f" of {words.of_group(row.group)}" if grouped else ""), "go"
    return f"{words.sentence(who)} {verb} from {quoted(row.before)} to {quoted(row.after)}"


def _cell(row: Moved) -> Cell:
    return Cell(words.number(round(100 * row.share, 2)) if row.persons else "0", row.persons)
