"""Twin worlds: who is in a lower tier only because of one cause. Same people, same luck, the cause removed.

    records that are not theirs    nothing is mistaken and nothing spurious
    kin                            nobody pays for a relative
    the ceiling                    no group has a ceiling
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.paired import interval
from sousveil.comparisons.worlds import carried
from sousveil.draws import replicate_seed
from sousveil.engine.people import settle
from sousveil.intervals import wilson
from sousveil.measures.measure import ALL, Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.progress import progress
from sousveil.runs.run import plan_of
from sousveil.runs.settings import AnyStudy, settings
from sousveil.studies.limits import WholeNumber
from sousveil.studies.study import Study

__all__ = ["LOWER_ONLY_BECAUSE", "twins"]

LOWER_ONLY_BECAUSE = Names("wrongful", "share in a lower tier only because of {cause}")


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
    lower: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in others}
    size = np.bincount(plan.unit_group, weights=plan.unit_size, minlength=len(plan.groups))
    with progress("Twin worlds", total=asked.seeds * (1 + len(others))) as done:
        for seed in (replicate_seed(study.seed, i) for i in range(asked.seeds)):
            folk = settle(plan, seed)
            group = plan.cell_group[folk.cell]
            _, real = carried(plan, folk, study.steps, seed, asked.threads)
            done(1)
            for name, other in others.items():
                _, twin = carried(other, folk, study.steps, seed, asked.threads)
                lower[name].append(np.bincount(group[real < twin], minlength=len(plan.groups)).astype(np.float64))
                done(1)
    rows = []
    for name, counts in lower.items():
        table = np.array(counts)
        rows.append(_row(name, ALL, table.sum(axis=1), float(size.sum())))
        rows += [_row(name, g, table[:, i], float(size[i])) for i, g in enumerate(plan.groups)]
    return Measures(tuple(rows))


def _patches(study: Study) -> dict[str, Mapping[str, Any]]:
    scheme = study.written.scheme
    records = {f"channels.{channel}.{what}": 0 for channel in scheme.channels for what in ("mistaken", "spurious")}
    return {"records that are not theirs": records, "kin": {"kin": []}, "the ceiling": {"ceilings": {}}}


def _row(cause: str, group: str, lower: npt.NDArray[np.float64], people: float) -> Measure:
    name = LOWER_ONLY_BECAUSE(cause=cause)
    if people == 0:
        return Measure(name, group, "", None, None, None, "share", 0, "", "nobody is in this group")
    over: Over = "draws"
    value, low, high = interval(lower / people)
    if low is None or high is None:
        (low, high), over = wilson(lower.sum(), people * len(lower)) or (0.0, 1.0), "sampling"
    return Measure(name, group, "", value, max(0.0, low), min(1.0, high), "share", people, over)
