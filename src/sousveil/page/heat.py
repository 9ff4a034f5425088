"""A heat map where two numbers vary."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from sousveil.page import marks, palette, words
from sousveil.page.axes import GAP, axis_title
from sousveil.page.draw import Drawing, Frame, Plot, both

__all__ = ["heat"]

Values = Sequence[Sequence[float | None]]

_PALE, _DEEP = (0xF3, 0xE7, 0xDC), (0x8A, 0x3A, 0x10)
_ON_PALE, _ON_DEEP = "#000000", "#ffffff"
"""Cells and the numbers in them keep these colours in the dark: they go together."""


def heat(x: Sequence[str], y: Sequence[str], values: Values, x_title: str, y_title: str,
         shown: Callable[[float], str] = words.number) -> Drawing:
    """A heat map where two numbers vary: `values[row of y][column of x]`, darker for more, the number in the cell."""
    return both(lambda frame: [[_heat(x, y, values, (x_title, y_title), shown, frame)]])


def _heat(x: Sequence[str], y: Sequence[str], values: Values, titles: tuple[str, str],
          shown: Callable[[float], str], frame: Frame) -> Plot:
    heads = [frame.lines(name, 0.3 * frame.width, 3) for name in y]
    left = frame.widest([line for lines in heads for line in lines]) + 9
    high = max(26.0, 1.9 * frame.font, *(len(lines) * frame.line + 4 for lines in heads))
    plot = Plot(frame, frame.width - left - 12, high * len(y), left, 12)
    wide = plot.width / len(x)
    _cells(plot, values, wide, high, shown)
    for row, lines in enumerate(heads):
        plot.write(lines, -7, (row + 0.5) * high, align="right")
    names = [frame.lines(name, max(wide, 60.0) - GAP, 2) for name in x]
    below = plot.height + 6 + max(len(lines) for lines in names) * frame.line
    every = math.ceil((frame.widest([line for lines in names for line in lines]) + GAP) / wide)
    for column, lines in list(enumerate(names))[::every]:
        middle, half = (column + 0.5) * wide, frame.widest(lines) / 2
        if half <= middle + left and middle + half <= plot.width + 12:
            plot.write(lines, middle, (plot.height + 6 + below) / 2, align="center")
    axis_title(plot, titles[0], below)
    above = frame.lines(titles[1], plot.left + plot.width)
    plot.top = len(above) * frame.line + 10
    plot.write(above, 1 - plot.left, -8 - len(above) * frame.line / 2)
    return plot


def _cells(plot: Plot, values: Values, wide: float, high: float, shown: Callable[[float], str]) -> None:
    flat = [v for row in values for v in row if v is not None]
    low, span = min(flat), (max(flat) - min(flat)) or 1.0
    fits = plot.frame.widest([shown(v) for v in flat]) + 6 <= wide
    for row, line in enumerate(values):
        for column, v in enumerate(line):
            if v is None:
                continue
            part = (v - low) / span
            plot.marks.append(marks.rectangle(column * wide, row * high, (column + 1) * wide, (row + 1) * high,
                                              _shade(part), f' stroke="{palette.PAPER}" stroke-width=".7"'))
            if fits:
                plot.write([shown(v)], (column + 0.5) * wide, (row + 0.5) * high, _letters(part), "center")


def _shade(part: float) -> str:
    return "#" + "".join(f"{round(a + part * (b - a)):02x}" for a, b in zip(_PALE, _DEEP, strict=True))


def _letters(part: float) -> str:
    """The colour of a number on a cell so far from pale to deep."""
    return _ON_DEEP if part > 0.74 else _ON_PALE
