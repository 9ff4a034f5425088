"""Income: what consequences take, from whom, and what that does to inequality."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import STRATUM, Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name, Names

__all__ = ["GINI_AFTER", "GINI_BEFORE", "GINI_CHANGE", "INCOME_GAINED", "INCOME_LOST", "INCOME_LOST_WHERE",
           "SHARE_OF_INCOME_LOST", "gini", "loss", "measures"]

HARM = "income"
INCOME_LOST = Name(HARM, "income lost")
INCOME_GAINED = Name(HARM, "income gained")
SHARE_OF_INCOME_LOST = Name(HARM, "share of income lost")
INCOME_LOST_WHERE = Names(HARM, "income lost where {label} is {value}")
GINI_BEFORE = Name(HARM, "Gini coefficient before")
GINI_AFTER = Name(HARM, "Gini coefficient after")
GINI_CHANGE = Name(HARM, "change of the Gini coefficient")
Floats = npt.NDArray[np.float64]


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """Money lost to consequences of tiers.

    income lost, income gained        money per person-year, for everybody and each group
    share of income lost              share of what the people would have had
    income lost where LABEL is NAME   money per person-year, by stratum of the population, everybody and each group
    Gini coefficient before, after; change of the Gini coefficient
                                      of the incomes of a step, without the scheme and in the last step under it
    """
    look = view.of(trace, sampling)
    cells = look.cells()
    found = []
    for group, part in look.parts():
        here = cells.of(part)
        rows = ((INCOME_LOST, _yearly(look, cells, "lost", here), "money per person-year"),
                (INCOME_GAINED, _yearly(look, cells, "gained", here), "money per person-year"),
                (SHARE_OF_INCOME_LOST, _relative(look, cells, here), "share"))
        found += [estimate.measure(name, group, number, unit, look.exact) for name, number, unit in rows]
    for column in (name for name in trace.cells.column_names if name.startswith(STRATUM)):
        names, code = view.words(trace.cells, column)
        stratum = code.reshape(cells.person_steps.shape)[:, 0]
        found += [estimate.measure(INCOME_LOST_WHERE(label=column.removeprefix(STRATUM), value=name), group,
                                   _yearly(look, cells, "lost", cells.of(part) & (stratum == s)),
                                   "money per person-year", look.exact)
                  for s, name in enumerate(names) for group, part in look.parts()]
    return found + _inequality(look, cells)


def loss(look: view.View, part: list[int]) -> estimate.Estimate:
    """Money that a person of these groups lost in a year, in the mean."""
    cells = look.cells()
    return _yearly(look, cells, "lost", cells.of(part))


def gini(income: Floats, persons: Floats) -> float | None:
    """Gini coefficient of incomes that so many persons have; None when incomes do not add up to something positive.

    Half the mean absolute difference between two persons, divided by the mean.
    """
    order = np.argsort(income, kind="stable")
    y, w = income[order], persons[order]
    total, people = float((w * y).sum()), float(w.sum())
    if total <= 0:
        return None
    below = np.cumsum(w) - w / 2
    return float(2 * (w * y * below).sum() / (people * total) - 1)


def _yearly(look: view.View, cells: view.Cells, name: str, here: npt.NDArray[np.bool_]) -> estimate.Estimate:
    if not look.setting.steps:
        return estimate.absent("no step was run")
    total, (least, most) = (cells.person_steps * cells.column(name)).sum(axis=1), cells.bounds(name)
    steps = look.setting.steps
    mean = estimate.mean(total[here], cells.size[here], least[here] * steps, most[here] * steps)
    return estimate.scaled(mean, 1.0 / look.years)


def _relative(look: view.View, cells: view.Cells, here: npt.NDArray[np.bool_]) -> estimate.Estimate:
    """What was lost, as a share of what the people would have had: that is fixed, so that the interval only scales."""
    earned = float((cells.column("income")[here, 0] * cells.size[here]).sum())
    if not look.setting.steps or earned <= 0:
        return estimate.absent("nobody has an income" if look.setting.steps else "no step was run")
    yearly = earned / float(cells.size[here].sum()) / look.setting.years
    return estimate.scaled(_yearly(look, cells, "lost", here), 1.0 / yearly)


def _inequality(look: view.View, cells: view.Cells) -> list[Measure]:
    persons, income = cells.column("last"), cells.column("income")
    net = income - cells.column("lost") + cells.column("gained")
    before, after = (gini(y.ravel(), persons.ravel()) for y in (income, net))
    names = (GINI_BEFORE, GINI_AFTER, GINI_CHANGE)
    people = float(persons.sum())
    if before is None or after is None:
        why = "nobody has an income" if before is None else "incomes after losses do not add up to something positive"
        return [estimate.measure(name, ALL, estimate.absent(why), "index", look.exact) for name in names]
    variance = _variance(net, persons, after)
    numbers = (estimate.spread(before, 0.0, people), estimate.spread(after, variance, people),
               estimate.spread(after - before, variance, people))
    return [estimate.measure(name, ALL, number, "index", look.exact)
            for name, number in zip(names, numbers, strict=True)]


def _variance(income: Floats, persons: Floats, value: float) -> float:
    """Variance of the Gini coefficient [C, T] when who of a cell is in which tier is luck (Davidson 2009, equation 13).

    Cells have fixed sizes, so only the spread of a person's influence inside its cell counts.
    """
    order = np.argsort(income, axis=None, kind="stable")
    y, w = income.ravel()[order], persons.ravel()[order]
    people, mean = w.sum(), (w * y).sum() / w.sum()
    rank = (np.cumsum(w) - w / 2) / people
    partial = (np.cumsum(w * y) - w * y / 2) / people
    influence = np.empty(y.shape)
    influence[order] = (2.0 * (y * rank - partial) + mean - (value + 1.0) * y) / mean
    each, size = influence.reshape(income.shape), persons.sum(axis=1)
    centre = np.divide((persons * each).sum(axis=1), size, out=np.zeros(size.shape), where=size > 0)
    return float((persons * (each - centre[:, None]) ** 2).sum() / people**2)
