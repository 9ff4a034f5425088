"""A scheme and its reforms with the same luck, as paired differences (MODEL.md section 4).

Draws belong to persons, so person i meets the same luck in every world. What differs between two worlds is then the
reform and little else, and its effect needs far fewer runs to be seen. Any study can be the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.paired import ALIKE, change, saving
from sousveil.comparisons.worlds import abreast, carried
from sousveil.draws import replicate_seed
from sousveil.engine import compiled
from sousveil.engine import trace as traces
from sousveil.engine.people import People, alike, settle
from sousveil.engine.plan import Plan
from sousveil.engine.trace import Trace
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.harms import view
from sousveil.harms.catalogue import measured
from sousveil.intervals import replicated, skewed
from sousveil.measures.measure import Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.measures.width import Widths
from sousveil.progress import progress
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.settings import AnyReform, AnyStudy, Engine, settings, study_of, worlds_of
from sousveil.studies.limits import WholeNumber
from sousveil.studies.study import Study

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Comparison", "Key", "Moved", "Saving", "World", "compare"]

KEPT = 1 << 24
"""So many people of all seeds are kept for the next world, where the same live in it: 50 MB."""


class Key(NamedTuple):
    """What one number of a world is of."""

    name: Name
    group: str
    reference: str
    unit: str

    @classmethod
    def of(cls, m: Measure) -> Key:
        """What a measure is of."""
        return cls(m.name, m.group, m.reference, m.unit)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """One study of a comparison and what came of it.

    values   name, group, reference and unit -> float64[seeds]; NaN where it cannot be estimated
    notes    the caveat that travels with each
    trace    the trace under the first seed
    persons  float64[steps+1, groups, tiers]: how many are where after each step, the mean over seeds
    tiers    per seed, everybody's tier at the end; empty for the exact engine
    widths   how far what is not published moves its harms, and `apart` what it moves of the difference to the baseline;
             both empty before that was asked (see `unknowns.worlds`)
    """

    name: str
    study: Study
    plan: Plan
    values: dict[Key, npt.NDArray[np.float64]]
    notes: dict[Key, str]
    trace: Trace
    persons: npt.NDArray[np.float64]
    tiers: tuple[npt.NDArray[np.uint8], ...]
    widths: Widths = field(default_factory=Widths)
    apart: Widths = field(default_factory=Widths)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many of a group are, at the end, in tier `before` in the baseline and in tier `after` under the reform.

    Mean over seeds, with a 95 % interval over draws (None with one seed). `share` is of the group.
    """

    reform: str
    group: str
    before: str
    after: str
    persons: float
    low: float | None
    high: float | None
    share: float


@dataclass(frozen=True, slots=True)
class Saving:
    """How many times fewer runs pairing needs than independent seeds, for the same standard error of a difference;
    infinite where the paired difference is the same under every seed.
    """

    reform: str
    name: Name
    group: str
    times: float

    def plain(self) -> dict[str, Any]:
        """The row of a table: `reform`, `harm`, `measure`, `group`, `times`."""
        return {"reform": self.reform, "harm": self.name.harm, "measure": self.name.label, "group": self.group,
                "times": self.times}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A baseline and its reforms, all under the same seeds."""

    engine: str
    reason: str
    seeds: tuple[int, ...]
    baseline: World
    reforms: tuple[World, ...]

    def _repr_html_(self) -> str:
        from sousveil.comparisons.shown import html_of_comparison

        return html_of_comparison(self)

    def chart(self) -> Any:
        """How much larger every share in a tier is under each reform, as an Altair object (sousveil[charts])."""
        from sousveil.comparisons.shown import chart_of_comparison

        return chart_of_comparison(self)

    def levels(self, world: World) -> Measures:
        """Every harm of one world, with intervals over draws."""
        return Measures(tuple(_measure(key, values, self.engine, world)
                              for key, values in world.values.items())).wide(world.widths)

    def level(self, world: World, of: Measure) -> Measure:
        """The same harm of one world as a difference is of. Raises KeyError where the world has none of it."""
        key = Key.of(of)
        return _measure(key, world.values[key], self.engine, world)

    def differences(self, reform: World) -> Measures:
        """Every harm under the reform less the same harm in the baseline, paired by seed."""
        base = self.baseline.values
        return Measures(tuple(_measure(key, change(values, base[key]), self.engine, reform)
                              for key, values in reform.values.items() if key in base)).wide(reform.apart)

    def harms(self) -> pa.Table:
        """The differences of all reforms as one tidy table: `reform`, then the columns as in `Measures.table`."""
        import pyarrow as pa

        found = [(world.name, self.differences(world)) for world in self.reforms]
        names = pa.array([name for name, rows in found for _ in rows], type=pa.string())
        return Measures(tuple(m for _, rows in found for m in rows)).table().add_column(0, "reform", names)

    def moved(self) -> list[Moved]:
        """Who is in another tier than in the baseline, and who stays: needs persons, so nothing with `exact`.

        Nothing either for a reform that changes who the people are: then nobody is the same person in both worlds.
        """
        return [row for world in self.reforms for row in _moved(self.baseline, world)]

    def savings(self) -> list[Saving]:
        """What pairing saved, for every difference that varies; nothing with fewer than three seeds."""
        found = []
        for world in self.reforms:
            for key, values in world.values.items():
                times = saving(self.baseline.values[key], values) if key in self.baseline.values else None
                if times is not None and not np.isnan(times):
                    found.append(Saving(world.name, key.name, key.group, times))
        return found


@checked
def compare(study: AnyStudy, reforms: AnyReform | Iterable[AnyReform], *, seeds: WholeNumber = 20,
            people: WholeNumber | None = None, steps: WholeNumber | None = None, seed: WholeNumber | None = None,
            engine: Engine = "auto", threads: WholeNumber | None = None) -> Comparison:
    """Run a study and its reforms under seeds that follow from its own and pair them.

    study    a study, a path to one, or its name in the atlas; people, steps and seed as it says, unless given
    reforms  names of reforms of the study, {path: value}, reforms, or any other studies with the same groups
    threads  default: all that this process may use; the result does not depend on it

    Raises InputError, EngineRefusal.
    """
    asked = settings(people=people, steps=steps, seed=seed, seeds=seeds, engine=engine, threads=threads)
    study = study_of(study)
    others = worlds_of(study, reforms)
    if not others:
        raise InputError("there is nothing to compare with: name a reform of the study, or change something")
    study = asked.sized(study)
    studies = [study, *(asked.sized(other).evolve(seed=study.seed) for other in others)]
    for other in studies[1:]:
        _refuse_unlike(study, other)
    plans = [plan_of(s) for s in studies]
    chosen = [chosen_engine(s, plan, asked.engine) for s, plan in zip(studies, plans, strict=True)]
    # All worlds run on one engine: a difference between two engines is not the reform's doing.
    name, reason = next((c for c in chosen if c[0] == "agents"), chosen[0])
    used = tuple(replicate_seed(study.seed, i) for i in range(asked.seeds if name == "agents" else 1))
    compiled.announce(name)
    with progress("Worlds", total=len(used) * len(studies)) as done:
        ran = _carried(studies, plans, used, name, asked.threads, done)
    names = ["baseline", *(s.label or "reform" for s in studies[1:])]
    worlds = [World(label, s, plan, *_measured(found, s.reference), found[0], _persons(found), tiers)
              for label, s, plan, (found, tiers) in zip(names, studies, plans, ran, strict=True)]
    return Comparison(name, reason, used, worlds[0], tuple(worlds[1:]))


def _refuse_unlike(study: Study, other: Study) -> None:
    """Raise InputError where two studies cannot be set side by side: another horizon, or other groups."""
    name = other.label or other.name
    if (study.steps, study.scheme.step) != (other.steps, other.scheme.step):
        raise InputError(f"{study.name} runs for {study.steps} {study.scheme.step}s and {name} for {other.steps} "
                         f"{other.scheme.step}s: a comparison needs one horizon; give steps")
    groups, others = [*study.population.groups], [*other.population.groups]
    if groups != others:
        raise InputError(f"the groups of {study.name} are {', '.join(groups)}, those of {name} {', '.join(others)}: "
                         "a comparison needs the same groups, in one order")


def _carried(studies: Sequence[Study], plans: Sequence[Plan], seeds: tuple[int, ...], engine: str, threads: int,
             done: Callable[[int], None]) -> list[tuple[list[Trace], tuple[npt.NDArray[np.uint8], ...]]]:
    """Of every study its traces, a seed each, and everybody's tier at the end."""
    kept: dict[int, People] = {}
    keep = len(plans) > 1 and len(seeds) * studies[0].people <= KEPT

    def settled(plan: Plan, seed: int) -> People:
        shared = keep and alike(plan, plans[0])
        people = kept.get(seed) if shared else None
        people = settle(plan, seed) if people is None else people
        if shared:
            kept[seed] = people
        return people

    def one(study: Study, plan: Plan, seed: int, threads: int) -> tuple[Trace, npt.NDArray[np.uint8] | None]:
        people = settled(plan, seed) if engine == "agents" else None
        outcome, ends = carried(plan, people, study.steps, seed, threads)
        return traces.of(plan, outcome, study.scheme.step), ends

    runs = [partial(one, study, plan, seed) for study, plan in zip(studies, plans, strict=True) for seed in seeds]
    each: list[tuple[Trace, npt.NDArray[np.uint8] | None]] = []
    for found in abreast(runs, studies[0].people if engine == "agents" else None, threads):
        each.append(found)
        done(1)
    of_study = (each[at:at + len(seeds)] for at in range(0, len(each), len(seeds)))
    return [([trace for trace, _ in them], tuple(ends for _, ends in them if ends is not None)) for them in of_study]


def _persons(found: list[Trace]) -> npt.NDArray[np.float64]:
    return np.asarray(np.mean([view.of(trace).column("persons") for trace in found], axis=0))


def _measured(found: list[Trace], reference: str) -> tuple[dict[Key, npt.NDArray[np.float64]], dict[Key, str]]:
    values: dict[Key, list[float]] = {}
    notes: dict[Key, str] = {}
    for trace in found:
        for m in measured(trace, reference):
            key = Key.of(m)
            values.setdefault(key, []).append(np.nan if m.value is None else m.value)
            notes[key] = notes.get(key) or m.note
    return {k: np.array(v) for k, v in values.items()}, notes


def _measure(key: Key, values: npt.NDArray[np.float64], engine: str, world: World) -> Measure:
    (name, group, reference, unit), note = key, world.notes[key]
    known = values[~np.isnan(values)]
    if len(known) < len(values) or not len(known):
        why = note or "not estimable in every run"
        return Measure(name, group, reference, None, None, None, unit, len(known), "", why)
    value, low, high = replicated(known)
    if engine == "exact":
        return Measure(name, group, reference, value, value, value, unit, None, "exact", note)
    over: Over = "draws" if low is not None else ""
    if low is None and len(known) > 1:
        some = np.count_nonzero(known - known[0])
        found = f"something other than 0 under {np.count_nonzero(known)} of" if some else ALIKE
        note = "; ".join(filter(None, (note, f"{found} {len(known)} seeds: too few to tell chance from none")))
    elif low is not None:
        note = "; ".join(filter(None, (note, skewed(float(world.plan.unit_size.sum()), len(known)))))
    return Measure(name, group, reference, value, low, high, unit, len(known), over, note)


def _moved(base: World, world: World) -> list[Moved]:
    same = np.array_equal(base.plan.cell_unit, world.plan.cell_unit) and np.array_equal(
        base.plan.unit_size, world.plan.unit_size) and np.allclose(base.plan.cells.share, world.plan.cells.share)
    if not base.tiers or not same:
        return []
    # People stand in the order of units, each of one group, whatever the seed.
    before_of, after_of = len(base.plan.tiers), len(world.plan.tiers)
    group_of = np.repeat(base.plan.unit_group * (before_of * after_of), base.plan.unit_size)
    cells = len(base.plan.groups) * before_of * after_of
    tables = np.array([np.bincount(group_of + before.astype(np.int64) * after_of + after, minlength=cells)
                       for before, after in zip(base.tiers, world.tiers, strict=True)], dtype=np.float64)
    rows = []
    for counts, group in zip(np.split(tables, len(base.plan.groups), axis=1), base.plan.groups, strict=True):
        total = counts[0].sum()
        for index in range(counts.shape[1]):
            mean, low, high = replicated(counts[:, index])
            t, u = divmod(index, len(world.plan.tiers))
            rows.append(Moved(world.name, group, base.plan.tiers[t], world.plan.tiers[u], mean,
                              None if low is None else max(0.0, low), high, float(mean / total) if total else 0.0))
    return rows
