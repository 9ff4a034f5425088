"""The rules as the oracle reads them: the scheme's values for one person at a time. Nothing is drawn here.

Like the rest of the oracle it works everything out from the values that a file gives; no plan is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from sousveil.engine.cells import Cells
from sousveil.engine.docket import Docket
from sousveil.engine.nature import Nature
from sousveil.engine.ranking import Ranking
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.number import Number
from sousveil.studies.periods import Period
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS, Signal

__all__ = ["Habit", "Rules"]


@dataclass(frozen=True, slots=True)
class Habit:
    """What becomes of one kind of act, for people of one cell in one tier.

    mean         acts a step, or, for a kind given as a chance, the chance of the one act
    once         whether it is such a chance
    coverage     share of acts that are recorded
    miss         share of records that are lost; mistaken: share that is pinned on somebody else
    """

    kind: str
    mean: float
    once: bool
    coverage: float
    miss: float
    mistaken: float


class Rules:
    """What a scheme says of somebody, in a period.

    course  the rules of all periods, where they change on a date: what a run counts, it counts from the start
    """

    def __init__(self, period: Period, assumptions: Assumptions, cells: Cells, course: Sequence[Scheme],
                 nature: Nature) -> None:
        scheme, population = period.scheme, period.population
        self.scheme, self.population, self.assumptions, self.cells = scheme, population, assumptions, cells
        self.course = course
        self.tiers = list(scheme.tiers)[::-1]
        self.standings = [*self.tiers, *(name for name, place in scheme.places.items() if place.leaves)]
        self.floor = self.units(scheme.score.floor)
        self.highest = self.units(scheme.score.ceiling) - self.floor
        self.mix = {channel: self._mix(channel) for channel in scheme.channels}
        self._known: dict[tuple[int, int], list[Habit]] = {}
        self.nature = nature
        self.docket = Docket(scheme, population)
        self.ranking = Ranking(scheme, population, cells, self.standings, course)

    def after(self, period: Period) -> Rules:
        """The rules of the next period; places that are owed stay so."""
        rules = Rules(period, self.assumptions, self.cells, self.course, self.nature)
        rules.ranking.owed = self.ranking.owed
        return rules

    def units(self, points: float) -> int:
        """Points as a whole number of the score's resolution."""
        return round(points / self.scheme.score.resolution)

    def good(self, points: int) -> int:
        """Points as the ledger writes them: more are better, whatever the scheme's direction."""
        return -points if self.scheme.score.direction == "high-is-bad" else points

    def state(self, score: int) -> int:
        """A score as the ledger writes it: how far above the worst one."""
        return self.highest - score if self.scheme.score.direction == "high-is-bad" else score

    def worth(self, signal: Signal, labels: dict[str, str]) -> int:
        """Points of one record, in units."""
        return self.units(signal.points.at(labels))

    def threshold(self, tier: int, labels: dict[str, str]) -> int:
        """The score from which a tier counts, in units above the floor."""
        return self.units(self.scheme.tiers[self.tiers[tier]].from_.at(labels)) - self.floor

    def habits(self, cell: int, tier: int) -> list[Habit]:
        """How people of a cell act and are watched in a tier; worked out once."""
        if (cell, tier) not in self._known:
            self._known[cell, tier] = [self._habit(kind, cell, tier) for kind in self.scheme.signals]
        return self._known[cell, tier]

    def _habit(self, kind: str, cell: int, tier: int) -> Habit:
        signal, labels = self.scheme.signals[kind], self.cells.of(cell)
        channel = self.scheme.channels[signal.channel]
        coverage = min(1.0, channel.coverage.at(labels))
        mean = self._base(kind, cell, labels)
        for consequence in self.scheme.consequences.get(self.tiers[tier], ()):
            mean *= consequence.conduct.get(kind, Number(1.0)).at(labels)
            coverage *= consequence.scrutiny.at(labels)
        coverage = min(1.0, coverage)
        once = self.population.conduct[kind].chance is not None
        if once:
            mean = min(1.0, mean)
        mean *= self._chilling(kind, tier, labels, coverage)
        return Habit(kind, mean, once, coverage, channel.miss.at(labels), channel.mistaken.at(labels))

    def _base(self, kind: str, cell: int, labels: dict[str, str]) -> float:
        """Acts a step before anything a tier does: the rate or chance, made unequal by frailty where it applies."""
        conduct, frailty = self.population.conduct[kind], self.population.frailty
        number = conduct.rate if conduct.chance is None else conduct.chance
        assert number is not None
        if frailty is None or not (frailty.signals is None or kind in frailty.signals):
            return number.at(labels)
        mine = float(self.cells.frailty[cell])
        return number.at(labels) * mine if conduct.chance is None else self._chance(number.at(labels), cell, mine)

    def _chance(self, mean: float, cell: int, mine: float) -> float:
        """min(1, x frailty): x is sought by halving, so that the mean over the classes is the chance that is given."""
        alike = [c for c in range(len(self.cells)) if self.cells.of(c) == self.cells.of(cell)]
        classes = [(float(self.cells.likely[c]), float(self.cells.frailty[c])) for c in alike]
        low, high = mean, mean
        while sum(share * min(1.0, high * factor) for share, factor in classes) < mean * (1 - 1e-12) and high < 1e15:
            high *= 2.0
        for _ in range(200):
            before, middle = (low, high), (low + high) / 2.0
            reached = sum(share * min(1.0, middle * factor) for share, factor in classes)
            low, high = (middle, high) if reached < mean else (low, middle)
            if (low, high) == before:
                break
        return min(1.0, high * mine)

    def _chilling(self, kind: str, tier: int, labels: dict[str, str], coverage: float) -> float:
        """Share of acts that people still dare: exp(-eta |w| / width of the tier * perceived coverage), for debits."""
        signal = self.scheme.signals[kind]
        points = self.worth(signal, labels)
        names = [kind]
        names += ["expressive"] if signal.expressive else []
        names += ["necessity"] if signal.necessity else []
        names += ["all"]
        names = [name for name in names if name in self.assumptions.chilling]
        if self.good(points) >= 0 or not names:
            return 1.0
        eta = self.assumptions.chilling[names[0]].value.at(labels)
        if signal.channel in self.assumptions.perceived:
            coverage = self.assumptions.perceived[signal.channel].at(labels)
        return math.exp(-eta * abs(points) / self._width(tier, labels) * coverage)

    def _width(self, held: int, labels: dict[str, str]) -> float:
        """How wide a tier is: from where it is lost to where the next worse one is."""
        if len(self.tiers) == 1:
            return float(self.highest)
        tier = max(held, 1)  # the bottom tier takes the width of the tier above it
        if self.scheme.score.direction == "high-is-bad":
            end = self.threshold(tier - 2, labels) if tier > 1 else self.highest + 1
            return float(end - self.threshold(tier - 1, labels))
        return float(self.threshold(tier, labels) - self.threshold(tier - 1, labels))

    def _mix(self, channel: str) -> dict[str, float]:
        """Share of a channel's spurious records that are of each kind: as given, else as its true records."""
        kinds = [kind for kind, signal in self.scheme.signals.items() if signal.channel == channel]
        given = self.scheme.channels[channel].mix
        if given is not None:
            return {kind: given.get(kind, 0.0) for kind in kinds}
        recorded = dict.fromkeys(kinds, 0.0)
        for cell in range(len(self.cells)):
            labels, share = self.cells.of(cell), float(self.cells.share[cell])
            for kind in kinds:
                acts = self._base(kind, cell, labels)
                if self.population.conduct[kind].chance is not None:
                    acts = min(1.0, acts)
                recorded[kind] += share * acts * min(1.0, self.scheme.channels[channel].coverage.at(labels))
        total = sum(recorded.values())
        return {kind: recorded[kind] / total if total > 0 else 1.0 / len(kinds) for kind in kinds}

    def decayed(self, score: int) -> int:
        """The score after it has moved toward the baseline by its decay; halves go to the even number."""
        rule = self.scheme.score
        if rule.baseline is not None:
            baseline = rule.baseline
        else:
            one = isinstance(rule.start, Number) and rule.start.is_plain
            baseline = rule.start.at({}) if one and isinstance(rule.start, Number) else rule.ceiling
        start = self.units(baseline) - self.floor
        kept = (1 - Decimal(repr(rule.decay.at({})))) * (score - start)
        return start + int(kept.quantize(Decimal(1), ROUND_HALF_EVEN))

    def faded(self, points: int) -> int:
        """What points that were taken come to after a step of decay; halves go to the even number."""
        kept = (1 - Decimal(repr(self.scheme.score.decay.at({})))) * points
        return int(kept.quantize(Decimal(1), ROUND_HALF_EVEN))

    def takes(self, tier: int) -> bool:
        """Whether a tier takes a right of one's own away."""
        return any(c.effect in BURDENS and c.bearer != "children"
                   for c in self.scheme.consequences.get(self.standings[tier], ()))

    def first_tier(self, score: int, labels: dict[str, str]) -> int:
        """The best tier that the score gives, but not below a floor and not above a ceiling."""
        reached = [tier for tier in range(len(self.tiers)) if self.gives(tier, score, labels)]
        return self.gated(max(reached, default=0), labels)

    def gives(self, tier: int, score: int, labels: dict[str, str], margin: bool = False) -> bool:
        """Whether a score is good enough for a tier: above its threshold, or, where high is bad, below the next worse
        one's; with the margin, for who holds it.
        """
        if self.scheme.score.direction == "high-is-bad":
            slack = self.scheme.tiers[self.tiers[tier - 1]].margin if margin and tier else 0.0
            return tier == 0 or score < self.threshold(tier - 1, labels) + self.units(slack)
        slack = self.scheme.tiers[self.tiers[tier]].margin if margin else 0.0
        return score >= self.threshold(tier, labels) - self.units(slack)

    def next_tier(self, held: int, score: int, labels: dict[str, str]) -> int:
        """The tier that follows: up at a threshold, down only below threshold less margin, else the tier held."""
        up = down = 0
        for tier in range(len(self.tiers)):
            if self.gives(tier, score, labels):
                up = tier
            if self.gives(tier, score, labels, margin=True):
                down = tier
        tier = up if up > held else down if down < held else held
        return self.gated(tier, labels)

    def gated(self, tier: int, labels: dict[str, str]) -> int:
        """The tier that people with these labels are in, where their score says `tier`: floors lift, ceilings hold."""
        for gate in tiers_of(self.scheme.floors):
            if gate.holds(labels):
                tier = max(tier, self.tiers.index(gate.rule))
        for gate in tiers_of(self.scheme.ceilings):
            if gate.holds(labels):
                tier = min(tier, self.tiers.index(gate.rule))
        return tier

    def handicap(self, labels: dict[str, str]) -> int:
        """Points that people with these labels get in every step."""
        return sum(self.units(gate.rule.at(labels)) for gate in handicaps_of(self.scheme.handicaps)
                   if gate.holds(labels))

    def passing(self) -> list[tuple[int, int]]:
        """The first steps of a stay in which something is borne: (tier, how many steps), from the bottom tier up."""
        given = [(tier, several) for scheme in self.course for tier, several in scheme.consequences.items()
                 if tier in self.standings]
        terms = {(self.standings.index(tier), 1 if c.once else c.lasts or 0) for tier, several in given
                 for c in several}
        return sorted((tier, steps) for tier, steps in terms if steps)

    def household_rights(self) -> list[tuple[str, set[int]]]:
        """Rights that others than the member bear: (bearer, tiers), in the order in which the scheme first names them.
        """
        rights: dict[tuple[str, str, str], set[int]] = {}
        for scheme in self.course:
            for tier, consequences in scheme.consequences.items():
                for c in consequences:
                    if c.bearer != "self":
                        tiers = rights.setdefault((c.right, c.effect, c.bearer), set())
                        tiers |= {self.standings.index(tier)} if scheme is self.scheme else set()
        return [(bearer, tiers) for (_, _, bearer), tiers in rights.items()]
