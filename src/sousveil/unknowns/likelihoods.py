"""How likely a published figure is, given what a run has in its place (MODEL.md section 10).

    mean       what the model gives, times the size of the real population
    variance   of the emulator, or of chance in a simulation
    width      relative standard deviation of what the model leaves out

The truth is normal about the mean, with variance + (width × mean)²; what is printed is drawn from the truth: a count is
Poisson, a share of n is binomial, a rounded number lies within half a unit of it. Where counts are large enough,
normal laws stand in for those of counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.studies.figures import Figure, Figures

__all__ = ["Likelihood", "likelihoods"]

Floats = npt.NDArray[np.float64]

FEW = 100
"""Counts below this are not taken to be normal: from here on, the skew that is left out is a tenth."""

NEAR = 0.05
"""`about` means within so much of the number, `almost` up to twice as much less."""

NODES = 64
"""Points of the Gauss-Hermite rule by which small counts are averaged over the truth."""

TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The likelihood of one figure.

    value      as printed
    low, high  between what the printed number can have lain before it was rounded; equal for one that was not
    among      of how many a share was taken; 0 where it was not, or for a count
    counts     whether it is a count, with chance of its own
    share      whether it lies between 0 and 1
    width      relative standard deviation of what the model leaves out
    """

    value: float
    low: float
    high: float
    among: int
    counts: bool
    share: bool
    width: float

    def log(self, mean: Floats, variance: Floats) -> Floats:
        """float64[P]: the logarithm of the likelihood at means and variances float64[P]; -inf where a mean is nan."""
        if self.low < self.high:
            found = self._between(mean, self.spread(mean, variance))
        elif self._few:
            found = self._counted(mean, self._left_out(mean, variance))
        else:
            spread = self.spread(mean, variance)
            found = -0.5 * ((self.value - mean) / spread)**2 - np.log(spread) - 0.5 * math.log(2 * math.pi)
        return np.asarray(np.where(np.isfinite(mean), found, -np.inf))

    def spread(self, mean: Floats, variance: Floats) -> Floats:
        """float64[P]: the standard deviation of the printed number about the mean, before rounding."""
        chance: Floats | float = 0.0
        if self.counts:
            chance = np.maximum(mean, 0.0)
        elif self.among:
            share = np.clip(mean, 0.0, 1.0)
            chance = np.maximum(share * (1.0 - share), 0.25 / self.among) / self.among
        return np.sqrt(np.maximum(self._left_out(mean, variance)**2 + chance, TINY))

    def implausibility(self, mean: Floats, variance: Floats) -> Floats:
        """float64[P]: how many standard deviations the printed number is from the mean; inf where a mean is nan.

        Source: Vernon, Goldstein and Bower 2010, Bayesian Analysis 5(4), equation 15.
        """
        off = np.maximum(np.maximum(self.low - mean, mean - self.high), 0.0) / self.spread(mean, variance)
        return np.asarray(np.where(np.isfinite(mean), off, np.inf))

    def printed(self, mean: Floats, variance: Floats, normal: Floats) -> Floats:
        """float64[P]: what could have been published, from standard normal draws; not yet rounded."""
        drawn = np.maximum(mean + self.spread(mean, variance) * normal, 0.0)
        return np.minimum(drawn, 1.0) if self.share or self.among else drawn

    @property
    def _few(self) -> bool:
        """Whether the figure is, or rests on, a small count."""
        events = round(self.value * self.among)
        return self.value < FEW if self.counts else bool(self.among) and min(events, self.among - events) < FEW

    def _left_out(self, mean: Floats, variance: Floats) -> Floats:
        return np.sqrt(variance + (self.width * mean)**2)

    def _between(self, mean: Floats, spread: Floats) -> Floats:
        from sousveil.ground.special import log_ndtr

        a, b = (self.low - mean) / spread, (self.high - mean) / spread
        # Both ends on one side of the mean: the mirrored tail, so that nothing is lost to 1 - tiny.
        a, b = np.where(a > 0, -b, a), np.where(a > 0, -a, b)
        upper, lower = log_ndtr(b), log_ndtr(a)
        return np.asarray(upper + np.log1p(-np.exp(np.minimum(lower - upper, -1e-16))))

    def _counted(self, mean: Floats, left_out: Floats) -> Floats:
        from scipy.special import gammaln, logsumexp, roots_hermitenorm, xlogy

        nodes, weights = roots_hermitenorm(NODES)
        truth = np.maximum(mean[:, None] + left_out[:, None] * nodes, TINY)
        if self.counts:
            law = xlogy(self.value, truth) - truth - gammaln(self.value + 1)
        else:
            events, truth = round(self.value * self.among), np.minimum(truth, 1.0 - 1e-16)
            ways = gammaln(self.among + 1) - gammaln(events + 1) - gammaln(self.among - events + 1)
            law = ways + events * np.log(truth) + (self.among - events) * np.log1p(-truth)
        return np.asarray(logsumexp(law, b=weights / math.sqrt(2 * math.pi), axis=1))


def likelihoods(figures: Figures) -> tuple[Likelihood, ...]:
    """The likelihood of every figure of a file, in their order."""
    return tuple(_of(figure, figures.width(figure)) for figure in figures.figures.values())


def _of(figure: Figure, width: float) -> Likelihood:
    value = figure.value
    low, high = {"exactly": (value, value), "about": (value * (1 - NEAR), value * (1 + NEAR)),
                 "almost": (value * (1 - 2 * NEAR), value), "more-than": (value, math.inf),
                 "less-than": (-math.inf, value)}[figure.said]
    if figure.rounded is not None:
        low, high = value - figure.rounded / 2, value + figure.rounded / 2
    return Likelihood(value, low, high, figure.among or 0, figure.is_count, figure.is_share, width)
