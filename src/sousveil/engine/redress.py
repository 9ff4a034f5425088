"""The rules of appeal of a scheme, compiled: what can be appealed, how often that is done, and how often it helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sousveil.engine.ladder import units_of
from sousveil.studies.scheme import Scheme

__all__ = ["of_scheme"]


def of_scheme(scheme: Scheme, labels: Sequence[dict[str, str]]) -> dict[str, Any]:
    """What a plan says of redress, by the names of its fields; labels: those of each cell."""
    redress, signals = scheme.redress, list(scheme.signals.values())
    idle = np.array([not s.relevant and "irrelevant" in redress.against for s in signals], dtype=bool)
    # Products of decimals may miss 1 by a hair.
    asked = np.minimum(1.0, redress.appeal.each(list(labels)))
    taken = np.array([units_of(s.points, scheme, {}) < 0 for s in signals], dtype=bool)
    return {"appeal": asked if "mistakes" in redress.against else np.zeros_like(asked),
            "upheld": np.minimum(1.0, redress.upheld.each(list(labels))), "delay": redress.delay,
            "grounds": tuple(ground for ground, there in (("irrelevant", idle.any()), ("listings", True))
                             if there and ground in redress.against), "contest": asked,
            "contested": idle & taken}
