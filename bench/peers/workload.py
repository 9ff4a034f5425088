"""W1 as plain arrays, so that each peer can be written in its own library's way; and how a peer is timed.

    python bench/peers/numpy_per_kind.py 100000 24

What sousveil is not asked to share: jump laws, keyed draws, its compiled loops. What every peer gets ready made, in its
favour: mean records a step by cell and tier, and scores and tiers as tables.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sousveil.engine.people import settle
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load

__all__ = ["Peer", "Workload", "main", "poisson", "workload"]

Array = npt.NDArray[Any]
W1 = Path(__file__).parents[1] / "w1"


@dataclass(frozen=True, eq=False)
class Workload:
    """C cells (district x group x trait), T tiers, K kinds, P pools (district x group), S scores, N persons.

    recorded    [C, T, K] mean records a step; astray [C] the share of them that is pinned on another of the pool
    points      [K]; cell_group, cell_pool [C]; cell [N], in order of pools
    pool_first, pool_size  [P]
    start       score of everybody; decayed [S]; first [G, S] and next [G, T, S]: tiers, from tier and new score
    """

    recorded: Array
    astray: Array
    points: Array
    cell_group: Array
    cell_pool: Array
    cell: Array
    pool_first: Array
    pool_size: Array
    start: int
    decayed: Array
    first: Array
    next: Array
    groups: tuple[str, ...]

    @property
    def persons(self) -> int:
        """N."""
        return len(self.cell)

    @property
    def group(self) -> Array:
        """[N]"""
        return np.asarray(self.cell_group[self.cell])

    @property
    def pool(self) -> Array:
        """[N]"""
        return np.asarray(self.cell_pool[self.cell])


class Peer(Protocol):
    """A model of W1 that keeps a trace, a step: persons and moves by pool and tier, points by pool, tier, cause."""

    def step(self) -> None: ...

    def state(self) -> tuple[Array, Array]:
        """Score and tier of everybody."""
        ...


def workload(persons: int) -> Workload:
    """W1 for so many persons."""
    plan = plan_of(load(W1).evolve(people=persons))
    cell = settle(plan, 0).cell.astype(np.int64)
    size = np.bincount(plan.cell_pool[cell], minlength=plan.pools)
    recorded = plan.own + plan.mistaken
    astray = plan.mistaken.sum(axis=(1, 2)) / recorded.sum(axis=(1, 2))
    return Workload(recorded, astray, plan.weight.copy(), plan.cell_group, plan.cell_pool.copy(), cell,
                    np.concatenate([[0], np.cumsum(size)[:-1]]), size, int(plan.start[0][0][0]),
                    plan.ladder.decayed.astype(np.int64), plan.ladder.first.astype(np.int64),
                    plan.ladder.next.astype(np.int64), plan.groups)


def poisson(draws: Array, rate: Array) -> Array:
    """Records by inversion; scipy's own inverse takes a hundred times as long."""
    chance = np.exp(-rate)
    below, count = chance.copy(), np.zeros(len(rate), dtype=np.int64)
    left = np.flatnonzero(draws > below)
    n = 0
    while len(left):
        n += 1
        count[left] = n
        chance[left] *= rate[left] / n
        below[left] += chance[left]
        left = left[draws[left] > below[left]]
    return count


def main(make: Callable[[Workload, int], Peer]) -> None:
    """Time a peer for the numbers of persons and steps on the command line, and print what came of it as JSON."""
    persons, steps = (int(float(word)) for word in sys.argv[1:3])
    w = workload(persons)
    before = _peak()
    peer = make(w, 1)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(steps):
        peer.step()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    score, tier = peer.state()
    found: dict[str, Any] = {"persons": persons, "steps": steps, "cpu": cpu, "wall": wall, "peak": _peak(),
                             "bytes": max(0, _peak() - before) / persons, "mean": [], "share": []}
    for g in range(len(w.groups)):
        inside = w.group == g
        found["mean"].append(float(score[inside].mean()))
        found["share"].append((np.bincount(tier[inside], minlength=w.next.shape[1]) / inside.sum()).tolist())
    print(json.dumps(found))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
