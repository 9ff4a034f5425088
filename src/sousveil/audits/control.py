"""Error rates of everybody, where outcomes exist for those an algorithm selected and for a sample drawn at random.

People whom the algorithm passed over were not looked at, so its false positive and false negative rates cannot be had
from its own cases. The random sample tells how common the outcome is in everybody; the rest follows (method of
Lighthouse Reports and Svenska Dagbladet for the Swedish parental-allowance model). With N people, for a group g:

    N_g  = its share of the random sample × N, cut to a whole number
    TP   = selected with the outcome / N_g            FP = selected without it / N_g
    base = share with the outcome in the random sample of g
    FN   = base − TP                                  TN = 1 − base − FP

A share of one arm has a Wilson interval. Of the others, each arm is a multinomial of its own size; the variance of a
number follows by the delta method, with half a person more in every cell, on the logit of a share and on the logarithm
of a ratio. Differences are put together from the two intervals and the correlation between them (MOVER, Zou 2008).
`bench/audit_coverage.py` measures how often these intervals hold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import Compared, visible
from sousveil.audits.shares import Z
from sousveil.draws import Purpose, uniforms
from sousveil.intervals import LEVEL, wilson
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["FALSE_NEGATIVE", "FALSE_NEGATIVES", "FALSE_POSITIVE", "FALSE_POSITIVES", "NUMBERS", "OUTCOME", "PRECISION",
           "RANDOM_OUTCOMES", "RANDOM_SHARE", "SELECTED_AGAINST_EVERYBODY", "SELECTED_OUTCOMES",
           "SELECTED_SHARE", "SELECTION", "TRUE_NEGATIVES", "TRUE_POSITIVES", "measures", "of_two_arms", "resampled",
           "solved"]

_SEED = 2024


def _called(text: str, whole: str = "") -> Compared:
    return Compared(Name("random control", text), Name("random control", f"{text}: difference"), None, whole=whole)


RANDOM_SHARE = _called("share of the random sample", "the random sample")
SELECTED_SHARE = _called("share of those selected", "those selected")
SELECTED_AGAINST_EVERYBODY = _called("share selected against share of everybody")
OUTCOME = _called("outcome rate")
PRECISION = _called("precision")
FALSE_POSITIVE = _called("false positive rate")
FALSE_NEGATIVE = _called("false negative rate")
RANDOM_OUTCOMES = _called("share of the outcomes at random", "those of the random sample with the outcome")
SELECTED_OUTCOMES = _called("share of the outcomes selected", "those selected with the outcome")
TRUE_POSITIVES = _called("true positives")
FALSE_POSITIVES = _called("false positives")
TRUE_NEGATIVES = _called("true negatives")
FALSE_NEGATIVES = _called("false negatives")
SELECTION = _called("selection rate")
NUMBERS = (RANDOM_SHARE, SELECTED_SHARE, SELECTED_AGAINST_EVERYBODY, OUTCOME, PRECISION, FALSE_POSITIVE, FALSE_NEGATIVE,
           RANDOM_OUTCOMES, SELECTED_OUTCOMES, TRUE_POSITIVES, FALSE_POSITIVES, TRUE_NEGATIVES, FALSE_NEGATIVES,
           SELECTION)
"""What is worked out for a group, in the order of `solved`."""

Four = tuple[int, int, int, int]
"""Selected with and without the outcome, drawn at random with and without it."""

_ARMS = ("d1y1", "d1y0", "d0y1", "d0y0")


_ROUNDED = "no interval: the counts are rounded"
_OF_TWO_ARMS = "delta-method interval over both arms"


def solved(mine: Numbers, totals: Numbers, population: int) -> Numbers:
    """The numbers of `NUMBERS`, shape (14, ...), from counts of shape (4, ...); NaN where there is no answer.

    The counts are: selected with and without the outcome, drawn at random with and without. `totals` are everybody's.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        people = np.floor((mine[2] + mine[3]) / (totals[2] + totals[3]) * population)
    answer = _worked_out(mine, totals, people)
    # More selected rightly than there can be: the arms do not belong to one population of that size.
    answer[11:13] = np.where(answer[11:13] < 0, np.nan, answer[11:13])
    with np.errstate(all="ignore"):
        answer[5] = answer[10] / (answer[10] + answer[11])
        answer[6] = answer[12] / (answer[12] + answer[9])
    answer[~np.isfinite(answer)] = np.nan
    return answer


def _worked_out(mine: Numbers, totals: Numbers, people: Numbers) -> Numbers:
    """The numbers of a group of so many `people`, whatever their sign."""
    import numpy as np

    hits, misses, found, clear = mine
    with np.errstate(all="ignore"):
        share = (found + clear) / (totals[2] + totals[3])
        chosen = (hits + misses) / (totals[0] + totals[1])
        base = found / (found + clear)
        tp, fp = hits / people, misses / people
        fn, tn = base - tp, 1 - base - fp
        return np.stack([share, chosen, chosen / share, base, tp / (tp + fp), fp / (fp + tn), fn / (fn + tp),
                         found / totals[2], hits / totals[0], tp, fp, tn, fn, tp + fp])


def resampled(counts: Numbers, repeats: int = 2000, seed: int = _SEED) -> Numbers:
    """Counts drawn again, shape (cells, repeats): a multinomial of the same size, one cell after the other."""
    import numpy as np
    from scipy.special import bdtr, bdtrik

    left = np.full(repeats, counts.sum())
    share = counts[::-1].cumsum()[::-1]
    drawn = np.zeros((len(counts), repeats))
    for i, count in enumerate(counts):
        if count == share[i]:  # the last cell with anybody in it takes the rest
            drawn[i] = left
            break
        chance = count / share[i]
        u = uniforms(seed, np.arange(repeats), i, Purpose.RESAMPLE)[:, 0]
        some = np.maximum(left, 1)
        k = np.ceil(bdtrik(u, some, chance)) if count else np.zeros(repeats)
        below = np.where(k > 0, bdtr(np.maximum(k - 1, 0), some.astype(int), chance), 0.0)
        k = np.clip(np.where((k > 0) & (below >= u), k - 1, k), 0, left)
        drawn[i] = k
        left = left - k
    return drawn


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], population: int) -> Iterator[Measure]:
    """Every number of `NUMBERS` for everybody and each group, with differences from the reference."""
    totals = _four(shown, ())
    for places in sorted({tuple(p for p, _ in group) for group in shown.layout.groups}, key=lambda t: (len(t), t)):
        for group in visible(shown):
            if tuple(p for p, _ in group) != places:
                continue
            four = _four(shown, group)
            if totals is None or four is None:
                yield from _untold(shown, group)
                continue
            reference = chosen.get(places)
            other = _four(shown, reference) if reference is not None and reference != group else None
            yield from _told(shown, group, four, totals, reference, other, population)


def _told(shown: Printed, group: Group, four: Four, totals: Four, reference: Group | None, other: Four | None,
          population: int) -> Iterator[Measure]:
    import numpy as np

    columns = shown.layout.columns
    mine, everybody = np.array(four, dtype=float), np.array(totals, dtype=float)
    point, ends = solved(mine, everybody, population), _intervals(four, other, totals, population)
    for i, number in enumerate(NUMBERS):
        if not group and i in _PARTS:  # everybody is all of everybody
            continue
        if not group and number == SELECTION:  # as many were selected as are in the arm, of as many as were named
            yield Measure(number.name, label(columns, group), "", float(point[i]), None, None, "share",
                          sum(four), "exact", f"those selected, of the {population:,} people named")
            continue
        unit, n = "ratio" if number == SELECTED_AGAINST_EVERYBODY else "share", _basis(four, totals)[i]
        yield _measure(number.name, label(columns, group), "", point[i], ends[0][i], unit, n,
                       _ROUNDED if shown.rounded else _method(i))
        if other is None or reference is None:
            continue
        theirs = solved(np.array(other, dtype=float), everybody, population)
        yield _measure(number.difference, label(columns, group), label(columns, reference), point[i] - theirs[i],
                       ends[1][i], unit, n + _basis(other, totals)[i],
                       _ROUNDED if shown.rounded else "from both intervals (MOVER)")


def _basis(four: Four, totals: Four) -> tuple[int, ...]:
    """How many people each number rests on: of one arm those that it is a share of, else those counted in both arms."""
    hits, misses, found, clear = four
    chosen, drawn = totals[0] + totals[1], totals[2] + totals[3]
    return (drawn, chosen, chosen + drawn, found + clear, hits + misses, *[sum(four)] * 2, totals[2], totals[0],
            *[sum(four)] * 5)


_PARTS = (0, 1, 2, 7, 8)
"""Shares that a group has of a whole, by their place in `NUMBERS`."""

_COUNTED: Mapping[int, Callable[[Four, Four], tuple[int, int]]] = {
    0: lambda g, all_: (g[2] + g[3], all_[2] + all_[3]), 1: lambda g, all_: (g[0] + g[1], all_[0] + all_[1]),
    3: lambda g, _: (g[2], g[2] + g[3]), 4: lambda g, _: (g[0], g[0] + g[1]),
    7: lambda g, all_: (g[2], all_[2]), 8: lambda g, all_: (g[0], all_[0])}
"""The numbers that are events of trials in one arm, by their place in `NUMBERS`."""


def of_two_arms(name: Name) -> bool:
    """Whether a number is put together from both arms: the people that it is a share of were never counted."""
    return any(one.name == name and i not in _COUNTED for i, one in enumerate(NUMBERS))


def _method(i: int) -> str:
    return "Wilson interval" if i in _COUNTED else _OF_TWO_ARMS


Ends = list[tuple[float, float] | None]


def _intervals(mine: Four, other: Four | None, totals: Four, population: int) -> tuple[Ends, Ends]:
    """95 % intervals of every number of a group, and of its differences from another group."""
    import numpy as np

    cells = _cells(mine, other, totals)
    values, slopes = _slopes(cells, population)
    spread = np.einsum("gia,ab,hib->igh", slopes, _covariance(cells), slopes)
    own = [_single(i, mine, totals, values[0][i], spread[i, 0, 0]) for i in range(len(NUMBERS))]
    if other is None:
        return own, [None] * len(NUMBERS)
    theirs = [_single(i, other, totals, values[1][i], spread[i, 1, 1]) for i in range(len(NUMBERS))]
    apart = [_mover(solved(np.array(mine, float), np.array(totals, float), population)[i],
                    solved(np.array(other, float), np.array(totals, float), population)[i], own[i], theirs[i],
                    spread[i]) for i in range(len(NUMBERS))]
    return own, apart


def _cells(mine: Four, other: Four | None, totals: Four) -> Numbers:
    """Counts of shape (3, 4): the group, the reference and the rest, with half a person more where anybody may be."""
    import numpy as np

    two = np.array([mine, other or (0, 0, 0, 0)], dtype=float)
    rest = np.array(totals, dtype=float) - two.sum(axis=0)
    cells = np.vstack([two, rest])
    there = np.array([True, other is not None, bool((rest > 0).any())])
    return cells + 0.5 * there[:, None]


def _slopes(cells: Numbers, population: int) -> tuple[Numbers, Numbers]:
    """The numbers of the group and of the reference, shape (2, 14), and their slopes along every cell, (2, 14, 12)."""
    import numpy as np

    flat = cells.ravel()
    step = 1e-4 * np.maximum(flat, 0.5)
    moved = np.stack([flat[:, None] + side * np.diag(step) for side in (1, -1)], axis=2).reshape(3, 4, 12, 2)
    every = np.concatenate([moved.reshape(3, 4, 24), cells[:, :, None]], axis=2)
    totals = every.sum(axis=0)
    found = []
    for group in every[:2]:
        with np.errstate(all="ignore"):
            people = (group[2] + group[3]) / (totals[2] + totals[3]) * population
        found.append(_worked_out(group, totals, people))
    both = np.nan_to_num(np.stack(found), posinf=0.0, neginf=0.0)
    ends = both[:, :, :24].reshape(2, len(NUMBERS), 12, 2)
    return both[:, :, 24], (ends[..., 0] - ends[..., 1]) / (2 * step)


def _covariance(cells: Numbers) -> Numbers:
    """Of the twelve cells: each arm is a multinomial of its own size."""
    import numpy as np

    arm = np.tile([0, 0, 1, 1], 3)
    flat = cells.ravel()
    size = np.array([flat[arm == a].sum() for a in (0, 1)])[arm]
    return np.asarray(np.diag(flat) - np.where(arm[:, None] == arm, np.outer(flat, flat) / size[:, None], 0.0))


def _single(i: int, four: Four, totals: Four, value: float, variance: float) -> tuple[float, float] | None:
    """Wilson where a number is events of trials; else on the logit, of a ratio on the logarithm."""
    if i in _COUNTED:
        return wilson(*_COUNTED[i](four, totals), LEVEL)
    half = Z * math.sqrt(max(variance, 0.0))
    if NUMBERS[i] == SELECTED_AGAINST_EVERYBODY:
        return (value * math.exp(-half / value), value * math.exp(half / value)) if value > 0 else None
    if not 0 < value < 1:
        return None
    middle, half = math.log(value / (1 - value)), half / (value * (1 - value))
    return 1 / (1 + math.exp(min(half - middle, 700.0))), 1 / (1 + math.exp(max(-half - middle, -700.0)))


def _mover(value: float, reference: float, mine: tuple[float, float] | None, theirs: tuple[float, float] | None,
           spread: Numbers) -> tuple[float, float] | None:
    if mine is None or theirs is None or math.isnan(value) or math.isnan(reference):
        return None
    both = math.sqrt(spread[0, 0] * spread[1, 1])
    tied = float(spread[0, 1]) / both if both > 0 else 0.0
    below, above = (value - mine[0], theirs[1] - reference), (mine[1] - value, reference - theirs[0])
    low, high = (math.sqrt(max(a * a + b * b - 2 * tied * a * b, 0.0)) for a, b in (below, above))
    return value - reference - low, value - reference + high


def _measure(name: Name, group: str, reference: str, value: float, ends: tuple[float, float] | None, unit: str,
             n: int, method: str) -> Measure:
    if math.isnan(value):
        return Measure(name, group, reference, None, None, None, unit, n, "",
                       "not estimable: a count is zero, or more were selected than the random sample allows")
    if ends is None or method == _ROUNDED:
        return Measure(name, group, reference, float(value), None, None, unit, n, "",
                       method if method == _ROUNDED else "no interval: a count is zero")
    low, high = min(ends[0], float(value)), max(ends[1], float(value))
    return Measure(name, group, reference, float(value), low, high, unit, n, "sampling", method)


def _untold(shown: Printed, group: Group) -> Iterator[Measure]:
    reason = f"withheld: rests on a count under {shown.floor}, or on one that would give such a count away"
    for i, number in enumerate(NUMBERS):
        if not group and i in _PARTS:
            continue
        yield Measure(number.name, label(shown.layout.columns, group), "", None, None, None,
                      "ratio" if number == SELECTED_AGAINST_EVERYBODY else "share", None, "", reason)


def _four(shown: Printed, group: Group) -> Four | None:
    a, b, c, d = (shown[group, kind] for kind in _ARMS)
    return None if a is None or b is None or c is None or d is None else (a, b, c, d)
