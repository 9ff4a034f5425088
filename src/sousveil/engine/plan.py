"""A plan: scheme, population and assumptions compiled to flat arrays, all that an engine ever sees.

Indices. c: cell of C. t: tier of T, from the bottom (0). k: kind (signal) of K. u: unit, a district and group, of U;
cells and persons are in the order of units. p: look-alike pool of P, a set of cells. Scores are whole numbers of the
scheme's resolution, counted from the worst: 0 .. S-1.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine import conduct, facts, ladder, money, ranks, redress, terms
from sousveil.engine.cells import Cells, build, integer_sizes, split
from sousveil.engine.facts import Facts
from sousveil.engine.ladder import Ladder, units_of
from sousveil.engine.ranks import Place, PlaceRight
from sousveil.engine.start import shares_of_levels, start_laws
from sousveil.engine.terms import Register, Timed
from sousveil.errors import InputError
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.frozen import Value
from sousveil.studies.gates import labels_of_rules, levels_of_gates
from sousveil.studies.number import UnknownNumber
from sousveil.studies.periods import Period, periods
from sousveil.studies.place_checks import of_standings, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["HouseholdRight", "Later", "Plan", "Right", "compile_plan"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Right:
    """A consequence as the ledger counts it: who is in `tier` has `right` affected.

    term  in the first so many steps of a stay; 0: in all of them
    """

    tier: int
    right: str
    effect: str
    bearer: str
    burden: bool
    term: int = 0


@dataclass(frozen=True, slots=True)
class HouseholdRight:
    """A right borne by others of the household (or its children) while a member is in one of `tiers` (a bit mask)."""

    right: str
    effect: str
    bearer: str
    tiers: int


class Later(NamedTuple):
    """The plan from a step on; of places, from those given out at its end on."""

    at: int
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class Plan(Value):
    """What an engine needs. Arrays are read only; shapes as the module's docstring names them.

    unit_size       [U] persons, whole numbers; how many are in which cell of a unit: `people.sizes`
    unit_tie        [U] units with the same number share look-alike pools, directly or by way of others
    unit_realm      [U] the same for units that share look-alike pools or ranks for places
    cell_pool       [C] the look-alike pool; ladder_of [C] the row of the ladder
    own, mistaken   [C, T, K] mean records a step: pinned on the actor; pinned on somebody else
    given           what the rates were made of
    acts, forgone   [C, T, K] mean acts a step; lawful or not, acts given up for fear of points
    spurious        [C, K] mean records a step with no act behind them
    weight          [K] points of a record, in units; at_most [K] records that count per step and cause (0: no cap)
    once            [K] whether a kind is a chance (at most one act a step)
    income          [C] money a step; income_lost, income_gained [C, T] money a step
    appeal, upheld  [C] chance that a wrongful debit is appealed, and that an appeal succeeds; delay in steps
    grounds         what else can be appealed, see `appeals`: contest [C] the chance that it is; contested [K] whether
                    a debit for an own act of a kind is such; listing [T] whether a tier takes a right of one's own away
    faded           [S] what so many units taken wrongly come to after a step of decay; empty where no listing can be
    kin_tiers       per kin rule, the tier; kin_points in units; kin_cap the highest tier allowed (T-1: no cap)
    start           per cell: (scores, shares)
    stay            [T] steps that somebody stays at least who enters a tier; 0: as long as the score has it
    timed           what lasts for the first steps of a stay; timed_lost, timed_gained [C, D] money a step in these
    register        records that are kept one by one; None where a scheme keeps none
    places          what there is a limited number of; place_rights what those beside a tier bring
    borne           what they bring for so many steps: (place, steps) of D2; borne_lost, borne_gained [C, D2] money
    facts           what no engine looks at and harms need
    later           the plans of later periods, where rules change on a date
    """

    groups: tuple[str, ...]
    districts: tuple[str, ...]
    tiers: tuple[str, ...]
    kinds: tuple[str, ...]
    cells: Cells
    people: int
    unit_size: Ints
    cell_unit: Ints
    unit_group: Ints
    unit_district: Ints
    unit_tie: Ints
    unit_realm: Ints
    cell_pool: Ints
    ladder: Ladder
    ladder_of: Ints
    given: conduct.Ingredients
    weight: Ints
    at_most: Ints
    once: npt.NDArray[np.bool_]
    lawful: npt.NDArray[np.bool_]
    expressive: npt.NDArray[np.bool_]
    necessity: npt.NDArray[np.bool_]
    acts: Floats
    own: Floats
    mistaken: Floats
    forgone: Floats
    spurious: Floats
    income: Floats
    income_lost: Floats
    income_gained: Floats
    appeal: Floats
    upheld: Floats
    delay: int
    grounds: tuple[str, ...]
    contest: Floats
    contested: npt.NDArray[np.bool_]
    listing: npt.NDArray[np.bool_]
    faded: Ints
    kin_tiers: tuple[int, ...]
    kin_points: tuple[int, ...]
    kin_cap: tuple[int, ...]
    rights: tuple[Right, ...]
    household_rights: tuple[HouseholdRight, ...]
    adults: Mapping[int, float]
    children: Mapping[int, float]
    start: tuple[tuple[Ints, Floats], ...]
    stay: Ints
    timed: tuple[Timed, ...]
    timed_lost: Floats
    timed_gained: Floats
    register: Register | None
    places: tuple[Place, ...]
    place_rights: tuple[PlaceRight, ...]
    borne: tuple[tuple[int, int], ...]
    borne_lost: Floats
    borne_gained: Floats
    facts: Facts
    later: tuple[Later, ...] = ()

    def at(self, step: int) -> Plan:
        """The plan in force in a step."""
        return next((later.plan for later in self.later[::-1] if step >= later.at), self)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Those of all periods."""
        return self, *(later.plan for later in self.later)

    @property
    def pools(self) -> int:
        """How many look-alike pools there are."""
        return int(self.cell_pool.max()) + 1

    @property
    def pools_cut_units(self) -> bool:
        """Whether people of one district and group are in different look-alike pools."""
        first = np.searchsorted(self.cell_unit, np.arange(len(self.unit_group)))
        return bool((self.cell_pool[first][self.cell_unit] != self.cell_pool).any())

    @property
    def left(self) -> int:
        """How many of the tiers, the last ones, are places for which people have left the scheme."""
        return self.ladder.left

    @property
    def cell_group(self) -> Ints:
        """int64[C]: the group of every cell."""
        return np.asarray(self.unit_group[self.cell_unit])

    def by_unit(self, of_cells: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum over the cells of each unit: axis 1 of [steps, C, ...] becomes U. Cells are in the order of units."""
        first = np.searchsorted(self.cell_unit, np.arange(len(self.unit_group)))
        return np.asarray(np.add.reduceat(of_cells, first, axis=1))

    @property
    def tied(self) -> bool:
        """Whether anybody shares a household with another adult or with children."""
        return any(n > 1 for n in self.adults) or any(n > 0 for n in self.children)


def compile_plan(scheme: Scheme, population: Population, assumptions: Assumptions) -> Plan:
    """Compile. Unknown numbers must have been filled before.

    Raises InputError for a number still unknown, and for a label or name that the population does not have.
    """
    try:
        return _of_periods(periods(scheme, population, assumptions), assumptions)
    except UnknownNumber:
        raise InputError("a number is still unknown; give it a value under `fill` in the assumptions") from None
    except KeyError as missing:
        raise InputError(f"the population has no {missing}, which the scheme or the assumptions name") from None


def _of_periods(given: tuple[Period, ...], assumptions: Assumptions) -> Plan:
    """The plan of the first period, with those of the others. All are of the same people, in the same cells."""
    course = tuple(period.scheme for period in given)
    first = _compile(given[0], assumptions, course)
    if len(given) == 1:
        return first
    plans = [first, *(_compile(period, assumptions, course, first) for period in given[1:])]
    mistaken = any(plan.mistaken.any() for plan in plans)
    pools = [*([first.cell_pool] if mistaken else []), *(place.pool for place in first.places)]
    realm = _ties(first.cell_unit, pools) if first.places else first.unit_tie
    later = []
    for number, (period, plan) in enumerate(zip(given[1:], plans[1:], strict=True), start=1):
        before = zip(*(earlier.places for earlier in plans[:number]), strict=True)
        places = tuple(ranks.continued(place, list(them), [p.at for p in given[1:number + 1]])
                       for place, them in zip(plan.places, before, strict=True))
        later.append(Later(period.at, replace(plan, places=places, unit_realm=realm,
                                              facts=facts.charged_already(plan.facts))))
    return replace(first, unit_realm=realm, later=tuple(later))


def _compile(period: Period, assumptions: Assumptions, course: tuple[Scheme, ...], first: Plan | None = None) -> Plan:
    """The plan of a period, out of a course of schemes; `first`: of the first one, whose people it shares."""
    scheme, population = period.scheme, period.population
    cells, asked = _cells(population, course) if first is None else (first.cells, {})
    labels = _labels(cells)
    groups, districts = cells.names["group"], cells.names["district"]
    pairs = cells.code[:, [1, 0]]
    units, cell_unit = np.unique(pairs, axis=0, return_inverse=True)
    cell_unit = cell_unit.reshape(-1)
    shared = [cells.labels.index(x) for x in ("district", "group", *cells.labels[2:]) if x in assumptions.look_alikes]
    cell_pool = np.unique(cells.code[:, shared], axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    rows, ladder_of = _rows(scheme, cells)
    steps = ladder.build(scheme, rows)
    given = conduct.gather(scheme, population, assumptions, cells, labels)
    flows = conduct.mix(given, steps, ladder_of)
    tiers = tuple(standings(scheme))
    rights, household_rights = _rights(scheme, tiers, course)
    lost, gained = money.of_tiers(scheme, population, labels, tiers)
    timed = terms.timed(course)
    timed_lost, timed_gained = money.of_terms(scheme, population, labels, timed)
    top = len(tiers) - 1
    given_out = ranks.places(scheme, population, cells, labels)
    place_rights, borne = ranks.rights(scheme, course)
    borne_lost, borne_gained = money.of_places(scheme, population, labels, borne)
    ties = _ties(cell_unit, [cell_pool])
    rules = [(tiers.index(rule.when), units_of(rule.points, scheme, {}), tiers.index(rule.cap) if rule.cap else top)
             for rule in scheme.kin]
    return Plan(
        groups=groups, districts=districts, tiers=tiers, kinds=tuple(scheme.signals), cells=cells,
        people=population.people,
        unit_size=_unit_sizes(units, np.bincount(cell_unit, weights=cells.share).astype(np.float64), population.people),
        cell_unit=cell_unit.astype(np.int64), unit_group=units[:, 1].astype(np.int64),
        unit_district=units[:, 0].astype(np.int64), unit_tie=ties, cell_pool=cell_pool,
        unit_realm=_ties(cell_unit, [*([cell_pool] if flows.mistaken.any() else []), *(p.pool for p in given_out)])
        if given_out else ties,
        ladder=steps, ladder_of=ladder_of, given=given,
        weight=np.array([units_of(s.points, scheme, {}) for s in scheme.signals.values()], dtype=np.int64),
        at_most=np.array([s.at_most or 0 for s in scheme.signals.values()], dtype=np.int64),
        once=np.array([population.conduct[k].chance is not None for k in scheme.signals], dtype=bool),
        lawful=np.array([s.lawful for s in scheme.signals.values()], dtype=bool),
        expressive=np.array([s.expressive for s in scheme.signals.values()], dtype=bool),
        necessity=np.array([s.necessity for s in scheme.signals.values()], dtype=bool),
        acts=flows.acts, own=flows.own, mistaken=flows.mistaken, forgone=flows.forgone, spurious=flows.spurious,
        income=np.array(population.income.each(labels)), income_lost=lost, income_gained=gained,
        **redress.of_scheme(scheme, labels),
        faded=ladder.faded(scheme, steps.states if "listings" in scheme.redress.against else 0),
        listing=np.array([t <= top - steps.left and any(right.burden and right.tier == t for right in rights)
                          for t in range(len(tiers))], dtype=bool),
        kin_tiers=tuple(r[0] for r in rules), kin_points=tuple(r[1] for r in rules), kin_cap=tuple(r[2] for r in rules),
        rights=rights, household_rights=household_rights, adults=population.households.adults,
        children=population.households.children,
        start=first.start if first else start_laws(scheme, population, labels, steps.states, tuple(asked)),
        stay=terms.stays(scheme), timed=timed, timed_lost=timed_lost, timed_gained=timed_gained,
        register=terms.register(scheme, population, labels, course), places=given_out, place_rights=place_rights,
        borne=borne, borne_lost=borne_lost, borne_gained=borne_gained,
        facts=facts.gather(scheme, population, labels))


def _cells(population: Population, course: tuple[Scheme, ...]) -> tuple[Cells, dict[str, tuple[str, ...]]]:
    """The cells, and the levels and marks by which gates of any period cut them."""
    cells = build(population)
    wanted = {name: levels for scheme in course for name, levels in levels_of_gates(scheme, population).items()}
    asked = {name: wanted[name] for name in (*population.characteristics, *population.marks) if name in wanted}
    if asked:
        cells = split(cells, asked, shares_of_levels(course[0], population, _labels(cells), tuple(asked)))
    return cells, asked


def _labels(cells: Cells) -> list[dict[str, str]]:
    """What the people of every cell are; cells that are alike in it share one mapping."""
    known: dict[bytes, dict[str, str]] = {}
    return [known.get(code) or known.setdefault(code, cells.of(c)) for c, code in
            enumerate(row.tobytes() for row in cells.code)]


def _rows(scheme: Scheme, cells: Cells) -> tuple[list[dict[str, str]], Ints]:
    """The labels of each row of the ladder, the group first, and the row of each cell, int64[C]."""
    named = labels_of_rules(scheme) | {"group"}
    if strange := named.difference(cells.labels):
        raise KeyError(min(strange))
    labels = [label for label in cells.labels if label in named]
    names = [cells.names[label] for label in labels]
    rows = [dict(zip(labels, row, strict=True)) for row in itertools.product(*names)]
    code = cells.code[:, [cells.labels.index(label) for label in labels]]
    return rows, np.ravel_multi_index(tuple(code.T), [len(n) for n in names]).astype(np.int64)


def _ties(cell_unit: Ints, pools: Sequence[Ints]) -> Ints:
    """Units that share a pool hang together, and so do those that share one with one of them: int64[U]."""
    tie = np.arange(cell_unit.max() + 1)
    for cell_pool in pools:
        for pool in range(cell_pool.max() + 1):
            joined = sorted({*tie[cell_unit[cell_pool == pool]].tolist()})
            tie[np.isin(tie, joined)] = joined[:1]
    return np.unique(tie, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _unit_sizes(units: Ints, share: Floats, people: int) -> Ints:
    """Whole numbers of people by unit, int64[U]: those of a group within one of their share, then by district.

    units   (district, group) of each. Where shares do not come out even, districts take turns, and every other group
            begins at the other end, so that what one group rounds up in a district, the next rounds down.
    """
    groups = sorted({*units[:, 1].tolist()})
    of_group = integer_sizes(np.array([share[units[:, 1] == g].sum() for g in groups]), people, 0.5)
    size = np.zeros(len(units), dtype=np.int64)
    for n, (g, whole) in enumerate(zip(groups, of_group.tolist(), strict=True)):
        members = np.flatnonzero(units[:, 1] == g)[::1 if n % 2 == 0 else -1]
        size[members] = integer_sizes(share[members], whole, 0.5)
    return size


def _rights(scheme: Scheme, tiers: tuple[str, ...],
            course: tuple[Scheme, ...]) -> tuple[tuple[Right, ...], tuple[HouseholdRight, ...]]:
    """Rights of one's own; and those of others, all that there are in some period, in no tier where not in this one."""
    own: list[Right] = []
    shared = {(c.right, c.effect, c.bearer): 0 for each in course for given in of_standings(each).values()
              for c in given if c.bearer in ("children", "household")}
    for tier, consequences in of_standings(scheme).items():
        for c in consequences:
            # What the whole household bears, the member bears too.
            if c.bearer in ("self", "household"):
                own.append(Right(tiers.index(tier), c.right, c.effect, "self", c.effect in BURDENS, c.term or 0))
            if c.bearer in ("children", "household"):
                key = (c.right, c.effect, c.bearer)
                shared[key] |= 1 << tiers.index(tier)
    return tuple(own), tuple(HouseholdRight(*key, tiers=mask) for key, mask in shared.items())
