"""`check`, `explain`: what is wrong with a file, and what its rules say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.cli.options import StudyWord
from sousveil.cli.output import Answer, plural, width
from sousveil.errors import InputError, Problem
from sousveil.runs.provenance import last_part

if TYPE_CHECKING:
    from sousveil.studies.study import Checked, Study

__all__ = ["check", "explain"]


def check(*files: str) -> Answer:
    """Look for every mistake in the files of a study; a study with all its files, its figures and its cases.

    Every case of cases.yaml is worked out, and must come to what it says.

    Parameters
    ----------
    files
        What to check. A folder stands for the study.yaml in it, and a name of the atlas for that entry.
    """
    from sousveil.studies.study import check as mistakes_of

    if not files:
        raise InputError("name a file to check, for example: sousveil check study.yaml")
    checked = [mistakes_of(file) for file in files]
    beside = [there for found in checked for there in _beside(found)]
    problems = [problem for found in checked for problem in (*found.problems, *_too_large(found.study))]
    problems += [problem for there, study in beside for problem in _of_beside(there, study)]
    if problems:
        raise InputError(dict.fromkeys(problems))
    read = dict.fromkeys([file for found in checked for file in found.files] + [str(there) for there, _ in beside])
    return Answer(f"{plural(len(read), 'file')} checked, no mistake found",
                  {"files": [*map(last_part, read)], "problems": []})


def _beside(found: Checked) -> Iterator[tuple[Path, Study]]:
    """Figures and cases that lie beside a study."""
    if found.study is not None:
        for name in ("figures.yaml", "cases.yaml"):
            there = Path(found.files[0]).parent / name
            if there.is_file():
                yield there, found.study


def _of_beside(there: Path, study: Study) -> Iterator[Problem]:
    from sousveil.runs.situations import mistakes
    from sousveil.unknowns.published import read as read_figures
    from sousveil.unknowns.published import read_cases

    try:
        if there.stem == "figures":
            read_figures(there, study)
        else:
            yield from mistakes(study, read_cases(there, study))
    except InputError as error:
        yield from error.problems


def _too_large(study: Study | None) -> Iterator[Problem]:
    """What of a study, or of it under one of its reforms, no machine could carry."""
    if study is None:
        return
    from sousveil.runs.run import plan_of

    for world in (study, *(study.reform(name) for name in study.reforms)):
        try:
            plan_of(world)
        except InputError as error:
            yield from error.problems


def explain(study: StudyWord, /, *, reform: str | None = None) -> Answer:
    """Say the rules of a study in plain words, each with its source and how well that was checked.

    Parameters
    ----------
    reform
        A reform of the study, by name: the rules as they would be then, and what differs.
    """
    from sousveil.studies.explain import explain as told
    from sousveil.studies.explain import rules
    from sousveil.studies.study import load

    written = load(study)
    read = written if reform is None else written.reform(reform)
    changes = written.changes(read)
    text = told(read, width()).rstrip()
    if changes:
        lines = (f"  {change.path}: {change.before} -> {change.after}" for change in changes)
        text = "\n".join([text, "", "WHAT THE REFORM CHANGES", "", *lines])
    return Answer(text, {"study": read.name, "reform": read.label, "rules": [asdict(r) for r in rules(read)],
                         "changes": [asdict(change) for change in changes]})
