"""Areas of shares over time, stacked, in small multiples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sousveil.page import marks, palette, words
from sousveil.page.axes import Span, axis_below, fitting, grid, spread, thinned, ticks
from sousveil.page.draw import LINE, Drawing, Frame, Plot, both

__all__ = ["areas"]

Shares = Mapping[str, Sequence[float]]

BETWEEN = 14.0
"""The px from what stands beside one panel to the next panel."""

MANY = 4
"""Beyond so many panels, the axis says less."""


def areas(panels: Mapping[str, Shares], colours: Mapping[str, str], x: Sequence[float], x_title: str = "month", *,
          year: int = 0) -> Drawing:
    """Shares over time, stacked, one panel a group, all on one scale.

    panels   panel -> tier -> share at every x (0 to 1); the first tier is drawn on top
    colours  tier -> colour, as `palette.tiers` gives
    year     how many steps of x make a year: the axis then counts in whole years
    """
    def build(frame: Frame) -> list[list[Plot]]:
        look = _look(panels, frame)
        names = list(panels)
        rows = [names[i:i + look.columns] for i in range(0, len(names), look.columns)]
        return [[_panel(name, panels[name], colours, x, (x_title if row is rows[-1] else "", year), look,
                        (frame, name == row[0])) for name in row] for row in rows]

    return both(build)


class _Look(NamedTuple):
    """What all panels share: how many stand in a row, the lines of their labels, and their size in px."""

    columns: int
    labels: dict[str, dict[str, list[str]]]
    right: float
    height: float
    series: int
    levels: tuple[float, ...]


def _look(panels: Mapping[str, Shares], frame: Frame) -> _Look:
    """Two panels in a row where the names of tiers leave room for it."""
    for columns in (min(len(panels), 1 if frame.is_narrow else 2), 1):
        room = 0.4 * frame.width / columns
        labels = {name: {tier: frame.with_number(tier, words.percent(values[-1]), room)
                         for tier, values in shares.items() if values[-1] > 0} for name, shares in panels.items()}
        lines = [line for found in labels.values() for line in found.values()]
        if max(len(line) for line in lines) <= 2:
            break
    most = max(sum(len(line) + 0.15 for line in found.values()) for found in labels.values())
    return _Look(columns, labels, frame.widest([line for found in lines for line in found], bold=True) + 10,
                 max(165 if frame.is_narrow else 190, most * frame.line),
                 sum(max(values) > 0 for shares in panels.values() for values in shares.values()),
                 (0.0, 0.25, 0.5, 0.75, 1.0) if len(panels) <= MANY else (0.0, 0.5, 1.0))


def _panel(name: str, shares: Shares, colours: Mapping[str, str], x: Sequence[float], axis: tuple[str, int],
           look: _Look, place: tuple[Frame, bool]) -> Plot:
    """A panel; the shares stand on the axis of the first in each row."""
    frame, is_first = place
    axis_room = frame.width_of("100%") + 9
    width = (frame.width - axis_room - (look.columns - 1) * BETWEEN) / look.columns - look.right
    plot = Plot(frame, width, look.height, axis_room if is_first else BETWEEN, look.right)
    kept = thinned(x, look.series, 60)
    x, shares = [x[i] for i in kept], {tier: [values[i] for i in kept] for tier, values in shares.items()}
    span = Span(x[0], x[-1], plot.width)
    places = fitting(plot, span, 3, words.number, lambda n: ticks(x[0], x[-1], n, axis[1]))
    grid(plot, span, places)
    _bands(plot, shares, colours, span, x)
    labels, above = look.labels[name], _above(shares)
    middles = [plot.height * (above[tier][-1] + shares[tier][-1] / 2) for tier in labels]
    apart = spread(middles, [len(lines) * frame.line for lines in labels.values()], 0, plot.height)
    for (tier, lines), y in zip(labels.items(), apart, strict=True):
        plot.write(lines, plot.width + 7, y, palette.text(colours[tier]), bold=True)
    for share in look.levels if is_first else ():
        plot.write([words.percent(share)], -7, plot.height * (1 - share), align="right")
    axis_below(plot, places, span, words.number, axis[0])
    _head(plot, name)
    return plot


def _head(plot: Plot, name: str) -> None:
    """The name of a panel over it, as wide as its slot."""
    size = plot.frame.font + 1.5
    lines = plot.frame.lines(name, (plot.width + plot.right) * plot.frame.font / size, 4, bold=True)
    plot.top = len(lines) * LINE * size + 12
    plot.write(lines, 0, -10 - len(lines) * LINE * size / 2, palette.INK, bold=True, size=size)


def _above(shares: Shares) -> dict[str, list[float]]:
    """The share of people in the tiers above each, at every x."""
    above = [0.0] * max(len(values) for values in shares.values())
    found = {}
    for tier, values in shares.items():
        found[tier] = above
        above = [a + v for a, v in zip(above, values, strict=True)]
    return found


def _bands(plot: Plot, shares: Shares, colours: Mapping[str, str], span: Span, x: Sequence[float]) -> None:
    """One area a tier, from its upper edge down to the axis, the next drawn over it. A thin line of paper about each
    keeps neighbours apart in any colours."""
    above = _above(shares)
    for tier in (t for t in shares if max(shares[t]) > 0):
        edge = marks.seen([(span.at(at), plot.height * min(top, 1.0)) for at, top in zip(x, above[tier], strict=True)])
        plot.marks.append(marks.area([(edge[0][0], plot.height), *edge, (edge[-1][0], plot.height)], colours[tier],
                                     f' stroke="{palette.PAPER}" stroke-width=".7"'))
