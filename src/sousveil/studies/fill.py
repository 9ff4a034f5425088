"""What nobody has published, filled from the assumptions: which numbers, with what, from which range and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.studies.assumptions import Assumption, Assumptions
from sousveil.studies.kinds import bounds_of, inside
from sousveil.studies.model import KEY, Model, Steps
from sousveil.studies.number import IN_POINTS, Bounds, Number, numbers
from sousveil.studies.patch import plain
from sousveil.studies.paths import Inconsistent, replaced
from sousveil.studies.population import Population
from sousveil.studies.reform import Parts
from sousveil.studies.scheme import Scheme
from sousveil.studies.whereabouts import Source, locate, remember, source_of
from sousveil.studies.yaml_source import validate

__all__ = ["Filled", "fill", "unfilled", "unknowns"]

M = TypeVar("M", bound=Model)

IN_POPULATION = "population."
"""What the assumptions write before a path into the population."""


@dataclass(frozen=True, slots=True)
class Filled:
    """An unknown number and what the assumptions say in its place.

    path    as the assumptions write it; steps: the same in the scheme, or in the population
    """

    path: str
    value: Number
    range: tuple[float, float] | None
    distribution: str
    source: str
    mark: str
    steps: Steps


def unknowns(value: Model, prefix: str = "") -> dict[str, Steps]:
    """The path of every number, or part of one, that is still unknown."""
    return {prefix + ".".join(map(str, (*path, *inner))): (*path, *inner)
            for path, number in numbers(value) for inner in number.unknowns()}


def fill(parts: Parts, *, spare: bool = False) -> tuple[Scheme, Population, tuple[Filled, ...], list[Problem]]:
    """Scheme and population with their unknowns filled, what was filled, and what is wrong.

    With `spare`, an assumption for a number that is known after all is left alone (a reform may have given it).
    What was filled stands, in both, where the assumptions say it.
    """
    given = parts.assumptions.fill
    open_scheme, open_population = unknowns(parts.scheme), unknowns(parts.population, IN_POPULATION)
    problems = _unfilled(parts, open_scheme, open_population)
    problems += [] if spare else _needless(parts, [*open_scheme, *open_population])
    filled: list[Filled] = []
    values: list[Model] = []
    for value, paths in ((parts.scheme, open_scheme), (parts.population, open_population)):
        entries = [_entry(path, steps, given[path]) for path, steps in paths.items() if path in given]
        filled += entries
        try:
            values.append(_with(value, entries, parts.assumptions))
        except InputError as error:
            problems += error.problems
    if problems:
        return parts.scheme, parts.population, (), problems
    scheme, population = values
    assert isinstance(scheme, Scheme)
    assert isinstance(population, Population)
    return scheme, population, tuple(filled), []


def unfilled(scheme: Scheme, population: Population, filled: Iterable[Filled]) -> tuple[Scheme, Population]:
    """Scheme and population as they were written: unknown again where something was filled."""
    steps: dict[bool, dict[Steps, Number]] = {True: {}, False: {}}
    for entry in filled:
        steps[entry.path.startswith(IN_POPULATION)][entry.steps] = Number()
    return (replaced(scheme, steps[False], checked=False) if steps[False] else scheme,
            replaced(population, steps[True], checked=False) if steps[True] else population)


def _entry(path: str, steps: Steps, assumption: Assumption) -> Filled:
    return Filled(path, assumption.value, assumption.range, assumption.distribution, assumption.source, assumption.mark,
                  steps)


def _with(value: M, filled: Sequence[Filled], assumptions: Assumptions) -> M:
    """The value with what was filled. Raises InputError with every mistake, each where the assumptions say it."""
    if not filled:
        return value
    bounds = {entry.steps: _bounds(value, entry.steps) for entry in filled}
    new = {entry.steps: _fitting(value, entry.value, bounds[entry.steps]) for entry in filled}
    source = source_of(value) or Source("", {}, {})
    for entry in filled:
        source = source.patched(entry.steps, locate(assumptions, ("fill", entry.path, "value")))
    try:
        if all(number.within(bounds[steps].low, bounds[steps].high) for steps, number in new.items()):
            return remember(replaced(value, new), source)
    except Inconsistent:
        pass
    # Something does not fit where it lands: the whole is read, and says all that is wrong.
    data = plain(value)
    for steps, number in new.items():
        holder: Any = data
        for step in steps[:-1]:
            holder = holder[step]
        holder[steps[-1]] = number.plain()
    return validate(source, data, (), type(value))


def _fitting(value: Model, number: Number, bounds: Bounds) -> Number:
    """A draw from a range is seldom whole, and a table of points is: the nearest that the score can hold."""
    if number.value is None or not isinstance(value, Scheme) or bounds != IN_POINTS:
        return number
    return Number(round(number.value / value.score.resolution) * value.score.resolution)


def _bounds(value: Model, steps: Steps) -> Bounds:
    """The bounds of the number that these steps lead to, or into."""
    kind: Any = type(value)
    for step in steps:
        deeper = inside(kind, step)
        if deeper is Any:
            break
        kind = deeper
    return bounds_of(kind)


def _unfilled(parts: Parts, scheme: Mapping[str, Steps], population: Mapping[str, Steps]) -> list[Problem]:
    """Unknown numbers that the assumptions do not fill."""
    missing = [(path, locate(value, steps))
               for value, paths in ((parts.scheme, scheme), (parts.population, population))
               for path, steps in paths.items() if path not in parts.assumptions.fill]
    source = source_of(parts.assumptions)
    if missing and source is None and source_of(parts.scheme) is not None:
        first, place = missing[0]
        what = f"{first} is" if len(missing) == 1 else f"{first} and {len(missing) - 1} more numbers are"
        return [place.problem(f'{what} unknown, and there is no assumptions.yaml beside study.yaml; write one, with a '
                              f'name under "assumptions" and, under "fill":  {_example(first)}')]
    file = Path(source.file).name if source else "the assumptions"
    return [place.problem(f'{path} is unknown and nothing fills it; write in {file}, under "fill":  {_example(path)}')
            for path, place in missing]


def _example(path: str) -> str:
    return f'{path}: {{value: ..., range: [..., ...], source: "..."}}'


def _needless(parts: Parts, paths: list[str]) -> list[Problem]:
    """Assumptions that fill nothing: their path leads nowhere, or to a number that is known."""
    problems = []
    for path in parts.assumptions.fill:
        if path in paths:
            continue
        place = locate(parts.assumptions, ("fill", path, KEY))
        if _number_at(parts, path):
            problems.append(place.problem(f'"{path}" is not unknown; take this away, or write unknown there'))
        else:
            problems.append(place.problem(f'"{path}" leads to no unknown number' + did_you_mean(path, paths)))
    return problems


def _number_at(parts: Parts, path: str) -> bool:
    in_population = path.startswith(IN_POPULATION)
    inner = path.removeprefix(IN_POPULATION)
    return any(".".join(map(str, steps)) == inner
               for steps, _ in numbers(parts.population if in_population else parts.scheme))
