"""A population: who lives under a scheme, as one frozen value whose parts go together.

There is no way in for rows about people: every field is a share, a rate or a distribution.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.studies.given import Given
from sousveil.studies.model import Finding
from sousveil.studies.population_checks import inconsistencies
from sousveil.studies.population_fields import PopulationFields

__all__ = ["Population"]


class Population(Given, PopulationFields):
    """Synthetic people. Cells are the product of groups, districts and strata.

    shown               label -> name -> what readers see instead of it
    groups, districts   shares; a district's share may depend on the group ({group: {A: 0.3, B: 0.8}})
    strata              label -> shares; they may depend on group, district and earlier strata
    margins             instead of dependent shares: margins that iterative proportional fitting reconciles
    income              money per person and step
    marks               share of people who hold a mark of the scheme
    releases            chance in a step that somebody does what a release of the scheme asks, where it can be done
    """

    def inconsistencies(self) -> Iterator[Finding]:
        return inconsistencies(self)
