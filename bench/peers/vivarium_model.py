"""W1 in vivarium: a component that owns the columns of a simulant, keyed streams of draws, an update each time step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from vivarium import Component, InteractiveContext
from workload import Array, Workload, main, poisson


class Scored(Component):
    def __init__(self, w: Workload) -> None:
        super().__init__()
        self.w, self.group, self.pool, self.tiers = w, w.group, w.pool, w.next.shape[1]
        self.rates = w.recorded.reshape(-1, len(w.points))
        self.trace: list[tuple[Array, ...]] = []

    def setup(self, builder: Any) -> None:
        self.records = builder.randomness.get_stream("records")
        self.astray = builder.randomness.get_stream("astray")
        self.others = builder.randomness.get_stream("others")
        builder.population.register_initializer(initializer=self.begin, columns=["score", "tier"])

    def begin(self, simulants: Any) -> None:
        score = np.full(self.w.persons, self.w.start)
        self.population_view.initialize(pd.DataFrame({"score": score, "tier": self.w.first[self.group, score]},
                                                     index=simulants.index))

    def on_time_step(self, event: Any) -> None:
        self.population_view.update(["score", "tier"], lambda frame: self.carried(frame, event.index))

    def carried(self, frame: pd.DataFrame, index: pd.Index[int]) -> pd.DataFrame:
        w, before = self.w, frame["tier"].to_numpy()
        row = w.cell * self.tiers + before
        own, astray = np.zeros(w.persons, dtype=np.int64), np.zeros(w.persons, dtype=np.int64)
        for k, points in enumerate(w.points.tolist()):
            records = poisson(self.records.get_draw(index, additional_key=k).to_numpy(), self.rates[row, k])
            own += points * records
            for n in range(int(records.max())):
                some = np.flatnonzero(records > n)
                luck = self.astray.get_draw(index[some], additional_key=(k, n)).to_numpy()
                actor = some[luck < w.astray[w.cell[some]]]
                where = self.others.get_draw(index[actor], additional_key=(k, n)).to_numpy()
                somebody = w.pool_first[self.pool[actor]] + (
                    where * (w.pool_size[self.pool[actor]] - 1)).astype(np.int64)
                np.subtract.at(own, actor, points)
                np.add.at(astray, somebody + (somebody >= actor), points)
        score = np.clip(w.decayed[frame["score"].to_numpy()] + own + astray, 0, len(w.decayed) - 1)
        tier = w.next[self.group, before, score]
        here = self.pool * self.tiers + before
        self.trace.append((np.bincount(here), np.bincount(here * self.tiers + tier), np.bincount(here, weights=own),
                           np.bincount(here, weights=astray)))
        return pd.DataFrame({"score": score, "tier": tier}, index=frame.index)


class W1:
    def __init__(self, w: Workload, seed: int) -> None:
        self.people = Scored(w)
        self.context = InteractiveContext(components=[self.people], logging_verbosity=0, configuration={
            "population": {"population_size": w.persons}, "randomness": {"random_seed": seed, "key_columns": []},
            "time": {"step_size": 30}})

    def step(self) -> None:
        self.context.step()

    def state(self) -> tuple[Array, Array]:
        frame = self.context.get_population(["score", "tier"])
        return frame["score"].to_numpy(), frame["tier"].to_numpy()


if __name__ == "__main__":
    main(W1)
