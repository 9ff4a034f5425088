"""Lines with bands: survival steps, and sweeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sousveil.page import marks, palette, words
from sousveil.page.axes import Span, axis_below, fitting, grid, logarithmic_ticks, nice, spread, thinned, ticks
from sousveil.page.draw import Drawing, Frame, Plot, both

__all__ = ["Curve", "lines", "survival"]

LEADER = 16.0
"""The px between the end of a curve and its name, where a thin line leads from one to the other."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A line with its band. `low` and `high` are empty where there is none."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: str = palette.ACCENT


@dataclass(frozen=True, slots=True)
class _Kind:
    """How curves are drawn: as steps, as shares, to 100 %, over a logarithm, over years."""

    step: bool = False
    share: bool = False
    whole: bool = False
    logarithmic: bool = False
    year: int = 0


def survival(curves: Sequence[Curve], x_title: str, y_title: str = "", *, year: int = 0) -> Drawing:
    """Survival steps with their bands, from 0 to 100 %, labelled at their ends. `year`: as in `areas`."""
    kind = _Kind(step=True, share=True, whole=True, year=year)
    return both(lambda frame: [[_curves(curves, x_title, y_title, kind, frame)]])


def lines(curves: Sequence[Curve], x_title: str, y_title: str = "", *, share: bool = False,
          logarithmic: bool = False) -> Drawing:
    """Lines with bands, for sweeps. `share`: the y axis is a share; `logarithmic`: the x axis is."""
    kind = _Kind(share=share, logarithmic=logarithmic)
    return both(lambda frame: [[_curves(curves, x_title, y_title, kind, frame)]])


def _curves(curves: Sequence[Curve], x_title: str, y_title: str, kind: _Kind, frame: Frame) -> Plot:
    low, high, levels = _levels(curves, kind)
    shown: Callable[[float], str] = words.percent if kind.share else words.number
    left = frame.widest([shown(y) for y in levels]) + 10
    room = 0.36 * frame.width
    names = [frame.lines(c.label, room, 5, bold=True) for c in curves]
    needed = sum(len(name) + 0.15 for name in names) * frame.line
    right = frame.widest([line for name in names for line in name], bold=True) + LEADER + 6
    height = 220.0 if frame.is_narrow else 270.0
    beside = needed <= 1.25 * height
    plot = Plot(frame, frame.width - left - (right if beside else 12), max(height, needed if beside else 0), left,
                right if beside else 12)
    across = Span(min(c.x[0] for c in curves), max(c.x[-1] for c in curves), plot.width, kind.logarithmic)
    down = Span(high, low, plot.height)
    places = fitting(plot, across, 4 if frame.is_narrow else 6, words.number, lambda n: (
        logarithmic_ticks(across.first, across.last, n) if kind.logarithmic
        else ticks(across.first, across.last, n, kind.year)))
    grid(plot, across, places, down, levels)
    _draw(plot, curves, across, down, kind)
    for y in levels:
        plot.write([shown(y)], -7, down.at(y), align="right")
    plot.top = max(plot.top, frame.line / 2)  # the number at the top of the axis stands half above it
    axis_below(plot, places, across, words.number, x_title)
    if beside:
        _name(plot, curves, names, across, down)
    else:
        _key(plot, curves)
    if y_title:
        above = frame.lines(y_title, plot.width + plot.right, 3)
        plot.top = len(above) * frame.line + 12
        plot.write(above, 0, -10 - len(above) * frame.line / 2)
    return plot


def _levels(curves: Sequence[Curve], kind: _Kind) -> tuple[float, float, list[float]]:
    """Where the y axis begins and ends, and its ticks."""
    if kind.whole:
        return 0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    highest = max(max([*c.y, *c.high]) for c in curves)
    lowest = min(0.0, *(min([*c.y, *c.low]) for c in curves))
    return nice(lowest, highest if highest > lowest else 1.0, 5)


def _draw(plot: Plot, curves: Sequence[Curve], across: Span, down: Span, kind: _Kind) -> None:
    """The bands, then the lines over them."""
    shape = marks.steps if kind.step else marks.seen
    drawn = []
    for c in curves:
        kept = thinned(c.x, (6 if plot.frame.is_narrow else 3) * len(curves), 60 if plot.frame.is_narrow else 120)

        def of(values: Sequence[float], c: Curve = c, kept: Sequence[int] = kept) -> marks.Places:
            return shape([(across.at(c.x[i]), down.at(values[i])) for i in kept])

        if c.low:
            plot.marks.append(marks.area([*of(c.low), *reversed(of(c.high))], c.colour, ' opacity=".22"'))
        drawn.append(marks.line(of(c.y), c.colour, 2.2, palette.dash(c.colour)))
    plot.marks += drawn


def _name(plot: Plot, curves: Sequence[Curve], names: Sequence[list[str]], across: Span, down: Span) -> None:
    """The names of the curves at their ends, moved apart where they would overlap, with a line that leads there."""
    line = plot.frame.line
    ends = [down.at(c.y[-1]) for c in curves]
    apart = spread(ends, [len(name) * line for name in names], -line / 2, plot.height + line / 2)
    for curve, name, end, y in zip(curves, names, ends, apart, strict=True):
        plot.write(name, plot.width + LEADER, y, palette.text(curve.colour), bold=True)
        plot.marks.append(marks.rules([(across.at(curve.x[-1]), end, plot.width + LEADER - 4, y)], curve.colour, 1.2,
                                      palette.dash(curve.colour)))


def _key(plot: Plot, curves: Sequence[Curve]) -> None:
    """The names below the plot, each behind a piece of its line: where they are too long for its side."""
    frame, y = plot.frame, plot.height + plot.bottom + 6
    for curve in sorted(curves, key=lambda c: -c.y[-1]):
        name = frame.lines(curve.label, frame.width - 42, 5, bold=True)
        middle = y + frame.line / 2
        plot.marks.append(marks.rules([(2 - plot.left, middle, 30 - plot.left, middle)], curve.colour, 2.2,
                                      palette.dash(curve.colour)))
        plot.write(name, 38 - plot.left, y + len(name) * frame.line / 2, palette.text(curve.colour), bold=True)
        y += (len(name) + 0.15) * frame.line
    plot.bottom = y - plot.height + 2
