"""Tempered sequential Monte Carlo on the unit cube: from the ranges to what figures leave of them.

Particles begin as a Sobol' sequence and meet the likelihood in stages, each so small that half of the weights survive
(Del Moral, Doucet and Jasra 2006). At each stage they are drawn again by weight and then moved by random walks; the
walk is as wide as the particles lie apart, and adapts to how often a move is taken. A move out of the cube is not
taken: reflected at a wall, a walk whose coordinates hang together would no longer be as likely there as back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.sweep import sobol_points
from sousveil.draws import Purpose, uniforms

__all__ = ["Posterior", "temper"]

Floats = npt.NDArray[np.float64]
LogLikelihood = Callable[[Floats], Floats]

SURVIVE = 0.5
"""The share of the weights that survives a stage."""

MOVES = 8
LAST = 24
"""Moves at each stage, and after the last."""

WANTED = 0.3
"""The share of moves that should be taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Equally likely draws from a posterior on the unit cube.

    draws      float64[N, k]
    log        float64[N]: their log-likelihood
    evidence   logarithm of the mean likelihood over the ranges
    effective  how many independent draws they are worth: see `_effective`
    stages     how many stages it took
    calls      how often a likelihood was worked out
    """

    draws: Floats
    log: Floats
    evidence: float
    effective: float
    stages: int
    calls: int


def temper(log_likelihood: LogLikelihood, unknowns: int, particles: int, seed: int, *, moves: int = MOVES,
           last: int = LAST) -> Posterior:
    """Draws from the posterior of a flat prior on the cube, a function of the seed.

    log_likelihood   float64[P] from points float64[P, k]; -inf where something cannot be
    Raises ValueError where no particle has a likelihood at all.
    """
    at = sobol_points(unknowns, particles, max(64, particles))
    log = log_likelihood(at)
    if not np.isfinite(log).any():
        raise ValueError("nothing within the ranges is possible")
    walk = _Walk(log_likelihood, seed)
    reached, evidence, stages, effective = 0.0, 0.0, 0, 0.0
    while reached < 1.0:
        step = _step(log, 1.0 - reached)
        weights, mean = _weights(log * step if step < 1.0 else log)
        evidence += mean
        reached = min(1.0, reached + step)
        stages += 1
        picked = _drawn(weights, seed, stages)
        before = at[picked]
        at, log = walk.moved(before, log[picked], reached, moves if reached < 1.0 else last)
        effective = _effective(picked, before, at)
    return Posterior(at, log, evidence, effective, stages, particles + walk.calls)


class _Walk:
    """Random walks, with their own count of draws and a width that adapts."""

    def __init__(self, log_likelihood: LogLikelihood, seed: int) -> None:
        self._log = log_likelihood
        self._seed = seed
        self._asked = 0
        self._width = 1.0
        self.calls = 0

    def moved(self, at: Floats, log: Floats, power: float, moves: int) -> tuple[Floats, Floats]:
        count, k = at.shape
        spread = np.cov(at, rowvar=False).reshape(k, k) + 1e-12 * np.eye(k)
        root = np.linalg.cholesky(spread) * 2.38 / np.sqrt(k)
        for _ in range(moves):
            normal, chance = self._draws(count, k)
            there = at + self._width * normal @ root.T
            inside = ((there > 0.0) & (there < 1.0)).all(axis=1)
            found = np.full(count, -np.inf)
            if inside.any():
                found[inside] = self._log(there[inside])
            self.calls += int(inside.sum())
            with np.errstate(invalid="ignore"):
                taken = np.log(chance) < power * (found - log)
            at, log = np.where(taken[:, None], there, at), np.where(taken, found, log)
            self._width = float(np.clip(self._width * np.exp(taken.mean() - WANTED), 0.02, 3.0))
        return at, log

    def _draws(self, count: int, k: int) -> tuple[Floats, Floats]:
        """Standard normal numbers [count, k], and uniform ones [count]."""
        from sousveil.ground.special import ndtri

        self._asked += 1
        blocks = np.arange(k // 2 + 1)
        drawn = uniforms(self._seed, np.arange(count)[:, None], self._asked, Purpose.INFERENCE, blocks[None, :])
        flat = drawn.reshape(count, -1)
        return ndtri(flat[:, :k]), flat[:, k]


def _step(log: Floats, most: float) -> float:
    """How far the power of the likelihood can rise while so much of the weights survives."""
    def surviving(step: float) -> float:
        weights, _ = _weights(log * step)  # step > 0
        return 1.0 / float((weights**2).sum()) / len(log)

    if surviving(most) >= SURVIVE:
        return most
    low, high = 0.0, most
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if surviving(middle) >= SURVIVE else (low, middle)
    # Where half of the particles are impossible, no step is small enough: then they are left behind by a small one.
    return low if low > 1e-9 else min(most, 1e-9)


def _weights(log: Floats) -> tuple[Floats, float]:
    """Weights that add up to one, and the logarithm of the mean of what they were."""
    top = log.max()
    raw = np.exp(log - top)
    return raw / raw.sum(), float(top + np.log(raw.mean()))


def _effective(picked: npt.NDArray[np.int64], before: Floats, after: Floats) -> float:
    """How many independent draws the particles are worth: those of one parent are alike as far as they have not moved.

    With r the correlation of where particles were and are, in the unknown where it is largest, c particles of one
    parent have c + c (c - 1) r² times the variance of one.
    """
    spread = before.std(axis=0) * after.std(axis=0)
    both = ((before - before.mean(axis=0)) * (after - after.mean(axis=0))).mean(axis=0)
    alike = float(np.max(np.divide(both, spread, out=np.zeros_like(both), where=spread > 0), initial=0.0))**2
    children = np.bincount(picked).astype(np.float64)
    return len(picked)**2 / float((children + children * (children - 1.0) * alike).sum())


def _drawn(weights: Floats, seed: int, stage: int) -> npt.NDArray[np.int64]:
    """Systematic resampling: int64[N]."""
    begin = float(uniforms(seed, stage, 0, Purpose.INFERENCE).ravel()[0])
    wanted = (begin + np.arange(len(weights))) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), wanted), len(weights) - 1).astype(np.int64)
