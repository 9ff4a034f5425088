"""How a model stands beside what was published: every figure, predicted with both widths, inside its tolerance or not.

    stood = standing(study("nl-duo-cub-2014"), read(figures.yaml, study))
    stood[0].inside

Nothing is fitted here. A figure is *inside* where some value between the ends of the prediction is no farther from it
than its tolerance. Where the value at the assumptions as they stand is farther off, and only the range over what is
not published reaches it, that is said (`by_range`). Where that range spans most of what the figure could be (`wide`),
being inside says next to nothing, wherever the value at the assumptions lies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place
from sousveil.draws import replicate_seed
from sousveil.intervals import replicated
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.run import run
from sousveil.runs.settings import Engine
from sousveil.studies.figures import Figure, Figures
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.evidence import Evidence
from sousveil.unknowns.observables import Look, observed
from sousveil.unknowns.points import MOST, unit_points
from sousveil.unknowns.ranges import Unknown, unknowns
from sousveil.unknowns.waves import AGENTS, Carrier
from sousveil.unknowns.widths import ends

__all__ = ["MOST_OF_IT", "POINTS", "Stand", "standing"]

Floats = npt.NDArray[np.float64]

POINTS = 32
"""Points over what is not published. Least and most of so few hold in 31 of 33 cases, 94 of 100."""

DRAWS = 8
"""Runs that are drawn where the exact engine does not apply: the interval over chance is of their mean."""

MOST_OF_IT = 0.5
"""A range is wide where it spans more than this part of what a figure could be: of 0 to 1 for a share, and for all else
of 0 to the most that the model gives or somebody published. A count is then open by more than a factor of two."""

TINY = 1e-9
"""Binary fractions may miss the end of a tolerance by a hair."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A published figure, and what the model gives in its place, about the real population.

    value          at the assumptions as they stand; nan where the run has no such number
    low, high      the interval over chance; None where the engine has none
    least, most    the range over what is not published; None where nothing moves it
    """

    name: str
    figure: Figure
    value: float
    low: float | None
    high: float | None
    least: float | None
    most: float | None
    tolerance: float

    @property
    def between(self) -> tuple[float, float]:
        """The lowest and the highest published value that would be inside."""
        said = [x for x in (self.value, self.low, self.high, self.least, self.most) if x is not None]
        return min(said) - self.tolerance, max(said) + self.tolerance

    @property
    def inside(self) -> bool:
        return _reaches(self.figure, *self.between)

    @property
    def by_range(self) -> bool:
        """Whether it is inside only because of what is not published."""
        return self.inside and not _reaches(self.figure, self.value - self.tolerance, self.value + self.tolerance)

    @property
    def wide(self) -> bool:
        """Whether the range over what is not published spans most of what the figure could be."""
        if self.least is None or self.most is None:
            return False
        possible = 1.0 if self.figure.within_one and self.most <= 1 else max(self.most, self.figure.value)
        return self.most - self.least > MOST_OF_IT * possible

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.inside:
            return "outside"
        return "inside a wide range" if self.wide else "inside its range" if self.by_range else "inside"

    def plain(self) -> dict[str, Any]:
        """As plain data, for JSON; None for what cannot be told."""
        told = {key: getattr(self, key) for key in ("value", "low", "high", "least", "most", "tolerance")}
        f = self.figure
        return {"figure": self.name, "published": f.value, "said": f.said,
                **{key: x if x is not None and math.isfinite(x) else None for key, x in told.items()},
                "inside": self.inside, "by range": self.by_range, "wide": self.wide, "verdict": self.verdict,
                "counted": f.counted, "fitted": f.fitted,
                "derived": f.derived, "because": f.because, "outside": f.outside, "cite": f.cite, "mark": f.mark}


def standing(study: Study, figures: Figures, *, points: WholeNumber = POINTS, engine: Engine = "auto",
             where: Place = HERE) -> tuple[Stand, ...]:
    """Every figure beside what the study gives. Raises InputError, EngineRefusal, Interrupted.

    points   over what is not published; 0 leaves the second width away
    """
    count = whole("points", points, 0, MOST)
    free = tuple(unknowns(study)[0])
    evidence = Evidence.of(figures, free, study.people)
    value, low, high = _at_the_assumptions(study, figures.figures, engine)
    middle = np.full((1, len(evidence.unknowns)), 0.5)
    factor = np.asarray(evidence.about(middle, np.ones((1, len(value))), np.zeros((1, len(value))))[0])[0]
    least = most = np.full(len(value), np.nan)
    if count and evidence.unknowns:
        least, most = _over(study, free, evidence, count, engine, where)
    found = []
    for j, (name, figure) in enumerate(figures.figures.items()):
        chance = [None if end is None else float(end[j] * factor[j]) for end in (low, high)]
        least_most = _span(float(least[j]), float(most[j]))
        found.append(Stand(name, figure, float(value[j] * factor[j]), chance[0], chance[1], *least_most,
                           _tolerance(figure, figures.width(figure))))
    return tuple(found)


def _reaches(figure: Figure, low: float, high: float) -> bool:
    if math.isnan(low) or math.isnan(high):
        return False
    slack = TINY * max(1.0, abs(figure.value))
    least = -math.inf if figure.said == "less-than" else figure.value
    most = math.inf if figure.said == "more-than" else figure.value
    return low - slack <= most and least <= high + slack


def _tolerance(figure: Figure, width: float) -> float:
    if figure.tolerance is not None:
        return figure.tolerance
    return 2 * width * figure.value + (figure.rounded or 0.0) / 2


def _span(least: float, most: float) -> tuple[float | None, float | None]:
    """None where nothing moves it."""
    if math.isnan(least) or most - least <= TINY * max(1.0, abs(most)):
        return None, None
    return least, most


def _at_the_assumptions(study: Study, looked: Mapping[str, Figure], engine: Engine
                        ) -> tuple[Floats, Floats | None, Floats | None]:
    """float64[F] each: the numbers of the study as it stands, and where chance is in them, both ends at 95 %."""
    if chosen_engine(study, plan_of(study), engine)[0] == "exact":
        look = Look(run(study, engine="exact").trace)
        return np.array([observed(look, figure) for figure in looked.values()]), None, None
    small = study.evolve(people=min(AGENTS, study.people))
    rows = []
    for i in range(DRAWS):
        look = Look(run(small.evolve(seed=replicate_seed(study.seed, i)), engine="agents").trace)
        rows.append([observed(look, figure) for figure in looked.values()])
    drawn = _brought(np.array(rows), looked, small.people, study.people)
    mean, low, high = zip(*(replicated(column) for column in drawn.T.tolist()), strict=True)
    return np.array(mean), np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)


def _over(study: Study, free: tuple[Unknown, ...], evidence: Evidence, count: int, engine: Engine, where: Place
          ) -> tuple[Floats, Floats]:
    """float64[F] each: least and most over the points."""
    unit = unit_points(study.seed, count, len(evidence.unknowns))
    if free:
        carrier = Carrier(study, free, evidence.figures.figures, engine=engine, where=where)
        numbers = carrier.carried(unit[:, :len(free)], "What is not published").numbers
        numbers = _brought(numbers, evidence.figures.figures, carrier.study.people, study.people)
    else:
        look = Look(run(study, engine=engine).trace)
        numbers = np.tile([observed(look, figure) for figure in evidence.figures.figures.values()], (count, 1))
    about = evidence.about(unit, numbers, np.zeros_like(numbers))[0]
    found = [ends(column[~np.isnan(column)]) if (~np.isnan(column)).any() else (math.nan, math.nan)
             for column in about.T]
    least, most = np.array(found).T
    return least, most


def _brought(numbers: Floats, looked: Mapping[str, Figure], of: int, to: int) -> Floats:
    """Counts among so many people, as among the people of the study."""
    return np.asarray(numbers * np.array([to / of if figure.is_count else 1.0 for figure in looked.values()]))
