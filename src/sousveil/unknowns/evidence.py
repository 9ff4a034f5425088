"""What published figures say about points of what is not published: the likelihood of all figures, one by one.

    evidence = Evidence.of(figures, unknowns of the study, people)
    believed = Believed(evidence, emulators)
    believed.log(unit)                 float64[P]: log-likelihood of points float64[P, d]

Points have a coordinate for every unknown of the study and, behind them, one for every unknown factor of the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.studies.assumptions import Assumption
from sousveil.studies.figures import Figures, Scale
from sousveil.studies.number import Number
from sousveil.unknowns.emulator import Emulator
from sousveil.unknowns.likelihoods import Likelihood, likelihoods
from sousveil.unknowns.observables import scales
from sousveil.unknowns.ranges import Unknown, quantile

__all__ = ["Believed", "Evidence"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Figures, and how numbers of a run become them.

    names        of the figures, F
    factors      unknown factors, after the unknowns of the study
    which        int64[F]: the factor of each figure, counted from 0; -1 where it has none
    scale        float64[F]
    """

    figures: Figures
    names: tuple[str, ...]
    given: tuple[Likelihood, ...]
    free: tuple[Unknown, ...]
    factors: tuple[Unknown, ...]
    which: npt.NDArray[np.int64]
    scale: Floats

    @classmethod
    def of(cls, figures: Figures, free: Sequence[Unknown], people: int) -> Evidence:
        """The evidence of a file of figures, about a study with these unknowns and so many synthetic people."""
        factors: dict[str, Unknown] = {}
        for figure in figures.figures.values():
            if isinstance(figure.times, Scale):
                factors.setdefault(figure.times.unknown, _factor(figure.times))
        order = [*factors]
        which = np.array([order.index(f.times.unknown) if isinstance(f.times, Scale) else -1
                          for f in figures.figures.values()], dtype=np.int64)
        return cls(figures, tuple(figures.figures), likelihoods(figures), tuple(free), tuple(factors.values()), which,
                   scales(figures, people))

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """All that a point has a coordinate for."""
        return (*self.free, *self.factors)

    def about(self, unit: Floats, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
        """Means and variances [P, F] of numbers of a run as those of figures about the real population."""
        k = len(self.free)
        factor = np.ones((len(unit), len(self.names)))
        for j, unknown in enumerate(self.factors):
            factor[:, self.which == j] = unknown.at(unit[:, k + j])[:, None]
        factor = factor * self.scale
        return mean * factor, variance * factor**2

    def logs(self, mean: Floats, variance: Floats) -> Floats:
        """float64[P, F]: the log-likelihood of every figure."""
        return np.stack([one.log(mean[:, j], variance[:, j]) for j, one in enumerate(self.given)], axis=1)

    def implausibility(self, mean: Floats, variance: Floats) -> Floats:
        """float64[P, F]: how many standard deviations off every figure is."""
        return np.stack([one.implausibility(mean[:, j], variance[:, j]) for j, one in enumerate(self.given)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Believed:
    """Evidence, with an emulator for the number of each figure."""

    evidence: Evidence
    emulators: tuple[Emulator, ...]

    def predicted(self, unit: Floats) -> tuple[Floats, Floats]:
        """Means and variances [P, F] of the figures at points [P, d]."""
        k = len(self.evidence.free)
        each = [emulator.predict(unit[:, :k]) for emulator in self.emulators]
        mean, variance = (np.stack([part[i] for part in each], axis=1) for i in (0, 1))
        return self.evidence.about(unit, mean, variance)

    def log(self, unit: Floats, without: Sequence[int] = ()) -> Floats:
        """float64[P]: the log-likelihood of all figures but those left out, by their number."""
        logs = self.evidence.logs(*self.predicted(unit))
        return np.asarray(np.delete(logs, [*without], axis=1).sum(axis=1))

    def implausibility(self, unit: Floats) -> Floats:
        """float64[P, F]: how many standard deviations off every figure is."""
        return self.evidence.implausibility(*self.predicted(unit))


def _factor(scale: Scale) -> Unknown:
    low, high = scale.range
    law = Assumption(value=Number(low), range=scale.range, distribution=scale.distribution)
    return Unknown(scale.unknown, f"figures.{scale.unknown}", quantile(law), low, high)
