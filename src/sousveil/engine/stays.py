"""How long spells last, in the exact engine: who enters a tier is put down while the distribution is carried, and is
followed afterwards, when the laws of all steps are known (MODEL.md section 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import classes
from sousveil.engine.classes import Classes, Phase
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan

__all__ = ["Entries", "entries", "follow", "lived"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_KEPT = 2**28
"""Bytes in which it is kept who enters. Classes for which their part of it is too short are carried once more."""


class Entries(NamedTuple):
    """Who enters the wanted tiers in each step, as `flows.carry` puts it down."""

    wanted: npt.NDArray[np.bool_]
    entered: Floats
    put: Ints
    where: Ints
    reached: Ints

    def of(self, a: int, b: int) -> tuple[Any, ...]:
        """What `flows.carry` is given for the classes from a up to b: each has an equal part of the room."""
        each = len(self.entered) // len(self.put)
        return self.wanted, self.entered, a * each, b * each, self.put, self.where, self.reached

    def short(self, a: int, b: int) -> bool:
        """Whether there was no room for one of these classes."""
        return bool((self.put[a:b] < 0).any())


def lived(plan: Plan, course: Sequence[Phase]) -> list[Phase]:
    """The phases that have steps, without what moves nobody; those that follow each other under the same laws are one.
    """
    course = classes.untimed(plan, course)
    course = [phase for phase in course if phase.last > phase.first] or course[:1]
    found = list(course[:1])
    for phase in course[1:]:
        pairs: Iterator[tuple[Any, Any]] = zip(found[-1].rules, phase.rules, strict=True)
        if all(np.array_equal(one, other) for one, other in pairs):
            found[-1] = found[-1]._replace(last=phase.last)
        else:
            found.append(phase)
    return found


def entries(found: Classes, phases: Sequence[Phase], tiers: Sequence[int], steps: int) -> Entries:
    """Room for who enters these tiers; none where every cohort is followed by itself."""
    rules, j = phases[0].rules, len(found.first)
    t = len(rules.stay)
    wanted, room = np.isin(np.arange(t), tiers) & _plain(phases), _most(rules.breaks, tiers, steps)
    room = min(room, _KEPT // (8 * j)) if wanted.any() else 0
    return Entries(wanted, np.empty(j * room), np.full(j, -1),
                   np.zeros((j, t, steps + 1 if wanted.any() else 0, 3), dtype=np.int64),
                   np.zeros((j, t, 2), dtype=np.int64))


def follow(outcome: Outcome, plan: Plan, found: Classes, phases: Sequence[Phase], kept: Entries, pulls: Floats,
           tiers: Sequence[int], each: Callable[[Callable[[int, int], None]], None]) -> None:
    """Follow the spells of these tiers, class by class, under the laws of each step."""
    left, still = np.zeros((2, len(found.first), len(plan.tiers), outcome.steps + 1))
    each((_together if _plain(phases) else _apart)(plan, found, phases, kept, pulls, tiers, left, still))
    outcome.left[:], outcome.still[:] = found.by_unit(left), found.by_unit(still)


def _plain(phases: Sequence[Phase]) -> bool:
    """Whether the same rules hold in all steps, and no tier has a term."""
    return len(phases) == 1 and len(phases[0].rules.tier) == len(phases[0].rules.stay)


def _steady(phase: Phase) -> bool:
    """Whether laws are the same in every step."""
    return not phase.rules.mistaken.any()


def _most(breaks: Ints, tiers: Sequence[int], steps: int) -> int:
    """As many numbers as there can be of who enters these tiers in all steps."""
    return (steps + 1) * sum(int((breaks[:, t, t + 1] - breaks[:, t, t]).max()) for t in tiers)


def _together(plan: Plan, found: Classes, phases: Sequence[Phase], kept: Entries, pulls: Floats, tiers: Sequence[int],
              left: Floats, still: Floats) -> Callable[[int, int], None]:
    from sousveil.engine import survival
    from sousveil.engine.lent import lent

    rules, steps = lent(phases[0].rules), left.shape[2] - 1
    again = _again(plan, found, phases[0], kept, pulls, _most(phases[0].rules.breaks, tiers, steps))

    def work(a: int, b: int) -> None:
        of = again(a, b) if kept.short(a, b) else kept
        survival.follow(a, b, steps, _steady(phases[0]), rules, pulls, of.wanted, of.entered, of.where, of.reached,
                        left, still)
    return work


def _again(plan: Plan, found: Classes, phase: Phase, kept: Entries, pulls: Floats, most: int
           ) -> Callable[[int, int], Entries]:
    """What carries some classes once more, and keeps who enters; pulls [steps, P, K], as they were."""
    from sousveil.engine import flows
    from sousveil.engine.jumps import MOMENTS
    from sousveil.engine.lent import lent

    rules, (j, t, steps) = lent(phase.rules), (*kept.where.shape[:2], kept.where.shape[2] - 1)
    stride = max(1, steps if _steady(phase) else 1)

    @cache
    def needed() -> tuple[Any, ...]:
        rows, spans = classes.start(plan, found, phase.rules)
        return (rows, spans, rows, spans, False, np.zeros((steps + 1, j, t, t)), np.zeros((1, j, t)),
                np.zeros((j, t, MOMENTS)), np.zeros((steps + 1, j, 0)))

    def again(a: int, b: int) -> Entries:
        wanted, _, _, _, *more = kept.of(a, b)
        entered, kept.where[a:b] = np.empty((b - a) * most), 0
        for s in range(0, max(1, steps), stride):
            flows.carry(a, b, s, min(s + stride, steps), rules, pulls, *needed(), wanted, entered, 0, len(entered),
                        *more)
        return kept._replace(entered=entered)
    return again


def _apart(plan: Plan, found: Classes, phases: Sequence[Phase], kept: Entries, pulls: Floats, tiers: Sequence[int],
           left: Floats, still: Floats) -> Callable[[int, int], None]:
    """Every cohort by itself: where rules change, or what a step does depends on how long somebody has been there."""
    from sousveil.engine import cohorts
    from sousveil.engine.lent import lent

    t, steps, states = *left.shape[1:2], left.shape[2] - 1, plan.ladder.states
    rows, spans = classes.start(plan, found, phases[0].rules)
    wanted, laid = np.isin(np.arange(t), tiers), [lent(phase.rules) for phase in phases]

    def work(a: int, b: int) -> None:
        blocks = steps // cohorts.COLUMNS + 1
        room = np.zeros((t, blocks, states * cohorts.COLUMNS)), np.zeros((t, blocks, 2), dtype=np.int64)
        for low, high in [(a, b)] if len(phases) == 1 else [(i, i + 1) for i in range(a, b)]:
            for phase, by in zip(phases, laid, strict=True):
                cohorts.spells(low, high, phase.first, phase.last, _steady(phase), by, pulls, rows, spans, wanted,
                               *room, left, still)
    return work
