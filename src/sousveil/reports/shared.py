"""What the reports of comparisons, explanations and sweeps share: their limits and their foot."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from sousveil.ground import called
from sousveil.measures.measure import Measure
from sousveil.page import words
from sousveil.page.page import Prose, Section
from sousveil.studies.shown import names_of
from sousveil.version import __version__

if TYPE_CHECKING:
    from sousveil.studies.study import Study

__all__ = ["SUPPORTS", "asked", "foot", "horizon", "in_words_of", "limits", "readable", "source", "status", "units"]

P = ParamSpec("P")
R = TypeVar("R")

SUPPORTS = (
    "This page can support a question to the authority, or a request for the rules, the rates and the records that it "
    "keeps. It shows what rules do to synthetic people. It is no evidence of what happened to anybody.")
"""For page one, so that nobody takes a simulation for a record."""


def in_words_of(study_of: Callable[..., Study]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Write with the names that a study has for readers. study_of: the study of what is written about."""
    def decorated(write: Callable[P, R]) -> Callable[P, R]:
        @wraps(write)
        def written(*given: P.args, **more: P.kwargs) -> R:
            with called.by(names_of(study_of(given[0]))):
                return write(*given, **more)
        return written
    return decorated


def horizon(study: Study) -> str:
    """How long a study runs, in words."""
    return words.lasting(study.steps, study.scheme.step)


def status(study: Study) -> str:
    """How much is known of the rules, for the line over the title."""
    return {"claimed": "claimed, not a published rulebook", "documented": "documented rules",
            "invented": "an invented scheme"}[study.scheme.status]


def limits(study: Study, *more: str) -> Section:
    """What a simulation of worlds cannot tell, `more` first."""
    silent = () if study.assumptions.chilling else (words.NOT_CHILLED,)
    return Section(words.LABELS["limits"], "It shows what rules do to made-up people, and no more",
                   (Prose("\n\n".join((*more, *words.LIMITS, *silent))),), id="limits")


def source(study: Study) -> str:
    """What stands under every picture."""
    under = f" with {study.label}" if study.label else ""
    return (f"a simulation of {words.synthetic(study.people)} under {study.name}{under}, "
            f"seed {study.seed}")


def foot(study: Study, *more: str) -> tuple[str, ...]:
    """The line at the foot."""
    return (study.name, *more, f"seed {study.seed}",
            f"{words.number(study.people)} people × {words.plural(study.steps, study.scheme.step)}",
            f"sousveil {__version__}",
            "synthetic people only")


def asked(study: Study, name: str) -> str:
    """The words of a command that make this reform: by its name, or by the settings that it was named after."""
    if name in study.reforms or "=" not in name:
        return f"--reform {shlex.quote(name)}"
    return " ".join(f"--set {shlex.quote(setting)}" for setting in re.split(r", (?=[\w.-]+=)", name))


def units(unit: str) -> tuple[float, str, Callable[[float], str]]:
    """How a difference in a unit is drawn: factor, title of the axis, and how a value is written."""
    if unit == "share":
        return 100.0, "percentage points", lambda x: words.number(round(x, 2 if abs(x) < 10 else 1))
    return 1.0, "" if unit == "ratio" else called.money(unit), words.short


def quantity(value: float, unit: str, reference: str = "") -> str:
    """A value with its unit; a share in percent, and a difference of shares in percentage points."""
    if unit == "share" and not reference:
        return words.percent(value)
    said = words.points(value) if unit == "share" else words.short(value)
    return f"{said} {words.agreeing(said, 'percentage points' if unit == 'share' else unit)}"


def readable(m: Measure) -> str:
    """A difference with its unit: `−3.2 points`, `−0.4 months`."""
    if m.value is None:
        return "–"
    value = words.written(m, difference=True)
    return f"{value} {words.agreeing(value, 'points' if m.unit == 'share' else words.unit_of(m))}".rstrip()
