"""Runs at points of what is not published, and what came of each: the figures, what could be published, every harm."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Setting, one_engine, study_of
from sousveil.draws import replicate_seed
from sousveil.errors import InputError
from sousveil.harms.catalogue import measured
from sousveil.measures.measures import Measures
from sousveil.runs.provenance import digest
from sousveil.runs.run import trace_of
from sousveil.runs.settings import Engine, cores
from sousveil.studies.figures import Figure
from sousveil.studies.study import Study
from sousveil.unknowns.observables import Look, observed
from sousveil.unknowns.ranges import Unknown

__all__ = ["Carrier", "Wave", "joined"]

Floats = npt.NDArray[np.float64]

AGENTS = 30_000
"""People of a run that is drawn, at most: what chance is left, the emulators tell apart."""

FIRST = 1 << 21
"""The replicate whose seed the first point has: far from those of runs, which count from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Wave:
    """What came of runs at points.

    unit      float64[N, k]: the points, as shares of the laws of the unknowns
    numbers   float64[N, F]: the numbers that were looked at; nan where one cannot be told, or the run failed
    harms     per point every harm; None where the run failed
    failed    name of a point -> why
    """

    unit: Floats
    numbers: Floats
    harms: tuple[Measures | None, ...]
    failed: Mapping[str, str]


def joined(waves: Sequence[Wave]) -> Wave:
    """The points of several waves as those of one."""
    return Wave(np.concatenate([w.unit for w in waves]), np.concatenate([w.numbers for w in waves]),
                tuple(h for w in waves for h in w.harms), {k: v for w in waves for k, v in w.failed.items()})


class Carrier:
    """Carries a study out at points, wherever that is; what is on the shelf already is not done again.

    study     as it stands; unknowns: what differs from point to point
    looked    the numbers to look at, by name
    drawn     whether the runs are drawn, each point with luck of its own, so that there is chance in the numbers
    """

    def __init__(self, study: Study, unknowns: Sequence[Unknown], looked: Mapping[str, Figure], *,
                 engine: Engine = "auto", where: Place = HERE, shelf: Shelf | None = None) -> None:
        self.unknowns = tuple(unknowns)
        self.looked = dict(looked)
        self._where, self._shelf = where, shelf
        ends = [self.setting([end] * len(self.unknowns)) for end in (0.0, 1.0)]
        self.engine = one_engine(study, ends, engine)
        self.drawn = self.engine == "agents"
        self.study = study.evolve(people=min(AGENTS, study.people)) if self.drawn else study
        self.runs = 0
        self._text = json.dumps(self.study.plain())
        self._numbers = json.dumps([f.model_dump(by_alias=True, exclude_none=True) for f in self.looked.values()])

    def setting(self, row: Sequence[float]) -> Setting:
        """What the study is set to at a point, given as a share of every law."""
        return {u.path: float(u.at(np.array([share]))[0]) for u, share in zip(self.unknowns, row, strict=True)}

    def carried(self, unit: Floats, title: str) -> Wave:
        """The wave of these points. Raises InputError where every one of them failed; Interrupted."""
        threads = cores() if self._where.kind == "here" else 1
        tasks = []
        for row in unit.tolist():
            setting = self.setting(row)
            place = digest(json.dumps([setting, self.runs if self.drawn else 0]).encode())
            seed = replicate_seed(self.study.seed, FIRST + self.runs) if self.drawn else self.study.seed
            self.runs += 1
            tasks.append(Task(f"{title.lower().replace(' ', '-')}-{self.runs:06d}-{place[:12]}", looked_at,
                              (self._text, self._numbers, setting, self.engine, seed, threads)))
        done, failed = execute(tasks, self._where, self._shelf, title)
        if not done:
            why = next(iter(failed.values()), "")
            raise InputError(f"the study could be carried out at none of {len(tasks)} points: {why}")
        numbers = np.full((len(tasks), len(self.looked)), np.nan)
        harms: list[Measures | None] = []
        for i, task in enumerate(tasks):
            result = done.get(task.name)
            harms.append(None if result is None else Measures.restored(result["harms"]))
            if result is not None:
                numbers[i] = [np.nan if x is None else x for x in result["numbers"]]
        return Wave(unit, numbers, tuple(harms), failed)


def looked_at(study: str, looked: str, setting: Setting, engine: Engine, seed: int, threads: int) -> dict[str, Any]:
    """A task: every harm at a point, and the numbers that are looked at. Study and numbers as JSON text."""
    there = study_of(study)
    there = (there.reform(dict(setting)) if setting else there).evolve(seed=seed)
    trace = trace_of(there, engine, threads)
    look = Look(trace)
    numbers = [observed(look, figure) for figure in _figures(looked)]
    return {"harms": measured(trace, there.reference).kept(), "numbers": [None if x != x else x for x in numbers]}


@lru_cache(maxsize=8)
def _figures(text: str) -> tuple[Figure, ...]:
    return tuple(Figure.model_validate(plain) for plain in json.loads(text))
