"""A study without what was assumed to differ between groups: every such input set to the mean of the population.

A gap can come only from what was put in, and some of that is a rule or a published figure, and some was typed in by
whoever wrote the study. What is left of a gap here is not the doing of the latter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sousveil.engine.plan import Plan
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.runs.plans import plan_of
from sousveil.runs.run import run
from sousveil.runs.settings import Engine
from sousveil.studies.by_group import Input, inputs_by_group
from sousveil.studies.study import Study

__all__ = ["PEOPLE", "Evened", "evened", "measured_evened"]

PEOPLE = 100_000
"""People of the run without assumed differences, at most: its intervals say what that costs."""


@dataclass(frozen=True, slots=True)
class Evened:
    """A study without its assumed differences; the paths that were set, and those that no one number can stand for."""

    study: Study
    set: tuple[str, ...]
    left: tuple[str, ...]


def evened(study: Study) -> Evened:
    """The study with every input that was assumed to differ by group set to its mean over the population."""
    share = _shares(plan_of(study))
    done: list[str] = []
    left: list[str] = []
    made = study
    for one in inputs_by_group(study):
        if one.known != "assumed":
            continue
        setting = _setting(one, share)
        try:
            if setting is None:
                raise InputError("given by further labels")
            made = made.reform(setting)
            done.append(one.path)
        except InputError:
            left.append(one.path)
    return Evened(made, tuple(done), tuple(left))


def measured_evened(study: Study, engine: Engine, threads: int | None) -> tuple[Measures, Evened] | None:
    """Every harm without assumed differences, under the same seed; None where none was assumed, or none can be set."""
    found = evened(study)
    if not found.set:
        return None
    try:
        there = run(found.study.evolve(people=min(study.people, PEOPLE)), engine=engine, threads=threads)
    except InputError:  # the exact engine, say, cannot carry what comes of it
        there = run(found.study.evolve(people=min(study.people, PEOPLE)), threads=threads)
    return there.measures(), found


def _shares(plan: Plan) -> dict[str, float]:
    shares = np.bincount(plan.cell_group, weights=plan.cells.share, minlength=len(plan.groups))
    return dict(zip(plan.groups, (shares / shares.sum()).tolist(), strict=True))


def _setting(one: Input, share: Mapping[str, float]) -> dict[str, object] | None:
    """What to set for an input: a number instead of numbers by group, or one factor for all of them."""
    factors = one.path.endswith(".times")
    mean = 0.0
    for group, part in share.items():
        value = one.values.get(group, 1.0 if factors else None)
        if not isinstance(value, int | float):
            return None
        mean += part * value
    mean = float(f"{mean:.12g}")
    return {f"{one.path}.group": dict.fromkeys(share, mean)} if factors else {one.path: mean}
