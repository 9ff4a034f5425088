"""Which of the numbers that nobody knows a harm hangs on: Sobol' indices over the ranges of the assumptions.

First-order index of a number: the share of the harm's variance that goes away when this number alone becomes known.
Total index: the share that stays when all but this number are known. What they differ by, numbers do together.

The design is Saltelli's; first-order indices are estimated as in Saltelli et al., Comput. Phys. Commun. 181 (2010),
total ones as in Jansen, Comput. Phys. Commun. 117 (1999); intervals are by bootstrap over the points. It begins with
the points of `unknowns.points`: what a run or a comparison asked for its second width is on the shelf already. Where
agents carry a point, it is in two halves with chance of their own, and products are taken across the halves: so chance
is in no index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, execute
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.store import Shelf
from sousveil.draws import Purpose, uniforms
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.points import (
    HALF,
    MOST,
    Choice,
    harm_at,
    one_engine,
    setting_of,
    tasks_of,
    threads_of,
    unit_points,
    unknowns_of,
    values_of,
)
from sousveil.unknowns.ranges import Unknown

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FIRST", "TOTAL", "Indices", "Sensitivity", "analysed", "design", "sensitivity"]

Floats = npt.NDArray[np.float64]

FIRST = Names("sensitivity", "first-order index of {number}")
TOTAL = Names("sensitivity", "total index of {number}")

POINTS = (16, MOST)
"""Points, at least and at most."""

RESAMPLES = 1_000
"""Bootstrap samples behind an interval."""

_OTHERS = 1 << 24
"""The number of the first point that nobody else asks for."""


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """Sobol' indices of k numbers, float64[k] each; low and high float64[k, 2] for (first, total)."""

    first: Floats
    total: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """What a harm hangs on.

    people    in each half of a point; 0 where no chance is in it
    unit      float64[N, k], every point that was carried out, as shares of the laws of the unknowns
    values    float64[N], the harm there
    indices   None where the harm does not vary by more than chance, or points failed
    held      assumptions that were not varied, and why
    """

    study: Study
    objective: Objective
    engine: str
    points: int
    people: int
    unknowns: tuple[Unknown | Choice, ...]
    unit: Floats
    values: Floats
    indices: Indices | None
    held: Mapping[str, str]
    failed: Mapping[str, str]

    def runs(self) -> pa.Table:
        """Every point: a number for each unknown, the name of a reading for each choice, and the harm, `value`."""
        import pyarrow as pa

        columns: dict[str, Any] = {}
        for unknown, shares in zip(self.unknowns, self.unit.T, strict=True):
            if isinstance(unknown, Choice):
                columns[unknown.name] = [unknown.readings[unknown.at(share)][0] for share in shares.tolist()]
            else:
                columns[unknown.path] = unknown.at(shares)
        return pa.table({**columns, "value": pa.array(self.values, from_pandas=True)})

    def measures(self) -> Measures:
        """First-order and total index of every number, the largest total first, with intervals over the points."""
        if self.indices is None:
            return Measures()
        found = []
        for i in np.argsort(-self.indices.total, kind="stable"):
            for j, (index, values) in enumerate(((FIRST, self.indices.first), (TOTAL, self.indices.total))):
                found.append(Measure(
                    index(number=self.unknowns[i].name), self.objective.group, self.objective.reference,
                    float(values[i]), float(self.indices.low[i, j]), float(self.indices.high[i, j]),
                    "share of variance", self.points, "parameters"))
        return Measures(tuple(found))


@checked
def sensitivity(study: AnyStudy, harm: str | Objective = "bottom-tier", *, group: str | None = None,
                between: Sequence[str] | None = None, points: WholeNumber = 64, people: WholeNumber | None = None,
                steps: WholeNumber | None = None, seed: WholeNumber | None = None, engine: Engine = "auto",
                where: Place = HERE, shelf: Shelf | None = None) -> Sensitivity:
    """Sobol' indices of a harm over all that is not published: ranges of assumptions that are used, and choices.

    study    a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    harm     of everybody, of a `group`, or as a gap `between` two
    points   a power of two; points × (unknowns + 2) are carried, all under the study's seed
    Raises InputError, EngineRefusal, Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, engine=engine)
    points = whole("points", points, *POINTS)
    if points & (points - 1):
        raise InputError(f"points: {points:,} is not a power of two between {POINTS[0]} and {POINTS[1]:,}")
    study, wanted = objective(asked.sized(study), harm, group, between)
    free, held = unknowns_of(study)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to vary")
    unit = design(unit_points(study.seed, points, 2 * len(free)))
    varied = [setting_of(free, row) for row in unit.tolist()]
    name = one_engine([study], [varied], free, asked.engine)
    half = 0 if name == "exact" else min(HALF, study.people)
    # The first row of each block is a point that others ask for, under its number; the rest have numbers of their own.
    block = len(free) + 2
    numbers = [i // block if i % block == 0 else _OTHERS + i for i in range(len(varied))]
    threads = threads_of(where, asked.threads if where.kind == "here" else None)
    tasks = tasks_of(study, varied, name, half, threads, numbers)
    done, failed = execute(list({task.name: task for task in tasks}.values()), where, shelf, "Points")
    results = [done.get(task.name) for task in tasks]
    values = harm_at(wanted, *values_of(results, study.people / half if half else 1.0))
    known = len(values) == len(tasks) and not np.isnan(values).any()
    return Sensitivity(study, wanted, name, points, half, free, unit, values.mean(axis=1),
                       analysed(values, points, study.seed) if known else None, held,
                       {f"point-{i + 1:07d}": failed[task.name] for i, task in enumerate(tasks) if task.name in failed})


def design(both: Floats) -> Floats:
    """Saltelli's design, float64[N × (k + 2), k], from float64[N, 2 k] points on the unit cube.

    Rows come in blocks of k + 2: A, then A with its i-th number from B for every i, then B.
    """
    numbers = both.shape[1] // 2
    a, b = both[:, :numbers], both[:, numbers:]
    mixed = np.repeat(a[:, None, :], numbers, axis=1)
    at = np.arange(numbers)
    mixed[:, at, at] = b
    return np.concatenate([a[:, None], mixed, b[:, None]], axis=1).reshape(-1, numbers)


def analysed(values: Floats, points: int, seed: int) -> Indices | None:
    """Sobol' indices from the values on the rows of `design`, with 95 % intervals by bootstrap over its blocks.

    values   float64[rows] without chance, or float64[rows, 2] in halves
    Returns None where they vary by no more than chance.
    """
    blocks = values.reshape(points, -1, values.shape[1] if values.ndim == 2 else 1)
    first, total = _indices(blocks[None])
    if np.isnan(total).any():
        return None
    # A draw belongs to the resample (person) and the place in it (step).
    draws = uniforms(seed, np.arange(RESAMPLES)[:, None], np.arange(math.ceil(points / 2))[None, :], Purpose.RESAMPLE)
    picked = np.minimum((draws.reshape(RESAMPLES, -1)[:, :points] * points).astype(np.int64), points - 1)
    # In parts: all resamples at once would take the memory of the machine.
    parts = np.array_split(picked, max(1, picked.size * blocks[0].size // 10**7))
    found = [_indices(blocks[part]) for part in parts]
    again = np.stack([np.concatenate([f[j] for f in found]) for j in (0, 1)], axis=-1)
    low, high = np.nanpercentile(again, [2.5, 97.5], axis=0)
    return Indices(first[0], total[0], low, high)


def _indices(blocks: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices, [R, k] each, from values [R, points, k + 2, halves]."""
    # Every centre gives the right average. A centre near the values keeps the products small, and so their scatter.
    blocks = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    a, mixed, b = blocks[:, :, :1], blocks[:, :, 1:-1], blocks[:, :, -1:]
    ends = np.concatenate([a, b], axis=2)
    ends = ends - ends.mean(axis=(1, 2), keepdims=True)
    variance = (ends[..., 0] * ends[..., -1]).mean(axis=(1, 2))[:, None]
    variance = np.where(variance > 0, variance, np.nan)
    # What belongs to another point has chance of its own; of one point, only products across the halves are free of it.
    first = (b * (mixed - a)[..., ::-1]).mean(axis=(1, 3)) / variance
    apart = a - mixed
    total = (apart[..., 0] * apart[..., -1]).mean(axis=1) / (2 * variance)
    return first, total
