"""`check`, `explain`: what is wrong with a file, and what its rules say."""

from __future__ import annotations

from dataclasses import asdict

import sousveil
from sousveil.cli.options import StudyWord
from sousveil.cli.output import Answer, plural, width
from sousveil.errors import InputError
from sousveil.runs.provenance import last_part

__all__ = ["check", "explain"]


def check(*files: str) -> Answer:
    """Look for every mistake in the files of a study; a study with all its files, its figures and its cases.

    Every case of cases.yaml is worked out, and must come to what it says.

    Parameters
    ----------
    files
        What to check. A folder stands for the study.yaml in it, and a name of the atlas for that entry.
    """
    if not files:
        raise InputError("name a file to check, for example: sousveil check study.yaml")
    checked = [sousveil.check(file) for file in files]
    problems = [problem for found in checked for problem in found.problems]
    if problems:
        raise InputError(dict.fromkeys(problems))
    read = dict.fromkeys(file for found in checked for file in found.files)
    return Answer(f"{plural(len(read), 'file')} checked, no mistake found",
                  {"files": [*map(last_part, read)], "problems": []})


def explain(study: StudyWord, /, *, reform: str | None = None) -> Answer:
    """Say the rules of a study in plain words, each with its source and how well that was checked.

    Parameters
    ----------
    reform
        A reform of the study, by name: the rules as they would be then, and what differs.
    """
    from sousveil.studies.explain import rules

    written = sousveil.study(study)
    read = written if reform is None else written.reform(reform)
    changes = written.changes(read)
    text = sousveil.explain(read, width()).rstrip()
    if changes:
        lines = (f"  {change.path}: {change.before} -> {change.after}"
                 for change in written.changes_in_words(read))
        text = "\n".join([text, "", "WHAT THE REFORM CHANGES", "", *lines])
    return Answer(text, {"study": read.name, "reform": read.label, "rules": [asdict(r) for r in rules(read)],
                         "changes": [asdict(change) for change in changes]})
