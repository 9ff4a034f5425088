"""How Python asks for a result: one expression, complete, which gives the same bits in another session.

    call("run", study, engine="agents")
    sousveil.run(sousveil.study("seed-article").reform("no-ceiling"), people=600, steps=12, seed=1, engine="agents")
"""

from __future__ import annotations

from typing import Any

from sousveil.studies.reform import Reform
from sousveil.studies.study import Study, name_in_atlas

__all__ = ["call", "of_reform", "of_study"]


def call(function: str, study: Study, *more: str, **settings: object) -> str:
    """The call of a public function on a study, of its size, horizon and seed, with more arguments and settings.

    more   expressions; settings: values
    """
    given = {"people": study.people, "steps": study.steps, "seed": study.seed, **settings}
    arguments = [of_study(study), *more, *(f"{name}={value!r}" for name, value in given.items())]
    return f"sousveil.{function}({', '.join(arguments)})"


def of_study(study: Study) -> str:
    """The expression that makes a study, by its name in the atlas or from the file of its page, reform after reform."""
    reforms = "".join(f".reform({of_reform(study, patch)!r})" for patch in study.made)
    return f"sousveil.study({(name_in_atlas(study) or 'study.json')!r}){reforms}"


def of_reform(study: Study, patch: Reform) -> Any:
    """A reform as a caller gives it: the name of one of the study's, or {path: value}."""
    return patch.name if study.reforms.get(patch.name) == patch else dict(patch.set)
