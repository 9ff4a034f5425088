"""What the agents engine holds of persons between two steps, and who is carried together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.arrays import Blocks
from sousveil.engine.people import People

__all__ = ["State", "Tile"]

Due = dict[int, tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]


@dataclass(slots=True, eq=False)
class State:
    """What a person is between two steps; 9 bytes, and `due` for the few who wait for points to be given back.

    chosen  uint16[P, N], for each place beside a tier: one more than the step at whose end it was given last, or 0

    score   int16[N], units above the floor
    tier    uint8[N], seven bits of tier and one that says whether the person ever got a wrongful debit
    since   uint16[N], the step in which the present spell began
    debits  int32[N], sum of all debits so far, before any was given back
    due     step -> (places in these arrays in order, points to be given back in that step)

    Where a scheme keeps a register (else these are empty):
    base    int32[N], where the score is a sum: what of it counts for good, in units above the floor
    many    uint16[N], how many records a person has; records uint32[sum of many], theirs, see `registers`

    Where listings can be appealed (else these are empty):
    wrong   int16[N], units that were taken wrongly and stand, those of records that a register keeps aside
    heard   uint16[N], the step in which all that stands is given back on appeal; 0: none
    """

    score: npt.NDArray[np.int16]
    tier: npt.NDArray[np.uint8]
    since: npt.NDArray[np.uint16]
    debits: npt.NDArray[np.int32]
    due: Due = field(default_factory=dict)
    base: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    many: npt.NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, dtype=np.uint16))
    records: npt.NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))
    chosen: npt.NDArray[np.uint16] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.uint16))
    wrong: npt.NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    heard: npt.NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, dtype=np.uint16))


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """Persons that are carried together, and how they are cut into blocks that split no household.

    gear   a `Gear`: what it was last carried with, if it was: the next stretch takes the same room
    """

    people: People
    state: State
    blocks: Blocks
    gear: list[Any] = field(default_factory=list)
