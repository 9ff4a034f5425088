"""Comparisons, explanations and sweeps as a notebook shows them: their cards, and their charts.

They come here to be shown, so their classes are not named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sousveil.errors import InputError
from sousveil.ground.called import synthetic
from sousveil.ground.cards import card, number, table
from sousveil.harms.tiers import TIER_SHARE
from sousveil.measures.measure import Measure
from sousveil.runs.shown import of_measures

__all__ = ["chart_of_comparison", "chart_of_sweep", "chart_of_why", "html_of_comparison", "html_of_sweep",
           "html_of_why"]

MOST = 12
"""Moves between tiers that a card lists."""


def html_of_comparison(found: Any) -> str:
    """What every reform changes in the rules, and who is then in another tier."""
    base = found.baseline
    changes = [(world.name, change.path, _said(change.before), _said(change.after))
               for world in found.reforms for change in base.study.changes_in_words(world.study)]
    moved = sorted((m for m in found.moved() if m.before != m.after and m.persons), key=lambda m: -m.persons)
    rows = [(m.reform, m.group, m.before, m.after, f"{m.persons:,.0f}", "" if m.low is None or m.high is None else
             f"{m.low:,.0f} to {m.high:,.0f}") for m in moved[:MOST]]
    people = f"{synthetic(base.study.people)}, {base.study.steps:,} steps, {len(found.seeds)} seeds; " \
             f"{found.engine} engine"
    return card(f"Comparison of {base.study.name} with {', '.join(world.name for world in found.reforms)}", (people,),
                table(("reform", "what changes", "before", "after"), changes[:MOST]),
                table(("reform", "group", "in the baseline", "under it", "persons", "95 %"), rows,
                      f"and {len(moved) - MOST} more moves: .moved() has them all" if len(moved) > MOST else "")
                if rows else "")


def chart_of_comparison(found: Any) -> Any:
    """How much larger or smaller the share of every group in every tier is under each reform."""
    from sousveil.charts import drawn

    rows = [_in_points(of_measures(m, f"{world.name}: {m.group}, {m.name['tier']}")) for world in found.reforms
            for m in found.differences(world).of(TIER_SHARE).known]
    return drawn.intervals(rows, "difference of the share (percentage points), paired")


def html_of_why(found: Any) -> str:
    """The gap, and what every cause carries of it."""
    rows = [(m.measure, number(m.value, m.unit), _ends(m), m.unit) for m in found.measures()]
    return card(f"Why the {found.harm} of {found.group} differs from that of {found.reference}",
                (f"{found.study.name}: {synthetic(found.study.people)}; {found.engine} engine",),
                table(("", "of the gap", "95 %", "unit"), rows))


def chart_of_why(found: Any) -> Any:
    """What every cause carries of the gap."""
    from sousveil.charts import drawn

    rows = [of_measures(m, m.measure) for m in found.measures().known]
    share = found.unit == "share"
    return drawn.intervals([*map(_in_points, rows)] if share else rows,
                           f"{'percentage points' if share else found.unit}, {found.group} minus {found.reference}")


def html_of_sweep(found: Any) -> str:
    """What was varied."""
    axes = ", ".join(f"{axis.path} from {axis.low:g} to {axis.high:g}" for axis in found.axes)
    failed = f"{len(found.failed)} points failed" if found.failed else ""
    return card(f"Sweep of {found.study.name}: {len(found.points)} points of {axes}",
                (f"{synthetic(found.study.people)}; {found.engine} engine", failed,
                 ".table() has every harm at every point, .chart(harm) draws one"))


def chart_of_sweep(found: Any, harm: str, group: str | None, between: Sequence[str] | None) -> Any:
    """One harm along the number that was varied. Raises InputError where there were several."""
    from sousveil.charts import drawn
    from sousveil.comparisons.objective import objective

    if len(found.axes) != 1:
        raise InputError(f"a chart has one number along it, and {len(found.axes)} were varied; .table() has them all")
    path = found.axes[0].path
    _, wanted = objective(found.study, harm, group, between)
    rows = [{**of_measures(m, ""), "x": point[path]} for point, measured in zip(found.points, found.rows, strict=True)
            if measured is not None and (m := wanted.of(measured)) is not None]
    if wanted.unit == "share" and wanted.reference:
        return drawn.line([*map(_in_points, rows)], path, f"{wanted.words} (percentage points)")
    return drawn.line(rows, path, wanted.words, share=wanted.unit == "share")


def _in_points(row: dict[str, Any]) -> dict[str, Any]:
    """A difference of shares in percentage points."""
    return row | {end: 100 * row[end] for end in ("value", "low", "high") if row.get(end) is not None}


def _ends(m: Measure) -> str:
    return "" if m.low is None or m.high is None else f"{number(m.low, m.unit)} to {number(m.high, m.unit)}"


def _said(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
