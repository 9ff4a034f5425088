"""Weights of a survey: what is told of their sums beside the counts of people.

Beside the count, an exact sum of weights tells how many have a weight that few have: of 305 people with a weight of
362, three weigh 20 where the others weigh 1. So a sum is told in steps: as many people as the floor, with the largest
weight in place of the smallest, make one. Steps begin where nobody has the rarer end of the weights, and the first is
not told, so that what is told of parts lies in the same steps and differences are no narrower. For the same reason the
effective sample size (Kish 1965) is that of the whole table, for every group alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """What is known of the weights of a whole table: their ends, their mean, their squares' mean, and of how many."""

    least: float
    most: float
    mean: float
    square: float
    people: int

    @property
    def worth(self) -> float:
        """How many people without weights a person with one is worth, to two digits (Kish 1965)."""
        return float(f"{self.mean**2 / self.square:.2g}") if self.square > 0 else 0.0

    def step(self, floor: int) -> float:
        """How wide the steps are in which a sum is told: from end to end the floor's number of people."""
        return (floor + 1) * (self.most - self.least)

    def told(self, total: float, people: int, floor: int) -> float | None:
        """The middle of the step that the sum of the weights of some people is in.

        None where those of them with the rarer end of the weights would make less than one step, or all others would:
        who knows how many have such a weight could subtract.
        """
        step = self.step(floor)
        if step <= 0:
            return people * self.least
        few_are_heavy = 2 * self.mean < self.least + self.most
        end = self.least if few_are_heavy else self.most
        # Sums are of binary fractions: at the edge of a step they are taken for what they are in decimals.
        inside = round(abs(total - people * end) / step, 9)
        outside = round(abs(self.mean - end) * self.people / step, 9) - inside
        if min(inside, outside) < 1:
            return None
        middle = (math.floor(inside) + 0.5) * step
        found = people * end + (middle if few_are_heavy else -middle)
        return min(max(found, people * self.least), people * self.most)
