"""Measures as tables: one to read, one for the CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sousveil.measures.measure import COLUMNS, Measure
from sousveil.page import words
from sousveil.page.page import Cell, Table

__all__ = ["full", "measured", "shown"]


def shown(m: Measure) -> Cell:
    """A measure's value as it is read, with the bare number for the CSV."""
    if m.value is None:
        return Cell("–", None)
    return Cell(words.written(m), m.value)


def measured(measures: Sequence[Measure], label: Callable[[Measure], str] = lambda m: m.measure,
             caption: str = "") -> Table:
    """What, whose, the value and its interval. `label`: what a measure is called here."""
    whats = [words.sentence(label(m)) for m in measures]
    units = ["" if m.unit == "share" else words.unit_of(m) for m in measures]
    with_units = len(set(units)) > 1
    value = "value" if with_units or not units or not units[0] else units[0]
    rows = [(what, words.of_group(m.group), shown(m), *((unit,) if with_units else ()), words.ends(m))
            for m, what, unit in zip(measures, whats, units, strict=True)]
    kinds = {words.over(m.over) for m in measures if m.low is not None and m.over != "exact"}
    said = f"interval, {kinds.pop()}" if len(kinds) == 1 else "interval"
    columns = ("what", "whose", value, *(("unit",) if with_units else ()), said)
    if len(set(whats)) == 1:
        return Table(columns[1:], tuple(row[1:] for row in rows), caption)
    return Table(columns, tuple(rows), caption)


def full(measures: Sequence[Measure]) -> Table:
    """Measures in all their columns, for the CSV."""
    return Table(COLUMNS, tuple(tuple(getattr(m, name) for name in COLUMNS) for m in measures))
