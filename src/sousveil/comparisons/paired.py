"""A thing measured in two worlds under the same seeds: the difference, and how many runs the pairing saves."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["ALIKE", "change", "saving"]

ALIKE = "the same under all"
"""How the note begins of a number that no seed moved, and that therefore has no interval."""

_ROUNDING = 1e-10


def change(values: npt.NDArray[np.float64], base: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The difference; what is left of equal sums that were added in another order is nothing."""
    found = values - base
    return np.where(np.abs(found) <= _ROUNDING * np.maximum(np.abs(values), np.abs(base)), 0.0, found)


def saving(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64]) -> float | None:
    """How many times fewer runs the same luck needs: variance of the difference of independent runs, over that of
    paired ones. Infinite where the paired difference does not vary at all; None where it cannot be told (fewer than
    three replicates, or nothing varies).
    """
    if len(before) < 3:
        return None
    paired = float(np.var(after - before, ddof=1))
    apart = float(np.var(before, ddof=1) + np.var(after, ddof=1))
    if apart == 0:
        return None
    return apart / paired if paired > 0 else math.inf
