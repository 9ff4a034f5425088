"""Which of the numbers that nobody knows a harm hangs on: Sobol' indices over the ranges of the assumptions.

First-order index of a number: the share of the harm's variance that goes away when this number alone becomes known.
Total index: the share that stays when all but this number are known. What they differ by, numbers do together.

The design is Saltelli's, from a Sobol' sequence; first-order indices are estimated as in Saltelli et al., Comput. Phys.
Commun. 181 (2010), total ones as in Jansen, Comput. Phys. Commun. 117 (1999); intervals are by bootstrap over the
points. Sampling, evaluating and analysing are three acts, so that evaluating can happen anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.objective import Objective
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Setting, carried_at, one_engine, sobol_points
from sousveil.draws import Purpose, uniforms
from sousveil.errors import InputError
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.assumptions import Assumption
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study

__all__ = ["FIRST", "TOTAL", "Indices", "Sensitivity", "Unknown", "analysed", "design", "quantile", "sensitivity",
           "unknowns"]

Floats = npt.NDArray[np.float64]

FIRST = Names("sensitivity", "first-order index of {number}")
TOTAL = Names("sensitivity", "total index of {number}")

POINTS = (16, 65_536)
"""Points, at least and at most."""

RESAMPLES = 1_000
"""Bootstrap samples behind an interval."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A number with a range. `path` leads to its value, `name` is what the assumptions call it."""

    name: str
    path: str
    at: Callable[[Floats], Floats]
    low: float
    high: float


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

    settings, values   every point that was carried out, and the harm there
    indices            None where the harm does not vary, or points failed
    held               assumptions that were not varied, and why
    """

    study: Study
    objective: Objective
    engine: str
    points: int
    unknowns: tuple[Unknown, ...]
    settings: tuple[Setting, ...]
    values: Floats
    indices: Indices | None
    held: Mapping[str, str]
    failed: Mapping[str, str]

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


def sensitivity(study: AnyStudy, objective: Objective, *, points: WholeNumber = 64, people: WholeNumber | None = None,
                steps: WholeNumber | None = None, seed: WholeNumber | None = None, engine: Engine = "auto",
                where: Place = HERE, shelf: Shelf | None = None) -> Sensitivity:
    """Sobol' indices of a harm over the ranges of all assumptions of the study that are used and have one.

    study    a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    points   a power of two; points × (numbers + 2) runs are made, all under the study's seed
    Raises InputError, EngineRefusal, Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, engine=engine)
    points = whole("points", points, *POINTS)
    if points & (points - 1):
        raise InputError(f"points: {points:,} is not a power of two between {POINTS[0]} and {POINTS[1]:,}")
    study = asked.sized(study)
    free, held = unknowns(study)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to vary")
    unit = design(points, len(free))
    columns = np.stack([unknown.at(unit[:, i]) for i, unknown in enumerate(free)], axis=1)
    varied = [{u.path: x for u, x in zip(free, row, strict=True)} for row in columns.tolist()]
    name = one_engine(study, varied, asked.engine)
    plain = study.plain()
    threads = asked.threads if where.kind == "here" else 1
    tasks = [Task(f"point-{i + 1:07d}", carried_at, (plain, s, name, 1, threads)) for i, s in enumerate(varied)]
    done, failed = execute(tasks, where, shelf, "Points")
    rows = [objective.of(Measures.restored(done.get(task.name, ()))) for task in tasks]
    values = np.array([np.nan if row is None else row.value for row in rows], dtype=np.float64)
    known = not np.isnan(values).any() and np.ptp(values) > 0
    return Sensitivity(study, objective, name, points, tuple(free), tuple(varied), values,
                       analysed(values, points, study.seed) if known else None, held, failed)


def design(points: int, numbers: int) -> Floats:
    """Saltelli's design on the unit cube: float64[points × (numbers + 2), numbers].

    Rows come in blocks of numbers + 2: A, then A with its i-th number from B for every i, then B.
    """
    both = sobol_points(2 * numbers, points, max(points, 16))
    a, b = both[:, :numbers], both[:, numbers:]
    mixed = np.repeat(a[:, None, :], numbers, axis=1)
    at = np.arange(numbers)
    mixed[:, at, at] = b
    return np.concatenate([a[:, None], mixed, b[:, None]], axis=1).reshape(-1, numbers)


def analysed(values: Floats, points: int, seed: int) -> Indices:
    """Sobol' indices from the values on the rows of `design`, with 95 % intervals by bootstrap over its blocks."""
    blocks = values.reshape(points, -1)
    first, total = _indices(blocks[None])
    # A draw belongs to the resample (person) and the place in it (step).
    draws = uniforms(seed, np.arange(RESAMPLES)[:, None], np.arange(math.ceil(points / 2))[None, :], Purpose.RESAMPLE)
    picked = np.minimum((draws.reshape(RESAMPLES, -1)[:, :points] * points).astype(np.int64), points - 1)
    # In parts: all resamples at once would take the memory of the machine.
    parts = [_indices(blocks[part]) for part in np.array_split(picked, max(1, picked.size * blocks.shape[1] // 10**7))]
    again = np.stack([np.concatenate([p[j] for p in parts]) for j in (0, 1)], axis=-1)
    low, high = np.nanpercentile(again, [2.5, 97.5], axis=0)
    return Indices(first[0], total[0], low, high)


def _indices(blocks: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices, [R, k] each, from values [R, points, k + 2]."""
    a, mixed, b = blocks[..., 0], blocks[..., 1:-1], blocks[..., -1]
    # Every centre gives the right average. A centre near the values keeps the products small, and so their scatter.
    centre = blocks.mean(axis=(1, 2))[:, None, None]
    variance = np.concatenate([a, b], axis=-1).var(axis=-1)[:, None]
    variance = np.where(variance > 0, variance, np.nan)
    first = ((b[..., None] - centre) * (mixed - a[..., None])).mean(axis=1) / variance
    total = ((a[..., None] - mixed)**2).mean(axis=1) / (2 * variance)
    return first, total


def unknowns(study: Study) -> tuple[list[Unknown], dict[str, str]]:
    """The assumptions that can be varied, and those that cannot, with why."""
    free, held = [], {}
    used = {filled.path for filled in study.filled}
    given = {f"assumptions.fill.{name}.value": (name, a) for name, a in study.assumptions.fill.items() if name in used}
    given |= {f"assumptions.chilling.{name}.value": (f"chilling of {name}", a)
              for name, a in study.assumptions.chilling.items()}
    for path, (name, assumption) in given.items():
        if assumption.range is None or assumption.range[0] == assumption.range[1]:
            held[name] = "it has no range"
        elif assumption.value.value is None:
            held[name] = "it is given by label"
        else:
            free.append(Unknown(name, path, quantile(assumption), *assumption.range))
    return free, held


def quantile(assumption: Assumption) -> Callable[[Floats], Floats]:
    """From shares in [0, 1] to values of the assumption's distribution; the peak of a triangle is its value."""
    assert assumption.range is not None
    low, high = assumption.range
    peak = assumption.value.value

    def at(share: Floats) -> Floats:
        if assumption.distribution == "log-uniform":
            return np.asarray(low * (high / low)**share)
        if assumption.distribution == "triangular" and peak is not None:
            turn = (peak - low) / (high - low)
            rising = low + np.sqrt(share * (high - low) * (peak - low))
            falling = high - np.sqrt((1 - share) * (high - low) * (high - peak))
            return np.asarray(np.where(share < turn, rising, falling))
        return np.asarray(low + share * (high - low))

    return at
