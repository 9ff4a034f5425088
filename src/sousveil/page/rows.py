"""Rows of values with their intervals: bars from zero, and dots for comparing groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sousveil.page import palette, words
from sousveil.page.axes import Span, axis_below, fitting, ticks
from sousveil.page.draw import Drawing, Frame, Plot, both

__all__ = ["Bar", "Interval", "bars", "dots"]

Shown = Callable[[float], str]

BESIDE = 8.0
"""The px between the end of an interval and the number beside it."""

DOT = 85
"""How large a dot is, in square px."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval (None where there is none), in one colour."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: str = palette.ACCENT
    row: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """The interval, or the value twice where there is none."""
        if self.low is None or self.high is None:
            return self.value, self.value
        return min(self.low, self.value), max(self.high, self.value)


Bar = Interval


def bars(items: Sequence[Interval], x_title: str, shown: Shown = words.number, *, sort: bool = True) -> Drawing:
    """Bars from zero with interval lines, the longest first. `shown` writes the value at the end of the bar."""
    ordered = sorted(items, key=lambda i: -i.value) if sort else list(items)
    rows = [(item.label, [item]) for item in ordered]
    return both(lambda frame: [[_plot(rows, x_title, shown, _Look(_bars, 1.0, 0.0), frame)]])


def dots(items: Sequence[Interval], x_title: str, shown: Shown = words.number, *,
         reference: float | None = None) -> Drawing:
    """Dots with interval lines: one line a `row`, in it one dot a `label` (a group), for comparing groups.

    Without rows, every label has a line of its own.

    reference  a value that means `no difference`, drawn as a vertical line
    """
    rows = [(name, [i for i in items if (i.row or i.label) == name])
            for name in dict.fromkeys(i.row or i.label for i in items)]
    zero = 0.0 if reference is None else reference
    return both(lambda frame: [[_plot(rows, x_title, shown, _Look(_dots, 1.5, zero, reference), frame)]])


@dataclass(frozen=True, slots=True)
class _Look:
    """How a row is drawn: its marks, its height in ems, what its axis holds at least, and the line of no difference."""

    marks: Callable[[Plot, Span, Sequence[tuple[Interval, float]]], None]
    height: float
    zero: float
    reference: float | None = None


Rows = Sequence[tuple[str, Sequence[Interval]]]


def _plot(rows: Rows, x_title: str, shown: Shown, look: _Look, frame: Frame) -> Plot:
    heads, above = _heads([name for name, _ in rows], frame)
    said, key = _said(rows, shown, frame)
    items = [item for _, found in rows for item in found]
    tops, places, height = _places(rows, heads, above, look, frame)
    names = frame.widest([line for lines in heads for line in lines])
    plot, span = _sized(items, said, look.zero, 1.0 if above else names + 13, height, frame)
    ticked = words.percent if shown(0.5).endswith("%") else words.number
    at = fitting(plot, span, 3 if frame.is_narrow else 7, ticked, lambda n: ticks(span.first, span.last, n))
    _grid(plot, span, at, look)
    look.marks(plot, span, list(zip(items, places, strict=True)))
    for lines, (low, high) in zip(heads, tops, strict=True):
        if above:
            plot.write(lines, 1 - plot.left, low + len(lines) * frame.line / 2, palette.INK, clears=True)
        else:
            plot.write(lines, 1 - plot.left + names, (low + high) / 2, palette.INK, "right")
    for item, text, y in zip(items, said, places, strict=True):
        _value(plot, span, item, text, y)
    axis_below(plot, at, span, ticked, x_title)
    if key:
        _key(plot, items)
    return plot


def _heads(names: Sequence[str], frame: Frame) -> tuple[list[list[str]], bool]:
    """The names of the rows in lines, and whether they stand above their rows: on a telephone, where they are long."""
    if frame.is_narrow and frame.widest(names) > 0.36 * frame.width:
        return [frame.lines(name, frame.width - 4) for name in names], True
    return [frame.lines(name, 0.4 * frame.width, 5) for name in names], False


def _said(rows: Rows, shown: Shown, frame: Frame) -> tuple[list[str], bool]:
    """What stands beside each value, and whether the groups need a key: where their names are too long to stand there.

    A group is named once, beside its first dot.
    """
    said, seen = [], set()
    for name, items in rows:
        for item in items:
            text = shown(item.value)
            if item.label not in ("", name) and item.label not in seen:
                text += f" {item.label[:1].lower()}{item.label[1:]}"
            seen.add(item.label)
            said.append(text)
    if frame.widest(said) <= 0.36 * frame.width:
        return said, False
    return [shown(item.value) for _, items in rows for item in items], True


def _places(rows: Rows, heads: Sequence[list[str]], above: bool, look: _Look, frame: Frame
            ) -> tuple[list[tuple[float, float]], list[float], float]:
    """In px from the top: where each row begins and ends, the middle of each value, and the height of it all."""
    heights = [len(items) * look.height * frame.font for _, items in rows]
    named = [len(lines) * frame.line for lines in heads]
    gap = 0.9 * frame.font
    taken = [(h + n if above else max(h, n)) + gap for h, n in zip(heights, named, strict=True)]
    starts = [0.0, *accumulate(taken)]
    tops = [(start + gap / 2, start + took - gap / 2) for start, took in zip(starts, taken, strict=False)]
    places = [(bottom - height if above else (top + bottom - height) / 2) + (i + 0.5) * look.height * frame.font
              for (top, bottom), height, (_, items) in zip(tops, heights, rows, strict=True)
              for i in range(len(items))]
    return tops, places, starts[-1]


def _sized(items: Sequence[Interval], said: Sequence[str], zero: float, left: float, height: float, frame: Frame
           ) -> tuple[Plot, Span]:
    """The plot as wide as it can be with every number beside its interval within the picture."""
    first = min(zero, *(item.ends[0] for item in items))
    last = max(zero, *(item.ends[1] for item in items))
    last = last if last > first else first + 1.0
    widths = [frame.width_of(text) + BESIDE + 1 for text in said]
    left += max((w for item, w in zip(items, widths, strict=True) if item.value < 0), default=0.0)
    room = frame.width - left - 1
    unit = Span(first, last, 1.0)
    width = min([room - 14, *((room - w) / unit.at(item.ends[1]) for item, w in zip(items, widths, strict=True)
                              if item.value >= 0 and item.ends[1] > first)])
    return Plot(frame, width, height, left, frame.width - left - width), Span(first, last, width)


def _value(plot: Plot, span: Span, item: Interval, text: str, y: float) -> None:
    """The number at the end of its interval that is farther from zero."""
    colour = palette.text(item.colour) if item.row else palette.INK
    if item.value < 0:
        plot.write([text], span.at(item.ends[0]) - BESIDE, y, colour, "right", clears=True)
    else:
        plot.write([text], span.at(item.ends[1]) + BESIDE, y, colour, clears=True)


def _x(span: Span, places: Sequence[float] = ()) -> dict[str, Any]:
    import altair as alt

    return {"scale": span.scale(), "axis": alt.Axis(values=list(places))}


def _y(plot: Plot, name: str = "y:Q") -> Any:
    import altair as alt

    return alt.Y(name, axis=None, scale=alt.Scale(domain=[plot.height, 0], nice=False))


def _grid(plot: Plot, span: Span, places: Sequence[float], look: _Look) -> None:
    """The axis with its grid; lines at zero and at `no difference` where the values stand on both sides of it."""
    import altair as alt

    lines = [look.reference] if look.reference is not None else [0.0] if span.first < 0 else []
    plot.layers.append(plot.chart([{"x": at} for at in lines]).mark_rule(
        color=palette.FAINT, strokeDash=[3, 3] if look.reference is not None else [1, 0]).encode(
        x=alt.X("x:Q", **_x(span, places))))


def _bars(plot: Plot, span: Span, items: Sequence[tuple[Interval, float]]) -> None:
    import altair as alt

    half = 0.5 * plot.frame.font
    rows = [{"a": 0.0, "b": i.value, "y": y - half, "z": y + half, "c": i.colour} for i, y in items]
    plot.layers.append(plot.chart(rows).mark_rect().encode(
        x=alt.X("a:Q", scale=span.scale()), x2=alt.X2("b:Q"), y=_y(plot), y2=alt.Y2("z:Q"),
        color=alt.Color("c:N", scale=None)))
    plot.layers.append(plot.chart(_intervals(items)).mark_rule(strokeWidth=1.6, color=palette.INK).encode(
        x=alt.X("a:Q", scale=span.scale()), x2=alt.X2("b:Q"), y=_y(plot)))


def _dots(plot: Plot, span: Span, items: Sequence[tuple[Interval, float]]) -> None:
    import altair as alt

    plot.layers.append(plot.chart(_intervals(items)).mark_rule(strokeWidth=2).encode(
        x=alt.X("a:Q", scale=span.scale()), x2=alt.X2("b:Q"), y=_y(plot), color=alt.Color("c:N", scale=None)))
    rows = [{"x": i.value, "y": y, "c": i.colour, "k": palette.shape(i.colour)} for i, y in items]
    plot.layers.append(plot.chart(rows).mark_point(filled=True, size=DOT, opacity=1).encode(
        x=alt.X("x:Q", scale=span.scale()), y=_y(plot), fill=alt.Fill("c:N", scale=None),
        shape=alt.Shape("k:N", scale=None)))


def _intervals(items: Sequence[tuple[Interval, float]]) -> list[dict[str, Any]]:
    return [{"a": i.low, "b": i.high, "y": y, "c": i.colour} for i, y in items
            if i.low is not None and i.high is not None]


def _key(plot: Plot, items: Sequence[Interval]) -> None:
    """The groups over the plot, each behind its dot."""
    import altair as alt

    frame, y, dots = plot.frame, -6.0, []
    for item in reversed(list({i.label: i for i in items}.values())):
        name = frame.lines(item.label, frame.width - 22)
        y -= len(name) * frame.line
        plot.write(name, 18 - plot.left, y + len(name) * frame.line / 2, palette.text(item.colour))
        dots.append({"x": 7 - plot.left, "y": y + frame.line / 2, "c": item.colour, "k": palette.shape(item.colour)})
    plot.top = 4 - y
    plot.layers.append(plot.chart(dots).mark_point(
        filled=True, size=DOT, opacity=1, x=alt.expr("datum.x"), y=alt.expr("datum.y")).encode(
        fill=alt.Fill("c:N", scale=None), shape=alt.Shape("k:N", scale=None)))
