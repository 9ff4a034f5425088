"""What stands against a person, or for it, record by record: the oracle's own telling of terms and releases.

Where records end, everything that was ever given to a person and counts is a line of its docket; the score is the sum
of the lines. Nothing here is shared with the engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sousveil.draws import Stream
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Release, Signal

__all__ = ["Docket", "Line"]


@dataclass(slots=True, eq=False)
class Line:
    """One thing that counts. kind: a signal, a release, or '' for what is there for good.

    points  in units of the scheme's own direction, when it was new; rule: that of its signal then, which it keeps
    began   the step in which its term began; back: the step in which it will be given back on appeal, 0 for never
    wrong   whether it stands and should not, so that it goes when a listing is lifted
    """

    kind: str
    points: int
    began: int
    back: int = 0
    rule: Signal | None = None
    wrong: bool = False


class Docket:
    """The rules about lines: which are kept one by one, what each is worth, and when it is over."""

    def __init__(self, scheme: Scheme, population: Population) -> None:
        self.scheme, self.population = scheme, population
        named = {name for r in scheme.releases.values() if r.ends != "all" for name in r.ends}
        self.apart = {name for name, s in scheme.signals.items() if s.lasts is not None or s.fades or name in named}
        self.summed = bool(self.apart) or any(r.lasts is not None for r in scheme.releases.values())

    def units(self, points: float) -> int:
        """Points as a whole number of the score's resolution."""
        return round(points / self.scheme.score.resolution)

    def worth(self, line: Line, step: int) -> int:
        """What a line is worth after a step."""
        faded = [points for age, points in line.rule.fades.items() if age <= step - line.began] if line.rule else []
        return self.units(faded[-1]) if faded else line.points

    def is_over(self, line: Line, step: int) -> bool:
        """Whether its term has run out by a step."""
        rule = line.rule or self.scheme.releases.get(line.kind)
        return rule is not None and rule.lasts is not None and step >= line.began + rule.lasts

    def released(self, tier: str, labels: Mapping[str, str], done: dict[str, int], step: int,
                 luck: Stream) -> list[tuple[str, Release]]:
        """The releases that happen to somebody in a tier; `done` says when each was done last."""
        found = []
        for name, release in self.scheme.releases.items():
            if release.while_ and tier not in release.while_:
                continue
            if release.every is not None and name in done and step < done[name] + release.every:
                continue
            if luck.happens(self.population.releases[name].at(labels)):
                done[name] = step
                found.append((name, release))
        return found

    def after(self, standing: list[Line], landed: list[Line], released: Iterable[tuple[str, Release]],
              labels: Mapping[str, str], step: int, luck: Stream) -> list[Line]:
        """The lines after a step.

        standing  those that counted when it began and were not given back in it; landed: those that came in it
        """
        rules = [rule for _, rule in released]
        everything = any(rule.ends == "all" for rule in rules)
        taken = {name for rule in rules if rule.ends != "all" for name in rule.ends}
        fresh = [(line.kind, self.scheme.signals[line.kind].restarts) for line in landed if line.kind in self.apart]
        kept = []
        for line in standing:
            stays = line.kind in self.scheme.releases
            if (everything and not stays) or line.kind in taken:
                continue
            if line.kind in self.apart and any(how == "all" or (how == "own" and kind == line.kind)
                                               for kind, how in fresh):
                line.began = step
            if self.is_over(line, step):
                signal = self.scheme.signals.get(line.kind)
                if signal is None or not luck.happens(signal.renews.at(labels)):
                    continue
                # What is entered again is a new record, under the rules of now.
                line.began, line.points, line.rule = step, self.units(signal.points.at(labels)), signal
            kept.append(line)
        return kept + landed
