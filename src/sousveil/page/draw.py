"""The drawing itself: frames, room for labels, and SVG that is small, quiet and the same every time.

What Vega writes is stripped of everything that a page sets once (fonts, roles, classes) and of marks that show nothing.
Colours stay as they are; the style sheet of the page changes them in the dark (`palette.DARK`).
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sousveil.page import palette

__all__ = ["Frame", "drawn", "room_for", "spread", "thinned", "ticks", "wrapped"]

_FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
_DROPPED = re.compile(r'\s(?:class|role|aria-[a-z]+|font-family|pointer-events|stroke-miterlimit|xmlns:xlink|version'
                      r'|text-rendering)="[^"]*"')
_DECIMALS = re.compile(r"(\d+\.\d\d)\d+")
_PLAIN_GROUP = re.compile(r"<g>((?:(?!</?g\b).)*)</g>", re.S)
_NOTHING = re.compile(r'<g[^<>]*></g>|<path[^<>]*\bd=""[^<>]*/>|<path[^<>]*\bdisplay="none"[^<>]*/>'
                      r'|<path[^<>]*\bd="M0,0h0v0h0Z"[^<>]*/>|<path(?![^<>]*(?:fill|stroke))[^<>]*/>')
_BACKGROUND = re.compile(r'<rect width="[\d.]+" height="[\d.]+" fill="(?:white|transparent|none)"/>')


@dataclass(frozen=True, slots=True)
class Frame:
    """How wide a drawing is and how large its letters are, in px; and the data of its parts.

    Altair copies a chart's data over and over, so charts know theirs by name only.
    """

    width: float
    font: float
    is_narrow: bool
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def wide(cls) -> Frame:
        """For a column of 812 px on the screen, shrunk to no less than 680 px on paper."""
        return cls(798, 13.1, False)

    @classmethod
    def narrow(cls) -> Frame:
        """For a telephone: drawn at 340 px, shown at no less than 288 px."""
        return cls(332, 13.2, True)


    def chart(self, rows: Sequence[dict[str, Any]]) -> Any:
        """A chart of these rows, without marks."""
        import altair as alt

        name = f"rows-{len(self.data)}"
        self.data[name] = rows
        return alt.Chart(alt.NamedData(name=name))


def drawn(chart: Any, frame: Frame) -> str:
    """The chart as SVG text: the same bytes for the same chart."""
    import vl_convert

    spec = chart.to_dict(validate=False)
    spec["datasets"] = frame.data
    spec["config"] = _config(frame)
    return _quiet(str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])))


def _config(frame: Frame) -> dict[str, Any]:
    """What all pictures share. `aria` is off: the page says in words what a picture shows."""
    axis = {"labelFont": _FONT, "titleFont": _FONT, "labelFontSize": frame.font, "titleFontSize": frame.font,
            "titleFontWeight": "normal", "labelColor": palette.FAINT, "titleColor": palette.FAINT, "titlePadding": 8,
            "gridColor": palette.GRID, "domainColor": palette.GRID, "tickColor": palette.GRID, "tickSize": 4,
            "domain": False, "labelPadding": 5, "labelFlush": False}
    return {"aria": False, "background": None, "padding": {"left": 1, "right": 1, "top": 2, "bottom": 2},
            "view": {"stroke": None}, "font": _FONT, "axis": axis,
            "title": {"font": _FONT, "color": palette.INK, "fontSize": frame.font + 1},
            "text": {"font": _FONT, "baseline": "middle"}}


def _quiet(svg: str) -> str:
    svg = re.sub(r"<[^<>]*>", lambda tag: _DECIMALS.sub(r"\1", _DROPPED.sub("", tag[0])), svg)
    svg = _BACKGROUND.sub("", svg, count=1)
    before = ""
    while before != svg:
        before = svg
        svg = _NOTHING.sub("", svg)
        svg = _PLAIN_GROUP.sub(r"\1", svg)
    return svg


def room_for(texts: Sequence[str], frame: Frame, bold: bool = False) -> float:
    """About how many px the longest of these labels takes, at most two fifths of the frame."""
    wide = max((_width(t) for t in texts), default=0.0) * frame.font * (1.08 if bold else 1.0)
    return min(wide + 10, 0.42 * frame.width)


def _width(text: str) -> float:
    """The width of a text in ems, near enough for a sans-serif."""
    return sum(0.27 if c in "iljt.,;:'|! ()[]" else 0.86 if c in "mwMW%" else 0.68 if c.isupper() else
               1.0 if ord(c) > 0x2E80 else 0.555 for c in text)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The places moved apart until they are `gap` from each other, in order, within low and high if they fit.

    The nearest such places in the sense of least squares (pool adjacent violators).
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    blocks: list[list[float]] = []  # [sum, count] of places less their share of the gaps
    for rank, i in enumerate(order):
        blocks.append([places[i] - rank * gap, 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + count]
    flat = [total / count for total, count in blocks for _ in range(int(count))]
    most = max(low, high - (len(places) - 1) * gap)
    at = [min(max(z, low), most) + rank * gap for rank, z in enumerate(flat)]
    return [at[order.index(i)] for i in range(len(places))]


def ticks(first: float, last: float, most: int, year: int = 0) -> list[float]:
    """At most `most` + 1 round places; whole years where `year` steps make one and there are two or more."""
    length = last - first
    if length <= 0:
        return [first]
    power = 10.0 ** math.floor(math.log10(length / most))
    steps = [power * k for k in (1, 2, 5, 10)]
    if year and year <= length < 2 * year and length <= most:
        steps = [1.0]
    elif year and length >= 2 * year:
        steps = [float(year * k) for k in (1, 2, 3, 4, 5, 10, 20, 50, 100)]
    fit = [s for s in steps if length / s <= most] or steps[-1:]
    # Where it costs little, the last tick stands at the end.
    step = next((s for s in fit[:2] if length >= 2 * s and abs(length / s - round(length / s)) < 1e-9), fit[0])
    start = math.ceil(first / step - 1e-9)
    return [round(step * k, 10) for k in range(start, math.floor(last / step + 1e-9) + 1)]


def thinned(x: Sequence[float], shares: Mapping[str, Sequence[float]]
            ) -> tuple[list[float], dict[str, list[float]]]:
    """At most some 60 places of a long series, the last among them: what a picture of this size can show."""
    every = math.ceil(len(x) / 61)
    kept = [i for i in range(len(x)) if (len(x) - 1 - i) % every == 0 or i == 0]
    return [x[i] for i in kept], {name: [values[i] for i in kept] for name, values in shares.items()}


def wrapped(label: str, frame: Frame) -> str:
    """The label cut into lines: at most three where there is room, seven where there is not."""
    columns, most = (16, 7) if frame.is_narrow else (34, 3)
    return "\n".join(textwrap.wrap(label, columns, max_lines=most, placeholder=" …")) or " "
