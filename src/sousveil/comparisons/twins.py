"""Twin worlds: who is in a lower tier only because of one cause. Same people, same luck, the cause removed.

    records that are not theirs    nothing is mistaken and nothing spurious
    kin                            nobody pays for a relative
    the ceiling                    nobody has a ceiling
    records of irrelevant acts     signals that are marked `relevant: false` count for nothing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.worlds import carried, without_ceilings
from sousveil.draws import replicate_seed
from sousveil.engine import compiled
from sousveil.engine.arrays import HEAD
from sousveil.engine.people import People, settle
from sousveil.engine.plan import Plan
from sousveil.intervals import replicated, skewed, wilson
from sousveil.measures.measure import ALL, Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.progress import progress
from sousveil.runs.plans import plan_of
from sousveil.runs.settings import AnyStudy, settings
from sousveil.studies.limits import WholeNumber
from sousveil.studies.patch import plain
from sousveil.studies.study import Study

if TYPE_CHECKING:
    from sousveil.comparisons.why import Why

__all__ = ["LOWER_ONLY_BECAUSE", "MOST", "of_why", "twins"]

LOWER_ONLY_BECAUSE = Names("wrongful", "share in a lower tier only because of {cause}")


MOST = 100_000
"""Twins are told by drawing people; so many are enough where the causes were worked out for a whole nation."""


def of_why(found: Why, threads: WholeNumber | None = None) -> Measures:
    """The twins that go with an explanation: under as many seeds, of as many people, up to `MOST`."""
    exact = found.engine == "exact"
    return twins(found.study, seeds=5 if exact else len(found.gap), threads=threads,
                 people=min(found.study.people, MOST) if exact else None)


def twins(study: AnyStudy, *, seeds: WholeNumber = 5, people: WholeNumber | None = None,
          steps: WholeNumber | None = None, seed: WholeNumber | None = None, threads: WholeNumber | None = None
          ) -> Measures:
    """Share of each group that is in a lower tier at the end than its twin in the world without a cause.

    Intervals are over draws with several seeds, over sampling with one. A cause that the scheme does not know gives 0.
    Raises InputError.
    """
    asked = settings(people=people, steps=steps, seed=seed, seeds=seeds, threads=threads)
    study = asked.sized(study)
    plan = plan_of(study)
    others = {name: plan_of(study.reform(patch)) for name, patch in _patches(study).items()}
    others["the ceiling"] = without_ceilings(plan)
    lower: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in others}
    effects: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in others}
    size = np.bincount(plan.unit_group, weights=plan.unit_size, minlength=len(plan.groups))
    compiled.announce("agents")
    with progress("Twin worlds", total=asked.seeds * (1 + len(others))) as done:
        for seed in (replicate_seed(study.seed, i) for i in range(asked.seeds)):
            folk = settle(plan, seed)
            group = plan.cell_group[folk.cell]
            _, real = carried(plan, folk, study.steps, seed, asked.threads)
            done(1)
            for name, other in others.items():
                _, twin = carried(other, folk, study.steps, seed, asked.threads)
                lower[name].append(np.bincount(group[real < twin], minlength=len(plan.groups)).astype(np.float64))
                effects[name].append(_effects(real < twin, plan, folk))
                done(1)
    rows, note = [], skewed(float(size.sum()), asked.seeds)
    for name, counts in lower.items():
        table, effect = np.array(counts), np.mean(effects[name], axis=0)
        rows.append(_row(name, ALL, table.sum(axis=1), float(size.sum()), float(effect[-1]), note))
        rows += [_row(name, g, table[:, i], float(size[i]), float(effect[i]), note) for i, g in enumerate(plan.groups)]
    return Measures(tuple(rows))


def _patches(study: Study) -> dict[str, Mapping[str, Any]]:
    scheme = study.written.scheme
    records = {f"channels.{channel}.{what}": 0 for channel in scheme.channels for what in ("mistaken", "spurious")}
    meaningless = {f"signals.{name}.points": 0 for name, signal in scheme.signals.items() if not signal.relevant}
    found: dict[str, Mapping[str, Any]] = {"records that are not theirs": records, "kin": {"kin": []}}
    found |= {"records of irrelevant acts": meaningless} if meaningless else {}
    return {name: {**patch, **_for_good(study, patch)} for name, patch in found.items()}


def _for_good(study: Study, patch: Mapping[str, Any]) -> Mapping[str, Any]:
    """The changes on a date without those that would bring back what a patch takes out."""
    def undone(path: str) -> bool:
        inner = path.removeprefix("scheme.")
        return any(inner == out or inner.startswith(out + ".") for out in patch)

    changes = [plain(change) for change in study.written.scheme.changes]
    left = [change | {"set": {path: new for path, new in change["set"].items() if not undone(path)}}
            for change in changes]
    return {} if left == changes else {"changes": [change for change in left if change["set"] or change["ends"]]}


def _effects(lower: npt.NDArray[np.bool_], plan: Plan, folk: People) -> npt.NDArray[np.float64]:
    """Design effects of the share who are lower, of each group and of everybody: homes fare together (Kish 1965)."""
    heads, group = np.flatnonzero(folk.home & HEAD), plan.cell_group[folk.cell]
    found = []
    for here in (*(group == g for g in range(len(plan.groups))), np.ones(len(group), dtype=bool)):
        share = lower[here].mean() if here.any() else 0.0
        homes = np.add.reduceat(here * (lower - share), heads)
        alone = float(here.sum() * share * (1.0 - share))
        size = np.add.reduceat(here.astype(np.float64), heads)
        # Where nobody is lower, a home that kin rules tie may fare as one.
        tied = float((size**2).sum() / max(size.sum(), 1.0)) if plan.kin_tiers else 1.0
        found.append(float((homes**2).sum()) / alone if alone > 0 else tied)
    return np.array(found)


def _row(cause: str, group: str, lower: npt.NDArray[np.float64], people: float, effect: float, note: str) -> Measure:
    name = LOWER_ONLY_BECAUSE(cause=cause)
    if people == 0:
        return Measure(name, group, "", None, None, None, "share", 0, "", "nobody is in this group")
    over: Over = "draws"
    value, low, high = replicated(lower / people)
    if low is None or high is None:
        over = "sampling"
        low, high = wilson(lower.sum() / effect, people * len(lower) / effect) or (0.0, 1.0)
    return Measure(name, group, "", value, max(0.0, low), min(1.0, high), "share", people, over, note)
