"""Rows of plain data as Altair charts. Tiers have the colours that they have in every picture of ours.

Every function takes rows, as Altair does, and gives a chart that can be changed further: `chart.properties(width=500)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sousveil.errors import InputError
from sousveil.page import palette

__all__ = ["columns", "intervals", "line", "stacked"]

Rows = list[dict[str, Any]]

MISSING = ("charts for notebooks need Altair, which is an extra of sousveil. Install it with: "
           "pip install 'sousveil[charts]'")


def stacked(rows: Rows, tiers: Sequence[str], step: str) -> Any:
    """Shares in tiers over time, a panel for each group. Rows: step, group, tier, share; `tiers` from the top."""
    alt = _altair()
    return alt.Chart(_data(rows)).mark_area().encode(
        x=alt.X("step:Q", title=step),
        y=alt.Y("share:Q", stack="zero", axis=alt.Axis(format=".0%", title="share of the group")),
        color=_tiers(tiers), order=alt.Order("order:Q"),
        tooltip=["group:N", "tier:N", alt.Tooltip("step:Q", title=step), alt.Tooltip("share:Q", format=".1%"),
                 alt.Tooltip("persons:Q", format=",.0f")],
    ).properties(width=220, height=180).facet(column=alt.Column("group:N", sort=None, title=None))


def intervals(rows: Rows, title: str, *, share: bool = False, colours: Sequence[str] = ()) -> Any:
    """Numbers with their intervals, one a line. Rows: what, value, low, high, and `tier` where `colours` names tiers.

    share   written as percent
    """
    alt = _altair()
    shape = ".1%" if share else ",.4~g"
    axis = alt.Axis(format=".0%") if share else alt.Axis()
    colour = _tiers(colours) if colours else alt.value(_light("accent"))
    base = alt.Chart(_data(rows)).encode(y=alt.Y("what:N", sort=None, title=None))
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=title, axis=axis), x2="high:Q", color=colour)
    dots = base.mark_point(filled=True, size=60).encode(
        x=alt.X("value:Q", title=title, axis=axis), color=colour,
        tooltip=["what:N", *(alt.Tooltip(f"{end}:Q", format=shape) for end in ("value", "low", "high"))])
    return (bars + dots).properties(width=380)


def columns(rows: Rows, x: str, panel: str) -> Any:
    """Counts as columns, a panel for each group and `panel`. Rows: group, `panel`, `x`, persons."""
    alt = _altair()
    return alt.Chart(_data(rows)).mark_bar(color=_light("group-0")).encode(
        x=alt.X(f"{x}:Q", bin=alt.Bin(maxbins=40)), y=alt.Y("sum(persons):Q", title="persons"),
    ).properties(width=260, height=120).facet(row=alt.Row("group:N", sort=None, title=None),
                                              column=alt.Column(f"{panel}:N", sort=["start", "end"], title=None))


def line(rows: Rows, x: str, title: str, *, share: bool = False) -> Any:
    """A number along another, with the band of its interval. Rows: x, value, low, high."""
    alt = _altair()
    axis = alt.Axis(format=".0%") if share else alt.Axis()
    base = alt.Chart(_data(rows)).encode(x=alt.X("x:Q", title=x, scale=alt.Scale(zero=False)))
    band = base.mark_area(opacity=0.25, color=_light("accent")).encode(y=alt.Y("low:Q", axis=axis), y2="high:Q")
    shape = ".1%" if share else ",.4~g"
    drawn = base.mark_line(point=True, color=_light("accent")).encode(
        y=alt.Y("value:Q", title=title, axis=axis),
        tooltip=[alt.Tooltip("x:Q", title=x), alt.Tooltip("value:Q", format=shape)])
    return (band + drawn).properties(width=380, height=220)


def _altair() -> Any:
    try:
        import altair
    except ImportError:
        raise InputError(MISSING) from None
    return altair


def _data(rows: Rows) -> Any:
    """Inside the chart, so that a file with a chart needs nothing beside it."""
    return _altair().InlineData(values=rows)


def _tiers(tiers: Sequence[str]) -> Any:
    """Tiers from the top down, from light to dark."""
    alt = _altair()
    colours = [_light(str(re.sub(r"var\(--(.*)\)", r"\1", colour))) for colour in palette.tiers(tiers).values()]
    return alt.Color("tier:N", scale=alt.Scale(domain=[*tiers], range=colours), title="tier")


def _light(name: str) -> str:
    return palette.LIGHT[name]
