"""The agents engine: one row a person (MODEL.md section 4).

The result is a function of plan, steps and seed alone. Threads, blocks and tiles change how the work is cut, never a
bit of it: draws belong to persons, sums are of whole numbers, and what people do to each other passes through the state
at the start of a step.

Who can touch whom says what must be carried together. Without mistaken records nobody touches anybody outside the
household; with them, the people of a look-alike pool do, and nobody else. Such a part of the population is a realm. A
realm that does not fit into memory is cut into tiles, which are carried one after the other in every step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import kernels
from sousveil.engine.outcome import Outcome, add, empty
from sousveil.engine.people import HEAD, People, Span, spans
from sousveil.engine.plan import Plan
from sousveil.engine.tables import Tables, tables

__all__ = ["BLOCK", "State", "Tile", "begin", "carry", "finish", "gates", "realms", "simulate", "stride",
           "tile_of"]

BLOCK = 8192
"""Persons carried together: enough to make the words of a step in one go, few enough to stay in the cache."""

Due = dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]


@dataclass(slots=True, eq=False)
class State:
    """What a person is between two steps; 9 bytes, and `due` for the few who wait for points to be given back.

    score   int16[N], units above the floor
    tier    uint8[N], seven bits of tier and one that says whether the person ever got a wrongful debit
    since   uint16[N], the step in which the present spell began
    debits  int32[N], sum of all debits so far, before any was given back
    due     step -> (places in these arrays in order, points to be given back in that step)
    """

    score: npt.NDArray[np.int16]
    tier: npt.NDArray[np.uint8]
    since: npt.NDArray[np.uint16]
    debits: npt.NDArray[np.int32]
    due: Due = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Persons that are carried together, and how they are cut into blocks that split no household.

    bounds  int64[B+1]; block_unit, block_shift int64[B]: unit of each block, and what makes a place a person's number
    """

    people: People
    state: State
    bounds: npt.NDArray[np.int64]
    block_unit: npt.NDArray[np.int64]
    block_shift: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What falls on people in a step, see `kernels.gates`: each with one row."""

    pull: npt.NDArray[np.float64]
    total: npt.NDArray[np.float64]
    gate: npt.NDArray[np.uint32]


def simulate(plan: Plan, people: People, steps: int, seed: int, *, threads: int = 1, block: int = BLOCK,
             pulls: npt.NDArray[np.float64] | None = None, done: Callable[[int], None] = lambda steps: None,
             final: Callable[[State], None] = lambda state: None) -> Outcome:
    """Run these people in memory, whole pools of them. The same bits for any number of threads and any block size.

    pulls   float64[steps+1, P, K], filled with each pool's mistaken records per step: a life story needs them
    done    told how many person-steps were done since the last call
    final   given the state of all persons at the end
    """
    t, outcome = tables(plan), empty(plan, steps)
    tile = begin(plan, t, people, seed, outcome, block)
    stretch = stride(plan, steps)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for first in range(1, steps + 1, stretch):
            last = min(first + stretch, steps + 1)
            given = gates(plan, t, outcome, first)
            if pulls is not None:
                pulls[first:last] += given.pull
            outcome.absorb(carry(plan, t, tile, seed, first, last, given, pool, threads), first)
            done(len(people) * (last - first))
    finish(plan, tile, outcome)
    final(tile.state)
    return outcome


def stride(plan: Plan, steps: int) -> int:
    """How many steps can be taken without looking at anybody else: all, unless records are mistaken or points due."""
    return 1 if plan.mistaken.any() or plan.delay > 0 else max(1, steps)


def realms(plan: Plan, seed: int, most: int) -> Iterator[list[Span]]:
    """Everybody, in parts that do not touch each other, each of spans of at most about `most` persons.

    Several small parts go together; a look-alike pool stays whole even where it has more than `most` persons.
    """
    parts: dict[int, list[Span]] = {}
    for number, span in enumerate(spans(plan, seed, most)):
        parts.setdefault(int(plan.unit_pool[span.unit]) if plan.mistaken.any() else number, []).append(span)
    ready: list[Span] = []
    for part in parts.values():
        if ready and sum(map(len, ready)) + sum(map(len, part)) > most:
            yield ready
            ready = []
        ready = ready + part
    if ready:
        yield ready


def begin(plan: Plan, t: Tables, people: People, seed: int, outcome: Outcome, block: int = BLOCK) -> Tile:
    """People before the first step; they are counted in the outcome."""
    n = len(people)
    state = State(np.empty(n, dtype=np.int16), np.empty(n, dtype=np.uint8), np.zeros(n, dtype=np.uint16),
                  np.zeros(n, dtype=np.int32))
    for i, u in enumerate(people.unit):
        kernels.begin(people.begins[i], people.begins[i + 1], people.shift[i], people.cell, state.score, state.tier, u,
                      plan.unit_group[u], t.start_score, t.start_to, t.start_from, plan.ladder.first,
                      outcome.occupancy[0], outcome.scores[0], *_key(seed))
    return tile_of(people, state, block)


def tile_of(people: People, state: State, block: int = BLOCK) -> Tile:
    """People and their state, cut into blocks."""
    return Tile(people, state, *_blocks(people, block))


def gates(plan: Plan, t: Tables, outcome: Outcome, step: int) -> Given:
    """What falls on people in a step, from who was in which tier before it."""
    occupancy = outcome.occupancy[step - 1]
    pull = np.zeros((1, plan.pools, len(plan.kinds)))
    total = np.zeros((1, *occupancy.shape))
    gate = np.zeros((1, *occupancy.shape), dtype=np.uint32)
    kernels.gates(occupancy, t.cell_pool, t.pool_size, plan.mistaken, plan.spurious, pull[0], total[0], gate[0])
    return Given(pull, total, gate)


def carry(plan: Plan, t: Tables, tile: Tile, seed: int, first: int, last: int, given: Given, pool: ThreadPoolExecutor,
          threads: int) -> Outcome:
    """Carry a tile through the steps first .. last - 1: an outcome whose row r is what step first + r changed."""
    due = tile.state.due.pop(first, None) or (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    one = partial(_carry, plan, t, tile, seed, first, last, given, due)
    rows = list(pool.map(one, _split(len(tile.block_unit), threads)))
    if plan.delay > 0:
        tile.state.due[first + plan.delay] = tuple(np.concatenate([later[i] for _, later in rows])  # type: ignore[assignment]
                                                   for i in range(2))
    return add([row for row, _ in rows])


def finish(plan: Plan, tile: Tile, outcome: Outcome) -> None:
    """Count what stands at the end: scores, spells that go on, debits."""
    state, people = tile.state, tile.people
    for i, u in enumerate(people.unit):
        low, high = people.begins[i], people.begins[i + 1]
        kernels.finish(low, high, state.score, state.tier, state.since, u, outcome.steps, outcome.scores[1],
                       outcome.still)
        outcome.count_debits(int(u), *np.unique(state.debits[low:high], return_counts=True))


def _carry(plan: Plan, t: Tables, tile: Tile, seed: int, first: int, last: int, given: Given,
           due: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
           part: tuple[int, int]) -> tuple[Outcome, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    rows = empty(plan, last - first - 1)
    # Scores are counted when a run begins and when it ends: the rows of a step need no room for them.
    rows.scores = np.zeros((2, 0, 0), dtype=np.int64)
    rows.left = np.zeros((len(plan.unit_group), len(plan.tiers), last), dtype=np.int64)
    people, state = tile.people, tile.state
    here = slice(*np.searchsorted(due[0], tile.bounds[list(part)]).tolist())
    later = kernels.advance(
        first, last, *part, tile.bounds, tile.block_unit, tile.block_shift, plan.unit_group, plan.unit_pool,
        t.pool_size, people.cell, people.home, state.score, state.tier, state.since, state.debits, due[0][here],
        due[1][here], plan.delay > 0, t.debit.which, t.debit.first, t.debit.to, t.debit.guide, t.credit.which,
        t.credit.first, t.credit.to, t.credit.guide, given.gate, given.total, given.pull, plan.mistaken, plan.spurious,
        plan.weight, plan.at_most, plan.appeal, plan.upheld, t.decayed, plan.ladder.handicap, plan.ladder.next,
        t.rule_bits, t.kin_points, t.kin_cap, t.share_bits, t.share_children, rows.occupancy, rows.moves, rows.points,
        rows.wrongful, rows.wrongful_ever, rows.shared, rows.left, *_key(seed))
    return rows, later


def _key(seed: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)


def _split(blocks: int, threads: int) -> list[tuple[int, int]]:
    # More parts than threads, so that a thread that is slowed down does not keep the others waiting.
    edges = np.linspace(0, blocks, min(blocks, threads if threads == 1 else 4 * threads) + 1).astype(int).tolist()
    return list(itertools.pairwise(edges))


def _blocks(people: People, block: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Cut the persons into blocks that split neither a span nor a household: bounds, unit and shift of each block."""
    bounds, units, shifts = [np.zeros(1, dtype=np.int64)], [], []
    for i, u in enumerate(people.unit):
        low, high = people.begins[i], people.begins[i + 1]
        heads = low + np.flatnonzero(people.home[low:high] & HEAD)
        at = np.searchsorted(heads, np.arange(low + block, high, block))
        cuts = np.append(np.unique(heads[at[at < len(heads)]]), high)
        bounds.append(cuts)
        units.append(np.full(len(cuts), u))
        shifts.append(np.full(len(cuts), people.shift[i]))
    return tuple(np.concatenate(parts).astype(np.int64) for parts in (bounds, units, shifts))  # type: ignore[return-value]


