"""Points over what is not published: values of all unknowns at once, and every harm there.

An unknown is a number with a range, or a choice between readings of a rule. Points are a Sobol' sequence with a random
shift (Owen, in: Monte Carlo and Quasi-Monte Carlo Methods 1994; L'Ecuyer and Lemieux 2000), each pushed through the
law of its unknown. The first 16 of 128 points are the 16 points.

Where the exact engine applies, a point is carried by it. Else by agents, in two halves of fewer people with luck of
their own: what the halves share is the doing of the point, and the rest is chance (see `unknowns.widths`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.objective import Objective
from sousveil.comparisons.pair import Key
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Setting, carried_at, key_of, name_of, sobol_points, study_of
from sousveil.draws import Purpose, replicate_seed, uniforms
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.settings import Engine, cores
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.ranges import Unknown, unknowns

__all__ = ["COUNTS", "FIRST", "HALF", "MOST", "POINTS", "Choice", "Points", "halves_at", "harm_at", "one_engine",
           "points", "setting_of", "tasks_of", "threads_of", "unit_points", "unknowns_of", "values_of"]

Floats = npt.NDArray[np.float64]

POINTS = 128
"""Points, unless a caller asks for another number: the 95 % range then leaves three points out at each end."""

MOST = 65_536
"""Points, at most."""

HALF = 10_000
"""People in each half of a point that agents carry."""

FIRST = 1 << 20
"""The replicate whose seed the first half of the first point has: far from those of runs, which count from 0."""

_BITS = 30
"""Bits of a coordinate of the Sobol' sequence."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice between readings of a rule, or between forms of behaviour. Each is as likely.

    readings   each with its name and what it sets, by path; the first is the study as it stands, and sets nothing
    """

    name: str
    readings: tuple[tuple[str, Mapping[str, Any]], ...]

    def at(self, share: float) -> int:
        """The number of the reading at a share in [0, 1]."""
        return min(int(share * len(self.readings)), len(self.readings) - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Every harm at every point, for one study.

    unit       float64[N, k]: the points as shares of the laws, a column per unknown
    settings   the same as values, for `Study.reform`
    held       what is assumed and not varied, and why
    values     what a number is of -> float64[N, halves]; NaN where it cannot be told
    sizes      what a number is of -> how many people bear it, for what is counted in all
    people     in each half; 0 where there is no chance in it
    failed     number of a point, from 0 -> why
    """

    study: Study
    unknowns: tuple[Unknown | Choice, ...]
    unit: Floats
    settings: tuple[Setting, ...]
    held: Mapping[str, str]
    engine: str
    people: int
    values: Mapping[Key, Floats]
    sizes: Mapping[Key, float]
    failed: Mapping[int, str]


def unknowns_of(study: Study) -> tuple[tuple[Unknown | Choice, ...], dict[str, str]]:
    """What is not published and can be varied, numbers before choices; and what cannot, with why."""
    free, held = unknowns(study)
    choices = [Choice(name, tuple((reading, dict(said.set)) for reading, said in readings.items()))
               for name, readings in study.assumptions.choices.items()]
    return (*free, *choices), held


def unit_points(seed: int, count: int, dimensions: int) -> Floats:
    """float64[count, dimensions] in (0, 1): a Sobol' sequence, shifted by a draw that hangs on the seed alone.

    Fewer points, or fewer dimensions, are the first of these.
    """
    plain = (sobol_points(dimensions, count, 0) * 2**_BITS).astype(np.uint64)
    shift = (uniforms(seed, np.arange(dimensions), 0, Purpose.UNKNOWN)[:, 0] * 2**_BITS).astype(np.uint64)
    return np.asarray(((plain ^ shift).astype(np.float64) + 0.5) / 2**_BITS)


def setting_of(unknowns: Sequence[Unknown | Choice], row: Sequence[float]) -> dict[str, Any]:
    """What a study is set to at a point, given as a share of every law. Readings come first, then numbers."""
    chosen: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    for unknown, share in zip(unknowns, row, strict=True):
        if isinstance(unknown, Choice):
            chosen |= unknown.readings[unknown.at(share)][1]
        else:
            numbers[unknown.path] = float(unknown.at(np.array([share]))[0])
    return chosen | numbers


def _together(study: Study, unknowns: Sequence[Unknown | Choice], row: Sequence[float]) -> dict[str, float]:
    """What is known together is drawn together: the share of the first of them picks one of the draws."""
    joint = study.assumptions.joint
    place = {u.path: i for i, u in enumerate(unknowns) if isinstance(u, Unknown)}
    if joint is None or not any(path in place for path in joint.of):
        return {}
    share = row[min(place[path] for path in joint.of if path in place)]
    drawn = joint.draws[min(int(share * len(joint.draws)), len(joint.draws) - 1)]
    return {path: value for path, value in zip(joint.of, drawn, strict=True) if path in place}


def points(worlds: Study | Sequence[Study], count: WholeNumber = POINTS, *, engine: Engine = "auto",
           where: Place = HERE, shelf: Shelf | None = None, threads: int | None = None, half: int = HALF
           ) -> tuple[Points, ...]:
    """Every harm of one or more worlds at the same points, one `Points` per world; all are carried by one engine.

    The unknowns are those of the first world. What another world sets itself does not vary there.
    half     people in each half, where agents carry the points
    Raises InputError where nothing can be varied, EngineRefusal, Interrupted.
    """
    worlds = (worlds,) if isinstance(worlds, Study) else tuple(worlds)
    first = worlds[0]
    free, held = unknowns_of(first)
    count = whole("points", count, 2, MOST)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to vary")
    unit = unit_points(first.seed, count, len(free))
    settings = tuple({**setting_of(free, row), **_together(first, free, row)} for row in unit.tolist())
    own = [tuple(_but(s, _changed(first, world)) for s in settings) for world in worlds]
    name = one_engine(worlds, own, free, engine)
    people = 0 if name == "exact" else min(half, *(w.people for w in worlds))
    tasks = [tasks_of(w, s, name, people, threads_of(where, threads), range(count))
             for w, s in zip(worlds, own, strict=True)]
    # Two worlds may be alike at a point, and then it is asked once.
    done, failed = execute(list({t.name: t for several in tasks for t in several}.values()), where, shelf,
                           "What is not published")
    return tuple(Points(w, free, unit, s, held, name, people,
                        *values_of([done.get(t.name) for t in mine], w.people / people if people else 1.0),
                        {i: failed[t.name] for i, t in enumerate(mine) if t.name in failed})
                 for w, s, mine in zip(worlds, own, tasks, strict=True))


def halves_at(study: str, setting: Setting, people: int, seeds: Sequence[int], threads: int) -> dict[str, Any]:
    """A task: every harm of a world at a point, with so few people, under each of the seeds.

    study   as JSON text, see `study_of`
    Returns what the numbers are of, and the numbers, a row a seed; where a row has other numbers, NaN in their place.
    """
    from sousveil.engine import trace as traces
    from sousveil.engine.stream import stream
    from sousveil.harms.catalogue import measured

    there = _at(study_of(study), setting).evolve(people=people)
    plan = plan_of(there)
    each = max(1, threads // len(seeds))  # few people are one thread's work, so the halves go side by side

    def half(seed: int) -> Measures:
        outcome = stream(plan, there.steps, seed, threads=each)
        return measured(traces.of(plan, outcome, there.scheme.step), there.reference)

    with ThreadPoolExecutor(min(threads, len(seeds))) as pool:
        found = list(pool.map(half, seeds))
    index: dict[Key, int] = {}
    for measures in found:
        for m in measures:
            index.setdefault(Key.of(m), len(index))
    values: list[list[float | None]] = [[None] * len(index) for _ in found]
    for row, measures in zip(values, found, strict=True):
        for m in measures:
            row[index[Key.of(m)]] = m.value
    sizes = {Key.of(m): m.n for m in found[0] if m.unit in COUNTS}
    return {"of": [[k.name.harm, k.name.text, k.name.slots, *k[1:]] for k in index], "values": values,
            "sizes": [sizes.get(k) for k in index]}


def _at(study: Study, setting: Setting) -> Study:
    return study.reform(dict(setting)) if setting else study


def _changed(study: Study, world: Study) -> tuple[str, ...]:
    """The paths at which a world was set to something else."""
    return () if world is study else tuple(change.path for change in study.changes(world))


def _but(setting: Setting, changed: Sequence[str]) -> dict[str, Any]:
    """What a point sets in a world that was set to something else at some paths: there, the world's own holds."""
    return {path: x for path, x in setting.items()
            if not any(f"{path}.".startswith(f"{c}.") or f"{c}.".startswith(f"{path}.") for c in changed)}


def harm_at(objective: Objective, values: Mapping[Key, Floats], sizes: Mapping[Key, float]) -> Floats:
    """float64[N, halves]: a harm at every point, from `Points.values` and `Points.sizes`; NaN where it cannot be told.
    """
    if objective.reference and objective.listed.gap is not None:
        sides = [(objective.listed.gap, objective.group, objective.reference)]
    else:
        sides = [(objective.listed.name, g, "") for g in (objective.group, objective.reference) if g]
    found = []
    for side in sides:
        key = next((key for key in values if key[:3] == side), None)
        if key is None:
            shape = next(iter(values.values())).shape if values else (0, 1)
            found.append(np.zeros(shape) if objective.listed.each else np.full(shape, np.nan))
        else:
            found.append(values[key] / (sizes[key] if objective.listed.each else 1.0))
    return found[0] - found[1] if len(found) == 2 else found[0]


def threads_of(where: Place, threads: int | None) -> int:
    """The threads of one task: all that there are where tasks are carried out one by one."""
    return 1 if where.kind != "here" else cores() if threads is None else threads


def tasks_of(study: Study, settings: Sequence[Setting], engine: str, people: int, threads: int, numbers: Sequence[int]
             ) -> list[Task]:
    """A task a setting; `numbers` says which point each is, for its chance: below `MOST`, those of `points`."""
    text, key = json.dumps(study.plain()), key_of(study)
    if engine == "exact":
        return [Task(name_of(key, s, "exact", 1), carried_at, (text, s, "exact", 1, threads)) for s in settings]
    found = []
    for i, setting in zip(numbers, settings, strict=True):
        seeds = [replicate_seed(study.seed, FIRST + 2 * i + half) for half in (0, 1)]
        found.append(Task(name_of(key, setting, "halves", people, *seeds), halves_at,
                          (text, setting, people, seeds, threads)))
    return found


def one_engine(worlds: Sequence[Study], settings: Sequence[Sequence[Setting]], unknowns: Sequence[Unknown | Choice],
                engine: Engine) -> str:
    """The engine that can carry every world at every point: asked of each world, of each end of a number in it, and of
    each reading. So mistakes are told before long work.
    """
    asked: list[Study] = []
    for world, mine in zip(worlds, settings, strict=True):
        looked: list[Setting] = [{}]
        for unknown in unknowns:
            if isinstance(unknown, Choice):
                looked += [_but(said, _changed(worlds[0], world)) for _, said in unknown.readings]
            elif unknown.path in mine[0]:
                ends = sorted(s[unknown.path] for s in mine)
                looked += [{unknown.path: ends[0]}, {unknown.path: ends[-1]}]
        asked += [_at(world, one) for one in looked]
    return "agents" if "agents" in {chosen_engine(s, plan_of(s), engine)[0] for s in asked} else "exact"


def values_of(results: Sequence[Any], scale: float) -> tuple[dict[Key, Floats], dict[Key, float]]:
    """From results in their order (None: failed) to arrays, and how many people bear what is counted in all.

    What counts persons is brought to the study's size. A right has no row at a point where nobody goes without it.
    """
    found: dict[Key, Floats] = {}
    bearers: dict[Key, float] = {}
    for i, result in enumerate(results):
        if isinstance(result, dict):  # of `halves_at`
            keys, rows, sizes = [_key(of) for of in result["of"]], result["values"], result["sizes"]
        elif result is not None:  # of `carried_at`
            measures = Measures.restored(result)
            keys, rows, sizes = [Key.of(m) for m in measures], [[m.value for m in measures]], [m.n for m in measures]
        else:
            continue
        bearers |= {k: n * scale for k, n in zip(keys, sizes, strict=True) if k.unit in COUNTS and n}
        for j, row in enumerate(rows):
            for key, value in zip(keys, row, strict=True):
                values = found.setdefault(key, np.full((len(results), len(rows)), math.nan))
                if value is not None:
                    values[i, j] = value * (scale if key.unit in COUNTS else 1.0)
    done = np.array([result is not None for result in results])
    for key in bearers:
        found[key][done] = np.nan_to_num(found[key][done], nan=0.0)
    return found, bearers


def _key(of: Sequence[Any]) -> Key:
    harm, text, slots, group, reference, unit = of
    return Key(_name(harm, text, tuple((slot, value) for slot, value in slots)), group, reference, unit)


_name = lru_cache(maxsize=4096)(Name)


COUNTS = ("person-months",)
"""Units of what grows with the number of people."""
