"""Cases: situations of one synthetic person, each with what the rules must make of it, for people who read no code.

A situation says who the person is and what is recorded about them, step by step; the outcome is a score, a tier, and
the rights that go with it. `sousveil check` works every one of them out. Nobody in it is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from sousveil.errors import did_you_mean
from sousveil.studies.citations import Checked
from sousveil.studies.model import Finding, Model
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["LONGEST", "Cases", "Situation", "names_of", "strangers"]

LONGEST = 1_200
"""Steps of a case, at most: each is worked out act by act."""

Step = Annotated[int, Field(ge=1, le=LONGEST)]


class Situation(Model):
    """One synthetic person, what is recorded, and what comes of it. A case says a score, a tier, rights, or several.

    about    the situation in a sentence, as one would tell it
    who      label or characteristic -> name: {group: B, age: 19-20}. What is not named: the group that others are
             compared with, and the first district, stratum and level
    marks    marks that are held; all others are not
    start    the score at the start, where the scheme has a distribution of them
    acts     act -> the steps in which it is recorded: {late-fee: [1, 2]}; a step that stands twice counts twice
    after    the step after which one looks; default: the last with an act, else the start
    score    what the score is then, as the scheme prints it
    within   how far the score may be off, where it was printed rounded
    tier     which tier that is
    limited  every right that is then denied, restricted, slowed or priced, whoever bears it
    derived  nobody printed the outcome: it is worked out from the rules
    """

    about: str
    who: Mapping[str, str] = {}
    marks: tuple[str, ...] = ()
    start: float | None = None
    acts: Mapping[str, tuple[Step, ...]] = {}
    after: Annotated[int, Field(ge=0, le=LONGEST)] | None = None
    score: float | None = None
    within: Annotated[float, Field(ge=0)] = 0.0
    tier: str | None = None
    limited: tuple[str, ...] | None = None
    derived: bool = False
    cite: str = ""
    mark: Checked = "recalled"

    @property
    def steps(self) -> int:
        """The step after which one looks."""
        return max((step for steps in self.acts.values() for step in steps), default=0) if self.after is None \
            else self.after

    @property
    def counted(self) -> bool:
        """Whether somebody printed the outcome."""
        return bool(self.cite) and not self.derived

    def inconsistencies(self) -> Iterator[Finding]:
        if self.score is None and self.tier is None and self.limited is None:
            yield (), "say what comes of it: a score, a tier, or the rights that are limited"
        late = max((step for steps in self.acts.values() for step in steps), default=0)
        if self.after is not None and late > self.after:
            yield ("after",), f"something is recorded in step {late}, which is later"


class Cases(Model):
    """Cases beside a scheme.

    cases       the name of the study
    situations  name -> situation, and what comes of it
    """

    cases: str
    about: str = ""
    situations: Annotated[Mapping[str, Situation], Field(min_length=1, max_length=64)]


def strangers(situation: Situation, scheme: Scheme, population: Population) -> Iterator[Finding]:
    """What a situation names that the study has not."""
    of = names_of(population)
    for trait, name in situation.who.items():
        if trait not in of:
            yield ("who", trait), f'"{trait}" is no label and no characteristic' + did_you_mean(trait, [*of])
        elif name not in of[trait]:
            yield ("who", trait), f'{trait} "{name}" is not in the population' + did_you_mean(name, of[trait])
    for i, mark in enumerate(situation.marks):
        if mark not in scheme.marks:
            yield ("marks", i), f'mark "{mark}" is not in the scheme' + did_you_mean(mark, [*scheme.marks])
    for act in situation.acts:
        if act not in scheme.signals:
            yield ("acts", act), f'signal "{act}" is not in the scheme' + did_you_mean(act, [*scheme.signals])
    if situation.tier is not None and situation.tier not in scheme.tiers:
        yield ("tier",), f'tier "{situation.tier}" is not defined' + did_you_mean(situation.tier, [*scheme.tiers])
    rights = [*dict.fromkeys(c.right for given in scheme.consequences.values() for c in given if c.effect in BURDENS)]
    for i, right in enumerate(situation.limited or ()):
        if right not in rights:
            yield ("limited", i), f'no tier limits the right "{right}"' + did_you_mean(right, rights)


def names_of(population: Population) -> dict[str, tuple[str, ...]]:
    """Label or characteristic -> its names, in the order of the file."""
    return {"group": tuple(population.groups), "district": tuple(population.districts),
            **{name: tuple(shares) for name, shares in population.strata.items()},
            **{name: tuple(shares) for name, shares in population.characteristics.items()}}
