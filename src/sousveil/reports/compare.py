"""The report of a comparison: what a reform changes, for whom, and how surely; each world beside the other.

    report(compare(study, [study.reform("no-ceiling")])).save("no-ceiling.html")
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sousveil.comparisons.pair import Key
from sousveil.harms.chilling import LAWFUL_FORGONE
from sousveil.harms.income import INCOME_LOST, SHARE_OF_INCOME_LOST
from sousveil.harms.rights import MONTHS_LIMITED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.wrongful import EVER_WRONGED, WRONGFUL_POINTS
from sousveil.measures.measure import ALL, COLUMNS, Measure
from sousveil.page import figures, palette, words
from sousveil.page.flows import Flow
from sousveil.page.page import Cell, Chart, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports.run.sentences import people, quoted
from sousveil.reports.shared import again, apart, asked, foot, horizon, limits, points, readable, status

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison, Moved, World

__all__ = ["largest", "leaving", "report"]

_TELLING = (EVER_WRONGED, MONTHS_LIMITED, INCOME_LOST, LAWFUL_FORGONE)
"""After the shares in tiers: differences to tell first, in this order where they are clear."""

_SAVED = (EVER_WRONGED, WRONGFUL_POINTS, SHARE_OF_INCOME_LOST)
"""Beside the shares in tiers: shares of which it is told how many runs the same luck saved."""

_PAIRED = ("Draws belong to persons, so each meets the same luck in every world, and the luck drops out of the "
           "difference. The table says how many times as many runs with luck of their own the same certainty would "
           "take: the variance of the difference if the runs were independent, over that of these pairs.")


def report(found: Comparison) -> Report:
    """The report of a comparison, ready to be saved."""
    study = found.baseline.study
    told = [(w, m) for w in found.reforms for m in _telling(found, w)]
    names = words.listing(w.name for w in found.reforms)
    title = _sentence(found, *told[0]) if told else f"With {names}, there is {words.NO_DIFFERENCE}"
    return Report(Page(
        kicker=f"{study.name}, compared with {names} · {status(study)}", title=title, lead=_lead(found),
        figures=tuple(_key(found, w, m) for w, m in told[:3]),
        sections=tuple(s for w in found.reforms for s in _sections(found, w)) + _closing(found),
        provenance=foot(study, *(w.name for w in found.reforms), f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier", "twin world", "wrongful debit")))


def _lead(found: Comparison) -> str:
    study = found.baseline.study
    ran = (f"{words.sentence(words.counted(1 + len(found.reforms)))} worlds on the same "
           f"{words.number(study.people)} synthetic people over {horizon(study)}")
    luck = "worked out without chance" if found.engine == "exact" else (
        "each person with the same luck in every world"
        + (f", {len(found.seeds)} times with other luck" if len(found.seeds) > 1 else ""))
    return words.joined([study.scheme.about.strip(), f"{ran}, {luck}. What differs is the reform's doing"])


def _telling(found: Comparison, world: World) -> list[Measure]:
    """The clear differences worth telling, the largest in shares of tiers first."""
    known = found.differences(world)
    groups = [g for g in found.baseline.plan.groups if len(found.baseline.plan.groups) > 1] or [ALL]
    tiers = found.baseline.plan.tiers
    shares = [m for t in (tiers[0], tiers[-1]) for m in known.by_group(TIER_SHARE(tier=t), groups) if apart(m)]
    rest = []
    for name in _TELLING:
        here = [m for m in known.by_group(name, groups) if apart(m)]
        rest += sorted(here, key=lambda m: -abs(m.value or 0.0))[:1]
    return sorted(shares, key=lambda m: -abs(m.value or 0.0)) + rest


def _levels(found: Comparison, world: World, m: Measure) -> tuple[float, float]:
    """A measure in the baseline and in the world, in the mean of the runs."""
    before, after = (float(w.values[Key.of(m)].mean()) for w in (found.baseline, world))
    return before, after


def _sentence(found: Comparison, world: World, m: Measure) -> str:
    before, after = _levels(found, world, m)
    whose = people(m.group)
    if m.unit == "share":
        what = f"end {quoted(m.name['tier'])}" if m.name in TIER_SHARE else \
            "lose points for something they did not do"
        base = max(words.base_of(x) for x in (before, after))
        now, then = words.of_hundred(before, base), words.of_hundred(after, base)
        if then in ("nobody", "everybody"):
            verb = what.replace("end ", "ends ").replace("lose ", "loses ")
            said = f"{then}{'' if m.group == ALL else f' of group {m.group}'} {verb}"
        else:
            said = f"{then} {whose} {what}"
        return f"With {world.name}, {said}, against {now} without it"
    verb = "less" if after < before else "more"
    name = {MONTHS_LIMITED: "time with a right denied or limited", LAWFUL_FORGONE: "lawful acts given up"
            }.get(m.name, m.measure)
    if not before:
        return f"With {world.name}, {people(m.group)} bear {readable(m)} of {name}, against none without it"
    return (f"With {world.name}, there is {words.percent(abs(after / before - 1))} {verb} {name} for {whose}")


def _key(found: Comparison, world: World, m: Measure) -> KeyFigure:
    before, after = _levels(found, world, m)
    shares = m.unit == "share"
    value = points(m.value or 0.0) if shares else words.short(m.value or 0.0)
    sign = "+" if (m.value or 0.0) > 0 else ""
    said = f"{words.percent(before)} to {words.percent(after)}" if shares else \
        f"{words.short(before)} to {words.short(after)}"
    ends = "exact: no chance enters" if m.over == "exact" else (
        f"{words.span(100 * m.low if shares else m.low, 100 * m.high if shares else m.high)} "
        f"{words.over(m.over)}" if m.low is not None and m.high is not None else "no interval: a single run")
    return KeyFigure(sign + value, "points" if shares else m.unit,
                     f"{m.measure}, {words.of_group(m.group)}: from {said} with {world.name}", ends)


def _sections(found: Comparison, world: World) -> tuple[Section, ...]:
    made = (_beside(found, world), _differences(found, world), _moves(found, world), _rules(found, world))
    return tuple(s for s in made if s is not None)


def _beside(found: Comparison, world: World) -> Section:
    """Who ends where in both worlds, each group as it is and as it would be."""
    plan = found.baseline.plan
    groups = [g for g in plan.groups if len(plan.groups) > 1] or [ALL]
    tiers = plan.tiers[::-1]
    colours = palette.tiers(tiers)
    panels: dict[str, dict[str, list[float]]] = {}
    rows: list[tuple[str, str, int, tuple[float, ...]]] = []
    for group in groups:
        for w, name in ((found.baseline, "as it is"), (world, f"with {world.name}")):
            shares = _over_time(w, group)
            panels[f"{words.sentence(words.of_group(group))}, {name}"] = {t: shares[t] for t in tiers if t in shares}
            rows += [(group, name, s, tuple(shares[t][s] if t in shares else 0.0 for t in tiers))
                     for s in range(len(next(iter(shares.values()))))]
    step = found.baseline.study.scheme.step
    year = {"month": 12, "quarter": 4, "week": 52, "year": 1}.get(step, 0)
    drawing = figures.areas(panels, colours, list(range(found.baseline.study.steps + 1)), step, year=year)
    last = max(r[2] for r in rows)
    ends = Table(("group", "world", *tiers), tuple(
        (r[0], r[1], *(Cell(words.percent(x), x) for x in r[3])) for r in rows if r[2] == last))
    alt = words.joined([f"{name}, at the end: " + words.listing(f"{words.percent(s[-1])} {t}" for t, s in ends_.items())
                        for name, ends_ in panels.items()])
    chart = Chart(*drawing, title=f"Share of people in each tier over {horizon(found.baseline.study)}, "
                  "in both worlds under the first seed", alt=alt, table=ends, csv=f"tiers-{world.name}.csv",
                  data=Table(("group", "world", step, *tiers), tuple((*r[:3], *r[3]) for r in rows)))
    clear = [m for m in _telling(found, world) if m.name in TIER_SHARE]
    heading = _sentence(found, world, clear[0]) if clear else f"With {world.name}, there is {words.NO_DIFFERENCE} " \
        "in who ends where"
    return Section("Who ends where", heading, (chart,))


def _over_time(world: World, group: str) -> dict[str, list[float]]:
    """Share of a group in every tier, after every step from the start on."""
    from sousveil.harms import view

    seen = view.of(world.trace)
    names, tiers = world.trace.setting.groups, world.trace.setting.tiers
    persons = seen.column("persons")
    persons = persons.sum(axis=1) if group == ALL else persons[:, names.index(group)]
    total = persons[0].sum() or 1.0
    return {t: [float(x) for x in persons[:, i] / total] for i, t in enumerate(tiers)}


def _differences(found: Comparison, world: World) -> Section:
    """Every clear difference, with its interval; all of them in the CSV."""
    every = [m for m in found.differences(world) if m.value is not None]
    clear = [m for m in every if apart(m) and not m.reference]
    data = Table(COLUMNS, tuple(tuple(getattr(m, name) for name in COLUMNS) for m in every))
    if not clear:
        text = "Nothing differs, to the last bit." if not any(m.value for m in every) else \
            "No difference is larger than luck would make it."
        return Section("What changes", f"With {world.name}, there is {words.NO_DIFFERENCE}", (Prose(text),))
    shares = [m for m in clear if m.name in TIER_SHARE] or [m for m in clear if m.unit == "share"]
    colours = palette.groups(found.baseline.plan.groups) | {ALL: palette.INK}
    items = [figures.Interval(words.sentence(words.of_group(m.group)), 100 * (m.value or 0.0),
                              None if m.low is None else 100 * m.low, None if m.high is None else 100 * m.high,
                              colours[m.group], words.sentence(m.measure)) for m in shares]
    over = words.over(clear[0].over)
    table = Table(("what", "whose", "difference", "interval"), tuple(
        (words.sentence(m.measure), words.of_group(m.group), Cell(readable(m), m.value), _interval(m)) for m in clear))
    blocks: tuple[Chart | Prose | Table, ...] = (Prose(
        f"With {world.name}, less without it; only what luck cannot explain is listed"
        f"{f' (intervals hold {over})' if over else ''}. Of {len(every)} numbers, {len(clear)} differ clearly."),)
    if items:
        said = words.joined([f"{i.row}, {i.label}: {words.number(round(i.value, 2))} points" for i in items])
        blocks += (Chart(*figures.dots(items, "percentage points", words.short, reference=0.0),
                         title="Difference in percentage points: to the right is more, to the left is less",
                         alt=said, table=table, csv=f"differences-{world.name}.csv", data=data),)
    else:
        blocks += (table,)
    plenty = len(clear)
    return Section("What changes", f"{words.sentence(words.counted(plenty))} "
                   f"{'number differs' if plenty == 1 else 'numbers differ'} by more than luck", blocks)


def _interval(m: Measure) -> str:
    if m.over == "exact":
        return "exact"
    if m.low is None or m.high is None:
        return "–"
    return words.span(100 * m.low, 100 * m.high) if m.unit == "share" else words.span(m.low, m.high)


def _moves(found: Comparison, world: World) -> Section | None:
    """Who moves from which tier to which."""
    moved = [row for row in found.moved() if row.reform == world.name]
    if not moved:
        return None
    befores, afters = found.baseline.plan.tiers[::-1], world.plan.tiers[::-1]
    groups = tuple(dict.fromkeys(row.group for row in moved))
    away = {g: [r for r in moved if r.group == g and r.before != r.after and r.persons > 0] for g in groups}
    named = {g: words.of_group(g) if len(groups) > 1 else "all people" for g in groups}
    panels = {words.sentence(named[g]): [Flow(r.before, r.after, r.share) for r in moved if r.group == g]
              for g in groups}
    drawing = figures.transitions(panels, palette.tiers(befores) | palette.tiers(afters), (befores, afters),
                                  ("as it is", f"with {world.name}"))
    here = {(r.group, r.before, r.after): r for r in moved}
    table = Table(("group", "as it is", *(f"{t} with {world.name}" for t in afters)), tuple(
        (g, before, *(_cell(here[g, before, after]) for after in afters)) for g in groups for before in befores),
        "Of 100 people of each group")
    columns = ("group", "before", "after", "persons", "low", "high", "share")
    data = Table(columns, tuple(tuple(getattr(r, name) for name in columns) for r in moved))
    whose = "each group" if len(groups) > 1 else "all"
    left = leaving({g if len(groups) > 1 else "": sum(r.share for r in away[g]) for g in groups})
    chart = Chart(*drawing, title=f"{left}: share of {whose} by tier at the end, as it is (left) and "
                  f"with {world.name} (right)", alt=words.joined([_going(named[g], away[g]) for g in groups]),
                  table=table, data=data, csv=f"moved-{world.name}.csv")
    most = max((r for rows in away.values() for r in rows), key=lambda r: r.share, default=None)
    heading = "Nobody ends in another tier" if most is None else largest(most, len(groups) > 1)
    text = "The same people with the same luck in both worlds. " + (
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
    said, group = words.of_hundred(row.share), f"group {row.group}"
    who = (f"{said} of {group}" if grouped else said) if said == "everybody" else \
        f"{said} people of {group}" if grouped else f"{said} people"
    return (f"{words.sentence(who)} {'goes' if said == 'everybody' else 'go'} from {quoted(row.before)} to "
            f"{quoted(row.after)}")


def _cell(row: Moved) -> Cell:
    return Cell(words.number(round(100 * row.share, 2)) if row.persons else "0", row.persons)


def _rules(found: Comparison, world: World) -> Section:
    """The rules that differ."""
    changes = found.baseline.study.changes(world.study)
    if not changes:
        return Section("What the reform is", f"With {world.name}, no rule differs", ())
    rows = tuple((c.path, _said(c.before), _said(c.after), c.cite or "–") for c in changes)
    heading = f"{words.sentence(words.counted(len(changes)))} {'rule differs' if len(rows) == 1 else 'rules differ'}"
    return Section("What the reform is", heading, (Table(("rule", "as it is", f"with {world.name}", "source"), rows),))


def _said(value: object) -> str:
    return "not there" if value is None else str(value)


def _closing(found: Comparison) -> tuple[Section, ...]:
    study = found.baseline.study
    saved = sorted(s.times for s in found.savings())
    pairing: tuple[Section, ...] = ()
    if saved:
        middle = saved[len(saved) // 2]
        times = "Any number of" if math.isinf(middle) else f"{words.number(round(middle))} times as many"
        pairing = (Section("Why the same luck", f"{times} runs would be needed without it",
                           (_savings(found), Prose(_PAIRED))),)
    command = (f"sousveil compare {study.name} " + " ".join(asked(study, w.name) for w in found.reforms)
               + f" --people {study.people} --steps {study.steps} --seeds {len(found.seeds)} -o again/")
    facts = (("seeds", f"{found.seeds[0]} to {found.seeds[-1]}"), ("engine", f"{found.engine} ({found.reason})"))
    return (*pairing, limits(study), again(command, facts))


def _savings(found: Comparison) -> Table:
    kept = [s for s in found.savings() if s.name in TIER_SHARE or s.name in _SAVED]
    return Table(("reform", "what", "whose", "times"), tuple(
        (s.reform, s.name.label, words.of_group(s.group),
         Cell("∞" if math.isinf(s.times) else words.number(round(s.times)), None if math.isinf(s.times) else s.times))
        for s in kept[:12]))

