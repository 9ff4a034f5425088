"""What nobody has published, filled from the assumptions: which numbers, with what, from which range and source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.studies.assumptions import Assumption, Assumptions
from sousveil.studies.number import Model, Number, numbers
from sousveil.studies.population import Population
from sousveil.studies.reform import Parts, plain
from sousveil.studies.scheme import Scheme
from sousveil.studies.yaml_source import Source, Steps, locate, source_of, validate

__all__ = ["Filled", "fill", "unknowns"]

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Filled:
    """An unknown number and what the assumptions say in its place. `path` is as the assumptions write it."""

    path: str
    value: Number
    range: tuple[float, float] | None
    distribution: str
    source: str
    mark: str


def unknowns(value: Model, prefix: str = "") -> dict[str, Steps]:
    """The path of every number, or part of one, that is still unknown."""
    return {prefix + ".".join(map(str, (*path, *inner))): (*path, *inner)
            for path, number in numbers(value) for inner in number.unknowns()}


def fill(parts: Parts, *, spare: bool = False) -> tuple[Scheme, Population, tuple[Filled, ...], list[Problem]]:
    """Scheme and population with their unknowns filled, what was filled, and what is wrong.

    With `spare`, an assumption for a number that is known after all is left alone (a reform may have given it).
    """
    given = parts.assumptions.fill
    open_scheme, open_population = unknowns(parts.scheme), unknowns(parts.population, "population.")
    problems = [] if spare else _needless(parts, [*open_scheme, *open_population])
    filled: list[Filled] = []
    values: list[Model] = []
    for value, paths in ((parts.scheme, open_scheme), (parts.population, open_population)):
        problems += [_unfilled(value, path, steps, parts.assumptions)
                     for path, steps in paths.items() if path not in given]
        known = {path: steps for path, steps in paths.items() if path in given}
        filled += [_entry(path, given[path]) for path in known]
        try:
            values.append(_with(value, {steps: given[path].value for path, steps in known.items()}, parts.assumptions))
        except InputError as error:
            problems += error.problems
    if problems:
        return parts.scheme, parts.population, (), problems
    scheme, population = values
    assert isinstance(scheme, Scheme)
    assert isinstance(population, Population)
    return scheme, population, tuple(filled), []


def _entry(path: str, assumption: Assumption) -> Filled:
    return Filled(path, assumption.value, assumption.range, assumption.distribution, assumption.source, assumption.mark)


def _with(value: M, numbers_at: dict[Steps, Number], assumptions: Assumptions) -> M:
    if not numbers_at:
        return value
    data = plain(value)
    resolution = value.score.resolution if isinstance(value, Scheme) else 1.0
    source = source_of(value) or Source("", data, {}, {})
    for steps, number in numbers_at.items():
        if number.value is not None and _is_points(steps):
            # A draw from a range is seldom whole, and a table of points is: the nearest that the score can hold.
            number = Number(round(number.value / resolution) * resolution)
        holder = data
        for step in steps[:-1]:
            holder = holder[step]  # type: ignore[index]  # the steps lead through mappings and lists
        holder[steps[-1]] = number.plain()  # type: ignore[index]
        path = ".".join(map(str, steps))
        key = path if path in assumptions.fill else "population." + path
        source = source.patched(steps, data, locate(assumptions, ("fill", key, "value")))
    return validate(source, type(value))


def _is_points(steps: Steps) -> bool:
    return steps[-1] == "points" or steps[0] == "handicaps" or steps in (("score", "start"),) or steps[::2] == (
        "tiers", "from")


def _unfilled(value: Model, path: str, steps: Steps, assumptions: Assumptions) -> Problem:
    source = source_of(assumptions)
    file = Path(source.file).name if source else "the assumptions"
    return locate(value, steps).problem(
        f'{path} is unknown and nothing fills it; write in {file}, under "fill":  '
        f'{path}: {{value: ..., range: [..., ...], source: "..."}}')


def _needless(parts: Parts, paths: list[str]) -> list[Problem]:
    """Assumptions that fill nothing: their path leads nowhere, or to a number that is known."""
    problems = []
    for path in parts.assumptions.fill:
        if path in paths:
            continue
        place = locate(parts.assumptions, ("fill", path, "[key]"))
        if _number_at(parts, path):
            problems.append(place.problem(f'"{path}" is not unknown; take this away, or write unknown there'))
        else:
            problems.append(place.problem(f'"{path}" leads to no unknown number' + did_you_mean(path, paths)))
    return problems


def _number_at(parts: Parts, path: str) -> bool:
    in_population = path.startswith("population.")
    inner = path.removeprefix("population.")
    return any(".".join(map(str, steps)) == inner
               for steps, _ in numbers(parts.population if in_population else parts.scheme))
