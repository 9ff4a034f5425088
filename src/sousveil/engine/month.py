"""A month in a life. Read this first: it is what sousveil does, for one household, in the order in which it happens.

    1  conduct      people act: so often as their cell does, as their tier makes them, and less where points frighten
    2  recording    an act is recorded if the channel covers it
    3  attribution  a record is lost, or pinned on somebody else, or on the one who acted
    4  spurious     some records have no act behind them
    5  points       each record gives its points, up to the kind's cap
    6  kin          who lives with somebody in a marked tier gets the kin rule's points, or its cap
    7  redress      some wrongful debits are appealed, upheld, and given back, now or later
    8  score        decay, handicap, points; then the floor and the ceiling
    9  tier         a threshold lifts at once, a margin holds; a group's ceiling stays
    10 ledger       what happened is written down

Steps 1 to 5 are not played out act by act. For one person, the debits of all its own acts are one random number on the
whole numbers, whose law was compiled beforehand (`laws.py`), and so are the credits; what is somebody else's doing is
rare and drawn record by record. What chance decides is drawn by key (`draws.py`): a word belongs to a person, a step
and a purpose, so whoever asks gets the same.

The compiled loop in `kernels.py` does exactly this for millions; a test holds the two together bit by bit. The same
rules told act by act, with nothing compiled, are in `oracle.py`. The mathematics: MODEL.md section 3.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, words
from sousveil.engine.plan import Plan
from sousveil.engine.tables import Inverse, Tables

__all__ = ["Household", "Month", "Person", "Record", "World", "live"]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What a household lives in: the plan, its tables, the seed, and pulls [steps+1, P, K], the mistaken records of
    each look-alike pool in each step, which depend on everybody else.
    """

    plan: Plan
    tables: Tables
    seed: int
    pulls: npt.NDArray[np.float64]


@dataclass(slots=True)
class Person:
    """A synthetic person between two months. `due`: points that will be given back, by step modulo the delay."""

    id: int
    cell: int
    score: int
    tier: int
    ever: bool = False
    due: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Household:
    """Adults who live together, and the number of their children."""

    members: list[Person]
    children: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record on a person of something it did not do. cause: `mistaken` or `spurious`; counted: within the cap."""

    kind: int
    cause: str
    counted: bool
    appealed: bool
    upheld: bool


@dataclass(frozen=True, slots=True)
class Month:
    """One line of the ledger: what a step did to a person. Points in units; `held` is the tier in force in the step."""

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


def live(household: Household, step: int, world: World) -> list[Month]:
    """Carry a household through one step; one line of the ledger for each member."""
    held = [person.tier for person in household.members]
    return [_month(person, [t for i, t in enumerate(held) if i != k], step, world)
            for k, person in enumerate(household.members)]


def _month(person: Person, others: list[int], step: int, world: World) -> Month:
    plan, held = world.plan, person.tier
    luck = words(world.seed, person.id, step, Purpose.STEP)
    law = int(world.tables.law[person.cell, held])
    debits = _drawn(world.tables.debit, law, luck[0])
    credits_ = _drawn(world.tables.credit, law, luck[1])
    records = _not_ones_own(person, int(luck[2]), step, world)
    wrong = sum(int(plan.weight[r.kind]) for r in records if r.counted)
    rules = [r for r, tier in enumerate(plan.kin_tiers) if tier in others]
    kin = sum(plan.kin_points[r] for r in rules)
    returned = _redress(person, records, step, plan)
    row = plan.ladder_of[person.cell]
    score = int(plan.ladder.decayed[person.score]) + int(plan.ladder.handicap[row])
    score = min(max(score + debits + credits_ + wrong + kin + returned, 0), plan.ladder.states - 1)
    tier = min([int(plan.ladder.next[row, held, score]), *(plan.kin_cap[r] for r in rules)])
    person.score, person.tier = score, tier
    person.ever = person.ever or any(r.counted and plan.weight[r.kind] < 0 for r in records)
    return Month(step, held, debits, credits_, tuple(records), tuple(rules), kin, returned, score, tier)


def _drawn(laws: Inverse, law: int, word: np.uint32) -> int:
    """The points of a person's own records: the jump to which this word leads."""
    begin, end = laws.begin[law:law + 2]
    return int(laws.jump[begin + np.searchsorted(laws.to[begin:end], word, side="left")])


def _not_ones_own(person: Person, word: int, step: int, world: World) -> list[Record]:
    """The records of others' acts and of no acts: how many, of which kinds, and whether they are undone."""
    plan, kinds = world.plan, len(world.plan.kinds)
    upto = _upto(person, step, world)
    total = upto[-1] if upto else 0.0
    if word <= min(4294967295, int(math.exp(-total) * 4294967296.0)):
        return []
    count = _poisson((word + 0.5) / 4294967296.0, total)
    appeal, upheld = float(plan.appeal[person.cell]), float(plan.upheld[person.cell])
    seen, records = [0] * (2 * kinds), []
    for n in range(count):
        which, fate = words(world.seed, person.id, step, Purpose.WRONGFUL, n >> 1)[2 * (n & 1):2 * (n & 1) + 2]
        index = bisect_right(upto, (int(which) + 0.5) / 4294967296.0 * total)
        kind = index % kinds
        seen[index] += 1
        counted = plan.at_most[kind] == 0 or seen[index] <= plan.at_most[kind]
        luck, debit = (int(fate) + 0.5) / 4294967296.0, counted and plan.weight[kind] < 0
        records.append(Record(kind, "mistaken" if index < kinds else "spurious", bool(counted),
                              bool(debit and luck < appeal), bool(debit and luck < appeal * upheld)))
    return records


def _upto(person: Person, step: int, world: World) -> list[float]:
    """Running total of the mean records on this person: mistaken by kind (what its pool gives away, less its own share,
    over the others of the pool), then spurious by kind.
    """
    plan = world.plan
    others = int(world.tables.others[world.tables.pool[person.cell]])
    each = 1.0 / others if others > 0 else 0.0
    pulls, own = world.pulls[step, plan.cell_pool[person.cell]], plan.mistaken[person.cell, person.tier]
    mistaken = [max(0.0, float(pull - mine)) * each for pull, mine in zip(pulls, own, strict=True)]
    return list(itertools.accumulate([*mistaken, *map(float, plan.spurious[person.cell])]))


def _poisson(u: float, mean: float) -> int:
    chance = math.exp(-mean)
    below, count = chance, 0
    while u > below and count < 10000 and (chance > 0.0 or count < mean):
        count += 1
        chance *= mean / count
        below += chance
    return count


def _redress(person: Person, records: list[Record], step: int, plan: Plan) -> int:
    """Points given back in this step: of this step's debits where there is no delay, else of those that are due."""
    upheld = sum(-int(plan.weight[r.kind]) for r in records if r.upheld)
    if plan.delay == 0:
        return upheld
    returned = person.due[step % plan.delay]
    person.due[step % plan.delay] = upheld
    return returned
