"""A plan as the compiled loops want it: laws to draw from, rules as bit masks, who is tied to whom."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import appeals, kernels, laws
from sousveil.engine.plan import Plan
from sousveil.engine.terms import FOREVER

__all__ = ["Inverse", "Tables", "burdened", "tables"]

_TWO32 = 4294967296.0
_BITS, _ROOM = 9, 1 << 23
"""Leading bits of a word that a guide tells apart; fewer where guides would have more entries than that."""


class Inverse(NamedTuple):
    """Laws, ready to be drawn from. Of law l only those jumps are kept to which some word leads, from begin[l] up to,
    but not, begin[l + 1]. A word w leads to the first of them with w <= to, and its points are `jump`.

    Most words need no search. The leading bits of a word choose an entry of the law's guide: twice the points, where
    all such words lead to the same, else twice the place where the search begins, plus one.

    begin  int64[L + 1]; to uint32[A]; jump int32[A]; guide int32[L x 2**bits]
    """

    begin: npt.NDArray[np.int64]
    to: npt.NDArray[np.uint32]
    jump: npt.NDArray[np.int32]
    guide: npt.NDArray[np.int32]


class Kept(NamedTuple):
    """The register as the kernels want it, see `terms.Register`; empty arrays where there is none (`on`).

    slot   int64[K], the kind of record that a new one of a signal is; -1 where its records are not kept
    own    float64[C, T, signals kept], mean records of own acts; once bool[signals kept]
    gate   uint32[C, T], the chance of none of these in 2**32 (a word above it means at least one)
    """

    on: bool
    sums: bool
    delay: int
    slot: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int64]
    of: npt.NDArray[np.int64]
    now: npt.NDArray[np.int64]
    own: npt.NDArray[np.float64]
    once: npt.NDArray[np.bool_]
    gate: npt.NDArray[np.uint32]
    worth: npt.NDArray[np.int64]
    lasts: npt.NDArray[np.int64]
    restarts: npt.NDArray[np.int64]
    renews: npt.NDArray[np.float64]
    chance: npt.NDArray[np.float64]
    tiers: npt.NDArray[np.uint64]
    ends: npt.NDArray[np.bool_]
    everything: npt.NDArray[np.bool_]
    points: npt.NDArray[np.int64]
    leaves: npt.NDArray[np.bool_]
    every: npt.NDArray[np.int64]


class Appeals(NamedTuple):
    """What can be appealed beside mistakes; see `appeals.Contested`.

    listings    whether listings can be: in the tiers where listing bool[T]; faded int16[S], as `Plan.faded`
    contest     float64[C], the chance of an appeal; contested bool[K], against own debits of which kinds
    """

    listings: bool
    delay: int
    listing: npt.NDArray[np.bool_]
    faded: npt.NDArray[np.int16]
    contest: npt.NDArray[np.float64]
    contested: npt.NDArray[np.bool_]
    kinds: npt.NDArray[np.int64]
    counts: npt.NDArray[np.float64]
    counts_from: npt.NDArray[np.int64]
    counts_wide: npt.NDArray[np.int64]
    rest: npt.NDArray[np.float64]
    rest_from: npt.NDArray[np.int64]
    rest_wide: npt.NDArray[np.int64]
    rest_first: npt.NDArray[np.int64]


class Tables(NamedTuple):
    """A plan as the kernels want it: laws as running totals in 2**32 with a guide, rules as bit masks.

    law        int32[C, T], the law of own records of a cell and a tier; debit, credit: of points lost, of points won
    row, bits  uint32[C x T], where in guides that law begins; how many leading bits of a word guides tell apart
    coupled    whether records are pinned on others
    tie        int64[U], whose past bears on a unit's people: the units that it shares look-alike pools with where
               records are pinned on others, else the unit alone; tie_from, tie_cells: the cells of each tie, in order;
               nth int64[C]: a cell's place
    pool       int64[C], the look-alike pool; others int64[P], on how many others of it a record can be pinned
    unit_row   int64[U], the row of the ladder for a unit's people; ladder_of int64[C], for those of a cell, which is
               looked at where they differ within some unit (differ)
    stay       int64[T], steps that somebody stays in a tier at least; staying: whether any does
    timed_tier, timed_steps  int64[D], see `Plan.timed`
    gone       bool[T], the standings of those who have left; leaving: whether there are any
    borne_place, borne_steps, borne_burden  [D2], see `Plan.borne`: the place among those held beside a tier; whether
               it takes a right away; tier_burden int64[T]: in so many first steps of a stay the tier takes one away
    appeals    None where nothing but mistakes can be appealed: arrays that are passed along cost time
    tier_bits  uint64[T], a bit for each kin rule that a tier sets off (the first eight), and for each household right
    """

    law: npt.NDArray[np.int32]
    row: npt.NDArray[np.uint32]
    bits: int
    debit: Inverse
    credit: Inverse
    coupled: bool
    tie: npt.NDArray[np.int64]
    tie_from: npt.NDArray[np.int64]
    tie_cells: npt.NDArray[np.int64]
    nth: npt.NDArray[np.int64]
    pool: npt.NDArray[np.int64]
    others: npt.NDArray[np.int64]
    unit_row: npt.NDArray[np.int64]
    ladder_of: npt.NDArray[np.int64]
    differ: bool
    mistaken: npt.NDArray[np.float64]
    spurious: npt.NDArray[np.float64]
    weight: npt.NDArray[np.int64]
    at_most: npt.NDArray[np.int64]
    appeal: npt.NDArray[np.float64]
    upheld: npt.NDArray[np.float64]
    delayed: bool
    decayed: npt.NDArray[np.int16]
    handicap: npt.NDArray[np.int64]
    next_tier: npt.NDArray[np.uint8]
    tier_bits: npt.NDArray[np.uint64]
    kin_points: npt.NDArray[np.int64]
    kin_cap: npt.NDArray[np.uint8]
    share_children: npt.NDArray[np.bool_]
    start_score: npt.NDArray[np.int16]
    start_to: npt.NDArray[np.uint64]
    start_from: npt.NDArray[np.int64]
    stay: npt.NDArray[np.int64]
    staying: bool
    timed_tier: npt.NDArray[np.int64]
    timed_steps: npt.NDArray[np.int64]
    gone: npt.NDArray[np.bool_]
    leaving: bool
    borne_place: npt.NDArray[np.int64]
    borne_steps: npt.NDArray[np.int64]
    borne_burden: npt.NDArray[np.bool_]
    tier_burden: npt.NDArray[np.int64]
    kept: Kept
    appeals: Appeals | None


def tables(plan: Plan, crowd: npt.NDArray[np.int64] | None = None) -> Tables:
    """Lay a plan out for the kernels.

    crowd   int64[C], how many people are in each cell, see `people.crowd`; needed where look-alike pools cut units
    """
    register, at_once = _kept(plan), _at_once(plan)
    debit, credit = laws.own_laws_by(at_once, [np.minimum(plan.weight, 0), np.maximum(plan.weight, 0)],
                                     plan.at_most, plan.once)
    scores, shares = zip(*plan.start, strict=True)
    begins = np.cumsum([0, *map(len, scores)])
    start_to = np.floor(np.concatenate([np.cumsum(x) for x in shares]) * _TWO32)
    start_to[begins[1:] - 1] = _TWO32
    rules = len(plan.kin_tiers)
    masks = np.arange(1 << rules)
    top = len(plan.tiers) - 1
    points = sum((masks >> r & 1) * plan.kin_points[r] for r in range(rules)) + np.zeros(len(masks), dtype=np.int64)
    cap = np.minimum.reduce([np.where(masks >> r & 1, plan.kin_cap[r], top) for r in range(rules)] or [np.full(1, top)])
    tiers = range(len(plan.tiers))
    coupled = bool(plan.mistaken.any())
    tie = plan.unit_tie if coupled else np.arange(len(plan.unit_group))
    of_cell = tie[plan.cell_unit]
    in_order = np.argsort(of_cell, kind="stable")
    tie_from = np.searchsorted(of_cell[in_order], np.arange(tie.max() + 2))
    nth = np.empty(len(of_cell), dtype=np.int64)
    nth[in_order] = np.arange(len(of_cell)) - tie_from[of_cell[in_order]]
    first = np.searchsorted(plan.cell_unit, np.arange(len(plan.unit_group)))
    unit_row = plan.ladder_of[first]
    bits = max(1, min(_BITS, (_ROOM // len(debit.pmf)).bit_length() - 1))
    return Tables(
        law=debit.which.astype(np.int32), row=(debit.which.ravel() << bits).astype(np.uint32), bits=bits,
        debit=_inverse(debit, bits), credit=_inverse(credit, bits),
        coupled=coupled, tie=tie.astype(np.int64), tie_from=tie_from.astype(np.int64),
        tie_cells=in_order.astype(np.int64), nth=nth,
        pool=_whole(plan.cell_pool if coupled else np.zeros_like(plan.cell_pool)), others=_others(plan, coupled, crowd),
        unit_row=_whole(unit_row), ladder_of=_whole(plan.ladder_of),
        differ=bool((unit_row[plan.cell_unit] != plan.ladder_of).any()), mistaken=_whole(plan.mistaken),
        spurious=_whole(plan.spurious),
        weight=_whole(plan.weight), at_most=_whole(plan.at_most), appeal=_whole(plan.appeal),
        upheld=_whole(plan.upheld), delayed=plan.delay > 0, decayed=plan.ladder.decayed.astype(np.int16),
        handicap=_whole(plan.ladder.handicap), next_tier=_whole(plan.ladder.next),
        tier_bits=np.array([sum(1 << r for r in range(rules) if plan.kin_tiers[r] == x) | sum(
            256 << h for h, right in enumerate(plan.household_rights) if right.tiers >> x & 1) for x in tiers],
                           dtype=np.uint64),
        kin_points=points.astype(np.int64), kin_cap=cap.astype(np.uint8),
        share_children=np.array([h.bearer == "children" for h in plan.household_rights], dtype=bool),
        start_score=np.concatenate(scores).astype(np.int16), start_to=start_to.astype(np.uint64),
        start_from=begins.astype(np.int64), stay=_whole(plan.stay), staying=bool((plan.stay > 1).any()),
        timed_tier=np.array([timed.tier for timed in plan.timed], dtype=np.int64),
        timed_steps=np.array([timed.steps for timed in plan.timed], dtype=np.int64),
        gone=np.arange(len(plan.tiers)) >= len(plan.tiers) - plan.left, leaving=plan.left > 0,
        borne_place=np.array([plan.places[place].held for place, _ in plan.borne], dtype=np.int64),
        borne_steps=np.array([steps for _, steps in plan.borne], dtype=np.int64),
        borne_burden=np.array([any(right.burden and (right.place, right.term) == pair for right in plan.place_rights)
                               for pair in plan.borne], dtype=bool),
        tier_burden=burdened(plan), kept=register,
        appeals=Appeals("listings" in plan.grounds, plan.delay, _whole(plan.listing), plan.faded.astype(np.int16),
                        _whole(plan.contest), _whole(plan.contested), *appeals.contested(
            at_once, plan.weight, plan.at_most, plan.once, plan.contested)) if plan.grounds else None)


def burdened(plan: Plan) -> npt.NDArray[np.int64]:
    """For how many first steps of a stay a tier takes a right of one's own away, int64[T]; all: FOREVER."""
    terms = [[right.term or FOREVER for right in plan.rights if right.burden and right.tier == t]
             for t in range(len(plan.tiers))]
    return np.array([max(given, default=0) for given in terms], dtype=np.int64)


def _at_once(plan: Plan) -> npt.NDArray[np.float64]:
    """Mean own records whose points are drawn as one sum: of the signals that the register does not keep."""
    if plan.register is None or not plan.register.kinds:
        return plan.own
    own = plan.own.copy()
    own[:, :, list(plan.register.kinds)] = 0.0
    return own


def _kept(plan: Plan) -> Kept:
    register, (cells, tiers, kinds) = plan.register, plan.own.shape
    if register is None:
        whole, share = np.zeros(0, dtype=np.int64), np.zeros((cells, 0))
        yes = np.zeros(0, dtype=bool)
        return Kept(False, False, 0, np.full(kinds, -1), whole, whole, whole, np.zeros((cells, tiers, 0)), yes,
                    np.zeros((cells, tiers), dtype=np.uint32), np.zeros((0, 1), dtype=np.int64), whole, whole, share,
                    share, np.zeros(0, dtype=np.uint64), np.zeros((0, 0), dtype=bool), yes, whole, yes, whole)
    slot, own = np.full(kinds, -1), _whole(plan.own[:, :, list(register.kinds)])
    slot[list(register.kinds)] = register.now
    once = _whole(plan.once[list(register.kinds)])
    with np.errstate(divide="ignore"):
        none = np.exp(-np.where(once, -np.log1p(-np.where(once, own, 0.0)), own).sum(axis=2))
    gate = np.minimum(_TWO32 - 1.0, none * _TWO32).astype(np.uint32)
    return Kept(True, register.sums, plan.delay, slot, np.array(register.kinds, dtype=np.int64), _whole(register.of),
                _whole(register.now), own, once, gate,
                *map(_whole, (register.worth, register.lasts, register.restarts, register.renews, register.chance,
                              register.tiers, register.ends, register.everything, register.points, register.leaves,
                              register.every)))


def _others(plan: Plan, coupled: bool, crowd: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    """The people of each look-alike pool less one, int64[P]."""
    if not coupled:
        return np.zeros(1, dtype=np.int64)
    if plan.pools_cut_units:
        assert crowd is not None, "where pools cut units, how many people are in which of their cells is drawn"
        people = np.bincount(plan.cell_pool, weights=crowd, minlength=plan.pools)
    else:
        first = np.searchsorted(plan.cell_unit, np.arange(len(plan.unit_group)))
        people = np.bincount(plan.cell_pool[first], weights=plan.unit_size, minlength=plan.pools)
    return people.astype(np.int64) - 1


def _whole(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    # The same layout for every plan, so that kernels compile once.
    return np.array(values, order="C")


def _inverse(own: laws.Laws, bits: int) -> Inverse:
    return Inverse(*kernels.invert(np.ascontiguousarray(own.pmf), own.first, bits))
