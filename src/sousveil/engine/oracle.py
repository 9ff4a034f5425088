"""The oracle: MODEL.md section 3 told act by act, person by person, with loops and no cleverness.

It is the reference that the engines are judged by, and the best place to learn what a step does: read `_month` from the
top. It is slow, some 20,000 persons a second, and meant for small populations.

It shares nothing with the engines but the scheme's own objects, the draws, and who is in which cell and household.
Rates, laws and tables of a plan are not looked at: everything is worked out again from the values that a file gives
(`rules.py`, and what the oracle has of its own for records that end, places, and what people are: `docket.py`,
`ranking.py`, `nature.py`).
Its luck is its own too (`Purpose.ORACLE`), read in the order in which things happen, so a run of the oracle and a run
of an engine agree in law, not in bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, Stream
from sousveil.engine.arrays import CHILDREN, HEAD
from sousveil.engine.cells import Cells
from sousveil.engine.docket import Line
from sousveil.engine.nature import Nature, pick
from sousveil.engine.outcome import CAUSES, Outcome, empty
from sousveil.engine.people import People
from sousveil.engine.plan import Plan
from sousveil.engine.rules import Habit, Rules
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.number import Number
from sousveil.studies.periods import periods
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Release, StartTable

__all__ = ["simulate"]

OWN, MISTAKEN, SPURIOUS, KIN, REDRESS = CAUSES


@dataclass(slots=True, eq=False)
class Person:
    """One synthetic person.

    cell, labels  who they are; unit is their district and group
    pool          those they look like, themselves among them
    home          those they live with, themselves among them; children are counted at the first of them
    score, tier   the score in units above the floor; the tier held, from the bottom (0)
    since         the step at which they came into their tier
    wronged       whether they ever got a wrongful debit; fallen: whether they ever were in the bottom tier
    debits        sum of all debits so far, before any was given back
    owed          step -> points that will be given back then
    begun         the score at the start
    lines         where records end: all that counts, see `docket`
    done          release -> the step in which the person did it last
    left          the place for which the person has left the scheme, or ''
    places        place beside a tier -> the step at whose end the person got it last
    wrong         points, as they were taken, that were taken wrongly and stand; where records end, only those of others
    heard         the step in which all that stands wrongly is given back on appeal; 0: none
    """

    cell: int
    labels: dict[str, str]
    unit: int
    pool: list[Person]
    home: list[Person] = field(default_factory=list)
    children: int = 0
    score: int = 0
    tier: int = 0
    since: int = 0
    wronged: bool = False
    fallen: bool = False
    debits: int = 0
    owed: dict[int, int] = field(default_factory=dict)
    begun: int = 0
    lines: list[Line] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    left: str = ""
    places: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    heard: int = 0


def simulate(scheme: Scheme, population: Population, assumptions: Assumptions, plan: Plan, people: People, steps: int,
             seed: int, script: Mapping[int, Sequence[str]] | None = None, nature: Nature | None = None) -> Outcome:
    """Carry `people` through `steps` steps of the scheme, one by one; counts as `outcome.py` names them.

    plan    tells the labels of the cells and the shapes of the counts, nothing else
    people  who is in which cell and household (`people.settle`)
    script  step -> the acts that everybody is recorded with then; instead of conduct, channels and spurious records
    nature  what people of this population are, where it was worked out for another seed already
    """
    course = periods(scheme, population, assumptions)
    in_force = {period.at: period for period in course}
    nature = nature or Nature(course[0].scheme, population)
    rules = Rules(course[0], assumptions, plan.cells, [period.scheme for period in course], nature)
    outcome = empty(plan, steps)
    town = _town(plan.cells, assumptions, people)
    luck = Stream(seed, 0, 0, Purpose.ORACLE)
    for person in town:
        person.score = person.begun = _start(rules, person.labels, luck)
        person.tier = rules.first_tier(person.score, person.labels)
        outcome.scores[0, person.unit, rules.state(person.score)] += 1
    rules.ranking.hand_out(town, 0, outcome, luck)
    _count(outcome, town, 0)
    for step in range(1, steps + 1):
        if step in in_force:
            rules = rules.after(in_force[step])
        _month(rules, town, outcome, step, Stream(seed, 0, step, Purpose.ORACLE), script)
        _count(outcome, town, step)
    for person in town:
        outcome.scores[1, person.unit, rules.state(person.score)] += 1
        outcome.still[person.unit, person.tier, steps - person.since] += 1
        outcome.fallen[person.unit] += person.fallen
    for unit in range(len(outcome.still)):
        debits = [person.debits for person in town if person.unit == unit]
        outcome.debits.append(np.unique(np.array(debits, dtype=np.int64), return_counts=True))
    return outcome


def _town(cells: Cells, assumptions: Assumptions, people: People) -> list[Person]:
    """Everybody, with the people that they look like and those that they live with."""
    pools: dict[tuple[str, ...], list[Person]] = {}
    units = sorted({(int(code[1]), int(code[0])) for code in cells.code})
    town: list[Person] = []
    for cell, home in zip(people.cell.tolist(), people.home.tolist(), strict=True):
        labels = cells.of(cell)
        pool = pools.setdefault(tuple(labels[label] for label in assumptions.look_alikes), [])
        person = Person(cell, labels, units.index((int(cells.code[cell][1]), int(cells.code[cell][0]))), pool)
        pool.append(person)
        if home & HEAD:
            person.children = home & CHILDREN
        else:
            person.home = town[-1].home
        person.home.append(person)
        town.append(person)
    return town


def _start(rules: Rules, labels: dict[str, str], luck: Stream) -> int:
    """A start score: the given one, or one from the published distribution, and points for what the person is."""
    start = rules.scheme.score.start
    points = (pick({score: share.at(labels) for score, share in start.distribution.items()}, luck)
              if isinstance(start, StartTable) else start.at(labels))
    score = rules.units(points)
    nature = rules.nature.of(labels, luck)
    for name, mark in rules.scheme.marks.items():
        if nature[name] == "held":
            score += rules.units(mark.points.at(labels))
    for name, characteristic in rules.scheme.characteristics.items():
        inner: Any = characteristic.levels[nature[name]] if characteristic.levels is not None else characteristic.table
        for other in characteristic.over:
            inner = inner[nature[other]] if isinstance(inner, Mapping) else inner
        score += rules.units(inner.at(labels) if isinstance(inner, Number) else float(inner))
    for name, by in rules.scheme.score.times.items():
        # One factor after the other, in decimals: the file's numbers, not their nearest binary ones.
        nature["factor"] = str(Decimal(nature.get("factor", "1")) * Decimal(repr(by.get(nature[name], 1.0))))
    if "factor" in nature:
        score = int((score * Decimal(nature["factor"])).quantize(Decimal(1), ROUND_HALF_EVEN))
    return min(max(score - rules.floor, 0), rules.highest)


def _month(rules: Rules, town: list[Person], outcome: Outcome, step: int, luck: Stream,
           script: Mapping[int, Sequence[str]] | None = None) -> None:
    """One step: what people do, what is recorded and on whom it is pinned, then what that does to each of them."""
    held = {person: person.tier for person in town}  # the tiers in force until the step is over
    for d, (tier, steps) in enumerate(rules.passing()):
        for person in town:
            outcome.fresh[step, person.cell, d] += person.tier == tier and step <= person.since + steps
    rules.ranking.bear(town, step, outcome)
    for h, tiers in enumerate(rules.household_rights()):
        for person in town:
            outcome.shared[step, person.unit, h] += _touched(person, *tiers)
    records: dict[Person, list[tuple[str, str]]] = {person: [] for person in town}
    for person in town:
        if script is not None:
            records[person] = [(kind, OWN) for kind in script.get(step, ())]
            continue
        if person.left:
            continue
        for habit in rules.habits(person.cell, person.tier):
            for _ in range(_acts(habit, luck)):
                cause, blamed = _recorded(habit, person, luck)
                if blamed is not None and not blamed.left:
                    records[blamed].append((habit.kind, cause))
        for kind in _spurious(rules, person, luck):
            records[person].append((kind, SPURIOUS))
    after = {person: _judged(rules, person, records[person], held, outcome, step, luck) for person in town}
    for person, (score, tier) in after.items():
        person.score = score
        if tier != person.tier:
            outcome.moves[step, person.unit, person.tier, tier] += 1
            outcome.left[person.unit, person.tier, step - person.since] += 1
            person.tier, person.since = tier, step
    rules.ranking.hand_out(town, step, outcome, luck)


def _acts(habit: Habit, luck: Stream) -> int:
    """1. Conduct: how often the person does it in this step."""
    return int(luck.happens(habit.mean)) if habit.once else luck.poisson(habit.mean)


def _recorded(habit: Habit, actor: Person, luck: Stream) -> tuple[str, Person | None]:
    """2. Recording and 3. attribution of one act: on whom it is pinned, if on anybody."""
    if not luck.happens(habit.coverage):
        return OWN, None
    fate = luck.uniform()
    if fate < habit.miss:
        return OWN, None
    if fate < habit.miss + habit.mistaken:
        if len(actor.pool) == 1:
            return MISTAKEN, None  # nobody looks like the actor: the record vanishes
        other = actor
        while other is actor:
            other = actor.pool[luck.below(len(actor.pool))]
        return MISTAKEN, other
    return OWN, actor


def _spurious(rules: Rules, person: Person, luck: Stream) -> Iterator[str]:
    """4. Spurious records: the kinds of records about a person that no act stands behind."""
    for name, channel in rules.scheme.channels.items():
        if rules.mix[name]:
            for _ in range(luck.poisson(channel.spurious.at(person.labels))):
                yield pick(rules.mix[name], luck)


def _judged(rules: Rules, person: Person, records: list[tuple[str, str]], held: dict[Person, int], outcome: Outcome,
            step: int, luck: Stream) -> tuple[int, int]:
    """5. Points, 6. kin, 7. redress, 8. score and 9. tier of one person: their score and tier after the step."""
    given, landed = dict.fromkeys(CAUSES, 0), list[Line]()
    lifted = 0 if person.left else _lifted(rules, person, outcome, step, luck)
    for cause in (OWN, MISTAKEN, SPURIOUS) if records else ():
        for kind, signal in rules.scheme.signals.items():
            count = records.count((kind, cause))
            if not count:
                continue
            if signal.at_most is not None:
                count = min(count, signal.at_most)
            points = rules.worth(signal, person.labels)
            given[cause] += count * points
            person.debits += count * max(0, -rules.good(points))
            for _ in range(count):
                line = (Line(kind, points, step, rule=signal) if kind in rules.docket.apart else
                        Line("", points, step))
                landed.append(line)
                if cause != OWN and rules.good(points) < 0:
                    _wronged(rules, person, line, outcome, step, luck)
                elif rules.good(points) < 0 and not signal.relevant and "irrelevant" in rules.scheme.redress.against:
                    _appealed(rules, person, line, outcome.appeals[step, person.unit, person.tier, 0], step, luck)
    cap = len(rules.tiers) - 1
    for rule in rules.scheme.kin:
        when = rules.tiers.index(rule.when)
        if not person.left and any(held[other] == when for other in person.home if other is not person):
            given[KIN] += rules.units(rule.points.at(person.labels))
            cap = min(cap, rules.tiers.index(rule.cap)) if rule.cap is not None else cap
    person.debits += max(0, -rules.good(given[KIN]))
    returned = Line("", person.owed.pop(step, 0), step)
    given[REDRESS] = returned.points - lifted
    landed += [Line("", given[KIN] - lifted, step), returned]
    back = [line for line in [*person.lines, *landed] if line.back == step]
    given[REDRESS] -= sum(rules.docket.worth(line, max(line.began, step - 1)) for line in back)
    done = [] if person.left else _released(rules, person, given, landed, step, luck)
    person.wrong = 0 if any(release.ends == "all" for _, release in done) else person.wrong
    if not person.left:
        taken = person.wrong + sum(line.points for line in landed if line.wrong and not line.kind)
        person.wrong = max(-rules.highest, min(rules.highest, taken))
    for c, cause in enumerate(CAUSES):
        outcome.points[step, person.unit, person.tier, c] += rules.good(given[cause])
    delay = rules.scheme.redress.delay
    if delay and any(release.ends == "all" for _, release in done):
        # What a record took that has been ended cannot be given back: the score is that of the start already.
        given[REDRESS] -= returned.points
        returned.points = 0
        person.owed = {when: points for when, points in person.owed.items() if when >= step + delay}
    score = _score(rules, person, given, landed, done, step, luck)
    if person.left:
        return person.score, person.tier
    tier = rules.next_tier(person.tier, score, person.labels)
    if tier > person.tier and step < person.since + rules.scheme.tiers[rules.tiers[person.tier]].for_:
        tier = person.tier  # the term of the tier is not over
    return score, min(tier, cap)


def _released(rules: Rules, person: Person, given: dict[str, int], landed: list[Line], step: int,
              luck: Stream) -> list[tuple[str, Release]]:
    """7b. What the person does, or has done, to get out, and the points that it gives."""
    done = rules.docket.released(rules.tiers[person.tier], person.labels, person.done, step, luck)
    for name, release in done:
        points = rules.units(release.points.at(person.labels))
        landed.append(Line(name if release.lasts else "", points, step))
        given[OWN] += points
        person.debits += max(0, -rules.good(points))
    return done


def _score(rules: Rules, person: Person, given: dict[str, int], landed: list[Line], done: list[tuple[str, Release]],
           step: int, luck: Stream) -> int:
    """8. The score after a step: it drifts, or is the sum of all that counts where records end."""
    if rules.docket.summed:
        standing, landed = ([line for line in lines if line.back != step] for lines in (person.lines, landed))
        person.lines = rules.docket.after(standing, landed, done, person.labels, step, luck)
        score = person.begun + sum(rules.docket.worth(line, step) for line in person.lines)
    else:
        everything = any(release.ends == "all" for _, release in done)
        score = person.begun if everything else rules.decayed(person.score)
        score += rules.handicap(person.labels) + sum(given.values())
    return min(max(score, 0), rules.highest)


def _wronged(rules: Rules, person: Person, line: Line, outcome: Outcome, step: int, luck: Stream) -> None:
    """A debit for what the person did not do, and what becomes of it (7. redress)."""
    person.wronged = True
    fates = outcome.wrongful[step, person.unit, person.tier]
    if "mistakes" in rules.scheme.redress.against:
        _appealed(rules, person, line, fates, step, luck)
    else:
        fates[0] += 1
        line.wrong = "listings" in rules.scheme.redress.against


def _appealed(rules: Rules, person: Person, line: Line, fates: npt.NDArray[Any], step: int, luck: Stream) -> None:
    """A debit that can be appealed: whether it is, and whether it is undone. fates: given, appealed, upheld."""
    redress = rules.scheme.redress
    line.wrong = "listings" in redress.against
    if _upheld(rules, person, fates, luck):
        line.wrong = False
        if line.kind:  # it is taken off itself, if it still counts then
            line.back = step + redress.delay
        else:
            person.owed[step + redress.delay] = person.owed.get(step + redress.delay, 0) - line.points


def _upheld(rules: Rules, person: Person, fates: npt.NDArray[Any], luck: Stream) -> bool:
    """Whether something that can be appealed is, and with success. fates: given, appealed, upheld."""
    redress = rules.scheme.redress
    fates[0] += 1
    # Who is not told cannot appeal.
    if not redress.notice or not luck.happens(redress.appeal.at(person.labels)):
        return False
    fates[1] += 1
    if not luck.happens(redress.upheld.at(person.labels)):
        return False
    fates[2] += 1
    return True


def _lifted(rules: Rules, person: Person, outcome: Outcome, step: int, luck: Stream) -> int:
    """The points, as they were taken, that are given back because a listing was appealed; records of their own aside.

    Who has come into a tier that takes a right away appeals in the first step there, if anything stands wrongly.
    """
    if "listings" not in rules.scheme.redress.against:
        return 0
    records = [line for line in person.lines if line.wrong and line.kind]
    if step == person.since + 1 and rules.takes(person.tier) and (person.wrong or records):
        fates = outcome.appeals[step, person.unit, person.tier, 1]
        if _upheld(rules, person, fates, luck):
            person.heard = person.heard or step + rules.scheme.redress.delay
    lifted, person.wrong = rules.faded(person.wrong), rules.faded(person.wrong)
    if person.heard != step:
        return 0
    person.heard = person.wrong = 0
    for line in records:
        line.back, line.wrong = step, False
    return lifted


def _touched(person: Person, bearer: str, tiers: set[int]) -> int:
    """Whom a household right touches, counted at each person: their children, or they themselves for another's sake."""
    if not any(member.tier in tiers for member in person.home):
        return 0
    if bearer == "children":
        return person.children
    return int(person.tier not in tiers)


def _count(outcome: Outcome, town: list[Person], step: int) -> None:
    """10. Ledger: who stands where when the step is over."""
    for person in town:
        outcome.occupancy[step, person.cell, person.tier] += 1
        outcome.wrongful_ever[step, person.unit, person.tier] += person.wronged
        person.fallen = person.fallen or person.tier == 0
