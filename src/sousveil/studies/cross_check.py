"""What scheme, population and assumptions say about one another: every name that one uses and another defines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sousveil.errors import Problem, did_you_mean
from sousveil.studies import sizes
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.kinds import excesses
from sousveil.studies.number import KEY, Finding, Model, misfits, numbers
from sousveil.studies.population import Population
from sousveil.studies.population_checks import names_of
from sousveil.studies.scheme import Scheme
from sousveil.studies.yaml_source import locate

__all__ = ["disagreements"]


def disagreements(scheme: Scheme, population: Population, assumptions: Assumptions) -> list[Problem]:
    """Every disagreement, each with its place in the file that is to be mended."""
    names = names_of(population)
    found = [*_placed(scheme, _scheme(scheme, names)), *_placed(population, _population(scheme, population)),
             *_placed(assumptions, _assumptions(scheme, assumptions, names))]
    # How large a study is says nothing where its names do not go together.
    return found or [*_placed(population, sizes.of_population(population, names))] or [
        *_placed(scheme, sizes.of_scheme(scheme, population, names))]


def _placed(value: Model, findings: Iterator[Finding]) -> list[Problem]:
    return [locate(value, steps).problem(message) for steps, message in findings]


def _scheme(scheme: Scheme, names: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for key, by_group in (("ceilings", scheme.ceilings), ("handicaps", scheme.handicaps)):
        for group in _strangers(by_group, names["group"]):
            nearest = did_you_mean(group, names["group"])
            yield (key, group, KEY), f'group "{group}" is not in the population{nearest}'
    for path, number in numbers(scheme):
        for inner, message in misfits(number, names):
            yield (*path, *inner), message
    yield from excesses(scheme, names)


def _population(scheme: Scheme, population: Population) -> Iterator[Finding]:
    for key, given, wanted, what in (("conduct", population.conduct, scheme.signals, "signal"),
                                     ("marks", population.marks, scheme.marks, "mark")):
        for name in _strangers(wanted, given):
            say = "how often people do it" if key == "conduct" else "what share of people hold it"
            yield (key, KEY), f'{what} "{name}" of the scheme is missing under "{key}": say {say}'
        for name in _strangers(given, wanted):
            nearest = did_you_mean(name, list(wanted))
            yield (key, name, KEY), f'{what} "{name}" is not in the scheme{nearest}'


def _assumptions(scheme: Scheme, assumptions: Assumptions, names: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    kinds = [*scheme.signals, "expressive", "necessity", "all"]
    for name in _strangers(assumptions.chilling, kinds):
        nearest = did_you_mean(name, kinds)
        yield ("chilling", name, KEY), f'"{name}" is neither a signal nor expressive, necessity or all{nearest}'
    for name in _strangers(assumptions.perceived, scheme.channels):
        nearest = did_you_mean(name, list(scheme.channels))
        yield ("perceived", name, KEY), f'channel "{name}" is not in the scheme{nearest}'
    for path, number in numbers(assumptions):
        if path[0] != "fill":  # what is filled in was checked in its place
            for inner, message in misfits(number, names):
                yield (*path, *inner), message
    yield from (found for found in excesses(assumptions, names) if found[0][0] != "fill")


def _strangers(names: Iterable[str], known: Collection[str]) -> list[str]:
    return [name for name in names if name not in known]
