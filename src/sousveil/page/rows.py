"""Rows of values with their intervals: bars from zero, and dots for comparing groups."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sousveil.page import marks, palette, words
from sousveil.page.axes import Span, axis_below, fitting, grid, ticks
from sousveil.page.draw import Drawing, Frame, Plot, both

__all__ = ["Bar", "Interval", "bars", "dots"]

Shown = Callable[[float], str]

BESIDE = 8.0
"""The px between the end of an interval and the number beside it."""

GAP = 0.9
"""The ems between two rows."""

UNDER = 0.2
"""The ems of that gap that lie between a name that stands above its row and what the row shows, so that no letter
reaches into a bar.
"""

TALL = 380.0
"""The px after which rows go on in another plot, so that paper can break between them."""


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
    return both(lambda frame: _plots(rows, x_title, shown, _Look(_bars, 1.0, 0.0), frame))


def dots(items: Sequence[Interval], x_title: str, shown: Shown = words.number, *,
         reference: float | None = None) -> Drawing:
    """Dots with interval lines: one line a `row`, in it one dot a `label` (a group), for comparing groups.

    Without rows, every label has a line of its own.

    reference  a value that means `no difference`, drawn as a vertical line
    """
    rows = [(name, [i for i in items if (i.row or i.label) == name])
            for name in dict.fromkeys(i.row or i.label for i in items)]
    zero = 0.0 if reference is None else reference
    return both(lambda frame: _plots(rows, x_title, shown, _Look(_dots, 1.5, zero, reference, 1.3 * marks.DOT), frame))


@dataclass(frozen=True, slots=True)
class _Look:
    """How a row is drawn: its marks, the ems of each value, what its axis holds at least, the line of no difference,
    the px that a mark reaches to each side of its value.
    """

    marks: Callable[[Plot, Span, Sequence[tuple[Interval, float]]], None]
    ems: float
    zero: float
    reference: float | None = None
    reach: float = 0.0


@dataclass(frozen=True, slots=True)
class _Row:
    """The lines of its name, its values with what stands beside each, and the px that all this takes."""

    head: list[str]
    items: Sequence[Interval]
    said: list[str]
    height: float


Rows = Sequence[tuple[str, Sequence[Interval]]]


def _plots(named: Rows, x_title: str, shown: Shown, look: _Look, frame: Frame) -> list[list[Plot]]:
    """The rows in plots below each other, on one scale: none so tall that it leaves half a sheet of paper empty."""
    above = frame.is_narrow and frame.widest([name for name, _ in named]) > 0.36 * frame.width
    said, key = _said(named, shown, frame)
    rows = [_row(name, items, texts, look, above, frame) for (name, items), texts in zip(named, said, strict=True)]
    names = 0.0 if above else frame.widest([line for row in rows for line in row.head])
    left, width, span = _sized(rows, look.zero, names + 13 if names else 1.0 + look.reach, frame)
    ticked = words.percent if shown(0.5).endswith("%") else words.number
    sheets = _sheets(rows)
    plots = [Plot(frame, width, sum(row.height for row in sheet), left, frame.width - left - width)
             for sheet in sheets]
    for plot, sheet in zip(plots, sheets, strict=True):
        at = fitting(plot, span, 3 if frame.is_narrow else 7, ticked, lambda n: ticks(span.first, span.last, n))
        _lines(plot, span, at, look, [(0.0, plot.height)] if names else _under_names(sheet, look, frame))
        _fill(plot, span, sheet, look, names)
        axis_below(plot, at, span, ticked, x_title if plot is plots[-1] else "")
    if key:
        _key(plots[0], [item for _, items in named for item in items])
    return [[plot] for plot in plots]


def _said(rows: Rows, shown: Shown, frame: Frame) -> tuple[list[list[str]], bool]:
    """What stands beside each value, and whether the groups need a key: where their names are too long to stand there.

    A group is named once, beside its first dot.
    """
    seen: set[str] = set()
    said: list[list[str]] = []
    for name, items in rows:
        new = [item.label not in ("", name) and item.label not in seen for item in items]
        said.append([f"{shown(i.value)} {i.label}" if first else shown(i.value)
                     for i, first in zip(items, new, strict=True)])
        seen |= {item.label for item in items}
    if max(frame.widest(texts) for texts in said) <= 0.36 * frame.width:
        return said, False
    return [[shown(item.value) for item in items] for _, items in rows], True


def _row(name: str, items: Sequence[Interval], said: list[str], look: _Look, above: bool, frame: Frame) -> _Row:
    """On a telephone, where names are long, they stand above their rows."""
    head = frame.lines(name, frame.width - 4) if above else frame.lines(name, 0.4 * frame.width, 5)
    height, named = len(items) * look.ems * frame.font, len(head) * frame.line
    return _Row(head, items, said, (height + named if above else max(height, named)) + GAP * frame.font)


def _sheets(rows: Sequence[_Row]) -> list[list[_Row]]:
    """The rows in as few parts of much the same height as keep each near `TALL`, or one row a part."""
    total, start = sum(row.height for row in rows), 0.0
    count = math.ceil(total / TALL)
    sheets: list[list[_Row]] = [[] for _ in range(count)]
    for row in rows:
        sheets[min(count - 1, int(count * (start + row.height / 2) / total))].append(row)
        start += row.height
    return [sheet for sheet in sheets if sheet]


def _sized(rows: Sequence[_Row], zero: float, left: float, frame: Frame) -> tuple[float, float, Span]:
    """The room on the left, and the plot as wide as it can be with every number beside its interval in the picture."""
    values = [(item, frame.width_of(text) + BESIDE + 1) for row in rows
              for item, text in zip(row.items, row.said, strict=True)]
    first = min(zero, *(item.ends[0] for item, _ in values))
    last = max(zero, *(item.ends[1] for item, _ in values))
    last = last if last > first else first + 1.0
    left += max((wide for item, wide in values if item.value < 0), default=0.0)
    room, unit = frame.width - left - 1, Span(first, last, 1.0)
    width = min([room - 14, *((room - wide) / unit.at(item.ends[1]) for item, wide in values
                              if item.value >= 0 and item.ends[1] > first)])
    return left, width, Span(first, last, width)


def _fill(plot: Plot, span: Span, rows: Sequence[_Row], look: _Look, names: float) -> None:
    """The rows with their names: left of the plot, flush right, or above each row where `names` is 0."""
    frame, step, top = plot.frame, look.ems * plot.frame.font, 0.0
    drawn: list[tuple[Interval, float]] = []
    for row in rows:
        end, high = top + row.height, len(row.items) * step
        if names:
            plot.write(row.head, 1 - plot.left + names, (top + end) / 2, palette.INK, "right")
            first = (top + end - high) / 2
        else:
            middle = top + (GAP * frame.font + len(row.head) * frame.line) / 2
            plot.write(row.head, 1 - plot.left, middle, palette.INK, clears=True)
            first = end - (GAP / 2 - UNDER) * frame.font - high
        for i, (item, text) in enumerate(zip(row.items, row.said, strict=True)):
            drawn.append((item, first + (i + 0.5) * step))
            _value(plot, span, item, text, drawn[-1][1])
        top = end
    look.marks(plot, span, drawn)


def _value(plot: Plot, span: Span, item: Interval, text: str, y: float) -> None:
    """The number at the end of its interval that is farther from zero."""
    colour = palette.text(item.colour) if item.row else palette.INK
    if item.value < 0:
        plot.write([text], span.at(item.ends[0]) - BESIDE, y, colour, "right", clears=True)
    else:
        plot.write([text], span.at(item.ends[1]) + BESIDE, y, colour, clears=True)


def _under_names(rows: Sequence[_Row], look: _Look, frame: Frame) -> list[tuple[float, float]]:
    """The parts of the height that are no name's: there lines may stand."""
    ends = list(itertools.accumulate(row.height for row in rows))
    return [(end - (GAP / 2 + look.ems * len(row.items)) * frame.font, end)
            for row, end in zip(rows, ends, strict=True)]


def _lines(plot: Plot, span: Span, places: Sequence[float], look: _Look, parts: Sequence[tuple[float, float]]) -> None:
    """The axis with its grid; lines at zero and at `no difference` where the values stand on both sides of it."""
    grid(plot, span, places, upright=parts)
    at = look.reference if look.reference is not None else 0.0 if span.first < 0 else None
    if at is not None:
        dash = (1, 0) if look.reference is None else (3, 3)
        upright = [(span.at(at), top, span.at(at), end) for top, end in parts]
        plot.marks.append(marks.rules(upright, palette.FAINT, 1.0, dash))


def _bars(plot: Plot, span: Span, items: Sequence[tuple[Interval, float]]) -> None:
    half, zero = 0.5 * plot.frame.font, span.at(0.0)
    plot.marks += [marks.rectangle(zero, y - half, span.at(i.value), y + half, i.colour) for i, y in items]
    ends = _intervals(span, items)
    for colour, thickness in ((palette.PAPER, 4.4), (palette.INK, 1.6)):  # an edge of paper, to be seen on its own bar
        plot.marks.append(marks.rules([at for at, _ in ends], colour, thickness))


def _dots(plot: Plot, span: Span, items: Sequence[tuple[Interval, float]]) -> None:
    plot.marks += [marks.rules([at], colour, 2.0) for at, colour in _intervals(span, items)]
    plot.marks += [marks.dot(span.at(i.value), y, i.colour) for i, y in items]


def _intervals(span: Span, items: Sequence[tuple[Interval, float]]
               ) -> list[tuple[tuple[float, float, float, float], str]]:
    """Their ends and their colour, where there are any."""
    return [((span.at(i.low), y, span.at(i.high), y), i.colour) for i, y in items
            if i.low is not None and i.high is not None]


def _key(plot: Plot, items: Sequence[Interval]) -> None:
    """The groups over the plot, each behind its dot."""
    frame, y = plot.frame, -6.0
    for item in reversed(list({i.label: i for i in items}.values())):
        name = frame.lines(item.label, frame.width - 22)
        y -= len(name) * frame.line
        plot.write(name, 18 - plot.left, y + len(name) * frame.line / 2, palette.text(item.colour))
        plot.marks.append(marks.dot(7 - plot.left, y + frame.line / 2, item.colour))
    plot.top = 4 - y
