"""Wrongful penalties: points taken for what somebody else did or nobody did, and points for a relative's tier."""

from __future__ import annotations

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["EVER_WRONGED", "POINTS_FOR_RELATIVES", "WRONGFUL_DEBITS", "WRONGFUL_POINTS", "ever", "measures"]

HARM = "wrongful"
EVER_WRONGED = Name(HARM, "share with a wrongful debit")
WRONGFUL_DEBITS = Name(HARM, "wrongful debits")
WRONGFUL_POINTS = Name(HARM, "share of debited points that were wrongful")
POINTS_FOR_RELATIVES = Name(HARM, "points for relatives")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """Wrongful debits for everybody and each group.

    share with a wrongful debit                        share, at the end
    wrongful debits                                    per 1,000 person-years
    share of debited points that were wrongful         share
    points for relatives                               points per person-year (negative: taken)
    """
    look = view.of(trace, sampling)
    given, own, wrongful, kin = (look.total(name) for name in (
        "wrongful_given", "debits_own", "debits_wrongful", "points_kin"))
    found = []
    for group, part in look.parts():
        people = look.people[part].sum()
        points = _points(look, wrongful[part].sum(), own[part].sum(), part)
        rows = ((EVER_WRONGED, ever(look, part), "share", ""),
                (WRONGFUL_DEBITS, estimate.rate(given[part].sum(), people * look.years, 1000.0, n=people),
                 "per 1,000 person-years", ""),
                (WRONGFUL_POINTS, points, "share",
                 "" if points.value is None else "expected, given who was in which tier"),
                (POINTS_FOR_RELATIVES, _kin(look, kin[part].sum(), part), "points per person-year", ""))
        found += [estimate.measure(name, group, number, unit, look.exact, note=note)
                  for name, number, unit, note in rows]
    return found


def ever(look: view.View, part: list[int]) -> estimate.Estimate:
    """Share of these groups with at least one wrongful debit by the end."""
    return estimate.share(look.column("wrongful_ever")[-1, part].sum(), look.people[part].sum(),
                          effect=look.effect(EVER_WRONGED, part) or 1.0)


def _points(look: view.View, wrongful: float, own: float, part: list[int]) -> estimate.Estimate:
    people, effect = float(look.people[part].sum()), look.effect(WRONGFUL_POINTS, part)
    if effect is not None and wrongful + own > 0:
        return estimate.between(wrongful / (wrongful + own), 0.0, 1.0, people, effect)
    # The variance of a sum of Poisson debits is at most the largest debit times its mean. So the points are worth at
    # least as much as this many independent records, wrongful or not.
    largest = look.setting.largest_debit or 1.0
    return estimate.share(wrongful / largest, (wrongful + own) / largest, "no points were taken", n=people)


def _kin(look: view.View, points: float, part: list[int]) -> estimate.Estimate:
    steps, years = look.setting.steps, look.years
    total = estimate.mean(points, look.people[part].sum(), look.setting.kin_least * steps,
                          look.setting.kin_most * steps, effect=look.effect(POINTS_FOR_RELATIVES, part))
    return estimate.scaled(total, 1.0 / years) if years else estimate.absent("no step was run")
