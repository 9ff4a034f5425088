"""Between what a withheld count must lie, worked out from the printed counts alone: what any reader could work out.

Counts add up: selected and not selected people are all of a group, the labels of a column are everybody, an
intersection lies in both its groups. The least and the most of each count are narrowed along such sums until nothing
changes any more. No count that is withheld goes in, so nothing comes out that the printed ones do not tell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sousveil.audits.counts import Group, Layout, Margin, Printed

__all__ = ["ALIKE", "MOST", "Bounds", "bounds", "percents", "rate_bounds", "two_places"]

Bounds = dict[Margin, tuple[float, float]]

_ROUNDS = 20
"""A sum narrows its parts and they narrow other sums; after so many rounds what is left open stays open."""

MOST = 4_000
"""With more counts than this nobody reads the bounds of each, and narrowing them all takes longer than the audit."""

ALIKE = 1e-9
"""Rates that differ by less are one: they are quotients of binary fractions."""


def bounds(shown: Printed) -> Bounds:
    """The least and the most of every count; equal where it is printed. Empty where there are too many counts."""
    if len(shown.values) > MOST:
        return {}
    found = {margin: (0.0, math.inf) if n is None else (float(n), float(n)) for margin, n in shown.values.items()}
    sums = [(whole, parts) for whole, parts in _sums(shown.layout) if whole in found and all(p in found for p in parts)]
    for _ in range(_ROUNDS):
        before = dict(found)
        for whole, parts in sums:
            _narrowed(found, whole, parts)
        if found == before:
            break
    return found


def rate_bounds(found: Bounds, events: Sequence[Margin], others: Sequence[Margin]) -> tuple[float, float]:
    """The least and the most of a share: events among events and others. From 0 to 1 where nothing is known."""
    if any(margin not in found for margin in (*events, *others)):
        return 0.0, 1.0
    (least, most), (few, many) = (tuple(sum(found[m][i] for m in side) for i in (0, 1)) for side in (events, others))
    low = least / (least + many) if least else 0.0
    high = 1.0 if math.isinf(most) else most / (most + few) if most else 0.0
    return low, high


def percents(low: float, high: float) -> str:
    """`45 to 100%`: bounds of a share in whole percent, outwards; '' where they leave everything open."""
    least, most = math.floor(100 * low + ALIKE), math.ceil(100 * high - ALIKE)
    return f"{least} to {most}%" if (least, most) != (0, 100) else ""


def two_places(low: float, high: float) -> str:
    """`0.40 to 0.56`: bounds of a ratio with two digits behind the point, outwards."""
    return f"{math.floor(100 * low + ALIKE) / 100:.2f} to {math.ceil(100 * high - ALIKE) / 100:.2f}"


def _narrowed(found: Bounds, whole: Margin, parts: Sequence[Margin]) -> None:
    low, high = sum(found[part][0] for part in parts), sum(found[part][1] for part in parts)
    least, most = max(found[whole][0], low), min(found[whole][1], high)
    found[whole] = least, most
    for part in parts:
        mine = found[part]
        rest = high - mine[1] if not math.isinf(high) else sum(found[other][1] for other in parts if other != part)
        found[part] = max(mine[0], least - rest), min(mine[1], most - (low - mine[0]))
        low, high = low - mine[0] + found[part][0], sum(found[other][1] for other in parts)


def _sums(layout: Layout) -> list[tuple[Margin, tuple[Margin, ...]]]:
    """Every count that is the sum of others: within each group, and over the labels of each column."""
    within = [("n", ("d1", "d0"))]
    if layout.outcomes:
        within += [("n", ("k", "yx")), ("k", ("y1", "y0"))]
        within += [(kind, (f"d1{kind}", f"d0{kind}")) for kind in ("k", "yx", "y1", "y0")]
        within += [(side, (f"{side}k", f"{side}yx")) for side in ("d1", "d0")]
        within += [(f"{side}k", (f"{side}y1", f"{side}y0")) for side in ("d1", "d0")]
    found: list[tuple[Margin, tuple[Margin, ...]]] = []
    kinds = dict.fromkeys(kind for whole, parts in within for kind in (whole, *parts))
    for group in layout.groups:
        found += [((group, whole), tuple((group, part) for part in parts)) for whole, parts in within]
        taken = {place for place, _ in group}
        for place, labels in enumerate(layout.labels):
            if place not in taken:
                finer = [_with(group, place, text) for text in labels]
                found += [((group, kind), tuple((one, kind) for one in finer)) for kind in kinds]
    return found


def _with(group: Group, place: int, text: str) -> Group:
    return tuple(sorted((*group, (place, text))))
