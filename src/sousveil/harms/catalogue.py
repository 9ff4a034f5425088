"""All harms of a trace, in the order of a report."""

from __future__ import annotations

from sousveil.engine.trace import Trace
from sousveil.harms import chilling, concentration, disparity, income, rights, silence, tiers, trap, wrongful
from sousveil.measures.measures import Measures

__all__ = ["measure_all"]


def measure_all(trace: Trace, reference: str | None = None, sampling: bool | None = None,
                within: int | None = None) -> Measures:
    """Every harm of MODEL.md section 7 that one trace can tell, each with its interval.

    reference   group that others are compared with; default: the largest
    sampling    whether to give sampling intervals; default: for counts of persons, not for expectations
    within      steps for which spells are looked at; default: see `trap.seen`

    What cannot be estimated has the value None and a note that says why. Raises InputError for a reference unknown.
    """
    return Measures((
        *tiers.measures(trace, sampling), *disparity.measures(trace, reference, sampling),
        *wrongful.measures(trace, sampling), *trap.measures(trace, reference, sampling, within),
        *rights.measures(trace, sampling), *chilling.measures(trace, sampling), *income.measures(trace, sampling),
        *concentration.measures(trace, sampling), *silence.measures(trace, sampling)))
