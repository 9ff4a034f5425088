"""Assumptions: what the model needs and nobody has published (MODEL.md section 5). Each is open to attack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sousveil.errors import did_you_mean
from sousveil.studies.given import Given
from sousveil.studies.model import Finding, Model
from sousveil.studies.number import MOST, Factor, Number, Share, shown
from sousveil.studies.number_checks import cases

__all__ = ["Assumption", "Assumptions", "Eta", "Joint", "Reading"]

Anything = Annotated[float, Field(ge=-MOST, le=MOST)]
"""Whatever a number in a file may be: where it lands, it has bounds of its own."""


class Assumption(Model):
    """A value that nobody has published, with the range it may lie in and where both come from.

    value         what runs use (a number, by label if need be; never unknown)
    range         lowest and highest value worth trying
    distribution  how likely values in the range are, for sensitivity analysis
    """

    value: Number
    range: tuple[Anything, Anything] | None = None
    distribution: Literal["uniform", "log-uniform", "triangular"] = "uniform"
    source: str = ""
    mark: Literal["assumed", "verified", "secondary", "recalled"] = "assumed"

    def inconsistencies(self) -> Iterator[Finding]:
        if self.value.has_unknown:
            yield ("value",), "an assumption has a value; unknown is what it is there to fill"
        if self.range is None:
            return
        low, high = self.range
        if low > high:
            yield ("range",), f"the range runs from {shown(low)} down to {shown(high)}; write the lower number first"
            return
        if self.distribution == "log-uniform" and low <= 0:
            yield ("range",), f"a log-uniform range begins above 0, not at {shown(low)}"
        outside = [value for _, (value,) in cases(self.value) if not low <= value <= high]
        if outside:
            yield ("value",), f"{shown(outside[0])} is not in the range from {shown(low)} to {shown(high)}"


class Reading(Model):
    """One way to read a rule that is contested, or one form of behaviour among rivals.

    set   path -> value, as in a reform; nothing for the study as it stands
    """

    set: Mapping[str, Any] = {}
    about: str = ""
    source: str = ""
    mark: Literal["assumed", "verified", "secondary", "recalled", "contradicted"] = "assumed"


class Joint(Model):
    """Assumptions that are known together, as draws: what was learnt of one of them hangs on the others.

    of      their paths, as in assumptions.fill.redress.upheld.value
    draws   rows of values, one for each path in their order; every row is as likely as the next
    """

    of: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]
    draws: Annotated[tuple[tuple[Anything, ...], ...], Field(min_length=2, max_length=4096)]

    def inconsistencies(self) -> Iterator[Finding]:
        if len(set(self.of)) < len(self.of):
            yield ("of",), "a path stands here twice"
        for i, row in enumerate(self.draws):
            if len(row) != len(self.of):
                yield ("draws", i), f"a draw of {len(self.of)} assumptions has {len(self.of)} values, not {len(row)}"
                return


class Eta(Assumption):
    """How much of an act the fear of its points takes away: an assumption about chilling, which is never negative."""

    value: Factor

    def inconsistencies(self) -> Iterator[Finding]:
        yield from super().inconsistencies()
        if self.range is not None and self.range[0] < 0:
            yield ("range",), f"fear makes nobody do more: the range begins at 0, not at {shown(self.range[0])}"


class Assumptions(Given):
    """What is assumed.

    fill         path of an unknown number in the scheme (or `population.` and a path there) -> assumption
    chilling     eta: signal, or `expressive`, `necessity`, `all` -> assumption; the most specific holds; none: off
    perceived    channel -> coverage that people believe in; default: the true one
    choices      name -> reading -> what it sets; the first reading is the study as it stands, and sets nothing
    look_alikes  labels that people who are mistaken for each other share: group, district, a stratum
    joint        what figures taught about several of them together, in place of their ranges
    """

    assumptions: str
    about: str = ""
    fill: Mapping[str, Assumption] = {}
    chilling: Mapping[str, Eta] = {}
    perceived: Mapping[str, Share] = {}
    choices: Mapping[str, Mapping[str, Reading]] = {}
    look_alikes: tuple[str, ...] = ("district", "group")
    joint: Joint | None = None

    def inconsistencies(self) -> Iterator[Finding]:
        yield from self._choices()
        if self.joint is not None:
            yield from self._joint(self.joint)

    def _choices(self) -> Iterator[Finding]:
        taken: dict[str, str] = {}
        for name, readings in self.choices.items():
            if len(readings) < 2:
                yield ("choices", name), f"a choice has two readings or more, and {name} has {len(readings)}"
                continue
            first, *others = readings
            if readings[first].set:
                yield ("choices", name, first), ("the first reading is the study as it stands, and sets nothing; "
                                                 "put this one after it")
            for other in others:
                if not readings[other].set:
                    yield ("choices", name, other), f"{other} sets nothing, as {first} does; write what it changes"
                for path in readings[other].set:
                    if taken.setdefault(path, name) != name:
                        yield ("choices", name, other, "set", path), (
                            f"the choice {taken[path]} sets {path} too; make one choice of the two")

    def _joint(self, joint: Joint) -> Iterator[Finding]:
        known = {f"assumptions.{part}.{name}.value": assumption
                 for part, given in (("fill", self.fill), ("chilling", self.chilling))
                 for name, assumption in given.items()}
        for i, path in enumerate(joint.of):
            if path not in known:
                yield ("joint", "of", i), f'"{path}" is no assumption of this file' + did_you_mean(path, [*known])
                continue
            span = known[path].range
            if span is None:
                yield ("joint", "of", i), f'"{path}" has no range, so there is nothing to draw'
            elif any(not span[0] <= row[i] <= span[1] for row in joint.draws):
                yield ("joint", "of", i), f"a draw lies outside the range from {shown(span[0])} to {shown(span[1])}"
