"""The sections of a run's report on what is taken from people: rights, lawful life, money."""

from __future__ import annotations

from sousveil.measures.measure import ALL, Measure
from sousveil.page import figures, words
from sousveil.page.page import Block, Chart, Prose, Section
from sousveil.page.tables import full, measured
from sousveil.reports.run import sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sections import intervals, listed

__all__ = ["chilling", "income", "rights"]


def rights(context: Context) -> Section | None:
    """What is denied, to whom, and to kin."""
    months = context.by_group("rights", "months with a right denied or limited")
    found = [m for m in context.measures if m.harm == "rights" and m.unit == "person-months" and m.value is not None
             and m.group in context.shown_groups and not m.measure.startswith("person-months of kin")]
    if not months or not any(m.value for m in found):
        return None
    worst = max(months, key=lambda m: m.value or 0.0)
    heading = sentences.rights(worst, context.compared(months, worst))
    if (worst.value or 0.0) < sentences.HARDLY:
        return Section(words.LABELS["rights"], heading, (measured(found),))
    items = _rows(context, found)
    chart = Chart(*figures.dots(items, "months a year, for each person of the group", words.short),
                  title="Months a year in which a right is denied or limited, by right and by who bears it",
                  alt=listed(heading, months), table=measured(found), csv="rights.csv", data=full(found))
    said = [sentences.kin(context.measure("rights", "share borne by kin", ALL)), _children(context)]
    blocks: tuple[Block, ...] = (Prose(words.joined(said)), chart) if any(said) else (chart,)
    return Section(words.LABELS["rights"], heading, blocks)


def _rows(context: Context, found: list[Measure]) -> list[figures.Interval]:
    """Person-months as months a year for each person of the group. Rights that go together stand in one row."""
    same: dict[tuple[float, ...], list[str]] = {}
    for name in dict.fromkeys(m.measure for m in found):
        values = tuple(m.value or 0.0 for m in found if m.measure == name)
        if any(values):
            same.setdefault(values, []).append(name)
    return [item for names in same.values() for m in found if m.measure == names[0]
            for item in intervals(context, [m], words.listing(names), 1 / context.people(m.group) / context.look.years)]


def _children(context: Context) -> str:
    borne = context.measure("rights", "person-months of kin, children", ALL)
    if borne is None or not borne.value:
        return ""
    years = borne.value / 12
    return f"Children, who are not scored, bear {words.plural(words.rounded(years), 'year')} of it in all"


def chilling(context: Context) -> Section | None:
    """Lawful life given up."""
    names = ("lawful acts forgone", "expressive acts forgone", "necessary acts forgone")
    worst = context.worst("chilling", names[0])
    if worst is None or not context.run.study.assumptions.chilling:
        return None
    found = [m for name in names for m in context.by_group("chilling", name) if m.value]
    other = context.compared(context.by_group("chilling", names[0]), worst)
    text = Prose("These acts break no law. They are given up because they cost points. How strongly people react is "
                 "assumed, from measured drops in searching and reading under known surveillance.")
    blocks: tuple[Block, ...] = (text, measured(found, " forgone")) if found else (text,)
    return Section(words.LABELS["chilling"], sentences.chilling(worst, other), blocks)


def income(context: Context) -> Section | None:
    """Money."""
    lost, shares = context.by_group("income", "income lost"), context.by_group("income", "share of income lost")
    if not any(m.value for m in lost):
        return None
    worst = max(shares, key=lambda m: m.value or 0.0, default=None)
    heading = sentences.income(worst, context.compared(shares, worst)) if worst else "What the consequences take"
    gini: Measure | None = context.measure("income", "change of the Gini coefficient", ALL)
    said = ""
    if gini is not None and gini.value is not None and words.clear(gini):
        said = (f"Incomes are {'more' if gini.value > 0 else 'less'} unequal under the scheme: the Gini coefficient "
                f"{'rises' if gini.value > 0 else 'falls'} by {words.number(abs(gini.value))}")
    table = measured([*lost, *shares, *context.by_group("income", "income gained")])
    return Section(words.LABELS["income"], heading, (Prose(words.joined([said])), table) if said else (table,))
