"""A small study that says all that a file may say about its acts and rights, and what the scheme looks for."""

from __future__ import annotations

from random_schemes import Case
from small_study import small

__all__ = ["looked_for"]


def looked_for(steps: int = 3) -> Case:
    """Fraud in one of ten, more often recorded where there is fraud; a lawful act counts too."""
    return small(
        {"signals": {"fault": {"channel": "camera", "points": -20, "lawful": False, "domain": "benefits", "gravity": 2},
                     "travel": {"channel": "camera", "points": -10, "lawful": True, "relevant": False,
                                "domain": "travel"}},
         "consequences": {"low": [{"right": "benefit", "effect": "denied", "domain": "benefits"},
                                  {"right": "housing", "effect": "denied", "domain": "housing"}]},
         "redress": {"notice": True, "appeal": 0.5, "upheld": 0.5}},
        {"people": 4_000, "groups": {"A": 0.7, "B": "rest"}, "strata": {"fraud": {"some": 0.1, "none": "rest"}},
         "truth": {"label": "fraud", "positive": ["some"], "flagged": ["low"]},
         "conduct": {"fault": {"chance": {"fraud": {"some": 0.5, "none": {"group": {"A": 0.05, "B": 0.1}}}}},
                     "travel": {"chance": {"group": {"A": 0.1, "B": 0.3}}}}}, steps=steps)
