"""Where things stand along an axis: from numbers to px, round places for ticks, labels moved apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sousveil.page import marks
from sousveil.page.draw import Plot

__all__ = ["GAP", "Span", "axis_below", "axis_title", "fitting", "grid", "logarithmic_ticks", "nice", "spread",
           "thinned", "ticks"]

GAP = 10.0
"""So many px at least stand between two labels of an axis."""


ASIDE = 4.0
"""So many px at most the label of a tick stands beside its tick, to stay within the picture."""

PLACES = 1_200
"""About so many places of series a picture holds: with twelve groups and eight tiers, a page stays under 400 kB."""


@dataclass(frozen=True, slots=True)
class Span:
    """From numbers to px along one side of a plot."""

    first: float
    last: float
    length: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        if self.first == self.last:
            return 0.0
        if self.logarithmic:
            return self.length * math.log(value / self.first) / math.log(self.last / self.first)
        return self.length * (value - self.first) / (self.last - self.first)


def grid(plot: Plot, across: Span | None, places: Sequence[float], down: Span | None = None,
         levels: Sequence[float] = (), upright: Sequence[tuple[float, float]] = ()) -> None:
    """Level lines at `levels` of the axis on the left, ticks at `places` under the plot, and lines that stand `upright`
    on them over these parts of the height.
    """
    ends = [(0.0, down.at(y), plot.width, down.at(y)) for y in levels] if down else []
    if across:
        ends += [(across.at(x), top, across.at(x), end) for x in places
                 for top, end in (*upright, (plot.height, plot.height + 4))]
    plot.marks.append(marks.rules(ends))


def axis_below(plot: Plot, places: Sequence[float], span: Span, shown: Callable[[float], str], title: str) -> None:
    """The labels of the ticks and the title under a plot; makes room for them."""
    font = plot.frame.font
    for place in places:
        half = plot.frame.width_of(shown(place)) / 2
        x = min(max(span.at(place), half - plot.left), plot.width + plot.right - half)
        plot.write([shown(place)], x, plot.height + 7 + 0.6 * font, align="center")
    axis_title(plot, title, plot.height + 7 + 1.2 * font)


def axis_title(plot: Plot, title: str, below: float) -> None:
    """The title of the axis under what ends `below`, about the middle of the plot as far as it fits there."""
    lines = plot.frame.lines(title, plot.left + plot.width + plot.right - 2, 4) if title else []
    if lines:
        half = plot.frame.widest(lines) / 2
        middle = min(max(plot.width / 2, half - plot.left + 1), plot.width + plot.right - half - 1)
        below += 5 + len(lines) * plot.frame.line
        plot.write(lines, middle, below - len(lines) * plot.frame.line / 2, align="center")
    plot.bottom = max(plot.bottom, below - plot.height + 4)


def fitting(plot: Plot, span: Span, most: int, shown: Callable[[float], str],
            places: Callable[[int], Sequence[float]]) -> list[float]:
    """`places(n)` with the largest n up to `most` whose labels keep apart and stay within the picture."""
    for n in range(most, 0, -1):
        found = list(places(n))
        ends = [(span.at(x) - plot.frame.width_of(shown(x)) / 2, span.at(x) + plot.frame.width_of(shown(x)) / 2)
                for x in found]
        if all(b[0] - a[1] >= GAP for a, b in itertools.pairwise(ends)):
            break
    return [x for x, (low, high) in zip(found, ends, strict=True)
            if low >= -plot.left - ASIDE and high <= plot.width + plot.right + ASIDE]


def spread(places: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """The middles of things of these sizes moved apart until none overlap, in order, within low and high if they fit.

    The nearest such places in the sense of least squares (pool adjacent violators).
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    taken = [0.0, *itertools.accumulate(sizes[i] for i in order)]
    shift = {i: taken[rank] + sizes[i] / 2 for rank, i in enumerate(order)}
    blocks: list[list[float]] = []  # [sum, count] of places less what stands before them
    for i in order:
        blocks.append([places[i] - shift[i], 1.0])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1] = [blocks[-1][0] + total, blocks[-1][1] + count]
    flat = [total / count for total, count in blocks for _ in range(int(count))]
    most = max(low, high - taken[-1])
    at = {i: min(max(z, low), most) + shift[i] for i, z in zip(order, flat, strict=True)}
    return [at[i] for i in range(len(places))]


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
    finer = max((s for s in steps if s < step), default=step)  # one tick alone says nothing of the scale
    return _multiples(first, last, step) if len(_multiples(first, last, step)) > 1 else _multiples(first, last, finer)


def _multiples(first: float, last: float, step: float) -> list[float]:
    digits = max(0, 2 - math.floor(math.log10(step)))
    numbers = range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1)
    return [round(step * k, digits) for k in numbers]


def nice(low: float, high: float, most: int) -> tuple[float, float, list[float]]:
    """Round ends about low and high, and the ticks between them."""
    places = ticks(low, high, most)
    if len(places) < 2:
        return low, high, places
    step = places[1] - places[0]
    ends = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    return *ends, ticks(*ends, most + 2)


def logarithmic_ticks(first: float, last: float, most: int) -> list[float]:
    """Powers of ten between first and last; their doubles and halves too where they are fewer than three."""
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    for digits in ((1,), (1, 2, 5)):
        found = [d * 10.0 ** p for p in powers for d in digits if first <= d * 10.0 ** p <= last]
        if len(found) >= 3:
            return found[::-(-len(found) // most)]
    return [first, last]


def thinned(x: Sequence[float], many: int, most: int) -> list[int]:
    """Where in a long series to look, the last place among them: at most about `most` places, fewer where `many` series
    share the picture."""
    every = math.ceil(len(x) / (1 + min(most, max(20, PLACES // many))))
    return [i for i in range(len(x)) if (len(x) - 1 - i) % every == 0 or i == 0]
