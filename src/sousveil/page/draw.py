"""The drawing itself: plots of known size, their labels, and SVG that is small, quiet and the same every time.

Altair and Vega draw the marks and the grid. Every text is placed and written here, from widths that are known
beforehand (`letters`): nothing in a picture depends on the fonts of a machine, and no name reaches Vega. Colours are
variables that the style sheet of the page sets, for the light and for the dark (`palette`).
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sousveil.page import letters, palette

__all__ = ["Drawing", "Frame", "Label", "Plot", "Stroke", "both"]

LINE = 1.25
"""From one line of a label to the next, in ems."""

_DROPPED = re.compile(r'\s(?:(?:class|role|aria-[a-z]+|pointer-events|stroke-miterlimit)="[^"]*"|opacity="1")')
_DECIMALS = re.compile(r"(\d+\.\d)\d+")
_PLAIN_GROUP = re.compile(r"<g>((?:(?!</?g\b).)*)</g>", re.S)
_NOTHING = re.compile(r'<g[^<>]*/>|<g(?:\s[^<>]*)?></g>|<path[^<>]*\bd=""[^<>]*/>|<path[^<>]*\bdisplay="none"[^<>]*/>'
                      r'|<path[^<>]*\bd="M0,0h0v0h0Z"[^<>]*/>|<path(?![^<>]*(?:fill|stroke))[^<>]*/>')


class Drawing(NamedTuple):
    """One picture in two drawings: `Chart(*areas(...), title, alt, table, csv)`.

    A drawing is one SVG or several below each other, so that paper can break between them.
    """

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Frame:
    """How wide a drawing is and how large its letters are, in px."""

    width: float
    font: float
    is_narrow: bool

    @classmethod
    def wide(cls) -> Frame:
        """For a column of 812 px on the screen, shrunk to no less than 680 px on paper."""
        return cls(812, 13.2, False)

    @classmethod
    def narrow(cls) -> Frame:
        """For a telephone: drawn at 340 px, shown at no less than 288 px."""
        return cls(340, 13.2, True)

    @property
    def line(self) -> float:
        return LINE * self.font

    def width_of(self, text: str, bold: bool = False) -> float:
        return letters.width(text, bold) * self.font

    def widest(self, texts: Sequence[str], bold: bool = False) -> float:
        return max((self.width_of(t, bold) for t in texts), default=0.0)

    def lines(self, text: str, room: float, most: int = 7, bold: bool = False) -> list[str]:
        """The text in lines of at most `room` px."""
        return letters.lines(text, room / self.font, most, bold)

    def with_number(self, name: str, number: str, room: float) -> list[str]:
        """A bold name in lines, and its number beside the end of it where there is room, else below."""
        lines = self.lines(name, room, bold=True)
        together = f"{lines[-1]} {number}"
        if self.width_of(together, bold=True) <= room:
            return [*lines[:-1], together]
        return [*lines, number]


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text in px from the upper left corner of its plot; y is the middle of its small letters."""

    x: float
    y: float
    text: str
    colour: str = palette.FAINT
    align: str = "left"
    bold: bool = False
    size: float = 0.0
    """In px, where it is not that of the frame."""
    clears: bool = False
    """Whether it stands on marks or grid lines, which then end a little before it."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A thin straight line that leads from a mark to its name."""

    x: float
    y: float
    x2: float
    y2: float
    colour: str
    dash: Sequence[int] = (1, 0)
    thickness: float = 1.2


_ANCHOR = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}


@dataclass(slots=True)
class Plot:
    """A rectangle of px with marks in it, labels in and around it, and the room that they take around it."""

    frame: Frame
    width: float
    height: float
    left: float = 1.0
    right: float = 1.0
    top: float = 3.0
    bottom: float = 3.0
    labels: list[Label] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    layers: list[Any] = field(default_factory=list)
    rows: dict[str, Any] = field(default_factory=dict)

    def chart(self, rows: Sequence[dict[str, Any]]) -> Any:
        """A chart of these rows, without marks. Altair copies data over and over, so charts know theirs by name."""
        import altair as alt

        name = f"rows-{len(self.rows)}"
        self.rows[name] = rows
        return alt.Chart(alt.NamedData(name=name))

    def write(self, lines: Sequence[str], x: float, middle: float, colour: str = palette.FAINT, align: str = "left",
              bold: bool = False, size: float = 0.0, clears: bool = False) -> None:
        """Lines about a middle, one below the other."""
        step = LINE * (size or self.frame.font)
        first = middle - (len(lines) - 1) * step / 2
        self.labels += [Label(x, first + i * step, text, colour, align, bold, size, clears)
                        for i, text in enumerate(lines)]


def both(build: Callable[[Frame], Sequence[Sequence[Plot]]]) -> Drawing:
    """What `build` returns for each frame, drawn: rows of plots, the plots of a row side by side."""
    import altair as alt

    with alt.utils.schemapi.debug_mode(False):  # what is built here is fixed; tests draw every kind of it
        return Drawing(*("".join(_row(plots) for plots in build(frame)) for frame in (Frame.wide(), Frame.narrow())))


def _row(plots: Sequence[Plot]) -> str:
    """One SVG as wide as the frame."""
    parts, x = [], 0.0
    top = max(plot.top for plot in plots)
    for plot in plots:
        drawn = _marks(plot) + "".join(_stroke(s) for s in plot.strokes) + _texts(plot)
        parts.append(f'<g transform="translate({_short(x + plot.left)},{_short(top)})">{drawn}</g>')
        x += plot.left + plot.width + plot.right
    frame, height = plots[0].frame, top + max(plot.height + plot.bottom for plot in plots)
    size = f'width="{_short(frame.width)}" height="{_short(height)}"'
    box = f'viewBox="0 0 {_short(frame.width)} {_short(height)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{"".join(parts)}</svg>'


def _marks(plot: Plot) -> str:
    """The marks as Vega draws them, about the upper left corner of the plot."""
    import altair as alt
    import vl_convert

    spec = alt.layer(*plot.layers).resolve_scale(color="independent").properties(
        width=plot.width, height=plot.height).to_dict(validate=False)
    spec |= {"datasets": plot.rows, "config": _CONFIG, "autosize": {"type": "none"}, "padding": 0}
    svg = str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))
    return _quiet(svg[svg.index(">") + 1:svg.rindex("</svg>")])


_CONFIG = {"aria": False, "background": None, "view": {"stroke": None},
           "axis": {"labels": False, "title": None, "domain": False, "tickSize": 4, "gridColor": palette.GRID,
                    "tickColor": palette.GRID}}
"""What all pictures share. `aria` is off: the page says in words what a picture shows."""


def _quiet(svg: str) -> str:
    svg = re.sub(r"<[^<>]*>", lambda tag: _DECIMALS.sub(r"\1", _DROPPED.sub("", tag[0])), svg)
    before = ""
    while before != svg:
        before = svg
        svg = _NOTHING.sub("", svg)
        svg = _PLAIN_GROUP.sub(r"\1", svg)
    return svg


def _stroke(s: Stroke) -> str:
    dash = "" if s.dash[1] == 0 else f' stroke-dasharray="{",".join(map(str, s.dash))}"'
    return (f'<line x1="{_short(s.x)}" y1="{_short(s.y)}" x2="{_short(s.x2)}" y2="{_short(s.y2)}"'
            f' stroke="{s.colour}" stroke-width="{s.thickness}"{dash}/>')


def _texts(plot: Plot) -> str:
    """The labels as SVG; those that follow each other in one style share it."""
    parts = []
    for style, labels in itertools.groupby(plot.labels, lambda label: _style(label, plot.frame)):
        parts.append(f"<g{style}>{''.join(_text(label, plot.frame) for label in labels)}</g>")
    return "".join(parts)


def _style(label: Label, frame: Frame) -> str:
    bold = ' font-weight="bold"' if label.bold else ""
    clear = f' stroke="{palette.PAPER}" stroke-width="3" paint-order="stroke"' if label.clears else ""
    size = _short(label.size or frame.font)
    return f' font-size="{size}px" fill="{label.colour}"{_ANCHOR[label.align]}{bold}{clear}'


def _text(label: Label, frame: Frame) -> str:
    """A label, held to its width whatever the font."""
    text = letters.printable(label.text)
    size = label.size or frame.font
    room = letters.width(text, label.bold) * size
    held = f' textLength="{room:.1f}" lengthAdjust="spacingAndGlyphs"' if room else ""
    return (f'<text x="{_short(label.x)}" y="{_short(label.y + 0.34 * size)}"{held}>'
            f"{html.escape(letters.isolated(text), quote=False)}</text>")


def _short(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
