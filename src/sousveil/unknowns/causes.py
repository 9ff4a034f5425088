"""How far what is not published moves an explanation, and every point of a sweep: asked for, not by default.

A cause's part of a gap is worked out anew at every point: 64 worlds each. The harm must be estimable in all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.pair import Key
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Sweep, key_of, name_of, study_of
from sousveil.comparisons.why import Why, names_of, told, why
from sousveil.draws import replicate_seed
from sousveil.measures.width import Widths
from sousveil.runs.settings import Engine
from sousveil.studies.limits import WholeNumber, whole
from sousveil.unknowns.points import FIRST, HALF, MOST, points, setting_of, threads_of, unit_points, unknowns_of
from sousveil.unknowns.widths import places_of, row_of, varied, widths_of

__all__ = ["POINTS", "causes_at", "widen_sweep", "widen_why"]

POINTS = 16
"""Points, unless another number is asked for: each costs as much as an explanation, or one for every point of a sweep.
"""


def widen_why(found: Why, count: WholeNumber = POINTS, *, where: Place = HERE, shelf: Shelf | None = None,
              threads: int | None = None) -> Why:
    """The explanation with the second width of the gap, of every cause and every pair of causes.

    As it is where no assumption has a range, or `count` is 0. Raises InputError, EngineRefusal, Interrupted.
    """
    study = found.study
    free, held = unknowns_of(study)
    if count == 0 or not free:
        return found
    exact = found.engine == "exact"
    unit = unit_points(study.seed, whole("points", count, 2, MOST), len(free))
    settings = [setting_of(free, row) for row in unit.tolist()]
    people = study.people if exact else min(HALF, study.people)
    asked = (found.harm, [found.reference, found.group], "exact" if exact else "agents", people)
    key, text = key_of(study), json.dumps(study.plain())
    tasks = []
    for i, setting in enumerate(settings):
        seeds = [study.seed] if exact else [replicate_seed(study.seed, FIRST + 2 * i + half) for half in (0, 1)]
        tasks.append(Task(name_of(key, setting, "why", *asked, *seeds), causes_at,
                          (text, setting, *asked, seeds, threads_of(where, threads))))
    done, _ = execute(tasks, where, shelf, "What is not published")
    names = names_of(found.harm)
    none = np.full((1 if exact else 2, len(names)), np.nan)
    values = np.stack([told(np.array(done[t.name])) if t.name in done else none for t in tasks])
    places = places_of(free, unit, settings)
    own = {m.name: m.value for m in (*found.measures(), *found.pairs())}
    rows = tuple(row_of(Key(name, found.group, found.reference, found.unit), values[:, :, j], own[name], places,
                        change=True) for j, name in enumerate(names))
    return replace(found, widths=Widths(rows, varied(free), tuple(held.items()), len(settings), found.engine,
                                        0 if exact else people))


def causes_at(study: str, setting: Mapping[str, Any], harm: str, between: Sequence[str], engine: Engine, people: int,
              seeds: Sequence[int], threads: int) -> list[list[float]]:
    """A task: the gap in all 64 worlds at a point, a row a seed. `study`: as JSON text."""
    there = study_of(study).reform(dict(setting))
    reference, group = between
    return [why(there, harm, (reference, group), seeds=1, people=people, seed=seed, engine=engine,
                threads=threads).values[0].tolist() for seed in seeds]


def widen_sweep(found: Sweep, count: WholeNumber = POINTS, *, where: Place = HERE, shelf: Shelf | None = None) -> Sweep:
    """The sweep with the second width of every number at every point; what the sweep varies is not drawn.

    Raises InputError, EngineRefusal, Interrupted.
    """
    if count == 0 or not unknowns_of(found.study)[0]:
        return found
    there = [i for i, row in enumerate(found.rows) if row is not None]
    worlds = [found.study.reform(dict(found.points[i])) for i in there]
    carried = points([found.study, *worlds], count, engine="exact" if found.engine == "exact" else "auto", where=where,
                     shelf=shelf)[1:]
    rows = list(found.rows)
    for i, p in zip(there, carried, strict=True):
        mine = rows[i]
        assert mine is not None
        rows[i] = mine.wide(widths_of(p, mine, found.study.reference))
    return replace(found, rows=tuple(rows))
