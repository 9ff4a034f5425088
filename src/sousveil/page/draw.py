"""The drawing itself: plots of known size, their labels, and SVG that is small, quiet and the same every time.

Every text is placed and written here, from widths that are known beforehand (`letters`), and every mark is written by
`marks`: nothing in a picture depends on the fonts or the libraries of a machine, and a page is drawn within a second in
little memory. Colours are variables that the style sheet of the page sets, for the light and for the dark (`palette`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sousveil.page import letters, palette
from sousveil.page.marks import px

__all__ = ["Drawing", "Frame", "Label", "Plot", "both"]

LINE = 1.25
"""From one line of a label to the next, in ems."""

FEW = 9
"""So many plain letters of a label are moved apart or together rather than made wider or narrower."""


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
    marks: list[str] = field(default_factory=list)
    """In the order in which they are drawn, under the labels."""

    def write(self, lines: Sequence[str], x: float, middle: float, colour: str = palette.FAINT, align: str = "left",
              bold: bool = False, size: float = 0.0, clears: bool = False) -> None:
        """Lines about a middle, one below the other."""
        step = LINE * (size or self.frame.font)
        first = middle - (len(lines) - 1) * step / 2
        self.labels += [Label(x, first + i * step, text, colour, align, bold, size, clears)
                        for i, text in enumerate(lines)]


def both(build: Callable[[Frame], Sequence[Sequence[Plot]]]) -> Drawing:
    """What `build` returns for each frame, drawn: rows of plots, the plots of a row side by side."""
    return Drawing(*("".join(_row(plots) for plots in build(frame)) for frame in (Frame.wide(), Frame.narrow())))


def _row(plots: Sequence[Plot]) -> str:
    """One SVG as wide as the frame."""
    parts, x = [], 0.0
    top = max(plot.top for plot in plots)
    for plot in plots:
        parts.append(f'<g transform="translate({px(x + plot.left)},{px(top)})">{"".join(plot.marks)}{_texts(plot)}</g>')
        x += plot.left + plot.width + plot.right
    frame, height = plots[0].frame, top + max(plot.height + plot.bottom for plot in plots)
    size = f'width="{px(frame.width)}" height="{px(height)}"'
    box = f'viewBox="0 0 {px(frame.width)} {px(height)}" font-size="{px(frame.font)}px"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{"".join(parts)}</svg>'


def _texts(plot: Plot) -> str:
    """The labels as SVG; those in one style share it."""
    styles: dict[str, list[str]] = {}
    for label in plot.labels:
        styles.setdefault(_style(label), []).append(_text(label, plot.frame))
    return "".join(f"<g{style}>{''.join(texts)}</g>" for style, texts in styles.items())


def _style(label: Label) -> str:
    bold = ' font-weight="bold"' if label.bold else ""
    clear = f' stroke="{palette.PAPER}" stroke-width="3" paint-order="stroke"' if label.clears else ""
    size = f' font-size="{px(label.size)}px"' if label.size else ""
    return f'{size} fill="{label.colour}"{_ANCHOR[label.align]}{bold}{clear}'


def _text(label: Label, frame: Frame) -> str:
    """A label, held to its width whatever the font: of a few letters by the room between them alone."""
    text = letters.printable(label.text)
    size = label.size or frame.font
    room = letters.width(text, label.bold) * size
    how = ' lengthAdjust="spacingAndGlyphs"' if len(text) > FEW or not text.isascii() else ""
    held = f' textLength="{px(room)}"{how}' if room else ""
    return (f'<text x="{px(label.x)}" y="{px(label.y + 0.34 * size)}"{held}>'
            f"{html.escape(letters.isolated(text), quote=False)}</text>")
