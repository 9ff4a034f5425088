"""What lasts for a time, compiled: stays in a tier, consequences of its first steps, and the register of records.

Where records end, fade, or are taken off by name, they are kept one by one, in a register, and the score is the sum of
those that count. A release that may not be done again at once leaves an entry in the register, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine.ladder import units_of
from sousveil.studies.frozen import Value
from sousveil.studies.number import Number
from sousveil.studies.periods import terms_of
from sousveil.studies.place_checks import of_standings, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Release
from sousveil.studies.term_checks import kept, summed

__all__ = ["FOREVER", "Register", "Timed", "register", "stays", "timed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FOREVER = 1 << 30
"""A term that no run outlasts, in steps."""


class Timed(NamedTuple):
    """The first so many steps of a stay in a tier: some consequence is borne for as long."""

    tier: int
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Register(Value):
    """Records that are kept one by one, of E kinds: some signals, some of them once more under the rules of a later
    period, then the R releases. A: ages that are told apart.

    kinds     the signals, by their index: Q of them; of, int64[E - R]: whose records each kind holds, as a place there
    now       int64[Q], of which kind a new record is; without changes on a date 0, 1 .. Q - 1
    sums      whether the score is the sum of what counts (else it drifts, as ever, and only releases are kept)
    worth     int64[E, A] points at an age, in units; older than A - 1: as at that age
    lasts     int64[E] steps until a record is over; restarts int64[E]: 1, a new one starts the terms of its own kind
              anew, 2, of all signals
    renews    float64[C, E] share of records that are over that are entered again
    chance    float64[C, R] that a release happens in a step; tiers uint64[R]: in which, as bits
    ends      bool[R, E] what it takes off; everything bool[R]: all since the start
    points    int64[R] what it gives for good; leaves bool[R]: whether it leaves an entry; every int64[R]: for how long
              it cannot be done again
    """

    kinds: tuple[int, ...]
    of: Ints
    now: Ints
    sums: bool
    worth: Ints
    lasts: Ints
    restarts: Ints
    renews: Floats
    chance: Floats
    tiers: npt.NDArray[np.uint64]
    ends: npt.NDArray[np.bool_]
    everything: npt.NDArray[np.bool_]
    points: Ints
    leaves: npt.NDArray[np.bool_]
    every: Ints


def stays(scheme: Scheme) -> Ints:
    """For how many steps at least somebody stays who enters a tier, int64[T] from the bottom."""
    left = [0] * (len(standings(scheme)) - len(scheme.tiers))
    return np.array([*[tier.for_ for tier in scheme.tiers.values()][::-1], *left], dtype=np.int64)


def timed(course: tuple[Scheme, ...]) -> tuple[Timed, ...]:
    """The times that consequences last in some period, tier by tier."""
    tiers = standings(course[0])
    return tuple(sorted({Timed(tiers.index(tier), c.term) for scheme in course
                         for tier, given in of_standings(scheme).items() for c in given if c.term is not None}))


def register(scheme: Scheme, population: Population, labels: list[dict[str, str]],
             course: tuple[Scheme, ...]) -> Register | None:
    """The register of a scheme, None where it keeps none, as one of a course of schemes: of several periods, what
    records of a signal are worth in each is a kind of its own, which those made before keep.

    Raises InputError, UnknownNumber.
    """
    names, releases = kept(scheme), list(scheme.releases.values())
    if not names and not releases:
        return None
    known = {name: terms_of(course, name) for name in names}
    later = [(q, nth) for q, name in enumerate(names) for nth in range(1, len(known[name]))]
    kinds_of = [*((q, 0) for q in range(len(names))), *later]
    made = [next(each.signals[names[q]] for each in course if terms_of((each,), names[q]) == [known[names[q]][nth]])
            for q, nth in kinds_of]
    now = [kinds_of.index((q, known[name].index(terms_of((scheme,), name)[0]))) for q, name in enumerate(names)]
    signals = [scheme.signals[names[q]] for q, _ in kinds_of]
    worth = [{0: units_of(s.points, scheme, {}), **{age: units_of(Number(points), scheme, {}) for age, points
                                                    in s.fades.items()}} for s in made]
    worth += [{0: units_of(r.points, scheme, {}), r.lasts: 0} if r.lasts else {0: 0} for r in releases]
    tiers, kinds = list(scheme.tiers)[::-1], list(scheme.signals)
    return Register(
        kinds=tuple(kinds.index(name) for name in names), of=np.array([q for q, _ in kinds_of], dtype=np.int64),
        now=np.array(now, dtype=np.int64), sums=summed(scheme), worth=_by_age(worth),
        lasts=np.array([*(s.lasts or FOREVER for s in made), *(max(r.lasts or 0, r.every or 0) for r in releases)],
                       dtype=np.int64),
        restarts=np.array([*({None: 0, "own": 1, "all": 2}[s.restarts] for s in signals), *[0] * len(releases)],
                          dtype=np.int64),
        renews=np.array([[*(min(1.0, s.renews.at(x)) for s in signals), *[0.0] * len(releases)] for x in labels]),
        chance=np.array([[min(1.0, population.releases[name].at(x)) for name in scheme.releases]
                         for x in labels]).reshape(len(labels), len(releases)),
        tiers=np.array([sum(1 << tiers.index(tier) for tier in r.while_ or tiers) for r in releases], dtype=np.uint64),
        ends=np.array([_ended(r, [names[q] for q, _ in kinds_of], len(releases)) for r in releases],
                      dtype=bool).reshape(len(releases), len(worth)),
        everything=np.array([r.ends == "all" for r in releases], dtype=bool),
        points=np.array([0 if r.lasts else units_of(r.points, scheme, {}) for r in releases], dtype=np.int64),
        leaves=np.array([bool(r.lasts or r.every) for r in releases], dtype=bool),
        every=np.array([r.every or 0 for r in releases], dtype=np.int64))


def _by_age(worth: list[dict[int, int]]) -> Ints:
    table = np.zeros((len(worth), 1 + max(age for by in worth for age in by)), dtype=np.int64)
    for row, by in zip(table, worth, strict=True):
        for age, points in by.items():
            row[age:] = points
    return table


def _ended(release: Release, names: list[str], releases: int) -> list[bool]:
    return [*(release.ends == "all" or name in release.ends for name in names), *[False] * releases]
