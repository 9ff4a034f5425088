"""What study.yaml says, and the three parts of a study: each read as what it has to be, from a file or from within.

A file says by its first key what it is. Mistakes of all parts are told at once.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.cases import Cases
from sousveil.studies.figures import Figures
from sousveil.studies.files import inside
from sousveil.studies.limits import PEOPLE, SEED, STEPS, described
from sousveil.studies.model import KEY, Finding, Model
from sousveil.studies.population import Population
from sousveil.studies.reform import PARTS, Parts, Reform
from sousveil.studies.scheme import Scheme
from sousveil.studies.whereabouts import Place, locate
from sousveil.studies.yaml_source import Document, parse, validate

__all__ = ["KINDS", "StudyFile", "attempted", "kind_of", "leads_nowhere", "parts_beside", "parts_within", "read_as",
           "refuse_others", "stranger"]

People = Annotated[int, Field(ge=PEOPLE[0], le=PEOPLE[1])]
Horizon = Annotated[int, Field(ge=STEPS[0], le=STEPS[1])]
Seed = Annotated[int, Field(ge=SEED[0], le=SEED[1])]


class StudyFile(Model):
    """What study.yaml says. The three files are named relative to it.

    people     instead of the population's own number
    reference  the group that others are compared with; default: the first
    """

    study: str
    about: str = ""
    scheme: str = "scheme.yaml"
    population: str = "population.yaml"
    assumptions: str = "assumptions.yaml"
    steps: Horizon
    seed: Seed = 0
    people: People | None = None
    reference: str | None = None
    reforms: Mapping[str, Reform] = Field(default_factory=dict)


KINDS: dict[str, type[Model]] = {"study": StudyFile, "scheme": Scheme, "population": Population,
                                 "assumptions": Assumptions, "figures": Figures, "cases": Cases}
"""What a file can be, by its first key."""


def kind_of(document: Document) -> str:
    """What a file says it is, by its first key; figures may begin with what they are about."""
    first = str(next(iter(document.data), "")) if isinstance(document.data, dict) else ""
    return "figures" if first == "about" and "figures" in document.data else first


def stranger(document: Document) -> InputError:
    """What to say of a file that is none of ours: nothing of what stands in it, but for a word misspelt."""
    kind = kind_of(document)
    near = difflib.get_close_matches(kind, list(KINDS), n=1, cutoff=0.6)
    said = f'"{kind}" is none of them; did you mean "{near[0]}"?' if near else (
        "this one has none of them; valid: " + ", ".join(f'"{known}"' for known in KINDS))
    return InputError(Place(document.source.file, 1, 1).problem(f"the first key says what a file is; {said}"))


def read_as(document: Document, kind: str) -> Any:
    """A file of this kind; one of another kind is told so, rather than all the keys that it has too many."""
    other = kind_of(document)
    if other != kind and other in KINDS:
        message = f"this file is of the kind {other}; a {kind} is needed here"
        raise InputError(document.source.place((other, KEY)).problem(message))
    if other != kind and not (isinstance(document.data, dict) and kind in document.data):
        raise stranger(document)
    return validate(*document, KINDS[kind])


def parts_beside(file: StudyFile, folder: Path) -> Parts:
    """The three files a study names, with the mistakes of all three at once."""
    def part(key: str) -> Callable[[], Any]:
        def reading() -> Any:
            name = getattr(file, key)
            if not inside(folder, name):
                raise InputError(locate(file, (key,)).problem(
                    f"this leads out of the folder of the study; its files stand beside it, as in {key}.yaml"))
            if os.path.isfile(folder / name):
                return read_as(parse(folder / name), key)
            if key == "assumptions" and key not in file.model_fields_set:
                return Assumptions(assumptions="none")
            raise InputError(locate(file, (key,)).problem(f'there is no file "{name}" beside it'))
        return reading

    return Parts(*attempted([part(key) for key in PARTS]))


def parts_within(document: Document) -> tuple[StudyFile, Parts, str]:
    """What a study says whose parts stand in its own file, the parts, and the label of the reform that made it."""
    source, data, found = document
    own = {key: value for key, value in data.items() if key not in (*PARTS, "label")}
    elsewhere = tuple((steps, message) for steps, message in found if steps[0] not in PARTS)
    *parts, label, file = attempted([*(partial(_part, document, part) for part in PARTS), partial(_label, document),
                                     partial(validate, source, own, elsewhere, StudyFile)])
    return file, Parts(*parts), label


def _part(document: Document, part: str) -> Any:
    if part not in document.data:
        raise InputError(document.source.place(()).problem(f'"{part}" is missing beside the other parts'))
    found = tuple((steps[1:], message) for steps, message in document.found if steps[0] == part)
    return validate(document.source.below((part,)), document.data[part], found, KINDS[part])


def _label(document: Document) -> str:
    label = document.data.get("label", "")
    if not isinstance(label, str):
        raise InputError(document.source.place(("label",)).problem("the label is text: the reform that made the study"))
    return label


def refuse_others(mapping: Mapping[str, Any]) -> None:
    """A value of another kind is told so, rather than all the keys that it has too many."""
    for part in PARTS:
        value = mapping.get(part)
        if isinstance(value, Model) and not isinstance(value, KINDS[part]):
            kind = KINDS[part].__name__
            raise InputError(f"{part}: a {kind} or a mapping is needed here, not {described(value)}")


def leads_nowhere(file: StudyFile, parts: Parts) -> Iterator[Finding]:
    """What study.yaml itself says that leads nowhere."""
    groups = list(parts.population.groups)
    if file.reference is not None and file.reference not in groups:
        nearest = did_you_mean(file.reference, groups)
        yield ("reference",), f'group "{file.reference}" is not in the population{nearest}'
    for name, reform in file.reforms.items():
        others = [other for other in file.reforms if other != name]
        if reform.from_ is not None and reform.from_ not in file.reforms:
            yield ("reforms", name, "from"), f'there is no reform "{reform.from_}"' + did_you_mean(reform.from_, others)
        elif _circle(name, file.reforms):
            yield ("reforms", name, "from"), f'reform "{name}" builds on itself'


def _circle(name: str, reforms: Mapping[str, Reform]) -> bool:
    seen: set[str] = set()
    base = reforms[name].from_
    while base is not None and base in reforms and base not in seen:
        if base == name:
            return True
        seen.add(base)
        base = reforms[base].from_
    return False


def attempted(attempts: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each attempt gives; where some fail, one InputError with the mistakes of all of them."""
    results: list[Any] = []
    problems: list[Problem] = []
    for attempt in attempts:
        try:
            results.append(attempt())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return results
