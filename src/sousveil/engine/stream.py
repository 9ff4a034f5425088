"""Any number of people in bounded memory, and never lost: realm after realm, tile after tile, with checkpoints.

A realm that fits into a tile stays in memory while it is carried, and is written down only for a checkpoint. A larger
one lives on the disk, a file a tile, and passes through memory once a step.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sousveil.engine.agents import Phase, Tile, begin, carry, finish, pace, phases, realms, spans_of_steps, tile_of
from sousveil.engine.checkpoint import Checkpoint, Progress
from sousveil.engine.give import cut, give, given_again, hand_out
from sousveil.engine.outcome import Outcome, add, empty
from sousveil.engine.people import People, Span, crowd, settle
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due

__all__ = ["TILE", "stream"]

TILE = 1 << 26
"""Persons in memory at once: 12 bytes each, and as much again while a tile is read or written."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    plan: Plan
    course: list[Phase]
    seed: int
    steps: int
    threads: int
    pool: ThreadPoolExecutor
    store: Checkpoint
    done: Callable[[int], None]


def stream(plan: Plan, steps: int, seed: int, *, threads: int = 1, tile: int = TILE, keep: Checkpoint | None = None,
           pulls: npt.NDArray[np.float64] | None = None, done: Callable[[int], None] = lambda steps: None) -> Outcome:
    """Carry everybody. The same bits as `agents.simulate`, for any tile size, threads, and number of interruptions.

    tile   persons held in memory at once; keep: where to put checkpoints, and to go on from one that is there
    pulls  float64[steps+1, P, K], see `agents.simulate`; done: told how many person-steps were done since the last call

    Raises InputError when the checkpoint is another run's; OSError when a realm too large for memory finds no room.
    """
    pulls = np.zeros((steps + 1, plan.pools, len(plan.kinds))) if pulls is None else pulls
    with ExitStack() as stack:
        if keep:
            stack.enter_context(keep.held())
        store = keep or Checkpoint(stack.enter_context(tempfile.TemporaryDirectory(prefix="sousveil-")), "",
                                   durable=False)
        pool = stack.enter_context(ThreadPoolExecutor(max(1, threads)))
        job = _Job(plan, phases(plan, crowd(plan, seed), steps), seed, steps, threads, pool, store, done)
        at = keep.load(plan, steps) if keep else None
        total = at.total if at else empty(plan, steps)
        if at:
            pulls[:] = at.pulls
            at = replace(at, pulls=pulls)  # what is added from here on must reach the caller, too
        behind = 0  # person-steps of an earlier start, told at once, for they are no measure of this one's speed
        for number, realm in enumerate(realms(plan, seed, tile)):
            people = sum(map(len, realm))
            if at and number < at.realm:
                behind += people * steps
                continue
            if at and number == at.realm:
                behind += people * (at.step - 1)
            done(behind)
            behind = 0
            start = at if at and number == at.realm and at.outcome else Progress(
                number, 1, 0, total, None, None, pulls, ())
            total = add([total, _realm(job, start, _tiles(realm, tile))])
            if keep and keep.due():
                keep.commit(Progress(number + 1, 1, 0, total, None, None, pulls, ()))
        done(behind)
        if at and not (total.occupancy.sum(axis=(1, 2)) == plan.unit_size.sum()).all():
            raise store.broken()
        if keep and not (at and at.realm > number):
            keep.commit(Progress(number + 1, 1, 0, total, None, None, pulls, ()))
    return total


def _tiles(realm: list[Span], most: int) -> list[list[Span]]:
    return [realm] if sum(map(len, realm)) <= most else [[span] for span in realm]


def _realm(job: _Job, at: Progress, parts: list[list[Span]]) -> Outcome:
    """Carry a realm from where it stands to the end."""
    plan = job.plan
    outcome = at.outcome or empty(plan, job.steps)
    crowd = _Crowd(job, at, parts, outcome)
    if not at.versions:
        crowd.hand_out(0)
    for phase in (phase for phase in job.course if phase.last >= at.step):
        crowd.turn(phase)
        _phase(job, at, crowd, phase, outcome, len(parts))
    for i in range(len(parts)):
        finish(plan, crowd.tile(i, job.steps), outcome)
    return outcome


def _phase(job: _Job, at: Progress, crowd: _Crowd, phase: Phase, outcome: Outcome, tiles: int) -> None:
    """Carry a realm through the steps of a phase that are left."""
    plan, begins = phase.plan, max(phase.first, at.step)
    threads, stretch = job.threads, 1
    if tiles == 1:
        threads, stretch = pace(plan, phase.tables, crowd.tile(0, begins - 1), job.threads)
    for first, last in spans_of_steps(plan, begins, phase.last, stretch):
        rows = at.rows if first == at.step else None
        before = outcome.occupancy[first - 1]
        for i in range(at.tile if first == at.step else 0, tiles):
            tile = crowd.tile(i, first - 1)
            change, pulled = carry(plan, phase.tables, tile, job.seed, first, last, before, job.pool, threads)
            # A tile knows the pulls of its pools, whole ones: of a pool in several tiles, each says the same.
            np.maximum(at.pulls[first:last], pulled, out=at.pulls[first:last])
            rows = change if rows is None else add([rows, change])
            crowd.put(i, last - 1, tile)
            job.done(len(tile.people) * (last - first))
            if tiles > 1 and i + 1 < tiles:
                crowd.commit(first, i + 1, rows)
        assert rows is not None
        outcome.absorb(rows, first)
        crowd.hand_out(last - 1)
        if last <= job.steps:
            crowd.commit(last, 0, None)


class _Crowd:
    """The tiles of a realm: one in memory, or several that live on the disk."""

    def __init__(self, job: _Job, at: Progress, parts: list[list[Span]], outcome: Outcome) -> None:
        self._job, self._at, self._parts, self._outcome = job, at, parts, outcome
        self._versions = list(at.versions) or [0] * len(parts)
        self._held: tuple[int, Tile] | None = None
        self._tables = job.course[0].tables
        if len(at.versions) not in (0, len(parts)):
            raise job.store.broken()
        if not at.versions:
            for i in range(len(parts)):
                self.put(i, 0, begin(job.plan, self._tables, self._people(i), job.seed, outcome))

    def turn(self, phase: Phase) -> None:
        """From here on, these rules hold."""
        held, self._tables = self._held, phase.tables
        if phase.plan is not self._job.plan and held is not None:
            self._held = held[0], tile_of(self._tables, held[1].people, held[1].state)

    def tile(self, i: int, step: int) -> Tile:
        """Tile i as it stands after a step."""
        if self._held is None or self._held[0] != i:
            self._held = None
            tile = self._as_it_was(i)
            given_again(self._job.plan.at(step), tile, self._job.seed, step, self._outcome.cuts[step])
            self._held = i, tile
        return self._held[1]

    def hand_out(self, step: int) -> None:
        """Give out the places that are due at the end of a step.

        Of several tiles, copies are gone through: for the cut, then for the counts. The tiles themselves are changed
        when they are next taken up, by the cut.
        """
        plan, seed, outcome = self._job.plan.at(step), self._job.seed, self._outcome
        if len(self._parts) == 1:
            if due(plan.places, step):
                hand_out(plan, [self.tile(0, step)], seed, step, outcome)
            return
        for n in due(plan.places, step):
            def copies(before: int = n) -> Iterator[Tile]:
                for i in range(len(self._parts)):
                    self._held = None
                    tile = self._as_it_was(i)
                    for earlier in (m for m in due(plan.places, step) if m < before):
                        give(plan, tile, earlier, seed, step, outcome.cuts[step, earlier], None)
                    yield tile

            outcome.cuts[step, n, :len(plan.places[n].names)] += cut(plan, n, seed, step, copies)
            for tile in copies():
                give(plan, tile, n, seed, step, outcome.cuts[step, n], outcome)

    def _as_it_was(self, i: int) -> Tile:
        people = self._people(i)
        state = self._job.store.load_tile(self._job.plan, self._at.realm, i, self._versions[i], len(people))
        return tile_of(self._tables, people, state)

    def _people(self, i: int) -> People:
        job = self._job
        if len(self._parts) == 1:
            return settle(job.plan, job.seed, self._parts[0])
        return job.store.people(job.plan, self._at.realm, i, self._parts[i],
                                lambda: settle(job.plan, job.seed, self._parts[i]))

    def put(self, i: int, step: int, tile: Tile) -> None:
        """Tile i has been carried up to a step. With others in the realm, it goes to the disk."""
        self._held = i, tile
        if len(self._parts) > 1:
            self._job.store.save_tile(self._at.realm, i, step, tile.state)
            self._versions[i] = step

    def commit(self, step: int, tile: int, rows: Outcome | None) -> None:
        """A checkpoint: when it is time for one, and after each tile that went to the disk, to free its old place."""
        store = self._job.store
        if not store.durable or (len(self._parts) == 1 and not store.due()):
            return
        if len(self._parts) == 1:
            assert self._held is not None
            try:
                store.save_tile(self._at.realm, 0, step - 1, self._held[1].state)
            except OSError as error:
                store.complain(error)
                return
            self._versions[0] = step - 1
        store.commit(Progress(self._at.realm, step, tile, self._at.total, self._outcome, rows, self._at.pulls,
                              tuple(self._versions)))
