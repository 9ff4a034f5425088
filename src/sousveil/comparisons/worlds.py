"""Worlds: plans that differ in one thing, carried with the same luck.

`carried` runs a plan. `equalised` makes the plan in which some causes of a gap between groups are taken out: each is
set to the mean over the population, so that what is left of the gap is not its doing (docs/why.md tells how).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import conduct, ladder
from sousveil.engine.arrays import TIER
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People
from sousveil.engine.plan import Plan

__all__ = ["CAUSES", "Exposure", "carried", "equalised", "exposure", "without_ceilings"]

Floats = npt.NDArray[np.float64]

CAUSES = ("rule", "coverage", "identification", "kin", "conduct", "feedback")
"""What a gap between groups can come from (MODEL.md section 7).

    rule            ceilings, floors, handicaps and thresholds by label, and where scores start (marks among it)
    coverage        how much of what people do is recorded, and how much they believe is
    identification  records that are missed, mistaken or spurious, and whether they are undone
    kin             paying for relatives
    conduct         how often people act, and how far points frighten them out of it
    feedback        what a tier does to conduct and to being watched
"""


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What the population as a whole met with in the world as it is.

    effect, scrutiny   [K], scalar: mean over persons and steps of what tiers do
    kin                per kin rule: the chance that an adult meets it in a step
    """

    effect: Floats
    scrutiny: float
    kin: tuple[float, ...]


def carried(plan: Plan, people: People | None, steps: int, seed: int, threads: int = 1) -> tuple[Outcome, Any]:
    """The outcome, and everybody's tier at the end (uint8[N]); without people by the exact engine, and None."""
    if people is None:
        from sousveil.engine import exact

        return exact.simulate(plan, steps, spells="none", threads=threads), None
    from sousveil.engine import agents

    tiers: list[npt.NDArray[np.uint8]] = []
    outcome = agents.simulate(plan, people, steps, seed, threads=threads,
                              final=lambda state: tiers.append(state.tier & np.uint8(TIER)))
    return outcome, tiers[0]


def exposure(plan: Plan, outcome: Outcome) -> Exposure:
    """What people met with in a world that was run."""
    held = outcome.occupancy[:-1].sum(axis=0) if outcome.steps else outcome.occupancy[0]
    everybody = held.sum()
    effect = np.einsum("ct,ctk->k", held, plan.given.effect) / everybody
    scrutiny = float((held * plan.given.scrutiny).sum() / everybody)
    return Exposure(effect, scrutiny, tuple(_kin_chance(plan, outcome, tier) for tier in plan.kin_tiers))


def _kin_chance(plan: Plan, outcome: Outcome, tier: int) -> float:
    """The chance that one of the other adults of a household is in a tier, were they drawn from the unit at large."""
    unit = np.zeros((len(outcome.occupancy), len(plan.unit_group), 2))
    for c, u in enumerate(plan.cell_unit):
        unit[:, u, 0] += outcome.occupancy[:, c, tier]
        unit[:, u, 1] += outcome.occupancy[:, c].sum(axis=1)
    share = np.divide(unit[:-1, :, 0], unit[:-1, :, 1], out=np.zeros_like(unit[:-1, :, 0]), where=unit[:-1, :, 1] > 0)
    # An adult is in a household of m with m times the share of such households.
    weight = {m: m * x for m, x in plan.adults.items()}
    chance = 1.0 - sum(x / sum(weight.values()) * (1.0 - share)**(m - 1) for m, x in weight.items())
    return float((chance * unit[:-1, :, 1]).sum() / max(1.0, unit[:-1, :, 1].sum()))


def equalised(plan: Plan, causes: Iterable[str], met: Exposure) -> Plan:
    """The plan with these causes taken out: everybody gets the mean of the population.

    Frailty stays: it is how unlike people are inside every group. Rounded where whole units are needed.
    """
    causes = set(causes)
    share = plan.cells.share
    given = plan.given

    def mean(values: Floats) -> Floats:
        # A copy, not a view: kernels are compiled for arrays of their own.
        return np.array(np.broadcast_to(share @ values, values.shape))

    if "coverage" in causes:
        given = replace(given, coverage=mean(given.coverage), perceived=mean(given.perceived))
    if "identification" in causes:
        given = replace(given, miss=mean(given.miss), mistaken=mean(given.mistaken), spurious=mean(given.spurious))
        if plan.register is not None:
            plan = replace(plan, register=replace(plan.register, renews=mean(plan.register.renews)))
        plan = replace(plan, appeal=mean(plan.appeal), upheld=mean(plan.upheld))
    if "conduct" in causes:
        given = replace(given, rate=mean(given.rate), fear=mean(given.fear))
        if plan.register is not None:
            plan = replace(plan, register=replace(plan.register, chance=mean(plan.register.chance)))
    if "feedback" in causes:
        effect = np.array(np.broadcast_to(met.effect, given.effect.shape))
        effect[:, len(plan.tiers) - plan.left:] = 0.0
        given = replace(given, effect=effect,
                        scrutiny=np.full(given.scrutiny.shape, met.scrutiny))
    if "rule" in causes:
        plan = _same_rules(plan)
    plan = _flowing(replace(plan, given=given))
    return _kin_for_all(plan, met) if "kin" in causes else plan


def without_ceilings(plan: Plan) -> Plan:
    """The plan in which no tier is closed to anybody. Its people are the same, in the same cells.

    As a reform, people whom only a ceiling told apart would be in one cell.
    """
    old = plan.ladder
    steps = ladder.changed(old, handicap=old.handicap, threshold=old.threshold, floor=old.floor,
                           ceiling=np.full_like(old.ceiling, len(plan.tiers) - 1))
    later = tuple(each._replace(plan=without_ceilings(each.plan)) for each in plan.later)
    return _flowing(replace(plan, ladder=steps, later=later))


def _flowing(plan: Plan) -> Plan:
    """The plan with what is done and recorded worked out anew."""
    flows = conduct.mix(plan.given, plan.ladder, plan.ladder_of)
    return replace(plan, acts=flows.acts, own=flows.own, mistaken=flows.mistaken, forgone=flows.forgone,
                   spurious=flows.spurious)


def _same_rules(plan: Plan) -> Plan:
    old = plan.ladder
    row_share = np.bincount(plan.ladder_of, weights=plan.cells.share, minlength=len(old.handicap))

    def mean(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        one = np.rint(np.tensordot(row_share, values, axes=1)).astype(np.int64)
        return np.ascontiguousarray(np.broadcast_to(one, values.shape))

    law: dict[int, float] = {}
    for share, (scores, shares) in zip(plan.cells.share, plan.start, strict=True):
        for s, x in zip(scores.tolist(), shares.tolist(), strict=True):
            law[s] = law.get(s, 0.0) + share * x
    scores = np.array(sorted(law), dtype=np.int64)
    start = (scores, np.array([law[s] for s in scores.tolist()]))
    steps = ladder.changed(old, handicap=mean(old.handicap), threshold=mean(old.threshold), ceiling=mean(old.ceiling),
                           floor=mean(old.floor))
    return replace(plan, ladder=steps, start=(start,) * len(plan.start))


def _kin_for_all(plan: Plan, met: Exposure) -> Plan:
    """Instead of paying for their own relatives, all adults meet a kin rule with the same chance. Caps are dropped."""
    for chance, points in zip(met.kin, plan.kin_points, strict=True):
        if points == 0:
            continue
        c, t, _ = plan.own.shape
        none = np.zeros((c, t, 1))

        def with_one(values: npt.NDArray[Any], last: Any) -> npt.NDArray[Any]:
            one = np.broadcast_to(last, (*values.shape[:-1], 1))
            return np.ascontiguousarray(np.concatenate([values, one], axis=-1))

        plan = replace(
            plan, kinds=(*plan.kinds, f"kin, {points:+d}"), weight=np.append(plan.weight, points),
            at_most=np.append(plan.at_most, 0), once=np.append(plan.once, True), lawful=np.append(plan.lawful, False),
            expressive=np.append(plan.expressive, False), necessity=np.append(plan.necessity, False),
            acts=with_one(plan.acts, chance), own=with_one(plan.own, chance), mistaken=with_one(plan.mistaken, none),
            forgone=with_one(plan.forgone, none), spurious=with_one(plan.spurious, 0.0))
    return replace(plan, kin_tiers=(), kin_points=(), kin_cap=())
