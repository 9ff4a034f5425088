"""Assumptions: what the model needs and nobody has published (MODEL.md section 5). Each is open to attack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from sousveil.studies.number import Bounds, Finding, Model, Number, cases, shown

__all__ = ["Assumption", "Assumptions"]


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


class Assumptions(Model):
    """What is assumed.

    fill         path of an unknown number in the scheme (or `population.` and a path there) -> assumption
    chilling     eta: signal, or `expressive`, `necessity`, `all` -> assumption; the most specific holds; none: off
    perceived    channel -> coverage that people believe in; default: the true one
    look_alikes  labels that people who are mistaken for each other share
    """

    assumptions: str
    about: str = ""
    fill: Mapping[str, Assumption] = {}
    chilling: Mapping[str, Assumption] = {}
    perceived: Mapping[str, Annotated[Number, Bounds(0.0, 1.0)]] = {}
    look_alikes: tuple[Literal["group", "district"], ...] = ("district", "group")
