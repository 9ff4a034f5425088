"""Cells that share everything are one class: it is carried once, and counts for all their people.

Two cells share everything when their rates, their start law, their thresholds and their redress are the same and, where
records are pinned on the wrong person, when their look-alike pools are equal too, down to the number of people. So
districts that share all rates cost once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import laws
from sousveil.engine.plan import Plan
from sousveil.engine.terms import Timed

__all__ = ["Classes", "Phase", "Rules", "merge", "phases", "start", "untimed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NOTHING = 1e-16


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """of: int64[C], class of a cell; first: int64[J], a cell of each class; mass: float64[C], people of a cell, a share
    of all people and not a whole number; begins: int64[U], the first cell of each unit.
    """

    of: Ints
    first: Ints
    mass: Floats
    begins: Ints

    def by_unit(self, values: Floats) -> Floats:
        """Sum over the people of each unit of a value per class: [J, ...] -> [U, ...]."""
        mass = self.mass.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray(np.add.reduceat(mass * values[self.of], self.begins, axis=0))


class Rules(NamedTuple):
    """A plan as the compiled loops want it. j: class of J; l: own law of L; g: row of the ladder. r: row
    of R: a tier, or, where it matters how long somebody has been in a tier, the tier at an age of the stay.

    decayed    [D, S] the score after decay; falls [J] which row of it, one for all but in the step of an amnesty
    breaks     [R, T, T+1] who is in t and comes to a score from breaks[g, t, n] up to, but not, breaks[g, t, n + 1]
               is in tier n from then on
    ladder     [J] the row of the ladder; shift [J] its handicap
    own        [J, T] which law own records follow: own_law [L, width], of the jumps own_first ...,
               zero outside the columns own_from [L] up to, but not, own_to [L]
    acts       [J, T, K] mean records of one's own, or, where once [K], the chance of one; zero for kinds worth nothing
    same       [K] the first kind that is worth as many points
    pool       [J] look-alike pool; others [J] its people less one
    mistaken   [J, T, K], spurious [J, K], weight [K], at_most [K] as in a plan
    keep       [J] chance that a wrongful debit is not undone at once
    stays      [J, K] chance that a capped record of one's own is not; in `acts` of other kinds this is in already
    tier       [R] the tier of a row; goal [R, T] the row that follows where the score gives a tier
    stay       [T] steps that a stay lasts at least
    fresh      [R, D] whether a row is of the first steps of a stay, see `Plan.timed`
    """

    decayed: Ints
    falls: Ints
    breaks: Ints
    ladder: Ints
    shift: Ints
    own: Ints
    own_law: Floats
    own_first: int
    own_from: Ints
    own_to: Ints
    acts: Floats
    once: npt.NDArray[np.bool_]
    same: Ints
    pool: Ints
    others: Floats
    mistaken: Floats
    spurious: Floats
    weight: Ints
    at_most: Ints
    keep: Floats
    stays: Floats
    tier: Ints
    goal: Ints
    stay: Ints
    fresh: npt.NDArray[np.bool_]


def merge(plan: Plan) -> Classes:
    """The classes of a plan, in the order of their first cells: who shares everything in all periods."""
    mass = plan.cells.share / plan.cells.share.sum() * plan.people
    seen: dict[Any, int] = {}
    known = [_of_cells(each) for each in plan.plans]
    alone = [seen.setdefault((*(of[c] for of in known), plan.start[c][0].tobytes(), plan.start[c][1].tobytes()),
                             len(seen)) for c in range(len(mass))]
    company: list[Any] = []
    for p in range(plan.pools):
        cells = np.flatnonzero(plan.cell_pool == p)
        pinned = any(each.mistaken[cells][:, :, each.weight != 0].any() for each in plan.plans)
        company.append(tuple(sorted((alone[c], round(float(mass[c]), 9)) for c in cells)) if pinned else None)
    seen = {}
    of = [seen.setdefault((alone[c], company[plan.cell_pool[c]]), len(seen)) for c in range(len(mass))]
    begins = np.searchsorted(plan.cell_unit, np.arange(len(plan.unit_group)))
    return Classes(np.array(of, dtype=np.int64), np.unique(of, return_index=True)[1].astype(np.int64), mass,
                   begins.astype(np.int64))


def _of_cells(plan: Plan) -> list[Any]:
    """What cells must share under the rules of a period."""
    ladder, mistaken = _ladders(plan), plan.mistaken[:, :, plan.weight != 0]
    return [(ladder[plan.ladder_of[c]], plan.own[c].tobytes(), mistaken[c].tobytes(), plan.spurious[c].tobytes(),
             plan.appeal[c], plan.upheld[c], plan.contest[c]) for c in range(len(mistaken))]


def _ladders(plan: Plan) -> list[int]:
    """Which rows of the ladder share thresholds, ceiling, floor and handicap."""
    seen: dict[Any, int] = {}
    tables = plan.ladder
    return [seen.setdefault((int(tables.handicap[g]), tables.next[g].tobytes(), tables.first[g].tobytes()), len(seen))
            for g in range(len(tables.handicap))]


class Phase(NamedTuple):
    """What is carried from after step `first` to after step `last`, and the rules in force."""

    first: int
    last: int
    plan: Plan
    rules: Rules


def phases(plan: Plan, found: Classes, steps: int) -> list[Phase]:
    """The phases of a run, one for each period of which it has steps; the first may have none, but has the start."""
    begins = [0, *(later.at - 1 for later in plan.later if later.at <= steps)]
    longest = _longest(plan)
    return [Phase(first, last, each, rules(each, found, longest)) for first, last, each in
            zip(begins, [*begins[1:], steps], plan.plans, strict=False)]


def untimed(plan: Plan, course: Sequence[Phase]) -> list[Phase]:
    """The same phases without what only consequences of the first steps of a stay tell apart; terms of tiers remain."""
    longest = _longest(plan)
    return [phase._replace(rules=phase.rules._replace(**_stays(phase.plan, (), longest))) for phase in course]


def _longest(plan: Plan) -> Ints:
    """The longest that each tier holds people in any period: people stay as long as a later term may ask for."""
    return np.asarray(np.max([each.stay for each in plan.plans], axis=0))


def rules(plan: Plan, found: Classes, longest: Ints) -> Rules:
    """Lay a plan out for the compiled loops, class by class.

    longest   [T] the longest that a tier holds people in any period
    """
    cells = found.first
    stays = _stays_own(plan)[cells]
    undone_so = bool((stays < 1.0).any())
    own = laws.own_laws(plan.own[cells], plan.weight, plan.at_most, plan.once, stays if undone_so else None)
    capped = (plan.at_most > 0) & ~plan.once
    acts = plan.own[cells] * np.where(capped, 1.0, stays)[:, None] if undone_so else plan.own[cells]
    width = own.pmf.shape[1]
    pool_mass: Floats = np.bincount(plan.cell_pool, weights=found.mass, minlength=plan.pools).astype(np.float64)
    undone = plan.appeal[cells] * plan.upheld[cells] if plan.delay == 0 else np.zeros(len(cells))
    row, pool = plan.ladder_of[cells], plan.cell_pool[cells]
    decayed, falls = _falls(plan, found)
    # Copies: kernels are compiled for arrays that can be written to, and those of a plan cannot.
    return Rules(
        decayed=decayed, falls=falls, breaks=_breaks(plan), ladder=row,
        shift=plan.ladder.handicap[row].astype(np.int64), own=own.which, own_law=np.ascontiguousarray(own.pmf),
        own_first=own.first, own_from=(np.cumsum(own.pmf, axis=1) < _NOTHING).sum(axis=1).astype(np.int64),
        own_to=(width - (np.cumsum(own.pmf[:, ::-1], axis=1) < _NOTHING).sum(axis=1)).astype(np.int64),
        acts=np.ascontiguousarray(np.where(plan.weight != 0, acts, 0.0)), once=plan.once.copy(),
        same=np.array([plan.weight.tolist().index(w) for w in plan.weight.tolist()], dtype=np.int64), pool=pool,
        others=_others(pool_mass)[pool],
        mistaken=np.ascontiguousarray(np.where(plan.weight != 0, plan.mistaken[cells], 0.0)),
        spurious=np.ascontiguousarray(plan.spurious[cells]), weight=plan.weight.copy(), at_most=plan.at_most.copy(),
        keep=1.0 - undone, stays=np.ascontiguousarray(np.where(capped, stays, 1.0)),
        **_stays(plan, plan.timed, longest))


def _stays_own(plan: Plan) -> Floats:
    """The chance that an own record is not undone at once, float64[C, K]."""
    undone = plan.contest * plan.upheld if plan.delay == 0 else np.zeros(len(plan.contest))
    return np.asarray(1.0 - undone[:, None] * plan.contested)


def _falls(plan: Plan, found: Classes) -> tuple[Ints, Ints]:
    """What scores fall back to, [D, S], and which row of it counts for a class, [J]: where decay takes them, or, in the
    step of an amnesty, where each began.
    """
    if plan.register is None or not plan.register.chance.any():
        return plan.ladder.decayed[None].copy(), np.zeros(len(found.first), dtype=np.int64)
    starts, falls = np.unique([plan.start[cell][0][0] for cell in found.first], return_inverse=True)
    decayed = np.repeat(starts[:, None], plan.ladder.states, axis=1).astype(np.int64)
    return decayed, falls.reshape(-1).astype(np.int64)


def _stays(plan: Plan, timed: Sequence[Timed], longest: Ints) -> dict[str, Any]:
    """Rows by tier and age: so many of a tier as change what follows, the last for all who have been there longer."""
    needed = [max(1, stay, *(1 + other.steps for other in timed if other.tier == t))
              for t, stay in enumerate(longest.tolist())]
    tier = np.repeat(np.arange(len(needed)), needed)
    age = np.concatenate([np.arange(n) for n in needed])
    first = np.cumsum([0, *needed[:-1]])
    older = first[tier] + np.minimum(age + 1, np.array(needed)[tier] - 1)
    goal = np.broadcast_to(first, (len(tier), len(needed))).copy()
    follows = np.arange(len(needed))[None, :]
    kept = (follows == tier[:, None]) | ((follows > tier[:, None]) & (age + 1 < plan.stay[tier])[:, None])
    goal[kept] = np.broadcast_to(older[:, None], goal.shape)[kept]
    fresh = np.array([[t == other.tier and a < other.steps for other in timed] for t, a in
                      zip(tier.tolist(), age.tolist(), strict=True)], dtype=bool).reshape(len(tier), len(timed))
    return {"tier": tier.astype(np.int64), "goal": goal.astype(np.int64), "stay": plan.stay.copy(), "fresh": fresh}


def _others(mass: Floats) -> Floats:
    """On how many others a record of a pool can be pinned. A pool of one person and a bit holds one in some runs and
    two in others: what falls on each is then the mean over both.
    """
    return np.where(mass > 1.0, np.maximum(mass / 2.0, mass - 1.0), 0.0)


def _breaks(plan: Plan) -> Ints:
    """The next tier rises with the new score: where each begins, int64[R, T, T+1]."""
    tiers = np.arange(len(plan.tiers) + 1)
    return np.array([[np.searchsorted(row, tiers) for row in rules] for rules in plan.ladder.next], dtype=np.int64)


def start(plan: Plan, found: Classes, laid: Rules) -> tuple[Floats, Ints]:
    """Start laws by class, row and score [J, R, S], and the range of scores that each holds [J, R, 2]."""
    j, t, s = len(found.first), len(laid.tier), plan.ladder.states
    rows, spans = np.zeros((j, t, s)), np.zeros((j, t, 2), dtype=np.int64)
    first = np.searchsorted(laid.tier, np.arange(len(plan.tiers)))
    for i, cell in enumerate(found.first):
        scores, shares = plan.start[cell]
        np.add.at(rows[i], (first[plan.ladder.first[plan.ladder_of[cell], scores]], scores), shares)
        for tier in range(t):
            inside = np.flatnonzero(rows[i, tier])
            spans[i, tier] = (inside[0], inside[-1] + 1) if len(inside) else (0, 0)
    return rows, spans
