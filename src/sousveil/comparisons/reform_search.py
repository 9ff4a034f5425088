"""The smallest set of a study's named reforms that removes a given share of a harm: the one optimiser there is.

Exhaustive by size: every set of one reform, then of two, until some set of a size does it; of those, the one that
leaves the least harm. What is minimised is a harm, and the candidates are the reforms that the study names: nothing
here looks for a scheme, and nothing looks for control.
"""

from __future__ import annotations

import functools
import itertools
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.sweep import values_at
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.intervals import replicated
from sousveil.measures.measure import Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.settings import SEEDS, AnyStudy, Engine, cores, settings
from sousveil.studies.limits import WholeNumber, described
from sousveil.studies.study import Study

__all__ = ["AS_IT_IS", "LEFT", "Mended", "Tried", "mend"]

Share = float
"""A share from 0 up to 1; `mend` says what else was given."""

LEFT = Names("mend", "{harm}: {reforms}")
"""What a set of reforms leaves of a harm."""
AS_IT_IS = "as it is"
"""The set without a reform."""

MOST = 16
"""Reforms, at most: each doubles how many sets there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A set of reforms, and the harm that it leaves under every seed; `does` says whether that is little enough."""

    reforms: tuple[str, ...]
    values: npt.NDArray[np.float64]
    does: bool


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """What was tried, in order, and the smallest set that does it (None: no set does).

    left      the share of the harm that may be left
    baseline  the harm as it is, per seed
    skipped   sets that cannot be put together, or failed, and why
    """

    study: Study
    objective: Objective
    engine: str
    left: float
    baseline: npt.NDArray[np.float64]
    tried: tuple[Tried, ...]
    best: Tried | None
    skipped: Mapping[str, str]

    def measures(self) -> Measures:
        """The harm as it is, and what every set leaves of it, with intervals over draws (or exact)."""
        rows = [(AS_IT_IS, self.baseline), *((" + ".join(t.reforms), t.values) for t in self.tried)]
        return Measures(tuple(self._measure(reforms, values) for reforms, values in rows))

    def _measure(self, reforms: str, values: npt.NDArray[np.float64]) -> Measure:
        value, low, high = replicated(values)
        over: Over = "draws" if low is not None else ""
        if self.engine == "exact":
            low, high, over = value, value, "exact"
        o = self.objective
        return Measure(LEFT(harm=o.name.label, reforms=reforms), o.group, o.reference, value, low, high, o.unit,
                       len(values), over)


@checked
def mend(study: AnyStudy, harm: str | Objective = "bottom-tier", left: Share = 0.5, *, group: str | None = None,
         between: Sequence[str] | None = None, seeds: WholeNumber = 5, people: WholeNumber | None = None,
         steps: WholeNumber | None = None, seed: WholeNumber | None = None, engine: Engine = "auto",
         where: Place = HERE) -> Mended:
    """The smallest set of the study's reforms that leaves at most a share `left` of a harm.

    study    a study, a path to one, or its name in the atlas
    harm     of everybody, of a `group`, or as a gap `between` two
    seeds    runs of every set, each with draws of its own

    With agents, all worlds have the same luck, and a set does it when the 95 % interval of what it leaves, less
    `left` of the harm as it is, lies at or below zero: luck is not taken for help.
    Raises InputError, EngineRefusal, Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, seeds=seeds, engine=engine)
    if asked.seeds < 2:
        raise InputError(f"seeds: {asked.seeds} is not between 2 and {SEEDS[1]:,}: without an interval, luck could "
                         "pass for help")
    left = _share(left)
    study, wanted = objective(asked.sized(study), harm, group, between)
    names = [*study.reforms]
    if not names or len(names) > MOST:
        raise InputError(f"{study.name} names {len(names)} reforms; a search needs between 1 and {MOST}")
    engine_name, seeds = _engine(study, names, asked.engine, asked.seeds)
    skipped: dict[str, str] = {}
    base = _harm({AS_IT_IS: study}, wanted, (engine_name, seeds), where, skipped).get(AS_IT_IS)
    if base is None:
        raise InputError(f"{wanted.words} cannot be estimated in every run of this study, so it cannot be compared")
    if np.mean(np.abs(base)) == 0:
        raise InputError(f"there is nothing to remove: {wanted.words} is 0 as it is")
    tried: list[Tried] = []
    for size in range(1, len(names) + 1):
        sets = {" + ".join(combination): combination for combination in itertools.combinations(names, size)}
        studies = _worlds(study, sets, skipped)
        found = _harm(studies, wanted, (engine_name, seeds), where, skipped)
        here = [Tried(sets[name], values, _does(values, base, left, wanted)) for name, values in found.items()]
        tried += here
        enough = [t for t in here if t.does]
        if enough:
            best = min(enough, key=lambda t: float(_size(t.values, wanted).mean()))
            return Mended(study, wanted, engine_name, left, base, tuple(tried), best, skipped)
    return Mended(study, wanted, engine_name, left, base, tuple(tried), None, skipped)


def _share(left: object) -> float:
    if isinstance(left, numbers.Real) and not isinstance(left, bool) and 0.0 <= float(left) < 1.0:
        return float(left)
    raise InputError(f"to: {described(left)} is not a share from 0 up to 1; 0.5 means that at most half of the harm is "
                     "left")


def _harm(studies: Mapping[str, Study], objective: Objective, run: tuple[str, int], where: Place,
          skipped: dict[str, str]) -> dict[str, npt.NDArray[np.float64]]:
    """The harm of each world under every seed (`run`: engine and seeds); `skipped` notes those without."""
    threads = cores() if where.kind == "here" else 1
    tasks = [Task(name, values_at, (s.plain(), {}, *run, threads)) for name, s in studies.items()]
    done, failed = execute(tasks, where, None, "Sets of reforms")
    skipped |= failed
    found = {}
    for name, runs in done.items():
        values = [row.value for rows in runs if (row := objective.of(Measures.restored(rows))) is not None]
        if len(values) == len(runs):
            found[name] = np.array(values, dtype=np.float64)
        else:
            skipped[name] = f"{objective.words} cannot be estimated in every run"
    return found


def _engine(study: Study, names: Sequence[str], engine: Engine, seeds: int) -> tuple[str, int]:
    """One engine for all worlds, and how many runs it needs."""
    found = [chosen_engine(s, plan_of(s), engine)[0] for s in (study, *(study.reform(n) for n in names))]
    return ("agents", seeds) if "agents" in found else ("exact", 1)


def _worlds(study: Study, sets: Mapping[str, Sequence[str]], skipped: dict[str, str]) -> dict[str, Study]:
    """The study under every set of reforms, in the order of the file: where two disagree, the later holds."""
    found = {}
    for name, reforms in sets.items():
        try:
            found[name] = functools.reduce(lambda world, reform: world.reform(reform), reforms, study)
        except InputError as error:
            skipped[name] = str(error)
    return found


def _size(values: npt.NDArray[np.float64], objective: Objective) -> npt.NDArray[np.float64]:
    """How large a harm is: a gap the other way round is a gap."""
    return np.abs(values) if objective.reference else values


def _does(values: npt.NDArray[np.float64], base: npt.NDArray[np.float64], left: float, objective: Objective) -> bool:
    mean, _, high = replicated(_size(values, objective) - left * _size(base, objective))
    return (mean if high is None else high) <= 1e-12
