"""Numbers with the sampling part of their interval: what luck in who is hit would do inside one run.

People are taken as independent here. Those who share a household or a look-alike pool are not: the interval over
replicates (`sousveil.harms.replicates`) has that part of luck too. How each interval is made: docs/harms.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil import intervals
from sousveil.measures.measure import Measure, Over
from sousveil.measures.name import Name

__all__ = ["Estimate", "Z", "absent", "between", "difference", "mean", "measure", "rate", "ratio", "scaled", "share",
           "spread", "wider", "wider_ends"]

Floats = npt.NDArray[np.float64]

Z = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal."""

LARGEST = 1e6
"""A ratio above this is one to what is left of zero, and says nothing."""

_ROUNDING = 1e-10
"""Differences of expectations below this, relative to them, are rounding and no difference."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its 95 % interval, and the variance of it. `value` is None when `note` says why it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None
    variance: float | None = None
    n: float | None = None
    note: str = ""


def absent(why: str, n: float | None = None) -> Estimate:
    """What cannot be estimated, and why."""
    return Estimate(None, n=n, note=f"not estimable: {why}")


def share(events: float, trials: float, none: str = "nobody is in the group", n: float | None = None,
          effect: float = 1.0) -> Estimate:
    """A share of trials, with the interval of Wilson. `none` says what it means that there are none.

    effect   design effect: trials are worth so many times fewer independent ones
    """
    if trials <= 0:
        return absent(none, 0.0)
    p = min(max(float(events), 0.0), float(trials)) / trials
    found = between(p, 0.0, 1.0, trials, effect)
    return found if n is None else replace(found, n=n)


def between(value: float, low: float, high: float, n: float, effect: float) -> Estimate:
    """A number that lies between two bounds, such as a mean over n people each of whom does.

    effect   design effect: its variance over that of n independent people who are all at one of the bounds

    The interval is Wilson's, for so many times fewer people.
    """
    if high - low <= 1e-12 * max(1.0, abs(high)):
        return Estimate(value, value, value, 0.0, n)
    p, trials = min(max((value - low) / (high - low), 0.0), 1.0), n / effect
    interval = intervals.wilson(p * trials, trials)
    assert interval is not None
    ends = (min(low + interval[0] * (high - low), value), max(low + interval[1] * (high - low), value))
    return Estimate(value, *ends, p * (1.0 - p) * (high - low) ** 2 / trials, float(n))


def mean(total: npt.ArrayLike, people: npt.ArrayLike, least: npt.ArrayLike, most: npt.ArrayLike,
         none: str = "nobody is in the group", effect: float | None = None) -> Estimate:
    """The mean of something that lies between `least` and `most` for every person, over cells of people.

    total, people, least, most   float64[cells]: sum over the people of a cell, how many they are, the two bounds
    effect   design effect, see `between`; the bounds are then those of anybody, for rounding moves who there is

    Without an effect, all that is known of a person is the bounds and the mean of the cell. The variance is then the
    largest that these allow (Bhatia and Davis 2000), as if everybody was at one of the bounds. So it is cautious:
    months of one person are not taken for independent.
    """
    if all(isinstance(a, float) for a in (total, people, least, most)):
        of = _in_one(float(total), float(people), float(least), float(most))  # type: ignore[arg-type]
    else:
        of = _in_cells(*np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, dtype=np.float64))
                                              for a in (total, people, least, most))))
    n, worst = of.people, of.worst
    if n <= 0:
        return absent(none, 0.0)
    value, low, high = of.total / n, of.least / n, of.most / n
    if effect is not None:
        return between(value, *of.bounds, n, effect)
    if high - low <= 1e-12 * max(1.0, abs(high)):
        return Estimate(value, value, value, 0.0, n)
    p = min(max((value - low) / (high - low), 0.0), 1.0)
    trials = p * (1.0 - p) * (high - low) ** 2 / worst if worst > 0 and 0 < p < 1 else n
    return replace(between(value, low, high, n, n / trials), variance=worst)


class _Sums(NamedTuple):
    """Over cells of people: of what is asked, of the people, and of both bounds; the bounds of anybody; the largest
    variance of the mean.
    """

    total: float
    people: float
    least: float
    most: float
    bounds: tuple[float, float]
    worst: float


def _in_one(total: float, people: float, least: float, most: float) -> _Sums:
    """Of one cell: the same bits as below, without arrays of one number."""
    if people <= 0:
        return _Sums(0.0, 0.0, 0.0, 0.0, (0.0, 0.0), 0.0)
    each = total / people
    worst = people * max((each - least) * (most - each), 0.0) / people**2
    return _Sums(total, people, people * least, people * most, (least, most), worst)


def _in_cells(totals: Floats, sizes: Floats, lows: Floats, highs: Floats) -> _Sums:
    here = sizes > 0
    totals, sizes, lows, highs = totals[here], sizes[here], lows[here], highs[here]
    n = float(sizes.sum())
    if n <= 0:
        return _Sums(0.0, 0.0, 0.0, 0.0, (0.0, 0.0), 0.0)
    each = totals / sizes
    worst = float((sizes * np.clip((each - lows) * (highs - each), 0.0, None)).sum()) / n**2
    return _Sums(float(totals.sum()), n, float((sizes * lows).sum()), float((sizes * highs).sum()),
                 (float(lows.min()), float(highs.max())), worst)


def rate(events: float, exposure: float, per: float = 1.0, n: float | None = None,
         none: str = "nobody is in the group") -> Estimate:
    """Events per `per` units of exposure, with the exact Poisson interval (Garwood 1936)."""
    if exposure <= 0:
        return absent(none, 0.0)
    from sousveil.ground.special import gammaincinv

    events = float(events)
    tail = (1.0 - intervals.LEVEL) / 2.0
    low = float(gammaincinv(events, tail)) if events > 0 else 0.0
    high = float(gammaincinv(events + 1.0, 1.0 - tail))
    scale = per / exposure
    return Estimate(events * scale, low * scale, high * scale, events * scale**2, n)


def spread(value: float, variance: float, n: float | None = None) -> Estimate:
    """A number with a known variance, with the normal interval."""
    half = Z * math.sqrt(max(variance, 0.0))
    return Estimate(value, value - half, value + half, variance, n)


def wider(estimate: Estimate, together: float) -> Estimate:
    """A share where so many of what was counted hang together as one: an interval of as many fewer."""
    if estimate.value is None or together == 1.0:
        return estimate
    low, high = wider_ends(estimate.value, estimate.low, estimate.high, together, "share")
    variance = None if estimate.variance is None else estimate.variance * together
    return replace(estimate, low=low, high=high, variance=variance)


def wider_ends(value: float | None, low: float | None, high: float | None, together: float,
               unit: str) -> tuple[float | None, float | None]:
    """The ends of an interval when so many of what was counted hang together as one.

    They move away from the value by the root of that, on the logarithm for a ratio; where the value stands at an end
    (nobody, everybody) the other end is one of a count and moves by the whole. Ends stay where the first ones must:
    not below zero when the low end was not, and a share not above one.
    """
    if value is None or low is None or high is None:
        return low, high
    if unit == "ratio" and low > 0 and value > 0:
        factor = math.sqrt(together)
        return value * (low / value) ** factor, value * (high / value) ** factor
    factor = together if low == value or high == value else math.sqrt(together)
    down, up = value - (value - low) * factor, value + (high - value) * factor
    return max(down, 0.0) if low >= 0 else down, min(up, 1.0) if unit == "share" and high <= 1 else up


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """The estimate in another unit."""
    parts = (estimate.value, estimate.low, estimate.high)
    value, low, high = (None if x is None else x * factor for x in parts)
    variance = None if estimate.variance is None else estimate.variance * factor**2
    return replace(estimate, value=value, low=low, high=high, variance=variance)


def difference(one: Estimate, reference: Estimate) -> Estimate:
    """One less the reference. The interval recovers both variances (Newcombe 1998, method 10; Zou and Donner 2008)."""
    for given in (one, reference):
        if given.value is None:
            return replace(given, n=one.n)
    assert one.value is not None
    assert reference.value is not None
    value = one.value - reference.value
    if abs(value) <= _ROUNDING * max(abs(one.value), abs(reference.value)):
        value = 0.0
    if None in (one.low, one.high, reference.low, reference.high):
        return Estimate(value, n=one.n)
    assert one.low is not None and one.high is not None  # noqa: PT018
    assert reference.low is not None and reference.high is not None  # noqa: PT018
    return Estimate(value, value - math.hypot(one.value - one.low, reference.high - reference.value),
                    value + math.hypot(one.high - one.value, reference.value - reference.low),
                    _sum(one.variance, reference.variance), one.n)


def ratio(one: Estimate, reference: Estimate) -> Estimate:
    """One divided by the reference. The interval is normal on the logarithm (Katz et al. 1978 for shares).

    Where one is zero, or neither has a variance, the logarithm has no interval; there it goes between the ratios of the
    far ends.
    """
    for given in (one, reference):
        if given.value is None:
            return replace(given, n=one.n)
    assert one.value is not None
    assert reference.value is not None
    if reference.value <= 0:
        return absent("it is zero in the reference group", one.n)
    value = one.value / reference.value if reference.value * LARGEST > one.value else math.inf
    if value > LARGEST:
        return absent("it is all but zero in the reference group", one.n)
    if abs(value - 1.0) <= _ROUNDING:
        value = 1.0
    if one.variance is None or reference.variance is None:
        return Estimate(value, n=one.n)
    if one.value <= 0 or one.variance + reference.variance <= 0:
        return _far_ends(value, one, reference)
    relative = (math.sqrt(one.variance) / one.value) ** 2 + (math.sqrt(reference.variance) / reference.value) ** 2
    factor = math.exp(min(Z * math.sqrt(relative), 600.0))  # that many times the largest ratio is still a number
    return Estimate(value, value / factor, value * factor, relative * value**2, one.n)


def _far_ends(value: float, one: Estimate, reference: Estimate) -> Estimate:
    if one.low is None or one.high is None or not reference.low or not reference.high:
        return Estimate(value, n=one.n)
    return Estimate(value, one.low / reference.high, one.high / reference.low, n=one.n)


def measure(name: Name, group: str, estimate: Estimate, unit: str, exact: bool, reference: str = "",
            note: str = "") -> Measure:
    """The estimate in the one shape. `exact`: it is an expectation, and its interval is the number itself."""
    said = "; ".join(part for part in (estimate.note, note) if part)
    given = (estimate.value, *((estimate.value,) * 2 if exact else (estimate.low, estimate.high)), estimate.n)
    value, low, high, n = (None if x is None else float(x) for x in given)
    over: Over = "" if value is None or (low is None and high is None) else "exact" if exact else "sampling"
    return Measure(name, group, reference, value, low, high, unit, n, over, said)


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b
