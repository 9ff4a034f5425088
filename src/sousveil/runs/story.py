"""The life of one synthetic person: what happened, what was recorded, by which rule, and what was true.

A run keeps no histories. Draws are keyed, so one household can be lived again by itself, bit for bit, from the seed and
from what everybody else's mistaken records were in each step (`Run.pulls`). The person is picked by chance, for
illustration; nothing about a real person is in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sousveil.draws import Purpose, uniforms
from sousveil.errors import InputError
from sousveil.ground import called
from sousveil.runs.plans import plan_of
from sousveil.runs.run import Run, load
from sousveil.studies.gates import handicaps_of
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.periods import periods
from sousveil.studies.shown import names_of
from sousveil.studies.term_checks import AMNESTY

if TYPE_CHECKING:
    from sousveil.engine.household import Household, Month, World
    from sousveil.studies.scheme import Scheme

__all__ = ["Entry", "Story", "story"]

SAMPLE = 1000
"""How many people can be asked for by number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: in this step, `count` times, this happened, this was done about it, and this was the truth.

    points   what it gave, in the scheme's points
    rule     the rule that gave it, by its path in the scheme; '' where none did
    truth    `did it`, `somebody else did it`, `nobody did it`, `a relative`, `undone`, `the rule`
    """

    step: int
    event: str
    count: int
    recorded: bool
    points: float
    rule: str
    truth: str


@dataclass(frozen=True, slots=True)
class Story:
    """A synthetic person's ledger.

    step     month, or how long else a step lasts
    labels   group, district and strata; household: adults and children
    entries  what happened, in order
    course   (step, score in points, tier) from step 0 on
    """

    number: int
    step: str
    labels: dict[str, str]
    adults: int
    children: int
    entries: tuple[Entry, ...]
    course: tuple[tuple[int, float, str], ...]

    def plain(self) -> dict[str, Any]:
        """The story as JSON values."""
        return asdict(self)

    def text(self) -> str:
        """The story as lines of plain words, one a line of the ledger and one where the tier changes."""
        who = ", ".join(f"{label} {name}" for label, name in self.labels.items())
        home = "lives alone" if self.adults == 1 and not self.children else (
            f"lives in a household of {self.adults} adult{'s' * (self.adults > 1)}"
            + (f" and {self.children} child{'ren' * (self.children > 1)}" if self.children else ""))
        lines = [f"Synthetic person {self.number} ({who}); {home}. Nobody real is meant.", "",
                 f"{self.step} 0: score {self.course[0][1]:g}, {self.course[0][2]}"]
        held = self.course[0][2]
        at = {when: (score, tier) for when, score, tier in self.course}
        for when in range(len(self.course)):
            for e in (e for e in self.entries if e.step == when):
                times = f" ({e.count} times)" if e.count > 1 else ""
                points = f"{e.points:+g} {'point' if abs(e.points) == 1 else 'points'}"
                given = f"{points} by {e.rule}" if e.rule else "no record, no points"
                given = f"by {e.rule}" if e.rule.startswith("places.") else given
                lines.append(f"{self.step} {when}: {e.event}{times}: {given}. Truth: {e.truth}.")
            score, tier = at[when]
            if tier != held:
                lines.append(f"{self.step} {when}: score {score:g}; from {held} to {tier}.")
                held = tier
        score, tier = at[len(self.course) - 1]
        return "\n".join([*lines, f"at the end: score {score:g}, {tier}"])


def story(source: Run | str | os.PathLike[str], number: WholeNumber) -> Story:
    """The ledger of the synthetic person of this number, 1 .. 1000, picked by chance from everybody of the run.

    Raises InputError when there is no such number, or the run was not made by the agents engine.
    """
    run = source if isinstance(source, Run) else load(source)
    try:
        number = whole("number", number, 1, SAMPLE)
    except InputError as error:
        raise InputError(f"{error}; {SAMPLE:,} picks were made by chance among the {run.study.people:,} people of the "
                         "run, and the number says which pick") from None
    if run.engine != "agents":
        raise InputError("the exact engine carries no persons, so it has no stories; run again with --engine agents")
    from sousveil.engine.household import World
    from sousveil.engine.people import crowd
    from sousveil.engine.tables import tables

    plan = plan_of(run.study)
    everybody = crowd(plan, run.study.seed)
    worlds = {id(rules): World(rules, tables(rules, everybody), run.study.seed, run.pulls, run.cuts)
              for rules in plan.plans}
    world = worlds[id(plan)]
    person = int(float(uniforms(run.study.seed, number, 0, Purpose.SAMPLE)[0]) * plan.people)
    household, me = _home(world, person)
    with called.by(names_of(run.study)):
        return _told(run, worlds, number, person, household, me)


def _told(run: Run, worlds: dict[int, World], number: int, person: int, household: Household, me: int) -> Story:
    """Live it again, in the words of the study."""
    from sousveil.engine.month import give, live

    plan = next(iter(worlds.values())).plan
    world = worlds[id(plan)]
    at_once = [give(member, 0, world) for member in household.members][me]
    course = [_stand(world, 0, household, me)]
    entries = [*_places(world, run.study.scheme, 0, at_once)]
    course_of_rules = periods(run.study.scheme, run.study.population, run.study.assumptions)
    for step in range(1, run.study.steps + 1):
        world = worlds[id(plan.at(step))]
        month = live(household, step, world)[me]
        scheme = next(period.scheme for period in course_of_rules[::-1] if period.at <= step)
        entries += _entries(scheme, world, household.members[me].cell, person, month)
        course.append(_stand(world, step, household, me))
    labels = {label: called.name(label, name) for label, name in plan.cells.of(household.members[me].cell).items()}
    return Story(number, run.study.scheme.step, labels, len(household.members), household.children, tuple(entries),
                 tuple(course))


def _home(world: World, person: int) -> tuple[Household, int]:
    """The household of a person at the start, and which of its members the person is."""
    from sousveil.engine.agents import begin
    from sousveil.engine.arrays import CHILDREN, TIER
    from sousveil.engine.household import Household, Person
    from sousveil.engine.outcome import empty
    from sousveil.engine.people import find, settle

    plan = world.plan
    people = settle(plan, world.seed, [find(plan, world.seed, person)])
    state = begin(plan, world.tables, people, world.seed, empty(plan, 0)).state
    first = int(people.shift[0])
    members = [Person(first + i, int(people.cell[i]), int(state.score[i]), int(state.tier[i]) & TIER,
                      due=[0] * plan.delay) for i in range(len(people))]
    return Household(members, int(people.home[0] & CHILDREN)), person - first


def _stand(world: World, step: int, household: Household, me: int) -> tuple[int, float, str]:
    person = household.members[me]
    return step, float(world.plan.ladder.points(person.score)), called.tier(world.plan.tiers[person.tier])


def _entries(scheme: Scheme, world: World, cell: int, person: int, month: Month) -> Iterator[Entry]:
    from sousveil.engine.ledger import unfold

    plan, worth = world.plan, world.plan.ladder.worth
    signals = list(scheme.signals.items())
    for acts in unfold(plan, cell, month, world.seed, person):
        name = signals[acts.kind][1].about or signals[acts.kind][0]
        rule = f"signals.{signals[acts.kind][0]}"
        if acts.recorded:
            points = worth(acts.recorded * int(plan.weight[acts.kind]))
            yield Entry(month.step, name, acts.recorded, True, points, rule, "did it")
        if acts.unrecorded:
            yield Entry(month.step, name, acts.unrecorded, False, 0.0, "", "did it, and it was not recorded")
        if acts.pinned_on_another:
            yield Entry(month.step, name, acts.pinned_on_another, False, 0.0, "", "did it; it was pinned on another")
    yield from _register(world, scheme, month, signals)
    for record in month.wrongful:
        name = signals[record.kind][1].about or signals[record.kind][0]
        points = worth(int(plan.weight[record.kind]) * record.counted)
        truth = "somebody else did it" if record.cause == "mistaken" else "nobody did it"
        fate = ", appealed and upheld" if record.upheld else ", appealed in vain" if record.appealed else ""
        yield Entry(month.step, name, 1, True, points, f"signals.{signals[record.kind][0]}", truth + fate)
    for record in month.irrelevant:
        if record.appealed:
            name = signals[record.kind][1].about or signals[record.kind][0]
            fate = "appealed and upheld" if record.upheld else "appealed in vain"
            yield Entry(month.step, f"appeals against a record that should not count: {name}", 1, True, 0.0, "redress",
                        f"did it, {fate}")
    if month.listing is not None and month.listing.appealed:
        fate = "appealed and upheld" if month.listing.upheld else "appealed in vain"
        yield Entry(month.step, "appeals against the listing", 1, True, 0.0, "redress",
                    f"some of what stands is wrong, {fate}")
    for r in month.kin_rules:
        tier = called.tier(plan.tiers[plan.kin_tiers[r]])
        yield Entry(month.step, f"somebody of the household is {tier}", 1, True, worth(plan.kin_points[r]), f"kin.{r}",
                    "a relative")
    if month.returned:
        yield Entry(month.step, "points given back", 1, True, worth(month.returned), "redress", "undone")
    for gate in handicaps_of(scheme.handicaps):
        labels = plan.cells.of(cell)
        if gate.holds(labels) and (points := gate.rule.at(labels)):
            (label, name), = gate.when
            yield Entry(month.step, f"being of {label} {called.name(label, name)}", 1, True, points,
                        ".".join(map(str, ("handicaps", *gate.path))), "the rule")
    yield from _places(world, scheme, month.step, month.places)


def _places(world: World, scheme: Scheme, step: int, given: tuple[int, ...]) -> Iterator[Entry]:
    """The places that somebody got at the end of a step."""
    for n in given:
        name = world.plan.places[n].name
        yield Entry(step, f"is chosen: {scheme.places[name].about or name}", 1, True, 0.0, f"places.{name}",
                    "the rule")


def _register(world: World, scheme: Scheme, month: Month, signals: list[tuple[str, Any]]) -> Iterator[Entry]:
    """What became of records that are kept one by one, and releases."""
    worth, register = world.plan.ladder.worth, world.plan.register
    if register is None:
        return
    for turn in month.turns:
        if turn.what == "released":
            key, release = list(scheme.releases.items())[turn.kind]
            amnesty = key.startswith(AMNESTY)
            yield Entry(month.step, release.about or key, 1, True, worth(turn.points),
                        key if amnesty else f"releases.{key}", "the rule" if amnesty else "did it")
        elif turn.what in ("over", "taken off"):
            key, signal = signals[register.kinds[register.of[turn.kind]]]
            yield Entry(month.step, f"a record is {turn.what}: {signal.about or key}", 1, True, worth(-turn.points),
                        f"signals.{key}", "it counts no more")
