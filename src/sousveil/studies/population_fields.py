"""What a population is made of. Synthetic people in cells, built from aggregates only (MODEL.md section 2).

There is no way in for rows about people: every field is a share, a rate or a distribution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from sousveil.studies.model import Finding, Model
from sousveil.studies.number import Bounds, Number, Rate, Share

__all__ = ["Conduct", "Frailty", "Households", "Margin", "PopulationFields", "Shares", "Together", "Truth"]


def _share_form(share: Any) -> str:
    return "rest" if share == "rest" else "number"


Shares = Mapping[str, Annotated[Annotated[Share, Tag("number")] | Annotated[Literal["rest"], Tag("rest")],
                             Discriminator(_share_form)]]
"""Shares by name, which add up to one; one of them may be `rest`."""


class Frailty(Model):
    """Unequal propensity inside a cell: a Gamma of mean 1 and this shape, cut into classes that are rarer at the top.

    classes   how many; more are seldom needed, fewer lose what the most active people do
    signals   the kinds it multiplies; default: all
    """

    shape: Annotated[Number, Bounds(1e-6, 1e6)]
    classes: Annotated[int, Field(ge=1, le=64)] = 12
    signals: tuple[str, ...] | None = None


class Households(Model):
    """Shares of households by number of adults, and by number of children. Adults are scored, children are not."""

    adults: Annotated[Mapping[Annotated[int, Field(ge=1, le=20)], Annotated[float, Field(ge=0, le=1)]],
                      Field(json_schema_extra={"propertyNames": {"pattern": "^([1-9]|1[0-9]|20)$"}})] = {1: 1.0}
    children: Annotated[Mapping[Annotated[int, Field(ge=0, le=20)], Annotated[float, Field(ge=0, le=1)]],
                        Field(json_schema_extra={"propertyNames": {"pattern": "^(1?[0-9]|20)$"}})] = {0: 1.0}
    cite: str = ""


class Conduct(Model):
    """How often a person does an act: `rate` per step (Poisson), or `chance` per step (at most once)."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [
        {"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in ("rate", "chance")]})

    rate: Rate | None = None
    chance: Share | None = None
    cite: str = ""

    def inconsistencies(self) -> Iterator[Finding]:
        if (self.rate is None) == (self.chance is None):
            yield (), "conduct is either a rate (acts per step) or a chance (at most one act a step)"


class Together(Model):
    """What goes together in the same people, because of a trait that nobody sees: a standard normal number a person.

    of        the marks and characteristics, or `all`; their shares stay what they are
    strength  how strongly: a step of the trait multiplies the odds of more points by e to this power; 0 is not at all
    """

    of: tuple[str, ...] | Literal["all"]
    strength: Annotated[Number, Bounds(0.0, 10.0)]
    cite: str = ""


class Truth(Model):
    """What the scheme claims to look for, as a stratum that the scheme does not know.

    label     the stratum; positive: its names for whom the claim is right
    flagged   the tiers by which the scheme says so
    """

    label: str
    positive: Annotated[tuple[str, ...], Field(min_length=1)]
    flagged: Annotated[tuple[str, ...], Field(min_length=1)]
    about: str = ""
    cite: str = ""


class Margin(Model):
    """A published margin over labels, as nested shares: {over: [group, district], shares: {A: {north: 0.2}}}."""

    over: tuple[str, ...]
    shares: Mapping[str, Any]
    cite: str = ""


class PopulationFields(Model):
    """The keys of a population file. What each means: `population.Population`."""

    population: str
    about: str = ""
    shown: Mapping[str, Mapping[str, Annotated[str, Field(min_length=1, max_length=80)]]] = {}
    people: Annotated[int, Field(ge=1, le=20_000_000_000)]
    stands_for: Annotated[int, Field(ge=1, le=20_000_000_000)] | None = None
    groups: Shares
    districts: Shares = {"everywhere": Number(1.0)}
    strata: Mapping[str, Shares] = {}
    margins: tuple[Margin, ...] = ()
    households: Households = Households()
    income: Rate = Number(0.0)
    frailty: Frailty | None = None
    marks: Mapping[str, Share] = {}
    characteristics: Mapping[str, Shares] = {}
    together: Mapping[str, Together] = {}
    truth: Truth | None = None
    conduct: Mapping[str, Conduct] = {}
    releases: Mapping[str, Share] = {}
    cite: str = ""
