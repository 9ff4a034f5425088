"""The compiled loops that follow spells in a tier, in the exact engine (MODEL.md section 4).

Who enters a tier in the same step is a cohort. `COLUMNS` cohorts that follow each other lie side by side and go through
a step as one.
"""

from __future__ import annotations

import numba
import numpy as np

from sousveil.engine.compiled import INNER, kept
from sousveil.engine.convolve import CUT, NO, ZERO, total
from sousveil.engine.flows import bear, between, ends, pushed, room_for
from sousveil.engine.jumps import jump, received
from sousveil.engine.lean import zeros

__all__ = ["COLUMNS", "spells"]

COLUMNS = np.int64(8)
"""Cohorts side by side: as many as a line of the cache holds."""

GONE = 1e-15
"""Cohorts side by side with less mass than this are followed no further."""


@kept
def spells(j_from, j_to, s_from, s_to, steady, rules, pulls, rows, spans, wanted, cohorts, cohort_spans, left, still):
    """Durations of spells of classes j_from .. j_to-1, in the wanted tiers: left, still [J, T, steps+1], shares; from
    after step s_from to after step s_to, in one go where there are several classes.

    steady   laws are the same in every one of these steps
    cohorts  [T, steps // COLUMNS + 1, S * COLUMNS], cohort_spans [T, steps // COLUMNS + 1, 2]: room to work in,
             empty at the first step and after the last one

    A stay begins in the first row of its tier. Where tiers have terms, the age of a cohort tells whether it may leave.
    """
    count, states, tiers, steps = rows.shape[1], rows.shape[2], len(rules.stay), left.shape[2] - 1
    room, moved = between(count, states), zeros((tiers, tiers), np.float64)
    for j in range(j_from, j_to):
        breaks, shift, decayed = rules.breaks[rules.ladder[j]], rules.shift[j], rules.decayed[rules.falls[j]]
        for r in range(count if s_from == 0 else 0):
            born(rows[j, r], spans[j, r], 0, cohorts[rules.tier[r]], cohort_spans[rules.tier[r]])
        laws = [jump(j, t, received(j, t, pulls[s_from], rules), rules, NO) for t in range(tiers)]
        for s in range(s_from, s_to):
            if s > s_from and not steady:
                laws = [jump(j, t, received(j, t, pulls[s], rules), rules, NO) for t in range(tiers)]
            for t in range(tiers):
                if wanted[t]:
                    remain(cohorts[t], cohort_spans[t], s, shift, laws[t], decayed, breaks[t, t],
                           breaks[t, t + 1], rules.stay[t], left[j, t])
            bear(rows[j], spans[j], shift, laws, decayed, rules, breaks, room, moved)
            for r in range(count):
                born(room[2][r], room[3][r], s + 1, cohorts[rules.tier[r]], cohort_spans[rules.tier[r]])
        for t in range(tiers if s_to == steps else 0):
            if wanted[t]:
                endure(cohorts[t], cohort_spans[t], still[j, t])
            for g in range(cohorts.shape[1]):
                cohorts[t, g, cohort_spans[t, g, 0] * COLUMNS:cohort_spans[t, g, 1] * COLUMNS] = 0.0
                cohort_spans[t, g] = 0


@numba.njit(**INNER)
def born(row, span, step, cohorts, spans):
    """Put those who enter in a step, where the step's cohort has its place."""
    low, high = span
    if low >= high:
        return
    g, c = step // COLUMNS, step % COLUMNS
    for s in range(low, high):
        cohorts[g, s * COLUMNS + c] += row[s]
    empty = spans[g, 1] <= spans[g, 0]
    spans[g, 0] = low if empty else min(low, spans[g, 0])
    spans[g, 1] = high if empty else max(high, spans[g, 1])


@numba.njit(**INNER)
def remain(cohorts, spans, s, shift, law, decayed, begin, end, stay, left):
    """Take the cohorts of a tier, which reaches from score `begin` to `end`, up to step s through step s + 1: who
    leaves is counted, who stays is kept, and so is who must stay.
    """
    room, gone = room_for(law, cohorts.shape[1] // COLUMNS, COLUMNS), zeros(COLUMNS, np.float64)
    for g in range(s // COLUMNS + 1):
        if spans[g, 1] <= spans[g, 0]:
            continue
        states = cohorts.shape[1] // COLUMNS
        at, mass = pushed(cohorts[g], spans[g, 0], spans[g, 1], COLUMNS, shift, law, decayed, states - 1, ZERO, states,
                          room)
        cohorts[g, spans[g, 0] * COLUMNS:spans[g, 1] * COLUMNS] = 0.0
        spans[g] = 0
        size = len(mass) // COLUMNS
        low, high = min(max(0, begin - at), size), max(0, min(end - at, size))
        gone[:] = 0.0
        for i in range(size):
            if i < low or i >= high:
                for c in range(COLUMNS):
                    gone[c] += mass[i * COLUMNS + c]
        for c in range(min(COLUMNS, s + 1 - g * COLUMNS)):
            age = s + 1 - g * COLUMNS - c
            if age >= stay:
                left[age] += gone[c]
                for i in range(high, size if stay > 1 else high):
                    mass[i * COLUMNS + c] = 0.0
            else:
                for i in range(low):
                    left[age] += mass[i * COLUMNS + c]
        high = max(low, size if stay > 1 else high)
        if total(mass[low * COLUMNS:high * COLUMNS]) < GONE:
            continue
        first, last = ends(mass[low * COLUMNS:high * COLUMNS], COLUMNS, CUT)
        low, high = low + first, low + last
        for i in range(low * COLUMNS, high * COLUMNS):
            cohorts[g, at * COLUMNS + i] = mass[i]
        spans[g, 0], spans[g, 1] = at + low, at + high


@numba.njit(**INNER)
def endure(cohorts, spans, still):
    """Count who is still there after the last step, by how long."""
    for g in range(len(cohorts)):
        for c in range(min(COLUMNS, len(still) - g * COLUMNS)):
            for s in range(spans[g, 0], spans[g, 1]):
                still[len(still) - 1 - g * COLUMNS - c] += cohorts[g, s * COLUMNS + c]
