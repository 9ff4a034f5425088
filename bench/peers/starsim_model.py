"""W1 in Starsim 3: a module that owns two states of an agent, keyed draws of records, an update each time step."""

from __future__ import annotations

import numpy as np
import starsim as ss
from workload import Array, Workload, main, poisson


class Scored(ss.Module):
    def __init__(self, w: Workload) -> None:
        super().__init__(name="scored")
        self.w, self.group, self.pool, self.tiers = w, w.group, w.pool, w.next.shape[1]
        self.define_states(ss.IntArr("score", default=w.start), ss.IntArr("tier", default=0))
        # One source of draws a kind. Starsim's own Poisson asks SciPy for the inverse where rates differ by agent, and
        # that takes a hundred times as long. Who is taken for whom is drawn without keys, in its favour.
        self.draws = [ss.random(name=f"records{k}") for k in range(len(w.points))]
        self.rates = w.recorded.reshape(-1, len(w.points))
        self.rng = np.random.default_rng(1)
        self.trace: list[tuple[Array, ...]] = []

    def begin(self) -> None:
        """Everybody's first tier."""
        self.tier[:] = self.w.first[self.group, self.w.start]

    def step(self) -> None:
        w, uids = self.w, self.sim.people.auids
        before = np.asarray(self.tier[uids]).astype(np.int64)
        row = w.cell * self.tiers + before
        own, astray = np.zeros(w.persons, dtype=np.int64), np.zeros(w.persons, dtype=np.int64)
        for k, points in enumerate(w.points.tolist()):
            records = poisson(np.asarray(self.draws[k].rvs(uids)), self.rates[row, k])
            own += points * records
            some = np.flatnonzero(records)
            actor = np.repeat(some, self.rng.binomial(records[some], w.astray[w.cell[some]]))
            first, size = w.pool_first[self.pool[actor]], w.pool_size[self.pool[actor]]
            somebody = first + self.rng.integers(0, size - 1)
            np.subtract.at(own, actor, points)
            np.add.at(astray, somebody + (somebody >= actor), points)
        score = np.clip(w.decayed[np.asarray(self.score[uids]).astype(np.int64)] + own + astray, 0, len(w.decayed) - 1)
        tier = w.next[self.group, before, score]
        here = self.pool * self.tiers + before
        self.trace.append((np.bincount(here), np.bincount(here * self.tiers + tier), np.bincount(here, weights=own),
                           np.bincount(here, weights=astray)))
        self.score[uids], self.tier[uids] = score, tier


class W1:
    def __init__(self, w: Workload, seed: int) -> None:
        self.people = Scored(w)
        self.sim = ss.Sim(n_agents=w.persons, modules=self.people, start=0, dur=1_000, dt=1, rand_seed=seed, verbose=0,
                          copy_inputs=False)
        self.sim.init()
        self.people.begin()

    def step(self) -> None:
        self.sim.run_one_step()

    def state(self) -> tuple[Array, Array]:
        uids = self.sim.people.auids
        return np.asarray(self.people.score[uids]), np.asarray(self.people.tier[uids]).astype(np.int64)


if __name__ == "__main__":
    main(W1)
