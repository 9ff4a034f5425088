"""W1 in NumPy, one kind of record after the other."""

from __future__ import annotations

import numpy as np
from workload import Array, Workload, main


class PerKind:
    def __init__(self, w: Workload, seed: int) -> None:
        self.w, self.rng = w, np.random.default_rng(seed)
        self.group, self.pool = w.group, w.pool
        self.tiers = w.next.shape[1]
        self.score = np.full(w.persons, w.start)
        self.tier = w.first[self.group, self.score]
        self.rates = [np.ascontiguousarray(w.recorded[:, :, k]).ravel() for k in range(len(w.points))]
        self.trace: list[tuple[Array, ...]] = []

    def step(self) -> None:
        w, rng = self.w, self.rng
        row = w.cell * self.tiers + self.tier
        own, astray = np.zeros(w.persons, dtype=np.int64), np.zeros(w.persons, dtype=np.int64)
        for rate, points in zip(self.rates, w.points, strict=True):
            records = rng.poisson(rate[row])
            own += points * records
            some = np.flatnonzero(records)
            lost = rng.binomial(records[some], w.astray[w.cell[some]])
            actor = np.repeat(some, lost)
            np.subtract.at(own, actor, points)
            np.add.at(astray, self.other(actor), points)
        score = np.clip(w.decayed[self.score] + own + astray, 0, len(w.decayed) - 1)
        tier = w.next[self.group, self.tier, score]
        self.record(own, astray, tier)
        self.score, self.tier = score, tier

    def other(self, actor: Array) -> Array:
        """Somebody else of the actor's pool."""
        first, size = self.w.pool_first[self.pool[actor]], self.w.pool_size[self.pool[actor]]
        somebody = first + self.rng.integers(0, size - 1)
        return somebody + (somebody >= actor)

    def record(self, own: Array, astray: Array, tier: Array) -> None:
        here = self.pool * self.tiers + self.tier
        self.trace.append((np.bincount(here), np.bincount(here * self.tiers + tier), np.bincount(here, weights=own),
                           np.bincount(here, weights=astray)))

    def state(self) -> tuple[Array, Array]:
        return self.score, self.tier


if __name__ == "__main__":
    main(PerKind)
