"""Ranges that were measured somewhere, for assumptions that have to start from something (MODEL.md section 5).

A prior here is a reading of published figures, each with how well it was checked; it is a place to begin, not a finding
about any scheme. The atlas quotes these, and `eta_for_drop` turns a measured drop into the model's own unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sousveil.errors import InputError

__all__ = ["PRIORS", "Prior", "eta_for_drop"]


@dataclass(frozen=True, slots=True)
class Prior:
    """The range that published figures span, and a centre in it.

    unit    what the numbers are of
    mark    verified: read in the source; secondary: read where it is quoted; assumed: our reading of several
    """

    name: str
    centre: float
    low: float
    high: float
    unit: str
    source: str
    mark: str


PRIORS: tuple[Prior, ...] = (
    Prior("drop in expression and reading under known surveillance", 0.15, 0.02, 0.30, "share of acts given up",
          "Our reading of Marthews and Tucker 2014-17 (5 percent, verified) and Penney 2016 (about 20 percent, at "
          "second hand). Surveys of writers (PEN 2013: 16 to 28 percent avoided something, verified) say how many "
          "people, not how much, and are not part of it", "assumed"),
    Prior("false alerts of a group, relative to the group with fewest", 3.0, 1.0, 100.0, "ratio, log-normal",
          "Our reading of NIST IR 8280 by way of public notes: factors of 10 to beyond 100, and tests that found none",
          "assumed"),
    Prior("false alerts per face that is not on the list", 1 / 6000, 1 / 60_000, 1 / 1000, "share of faces",
          "National Physical Laboratory 2023: 1 in 6,000 at a list of 10,000, 1 in 60,000 at 1,000; the operator's own "
          "ceiling of 1 in 1,000. Both read in the press", "verified"),
)


def eta_for_drop(drop: float, *, points: float, width: float, perceived: float) -> float:
    """The chilling parameter at which people give up this share of an act.

    It solves exp(-eta |points| / width * perceived) = 1 - drop.

    points     of the act
    width      of the tier they are in: its threshold less that of the next one down
    perceived  the share of such acts that people believe recorded

    Raises InputError when drop is not in [0, 1), or nothing is at stake or seen.
    """
    if not 0 <= drop < 1:
        raise InputError(f"a drop of {drop:g} is not between 0 and 1")
    stake = abs(points) / width * perceived if width > 0 else 0.0
    if stake <= 0:
        raise InputError("where no points are at stake, or nobody believes to be seen, no drop can follow")
    return -math.log1p(-drop) / stake
