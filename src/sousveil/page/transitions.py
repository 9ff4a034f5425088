"""Who is in which tier in two worlds: blocks on both sides, and bands between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sousveil.page import marks, palette, words
from sousveil.page.axes import spread
from sousveil.page.draw import LINE, Drawing, Frame, Plot, both
from sousveil.page.flows import Band, Block, Flow, laid
from sousveil.page.marks import px

__all__ = ["transitions"]

BAR, GAP = 10.0, 5.0
"""How thick a block is and how far apart they are, in px."""

NAMED = 4
"""So many of the largest moves have their share written beside them."""

BESIDE = 7.0
"""The px between a block and its name."""

Sides = tuple[Sequence[str], Sequence[str]]


def transitions(panels: Mapping[str, Sequence[Flow]], colours: Mapping[str, str], sides: Sides,
                heads: tuple[str, str]) -> Drawing:
    """Who is in which tier in two worlds: bands from left to right, as thick as a share, one panel a group.

    panels   panel -> flows, on one scale; who changes tier is drawn in the accent, the largest with their share
    colours  tier -> colour; sides: the tiers of each world from the top one down; heads: the names of the worlds
    """
    def build(frame: Frame) -> list[list[Plot]]:
        look = _look([laid(flows, *sides, gap=0)[:2] for flows in panels.values()], heads, frame)
        return [[_panel(name, flows, colours, sides, look, frame)] for name, flows in panels.items()]

    return both(build)


class _Look(NamedTuple):
    """What all panels share, in px: the room at their sides and their height; the names of the worlds in lines."""

    left: float
    right: float
    height: float
    heads: tuple[list[str], list[str]]


def _look(panels: Sequence[tuple[Sequence[Block], Sequence[Block]]], heads: tuple[str, str], frame: Frame) -> _Look:
    said = [[[_said(block, frame, before) for block in side] for before, side in ((True, left), (False, right))]
            for left, right in panels]
    left, right = (frame.widest([line for sides in said for lines in sides[k] for line in lines], bold=True)
                   for k in (0, 1))
    tall = max(sum(len(lines) * frame.line + 2 for lines in side) for sides in said for side in sides)
    half = frame.width / 2 - 8
    return _Look(left + BESIDE + 1, right + BESIDE + 1, max(8.0 * frame.font, tall),
                 (frame.lines(heads[0], half, 4), frame.lines(heads[1], half, 4)))


def _said(block: Block, frame: Frame, before: bool) -> list[str]:
    """A tier and its share. Where there is no room for names on both sides, the left has shares alone."""
    share = words.percent(block.share)
    if before and frame.is_narrow:
        return [share]
    return frame.with_number(block.tier, share, (0.42 if frame.is_narrow else 0.3) * frame.width)


def _panel(name: str, flows: Sequence[Flow], colours: Mapping[str, str], sides: Sides, look: _Look, frame: Frame
           ) -> Plot:
    plot = Plot(frame, frame.width - look.left - look.right, look.height, look.left, look.right)
    left, right, bands = laid(flows, *sides, gap=GAP / look.height)
    _bands(plot, bands, colours)
    _ends(plot, left, right, colours)
    _column(plot, left, colours, before=True)
    _column(plot, right, colours, before=False)
    away = sorted((b for b in bands if not b.flow.stays), key=lambda b: -b.flow.share)[:NAMED]
    apart = spread([plot.height * (b.left + b.thickness / 2) for b in away], [frame.line] * len(away), 0, plot.height)
    for band, y in zip(away, apart, strict=True):
        plot.write([words.percent(band.flow.share)], BAR + 5, y, palette.INK, clears=True)
    _head(plot, name, look)
    return plot


def _head(plot: Plot, name: str, look: _Look) -> None:
    """Over the panel: its name, and under that the names of the worlds, each at its side of the picture."""
    frame, size = plot.frame, plot.frame.font + 1.5
    most = max(len(lines) for lines in look.heads)
    for lines, x, align in ((look.heads[0], 1 - plot.left, "left"), (look.heads[1], plot.width + plot.right - 1,
                                                                     "right")):
        plot.write(lines, x, -8 - len(lines) * frame.line / 2, align=align)
    lines = frame.lines(name, frame.width * frame.font / size - 2, 4, bold=True)
    middle = -8 - most * frame.line - 4 - len(lines) * LINE * size / 2
    plot.write(lines, 1 - plot.left, middle, palette.INK, bold=True, size=size)
    plot.top = len(lines) * LINE * size / 2 - middle + 8


def _column(plot: Plot, blocks: Sequence[Block], colours: Mapping[str, str], *, before: bool) -> None:
    """The names and shares of the blocks of one side, moved apart where they would overlap."""
    frame = plot.frame
    said = [_said(block, frame, before) for block in blocks]
    apart = spread([plot.height * b.middle for b in blocks], [len(lines) * frame.line for lines in said],
                   0, plot.height)
    for block, lines, y in zip(blocks, said, apart, strict=True):
        plot.write(lines, -BESIDE if before else plot.width + BESIDE, y, palette.text(colours[block.tier]),
                   "right" if before else "left", bold=True)


def _bands(plot: Plot, bands: Sequence[Band], colours: Mapping[str, str]) -> None:
    """Who stays in pale bands, then who goes over them in the accent with an outline."""
    for stays in (True, False):
        for band in (b for b in bands if b.flow.stays == stays):
            colour = colours[band.flow.before] if stays else palette.ACCENT
            edge = "" if stays else f' stroke="{palette.ACCENT}"'
            plot.marks.append(f'<path d="{_curved(plot, band)}" fill="{colour}" fill-opacity=".4"{edge}/>')


def _curved(plot: Plot, band: Band) -> str:
    """The outline of a band: level at both ends, bent in between."""
    start, end, high = BAR, plot.width - BAR, plot.height
    middle, part = (start + end) / 2, 0.15 * (end - start)
    top = [px(c) for c in (start, high * band.left, start + part, middle, high * band.right, end - part, end)]
    low = [px(high * (at + band.thickness)) for at in (band.right, band.left)]
    x, y, near, half, y2, far, x2 = top
    return (f"M{x} {y}H{near}C{half} {y} {half} {y2} {far} {y2}H{x2}V{low[0]}H{far}"
            f"C{half} {low[0]} {half} {low[1]} {near} {low[1]}H{x}z")


def _ends(plot: Plot, left: Sequence[Block], right: Sequence[Block], colours: Mapping[str, str]) -> None:
    for x, side in ((0.0, left), (plot.width - BAR, right)):
        for block in side:
            top, bottom = plot.height * block.top, plot.height * block.bottom
            plot.marks.append(marks.rectangle(x, top, x + BAR, max(bottom, top + 1.5), colours[block.tier]))
