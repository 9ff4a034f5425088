"""Some people's runs, lived again: how much what befell them hangs together, which counts by step do not tell.

A run keeps no histories, only counts. How far such a count may be off by luck hangs on how unlike people are over the
whole run (months in a tier are not dealt out one by one) and on who shares a household. Draws belong to persons, so
whole households can be carried once more, bit for bit, from their keys and from what the run says of everybody else in
each step. Where there are few people all of them are; of many, a sample of each unit that is enough to tell the spread.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.engine import agents
from sousveil.engine.arrays import CHILDREN, EVER, HEAD, TIER
from sousveil.engine.cells import integer_sizes
from sousveil.engine.debits import rates as debit_rates
from sousveil.engine.give import given_again
from sousveil.engine.outcome import Outcome, empty
from sousveil.engine.people import People, Span, crowd, household_at, settle, sizes
from sousveil.engine.plan import Plan
from sousveil.engine.tables import Tables, tables

__all__ = ["MOST", "Lives", "relive"]

MOST = 1 << 13
"""How many people are lived again at most, about: a spread that is known to two hundredths is known well enough."""

FEWEST = 512
"""People of a unit that are lived again at least, or all there are: each group has intervals of its own."""

TURNS = 64
"""Ways to round shares to whole people that are tried to see what rounding does."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """People i of some whole households, in order, and what they went through in all steps.

    cell, home  int64[N], the household by its place among these; weight float64[N]: people that each stands for
    months      float64[N, T] steps in each tier, by the tier at the start of a step; last int64[N], that of the last
    tier        int64[N] at the end; ever bool[N], whether there was a wrongful debit
    relatives   float64[N] points because of relatives; debits float64[N] points taken
    owed        float64[N, 2] points taken for own acts, and points that fell on somebody wrongfully because of this
                person's acts or of nobody's, both expected, given the tiers
    shared      float64[N, H] steps in which household right h was borne: by the person, or by the children of its home
                (there the first of the home stands for them)
    borne       where rules change on a date: (right, effect) -> float64[N], steps in a tier that brought it then; and
                limited, float64[N], steps in a tier that then took any right; else empty
    who, place, lasted, ended   of each spell in a tier: the person, the tier, how many steps, whether it was over
    turns       float64[R, C] how far sizes of cells are off their share, in persons, for R ways to round
    """

    cell: Ints
    home: Ints
    weight: npt.NDArray[np.float64]
    months: npt.NDArray[np.float64]
    last: Ints
    tier: Ints
    ever: npt.NDArray[np.bool_]
    relatives: npt.NDArray[np.float64]
    debits: npt.NDArray[np.float64]
    owed: npt.NDArray[np.float64]
    shared: npt.NDArray[np.float64]
    who: Ints
    place: Ints
    lasted: Ints
    ended: npt.NDArray[np.bool_]
    turns: npt.NDArray[np.float64]
    borne: Mapping[tuple[str, str], npt.NDArray[np.float64]]
    limited: npt.NDArray[np.float64]


def relive(plan: Plan, outcome: Outcome, seed: int, most: int = MOST) -> Lives:
    """Carry a sample of whole households through a run again; `outcome` is what came of everybody under this seed."""
    everybody = crowd(plan, seed)
    t = tables(plan, everybody)
    parts = list(_sample(plan, seed, most))
    people = settle(plan, seed, parts)
    tile = agents.begin(plan, t, people, seed, empty(plan, 0))
    given_again(plan, tile, seed, 0, outcome.cuts[0])
    kept = _Kept(plan, t, people)
    with ThreadPoolExecutor(1) as pool:
        for step in range(1, outcome.steps + 1):
            rules = plan.at(step)
            if rules is not kept.plan:
                t = tables(rules, everybody)
                tile = agents.tile_of(t, people, tile.state)
                kept.turn(rules, t)
            kept.before(tile.state)
            agents.carry(rules, t, tile, seed, step, step + 1, outcome.occupancy[step - 1], pool, 1)
            given_again(rules, tile, seed, step, outcome.cuts[step])
            kept.after(tile.state, step)
    return kept.lives(tile.state, outcome.steps, _weights(plan, seed, people), _turns(plan))


def _sample(plan: Plan, seed: int, most: int) -> Iterator[Span]:
    """Whole households of every unit, in proportion to its people.

    Where people share homes, the first households mix all cells; elsewhere people stand in order of cells, and some of
    each are taken.
    """
    share = min(1.0, most / max(1, int(plan.unit_size.sum())))
    for unit, size in enumerate(plan.unit_size.tolist()):
        wanted = min(size, max(FEWEST, round(size * share)))
        if wanted == 0:
            continue
        if wanted == size:
            yield Span(unit, 0, size, 0)
        elif plan.tied:
            yield Span(unit, 0, household_at(plan, seed, unit, wanted) or size, 0)
        else:
            begins = np.cumsum(sizes(plan, seed, unit)) - sizes(plan, seed, unit)
            for begin, many in zip(begins.tolist(), sizes(plan, seed, unit).tolist(), strict=True):
                if many:
                    yield Span(unit, begin, begin + min(many, max(2, round(many * wanted / size))), begin)


def _weights(plan: Plan, seed: int, people: People) -> npt.NDArray[np.float64]:
    """People that each of the sample stands for, float64[N]: of their unit, or of their cell where all live alone."""
    if plan.tied:
        unit = plan.cell_unit[people.cell]
        there = np.bincount(unit, minlength=len(plan.unit_size))
        return np.asarray(plan.unit_size[unit] / there[unit], dtype=np.float64)
    all_of = crowd(plan, seed)
    return np.asarray(all_of[people.cell] / np.bincount(people.cell, minlength=len(all_of))[people.cell])


def _turns(plan: Plan) -> npt.NDArray[np.float64]:
    found = np.zeros((TURNS, len(plan.cells)))
    for unit, size in enumerate(plan.unit_size.tolist()):
        here = plan.cell_unit == unit
        share = plan.cells.share[here]
        rounded = np.array([integer_sizes(share, size, (turn + 0.5) / TURNS) for turn in range(TURNS)])
        found[:, here] = rounded - size * share / share.sum()
    return found


class _Kept:
    """What is kept of each step while the sample is carried."""

    def __init__(self, plan: Plan, t: Tables, people: People) -> None:
        n = len(people)
        self.plan, self._t, self._people = plan, t, people
        self._heads = np.flatnonzero(people.home & HEAD)
        self._home = np.cumsum(people.home & HEAD != 0) - 1
        self._months = np.zeros((n, len(plan.tiers)))
        self._relatives, self._shared = np.zeros(n), np.zeros((n, len(plan.household_rights)))
        self._held = self._since = np.zeros(n, dtype=np.int64)
        self._spells: list[tuple[Ints, Ints, Ints]] = []
        self._owed, self._counted = np.zeros((n, 2)), np.zeros(self._months.shape)
        names = dict.fromkeys((r.right, r.effect) for rules in plan.plans for r in rules.rights) if plan.later else {}
        self._borne, self._limited = {name: np.zeros(n) for name in names}, np.zeros(n if plan.later else 0)

    def turn(self, plan: Plan, t: Tables) -> None:
        """From here on, these rules hold: what was owed under those before is added up."""
        self._owe()
        self.plan, self._t = plan, t

    def _owe(self) -> None:
        months, cell = self._months - self._counted, self._people.cell.astype(np.int64)
        self._owed += np.stack([(months * rate[cell]).sum(axis=1) for rate in debit_rates(self.plan)], axis=1)
        self._counted = self._months.copy()

    def before(self, state: agents.State) -> None:
        """The step begins."""
        self._held, self._since = (state.tier & TIER).astype(np.int64), state.since.astype(np.int64)
        self._months[np.arange(len(self._held)), self._held] += 1
        for name, steps in self._borne.items():
            steps += np.isin(self._held, [r.tier for r in self.plan.rights if (r.right, r.effect) == name])
        if len(self._limited):
            self._limited += np.isin(self._held, [r.tier for r in self.plan.rights if r.burden])
        if self.plan.kin_tiers or self.plan.household_rights:
            self._family()

    def after(self, state: agents.State, step: int) -> None:
        """It is over."""
        left = np.flatnonzero(self._held != state.tier & TIER)
        self._spells.append((left, step - self._since[left], self._held[left]))

    def _family(self) -> None:
        """Points for relatives, and rights that others of the home bear: as `loops.family` has it, by counting."""
        own = self._t.tier_bits[self._held]
        rules = np.zeros(len(own), dtype=np.int64)
        for bit in range(len(self.plan.kin_tiers)):
            rules |= self._others(own, bit)[1].astype(np.int64) << bit
        self._relatives += np.where(self._t.gone[self._held], 0, self._t.kin_points[rules])
        for h, right in enumerate(self.plan.household_rights):
            mine, others = self._others(own, 8 + h)
            if right.bearer == "children":
                some = (mine | others)[self._heads]
                self._shared[self._heads, h] += some * (self._people.home[self._heads] & CHILDREN)
            else:
                self._shared[:, h] += others & ~mine

    def _others(self, own: npt.NDArray[np.uint64], bit: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Whether a person's tier has a bit, and whether that of somebody else of the home has it."""
        mine = (own >> np.uint64(bit) & np.uint64(1)).astype(np.int64)
        return mine > 0, np.add.reduceat(mine, self._heads)[self._home] > mine

    def lives(self, state: agents.State, steps: int, weight: npt.NDArray[np.float64],
              turns: npt.NDArray[np.float64]) -> Lives:
        """All of it, at the end."""
        tier = (state.tier & TIER).astype(np.int64)
        still = np.arange(len(tier))
        spells = [*self._spells, (still, steps - state.since.astype(np.int64), tier)]
        who, lasted, place = (np.concatenate([pair[i] for pair in spells]) for i in range(3))
        ended = np.arange(len(who)) < len(who) - len(still)
        cell, point = self._people.cell.astype(np.int64), self.plan.ladder.resolution
        self._owe()
        debits = np.asarray(state.debits * point, dtype=np.float64)
        return Lives(cell, self._home, weight, self._months, self._held, tier, state.tier & EVER != 0,
                     np.asarray(self._relatives * point), debits, self._owed,
                     self._shared, who, place, lasted, ended, turns, self._borne, self._limited)
