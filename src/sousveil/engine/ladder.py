"""Scores and tiers as tables: what a score becomes by itself, which tier follows (MODEL.md section 3, 8 and 9).

Inside the engines a higher score is better. Where the scheme says that high is bad, all its points are turned round on
the way in, in `units_of`, and scores on the way out, in `Ladder.points`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sousveil.errors import InputError
from sousveil.studies.frozen import Value
from sousveil.studies.gates import handicaps_of, tiers_of
from sousveil.studies.link import Link, linear, linked
from sousveil.studies.number import Number, UnknownNumber, shown
from sousveil.studies.scheme import Scheme

__all__ = ["Ladder", "build", "changed", "lowest", "units_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Ladder(Value):
    """Everything about scores and tiers. Scores count from the worst in units; tiers from the bottom. R: rows, one for
    all people to whom the same rules apply: for each group, and each name of other labels that rules differ by.

    worst              the worst score in the scheme's points: the floor, or the ceiling where high is bad
    resolution, sign   score in points = worst + sign * resolution * score; sign -1 where high is bad, else 1
    link               how a score in points is printed
    states             S, how many scores there are
    decayed            int64[S]: the score after decay, before points
    handicap           int64[R]: points each step, in units
    threshold, margin  int64[R, T] (threshold counted from the worst), int64[T]
    ceiling, floor     int64[R]: the highest tier that can be reached, and the lowest that can be fallen to; where a
                       floor is above a ceiling, the ceiling holds
    first              uint8[R, S]: tier at the start
    next               uint8[R, T, S]: tier after a step, from tier and new score (hysteresis, floor and ceiling)
    width              float64[R, T]: how wide a tier is, in units
    left               how many of the T are places for which people leave the scheme: the last ones, which no score
                       leads to or out of; thresholds and margins are of the others alone
    """

    worst: float
    resolution: float
    sign: int
    link: Link
    states: int
    decayed: npt.NDArray[np.int64]
    handicap: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.int64]
    margin: npt.NDArray[np.int64]
    ceiling: npt.NDArray[np.int64]
    floor: npt.NDArray[np.int64]
    first: npt.NDArray[np.uint8]
    next: npt.NDArray[np.uint8]
    width: npt.NDArray[np.float64]
    left: int = 0

    def points(self, score: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Scores as the scheme prints them."""
        points = np.asarray(self.worst + self.resolution * self.sign * np.asarray(score, dtype=np.float64))
        return points if self.link == "identity" else np.vectorize(
            lambda value: linked(self.link, value), otypes=[np.float64])(points)  # also of none

    def worth(self, units: int) -> float:
        """What units add to a score, in the scheme's own points."""
        return units * self.sign * self.resolution


def units_of(number: Number, scheme: Scheme, labels: Mapping[str, str]) -> int:
    """Points as a whole number of the scheme's resolution, more of them being better.

    Raises InputError when they are no multiple of the resolution.
    """
    points, resolution = number.at(labels), scheme.score.resolution
    units = round(Fraction(str(points)) / Fraction(str(resolution)))
    if abs(units * resolution - points) > 1e-9 * max(1.0, abs(points)):
        raise InputError(f"{shown(points)} points is not a multiple of the score's resolution {shown(resolution)}")
    return -units if scheme.score.high_is_bad else units


def lowest(scheme: Scheme) -> int:
    """The worst score that a scheme has, in units."""
    return units_of(Number(_ends(scheme)[0]), scheme, {})


def _ends(scheme: Scheme) -> tuple[float, float]:
    """The worst and the best score."""
    score = scheme.score
    return (score.ceiling, score.floor) if score.high_is_bad else (score.floor, score.ceiling)


def build(scheme: Scheme, rows: Sequence[Mapping[str, str]]) -> Ladder:
    """The tables of a scheme for people with these labels, a row each. Raises InputError, UnknownNumber."""
    worst, best = (units_of(Number(end), scheme, {}) for end in _ends(scheme))
    threshold, margin = _thresholds(scheme, rows, worst)
    names = list(scheme.tiers)[::-1]
    ceilings, floors = (list(tiers_of(given)) for given in (scheme.ceilings, scheme.floors))
    ceiling = np.array([min((names.index(g.rule) for g in ceilings if g.holds(x)), default=len(names) - 1)
                        for x in rows])
    floor = np.array([max((names.index(g.rule) for g in floors if g.holds(x)), default=0) for x in rows])
    handicap = np.array([sum(units_of(g.rule, scheme, x) for g in handicaps_of(scheme.handicaps) if g.holds(x))
                         for x in rows])
    sign = -1 if scheme.score.high_is_bad else 1
    return _ladder(_ends(scheme)[0], scheme.score.resolution, sign, scheme.score.link,
                   _decayed(scheme, worst, best - worst + 1), handicap, threshold, margin, ceiling, floor,
                   sum(place.leaves for place in scheme.places.values()))


def _thresholds(scheme: Scheme, rows: Sequence[Mapping[str, str]],
                worst: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """From which score a tier or a better one is held, int64[R, T], and its margin, int64[T]."""
    tiers = list(scheme.tiers.values())[::-1]
    begins = np.array([[_begins(scheme, tier.from_, x) - worst for tier in tiers] for x in rows])
    margin = np.array([abs(units_of(Number(tier.margin), scheme, {})) for tier in tiers])
    if not scheme.score.high_is_bad:
        return begins, margin
    # A tier or a better one is held as long as the next worse one has not begun, and its margin is the worse one's.
    return np.pad(begins[:, :-1] + 1, ((0, 0), (1, 0))), np.pad(margin[:-1], (1, 0))


def _begins(scheme: Scheme, printed: Number, labels: Mapping[str, str]) -> int:
    """The score from which a tier counts, in units: where a link prints scores, the first that is printed so."""
    score = scheme.score
    if score.link == "identity":
        return units_of(printed, scheme, labels)
    points = linear(score.link, printed.at(labels))
    within = min(max(points, score.floor), score.ceiling + score.resolution)
    units = math.ceil(within / score.resolution - 1e-9)
    return -units if score.high_is_bad else units


def changed(ladder: Ladder, *, handicap: npt.NDArray[np.int64], threshold: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64], floor: npt.NDArray[np.int64]) -> Ladder:
    """The same ladder with other handicaps [R], thresholds [R, T], ceilings [R] and floors [R]."""
    return _ladder(ladder.worst, ladder.resolution, ladder.sign, ladder.link, ladder.decayed, handicap, threshold,
                   ladder.margin, ceiling, floor, ladder.left)


def _ladder(worst: float, resolution: float, sign: int, link: Link, decayed: npt.NDArray[np.int64],
            handicap: npt.NDArray[np.int64], threshold: npt.NDArray[np.int64], margin: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64], floor: npt.NDArray[np.int64], left: int) -> Ladder:
    first, following = _tables(len(decayed), threshold, margin, ceiling, floor)
    width = _width(threshold, len(decayed))
    if left:
        rows, tiers = threshold.shape
        gone = np.broadcast_to(np.arange(tiers, tiers + left, dtype=np.uint8)[None, :, None],
                               (rows, left, len(decayed)))
        following = np.concatenate([following, gone], axis=1)
        width = np.pad(width, ((0, 0), (0, left)), mode="edge")
    return Ladder(worst=worst, resolution=resolution, sign=sign, link=link, states=len(decayed), decayed=decayed,
                  handicap=handicap, threshold=threshold, margin=margin, ceiling=ceiling, floor=floor, first=first,
                  next=following, width=width, left=left)


def _decayed(scheme: Scheme, worst: int, states: int) -> npt.NDArray[np.int64]:
    score = scheme.score
    if not score.decay.is_plain and score.decay.base is None:
        raise UnknownNumber
    base = Number(score.baseline) if score.baseline is not None else None
    if base is None:
        # Without a baseline the score decays toward where everybody starts; if they differ, it does not decay.
        base = score.start if isinstance(score.start, Number) and score.start.is_plain else Number(score.ceiling)
    baseline = units_of(base, scheme, {}) - worst
    # In whole numbers, from the decimals that the file says: the nearest binary number would decide which half is one.
    kept, of = (1 - Fraction(str(score.decay.at({})))).as_integer_ratio()
    decayed = [baseline + _nearest(kept * (s - baseline), of) for s in range(states)]
    return np.clip(np.array(decayed, dtype=np.int64), 0, states - 1)


def faded(scheme: Scheme, states: int) -> npt.NDArray[np.int64]:
    """What so many units by which a score is too low come to after a step of decay, int64[S]."""
    kept, of = (1 - Fraction(str(scheme.score.decay.at({})))).as_integer_ratio()
    return np.array([_nearest(kept * units, of) for units in range(states)], dtype=np.int64)


def _nearest(number: int, of: int) -> int:
    """The whole number nearest to number / of; halves go to the even one."""
    whole, rest = divmod(number, of)
    return whole + (2 * rest > of or (2 * rest == of and whole % 2 == 1))


def _tables(states: int, threshold: npt.NDArray[np.int64], margin: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64],
            floor: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    r, t = threshold.shape
    s = np.arange(states)
    rank = np.arange(t)[None, :, None]
    up = (rank * (s >= threshold[:, :, None])).max(axis=1)
    down = (rank * (s >= (threshold - margin)[:, :, None])).max(axis=1)
    first = np.minimum(np.maximum(up, floor[:, None]), ceiling[:, None])
    up, down, held = up[:, None, :], down[:, None, :], rank
    following = np.where(up > held, up, np.where(down < held, down, held))
    following = np.minimum(np.maximum(following, floor[:, None, None]), ceiling[:, None, None])
    return first.astype(np.uint8), np.broadcast_to(following, (r, t, states)).astype(np.uint8)


def _width(threshold: npt.NDArray[np.int64], states: int) -> npt.NDArray[np.float64]:
    """Threshold less that of the next tier down; the bottom tier takes the width of the tier above it."""
    if threshold.shape[1] == 1:
        return np.full(threshold.shape, float(states - 1))
    width = np.diff(threshold, axis=1).astype(np.float64)
    return np.concatenate([width[:, :1], width], axis=1)
