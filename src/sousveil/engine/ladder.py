"""Scores and tiers as tables: what a score becomes by itself, which tier follows (MODEL.md section 3, 8 and 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sousveil.errors import InputError
from sousveil.studies.frozen import Value
from sousveil.studies.number import Number, UnknownNumber, shown
from sousveil.studies.scheme import Scheme

__all__ = ["Ladder", "build", "changed", "units_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Ladder(Value):
    """Everything about scores and tiers. Scores count from the floor in units; tiers from the bottom.

    floor, resolution  score in points = floor + resolution * score
    states             S, how many scores there are
    decayed            int64[S]: the score after decay, before points
    handicap           int64[G]: points each step, in units
    threshold, margin  int64[G, T] (threshold counted from the floor), int64[T]
    ceiling            int64[G]: the highest tier a group can reach
    first              uint8[G, S]: tier at the start
    next               uint8[G, T, S]: tier after a step, from tier and new score (hysteresis and ceiling)
    width              float64[G, T]: how wide a tier is, in units
    """

    floor: float
    resolution: float
    states: int
    decayed: npt.NDArray[np.int64]
    handicap: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.int64]
    margin: npt.NDArray[np.int64]
    ceiling: npt.NDArray[np.int64]
    first: npt.NDArray[np.uint8]
    next: npt.NDArray[np.uint8]
    width: npt.NDArray[np.float64]

    def points(self, score: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Scores in the scheme's own points."""
        return np.asarray(self.floor + self.resolution * np.asarray(score, dtype=np.float64))


def units_of(number: Number, scheme: Scheme, labels: Mapping[str, str]) -> int:
    """Points as a whole number of the scheme's resolution. Raises InputError when they are not one."""
    points, resolution = number.at(labels), scheme.score.resolution
    units = round(Fraction(str(points)) / Fraction(str(resolution)))
    if abs(units * resolution - points) > 1e-9 * max(1.0, abs(points)):
        raise InputError(f"{shown(points)} points is not a multiple of the score's resolution {shown(resolution)}")
    return units


def build(scheme: Scheme, groups: tuple[str, ...]) -> Ladder:
    """The tables of a scheme for these groups. Raises InputError, UnknownNumber."""
    score = scheme.score
    floor = units_of(Number(score.floor), scheme, {})
    states = units_of(Number(score.ceiling), scheme, {}) - floor + 1
    tiers = list(scheme.tiers.values())[::-1]
    threshold = np.array([[units_of(tier.from_, scheme, {"group": g}) - floor for tier in tiers] for g in groups])
    margin = np.array([units_of(Number(tier.margin), scheme, {}) for tier in tiers])
    names = list(scheme.tiers)[::-1]
    ceiling = np.array([names.index(scheme.ceilings[g]) if g in scheme.ceilings else len(tiers) - 1 for g in groups])
    handicap = np.array([units_of(scheme.handicaps[g], scheme, {}) if g in scheme.handicaps else 0 for g in groups])
    return _ladder(score.floor, score.resolution, _decayed(scheme, floor, states), handicap, threshold, margin, ceiling)


def changed(ladder: Ladder, *, handicap: npt.NDArray[np.int64], threshold: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64]) -> Ladder:
    """The same ladder with other handicaps [G], thresholds [G, T] and ceilings [G]."""
    return _ladder(ladder.floor, ladder.resolution, ladder.decayed, handicap, threshold, ladder.margin, ceiling)


def _ladder(floor: float, resolution: float, decayed: npt.NDArray[np.int64], handicap: npt.NDArray[np.int64],
            threshold: npt.NDArray[np.int64], margin: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64]) -> Ladder:
    first, following = _tables(len(decayed), threshold, margin, ceiling)
    return Ladder(floor=floor, resolution=resolution, states=len(decayed), decayed=decayed, handicap=handicap,
                  threshold=threshold, margin=margin, ceiling=ceiling, first=first, next=following,
                  width=_width(threshold, len(decayed)))


def _decayed(scheme: Scheme, floor: int, states: int) -> npt.NDArray[np.int64]:
    score = scheme.score
    if not score.decay.is_plain and score.decay.base is None:
        raise UnknownNumber
    base = Number(score.baseline) if score.baseline is not None else None
    if base is None:
        # Without a baseline the score decays toward where everybody starts; if they differ, it does not decay.
        base = score.start if isinstance(score.start, Number) and score.start.is_plain else Number(score.ceiling)
    baseline = units_of(base, scheme, {}) - floor
    # In whole numbers, from the decimals that the file says: the nearest binary number would decide which half is one.
    kept, of = (1 - Fraction(str(score.decay.at({})))).as_integer_ratio()
    decayed = [baseline + _nearest(kept * (s - baseline), of) for s in range(states)]
    return np.clip(np.array(decayed, dtype=np.int64), 0, states - 1)


def _nearest(number: int, of: int) -> int:
    """The whole number nearest to number / of; halves go to the even one."""
    whole, rest = divmod(number, of)
    return whole + (2 * rest > of or (2 * rest == of and whole % 2 == 1))


def _tables(states: int, threshold: npt.NDArray[np.int64], margin: npt.NDArray[np.int64],
            ceiling: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    g, t = threshold.shape
    s = np.arange(states)
    rank = np.arange(t)[None, :, None]
    up = (rank * (s >= threshold[:, :, None])).max(axis=1)
    down = (rank * (s >= (threshold - margin)[:, :, None])).max(axis=1)
    first = np.minimum(up, ceiling[:, None])
    up, down, held = up[:, None, :], down[:, None, :], rank
    following = np.where(up > held, up, np.where(down < held, down, held))
    following = np.minimum(following, ceiling[:, None, None])
    return first.astype(np.uint8), np.broadcast_to(following, (g, t, states)).astype(np.uint8)


def _width(threshold: npt.NDArray[np.int64], states: int) -> npt.NDArray[np.float64]:
    """Threshold less that of the next tier down; the bottom tier takes the width of the tier above it."""
    if threshold.shape[1] == 1:
        return np.full(threshold.shape, float(states - 1))
    width = np.diff(threshold, axis=1).astype(np.float64)
    return np.concatenate([width[:, :1], width], axis=1)
