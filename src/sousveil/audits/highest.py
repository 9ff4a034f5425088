"""Which group has the highest rate, as far as the printed counts tell: a group that is withheld may have it.

The rate of a group is a number where its counts are printed, and lies between two where they are not (see `bounds`). Of
groups that are withheld together the printed counts tell more: where 435 of the 600 people of two groups were selected,
one of the two has a rate of 72.5% at least.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sousveil.audits.bounds import ALIKE, Bounds, percents, rate_bounds
from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import named
from sousveil.audits.shares import WITHHELD, Share

__all__ = ["Highest", "fewest", "highest"]

_SMALL = 0.02
"""Groups of less than this part of everybody are never the highest."""

_NAMED = 3
"""So many groups are named that may have the highest rate; more are counted."""


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest rate of groups of one kind.

    best    the group with the highest rate of those that are told
    rivals  groups whose rate is withheld and may be higher
    sure    whether the highest rate is one of theirs
    least   the least that the highest rate can be
    ends    between what the rate of each compared group lies
    """

    columns: tuple[str, ...]
    best: Group | None
    rivals: tuple[Group, ...]
    sure: bool
    least: float
    ends: Mapping[Group, tuple[float, float]]

    @property
    def who(self) -> str:
        """The groups that may have the highest rate, and between what it lies."""
        names = [label(self.columns, group) for group in self.rivals]
        some = f"one of {len(names)} groups" if len(names) > _NAMED else " or ".join(names)
        most = max(self.ends[group][1] for group in self.rivals)
        low = self.least if self.sure else min(self.ends[group][0] for group in self.rivals)
        said = percents(low, most)
        return f"{some} (withheld{f', {said}' if said else ''})"

    def ratio(self, group: Group, rate: float) -> tuple[float, float] | None:
        """Between what the ratio of a group's rate to the highest lies; None where it can be anything up to one.

        rate  of a group that is told and not compared
        """
        low, high = self.ends.get(group, (rate, rate))
        others = [ends[1] for other, ends in self.ends.items() if other != group]
        over = max([low, *others] if group in self.ends else others, default=0.0)
        most = high / self.least if self.least else math.inf
        if group in self.ends:
            most = min(1.0, most)
        least = low / over if over else 0.0
        return (least, most) if (least > 0 or most < 1) and math.isfinite(most) else None


def highest(shown: Printed, left: Bounds, groups: Sequence[Group], found: Mapping[Group, Share | str], event: str,
            other: str) -> Highest:
    """Of all groups of one kind, among those that have a name and are not under two in a hundred (29 CFR 1607.4(A)),
    where there are larger ones.

    left          what the printed counts leave of each count
    found         the rates of the groups, or why they are not told
    event, other  the kinds of count that a rate is of
    """
    people = {group: left.get((group, "n"), (0.0, math.inf)) if (n := shown[group, "n"]) is None else (n, n)
              for group in found if named(group)}
    large = any(most >= fewest(shown) for _, most in people.values())
    least = max(fewest(shown) if large else 0, 1)
    told = {group: one for group, one in found.items() if isinstance(one, Share) and named(group) and one.n >= least}
    hidden = [group for group, (_, most) in people.items() if most >= least
              and isinstance(one := found[group], str) and one.startswith(WITHHELD)]
    certain = [group for group in hidden if people[group][0] >= least]
    ends = {group: (one.value, one.value) for group, one in told.items()}
    ends |= {group: rate_bounds(left, [(group, event)], [(group, other)]) for group in hidden}
    best = max(told, key=lambda group: told[group].value, default=None)
    top = told[best].value if best is not None else 0.0
    floor = max([top, *(ends[group][0] for group in certain), *_together(left, groups, certain, event, other)])
    rivals = tuple(group for group in hidden if ends[group][1] > top and ends[group][1] >= floor - ALIKE)
    return Highest(shown.layout.columns, best, rivals, floor > top + ALIKE, floor, ends)


def fewest(shown: Printed) -> float:
    """So many people at least a group has that may be the highest; none where it is withheld how many all are."""
    return _SMALL * (shown[(), "n"] or 0)


def _together(left: Bounds, groups: Sequence[Group], some: Sequence[Group], event: str, other: str) -> Iterator[float]:
    """The least rate of all withheld groups of each coarser group together: one of them has that rate or more."""
    wholes = dict.fromkeys(whole for group in some for size in range(len(group))
                           for whole in combinations(group, size) if (whole, event) in left)
    for whole in wholes:
        rest = [group for group in groups if set(whole) <= set(group) and group not in some]
        if all((group, event) in left for group in rest):
            events = left[whole, event][0] - sum(left[group, event][1] for group in rest)
            others = left[whole, other][1] - sum(left[group, other][0] for group in rest)
            if events > 0:
                yield events / (events + max(others, 0.0))
