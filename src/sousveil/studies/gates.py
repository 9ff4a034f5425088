"""Rules that hold for some people only: ceilings, floors and handicaps, each with the labels of those it is for.

    ceilings: {B: middle}                                    for the members of a group
    ceilings: {district: {north: middle}}                    by any other label, which is named first
    ceilings: {district: {north: {group: {B: middle}}}}      for those who have both
    ceilings: {arrears: {held: low}}                         by a mark, or by a level of a characteristic
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from sousveil.studies.gate_fields import ByPoints, ByTier
from sousveil.studies.model import Steps
from sousveil.studies.number import Number
from sousveil.studies.population_fields import PopulationFields
from sousveil.studies.scheme_fields import HELD, NOT_HELD, SchemeFields

__all__ = ["Gate", "handicaps_of", "labels_of_rules", "levels_of_gates", "of_groups", "tiers_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gate(Generic[T]):
    """A rule and whom it is for.

    path   where it stands, below `ceilings`, `floors` or `handicaps`
    when   (label, characteristic or mark; its name or level), all of which hold for those whom it is for
    rule   a tier, or points
    """

    path: Steps
    when: tuple[tuple[str, str], ...]
    rule: T

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether it is for somebody with these labels."""
        return all(labels[label] == name for label, name in self.when)


def tiers_of(given: Mapping[str, ByTier]) -> Iterator[Gate[str]]:
    """The gates that `ceilings` or `floors` hold, in the order of the file."""
    for key, tier in given.items():
        if isinstance(tier, str):
            yield Gate((key,), (("group", key),), tier)
        else:
            for name, inner in tier.items():
                if isinstance(inner, str):
                    yield Gate((key, name), ((key, name),), inner)
                else:
                    for label, names in inner.items():
                        for other, lower in names.items():
                            yield Gate((key, name, label, other), ((key, name), (label, other)), lower)


def handicaps_of(given: Mapping[str, ByPoints]) -> Iterator[Gate[Number]]:
    """The points that `handicaps` hold, in the order of the file."""
    for key, points in given.items():
        if isinstance(points, Number):
            yield Gate((key,), (("group", key),), points)
        else:
            yield from (Gate((key, name), ((key, name),), inner) for name, inner in points.items())


def levels_of_gates(scheme: SchemeFields, population: PopulationFields) -> dict[str, tuple[str, ...]]:
    """The characteristics and marks that a ceiling or a floor asks for -> their levels, in the population's order."""
    named = {label for given in (scheme.ceilings, scheme.floors) for gate in tiers_of(given) for label, _ in gate.when}
    named -= {"group", "district", *population.strata}
    levels = {name: tuple(table) for name, table in population.characteristics.items()}
    levels |= dict.fromkeys(population.marks, (HELD, NOT_HELD))
    return {name: levels[name] for name in levels if name in named}


def labels_of_rules(scheme: SchemeFields) -> set[str]:
    """The labels, characteristics and marks that thresholds, ceilings, floors and handicaps differ by."""
    found = {label for tier in scheme.tiers.values() for _, label, _ in tier.from_.mentions()}
    for gate in (*tiers_of(scheme.ceilings), *tiers_of(scheme.floors)):
        found |= {label for label, _ in gate.when}
    for points in handicaps_of(scheme.handicaps):
        found |= {label for label, _ in points.when} | {label for _, label, _ in points.rule.mentions()}
    return found


def of_groups(gates: Iterable[Gate[T]]) -> dict[str, Gate[T]]:
    """Those that are for all members of a group -> by its name."""
    return {gate.when[0][1]: gate for gate in gates if len(gate.when) == 1 and gate.when[0][0] == "group"}
