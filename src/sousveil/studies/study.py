"""A study: a scheme, the people under it, what is assumed, for how long, under which seed, and the reforms to compare.

    study = load("seed-article")            from the atlas, a folder, or a path to study.yaml
    fair = study.reform("no-ceiling")       a new study; the old one stays as it was

What scheme, population and assumptions say about one another is checked here (see `cross_check`), and the numbers
that nobody has published are filled here, from the assumptions, with a list of what was filled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from sousveil.atlas import folder, names
from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.cross_check import disagreements
from sousveil.studies.fill import Filled, fill
from sousveil.studies.limits import PEOPLE, SEED, STEPS, WholeNumber, described, whole
from sousveil.studies.number import Model
from sousveil.studies.population import Population
from sousveil.studies.reform import PARTS, Change, Parts, Reform, apply, diff, plain, plain_values
from sousveil.studies.scheme import Scheme
from sousveil.studies.yaml_source import KEY, Place, Source, locate, parse, read, remember, source_of, validate

__all__ = ["Study", "StudyFile", "check", "load"]

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
    reforms: dict[str, Reform] = Field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """All that a run is a function of, and the reforms to compare it with.

    written   the three files as they stand, unknown numbers and all
    filled    the numbers that the assumptions filled, in the order of the files
    label     the reform that made this study from another, or ''
    """

    name: str
    about: str
    written: Parts
    steps: int
    seed: int
    reference: str
    reforms: Mapping[str, Reform]
    scheme: Scheme
    population: Population
    filled: tuple[Filled, ...] = ()
    label: str = ""

    @property
    def assumptions(self) -> Assumptions:
        """What is assumed."""
        return self.written.assumptions

    @property
    def people(self) -> int:
        """How many synthetic people there are."""
        return self.population.people

    def evolve(self, *, people: WholeNumber | None = None, steps: WholeNumber | None = None,
               seed: WholeNumber | None = None) -> Study:
        """The same study with another size, horizon or seed. Raises InputError when one cannot be."""
        given = {"people": (people, PEOPLE), "steps": (steps, STEPS), "seed": (seed, SEED)}
        asked = {name: whole(name, value, *limits) for name, (value, limits) in given.items() if value is not None}
        study = self
        if "people" in asked:
            size = {"people": asked["people"]}
            study = replace(self, population=self.population.model_copy(update=size), written=replace(
                self.written, population=self.written.population.model_copy(update=size)))
        return replace(study, steps=asked.get("steps", self.steps), seed=asked.get("seed", self.seed))

    def reform(self, patch: Reform | str | Mapping[str, Any]) -> Study:
        """A new study under a reform: a value, the name of one of this study's, or {path: value}.

        Raises InputError when there is none of that name, a path leads nowhere, or what comes out is not valid.
        """
        if isinstance(patch, str):
            if patch not in self.reforms:
                raise InputError(f'there is no reform "{patch}" in {self.name}' + did_you_mean(patch, [*self.reforms]))
            patch = self.reforms[patch]
        elif not isinstance(patch, Reform):
            if not isinstance(patch, Mapping):
                raise InputError(f"reform: {described(patch)} is neither a reform nor its name nor {{path: value}}")
            settings = plain_values(patch)
            patch = Reform(name=", ".join(f"{path}={value}" for path, value in settings.items()), set=settings)
        parts = self.written
        for step in _lineage(patch, self.reforms):
            parts = apply(parts, step)
        label = f"{self.label}, {patch.name}" if self.label else patch.name
        return replace(_assembled(self, parts, reformed=True), label=label)

    def changes(self, other: Study) -> tuple[Change, ...]:
        """What differs between the rules, the people and the assumptions of this study and another.

        Where a number was unknown, what was assumed in its place is said.
        """
        return tuple(replace(change, before=_assumed(change.path, change.before, self.filled),
                             after=_assumed(change.path, change.after, other.filled))
                     for change in diff(self.written, other.written))

    def place(self, path: str) -> Place:
        """Where `channels.camera.coverage`, `population.income` ... stands: file, line and column."""
        head, _, rest = path.partition(".")
        if head in ("scheme", "population", "assumptions") and rest:
            return locate(getattr(self.written, head), rest)
        return locate(self.written.scheme, path)

    def plain(self) -> dict[str, Any]:
        """The whole study as plain data, every default written out: what provenance hashes."""
        parts = {part: plain(getattr(self.written, part)) for part in ("scheme", "population", "assumptions")}
        return {"study": self.name, "about": self.about, "label": self.label, **parts, "steps": self.steps,
                "seed": self.seed, "reference": self.reference}

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """The files it was read from, each with its SHA-256."""
        sources = [source_of(value) for value in (self.written.scheme, self.written.population, self.assumptions)]
        return tuple((source.file, source.digest) for source in sources if source is not None)


def _assumed(path: str, shown: Any, filled: tuple[Filled, ...]) -> Any:
    value = next((entry.value for entry in filled if entry.path == path), None)
    return f"unknown, assumed {value.plain()}" if shown == "unknown" and value is not None else shown


def load(path: str | os.PathLike[str]) -> Study:
    """A study from a path to study.yaml, from the folder it is in, or by its name in the atlas.

    Raises InputError with every mistake in the four files and between them.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"study: {described(path)} is neither a path to a study nor a name of the atlas")
    where = _where(os.fspath(path))
    file = _read_as(where, "study")
    parts = _parts(file, where.parent)
    if file.people is not None:
        parts = replace(parts, population=parts.population.model_copy(update={"people": file.people}))
    problems = [locate(file, steps).problem(message) for steps, message in _own(file, parts)]
    if problems:
        raise InputError(sorted(problems))
    source = source_of(file)
    assert source is not None
    reforms = {name: remember(reform.model_copy(update={"name": reform.name or name}), source.below(("reforms", name)))
               for name, reform in file.reforms.items()}
    reference = file.reference or next(iter(parts.population.groups))
    blank = Study(file.study, file.about, parts, file.steps, file.seed, reference, reforms, parts.scheme,
                  parts.population)
    study = _assembled(blank, parts)
    _raise_all(lambda name=name: study.reform(name) for name in reforms)
    return study


def check(path: str | os.PathLike[str]) -> list[Problem]:
    """Every mistake in a file of any of the four kinds, told apart by its first key; a study with all its files."""
    try:
        where = _where(os.fspath(path))
        kind = _kind(parse(where)[0])
        if kind == "study":
            load(where)
        elif kind in _FILES:
            read(where, _FILES[kind])
        else:
            words = did_you_mean(kind, list(_FILES))
            return [Problem(str(where), 1, 1, f'the first key says what a file is; "{kind}" is none of them{words}')]
    except InputError as error:
        return list(error.problems)
    return []


_FILES: dict[str, type[Model]] = {"study": StudyFile, "scheme": Scheme, "population": Population,
                                  "assumptions": Assumptions}


def _kind(source: Source) -> str:
    """What a file says it is, by its first key."""
    return str(next(iter(source.data), "")) if isinstance(source.data, dict) else ""


def _read_as(path: Path, kind: str) -> Any:
    """A file of this kind; one of another kind is told so, rather than all the keys that it has too many."""
    source, found = parse(path)
    other = _kind(source)
    if other != kind and other in _FILES:
        message = f"this file is of the kind {other}; a {kind} is needed here"
        raise InputError(source.place((other, KEY)).problem(message))
    return validate(source, _FILES[kind], found)


def _where(path: str) -> Path:
    """The file that a path, a folder or a name of the atlas means."""
    if os.path.isdir(path):
        return Path(path) / "study.yaml"
    if os.path.exists(path) or os.sep in path or path.endswith((".yaml", ".yml")):
        return Path(path)
    if path not in names():
        raise InputError(f'"{path}" is neither a file nor in the atlas' + did_you_mean(path, names()))
    return folder(path) / "study.yaml"


def _parts(file: StudyFile, folder: Path) -> Parts:
    """The three files a study names, with the mistakes of all three at once."""
    def part(key: str) -> Callable[[], Any]:
        def reading() -> Any:
            name = getattr(file, key)
            if not (folder / name).is_file():
                raise InputError(locate(file, (key,)).problem(f'there is no file "{name}" beside it'))
            return _read_as(folder / name, key)
        return reading

    return Parts(*_raise_all([part(key) for key in PARTS]))


def _raise_all(attempts: Any) -> list[Any]:
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


def _own(file: StudyFile, parts: Parts) -> Iterator[tuple[tuple[str | int, ...], str]]:
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


def _lineage(patch: Reform, reforms: Mapping[str, Reform]) -> list[Reform]:
    """The reforms a reform builds on, the first one first, and itself."""
    lineage = [patch]
    while patch.from_ is not None:
        if patch.from_ not in reforms:
            raise InputError(f'reform "{patch.name}" builds on "{patch.from_}", which there is not'
                             + did_you_mean(patch.from_, [*reforms]))
        patch = reforms[patch.from_]
        if any(patch is other for other in lineage):
            raise InputError(f'reform "{patch.name}" builds on itself')
        lineage.insert(0, patch)
    return lineage


def _assembled(study: Study, parts: Parts, *, reformed: bool = False) -> Study:
    """The study with these parts: filled, and held against one another."""
    scheme, population, filled, problems = fill(parts, spare=reformed)
    if not problems:
        problems = disagreements(scheme, population, parts.assumptions)
    if problems:
        raise InputError(sorted(problems))
    return replace(study, written=parts, scheme=scheme, population=population, filled=filled)


def restore(data: Mapping[str, Any]) -> Study:
    """The study that `Study.plain` wrote down. Its reforms and the places in its files are not among that.

    Raises InputError when it is not one.
    """
    try:
        parts = Parts(Scheme.model_validate(data["scheme"]), Population.model_validate(data["population"]),
                      Assumptions.model_validate(data["assumptions"]))
        blank = Study(data["study"], data.get("about", ""), parts, data["steps"], data["seed"], data["reference"], {},
                      parts.scheme, parts.population, label=data.get("label", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the study in this result cannot be read; another version may have written it") from error
    return _assembled(blank, parts, reformed=True)
