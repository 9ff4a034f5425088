"""Shares from the counts that may be printed, and intervals of them, of their differences and of their ratios.

A count that was rounded is off by up to half of the base, and a sum of several by as many halves. These errors are no
luck that would even out: groups of one size and one rate are rounded alike, and in a round total those selected and
those not are off by the same, the other way round. So an interval of rounded counts reaches from the lower end, in the
table that rounds to this one and makes the number least, to the upper end in the one that makes it most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.audits.counts import Margin, Printed
from sousveil.audits.rounding import counted
from sousveil.intervals import katz, newcombe, wilson

__all__ = ["LEAVES", "ONLY_SELECTED", "WITHHELD", "Share", "Z", "difference_ends", "difference_said",
           "ratio_ends", "ratio_said", "share", "share_ends"]

Z = 1.959963984540054
"""The two-sided quantile of the normal law for 95 in 100."""

WITHHELD = "withheld"
"""How the note of a number begins that may not be told."""

LEAVES = "what is printed leaves"
"""In the note of such a number: before the bounds that the printed counts give it."""

ONLY_SELECTED = "not estimable: outcomes are known only of people who were selected; a random control would tell"


Part = tuple[float, float]
"""Events, of how many trials."""


@dataclass(frozen=True, slots=True)
class Share:
    """Events of trials among `n` people. With weights these are not people: trials are the effective size.

    ends  of counts, or sums of weights, that were rounded: the table in which the share is least, and that in which it
          is most
    size  with weights, how many people without any the people are worth; 0 without weights
    off   with weights, how far the steps of their sums may have moved the share
    """

    events: float
    trials: float
    n: int
    note: str = ""
    ends: tuple[Part, Part] | None = None
    size: int = 0
    off: float = 0.0

    @property
    def value(self) -> float:
        return self.events / self.trials

    @property
    def least(self) -> Part:
        return self.ends[0] if self.ends else (min(self.events, self.trials), self.trials)

    @property
    def most(self) -> Part:
        return self.ends[1] if self.ends else (min(self.events, self.trials), self.trials)

    @property
    def said(self) -> str:
        """What a number of this share alone says of itself."""
        if not self.size:
            return self.note
        return f"weighted, {self.n:,} people count as {self.size:,} (Kish)" + _stepped(
            f"may be up to {100 * self.off:.1f} points off" if self.off else "")


def share(shown: Printed, events: Sequence[Margin], trials: Margin, nobody: str = "") -> Share | str:
    """Events (added up) of trials, or why they are not told. With weights: weighted, of the effective size."""
    many, counts = shown[trials], [shown[margin] for margin in events]
    if many is None or any(count is None for count in counts):
        return f"{WITHHELD}: rests on a count under {shown.floor}, or on one that would give such a count away"
    if many == 0:
        return f"not estimable: {nobody}"
    if not shown.worth:
        some = sum(count for count in counts if count is not None)
        return Share(some, many, many, *_rounded(shown, events, trials))
    return _weighted(shown, events, trials, many)


def _rounded(shown: Printed, events: Sequence[Margin], trials: Margin) -> tuple[str, tuple[Part, Part] | None]:
    """Between which tables the given one was rounded: that with the least share, and that with the most."""
    found = counted(shown, trials, events)
    if found is None or not shown.rounded:
        return "", None
    (some, off), (rest, loose) = found
    fewest, most = max(some - off, 0.0), some + off
    return (f"counts rounded to {shown.rounded}: it holds for every table that rounds to this one",
            ((fewest, fewest + rest + loose), (most, most + max(rest - loose, 0.0))))


def difference_said(mine: Share, other: Share) -> str:
    """What a difference of two shares says of itself: the steps of both have moved it."""
    off = 100 * (mine.off + other.off)
    return _both(mine, other, f"may be up to {off:.1f} points off" if off else "")


def ratio_said(mine: Share, other: Share) -> str:
    """What a ratio of two shares says of itself: between what it lies whatever the steps of both have done."""
    if not mine.off and not other.off:
        return _both(mine, other, "")
    least, under = max(mine.value - mine.off, 0.0) / (other.value + other.off), other.value - other.off
    most = f"to {(mine.value + mine.off) / under:.2f}" if under > 0 else "upwards"
    return _both(mine, other, f"may be anything from {least:.2f} {most}")


def _both(mine: Share, other: Share, off: str) -> str:
    if not (mine.size and other.size):
        return mine.note
    return (f"weighted, {mine.n:,} and {other.n:,} people count as {mine.size:,} and {other.size:,} (Kish)"
            + _stepped(off))


def _stepped(off: str) -> str:
    return f"; told in steps, so that it {off}, which the interval knows" if off else ""


def share_ends(one: Share) -> tuple[float, float] | None:
    """Wilson's interval."""
    low, high = (wilson(*part) or (0.0, 1.0) for part in (one.least, one.most))  # before rounding perhaps nobody
    return (low[0], high[1]) if one.trials > 0 else None


def difference_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Newcombe's interval of a difference: what makes a share more makes both ends more."""
    corners = (mine.least, other.most), (mine.most, other.least)
    low, high = (newcombe(*one, *two) or (-1.0, 1.0) for one, two in corners)
    return (low[0], high[1]) if mine.trials > 0 and other.trials > 0 else None


def ratio_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Katz's interval of a ratio; from 0 where nobody of the group may have been an event before rounding."""
    low, high = katz(*mine.least, *other.most), katz(*mine.most, *other.least)
    if high is None or (low is None and mine.least[0] > 0):
        return None
    return low[0] if low else 0.0, high[1]


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
    loose = shown.step / 2 * (len(events) + value) / total
    told_of: dict[str, Any] = {"size": _two(size), "off": loose}
    spread = value * (1 - value) / size
    if loose**2 <= spread:  # chance mixes the steps: each error is even, and adds its variance
        size *= spread / (spread + shown.step**2 / 12 * (len(events) + value**2) / total**2)
        return Share(value * size, size, n, **told_of)
    least, most = (size * min(max(value + side * loose, 0.0), 1.0) for side in (-1, 1))
    return Share(value * size, size, n, ends=((least, size), (most, size)), **told_of)


def _two(number: float) -> int:
    """To two digits: an effective size is no exact number."""
    return int(float(f"{number:.2g}"))
