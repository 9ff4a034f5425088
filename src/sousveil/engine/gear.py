"""What a tile is carried with: the arrays that loops over steps are lent, made and laid out once for many steps.

A step of few people takes less time than to make these arrays anew. So a step only empties those in which it counts.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.arrays import LANDED, Blocks, Counts, Persons, Room
from sousveil.engine.lent import lent
from sousveil.engine.march import advance
from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.plan import Plan
from sousveil.engine.state import Tile
from sousveil.engine.tables import Tables

__all__ = ["Gear", "parts_of"]

Due = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

_NOBODY: Due = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)


class Gear:
    """For stretches of so many steps under some rules, by so many threads, each of which carries a part of the blocks.

    parts     the first block of each part and the one after its last
    pulled    the mistaken records of each pool [rows, P, K]; later, freed, begins: see `Persons`
    in_order  whether blocks are carried in the order in which they lie
    """

    def __init__(self, plan: Plan, t: Tables, tile: Tile, steps: int, threads: int) -> None:
        people, blocks = len(tile.people), tile.blocks
        releases = plan.register is not None and bool(plan.register.everything.any())
        self._of = t, steps, threads
        self.parts = _split(t, tile, steps, threads)
        self.pulled = np.zeros((steps, plan.pools, len(plan.kinds)))
        self.later = np.zeros(people if t.delayed else 0, dtype=np.int32)
        self.freed = np.zeros(len(self.later) if releases else 0, dtype=np.bool_)
        self.begins = np.zeros(len(blocks.unit) + 1, dtype=np.int64)
        self.in_order = len(self.parts) == 1 and bool(np.all(np.diff(blocks.order) == 1))
        rules = (lent(blocks), lent(t), lent(t.kept) if t.kept.on else None,
                 lent(t.appeals) if t.appeals is not None else None)
        self._each = [_Part(plan, t, tile, part, self, rules) for part in self.parts]

    def suits(self, t: Tables, steps: int, threads: int) -> bool:
        """Whether these rules, so many steps and so many threads are what it was made for."""
        return self._of[0] is t and self._of[1:] == (steps, threads)

    def ready(self, tile: Tile) -> None:
        """Make ready for the next stretch."""
        for array in (self.pulled, self.later, self.freed):
            array.fill(0)
        if self._of[0].kept.on:
            np.add.reduceat(tile.state.many, tile.blocks.bounds[:-1], dtype=np.int64).cumsum(out=self.begins[1:])

    def advance(self, first: int, last: int, before: npt.NDArray[np.int64], due: Due | None, tile: Tile,
                key: tuple[np.uint64, np.uint64], nth: int
                ) -> tuple[Outcome, npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Carry the nth part through the steps first .. last - 1: what they changed, and the records of its blocks."""
        return self._each[nth].advance(first, last, before, due, tile, key)


class _Part:
    """What a part of the blocks is carried with."""

    def __init__(self, plan: Plan, t: Tables, tile: Tile, part: tuple[int, int], gear: Gear, rules: tuple[Any, ...]
                 ) -> None:
        people, state, rows = tile.people, tile.state, empty(plan, len(gear.pulled) - 1)
        # Scores are counted when a run begins and when it ends: the rows of a step need no room for them.
        rows.scores = np.zeros((2, 0, 0), dtype=np.int64)
        self._part, self._rows, self._rules, self._room = part, rows, rules, _room(*part, tile.blocks, t)
        self._due, self._records, self._left = _NOBODY, state.records, rows.left
        self._persons = lent(Persons(
            people.cell, people.home, state.score, state.tier, state.since, state.debits, *_NOBODY, gear.later,
            gear.freed, state.base, state.many, state.records, gear.begins, state.chosen, state.wrong, state.heard))
        counts = Counts(rows.occupancy, rows.moves, rows.points, rows.wrongful, rows.wrongful_ever, rows.appeals,
                        rows.fresh, rows.placed, rows.placed_only, rows.shared, rows.left, gear.pulled)
        self._counts, self._lent_room = lent(counts), lent(self._room)
        self._counted = [array for array in counts[:-2] if array.size]

    def advance(self, first: int, last: int, before: npt.NDArray[np.int64], due: Due | None, tile: Tile,
                key: tuple[np.uint64, np.uint64]) -> tuple[Outcome, npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """See `Gear.advance`."""
        due = due or _NOBODY
        if due is not self._due:
            self._due = due
            self._persons.put(due_who=due[0], due_points=due[1])
        if tile.state.records is not self._records:
            self._records = tile.state.records
            self._persons.put(records=self._records)
        for array in self._counted:
            array.fill(0)
        self._left.fill(0)
        if self._left.shape[2] < last:
            self._left = np.zeros((*self._left.shape[:2], max(last, 2 * self._left.shape[2])), dtype=np.int64)
            self._counts.put(left=self._left)
        self._rows.left = self._left[:, :, :last]
        np.copyto(self._room.standing, before)
        blocks, *rules = self._rules
        return self._rows, *advance(first, last, *self._part, blocks, self._persons, *rules, self._lent_room,
                                    self._counts, *key)


def _room(first_block: int, last_block: int, blocks: Blocks, t: Tables) -> Room:
    """Room to carry these blocks in."""
    (cells, tiers, kinds), signals = t.mistaken.shape, len(t.kept.kinds)
    here = blocks.order[first_block:last_block]
    widest = int((blocks.bounds[here + 1] - blocks.bounds[here]).max(initial=0))
    most = int(np.diff(t.tie_from).max(initial=0)) * tiers
    wide, heard = widest * t.kept.on, widest * (t.appeals is not None and t.appeals.listings)
    kin, records, moved = np.zeros((3, widest // 8 + 2), dtype=np.uint64)

    def words() -> npt.NDArray[np.uint32]:
        return np.empty(widest, dtype=np.uint32)

    return Room(
        standing=np.empty((cells, tiers), dtype=np.int64), pull=np.empty((len(t.others), kinds)),
        upto=np.empty((most, 2 * kinds)), none=np.empty(most), gate=np.empty(cells * tiers, dtype=np.uint32),
        word0=words(), word1=words(), word2=words(), jump=np.empty(widest, dtype=np.int32),
        charged=np.empty(widest, dtype=np.int32), kin=kin.view(np.uint8), kin_eights=kin,
        records=records.view(np.uint8), records_eights=records, moved=moved.view(np.uint8), moved_eights=moved,
        after=np.empty(widest, dtype=np.uint8), own=np.empty(widest, dtype=np.uint64),
        others=np.empty(widest, dtype=np.uint64), found=np.empty(widest, dtype=np.int64),
        seen=np.empty(2 * kinds, dtype=np.int64), law=words(), word3=np.empty(wide, dtype=np.uint32),
        live=np.empty(wide, dtype=np.int64), landed=np.empty(LANDED * (1 + signals) * t.kept.on, dtype=np.uint32),
        ended=np.empty(len(t.kept.lasts), dtype=np.bool_), anew=np.empty(len(t.kept.lasts), dtype=np.bool_),
        ahead=np.empty(1 + signals), taken=np.empty(heard, dtype=np.int32), lifted=np.empty(heard, dtype=np.bool_))


def parts_of(threads: int) -> int:
    """Into how many parts a tile is cut for so many threads."""
    # More parts than threads, so that a thread that is slowed down does not keep the others waiting.
    return 1 if threads == 1 else 4 * threads


def _split(t: Tables, tile: Tile, steps: int, threads: int) -> list[tuple[int, int]]:
    """Cut the blocks into parts of about as many persons; where several steps are taken at once, between ties only."""
    unit, order = tile.blocks.unit, tile.blocks.order
    if threads == 1:
        return [(0, len(order))]
    persons = np.cumsum(np.diff(tile.blocks.bounds)[order])
    cuts = np.arange(1, len(order))
    if t.coupled and steps > 1:
        cuts = cuts[np.diff(t.tie[unit[order]]) != 0]
    wanted = np.linspace(0, persons[-1], parts_of(threads) + 1)[1:-1]
    chosen = cuts[np.minimum(np.searchsorted(persons[cuts - 1], wanted), len(cuts) - 1)] if len(cuts) else cuts
    return list(itertools.pairwise([0, *np.unique(chosen).tolist(), len(order)]))
