"""What can be typed after a command, each option once: its type, how its numbers are read, and its line of help.

A command takes the options that make sense for it as one of the values below: cyclopts lays their fields out as
options, with the words under a field as its help. Settings are not checked here but where Python's callers meet the
same check, in `sousveil.runs.settings`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.errors import two_readings
from sousveil.runs.settings import Engine
from sousveil.studies.study import Study

if TYPE_CHECKING:
    from cyclopts import Token

    from sousveil.comparisons.execute import Place

__all__ = ["Anywhere", "FarOut", "Gap", "Goal", "Here", "Out", "Real", "Reformed", "Reforms", "ResultFolder",
           "ResumedFarOut", "ResumedOut", "Seeds", "Sets", "StudyWord", "Threads", "Vary", "Whole", "real", "reformed",
           "whole"]


# --- numbers --------------------------------------------------------------------------------------------------------


def whole(text: str) -> int:
    """A whole number as people type it: 1000000, 1_000_000, 1,000,000, 1e6. Raises ValueError otherwise."""
    if reason := two_readings(text):
        raise ValueError(reason)
    # A comma counts only between groups of three digits: "1,5" is one and a half to half of the world.
    plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = Decimal(plain)  # exact: a float would make 5e22 something else
        if abs(number) < Decimal("1e60") and number == int(number):
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise ValueError(f'"{text}" is not a whole number, such as 1000000 or 1e6')


def real(text: str) -> float:
    """A number with decimals, as people type it: 0.5, 2, 1e-3. Raises ValueError otherwise."""
    if reason := two_readings(text, whole=False):
        raise ValueError(reason)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'"{text}" is not a number, such as 0.5')
    return number


def _convert_whole(_kind: Any, tokens: Sequence[Token]) -> int:
    return whole(tokens[0].value)


def _convert_real(_kind: Any, tokens: Sequence[Token]) -> float:
    return real(tokens[0].value)


Whole = Annotated[int, Parameter(converter=_convert_whole)]
"""The type of an option that is a whole number, typed as `whole` reads it."""

Real = Annotated[float, Parameter(converter=_convert_real)]
"""The type of an option that is a number with decimals, typed as `real` reads it."""


# --- what is done first, and what is looked at ------------------------------------------------------------------------


StudyWord = Annotated[str, Parameter(help="A study.yaml, the folder it is in, or a name of the atlas.")]
ResultFolder = Annotated[Path, Parameter(help="The folder of a result.")]

Reforms = Annotated[list[str], Parameter(name="--reform", negative="")]
Sets = Annotated[list[str], Parameter(name="--set", negative="")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Reformed:
    """A study, changed before anything is done with it."""

    reform: Reforms | None = None
    """A reform of the study, by name, made first; may be given again."""

    set_: Sets | None = None
    """path=value, something to change first, as in score.decay=0.5; may be given again."""

    def of(self, study: str) -> Study:
        """The study of this name or path, changed. Raises InputError."""
        return reformed(sousveil.study(study), self.reform, self.set_)


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
    """The harm to look at: bottom-tier, rights-denied, income-lost or wrongful-debit."""

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


# --- how much of it, by what, and where to ----------------------------------------------------------------------------


Seeds = Annotated[Whole, Parameter(
    help="How many runs of everything, each with other luck: the intervals are over it. The exact engine needs one.")]

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
class Anywhere(_Settings):
    """The settings of many runs, which can be carried out in several places."""

    processes: Whole | None = None
    """Carry runs out in so many processes of this machine."""

    workers: Whole | None = None
    """Carry runs out on a Dask cluster of so many workers, started on this machine for the purpose."""

    scheduler: str | None = None
    """Carry runs out on the Dask cluster whose scheduler has this address, as in tcp://10.0.0.1:8786."""

    def place(self) -> Place:
        """Where runs are carried out. Raises InputError."""
        from sousveil.comparisons.execute import place

        return place(self.processes, self.workers, self.scheduler)


_OUT = ["--out", "-o"]
_FOLDER = "A folder for the result: run.json, report.html, tables as Parquet and CSV. An earlier result is replaced."
_FAR = "A folder, or an address such as s3://bucket/x, for run.json, report.html and the tables."
_GOES_ON = " What was stopped before its end goes on when the same command is typed again."

Out = Annotated[Path, Parameter(name=_OUT, help=_FOLDER)]
ResumedOut = Annotated[Path, Parameter(name=_OUT, help=_FOLDER + _GOES_ON)]
FarOut = Annotated[str, Parameter(name=_OUT, help=_FAR)]
ResumedFarOut = Annotated[str, Parameter(name=_OUT, help=_FAR + _GOES_ON)]
