"""Appeals against more than mistakes: the laws of debits for own acts that are irrelevant (MODEL.md section 3, 7).

Own debits are drawn as one sum. How many of them were for irrelevant acts, of which kind, is drawn afterwards, given
that sum: so a scheme with such appeals shares its luck with one without, and who got no debit costs nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import laws
from sousveil.engine.plan import Plan

__all__ = ["Contested", "contested", "moments"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Contested(NamedTuple):
    """Kinds of which own debits can be appealed and are not in the register, Q of them, for the kernels.

    kinds        int64[Q]
    counts       float64[all], one law after the other: of the records of kind q in law l, the chance of n is at
                 counts_from[q] + l * counts_wide[q] + n
    rest         float64[all], in the same way the law of all other own debits but those of kinds before q, whose first
                 jump is rest_first[q]
    """

    kinds: Ints
    counts: Floats
    counts_from: Ints
    counts_wide: Ints
    rest: Floats
    rest_from: Ints
    rest_wide: Ints
    rest_first: Ints


def contested(own: Floats, weight: Ints, at_most: Ints, once: npt.NDArray[np.bool_],
              wanted: npt.NDArray[np.bool_]) -> Contested:
    """Laws of the records of each wanted kind, and of the other debits, in the order of `laws.own_laws_by`.

    own     float64[C, T, K] mean own records of which the sums are made; wanted bool[K]
    """
    cells, tiers, kinds = own.shape
    rates = np.unique(own.reshape(cells * tiers, kinds), axis=0)
    debits = np.minimum(weight, 0)
    of = [k for k in np.flatnonzero(wanted).tolist() if rates[:, k].any()]
    counts = [laws.records(rates[:, k], int(at_most[k]), bool(once[k])) for k in of]
    others = [laws.compound(rates, np.where(np.isin(np.arange(kinds), of[:q + 1]), 0, debits), at_most, once)
              for q in range(len(of))]
    return Contested(np.array(of, dtype=np.int64), *_flat(counts), *_flat([law for _, law in others]),
                     np.array([first for first, _ in others], dtype=np.int64))


def moments(plan: Plan, cells: Ints) -> Floats:
    """Mean and variance, [2, J, T, 4], of what befalls a person of such a cell in a step because of own debits that can
    be appealed: points given back at once, then how many there are, how many are appealed, and how many are undone.
    """
    found = np.zeros((2, len(cells), plan.own.shape[1], 4))
    asked = plan.contest[cells][:, None]
    chances = (np.ones_like(asked), asked, asked * plan.upheld[cells][:, None])
    for k in np.flatnonzero(plan.contested).tolist():
        rate = plan.own[cells, :, k]
        law = laws.records(rate.ravel(), int(plan.at_most[k]), bool(plan.once[k]))
        n = np.arange(law.shape[1])
        mean = (law @ n).reshape(rate.shape)
        spread = (law @ n**2).reshape(rate.shape) - mean**2
        worth = -float(plan.weight[k]) if plan.delay == 0 else 0.0
        for at, chance, each in ((0, chances[2], worth), *((1 + f, chance, 1.0) for f, chance in enumerate(chances))):
            found[0, :, :, at] += each * chance * mean
            found[1, :, :, at] += each**2 * (chance**2 * spread + chance * (1.0 - chance) * mean)
    return found


def _flat(given: Sequence[Floats]) -> tuple[Floats, Ints, Ints]:
    """Tables one after the other: the numbers, where each begins, how wide each is."""
    ends = np.cumsum([table.size for table in given], dtype=np.int64)
    return (np.concatenate([np.zeros(0), *(table.ravel() for table in given)]),
            np.concatenate([np.zeros(1, dtype=np.int64), ends])[:len(given)].copy(),
            np.array([table.shape[1] for table in given], dtype=np.int64))
