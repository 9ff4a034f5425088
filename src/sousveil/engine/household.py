"""Who lives through a month, and what is written down of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, words
from sousveil.engine.plan import Plan
from sousveil.engine.tables import Tables

__all__ = ["Household", "Kept", "Listing", "Month", "Person", "Record", "Turn", "World"]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What a household lives in: the plan, its tables, the seed, and pulls [steps+1, P, K], the mistaken records of
    each look-alike pool in each step, which depend on everybody else; so do cuts [steps+1, P, Q, 2], see `Outcome`.
    """

    plan: Plan
    tables: Tables
    seed: int
    pulls: npt.NDArray[np.float64]
    cuts: npt.NDArray[np.float64] | None = None

    def number(self, person: Person, step: int, purpose: Purpose, nth: int) -> float:
        """The nth number in (0, 1) of a person for a step and a purpose."""
        return (int(words(self.seed, person.id, step, purpose, nth >> 2)[nth & 3]) + 0.5) / 4294967296.0


@dataclass(slots=True)
class Person:
    """A synthetic person between two months.

    due      points that will be given back, by step modulo the delay
    since    the step in which the present stay in a tier began; begun: the start score
    base     where the score is a sum: what of it counts for good; records: those that are kept one by one
    chosen   place -> the step at whose end the person got it last
    wrong    units that were taken wrongly and stand, records that are kept one by one aside; heard: the step in which
             all that stands wrongly is given back because a listing was appealed, 0 for none
    """

    id: int
    cell: int
    score: int
    tier: int
    ever: bool = False
    due: list[int] = field(default_factory=list)
    since: int = 0
    begun: int = 0
    base: int = 0
    records: list[Kept] = field(default_factory=list)
    chosen: dict[int, int] = field(default_factory=dict)
    wrong: int = 0
    heard: int = 0

    def __post_init__(self) -> None:
        self.begun = self.base = self.score


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of the register: its kind there, the steps until it is given back (0: never), when its term began."""

    kind: int
    wait: int
    began: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What became of a record of the register, or a release (the same numbers): what it was worth until then.

    what   `over`, `renewed`, `taken off`, `given back`, `released`
    """

    what: str
    kind: int
    points: int


@dataclass(frozen=True, slots=True)
class Household:
    """Adults who live together, and the number of their children."""

    members: list[Person]
    children: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record on a person of something it did not do, `mistaken` or `spurious`, or of an irrelevant act of its `own`
    that can be appealed. counted: within the cap.
    """

    kind: int
    cause: str
    counted: bool
    appealed: bool
    upheld: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Coming into a tier that takes a right away, with something that stands wrongly: whether that is appealed."""

    appealed: bool
    upheld: bool


@dataclass(frozen=True, slots=True)
class Month:
    """One line of the ledger: what a step did to a person. Points in units; `held` is the tier in force in the step.

    places: those that the person got at the end of it; irrelevant: own debits that can be appealed, which are in
    own_debits or in kept, too. Where there is a register: kept, how many records of own acts it
    got of each signal; turns, what became of others.
    """

    step: int
    held: int
    own_debits: int
    own_credits: int
    wrongful: tuple[Record, ...]
    kin_rules: tuple[int, ...]
    kin: int
    returned: int
    score: int
    tier: int
    kept: tuple[int, ...] = ()
    turns: tuple[Turn, ...] = ()
    places: tuple[int, ...] = ()
    irrelevant: tuple[Record, ...] = ()
    listing: Listing | None = None
