"""A plan as the compiled loops want it: laws to draw from, rules as bit masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.engine import laws
from sousveil.engine.plan import Plan

__all__ = ["Inverse", "Tables", "tables"]

_TWO32 = 4294967296.0


@dataclass(frozen=True, slots=True, eq=False)
class Inverse:
    """Laws, ready to be drawn from. A word w falls into the first column j with w <= to[law, j], and the jump is
    first + j; guide[law, b] is the first column for words whose first byte is b. which: int32[C, T], law by cell, tier.
    """

    which: npt.NDArray[np.int32]
    first: int
    to: npt.NDArray[np.uint32]
    guide: npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A plan as the kernels want it: laws as running totals in 2**32 with a guide, rules as bit masks."""

    debit: Inverse
    credit: Inverse
    pool_size: npt.NDArray[np.int64]
    cell_pool: npt.NDArray[np.int64]
    start_score: npt.NDArray[np.int16]
    start_to: npt.NDArray[np.uint64]
    start_from: npt.NDArray[np.int64]
    decayed: npt.NDArray[np.int16]
    rule_bits: npt.NDArray[np.uint8]
    kin_points: npt.NDArray[np.int64]
    kin_cap: npt.NDArray[np.uint8]
    share_bits: npt.NDArray[np.int64]
    share_children: npt.NDArray[np.bool_]


def tables(plan: Plan) -> Tables:
    """Lay a plan out for the kernels."""
    scores, shares = zip(*plan.start, strict=True)
    start_to = [np.append(np.floor(np.cumsum(x)[:-1] * _TWO32), _TWO32) for x in shares]
    rules = len(plan.kin_tiers)
    masks = np.arange(1 << rules)
    top = len(plan.tiers) - 1
    points = sum((masks >> r & 1) * plan.kin_points[r] for r in range(rules)) + np.zeros(len(masks), dtype=np.int64)
    cap = np.minimum.reduce([np.where(masks >> r & 1, plan.kin_cap[r], top) for r in range(rules)] or [np.full(1, top)])
    tiers = range(len(plan.tiers))
    return Tables(
        debit=_inverse(plan, np.minimum(plan.weight, 0)), credit=_inverse(plan, np.maximum(plan.weight, 0)),
        cell_pool=plan.cell_pool.copy(),
        pool_size=np.bincount(plan.cell_pool, weights=plan.size, minlength=plan.pools).astype(np.int64),
        start_score=np.concatenate(scores).astype(np.int16), start_to=np.concatenate(start_to).astype(np.uint64),
        start_from=np.cumsum([0, *map(len, scores)]).astype(np.int64), decayed=plan.ladder.decayed.astype(np.int16),
        rule_bits=np.array([sum(1 << r for r in range(rules) if plan.kin_tiers[r] == x) for x in tiers],
                           dtype=np.uint8),
        kin_points=points.astype(np.int64), kin_cap=cap.astype(np.uint8),
        share_bits=np.array([sum(1 << h for h, right in enumerate(plan.household_rights) if right.tiers >> x & 1)
                             for x in tiers], dtype=np.int64),
        share_children=np.array([h.bearer == "children" for h in plan.household_rights], dtype=bool))


def _inverse(plan: Plan, weight: npt.NDArray[np.int64]) -> Inverse:
    own = laws.own_laws(plan.own, weight, plan.at_most, plan.once)
    running = np.cumsum(own.pmf, axis=1)
    # The last column with any mass holds the highest word, so that no word leads to a jump that cannot happen.
    to = np.floor(running / running[:, -1:] * _TWO32) - 1.0
    # Leading columns without mass stand at -1, which no unsigned word can hold: the guide passes over them.
    bins = np.zeros((len(to), 258), dtype=np.int64)
    np.add.at(bins, (np.arange(len(to))[:, None], np.floor(to / 2.0**24).astype(np.int64) + 1), 1)
    guide = np.cumsum(bins, axis=1)[:, :256]  # columns that end before the first word with this first byte
    return Inverse(own.which.astype(np.int32), own.first, np.maximum(to, 0.0).astype(np.uint32),
                   guide.astype(np.uint16))
