"""A month in a life. Read this first: it is what sousveil does, for one household, in the order in which it happens.

    1  conduct      people act: so often as their cell does, as their tier makes them, and less where points frighten
    2  recording    an act is recorded if the channel covers it
    3  attribution  a record is lost, or pinned on somebody else, or on the one who acted
    4  spurious     some records have no act behind them
    5  points       each record gives its points, up to the kind's cap
    6  kin          who lives with somebody in a marked tier gets the kin rule's points, or its cap
    7  redress      some wrongful debits are appealed, upheld, and given back, now or later
    7b release      what somebody does to get out takes records off, or gives points
    8  score        decay, handicap, points, or the sum of what counts where records end; then the floor and the ceiling
    9  tier         a threshold lifts at once, a margin holds, a term too; a group's ceiling stays
    9b places       who ranks first gets one of a limited number of places, by where everybody stands then
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

from sousveil.draws import Purpose, uniforms, words
from sousveil.engine.arrays import LANDED, WRONG
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.tables import Inverse, Tables
from sousveil.engine.terms import Register

__all__ = ["Household", "Kept", "Listing", "Month", "Person", "Record", "Turn", "World", "give", "live"]


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
    wrong = sum(int(plan.weight[r.kind]) for r in records if r.counted and not _is_kept(r, plan))
    gone = _left(person, plan)
    rules = [r for r, tier in enumerate(plan.kin_tiers) if tier in others and not gone]
    kin = sum(plan.kin_points[r] for r in rules)
    own = _own_kept(person, int(luck[3]), step, world)
    irrelevant = _irrelevant(person, debits, own, step, world)
    listing, lifted, restored = _listed(person, step, world)
    returned = _redress(person, [*records, *irrelevant], step, plan)
    kept, turns, live_now = _register(person, records, own, irrelevant, lifted, step, world)
    _stands(person, [*records, *irrelevant], turns, plan)
    back = sum(-turn.points for turn in turns if turn.what == "given back")
    counted = returned - _forgotten(person, returned, step, turns, plan) + restored
    score = _score(person, debits + credits_ + wrong + kin + counted, live_now, turns, plan)
    score = person.score if gone else score  # who has left is not scored any more
    tier = int(plan.ladder.next[plan.ladder_of[person.cell], held, score])
    if tier > held and step - person.since < plan.stay[held]:
        tier = held
    tier = min([tier, *(plan.kin_cap[r] for r in rules)])
    person.since = step if tier != held else person.since
    person.score, person.tier = score, tier
    person.ever = person.ever or any(r.counted and plan.weight[r.kind] < 0 for r in records)
    places = give(person, step, world)
    return Month(step, held, debits, credits_, tuple(records), tuple(rules), kin, returned + restored + back, score,
                 person.tier, tuple(kept), tuple(turns), places, tuple(irrelevant), listing)


def give(person: Person, step: int, world: World) -> tuple[int, ...]:
    """9b. The places that a person gets at the end of a step, in which they rank no later than the cut."""
    found = []
    for n in due(world.plan.places, step):
        place, weight = world.plan.places[n], float(world.plan.places[n].weight[person.cell])
        if not place.tiers >> person.tier & 1 or weight <= 0.0:
            continue
        assert world.cuts is not None
        last, number = world.cuts[step, n, place.pool[person.cell]].tolist()
        own = float(uniforms(world.seed, person.id, step, Purpose.RANK, n)[0])
        own = own if place.sign else -math.log(own) / weight
        rank = place.sign * person.score
        if rank < last or (rank == last and own <= number):
            found.append(n)
            person.chosen[n] = step
            if place.goes >= 0:
                person.tier, person.since = place.goes, step
    return tuple(found)


def _score(person: Person, points: int, live_now: int, turns: list[Turn], plan: Plan) -> int:
    """8. The score after a step; `points`: of this step, without those of records that the register keeps."""
    register, top = plan.register, plan.ladder.states - 1
    done = [] if register is None else [turn.kind for turn in turns if turn.what == "released"]
    if register is not None:
        points += sum(int(register.points[r]) for r in done)
    back = register is not None and any(register.everything[r] for r in done)
    if register is not None and register.sums:
        # What the register keeps is not in the sum for good.
        person.base = (person.begun if back else person.base) + points
        return min(max(person.base + live_now, 0), top)
    start = person.begun if back else int(plan.ladder.decayed[person.score])
    return min(max(start + int(plan.ladder.handicap[plan.ladder_of[person.cell]]) + points, 0), top)


def _drawn(laws: Inverse, law: int, word: np.uint32) -> int:
    """The points of a person's own records: the jump to which this word leads."""
    begin, end = laws.begin[law:law + 2]
    return int(laws.jump[begin + np.searchsorted(laws.to[begin:end], word, side="left")])


def _not_ones_own(person: Person, word: int, step: int, world: World) -> list[Record]:
    """The records of others' acts and of no acts: how many, of which kinds, and whether they are undone."""
    plan, kinds = world.plan, len(world.plan.kinds)
    upto = _upto(person, step, world)
    total = upto[-1] if upto else 0.0
    if word <= min(4294967295, int(math.exp(-total) * 4294967296.0)) or _left(person, plan):
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


def _left(person: Person, plan: Plan) -> bool:
    return person.tier >= len(plan.tiers) - plan.left


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
    upheld = sum(-int(plan.weight[r.kind]) for r in records if r.upheld and not _is_kept(r, plan))
    if plan.delay == 0:
        return upheld
    returned = person.due[step % plan.delay]
    person.due[step % plan.delay] = upheld
    return returned


def _forgotten(person: Person, returned: int, step: int, turns: list[Turn], plan: Plan) -> int:
    """What of the points given back in this step counts for nothing: who is back where they began has nothing to get
    back of what was before, neither now nor later.
    """
    register = plan.register
    if plan.delay == 0 or register is None or not any(
            turn.what == "released" and register.everything[turn.kind] for turn in turns):
        return 0
    person.due = [points if slot == step % plan.delay else 0 for slot, points in enumerate(person.due)]
    return returned


def _is_kept(record: Record, plan: Plan) -> bool:
    return plan.register is not None and record.kind in plan.register.kinds


def _irrelevant(person: Person, debits: int, kept: list[int], step: int, world: World) -> list[Record]:
    """Own debits that can be appealed, those of the register last, and whether they are undone. debits: the points of
    those that are drawn as one sum, from which follows how likely it was to hold so many of a kind.
    """
    plan, given, found = world.plan, world.tables.appeals, list[Record]()
    law, left, counts = int(world.tables.law[person.cell, person.tier]), debits, list[tuple[int, int]]()
    for q, k in enumerate(given.kinds.tolist() if given is not None and debits else []):
        assert given is not None
        weight, wide, far = int(plan.weight[k]), int(given.counts_wide[q]), int(given.rest_wide[q])
        many = given.counts[given.counts_from[q] + law * wide:][:wide]
        rest = given.rest[given.rest_from[q] + law * far:][:far]
        at = [left - n * weight - int(given.rest_first[q]) for n in range(wide)]
        chances = [float(many[n] * rest[a]) if 0 <= a < far else 0.0 for n, a in enumerate(at)]
        counts.append((k, _drawn_from(chances, _number(world, person, step, Purpose.IRRELEVANT, k))))
        left -= counts[-1][1] * weight
    if plan.register is not None:
        counts += [(k, n) for k, n in zip(plan.register.kinds, kept, strict=True) if plan.contested[k]]
    appeal, upheld = float(plan.contest[person.cell]), float(plan.upheld[person.cell])
    for k, n in counts:
        for i in range(n):
            luck = _number(world, person, step, Purpose.APPEAL, k * LANDED + i)
            found.append(Record(k, "own", True, luck < appeal, luck < appeal * upheld))
    return found


def _listed(person: Person, step: int, world: World) -> tuple[Listing | None, bool, int]:
    """Whether the person comes into a tier that takes a right away and appeals; whether all that stands wrongly is
    given back in this step, and how much, records that are kept one by one aside.
    """
    plan, found = world.plan, None
    if "listings" not in plan.grounds or _left(person, plan):
        return None, False, 0
    if plan.listing[person.tier] and step - person.since == 1 and (
            person.wrong or any(record.wait == WRONG for record in person.records)):
        luck = _number(world, person, step, Purpose.LISTING, 0)
        appeal = float(plan.contest[person.cell])
        found = Listing(luck < appeal, luck < appeal * float(plan.upheld[person.cell]))
        person.heard = person.heard or (step + plan.delay if found.upheld else 0)
    person.wrong = int(plan.faded[person.wrong])
    if person.heard != step:
        return found, False, 0
    restored, person.wrong, person.heard = person.wrong, 0, 0
    return found, True, restored


def _stands(person: Person, records: list[Record], turns: list[Turn], plan: Plan) -> None:
    """What was taken wrongly in this step stands from now on, if it is not undone; unless all begins anew."""
    if "listings" not in plan.grounds or _left(person, plan):
        return
    if plan.register is not None and any(t.what == "released" and plan.register.everything[t.kind] for t in turns):
        person.wrong = 0
    taken = sum(max(0, -int(plan.weight[r.kind])) for r in records
                if r.counted and not r.upheld and not _is_kept(r, plan))
    person.wrong = min(person.wrong + taken, plan.ladder.states - 1)


def _drawn_from(chances: list[float], u: float) -> int:
    """The place in a list of chances that do not add up to one, by a number in (0, 1)."""
    total = 0.0
    for chance in chances:
        total += chance
    found, over = 0, u * total
    for n, chance in enumerate(chances):
        if chance > 0.0:
            found = n
            over -= chance
            if over < 0.0:
                break
    return found


def _register(person: Person, records: list[Record], own: list[int], irrelevant: list[Record], lifted: bool, step: int,
              world: World) -> tuple[list[int], list[Turn], int]:
    """The register of a person in a step: records of own acts by signal, what became of those it had, and what all that
    now count are worth together. own: how many it gets of own acts; irrelevant: those that can be appealed; lifted:
    whether all that stands wrongly is given back.
    """
    register = world.plan.register
    if register is None:
        return [], [], 0
    wrongful = [r for r in records if r.counted and _is_kept(r, world.plan)]
    contested = [r for r in irrelevant if _is_kept(r, world.plan)]
    now = register.now.tolist()
    kind_of = {k: now[q] for q, k in enumerate(register.kinds)}
    turns = [Turn("given back", kind_of[r.kind], int(world.plan.weight[r.kind])) for r in [*wrongful, *contested]
             if r.upheld and not world.plan.delay]
    landed = [Kept(kind_of[r.kind], _wait(r, world.plan), step) for r in wrongful if world.plan.delay or not r.upheld]
    for q, n in enumerate(own):
        waits = [_wait(r, world.plan) for r in contested
                 if kind_of[r.kind] == now[q] and (world.plan.delay or not r.upheld)]
        landed += [Kept(now[q], wait, step) for wait in (
            waits if world.plan.contested[register.kinds[q]] else [0] * n)]
    done = _released(person, step, world)
    stays = []
    for nth, record in enumerate(person.records):
        what, began = _turned(person, record, nth, landed, done, step, world)
        what = "given back" if lifted and record.wait == WRONG else what
        worth = _worth(register, record.kind, step - 1 - record.began)
        if what and record.kind < len(register.of):
            turns.append(Turn(what, record.kind, worth))
        if what in ("", "renewed"):
            # What is entered again is a new record, under the rules of now.
            kind = now[register.of[record.kind]] if what else record.kind
            wait = WRONG if record.wait == WRONG else max(record.wait - 1, 0)
            stays.append(Kept(kind, wait, began))
    leaves = [Kept(len(register.of) + r, 0, step) for r in done if register.leaves[r]]
    person.records = [*stays, *landed, *leaves]
    turns += [Turn("released", r, int(register.points[r]) + _worth(register, len(register.of) + r, 0)) for r in done]
    return own, turns, sum(_worth(register, r.kind, step - r.began) for r in person.records)


def _wait(record: Record, plan: Plan) -> int:
    """The steps until a record is given back, as it is kept; 0 for never."""
    if record.upheld:
        return plan.delay
    return WRONG if "listings" in plan.grounds and plan.weight[record.kind] < 0 else 0


def _turned(person: Person, record: Kept, nth: int, landed: list[Kept], done: list[int], step: int,
            world: World) -> tuple[str, int]:
    """What becomes of a record that counted when the step began ('': nothing), and when its term began or begins."""
    register, began = world.plan.register, record.began
    assert register is not None
    if record.wait == 1:
        return "given back", began
    if any(register.ends[r, record.kind] for r in done):
        return "taken off", began
    if record.kind < len(register.of) and any(
            register.restarts[new.kind] == 2 or (register.restarts[new.kind] == 1
                                                 and register.of[new.kind] == register.of[record.kind])
            for new in landed):
        began = step
    if step - began < register.lasts[record.kind]:
        return "", began
    again = _number(world, person, step, Purpose.RENEWAL, nth) < register.renews[person.cell, record.kind]
    return ("renewed", step) if again else ("over", began)


def _own_kept(person: Person, word: int, step: int, world: World) -> list[int]:
    """How many records of own acts the register gets of each of its signals, given that a word says some or none."""
    kept = world.tables.kept
    counts = [0] * len(kept.kinds)
    rates = [float(rate) for rate in kept.own[person.cell, person.tier]]
    if word <= int(kept.gate[person.cell, person.tier]):
        return counts
    ahead = [0.0]
    for rate, once in zip(rates[::-1], kept.once[::-1], strict=True):
        ahead.insert(0, ahead[0] + (rate if not once else math.inf if rate >= 1.0 else -math.log1p(-rate)))
    for q, rate in enumerate(rates):
        if rate <= 0.0:
            continue
        chance, n, some, once = 1.0 - rate if kept.once[q] else math.exp(-rate), 0, any(counts[:q]), bool(kept.once[q])
        whole = 1.0 if some else -math.expm1(-ahead[q])
        left = _number(world, person, step, Purpose.RECORD, q) * whole
        left -= chance if some else chance * -math.expm1(-ahead[q + 1])
        while left > 0.0 and n < (1 if once else LANDED) and (n < rate or chance > 1e-13 * whole):
            n += 1
            chance = rate if once else chance * rate / n
            left -= chance
        counts[q] = n
    most = [int(world.plan.at_most[k]) for k in kept.kinds]
    return [min(n, m) if m else n for n, m in zip(counts, most, strict=True)]


def _released(person: Person, step: int, world: World) -> list[int]:
    """7b. The releases that happen, by their number."""
    register = world.plan.register
    assert register is not None
    found = []
    for r in range(len(register.points)):
        lately = any(record.kind == len(register.of) + r and step - record.began < register.every[r]
                     for record in person.records)
        if (int(register.tiers[r]) >> person.tier & 1 and not lately
                and _number(world, person, step, Purpose.RELEASE, r) < register.chance[person.cell, r]):
            found.append(r)
    return found


def _worth(register: Register, kind: int, age: int) -> int:
    return int(register.worth[kind, min(age, register.worth.shape[1] - 1)])


def _number(world: World, person: Person, step: int, purpose: Purpose, nth: int) -> float:
    """The nth number in (0, 1) of a person for a step and a purpose."""
    return (int(words(world.seed, person.id, step, purpose, nth >> 2)[nth & 3]) + 0.5) / 4294967296.0
