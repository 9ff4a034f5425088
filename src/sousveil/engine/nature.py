"""What a person is, drawn by the oracle: levels of characteristics, and marks, with a trait that nobody sees.

Written down plainly, person by person, so that the laws of `start` have somebody to be judged by.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import NormalDist
from typing import TypeVar

from sousveil.draws import Stream
from sousveil.studies.number import Number
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import HELD, NOT_HELD

__all__ = ["Nature", "pick"]

PLACES = [-8.0 + 16.0 * (i + 0.5) / 400 for i in range(400)]
"""Where a standard normal trait is looked at when chances are averaged over people (midpoint rule)."""

Name = TypeVar("Name")


class Nature:
    """What a person is: one level of every characteristic of the population, and which marks are held."""

    def __init__(self, scheme: Scheme, population: Population) -> None:
        self.scheme, self.population = scheme, population
        self.trait = next(iter(population.together.values()), None)
        self._cuts: dict[tuple[str, ...], list[float]] = {}

    def of(self, labels: Mapping[str, str], luck: Stream) -> dict[str, str]:
        """The labels of a person, and a name for all else: the level held; `held` or `not held` for a mark.

        What a gate asks for is a label already: then people are drawn until one has it.
        """
        drawn = (*self.population.characteristics, *self.population.marks)
        plain = {label: name for label, name in labels.items() if label not in drawn}
        while True:
            nature = self._drawn(plain, luck)
            if all(nature[label] == name for label, name in labels.items()):
                return nature

    def _drawn(self, labels: Mapping[str, str], luck: Stream) -> dict[str, str]:
        nature = dict(labels)
        z = NormalDist().inv_cdf(luck.uniform()) if self.trait is not None else 0.0
        for name in (*self.population.characteristics, *self.population.marks):
            nature[name] = pick(self._shares_at(name, z, nature), luck)
        return nature

    def _shares_at(self, name: str, z: float, nature: Mapping[str, str]) -> dict[str, float]:
        """Shares of the levels among people of this nature whose trait is z."""
        shares = self._shares(name, nature)
        strength = self._strength(name, nature)
        if strength == 0.0:
            return shares
        ranked = sorted(shares, key=lambda level: self._rank(name, level, nature))
        at_least = [1.0, *(_logistic(cut + strength * z) for cut in self._cut(name, ranked, nature)), 0.0]
        return {level: max(0.0, at_least[j] - at_least[j + 1]) for j, level in enumerate(ranked)}

    def _shares(self, name: str, nature: Mapping[str, str]) -> dict[str, float]:
        """The shares as the file gives them."""
        if name in self.population.marks:
            held = self.population.marks[name].at(nature)
            return {HELD: held, NOT_HELD: 1.0 - held}
        table = self.population.characteristics[name]
        given = {level: share.at(nature) for level, share in table.items() if isinstance(share, Number)}
        return {level: given.get(level, 1.0 - sum(given.values())) for level in table}

    def _strength(self, name: str, nature: Mapping[str, str]) -> float:
        counts = name in self.scheme.marks or name in self.scheme.characteristics
        if self.trait is None or not (counts if self.trait.of == "all" else name in self.trait.of):
            return 0.0
        return self.trait.strength.at(nature)

    def _cut(self, name: str, ranked: list[str], nature: Mapping[str, str]) -> list[float]:
        """The a of each level but the lowest: 1 / (1 + exp(-(a + strength z))) is on average the share from it up."""
        parents = self._parents(name)
        drawn = {*self.population.characteristics, *self.population.marks}.difference(parents)
        key = (name, *(value for what, value in nature.items() if what not in drawn))
        if key not in self._cuts:
            shares, strength = self._shares(name, nature), self._strength(name, nature)
            likely = [math.exp(-z * z / 2.0) * self._chance(parents, {}, z, nature) for z in PLACES]
            self._cuts[key] = []
            for j in range(1, len(ranked)):
                wanted = sum(shares[level] for level in ranked[j:]) * sum(likely)
                low, high = -200.0, 200.0
                for _ in range(70):
                    before, middle = (low, high), (low + high) / 2.0
                    met = sum(w * _logistic(middle + strength * z)
                              for w, z in zip(likely, PLACES, strict=True))
                    low, high = (low, middle) if met > wanted else (middle, high)
                    if (low, high) == before:
                        break
                self._cuts[key].append(middle)
        return self._cuts[key]

    def _parents(self, name: str) -> list[str]:
        """The characteristics that its shares depend on, in the order of the file."""
        given: Iterable[object] = [self.population.marks[name]] if name in self.population.marks else (
            self.population.characteristics[name].values())
        named = {label for share in given if isinstance(share, Number) for _, label, _ in share.mentions()}
        return [other for other in self.population.characteristics if other in named]

    def _chance(self, wanted: list[str], told: dict[str, str], z: float, nature: Mapping[str, str]) -> float:
        """The chance that the wanted characteristics have the levels that they have in `nature`, for a trait z.

        told    levels that were gone through so far
        """
        left = [name for name in self.population.characteristics if name not in told
                and any(name == other or name in self._above(other) for other in wanted)]
        if not left:
            return 1.0
        labels = {k: v for k, v in nature.items()
                  if k not in self.population.characteristics and k not in self.population.marks}
        shares = self._shares_at(left[0], z, labels | told)
        return sum(share * self._chance(wanted, told | {left[0]: level}, z, nature)
                   for level, share in shares.items()
                   if share > 0.0 and (left[0] not in wanted or level == nature[left[0]]))

    def _above(self, name: str) -> set[str]:
        """All that its shares depend on, and what that depends on."""
        parents = set(self._parents(name))
        return parents.union(*(self._above(other) for other in parents))

    def _rank(self, name: str, level: str, nature: Mapping[str, str]) -> float:
        if name in self.scheme.marks:
            return self.scheme.marks[name].points.at(nature) if level == HELD else 0.0
        rule = self.scheme.characteristics[name]
        return rule.order.index(level) if rule.order else (rule.levels or {})[level].at(nature)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700.0 else 0.0


def pick(shares: Mapping[Name, float], luck: Stream) -> Name:
    """One of the names, each with its share."""
    left = luck.uniform() * sum(shares.values())
    for name, share in shares.items():
        left -= share
        if left < 0.0:
            return name
    return name
