"""The schemes of the atlas: what was published of their outcomes, predicted from their published rules.

Nothing is tuned. Every number that nobody has published keeps its range, so a prediction has two widths; a figure that
some number of the files was chosen to fit is marked so, and is no evidence. Where rule and outcome disagree, the entry
says what we make of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from sousveil.atlas import folder, names
from sousveil.ground.numerals import number
from sousveil.reproductions.case import Case, Figure, Mark
from sousveil.studies.entries import Entry, entry

if TYPE_CHECKING:
    from sousveil.studies.figures import Figure as Published
    from sousveil.studies.study import Study

__all__ = ["CASES"]

_SOURCES = "each figure's own, in the figures.yaml and cases.yaml of the entry"


def _figures(name: str) -> list[Figure]:
    from sousveil.studies.study import load
    from sousveil.unknowns.published import read
    from sousveil.unknowns.standing import standing

    study = load(name)
    found = []
    given = folder(name) / "figures.yaml"
    for stood in standing(study, read(given, study)) if given.is_file() else ():
        f, told = stood.figure, stood.value == stood.value
        low, high = stood.between
        label = stood.name
        value = f.value if f.said in ("exactly", "about") else f"{f.said.replace('-', ' ')} {_told(f.value)}"
        ends = (low + stood.tolerance, high - stood.tolerance) if told else None
        if isinstance(value, str):
            found.append(Figure(label, value, value if stood.inside else _told(stood.value), 0.0, f.derived, f.fitted,
                                ends, stood.wide, f.because, f.outside))
        else:
            found.append(Figure(label, value, stood.value if told else None, stood.tolerance, f.derived, f.fitted, ends,
                                stood.wide, f.because, f.outside, _unit(f, study)))
    return [*found, *_cases(name)]


def _told(value: float) -> str:
    return number(value, figures=6)


def _unit(figure: Published, study: Study) -> str:
    if figure.is_share:
        return "share"
    if figure.relative_to is not None:
        return "times"
    return {"score": "points", "stay": f"{study.scheme.step}s"}.get(figure.of if isinstance(figure.of, str) else "", "")


def _cases(name: str) -> Iterator[Figure]:
    """The cases whose outcome somebody printed."""
    from sousveil.runs.situations import outcome
    from sousveil.studies.study import load
    from sousveil.unknowns.published import read_cases

    file = folder(name) / "cases.yaml"
    if not file.is_file():
        return
    study = load(name)
    for case, situation in read_cases(file, study).situations.items():
        if situation.counted:
            came = outcome(study, situation)
            if situation.score is not None:
                yield Figure(f"{case}: score", situation.score, came.score, situation.within)
            elif situation.tier is not None:
                yield Figure(f"{case}: tier", situation.tier, came.tier)


def _case(one: Entry) -> Case:
    marks: tuple[Mark, ...] = ("recalled", "secondary", "verified")
    mark: Mark = next((mark for mark in marks if mark in one.figure_marks), "verified")
    return Case(one.id, one.title, _SOURCES, mark, partial(_figures, one.id), "schemes")


CASES = tuple(_case(one) for one in map(entry, names()) if one.figure_marks)
