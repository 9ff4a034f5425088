"""What a sentence may claim. Every finding, heading and key figure of every report asks here, and nowhere else.

The rules, each a constant with its reason beside it:

    EXACT      how far two exact numbers must lie apart to count as different
    FEWEST     people who must stand behind a finding
    WIDEST     the width from which on an interval says too little for its number to be a finding
    CARRIES    (of `measures.width`) of the points over what is not published, the share that must point the same way;
               be it under the study's own reading of a choice, and then the sentence says so

and those that need no constant: a group or a direction is named only if the interval of the difference leaves out "no
difference"; where several things are compared at once, that interval is widened first, so that the chance of naming any
of them without reason stays what it is for one; two sides that print alike are not named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sousveil.intervals import LEVEL
from sousveil.measures.measure import Measure
from sousveil.measures.width import Width
from sousveil.page import words

__all__ = ["EXACT", "FEWEST", "WIDEST", "WIDEST_RATIO", "Contrast", "apart", "assumed", "clear", "condition",
           "contrast", "enough", "less", "more", "narrow", "null", "sure", "widened"]

EXACT = 1e-9
"""Exact numbers closer than this, relative to the larger (and to 1 for shares and ratios), are the same number.

Sums of floats that are added in another order differ from about 1e-16 on, and over thousands of cells and steps by up
to about 1e-11; no reader has a use for a difference of one person in a thousand million."""

FEWEST = 30
"""People (or spells, or decisions) who must stand behind each side of a finding.

The intervals used here hold about as often as they say from about this number on, and a count of fewer can hang on one
household. It is also the least number of spells of which the trap is measured."""

WIDEST = 0.5
"""Of a share: an interval as wide as this or wider leaves open whether few or most are meant. The number stays in the
tables; no headline, no finding and no key figure is made of it."""

WIDEST_RATIO = 2.0
"""Of a ratio: where the high end is twice the low end or more, `three times as likely` may be twice or four times. Both
shares are told instead."""

@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups side by side, the one with more first.

    named      whether the groups, and which has more, may be said
    withheld   why they cannot be compared at all; '' where they can
    compared   among how many comparisons on the page this one is
    """

    more: Measure
    less: Measure
    difference: Measure | None
    ratio: Measure | None
    named: bool
    withheld: str
    compared: int
    order: Width | None = None

    @property
    def condition(self) -> str:
        """The reading under which alone the groups may be named, in words that fit after the sentence."""
        return condition(self.order) or condition(None if self.difference is None else self.difference.width)

    @property
    def hangs(self) -> bool:
        """Whether chance carries the difference, and other values of what is not published do not."""
        if self.named or self.withheld or self.difference is None:
            return False
        agreed = _agreed(self.order) and _agreed(self.difference.width)
        return not agreed and clear(replace(self.difference, width=None), self.compared)


def condition(width: Width | None) -> str:
    """`, if “ceiling” is read “as-claimed”`: where a direction is carried under that reading alone; else nothing."""
    under = None if width is None else width.under
    return "" if under is None else f", if “{under.choice}” is read as “{under.reading}”"


def null(unit: str) -> float:
    """What `no difference` is in this unit: 1 for ratios, else 0."""
    return 1.0 if unit == "ratio" else 0.0


def clear(m: Measure, compared: int = 1, runs: int = 0) -> bool:
    """Whether a comparison's interval leaves out `no difference`, and the points over what is not published agree on
    the direction, where such points were drawn. Without an interval only an exact number is clear.

    compared   among how many that were looked at together this one is picked
    runs       how many runs an interval over draws comes from; 0: many
    """
    if m.value is None:
        return False
    if not _agreed(m.width):
        return False
    none = null(m.unit)
    if m.over == "exact":
        return abs(m.value - none) > EXACT * max(1.0, abs(m.value))
    if m.low is None or m.high is None:
        return False
    m = widened(m, compared, runs)
    assert m.low is not None
    assert m.high is not None
    return m.low > none or m.high < none


def _agreed(width: Width | None) -> bool:
    """Whether the points over what is not published carry a direction; if none were drawn, nothing denies it."""
    return width is None or (width.least is not None if width.agree is None else width.carries)


def apart(one: Measure, other: Measure, difference: Measure | None = None, compared: int = 1, runs: int = 0) -> bool:
    """Whether two groups clearly differ: by the interval of their difference where given, else by disjoint intervals.

    Disjoint 95 % intervals are the stricter of the two.
    """
    if difference is not None and difference.value is not None:
        return clear(difference, compared, runs)
    if one.value is None or other.value is None:
        return False
    if one.over == other.over == "exact":
        return abs(one.value - other.value) > EXACT * max(1.0, abs(one.value), abs(other.value))
    one, other = (widened(m, compared, runs) for m in (one, other))
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or one.high < other.low


def widened(m: Measure, compared: int, runs: int = 0) -> Measure:
    """The measure with an interval that holds for all of so many at once (Bonferroni; Dunn 1961).

    Each end moves away from the value by the ratio of the two quantiles, on the logarithm for a ratio.
    """
    if compared <= 1 or m.value is None or m.low is None or m.high is None or m.over == "exact":
        return m
    factor = _factor(compared, runs)
    if m.unit == "ratio" and m.low > 0 and m.value > 0:
        return replace(m, low=m.value * (m.low / m.value) ** factor, high=m.value * (m.high / m.value) ** factor)
    return replace(m, low=m.value - factor * (m.value - m.low), high=m.value + factor * (m.high - m.value))


def _factor(compared: int, runs: int) -> float:
    from sousveil.ground.special import ndtri, stdtrit

    one, all_of_them = 1 - (1 - LEVEL) / 2, 1 - (1 - LEVEL) / (2 * compared)
    if runs > 1:
        return float(stdtrit(runs - 1, all_of_them) / stdtrit(runs - 1, one))
    return float(ndtri(all_of_them) / ndtri(one))


def enough(m: Measure) -> bool:
    """Whether enough people stand behind a number."""
    return m.value is not None and (m.n is None or m.n >= FEWEST)


def narrow(m: Measure) -> bool:
    """Whether a share, or a ratio, is known closely enough to be told: by the width of its interval."""
    if m.low is None or m.high is None or m.over == "exact":
        return True
    if m.unit == "ratio":
        return m.high < WIDEST_RATIO * m.low
    return m.unit != "share" or m.high - m.low < WIDEST


def sure(m: Measure | None) -> bool:
    """Whether a number can be a finding: it is more than none by its interval, of enough people, and known closely."""
    return m is not None and bool(m.value) and m.low is not None and m.low > 0 and enough(m) and narrow(m)


def more(m: Measure, bound: float) -> bool:
    """Whether a number is more than a bound by both its widths: over chance, and over what is not published."""
    if m.width is not None and (m.width.least is None or m.width.least <= bound):
        return False
    return m.value is not None and m.value > bound and (m.over == "exact" or (m.low is not None and m.low > bound))


def less(m: Measure, bound: float) -> bool:
    """Whether a number is less than a bound, and would be whatever the values of what is not published."""
    if m.width is not None and (m.width.most is None or m.width.most >= bound):
        return False
    return m.value is not None and m.value < bound


def assumed(m: Measure) -> bool:
    """Whether a number that is none would be more with other values of what is not published."""
    return m.width is not None and (m.width.most is None or m.width.most > 0)


def contrast(base: Measure, others: Sequence[Measure], differences: Sequence[Measure | None],
             ratios: Sequence[Measure | None], orders: Sequence[Width | None] = (), looked_at: int = 1,
             runs: int = 0) -> Contrast | None:
    """The group that differs most from the reference, of those that clearly differ; else of all. None where there is
    nothing to compare.

    base        of the reference group; others: of the rest, in the order of `differences`, `ratios` and `orders`
    orders      for each, the width of how far apart the two are over points of what is not published; None where none
                were drawn
    looked_at   how many measures the groups are compared in on the same page
    """
    rows = [row for row in zip(others, differences, ratios, orders or [None] * len(others), strict=True)
            if row[0].value is not None]
    if base.value is None or not rows:
        return None
    known = [row for row in rows if enough(row[0]) and enough(base)]
    compared = len(rows) * looked_at
    named = [row for row in known if _agreed(row[3]) and words.sides(row[0], base)
             and apart(row[0], base, row[1], compared, runs)]
    middle = base.value
    one, difference, ratio, order = max(named or known or rows, key=lambda row: abs((row[0].value or 0.0) - middle))
    more, less = sorted((one, base), key=lambda m: -(m.value or 0.0))
    return Contrast(more, less, difference, ratio, bool(named), "" if known else _few(base), compared, order)


def _few(base: Measure) -> str:
    return f"fewer than {FEWEST} people in {'every other group' if enough(base) else words.of_group(base.group)}"
