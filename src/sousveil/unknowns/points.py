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
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.pair import Key
from sousveil.comparisons.sensitivity import Unknown, unknowns
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Setting, carried_at, name_of
from sousveil.draws import Purpose, replicate_seed, uniforms
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.runs.run import chosen_engine, plan_of
from sousveil.runs.settings import Engine, cores
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study, restore

__all__ = ["HALF", "MOST", "POINTS", "Choice", "Points", "World", "points", "setting_of", "unit_points", "unknowns_of"]

Floats = npt.NDArray[np.float64]

POINTS = 128
"""Points, unless a caller asks for another number: the 95 % range then leaves three points out at each end."""

MOST = 65_536
"""Points, at most."""

HALF = 10_000
"""People in each half of a point that agents carry."""

_FIRST = 1 << 20
"""The replicate whose seed the first half of the first point has: far from those of runs, which count from 0."""

_BITS = 30
"""Bits of a coordinate of the Sobol' sequence."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice between readings of a rule, or between forms of behaviour. Each is as likely.

    readings   name -> what it sets, by path; the first is the study as it stands, and sets nothing
    """

    name: str
    readings: tuple[tuple[str, Mapping[str, Any]], ...]

    def at(self, share: float) -> int:
        """The number of the reading at a share in [0, 1]."""
        return min(int(share * len(self.readings)), len(self.readings) - 1)


@dataclass(frozen=True, slots=True)
class World:
    """A study, and what a reform changes in it after the unknowns have their values. `patches`: path -> value, in turn.
    """

    study: Study
    patches: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Every harm at every point, for one study.

    unit       float64[N, k]: the points as shares of the laws, a column per unknown
    settings   the same as values, for `Study.reform`
    held       what is assumed and not varied, and why
    values     what a number is of -> float64[N, halves]; NaN where it cannot be told
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
    failed: Mapping[int, str]


def unknowns_of(study: Study) -> tuple[tuple[Unknown | Choice, ...], dict[str, str]]:
    """What is not published and can be varied, numbers before choices; and what cannot, with why."""
    free, held = unknowns(study)
    choices = [Choice(name, tuple((reading, dict(said.set)) for reading, said in readings.items()))
               for name, readings in study.assumptions.choices.items()]
    return (*free, *choices), held


def unit_points(seed: int, count: int, dimensions: int) -> Floats:
    """float64[count, dimensions] in (0, 1): a Sobol' sequence, shifted by a draw that hangs on the seed alone.

    Twice as many dimensions are drawn up as are needed, so that the designs of Sobol' indices can begin with these.
    """
    from sousveil.comparisons.sweep import sobol_points

    plain = (sobol_points(2 * dimensions, count, 0)[:, :dimensions] * 2**_BITS).astype(np.uint64)
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


def points(worlds: Study | Sequence[World], count: WholeNumber = POINTS, *, engine: Engine = "auto",
           where: Place = HERE, shelf: Shelf | None = None, threads: int | None = None, half: int = HALF
           ) -> tuple[Points, ...]:
    """Every harm of one or more worlds at the same points, one `Points` per world; all are carried by one engine.

    The unknowns are those of the first world. A world that has set one of them itself does not vary with it.
    half     people in each half, where agents carry the points
    Raises InputError where nothing can be varied, EngineRefusal, Interrupted.
    """
    worlds = (World(worlds),) if isinstance(worlds, Study) else tuple(worlds)
    study = worlds[0].study
    free, held = unknowns_of(study)
    count = whole("points", count, 2, MOST)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to vary")
    unit = unit_points(study.seed, count, len(free))
    settings = tuple(setting_of(free, row) for row in unit.tolist())
    name = _one_engine(worlds, settings, engine)
    people = 0 if name == "exact" else min(half, *(w.study.people for w in worlds))
    tasks = [task for w in worlds for task in _tasks(w, settings, name, people, _threads(where, threads))]
    done, failed = execute(tasks, where, shelf, "What is not published")
    found = []
    for w, first in zip(worlds, range(0, len(tasks), count), strict=True):
        mine = tasks[first:first + count]
        values = _values([done.get(task.name) for task in mine], w.study.people / people if people else 1.0)
        wrong = {i: failed[task.name] for i, task in enumerate(mine) if task.name in failed}
        found.append(Points(w.study, free, unit, settings, held, name, people, values, wrong))
    return tuple(found)


def halves_at(study: str, setting: Setting, patches: Sequence[Setting], people: int, seeds: Sequence[int],
              threads: int) -> dict[str, Any]:
    """A task: every harm of a world at a point, with so few people, under each of the seeds.

    study   as JSON text, so that a worker reads it once and not at every point
    Returns what the numbers are of, and the numbers, a row a seed; where a row has other numbers, NaN in their place.
    """
    from sousveil.engine import trace as traces
    from sousveil.engine.stream import stream
    from sousveil.harms.catalogue import measured

    there = _at(_read(study), setting, patches).evolve(people=people)
    plan = plan_of(there)
    found = [measured(traces.of(plan, stream(plan, there.steps, seed, threads=threads), there.scheme.step),
                      there.reference) for seed in seeds]
    index: dict[Key, int] = {}
    for measures in found:
        for m in measures:
            index.setdefault(Key.of(m), len(index))
    values: list[list[float | None]] = [[None] * len(index) for _ in found]
    for row, measures in zip(values, found, strict=True):
        for m in measures:
            row[index[Key.of(m)]] = m.value
    return {"of": [[k.name.harm, k.name.text, k.name.slots, *k[1:]] for k in index], "values": values}


@lru_cache(maxsize=8)
def _read(study: str) -> Study:
    return restore(json.loads(study))


def _at(study: Study, setting: Setting, patches: Sequence[Setting]) -> Study:
    for patch in (setting, *patches):
        study = study.reform(dict(patch)) if patch else study
    return study


def _threads(where: Place, threads: int | None) -> int:
    return 1 if where.kind != "here" else cores() if threads is None else threads


def _tasks(world: World, settings: Sequence[Setting], engine: str, people: int, threads: int) -> list[Task]:
    plain, seed = world.study.plain(), world.study.seed
    text, base = json.dumps(plain), name_of(plain, ())
    found = []
    for i, setting in enumerate(settings):
        if engine == "exact":
            arguments: tuple[Any, ...] = (plain, setting, "exact", 1, threads, world.patches)
            found.append(Task(name_of(base, [setting, *world.patches], "exact", 1), carried_at, arguments))
        else:
            seeds = [replicate_seed(seed, _FIRST + 2 * i + half) for half in (0, 1)]
            name = name_of(base, [setting, *world.patches], "halves", people, *seeds)
            found.append(Task(name, halves_at, (text, setting, world.patches, people, seeds, threads)))
    return found


def _one_engine(worlds: Sequence[World], settings: Sequence[Setting], engine: Engine) -> str:
    """The engine that can carry every world at every point: asked of the study, and of each reading and end."""
    ends = [{path: max(s[path] for s in settings if path in s)} for path in settings[0] if _is_number(settings, path)]
    readings = [dict(s) for s in {repr(sorted(r)): r for r in ({p: x for p, x in s.items() if not _is_number(
        settings, p)} for s in settings)}.values()]
    asked = [_at(w.study, s, w.patches) for w in worlds for s in ({}, *ends, *readings)]
    found = {chosen_engine(s, plan_of(s), engine)[0] for s in asked}
    return "agents" if "agents" in found else "exact"


def _is_number(settings: Sequence[Setting], path: str) -> bool:
    return path.startswith("assumptions.") and all(path in s for s in settings)


def _values(results: Sequence[Any], scale: float) -> dict[Key, Floats]:
    """From results in their order (None: failed) to arrays. What counts persons is brought to the study's size."""
    found: dict[Key, Floats] = {}
    for i, result in enumerate(results):
        if isinstance(result, dict):  # of `halves_at`
            keys, rows = [_key(of) for of in result["of"]], result["values"]
        elif result is not None:  # of `carried_at`
            measures = Measures.restored(result)
            keys, rows = [Key.of(m) for m in measures], [[m.value for m in measures]]
        else:
            continue
        for j, row in enumerate(rows):
            for key, value in zip(keys, row, strict=True):
                values = found.setdefault(key, np.full((len(results), len(rows)), math.nan))
                if value is not None:
                    values[i, j] = value * (scale if key.unit in _COUNTS else 1.0)
    return found


def _key(of: Sequence[Any]) -> Key:
    harm, text, slots, group, reference, unit = of
    return Key(_name(harm, text, tuple((slot, value) for slot, value in slots)), group, reference, unit)


_name = lru_cache(maxsize=4096)(Name)


_COUNTS = ("person-months",)
"""Units of what grows with the number of people."""
