"""How far what is not published moves what a reform changes: the second width of a comparison.

All worlds are set to the same points and carried with the same luck there, so the difference between two of them at a
point is the reform's doing. What a world sets itself does not vary in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.pair import Comparison, Key
from sousveil.comparisons.store import Shelf
from sousveil.studies.limits import WholeNumber
from sousveil.unknowns.points import POINTS, points, unknowns_of
from sousveil.unknowns.widths import changes_of, widths_of

__all__ = ["AT_MOST", "budget", "widen_worlds"]

AT_MOST = 256
"""Runs of points, at most, that a comparison makes unless more are asked for: more worlds, fewer points in each."""

_FEWEST = 64


def budget(worlds: int) -> int:
    """How many points a comparison of so many worlds takes, unless a number is asked for."""
    return max(_FEWEST, min(POINTS, 1 << (AT_MOST // worlds).bit_length() - 1))


def widen_worlds(found: Comparison, count: WholeNumber | None = None, *, where: Place = HERE,
                 shelf: Shelf | None = None, threads: int | None = None) -> Comparison:
    """The comparison with the second width of every level and every difference.

    count   points in each world; 0 for none; unless given, as many as `budget` says
    As it is where no assumption of the baseline has a range. Raises InputError, EngineRefusal, Interrupted.
    """
    worlds = (found.baseline, *found.reforms)
    count = budget(len(worlds)) if count is None else count
    if count == 0 or not unknowns_of(found.baseline.study)[0]:
        return found
    carried = points([w.study for w in worlds], count, engine="exact" if found.engine == "exact" else "auto",
                     where=where, shelf=shelf, threads=threads)
    base, *others = (replace(w, widths=widths_of(p, found.levels(w), w.study.reference))
                     for w, p in zip(worlds, carried, strict=True))
    return replace(found, baseline=base, reforms=tuple(
        replace(world, apart=changes_of(p, _less(p.values, carried[0].values), found.differences(world)))
        for world, p in zip(others, carried[1:], strict=True)))


def _less(values: Mapping[Key, npt.NDArray[np.float64]], base: Mapping[Key, npt.NDArray[np.float64]]
          ) -> dict[Key, npt.NDArray[np.float64]]:
    return {key: mine - base[key] for key, mine in values.items() if key in base}
