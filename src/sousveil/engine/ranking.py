"""Places as the oracle gives them out: people are put in a row, one by one, and the first of them get one.

It looks at the scheme alone, like the rest of the oracle; `give.py` finds the same by counting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

from sousveil.draws import Stream
from sousveil.engine.cells import Cells
from sousveil.engine.outcome import Outcome
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS, Places

__all__ = ["Ranking"]


class Ranked(Protocol):
    """What of a person of the oracle is looked at, and changed, here."""

    cell: int
    labels: dict[str, str]
    unit: int
    score: int
    tier: int
    since: int
    fallen: bool
    left: str
    places: dict[str, int]


class Ranking:
    """Who has a place, and how many there are.

    standings   the tiers from the bottom, then the places for which people leave
    course      the rules of all periods, where they change on a date
    owed        places of each kind and pool that were due and not given, or were given too many
    """

    def __init__(self, scheme: Scheme, population: Population, cells: Cells, standings: Sequence[str],
                 course: Sequence[Scheme]) -> None:
        self.scheme, self.population, self.cells, self.standings = scheme, population, cells, standings
        self.course = course
        self.owed: dict[tuple[str, str], Fraction] = {}

    def hand_out(self, town: Sequence[Ranked], step: int, outcome: Outcome, luck: Stream) -> None:
        """Give out what is due at the end of a step."""
        units = {person: person.unit for person in town}
        for n, (name, place) in enumerate(self.scheme.places.items()):
            if step < place.begins or (step - place.begins) % place.every:
                continue
            there = [person for person in town if self._may(person, place)]
            for person in there:
                outcome.eligible[step, n, units[person]] += 1
            for pool, many in self._how_many(name, place).items():
                mine = [person for person in there if self._pool(person.labels, place) == pool]
                for person in self._in_order(mine, place, luck)[:many]:
                    outcome.chosen[step, n, units[person]] += 1
                    self._take(person, name, place, step, outcome)

    def _may(self, person: Ranked, place: Places) -> bool:
        """Whether somebody can be chosen."""
        if person.left or (place.who != "all" and self.standings[person.tier] not in place.who):
            return False
        return place.weight is None or place.weight.at(person.labels) > 0

    def _in_order(self, people: list[Ranked], place: Places, luck: Stream) -> list[Ranked]:
        """Who comes first: by score, ties by lot; or by a lot that is as much better as the weight is larger."""
        lot = {person: luck.uniform() for person in people}
        if place.weight is not None:
            weight = place.weight
            return sorted(people, key=lambda person: -math.log(lot[person]) / weight.at(person.labels))
        best_is_high = self.scheme.score.direction == "high-is-good"
        highest_first = (place.order == "best-first") == best_is_high
        return sorted(people, key=lambda person: (-person.score if highest_first else person.score, lot[person]))

    def _take(self, person: Ranked, name: str, place: Places, step: int, outcome: Outcome) -> None:
        if not place.leaves:
            person.places[name] = step
            return
        goes = self.standings.index(name)
        if step > 0:  # at the start nobody has been anywhere before
            outcome.moves[step, person.unit, person.tier, goes] += 1
            outcome.left[person.unit, person.tier, step - person.since] += 1
        person.fallen = person.fallen or person.tier == 0
        person.left, person.tier, person.since = name, goes, step

    def _pool(self, labels: Mapping[str, str], place: Places) -> str:
        return labels[place.per] if place.per else ""

    def _how_many(self, name: str, place: Places) -> dict[str, int]:
        """Whole places of each pool; what one got too many or too few is made good the next time."""
        size: dict[str, Fraction] = dict.fromkeys(self.cells.names[place.per] if place.per else [""], Fraction(0))
        for cell, share in enumerate(self.cells.share):
            size[self._pool(self.cells.of(cell), place)] += Fraction(float(share)) * self.population.people
        for pool, people in size.items():
            at = {place.per: pool} if place.per else {}
            if place.share is not None:
                new = people * Fraction(place.share.at(at))
            else:
                assert place.number is not None
                new = Fraction(place.number.at(at)) * self.population.people
                new /= self.population.stands_for or self.population.people
                new = new * people / sum(size.values()) if place.divided else new
            self.owed[name, pool] = self.owed.get((name, pool), Fraction(0)) + new
        owed = {pool: round(self.owed[name, pool], 6) for pool in size}
        many = {pool: max(0, math.floor(due)) for pool, due in owed.items()}
        if not place.divided:
            for pool, now in many.items():
                self.owed[name, pool] -= now
            return many
        total = sum((self.owed[name, pool] for pool in size), start=Fraction(0))
        spare = math.floor(round(total, 6)) - sum(many.values())
        for pool in sorted(size, key=lambda pool: many[pool] - owed[pool]):
            many[pool] += spare > 0
            spare -= spare > 0
        for pool in sorted(size, key=lambda pool: many[pool] - owed[pool], reverse=True):
            fewer = min(many[pool], max(0, -spare))
            many[pool], spare = many[pool] - fewer, spare + fewer
        for pool, now in many.items():
            self.owed[name, pool] -= now
        return many

    def bear(self, town: Sequence[Ranked], step: int, outcome: Outcome) -> None:
        """Count in a step who bears what a place brings, and who of them has no right taken by the own tier."""
        for person in town:
            d, taken = 0, False
            for name, place in self.scheme.places.items():
                terms = set() if place.leaves else {c.term or 0 for scheme in self.course
                                                    for c in scheme.consequences.get(name, ())}
                for term in sorted(terms):
                    borne = name in person.places and step <= person.places[name] + term
                    outcome.placed[step, person.cell, person.tier, d] += borne
                    taken = taken or (borne and any(c.effect in BURDENS and c.term == term
                                                    for c in self.scheme.consequences.get(name, ())))
                    d += 1
            here = [c for c in self.scheme.consequences.get(self.standings[person.tier], ())
                    if c.effect in BURDENS and c.bearer != "children"]
            already = any(c.term is None or step <= person.since + c.term for c in here)
            if taken and not already:
                outcome.placed_only[step, person.unit, person.tier] += 1
