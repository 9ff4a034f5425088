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

Who lives through a month is in `household.py`, and what becomes of records that are kept one by one in `records.py`.
The compiled loop in `kernels.py` does exactly this for millions; a test holds the two together bit by bit. The same
rules told act by act, with nothing compiled, are in `oracle.py`. The mathematics: MODEL.md section 3.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right

import numpy as np

from sousveil.draws import Purpose, uniforms, words
from sousveil.engine.arrays import LANDED, WRONG
from sousveil.engine.household import Household, Listing, Month, Person, Record, Turn, World
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.records import is_kept, kept_after, kept_of_own
from sousveil.engine.tables import Inverse

__all__ = ["give", "live"]


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
    wrong = sum(int(plan.weight[r.kind]) for r in records if r.counted and not is_kept(r, plan))
    gone = _left(person, plan)
    rules = [r for r, tier in enumerate(plan.kin_tiers) if tier in others and not gone]
    kin = sum(plan.kin_points[r] for r in rules)
    own = kept_of_own(person, int(luck[3]), step, world)
    irrelevant = _irrelevant(person, debits, own, step, world)
    listing, lifted, restored = _listed(person, step, world)
    returned = _redress(person, [*records, *irrelevant], step, plan)
    kept, turns, live_now = kept_after(person, records, own, irrelevant, lifted, step, world)
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
    upheld = sum(-int(plan.weight[r.kind]) for r in records if r.upheld and not is_kept(r, plan))
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
        counts.append((k, _drawn_from(chances, world.number(person, step, Purpose.IRRELEVANT, k))))
        left -= counts[-1][1] * weight
    if plan.register is not None:
        counts += [(k, n) for k, n in zip(plan.register.kinds, kept, strict=True) if plan.contested[k]]
    appeal, upheld = float(plan.contest[person.cell]), float(plan.upheld[person.cell])
    for k, n in counts:
        for i in range(n):
            luck = world.number(person, step, Purpose.APPEAL, k * LANDED + i)
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
        luck = world.number(person, step, Purpose.LISTING, 0)
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
                if r.counted and not r.upheld and not is_kept(r, plan))
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
