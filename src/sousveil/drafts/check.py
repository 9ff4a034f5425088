"""Every mistake in the files of a study, with its figures and its cases, and of what no machine could carry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sousveil.errors import InputError, Problem
from sousveil.ground import arguments
from sousveil.runs.plans import plan_of
from sousveil.runs.situations import mistakes
from sousveil.studies.files import own
from sousveil.studies.study import Checked, Study
from sousveil.studies.study import check as checked
from sousveil.unknowns.published import read as read_figures
from sousveil.unknowns.published import read_cases

__all__ = ["check"]


@arguments.checked
def check(path: str | os.PathLike[str]) -> Checked:
    """Every mistake in a file of any of the six kinds; of a study with all its files, its figures and its cases.

    path   a file, the folder that a study.yaml is in, or a name of the atlas

    Mistakes are values, each with its file, line and column: `check("my-scheme").problems` is empty where there is
    none. Every case of cases.yaml is worked out, and must come to what it says. Raises BoundaryError where figures or
    cases are about persons.
    """
    found = checked(path)
    if found.study is None:
        return found
    beside = [there for name in ("figures.yaml", "cases.yaml")
              if os.path.lexists(there := Path(found.files[0]).parent / name)]
    problems = [*found.problems, *_too_large(found.study)]
    problems += [problem for there in beside for problem in _of_beside(there, found.study)]
    return found._replace(files=(*found.files, *map(str, beside)), problems=tuple(dict.fromkeys(problems)))


def _of_beside(there: Path, study: Study) -> Iterator[Problem]:
    try:
        own(there.parent, there.name)
        if there.stem == "figures":
            read_figures(there, study)
        else:
            yield from mistakes(study, read_cases(there, study))
    except InputError as error:
        yield from error.problems


def _too_large(study: Study) -> Iterator[Problem]:
    """What of a study, or of it under one of its reforms, no machine could carry."""
    for world in (study, *(study.reform(name) for name in study.reforms)):
        try:
            plan_of(world)
        except InputError as error:
            yield from error.problems
