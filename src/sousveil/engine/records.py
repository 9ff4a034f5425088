"""The records of a person that are kept one by one, where records end, fade or are taken off by name.

`month` tells the rest of a step; `registers` does the same for millions.
"""

from __future__ import annotations

import math

from sousveil.draws import Purpose
from sousveil.engine.arrays import LANDED, WRONG
from sousveil.engine.household import Kept, Person, Record, Turn, World
from sousveil.engine.plan import Plan
from sousveil.engine.terms import Register

__all__ = ["is_kept", "kept_after", "kept_of_own"]


def is_kept(record: Record, plan: Plan) -> bool:
    """Whether a record is one of those."""
    return plan.register is not None and record.kind in plan.register.kinds


def kept_after(person: Person, records: list[Record], own: list[int], irrelevant: list[Record], lifted: bool, step: int,
               world: World) -> tuple[list[int], list[Turn], int]:
    """The register of a person in a step: records of own acts by signal, what became of those it had, and what all that
    now count are worth together. own: how many it gets of own acts; irrelevant: those that can be appealed; lifted:
    whether all that stands wrongly is given back.
    """
    register = world.plan.register
    if register is None:
        return [], [], 0
    wrongful = [r for r in records if r.counted and is_kept(r, world.plan)]
    contested = [r for r in irrelevant if is_kept(r, world.plan)]
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
    again = world.number(person, step, Purpose.RENEWAL, nth) < register.renews[person.cell, record.kind]
    return ("renewed", step) if again else ("over", began)


def kept_of_own(person: Person, word: int, step: int, world: World) -> list[int]:
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
        left = world.number(person, step, Purpose.RECORD, q) * whole
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
                and world.number(person, step, Purpose.RELEASE, r) < register.chance[person.cell, r]):
            found.append(r)
    return found


def _worth(register: Register, kind: int, age: int) -> int:
    return int(register.worth[kind, min(age, register.worth.shape[1] - 1)])
