"""All harms of a trace, in the order of a report."""

from __future__ import annotations

from dataclasses import replace

from sousveil.engine.trace import Trace
from sousveil.harms import (
    chilling,
    concentration,
    disparity,
    domains,
    estimate,
    income,
    places,
    rights,
    silence,
    tiers,
    trap,
    truth,
    wrongful,
)
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures

__all__ = ["FEW_HOMES", "HOUSEHOLDS", "measure_all", "measured"]

FEW_HOMES = "fewer than ten homes show it, and their members hang together: a cautious interval; more people narrow it"
"""The note of a share that hardly anybody has, or lacks, where kin rules tie homes. Who sees no home at all cannot rule
out three of them (the rule of three: Hanley and Lippman-Hand 1983), so no interval that holds is narrow.
"""

_HOMES = 10
"""Homes below which the variance between them is a guess."""

HOUSEHOLDS = "kin rules tie households, so the interval is as wide as if each were one person"
"""The note of an interval that was widened for it."""


def measure_all(trace: Trace, reference: str | None = None, sampling: bool | None = None) -> Measures:
    """Every harm of MODEL.md section 7 that one trace can tell, each with the interval that one run has.

    reference   group that others are compared with; default: the largest
    sampling    whether to give sampling intervals; default: for counts of persons, not for expectations

    What cannot be estimated has the value None and a note that says why. Raises InputError for a reference unknown.
    """
    found = measured(trace, reference, sampling)
    together = trace.setting.household
    if trace.effects is not None:
        return Measures(tuple(_of_few_homes(m, together) for m in found))
    return Measures(tuple(_of_households(m, together) for m in found))


def measured(trace: Trace, reference: str | None = None, sampling: bool | None = None) -> Measures:
    """The same for whoever runs several times: people are taken as independent here, and the runs tell how far."""
    return Measures((
        *tiers.measures(trace, sampling), *disparity.measures(trace, reference, sampling),
        *wrongful.measures(trace, sampling), *trap.measures(trace, reference, sampling),
        *rights.measures(trace, sampling), *chilling.measures(trace, sampling), *income.measures(trace, sampling),
        *concentration.measures(trace, sampling), *silence.measures(trace, sampling),
        *domains.measures(trace, sampling), *truth.measures(trace, sampling),
        *places.measures(trace, sampling)))


def _of_few_homes(m: Measure, together: float) -> Measure:
    """A share that so few homes show that its interval is a cautious one says so."""
    if m.over != "sampling" or together == 1.0 or m.value is None or not m.n:
        return m
    if m.name not in tiers.TIER_SHARE and m.name != wrongful.EVER_WRONGED:
        return m
    if min(m.value, 1.0 - m.value) * m.n >= _HOMES * together:
        return m
    return replace(m, note="; ".join(filter(None, (m.note, FEW_HOMES))))


def _of_households(m: Measure, together: float) -> Measure:
    """Kin rules tie the fate of a household: the interval of one run is that of so many fewer independent people."""
    if m.over != "sampling" or together == 1.0:
        return m
    low, high = estimate.wider_ends(m.value, m.low, m.high, together, m.unit)
    return replace(m, low=low, high=high, note="; ".join(filter(None, (m.note, HOUSEHOLDS))))
