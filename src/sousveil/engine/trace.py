"""The trace: what happened to whom, as aggregates (MODEL.md section 6). Every harm is a function of it.

A trace is a few Arrow tables, `COLUMNS` says what is in them, and a `Setting` that says what it takes to read them.
Nobody is in it as a person: the finest row is a cell of the population. Counts are whole numbers when an engine drew
persons, and expectations (float64) when it carried distributions; nothing else differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import joined
from sousveil.engine.outcome import CAUSES, FATES, GROUNDS, Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due
from sousveil.engine.terms import Timed
from sousveil.errors import InputError
from sousveil.studies.frozen import Value
from sousveil.studies.scheme_fields import BURDENS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "OPTIONAL", "STRATUM", "YEARS", "Column", "Setting", "Trace", "debit_rates", "from_tables", "of",
           "to_tables"]

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

YEARS = {"day": 1 / 365.25, "week": 7 / 365.25, "month": 1 / 12, "quarter": 1 / 4, "year": 1.0}
"""How many years a step of the scheme lasts."""

STRATUM = "stratum_"
"""What stands before the name of a stratum where a table has a column for it."""


class Column(NamedTuple):
    """A column of a table of the trace."""

    name: str
    unit: str
    meaning: str


_WHERE = (Column("group", "", "group of the population"), Column("district", "", "district"))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "steps": (
        Column("step", "steps", "0 is the start; row s holds what stands after step s, and what happened in it"),
        *_WHERE,
        Column("tier", "", "for persons, entries and exits: after the step; for all else: at its start"),
        Column("persons", "persons", "in the tier after the step"),
        Column("entries", "persons", "who came into the tier in the step"),
        Column("exits", "persons", "who left the tier in the step; persons change by entries less exits"),
        Column("points_own", "points", "for what people did themselves; below zero is worse, in all columns of points"),
        Column("points_mistaken", "points", "sum of points for what somebody else did"),
        Column("points_spurious", "points", "sum of points for what nobody did"),
        Column("points_kin", "points", "sum of points because of a member of the household"),
        Column("points_redress", "points", "sum of points given back on appeal"),
        Column("wrongful_given", "debits", "wrongful debits: points taken for an act of somebody else or of nobody"),
        Column("wrongful_appealed", "debits", "of those, appealed (booked in the step of the debit)"),
        Column("wrongful_upheld", "debits", "of those, undone on appeal (booked in the step of the debit)"),
        Column("wrongful_ever", "persons", "with at least one wrongful debit so far, by the tier after the step"),
        Column("debits_own", "points", "taken for own acts, as a positive number; expected, given who was where"),
        Column("debits_wrongful", "points", "taken wrongfully, as a positive number; expected, given who was where"),
        Column("rights_limited", "persons", "who had a right of their own denied, restricted, slowed or priced"),
        Column("lawful_forgone", "acts", "lawful acts given up for fear of points; expected, given who was where"),
        Column("expressive_forgone", "acts", "of those, acts of expression"),
        Column("necessity_forgone", "acts", "of those, acts of need"),
        Column("income_lost", "money", "lost to consequences of the tier"),
        Column("income_gained", "money", "gained from consequences of the tier"),
    ),
    "rights": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("right", "", "what is denied, priced, granted ..."),
        Column("effect", "", "denied, restricted, slowed, priced, waived or granted"),
        Column("bearer", "", "self; household: other adults of the home; children of the home"),
        Column("burden", "", "whether the effect takes something away"),
        Column("tiers", "", "the tiers that bring it, from the bottom, with ` + ` between them; or the place"),
        Column("persons", "persons", "who bore it in the step"),
    ),
    "places": (
        Column("step", "steps", "at whose end places were given; 0 is the start"),
        Column("place", "", "which kind of places"),
        *_WHERE,
        Column("eligible", "persons", "who could be chosen"),
        Column("chosen", "persons", "who were"),
    ),
    "moves": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("from", "", "tier at the start of the step"),
        Column("to", "", "tier after it"),
        Column("persons", "persons", "who moved; only rows that are not zero"),
    ),
    "scores": (
        Column("when", "", "start or end"),
        _WHERE[0],
        Column("score", "points", "the score"),
        Column("persons", "persons", "who had it; only rows that are not zero"),
    ),
    "spells": (
        _WHERE[0],
        Column("tier", "", "tier"),
        Column("duration", "steps", "how long the spell in the tier had lasted"),
        Column("left", "spells", "that ended so"),
        Column("still", "spells", "that had lasted so long when the run ended"),
    ),
    "cells": (
        Column("cell", "", "number of the cell; columns `stratum_...` give its strata, one each"),
        *_WHERE,
        Column("frailty", "", "factor of its propensity class"),
        Column("tier", "", "tier"),
        Column("person_steps", "person-steps", "spent in the tier over the run, by the tier at the start of each step"),
        Column("last", "persons", "in the tier during the last step"),
        Column("income", "money", "of a person in a step, before the scheme"),
        Column("lost", "money", "of it, lost by a person in a step in the tier, on average over the run"),
        Column("gained", "money", "gained by a person in a step in the tier, on average over the run"),
        Column("lawful_forgone", "acts", "lawful acts given up by a person in a step in the tier"),
        Column("expressive_forgone", "acts", "of those, acts of expression"),
        Column("necessity_forgone", "acts", "of those, acts of need"),
    ),
    "domains": (
        _WHERE[0],
        Column("what", "", "points_own, points_irrelevant (a part of those), points_wrongful, points_being: taken from "
               "people, for acts or for what they are; gravity: of recorded own acts; burden: own rights denied or "
               "limited, in person-steps"),
        Column("domain", "", "of the act, or of the right"),
        Column("amount", "", "over the run; expected, given who was in which tier"),
    ),
    "appeals": (
        Column("step", "steps", "1 is the first"),
        *_WHERE,
        Column("tier", "", "at the start of the step"),
        Column("against", "", "irrelevant: debits for own acts that the scheme marks as irrelevant; listings: stays in "
               "a tier that takes a right away, of people against whom something stood wrongly when they came into it"),
        Column("given", "debits or listings", "what can be appealed"),
        Column("appealed", "debits or listings", "of those, appealed (booked in the step of the debit, or the first of "
               "the stay)"),
        Column("upheld", "debits or listings", "of those, appealed with success (booked in the same step)"),
    ),
    "debits": (
        _WHERE[0],
        Column("debits", "points", "taken from one person over the run, before any was given back; positive"),
        Column("persons", "persons", "from whom so much was taken"),
    ),
    "effects": (
        Column("harm", "", "which harm the number belongs to"),
        Column("measure", "", "which number"),
        Column("group", "", "whose: a group, or `all`"),
        Column("effect", "", "design effect: its variance over that of as many independent people, all or nothing"),
    ),
}
"""Table -> its columns, in order. `places` is there when a scheme gives out places, `domains` when it says more of its
acts or rights, `appeals` when more than mistakes can be appealed; `debits` when an engine drew persons; `effects` when
a run stands alone.
"""

OPTIONAL = ("places", "domains", "appeals", "debits", "effects")
"""Tables that not every trace has."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What it takes to read the tables.

    step           day, week, month, quarter or year; steps: how many were run
    groups, tiers  names, the tiers from the bottom
    ceilings       by group, the place of the highest tier it can reach
    children       children per adult
    kin_least, kin_most   the lowest and highest points a person can get in a step because of relatives
    largest_debit  the most points that one record can take
    household      mean number of people whose fate hangs together: the household of a person, where kin rules tie it; 1
    fallen         by group, persons who were ever in the bottom tier; empty where the engine does not know
    left           how many of the tiers, the last ones, are places for which people have left the scheme
    truth          what the scheme looks for, where that is known: a stratum; positive: its names that are meant;
                   flagged: the tiers that say so
    """

    step: str
    steps: int
    groups: tuple[str, ...]
    tiers: tuple[str, ...]
    ceilings: tuple[int, ...]
    children: float
    kin_least: float
    kin_most: float
    largest_debit: float
    household: float = 1.0
    fallen: tuple[float, ...] = ()
    left: int = 0
    truth: str = ""
    positive: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()

    @property
    def years(self) -> float:
        """How many years a step lasts."""
        return YEARS[self.step]


@dataclass(frozen=True, slots=True, eq=False)
class Trace(Value):
    """What happened in a run. The tables have the columns of `COLUMNS`; those in `OPTIONAL` may be None."""

    setting: Setting
    steps: pa.Table
    rights: pa.Table
    moves: pa.Table
    scores: pa.Table
    spells: pa.Table
    cells: pa.Table
    debits: pa.Table | None = None
    effects: pa.Table | None = None
    domains: pa.Table | None = None
    places: pa.Table | None = None
    appeals: pa.Table | None = None

    @property
    def expected(self) -> bool:
        """Whether the numbers are expectations rather than counts of drawn persons."""
        import pyarrow as pa

        return bool(pa.types.is_floating(self.steps.schema.field("persons").type))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table `steps` for whatever reads Arrow (polars, pandas, DuckDB ...); each other table does so itself."""
        return self.steps.__arrow_c_stream__(requested_schema)


def of(plan: Plan, outcome: Outcome, step: str) -> Trace:
    """The trace of an outcome.

    step   how long a step lasts, as the scheme says: a key of `YEARS`

    Source: MODEL.md section 6. Points are in the scheme's own points. Raises KeyError for another step.
    """
    YEARS[step]
    whole = _of(plan, outcome, step, plan.plans)
    if not plan.later:
        return whole
    return _joined(whole, [(first, _of(rules, part, step, plan.plans))
                           for first, rules, part in joined.parts(plan, outcome)])


def _joined(whole: Trace, periods: Sequence[tuple[int, Trace]]) -> Trace:
    """The trace of a run, from that of all steps as if under the first rules, and that of the steps of each period."""
    traces = [trace for _, trace in periods]
    settings = [trace.setting for trace in traces]
    setting = replace(
        whole.setting, ceilings=tuple(map(max, zip(*(s.ceilings for s in settings), strict=True))),
        kin_least=min(s.kin_least for s in settings), kin_most=max(s.kin_most for s in settings),
        largest_debit=max(s.largest_debit for s in settings), household=max(s.household for s in settings))
    return replace(
        whole, setting=setting, cells=joined.cells(whole.cells, [trace.cells for trace in traces]),
        steps=joined.after_each_other([(first, trace.steps) for first, trace in periods]),
        rights=joined.after_each_other([(first, trace.rights) for first, trace in periods]),
        domains=joined.added([trace.domains for trace in traces if trace.domains is not None]))


def _of(plan: Plan, outcome: Outcome, step: str, periods: Sequence[Plan]) -> Trace:
    """The trace of an outcome, as if all steps had been under the rules of one plan; periods: the plans of all."""
    mean_adults = sum(n * share for n, share in plan.adults.items())
    mean_children = sum(n * share for n, share in plan.children.items())
    kin = np.array(plan.kin_points, dtype=np.float64) * plan.ladder.resolution
    setting = Setting(step=step, steps=outcome.steps, groups=plan.groups, tiers=plan.tiers,
                      ceilings=_ceilings(plan), children=mean_children / mean_adults,
                      kin_least=float(kin[kin < 0].sum()), kin_most=float(kin[kin > 0].sum()),
                      largest_debit=float(-plan.weight.min(initial=0) * plan.ladder.resolution),
                      household=sum(n * n * share for n, share in plan.adults.items()) / mean_adults
                      if plan.kin_tiers else 1.0,
                      fallen=tuple(np.bincount(plan.unit_group, weights=outcome.fallen, minlength=len(plan.groups))
                                   .tolist()) if outcome.fallen.any() else (), left=plan.left, **_truth(plan))
    return Trace(setting, _steps(plan, outcome), _rights(plan, outcome, periods), _moves(plan, outcome),
                 _scores(plan, outcome), _spells(plan, outcome), _cells(plan, outcome), _borne(plan, outcome),
                 domains=_domains(plan, outcome), places=_places(plan, outcome) if plan.places else None,
                 appeals=_appeals(plan, outcome) if plan.grounds else None)


def to_tables(trace: Trace) -> dict[str, pa.Table]:
    """The tables by name, to be saved. The setting travels in the metadata of `steps`."""
    tables = {name: getattr(trace, name) for name in COLUMNS if getattr(trace, name) is not None}
    setting = {b"sousveil.setting": json.dumps(asdict(trace.setting), sort_keys=True).encode()}
    return tables | {"steps": trace.steps.replace_schema_metadata(setting)}


def from_tables(tables: Mapping[str, pa.Table]) -> Trace:
    """The trace that was saved as these tables. Raises InputError when one is missing or is none of ours."""
    for name in (n for n in COLUMNS if n not in tables and n not in OPTIONAL):
        raise InputError(f"a trace needs the table {name}")
    for name, table in tables.items():
        lost = [c.name for c in COLUMNS.get(name, ()) if c.name not in table.column_names]
        if lost:
            raise InputError(f"the table {name} of the trace has no column {lost[0]}")
    try:
        kept: dict[str, Any] = json.loads((tables["steps"].schema.metadata or {})[b"sousveil.setting"])
        kept |= {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
        setting = Setting(**kept)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the table steps of the trace does not say how it is to be read") from error
    plain = {name: tables[name].replace_schema_metadata(None) for name in COLUMNS if name in tables}
    return Trace(setting, **plain)


def _steps(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per step, unit and tier, in this order."""
    persons = _by_unit(plan, outcome.occupancy)
    shape = persons.shape
    step, unit, tier = _indices(shape)
    points = outcome.points * plan.ladder.resolution
    if float(plan.ladder.resolution).is_integer():
        points = points.astype(outcome.points.dtype)
    here = outcome.occupancy[:-1]
    fresh = _by_unit(plan, outcome.fresh[1:])
    burdens = [(r.tier, r.term) for r in plan.rights if r.burden]
    limited = np.stack([_bearing(plan, persons[:-1], fresh, t, [term for tier, term in burdens if tier == t])
                        for t in range(len(plan.tiers))], axis=2)
    own, wrongful = _debits(plan, outcome)
    columns = [
        step, *_unit_names(plan, unit), _names(plan.tiers, tier), persons, outcome.moves.sum(axis=2),
        outcome.moves.sum(axis=3),
        *(points[..., i] for i in range(len(CAUSES))), *(outcome.wrongful[..., i] for i in range(len(FATES))),
        outcome.wrongful_ever, own, wrongful, _during(limited + outcome.placed_only[1:] if plan.borne else limited),
        *(_during(_by_unit(plan, here * rate)) for rate in _forgone(plan)),
        *(_during(_by_unit(plan, here * always) + _in_first_steps(plan, _by_unit(plan, outcome.fresh[1:] * more))
                  + (_by_unit(plan, (outcome.placed[1:] * given[:, None]).sum(axis=3)) if plan.borne else 0.0))
          for always, more, given in ((plan.income_lost, plan.timed_lost, plan.borne_lost),
                                      (plan.income_gained, plan.timed_gained, plan.borne_gained)))]
    return _table("steps", columns)


def _truth(plan: Plan) -> dict[str, Any]:
    truth = plan.facts.truth
    return {} if truth is None else {"truth": truth.label, "positive": truth.positive, "flagged": truth.flagged}


def _domains(plan: Plan, outcome: Outcome) -> pa.Table | None:
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
        own, *wrongful = (points.sum(axis=(0, 2)) for points in _debits_of(plan, here, k))
        put("points_own", domain, own)
        for points in wrongful:
            put("points_wrongful", domain, points)
        if not facts.relevant[k]:
            put("points_irrelevant", domain, own)
        if not np.isnan(facts.gravity[k]):
            records = _by_unit(plan, here * plan.own[:, :, k]).sum(axis=(0, 2))
            put("gravity", domain, records * facts.gravity[k])
    for given in beside:
        borne = outcome.placed[1:, :, :, plan.borne.index((given.place, given.term))]
        put("burden", given.domain, _by_unit(plan, borne).sum(axis=(0, 2)))
    people = _by_unit(plan, here.sum(axis=2)) if len(here) else np.zeros((0, len(plan.unit_group)))
    for domain, once, each in facts.being:
        first = _by_unit(plan, outcome.occupancy[:1].sum(axis=2) * once)[0]
        later = _by_unit(plan, here.sum(axis=2) * each).sum(axis=0) if len(people) else np.zeros(len(first))
        put("points_being", domain, (first + later) * plan.ladder.resolution)
    for tier, domain in facts.burdens:
        put("burden", domain, _by_unit(plan, here)[:, :, tier].sum(axis=0))
    keys = list(found)
    group, which = (index.ravel() for index in np.indices((len(plan.groups), len(keys))))
    return _table("domains", [_names(plan.groups, group), _names([what for what, _ in keys], which),
                              _names([domain for _, domain in keys], which),
                              np.stack([found[key] for key in keys], axis=1)])


def _ceilings(plan: Plan) -> tuple[int, ...]:
    """The highest tier that anybody of each group can reach."""
    highest = np.zeros(len(plan.groups), dtype=np.int64)
    np.maximum.at(highest, plan.cell_group, plan.ladder.ceiling[plan.ladder_of])
    empty = np.setdiff1d(np.arange(len(plan.groups)), plan.cell_group)  # as if everybody of it were like anybody
    highest[empty] = plan.ladder.ceiling.reshape(len(plan.groups), -1).max(axis=1)[empty]
    return tuple(highest.tolist())


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


def _debits(plan: Plan, outcome: Outcome) -> tuple[Floats, Floats]:
    """Points taken for own acts and wrongfully, [steps+1, U, T], expected given who was in which tier.

    An outcome has the sum of all points of a cause, credits and debits together. What of it were debits is known in the
    mean, from the rates of records and the caps.
    """
    here = outcome.occupancy[:-1]
    own, wrongful = np.zeros((2, len(here), len(plan.unit_group), len(plan.tiers)))
    for k in np.flatnonzero(plan.weight < 0).tolist():
        one, *others = _debits_of(plan, here, k)
        own += one
        for other in others:
            wrongful += other
    return _during(own), _during(wrongful)


def _debits_of(plan: Plan, here: Array, k: int) -> list[Floats]:
    """Points taken for records of one kind, [steps, U, T] each: for own acts, for nobody's, for others'; 0 for credits.
    """
    worth, cap = max(0.0, -float(plan.weight[k]) * plan.ladder.resolution), int(plan.at_most[k])
    counted = plan.own[:, :, k] if plan.once[k] else _counted(plan.own[:, :, k], cap)
    found = [worth * _by_unit(plan, here * counted),
             worth * _by_unit(plan, here * _counted(plan.spurious[:, k], cap)[:, None] * _scored(plan))]
    if worth and plan.mistaken[:, :, k].any():
        found.append(worth * _mistaken(plan, here, k, cap))
    return found


def debit_rates(plan: Plan) -> tuple[Floats, Floats]:
    """Points taken in a step, expected, because of a person in a cell and tier, float64[C, T] each: for own acts, and
    wrongfully from somebody: for what the person did, or what nobody did.
    """
    own, wrongful = np.zeros((2, *plan.own.shape[:2]))
    for k in np.flatnonzero(plan.weight < 0).tolist():
        worth, cap = -float(plan.weight[k]) * plan.ladder.resolution, int(plan.at_most[k])
        own += worth * (plan.own[:, :, k] if plan.once[k] else _counted(plan.own[:, :, k], cap))
        wrongful += worth * (_counted(plan.spurious[:, k], cap)[:, None] * _scored(plan) + plan.mistaken[:, :, k])
    return own, wrongful


def _mistaken(plan: Plan, here: Array, k: int, cap: int) -> Floats:
    """Records of kind k pinned on the people of a unit and tier, [steps, U, T]: their pool's, less each one's own."""
    parts, part = np.unique(np.stack([plan.cell_unit, plan.cell_pool]), axis=1, return_inverse=True)
    order = np.argsort(part.reshape(-1), kind="stable")  # cells in order of the parts of units that are of one pool
    first = np.searchsorted(part.reshape(-1)[order], np.arange(parts.shape[1]))
    unit, pool_of = parts
    given, persons = (np.add.reduceat(values[:, order], first, axis=1)
                      for values in (here * plan.mistaken[:, :, k], here))
    member = np.zeros((plan.pools, len(pool_of)))
    member[pool_of, np.arange(len(pool_of))] = 1.0
    pool = (given.sum(axis=2) @ member.T)[:, pool_of, None]
    mass = (persons.sum(axis=2) @ member.T)[:, pool_of, None]
    others = np.where(mass > 1.0, np.maximum(mass / 2.0, mass - 1.0), 0.0)
    own = np.divide(given, persons, out=np.zeros(given.shape), where=persons > 0)
    rate = np.divide(pool - own, others, out=np.zeros(given.shape), where=others > 0)
    landed = persons * _counted(np.maximum(rate, 0.0), cap) * _scored(plan)
    return np.asarray(np.add.reduceat(landed, np.searchsorted(unit, np.arange(len(plan.unit_group))), axis=1))


def _scored(plan: Plan) -> Floats:
    """1 for tiers, 0 for places for which people have left: on them nothing is recorded. float64[T]."""
    return (np.arange(len(plan.tiers)) < len(plan.tiers) - plan.left).astype(np.float64)


def _counted(rate: Floats, cap: int) -> Floats:
    """Mean of min(Poisson(rate), cap); 0 is no cap."""
    if not cap:
        return rate
    from sousveil.ground.special import pdtr, pdtrc

    return np.asarray(rate * pdtr(cap - 1, rate) + cap * pdtrc(cap, rate))


def _rights(plan: Plan, outcome: Outcome, periods: Sequence[Plan]) -> pa.Table:
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
    persons, fresh = _by_unit(plan, outcome.occupancy)[:-1], _by_unit(plan, outcome.fresh[1:])
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
        counts.append(_by_unit(plan, outcome.placed[1:, :, :, plan.borne.index((place, max(terms)))].sum(axis=2))
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


def _moves(plan: Plan, outcome: Outcome) -> pa.Table:
    step, unit, old, new = np.nonzero(outcome.moves)
    return _table("moves", [step, *_unit_names(plan, unit), _names(plan.tiers, old), _names(plan.tiers, new),
                            outcome.moves[step, unit, old, new]])


def _scores(plan: Plan, outcome: Outcome) -> pa.Table:
    persons = _by_group(plan, outcome.scores, axis=1)
    when, group, score = np.nonzero(persons)
    return _table("scores", [_names(("start", "end"), when), _names(plan.groups, group), plan.ladder.points(score),
                             persons[when, group, score]])


def _spells(plan: Plan, outcome: Outcome) -> pa.Table:
    left, still = _by_group(plan, outcome.left, axis=0), _by_group(plan, outcome.still, axis=0)
    group, tier, duration = np.nonzero((left != 0) | (still != 0))
    return _table("spells", [_names(plan.groups, group), _names(plan.tiers, tier), duration,
                             left[group, tier, duration], still[group, tier, duration]])


def _cells(plan: Plan, outcome: Outcome) -> pa.Table:
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


def _places(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per time, place and unit."""
    when = [(s, n) for s in range(outcome.steps + 1) for n in due(plan.places, s)]
    step, place = (np.repeat(np.array([pair[i] for pair in when], dtype=np.int64), len(plan.unit_group))
                   for i in range(2))
    unit = np.tile(np.arange(len(plan.unit_group)), len(when))
    return _table("places", [step, _names([p.name for p in plan.places], place), *_unit_names(plan, unit),
                             outcome.eligible[step, place, unit], outcome.chosen[step, place, unit]])


def _appeals(plan: Plan, outcome: Outcome) -> pa.Table:
    """One row per step, unit, tier and what can be appealed beside mistakes."""
    counts = outcome.appeals[1:, :, :, [GROUNDS.index(ground) for ground in plan.grounds]]
    step, unit, tier, ground = _indices(counts.shape[:-1])
    return _table("appeals", [step + 1, *_unit_names(plan, unit), _names(plan.tiers, tier),
                              _names(plan.grounds, ground), *np.moveaxis(counts, -1, 0)])


def _borne(plan: Plan, outcome: Outcome) -> pa.Table | None:
    """How much was taken from how many, by group; None when the engine does not know."""
    if not outcome.debits:
        return None
    group = np.repeat(plan.unit_group, [len(sums) for sums, _ in outcome.debits])
    sums, persons = (np.concatenate([pair[i] for pair in outcome.debits]) for i in range(2))
    keys, where = np.unique(np.stack([group, sums]), axis=1, return_inverse=True)
    count = np.zeros(keys.shape[1], dtype=persons.dtype)
    np.add.at(count, where.reshape(-1), persons)
    return _table("debits", [_names(plan.groups, keys[0]), keys[1] * plan.ladder.resolution, count])


def _by_unit(plan: Plan, of_cells: Array) -> Array:
    """Sum over the cells of each unit: axis 1 of [steps, C, ...] becomes U. Cells are in the order of units."""
    first = np.searchsorted(plan.cell_unit, np.arange(len(plan.unit_group)))
    return np.asarray(np.add.reduceat(of_cells, first, axis=1))


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
