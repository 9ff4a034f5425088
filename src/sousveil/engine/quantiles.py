"""Places in the exact engine: who ranks within the quantile, and a fraction of those who rank alike (MODEL.md
section 3). A law of large numbers takes the place of a draw: shares of places are not rounded to whole ones.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sousveil.engine.classes import Classes
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import Place, due
from sousveil.engine.tables import burdened

__all__ = ["hand_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def hand_out(outcome: Outcome, plan: Plan, following: Plan, found: Classes, tier: Ints, rows: Floats,
             step: int) -> None:
    """Book who is chosen at the end of a step, and who bears it in the next; rows [J, R, S] stay as they are.

    plan, following   the rules of the step, and of the next; tier   [R] the tier of a row
    """
    given = due(plan.places, step)
    if not given:
        return
    spared = np.ones((len(plan.cells), *rows.shape[1:]))
    for n in given:
        place = plan.places[n]
        can = (place.tiers >> tier & 1)[None, :, None] * (place.weight > 0.0)[:, None, None]
        there = found.mass[:, None, None] * rows[found.of] * can
        share = _chosen(place, there) * can
        outcome.eligible[step, n] = np.add.reduceat(there.sum(axis=(1, 2)), found.begins)
        picked = (there * share).sum(axis=2)
        outcome.chosen[step, n] = np.add.reduceat(picked.sum(axis=1), found.begins)
        if step < outcome.steps and any(where == n for where, _ in plan.borne):
            tiers = np.add.reduceat(picked, np.searchsorted(tier, np.arange(len(plan.tiers))), axis=1)
            outcome.placed[step + 1, :, :, [d for d, (where, _) in enumerate(plan.borne) if where == n]] += tiers
            if any(right.burden and right.place == n for right in following.place_rights):
                spared *= 1.0 - share
    if plan.borne and step < outcome.steps:
        _book_only(outcome, following, found, tier, rows, 1.0 - spared, step + 1)


def _chosen(place: Place, there: Floats) -> Floats:
    """What share of whom is chosen, where so many people are there, [C, R, S]."""
    share = np.zeros((len(there), 1, there.shape[2]))
    for q, number in enumerate(place.number.tolist()):
        pool = place.pool == q
        standing = there[pool].sum(axis=(0, 1))
        if number >= standing.sum():
            share[pool] = 1.0
        elif place.sign == 0:
            share[pool] = _by_weight(there[pool].sum(axis=(1, 2)), place.weight[pool], number)[:, None, None]
        else:
            before = np.cumsum(standing[::place.sign]) - standing[::place.sign]
            left = np.clip(number - before, 0.0, standing[::place.sign])
            part = np.divide(left, standing[::place.sign], out=np.zeros(len(left)), where=standing[::place.sign] > 0)
            share[pool] = part[::place.sign]
    return share


def _by_weight(people: Floats, weight: Floats, number: float) -> Floats:
    """Who has been drawn when so many have been: 1 - exp(-weight x time), the time found by halving."""
    low, high = 0.0, 1.0
    while (people * -np.expm1(-weight * high)).sum() < number and high < 1e300:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if (people * -np.expm1(-weight * middle)).sum() < number else (low, middle)
    return np.asarray(-np.expm1(-weight * high))


def _book_only(outcome: Outcome, plan: Plan, found: Classes, tier: Ints, rows: Floats, chosen: Floats,
               step: int) -> None:
    """Who bears a burden by a place and none by the tier, in a step: chosen [C, R, S] is the share who bear one."""
    terms = burdened(plan)
    first = np.searchsorted(tier, np.arange(len(plan.tiers)))
    free = np.arange(len(tier)) - first[tier] >= terms[tier]  # the age of a row in its tier
    borne = (found.mass[:, None, None] * rows[found.of] * chosen).sum(axis=2) * free
    by_tier = np.add.reduceat(borne, first, axis=1)
    outcome.placed_only[step] += np.add.reduceat(by_tier, found.begins, axis=0)
