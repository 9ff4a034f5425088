"""The section of a comparison that sets all its reforms beside each other: what would change who ends at the bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import ALL, Measure
from sousveil.page import figures, palette, words
from sousveil.page.page import Cell, Chart, Row, Section, Table
from sousveil.reports.run.sentences import quoted

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison

__all__ = ["levels"]

WITHOUT = "without a reform"


def levels(found: Comparison, named: Sequence[Sequence[Measure]]) -> Section | None:
    """How many of each group end in the lowest tier in every world; nothing where there is one reform only.

    named   for each reform, the differences that may be named
    """
    if len(found.reforms) < 2:
        return None
    plan = found.baseline.plan
    groups = plan.groups if len(plan.groups) > 1 else (ALL,)
    name, bottom = TIER_SHARE(tier=plan.tiers[0]), plan.tiers[0]
    colours = palette.groups(plan.groups) | {ALL: palette.ACCENT}
    items, rows = [], []
    for group in groups:
        first = found.differences(found.reforms[0]).find(name, group)
        if first is None:
            continue
        rows.append(_row(WITHOUT, found.level(found.baseline, first), None, clear=False))
        items.append(_item(WITHOUT, found.level(found.baseline, first), colours[group]))
        for world, clear in zip(found.reforms, named, strict=True):
            m = found.differences(world).find(name, group)
            if m is not None:
                items.append(_item(quoted(world.name), found.level(world, m), colours[group]))
                rows.append(_row(quoted(world.name), found.level(world, m), m, clear=m in clear))
    if not items:
        return None
    order = [WITHOUT, *(quoted(w.name) for w in found.reforms)]
    items.sort(key=lambda i: order.index(i.row))
    changed = [quoted(w.name) for w, clear in zip(found.reforms, named, strict=True)
               if any(m.name == name for m in clear)]
    verb = "changes" if len(changed) == 1 else "change"
    heading = f"{words.listing(changed)} clearly {verb} how many end {quoted(bottom)}" if changed else \
        f"None of {words.counted(len(found.reforms))} reforms clearly changes how many end {quoted(bottom)}"
    chart = Chart(*figures.dots(items, "share of the group", words.percent), title=f"Share of each group that ends "
                  f"{quoted(bottom)}, without a reform and under each, on average over all runs", alt=_said(items),
                  table=Table(("world", "whose", "share", "difference", "interval"), tuple(rows)), csv="reforms.csv")
    return Section("What would change it", heading, (chart,), id="reforms")


def _item(row: str, m: Measure, colour: str) -> figures.Interval:
    return figures.Interval(words.sentence(words.of_group(m.group)), m.value or 0.0, m.low, m.high, colour, row)


def _row(world: str, level: Measure, difference: Measure | None, *, clear: bool) -> Row:
    """A world in the table: what a difference is where it is clear, and that it is not where it is not."""
    said = "–" if difference is None else words.written(difference, difference=True) + " points" if clear else \
        words.NO_DIFFERENCE
    return (world, words.of_group(level.group), Cell(words.written(level), level.value),
            Cell(said, None if difference is None else difference.value),
            "–" if difference is None else words.interval(difference, difference=True))


def _said(items: Sequence[figures.Interval]) -> str:
    return words.joined([f"{words.sentence(i.row)}, {i.label}: {words.percent(i.value)}" for i in items])
