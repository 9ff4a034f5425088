"""Synthetic persons: who is in which cell, and who lives with whom (MODEL.md section 2).

Persons are numbered in the order of units (district, group), so that a unit's people are neighbours in memory, and so
are the members of a household. A household lies within one unit. Inside a unit, who is in which cell is a keyed
permutation when people share households, so that a household mixes cells; otherwise people stand in order of cells.

A nation does not fit into memory. What belongs together is cut into spans: runs of whole households of one unit. Any
span can be made by itself, from the seed and the number of its first household.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, uniforms
from sousveil.engine.arrays import HEAD
from sousveil.engine.cells import integer_sizes
from sousveil.engine.plan import Plan

__all__ = ["People", "Span", "alike", "crowd", "find", "household_at", "outline", "settle", "sizes", "spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """Persons first .. last-1 of a unit, counted in the unit; `household` is the number of the first's household."""

    unit: int
    first: int
    last: int
    household: int

    def __len__(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The persons of some spans, one after the other.

    cell    uint16[N]; home uint8[N], see HEAD and CHILDREN
    begins  int64[V+1], where the persons of each span begin; unit int64[V], its unit
    shift   int64[V], what to add to a place in these arrays to get the person's number
    """

    cell: npt.NDArray[np.uint16]
    home: npt.NDArray[np.uint8]
    begins: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)


def settle(plan: Plan, seed: int, parts: Sequence[Span] | None = None) -> People:
    """Place and house the people of some spans; default: everybody. A function of plan, seed and spans.

    Household sizes are drawn from the shares of households by number of adults until a unit's people are housed; the
    last household of a unit may be smaller.
    """
    from sousveil.engine import kernels

    parts = list(spans(plan, seed)) if parts is None else parts
    begins, unit, shift = outline(plan, parts)
    people = People(np.zeros(begins[-1], dtype=np.uint16), np.full(begins[-1], HEAD, dtype=np.uint8), begins, unit,
                    shift)
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    adults, children = _shares(plan)
    for i, part in enumerate(parts):
        members = np.flatnonzero(plan.cell_unit == part.unit)
        upto = np.cumsum(sizes(plan, seed, part.unit))
        kernels.place(people.cell, begins[i], part.first, len(part), upto, members[0], part.unit, plan.tied, *key)
        if plan.tied:
            kernels.households(people.home, begins[i], len(part), part.household, part.unit, adults, children, *key)
    return people


def alike(plan: Plan, other: Plan) -> bool:
    """Whether the same people live under two plans, whatever the seed."""
    return (all(np.array_equal(a, b) for a, b in ((plan.unit_size, other.unit_size), (plan.cell_unit, other.cell_unit),
                                                  (plan.cells.share, other.cells.share)))
            and plan.adults == other.adults and plan.children == other.children)


def sizes(plan: Plan, seed: int, unit: int) -> npt.NDArray[np.int64]:
    """How many of a unit's people are in each of its cells, in the order of the cells: int64[cells of the unit].

    Each is less than one away from its share, and right on average over seeds.
    """
    turn = float(uniforms(seed, unit, 0, Purpose.SIZE)[0])
    return integer_sizes(plan.cells.share[plan.cell_unit == unit], _people_of(plan, unit), turn)


def crowd(plan: Plan, seed: int) -> npt.NDArray[np.int64]:
    """How many people are in each cell: int64[C]."""
    return np.concatenate([sizes(plan, seed, unit) for unit in range(len(plan.unit_group))])


def outline(plan: Plan, parts: Sequence[Span]) -> tuple[npt.NDArray[np.int64], ...]:
    """begins, unit and shift of the people of some spans, see `People`."""
    begins = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    numbers = np.array([_first_number(plan, part.unit) + part.first for part in parts], dtype=np.int64)
    return begins, np.array([part.unit for part in parts], dtype=np.int64), numbers - begins[:-1]


def spans(plan: Plan, seed: int, most: int | None = None) -> Iterator[Span]:
    """Everybody, in spans of at most about `most` persons; default: a span a unit. Units without people have none."""
    for unit in range(len(plan.unit_group)):
        size = _people_of(plan, unit)
        first, household = 0, 0
        while first < size:
            last, after = size, 0
            # Cut before the household that would be cut through; one that is larger than a span stays whole.
            for target in range(first + most, size) if most is not None else ():
                begin, number = _household_of(plan, seed, unit, target, first, household)
                if begin > first:
                    last, after = begin, number
                    break
            yield Span(unit, first, last, household)
            first, household = last, after


def find(plan: Plan, seed: int, person: int) -> Span:
    """The household of a person, by the person's number, as a span of its own."""
    unit = 0
    while person >= _people_of(plan, unit):
        person -= _people_of(plan, unit)
        unit += 1
    first, number = _household_of(plan, seed, unit, person, 0, 0)
    last = first + 1
    while last < _people_of(plan, unit) and _household_of(plan, seed, unit, last, first, number)[0] == first:
        last += 1
    return Span(unit, first, last, number)


def household_at(plan: Plan, seed: int, unit: int, person: int) -> int:
    """Where the household of a person of a unit begins, both counted in the unit."""
    return _household_of(plan, seed, unit, person, 0, 0)[0]


def _household_of(plan: Plan, seed: int, unit: int, person: int, first: int, number: int) -> tuple[int, int]:
    """Where the household of a person of a unit begins, and its number; the search starts at `number` and `first`."""
    from sousveil.engine import kernels

    if not plan.tied:
        return person, number + person - first
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    begin, found = kernels.walk(person, first, number, unit, _shares(plan)[0], *key)
    return int(begin), int(found)


def _people_of(plan: Plan, unit: int) -> int:
    return int(plan.unit_size[unit])


def _first_number(plan: Plan, unit: int) -> int:
    return int(plan.unit_size[:unit].sum())


def _shares(plan: Plan) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    return (_running([plan.adults.get(n, 0.0) for n in range(1, max(plan.adults) + 1)]),
            _running([plan.children.get(n, 0.0) for n in range(max(plan.children) + 1)]))


def _running(shares: list[float]) -> npt.NDArray[np.uint64]:
    total = np.cumsum(shares)
    running = np.floor(total / total[-1] * 4294967296.0)
    return np.asarray(running, dtype=np.uint64)
