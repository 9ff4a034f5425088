"""Marks as SVG in few bytes: lines, steps, areas, rectangles, dots. Places are in px, written in tenths.

Paths are relative, say level and upright pieces with one number, and leave out what no eye can tell: a place that lies
less than `SEEN` px from the line without it. The CSV beside a picture has every place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sousveil.page import palette

__all__ = ["Places", "area", "dot", "line", "outline", "px", "rectangle", "rules", "seen", "steps"]

Places = Sequence[tuple[float, float]]

SEEN = 0.25
"""Px from a line within which a place on it makes no difference to the eye."""

DOT = 4.6
"""Half the width of a dot, in px."""


def px(x: float) -> str:
    """A length with one decimal at most: `12`, `-3.4`, `.5`."""
    return _tenths(round(10 * x))


def _tenths(n: int) -> str:
    whole, tenth = divmod(abs(n), 10)
    return ("-" if n < 0 else "") + (f"{whole or ''}.{tenth}" if tenth else str(whole))


def outline(places: Places, closed: bool = False) -> str:
    """The `d` of a path through places. What moves by less than a tenth of a px is left out."""
    x, y = (round(10 * c) for c in places[0])
    written, last = [f"M{_tenths(x)} {_tenths(y)}"], ""
    for at in places[1:]:
        nx, ny = (round(10 * c) for c in at)
        dx, dy, x, y = nx - x, ny - y, nx, ny
        if dx or dy:
            command, numbers = ("h", [dx]) if not dy else ("v", [dy]) if not dx else ("l", [dx, dy])
            text = "".join(_tenths(n) if n < 0 or not i else f" {_tenths(n)}" for i, n in enumerate(numbers))
            written.append(text if command == last == "l" and text[0] == "-" else
                           f" {text}" if command == last == "l" else command + text)
            last = command
    return "".join(written) + ("z" if closed else "")


def seen(places: Places, off: float = SEEN) -> Places:
    """The places that a line needs so as to pass within `off` px (up or down) of all of them."""
    keep, parts = {0, len(places) - 1}, [(0, len(places) - 1)]
    while parts:
        first, last = parts.pop()
        (x, y), (x2, y2) = places[first], places[last]
        slope = (y2 - y) / (x2 - x) if x2 != x else 0.0
        far, at = max(((abs(places[i][1] - y - slope * (places[i][0] - x)), i) for i in range(first + 1, last)),
                      default=(0.0, 0))
        if far > off:
            keep.add(at)
            parts += [(first, at), (at, last)]
    return [places[i] for i in sorted(keep)]


def steps(places: Places) -> Places:
    """The corners of a stair that keeps each height until the next place."""
    found = [places[0]]
    for x, y in places[1:]:
        found += [(x, found[-1][1]), (x, y)]
    return found


def line(places: Places, colour: str, thickness: float, dash: Sequence[int] = (1, 0)) -> str:
    """An open line."""
    dashed = "" if dash[1] == 0 else f' stroke-dasharray="{" ".join(map(str, dash))}"'
    return f'<path d="{outline(places)}" fill="none" stroke="{colour}" stroke-width="{px(thickness)}"{dashed}/>'


def area(places: Places, colour: str, more: str = "") -> str:
    """A closed area. `more`: further attributes."""
    return f'<path d="{outline(places, closed=True)}" fill="{colour}"{more}/>'


def rectangle(left: float, top: float, right: float, bottom: float, colour: str, more: str = "") -> str:
    """A rectangle between two corners."""
    return area([(left, top), (right, top), (right, bottom), (left, bottom)], colour, more)


def rules(ends: Iterable[tuple[float, float, float, float]], colour: str = palette.GRID, thickness: float = 1.0,
          dash: Sequence[int] = (1, 0)) -> str:
    """Straight lines in one path, each from x, y to x, y; nothing where there are none."""
    d = "".join(outline([(x, y), (x2, y2)]) for x, y, x2, y2 in ends)
    dashed = "" if dash[1] == 0 else f' stroke-dasharray="{" ".join(map(str, dash))}"'
    return f'<path d="{d}" stroke="{colour}" stroke-width="{px(thickness)}"{dashed}/>' if d else ""


def dot(x: float, y: float, colour: str) -> str:
    """A dot in the shape that belongs to its colour."""
    shape, r = palette.shape(colour), DOT
    if shape == "circle":
        return f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(r)}" fill="{colour}"/>'
    corners = {"square": [(-r, -r), (r, -r), (r, r), (-r, r)],
               "diamond": [(0, -1.3 * r), (1.3 * r, 0), (0, 1.3 * r), (-1.3 * r, 0)],
               "triangle-up": [(-1.15 * r, r), (0, r - 2 * math.sqrt(3) / 2 * 1.15 * r), (1.15 * r, r)]}[shape]
    return area([(x + dx, y + dy) for dx, dy in corners], colour)
