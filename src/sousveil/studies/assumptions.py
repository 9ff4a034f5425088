"""Assumptions: what the model needs and nobody has published (MODEL.md section 5). Each is open to attack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from sousveil.studies.number import Bounds, Finding, Model, Number, cases, shown

__all__ = ["Assumption", "Assumptions", "Reading"]


class Assumption(Model):
    """A value that nobody has published, with the range it may lie in and where both come from.

    value         what runs use (a number, by label if need be; never unknown)
    range         lowest and highest value worth trying
    distribution  how likely values in the range are, for sensitivity analysis
    """

    value: Number
    range: tuple[float, float] | None = None
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


class Assumptions(Model):
    """What is assumed.

    fill         path of an unknown number in the scheme (or `population.` and a path there) -> assumption
    chilling     eta: signal, or `expressive`, `necessity`, `all` -> assumption; the most specific holds; none: off
    perceived    channel -> coverage that people believe in; default: the true one
    choices      name -> reading -> what it sets; the first reading is the study as it stands, and sets nothing
    look_alikes  labels that people who are mistaken for each other share
    """

    assumptions: str
    about: str = ""
    fill: Mapping[str, Assumption] = {}
    chilling: Mapping[str, Assumption] = {}
    perceived: Mapping[str, Annotated[Number, Bounds(0.0, 1.0)]] = {}
    choices: Mapping[str, Mapping[str, Reading]] = {}
    look_alikes: tuple[Literal["group", "district"], ...] = ("district", "group")

    def inconsistencies(self) -> Iterator[Finding]:
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
