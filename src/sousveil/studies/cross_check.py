"""What scheme, population and assumptions say about one another: every name that one uses and another defines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sousveil.errors import Problem, did_you_mean
from sousveil.studies import sizes
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.kinds import excesses
from sousveil.studies.model import KEY, Finding, Model, Steps
from sousveil.studies.number import numbers
from sousveil.studies.number_checks import misfits
from sousveil.studies.population import Population
from sousveil.studies.population_checks import names_of
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import HELD, NOT_HELD
from sousveil.studies.whereabouts import locate

__all__ = ["disagreements"]


def disagreements(scheme: Scheme, population: Population, assumptions: Assumptions) -> list[Problem]:
    """Every disagreement, each with its place in the file that is to be mended."""
    names = names_of(population)
    levels = names | {name: tuple(table) for name, table in population.characteristics.items()}
    natures = levels | dict.fromkeys(population.marks, (HELD, NOT_HELD))
    found = [*_placed(scheme, _scheme(scheme, names)), *_placed(scheme, _gates(scheme, names, natures)),
             *_placed(scheme, _characteristics(scheme, levels)),
             *_placed(population, _population(scheme, population)), *_placed(population, _truth(scheme, population)),
             *(_placed(scheme, _blind(scheme, population.truth.label)) if population.truth else ()),
             *_placed(assumptions, _assumptions(scheme, assumptions, names))]
    # How large a study is says nothing where its names do not go together.
    return found or [*_placed(population, sizes.of_population(population, names))] or [
        *_placed(scheme, sizes.of_scheme(scheme, population, names))]


def _placed(value: Model, findings: Iterator[Finding]) -> list[Problem]:
    return [locate(value, steps).problem(message) for steps, message in findings]


def _scheme(scheme: Scheme, names: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    for path, number in numbers(scheme):
        for inner, message in misfits(number, names):
            yield (*path, *inner), message
    yield from excesses(scheme, names)
    for name, place in scheme.places.items():
        if place.per and place.per not in names:
            nearest = did_you_mean(place.per, list(names))
            yield ("places", name, "per"), f'there is no label "{place.per}"{nearest}'


def _gates(scheme: Scheme, names: Mapping[str, Sequence[str]],
           natures: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Whom ceilings, floors and handicaps are for.

    names    label -> its names, of which a handicap may depend
    natures  the same with characteristics and marks, of which a ceiling or a floor may depend too
    """
    for key, given, known in (("ceilings", tiers_of(scheme.ceilings), natures),
                              ("floors", tiers_of(scheme.floors), natures),
                              ("handicaps", handicaps_of(scheme.handicaps), names)):
        for gate in given:
            for depth, (label, name) in enumerate(gate.when):
                path: Steps = (key, *gate.path[:2 * depth]) if len(gate.path) > 1 else (key,)
                if label not in known:
                    what = "label, characteristic or mark" if known is natures else "label"
                    nearest = did_you_mean(label, [*known, *names["group"]] if depth == 0 else list(known))
                    yield (*path, label, KEY), f'there is no {what} "{label}"{nearest}'
                elif name not in known[label]:
                    path = (*path, label, name) if len(gate.path) > 1 else (*path, name)
                    yield (*path, KEY), f'{label} "{name}" is not in the population{did_you_mean(name, known[label])}'


def _characteristics(scheme: Scheme, levels: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Names that the points of characteristics and the factors use. levels: label or characteristic -> its names."""
    for name, by in scheme.score.times.items():
        if name not in levels:
            yield ("score", "times", name, KEY), f'there is no label and no characteristic "{name}"' + did_you_mean(
                name, list(levels))
            continue
        for level in _strangers(by, levels[name]):
            nearest = did_you_mean(level, levels[name])
            yield ("score", "times", name, level, KEY), f'{name} "{level}" is not in the population{nearest}'
    for name, characteristic in scheme.characteristics.items():
        path: Steps = ("characteristics", name)
        if characteristic.levels is not None and name in levels:
            yield from (((*path, "levels", *steps), message)
                        for steps, message in _levels(characteristic.levels, name, levels[name]))
        wrong = [(index, label) for index, label in enumerate(characteristic.over) if label not in levels]
        for index, label in wrong:
            nearest = did_you_mean(label, list(levels))
            yield (*path, "over", index), f'there is no label and no characteristic "{label}"{nearest}'
        if characteristic.table and not wrong:
            yield from (((*path, "table", *steps), message)
                        for steps, message in _table(characteristic.table, characteristic.over, levels))
        if characteristic.order and sorted(characteristic.order) != sorted(levels.get(name, ())):
            yield (*path, "order"), "the order names every level once: " + ", ".join(levels.get(name, ()))


def _levels(given: Collection[str], what: str, known: Sequence[str]) -> Iterator[Finding]:
    for level in _strangers(given, known):
        yield (level, KEY), f'{what} "{level}" is not in the population{did_you_mean(level, known)}'
    missing = _strangers(known, given)
    if missing and not _strangers(given, known):  # else one is just misspelt
        yield (), f'{what} "{missing[0]}" is missing here; say 0 where it counts for nothing'


def _table(table: Any, over: Sequence[str], levels: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """A table of points, one level inside the other; a number further out holds for all that is further in."""
    if not isinstance(table, Mapping):
        return
    if not over:
        yield (), "the table is deeper than `over` has names"
        return
    yield from _levels(table, over[0], levels[over[0]])
    for level, inner in table.items():
        if level in levels[over[0]]:
            yield from (((level, *steps), message) for steps, message in _table(inner, over[1:], levels))


def _missing(scheme: Scheme, population: Population) -> Iterator[Finding]:
    """Characteristics that one file has and the other lacks."""
    given = population.characteristics
    depended = {label for table in (*given.values(), {str(i): m for i, m in enumerate(population.marks.values())})
                for share in table.values() if not isinstance(share, str) for _, label, _ in share.mentions()}
    used = {name for c in scheme.characteristics.values() for name in c.over} | set(scheme.score.times) | depended
    for name, characteristic in scheme.characteristics.items():
        if characteristic.levels is not None and name not in given:
            yield ("characteristics", KEY), (f'characteristic "{name}" of the scheme is missing under '
                                             '"characteristics": say what share of people is in each level')
    for name in _strangers(given, [*scheme.characteristics, *used]):
        nearest = did_you_mean(name, list(scheme.characteristics))
        yield ("characteristics", name, KEY), f'characteristic "{name}" is not in the scheme{nearest}'
    for trait, together in population.together.items():
        for index, name in enumerate(() if together.of == "all" else together.of):
            ranked = scheme.characteristics.get(name)
            if name in given and (ranked is None or not (ranked.levels is not None or ranked.order)):
                yield ("together", trait, "of", index), (
                    f'of "{name}" it is not known which levels get more points; the scheme has to say it by `levels`, '
                    "or by the `order` of its table")


def _population(scheme: Scheme, population: Population) -> Iterator[Finding]:
    yield from _missing(scheme, population)
    for key, given, wanted, what in (("conduct", population.conduct, scheme.signals, "signal"),
                                     ("marks", population.marks, scheme.marks, "mark"),
                                     ("releases", population.releases, scheme.releases, "release")):
        for name in _strangers(wanted, given):
            say = {"conduct": "how often people do it", "marks": "what share of people hold it",
                   "releases": "the chance of it in a step, for who is in a tier in which it can be done"}[key]
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
    for index, label in enumerate(assumptions.look_alikes):
        if label not in names:
            yield ("look-alikes", index), f'"{label}" is not a label here' + did_you_mean(label, list(names))
    yield from (found for found in excesses(assumptions, names) if found[0][0] != "fill")


def _truth(scheme: Scheme, population: Population) -> Iterator[Finding]:
    """The tiers that a truth is set beside."""
    for index, tier in enumerate(population.truth.flagged if population.truth else ()):
        if tier not in scheme.tiers:
            yield ("truth", "flagged", index), f'tier "{tier}" is not defined' + did_you_mean(tier, list(scheme.tiers))


def _blind(scheme: Scheme, truth: str) -> Iterator[Finding]:
    """Rules that would need to know what the scheme only looks for."""
    said = f'"{truth}" is what the scheme looks for, which no rule can know; let what people do depend on it instead'
    for path, number in numbers(scheme):
        if any(label == truth for _, label, _ in number.mentions()):
            yield path, said
    for key, given in (("ceilings", tiers_of(scheme.ceilings)), ("floors", tiers_of(scheme.floors)),
                       ("handicaps", handicaps_of(scheme.handicaps))):
        yield from (((key, *gate.path), said) for gate in given if truth in dict(gate.when))
    yield from ((("places", name, "per"), said) for name, place in scheme.places.items() if place.per == truth)
    if truth in scheme.score.times:
        yield ("score", "times", truth, KEY), said
    yield from ((("characteristics", name, "over"), said) for name, c in scheme.characteristics.items()
                if truth in c.over)


def _strangers(names: Iterable[str], known: Collection[str]) -> list[str]:
    return [name for name in names if name not in known]
