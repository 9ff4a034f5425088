"""A study: a scheme, the people under it, what is assumed, for how long, under which seed, and the reforms to compare.

    study = load("seed-article")            from the atlas, a folder, or a path to study.yaml
    fair = study.reform("no-ceiling")       a new study; the old one stays as it was

What scheme, population and assumptions say about one another is checked here (see `cross_check`), and the numbers
that nobody has published are filled here, from the assumptions, with a list of what was filled.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from sousveil.atlas import folder, names
from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.ground.arguments import checked
from sousveil.ground.cards import card
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.cross_check import disagreements
from sousveil.studies.files import study_file
from sousveil.studies.fill import Filled, fill, unfilled
from sousveil.studies.frozen import FrozenDict, Value
from sousveil.studies.given import given
from sousveil.studies.limits import PEOPLE, SEED, STEPS, WholeNumber, described, whole
from sousveil.studies.patch import plain
from sousveil.studies.periods import in_words, periods
from sousveil.studies.place_checks import unsought
from sousveil.studies.population import Population
from sousveil.studies.reform import PARTS, Change, Parts, Reform, apply, diff, lineage, plain_values
from sousveil.studies.scheme import Scheme
from sousveil.studies.study_parts import (
    KINDS,
    StudyFile,
    attempted,
    kind_of,
    leads_nowhere,
    parts_beside,
    parts_within,
    read_as,
    refuse_others,
    stranger,
)
from sousveil.studies.whereabouts import Place, Source, locate, remember, source_of
from sousveil.studies.written import files_of, write
from sousveil.studies.yaml_source import Document, parse, validate

__all__ = ["Checked", "Study", "check", "load", "name_in_atlas", "restore", "whole_text"]


@dataclass(frozen=True, eq=False, repr=False)
class Study(Value):
    """All that a run is a function of, and the reforms to compare it with.

    scheme, population   without an unknown number
    filled               the numbers that nobody has published and the assumptions filled, in the order of the files
    label                the reform that made this study from another, or ''
    made                 the reforms that did, one after the other
    """

    name: str
    about: str
    scheme: Scheme
    population: Population
    assumptions: Assumptions
    steps: int
    seed: int
    reference: str
    reforms: Mapping[str, Reform] = field(default_factory=FrozenDict)
    filled: tuple[Filled, ...] = ()
    label: str = ""
    made: tuple[Reform, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        under = f" under {self.label}" if self.label else ""
        return f"<Study {self.name}{under}: {self.people:,} people, {self.steps:,} steps, seed {self.seed}>"

    def _repr_html_(self) -> str:
        groups = ", ".join(self.population.groups)
        return card(repr(self)[1:-1], (
            self.scheme.about, f"{self.scheme.status}; groups {groups}; tiers {', '.join(self.scheme.tiers)}",
            f"numbers that are not published, taken from the assumptions: {len(self.filled)}" if self.filled else "",
            f"reforms: {', '.join(self.reforms)}" if self.reforms else ""))

    @cached_property
    def written(self) -> Parts:
        """The three files as they stand, unknown numbers and all: what a reform changes."""
        return Parts(*unfilled(self.scheme, self.population, self.filled), self.assumptions)

    @cached_property
    def _tried(self) -> Mapping[str, Study]:
        """The study under each of its reforms, where they were tried out when it was read."""
        return FrozenDict()

    @property
    def people(self) -> int:
        """How many synthetic people there are."""
        return self.population.people

    def evolve(self, *, people: WholeNumber | None = None, steps: WholeNumber | None = None,
               seed: WholeNumber | None = None) -> Study:
        """The same study with another size, horizon or seed. Raises InputError when one cannot be."""
        given = {"people": (people, PEOPLE), "steps": (steps, STEPS), "seed": (seed, SEED)}
        asked = {name: whole(name, value, *limits) for name, (value, limits) in given.items() if value is not None}
        population = (_resized(self.scheme, self.population, asked["people"]) if "people" in asked
                      else self.population)
        return replace(self, population=population, steps=asked.get("steps", self.steps),
                       seed=asked.get("seed", self.seed))

    def reform(self, patch: Reform | str | Mapping[str, Any]) -> Study:
        """A new study under a reform: a value, the name of one of this study's, several as in "a+b", or {path: value}.

        Raises InputError when there is none of that name, a path leads nowhere, or what comes out is not valid.
        """
        if isinstance(patch, str):
            if patch not in self.reforms and "+" in patch:
                made = self
                for name in patch.split("+"):
                    made = made.reform(name.strip())
                return replace(made, label=f"{self.label}, {patch}" if self.label else patch)
            if patch not in self.reforms:
                raise InputError(f'there is no reform "{patch}" in {self.name}' + did_you_mean(patch, [*self.reforms]))
            if patch in self._tried:
                return self._tried[patch]
            patch = self.reforms[patch]
        elif not isinstance(patch, Reform):
            if not isinstance(patch, Mapping):
                raise InputError(f"reform: {described(patch)} is neither a reform nor its name nor {{path: value}}")
            settings = plain_values(patch)
            patch = Reform(name=", ".join(f"{path}={value}" for path, value in settings.items()), set=settings)
        parts, asked = self.written, patch
        for step in lineage(patch, self.reforms):
            parts = apply(parts, step)
        label = f"{self.label}, {patch.name}" if self.label else patch.name
        return _assembled(replace(self, label=label, made=(*self.made, asked)), parts, reformed=True)

    def changes(self, other: Study) -> tuple[Change, ...]:
        """What differs between the rules, the people and the assumptions of this study and another.

        Where a number was unknown, what was assumed in its place is said.
        """
        return tuple(replace(change, before=_assumed(change.path, change.before, self.filled),
                             after=_assumed(change.path, change.after, other.filled))
                     for change in diff(self.written, other.written))

    def changes_in_words(self, other: Study) -> tuple[Change, ...]:
        """The same for readers: whole changes on a date are told, and not listed as they are written."""
        return tuple(in_words(change, other.scheme.step) for change in self.changes(other))

    def place(self, path: str) -> Place:
        """Where `channels.camera.coverage`, `population.income` ... stands: file, line and column."""
        head, _, rest = path.partition(".")
        return locate(getattr(self, head), rest) if head in PARTS and rest else locate(self.scheme, path)

    @checked
    def save(self, directory: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Write the study as YAML: study.yaml, scheme.yaml, population.yaml, assumptions.yaml; whole or not at all.

        What is written passes `check`, and gives the same bits. Of a study under a reform, the rules as they then are
        are written. Raises InputError where the folder holds something already, or cannot be written.
        """
        about = f"{self.about.rstrip()} Under the reform {self.label}.".lstrip() if self.label else self.about
        head = {"study": self.name, **({"about": about} if about else {}), "steps": self.steps, "seed": self.seed,
                "reference": self.reference}
        # Of a study under a reform, the reforms are of the study as it was.
        files = files_of(head, self.written, {}, {one.path for one in self.filled}) if self.made else \
            files_of(head, self.written, self.reforms)

        def means_the_same(beside: Path) -> None:
            if load(beside).carried != self.carried:
                raise InputError(f"{self.name} cannot be written as files that mean the same")

        return write(files, Path(directory), means_the_same)

    @property
    def carried(self) -> dict[str, Any]:
        """What a run is a function of, as plain data: with guesses in the place of what is not published."""
        assumptions = {key: value for key, value in plain(self.assumptions).items() if key != "fill"}
        return {"study": self.name, "scheme": plain(self.scheme), "population": plain(self.population),
                "assumptions": assumptions, "steps": self.steps, "seed": self.seed, "reference": self.reference}

    def plain(self) -> dict[str, Any]:
        """The whole study as plain data, every default written out: what provenance hashes."""
        parts = {part: plain(getattr(self.written, part)) for part in PARTS}
        return {"study": self.name, "about": self.about, "label": self.label, **parts, "steps": self.steps,
                "seed": self.seed, "reference": self.reference}


def _assumed(path: str, shown: Any, filled: tuple[Filled, ...]) -> Any:
    value = next((entry.value for entry in filled if entry.path == path), None)
    return f"unknown, assumed {value.plain()}" if shown == "unknown" and value is not None else shown


class Checked(NamedTuple):
    """The files that were read, every mistake in them, and the study that they make where they have none."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    study: Study | None = None


def load(path: str | os.PathLike[str] | Mapping[str, Any]) -> Study:
    """A study from a path to study.yaml, from the folder it is in, by its name in the atlas, or from a mapping.

    A mapping says what study.yaml says, and has its parts in the place of the names of files: `scheme`, `population`
    and `assumptions` (none, unless given), each a value (`Scheme(...)`) or a mapping as its file would have it.

    Raises InputError with every mistake in the four files and between them.
    """
    if isinstance(path, Mapping):
        refuse_others(path)
        return _whole(given(path))
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"study: {described(path)} is neither a path to a study, a name of the atlas nor a mapping")
    where = study_file(os.fspath(path))
    return _study(where, parse(where))


def check(path: str | os.PathLike[str]) -> Checked:
    """Every mistake in a file of any of the six kinds, told apart by its first key; a study with all its files."""
    files: tuple[str, ...] = ()
    study: Study | None = None
    try:
        where = study_file(os.fspath(path))
        files = (str(where),)
        document = parse(where)
        kind = kind_of(document)
        if kind == "study":
            study = _study(where, document)
            files += tuple(source.file for part in PARTS if (source := source_of(getattr(study, part))) is not None)
        elif kind in KINDS:
            validate(*document, KINDS[kind])
        else:
            raise stranger(document)
    except InputError as error:
        return Checked(files, error.problems)
    return Checked(files, (), study)


def _study(where: Path, document: Document) -> Study:
    if isinstance(document.data, dict) and any(isinstance(document.data.get(part), dict) for part in PARTS):
        return _whole(document)
    file = read_as(document, "study")
    return _put_together(file, parts_beside(file, where.parent), document.source)


def _put_together(file: StudyFile, parts: Parts, source: Source) -> Study:
    """The study that a study file and its three parts make, its reforms tried out."""
    if file.people is not None:
        parts = parts._replace(population=_resized(parts.scheme, parts.population, file.people))
    problems = [locate(file, steps).problem(message) for steps, message in leads_nowhere(file, parts)]
    if problems:
        raise InputError(sorted(problems))
    reforms = {name: remember(reform.model_copy(update={"name": reform.name or name}),
                              source.below(("reforms", name)))
               for name, reform in file.reforms.items()}
    reference = file.reference or next(iter(parts.population.groups))
    blank = Study(file.study, file.about, *parts, file.steps, file.seed, reference, reforms)
    study = _assembled(blank, parts)
    worlds = attempted([*(lambda name=name: study.reform(name) for name in reforms),
                        *(lambda patch=patch: study.reform(patch) for patch in _readings(parts.assumptions))])
    study.__dict__["_tried"] = FrozenDict(zip(reforms, worlds, strict=False))
    return study


def _resized(scheme: Scheme, population: Population, people: int) -> Population:
    """A population of so many people; where places are limited, it stands for as many as it did."""
    more = {"stands_for": population.stands_for or population.people} if scheme.places else {}
    return population.model_copy(update={"people": people, **more})


def _readings(assumptions: Assumptions) -> Iterator[Reform]:
    """Every reading of every choice as a reform, with its place."""
    source = source_of(assumptions)
    for choice, readings in assumptions.choices.items():
        for name, reading in readings.items():
            for path in reading.set:
                if said := unsought(path):
                    raise InputError(locate(assumptions, ("choices", choice, name, "set")).problem(
                        f"{said}; no reading can set them"))
            if reading.set:
                patch = Reform(name=f"{choice}: {name}", set=reading.set)
                yield patch if source is None else remember(patch, source.below(("choices", choice, name)))


def _whole(document: Document) -> Study:
    """A study whose parts stand in its own file, as `study.json` of a result has them."""
    file, parts, label = parts_within(document)
    return replace(_put_together(file, parts, document.source), label=label)


def _assembled(study: Study, parts: Parts, *, reformed: bool = False) -> Study:
    """The study with these parts: filled, and held against one another."""
    scheme, population, filled, problems = fill(parts, spare=reformed)
    if not problems:
        problems = disagreements(scheme, population, parts.assumptions)
    if not problems and scheme.changes:
        problems = _in_later_periods(scheme, population, parts.assumptions)
    if problems:
        raise InputError(sorted(problems))
    for made, written in ((scheme, parts.scheme), (population, parts.population)):
        if (source := source_of(written)) is not None:
            remember(made, source)  # a number that was filled still stands where it is unknown
    return replace(study, scheme=scheme, population=population, assumptions=parts.assumptions, filled=filled)


def _in_later_periods(scheme: Scheme, population: Population, assumptions: Assumptions) -> list[Problem]:
    """What does not go together in the rules as they read from a date on. Raises InputError."""
    return list(dict.fromkeys(problem for period in periods(scheme, population, assumptions)[1:]
                              for problem in disagreements(period.scheme, period.population, assumptions)))


def name_in_atlas(study: Study) -> str:
    """The name under which the atlas has the study, or ''."""
    source = source_of(study.scheme)
    where = Path(source.file).parent if source is not None else None
    return where.name if where is not None and where.name in names() and where == folder(where.name) else ""


def whole_text(study: Study, reforms: Mapping[str, Any] | None = None) -> str:
    """A study as one file, which `load` reads: all its parts, as it stands; with its reforms, or with others."""
    given = {name: plain(patch) for name, patch in study.reforms.items()} if reforms is None else reforms
    kept = {"reforms": dict(given)} if given else {}
    return json.dumps({**study.plain(), **kept}, indent=1, ensure_ascii=False) + "\n"


def restore(data: Mapping[str, Any]) -> Study:
    """The study that `Study.plain` wrote down, with the reforms that stand beside. The places in its files are lost.

    Raises InputError when it is not one.
    """
    try:
        parts = Parts(Scheme.model_validate(data["scheme"]), Population.model_validate(data["population"]),
                      Assumptions.model_validate(data["assumptions"]))
        blank = Study(data["study"], data.get("about", ""), *parts, data["steps"], data["seed"], data["reference"],
                      FrozenDict({name: Reform.model_validate(r) for name, r in data.get("reforms", {}).items()}),
                      label=data.get("label", ""))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the study in this result cannot be read; another version may have written it") from error
    return _assembled(blank, parts, reformed=True)
