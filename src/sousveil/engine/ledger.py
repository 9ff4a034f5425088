"""The acts behind the points of one person's month.

A run draws, for each person and step, the sum of its own debits and of its own credits. Which acts they were is drawn
here, afterwards and only for whoever is asked about, from the law of the acts given those sums; so are the acts that
left no trace on the person. Nothing of this changes a run: it is the same draw, looked at more closely.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, Stream
from sousveil.engine.household import Month
from sousveil.engine.laws import compound, records
from sousveil.engine.plan import Plan

__all__ = ["Acts", "unfold"]


@dataclass(frozen=True, slots=True)
class Acts:
    """What became of a person's acts of one kind in a step: recorded (and counted), unrecorded, pinned on another."""

    kind: int
    recorded: int
    unrecorded: int
    pinned_on_another: int


def unfold(plan: Plan, cell: int, month: Month, seed: int, person: int) -> list[Acts]:
    """The acts behind a line of the ledger, kinds with none left out."""
    luck = Stream(seed, person, month.step, Purpose.LEDGER)
    weight = plan.weight
    kept = () if plan.register is None else plan.register.kinds
    weight = np.where(np.isin(np.arange(len(weight)), kept), 0, weight)
    # How many debits there were that can be appealed the run has drawn, too.
    known = Counter(record.kind for record in month.irrelevant if record.kind not in kept)
    others = np.where(plan.contested, 0, np.minimum(weight, 0))
    left = month.own_debits - sum(n * int(weight[k]) for k, n in known.items())
    counted = known | _split(plan, cell, month.held, others, left, luck)
    for k, n in _split(plan, cell, month.held, np.maximum(weight, 0), month.own_credits, luck).items():
        counted[k] = n
    counted |= dict(zip(kept, month.kept, strict=True))
    acts = []
    for k in range(len(plan.kinds)):
        done, own, given = (float(a[cell, month.held, k]) for a in (plan.acts, plan.own, plan.mistaken))
        missed, n = max(0.0, done - own - given), counted.get(k, 0)
        if not plan.once[k]:
            unrecorded, elsewhere = luck.poisson(missed), luck.poisson(given)
        elif n:
            unrecorded, elsewhere = 0, 0
        else:
            u = luck.uniform() * (1.0 - own)
            unrecorded, elsewhere = int(u < missed), int(missed <= u < missed + given)
        if n or unrecorded or elsewhere:
            acts.append(Acts(k, n, unrecorded, elsewhere))
    return acts


def _split(plan: Plan, cell: int, tier: int, weight: npt.NDArray[np.int64], total: int, luck: Stream) -> dict[int, int]:
    """How many records of each kind add up to `total` points: drawn kind by kind, each given what is left."""
    kinds = [k for k in range(len(weight)) if weight[k] and plan.own[cell, tier, k] > 0]
    found: dict[int, int] = {}
    for i, k in enumerate(kinds):
        law = records(plan.own[cell, tier, k:k + 1], int(plan.at_most[k]), bool(plan.once[k]))[0]
        later = kinds[i + 1:]
        first, rest = compound(plan.own[None, cell, tier, later], weight[later], plan.at_most[later], plan.once[later])
        chance = np.zeros(len(law))
        for n in range(len(law)):
            at = total - n * int(weight[k]) - first
            if 0 <= at < rest.shape[1]:
                chance[n] = law[n] * rest[0, at]
        running = np.cumsum(chance)
        n = int(np.searchsorted(running, luck.uniform() * running[-1], side="right"))
        found[k] = min(n, len(law) - 1)
        total -= found[k] * int(weight[k])
    return found
