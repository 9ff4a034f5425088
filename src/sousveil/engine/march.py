"""The compiled loop over steps. What it does is told in `month.py`, person by person; here it is done for millions.

People go in blocks of one unit that split no household. A step of a block is a row of short loops over its persons,
each of which does one thing: draws words, looks up jumps, and so on. What befalls few of them (a record that is not
their own, another tier) is only marked there, by a byte a person, and done afterwards for those marked: a branch that
cannot be foreseen costs as much as all else that is done for a person.

People who hang together through mistaken records (a tie, see `Tables`) take a step together, for a step needs to know
who was in which tier before it. Where a tie is small, it goes through many steps at once, while all that it needs is at
hand; so does everybody where nothing is mistaken.

Everything arrives as flat arrays of fixed types, so that one compilation serves every scheme. The loop holds no lock
(`nogil`): the caller runs several at once, each on its own blocks with its own accumulators. All sums over persons are
sums of whole numbers, so their order does not matter.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from sousveil.engine.appealed import irrelevant, listed, stand
from sousveil.engine.compiled import INNER, LENT, kept
from sousveil.engine.lean import empty, zeros
from sousveil.engine.loops import (
    changes,
    family,
    first_steps,
    frozen,
    given_back,
    kin,
    laws,
    marked,
    move,
    own_credits,
    own_debits,
    placed,
    remember,
    settle,
    settle_by_cell,
    stay,
    sums,
    words,
)
from sousveil.engine.registers import fourth_words, keep, sum_up
from sousveil.engine.strays import befall

__all__ = ["advance"]

_inner = numba.njit(**LENT)


@kept
def advance(first_step, last_step, first_block, last_block, blocks, persons, t, register, appeals, room, counts, key0,
            key1):
    """Carry the persons of some blocks from first_step through last_step - 1.

    first_block, last_block  places in the order of blocks; with more than one step, a tie's blocks are all among them
    register                 t.kept where records are kept, else None: who keeps none compiles nothing of it
    appeals                  t.appeals where more than mistakes can be appealed, else None, for the same reason
    room                     room to work in, see `room_for`; everything is lent, see `lent`

    Returns the records of these blocks, one block after the other in their order, and how many each has [blocks]; with
    a register, one step is taken at a time.
    """
    related = len(t.share_children) > 0 or t.kin_points.shape[0] > 1
    records = empty(2 * len(room.landed), np.uint32)
    zero, put = np.int64(0), np.int64(0)  # a plain 0 compiles `keep` twice
    lengths = zeros(len(blocks.unit) if t.kept.on else 0, np.int64)
    b = first_block
    while b < last_block:
        tie, after = t.tie[blocks.unit[blocks.order[b]]], b + 1
        while t.coupled and after < last_block and t.tie[blocks.unit[blocks.order[after]]] == tie:
            after += 1
        for step in range(first_step, last_step):
            row = step - first_step
            if row == 0 or t.coupled:
                _gates(row, tie, t, room, counts)
            for nth in range(b, after):
                block = blocks.order[nth]
                lo, hi, u = blocks.bounds[block], blocks.bounds[block + 1], blocks.unit[block]
                words(hi - lo, np.uint64(lo + blocks.shift[block]), np.uint64(step), room, key0, key1)
                if len(t.timed_tier) > 0:
                    first_steps(step, row, lo, hi, persons, t, counts)
                if len(t.borne_place) > 0:
                    placed(step, row, lo, hi, u, persons, t, counts)
                laws(lo, hi, persons, counts, t, room)
                own_debits(hi - lo, t, room)
                own_credits(hi - lo, t, room)
                sums(row, lo, hi, u, persons, room, counts)
                if appeals is not None:
                    if appeals.listings:
                        listed(step, row, lo, hi, u, blocks.shift[block], persons, t, appeals, room, counts,
                               persons.first[block] if t.kept.on else 0, key0, key1)
                    irrelevant(step, row, lo, hi, u, blocks.shift[block], persons, t, appeals, room, counts, key0, key1)
                if register is not None:
                    fourth_words(hi - lo, np.uint64(lo + blocks.shift[block]), np.uint64(step), room, key0, key1)
                    near, old, begins = zero, persons.first[block], put
                    while near < hi - lo:
                        near, old, put = keep(step, row, lo, near, hi, u, blocks.shift[block], persons, t, appeals,
                                              room, counts, old, records, put, key0, key1)
                        if near < hi - lo:
                            records = _wider(records, put)
                    lengths[block] = put - begins
                else:
                    many = marked(room.records, room.records_eights, hi - lo, room.found)
                    befall(step, row, lo, many, u, blocks.shift[block], persons, t, appeals, room, counts, key0, key1)
                if appeals is not None:
                    stand(lo, hi, persons, t, appeals, room)
                if len(persons.due_who) > 0:
                    given_back(row, lo, hi, u, persons, room, counts)
                relatives = 0
                if related:
                    family(row, lo, hi, u, persons, t, room, counts)
                    relatives = marked(room.kin, room.kin_eights, hi - lo, room.found)
                    kin(row, lo, relatives, u, persons, t, room, counts)
                if t.leaving:
                    remember(lo, hi, persons, room)
                if t.kept.sums:
                    if register is not None:
                        sum_up(lo, hi, persons, t, room)
                elif t.differ:
                    settle_by_cell(lo, hi, persons, t, room)
                else:
                    settle(lo, hi, u, persons, t, room)
                if t.leaving:
                    frozen(lo, hi, persons, t, room)
                if t.staying:
                    stay(step, lo, hi, persons, t, room)
                changes(lo, hi, relatives, persons, t, room)
                many = marked(room.moved, room.moved_eights, hi - lo, room.found)
                move(step, row, lo, many, u, persons, room, counts)
            if t.coupled and step + 1 < last_step:
                _stand(row, tie, t, room, counts)
        b = after
    return records[:put], lengths


@numba.njit(**INNER)
def _wider(records, put):
    """Twice the room for records, of which there are `put`."""
    wider = empty(2 * len(records), np.uint32)
    for i in range(put):  # a slice would bring the words of a refusal with it, which take seconds to compile
        wider[i] = records[i]
    return wider


@_inner
def _gates(row, tie, t, room, counts):
    """What falls on the people of a tie in this step that is not their own doing. pull [P, K]: records that pools
    pin on others; by cell of the tie and tier, upto [.., 2K]: running total of mean records on a person, mistaken, then
    spurious; none [..], the chance of none; gate [C x T], that chance in 2**32 (a word above it means at least one).
    """
    tiers, kinds = t.mistaken.shape[1:]
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        for k in range(kinds):
            room.pull[t.pool[t.tie_cells[nth]], k] = 0.0
    if t.coupled:
        for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
            c = t.tie_cells[nth]
            for tier in range(tiers):
                if room.standing[c, tier] > 0:
                    for k in range(kinds):
                        room.pull[t.pool[c], k] += room.standing[c, tier] * t.mistaken[c, tier, k]
        for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
            for k in range(kinds):
                counts.pulls[row, t.pool[t.tie_cells[nth]], k] = room.pull[t.pool[t.tie_cells[nth]], k]
    at = 0
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        c = t.tie_cells[nth]
        pool, others = t.pool[c], t.others[t.pool[c]]
        each = 1.0 / others if others > 0 else 0.0
        for tier in range(tiers):
            total = 0.0
            for k in range(kinds):
                total += max(0.0, room.pull[pool, k] - t.mistaken[c, tier, k]) * each
                room.upto[at, k] = total
            for k in range(kinds):
                total += t.spurious[c, k]
                room.upto[at, kinds + k] = total
            room.none[at] = math.exp(-total)
            room.gate[c * tiers + tier] = min(4294967295.0, room.none[at] * 4294967296.0)
            if t.gone[tier]:  # nobody records anything on who has left
                room.gate[c * tiers + tier] = np.uint32(4294967295)
            at += 1


@_inner
def _stand(row, tie, t, room, counts):
    """Who of a tie is in which tier after a step."""
    for nth in range(t.tie_from[tie], t.tie_from[tie + 1]):
        c = t.tie_cells[nth]
        for tier in range(room.standing.shape[1]):
            room.standing[c, tier] += counts.occupancy[row, c, tier]
