"""The sections of a run's report on what is taken from people: rights, lawful life, money."""

from __future__ import annotations

from sousveil.harms.measure import ALL, Measure

from . import figures, headings, words
from .given import Given
from .page import Block, Chart, Prose, Section
from .sections import intervals, listed
from .tables import full, measured

__all__ = ["chilling", "income", "rights"]


def rights(given: Given) -> Section | None:
    """What is denied, to whom, and to kin."""
    months = given.by_group("rights", "months with a right denied or limited")
    found = [m for m in given.measures if m.harm == "rights" and m.unit == "person-months" and m.value is not None
             and m.group in given.shown_groups and not m.measure.startswith("person-months of kin")]
    if not months or not any(m.value for m in found):
        return None
    worst = max(months, key=lambda m: m.value or 0.0)
    heading = headings.rights(worst, given.compared(months, worst))
    if (worst.value or 0.0) < headings.HARDLY:
        return Section(words.LABELS["rights"], heading, (measured(found),))
    items = _rows(given, found)
    chart = Chart(*figures.dots(items, "months a year, for each person of the group", words.short),
                  title="Months a year in which a right is denied or limited, by right and by who bears it",
                  alt=listed(heading, months), table=measured(found), csv="rights.csv", data=full(found))
    said = [headings.kin(given.measure("rights", "share borne by kin", ALL)), _children(given)]
    blocks: tuple[Block, ...] = (Prose(words.joined(said)), chart) if any(said) else (chart,)
    return Section(words.LABELS["rights"], heading, blocks)


def _rows(given: Given, found: list[Measure]) -> list[figures.Interval]:
    """Person-months as months a year for each person of the group. Rights that go together stand in one row."""
    same: dict[tuple[float, ...], list[str]] = {}
    for name in dict.fromkeys(m.measure for m in found):
        values = tuple(m.value or 0.0 for m in found if m.measure == name)
        if any(values):
            same.setdefault(values, []).append(name)
    return [item for names in same.values() for m in found if m.measure == names[0]
            for item in intervals(given, [m], words.listing(names), 1 / given.people(m.group) / given.look.years)]


def _children(given: Given) -> str:
    borne = given.measure("rights", "person-months of kin, children", ALL)
    if borne is None or not borne.value:
        return ""
    years = borne.value / 12
    return f"Children, who are not scored, bear {words.plural(words.rounded(years), 'year')} of it in all"


def chilling(given: Given) -> Section | None:
    """Lawful life given up."""
    names = ("lawful acts forgone", "expressive acts forgone", "necessary acts forgone")
    worst = given.worst("chilling", names[0])
    if worst is None or not given.run.study.assumptions.chilling:
        return None
    found = [m for name in names for m in given.by_group("chilling", name) if m.value]
    other = given.compared(given.by_group("chilling", names[0]), worst)
    text = Prose("These acts break no law. They are given up because they cost points. How strongly people react is "
                 "assumed, from measured drops in searching and reading under known surveillance.")
    blocks: tuple[Block, ...] = (text, measured(found, " forgone")) if found else (text,)
    return Section(words.LABELS["chilling"], headings.chilling(worst, other), blocks)


def income(given: Given) -> Section | None:
    """Money."""
    lost, shares = given.by_group("income", "income lost"), given.by_group("income", "share of income lost")
    if not any(m.value for m in lost):
        return None
    worst = max(shares, key=lambda m: m.value or 0.0, default=None)
    heading = headings.income(worst, given.compared(shares, worst)) if worst else "What the consequences take"
    gini: Measure | None = given.measure("income", "change of the Gini coefficient", ALL)
    said = ""
    if gini is not None and gini.value is not None and words.clear(gini):
        said = (f"Incomes are {'more' if gini.value > 0 else 'less'} unequal under the scheme: the Gini coefficient "
                f"{'rises' if gini.value > 0 else 'falls'} by {words.number(abs(gini.value))}")
    table = measured([*lost, *shares, *given.by_group("income", "income gained")])
    return Section(words.LABELS["income"], heading, (Prose(words.joined([said])), table) if said else (table,))
