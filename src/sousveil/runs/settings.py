"""What every entry point asks for, checked in one place: all of them answer alike to what cannot be.

    asked = settings(people=1e6, seed=7, seeds=5)
    study = asked.sized("seed-article")                     a study, a path to one, or its name in the atlas
    worlds = worlds_of(study, ["no-ceiling", {"kin": []}])  names of reforms, {path: value}, reforms, or other studies
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sousveil.errors import InputError
from sousveil.studies.limits import PEOPLE, SEED, STEPS, WholeNumber, described, whole
from sousveil.studies.reform import Reform
from sousveil.studies.study import Study, load

__all__ = ["SEEDS", "WORKERS", "AnyReform", "AnyStudy", "Engine", "Settings", "cores", "directory_of", "settings",
           "study_of", "worlds_of"]

Engine = Literal["auto", "agents", "exact"]

AnyStudy = Study | str | os.PathLike[str]
"""A study, a path to study.yaml or to its folder, or a name of the atlas."""

AnyReform = Study | Reform | str | Mapping[str, Any]
"""A study of its own, a reform, the name of a reform of the study, or {path: value}."""

SEEDS = (1, 10_000)
THREADS = (1, 1_000)
WORKERS = (1, 1_000)
"""The least and the most of each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for, all of it valid. people, steps, seed: None where the study's own hold."""

    people: int | None
    steps: int | None
    seed: int | None
    seeds: int
    engine: Engine
    threads: int

    def sized(self, study: AnyStudy) -> Study:
        """The study with this many people and steps, under this seed. Raises InputError."""
        return study_of(study).evolve(people=self.people, steps=self.steps, seed=self.seed)


def settings(*, people: WholeNumber | None = None, steps: WholeNumber | None = None, seed: WholeNumber | None = None,
             seeds: WholeNumber = 1, engine: str = "auto", threads: WholeNumber | None = None) -> Settings:
    """The settings that a caller gave, checked. Raises InputError, naming the setting, the value and what is valid.

    threads   default: all the processors that this process may use
    """
    if not isinstance(engine, str) or engine not in get_args(Engine):
        raise InputError(f"engine: {described(engine)} is not one of {', '.join(get_args(Engine))}")
    return Settings(
        people=None if people is None else whole("people", people, *PEOPLE),
        steps=None if steps is None else whole("steps", steps, *STEPS),
        seed=None if seed is None else whole("seed", seed, *SEED),
        seeds=whole("seeds", seeds, *SEEDS),
        engine=engine,  # type: ignore[arg-type]
        threads=cores() if threads is None else whole("threads", threads, *THREADS))


def study_of(study: AnyStudy) -> Study:
    """The study that is meant. Raises InputError."""
    return study if isinstance(study, Study) else load(study)


def worlds_of(study: Study, reforms: AnyReform | Iterable[AnyReform]) -> list[Study]:
    """The study under each of these reforms by itself; one alone needs no list. Raises InputError."""
    if isinstance(reforms, Study | Reform | str | Mapping):
        reforms = [reforms]
    if not isinstance(reforms, Iterable):
        raise InputError(f"reforms: {described(reforms)} is not a list of reforms")
    return [reform if isinstance(reform, Study) else study.reform(reform) for reform in reforms]


def directory_of(directory: str | os.PathLike[str]) -> str:
    """The path of a folder that a result is in. Raises InputError for what is no path."""
    if not isinstance(directory, str | os.PathLike):
        raise InputError(f"directory: {described(directory)} is not a path to the folder of a result")
    return os.fspath(directory)


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
