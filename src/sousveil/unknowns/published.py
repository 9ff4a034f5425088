"""Figures and cases in: read, kept clear of persons, and held against the study that they are about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.audits.column_names import what_is_named
from sousveil.audits.guard import SHAPES
from sousveil.errors import BoundaryError, InputError, did_you_mean
from sousveil.studies.cases import Cases, strangers
from sousveil.studies.figures import Figure, Figures
from sousveil.studies.model import Finding
from sousveil.studies.periods import consequences
from sousveil.studies.place_checks import standings
from sousveil.studies.scheme_fields import BURDENS
from sousveil.studies.study import Study
from sousveil.studies.whereabouts import locate
from sousveil.studies.yaml_source import parse, validate

__all__ = ["against", "read", "read_cases"]

_GIVE_AWAY = tuple(shape for shape in SHAPES if shape.label)
"""Shapes of which one value is one too many."""

_ONLY = ("Figures are counts, shares and means of at least ten people, each under a name of its own; nothing about "
         "single persons is taken in.")


_NOBODY = "Cases are situations of people who are not real, each under a name that says the situation."


def read(path: str | os.PathLike[str], study: Study) -> Figures:
    """The figures of a file, about this study.

    Raises BoundaryError where it holds rows about persons, InputError with every other mistake, each with its place.
    """
    document = parse(path)
    _refuse_persons(os.fspath(path), document.data)
    return against(study, validate(*document, Figures))


def read_cases(path: str | os.PathLike[str], study: Study) -> Cases:
    """The cases of a file, about this study: situations of synthetic persons.

    Raises BoundaryError where it holds what would give a person away, InputError with every other mistake.
    """
    document = parse(path)
    situations = document.data.get("situations") if isinstance(document.data, Mapping) else document.data
    if isinstance(situations, list):
        raise BoundaryError(f"{os.fspath(path)}: this looks like rows about persons, and is not read. {_NOBODY}")
    for name, situation in situations.items() if isinstance(situations, Mapping) else ():
        texts = [name, *(situation.get("about", "").split() if isinstance(situation, Mapping)
                         and isinstance(situation.get("about"), str) else ())]
        for what in filter(None, (_shaped(text.strip(".,;:()")) for text in texts)):
            raise BoundaryError(f"{os.fspath(path)}: a case has {what}, and the file is not read. {_NOBODY}")
    given = validate(*document, Cases)
    found = [locate(given, ("situations", name, *steps)).problem(message) for name, one in given.situations.items()
             for steps, message in strangers(one, study.scheme, study.population)]
    if found:
        raise InputError(found)
    return given


def against(study: Study, figures: Figures) -> Figures:
    """The figures, where all that they name is in the study. Raises InputError with every name that is not."""
    found = [locate(figures, ("figures", name, *steps)).problem(message) for name, figure in figures.figures.items()
             for steps, message in _strangers(study, figure)]
    if found:
        raise InputError(found)
    return figures


def _strangers(study: Study, figure: Figure) -> Iterator[Finding]:
    population = study.population
    named = (("tier", figure.tier, standings(study.scheme)[::-1]), ("group", figure.group, population.groups),
             ("relative-to", figure.relative_to, population.groups),
             ("district", figure.district, population.districts))
    for key, name, known in named:
        if name is not None and name not in known:
            where = "scheme" if key == "tier" else "population"
            yield (key,), f'{key} "{name}" is not in the {where}' + did_you_mean(name, [*known])
    for key, step in (("at", figure.at), ("from", figure.from_), ("to", figure.to)):
        if step is not None and step > study.steps:
            yield (key,), f"step {step:,} is after the last: the study has {study.steps:,} steps"
    bottom = [*study.scheme.tiers][-1]
    if figure.of == "score" and figure.at not in (None, 0, study.steps):
        yield ("at",), f"mean scores are known at the start (0) and at the end ({study.steps:,}) alone"
    if figure.of == "stay" and figure.tier in study.scheme.tiers and figure.tier != bottom:
        yield ("tier",), f'stays are followed in the bottom tier alone, which is "{bottom}"'
    if figure.right is not None:
        yield from _right(study, figure)


def _right(study: Study, figure: Figure) -> Iterator[Finding]:
    there = [c for given in consequences(study.scheme, study.population, study.assumptions).values() for c in given]
    rights = [*dict.fromkeys(c.right for c in there)]
    bearers = ("self", "household") if figure.bearer == "self" else (figure.bearer,)  # who shares it bears it too
    here = [c for c in there if c.right == figure.right and c.bearer in bearers]
    effects = [*dict.fromkeys(c.effect for c in here)]
    if figure.right not in rights:
        yield ("right",), f'right "{figure.right}" is not in the scheme' + did_you_mean(str(figure.right), rights)
    elif not here:
        others = [*dict.fromkeys(c.bearer for c in there if c.right == figure.right)]
        yield ("bearer",), f"nobody bears that as {figure.bearer}" + did_you_mean("", others)
    elif figure.effect is not None and figure.effect not in effects:
        yield ("effect",), f"{figure.effect} is no effect on it" + did_you_mean("", effects)
    elif figure.effect is None and len([e for e in effects if e in BURDENS] or effects) > 1:
        yield ("right",), f"there are several effects on it ({', '.join(effects)}): say which, with effect"


def _refuse_persons(file: str, data: Any) -> None:
    """Figures are about people in numbers. A list of rows, or what names or reaches a person, is not read."""
    rows = data.get("figures") if isinstance(data, Mapping) else data
    if isinstance(rows, list):
        raise BoundaryError(f"{file}: this looks like rows about persons, and is not read. {_ONLY}")
    for what, where in _identifiers(data):
        raise BoundaryError(f"{file}: {where} looks like {what}, and the file is not read. {_ONLY}")


def _identifiers(data: Any) -> Iterator[tuple[str, str]]:
    """What in a tree of plain data would give a person away: keys by their names, values by their shapes."""
    figures = data.get("figures", {}) if isinstance(data, Mapping) else {}
    for name, figure in figures.items() if isinstance(figures, Mapping) else ():
        yield from ((what, "a name of a figure") for what in [_shaped(name)] if what)
        for key, value in figure.items() if isinstance(figure, Mapping) else ():
            if what_is_named(key) and key not in Figure.model_fields:
                yield what_is_named(key), f'the key "{key}"'
            if isinstance(value, str) and key != "cite" and _shaped(value):
                yield _shaped(value), f'what stands under "{key}"'


def _shaped(text: str) -> str:
    return next((shape.what for shape in _GIVE_AWAY if re.fullmatch(shape.pattern, text.strip(), re.IGNORECASE)), "")
