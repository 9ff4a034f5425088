"""What the compiled loop over steps works on: flat arrays, by name. Their types are the same for every scheme."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["CHILDREN", "EVER", "FALLEN", "HEAD", "LANDED", "TIER", "WRONG", "Blocks", "Counts", "Persons", "Room"]

HEAD, CHILDREN = 0x80, 0x1F
"""Bits of a home: the first member of a household; there, how many children it has."""

EVER, FALLEN, TIER = 0x80, 0x40, 0x3F
"""Bits of a tier: whether the person ever had a wrongful debit, ever was in the bottom tier; and the tier itself."""


LANDED = 10_000
"""Records of one cause, or of one kind of own acts, that can land on a person in a step."""

WRONG = 127
"""The steps until a record is given back, where it is wrong, stands, and goes when a listing is lifted: no delay is so
long.
"""


class Blocks(NamedTuple):
    """How persons are cut: a block is persons bounds[b] .. bounds[b + 1] - 1 of a unit, whose numbers are their places
    plus its shift. Blocks are carried in this order, in which those of a tie follow each other.
    """

    bounds: npt.NDArray[np.int64]
    unit: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


class Persons(NamedTuple):
    """Who they are and how they stand, see `People` and `State`. due_who, due_points: who gets points back in this
    step, in order of places, and how many; later: for whoever gets points of this step back in another, by place;
    freed: who is back where they began, by place, for whom nothing that is due from before counts any more; empty where
    no release does that, or nothing comes back later.
    base, many, records, chosen, wrong, heard: see `State`, and first [blocks + 1]: where the records of each block
    begin; without a register the first three and the last are empty.
    """

    cell: npt.NDArray[np.uint16]
    home: npt.NDArray[np.uint8]
    score: npt.NDArray[np.int16]
    tier: npt.NDArray[np.uint8]
    since: npt.NDArray[np.uint16]
    debits: npt.NDArray[np.int32]
    due_who: npt.NDArray[np.int64]
    due_points: npt.NDArray[np.int64]
    later: npt.NDArray[np.int32]
    freed: npt.NDArray[np.bool_]
    base: npt.NDArray[np.int32]
    many: npt.NDArray[np.uint16]
    records: npt.NDArray[np.uint32]
    first: npt.NDArray[np.int64]
    chosen: npt.NDArray[np.uint16]
    wrong: npt.NDArray[np.int16]
    heard: npt.NDArray[np.uint16]


class Counts(NamedTuple):
    """What steps change, a row a step: as in `Outcome`. pulls [rows, P, K]: the mistaken records of each pool."""

    occupancy: npt.NDArray[np.int64]
    moves: npt.NDArray[np.int64]
    points: npt.NDArray[np.int64]
    wrongful: npt.NDArray[np.int64]
    wrongful_ever: npt.NDArray[np.int64]
    appeals: npt.NDArray[np.int64]
    fresh: npt.NDArray[np.int64]
    placed: npt.NDArray[np.int64]
    placed_only: npt.NDArray[np.int64]
    shared: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    pulls: npt.NDArray[np.float64]


class Room(NamedTuple):
    """Room to work in.

    For a tie: standing [C, T], its people by cell and tier; and what falls on them, see `_gates`. For the persons of a
    block: three words; jump, the points of this step, and charged, the debits among them; marks of who meets with kin
    rules (which), with records that are not its own, with another tier (and the same bytes by eights); after, the tier
    that follows; own and others, see `_family`; found, places of those marked; law, where the guide of their laws
    begins. For one person: seen; and where there is a register: for the block word3 and live, what the records that
    count are worth; for one person landed, ended and anew by kind of record, and ahead, see `registers`; where listings
    can be appealed, for the block taken, the units taken wrongly in this step, and lifted, who gets back all that
    stands.
    """

    standing: npt.NDArray[np.int64]
    pull: npt.NDArray[np.float64]
    upto: npt.NDArray[np.float64]
    none: npt.NDArray[np.float64]
    gate: npt.NDArray[np.uint32]
    word0: npt.NDArray[np.uint32]
    word1: npt.NDArray[np.uint32]
    word2: npt.NDArray[np.uint32]
    jump: npt.NDArray[np.int32]
    charged: npt.NDArray[np.int32]
    kin: npt.NDArray[np.uint8]
    kin_eights: npt.NDArray[np.uint64]
    records: npt.NDArray[np.uint8]
    records_eights: npt.NDArray[np.uint64]
    moved: npt.NDArray[np.uint8]
    moved_eights: npt.NDArray[np.uint64]
    after: npt.NDArray[np.uint8]
    own: npt.NDArray[np.uint64]
    others: npt.NDArray[np.uint64]
    found: npt.NDArray[np.int64]
    seen: npt.NDArray[np.int64]
    law: npt.NDArray[np.uint32]
    word3: npt.NDArray[np.uint32]
    live: npt.NDArray[np.int64]
    landed: npt.NDArray[np.uint32]
    ended: npt.NDArray[np.bool_]
    anew: npt.NDArray[np.bool_]
    ahead: npt.NDArray[np.float64]
    taken: npt.NDArray[np.int32]
    lifted: npt.NDArray[np.bool_]
