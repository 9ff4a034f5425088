"""Where people move, laid out: blocks of tiers on both sides, and bands between them as thick as a share.

Plain arithmetic, from shares to places between 0 (top) and 1 (bottom); `figures.transitions` draws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.page import palette, words
from sousveil.page.draw import Frame, room_for, spread

__all__ = ["Band", "Block", "Flow", "Layout", "laid", "layout"]

BAR, GAP = 10.0, 5.0
"""How thick a block is and how far apart they are, in px."""

NAMED = 4
"""So many of the largest moves have their share written beside them."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Flow:
    """The share of a group that is in tier `before` in one world and in tier `after` in the other."""

    before: str
    after: str
    share: float

    @property
    def stays(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Block:
    """A tier on one side, from `top` to `bottom`."""

    tier: str
    share: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Band:
    """A flow, from its upper edge on the left and on the right; its thickness is the same everywhere."""

    flow: Flow
    left: float
    right: float
    thickness: float

    def edge(self, start: float, end: float) -> list[tuple[float, float]]:
        """Places on its upper edge, level at both ends, so that a curve through them is smooth."""
        part = 0.15 * (end - start)
        return [(start, self.left), (start + part, self.left), (end - part, self.right), (end, self.right)]


@dataclass(frozen=True, slots=True)
class Layout:
    """One panel in px across and shares down, as rows for a picture.

    staying, moving   bands: x, upper edge y, lower edge z, colour c, which band f
    blocks            x to w, y to z, colour c
    texts             x, y, text s, colour c, align a, limit l, weight b
    """

    width: float
    height: float
    staying: Rows
    moving: Rows
    blocks: Rows
    texts: Rows


def layout(flows: Sequence[Flow], colours: Mapping[str, str], sides: tuple[Sequence[str], Sequence[str]],
           heads: tuple[str, str], frame: Frame) -> Layout:
    """A panel with its names. Where there is no room for names on both sides, the left has shares alone."""
    tiers = list(dict.fromkeys((*sides[0], *sides[1])))
    right_room = room_for([f"{tier} 99.9%" for tier in tiers], frame, bold=True)
    left_room = room_for(["99.9%", heads[0]], frame, bold=True) if frame.is_narrow else right_room
    width, height = frame.width - left_room - right_room - 10, max(8.0, 1.6 * len(tiers)) * frame.font
    left, right, found = laid(flows, *sides, gap=GAP / height)

    def drawn(stays: bool) -> Rows:
        return [{"x": x, "y": y, "z": y + b.thickness, "f": f"{b.flow.before}\n{b.flow.after}",
                 "c": colours[b.flow.before] if stays else palette.ACCENT}
                for b in found if b.flow.stays == stays for x, y in b.edge(BAR, width - BAR)]

    blocks = [{"x": x, "w": x + BAR, "y": b.top, "z": max(b.bottom, b.top + 1.5 / height), "c": colours[b.tier]}
              for x, side in ((0.0, left), (width - BAR, right)) for b in side]

    def row(x: float, y: float, text: str, colour: str, align: str, limit: float, weight: str = "bold") -> Rows:
        return [{"x": x, "y": y, "s": text, "c": colour, "a": align, "l": limit, "b": weight}]

    def column(x: float, places: Sequence[float], texts: Sequence[tuple[str, str]], align: str, limit: float) -> Rows:
        apart = spread(places, 1.25 * frame.font / height, 0.0, 1.0)
        return [r for y, text in zip(apart, texts, strict=True) for r in row(x, y, *text, align, limit)]

    away = sorted((b for b in found if not b.flow.stays), key=lambda b: -b.flow.share)[:NAMED]
    # A long name of a world begins over the picture, so that it ends within it.
    end, above = width + right_room, -1.4 * frame.font / height
    start = max(BAR + 2, end - max(right_room, 10 + room_for([heads[1]], frame)))
    texts = [*column(-7, [b.middle for b in left], [_said(b, colours, not frame.is_narrow) for b in left], "right",
                     left_room),
             *column(width + 7, [b.middle for b in right], [_said(b, colours) for b in right], "left", right_room),
             *column(0.22 * width, [b.left + b.thickness / 2 for b in away],
                     [(words.percent(b.flow.share), palette.INK) for b in away], "center", right_room),
             *row(-7, above, heads[0], palette.FAINT, "right", left_room, "normal"),
             *row(start, above, heads[1], palette.FAINT, "left", end - start, "normal")]
    return Layout(width, height, drawn(True), drawn(False), blocks, texts)


def _said(block: Block, colours: Mapping[str, str], named: bool = True) -> tuple[str, str]:
    """A block's name and share, and their colour."""
    share = words.percent(block.share)
    return f"{block.tier} {share}" if named else share, palette.text(colours[block.tier])


def _blocks(flows: Sequence[Flow], tiers: Sequence[str], gap: float, room: float, *, after: bool) -> list[Block]:
    """The tiers of one side, from the top tier down, `gap` apart, everybody taking up `room`.

    Those with nobody in them are left out. Their gaps are kept, so that who stays is drawn straight.
    """
    found, place = [], 0.0
    for tier in tiers:
        share = sum(f.share for f in flows if (f.after if after else f.before) == tier)
        if share > 0:
            found.append(Block(tier, share, place, place + room * share))
        place += room * share + gap
    return found


def laid(flows: Sequence[Flow], before: Sequence[str], after: Sequence[str], gap: float
         ) -> tuple[list[Block], list[Block], list[Band]]:
    """The blocks of the left and of the right, and the bands between them. Tiers run from the top one down.

    Bands leave a block in the order of where they go, and arrive in the order of where they come from.
    """
    room = 1.0 - gap * (max(len(before), len(after)) - 1)
    left = _blocks(flows, before, gap, room, after=False)
    right = _blocks(flows, after, gap, room, after=True)
    kept = sorted((f for f in flows if f.share > 0), key=lambda f: (before.index(f.before), after.index(f.after)))
    starts = _stacked(kept, {b.tier: b.top for b in left}, room, after=False)
    arriving = sorted(kept, key=lambda f: before.index(f.before))
    ends = _stacked(arriving, {b.tier: b.top for b in right}, room, after=True)
    return left, right, [Band(f, starts[f], ends[f], room * f.share) for f in kept]


def _stacked(flows: Sequence[Flow], tops: dict[str, float], room: float, *, after: bool) -> dict[Flow, float]:
    """The upper edge of every flow, one below the other within its block."""
    found = {}
    for flow in flows:
        tier = flow.after if after else flow.before
        found[flow] = tops[tier]
        tops[tier] += room * flow.share
    return found
