"""Figures: what was published about the outcomes of a scheme, as numbers that a run has too (MODEL.md section 10).

A figure is a count, a share or a mean over people or events, taken from a notice, a yearbook or a reply. There is no
way in for rows about persons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sousveil.studies.citations import Checked
from sousveil.studies.model import Finding, Model
from sousveil.studies.number import shown
from sousveil.studies.scheme_fields import Bearer, Effect

__all__ = ["COUNTED", "FEWEST", "FLOWS", "About", "Figure", "Figures", "Ratio", "Scale"]

Counted = Literal["persons", "person-steps", "entries", "exits", "wrongful", "appeals", "upheld", "wronged"]
COUNTED: tuple[Counted, ...] = ("persons", "person-steps", "entries", "exits", "wrongful", "appeals", "upheld",
                                "wronged")
"""What can be counted. Counts grow with the population; a `share`, a `score`, a `ratio` and a `stay` do not."""

FLOWS: tuple[Counted, ...] = ("person-steps", "entries", "exits", "wrongful", "appeals", "upheld")
"""What is counted over a time, from a step to a step; the rest is at one step."""

FEWEST = 10
"""Persons that a figure is about, at least: what is said of fewer is said of persons."""

DISCREPANCY = 0.1
"""The relative standard deviation of what a model leaves out, unless the file says another."""


class About(Model):
    """The real population that the figures are about.

    population   how many people are under the scheme
    who          which people, in words
    """

    population: Annotated[int, Field(ge=FEWEST, le=20_000_000_000)]
    who: str = ""


class Ratio(Model):
    """One count divided by another, both of the same tier, group, place and time: {ratio: [upheld, appeals]}."""

    ratio: tuple[Counted, Counted]


class Scale(Model):
    """A factor that nobody has published, for example how often a barred person tries to fly in a step.

    unknown   its name; figures that name the same unknown share it
    range     lowest and highest value worth trying
    """

    unknown: str
    range: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    distribution: Literal["uniform", "log-uniform"] = "uniform"

    def inconsistencies(self) -> Iterator[Finding]:
        if self.range[0] >= self.range[1]:
            yield ("range",), f"the range runs from {shown(self.range[0])} to {shown(self.range[1])}; the second " \
                              "number must be the higher one"


def _form(value: Any) -> str:
    return "mapping" if isinstance(value, dict | Model) else "plain"


class Figure(Model):
    """A published number, and which number of a run it is.

    of           what is counted: persons, person-steps, entries, exits, wrongful (debits), appeals, upheld, wronged
                 (persons with a wrongful debit so far); or share (of a group who are in a tier), part (of those in a
                 tier who are of a group), score (mean, at the end or, with at: 0,
                 at the start), stay (mean, in steps), {ratio: [a, b]}
    tier         in this tier, into it or out of it; right: with this right limited instead
    effect       which effect on the right, where there are several; bearer: who bears it
    group, district   of these people alone
    relative-to  another group: how many times as high a share, score or stay is in the group as in that one
    at           the step after which persons are counted; default: the last
    from, to     the first and the last step that is counted; default: all
    times        a factor on the number of the run, or {unknown: name, range: [low, high]}
    value        the published number; a share between 0 and 1
    among        of how many persons or events a share or ratio was taken
    rounded      the unit it was rounded to: 500_000 for 13.0 million
    said         about (within a twentieth), almost (up to a tenth less), more-than or less-than
    discrepancy  relative standard deviation of what the model leaves out; default: the file's
    tolerance    how far a run may be off, in the unit of the value; default: two discrepancies and half the rounding
    because      why the tolerance is what it is
    outside      why we think that a run is farther off than that, where it is
    fitted       a number of the files was chosen so that this comes out: it is no evidence for the model
    derived      nobody printed it: it is arithmetic on what was printed, or a calculation of ours
    mark         how well the source was checked, as in a scheme
    """

    of: Annotated[Annotated[Literal["persons", "person-steps", "entries", "exits", "wrongful", "appeals", "upheld",
                                    "wronged", "share", "part", "score", "stay"], Tag("plain")]
                  | Annotated[Ratio, Tag("mapping")], Discriminator(_form)]
    tier: str | None = None
    right: str | None = None
    effect: Effect | None = None
    bearer: Bearer = "self"
    group: str | None = None
    district: str | None = None
    relative_to: str | None = None
    at: Annotated[int, Field(ge=0)] | None = None
    from_: Annotated[int, Field(ge=1)] | None = None
    to: Annotated[int, Field(ge=1)] | None = None
    times: Annotated[Annotated[Annotated[float, Field(gt=0)], Tag("plain")] | Annotated[Scale, Tag("mapping")],
                     Discriminator(_form)] = 1.0
    value: Annotated[float, Field(ge=0)]
    among: Annotated[int, Field(ge=FEWEST)] | None = None
    rounded: Annotated[float, Field(gt=0)] | None = None
    said: Literal["exactly", "about", "almost", "more-than", "less-than"] = "exactly"
    discrepancy: Annotated[float, Field(ge=0, le=1)] | None = None
    tolerance: Annotated[float, Field(ge=0)] | None = None
    because: str = ""
    outside: str = ""
    fitted: bool = False
    derived: bool = False
    about: str = ""
    cite: str
    mark: Checked = "recalled"

    @property
    def counted(self) -> bool:
        """Whether it says anything for or against a model: somebody printed it, and nothing was fitted to it."""
        return not self.fitted and not self.derived

    @property
    def counts(self) -> tuple[Counted, ...]:
        """What it counts: one thing, two for a ratio, none for a share, a score or a stay."""
        return self.of.ratio if isinstance(self.of, Ratio) else (self.of,) if self.of in COUNTED else ()

    @property
    def is_count(self) -> bool:
        """Whether it grows with the population."""
        return not isinstance(self.of, Ratio) and self.of in COUNTED

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.of in ("share", "part") and self.relative_to is None

    @property
    def within_one(self) -> bool:
        """Whether it lies between 0 and 1: a share, or a ratio of some to all."""
        return self.is_share or (isinstance(self.of, Ratio) and self.value <= 1)

    def inconsistencies(self) -> Iterator[Finding]:
        if self.right is not None and self.tier is not None:
            yield ("right",), "a figure is about a tier or about a right, not about both"
        flows = [what for what in self.counts if what in FLOWS]
        if self.at is not None and (flows or self.of == "stay"):
            yield ("at",), f"{flows[0] if flows else 'stay'} is over a time: give from and to instead of at"
        if (self.from_ is not None or self.to is not None) and not flows:
            yield ("from" if self.from_ is not None else "to",), "this is counted at one step: give at instead"
        if self.from_ is not None and self.to is not None and self.from_ > self.to:
            yield ("to",), f"it ends in step {self.to}, before it begins in step {self.from_}"
        if self.is_share and self.value > 1:
            yield ("value",), f"{shown(self.value)} is no share; write 0.48 for 48 of 100"
        yield from self._reading()
        yield from self._place()

    def _reading(self) -> Iterator[Finding]:
        if self.among is not None and not (self.is_share or isinstance(self.of, Ratio)):
            yield ("among",), "only a share or a ratio is taken of so many"
        elif self.among is not None and self.value > 1:
            yield ("among",), f"{shown(self.value)} is no share of anything"
        if self.among is not None and (self.rounded is not None or self.said != "exactly"):
            yield ("among",), "a share among so many is a count divided by it; leave rounded and said away"
        if self.rounded is not None and self.said != "exactly":
            yield ("rounded",), f"a figure is either rounded or {self.said}; choose one"
        if self.said in ("about", "almost", "less-than") and self.value == 0:
            yield ("said",), f"{self.said} 0 says nothing"

    def _place(self) -> Iterator[Finding]:
        needs = {"persons", "person-steps"}.intersection(self.counts)
        if self.relative_to is not None and (self.of not in ("share", "score", "stay") or self.group is None):
            yield ("relative-to",), "it compares a share, a score or a stay of one group with another: say which group"
        if needs and self.tier is None and self.right is None:
            yield ("of",), f"{min(needs)}: say of which tier, or of which right"
        if {"entries", "exits"}.intersection(self.counts) and self.tier is None:
            yield ("of",), "entries and exits are of a tier: say which"
        if self.of == "part" and self.group is None and self.district is None:
            yield ("of",), "part: say of which group, or of which district"
        if self.of in ("share", "part", "stay") and self.tier is None:
            yield ("of",), f"{self.of}: say of which tier"
        if self.right is not None and not needs:
            yield ("right",), "with a right, persons or person-steps are counted"
        if self.of == "score" and (self.tier is not None or self.district is not None):
            yield ("tier" if self.tier is not None else "district",), "a mean score is of everybody, or of a group"
        if self.right is None and (self.effect is not None or self.bearer != "self"):
            yield ("effect" if self.effect is not None else "bearer",), "this goes with a right"


class Figures(Model):
    """What was published about outcomes, and about how many people.

    about        the real population: {population: 1_400_000_000}
    discrepancy  relative standard deviation of what a model of the scheme leaves out, for every figure
    figures      name -> figure
    """

    about: About
    discrepancy: Annotated[float, Field(ge=0, le=1)] = DISCREPANCY
    figures: Annotated[Mapping[str, Figure], Field(min_length=1, max_length=64)]

    def inconsistencies(self) -> Iterator[Finding]:
        scales: dict[str, Scale] = {}
        for name, figure in self.figures.items():
            times = figure.times
            if isinstance(times, Scale) and scales.setdefault(times.unknown, times) != times:
                yield ("figures", name, "times"), f'"{times.unknown}" has another range in another figure'
            loose = figure.is_count or figure.among is not None or figure.rounded is not None
            if figure.discrepancy == 0 and figure.said == "exactly" and not loose:
                yield ("figures", name, "discrepancy"), "without discrepancy, rounding or among no run could meet it"

    def width(self, figure: Figure) -> float:
        """The relative standard deviation of what the model leaves out of a figure."""
        return self.discrepancy if figure.discrepancy is None else figure.discrepancy
