"""Income: what consequences take, from whom, and what that does to inequality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.engine.trace_columns import STRATUM
from sousveil.harms import estimate, view
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name, Names

__all__ = ["GINI_AFTER", "GINI_BEFORE", "GINI_CHANGE", "INCOME_GAINED", "INCOME_LOST", "INCOME_LOST_WHERE",
           "SHARE_OF_INCOME_LOST", "gini", "influence", "left", "loss", "measures", "of_income"]

HARM = "income"
INCOME_LOST = Name(HARM, "income lost")
INCOME_GAINED = Name(HARM, "income gained")
SHARE_OF_INCOME_LOST = Name(HARM, "share of income lost")
INCOME_LOST_WHERE = Names(HARM, "income lost where {label} is {value}")
GINI_BEFORE = Name(HARM, "Gini coefficient before")
GINI_AFTER = Name(HARM, "Gini coefficient after")
GINI_CHANGE = Name(HARM, "change of the Gini coefficient")
BEYOND = "a loss beyond the income of a step counts as all of it"
"""The note of a share of incomes where a consequence takes more than there is."""
Floats = npt.NDArray[np.float64]


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """Money lost to consequences of tiers.

    income lost, income gained        money per person-year, for everybody and each group
    share of income lost              share of what the people would have had
    income lost where LABEL is NAME   money per person-year, by stratum of the population, everybody and each group
    Gini coefficient before, after; change of the Gini coefficient
                                      of the incomes of a step, without the scheme and in the last step under it

    A consequence may take more than somebody's income: the rest is debt. Money lost counts it, a share of income ends
    at all of it, and for the Gini coefficient nobody has less than nothing.
    """
    look = view.of(trace, sampling)
    cells = look.cells()
    lost = cells.column("lost")
    beyond = BEYOND if (of_income(cells) < lost)[cells.person_steps > 0].any() else ""
    found = []
    for group, part in look.parts():
        here = cells.of(part)
        rows = ((INCOME_LOST, _yearly(look, cells, lost, here, look.effect(INCOME_LOST, part)),
                 "money per person-year"),
                (INCOME_GAINED, _yearly(look, cells, cells.column("gained"), here, look.effect(INCOME_GAINED, part)),
                 "money per person-year"),
                (SHARE_OF_INCOME_LOST, _relative(look, cells, here, look.effect(SHARE_OF_INCOME_LOST, part)), "share"))
        found += [estimate.measure(name, group, number, unit, look.exact,
                                   note=beyond if name is SHARE_OF_INCOME_LOST and number.value is not None else "")
                  for name, number, unit in rows]
    for column in (name for name in trace.cells.column_names if name.startswith(STRATUM)):
        names, code = view.words(trace.cells, column)
        stratum = code.reshape(cells.person_steps.shape)[:, 0]
        for s, value in enumerate(names):
            name = INCOME_LOST_WHERE(label=column.removeprefix(STRATUM), value=value)
            found += [estimate.measure(name, group, _yearly(look, cells, lost, cells.of(part) & (stratum == s),
                                                            look.effect(name, part)),
                                       "money per person-year", look.exact) for group, part in look.parts()]
    return found + _inequality(look, cells)


def loss(look: view.View, part: list[int]) -> estimate.Estimate:
    """Money that a person of these groups lost in a year, on average."""
    cells = look.cells()
    return _yearly(look, cells, cells.column("lost"), cells.of(part), look.effect(INCOME_LOST, part))


def of_income(cells: view.Cells) -> Floats:
    """float64[C, T]: what a person of a cell loses of its income in a step in a tier: all of it, at most."""
    return np.minimum(cells.column("lost"), cells.column("income"))


def left(cells: view.Cells) -> Floats:
    """float64[C, T]: what a person of a cell has in a step in a tier: nothing, at least. What is owed is debt."""
    return np.maximum(cells.column("income") - cells.column("lost") + cells.column("gained"), 0.0)


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


def _yearly(look: view.View, cells: view.Cells, each: Floats, here: npt.NDArray[np.bool_],
            effect: float | None) -> estimate.Estimate:
    if not look.setting.steps:
        return estimate.absent("no step was run")
    total, (least, most) = (cells.person_steps * each).sum(axis=1), cells.bounds(each)
    steps = look.setting.steps
    mean = estimate.mean(total[here], cells.size[here], least[here] * steps, most[here] * steps, effect=effect)
    return estimate.scaled(mean, 1.0 / look.years)


def _relative(look: view.View, cells: view.Cells, here: npt.NDArray[np.bool_],
              effect: float | None) -> estimate.Estimate:
    """What was lost, as a share of what the people would have had: that is fixed, so that the interval only scales.

    It ends at all of it: where incomes are unlike, the mean could be as large as the largest of them, the share not.
    """
    earned = float((cells.column("income")[here, 0] * cells.size[here]).sum())
    if not look.setting.steps or earned <= 0:
        return estimate.absent("nobody has an income" if look.setting.steps else "no step was run")
    yearly = earned / float(cells.size[here].sum()) / look.setting.years
    found = estimate.scaled(_yearly(look, cells, of_income(cells), here, effect), 1.0 / yearly)
    if found.value is None or found.high is None:
        return found
    return replace(found, high=max(found.value, min(found.high, 1.0)))


def _inequality(look: view.View, cells: view.Cells) -> list[Measure]:
    persons, income, net = cells.column("last"), cells.column("income"), left(cells)
    before, after = (gini(y.ravel(), persons.ravel()) for y in (income, net))
    names = (GINI_BEFORE, GINI_AFTER, GINI_CHANGE)
    people = float(persons.sum())
    if before is None or after is None:
        why = "nobody has an income" if before is None else "incomes after losses do not add up to something positive"
        return [estimate.measure(name, ALL, estimate.absent(why), "index", look.exact) for name in names]
    everybody = list(range(len(look.setting.groups)))
    effects = [look.effect(name, everybody) for name in names]
    if None in effects:
        variance = _variance(net, persons, after)
        numbers = (estimate.spread(before, 0.0, people), estimate.spread(after, variance, people),
                   estimate.spread(after - before, variance, people))
    else:
        numbers = (estimate.between(before, 0.0, 1.0, people, effects[0] or 1.0),
                   estimate.between(after, 0.0, 1.0, people, effects[1] or 1.0),
                   estimate.spread(after - before, (effects[2] or 1.0) * after * (1.0 - after) / people, people))
    return [estimate.measure(name, ALL, number, "index", look.exact)
            for name, number in zip(names, numbers, strict=True)]


def _variance(income: Floats, persons: Floats, value: float) -> float:
    """Variance of the Gini coefficient [C, T] when who of a cell is in which tier is luck (Davidson 2009, equation 13).

    Cells have fixed sizes, so only the spread of a person's influence inside its cell counts.
    """
    each, size = influence(income, persons, value), persons.sum(axis=1)
    centre = np.divide((persons * each).sum(axis=1), size, out=np.zeros(size.shape), where=size > 0)
    return float((persons * (each - centre[:, None]) ** 2).sum())


def influence(income: Floats, persons: Floats, value: float) -> Floats:
    """By how much a person of an income changes the Gini coefficient `value` of [C, T] (Davidson 2009, equation 13)."""
    order = np.argsort(income, axis=None, kind="stable")
    y, w = income.ravel()[order], persons.ravel()[order]
    people, mean = w.sum(), (w * y).sum() / w.sum()
    rank = (np.cumsum(w) - w / 2) / people
    partial = (np.cumsum(w * y) - w * y / 2) / people
    found = np.empty(y.shape)
    found[order] = (2.0 * (y * rank - partial) + mean - (value + 1.0) * y) / mean / people
    return found.reshape(income.shape)
