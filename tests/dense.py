"""Brute force for small plans: every (ever wronged, tier, score) a state, every step a dense matrix.

Written from MODEL.md section 3 and the fields of a plan alone, with nothing of the exact engine: laws are NumPy
convolutions over all jumps, spells are matrices cut down to one tier.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, poisson

from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.plan import Plan

REACH, MOST = 500, 60  # jumps and numbers of records that are looked at


def simulate(plan: Plan, steps: int) -> Outcome:
    """Expectations for `plan.people` people in cells of exactly their shares."""
    out = empty(plan, steps, np.float64)
    mass = plan.cells.share / plan.cells.share.sum() * plan.people
    tiers, states = len(plan.tiers), plan.ladder.states
    now = np.zeros((len(mass), 2, tiers, states))
    for c, (scores, shares) in enumerate(plan.start):
        for s, share in zip(scores, shares, strict=True):
            now[c, 0, plan.ladder.first[plan.ladder_of[c], s], s] += share
    born = [now.sum(axis=1)]
    matrices = []
    book(plan, out, 0, mass, now)
    for step in range(1, steps + 1):
        here = plan.at(step)
        pull = np.zeros((plan.pools, len(plan.kinds)))
        for c, p in enumerate(plan.cell_pool):
            pull[p] += mass[c] * now[c].sum(axis=(0, 2)) @ here.mistaken[c]
        after, entered, matrix = np.zeros_like(now), np.zeros_like(born[0]), []
        for c in range(len(mass)):
            own, clean, full = step_matrices(here, c, pull[plan.cell_pool[c]], mass)
            matrix.append(full)
            flows(here, out, step, mass[c], c, now[c], pull[plan.cell_pool[c]], own, mass)
            after[c, 0] = np.einsum("ts,tsuv->uv", now[c, 0], clean)
            after[c, 1] = np.einsum("ts,tsuv->uv", now[c].sum(axis=0), full) - after[c, 0]
            went = np.einsum("ts,tsuv->tuv", now[c].sum(axis=0), full)
            for t in range(tiers):
                out.moves[step, plan.cell_unit[c], t] += mass[c] * went[t].sum(axis=1) * (np.arange(tiers) != t)
                went[t, t] = 0.0
            entered[c] = went.sum(axis=0)
        matrices.append(matrix)
        born.append(entered)
        now = after
        book(plan, out, step, mass, now)
    spells(plan, out, mass, born, matrices)
    return out


def book(plan: Plan, out: Outcome, step: int, mass: np.ndarray, now: np.ndarray) -> None:
    out.occupancy[step] = mass[:, None] * now.sum(axis=(1, 3))
    for c, u in enumerate(plan.cell_unit):
        out.wrongful_ever[step, u] += mass[c] * now[c, 1].sum(axis=1)
        if step in (0, out.steps):
            for row in {0 if step == 0 else 1, 1 if step == out.steps else 0}:
                out.scores[row, u] += mass[c] * now[c].sum(axis=(0, 1))


def received(plan: Plan, c: int, t: int, pull: np.ndarray, mass: np.ndarray) -> np.ndarray:
    pool = mass[plan.cell_pool == plan.cell_pool[c]].sum()
    others = max(pool / 2.0, pool - 1.0) if pool > 1.0 else 0.0  # MODEL.md section 4: a pool of one and a bit
    return np.maximum(0.0, pull - plan.mistaken[c, t]) / others if others > 0 else 0.0 * pull


def counted(rate: float, at_most: int, once: bool = False) -> np.ndarray:
    if once:
        return np.array([1.0 - rate, rate])
    law = poisson.pmf(np.arange(MOST), rate)
    if at_most:
        law = np.append(law[:at_most], poisson.sf(at_most - 1, rate))
    return law


def thinned(law: np.ndarray, keep: float) -> np.ndarray:
    n = np.arange(len(law))
    return law @ binom.pmf(n[None, :], n[:, None], keep)


def worth(law: np.ndarray, weight: int) -> np.ndarray:
    jumps = np.zeros(2 * REACH + 1)
    for n, p in enumerate(law):
        if abs(n * weight) <= REACH:
            jumps[REACH + n * weight] += p
    return jumps


def sum_of(laws: list[np.ndarray]) -> np.ndarray:
    total = worth(np.ones(1), 0)
    for law in laws:
        total = np.convolve(total, law)[REACH:3 * REACH + 1]
    return total


def step_matrices(plan: Plan, c: int, pull: np.ndarray, mass: np.ndarray) -> tuple[list, np.ndarray, np.ndarray]:
    """Laws of own points by tier, and what goes from (tier, score) to (tier, score): unwronged, and all."""
    tiers, states, g = len(plan.tiers), plan.ladder.states, plan.ladder_of[c]
    keep = 1.0 - plan.appeal[c] * plan.upheld[c] * (plan.delay == 0)
    stay = 1.0 - plan.contest[c] * plan.upheld[c] * (plan.delay == 0) * plan.contested
    owns, clean, full = [], *np.zeros((2, tiers, states, tiers, states))
    jumps = np.arange(-REACH, REACH + 1)
    for t in range(tiers):
        mistaken, some, others, none = received(plan, c, t, pull, mass), [], [], 1.0
        for k, w in enumerate(plan.weight):
            for rate in (mistaken[k], plan.spurious[c, k]):
                law = counted(rate, plan.at_most[k])
                some.append(worth(thinned(law, keep) if w < 0 else law, w))
                if w < 0:
                    none *= law[0]
                else:
                    others.append(worth(law, w))
        given = [counted(plan.own[c, t, k], plan.at_most[k], plan.once[k]) for k in range(len(plan.weight))]
        owns.append(sum_of([worth(law, w) for law, w in zip(given, plan.weight, strict=True)]))
        own = sum_of([worth(thinned(law, stay[k]), plan.weight[k]) for k, law in enumerate(given)])
        for matrix, law in ((clean, none * sum_of([own, *others])), (full, sum_of([own, *some]))):
            for s in range(states):
                goal = np.clip(back(plan, c, s) + plan.ladder.handicap[g] + jumps, 0, states - 1)
                law_after = np.bincount(goal, weights=law, minlength=states)
                matrix[t, s, plan.ladder.next[g, t], np.arange(states)] = law_after
    return owns, clean, full


def back(plan: Plan, c: int, s: int) -> int:
    """The score before anything is added: decayed, or that of the start in the step of an amnesty."""
    amnesty = plan.register is not None and plan.register.chance[c].any()
    return int(plan.start[c][0].item() if amnesty else plan.ladder.decayed[s])


def flows(plan: Plan, out: Outcome, step: int, mass: float, c: int, now: np.ndarray, pull: np.ndarray,
          own: list[np.ndarray], masses: np.ndarray) -> None:
    u, jumps = plan.cell_unit[c], np.arange(-REACH, REACH + 1)
    for t in range(len(plan.tiers)):
        held, mistaken = mass * now[:, t].sum(), received(plan, c, t, pull, masses)
        out.points[step, u, t, 0] += held * (own[t] @ jumps)
        for k in np.flatnonzero(plan.contested):
            law = counted(plan.own[c, t, k], plan.at_most[k], plan.once[k])
            records, upheld = held * (law @ np.arange(len(law))), plan.contest[c] * plan.upheld[c]
            out.points[step, u, t, 4] -= records * plan.weight[k] * upheld * (plan.delay == 0)
            out.appeals[step, u, t, 0] += records * np.array([1.0, plan.contest[c], upheld])
        for k, w in enumerate(plan.weight):
            for cause, rate in ((1, mistaken[k]), (2, plan.spurious[c, k])):
                law = counted(rate, plan.at_most[k])
                records = held * (law @ np.arange(len(law)))
                out.points[step, u, t, cause] += records * w
                if w < 0:
                    upheld = plan.appeal[c] * plan.upheld[c]
                    out.points[step, u, t, 4] -= records * w * upheld * (plan.delay == 0)
                    out.wrongful[step, u, t] += records * np.array([1.0, plan.appeal[c], upheld])


def spells(plan: Plan, out: Outcome, mass: np.ndarray, born: list[np.ndarray], matrices: list) -> None:
    for c, u in enumerate(plan.cell_unit):
        for t in range(len(plan.tiers)):
            for begin, first in enumerate(born):
                inside = first[c, t]
                for step in range(begin, out.steps):
                    before, inside = inside.sum(), inside @ matrices[step][c][t, :, t]
                    out.left[u, t, step + 1 - begin] += mass[c] * (before - inside.sum())
                out.still[u, t, out.steps - begin] += mass[c] * inside.sum()
