"""How far every number of a result moves with what is not published: its second width (docs/unknowns.md).

    run = sousveil.widen(sousveil.run("seed-article"))
    run.measures()                                         each with its width

Least and most are the 95 % range over points (`unknowns.points`), by ranks: a number at values drawn from the same
laws lies between the ranks (N+1) x 0.025 and (N+1) x 0.975 of N others in 95 of 100 cases. Where agents carried the
points, what two halves do not share is chance: the spread is shrunk by the root of (covariance of the halves / variance
of their mean) before ranks and signs are taken, so that chance does not count as ignorance.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.pair import Key
from sousveil.comparisons.store import Shelf
from sousveil.harms.replicates import SIGNED
from sousveil.measures.measure import ALL
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.measures.width import LEVEL, Evened, Reading, Width, WidthRow, Widths
from sousveil.runs.run import Run
from sousveil.studies.limits import WholeNumber
from sousveil.unknowns import evened
from sousveil.unknowns.evened import measured_evened
from sousveil.unknowns.points import COUNTS, POINTS, Choice, Points, points, unknowns_of

if TYPE_CHECKING:
    from sousveil.unknowns.ranges import Unknown

__all__ = ["ENOUGH", "MOST_GROUPS", "changes_of", "ends", "places_of", "row_of", "settled",
           "spread", "varied", "widen_run", "widths_of"]

Floats = npt.NDArray[np.float64]

Read = tuple[str, str, npt.NDArray[np.bool_]]

ENOUGH = 8
"""Points that must be able to tell a number before it has a range: with fewer, the range leaves out one time in five
of what there is to leave in, and more.
"""

MOST_GROUPS = 8
"""Up to so many groups, every two are held against one another; with more, each against the reference."""

_NAMED, _LEAST = 3, 0.05
"""How many unknowns are named at most, and the share of the spread that must go with one for that."""

_FEW = 16
"""With fewer points, a curve of the second degree over any number would seem to say something."""

_NONE = 1e-12
"""A spread below this, relative to the number, is rounding."""


def widen_run(run: Run, count: WholeNumber | None = None, *, where: Place = HERE, shelf: Shelf | None = None,
              threads: int | None = None) -> Run:
    """The run with the second width of all its measures; as it is where no assumption has a range, or `count` is 0.

    Raises InputError, EngineRefusal, Interrupted.
    """
    if count == 0 or not unknowns_of(run.study)[0]:
        return run
    found, = points(run.study, POINTS if count is None else count, engine="exact" if run.engine == "exact" else "auto",
                    where=where, shelf=shelf, threads=threads)
    widths = widths_of(found, run.measures(), run.study.reference)
    without = measured_evened(run.study, "exact" if run.engine == "exact" else "auto", threads)
    return run.wide(widths if without is None else _evened(widths, *without), len(found.settings))


def _evened(widths: Widths, measures: Measures, how: evened.Evened) -> Widths:
    """The widths, each difference between groups with what is left of it without assumed differences."""
    rows = []
    for row in widths:
        left = _left(row, measures) if row.reference else None
        rows.append(row if left is None else row._replace(width=replace(row.width, evened=left)))
    return replace(widths, rows=tuple(rows), evened=how.set, uneven=how.left)


def _left(row: WidthRow, measures: Measures) -> Evened | None:
    m = measures.find(row.name, row.group, row.reference)
    if m is not None:
        return None if m.value is None else Evened(m.value, m.low, m.high)
    one, other = (measures.find(row.name, group) for group in (row.group, row.reference))
    if one is None or other is None or one.value is None or other.value is None or one.unit in COUNTS:
        return None
    return Evened(one.value - other.value, None, None)


def widths_of(found: Points, measures: Measures, reference: str) -> Widths:
    """The widths of the measures of a run, and of the difference between every two groups in each.

    measures   as the run has them: the sign of a value is what points are held against
    """
    rows = []
    places, read = places_of(found.unknowns, found.unit, found.settings), _read(found)
    for key, halves in found.values.items():
        m = measures.find(key.name, key.group, key.reference)
        rows.append(row_of(key, halves, None if m is None else m.value, places, read=read))
    for one, other in _pairs(found.values, reference):
        gap = found.values[one] - found.values[other]
        more, less = (None if m is None else m.value for m in (measures.find(k.name, k.group) for k in (one, other)))
        value = None if more is None or less is None else more - less
        rows.append(row_of(Key(one.name, one.group, other.group, one.unit), gap, value, places, change=True,
                           read=read))
    return _widths(found, rows)


def changes_of(found: Points, less: Mapping[Key, Floats], measures: Measures) -> Widths:
    """The widths of what a reform changes: `less` is a world less the baseline at every point, in every half."""
    places, read = places_of(found.unknowns, found.unit, found.settings), _read(found)
    rows = []
    for key, halves in less.items():
        m = measures.find(key.name, key.group, key.reference)
        rows.append(row_of(key, halves, None if m is None else m.value, places, change=True, read=read))
    return _widths(found, rows)


def varied(unknowns: Sequence[Unknown | Choice]) -> tuple[tuple[str, tuple[float | str, ...]], ...]:
    """What was varied, and between what: as `Widths.unknowns`."""
    return tuple((u.name, tuple(r for r, _ in u.readings) if isinstance(u, Choice) else (u.low, u.high))
                 for u in unknowns)


def _widths(found: Points, rows: Sequence[WidthRow]) -> Widths:
    return Widths(tuple(rows), varied(found.unknowns), tuple(found.held.items()), len(found.settings),
                  found.engine, found.people)


def settled(halves: Floats) -> Floats:
    """float64[N]: the value at every point with chance taken out of the spread, from float64[N, halves].

    Points where a half could not tell are NaN. One half is without chance.
    """
    mean = np.asarray(halves.mean(axis=1))
    known = ~np.isnan(mean)
    if halves.shape[1] < 2 or known.sum() < 2:
        return mean
    shared = float(np.cov(halves[known, 0], halves[known, 1])[0, 1])
    variance = float(mean[known].var(ddof=1))
    factor = min(1.0, np.sqrt(max(0.0, shared) / variance)) if variance > 0 else 1.0
    centre = mean[known].mean()
    return np.asarray(centre + factor * (mean - centre))


def ends(values: Floats, level: float = LEVEL) -> tuple[float, float]:
    """The range of that share of the law that these values are drawn from, by ranks; the outermost where they are few.
    """
    ordered = np.sort(values)
    n = len(ordered)
    ranks = np.clip((n + 1) * np.array([(1 - level) / 2, (1 + level) / 2]), 1, n) - 1
    least, most = np.interp(ranks, np.arange(n), ordered).tolist()
    return least, most


def spread(values: Floats, places: Sequence[tuple[str, Floats]]) -> tuple[tuple[str, float], ...]:
    """The unknowns that values go with, the first one most: each with the share of the spread that a curve of the
    second degree over it alone takes away, or for a choice the means of its readings. Chance is allowed for.

    places   name -> float64[N, d]: an orthonormal basis of such curves, without the constant
    """
    centred = values - values.mean()
    whole = float(centred @ centred)
    if whole <= (_NONE * max(1.0, float(np.abs(values).max())))**2:
        return ()
    n, found = len(values), []
    if n < _FEW:
        return ()
    for name, basis in places:
        taken = float(((basis.T @ centred)**2).sum()) / whole
        degrees = basis.shape[1]
        share = 1.0 - (1.0 - taken) * (n - 1) / max(1, n - 1 - degrees)
        if share >= _LEAST:
            found.append((name, min(1.0, share)))
    return tuple(sorted(found, key=lambda one: -one[1])[:_NAMED])


def _scale(ratios: Floats) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """On which scale chance is taken out of ratios, and the way back: the logarithm; where one of them is 0, which has
    none, r / (1 + r), so that few large ones do not count for all others.
    """
    if bool((ratios[~np.isnan(ratios)] > 0).all()):
        return np.log, np.exp
    return lambda r: r / (1.0 + r), lambda x: x / (1.0 - x)


def row_of(key: Key, halves: Floats, value: float | None, places: Sequence[tuple[str, Floats]],
         change: bool = False, read: Sequence[Read] = ()) -> WidthRow:
    """The width of a number from its values at every point in every half, float64[N, halves].

    value    of the result itself: points are held against its sign
    change   whether the number is a difference already, also where its unit says otherwise
    read     every reading of every choice, with the points that have it
    """
    there, back = _scale(halves) if key.unit == "ratio" and not change else (np.asarray, np.asarray)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = settled(there(halves))
    known = ~np.isnan(values)
    n = int(known.sum())
    if n >= ENOUGH and halves.shape[1] > 1 and np.ptp(values[known]) == 0 < np.ptp(halves[known]):
        n = 0  # the halves share nothing: what the points differ in is chance, and none of them tells more
    if n < min(ENOUGH, len(values)):
        return WidthRow(key.name, key.group, key.reference, Width(None, None, None, (), n, len(values)))
    hangs = spread(values[known], places if known.all() else [(name, _basis(b[known])) for name, b in places])
    told = back(values[known])
    least, most = ends(told)
    agree, under = None, []
    if value is not None and (change or key.reference or key.name in SIGNED):
        none = 1.0 if key.unit == "ratio" and not change else 0.0
        alike = _sign(told - none) == _sign(np.array([value - none]))
        agree = float(np.mean(alike))
        under = [(choice, reading, alike[at[known]]) for choice, reading, at in read]
    return WidthRow(key.name, key.group, key.reference, Width(
        least, most, agree, hangs, n, len(values), readings=tuple(
            Reading(choice, reading, float(np.mean(those))) for choice, reading, those in under
            if len(those) >= ENOUGH)))


def _sign(values: Floats) -> npt.NDArray[np.int64]:
    """-1, 0 or 1; what is left of equal sums that were added in another order is none."""
    return np.where(np.abs(values) <= _NONE, 0, np.sign(values)).astype(np.int64)


def _pairs(values: Mapping[Key, Floats], reference: str) -> list[tuple[Key, Key]]:
    """Every two groups of every measure that is not a comparison already, the later group less the earlier one."""
    by_name: dict[Name, list[Key]] = {}
    for key in values:
        if not key.reference and key.group != ALL:
            by_name.setdefault(key.name, []).append(key)
    found = []
    for keys in by_name.values():
        if len(keys) <= MOST_GROUPS:
            found += [(other, one) for one, other in itertools.combinations(keys, 2)]
        else:
            base = [key for key in keys if key.group == reference]
            found += [(key, base[0]) for key in keys if base and key.group != reference]
    return found


def places_of(unknowns: Sequence[Unknown | Choice], unit: Floats, settings: Sequence[Mapping[str, Any]]
              ) -> list[tuple[str, Floats]]:
    """Name of an unknown -> the curves over it, from the ranks of its values: so a law's shape does not matter."""
    return [(u.name, _basis(_columns(u, unit[:, i], settings))) for i, u in enumerate(unknowns)]


def _read(found: Points) -> list[Read]:
    """Every reading of every choice that was varied, and bool[N]: the points that have it."""
    places = [(u, np.array([u.at(x) for x in found.unit[:, i].tolist()])) for i, u in enumerate(found.unknowns)
              if isinstance(u, Choice)]
    return [(u.name, reading, at == r) for u, at in places for r, (reading, _) in enumerate(u.readings)]


def _columns(unknown: Unknown | Choice, share: Floats, settings: Sequence[Mapping[str, Any]]) -> Floats:
    if isinstance(unknown, Choice):
        at = np.array([unknown.at(x) for x in share.tolist()])
        return np.stack([(at == r).astype(np.float64) for r in range(1, len(unknown.readings))], axis=1)
    values = np.array([s.get(unknown.path, np.nan) for s in settings], dtype=np.float64)
    if np.isnan(values).any():  # a world that has set it itself does not vary with it
        return np.zeros((len(values), 1))
    rank = np.searchsorted(np.sort(values), values, side="left") / max(1, len(values) - 1)
    return np.stack([rank, rank**2], axis=1)


def _basis(columns: Floats) -> Floats:
    """Orthonormal columns that span the same, with the constant taken out; those that add nothing are left away."""
    centred = columns - columns.mean(axis=0)
    left, size, _ = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(left[:, size > 1e-9 * max(1.0, float(size.max(initial=0.0)))])
