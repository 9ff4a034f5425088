"""W1 in polars: a row a person, rates by a join on cell and tier, records pinned on others by a join, sums by group_by.

polars has no Poisson draws of its own; NumPy fills those columns.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from workload import Array, Workload, main


class Frame:
    def __init__(self, w: Workload, seed: int) -> None:
        self.rng, self.top = np.random.default_rng(seed), len(w.decayed) - 1
        cells, tiers, kinds = w.recorded.shape
        self.kinds = range(kinds)
        self.points = w.points.tolist()
        i32 = {"cell": pl.Int32, "tier": pl.Int8}
        self.rates = pl.DataFrame({"cell": np.repeat(np.arange(cells), tiers), "tier": np.tile(np.arange(tiers), cells),
                                   **{f"rate{k}": w.recorded[:, :, k].ravel() for k in self.kinds}}).cast(i32)
        self.decayed = pl.Series(w.decayed).cast(pl.Int32)
        self.next = pl.Series(w.next.ravel()).cast(pl.Int8)
        self.states, self.tiers = len(w.decayed), tiers
        score = np.full(w.persons, w.start)
        self.people = pl.DataFrame({
            "who": np.arange(w.persons), "cell": w.cell, "group": w.group, "pool": w.pool,
            "first": w.pool_first[w.pool], "size": w.pool_size[w.pool], "chance": w.astray[w.cell], "score": score,
            "tier": w.first[w.group, score]}).cast({"who": pl.Int32, "group": pl.Int32, "pool": pl.Int32,
                                                    "first": pl.Int32, "size": pl.Int32, "score": pl.Int32, **i32})
        self.trace: list[pl.DataFrame] = []

    def step(self) -> None:
        rated = self.people.join(self.rates, on=["cell", "tier"], how="left", maintain_order="left")
        frame = self.people.with_columns([
            pl.Series(f"n{k}", self.rng.poisson(rated[f"rate{k}"].to_numpy())) for k in self.kinds])
        gone = pl.concat([self._astray(frame, k) for k in self.kinds])
        actors = gone.group_by("who").agg(lost=pl.col("points").sum())
        others = gone.group_by(who=pl.col("other")).agg(astray=pl.col("points").sum())
        points = pl.sum_horizontal([pl.col(f"n{k}") * p for k, p in enumerate(self.points)])
        frame = (frame.join(actors, on="who", how="left", maintain_order="left")
                 .join(others, on="who", how="left", maintain_order="left")
                 .with_columns(own=(points - pl.col("lost").fill_null(0)).cast(pl.Int32),
                               astray=pl.col("astray").fill_null(0).cast(pl.Int32))
                 .with_columns(score=(pl.lit(self.decayed).gather(pl.col("score")) + pl.col("own") + pl.col("astray"))
                               .clip(0, self.top)))
        place = (pl.col("group") * self.tiers + pl.col("tier")) * self.states + pl.col("score")
        frame = frame.with_columns(after=pl.lit(self.next).gather(place))
        self.trace.append(frame.group_by("pool", "tier", "after").agg(pl.len(), pl.col("own", "astray").sum()))
        self.people = frame.select(*[c for c in self.people.columns if c != "tier"], tier=pl.col("after")).select(
            self.people.columns)

    def _astray(self, frame: pl.DataFrame, k: int) -> pl.DataFrame:
        """Records of a kind that go astray: who acted, on whom they are pinned, points."""
        some = frame.filter(pl.col(f"n{k}") > 0).select("who", "first", "size", "chance", f"n{k}")
        lost = pl.Series("lost", self.rng.binomial(some[f"n{k}"].to_numpy(), some["chance"].to_numpy()))
        each = some.with_columns(lost).filter(pl.col("lost") > 0).select(
            pl.col("who", "first", "size").repeat_by("lost").explode())
        draw = pl.Series(self.rng.integers(0, each["size"].to_numpy() - 1), dtype=pl.Int32)
        somebody = pl.col("first") + draw
        return each.select("who", other=somebody + (somebody >= pl.col("who")).cast(pl.Int32),
                           points=pl.lit(self.points[k], dtype=pl.Int32))

    def state(self) -> tuple[Array, Array]:
        return self.people["score"].to_numpy(), self.people["tier"].to_numpy()


if __name__ == "__main__":
    main(Frame)
