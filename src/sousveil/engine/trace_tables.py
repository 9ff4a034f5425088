"""The tables of a trace, each from an outcome and the plan that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import debits
from sousveil.engine.outcome import CAUSES, FATES, GROUNDS, Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.terms import Timed
from sousveil.engine.trace_columns import COLUMNS, STRATUM
from sousveil.studies.scheme_fields import BURDENS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["appeals", "cells", "domains", "moves", "persons_by_debit", "places", "rights", "scores", "spells", "steps"]

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def steps(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per step, unit and tier, in this order."""
    persons = plan.by_unit(outcome.occupancy)
    shape = persons.shape
    step, unit, tier = _indices(shape)
    points = outcome.points * plan.ladder.resolution
    if float(plan.ladder.resolution).is_integer():
        points = points.astype(outcome.points.dtype)
    here = outcome.occupancy[:-1]
    fresh = plan.by_unit(outcome.fresh[1:])
    burdens = [(r.tier, r.term) for r in plan.rights if r.burden]
    limited = np.stack([_bearing(plan, persons[:-1], fresh, t, [term for tier, term in burdens if tier == t])
                        for t in range(len(plan.tiers))], axis=2)
    own, wrongful = map(_during, debits.taken(plan, here))
    columns = [
        step, *_unit_names(plan, unit), _names(plan.tiers, tier), persons, outcome.moves.sum(axis=2),
        outcome.moves.sum(axis=3),
        *(points[..., i] for i in range(len(CAUSES))), *(outcome.wrongful[..., i] for i in range(len(FATES))),
        outcome.wrongful_ever, own, wrongful, _during(limited + outcome.placed_only[1:] if plan.borne else limited),
        *(_during(plan.by_unit(here * rate)) for rate in _forgone(plan)),
        *(_during(plan.by_unit(here * always) + _in_first_steps(plan, plan.by_unit(outcome.fresh[1:] * more))
                  + (plan.by_unit((outcome.placed[1:] * given[:, None]).sum(axis=3)) if plan.borne else 0.0))
          for always, more, given in ((plan.income_lost, plan.timed_lost, plan.borne_lost),
                                      (plan.income_gained, plan.timed_gained, plan.borne_gained)))]
    return _table("steps", columns)


def rights(plan: Plan, outcome: Outcome, periods: Sequence[Plan]) -> pa.Table:
    """One row per step, unit and right that there is in some period. Being in two tiers' worth of one right is having
    it once.
    """
    self_borne: dict[tuple[str, str], int] = {}
    shared = [0] * len(plan.household_rights)
    beside: dict[tuple[str, str], int] = {}
    for period in periods:
        for r in period.rights:
            self_borne[r.right, r.effect] = self_borne.get((r.right, r.effect), 0) | 1 << r.tier
        shared = [tiers | other.tiers for tiers, other in zip(shared, period.household_rights, strict=True)]
        for given in period.place_rights:
            beside.setdefault((given.right, given.effect), given.place)
    persons, fresh = plan.by_unit(outcome.occupancy)[:-1], plan.by_unit(outcome.fresh[1:])
    rights: list[tuple[str, str, str, int]] = []
    counts: list[Array] = []
    for (right, effect), mask in self_borne.items():
        rights.append((right, effect, "self", mask))
        counts.append(sum((_bearing(plan, persons, fresh, t, [
            r.term for r in plan.rights if (r.right, r.effect, r.tier) == (right, effect, t)]) for t in _bits(mask)),
            start=np.zeros_like(persons[:, :, 0])))
    for h, one in enumerate(plan.household_rights):
        rights.append((one.right, one.effect, one.bearer, shared[h]))
        counts.append(outcome.shared[1:, :, h])
    for (right, effect), place in beside.items():
        rights.append((right, effect, "self", -1 - place))
        terms = [g.term for g in plan.place_rights if (g.right, g.effect, g.place) == (right, effect, place)]
        counts.append(plan.by_unit(outcome.placed[1:, :, :, plan.borne.index((place, max(terms)))].sum(axis=2))
                      if terms else np.zeros_like(persons[:, :, 0]))
    shape = (*persons.shape[:2], len(rights))
    borne = np.stack(counts, axis=2) if counts else np.zeros(shape, dtype=persons.dtype)
    step, unit, which = _indices(shape)
    burden = np.array([effect in BURDENS for _, effect, _, _ in rights], dtype=bool)
    words = [(right, effect, bearer) for right, effect, bearer, _ in rights]
    tiers = [" + ".join(plan.tiers[t] for t in _bits(mask)) if mask >= 0 else plan.places[-1 - mask].name
             for *_, mask in rights]
    columns = [_names([w[i] for w in words], which) for i in range(3)]
    return _table("rights", [step + 1, *_unit_names(plan, unit), *columns, burden[which], _names(tiers, which), borne])


def moves(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per step, unit and pair of tiers between which anybody moved."""
    step, unit, old, new = np.nonzero(outcome.moves)
    return _table("moves", [step, *_unit_names(plan, unit), _names(plan.tiers, old), _names(plan.tiers, new),
                            outcome.moves[step, unit, old, new]])


def scores(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per group and score that anybody had at the start, then those at the end."""
    persons = _by_group(plan, outcome.scores, axis=1)
    when, group, score = np.nonzero(persons)
    return _table("scores", [_names(("start", "end"), when), _names(plan.groups, group), plan.ladder.points(score),
                             persons[when, group, score]])


def spells(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per group, tier and duration that any spell had."""
    left, still = _by_group(plan, outcome.left, axis=0), _by_group(plan, outcome.still, axis=0)
    group, tier, duration = np.nonzero((left != 0) | (still != 0))
    return _table("spells", [_names(plan.groups, group), _names(plan.tiers, tier), duration,
                             left[group, tier, duration], still[group, tier, duration]])


def cells(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per cell and tier, in this order."""
    here = outcome.occupancy[:-1]
    last = here[-1] if len(here) else np.zeros_like(outcome.occupancy[0])
    cell, tier = _indices(last.shape)
    months = here.sum(axis=0)
    lost, gained = (always + _each_step(plan, outcome, more, months) + _by_places(outcome, given, months)
                    for always, more, given in ((plan.income_lost, plan.timed_lost, plan.borne_lost),
                                                (plan.income_gained, plan.timed_gained, plan.borne_gained)))
    table = _table("cells", [cell, *_unit_names(plan, plan.cell_unit[cell]), plan.cells.frailty[cell],
                             _names(plan.tiers, tier), months, last, plan.income[cell], lost, gained,
                             *_forgone(plan)])
    for i, label in enumerate(plan.cells.labels[2:], start=2):
        table = table.append_column(STRATUM + label, _names(plan.cells.names[label], plan.cells.code[cell, i]))
    return table


def domains(plan: Plan, outcome: Outcome) -> pa.Table | None:
    """Points taken and rights limited by domain, and the gravity of what was recorded; None where nothing is said."""
    facts = plan.facts
    beside = [given for given in plan.place_rights if given.burden and given.domain]
    if facts.relevant.all() and np.isnan(facts.gravity).all() and not facts.burdens and not beside:
        return None
    here = outcome.occupancy[:-1]
    found: dict[tuple[str, str], Floats] = {}

    def put(what: str, domain: str, by_unit: Array) -> None:
        amount = np.bincount(plan.unit_group, weights=by_unit, minlength=len(plan.groups))
        found[what, domain] = found.get((what, domain), np.zeros(len(plan.groups))) + amount

    for k, domain in enumerate(facts.domain):  # not the kinds that a world without a cause has for relatives
        own, *wrongful = (points.sum(axis=(0, 2)) for points in debits.of_kind(plan, here, k))
        put("points_own", domain, own)
        for points in wrongful:
            put("points_wrongful", domain, points)
        if not facts.relevant[k]:
            put("points_irrelevant", domain, own)
        if not np.isnan(facts.gravity[k]):
            records = plan.by_unit(here * plan.own[:, :, k]).sum(axis=(0, 2))
            put("gravity", domain, records * facts.gravity[k])
    for given in beside:
        borne = outcome.placed[1:, :, :, plan.borne.index((given.place, given.term))]
        put("burden", given.domain, plan.by_unit(borne).sum(axis=(0, 2)))
    people = plan.by_unit(here.sum(axis=2)) if len(here) else np.zeros((0, len(plan.unit_group)))
    for domain, once, each in facts.being:
        first = plan.by_unit(outcome.occupancy[:1].sum(axis=2) * once)[0]
        later = plan.by_unit(here.sum(axis=2) * each).sum(axis=0) if len(people) else np.zeros(len(first))
        put("points_being", domain, (first + later) * plan.ladder.resolution)
    for tier, domain in facts.burdens:
        put("burden", domain, plan.by_unit(here)[:, :, tier].sum(axis=0))
    keys = list(found)
    group, which = (index.ravel() for index in np.indices((len(plan.groups), len(keys))))
    return _table("domains", [_names(plan.groups, group), _names([what for what, _ in keys], which),
                              _names([domain for _, domain in keys], which),
                              np.stack([found[key] for key in keys], axis=1)])


def places(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per time, place and unit."""
    when = [(s, n) for s in range(outcome.steps + 1) for n in due(plan.places, s)]
    step, place = (np.repeat(np.array([pair[i] for pair in when], dtype=np.int64), len(plan.unit_group))
                   for i in range(2))
    unit = np.tile(np.arange(len(plan.unit_group)), len(when))
    return _table("places", [step, _names([p.name for p in plan.places], place), *_unit_names(plan, unit),
                             outcome.eligible[step, place, unit], outcome.chosen[step, place, unit]])


def appeals(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per step, unit, tier and what can be appealed beside mistakes."""
    counts = outcome.appeals[1:, :, :, [GROUNDS.index(ground) for ground in plan.grounds]]
    step, unit, tier, ground = _indices(counts.shape[:-1])
    return _table("appeals", [step + 1, *_unit_names(plan, unit), _names(plan.tiers, tier),
                              _names(plan.grounds, ground), *np.moveaxis(counts, -1, 0)])


def persons_by_debit(plan: Plan, outcome: Outcome) -> pa.Table | None:
    """How much was taken from how many, by group; None when the engine does not know."""
    if not outcome.debits:
        return None
    group = np.repeat(plan.unit_group, [len(sums) for sums, _ in outcome.debits])
    sums, persons = (np.concatenate([pair[i] for pair in outcome.debits]) for i in range(2))
    keys, where = np.unique(np.stack([group, sums]), axis=1, return_inverse=True)
    count = np.zeros(keys.shape[1], dtype=persons.dtype)
    np.add.at(count, where.reshape(-1), persons)
    return _table("debits", [_names(plan.groups, keys[0]), keys[1] * plan.ladder.resolution, count])


def _bearing(plan: Plan, persons: Array, fresh: Array, tier: int, terms: list[int]) -> Array:
    """Who of a tier bears something that lasts for one of these terms (0: always), [steps, U]; nobody without any."""
    if not terms:
        return np.zeros_like(persons[:, :, tier])
    return persons[:, :, tier] if 0 in terms else fresh[:, :, plan.timed.index(Timed(tier, max(terms)))]


def _in_first_steps(plan: Plan, values: Array) -> Floats:
    """Values of the first steps of stays [steps, U, D], added up by tier: float64[steps, U, T]."""
    found = np.zeros((*values.shape[:2], len(plan.tiers)))
    for d, timed in enumerate(plan.timed):
        found[:, :, timed.tier] += values[:, :, d]
    return found


def _forgone(plan: Plan) -> tuple[Floats, ...]:
    """Lawful acts given up by a person in a step, float64[C, T]: all of them, expressive ones, those of need."""
    masks = (plan.lawful, plan.lawful & plan.expressive, plan.lawful & plan.necessity)
    return tuple(plan.forgone[:, :, mask].sum(axis=2) for mask in masks)


def _each_step(plan: Plan, outcome: Outcome, more: Floats, months: Array) -> Floats:
    """What falls in the first steps of a stay, spread over all that people of a cell are in the tier, float64[C, T]."""
    found = np.zeros(months.shape)
    for d, timed in enumerate(plan.timed):
        found[:, timed.tier] += outcome.fresh[:, :, d].sum(axis=0) * more[:, d]
    return np.divide(found, months, out=np.zeros(months.shape), where=months > 0)


def _by_places(outcome: Outcome, money: Floats, months: Array) -> Floats:
    """What places bring, spread over all that people of a cell are in a tier, float64[C, T]."""
    found = (outcome.placed.sum(axis=0) * money[:, None]).sum(axis=2)
    return np.asarray(np.divide(found, months, out=np.zeros(months.shape), where=months > 0))


def _by_group(plan: Plan, of_units: Array, axis: int) -> Array:
    parts = [of_units.take(np.flatnonzero(plan.unit_group == g), axis=axis).sum(axis=axis)
             for g in range(len(plan.groups))]
    return np.stack(parts, axis=axis)


def _during(flows: Array) -> Array:
    """Flows of steps 1, 2, ... with the row of the start, in which nothing happens, before them."""
    return np.concatenate([np.zeros((1, *flows.shape[1:]), dtype=flows.dtype), flows])


def _bits(mask: int) -> Iterator[int]:
    return (t for t in range(mask.bit_length()) if mask >> t & 1)


def _indices(shape: tuple[int, ...]) -> tuple[Array, ...]:
    return tuple(np.broadcast_to(index, shape) for index in np.indices(shape, sparse=True))


def _unit_names(plan: Plan, unit: Array) -> tuple[pa.Array, pa.Array]:
    return _names(plan.groups, plan.unit_group[unit]), _names(plan.districts, plan.unit_district[unit])


def _names(names: tuple[str, ...] | list[str], code: Array) -> pa.Array:
    """A column of names, kept once each."""
    import pyarrow as pa

    known = list(dict.fromkeys(names))
    place = np.array([known.index(name) for name in names], dtype=np.int32)
    code = np.asarray(code).ravel()
    return pa.DictionaryArray.from_arrays(place[code] if len(place) else code.astype(np.int32),
                                          pa.array(known, type=pa.string()))


def _table(name: str, columns: list[Any]) -> pa.Table:
    import pyarrow as pa

    arrays = [pa.array(np.ascontiguousarray(column).ravel()) if isinstance(column, np.ndarray) else column
              for column in columns]
    return pa.Table.from_arrays(arrays, names=[column.name for column in COLUMNS[name]])
