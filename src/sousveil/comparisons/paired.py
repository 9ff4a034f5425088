"""Intervals over replicates: a thing measured under several seeds, or the difference of two worlds under each."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["interval", "saving"]


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float | None, float | None]:
    """Mean, and its 95 % interval by Student's t over replicates; one replicate has no interval.

    Values that are all the same have none either: what happened in none of five runs may happen in the sixth.
    """
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, None, None
    if np.all(values == values[0]):
        return float(values[0]), None, None
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


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
