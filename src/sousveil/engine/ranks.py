"""Places, compiled: who can be chosen, in which order, how many of each pool, and what it brings (MODEL.md section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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


def rights(scheme: Scheme) -> tuple[tuple[PlaceRight, ...], tuple[tuple[int, int], ...]]:
    """What places beside a tier bring, and for how long: (place, steps), in order."""
    names = list(scheme.places)
    found = [PlaceRight(names.index(name), c.right, c.effect, c.effect in BURDENS, c.term or 0, c.domain)
             for name in lasting(scheme) for c in scheme.consequences.get(name, ())]
    return tuple(found), tuple(sorted({(right.place, right.term) for right in found}))


def numbers(place: Place) -> Iterator[Ints]:
    """How many are chosen of each pool, time after time, int64[Q] each.

    A pool whose number is its own gets whole places as they fall due. Where one number is divided over pools, they get
    the whole number of those due so far together, the largest remainders before the others, the first pool before the
    next; what a pool gets more or less than its part is made good the next time.
    """
    owed = np.zeros(len(place.number))
    while True:
        owed += place.number
        # Rounded, so that sums that are whole in the file stay whole in binary.
        near = np.round(owed, 6)
        most = int(np.floor(np.round(owed.sum(), 6))) if place.divided else int(np.floor(near).sum())
        now = np.maximum(0, np.floor(near)).astype(np.int64)
        order = np.argsort(-(near - now), kind="stable")
        for pool in order[:max(0, most - int(now.sum()))]:
            now[pool] += 1
        for pool in order[::-1]:
            now[pool] -= min(int(now[pool]), max(0, int(now.sum()) - most))
        owed -= now
        yield now.copy()
