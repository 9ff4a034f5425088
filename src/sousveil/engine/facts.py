"""What harms need to know of rules and people, and the engines do not: domains, relevance, gravity, truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sousveil.engine.ladder import units_of
from sousveil.studies.frozen import Value
from sousveil.studies.gates import handicaps_of
from sousveil.studies.place_checks import of_standings, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["Facts", "Truth", "charged_already", "gather"]

Floats = npt.NDArray[np.float64]
STATUS = "status"
"""The domain of points for what people are, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A stratum that the scheme looks for: its name, the names for whom the claim is right, the tiers that say so."""

    label: str
    positive: tuple[str, ...]
    flagged: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Facts(Value):
    """domain of each of K kinds of acts; relevant bool[K]; gravity float64[K], NaN where none is given

    burdens   (tier, domain) of each consequence that takes a right from whoever is in the tier, where a domain is given
    being     domain -> (units taken once at the start, units taken in each step), float64[C] each, for what people are
    """

    domain: tuple[str, ...]
    relevant: npt.NDArray[np.bool_]
    gravity: Floats
    burdens: tuple[tuple[int, str], ...]
    being: tuple[tuple[str, Floats, Floats], ...]
    truth: Truth | None


def gather(scheme: Scheme, population: Population, labels: Sequence[dict[str, str]]) -> Facts:
    """The facts of a study, whose cells have these labels."""
    tiers = standings(scheme)
    signals = scheme.signals.values()
    truth = population.truth
    return Facts(
        domain=tuple(s.domain for s in signals), relevant=np.array([s.relevant for s in signals], dtype=bool),
        gravity=np.array([np.nan if s.gravity is None else s.gravity for s in signals], dtype=np.float64),
        burdens=tuple((tiers.index(tier), c.domain) for tier, given in of_standings(scheme).items() for c in given
                      if c.effect in BURDENS and c.domain and c.bearer in ("self", "household")),
        being=tuple(_being(scheme, population, labels)),
        truth=None if truth is None else Truth(truth.label, truth.positive, truth.flagged))


def charged_already(given: Facts) -> Facts:
    """The facts of a later period: what is charged once, at the start, was charged then."""
    return replace(given, being=tuple((domain, np.zeros_like(once), each) for domain, once, each in given.being))


def _being(scheme: Scheme, population: Population,
           labels: Sequence[dict[str, str]]) -> list[tuple[str, Floats, Floats]]:
    """Marks that shares give by label alone, and handicaps."""
    found = []
    none = np.zeros(len(labels))
    for name, mark in scheme.marks.items():
        share = population.marks[name]
        if any(label in population.characteristics for _, label, _ in share.mentions()):
            continue
        taken = np.array([max(0, -units_of(mark.points, scheme, x)) * share.at(x) for x in labels])
        if taken.any():
            found.append((mark.domain, taken, none))
    gates = list(handicaps_of(scheme.handicaps))
    each = np.array([max(0.0, -sum(units_of(g.rule, scheme, x) for g in gates if g.holds(x))) for x in labels])
    if each.any():
        found.append((STATUS, none, each))
    return found
