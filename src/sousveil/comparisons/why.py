"""Why there is a gap between two groups: which cause carries how much of it (MODEL.md section 7).

Six causes are each equalised or not: 64 worlds with the same luck. The gap of every world is a game among the causes
that are left in it, and the Shapley value shares it out: what a cause adds, averaged over all orders in which causes
can come in. The shares add up to the gap, less what stays when all six are equalised (`rest`).

Shapley, "A value for n-person games" (1953); interactions: Grabisch and Roubens, Int. J. Game Theory 28 (1999).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.bootstrap import bootstrap
from sousveil.comparisons.listed import nearest_first, of_study
from sousveil.comparisons.worlds import CAUSES, Exposure, abreast, carried, equalised, exposures
from sousveil.draws import replicate_seed
from sousveil.engine import compiled
from sousveil.engine import trace as traces
from sousveil.engine.outcome import Outcome
from sousveil.engine.people import People, settle
from sousveil.engine.plan import Plan
from sousveil.errors import InputError, did_you_mean
from sousveil.ground.arguments import checked
from sousveil.harms import chilling, income, rights, tiers, wrongful
from sousveil.measures.measure import Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names
from sousveil.measures.width import Widths
from sousveil.progress import progress
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.limits import WholeNumber, described
from sousveil.studies.periods import consequences
from sousveil.studies.scheme_fields import BURDENS
from sousveil.studies.study import Study

__all__ = ["CAUSE", "CAUSES_TOGETHER", "GAP", "HARMS", "REST", "Why", "interactions", "names_of",
           "shapley", "told", "why"]

Floats = npt.NDArray[np.float64]

GAP = Names("why", "gap in {harm}")
CAUSE = Names("why", "{cause}")
REST = Name("why", "rest")
"""What stays of the gap when all causes are equalised."""
CAUSES_TOGETHER = Names("why", "{one} and {other}")
_ROUNDING = 1e-10
"""Gaps below this, relative to the level, are rounding and no gap."""

TOGETHER = "of two causes, what they do together beyond what each does alone"


@dataclass(frozen=True, eq=False)
class Why:
    """The gap (of `group`, less `reference`) and who carries it. Intervals are 95 %, by bootstrap over seeds.

    values        [seeds, 64] gap of every world; world w has cause i left in it when bit i of w is set
    shares        [seeds, 6] Shapley values; together [seeds, 6, 6] pairwise interactions
    rest          [seeds] the gap that stays when all causes are equalised
    widths        how far what is not published moves all of them; empty before that was asked (see `unknowns.causes`)
    """

    study: Study
    harm: str
    group: str
    reference: str
    unit: str
    engine: str
    values: Floats
    shares: Floats
    together: Floats
    rest: Floats
    widths: Widths = field(default_factory=Widths)

    def _repr_html_(self) -> str:
        from sousveil.comparisons.shown import html_of_why

        return html_of_why(self)

    def chart(self) -> Any:
        """What every cause carries of the gap, as an Altair object (sousveil[charts])."""
        from sousveil.comparisons.shown import chart_of_why

        return chart_of_why(self)

    @property
    def gap(self) -> Floats:
        """[seeds] the gap in the world as it is."""
        return np.asarray(self.values[:, -1])

    def measures(self) -> Measures:
        """The gap, the share of every cause and the rest, with intervals over draws (or exact), largest first."""
        causes = sorted(self._told.of(CAUSE), key=lambda m: -abs(m.value or 0.0))
        return Measures((*self._told.of(GAP), *causes, *self._told.of(REST)))

    def pairs(self) -> Measures:
        """What two causes do together beyond what each does alone, largest first."""
        return Measures(tuple(sorted(self._told.of(CAUSES_TOGETHER), key=lambda m: -abs(m.value or 0.0))))

    @cached_property
    def _told(self) -> Measures:
        """The gap, the causes, the rest and the pairs of causes: resampled together, since they add up."""
        columns, names = told(self.values), names_of(self.harm)
        means = np.where(np.all(columns == columns[0], axis=0), columns[0], columns.mean(axis=0)).tolist()
        ends: list[tuple[float | None, float | None]] = [(None, None)] * len(names)
        over: Over = ""
        if self.engine == "exact":
            ends, over = [(value, value) for value in means], "exact"
        elif len(columns) > 1:
            low, high = bootstrap(columns, self.study.seed)
            ends, over = list(zip(low.tolist(), high.tolist(), strict=True)), "draws"
        return Measures(tuple(
            Measure(name, self.group, self.reference, value, *end, self.unit, len(columns), over,
                    TOGETHER if name in CAUSES_TOGETHER else "")
            for name, value, end in zip(names, means, ends, strict=True))).wide(self.widths)


_PAIRS = tuple(itertools.combinations(range(len(CAUSES)), 2))


def names_of(harm: str) -> list[Name]:
    """What the columns of `told` are of."""
    return [GAP(harm=harm), *(CAUSE(cause=cause) for cause in CAUSES), REST,
            *(CAUSES_TOGETHER(one=CAUSES[i], other=CAUSES[j]) for i, j in _PAIRS)]


def told(values: Floats) -> Floats:
    """The gap, the causes, the rest and the pairs of causes, float64[seeds, q], from the gaps of all worlds."""
    together = np.stack([interactions(v) for v in values])
    return np.column_stack([values[:, -1], np.stack([shapley(v) for v in values]), values[:, 0],
                            *(together[:, i, j] for i, j in _PAIRS)])


@checked
def why(study: AnyStudy, harm: str = "bottom-tier", between: tuple[str, str] | None = None, *,
        seeds: WholeNumber = 5, people: WholeNumber | None = None, steps: WholeNumber | None = None,
        seed: WholeNumber | None = None, engine: Engine = "auto", threads: WholeNumber | None = None) -> Why:
    """Split the gap in a harm between two groups (reference first) among six causes.

    study     a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    harm      one of `comparisons.listed`
    between   (reference, group); default: the study's reference and the group most unlike it
    seeds     replicates of the agents engine, each with all 64 worlds; the exact engine needs none

    Raises InputError; EngineRefusal.
    """
    asked = settings(people=people, steps=steps, seed=seed, seeds=seeds, engine=engine, threads=threads)
    study = asked.sized(study)
    value, unit = _valued(study, harm)
    plan = plan_of(study)
    if between is not None:
        _check(between, plan.groups)
    engine_name, _ = chosen_engine(study, plan, asked.engine)
    pairs = [replicate_seed(study.seed, i) for i in range(asked.seeds)] if engine_name == "agents" else [study.seed]
    worlds = list(itertools.product((False, True), repeat=len(CAUSES)))
    values = np.zeros((len(pairs), len(worlds)))
    groups: tuple[int, int] | None = None
    compiled.announce(engine_name)
    with progress("Worlds", total=len(pairs) * len(worlds)) as done:
        for row, seed in enumerate(pairs):
            people_ = settle(plan, seed) if engine_name == "agents" else None
            real, _ = carried(plan, people_, study.steps, seed, asked.threads)
            met = exposures(plan, real)
            groups = groups or _groups(study, plan, real, value, between)
            runs = [partial(_gap, plan, real, met, people_, study.steps, seed, value, groups, kept) for kept in worlds]
            crowd = None if people_ is None else len(people_)
            for index, gap in enumerate(abreast(runs, crowd, asked.threads)):
                values[row, index] = gap
                done(1)
    assert groups is not None
    return Why(study, harm, plan.groups[groups[1]], plan.groups[groups[0]], unit, engine_name, values,
               np.stack([shapley(v) for v in values]), np.stack([interactions(v) for v in values]), values[:, 0])


def _gap(plan: Plan, real: Outcome, met: tuple[Exposure, ...], people: People | None, steps: int, seed: int,
         value: Callable[[Plan, Outcome, int], float], groups: tuple[int, int], kept: Sequence[bool], threads: int
         ) -> float:
    """The gap in the world with the causes that are kept; `real` is the outcome of the one with all of them."""
    out = [cause for cause, stays in zip(CAUSES, reversed(kept), strict=True) if not stays]
    world = equalised(plan, out, met) if out else plan
    outcome = carried(world, people, steps, seed, threads)[0] if out else real
    return value(world, outcome, groups[1]) - value(world, outcome, groups[0])


def shapley(values: Floats) -> Floats:
    """Shapley value of each of n players from the worths of all 2**n coalitions, coalition w having player i when bit i
    of w is set: float64[n], which adds up to values[-1] - values[0].
    """
    n = (len(values) - 1).bit_length()
    shares = np.zeros(n)
    for i in range(n):
        for w in range(len(values)):
            if not w >> i & 1:
                size = w.bit_count()
                weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
                shares[i] += weight * (values[w | 1 << i] - values[w])
    return shares


def interactions(values: Floats) -> Floats:
    """Shapley interaction index of every two players: float64[n, n], zero on the diagonal, symmetric."""
    n = (len(values) - 1).bit_length()
    found = np.zeros((n, n))
    for i, j in itertools.combinations(range(n), 2):
        for w in range(len(values)):
            if not w >> i & 1 and not w >> j & 1:
                size = w.bit_count()
                weight = math.factorial(size) * math.factorial(n - size - 2) / math.factorial(n - 1)
                both, one, other = values[w | 1 << i | 1 << j], values[w | 1 << i], values[w | 1 << j]
                found[i, j] += weight * (both - one - other + values[w])
        found[j, i] = found[i, j]
    return found


def _check(between: Sequence[str], names: tuple[str, ...]) -> None:
    """Raise InputError unless these are two groups of the population."""
    if isinstance(between, str) or not isinstance(between, Sequence) or not all(isinstance(g, str) for g in between):
        raise InputError(f'between: {described(between)} is not two groups, as ("A", "B") is')
    for name in between:
        if name not in names:
            raise InputError(f'group "{name}" is not in the population' + did_you_mean(name, names))
    if len(between) != 2 or between[0] == between[1]:
        raise InputError("a gap is between two groups, for example --between A,B")


def _groups(study: Study, plan: Plan, outcome: Outcome, value: Callable[[Plan, Outcome, int], float],
            between: Sequence[str] | None) -> tuple[int, int]:
    names = list(plan.groups)
    size = np.bincount(plan.unit_group, weights=plan.unit_size, minlength=len(names))
    if between is not None:
        for name in between:
            if size[names.index(name)] == 0:
                raise InputError(f'nobody of {plan.people:,} people is in group "{name}": there is no gap to explain')
        return names.index(between[0]), names.index(between[1])
    first = names.index(study.reference)
    others = [g for g in range(len(names)) if g != first and size[g] > 0]
    if not others or size[first] == 0:
        raise InputError("all people are in one group, so there is no gap between groups")
    own = value(plan, outcome, first)
    gaps = {g: abs(value(plan, outcome, g) - own) for g in others}
    most = max(others, key=lambda g: gaps[g])
    if gaps[most] <= _ROUNDING * max(abs(own), 1e-300):
        raise InputError(f"there is no gap: every group fares as {names[first]} does")
    return first, most


def _valued(study: Study, harm: str) -> tuple[Callable[[Plan, Outcome, int], float], str]:
    """The number of a harm for one group of a world, and its unit. Raises InputError for a harm that is not listed."""
    if harm in HARMS:
        return HARMS[harm]
    known = of_study(study)
    if harm not in known:
        raise InputError(f'there is no harm "{harm}" to explain' + nearest_first(harm, dict.fromkeys((*HARMS, *known))))
    asked = known[harm]
    brought = consequences(study.scheme, study.population, study.assumptions).values()
    if harm == "children" and not any(c.bearer in ("children", "household") and c.effect in BURDENS
                                      for them in brought for c in them):
        raise InputError("no consequence of this scheme falls on children")
    last: list[tuple[Outcome, Measures]] = []

    def value(plan: Plan, outcome: Outcome, group: int) -> float:
        held = last[0] if last else None  # worlds are looked at side by side: another may come between
        if held is None or held[0] is not outcome:
            made = _MODULES[asked.name.harm].measures(traces.of(plan, outcome, study.scheme.step), False)
            held = outcome, Measures(tuple(made))
            last[:] = [held]
        m = held[1].find(asked.name, plan.groups[group])
        if m is None:  # a right has no row where nobody goes without it
            return 0.0
        if m.value is None or (asked.each and not m.n):
            raise InputError(f"{asked.words} cannot be estimated in every world, so the gap cannot be split: {m.note}")
        return m.value / m.n if asked.each and m.n else m.value

    return value, asked.unit


_MODULES: dict[str, Any] = {"tiers": tiers, "rights": rights, "wrongful": wrongful, "income": income,
                            "chilling": chilling}


def _persons(plan: Plan, outcome: Outcome, group: int) -> Floats:
    """[steps+1, C', T] of the group's cells."""
    return np.asarray(outcome.occupancy[:, plan.cell_group == group], dtype=np.float64)


def _bottom(plan: Plan, outcome: Outcome, group: int) -> float:
    persons = _persons(plan, outcome, group)[-1]
    return float(persons[:, 0].sum() / persons.sum())


def _under(plan: Plan, outcome: Outcome, group: int) -> Iterator[tuple[Plan, Floats]]:
    """The plan of each period, with who of a group bears it: [its steps, C', T]."""
    persons, begin = _persons(plan, outcome, group)[:-1], 0
    for rules, later in zip(plan.plans, (*plan.later, None), strict=True):
        end = outcome.steps if later is None else min(later.at - 1, outcome.steps)
        yield rules, persons[begin:end]
        begin = end


def _rights(plan: Plan, outcome: Outcome, group: int) -> float:
    """Rights limited, per person and step of the run: a month without two rights counts twice."""
    limited = 0.0
    for rules, persons in _under(plan, outcome, group):
        burdens = np.zeros(len(rules.tiers))
        for right in {(r.tier, r.right) for r in rules.rights if r.burden}:
            burdens[right[0]] += 1.0
        limited += float((persons.sum(axis=1) @ burdens).sum())
    return limited / float(_persons(plan, outcome, group)[:-1].sum())


def _income(plan: Plan, outcome: Outcome, group: int) -> float:
    lost = sum(float((persons * rules.income_lost[plan.cell_group == group]).sum())
               for rules, persons in _under(plan, outcome, group))
    return lost / float(_persons(plan, outcome, group)[:-1].sum())


def _wrongful(plan: Plan, outcome: Outcome, group: int) -> float:
    units = plan.unit_group == group
    return float(outcome.wrongful_ever[-1, units].sum() / _persons(plan, outcome, group)[-1].sum())


HARMS: dict[str, tuple[Callable[[Plan, Outcome, int], float], str]] = {
    "bottom-tier": (_bottom, "share"),
    "rights-denied": (_rights, "rights per person"),
    "income-lost": (_income, "money per person and step"),
    "wrongful-debit": (_wrongful, "share"),
}
"""Harms whose gap is read off the outcome: name -> (value for one group, unit). The others are measured."""
