"""Measures as a table in a terminal: one block a harm, one row a measure, one column a group.

Where a table is wider than the terminal, each measure has a line for every group instead. What could not be estimated
for anybody stands in one paragraph at the end, with its reason.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from sousveil.cli.output import aligned, width
from sousveil.ground import called
from sousveil.measures.measure import Measure
from sousveil.page import words

__all__ = ["blocks"]


def blocks(measures: Iterable[Measure], between_worlds: bool = False) -> str:
    """The measures, in the order given, as `value (low to high)`. A comparison says with whom; nothing is left out.

    between_worlds   whether they are differences between worlds: then shares are in percentage points
    """
    given = list(measures)
    unknown = _unknown(given)
    found = [m for m in given if (m.name, m.reference) not in unknown]
    groups = list(dict.fromkeys(m.group for m in found))
    parts = []
    for harm in dict.fromkeys(m.harm for m in found):
        here = [m for m in found if m.harm == harm]
        shown = [group for group in groups if any(m.group == group for m in here)]
        rows = [("", *map(_whose, shown), "")]
        for name, reference in dict.fromkeys((m.name, m.reference) for m in here):
            row = {m.group: m for m in here if (m.name, m.reference) == (name, reference)}
            said = words.measured(next(iter(row.values()))) + _against(reference)
            rows.append((said, *(_value(row.get(group), between_worlds) for group in shown),
                         words.unit_of(next(iter(row.values())), between_worlds)))
        parts.append(harm.upper() + "\n" + _fitting(rows))
    notes = _notes(found, unknown)
    return "\n\n".join([*parts, *([notes] if notes else [])])


def _whose(group: str) -> str:
    return called.name("group", group)


def _against(reference: str) -> str:
    return f", against {_whose(reference)}" if reference else ""


def _unknown(measures: Sequence[Measure]) -> dict[tuple[object, str], str]:
    """What could not be estimated for anybody -> why."""
    names = dict.fromkeys((m.name, m.reference) for m in measures)
    found: dict[tuple[object, str], str] = {}
    for name, reference in names:
        here = [m for m in measures if (m.name, m.reference) == (name, reference)]
        if all(m.value is None for m in here):
            why = next((m.note for m in here if m.note), "not estimable").removeprefix("not estimable: ")
            found[name, reference] = f"{words.measured(here[0])}{_against(reference)} ({why})"
    return found


def _fitting(rows: Sequence[tuple[str, ...]]) -> str:
    """A table that fits the terminal: as columns, else a line for every group under each measure."""
    text = "\n".join("  " + line for line in aligned(rows).splitlines())
    if max(map(len, text.splitlines())) <= width():
        return text
    groups, lines = rows[0][1:-1], []
    for said, *values, unit in rows[1:]:
        lines += textwrap.wrap(f"{said}, {unit}" if unit else said, width(), initial_indent="  ",
                               subsequent_indent="    ")
        known = [(group, value) for group, value in zip(groups, values, strict=True) if value]
        beside = ["      " + line for line in aligned(known).splitlines()]
        if max(map(len, beside), default=0) > width():
            beside = [line for group, value in known for line in textwrap.wrap(
                f"{group}  {value}", width(), initial_indent="      ", subsequent_indent="        ")]
        lines += beside
    return "\n".join(lines)


def _value(measure: Measure | None, between_worlds: bool) -> str:
    if measure is None:
        return ""
    if measure.value is None:
        return "not estimable"
    sign = " %" if measure.unit == "share" and not (measure.reference or between_worlds) else ""
    value = words.written(measure, between_worlds).removesuffix("%") + sign
    if not (measure.low is None or measure.high is None or measure.low == measure.high == measure.value):
        value += f" ({words.ends(measure, between_worlds).removesuffix(' points').removesuffix('%')})"
    moved = measure.width
    if moved is None or moved.least is None or moved.most is None or moved.least == moved.most == measure.value:
        return value
    factor = 100 if measure.unit == "share" else 1
    return f"{value} [{words.number(factor * moved.least)} to {words.number(factor * moved.most)}]"


def _notes(measures: Sequence[Measure], unknown: dict[tuple[object, str], str]) -> str:
    over = sorted({m.over for m in measures if m.over and m.low is not None} - {"exact"})
    said = [f"Intervals hold 95 of 100; they are over {' or '.join(over)}."] if over else []
    caveats = dict.fromkeys(f"{m.harm}: {m.note}" for m in measures if m.note)
    missing = [f"Not estimable: {'; '.join(unknown.values())}."] if unknown else []
    return "\n".join(line for text in (*said, *caveats, *missing)
                     for line in textwrap.wrap(text, width(), subsequent_indent="  "))
