"""Concentration: how much of all debits falls on the few who have the most of them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name, Names

__all__ = ["BORNE_BY_MOST_DEBITED", "SHARES", "Top", "borne_by", "influence", "measures", "shared_out"]

BORNE_BY_MOST_DEBITED = Names("concentration", "share of debits borne by the most-debited {top}")
SHARES = (0.01, 0.10)
FEWEST = 20
"""People at the top from which on the interval of their share holds as often as it says; of 12 it held in 91 of 100."""
Floats = npt.NDArray[np.float64]


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`share of debits borne by the most-debited 1%`, and 10%: of all debited points, by everybody and each group."""
    look = view.of(trace, sampling)
    return [estimate.measure(borne_by(top), group, _of(look, top, part), "share", look.exact)
            for top in SHARES for group, part in look.parts()]


def borne_by(top: float) -> Name:
    """The name of the measure of so many of the people."""
    return BORNE_BY_MOST_DEBITED(top=f"{top:.0%}")


def _of(look: view.View, top: float, part: list[int]) -> estimate.Estimate:
    table = look.trace.debits
    if table is None:
        return estimate.absent("the engine did not follow single persons")
    here = np.isin(view.codes(table, "group", look.setting.groups), part)
    return _share(view.numbers(table, "debits")[here], view.numbers(table, "persons")[here], top,
                  look.effect(borne_by(top), part))


class Top(NamedTuple):
    """The share of all debits that the most-debited have; least: the fewest that one of them has; total: of all."""

    share: float
    least: float
    total: float


def shared_out(debits: Floats, persons: Floats, top: float) -> Top | None:
    """What the `top` share of persons has of all debits, float64[n] each; None where nobody has any."""
    people, total = float(persons.sum()), float((debits * persons).sum())
    if people <= 0 or total <= 0:
        return None
    order = np.argsort(-debits, kind="stable")
    reached = np.cumsum(persons[order])
    least = float(debits[order][np.searchsorted(reached, top * people * (1 - 1e-12))])
    return Top(float(((np.maximum(debits - least, 0.0) + top * least) * persons).sum()) / total, least, total)


def influence(debits: Floats, of: Top, top: float) -> Floats:
    """By how much a person with so many debits changes the share, float64[n].

    Source: Beach and Davidson 1983 (Lorenz ordinates). The sum of the top is the sum of max(debits - least, 0) + top
    least over everybody, and its ratio to the whole has the variance of a ratio.
    """
    return np.asarray((np.maximum(debits - of.least, 0.0) + top * of.least - of.share * debits) / of.total)


def _share(debits: Floats, persons: Floats, top: float, effect: float | None) -> estimate.Estimate:
    people, found = float(persons.sum()), shared_out(debits, persons, top)
    if found is None:
        return estimate.absent("nobody has a debit" if people > 0 else "nobody is in the group", people)
    if effect is not None and found.share < 1.0:
        number = estimate.between(found.share, 0.0, 1.0, people, effect)
    else:
        variance = float((persons * influence(debits, found, top) ** 2).sum())
        number = estimate.spread(found.share, variance, people)
    if top * people < FEWEST:
        return replace(number, low=None, high=None, note=f"no interval: the {top:.0%} are fewer than {FEWEST} people")
    return replace(number, low=max(number.low or 0.0, 0.0), high=min(number.high or 1.0, 1.0))
