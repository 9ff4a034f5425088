"""What the rules make of one synthetic person in a given situation: the oracle, with acts that are given.

    came = outcome(study, situation)
    came.score, came.tier, came.limited

The person is a population of one. What the situation says about them holds for certain, and every act that it names is
recorded. Errors of recording, relatives and chance are left out: a case is about the rules alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sousveil.errors import InputError, Problem
from sousveil.studies.cases import Cases, Situation, names_of
from sousveil.studies.patch import plain
from sousveil.studies.periods import in_force
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS, StartTable
from sousveil.studies.study import Study
from sousveil.studies.whereabouts import locate

__all__ = ["Came", "Varied", "agrees", "mistakes", "outcome", "traits", "varied"]

NEAR = 1e-9
"""A score that is printed as it is agrees to this: binary fractions."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a situation: the score as the scheme prints it, the tier, and the rights that are then limited."""

    score: float
    tier: str
    limited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Varied:
    """A case with one trait at another of its names."""

    case: str
    trait: str
    name: str
    came: Came
    own: bool
    """Whether it is what the case itself says."""
    about: str = ""
    """What the case says of itself."""


def outcome(study: Study, situation: Situation) -> Came:
    """What the rules make of it. Raises InputError where they leave the start open."""
    import numpy as np

    from sousveil.engine import oracle
    from sousveil.engine.arrays import HEAD
    from sousveil.engine.people import People
    from sousveil.engine.plan import compile_plan

    scheme, population = _rules(study.scheme, situation), _one(study, situation)
    plan = compile_plan(scheme, population, study.assumptions)
    wanted = _labels(study, situation)
    cell = next(c for c in range(len(plan.cells))
                if all(plan.cells.of(c)[label] == name for label, name in wanted.items() if label in plan.cells.of(c)))
    one, none = np.array([cell], dtype=np.uint16), np.zeros(1, dtype=np.int64)
    person = People(one, np.array([HEAD], dtype=np.uint8), np.array([0, 1]), none, none)
    script: dict[int, list[str]] = {}
    for act, steps in situation.acts.items():
        for step in steps:
            script.setdefault(step, []).append(act)
    found = oracle.simulate(scheme, population, study.assumptions, plan, person, situation.steps, study.seed, script)
    state = np.flatnonzero(found.scores[1].sum(axis=0))
    points = float(plan.ladder.points(state)[0])
    tier = plan.tiers[int(np.flatnonzero(found.occupancy[situation.steps].sum(axis=0))[0])]
    last = in_force(scheme, population, study.assumptions, situation.steps)
    rights = dict.fromkeys(c.right for c in last.consequences.get(tier, ()) if c.effect in BURDENS)
    return Came(points, tier, tuple(rights))


def agrees(situation: Situation, came: Came) -> bool:
    """Whether it came as the situation says."""
    return not any(_differences(situation, came))


def mistakes(study: Study, given: Cases) -> Iterator[Problem]:
    """Every case whose outcome is not what the rules give, with its place."""
    for name, situation in given.situations.items():
        try:
            came = outcome(study, situation)
        except InputError as error:
            yield from (locate(given, ("situations", name)).problem(p.message) for p in error.problems)
            continue
        for key, said, gives in _differences(situation, came):
            yield locate(given, ("situations", name, key)).problem(
                f'case "{name}" says {said}; the rules of the study give {gives}')


def traits(study: Study) -> tuple[str, ...]:
    """What can be varied: labels and characteristics with more than one name, and marks."""
    return (*(trait for trait, names in names_of(study.population).items() if len(names) > 1), *study.scheme.marks)


def varied(study: Study, given: Cases, trait: str) -> Iterator[Varied]:
    """Every case with this trait at each of its names, all else as it is."""
    marks, names = study.scheme.marks, names_of(study.population)
    for case, situation in given.situations.items():
        own = ("held" if trait in situation.marks else "not held") if trait in marks else \
            _labels(study, situation)[trait]
        for name in ("held", "not held") if trait in marks else names[trait]:
            if trait in marks:
                others = tuple(mark for mark in situation.marks if mark != trait)
                other = situation.model_copy(update={"marks": (*others, trait) if name == "held" else others})
            else:
                other = situation.model_copy(update={"who": {**situation.who, trait: name}})
            yield Varied(case, trait, name, outcome(study, other), name == own, situation.about)


def _differences(situation: Situation, came: Came) -> Iterator[tuple[str, str, str]]:
    if situation.score is not None and abs(situation.score - came.score) > situation.within + NEAR:
        yield "score", f"a score of {situation.score:g}", f"{came.score:.6g}"
    if situation.tier is not None and situation.tier != came.tier:
        yield "tier", f'the tier "{situation.tier}"', f'"{came.tier}" (score {came.score:.6g})'
    if situation.limited is not None and {*situation.limited} != {*came.limited}:
        yield "limited", f"limited: {_listed(situation.limited)}", _listed(came.limited)


def _listed(rights: tuple[str, ...]) -> str:
    return ", ".join(rights) or "no right"


def _labels(study: Study, situation: Situation) -> dict[str, str]:
    """Every label and characteristic with its name for this person."""
    first = {trait: names[0] for trait, names in names_of(study.population).items()}
    return {**first, "group": study.reference, **situation.who}


def _rules(scheme: Scheme, situation: Situation) -> Scheme:
    """The rules for one person: without places, which nobody gets by the own score alone."""
    if scheme.places:
        rules = plain(scheme)
        scheme = Scheme.model_validate({**rules, "places": {}, "consequences": {
            name: given for name, given in rules["consequences"].items() if name not in scheme.places}})
    if situation.start is not None:
        return Scheme.model_validate({**plain(scheme), "score": {**plain(scheme)["score"], "start": situation.start}})
    if isinstance(scheme.score.start, StartTable):
        raise InputError("people start with different scores under this scheme: say `start`, the score of this person")
    return scheme


def _one(study: Study, situation: Situation) -> Population:
    """A population of one: everything that the situation says has a share of 1."""
    population, who = study.population, _labels(study, situation)
    data: dict[str, Any] = plain(population)

    def sure(trait: str, names: Mapping[str, object]) -> dict[str, float]:
        return {name: float(name == who[trait]) for name in names}

    data |= {"people": 1, "groups": sure("group", population.groups), "margins": [], "frailty": None, "together": {},
             "districts": sure("district", population.districts), "households": {},
             "strata": {name: sure(name, shares) for name, shares in population.strata.items()},
             "characteristics": {name: sure(name, shares) for name, shares in population.characteristics.items()},
             "releases": dict.fromkeys(population.releases, 0.0),
             "marks": {mark: float(mark in situation.marks) for mark in population.marks}}
    return Population.model_validate(data)
