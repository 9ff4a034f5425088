"""One Gaussian process for one number of a run, over the unit cube of what is not published.

A quadratic in every unknown, and on it a Matérn 5/2 process with a length for each unknown. Lengths and nugget are
those of the largest restricted likelihood (with a weak prior on the lengths); the coefficients of the quadratic are
integrated out. Sources: Rasmussen and Williams 2006, sections 2.7 and 5.4; Dubrule 1983 for leaving one out.

With runs that are drawn, the nugget is their chance: it is no error of the emulator. With expectations there is no
chance, and the nugget is what the process cannot follow: it counts as error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Emulator", "emulator"]

Floats = npt.NDArray[np.float64]

DECADES = 5.0
"""Positive numbers whose largest is more than so many times the smallest are followed by their logarithm."""

LENGTHS = (0.05, 50.0)
NUGGETS = {False: (1e-6, 1e-2), True: (1e-6, 10.0)}
"""Bounds of the lengths, and of the nugget for expectations and for drawn runs, in units of the process's variance."""

_ROUNDING = float(np.finfo(np.float64).eps)
"""The least variance of residuals, of values whose variance is one."""

CHUNK = 4096
"""Points that are predicted at once: more would take memory for nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Emulator:
    """A fitted process. `predict` gives its mean and variance anywhere, in the units of the number.

    unit, lengths   float64[N, k], float64[k]: where runs were made, and the length of each unknown
    chance          variance of one drawn run, on the scale of the process; 0 for expectations
    left_out        float64[N]: the residual of every run, predicted from all others, in standard deviations
    error           root mean square of those residuals, as a share of the standard deviation of the number
    shift           what was added before the logarithm was taken; nan where none was taken
    """

    unit: Floats
    lengths: Floats
    chance: float
    left_out: Floats
    error: float
    shift: float
    constant: float
    _centre: float
    _scale: float
    _variance: float
    _nugget: float
    _inverse: Floats
    _weights: Floats
    _basis: Floats
    _beta: Floats
    _gram: Floats

    def predict(self, unit: Floats) -> tuple[Floats, Floats]:
        """Mean and variance float64[P] each, of an expectation or of the mean of drawn runs, at points [P, k]."""
        if not math.isnan(self.constant):
            return np.full(len(unit), self.constant), np.zeros(len(unit))
        parts = [self._predict(part) for part in np.array_split(unit, max(1, -(-len(unit) // CHUNK)))]
        mean, variance = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
        return self._back(mean, variance)

    def chance_at(self, mean: Floats) -> Floats:
        """float64[P]: the variance of one drawn run where its mean is this."""
        if math.isnan(self.shift):
            return np.full(len(mean), self.chance)
        return np.asarray((mean + self.shift)**2 * np.expm1(np.minimum(self.chance, 50.0)))

    def _predict(self, unit: Floats) -> tuple[Floats, Floats]:
        near = _matern(_distance(unit / self.lengths, self.unit / self.lengths))
        terms = _terms(unit)
        mean = terms @ self._beta + near @ self._weights
        solved = near @ self._inverse
        rest = terms - solved @ self._basis
        share = 1.0 + self._nugget - np.einsum("ij,ij->i", solved, near) + np.einsum(
            "ij,jk,ik->i", rest, self._gram, rest)
        return self._centre + self._scale * mean, self._scale**2 * self._variance * np.maximum(share, 1e-12)

    def _back(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
        if math.isnan(self.shift):
            return mean, variance
        middle = np.exp(np.minimum(mean, 600.0))
        return middle - self.shift, middle**2 * np.expm1(np.minimum(variance, 50.0))


def emulator(unit: Floats, values: Floats, drawn: bool) -> Emulator:
    """The emulator of values float64[N] at points float64[N, k] of the unit cube; nan values are left aside.

    drawn   whether the runs were drawn, so that the same point gives other values under another seed
    Raises ValueError where fewer than 2k + 2 values are known.
    """
    known = np.isfinite(values)
    unit, values = unit[known], values[known]
    n, k = unit.shape
    if n < 2 * k + 2:
        raise ValueError(f"{n} values are too few for {k} unknowns")
    shift = _shift(values)
    followed = values if math.isnan(shift) else np.log(values + shift)
    centre, scale = float(followed.mean()), float(followed.std())
    if scale <= 1e-9 * max(1.0, abs(centre)):
        return _constant(unit, float(values.mean()))
    target = (followed - centre) / scale
    basis = _terms(unit)
    if n < 3 * basis.shape[1]:
        basis = basis[:, :k + 1]
    lengths, nugget = _fitted(unit, target, basis, NUGGETS[drawn])
    return _made(unit, target, basis, lengths, nugget, drawn, (shift, centre, scale))


def _made(unit: Floats, target: Floats, basis: Floats, lengths: Floats, nugget: float, drawn: bool,
          back: tuple[float, float, float]) -> Emulator:
    near = _matern(_distance(unit / lengths, unit / lengths))
    inverse = np.linalg.inv(near + nugget * np.eye(len(near)))
    inverse = (inverse + inverse.T) / 2
    gram = np.linalg.inv(basis.T @ inverse @ basis)
    beta = gram @ (basis.T @ inverse @ target)
    weights = inverse @ (target - basis @ beta)
    # Where the basis alone gives every value, rounding is what is left, and may be below none.
    variance = max(float(target @ weights) / (len(target) - basis.shape[1]), _ROUNDING)
    project = inverse - inverse @ basis @ gram @ basis.T @ inverse
    diagonal = np.maximum(np.diag(project), _ROUNDING)
    residual = (project @ target) / diagonal
    shift, centre, scale = back
    chance = nugget * variance * scale**2 if drawn else 0.0
    pad = _terms(unit).shape[1] - basis.shape[1]
    error = float(np.sqrt(np.mean(residual**2)))
    return Emulator(unit, lengths, chance, residual / np.sqrt(variance / diagonal), error, shift, math.nan, centre,
                    scale, variance, 0.0 if drawn else nugget, inverse, weights, np.pad(basis, ((0, 0), (0, pad))),
                    np.pad(beta, (0, pad)), np.pad(gram, ((0, pad), (0, pad))))


def _constant(unit: Floats, value: float) -> Emulator:
    none = np.zeros((0, 0))
    return Emulator(unit, np.ones(unit.shape[1]), 0.0, np.zeros(len(unit)), 0.0, math.nan, value, value, 0.0, 0.0, 0.0,
                    none, none, none, none, none)


def _shift(values: Floats) -> float:
    """What to add before the logarithm: nothing to positive numbers, half the smallest where some are zero."""
    if values.min() < 0 or values.max() <= 0:
        return math.nan
    least = float(values[values > 0].min())
    if values.max() < DECADES * (least if values.min() > 0 else 0.0):
        return math.nan
    return 0.0 if values.min() > 0 else least / 2


def _terms(unit: Floats) -> Floats:
    """float64[P, 2k + 1]: one, every unknown, and its square."""
    centred = 2.0 * unit - 1.0
    return np.concatenate([np.ones((len(unit), 1)), centred, centred**2], axis=1)


def _distance(one: Floats, other: Floats) -> Floats:
    square = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2.0 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))


def _matern(distance: Floats) -> Floats:
    far = math.sqrt(5.0) * distance
    return np.asarray((1.0 + far + far**2 / 3.0) * np.exp(-far))


def _fitted(unit: Floats, target: Floats, basis: Floats, nuggets: tuple[float, float]) -> tuple[Floats, float]:
    """Lengths and nugget of the largest restricted likelihood, from two beginnings."""
    from scipy.optimize import minimize

    square = (unit[:, None, :] - unit[None, :, :])**2
    k = unit.shape[1]
    bounds = [tuple(np.log(LENGTHS))] * k + [tuple(np.log(nuggets))]
    best = None
    for length, nugget in ((1.0, max(1e-5, nuggets[0])), (3.0, min(1e-2, nuggets[1]))):
        begin = np.array([math.log(length)] * k + [math.log(nugget)])
        found = minimize(_loss, begin, args=(square, target, basis), jac=True, method="L-BFGS-B", bounds=bounds,
                         options={"maxiter": 60})
        if best is None or found.fun < best.fun:
            best = found
    assert best is not None
    return np.exp(best.x[:-1]), float(np.exp(best.x[-1]))


def _loss(at: Floats, square: Floats, target: Floats, basis: Floats) -> tuple[float, Floats]:
    """Minus the restricted log-likelihood, the variance profiled out, and its gradient."""
    from scipy.linalg import cho_factor, cho_solve

    scaled = square / np.exp(2.0 * at[:-1])
    distance = np.sqrt(scaled.sum(axis=2))
    nugget = math.exp(at[-1])
    n = len(target)
    factor = cho_factor(_matern(distance) + nugget * np.eye(n), lower=True)
    inverse = cho_solve(factor, np.eye(n))
    inner = cho_factor(basis.T @ inverse @ basis, lower=True)
    half = inverse @ basis
    project = inverse - half @ cho_solve(inner, half.T)
    image = project @ target
    free = n - basis.shape[1]
    variance = max(float(target @ image) / free, 1e-300)
    logs = 2.0 * sum(float(np.log(np.diag(f[0])).sum()) for f in (factor, inner))
    # The lengths are believed to be about the width of the cube, give or take a factor of four.
    prior = (at[:-1] - 0.5) / 1.4
    loss = 0.5 * (free * math.log(variance) + logs) + 0.5 * float((prior**2).sum())
    outer = project - np.outer(image, image) / variance
    slope = 5.0 / 3.0 * (1.0 + math.sqrt(5.0) * distance) * np.exp(-math.sqrt(5.0) * distance)
    gradient = np.append(0.5 * np.einsum("ij,ijk->k", outer * slope, scaled) + prior / 1.4,
                         0.5 * nugget * float(np.trace(outer)))
    return loss, gradient
