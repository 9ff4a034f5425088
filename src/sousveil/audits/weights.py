"""Weights of a survey: what is told of their sums beside the counts of people.

Beside the count, an exact sum of weights tells how many have a weight that few have: of 305 people with a weight of
362, three weigh 20 where the others weigh 1. So a sum is told in steps: as many people as the floor, with the largest
weight in place of the smallest, make one. Steps begin where nobody has the rarer end of the weights, and the first is
not told, so that what is told of parts lies in the same steps, and differences are hardly narrower. For that the
effective sample size (Kish 1965) is that of the whole table, for every group alike, and made of such steps too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Weights"]

_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
"""What round numbers begin with."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What is known of the weights of a whole table: their ends, their mean, their squares' mean, of how many people,
    and whether they follow from the groups that an answer is by (see `follows`).
    """

    least: float
    most: float
    mean: float
    square: float
    people: int
    by_group: bool = False

    @property
    def end(self) -> float:
        """The less rare end of the weights, from which steps begin."""
        return self.least if 2 * self.mean < self.least + self.most else self.most

    @property
    def span(self) -> float:
        """How far the ends are apart, rounded up: one person may have the other end alone, and nobody's weight is told.
        """
        far = self.most - self.least
        if far <= 0:
            return 0.0
        power = 10.0 ** math.floor(math.log10(far))
        return next(float(f"{k * power:.12g}") for k in _ROUND if k * power >= far * (1 - 1e-12))

    def worth(self, floor: int) -> float:
        """How many people without weights a person with one is worth (Kish 1965), to two digits.

        At least so many: by the middle of the step that the sum of all weights is in, and squares in steps as wide,
        rounded up.
        """
        step = self.step(floor)
        if step <= 0:
            return 1.0 if self.least > 0 else 0.0
        sign = 1 if self.end == self.least else -1
        squares = (self.square - 2 * self.end * self.mean + self.end**2) * self.people
        squares = math.ceil(round(squares / (step * self.span), 9)) * step * self.span
        apart = sign * self._middle(abs(self.mean - self.end) * self.people, floor)
        total = self.people * self.end + apart
        every = self.people * self.end**2 + 2 * self.end * apart + squares
        return min(1.0, float(f"{total**2 / every / self.people:.2g}")) if total > 0 < every else 0.0

    def step(self, floor: int) -> float:
        """How wide the steps are in which a sum is told: from end to end the floor's number of people."""
        return (floor + 1) * self.span

    def told(self, total: float, people: int, floor: int, *, everybody: bool = False) -> float | None:
        """The middle of the step that the sum of the weights of some people, or of everybody, is in.

        None where those of them with the rarer end of the weights would make less than one step, or all others would:
        who knows how many have such a weight could subtract.
        """
        step = self.step(floor)
        if step <= 0:
            return people * self.least
        inside, every = (_steps(away, step) for away in (abs(total - people * self.end),
                                                         abs(self.mean - self.end) * self.people))
        if inside < 1 or (every - inside < 1 and not everybody):
            return None
        middle = self._middle(abs(total - people * self.end), floor)
        return people * self.end + (middle if self.end == self.least else -middle)

    def _middle(self, away: float, floor: int) -> float:
        """The middle of the step that a sum is in which is so far from that of people with the less rare end."""
        step = self.step(floor)
        return (math.floor(_steps(away, step)) + 0.5) * step


def _steps(away: float, step: float) -> float:
    """How many steps make a sum. Sums are of binary fractions: at the edge of a step they are taken as in decimals."""
    return round(away / step, 9)
