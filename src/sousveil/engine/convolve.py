"""The innermost compiled loops of the exact engine: sums of products along rows.

Convolution is direct: what a step adds is narrow, sums of products of probabilities are never negative, and nothing
wraps around. All is plain double arithmetic in a fixed order, so the result does not depend on threads.
"""

from __future__ import annotations

import numba
import numpy as np

from sousveil.engine.compiled import INNER

__all__ = ["BACK", "CUT", "NO", "ONE", "YES", "ZERO", "convolve", "copied", "correlate", "total", "trim"]

CUT = 1e-16
"""Share of a class that is cut at each end of a law or a row; what is lost so is carried in the result."""


ZERO, ONE, BACK = np.int64(0), np.int64(1), np.int64(-1)
NO, YES = np.bool_(False), np.bool_(True)
"""Constants as loops hand them on: a plain 1 is a type of its own, for which whatever takes it is compiled again.
"""


@numba.njit(**INNER)
def trim(row, low, high, most):
    """The range of a row without the ends that hold less than `most` each."""
    cut = 0.0
    while high > low and cut + row[high - 1] < most:
        high -= 1
        cut += row[high]
    cut = 0.0
    while high > low and cut + row[low] < most:
        cut += row[low]
        low += 1
    return low, high


@numba.njit(**INNER)
def total(row):
    """Sum of a row, in four strands so that it is fast and always added in the same order."""
    a = b = c = d = 0.0
    whole = len(row) - len(row) % 4
    for i in range(0, whole, 4):
        a += row[i]
        b += row[i + 1]
        c += row[i + 2]
        d += row[i + 3]
    for i in range(whole, len(row)):
        a += row[i]
    return (a + b) + (c + d)


@numba.njit(**INNER)
def copied(into, at, values):
    """into[at:at + len(values)] = values, without numba's words for sizes that differ: they take seconds to compile."""
    goal = into[at:]  # a loop over goal[i] becomes one over vectors; into[at + i] might be counted from the end
    for i in range(len(values)):
        goal[i] = values[i]


@numba.njit(**INNER)
def convolve(x, at, size, out, low, high, taps, stride):
    """out[at + i] = x[at:at + size] * taps, which are `stride` apart, for i from `low` up to `high`: the whole of it is
    longer by (len(taps) - 1) * stride. There must be that much room on both sides in x, which is emptied.
    """
    begin, end = at + low - (len(taps) - 1) * stride, at + high
    x[min(begin, at):at] = 0.0
    x[at + size:max(at + size, end)] = 0.0
    correlate(x[begin:end], out[at + low:end], taps, stride, BACK)


@numba.njit(**INNER)
def correlate(x, out, taps, stride, way):
    """out[i] = sum over q of taps[q] * x[i + q * stride], or, where way is -1, of taps[-1 - q]; eight at a time, and
    the last few with zeros for those that are missing: to go through `out` once more takes longer.
    """
    n, last = len(out), len(taps) - 1
    k, a = 0, 0 if way > 0 else last
    while last - k >= 5:
        a0, a1, a2, a3, a4, a5 = (taps[a], taps[a + way], taps[a + 2 * way], taps[a + 3 * way], taps[a + 4 * way],
                                  taps[a + 5 * way])
        a6, a7 = taps[a + 6 * way] if last - k > 5 else 0.0, taps[a + 7 * way] if last - k > 6 else 0.0
        x0, x1, x2, x3 = x[k * stride:], x[(k + 1) * stride:], x[(k + 2) * stride:], x[(k + 3) * stride:]
        x4, x5 = x[(k + 4) * stride:], x[(k + 5) * stride:]
        x6, x7 = x[min(k + 6, last) * stride:], x[min(k + 7, last) * stride:]
        goes_on = k > 0
        for i in range(n):
            out[i] = (out[i] if goes_on else 0.0) + (a0 * x0[i] + a1 * x1[i] + a2 * x2[i] + a3 * x3[i]
                                                     + a4 * x4[i] + a5 * x5[i] + a6 * x6[i] + a7 * x7[i])
        k += 8
        a += 8 * way
    if last - k >= 1:
        a0, a1 = taps[a], taps[a + way]
        a2, a3 = taps[a + 2 * way] if last - k > 1 else 0.0, taps[a + 3 * way] if last - k > 2 else 0.0
        x0, x1 = x[k * stride:], x[(k + 1) * stride:]
        x2, x3 = x[min(k + 2, last) * stride:], x[min(k + 3, last) * stride:]
        goes_on = k > 0
        for i in range(n):
            out[i] = (out[i] if goes_on else 0.0) + (a0 * x0[i] + a1 * x1[i] + a2 * x2[i] + a3 * x3[i])
        k += 4
        a += 4 * way
    if k == last:
        a0, x0, goes_on = taps[a], x[k * stride:], k > 0
        for i in range(n):
            out[i] = (out[i] if goes_on else 0.0) + a0 * x0[i]
