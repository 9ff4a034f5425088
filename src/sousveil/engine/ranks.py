"""Places, compiled: who can be chosen, in which order, how many of each pool, and what it brings (MODEL.md section 3).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine.cells import Cells
from sousveil.errors import InputError
from sousveil.studies.frozen import Value
from sousveil.studies.place_checks import lasting, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["Place", "PlaceRight", "due", "numbers", "places", "rights"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Earlier(NamedTuple):
    """How many places there were in an earlier period, until they had been given out so often; see `Place`."""

    until: int
    number: Floats
    divided: bool


@dataclass(frozen=True, slots=True, eq=False)
class Place(Value):
    """What there is a limited number of.

    tiers    the tiers in which people can be chosen, as bits
    sign     1 where the lowest score comes first, -1 where the highest does, 0 where a weight decides
    every, first  in which steps: at the end of `first`, and of every so many after it
    pool     int64[C], in which pool a cell is ranked; names: of the Q pools
    number   float64[Q], how many are chosen each time, on average over times; divided: of one number for all pools
    weight   float64[C], chances in proportion to it; 1 where scores decide
    goes     the standing to which who is chosen leaves; -1 where nobody leaves
    held     its place among those that are held beside a tier; -1 where people leave
    before   where rules change on a date: how many there were until then
    """

    name: str
    tiers: int
    sign: int
    every: int
    first: int
    pool: Ints
    names: tuple[str, ...]
    number: Floats
    divided: bool
    weight: Floats
    goes: int
    held: int
    before: tuple[Earlier, ...] = ()

    def nth(self, step: int) -> int:
        """How often places were given out before this step."""
        return max(0, -(-(step - self.first) // self.every))


class PlaceRight(NamedTuple):
    """A right affected for so many steps after a place beside a tier was given, see `Plan.places`."""

    place: int
    right: str
    effect: str
    burden: bool
    term: int
    domain: str


def due(given: tuple[Place, ...], step: int) -> list[int]:
    """The places that are given out at the end of a step, 0 being the start."""
    return [n for n, place in enumerate(given) if step >= place.first and (step - place.first) % place.every == 0]


def places(scheme: Scheme, population: Population, cells: Cells, labels: list[dict[str, str]]) -> tuple[Place, ...]:
    """The places of a scheme. Raises InputError, UnknownNumber."""
    tiers, beside = standings(scheme), lasting(scheme)
    whole = population.people / (population.stands_for or population.people)
    found = []
    for name, place in scheme.places.items():
        label = place.per
        names = cells.names[label] if label else ("",)
        pool = (cells.code[:, cells.labels.index(label)] if label else np.zeros(len(cells))).astype(np.int64)
        people = np.bincount(pool, weights=cells.share, minlength=len(names)) * population.people
        at: list[dict[str, str]] = [{label: one} if label else {} for one in names]
        if place.share is not None:
            number = people * [place.share.at(x) for x in at]
        else:
            assert place.number is not None
            part = people / people.sum() if place.divided else np.ones(len(names))
            number = part * whole * [place.number.at(x) for x in at]
        who = list(scheme.tiers) if place.who == "all" else place.who
        weight = np.array([1.0 if place.weight is None else place.weight.at(x) for x in labels])
        if (weight < 0).any():
            raise InputError(f"the weight of {name} is below 0 for somebody")
        direction = {"worst-first": 1, "best-first": -1, None: 0}[place.order]
        found.append(Place(name, sum(1 << tiers.index(tier) for tier in who), direction, place.every, place.begins,
                           pool, tuple(names), number, place.divided, weight, tiers.index(name) if place.leaves else -1,
                           -1 if place.leaves else beside.index(name)))
    return tuple(found)


def continued(place: Place, before: Sequence[Place], begins: Sequence[int]) -> Place:
    """The same places under later rules: what is due goes on from what was given under those before.

    before, begins   the places under earlier rules, and the steps from which each next rules were in force
    """
    return replace(place, before=tuple(Earlier(place.nth(at), earlier.number, earlier.divided)
                                       for earlier, at in zip(before, begins, strict=True)))


def rights(scheme: Scheme,
           course: Sequence[Scheme]) -> tuple[tuple[PlaceRight, ...], tuple[tuple[int, int], ...]]:
    """What places beside a tier bring, and for how long, in some period: (place, steps), in order."""
    names = list(scheme.places)

    def found(scheme: Scheme) -> list[PlaceRight]:
        return [PlaceRight(names.index(name), c.right, c.effect, c.effect in BURDENS, c.term or 0, c.domain)
                for name in lasting(scheme) for c in scheme.consequences.get(name, ())]

    return tuple(found(scheme)), tuple(sorted({(right.place, right.term) for each in course for right in found(each)}))


def numbers(place: Place) -> Iterator[Ints]:
    """How many are chosen of each pool, time after time, int64[Q] each.

    A pool whose number is its own gets whole places as they fall due. Where one number is divided over pools, they get
    the whole number of those due so far together, the largest remainders before the others, the first pool before the
    next; what a pool gets more or less than its part is made good the next time.
    """
    owed = np.zeros(len(place.number))
    for nth in itertools.count():
        number, divided = next(((e.number, e.divided) for e in place.before if nth < e.until),
                               (place.number, place.divided))
        owed += number
        # Rounded, so that sums that are whole in the file stay whole in binary.
        near = np.round(owed, 6)
        most = int(np.floor(np.round(owed.sum(), 6))) if divided else int(np.floor(near).sum())
        now = np.maximum(0, np.floor(near)).astype(np.int64)
        order = np.argsort(-(near - now), kind="stable")
        for pool in order[:max(0, most - int(now.sum()))]:
            now[pool] += 1
        for pool in order[::-1]:
            now[pool] -= min(int(now[pool]), max(0, int(now.sum()) - most))
        owed -= now
        yield now.copy()
