"""The agents engine: one row a person (MODEL.md section 4).

The result is a function of plan, steps and seed alone. Threads and blocks change how the work is cut, never a bit of
it: draws belong to persons, sums are of whole numbers, and what people do to each other passes through the state at the
start of a step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import kernels, laws
from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.people import HEAD, People
from sousveil.engine.plan import Plan

__all__ = ["BLOCK", "Inverse", "State", "Tables", "simulate", "start", "tables"]

BLOCK = 8192
"""Persons carried together: enough to make the words of a step in one go, few enough to stay in the cache."""

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


@dataclass(slots=True, eq=False)
class State:
    """What a person is between two steps.

    score   int16[N], units above the floor
    tier    uint8[N], seven bits of tier and one that says whether the person ever got a wrongful debit
    since   uint16[N], the step in which the present spell began
    debits  int32[N], sum of all debits so far, before any was given back
    due     int32[delay, N], points to be given back in the steps to come
    """

    score: npt.NDArray[np.int16]
    tier: npt.NDArray[np.uint8]
    since: npt.NDArray[np.uint16]
    debits: npt.NDArray[np.int32]
    due: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int32))


def simulate(plan: Plan, people: People, steps: int, seed: int, *, threads: int = 1, block: int = BLOCK,
             pulls: npt.NDArray[np.float64] | None = None, done: Callable[[int], None] = lambda steps: None,
             final: Callable[[State], None] = lambda state: None) -> Outcome:
    """Run. The same bits for any number of threads and any block size.

    pulls   float64[steps+1, P, K], filled with each pool's mistaken records per step: a life story needs them
    done    told after every step how many steps were done since the last call
    final   given the state of all persons at the end
    """
    t = tables(plan)
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    outcome = empty(plan, steps)
    state = _begin(plan, t, people, outcome, key)
    bounds, block_unit = _blocks(people, block)
    # Without mistaken records nobody touches anybody outside the household: a block can go through all steps at once.
    stride = 1 if plan.mistaken.any() else steps
    parts = _split(len(block_unit), threads)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for first in range(1, steps + 1, max(1, stride)):
            last = min(first + stride, steps + 1)
            given = _gates(plan, t, outcome.occupancy[first - 1])
            if pulls is not None:
                pulls[first:last] = given[0]
            carry = partial(_carry, plan, t, people, state, bounds, block_unit, first, last, given, key)
            _gather(outcome, list(pool.map(carry, parts)), first, last)
            done(last - first)
    for u in range(len(plan.unit_group)):
        kernels.finish(people.unit_first[u], people.unit_first[u + 1], state.score, state.tier, state.since, u, steps,
                       outcome.scores[1], outcome.still)
        outcome.debits.append(np.unique(state.debits[people.unit_first[u]:people.unit_first[u + 1]],
                                        return_counts=True))
    final(state)
    return outcome


def start(plan: Plan, people: People, seed: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.uint8]]:
    """Everybody's score and tier before the first step."""
    key = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
    state = _begin(plan, tables(plan), people, empty(plan, 0), key)
    return state.score, state.tier


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
    guide = np.stack([np.searchsorted(row, np.arange(256) * 2.0**24, side="left") for row in to])
    return Inverse(own.which.astype(np.int32), own.first, np.maximum(to, 0.0).astype(np.uint32),
                   guide.astype(np.uint16))


def _begin(plan: Plan, t: Tables, people: People, outcome: Outcome, key: tuple[np.uint64, np.uint64]) -> State:
    n = len(people)
    state = State(np.empty(n, dtype=np.int16), np.empty(n, dtype=np.uint8), np.empty(n, dtype=np.uint16),
                  np.zeros(n, dtype=np.int32), np.zeros((plan.delay, n), dtype=np.int32))
    for u, g in enumerate(plan.unit_group):
        kernels.begin(people.unit_first[u], people.unit_first[u + 1], people.cell, state.score, state.tier, state.since,
                      u, g, t.start_score, t.start_to, t.start_from, plan.ladder.first, outcome.occupancy[0],
                      outcome.scores[0], *key)
    return state


def _gates(plan: Plan, t: Tables, occupancy: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    pull = np.zeros((1, plan.pools, len(plan.kinds)))
    total = np.zeros((1, *occupancy.shape))
    gate = np.zeros((1, *occupancy.shape), dtype=np.uint32)
    kernels.gates(occupancy, t.cell_pool, t.pool_size, plan.mistaken, plan.spurious, pull[0], total[0], gate[0])
    return pull, total, gate


def _carry(plan: Plan, t: Tables, people: People, state: State, bounds: npt.NDArray[np.int64],
           block_unit: npt.NDArray[np.int64], first: int, last: int, given: tuple[npt.NDArray[Any], ...],
           key: tuple[np.uint64, np.uint64], part: tuple[int, int]) -> Outcome:
    rows = empty(plan, last - first - 1)
    pull, total, gate = given
    steps_left = np.zeros((len(plan.unit_group), len(plan.tiers), last), dtype=np.int64)
    kernels.advance(first, last, *part, bounds, block_unit, plan.unit_group, plan.unit_pool, t.pool_size, people.cell,
                    people.home, state.score, state.tier, state.since, state.debits, state.due, t.debit.which,
                    t.debit.first, t.debit.to, t.debit.guide, t.credit.which, t.credit.first, t.credit.to,
                    t.credit.guide, gate, total, pull, plan.mistaken, plan.spurious, plan.weight, plan.at_most,
                    plan.appeal, plan.upheld, t.decayed, plan.ladder.handicap, plan.ladder.next, t.rule_bits,
                    t.kin_points, t.kin_cap, t.share_bits, t.share_children, rows.occupancy, rows.moves, rows.points,
                    rows.wrongful, rows.wrongful_ever, rows.shared, steps_left, *key)
    rows.left = steps_left
    return rows


def _gather(outcome: Outcome, rows: list[Outcome], first: int, last: int) -> None:
    for name in ("moves", "points", "wrongful", "shared"):
        getattr(outcome, name)[first:last] = sum(getattr(row, name) for row in rows)
    for name in ("occupancy", "wrongful_ever"):
        change = sum(getattr(row, name) for row in rows)
        whole = getattr(outcome, name)
        whole[first:last] = whole[first - 1] + np.cumsum(change, axis=0)
    outcome.left[:, :, :last] += sum(row.left for row in rows)


def _split(blocks: int, threads: int) -> list[tuple[int, int]]:
    # More parts than threads, so that a thread that is slowed down does not keep the others waiting.
    edges = np.linspace(0, blocks, min(blocks, threads if threads == 1 else 4 * threads) + 1).astype(int).tolist()
    return list(itertools.pairwise(edges))


def _blocks(people: People, block: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Cut the persons into blocks that split neither a unit nor a household: (bounds, unit of each block)."""
    heads = np.flatnonzero(people.home & HEAD)
    heads = np.append(heads, len(people))
    bounds, units = [np.zeros(1, dtype=np.int64)], []
    for u in range(len(people.unit_first) - 1):
        low, high = people.unit_first[u], people.unit_first[u + 1]
        if high > low:
            cuts = np.unique(heads[np.searchsorted(heads, np.arange(low + block, high, block))])
            cuts = np.append(cuts[cuts < high], high)
            bounds.append(cuts)
            units.append(np.full(len(cuts), u))
    return np.concatenate(bounds).astype(np.int64), np.concatenate(units).astype(np.int64)
