"""Concentration: how much of all debits falls on the few who have the most of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Names

__all__ = ["BORNE_BY_MOST_DEBITED", "measures"]

BORNE_BY_MOST_DEBITED = Names("concentration", "share of debits borne by the most-debited {top}")
SHARES = (0.01, 0.10)
FEWEST = 10
"""People at the top from which on the interval of their share holds as often as it says."""
Floats = npt.NDArray[np.float64]


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`share of debits borne by the most-debited 1%`, and 10%: of all debited points, by everybody and each group."""
    look = view.of(trace, sampling)
    return [estimate.measure(BORNE_BY_MOST_DEBITED(top=f"{top:.0%}"), group, _of(look, top, part), "share", look.exact)
            for top in SHARES for group, part in look.parts()]


def _of(look: view.View, top: float, part: list[int]) -> estimate.Estimate:
    table = look.trace.debits
    if table is None:
        return estimate.absent("the engine did not follow single persons")
    here = np.isin(view.codes(table, "group", look.setting.groups), part)
    return _share(view.numbers(table, "debits")[here], view.numbers(table, "persons")[here], top)


def _share(debits: Floats, persons: Floats, top: float) -> estimate.Estimate:
    """Share of the whole that the `top` share of persons has, with a variance from the influence of each person.

    Source: Beach and Davidson 1983 (Lorenz ordinates). With q the least that one of the top has, the sum of the top is
    the sum of max(debits - q, 0) + top q over everybody, and its ratio to the whole has the variance of a ratio.
    """
    people, total = float(persons.sum()), float((debits * persons).sum())
    if people <= 0:
        return estimate.absent("nobody is in the group", 0.0)
    if total <= 0:
        return estimate.absent("nobody has a debit", people)
    order = np.argsort(-debits, kind="stable")
    reached = np.cumsum(persons[order])
    least = debits[order][np.searchsorted(reached, top * people * (1 - 1e-12))]
    part = np.maximum(debits - least, 0.0) + top * least
    value = float((part * persons).sum()) / total
    variance = float((persons * (part - value * debits) ** 2).sum()) / total**2
    number = estimate.spread(value, variance, people)
    if top * people < FEWEST:
        return replace(number, low=None, high=None, note=f"no interval: the {top:.0%} are fewer than {FEWEST} people")
    return replace(number, low=max(number.low or 0.0, 0.0), high=min(number.high or 1.0, 1.0))
