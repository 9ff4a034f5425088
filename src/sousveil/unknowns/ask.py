"""Which number must they publish? What each would take off the spread of a harm (MODEL.md section 10).

The share of the variance of a harm h that would go if a number y were published, known to so many per cent, is
1 - E[Var(h | y)] / Var(h). Runs at points over what is not published give pairs of h and y; y gets the noise that it
would be published with, and h is regressed on it: on polynomials of its rank, as many as leaving one point out calls
for, so that a number which says nothing is not said to say something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.store import Shelf
from sousveil.draws import Purpose, uniforms
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.figures import Figure
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.points import unit_points
from sousveil.unknowns.publishable import publishable
from sousveil.unknowns.ranges import Unknown, unknowns
from sousveil.unknowns.waves import Carrier, Wave

__all__ = ["POINTS", "WITHIN", "Asked", "Number", "ask", "shrinkage"]

Floats = npt.NDArray[np.float64]

POINTS = 256
"""Points of the ranges, unless there are draws from a posterior."""

WITHIN = 0.1
"""How exactly a number is taken to be published: relative standard deviation."""

NOISE = 16
"""How often noise is drawn for each number: the share is a mean over them."""

DEGREE = 5
"""Degree of the polynomial, at most."""

RESAMPLES = 200
"""Halves of the points behind an interval."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that could be published.

    name       what it is called; figure: the number of a run that it is; None for an input
    share      share of the variance that would go; low, high: 95 % interval over the points
    told       at how many points the number, and the harm, could be told
    """

    name: str
    figure: Figure | None
    unknown: Unknown | None
    share: float
    low: float
    high: float
    told: int


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What to ask for.

    numbers   what could be published, the most telling first
    low, high 95 % of the harm over what is not published, as it stands
    points    how many there were; posterior: whether they are draws from what figures leave, or from the ranges
    """

    study: Study
    objective: Objective
    engine: str
    within: float
    numbers: tuple[Number, ...]
    low: float
    middle: float
    high: float
    points: int
    posterior: bool
    failed: Mapping[str, str]


@checked
def ask(study: AnyStudy, harm: str = "bottom-tier", *, group: str | None = None,
        between: Sequence[str] | None = None, points: WholeNumber = POINTS, within: float = WITHIN,
        people: WholeNumber | None = None, steps: WholeNumber | None = None, seed: WholeNumber | None = None,
        engine: Engine = "auto", where: Place = HERE, shelf: Shelf | None = None) -> Asked:
    """The numbers whose publication would take most off the spread of a harm, over the ranges of the assumptions.

    study    a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    harm     of everybody, of a `group`, or as a gap `between` two
    within   relative standard deviation with which each number would be published
    Raises InputError where nothing has a range, or the harm can be told at too few points; EngineRefusal; Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, engine=engine)
    points = whole("points", points, 32, 4096)
    if not 0.0 < within <= 1.0:
        raise InputError(f"within: {within:g} is not above 0 and at most 1")
    study, wanted = objective(asked.sized(study), harm, group, between)
    free, _ = unknowns(study)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to ask for")
    numbers = publishable(study)
    carrier = Carrier(study, free, numbers, engine=asked.engine, where=where, shelf=shelf)
    wave = carrier.carried(unit_points(study.seed, points, len(free)), "Points of the ranges")
    inputs = np.stack([u.at(wave.unit[:, i]) for i, u in enumerate(free)], axis=1)
    return ranked(study, wanted, carrier.engine, free, wave, inputs, numbers, within, posterior=False)


def ranked(study: Study, wanted: Objective, engine: str, free: Sequence[Unknown], wave: Wave, inputs: Floats,
           numbers: Mapping[str, Figure], within: float, *, posterior: bool) -> Asked:
    """As `ask`, from runs that were made, with the values float64[N, k] of the unknowns in each of them."""
    rows = [None if harms is None else wanted.of(harms) for harms in wave.harms]
    harm = np.array([np.nan if row is None or row.value is None else row.value for row in rows], dtype=np.float64)
    known = np.isfinite(harm)
    if known.sum() < 32:
        raise InputError(f"{wanted.words}: can be told at {known.sum()} of {len(harm)} points; 32 are needed")
    low, middle, high = np.quantile(harm[known], (0.025, 0.5, 0.975)).tolist()
    given: list[tuple[str, Figure | None, Unknown | None, Floats]] = [
        *((name, figure, None, wave.numbers[:, j]) for j, (name, figure) in enumerate(numbers.items())),
        *((u.name, None, u, inputs[:, i]) for i, u in enumerate(free))]
    found = [Number(name, figure, unknown, *shrinkage(harm, y, within, study.seed + j),
                    int((known & np.isfinite(y)).sum()))
             for j, (name, figure, unknown, y) in enumerate(given)]
    return Asked(study, wanted, engine, within, tuple(sorted(found, key=lambda n: -n.share)), low, middle, high,
                 len(harm), posterior, wave.failed)


def shrinkage(harm: Floats, number: Floats, within: float, seed: int) -> tuple[float, float, float]:
    """The share of the variance of a harm that would go if a number were known, and its 95 % interval.

    harm, number   float64[N]: over points that are as likely as each other; nan where one cannot be told
    within         relative standard deviation with which the number would be known
    """
    known = np.isfinite(harm) & np.isfinite(number)
    h, y = harm[known], number[known]
    if len(h) < 16 or float(h.var()) <= 0 or float(np.ptp(y)) <= 0:
        return 0.0, 0.0, 0.0
    noise = _normal(seed, NOISE, len(h))
    left = np.array([_left(h, y * (1.0 + within * row)) for row in noise])  # [NOISE, DEGREE + 1, N]: squared residuals
    best = int(left.mean(axis=(0, 2)).argmin())
    each = left[:, best].mean(axis=0)
    apart = (h - h.mean())**2 * (len(h) / (len(h) - 1))**2  # of the mean too, the point itself is left out
    share = 1.0 - float(each.mean()) / float(apart.mean())
    picked = np.minimum((uniforms(seed, np.arange(RESAMPLES)[:, None], np.arange(len(h))[None, :],
                                  Purpose.RESAMPLE)[..., 0] * len(h)).astype(np.int64), len(h) - 1)
    again = 1.0 - each[picked].mean(axis=1) / np.maximum(apart[picked].mean(axis=1), 1e-300)
    low, high = np.quantile(again, (0.025, 0.975)).tolist()
    return max(0.0, share), max(0.0, min(low, share)), min(1.0, max(high, share, 0.0))


def _left(h: Floats, y: Floats) -> Floats:
    """float64[DEGREE + 1, N]: squared residuals of every point from polynomials of each degree, fitted without it."""
    from sousveil.ground.special import ndtri

    rank = y.argsort(kind="stable").argsort(kind="stable")
    score = ndtri((rank + 0.5) / len(y))
    basis, _ = np.linalg.qr(np.vander(score, DEGREE + 1, increasing=True))
    along = basis * (basis.T @ h)
    fitted, lever = along.cumsum(axis=1), (basis**2).cumsum(axis=1)
    return np.asarray((((h[:, None] - fitted) / np.maximum(1.0 - lever, 1e-9))**2).T)


def _normal(seed: int, rows: int, count: int) -> Floats:
    from sousveil.ground.special import ndtri

    drawn = uniforms(seed, np.arange(rows)[:, None], np.arange(count)[None, :], Purpose.PREDICTED)
    return np.asarray(ndtri(drawn[..., 0]))
