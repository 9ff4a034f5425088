"""What a population says about itself: shares add up to one, and every label and name is defined.

Each check yields (path, message). Numbers still unknown are left out; they are checked again when they are filled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.errors import did_you_mean
from sousveil.studies.kinds import excesses
from sousveil.studies.model import KEY, Finding, Steps
from sousveil.studies.number import Number, shown
from sousveil.studies.number_checks import cases, misfits
from sousveil.studies.population_fields import PopulationFields, Truth

__all__ = ["inconsistencies", "names_of"]

_CLOSE = 1e-6
_EVERYBODY = "all"
_TAKEN = ("group", "district", "value", "times")


def names_of(population: PopulationFields) -> dict[str, tuple[str, ...]]:
    """label -> its names: group, district and the strata, in the order in which they may depend on one another."""
    return {"group": tuple(population.groups), "district": tuple(population.districts),
            **{label: tuple(table) for label, table in population.strata.items()}}


def inconsistencies(population: PopulationFields) -> Iterator[Finding]:
    """Everything in a population that does not go together."""
    tables: list[tuple[Steps, str, Mapping[str, Any]]] = [
        (("groups",), "group", population.groups), (("districts",), "district", population.districts),
        *((("strata", label), label, table) for label, table in population.strata.items())]
    for label in population.strata:
        if label in _TAKEN:
            yield ("strata", label, KEY), f'"{label}" cannot be the name of a label; it means something else already'
    if _EVERYBODY in population.groups:
        yield ("groups", _EVERYBODY, KEY), f'"{_EVERYBODY}" cannot be the name of a group; it means everybody'
    known: dict[str, tuple[str, ...]] = {}
    for path, label, table in tables:
        for inner, message in _table(table, known):
            yield (*path, *inner), message
        known[label] = tuple(table)
    yield from _numbers(population, known)
    yield from _characteristics(population, known)
    yield from _together(population, known)
    yield from excesses(population, known | {name: tuple(table) for name, table in population.characteristics.items()})
    yield from _households(population)
    yield from _shown(population, known)
    if population.truth is not None:
        yield from _truth(population.truth, population.strata)
    yield from _margins(population, known)
    for index, signal in enumerate(population.frailty.signals or () if population.frailty else ()):
        if signal not in population.conduct:
            nearest = did_you_mean(signal, list(population.conduct))
            yield ("frailty", "signals", index), f'there is no conduct "{signal}"{nearest}'


def _table(table: Mapping[str, Any], known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Shares by name, which may depend on what is known before them."""
    if not table:
        yield (), "at least one name and its share is needed here"
        return
    rest = [name for name, share in table.items() if share == "rest"]
    for name in rest[1:]:
        yield (name,), f'only one share can be "rest", and "{rest[0]}" is already'
    given = {name: share for name, share in table.items() if isinstance(share, Number)}
    misfit = [((name, *path), message) for name, share in given.items() for path, message in misfits(share, known)]
    yield from misfit
    if misfit or any(share.has_unknown for share in given.values()):
        return
    for labels, shares in cases(*given.values()):
        total = sum(shares)
        if (total > 1 + _CLOSE) if rest else abs(total - 1) > _CLOSE:
            where = "".join(f", for {label} {name}" for label, name in labels.items())
            yield (), f"the shares add up to {shown(total)}, not {'at most ' if rest else ''}1{where}"
            return


def _characteristics(population: PopulationFields, labels: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    known = dict(labels)
    for name, table in population.characteristics.items():
        path: Steps = ("characteristics", name)
        if name in _TAKEN or name in known or name in population.marks:
            yield (*path, KEY), f'"{name}" cannot be the name of a characteristic; it means something else already'
            continue
        for inner, message in _table(table, known):
            yield (*path, *inner), message
        known[name] = tuple(table)
    for name, share in population.marks.items():
        for inner, message in misfits(share, known):
            yield ("marks", name, *inner), message


def _together(population: PopulationFields, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for index, (name, trait) in enumerate(population.together.items()):
        if index:
            yield ("together", name, KEY), "one trait is all that can be told from shares; name what it holds together"
        for inner, message in misfits(trait.strength, known):
            yield ("together", name, "strength", *inner), message
        there = [*population.characteristics, *population.marks]
        if trait.of == "all":
            continue
        for i, member in enumerate(trait.of):
            if member not in there:
                nearest = did_you_mean(member, there)
                yield ("together", name, "of", i), f'there is no characteristic and no mark "{member}"{nearest}'
            elif member in trait.of[:i]:
                yield ("together", name, "of", i), f'"{member}" stands here twice'


def _numbers(population: PopulationFields, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    given: list[tuple[Steps, Number]] = [(("income",), population.income)]
    for kind, conduct in population.conduct.items():
        if conduct.rate is not None:
            given.append((("conduct", kind, "rate"), conduct.rate))
        if conduct.chance is not None:
            given.append((("conduct", kind, "chance"), conduct.chance))
    given += [(("releases", name), chance) for name, chance in population.releases.items()]
    for path, number in given:
        for inner, message in misfits(number, known):
            yield (*path, *inner), message
    if population.frailty is not None:  # one law for everybody: its classes are cut once
        for inner, message in misfits(population.frailty.shape, {}):
            yield ("frailty", "shape", *inner), message


def _shown(population: PopulationFields, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """What readers see instead of the names of the file: of names there are, and no two alike."""
    for label, names in population.shown.items():
        if label not in known:
            yield ("shown", label, KEY), f'"{label}" is not a label here' + did_you_mean(label, list(known))
            continue
        for name in names:
            if name not in known[label]:
                nearest = did_you_mean(name, list(known[label]))
                yield ("shown", label, name, KEY), f'{label} "{name}" is not in the population{nearest}'
        seen = [names.get(name, name) for name in known[label]]
        for name, text in names.items():
            if seen.count(text) > 1:
                yield ("shown", label, name), f'two names of {label} would be shown as "{text}"'
                break


def _truth(truth: Truth, strata: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    if truth.label not in strata:
        yield ("truth", "label"), f'there is no stratum "{truth.label}"' + did_you_mean(truth.label, list(strata))
        return
    names = list(strata[truth.label])
    for index, name in enumerate(truth.positive):
        if name not in names:
            nearest = did_you_mean(name, names)
            yield ("truth", "positive", index), f'{truth.label} "{name}" is not in the population{nearest}'
    if set(names) <= set(truth.positive):
        yield ("truth", "positive"), f"every {truth.label} is positive, so there is nobody to be wrong about"


def _households(population: PopulationFields) -> Iterator[Finding]:
    for key, shares in (("adults", population.households.adults), ("children", population.households.children)):
        total = sum(shares.values())
        if abs(total - 1) > _CLOSE:
            yield ("households", key), f"the shares of households add up to {shown(total)}, not 1"


def _margins(population: PopulationFields, known: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    totals: list[dict[tuple[str, ...], float] | None] = []
    for index, margin in enumerate(population.margins):
        path: Steps = ("margins", index)
        wrong = [((*path, "over", i), f'"{label}" is not a label here' + did_you_mean(label, list(known)))
                 for i, label in enumerate(margin.over) if label not in known]
        if len(set(margin.over)) < len(margin.over) or not margin.over:
            wrong.append(((*path, "over"), "a margin is over one or more labels, each named once"))
        leaves: dict[tuple[str, ...], float] = {}
        wrong = wrong or [((*path, "shares", *inner), message)
                          for inner, message in _margin(margin.shares, margin.over, known, leaves)]
        total = sum(leaves.values())
        if not wrong and abs(total - 1) > _CLOSE:
            wrong.append(((*path, "shares"), f"the shares of the margin add up to {shown(total)}, not 1"))
        yield from wrong
        totals.append(None if wrong else leaves)
    for (i, one), (j, other) in itertools.combinations(enumerate(totals), 2):
        if one is not None and other is not None:
            yield from _clash(population, i, one, j, other)


def _margin(shares: Any, over: tuple[str, ...], known: Mapping[str, tuple[str, ...]],
            leaves: dict[tuple[str, ...], float], at: tuple[str, ...] = ()) -> Iterator[Finding]:
    if not over:
        if isinstance(shares, bool) or not isinstance(shares, int | float) or not 0 <= shares <= 1:
            yield at, "expected a share between 0 and 1"
        else:
            leaves[at] = float(shares)
        return
    if not isinstance(shares, Mapping):
        yield at, f'expected shares by {over[0]}'
        return
    for name, inner in shares.items():
        if name not in known[over[0]]:
            yield (*at, name, KEY), f'there is no {over[0]} "{name}"' + did_you_mean(str(name), list(known[over[0]]))
        else:
            yield from _margin(inner, over[1:], known, leaves, (*at, name))


def _clash(population: PopulationFields, i: int, one: dict[tuple[str, ...], float], j: int,
           other: dict[tuple[str, ...], float]) -> Iterator[Finding]:
    """Two margins must agree on the labels that both are over."""
    first, second = population.margins[i], population.margins[j]
    shared = [label for label in first.over if label in second.over]
    sums: list[dict[tuple[str, ...], float]] = []
    for margin, leaves in ((first, one), (second, other)):
        axes = [margin.over.index(label) for label in shared]
        total: dict[tuple[str, ...], float] = {}
        for names, share in leaves.items():
            key = tuple(names[axis] for axis in axes)
            total[key] = total.get(key, 0.0) + share
        sums.append(total)
    for key in dict.fromkeys((*sums[0], *sums[1])):
        a, b = sums[0].get(key, 0.0), sums[1].get(key, 0.0)
        if abs(a - b) > _CLOSE:
            who = ", ".join(f"{label} {name}" for label, name in zip(shared, key, strict=True))
            message = f"for {who} this margin gives {shown(b)} and margin {i + 1} gives {shown(a)}: they clash"
            yield ("margins", j, "shares"), message
            return
