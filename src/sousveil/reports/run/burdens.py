"""The sections of a run's report on what is taken from people: rights, lawful life, money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sousveil.harms.chilling import EXPRESSIVE_FORGONE, LAWFUL_FORGONE, NECESSARY_FORGONE
from sousveil.harms.disparity import MONTHS_LIMITED as MONTHS_GAP
from sousveil.harms.income import BEYOND, GINI_CHANGE, INCOME_GAINED, INCOME_LOST, SHARE_OF_INCOME_LOST
from sousveil.harms.rights import BORNE, BORNE_BY_KIN, KIN_MONTHS, MONTHS_LIMITED
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name
from sousveil.page import figures, words
from sousveil.page.page import Block, Chart, Prose, Section
from sousveil.page.tables import full, measured
from sousveil.reports import claims
from sousveil.reports.run import inputs, sentences
from sousveil.reports.run.context import Context
from sousveil.reports.run.sections import intervals, listed

__all__ = ["chilling", "income", "rights"]

MINUS = "\u2212"


def rights(context: Context) -> Section | None:
    """What is denied, to whom, and to kin."""
    months = context.by_group(MONTHS_LIMITED)
    found = [m for m in context.measures.of(*BORNE.values()) if m.group in context.shown_groups]
    if not months or not any(m.value for m in found):
        return None
    everybody = context.everybody(MONTHS_LIMITED)
    heading = sentences.rights(everybody, context.contrast(MONTHS_LIMITED, MONTHS_GAP))
    if everybody is None or (everybody.value or 0.0) < sentences.HARDLY:
        return Section(words.LABELS["rights"], heading, (measured(found),))
    items = _rows(context, found)
    chart = Chart(*figures.dots(items, "months a year, for each person of the group", words.short),
                  title="Months a year in which a right is denied or limited, by right and by who bears it",
                  alt=listed(heading, months), table=measured(found), csv="rights.csv", data=full(found))
    said = [sentences.kin(context.measures.find(BORNE_BY_KIN)), _children(context)]
    blocks: tuple[Block, ...] = (Prose(words.joined(said)), chart) if any(said) else (chart,)
    return Section(words.LABELS["rights"], heading, blocks)


def _rows(context: Context, found: list[Measure]) -> list[figures.Interval]:
    """Person-months as months a year for each person of the group. Rights that go together stand in one row."""
    same: dict[tuple[float, ...], list[Name]] = {}
    for name in dict.fromkeys(m.name for m in found):
        values = tuple(m.value or 0.0 for m in found if m.name == name)
        if any(values):
            same.setdefault(values, []).append(name)
    return [item for names in same.values() for m in found if m.name == names[0]
            for item in intervals(context, [m], words.listing(name.label for name in names),
                                  1 / context.people(m.group) / context.look.years)]


def _children(context: Context) -> str:
    borne = context.measures.find(KIN_MONTHS["children"])
    if borne is None or not borne.value:
        return ""
    years = replace(borne, value=borne.value / 12, low=_of_years(borne.low), high=_of_years(borne.high))
    said = words.roughly(years)
    return f"Children, who are not scored, bear {said} {words.agreeing(said, 'years')} of it in all"


def _of_years(months: float | None) -> float | None:
    return None if months is None else months / 12


def chilling(context: Context) -> Section | None:
    """Lawful life given up."""
    called = {LAWFUL_FORGONE: "lawful acts", EXPRESSIVE_FORGONE: "expressive acts", NECESSARY_FORGONE: "necessary acts"}
    study, everybody = context.run.study, context.everybody(LAWFUL_FORGONE)
    if everybody is None or not study.assumptions.chilling:
        return None
    zero = inputs.forgone_by_assumption(study)
    heading = sentences.chilling(everybody, context.contrast(LAWFUL_FORGONE), zero)
    if zero:
        return Section(words.LABELS["chilling"], heading, (Prose("This zero was put in; it is no result."),))
    found = [m for name in called for m in context.by_group(name) if m.value]
    text = Prose("These acts break no law. They are given up because they cost points. How strongly people react is "
                 "assumed by the study, and no result.")
    blocks: tuple[Block, ...] = (text, measured(found, lambda m: called[m.name])) if found else (text,)
    return Section(words.LABELS["chilling"], heading, blocks)


def income(context: Context) -> Section | None:
    """Money."""
    lost, shares = context.by_group(INCOME_LOST), context.by_group(SHARE_OF_INCOME_LOST)
    if not any(m.value for m in lost):
        return None
    heading = sentences.income(context.everybody(SHARE_OF_INCOME_LOST), context.contrast(SHARE_OF_INCOME_LOST))
    heading = heading or "What the consequences take"
    gini = context.measures.find(GINI_CHANGE)
    said = ""
    if gini is not None and gini.value is not None and claims.clear(gini):
        said = (f"Incomes are {'more' if gini.value > 0 else 'less'} unequal under the scheme: the Gini coefficient "
                f"{'rises' if gini.value > 0 else 'falls'} by {words.written(gini).removeprefix(MINUS)}")
    table = measured([*lost, *shares, *context.by_group(INCOME_GAINED)])
    text = words.joined([said, _debt(context, shares)])
    return Section(words.LABELS["income"], heading, (Prose(text), table) if text else (table,))


def _debt(context: Context, shares: Iterable[Measure]) -> str:
    """What a share of income leaves out, where a consequence takes more than there is; else ''."""
    if not any(BEYOND in m.note for m in shares):
        return ""
    return (f"Some lose more than they have in a {context.setting.step}. The share of income lost counts what they "
            "have, and no more; the rest is debt, which the income lost counts too")
