"""Synthetic persons: who is in which cell, and who lives with whom (MODEL.md section 2).

Persons are numbered in the order of units (district, group), so that a unit's people are neighbours in memory, and so
are the members of a household. A household lies within one unit. Inside a unit, who is in which cell is a keyed
permutation when people share households, so that a household mixes cells; otherwise people stand in order of cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.engine.plan import Plan

__all__ = ["CHILDREN", "HEAD", "People", "settle"]

HEAD = 0x80
"""Bit of `home`: the first member of a household."""
CHILDREN = 0x1F
"""Bits of `home`, at the first member: how many children the household has."""


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """cell: uint16[N]; home: uint8[N], see HEAD and CHILDREN; unit_first: int64[U+1], where a unit's people begin."""

    cell: npt.NDArray[np.uint16]
    home: npt.NDArray[np.uint8]
    unit_first: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cell)


def settle(plan: Plan, seed: int) -> People:
    """Place the people of a plan, and house them. A function of plan and seed.

    Household sizes are drawn from the shares of households by number of adults until a unit's people are housed; the
    last household of a unit may be smaller.
    """
    from sousveil.engine import kernels

    size = np.bincount(plan.cell_unit, weights=plan.size, minlength=len(plan.unit_group)).astype(np.int64)
    unit_first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    people = People(np.zeros(plan.people, dtype=np.uint16), np.full(plan.people, HEAD, dtype=np.uint8), unit_first)
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    adults = _running([plan.adults.get(n, 0.0) for n in range(1, max(plan.adults) + 1)])
    children = _running([plan.children.get(n, 0.0) for n in range(max(plan.children) + 1)])
    for u in range(len(unit_first) - 1):
        if unit_first[u] == unit_first[u + 1]:
            continue
        members = np.flatnonzero(plan.cell_unit == u)
        kernels.place(people.cell, unit_first[u], unit_first[u + 1], np.cumsum(plan.size[members]), members[0], u,
                      plan.tied, *key)
        if plan.tied:
            kernels.households(people.home, unit_first[u], unit_first[u + 1], u, adults, children, *key)
    return people


def _running(shares: list[float]) -> npt.NDArray[np.uint64]:
    total = np.cumsum(shares)
    running = np.floor(total / total[-1] * 4294967296.0)
    return np.asarray(running, dtype=np.uint64)
