"""Measures as a table in a terminal: one block a harm, one row a measure, one column a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sousveil.cli.output import aligned
from sousveil.measures.measure import Measure

__all__ = ["blocks"]


def blocks(measures: Iterable[Measure]) -> str:
    """The measures, in the order given, as `value (low to high)`. A comparison says with whom; nothing is left out."""
    found = list(measures)
    groups = list(dict.fromkeys(m.group for m in found))
    parts = []
    for harm in dict.fromkeys(m.harm for m in found):
        here = [m for m in found if m.harm == harm]
        shown = [group for group in groups if any(m.group == group for m in here)]
        rows = [("", *shown, "")]
        for name, reference in dict.fromkeys((m.name, m.reference) for m in here):
            row = {m.group: m for m in here if (m.name, m.reference) == (name, reference)}
            unit = next(iter(row.values())).unit
            said = f"{name.label}, against {reference}" if reference else name.label
            rows.append((said, *(_value(row.get(group)) for group in shown), "" if unit == "share" else unit))
        parts.append(harm.upper() + "\n" + "\n".join("  " + line for line in aligned(rows).splitlines()))
    notes = _notes(found)
    return "\n\n".join([*parts, *([notes] if notes else [])])


def _value(measure: Measure | None) -> str:
    if measure is None:
        return ""
    if measure.value is None:
        return "not estimable"
    factor, sign = (100, " %") if measure.unit == "share" else (1, "")
    value = _number(factor * measure.value) + sign
    if not (measure.low is None or measure.high is None or measure.low == measure.high == measure.value):
        value += f" ({_number(factor * measure.low)} to {_number(factor * measure.high)})"
    width = measure.width
    if width is None or width.least is None or width.most is None or width.least == width.most == measure.value:
        return value
    return f"{value} [{_number(factor * width.least)} to {_number(factor * width.most)}]"


def _number(value: float) -> str:
    """Three digits that count, whole where there are more."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _notes(measures: Sequence[Measure]) -> str:
    over = sorted({m.over for m in measures if m.over and m.low is not None} - {"exact"})
    said = [f"Intervals hold 95 of 100; they are over {' or '.join(over)}."] if over else []
    caveats = dict.fromkeys(f"{m.harm}: {m.note}" for m in measures if m.note)
    return "\n".join([*said, *caveats])
