"""What scheme, population and assumptions say about one another: every name that one uses and another defines."""

from __future__ import annotations

from sousveil.assumptions.model import Assumptions
from sousveil.errors import Problem
from sousveil.population.model import Population
from sousveil.scheme.model import Scheme

__all__ = ["disagreements"]


def disagreements(scheme: Scheme, population: Population, assumptions: Assumptions) -> list[Problem]:
    """Every disagreement, with the place in the file that is to be mended."""
    return []
