"""What a run would need, counted before any of it is made: tables by step, and the laws of what a step does to a score.

A study that is too large is told so, with the key that makes it large, instead of filling the memory of a machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sousveil.engine import classes, laws
from sousveil.engine.outcome import CAUSES
from sousveil.engine.plan import Plan
from sousveil.studies.model import Steps
from sousveil.studies.number import shown
from sousveil.studies.sizes import TABLE, largest

__all__ = ["DEBITS", "JUMP", "MAX_RATE", "RECORDS", "WORK", "Lack", "lacks", "of_exact"]

MAX_RATE = 200.0
"""Records of one cause that a person can get in a step on average; more has no use and would make laws very wide."""

RECORDS = 5_000
"""Records of one kind, kept one by one, that count for a person at once, on average."""

JUMP = 1 << 20
"""Units by which one step can move a score, up and down together: laws have a number for each."""

DEBITS = 2**31 - 1
"""The sum of debits of one person over a run, in units: the agents hold it in 32 bits."""

WORK = 10**13
"""Multiplications that the exact engine takes on in a run: some hours of one core."""

Lack = tuple[Steps, str]
"""The key that makes a study too large (none, where it is the number of steps), and what to say."""


def lacks(plan: Plan, steps: int) -> Iterator[Lack]:
    """What of a plan cannot be carried through so many steps by any engine."""
    yield from _tables(plan, steps)
    for rules in plan.plans:
        yield from _rates(rules)
        yield from _registers(rules, steps)
        yield from _laws(rules, steps)


def of_exact(plan: Plan, steps: int) -> list[tuple[str, Steps]]:
    """What would be too large for the exact engine: (what, path in the scheme)."""
    found = []
    # A tier with a term is carried by how long people have been in it.
    tiers = sum(max(1, stay, *(1 + timed.steps for timed in plan.timed if timed.tier == t))
                for t, stay in enumerate(np.max([rules.stay for rules in plan.plans], axis=0).tolist()))
    scores = plan.ladder.states
    own, others = max(map(_widths, plan.plans), key=sum)
    cells = len(plan.cells)
    # Cells that are alike are carried once; they are only counted where their number decides.
    for count in (cells, None):
        count = len(classes.merge(plan).first) if count is None else count
        rows = {"kinds of people": (count, ("tiers",)), "tiers": (tiers, ("tiers",)),
                "scores": (scores, ("score", "resolution"))}
        moves = {"steps": (steps + 1, ("tiers",)), "kinds of people": (count, ("tiers",)),
                 "tiers": (tiers * tiers, ("tiers",))}
        spells = {"steps": (steps + 1, ("score", "resolution")), "tiers": (tiers, ("tiers",)),
                  "scores": (scores, ("score", "resolution"))}
        found = [(f"a table of {said[0]}", said[1]) for factors in (rows, moves, spells)
                 if math.prod(n for n, _ in factors.values()) > TABLE for said in (largest(factors),)]
        often = steps if any(rules.mistaken.any() for rules in plan.plans) else len(plan.plans)
        work = count * tiers * (often * own * others + steps * min(own + others, 2 * scores) * scores)
        if work > WORK:
            found.append((f"laws as wide as these ({own + others:,} units) over {scores:,} scores in a bearable time",
                          _widest(plan)))
        if not found:
            break
    return found


def _tables(plan: Plan, steps: int) -> Iterator[Lack]:
    tiers, units = len(plan.tiers), len(plan.unit_group)
    for factors in ({"steps": (steps + 1, ()), "kinds of people": (len(plan.cells), ("tiers",)),
                     "tiers": (tiers, ("tiers",))},
                    {"steps": (steps + 1, ()), "groups by district": (units, ("tiers",)), "tiers": (tiers, ("tiers",)),
                     "tiers to go to": (max(tiers, len(CAUSES)), ("tiers",))},
                    {"steps": (steps + 1, ()), "groups by district": (units, ("consequences",)),
                     "rights of children and households": (len(plan.household_rights), ("consequences",))}):
        count = math.prod(n for n, _ in factors.values())
        if count > TABLE:
            said, key = largest(factors)
            yield key, (f"{said} would make a table of {count:,} numbers; at most {TABLE:,} are kept. Fewer steps, or "
                        "fewer strata or frailty classes, would do")


def _registers(plan: Plan, steps: int) -> Iterator[Lack]:
    """Registers that grow too long, for one person or for the memory of a machine."""
    if plan.register is None:
        return
    for kind, k in zip(plan.register.now.tolist(), plan.register.kinds, strict=True):
        each = 2.0 * float(plan.mistaken[:, :, k].max(initial=0.0)) + float(plan.spurious[:, k].max(initial=0.0))
        renewed = 1.0 - min(0.999, float(plan.register.renews[:, kind].max(initial=0.0)))
        term = min(float(steps), float(plan.register.lasts[kind]) / renewed)
        live = (each + float(plan.own[:, :, k].max(initial=0.0))) * term
        if live > RECORDS:
            yield ("signals", plan.kinds[k]), (
                f"somebody would have {shown(round(live))} records of this kind that count at once; at most "
                f"{RECORDS:,} can be carried. A shorter term would do, or a longer step")


def _rates(plan: Plan) -> Iterator[Lack]:
    for flow in (plan.own, plan.mistaken, plan.spurious):
        most = flow.max(axis=tuple(range(flow.ndim - 1)), initial=0.0)
        for k in np.flatnonzero(most > MAX_RATE):
            yield ("signals", plan.kinds[k]), (
                f"somebody would get {shown(float(most[k]))} records of one kind in a step; at most {MAX_RATE:g} can "
                "be carried. Use a shorter step")
            return


def _laws(plan: Plan, steps: int) -> Iterator[Lack]:
    own, others = _widths(plan)
    if own + others > JUMP:
        yield _widest(plan), (f"a step could move a score by {own + others:,} units of the resolution; at most "
                              f"{JUMP:,} can be carried. A coarser resolution would do, or fewer points")
        return
    cells, tiers, kinds = plan.own.shape
    most = cells * tiers
    if own * most > TABLE:  # many may be alike, which is only looked at where their number decides
        most = len(np.unique(plan.own.reshape(most, kinds), axis=0))
    if own * most > TABLE:
        yield _widest(plan), (f"{most:,} laws of {own:,} units make a table of {own * most:,} numbers; at most "
                              f"{TABLE:,} are kept. A coarser resolution would do, or fewer frailty classes")
    debits = steps * sum(_reach(plan, k) for k in np.flatnonzero(plan.weight < 0).tolist())
    debits += steps * max(0, -int(plan.ladder.handicap.min(initial=0)), -sum(min(0, p) for p in plan.kin_points))
    if debits > DEBITS:
        yield _widest(plan), (f"over {steps:,} steps the debits of one person could come to {debits:,} units of the "
                              f"resolution; at most {DEBITS:,} can be counted. Fewer steps would do, or a coarser "
                              "resolution")


def _widths(plan: Plan) -> tuple[int, int]:
    """How many units the law of a person's own records spans, at most, and that of the records of others."""
    spans = [_spans(plan, k) for k in range(len(plan.kinds))]
    return 1 + sum(own for own, _ in spans), 1 + sum(others for _, others in spans)


def _reach(plan: Plan, k: int) -> int:
    return sum(_spans(plan, k))


def _spans(plan: Plan, k: int) -> tuple[int, int]:
    weight, most = abs(int(plan.weight[k])), int(plan.at_most[k])
    if weight == 0:
        return 0, 0
    own = float(plan.own[:, :, k].max(initial=0.0))
    # A pool gives away what its people do; in one of two people, all of it falls on the other.
    landed = 2.0 * float(plan.mistaken[:, :, k].max(initial=0.0)) + float(plan.spurious[:, k].max(initial=0.0))
    return (weight * laws.most_records(own, most, bool(plan.once[k])) if own > 0 else 0,
            weight * laws.most_records(landed, 2 * most, False) if landed > 0 else 0)


def _widest(plan: Plan) -> Steps:
    """The key of the signal whose points span the most."""
    spans = [_reach(plan, k) for k in range(len(plan.kinds))]
    return ("signals", plan.kinds[int(np.argmax(spans))], "points") if spans else ("score", "resolution")
