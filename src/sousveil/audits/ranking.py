"""How well a score ranks people: the area under the ROC curve of its bands, from the printed counts.

The area of the score itself is a sum over every single score. To the last digit, beside the counts of the bands, it
tells how many people have a score that few people have. So the area is that of the bands: two people of one band tie
and count half. Its variance is DeLong's (DeLong, DeLong and Clarke-Pearson 1988). However people stand inside the
bands, the area of the score itself is no further away than half of the pairs that tie there; the note says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import AREA, AREA_DIFFERENCE, visible
from sousveil.audits.shares import ONLY_SELECTED, WITHHELD, Z
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["Ranking", "measures", "ranked"]


_ROUNDED = "no interval: the counts are rounded"

_WHOLE = re.compile(r"-?\d+")
"""What a band of one whole number is called."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Area under the curve, DeLong's variance of it, the share of pairs that tie in each band, and how many people."""

    area: float
    variance: float
    ties: tuple[float, ...]
    people: int


def ranked(present: Sequence[int], absent: Sequence[int]) -> Ranking | None:
    """Of people with and without the outcome in each band, lowest first; None where either are fewer than two."""
    ones, zeros = sum(present), sum(absent)
    if min(ones, zeros) < 2:
        return None
    below = [upto - n / 2 for upto, n in zip(accumulate(absent), absent, strict=True)]
    above = [ones - upto + n / 2 for upto, n in zip(accumulate(present), present, strict=True)]
    area = sum(n * b for n, b in zip(present, below, strict=True)) / (ones * zeros)
    of_ones = sum(n * (b / zeros) ** 2 for n, b in zip(present, below, strict=True)) - ones * area**2
    of_zeros = sum(n * (a / ones) ** 2 for n, a in zip(absent, above, strict=True)) - zeros * area**2
    variance = of_ones / (ones - 1) / ones + of_zeros / (zeros - 1) / zeros
    ties = tuple(a * b / (ones * zeros) for a, b in zip(present, absent, strict=True))
    return Ranking(area, max(variance, 0.0), ties, ones + zeros)


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group]) -> Iterator[Measure]:
    """The area of everybody and of each label, and differences from the reference."""
    layout, found = shown.layout, dict[Group, Ranking]()
    told = layout.bands and layout.outcomes and not shown.worth
    for group in visible(shown) if told else ():
        if len(group) > 1:
            continue
        mine = _of(shown, group)
        if isinstance(mine, str):
            yield Measure(AREA, label(layout.columns, group), "", None, None, None, "share", None, "", mine)
            continue
        found[group] = mine
        # In a band of one value people tie by the score itself; the outermost bands are open.
        unsure = sum(tie for name, tie in zip(layout.bands, mine.ties, strict=True) if not _WHOLE.fullmatch(name)) / 2
        least, most = mine.area - unsure, mine.area + unsure
        note = f"of the score in {len(layout.bands)} bands, ties count half; "
        note += (_ROUNDED if shown.rounded else
                 f"DeLong interval. Of the score itself it is between {least:.3f} and {most:.3f}")
        yield _measure(AREA, label(layout.columns, group), "", mine.area, _variance(shown, mine), mine.people, note,
                       0.0)
    for group, mine in found.items():
        reference = chosen.get(tuple(place for place, _ in group), ())
        other = found.get(reference)
        if group and other is not None and reference != group:
            yield _measure(AREA_DIFFERENCE, label(layout.columns, group), label(layout.columns, reference),
                           mine.area - other.area, _variance(shown, mine, other), mine.people + other.people,
                           f"of the score in {len(layout.bands)} bands; "
                           + (_ROUNDED if shown.rounded else "DeLong interval"), -1.0)


def _variance(shown: Printed, *found: Ranking) -> float | None:
    """That of a sum or a difference; None of rounded counts, which DeLong's does not know."""
    return None if shown.rounded else sum(one.variance for one in found)


def _of(shown: Printed, group: Group) -> Ranking | str:
    """The ranking of a group, or why there is none."""
    bands = range(len(shown.layout.bands))
    sides = [[shown[group, f"b{band}y{outcome}"] for band in bands] for outcome in (1, 0)]
    if shown.layout.only_selected:
        return ONLY_SELECTED
    if len(bands) < 2:
        return "not estimable: the score is told of in one band, in which nobody is ahead of another"
    if any(n is None for side in sides for n in side):
        return f"{WITHHELD}: a count of a band of the score is withheld"
    found = ranked(*([n or 0 for n in side] for side in sides))
    return found or "not estimable: too few have the outcome, or lack it"


def _measure(name: Name, group: str, reference: str, value: float, variance: float | None, people: int, note: str,
             least: float) -> Measure:
    if variance is None:
        return Measure(name, group, reference, value, None, None, "share", float(people), "", note)
    half = Z * variance**0.5
    return Measure(name, group, reference, value, max(value - half, least), min(value + half, 1.0), "share",
                   float(people), "sampling", note)
