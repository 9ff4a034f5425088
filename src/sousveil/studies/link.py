"""How a score is printed: as the sum of its points, or as a function of it that rises with it."""

from __future__ import annotations

import math
from typing import Literal

__all__ = ["Link", "linear", "linked"]

Link = Literal["identity", "logistic", "exp"]


def linked(link: Link, points: float) -> float:
    """A score as the scheme prints it: 0.663 points are a chance of 0.66 by `logistic`."""
    if link == "logistic":
        return 1.0 / (1.0 + math.exp(-points)) if points >= 0 else math.exp(points) / (1.0 + math.exp(points))
    if link == "exp":
        return math.exp(points) if points < 700 else math.inf
    return points


def linear(link: Link, printed: float) -> float:
    """The points behind a printed score; infinite where no score is printed so."""
    if link == "identity":
        return printed
    if printed <= 0.0:
        return -math.inf
    if link == "exp":
        return math.log(printed)
    return math.inf if printed >= 1.0 else math.log(printed) - math.log1p(-printed)
