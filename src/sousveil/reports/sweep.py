"""The reports of sweeps, of what a harm depends on, and of what removes it.

    swept(sweep, objective) · weighed(sensitivity) · mended(mend result)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sousveil.comparisons.reform_search import LEFT
from sousveil.ground import called
from sousveil.measures.measure import ALL, COLUMNS, Measure
from sousveil.measures.measures import Measures
from sousveil.page import figures, palette, words
from sousveil.page.page import Block, Cell, Chart, KeyFigure, Page, Prose, Row, Section, Table
from sousveil.page.report import Report
from sousveil.reports import claims
from sousveil.reports.again import record_of
from sousveil.reports.again import sections as ending
from sousveil.reports.run.limits import spelled
from sousveil.reports.run.sentences import quoted
from sousveil.reports.shared import foot, horizon, in_words_of, limits, quantity, status
from sousveil.studies.study import whole_text
from sousveil.unknowns.points import Choice
from sousveil.unknowns.sensitivity import FIRST, TOTAL

if TYPE_CHECKING:
    from sousveil.comparisons.objective import Objective
    from sousveil.comparisons.reform_search import Mended
    from sousveil.comparisons.sweep import Sweep
    from sousveil.studies.study import Study
    from sousveil.unknowns.sensitivity import Sensitivity

__all__ = ["mended", "swept", "weighed"]

MOST = 15
"""Bars in a picture; the table under it has them all."""

CELLS = 9
"""Columns and rows of a heat map; the table under it has them all."""

Known = Sequence[tuple[Mapping[str, float], Measure]]
"""The points that have the harm, each with it."""


# --- sweeps ---------------------------------------------------------------------------------------------------------


@in_words_of(lambda found: found.study)
def swept(found: Sweep, objective: Objective, command: str) -> Report:
    """The report of a sweep: a line with its band for one number, a heat map for two, and a table in any case."""
    study = found.study
    known = _known(found, objective)
    names = words.listing(spelled(a.path, study.scheme) for a in found.axes)
    blocks = _pictures(found, objective)
    sections = [Section("How the harm changes", _course(found, objective, known), blocks)]
    if found.failed:
        table = Table(("point", "why"), tuple(found.failed.items()))
        sections.append(Section("What could not be run", f"{words.sentence(words.counted(len(found.failed)))} of "
                                f"{len(found.points)} points failed", (table,)))
    lead = words.joined([study.scheme.about.strip(), f"{words.number(len(found.points))} points of {names}, each with "
                         f"the same {words.synthetic(study.people)} and the same random draws over "
                         f"{horizon(study)}"])
    return Report(Page(
        kicker=f"{study.name} · a sweep of {names} · {status(study)}", title=_course(found, objective, known),
        lead=lead, figures=_extremes(study.scheme, objective, known),
        sections=(*sections, limits(study, "Only what is named was varied; everything else is as the study says."),
                  *_ending(study, command, "sweep", (("engine", found.engine), ("runs a point", str(found.seeds))))),
        provenance=foot(study, f"{len(found.points)} points", f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier")))


def _ending(study: Study, command: str, kind: str, facts: Sequence[tuple[str, str]]) -> tuple[Section, Section]:
    record = record_of(study, command, kind=kind, seed=study.seed)
    return ending(study, record, facts, whole_text(study))


def _known(found: Sweep, objective: Objective) -> Known:
    measured = ((p, objective.of(rows)) for p, rows in zip(found.points, found.rows, strict=True) if rows is not None)
    return [(p, m) for p, m in measured if m is not None]


def _course(found: Sweep, objective: Objective, known: Known) -> str:
    """What the harm does between the ends of a sweep, as a sentence."""
    what = words.sentence(objective.words)
    if len(known) < 2:
        return f"{what}: too few points to tell"
    if len(found.axes) == 1 and found.grid:
        (first, one), (last, other) = known[0], known[-1]
        path = found.axes[0].path
        name = spelled(path, found.study.scheme)
        both = _both(one, other)
        if not claims.apart(one, other) or not (claims.enough(one) and claims.enough(other)) or both[0] == both[1]:
            return (f"{what}: {words.NO_DIFFERENCE} between {name} {words.number(first[path])} and "
                    f"{words.number(last[path])}")
        return (f"{what} goes from {both[0]} at {name} {words.number(first[path])} to {both[1]} at "
                f"{words.number(last[path])}")
    least, most = (f(known, key=_size)[1] for f in (min, max))
    both = _both(least, most)
    if both[0] == both[1]:
        return f"{what} is {both[0]} at every point"
    return f"{what} lies between {both[0]} and {both[1]}"


def _both(one: Measure, other: Measure) -> tuple[str, str]:
    return _level(one), _level(other)


def _size(known: tuple[Mapping[str, float], Measure]) -> float:
    return known[1].value or 0.0


def _extremes(scheme: Any, objective: Objective, known: Known) -> tuple[KeyFigure, ...]:
    if not known:
        return ()
    picked = [(name, f(known, key=_size)) for name, f in (("least", min), ("most", max))]
    figures_ = []
    for name, (point, m) in picked:
        at = words.listing(f"{spelled(p, scheme)} {words.number(x)}" for p, x in point.items())
        value = words.written(m)
        unit = words.agreeing(value, words.unit_of(m))
        figures_.append(KeyFigure(value, unit, f"the {name}: {objective.words}, at {at}", words.interval(m)))
    return tuple(figures_)


def _pictures(found: Sweep, objective: Objective) -> tuple[Block, ...]:
    paths = [a.path for a in found.axes]
    columns = (*paths, *COLUMNS)
    every = Table(columns, tuple((*(p[x] for x in paths), *m.plain().values())
                                 for p, rows in zip(found.points, found.rows, strict=True)
                                 for m in (rows or Measures()).of(objective.name)))
    if not every.rows:
        return (Prose("No point gave a number."),)
    if found.grid and len(paths) == 1:
        return (_line(found, objective, every),)
    if found.grid and len(paths) == 2 and _known(found, objective):
        return (_heat(found, objective, every),)
    return (_ranked(found, objective),)


def _line(found: Sweep, objective: Objective, every: Table) -> Chart | Table:
    """One number varies: a line a group, with its band; a table alone where no point gave a number."""
    path = found.axes[0].path
    groups = [*found.study.population.groups]
    shown = [objective.group] if objective.group != ALL or objective.reference or len(groups) == 1 else groups
    if not any(_known(found, replace(objective, group=group)) for group in shown):
        shown = [objective.group]  # not every harm is measured by group
    colours = palette.groups(groups) | {ALL: palette.ACCENT}
    share = objective.unit == "share" and not objective.reference
    factor = 100.0 if objective.unit == "share" and objective.reference else 1.0  # differences of shares are in points
    curves = []
    for group in shown:
        known = [(p[path], m) for p, m in _known(found, replace(objective, group=group))]
        if known:
            low = [factor * m.low for _, m in known if m.low is not None]
            high = [factor * m.high for _, m in known if m.high is not None]
            banded = len(low) == len(high) == len(known)
            curves.append(figures.Curve(
                words.of_group(group), [x for x, _ in known], [factor * (m.value or 0.0) for _, m in known],
                low if banded else (), high if banded else (), colours[group]))
    name = spelled(path, found.study.scheme)
    alt = words.joined([f"{words.sentence(c.label)}: from {_written(objective, c.y[0] / factor)} to "
                        f"{_written(objective, c.y[-1] / factor)}" for c in curves])
    told = [(p, [m for m in rows.of(objective.name) if m.reference == objective.reference and m.group in shown])
            for p, rows in zip(found.points, found.rows, strict=True) if rows is not None]
    over = next((words.over(m.over) for _, measures in told for m in measures if m.group == shown[0]), "")
    rows: tuple[Row, ...] = tuple(
        (words.of_group(m.group), Cell(words.number(p[path]), p[path]), _cell(m), words.ends(m))
        for p, measures in told for m in measures)
    table = Table(("whose", name, "value", f"interval, {over}" if over else "interval"), rows)
    if not curves:
        return table
    title = f"{words.sentence(objective.name.label)}, by {name}" + (f". The bands hold it {over}" if over else "")
    return Chart(*figures.lines(curves, name, _axis(objective), share=share), title=title, alt=alt,
                 table=table, csv="sweep.csv", data=every)


def _axis(objective: Objective) -> str:
    """What stands along the axis of a harm: nothing of shares, whose percent sign is in every number."""
    if objective.unit == "share":
        return "percentage points" if objective.reference else ""
    return called.money(objective.unit)


def _heat(found: Sweep, objective: Objective, every: Table) -> Chart:
    """Two numbers vary: a heat map."""
    one, other = found.axes
    values = {(p[one.path], p[other.path]): m.value or 0.0 for p, m in _known(found, objective)}
    across, down = _few(one.values), _few(other.values)[::-1]
    grid = [[values.get((x, y)) for x in across] for y in down]
    names = [spelled(a.path, found.study.scheme) for a in (one, other)]
    if objective.unit == "share" and objective.reference:
        grid = [[None if v is None else 100 * v for v in line] for line in grid]
    shown = words.percent if objective.unit == "share" and not objective.reference else words.short
    drawing = figures.heat([words.number(x) for x in across], [words.number(y) for y in down], grid, names[0], names[1],
                           shown)
    table = Table((f"{names[1]} ↓  {names[0]} →", *(words.number(x) for x in across)), tuple(
        (words.number(y), *(None if v is None else Cell(shown(v), v) for v in line))
        for y, line in zip(down, grid, strict=True)))
    least, most = min(values.values()), max(values.values())
    unit = ", in percentage points" if objective.unit == "share" and objective.reference else ""
    what = f"{words.sentence(objective.words)}{unit}"
    return Chart(*drawing, title=f"{what}, by {names[0]} and {names[1]}: darker is more",
                 alt=f"Between {_written(objective, least)} and {_written(objective, most)}.", table=table,
                 csv="sweep.csv", data=every)


def _ranked(found: Sweep, objective: Objective) -> Table:
    """Many numbers vary: the points with the least and the most of the harm."""
    known = sorted(((m.value or 0.0, p) for p, m in _known(found, objective)), key=lambda k: k[0])
    picked = known if len(known) <= 2 * CELLS else [*known[:CELLS], *known[-CELLS:]]
    names = [spelled(a.path, found.study.scheme) for a in found.axes]
    return Table((objective.words, *names), tuple(
        (Cell(_written(objective, v), v), *(Cell(words.number(x), x) for x in p.values())) for v, p in picked),
        "The points with the least and the most")


def _few(values: Sequence[float]) -> list[float]:
    """At most so many of them, the ends among them, in even steps as near as can be."""
    if len(values) <= CELLS:
        return list(values)
    return [values[round(i * (len(values) - 1) / (CELLS - 1))] for i in range(CELLS)]


def _level(m: Measure) -> str:
    """A value with its unit, with the decimals that its interval needs."""
    value = words.written(m)
    return f"{value} {words.agreeing(value, words.unit_of(m))}".rstrip()


def _written(objective: Objective, value: float) -> str:
    return quantity(value, objective.unit, objective.reference)


def _cell(m: Measure) -> Cell:
    return Cell("–", None) if m.value is None else Cell(_level(m), m.value)


# --- what a harm depends on-------------------------------------------------------------------------------------------


@in_words_of(lambda found: found.study)
def weighed(found: Sensitivity, command: str) -> Report:
    """The report of a sensitivity analysis: which of the numbers that are not published decide the result."""
    study, objective = found.study, found.objective
    totals = found.measures().of(TOTAL)
    known = [x for x in found.values.tolist() if not math.isnan(x)]
    title = _hangs(found, totals)
    blocks = _tornado(found, totals) if totals else (
        Prose("There are no shares to give: the harm is the same at every point, or some points have none."),)
    sections = [Section("What the result depends on", title, blocks)]
    if found.held:
        sections.append(Section("What was held", "Numbers that were not varied", (
            Table(("number", "why"), tuple((spelled(n, study.scheme), why) for n, why in found.held.items())),)))
    key = (KeyFigure(_between(objective, min(known), max(known)), _axis(objective),
                     f"{objective.words}, over all points",
                     f"{words.number(len(found.values))} points"),) if known else ()
    top = tuple(KeyFigure(words.written(m), "of the spread over these ranges", _spelled(found, m), _interval(m))
                for m in totals[:2])
    people = f"twice {words.synthetic(found.people)}" if found.people else words.synthetic(study.people)
    lead = (f"{words.number(len(found.unknowns))} numbers that are not published, each within its range, over "
            f"{words.number(len(found.values))} points with {people} for {horizon(study)}.")
    return Report(Page(
        kicker=f"{study.name} · what a result depends on · {status(study)}", title=title, lead=lead,
        figures=(*key, *top),
        sections=(*sections, limits(study, "The shares belong to these ranges. A wider range gives its number more "
                                    "weight. Numbers are taken to be independent of each other."),
                  *_ending(study, command, "sensitivity", (("engine", found.engine), ("points", str(found.points))))),
        provenance=foot(study, f"{len(found.values)} points", f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier")))


def _tornado(found: Sensitivity, totals: Sequence[Measure]) -> tuple[Block, ...]:
    """Total indices as bars, the longest first."""
    firsts = {m.name["number"]: m for m in found.measures().of(FIRST)}
    items = [figures.Interval(words.sentence(_spelled(found, m)), max(0.0, m.value or 0.0), m.low, m.high)
             for m in totals[:MOST]]
    rows: list[Row] = []
    for m in totals:
        alone = firsts[m.name["number"]]
        rows.append((_spelled(found, m), m.value, words.ends(m), alone.value, words.ends(alone),
                     *_range(found, m.name["number"])))
    table = Table(("number", "total", "interval", "alone", "interval, alone", "tried from", "to"), tuple(rows))
    text = ("Every number that is not published was drawn from its range, all at once. A bar says which share of the "
            "spread of the harm over these ranges involves that number: alone, or together with others. The lines are "
            "95% intervals over the points. A number with a short bar need not be known better.")
    title = (f"Which share of the spread (variance) of the {found.objective.words} involves each number "
             "(total Sobol’ indices)")
    alt = words.joined([f"{i.label}: {words.short(i.value)}" for i in items[:5]])
    return (Prose(text), Chart(*figures.bars(items, "share of the spread", words.short), csv="sensitivity.csv",
                               title=title, alt=alt, table=table))


def _hangs(found: Sensitivity, totals: Sequence[Measure]) -> str:
    what = f"{words.sentence(found.objective.words)}"
    if found.failed or any(math.isnan(x) for x in found.values.tolist()):
        return f"{what}: some points have none, so the shares cannot be worked out"
    if not totals:
        return f"{what} does not change over these ranges"
    wide = [claims.widened(m, len(totals)) for m in totals]
    named = [m for m in wide if m.low is not None and m.low > DECIDES][:3]
    if not named:
        return f"{what} depends on no single number clearly"
    return f"{what} depends most on {words.listing(quoted(_spelled(found, m)) for m in named)}"


DECIDES = 0.1
"""A number is named where its total share of the spread is clearly above this: below it, knowing the number exactly
would leave nine tenths of the spread."""


def _interval(m: Measure) -> str:
    return words.ends(m) + " in 95 of 100 sets of points" if m.low is not None else m.note or "no interval"


def _spelled(found: Sensitivity, m: Measure) -> str:
    return spelled(m.name["number"], found.study.scheme)


def _range(found: Sensitivity, name: str) -> tuple[float | str, float | str]:
    """From where to where it was tried; the first and the last reading of a choice."""
    unknown = next(u for u in found.unknowns if u.name == name)
    if isinstance(unknown, Choice):
        return unknown.readings[0][0], unknown.readings[-1][0]
    return unknown.low, unknown.high


def _between(objective: Objective, low: float, high: float) -> str:
    """Both ends in digits; their unit is that of the axis."""
    say = words.short if objective.unit != "share" else words.points if objective.reference else words.percent
    return f"{say(low)} to {say(high)}"


# --- what removes it ------------------------------------------------------------------------------------------------


@in_words_of(lambda found: found.study)
def mended(found: Mended, command: str) -> Report:
    """The report of the smallest set of reforms that removes a given share of a harm."""
    study, objective = found.study, found.objective
    without, *rest = found.measures().of(LEFT)
    ordered = sorted(rest, key=lambda m: abs(m.value or 0.0))
    best = " + ".join(found.best.reforms) if found.best else ""
    factor = 100.0 if objective.unit == "share" else 1.0
    items = [figures.Interval(_label(m), factor * (m.value or 0.0), None if m.low is None else factor * m.low,
                              None if m.high is None else factor * m.high,
                              palette.ACCENT if best and _label(m) == best else palette.FAINT)
             for m in (without, *ordered[:MOST])]
    unit = _axis(objective) or "of 100"
    table = Table(("reforms", "what remains", "of the harm without a reform", "interval"), tuple(
        (_label(m), Cell(_written(objective, m.value or 0.0), m.value),
         Cell(words.percent((m.value or 0.0) / (without.value or 1.0)), (m.value or 0.0) / (without.value or 1.0)),
         words.ends(m)) for m in (without, *ordered)))
    chart = Chart(*figures.bars(items, unit, words.short, sort=False), csv="mend.csv", table=table,
                  title=f"{words.sentence(objective.words)}, without a reform and under every set of reforms tried",
                  alt=words.joined([f"{i.label}: {words.short(i.value)}" for i in items]))
    sets = words.plural(len(found.tried), "set")
    title = _removes(found, without)
    sections = [Section("What removes it", title, (Prose(
        f"{words.sentence(sets)} of the reforms that the study names, the small ones first. Chance is the same in all "
        "worlds. A set counts only where chance cannot explain what it does."), chart))]
    if found.skipped:
        sections.append(Section("What could not be run", "Sets that do not go together", (
            Table(("reforms", "why"), tuple(found.skipped.items())),)))
    return Report(Page(
        kicker=f"{study.name} · what removes a harm · {status(study)}", title=title,
        lead=f"{words.sentence(sets)} of reforms on {words.synthetic(study.people)} over "
             f"{horizon(study)}, looking for the fewest that leave at most {words.percent(found.left)} of the harm.",
        figures=(), sections=(*sections, limits(study, "Only the reforms that the study names were tried, and only "
                                                "this harm was looked at: another one may grow."),
                              *_ending(study, command, "mend", (("engine", found.engine),))),
        provenance=foot(study, objective.harm, f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier", "twin world")))


def _label(m: Measure) -> str:
    return m.name["reforms"]


def _removes(found: Mended, without: Measure) -> str:
    share = words.percent(1.0 - found.left)
    what = found.objective.words
    if found.best is None:
        return f"No set of the named reforms clearly removes {share} of this harm: {what}"
    left = float(found.best.values.mean()) / (without.value or 1.0)
    names = words.listing(quoted(name) for name in found.best.reforms)
    verb = "leaves" if len(found.best.reforms) == 1 else "together leave"
    return f"{names} {verb} {words.percent(left)} of what there is now: {what}"
