"""The agents engine: one row a person (MODEL.md section 4).

The result is a function of plan, steps and seed alone. Threads, blocks and tiles change how the work is cut, never a
bit of it: draws belong to persons, sums are of whole numbers, and what people do to each other passes through the state
at the start of a step, and who gets a place through the scores at the end of one.

Who can touch whom says what must be carried together. Without mistaken records and places nobody touches anybody
outside the household; with mistaken records, the people of a look-alike pool do, with places those who are ranked
together, and nobody else. Such a part of the population is a realm; pools that meet in a district and group are of one
realm. A realm that does not fit into memory is cut into tiles, which are carried one after the other in every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import kernels
from sousveil.engine.arrays import HEAD, Blocks
from sousveil.engine.gear import Gear, parts_of
from sousveil.engine.give import hand_out
from sousveil.engine.outcome import CAUSES, FATES, Outcome, add, empty
from sousveil.engine.people import People, Span, spans
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.state import State, Tile
from sousveil.engine.tables import Tables, tables

__all__ = ["BLOCK", "CROWD", "Phase", "State", "Tile", "begin", "carry", "finish", "pace", "phases", "realms",
           "simulate", "spans_of_steps", "tile_of"]

BLOCK = 1024
"""Persons carried together: enough for loops over them to be worth it, few enough to stay in the nearest cache."""

_WORK, _ROOM = 1 << 26, 1 << 23
"""Person-steps carried at once (about a second), and numbers in their accumulators: never less than one step."""

CROWD = 100_000
"""So many people are a step's worth of work for a thread: with fewer, most of its time would go into being called."""


def simulate(plan: Plan, people: People, steps: int, seed: int, *, threads: int = 1, block: int = BLOCK,
             pulls: npt.NDArray[np.float64] | None = None, done: Callable[[int], None] = lambda steps: None,
             final: Callable[[State], None] = lambda state: None) -> Outcome:
    """Run these people in memory, whole pools of them. The same bits for any number of threads and any block size.

    pulls   float64[steps+1, P, K], filled with each pool's mistaken records per step: a life story needs them
    done    told how many person-steps were done since the last call
    final   given the state of all persons at the end
    """
    outcome = empty(plan, steps)
    course = phases(plan, np.bincount(people.cell, minlength=len(plan.cells)), steps)
    tile = begin(plan, course[0].tables, people, seed, outcome, block)
    hand_out(plan, [tile], seed, 0, outcome)
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for phase in course:
            rules, t = phase.plan, phase.tables
            tile = tile if rules is plan else tile_of(t, people, tile.state, block)
            at_once, stretch = pace(rules, t, tile, threads)
            for first, last in spans_of_steps(rules, phase.first, phase.last, stretch):
                rows, pulled = carry(rules, t, tile, seed, first, last, outcome.occupancy[first - 1], pool, at_once)
                outcome.absorb(rows, first)
                hand_out(rules, [tile], seed, last - 1, outcome)
                if pulls is not None:
                    pulls[first:last] += pulled
                done(len(people) * (last - first))
    finish(plan, tile, outcome)
    final(tile.state)
    return outcome


class Phase(NamedTuple):
    """The steps first .. last, and the rules in force in them."""

    first: int
    last: int
    plan: Plan
    tables: Tables


def phases(plan: Plan, crowd: npt.NDArray[np.int64], steps: int) -> list[Phase]:
    """The phases of a run, with so many people in each cell; one where no rule changes on a date."""
    begins = [1, *(later.at for later in plan.later if later.at <= steps)]
    ends = [*(first - 1 for first in begins[1:]), steps]
    # Where rules change in the first step, nobody lives under those before it, but the start is theirs.
    return [Phase(first, last, rules, tables(rules, crowd))
            for first, last, rules in zip(begins, ends, plan.plans, strict=False)]


def pace(plan: Plan, t: Tables, tile: Tile, threads: int) -> tuple[int, int]:
    """How many threads work on a tile, and how many steps they take at once, with nobody else to be looked at.

    All steps would do where nobody is tied to anybody, or where ties are small enough for each to be one thread's work.
    But progress is to be told now and then, and accumulators have a row a step. Points that are given back later take
    one step, and so does a register. Where threads would have to wait for each other in every step, few people are left
    to one of them.
    """
    people = len(tile.people)
    sizes = np.bincount(t.tie[tile.people.unit], weights=np.diff(tile.people.begins))
    waiting = threads > 1 and (t.delayed or t.kept.on or (t.coupled and sizes.max() * threads > people))
    if waiting and people < CROWD * threads:
        threads, waiting = 1, False
    if waiting or t.delayed or t.kept.on:
        return threads, 1
    cells, tiers = len(plan.cells), len(plan.tiers)
    row = cells * tiers + len(plan.unit_group) * tiers * (tiers + len(CAUSES) + len(FATES) + 1)
    return threads, max(1, min(_WORK // people, _ROOM // (row * parts_of(threads))))


def spans_of_steps(plan: Plan, first: int, steps: int, stretch: int) -> Iterator[tuple[int, int]]:
    """The steps from `first` on, so many at once, but no further than to the next one at whose end places are given.

    Yields (first, last) of each, the last one not among them.
    """
    while first <= steps:
        last = min(first + stretch, steps + 1)
        given = next((s for s in range(first, last) if due(plan.places, s)), None) if plan.places else None
        last = last if given is None else given + 1
        yield first, last
        first = last


def realms(plan: Plan, seed: int, most: int) -> Iterator[list[Span]]:
    """Everybody, in parts that do not touch each other, each of spans of at most about `most` persons.

    Several small parts go together; a realm stays whole even where it has more than `most` persons.
    """
    parts: dict[int, list[Span]] = {}
    for number, span in enumerate(spans(plan, seed, most)):
        together = any(rules.mistaken.any() for rules in plan.plans) or plan.places
        parts.setdefault(int(plan.unit_realm[span.unit]) if together else number, []).append(span)
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
    # A copy: kernels are compiled for arrays that can be written to, and those of a plan cannot.
    first_tier = plan.ladder.first.copy()
    for i, u in enumerate(people.unit):
        kernels.begin(people.begins[i], people.begins[i + 1], people.shift[i], people.cell, state.score, state.tier, u,
                      t.ladder_of, t.start_score, t.start_to, t.start_from, first_tier, outcome.occupancy[0],
                      outcome.scores[0], *_key(seed))
    if t.kept.on:
        state.base = state.score.astype(np.int32) if t.kept.sums else state.base
        state.many = np.zeros(n, dtype=np.uint16)
    state.chosen = np.zeros((sum(place.held >= 0 for place in plan.places), n), dtype=np.uint16)
    if t.appeals is not None and t.appeals.listings:
        state.wrong, state.heard = np.zeros(n, dtype=np.int16), np.zeros(n, dtype=np.uint16)
    return tile_of(t, people, state, block)


def tile_of(t: Tables, people: People, state: State, block: int = BLOCK) -> Tile:
    """People and their state, cut into blocks."""
    return Tile(people, state, _blocks(t, people, block))


def carry(plan: Plan, t: Tables, tile: Tile, seed: int, first: int, last: int, before: npt.NDArray[np.int64],
          pool: ThreadPoolExecutor, threads: int) -> tuple[Outcome, npt.NDArray[np.float64]]:
    """Carry a tile through the steps first .. last - 1, with so many people in each cell and tier `before`.

    Returns an outcome whose row r is what step first + r changed, and the pools' mistaken records [rows, P, K]. With
    more than one step, `pace` must allow it, and the people of a tie must all be in the tile. Both lie in room that the
    next stretch of this tile takes.
    """
    gear: Gear | None = tile.gear[0] if tile.gear else None
    if gear is None or not gear.suits(t, last - first, threads):
        gear = Gear(plan, t, tile, last - first, threads)
        tile.gear[:] = [gear]
    gear.ready(tile)
    one = partial(gear.advance, first, last, before, tile.state.due.pop(first, None), tile, _key(seed))
    parts = range(len(gear.parts))
    rows, records, lengths = zip(*(pool.map if len(parts) > 1 else map)(one, parts), strict=True)
    if t.kept.on:
        tile.state.records = (records[0].copy() if gear.in_order else
                              _in_place(tile.blocks, gear.parts, records, lengths))
    freed, later = gear.freed, gear.later
    if freed.any():
        tile.state.due = {when: (who[~freed[who]], points[~freed[who]]) for when, (who, points) in
                          tile.state.due.items()}
    if t.delayed:
        places = np.flatnonzero(later)
        tile.state.due[first + plan.delay] = places, later[places].astype(np.int64)
    return rows[0] if len(rows) == 1 else add(rows), gear.pulled


def _in_place(blocks: Blocks, parts: list[tuple[int, int]], records: Sequence[npt.NDArray[np.uint32]],
              lengths: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.uint32]:
    """The records of all blocks, which their parts have in the order in which they were carried, as blocks lie."""
    found: list[npt.NDArray[np.uint32]] = [np.zeros(0, dtype=np.uint32)] * len(blocks.unit)
    for (low, high), here, many in zip(parts, records, lengths, strict=True):
        at = 0
        for block in blocks.order[low:high].tolist():
            found[block] = here[at:at + int(many[block])]
            at += int(many[block])
    return np.concatenate(found)


def finish(plan: Plan, tile: Tile, outcome: Outcome) -> None:
    """Count what stands at the end: scores, spells that go on, debits."""
    state, people = tile.state, tile.people
    for i, u in enumerate(people.unit):
        low, high = people.begins[i], people.begins[i + 1]
        kernels.finish(low, high, state.score, state.tier, state.since, u, outcome.steps, outcome.scores[1],
                       outcome.still, outcome.fallen)
        outcome.count_debits(int(u), *_tally(state.debits[low:high]))


def _tally(values: npt.NDArray[np.int32]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The different values of some whole numbers from 0 on, and how often each occurs."""
    if len(values) == 0 or values.max() > 8 * len(values):
        return np.unique(values, return_counts=True)
    counts = np.bincount(values)
    found = np.flatnonzero(counts)
    return found, counts[found]


def _key(seed: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)


def _blocks(t: Tables, people: People, block: int) -> Blocks:
    """Cut the persons into blocks that split neither a span nor a household."""
    bounds, units, shifts = [np.zeros(1, dtype=np.int64)], [], []
    for i, u in enumerate(people.unit):
        low, high = people.begins[i], people.begins[i + 1]
        at = np.arange(low + block, high, block)
        while len(inside := at[people.home[at] & HEAD == 0]):
            at = np.union1d(np.setdiff1d(at, inside), inside + 1)
            at = at[at < high]
        cuts = np.append(at, high)
        bounds.append(cuts)
        units.append(np.full(len(cuts), u))
        shifts.append(np.full(len(cuts), people.shift[i]))
    unit = np.concatenate(units).astype(np.int64)
    return Blocks(np.concatenate(bounds).astype(np.int64), unit, np.concatenate(shifts).astype(np.int64),
                  np.argsort(t.tie[unit], kind="stable").astype(np.int64))
