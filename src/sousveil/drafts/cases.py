"""Cases of a study: what its rules make of synthetic persons in a given situation."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from sousveil.errors import InputError, did_you_mean
from sousveil.ground.arguments import checked
from sousveil.runs.settings import AnyStudy, study_of
from sousveil.runs.situations import Came, Varied, agrees, outcome, traits, varied
from sousveil.studies.cases import Situation
from sousveil.studies.files import beside
from sousveil.studies.study import Study
from sousveil.studies.whereabouts import source_of
from sousveil.unknowns.published import read_cases

__all__ = ["Worked", "cases"]


@dataclass(frozen=True, slots=True)
class Worked:
    """A case, and what came of it: score, tier, and the rights that are then limited.

    agrees   whether it came as the case says
    """

    name: str
    situation: Situation
    came: Came
    agrees: bool


@overload
def cases(study: AnyStudy, file: str | os.PathLike[str] | None = None, *, reform: str | None = None
          ) -> tuple[Worked, ...]: ...


@overload
def cases(study: AnyStudy, file: str | os.PathLike[str] | None = None, *, reform: str | None = None, vary: str
          ) -> tuple[Varied, ...]: ...


@checked
def cases(study: AnyStudy, file: str | os.PathLike[str] | None = None, *, reform: str | None = None,
          vary: str | None = None) -> tuple[Worked, ...] | tuple[Varied, ...]:
    """What the rules make of synthetic persons, each in a situation: the score, the tier, and the rights that go.

    file    a file of cases; the cases.yaml beside the study, unless given
    reform  a reform of the study, by name: what the rules would make of the same people then
    vary    a trait, such as age: every case with this trait at each of its names, and all else as it is

    Nobody in a case is real, and chance is left out. Raises InputError, and BoundaryError for cases of real people.
    """
    read = study_of(study)
    given = read_cases(_beside(study) if file is None else file, read)
    if vary is not None and vary not in traits(read):
        raise InputError(f'"{vary}" is no label, characteristic or mark of {read.name} that could be varied'
                         + did_you_mean(vary, traits(read)))
    under = read if reform is None else read.reform(reform)
    if vary is not None:
        return tuple(varied(under, given, vary))
    return tuple(Worked(name, situation, came := outcome(under, situation), agrees(situation, came))
                 for name, situation in given.situations.items())


def _beside(study: AnyStudy) -> Path:
    """The cases that lie beside a study. Raises InputError where there are none."""
    if not isinstance(study, Study):
        return beside(os.fspath(study), "cases.yaml", "--cases")
    source = source_of(study.scheme)
    if source is None:
        raise InputError(f"there is no cases.yaml beside {study.name}; name the file with --cases")
    return beside(source.file, "cases.yaml", "--cases")
