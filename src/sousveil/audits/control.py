"""Error rates of everybody, where outcomes exist for those an algorithm selected and for a sample drawn at random.

People whom the algorithm passed over were not looked at, so its false positive and false negative rates cannot be had
from its own cases. The random sample tells how common the outcome is in everybody; the rest follows (method of
Lighthouse Reports and Svenska Dagbladet for the Swedish parental-allowance model). With N people, for a group g:

    N_g  = its share of the random sample × N, cut to a whole number
    TP   = selected with the outcome / N_g            FP = selected without it / N_g
    base = share with the outcome in the random sample of g
    FN   = base − TP                                  TN = 1 − base − FP

Intervals are bootstrapped: both arms are drawn again, as often as `REPEATS`, each with its own size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import Compared, visible
from sousveil.draws import Purpose, uniforms
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

__all__ = ["FALSE_NEGATIVE", "FALSE_NEGATIVES", "FALSE_POSITIVE", "FALSE_POSITIVES", "NUMBERS", "OUTCOME", "PRECISION",
           "RANDOM_OUTCOMES", "RANDOM_SHARE", "REPEATS", "SELECTED_AGAINST_EVERYBODY", "SELECTED_OUTCOMES",
           "SELECTED_SHARE", "TRUE_NEGATIVES", "TRUE_POSITIVES", "measures", "resampled", "solved"]

REPEATS = 2000
_SEED = 2024


def _called(text: str) -> Compared:
    return Compared(Name("random control", text), Name("random control", f"{text}: difference"), None)


RANDOM_SHARE = _called("share of the random sample")
SELECTED_SHARE = _called("share of those selected")
SELECTED_AGAINST_EVERYBODY = _called("share selected against share of everybody")
OUTCOME = _called("outcome rate")
PRECISION = _called("precision")
FALSE_POSITIVE = _called("false positive rate")
FALSE_NEGATIVE = _called("false negative rate")
RANDOM_OUTCOMES = _called("share of the outcomes at random")
SELECTED_OUTCOMES = _called("share of the outcomes selected")
TRUE_POSITIVES = _called("true positives")
FALSE_POSITIVES = _called("false positives")
TRUE_NEGATIVES = _called("true negatives")
FALSE_NEGATIVES = _called("false negatives")
NUMBERS = (RANDOM_SHARE, SELECTED_SHARE, SELECTED_AGAINST_EVERYBODY, OUTCOME, PRECISION, FALSE_POSITIVE, FALSE_NEGATIVE,
           RANDOM_OUTCOMES, SELECTED_OUTCOMES, TRUE_POSITIVES, FALSE_POSITIVES, TRUE_NEGATIVES, FALSE_NEGATIVES)
"""What is worked out for a group, in the order of `solved`."""

_ARMS = ("d1y1", "d1y0", "d0y1", "d0y0")


def solved(mine: Numbers, totals: Numbers, population: int) -> Numbers:
    """The numbers of `NUMBERS`, shape (13, ...), from counts of shape (4, ...); NaN where there is no answer.

    The counts are: selected with and without the outcome, drawn at random with and without. `totals` are everybody's.
    """
    import numpy as np

    hits, misses, found, clear = mine
    with np.errstate(all="ignore"):
        share = (found + clear) / (totals[2] + totals[3])
        chosen = (hits + misses) / (totals[0] + totals[1])
        people = np.floor(share * population)
        base = found / (found + clear)
        tp, fp = hits / people, misses / people
        fn, tn = base - tp, 1 - base - fp
        # More selected rightly than there can be: the arms do not belong to one population of that size.
        fn, tn = np.where(fn < 0, np.nan, fn), np.where(tn < 0, np.nan, tn)
        answer = np.stack([share, chosen, chosen / share, base, tp / (tp + fp), fp / (fp + tn), fn / (fn + tp),
                           found / totals[2], hits / totals[0], tp, fp, tn, fn])
    answer[~np.isfinite(answer)] = np.nan
    return answer


def resampled(counts: Numbers, repeats: int = REPEATS, seed: int = _SEED) -> Numbers:
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
    import numpy as np

    totals = _four(shown, ())
    for places in sorted({tuple(p for p, _ in group) for group in shown.counts.groups}, key=lambda t: (len(t), t)):
        told = {group: _four(shown, group) for group in visible(shown) if tuple(p for p, _ in group) == places}
        known = {group: four for group, four in told.items() if four is not None}
        if totals is None or not known:
            for group in told:
                yield from _untold(shown, group)
            continue
        again = _again(known, totals)
        everybody = np.array(totals, dtype=float)
        worlds = np.stack([again[group] for group in known]).sum(axis=0) + again[None]
        point = {group: solved(np.array(four, dtype=float), everybody, population) for group, four in known.items()}
        cloud = {group: solved(again[group], worlds, population) for group in known}
        for group in told:
            if group in known:
                yield from _told(shown, group, point, cloud, chosen.get(places), sum(known[group]))
            else:
                yield from _untold(shown, group)


def _again(known: Mapping[Group, tuple[int, ...]], totals: tuple[int, ...]) -> dict[Group | None, Numbers]:
    """Both arms drawn again: for each group shape (4, repeats), and under None what belongs to no printed group."""
    import numpy as np

    rest = tuple(total - sum(four[k] for four in known.values()) for k, total in enumerate(totals))
    table = np.array([*known.values(), rest], dtype=float)
    drawn = [resampled(table[:, arm].ravel(), seed=_SEED + i).reshape(len(table), 2, -1)
             for i, arm in enumerate(([0, 1], [2, 3]))]
    both = np.concatenate(drawn, axis=1)
    return {group: both[i] for i, group in enumerate((*known, None))}


def _told(shown: Printed, group: Group, point: Mapping[Group, Numbers], cloud: Mapping[Group, Numbers],
          reference: Group | None, n: int) -> Iterator[Measure]:
    columns = shown.counts.columns
    for i, number in enumerate(NUMBERS):
        unit = "ratio" if number == SELECTED_AGAINST_EVERYBODY else "share"
        yield _measure(number.name, label(columns, group), "", point[group][i], cloud[group][i], unit, n)
        if reference in point and reference != group and reference is not None:
            yield _measure(number.difference, label(columns, group), label(columns, reference),
                           point[group][i] - point[reference][i], cloud[group][i] - cloud[reference][i], unit, n)


def _measure(name: Name, group: str, reference: str, value: Numbers, cloud: Numbers, unit: str, n: int) -> Measure:
    import numpy as np

    if np.isnan(value):
        return Measure(name, group, reference, None, None, None, unit, n, "",
                       "not estimable: a count is zero, or more were selected than the random sample allows")
    sound = cloud[~np.isnan(cloud)]
    if len(sound) < 0.95 * len(cloud):
        return Measure(name, group, reference, float(value), None, None, unit, n, "",
                       "no interval: in too many draws there is no answer")
    low, high = np.quantile(sound, [0.025, 0.975])
    return Measure(name, group, reference, float(value), float(low), float(high), unit, n, "sampling",
                   f"bootstrap interval, {len(cloud):,} draws")


def _untold(shown: Printed, group: Group) -> Iterator[Measure]:
    reason = f"withheld: rests on a count under {shown.floor}, or on one that would give such a count away"
    for number in NUMBERS:
        yield Measure(number.name, label(shown.counts.columns, group), "", None, None, None,
                      "ratio" if number == SELECTED_AGAINST_EVERYBODY else "share", None, "", reason)


def _four(shown: Printed, group: Group) -> tuple[int, int, int, int] | None:
    a, b, c, d = (shown[group, kind] for kind in _ARMS)
    return None if a is None or b is None or c is None or d is None else (a, b, c, d)
