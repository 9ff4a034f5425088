"""What tiers and places take from people and give them in a step, in money."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from sousveil.engine.terms import Timed
from sousveil.studies.place_checks import of_standings, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Consequence

__all__ = ["of_places", "of_terms", "of_tiers"]

Floats = npt.NDArray[np.float64]


def of_tiers(scheme: Scheme, population: Population, labels: list[dict[str, str]],
             tiers: tuple[str, ...]) -> tuple[Floats, Floats]:
    """What is lost and gained in a step for as long as somebody is in a tier, float64[C, T] each."""
    lost, gained = np.zeros((2, len(labels), len(tiers)))
    for tier, consequences in of_standings(scheme).items():
        lasting = [q for q in consequences if q.term is None]
        known = {id(x): _change(lasting, population, x) for x in {id(x): x for x in labels}.values()}
        change = np.array([known[id(x)] for x in labels])
        lost[:, tiers.index(tier)], gained[:, tiers.index(tier)] = change.T
    return lost, gained


def of_terms(scheme: Scheme, population: Population, labels: list[dict[str, str]],
             timed: tuple[Timed, ...]) -> tuple[Floats, Floats]:
    """What is lost and gained in the first steps of a stay more than in those after it, float64[C, D] each."""
    tiers = standings(scheme)
    return _more_at_first([([q for q in scheme.consequences.get(tiers[tier], ()) if q.term is None or q.term >= steps],
                            steps) for tier, steps in timed], population, labels)


def of_places(scheme: Scheme, population: Population, labels: list[dict[str, str]],
              borne: tuple[tuple[int, int], ...]) -> tuple[Floats, Floats]:
    """What a place beside a tier takes and gives in a step, float64[C, D2] each, as `of_terms` has it."""
    names = list(scheme.places)
    return _more_at_first([([q for q in scheme.consequences.get(names[place], ())
                             if q.term is not None and q.term >= steps], steps) for place, steps in borne],
                          population, labels)


def _more_at_first(given: Sequence[tuple[list[Consequence], int]], population: Population,
                   labels: list[dict[str, str]]) -> tuple[Floats, Floats]:
    """What is lost and gained in the first so many steps of each, more than in those after them.

    given   what is borne in the last of these steps, and how many there are
    """
    lost, gained = np.zeros((2, len(labels), len(given)))
    for d, (borne, steps) in enumerate(given):
        after = [q for q in borne if q.term != steps]
        for c, x in enumerate(labels):
            within, later = _change(borne, population, x), _change(after, population, x)
            lost[c, d], gained[c, d] = within[0] - later[0], within[1] - later[1]
    return lost, gained


def _change(consequences: Iterable[Consequence], population: Population, x: dict[str, str]) -> tuple[float, float]:
    """Money that somebody loses and gains in a step who bears all of these."""
    factor = float(np.prod([q.income.at(x) for q in consequences]))
    change = population.income.at(x) * (factor - 1.0)
    return (max(0.0, -change) + sum(q.loss.at(x) for q in consequences),
            max(0.0, change) + sum(q.gain.at(x) for q in consequences))
