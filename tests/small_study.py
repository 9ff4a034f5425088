"""One small study for tests by hand: everything certain, nothing going on, until a test says otherwise."""

from __future__ import annotations

from typing import Any

from random_schemes import Case

__all__ = ["small"]


def small(scheme: dict[str, Any] | None = None, population: dict[str, Any] | None = None,
          assumptions: dict[str, Any] | None = None, steps: int = 1) -> Case:
    """Scores 0 to 100 from 50, tiers low (0), middle (40), high (60); one kind, `act`, done once a step by everybody,
    always recorded, worth nothing. What is given replaces whole entries of the files.
    """
    return Case({
        "scheme": {"scheme": "small", "status": "invented", "channels": {"camera": {"coverage": 1.0}},
                   "signals": {"act": {"channel": "camera", "points": 0, "lawful": True}},
                   "score": {"start": 50, "floor": 0, "ceiling": 100},
                   "tiers": {"high": {"from": 60}, "middle": {"from": 40}, "low": {"from": 0}}, **(scheme or {})},
        "population": {"population": "small", "people": 10, "groups": {"A": 1.0}, "conduct": {"act": {"chance": 1.0}},
                       **(population or {})},
        "assumptions": {"assumptions": "small", **(assumptions or {})}, "steps": steps})
