"""What a study calls its groups, districts, strata and tiers before readers, and what its money is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.ground import called

if TYPE_CHECKING:
    from sousveil.studies.study import Study

__all__ = ["names_of"]


def names_of(study: Study) -> called.Names:
    """The names for readers, to write within: `with called.by(names_of(study))`."""
    tiers = {name: tier.shown for name, tier in study.scheme.tiers.items() if tier.shown}
    return called.Names(study.population.shown, tiers, study.scheme.currency, study.scheme.score.high_is_bad)
