"""Worlds: plans that differ in one thing, carried with the same luck.

`carried` runs a plan. `equalised` makes the plan in which some causes of a gap between groups are taken out: each is
set to the mean over the population, so that what is left of the gap is not its doing (docs/why.md tells how).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from sousveil.engine import conduct, ladder
from sousveil.engine.arrays import TIER
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People
from sousveil.engine.plan import Plan

__all__ = ["CAUSES", "Exposure", "abreast", "carried", "equalised", "exposures", "without_ceilings"]

Floats = npt.NDArray[np.float64]
Result = TypeVar("Result")

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
    """What the population as a whole met with in the world as it is, under the rules of one period.

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


def abreast(runs: Sequence[Callable[[int], Result]], people: int | None, threads: int) -> Iterator[Result]:
    """The results of runs that know nothing of each other, in their order; each is told how many threads it may use.

    people   of each run; None for the exact engine, whose runs are shared by threads. Where they are too few for that,
             as `agents.pace` decides, threads take a run each: so many at once that little more memory is needed than
             where they share one.
    """
    from sousveil.engine.agents import CROWD

    few = people is not None and people < CROWD * threads
    at_once = max(1, min(threads, len(runs), 2 * CROWD * threads // max(1, people or 0))) if few else 1
    if at_once == 1:
        yield from (run(threads) for run in runs)
        return
    pool = ThreadPoolExecutor(at_once)
    try:
        yield from pool.map(lambda run: run(threads // at_once), runs)
    finally:  # an interrupt waits for those that are on their way, not for those that come
        pool.shutdown(cancel_futures=True)


def exposures(plan: Plan, outcome: Outcome) -> tuple[Exposure, ...]:
    """What people met with in a world that was run, period by period.

    A mean is over all steps in which the rules that it is of stood, so a change of other rules leaves it as it is.
    """
    force = np.searchsorted([later.at for later in plan.later], np.arange(1, outcome.steps + 1), side="right")
    found = []
    for mine in plan.plans:
        fed, tied = (np.isin(force, [n for n, other in enumerate(plan.plans) if alike(mine, other)])
                     for alike in (_fed_alike, _tied_alike))
        held = (outcome.occupancy[:-1][fed] if fed.any() else outcome.occupancy[:1]).sum(axis=0)
        everybody = held.sum()
        effect = np.einsum("ct,ctk->k", held, mine.given.effect) / everybody
        scrutiny = float((held * mine.given.scrutiny).sum() / everybody)
        persons = outcome.occupancy[:-1][tied]
        found.append(Exposure(effect, scrutiny, tuple(_kin_chance(mine, persons, tier) for tier in mine.kin_tiers)))
    return tuple(found)


def _fed_alike(plan: Plan, other: Plan) -> bool:
    """Whether tiers do the same to conduct and to being watched."""
    return (np.array_equal(plan.given.effect, other.given.effect)
            and np.array_equal(plan.given.scrutiny, other.given.scrutiny))


def _tied_alike(plan: Plan, other: Plan) -> bool:
    return _kin_rules(plan) == _kin_rules(other)


def _kin_rules(plan: Plan) -> tuple[tuple[int, ...], ...]:
    return plan.kin_tiers, plan.kin_points, plan.kin_cap


def _kin_chance(plan: Plan, persons: npt.NDArray[Any], tier: int) -> float:
    """The chance that one of the other adults of a household is in a tier, were they drawn from the unit at large.

    persons  [steps, C, T]
    """
    unit = np.zeros((len(persons), len(plan.unit_group), 2))
    for c, u in enumerate(plan.cell_unit):
        unit[:, u, 0] += persons[:, c, tier]
        unit[:, u, 1] += persons[:, c].sum(axis=1)
    share = np.divide(unit[..., 0], unit[..., 1], out=np.zeros_like(unit[..., 0]), where=unit[..., 1] > 0)
    # An adult is in a household of m with m times the share of such households.
    weight = {m: m * x for m, x in plan.adults.items()}
    chance = 1.0 - sum(x / sum(weight.values()) * (1.0 - share)**(m - 1) for m, x in weight.items())
    return float((chance * unit[..., 1]).sum() / max(1.0, unit[..., 1].sum()))


def equalised(plan: Plan, causes: Iterable[str], met: Sequence[Exposure]) -> Plan:
    """The plan with these causes taken out: everybody gets the mean of the population, in each period of its rules.

    Frailty stays: it is how unlike people are inside every group. Rounded where whole units are needed.
    """
    causes = set(causes)
    first, *others = (_equalised(rules, causes, each) for rules, each in zip(plan.plans, met, strict=True))
    if "kin" in causes:
        first, *others = _kin_for_all([first, *others], met)
    later = tuple(each._replace(plan=rules) for each, rules in zip(plan.later, others, strict=True))
    return replace(first, later=later)


def _equalised(plan: Plan, causes: set[str], met: Exposure) -> Plan:
    """One period with these causes taken out, but for `kin`."""
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
        plan = replace(plan, appeal=mean(plan.appeal), upheld=mean(plan.upheld), contest=mean(plan.contest))
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
    return _flowing(replace(plan, given=given))


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


def _kin_for_all(plans: Sequence[Plan], met: Sequence[Exposure]) -> list[Plan]:
    """Instead of paying for their own relatives, all adults meet a kin rule with the same chance. Caps are dropped.

    Plans of all periods have kinds for the rules of all: what is not in force is met with by nobody.
    """
    chances = {_kin_rules(plan): each.kin for plan, each in zip(plans, met, strict=True)}
    made = []
    for plan in plans:
        own = _kin_rules(plan)
        for rules, kin in chances.items():
            for chance, points in zip(kin, rules[1], strict=True):
                if points:
                    plan = _with_chance(plan, points, chance if rules == own else 0.0)
        made.append(replace(plan, kin_tiers=(), kin_points=(), kin_cap=()))
    return made


def _with_chance(plan: Plan, points: int, chance: float) -> Plan:
    """The plan in which everybody gets points with a chance, as by a kind of record of one's own."""
    c, t, _ = plan.own.shape
    none = np.zeros((c, t, 1))

    def with_one(values: npt.NDArray[Any], last: Any) -> npt.NDArray[Any]:
        one = np.broadcast_to(last, (*values.shape[:-1], 1))
        return np.ascontiguousarray(np.concatenate([values, one], axis=-1))

    return replace(
        plan, kinds=(*plan.kinds, f"kin, {points:+d}"), weight=np.append(plan.weight, points),
        at_most=np.append(plan.at_most, 0), once=np.append(plan.once, True),
        contested=np.append(plan.contested, False), lawful=np.append(plan.lawful, False),
        expressive=np.append(plan.expressive, False), necessity=np.append(plan.necessity, False),
        acts=with_one(plan.acts, chance), own=with_one(plan.own, chance), mistaken=with_one(plan.mistaken, none),
        forgone=with_one(plan.forgone, none), spurious=with_one(plan.spurious, 0.0))
