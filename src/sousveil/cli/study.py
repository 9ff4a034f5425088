"""`check`: what is wrong with a file."""

from __future__ import annotations

from sousveil.cli.output import Answer, plural
from sousveil.errors import InputError

__all__ = ["check"]


def check(*files: str) -> Answer:
    """Look for every mistake in scheme, population, assumptions and study files; a study with all its files.

    A folder stands for the study.yaml in it, and a name of the atlas for that entry.
    """
    from sousveil.study import check as mistakes_of

    if not files:
        raise InputError("name a file to check, for example: sousveil check study.yaml")
    problems = [problem for file in files for problem in mistakes_of(file)]
    if problems:
        raise InputError(problems)
    return Answer(f"{plural(len(files), 'file')} checked, no mistake found", {"files": list(files), "problems": []})
