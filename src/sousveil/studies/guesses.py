"""The guesses of a study: numbers that nobody has published, with what was assumed, and the study with some of them
moved.

    guesses(study)                                     every guess that is one number, in the order of the files
    assumed(study, {"channels.camera.spurious": 0.001})    the same study, with that taken instead

A guess that was moved is no guess any more: it loses its range, so that nothing varies it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sousveil.errors import InputError, did_you_mean
from sousveil.studies.assumptions import Assumption
from sousveil.studies.limits import described
from sousveil.studies.number import shown
from sousveil.studies.reform import Reform
from sousveil.studies.study import Study

__all__ = ["Guess", "assumed", "guesses"]

_CHILLING = "chilling."


@dataclass(frozen=True, slots=True)
class Guess:
    """One number that was assumed.

    path    as the assumptions write it, `chilling.` before what is said of chilling
    range   the lowest and highest value worth trying, or None
    """

    path: str
    value: float
    range: tuple[float, float] | None
    distribution: str
    source: str
    mark: str


def guesses(study: Study) -> tuple[Guess, ...]:
    """Every assumption that a run of the study uses and that is one number. Those given by label are left out."""
    used = {filled.path for filled in study.filled}
    given = {path: a for path, a in study.assumptions.fill.items() if path in used}
    given |= {_CHILLING + name: a for name, a in study.assumptions.chilling.items()}
    return tuple(Guess(path, a.value.value, a.range, a.distribution, a.source, a.mark)
                 for path, a in given.items() if a.value.value is not None)


def assumed(study: Study, values: Mapping[str, Any]) -> Study:
    """The study with these guesses moved, each to a number, and without their ranges. Its reforms stay as they are.

    Raises InputError for a path that is no guess of the study, and for what is no number or cannot stand there.
    """
    if not values:
        return study
    known = {guess.path: guess for guess in guesses(study)}
    settings = {}
    for path, value in values.items():
        if path not in known:
            raise InputError(f'assume: "{path}" is no guess of {study.name}{did_you_mean(path, [*known])}')
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"assume: {path} takes a number, not {described(value)}")
        section, name = ("chilling", path.removeprefix(_CHILLING)) if path.startswith(_CHILLING) else ("fill", path)
        old = known[path]
        source = f"Taken in place of {shown(old.value)}" + (f" ({old.source})" if old.source else "")
        settings[f"assumptions.{section}.{name}"] = {"value": value, "source": source,
                                                     "mark": Assumption.model_fields["mark"].default}
    return replace(study.reform(Reform(set=settings)), label=study.label)
