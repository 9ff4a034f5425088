"""One or more numbers of a study varied, everything else and everybody's luck the same: what becomes of the harm.

    sweep(study, [axis("channels.camera.coverage=0:1:21")])        every value, or every combination of values
    sweep(study, [axis(...), axis(...)], sobol=256)                or so many points that fill the space evenly

Points can be carried out anywhere (see `compare.execute`), and give the same bits there.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.store import Shelf
from sousveil.errors import InputError, two_readings
from sousveil.ground.arguments import checked
from sousveil.measures.measure import COLUMNS, WIDTHS
from sousveil.measures.measures import Measures
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.provenance import digest
from sousveil.runs.run import run, trace_of
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.limits import WholeNumber, described, whole
from sousveil.studies.place_checks import unsought
from sousveil.studies.study import Study, restore
from sousveil.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Axis",
    "Setting",
    "Sweep",
    "axis",
    "carried_at",
    "key_of",
    "name_of",
    "one_engine",
    "sobol_points",
    "study_of",
    "sweep",
    "values_at",
]

Setting = Mapping[str, float]
"""Path -> value: a point."""

MOST = 100_000
"""Points in a sweep, at most."""

FORM = 3
"""How a point is written down: goes up when that changes, so that no shelf of another form is read."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A number that is varied: its path, from where to where, in how many values."""

    path: str
    low: float
    high: float
    count: int

    @property
    def values(self) -> list[float]:
        """From low to high in equal steps, both ends among them."""
        return [_whole(x) for x in np.linspace(self.low, self.high, self.count).tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What came of every point.

    points   in order; rows: per point every harm, None where the point failed
    failed   name of a point -> why
    """

    study: Study
    axes: tuple[Axis, ...]
    grid: bool
    engine: str
    seeds: int
    points: tuple[Setting, ...]
    rows: tuple[Measures | None, ...]
    failed: Mapping[str, str]

    def _repr_html_(self) -> str:
        from sousveil.comparisons.shown import html_of_sweep

        return html_of_sweep(self)

    def chart(self, harm: str = "bottom-tier", *, group: str | None = None, between: Sequence[str] | None = None
              ) -> Any:
        """A harm along the number that was varied, as an Altair object (sousveil[charts]). Raises InputError."""
        from sousveil.comparisons.shown import chart_of_sweep

        return chart_of_sweep(self, harm, group, between)

    def table(self) -> pa.Table:
        """One row per point × harm: `point` (from 1), every varied number under its path, then as in `Measure`."""
        import pyarrow as pa

        numbers = {"value", "low", "high", "n", *WIDTHS} - {"hangs on"}
        wide = WIDTHS if any(m.width is not None for rows in self.rows for m in rows or ()) else ()
        schema = pa.schema([("point", pa.int64()), *((a.path, pa.float64()) for a in self.axes),
                            *((c, pa.float64() if c in numbers else pa.string()) for c in (*COLUMNS, *wide))])
        given = ({"point": i, **{p: float(x) for p, x in point.items()}, **m.plain()}
                 for i, (point, rows) in enumerate(zip(self.points, self.rows, strict=True), 1) for m in rows or ())
        return pa.Table.from_pylist(list(given), schema=schema)


AnyAxes = str | Axis | Sequence[str | Axis] | Mapping[str, tuple[float, float, int]]
"""What is varied: one axis or several, as values, as text, or as {path: (from, to, how many values)}."""


def _axes(vary: AnyAxes) -> tuple[Axis, ...]:
    if isinstance(vary, Mapping):
        return tuple(axis(f"{path}={':'.join(map(str, ends))}") if isinstance(ends, list | tuple) else axis(
            f"{path}={ends}") for path, ends in vary.items())
    if isinstance(vary, str | Axis):
        vary = (vary,)
    if not isinstance(vary, Sequence):
        raise InputError(f"vary: {described(vary)} is not {{path: (from, to, how many values)}}")
    return tuple(one if isinstance(one, Axis) else axis(str(one)) for one in vary)


def axis(text: str) -> Axis:
    """An axis as the command line writes it: path=from:to:count. Raises InputError."""
    path, equals, rest = text.partition("=")
    parts = rest.split(":")
    for reason in (two_readings(part, whole=place == 2) for place, part in enumerate(parts)):
        if reason:
            raise InputError(f"vary: {reason}")
    try:
        if not (equals and path.strip() and len(parts) == 3):
            raise ValueError
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise InputError(f'vary: "{text}" is not path=from:to:count, as in channels.camera.coverage=0:1:21') from None
    if not (math.isfinite(low) and math.isfinite(high)) or low == high:
        raise InputError(f'vary: "{text}": from and to are two numbers that differ')
    if not 2 <= count <= MOST:
        raise InputError(f'vary: "{text}": count is how many points there are, at least 2 and at most {MOST:,}')
    return Axis(path.strip(), low, high, count)


@checked
def sweep(study: AnyStudy, vary: AnyAxes, *, sobol: WholeNumber | None = None, seeds: WholeNumber = 1,
          people: WholeNumber | None = None, steps: WholeNumber | None = None, seed: WholeNumber | None = None,
          engine: Engine = "auto", where: Place = HERE, shelf: Shelf | None = None) -> Sweep:
    """Carry out every point, all under the same seeds.

    study  a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    vary   what is varied, as in {"channels.camera.coverage": (0, 1, 21)} (from, to, how many values) or in
           "channels.camera.coverage=0:1:21"; a grid of all values, unless `sobol` says how many points of a Sobol'
           sequence
    seeds  runs a point, under the seeds that follow: intervals are then over draws, with one over sampling

    Raises InputError for a path that leads nowhere or a value that cannot be; EngineRefusal; Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, seeds=seeds, engine=engine)
    axes = _axes(vary)
    points = _points(axes, None if sobol is None else whole("sobol", sobol, 1, MOST))
    study = asked.sized(study)
    name = one_engine(study, points, asked.engine)
    _possible(study, points)
    text = json.dumps(study.plain())
    threads = asked.threads if where.kind == "here" else 1
    key = key_of(study)
    tasks = [Task(name_of(key, p, name, asked.seeds), carried_at, (text, dict(p), name, asked.seeds, threads))
             for p in points]
    done, failed = execute(list({task.name: task for task in tasks}.values()), where, shelf, "Points")
    rows = tuple(Measures.restored(done[task.name]) if task.name in done else None for task in tasks)
    return Sweep(study, axes, sobol is None, name, asked.seeds, tuple(points), rows,
                 {_name(i): failed[task.name] for i, task in enumerate(tasks) if task.name in failed})


def key_of(study: Study, *what: Any) -> str:
    """What a shelf of points is of: a hash of the study and of all that was asked."""
    return digest(json.dumps([__version__, FORM, study.plain(), *what], sort_keys=True).encode())


def name_of(study: str, setting: Setting, *what: Any) -> str:
    """The name of a point on a shelf: a hash of the study (its `key_of`), of all that is set there, and of who carries
    it. So whoever asks for the same point, for whatever end, finds it.
    """
    return digest(json.dumps([study, setting, *what], sort_keys=True).encode())[:40]


def carried_at(study: str, setting: Setting, engine: Engine, seeds: int, threads: int) -> list[dict[str, Any]]:
    """A task: every harm of a study (see `study_of`) at a point, as `Measures.kept` writes them."""
    point = _at(study_of(study), setting)
    if engine == "exact":
        from sousveil.harms.catalogue import measured

        return measured(trace_of(point, engine, threads), point.reference, sampling=False).kept()
    return run(point, engine=engine, replicates=seeds, threads=threads).measures().kept()


@lru_cache(maxsize=8)
def study_of(text: str) -> Study:
    """The study that `Study.plain` wrote down, as JSON text: so a worker reads it once, and not at every point."""
    return restore(json.loads(text))


def values_at(study: Mapping[str, Any], setting: Setting, engine: Engine, seeds: int, threads: int
              ) -> list[list[dict[str, Any]]]:
    """A task: every harm at a point, for every seed by itself."""
    from sousveil.harms import measure_all

    point = _at(restore(study), setting)
    traces = (trace_of(point, engine, threads, i) for i in range(seeds))
    return [measure_all(trace, point.reference).kept() for trace in traces]


def one_engine(study: Study, points: Sequence[Setting], engine: Engine) -> str:
    """The engine that can carry all points. The ends of every axis are looked at, so that mistakes are told early."""
    ends: dict[tuple[str, float], Setting] = {}
    for path in points[0] if points else ():
        least, most = (min(p[path] for p in points), max(p[path] for p in points))
        ends |= {(path, x): {path: x} for x in (least, most)}
    found = [chosen_engine(s, plan_of(s), engine)[0] for s in (study, *(_at(study, p) for p in ends.values()))]
    return "agents" if "agents" in found else "exact"


_LOOKED_AT = 250
"""How many values of an axis are tried before any is carried out: half a second of them."""


def _possible(study: Study, points: Sequence[Setting]) -> None:
    """Raises InputError where a value cannot be, whatever the others are. What cannot be together is told at its point:
    of two limits that are varied, half the points may be impossible, and the others are meant.
    """
    for path in points[0]:
        values = sorted({point[path] for point in points})
        for x in values[::math.ceil(len(values) / _LOOKED_AT)]:
            try:
                study.reform({path: x})
            except InputError as error:
                told = f'reform "{path}={x:.12g}": '
                raise InputError([replace(p, message=f"vary: {path}={x:.12g}: {p.message.removeprefix(told)}")
                                  for p in error.problems]) from error


def sobol_points(dimensions: int, count: int, skip: int) -> npt.NDArray[np.float64]:
    """float64[count, dimensions]: a Sobol' sequence from its point `skip` on. Not scrambled: no chance enters."""
    from scipy.stats import qmc

    wanted = qmc.Sobol(dimensions, scramble=False).random_base2(math.ceil(math.log2(max(2, skip + count))))
    return np.asarray(wanted[skip:skip + count], dtype=np.float64)


def _points(axes: Sequence[Axis], sobol: int | None) -> list[Setting]:
    paths = [a.path for a in axes]
    if not paths or len(set(paths)) < len(paths):
        raise InputError("vary: name at least one number, and each only once")
    for axis_ in axes:
        if said := unsought(axis_.path):
            raise InputError(f"vary: {axis_.path}: {said}; a reform can set or take them away")
    count = math.prod(a.count for a in axes) if sobol is None else sobol
    if not 1 <= count <= MOST:
        raise InputError(f"vary: {count:,} points; between 1 and {MOST:,} can be carried out")
    if sobol is None:
        return [dict(zip(paths, values, strict=True)) for values in itertools.product(*(a.values for a in axes))]
    # The first point of the sequence is the corner where everything is least: every sequence of this kind skips it.
    unit = sobol_points(len(axes), sobol, 1)
    return [{a.path: _whole(a.low + u * (a.high - a.low)) for a, u in zip(axes, row, strict=True)}
            for row in unit.tolist()]


def _at(study: Study, setting: Setting) -> Study:
    return study.reform(dict(setting)) if setting else study


def _whole(value: float) -> float:
    """Whole numbers as such: some things are counted."""
    value = float(f"{value:.12g}")  # 0.1 + 0.2 is meant to be 0.3
    return int(value) if value.is_integer() else value


def _name(index: int) -> str:
    return f"point-{index + 1:06d}"
