"""Shares from the counts that may be printed, and intervals of them, of their differences and of their ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sousveil.audits.counts import Margin, Printed
from sousveil.intervals import katz, newcombe, wilson

__all__ = ["LEAVES", "ONLY_SELECTED", "WITHHELD", "Share", "Z", "difference_ends", "ratio_ends", "share", "share_ends"]

Z = 1.959963984540054
"""The two-sided quantile of the normal law for 95 in 100."""

WITHHELD = "withheld"
"""How the note of a number begins that may not be told."""

LEAVES = "what is printed leaves"
"""In the note of such a number: before the bounds that the printed counts give it."""

ONLY_SELECTED = "not estimable: outcomes are known only of people who were selected; a random control would tell"


@dataclass(frozen=True, slots=True)
class Share:
    """Events of trials among `n` people. With weights these are not people: trials are the effective size.

    loose  how far the rounding of counts, or of sums of weights, may have moved the share, with 95 in 100
    """

    events: float
    trials: float
    n: int
    note: str = ""
    loose: float = 0.0

    @property
    def value(self) -> float:
        return self.events / self.trials


def share(shown: Printed, events: Sequence[Margin], trials: Margin, nobody: str = "") -> Share | str:
    """Events (added up) of trials, or why they are not told. With weights: weighted, of the effective size."""
    many, counts = shown[trials], [shown[margin] for margin in events]
    if many is None or any(count is None for count in counts):
        return f"{WITHHELD}: rests on a count under {shown.floor}, or on one that would give such a count away"
    if many == 0:
        return f"not estimable: {nobody}"
    if not shown.worth:
        some = sum(count for count in counts if count is not None)
        return Share(some, many, many, *_loose(shown, events, trials, some / many))
    return _weighted(shown, events, trials, many)


def _loose(shown: Printed, events: Sequence[Margin], trials: Margin, value: float) -> tuple[str, float]:
    """How far rounding may have moved a share: each count of the table is off by up to half the base, evenly."""
    if not shown.rounded:
        return "", 0.0
    many, every = sum(shown.parts.get(margin, 1) for margin in events), shown.parts.get(trials, 1)
    others, size = max(every - many, 0), shown[trials] or 1
    most = shown.rounded / 2 * ((1 - value) * many + value * others) / size
    usual = Z * shown.rounded / math.sqrt(12) * math.sqrt((1 - value) ** 2 * many + value**2 * others) / size
    return f"counts rounded to {shown.rounded}", min(most, usual)


def share_ends(one: Share) -> tuple[float, float] | None:
    """Wilson's interval, wider by what rounding may have done."""
    ends = wilson(min(one.events, one.trials), one.trials)
    if ends is None or not one.loose:
        return ends
    value = min(one.value, 1.0)
    return (max(0.0, value - math.hypot(value - ends[0], one.loose)),
            min(1.0, value + math.hypot(ends[1] - value, one.loose)))


def difference_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Newcombe's interval of a difference, wider by what rounding may have done to both shares."""
    ends = newcombe(min(mine.events, mine.trials), mine.trials, min(other.events, other.trials), other.trials)
    if ends is None:
        return None
    value, both = mine.value - other.value, math.hypot(mine.loose, other.loose)
    return value - math.hypot(value - ends[0], both), value + math.hypot(ends[1] - value, both)


def ratio_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Katz's interval of a ratio, wider on the logarithm by what rounding may have done to both shares."""
    ends = katz(mine.events, mine.trials, other.events, other.trials)
    if ends is None or not (mine.loose or other.loose):
        return ends
    value = mine.value / other.value
    half = math.hypot(math.log(ends[1] / value), mine.loose / mine.value, other.loose / other.value)
    return value * math.exp(-half), value * math.exp(half)


_LEAST_WORTH = 0.1
"""Weights that leave less than this share of the people say it of a few who have most of the weight."""

_WIDEST_STEP = 0.2
"""Where one step of a sum of weights is more than this share of it, a few people's weights make much of it."""


def _weighted(shown: Printed, events: Sequence[Margin], trials: Margin, n: int) -> Share | str:
    """A weighted share. Kish (1965): n people with these weights say as much as sum² / sum of squares without.

    Its sums are told in steps, which the interval knows, and it is told in tenths of a percent.
    """
    told = [shown.weighed.get(margin) for margin in (trials, *events)]
    total, some = told[0] or 0.0, sum(one or 0.0 for one in told[1:])
    if total <= 0 and None not in told:
        return "not estimable: the weights here are zero"
    size = n * shown.worth
    if None in told or size < max(shown.floor, _LEAST_WORTH * n) or shown.step > _WIDEST_STEP * total:
        return f"{WITHHELD}: a few people's weights make much of it"
    value = round(min(some / total, 1.0), 3)
    many = len(events)
    most = shown.step / 2 * (many + value) / total
    usual = Z * shown.step / math.sqrt(12) * math.sqrt(many + value**2) / total
    loose = min(most, usual)
    note = (f"weighted, {n:,} people count as {_two(size):,} (Kish); told in steps, so that it may be some "
            f"{100 * loose:.1f} points off, which the interval knows")
    return Share(value * size, size, n, note, loose)


def _two(number: float) -> int:
    """To two digits: an effective size is no exact number."""
    return int(float(f"{number:.2g}"))
