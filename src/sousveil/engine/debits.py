"""Points taken from people, expected: for their own acts, and wrongfully, for acts of others and of nobody.

An outcome has the sum of all points of a cause, credits and debits together. What of it were debits is known in the
mean, from the rates of records and the caps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.plan import Plan

__all__ = ["of_kind", "rates", "taken"]

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def rates(plan: Plan) -> tuple[Floats, Floats]:
    """Points taken in a step, expected, because of a person in a cell and tier, float64[C, T] each: for own acts, and
    wrongfully from somebody: for what the person did, or what nobody did.
    """
    own, wrongful = np.zeros((2, *plan.own.shape[:2]))
    for k in np.flatnonzero(plan.weight < 0).tolist():
        worth, cap = -float(plan.weight[k]) * plan.ladder.resolution, int(plan.at_most[k])
        own += worth * (plan.own[:, :, k] if plan.once[k] else _counted(plan.own[:, :, k], cap))
        wrongful += worth * (_counted(plan.spurious[:, k], cap)[:, None] * _scored(plan) + plan.mistaken[:, :, k])
    return own, wrongful


def taken(plan: Plan, here: Array) -> tuple[Floats, Floats]:
    """Points taken for own acts and wrongfully, [steps, U, T] each, given who was in which tier: here [steps, C, T]."""
    own, wrongful = np.zeros((2, len(here), len(plan.unit_group), len(plan.tiers)))
    for k in np.flatnonzero(plan.weight < 0).tolist():
        one, *others = of_kind(plan, here, k)
        own += one
        for other in others:
            wrongful += other
    return own, wrongful


def of_kind(plan: Plan, here: Array, k: int) -> list[Floats]:
    """Points taken for records of one kind, [steps, U, T] each: for own acts, for nobody's, for others'; 0 for credits.
    """
    worth, cap = max(0.0, -float(plan.weight[k]) * plan.ladder.resolution), int(plan.at_most[k])
    counted = plan.own[:, :, k] if plan.once[k] else _counted(plan.own[:, :, k], cap)
    found = [worth * plan.by_unit(here * counted),
             worth * plan.by_unit(here * _counted(plan.spurious[:, k], cap)[:, None] * _scored(plan))]
    if worth and plan.mistaken[:, :, k].any():
        found.append(worth * _mistaken(plan, here, k, cap))
    return found


def _mistaken(plan: Plan, here: Array, k: int, cap: int) -> Floats:
    """Records of kind k pinned on the people of a unit and tier, [steps, U, T]: their pool's, less each one's own."""
    parts, part = np.unique(np.stack([plan.cell_unit, plan.cell_pool]), axis=1, return_inverse=True)
    order = np.argsort(part.reshape(-1), kind="stable")  # cells in order of the parts of units that are of one pool
    first = np.searchsorted(part.reshape(-1)[order], np.arange(parts.shape[1]))
    unit, pool_of = parts
    given, persons = (np.add.reduceat(values[:, order], first, axis=1)
                      for values in (here * plan.mistaken[:, :, k], here))
    member = np.zeros((plan.pools, len(pool_of)))
    member[pool_of, np.arange(len(pool_of))] = 1.0
    pool = (given.sum(axis=2) @ member.T)[:, pool_of, None]
    mass = (persons.sum(axis=2) @ member.T)[:, pool_of, None]
    others = np.where(mass > 1.0, np.maximum(mass / 2.0, mass - 1.0), 0.0)
    own = np.divide(given, persons, out=np.zeros(given.shape), where=persons > 0)
    rate = np.divide(pool - own, others, out=np.zeros(given.shape), where=others > 0)
    landed = persons * _counted(np.maximum(rate, 0.0), cap) * _scored(plan)
    return np.asarray(np.add.reduceat(landed, np.searchsorted(unit, np.arange(len(plan.unit_group))), axis=1))


def _scored(plan: Plan) -> Floats:
    """1 for tiers, 0 for places for which people have left: on them nothing is recorded. float64[T]."""
    return (np.arange(len(plan.tiers)) < len(plan.tiers) - plan.left).astype(np.float64)


def _counted(rate: Floats, cap: int) -> Floats:
    """Mean of min(Poisson(rate), cap); 0 is no cap."""
    if not cap:
        return rate
    from sousveil.ground.special import pdtr, pdtrc

    return np.asarray(rate * pdtr(cap - 1, rate) + cap * pdtrc(cap, rate))
