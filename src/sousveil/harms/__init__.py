"""Harms: named measures, each a function of a trace (MODEL.md section 7)."""

from sousveil.harms import (
    catalogue,
    chilling,
    concentration,
    disparity,
    domains,
    estimate,
    income,
    places,
    replicates,
    rights,
    silence,
    tiers,
    trap,
    truth,
    view,
    wrongful,
)
from sousveil.harms.catalogue import measure_all
from sousveil.harms.replicates import measure_replicates

__all__ = ["catalogue", "chilling", "concentration", "disparity", "domains", "estimate", "income", "measure_all",
           "measure_replicates", "places", "replicates", "rights", "silence", "tiers", "trap", "truth", "view",
           "wrongful"]
