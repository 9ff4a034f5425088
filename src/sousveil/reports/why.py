"""The report of why there is a gap: how much of it each cause carries, and one sentence to quote with its caveat.

    report(why(study, "bottom-tier", ("A", "B"))).save("why.html")
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sousveil.comparisons.listed import one_of
from sousveil.comparisons.tables import why_called
from sousveil.comparisons.twins import LOWER_ONLY_BECAUSE
from sousveil.comparisons.why import GAP, REST
from sousveil.measures.measure import ALL, COLUMNS, Measure
from sousveil.measures.measures import Measures
from sousveil.page import figures, palette, words
from sousveil.page.page import Cell, Chart, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports import claims
from sousveil.reports.again import FILE, record_of, typed
from sousveil.reports.again import sections as ending
from sousveil.reports.run.sentences import shared
from sousveil.reports.shared import foot, horizon, in_words_of, limits, readable, status, units
from sousveil.runs.stored import document

if TYPE_CHECKING:
    from sousveil.comparisons.why import Why

__all__ = ["quotable", "report"]

CAUSES = {
    "rule": "the rules themselves: ceilings, handicaps and thresholds by group, and where scores start",
    "coverage": "how closely people are watched",
    "identification": "records that are wrong or missed, and whether they are undone",
    "kin": "paying for relatives",
    "conduct": "how often people act, and how far fear holds them back",
    "feedback": "what a tier itself does to conduct and to being watched",
}
"""Every cause in words, as a reader says it."""

REMAINDER = "what none of the six causes explains: income, and who lives where"

HARMS = {"bottom-tier": "share of people who end in the bottom tier", "wrongful-debit":
         "share of people with a wrongful debit", "rights-denied": "rights denied or limited, per person",
         "income-lost": "income lost"}

NEARLY = 0.9995
"""The part of a gap from which on a cause carries nearly all of it: as a percentage it would print as 100."""

CAVEAT = ("This holds for synthetic people under the rules and the assumptions of the study; it does not say what "
          "caused what in any real town.")


def _harm(found: Why) -> str:
    return HARMS.get(found.harm) or one_of(found.study, found.harm).words


@in_words_of(lambda found: found.study)
def quotable(found: Why) -> str:
    """The one sentence a journalist can quote, and its caveat."""
    gap, *rest = found.measures()
    causes = [m for m in rest if m.name != REST]
    harm = _harm(found)
    who = f"{words.of_group(found.group)} and {words.of_group(found.reference)}"
    if not clear(gap):
        return f"Between {who} there is no clear difference in the {harm}. {CAVEAT}"
    top = next((m for m in causes if carries(found, m, gap)), None)
    size = f"{readable(_abs(gap))}{_ends(gap)}"
    if top is None:
        return f"Between {who} the {harm} differs by {size}, and no single cause clearly carries it. {CAVEAT}"
    part = (top.value or 0.0) / (gap.value or 1.0)
    share = (f"all of it and more ({words.percent(part)})" if part > 2 - NEARLY else
             "nearly all of it" if part > NEARLY else f"{words.percent(part)} of it")
    return f"Between {who} the {harm} differs by {size}; {share} is due to {_cause(top)}. {CAVEAT}"


def clear(m: Measure) -> bool:
    """Whether the gap, or a part of it, is more than chance makes it."""
    return claims.clear(m, 1, int(m.n or 0))


def carries(found: Why, m: Measure, gap: Measure) -> bool:
    """Whether a cause clearly carries a part of a gap that is clear: all causes are looked at at once."""
    return m.name != REST and clear(gap) and (m.value or 0.0) * (gap.value or 0.0) > 0 and claims.clear(
        m, len(CAUSES), int(m.n or 0))


def _cause(m: Measure) -> str:
    """A cause, or the rest, in words."""
    return REMAINDER if m.name == REST else CAUSES[m.name["cause"]]


def _abs(m: Measure) -> Measure:
    return m if (m.value or 0.0) >= 0 else _turned(m)


def _ends(m: Measure) -> str:
    if m.over == "exact" or m.low is None or m.high is None:
        return ""
    return f" ({words.interval(_turned(m) if (m.value or 0.0) < 0 else m)})"


def _turned(m: Measure) -> Measure:
    return replace(m, value=-(m.value or 0.0), low=None if m.high is None else -m.high,
                   high=None if m.low is None else -m.low)


@in_words_of(lambda found: found.study)
def report(found: Why, twins: Measures | None = None) -> Report:
    """The report of an explanation, with who is in a lower tier only because of one cause, where that was asked."""
    study = found.study
    gap, *rest = found.measures()
    sentence = quotable(found).removesuffix(CAVEAT).strip().rstrip(".")
    sections = [_bars(found, gap, rest), _pairs(found)]
    sections += [_twins(found, twins)] if twins else []
    seeds = None if found.engine == "exact" else len(found.gap)
    between = f"{found.reference},{found.group}"
    alone = typed("sousveil", "why", FILE, "--harm", found.harm, "--between", between, ("--seeds", seeds), "--engine",
                  found.engine, "-o", "again/")
    record = record_of(study, why_called(found), kind="why", engine=found.engine, seed=study.seed)
    how = "without chance" if found.engine == "exact" else f"{words.counted(len(found.gap))} times with other draws"
    lead = (f"64 worlds of {words.synthetic(study.people)} over {horizon(study)}, {how}: each of six "
            f"causes is in the world as the study has it, or is taken out by giving everybody the average of the "
            f"population. {CAVEAT}")
    closing = (limits(study, "A cause is a part of this model. The shares are averages over every order in which the "
                      "causes could come in; another way of sharing out what two causes do together gives others.",
                      "What is made equal is set to the average of the population, not to that of the better off."),
               *ending(study, record, (("engine", found.engine), ("harm", found.harm)), document(study), alone))
    return Report(Page(kicker=f"{study.name}{f' with {study.label}' if study.label else ''} · why there is a gap · "
                       f"{status(study)}", title=sentence, lead=lead,
                       figures=tuple(_key(found, m) for m in (gap, *rest[:2])), sections=(*sections, *closing),
                       provenance=foot(study, found.harm, f"{found.engine} engine"),
                       terms=words.terms("ceiling", "coverage", "group", "interval", "kin", "synthetic people", "tier",
                                         "twin world")))


def _key(found: Why, m: Measure) -> KeyFigure:
    value = words.written(m, difference=True)
    what = f"the gap: {_harm(found)}, {words.of_group(found.group)} minus {words.of_group(found.reference)}" \
        if m.name in GAP else f"of that from {_cause(m)}"
    unit = words.agreeing(value, words.unit_of(m, between_worlds=True))
    return KeyFigure(value, unit, what, words.interval(m, difference=True))


def _bars(found: Why, gap: Measure, parts: Sequence[Measure]) -> Section:
    factor, unit, written = units(gap.unit)
    items = [figures.Interval(words.sentence(f"{m.measure}: {_cause(m)}"), factor * (m.value or 0.0),
                              *(_scaled(m, factor)), palette.ACCENT if carries(found, m, gap) else palette.FAINT)
             for m in parts]
    total = gap.value or 0.0
    table = Table(("cause", "carries", "of the gap", "interval"), tuple(
        (m.measure, Cell(readable(m), m.value),
         Cell(words.percent((m.value or 0.0) / total), (m.value or 0.0) / total) if clear(gap) else "–",
         "exact" if m.over == "exact" else "–" if m.low is None or m.high is None
         else words.ends(m, difference=True)) for m in parts))
    data = Table(COLUMNS, tuple(tuple(getattr(m, name) for name in COLUMNS) for m in (gap, *parts)))
    named = [m.measure for m in parts if carries(found, m, gap)]
    heading = f"{words.sentence(words.listing(named))} {'carries' if len(named) == 1 else 'carry'} the gap" if named \
        else "No cause clearly carries the gap" if clear(gap) else "There is no clear gap to explain"
    alt = words.joined([f"{m.measure} {readable(m)}" for m in parts])
    chart = Chart(*figures.bars(items, unit, written, sort=False), csv="causes.csv", alt=alt, table=table, data=data,
                  title=f"Share of the gap of {readable(gap)} that each cause carries (Shapley values), in {unit}; "
                  "a bar to the other side narrows the gap")
    lines = "" if gap.over == "exact" or gap.low is None else (
        f" The thin lines are 95 % intervals over chance, by bootstrap over {words.counted(len(found.gap))} seeds.")
    text = ("The bars and the rest add up to the gap. A cause without a bar makes no difference. Grey: it does not "
            f"clearly carry a part of the gap, with all six looked at at once.{lines}")
    return Section("Why there is a gap", heading, (Prose(text), chart))


def _scaled(m: Measure, factor: float) -> tuple[float | None, float | None]:
    return (None, None) if m.low is None or m.high is None else (factor * m.low, factor * m.high)


def _pairs(found: Why) -> Section:
    pairs = found.pairs()
    named = [m for m in pairs if claims.clear(m, len(pairs), int(m.n or 0))][:6]
    if not named:
        return Section("What causes do together", "No two causes clearly do more together than apart", ())
    first = named[0].measure
    rows = tuple((words.sentence(m.measure), Cell(readable(m), m.value),
                  "exact" if m.over == "exact" else words.ends(m, difference=True)) for m in named)
    gap = next(iter(found.measures()))
    wider, narrower = ("above", "below") if (gap.value or 0.0) >= 0 else ("below", "above")
    text = ("What two causes do together beyond what each does alone (Shapley interaction index). The gap is "
            f"{readable(gap)}: {wider} zero the two make it wider together than apart, {narrower} zero "
            "less wide.")
    return Section("What causes do together", f"{words.sentence(first)} depend on each other most",
                   (Prose(text), Table(("causes", "together", "interval"), rows)))


def _twins(found: Why, twins: Measures) -> Section:
    twins = twins.of(LOWER_ONLY_BECAUSE)
    groups = [m for m in twins if m.group != ALL] or list(twins)
    colours = palette.groups(tuple(dict.fromkeys(m.group for m in groups)))
    items = [figures.Interval(words.sentence(words.of_group(m.group)), m.value, m.low, m.high, colours[m.group],
                              words.sentence(m.name["cause"])) for m in groups if m.value is not None]
    told = [m for m in groups if claims.sure(m)]
    worst = max(told, key=lambda m: m.value or 0.0, default=None)
    heading = "Who is in a lower tier because of one cause alone" if any(m.value for m in groups) else \
        "Nobody is in a lower tier because of one cause alone"
    if worst is not None:
        heading = shared(worst, f"are in a lower tier only because of {worst.name['cause']}")
    table = Table(("only because of", "whose", "share", "interval"), tuple(
        (m.name["cause"], words.of_group(m.group), Cell(words.written(m), m.value),
         words.ends(m)) for m in twins))
    alt = words.joined([f"{m.name['cause']}, {words.of_group(m.group)}: {words.written(m)}"
                        for m in groups])
    chart = Chart(*figures.dots(items, "share of people", words.percent), csv="twins.csv", alt=alt, table=table,
                  title="Share who end in a lower tier than their twin, who met the same random draws in a world "
                  "without the cause")
    return Section("Lower only because of", heading, (chart,))
