"""Assumptions: what the model needs and nobody has published (MODEL.md section 5). Each is open to attack."""

from __future__ import annotations

from typing import Annotated, Literal

from sousveil.number import Bounds, Model, Number

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


class Assumptions(Model):
    """What is assumed.

    fill         path of an unknown number in the scheme (or `population.` and a path there) -> assumption
    chilling     eta: signal, or `expressive`, `necessity`, `all` -> assumption; the most specific holds; none: off
    perceived    channel -> coverage that people believe in; default: the true one
    look_alikes  labels that people who are mistaken for each other share
    """

    assumptions: str
    about: str = ""
    fill: dict[str, Assumption] = {}
    chilling: dict[str, Assumption] = {}
    perceived: dict[str, Annotated[Number, Bounds(0.0, 1.0)]] = {}
    look_alikes: tuple[Literal["group", "district"], ...] = ("district", "group")
