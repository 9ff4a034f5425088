"""The report of a comparison: what a reform changes, for whom, and how surely; each world beside the other.

    report(compare(study, [study.reform("no-ceiling")])).save("no-ceiling.html")
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sousveil.comparisons.idle import idle
from sousveil.comparisons.paired import ALIKE
from sousveil.comparisons.tables import compare_called
from sousveil.ground import called
from sousveil.harms.chilling import LAWFUL_FORGONE
from sousveil.harms.income import INCOME_LOST, SHARE_OF_INCOME_LOST
from sousveil.harms.rights import MONTHS_LIMITED
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.wrongful import EVER_WRONGED, WRONGFUL_POINTS
from sousveil.measures.measure import ALL, COLUMNS, Measure
from sousveil.page import figures, palette, words
from sousveil.page.downloads import brief
from sousveil.page.page import Cell, Chart, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports import claims
from sousveil.reports.again import FILE, record_of, sections, typed, with_worlds
from sousveil.reports.compare_levels import levels
from sousveil.reports.compare_moves import moves
from sousveil.reports.run import inputs
from sousveil.reports.run.sentences import people, quoted, shared, wronged
from sousveil.reports.shared import SUPPORTS, foot, horizon, in_words_of, limits, readable, source, status
from sousveil.studies.study import whole_text

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison, World

__all__ = ["alike", "clear", "findings", "looked_at", "report", "saved", "strongest", "too_few"]

_TELLING = (EVER_WRONGED, MONTHS_LIMITED, INCOME_LOST, LAWFUL_FORGONE)
"""After the shares in tiers: differences to tell first, in this order where they are clear."""

_SAVED = (EVER_WRONGED, WRONGFUL_POINTS, SHARE_OF_INCOME_LOST)
"""Beside the shares in tiers: shares of which it is told how many runs the same luck saved."""

_PAIRED = ("Draws belong to persons, so each person meets the same ones in every world, and chance drops out of the "
           "difference. The table says how many times as many runs the same certainty would take if each run had "
           "chance of its own: the variance of the difference of independent runs, divided by that of these pairs.")


_WORTH = 1.2
"""Where so many times as many runs would do as well without the same random draws, these save hardly any."""


@in_words_of(lambda found: found.baseline.study)
def report(found: Comparison) -> Report:
    """The report of a comparison, ready to be saved."""
    study = found.baseline.study
    told = strongest(found)
    names = words.listing(quoted(w.name) for w in found.reforms)
    title = _sentence(found, *told[0]) if told else _nothing(found, found.reforms)
    return Report(Page(
        kicker=f"{study.name}, compared with {names} · {status(study)}", title=title, lead=_lead(found),
        figures=tuple(_key(found, w, m) for w, m in told[:3]),
        sections=(*_all_beside(found), *(s for w in found.reforms for s in _sections(found, w)),
                  *_closing(found, told)),
        provenance=foot(study, *(w.name for w in found.reforms), f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier", "twin world", "wrongful debit"),
        supports=SUPPORTS, source=source(study)))


def _all_beside(found: Comparison) -> tuple[Section, ...]:
    section = levels(found, [clear(found, w) for w in found.reforms])
    return () if section is None else (section,)


def strongest(found: Comparison) -> list[tuple[World, Measure]]:
    """The differences worth telling, each with its world, the strongest of each world first."""
    return [(w, m) for w in found.reforms for m in _telling(found, w)]


@in_words_of(lambda found: found.baseline.study)
def findings(found: Comparison) -> list[str]:
    """What the reforms change, as sentences, the strongest first: those that the report has at its top."""
    told = strongest(found)
    said = list(dict.fromkeys(_sentence(found, w, m) for w, m in told))
    return [words.joined([text]) for text in said or [_nothing(found, found.reforms)]]


def _nothing(found: Comparison, reforms: Sequence[World]) -> str:
    """That no difference can be named: because there is none, or because chance could explain what there is."""
    names = words.listing(quoted(w.name) for w in reforms)
    if not any(m.value for w in reforms for m in found.differences(w)):
        return f"Under {names}, nothing differs"
    if listed := _differing(found, reforms):
        return f"Under {names}, {listed}" + (f"; {few} to tell more" if (few := _few(found)) else "")
    return f"Under {names}, there is {words.NO_DIFFERENCE}{too_few(found)}"


_FEW = 5
"""With fewer runs than this, t is so wide that among a hundred numbers even a large difference is not clear."""


def too_few(found: Comparison) -> str:
    """That no clear difference says little, where there were so few runs; in words that follow a sentence."""
    few = _few(found)
    return f", for {few} to tell one among so many numbers" if few else ""


def _few(found: Comparison) -> str:
    runs = len(found.seeds)
    return "" if found.engine == "exact" or runs >= _FEW else (
        f"{words.counted(runs)} {'seed is' if runs == 1 else 'seeds are'} too few")


def _lead(found: Comparison) -> str:
    study = found.baseline.study
    ran = (f"{words.sentence(words.counted(1 + len(found.reforms)))} worlds on the same "
           f"{words.synthetic(study.people)} over {horizon(study)}")
    chance = "worked out without chance" if found.engine == "exact" else (
        "each person with the same random draws in every world"
        + (f", {len(found.seeds)} times with other random draws" if len(found.seeds) > 1 else ""))
    return words.joined([study.scheme.about.strip(), f"{ran}, {chance}. What differs is what the reform does"])


def looked_at(found: Comparison, world: World) -> list[Measure]:
    """The differences among which clear ones are looked for: a gap between groups follows from its two sides, so it is
    none of them.
    """
    return [m for m in found.differences(world) if m.value is not None and not m.reference]


def clear(found: Comparison, world: World) -> list[Measure]:
    """The differences that may be named: larger than chance makes any of all that are looked at here together."""
    every = looked_at(found, world)
    return [m for m in every if claims.clear(m, len(every) * len(found.reforms), len(found.seeds))]


_ALIKE = 3
"""In so many runs at least a difference must be the same to be listed for it: two runs are so by chance more often."""


def alike(found: Comparison, world: World) -> list[Measure]:
    """The differences that every run has to the same amount. They have no interval: nobody is told that chance could
    explain them, nor that it could not.
    """
    if len(found.seeds) < _ALIKE:
        return []
    return [m for m in looked_at(found, world) if m.value and m.low is None and ALIKE in m.note]


def _differing(found: Comparison, reforms: Sequence[World]) -> str:
    """How many numbers differ clearly, and how many by the same in every run; '' where there are none of either."""
    many, same = (sum(len(of(found, w)) for w in reforms) for of in (clear, alike))
    verb = "number differs" if (many or same) == 1 else "numbers differ"
    chance = "" if found.engine == "exact" else " by more than chance"
    said = [f"{words.counted(many)} {verb}{chance}"] if many else []
    said += [f"{words.counted(same)} {'more' if many else verb} by the same in every run"] if same else []
    return words.listing(said)


def _telling(found: Comparison, world: World) -> list[Measure]:
    """The clear differences worth telling, the largest in shares of tiers first; those whose two sides print alike are
    left out.
    """
    known = found.differences(world)
    groups = [g for g in found.baseline.plan.groups if len(found.baseline.plan.groups) > 1] or [ALL]
    tiers = found.baseline.plan.tiers
    told = dict.fromkeys((tiers[0], *inputs.denied(found.baseline.study), tiers[-1]))
    shares = [m for t in told for m in known.by_group(TIER_SHARE(tier=t), groups)]
    counted = [m for name in _TELLING for m in known.by_group(name, groups)]
    told_apart = {(m.name, m.group) for m in clear(found, world)}

    def named(measures: Sequence[Measure]) -> list[Measure]:
        kept = [m for m in measures if (m.name, m.group) in told_apart and _sides(found, world, m)]
        return sorted(kept, key=lambda m: -abs(m.value or 0.0))

    rest = [(named([m for m in counted if m.name == name]) or named(known.by_group(name, [ALL])))[:1]
            for name in _TELLING]
    return [*named(shares), *(m for picked in rest for m in picked)]


def _levels(found: Comparison, world: World, m: Measure) -> tuple[Measure, Measure]:
    """A measure in the baseline and in the world: the means of the runs, with their intervals."""
    return found.level(found.baseline, m), found.level(world, m)


def _sides(found: Comparison, world: World, m: Measure) -> tuple[str, str] | None:
    """The number with the reform and without it, as a sentence writes both; None where they print alike."""
    before, after = _levels(found, world, m)
    return words.sides(after, before)


def _sentence(found: Comparison, world: World, m: Measure) -> str:
    return _plainly(found, world, m) + claims.condition(m.width)


def _plainly(found: Comparison, world: World, m: Measure) -> str:
    before, after = _levels(found, world, m)
    both = words.sides(after, before)
    assert both is not None
    under = f"Under {quoted(world.name)},"
    if m.unit == "share":
        verb = f"end {quoted(m.name['tier'])}" if m.name in TIER_SHARE else wronged()
        return f"{under} {_lower(shared(after, verb, said=both[0]))}, against {both[1]} without it"
    what, unit = _COUNTED.get(m.name, (m.measure, m.unit))
    whose = "a person" if m.group == ALL else f"a person of {words.of_group(m.group)}"
    if m.name == LAWFUL_FORGONE:
        return (f"{under} every 1,000 {people(m.group)} give up {both[0]} lawful acts a year, against {both[1]} "
                "without it")
    unit = called.money(unit).removeprefix("money ")
    return f"{under} {whose} {what} {both[0]} {unit} on average, against {both[1]} without it"


_COUNTED = {MONTHS_LIMITED: ("spends", "months with a right denied or limited"),
            INCOME_LOST: ("loses", "money of income a year")}
"""What befalls a person, as a verb and what it is counted in."""


def _lower(text: str) -> str:
    """A sentence within another one."""
    return text[:1].lower() + text[1:]


def _key(found: Comparison, world: World, m: Measure) -> KeyFigure:
    before, after = _levels(found, world, m)
    value = words.written(m, difference=True)
    sign = "+" if (m.value or 0.0) > 0 else ""
    unit = words.agreeing(value, words.unit_of(m, between_worlds=True))
    return KeyFigure(sign + value, unit, f"{m.measure}, {words.of_group(m.group)}: from {words.written(before)} to "
                     f"{words.written(after)} under {quoted(world.name)}", words.interval(m, difference=True), m)


def _sections(found: Comparison, world: World) -> tuple[Section, ...]:
    made = (_beside(found, world), _differences(found, world), moves(found, world), _rules(found, world))
    return tuple(s for s in made if s is not None)


def _beside(found: Comparison, world: World) -> Section:
    """Who ends where in both worlds, each group as it is and as it would be."""
    plan = found.baseline.plan
    groups = [g for g in plan.groups if len(plan.groups) > 1] or [ALL]
    tiers = plan.tiers[::-1]
    colours = palette.tiers(tuple(map(called.tier, tiers)))
    panels: dict[str, dict[str, list[float]]] = {}
    rows: list[tuple[str, str, int, tuple[float, ...]]] = []
    for group in groups:
        for w, name in ((found.baseline, "without the reform"), (world, f"under {quoted(world.name)}")):
            shares = _over_time(w, group)
            panels[f"{words.sentence(words.of_group(group))}, {name}"] = {
                called.tier(t): shares[t] for t in tiers if t in shares}
            rows += [(called.name("group", group), name, s, tuple(shares[t][s] if t in shares else 0.0 for t in tiers))
                     for s in range(len(next(iter(shares.values()))))]
    step = found.baseline.study.scheme.step
    year = {"month": 12, "quarter": 4, "week": 52, "year": 1}.get(step, 0)
    drawing = figures.areas(panels, colours, list(range(found.baseline.study.steps + 1)), step, year=year)
    last = max(r[2] for r in rows)
    ends = Table(("group", "world", *map(called.tier, tiers)), tuple(
        (r[0], r[1], *(Cell(words.percent(x), x) for x in r[3])) for r in rows if r[2] == last))
    alt = words.joined([f"{name}, at the end: " + words.listing(f"{words.percent(s[-1])} {t}" for t, s in ends_.items())
                        for name, ends_ in panels.items()])
    chart = Chart(*drawing, title=f"Share of people in each tier over {horizon(found.baseline.study)}, "
                  f"in both worlds{', the mean of all runs' if len(found.seeds) > 1 else ''}", alt=alt, table=ends,
                  csv=f"tiers-{world.name}.csv",
                  data=Table(("group", "world", step, *tiers), tuple((*r[:3], *map(brief, r[3])) for r in rows)))
    named = [m for m in _telling(found, world) if m.name in TIER_SHARE]
    heading = _sentence(found, world, named[0]) if named else _as_many(found, world) or \
        f"Under {quoted(world.name)}, there is {words.NO_DIFFERENCE} in who ends where{too_few(found)}"
    return Section("Who ends where", heading, (chart,))


def _as_many(found: Comparison, world: World) -> str:
    """That every run ends with as many in each tier as without the reform; '' where one does not."""
    shares = [m for m in found.differences(world) if m.name in TIER_SHARE]
    if any(m.value or (m.low != m.high) for m in shares):
        return ""
    runs = ", in every run" if len(found.seeds) > 1 else ""
    return f"Under {quoted(world.name)}, as many end in each tier as without it{runs}"


def _over_time(world: World, group: str) -> dict[str, list[float]]:
    """Share of a group in every tier, after every step from the start on: the mean of the runs."""
    names, tiers = world.trace.setting.groups, world.trace.setting.tiers
    persons = world.persons.sum(axis=1) if group == ALL else world.persons[:, names.index(group)]
    total = persons[0].sum() or 1.0
    return {t: [float(x) for x in persons[:, i] / total] for i, t in enumerate(tiers)}


def _differences(found: Comparison, world: World) -> Section:
    """Every clear difference, with its interval; all of them in the CSV."""
    every = [m for m in found.differences(world) if m.value is not None]
    named, same = clear(found, world), alike(found, world)
    data = Table(COLUMNS, tuple(tuple(getattr(m, name) for name in COLUMNS) for m in every))
    exact = found.engine == "exact"
    if not named and not same:
        text = "Nothing differs, to the last bit." if not any(m.value for m in every) else \
            "No difference is larger than chance would make it." if not exact else \
            "What differs is what is left of sums that were added in another order."
        known = idle(found.baseline.study, world.study)
        return Section("What changes", _nothing(found, [world]), (Prose(words.joined([text, *known])),))
    listed = [*named, *same]
    shares = [m for m in listed if m.name in TIER_SHARE] or [m for m in listed if m.unit == "share"]
    colours = palette.groups(found.baseline.plan.groups) | {ALL: palette.INK}
    items = [figures.Interval(words.sentence(words.of_group(m.group)), 100 * (m.value or 0.0),
                              None if m.low is None else 100 * m.low, None if m.high is None else 100 * m.high,
                              colours[m.group], words.sentence(m.measure)) for m in shares]
    over = words.over(named[0].over) if named else ""
    table = Table(("what", "whose", "difference", "interval"), tuple(
        (words.sentence(m.measure), words.of_group(m.group), Cell(readable(m), m.value), _interval(m)) for m in listed))
    compared = len(looked_at(found, world))
    rule = (f"Of {compared} numbers, {len(named)} differ. They are exact." if exact else
            f"Only what chance cannot explain is listed: of {compared} numbers, {len(named)} differ clearly. Looking "
            f"at {compared} numbers at once would turn up some by chance, so a number is listed only where an interval "
            f"that holds for all of them at once leaves out no difference. The intervals shown are those of one number"
            f"{f' ({over})' if over else ''}.")
    rule += " What differs by the same in every run has no interval, and is listed too." if same else ""
    blocks: tuple[Chart | Prose | Table, ...] = (Prose(f"Each number under {quoted(world.name)}, minus the number "
                                                       f"without it. {rule}"),)
    if items:
        said = words.joined([f"{i.row}, {i.label}: {words.number(round(i.value, 2))} points" for i in items])
        blocks += (Chart(*figures.dots(items, "percentage points", words.short, reference=0.0),
                         title="Difference in percentage points: to the right is more, to the left is less",
                         alt=said, table=table, csv=f"differences-{world.name}.csv", data=data),)
    else:
        blocks += (table,)
    return Section("What changes", words.sentence(_differing(found, [world])), blocks)


def _interval(m: Measure) -> str:
    if m.over == "exact":
        return "exact"
    if m.low is None or m.high is None:
        return "the same in every run"
    return words.ends(m, difference=True).removesuffix(" points")


def _rules(found: Comparison, world: World) -> Section:
    """The rules that differ."""
    changes = found.baseline.study.changes_in_words(world.study)
    if not changes:
        return Section("What the reform is", f"Under {quoted(world.name)}, no rule differs", ())
    rows = tuple((c.path, _said(c.before), _said(c.after), c.cite or "–") for c in changes)
    heading = f"{words.sentence(words.counted(len(changes)))} {'rule differs' if len(rows) == 1 else 'rules differ'}"
    columns = ("rule", "without the reform", f"under {quoted(world.name)}", "source")
    return Section("What the reform is", heading, (Table(columns, rows),))


def _said(value: object) -> str:
    return "not there" if value is None else str(value)


def _closing(found: Comparison, told: Sequence[tuple[World, Measure]]) -> tuple[Section, ...]:
    study = found.baseline.study
    pairing = (Section("Why the same random draws", saved(found, told) or "How many runs the same random draws save",
                       (_savings(found), Prose(_PAIRED))),) if found.savings() else ()
    file = with_worlds(study, [(w.name, w.study) for w in found.reforms])
    alone = "" if file is None else typed("sousveil", "compare", FILE, *(("--reform", w.name) for w in found.reforms),
                                          "--seeds", len(found.seeds), "--engine", found.engine,
                                          "--points", found.baseline.widths.points, "-o", "again/")
    record = record_of(study, compare_called(found), kind="compare", engine=found.engine, seed=found.seeds[0])
    facts = (("seeds", f"{found.seeds[0]} to {found.seeds[-1]}"), ("engine", f"{found.engine} ({found.reason})"))
    return (*pairing, limits(study), *sections(study, record, facts, file or whole_text(study), alone))


def saved(found: Comparison, told: Sequence[tuple[World, Measure]]) -> str:
    """How many runs the same random draws saved for the number of the headline, as a sentence; '' where unknown."""
    for world, m in told[:1]:
        for s in found.savings():
            if (s.reform, s.name, s.group) == (world.name, m.name, m.group):
                if s.times < _WORTH:
                    return "For the number of the headline, the same random draws save hardly any runs"
                times = "Any number of" if math.isinf(s.times) else f"{words.short(round(s.times, 1))} times as many"
                return f"{times} runs would be needed without it for the number of the headline"
    return ""


def _savings(found: Comparison) -> Table:
    kept = [s for s in found.savings() if s.name in TIER_SHARE or s.name in _SAVED]
    return Table(("reform", "what", "whose", "times"), tuple(
        (s.reform, s.name.label, words.of_group(s.group),
         Cell("∞" if math.isinf(s.times) else words.number(round(s.times, 1)),
              None if math.isinf(s.times) else s.times))
        for s in kept[:12]))
