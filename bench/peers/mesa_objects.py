"""W1 in Mesa 3 with an agent a person, as its tutorial teaches: everybody acts, then everybody's score is settled."""

from __future__ import annotations

import mesa
import numpy as np
from workload import Array, Workload, main


class Person(mesa.Agent):
    def __init__(self, model: W1, cell: int, group: int, pool: int, place: int) -> None:
        super().__init__(model)
        self.cell, self.group, self.pool, self.place = cell, group, pool, place
        self.score = model.start
        self.tier = model.first[group][model.start]
        self.own = self.astray = 0

    def act(self) -> None:
        """Poisson records of each kind, by products of uniforms (Knuth), the cheapest there is for small means."""
        model = self.model
        random = model.random.random
        astray = model.chance[self.cell]
        for limit, points in zip(model.none[self.cell][self.tier], model.points, strict=True):
            product = random()
            while product > limit:
                if random() < astray:
                    self.somebody().astray += points
                else:
                    self.own += points
                product *= random()

    def somebody(self) -> Person:
        """Somebody else of this person's pool."""
        members = self.model.members[self.pool]
        i = self.model.random.randrange(len(members) - 1)
        return members[i + (i >= self.place)]

    def settle(self) -> None:
        model = self.model
        row = model.trace[-1][self.pool][self.tier]
        score = model.decayed[self.score] + self.own + self.astray
        self.score = min(max(score, 0), model.top)
        tier = model.next[self.group][self.tier][self.score]
        row[0] += 1
        row[1] += self.own
        row[2] += self.astray
        row[3 + tier] += 1
        self.tier = tier
        self.own = self.astray = 0


class W1(mesa.Model):
    def __init__(self, w: Workload, seed: int) -> None:
        super().__init__(seed=seed)
        # Lists, not arrays: Python reads a number from a list several times as fast.
        self.none, self.chance, self.points = np.exp(-w.recorded).tolist(), w.astray.tolist(), w.points.tolist()
        self.start, self.decayed, self.top = w.start, w.decayed.tolist(), len(w.decayed) - 1
        self.first, self.next = w.first.tolist(), w.next.tolist()
        self.members: list[list[Person]] = [[] for _ in w.pool_size]
        self.trace: list[list[list[list[int]]]] = []
        for cell, group, pool in zip(w.cell.tolist(), w.group.tolist(), w.pool.tolist(), strict=True):
            self.members[pool].append(Person(self, cell, group, pool, len(self.members[pool])))

    def step(self) -> None:
        tiers = len(self.next[0])
        self.trace.append([[[0] * (3 + tiers) for _ in range(tiers)] for _ in self.members])
        self.agents.do("act")
        self.agents.do("settle")

    def state(self) -> tuple[Array, Array]:
        people = [person for members in self.members for person in members]
        return np.array([person.score for person in people]), np.array([person.tier for person in people])


if __name__ == "__main__":
    main(W1)
