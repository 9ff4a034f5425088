"""W1 in Mesa 3 with everybody's state in arrays of the model, all kinds at once; a DataCollector keeps the trace.

Mesa's agents are objects; with many equal ones its users keep the columns in the model and leave agents out.
"""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
from workload import Array, Workload, main


class W1(mesa.Model):
    def __init__(self, w: Workload, seed: int) -> None:
        super().__init__(seed=seed)
        self.w = w
        self.group, self.pool = w.group, w.pool
        self.tiers = w.next.shape[1]
        self.score = np.full(w.persons, w.start)
        self.tier = w.first[self.group, self.score]
        self.rates = w.recorded.reshape(-1, len(w.points))
        self.flows: tuple[Array, ...] = ()
        reporters: dict[str, Any] = {"persons": lambda m: m.flows[0], "moves": lambda m: m.flows[1],
                                     "own": lambda m: m.flows[2], "astray": lambda m: m.flows[3]}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        w = self.w
        here = w.cell * self.tiers + self.tier
        records = self.rng.poisson(self.rates[here])
        some, kind = np.nonzero(records)
        lost = self.rng.binomial(records[some, kind], w.astray[w.cell[some]])
        actor, kind = np.repeat(some, lost), np.repeat(kind, lost)
        size, first = w.pool_size[self.pool[actor]], w.pool_first[self.pool[actor]]
        somebody = first + self.rng.integers(0, size - 1)
        points = w.points[kind]
        own = records @ w.points - np.bincount(actor, weights=points, minlength=w.persons).astype(np.int64)
        astray = np.bincount(somebody + (somebody >= actor), weights=points, minlength=w.persons).astype(np.int64)
        self.score = np.clip(w.decayed[self.score] + own + astray, 0, len(w.decayed) - 1)
        tier = w.next[self.group, self.tier, self.score]
        here = self.pool * self.tiers + self.tier
        self.flows = (np.bincount(here), np.bincount(here * self.tiers + tier), np.bincount(here, weights=own),
                      np.bincount(here, weights=astray))
        self.tier = tier
        self.datacollector.collect(self)

    def state(self) -> tuple[Array, Array]:
        return self.score, self.tier


if __name__ == "__main__":
    main(W1)
