"""Numbers that are not published: where each stands in a study, its range, and its law over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.studies.assumptions import Assumption
from sousveil.studies.study import Study

__all__ = ["Unknown", "quantile", "unknowns"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A number with a range. `path` leads to its value, `name` is what the assumptions call it."""

    name: str
    path: str
    at: Callable[[Floats], Floats]
    low: float
    high: float


def unknowns(study: Study) -> tuple[list[Unknown], dict[str, str]]:
    """The assumptions that can be varied, and those that cannot, with why."""
    free, held = [], {}
    used = {filled.path for filled in study.filled}
    given = {f"assumptions.fill.{name}.value": (name, a) for name, a in study.assumptions.fill.items() if name in used}
    given |= {f"assumptions.chilling.{name}.value": (f"chilling of {name}", a)
              for name, a in study.assumptions.chilling.items()}
    for path, (name, assumption) in given.items():
        if assumption.range is None or assumption.range[0] == assumption.range[1]:
            held[name] = "it has no range"
        elif assumption.value.value is None:
            held[name] = "it is given by label"
        else:
            free.append(Unknown(name, path, quantile(assumption), *assumption.range))
    return free, held


def quantile(assumption: Assumption) -> Callable[[Floats], Floats]:
    """From shares in [0, 1] to values of the assumption's distribution; the peak of a triangle is its value."""
    assert assumption.range is not None
    low, high = assumption.range
    peak = assumption.value.value

    def at(share: Floats) -> Floats:
        if assumption.distribution == "log-uniform":
            return np.asarray(low * (high / low)**share)
        if assumption.distribution == "triangular" and peak is not None:
            turn = (peak - low) / (high - low)
            rising = low + np.sqrt(share * (high - low) * (peak - low))
            falling = high - np.sqrt((1 - share) * (high - low) * (high - peak))
            return np.asarray(np.where(share < turn, rising, falling))
        return np.asarray(low + share * (high - low))

    return at
