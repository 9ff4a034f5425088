"""The settings of runs, as options: each once, with its line of help.

A command takes those that make sense for it as one of the values below: cyclopts lays their fields out as options, and
the words under a field are its help. They are checked where the settings of Python's callers are, in
`sousveil.runs.settings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import Whole
from sousveil.runs.settings import Engine
from sousveil.studies.study import Study

if TYPE_CHECKING:
    from sousveil.comparisons.execute import Place


# --- what is done first, and what is looked at ------------------------------------------------------------------------


Reforms = Annotated[list[str], Parameter(name="--reform", negative="")]
Sets = Annotated[list[str], Parameter(name="--set", negative="")]
Assumes = Annotated[list[str], Parameter(name="--assume", negative="")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reformed:
    """A study, changed before anything is done with it."""

    reform: Reforms | None = None
    """A reform of the study, by name, made first; may be given again."""

    set_: Sets | None = None
    """path=value, something to change first, as in score.decay=0.5; may be given again."""

    assume: Assumes | None = None
    """path=value, a number to take in place of what the assumptions say there; may be given again."""

    def of(self, study: str) -> Study:
        """The study of this name or path, changed. Raises InputError."""
        return reformed(assuming(sousveil.study(study), self.assume), self.reform, self.set_)


def assuming(study: Study, settings: Sequence[str] | None) -> Study:
    """The study with these guesses moved, as `path=value`. Raises InputError."""
    if not settings:
        return study
    from sousveil.studies.guesses import assumed

    return assumed(study, sousveil.reform(*settings).set)


def reformed(study: Study, names: Sequence[str] | None, settings: Sequence[str] | None) -> Study:
    """The study under these of its reforms, one after the other, and under these settings. Raises InputError."""
    for name in names or ():
        study = study.reform(name)
    return study.reform(sousveil.reform(*settings)) if settings else study


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Gap:
    """A harm, and two groups."""

    harm: str = "bottom-tier"
    """The harm to look at: bottom-tier, rights-denied, income-lost, wrongful-debit and others; docs/unknowns.md lists
    them all.
    """

    between: str | None = None
    """Look at the gap between two groups, the one to compare with first, as in A,B."""

    @property
    def pair(self) -> tuple[str, ...] | None:
        """The names of the two groups."""
        return None if self.between is None else tuple(name.strip() for name in self.between.split(","))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Goal(Gap):
    """A harm, for everybody, for a group, or between two."""

    group: str | None = None
    """Look at this group."""


Vary = Annotated[list[str], Parameter(negative="", help=(
    "path=from:to:count, as in channels.camera.coverage=0:1:21; may be given again: every combination is run, and all "
    "harms are measured there; --harm is the one that is drawn."))]


# --- how much of it, and by what --------------------------------------------------------------------------------------


Seeds = Annotated[Whole, Parameter(
    help="How many runs, each with other random draws: the intervals are over them. The exact engine needs one.")]

Threads = Annotated[Whole, Parameter(help="How many processor cores; the result does not depend on it.")]


@dataclass(frozen=True, kw_only=True)
class _Settings:
    people: Whole | None = None
    """How many synthetic people; as the study says, unless given. 1e6 and 1_000_000 will do."""

    steps: Whole | None = None
    """How many steps (months, mostly); as the study says, unless given."""

    seed: Whole | None = None
    """The number that all chance follows from; as the study says, unless given."""

    engine: Engine = "auto"
    """exact carries expectations without noise, where it can; agents draws people; auto takes exact where it can."""

    @property
    def given(self) -> dict[str, Any]:
        """By name, as Python's callers give them."""
        return {"people": self.people, "steps": self.steps, "seed": self.seed, "engine": self.engine}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Here(_Settings):
    """The settings of what is carried out by this process."""

    threads: Threads | None = None

    @property
    def given(self) -> dict[str, Any]:
        """By name, as Python's callers give them."""
        return {**super().given, "threads": self.threads}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Places:
    """Where many runs are carried out."""

    processes: Whole | None = None
    """Carry many runs, or points, out in so many processes of this machine."""

    workers: Whole | None = None
    """Carry many runs, or points, out on a Dask cluster of so many workers, started on this machine for the purpose."""

    scheduler: str | None = None
    """Carry many runs, or points, out on the Dask cluster whose scheduler has this address, as in tcp://10.0.0.1:8786.
    """

    def place(self) -> Place:
        """Where runs are carried out. Raises InputError."""
        from sousveil.comparisons.execute import place

        return place(self.processes, self.workers, self.scheduler)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Anywhere(Places, _Settings):
    """The settings of many runs, which can be carried out in several places."""
