"""How often the interval of each reported measure holds what it estimates, by simulation.

    python bench/coverage_of_measures.py                 2,000 runs of 200, 2,000, 20,000 people, with and without kin
    python bench/coverage_of_measures.py 500 200 2000    so many runs, of so many people
    python bench/coverage_of_measures.py --few           the measures that hold least often only

A line is a measure of one kind of study. `single` is one run with its own interval, `five` the mean of five replicates,
`paired` the difference that a reform makes over five seeds. What they estimate is the mean over all runs of the same
kind: 2,000 of them leave an error of a fortieth of one run's. In brackets: the median width over the width that would
do, 3.92 standard deviations.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sousveil.comparisons.paired import interval
from sousveil.draws import replicate_seed
from sousveil.engine import agents, trace
from sousveil.engine.people import settle
from sousveil.engine.plan import compile_plan
from sousveil.engine.trace import Trace
from sousveil.harms import measure_all
from sousveil.harms.replicates import measure_replicates
from sousveil.measures.measure import Measure
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme

__all__ = ["KINDS", "Held", "coverage", "study"]

STEPS = 24
KINDS = ("single", "five", "paired")
Key = tuple[str, str, str, str]


class Held(NamedTuple):
    """How often an interval held: of `said` intervals `held` did; wide: median width over 3.92 standard deviations.

    silent   how many runs said that the measure cannot be estimated
    beyond   whether an end lay where the measure cannot be
    """

    kind: str
    key: Key
    said: int
    held: int
    wide: float
    silent: int
    beyond: bool


def study(people: int, kin: bool, reform: bool = False) -> tuple[Scheme, Population, Assumptions]:
    """A points regime that has a little of everything; `kin`: debits of eight points within households of four."""
    scheme: dict[str, Any] = {
        "scheme": "coverage", "status": "invented",
        "channels": {"camera": {"coverage": {"group": {"A": 0.4, "B": 0.6}}, "mistaken": 0.05, "spurious": 0.02}},
        "signals": {"helps": {"channel": "camera", "points": 2, "lawful": True},
                    "jaywalks": {"channel": "camera", "points": -3, "lawful": False},
                    "posts": {"channel": "camera", "points": -2, "lawful": True, "expressive": True}},
        "score": {"start": 50, "floor": 0, "ceiling": 100, "decay": 0.05},
        "tiers": {"high": {"from": 58}, "middle": {"from": 42, "margin": 2}, "low": {"from": 0}},
        "consequences": {"low": [{"right": "travel", "effect": "denied", "income": 0.7},
                                 {"right": "school", "effect": "denied", "bearer": "children"},
                                 {"right": "loan", "effect": "priced", "bearer": "household"}]},
        "ceilings": {"B": "middle"} if reform else {},
        "kin": [{"when": "low", "points": -8}] if kin else [],
        "redress": {"notice": True, "appeal": 0.3, "upheld": 0.5}}
    population = {
        "population": "coverage", "people": people, "groups": {"A": 0.7, "B": 0.3},
        "strata": {"class": {"poor": 0.4, "rich": 0.6}}, "income": {"class": {"poor": 100, "rich": 400}},
        "frailty": {"shape": 1.0},
        "households": {"adults": {"4": 1.0} if kin else {"1": 0.5, "2": 0.5}, "children": {"0": 0.5, "2": 0.5}},
        "conduct": {"helps": {"rate": 0.4}, "jaywalks": {"rate": 0.3}, "posts": {"rate": 0.3}}}
    assumptions = {"assumptions": "coverage", "chilling": {"all": {"value": 1.0}}}
    return (Scheme.model_validate(scheme), Population.model_validate(population),
            Assumptions.model_validate(assumptions))


def traces(files: tuple[Scheme, Population, Assumptions], runs: int) -> list[Trace]:
    """So many runs of a study, each under a seed of its own."""
    plan = compile_plan(*files)
    seeds = [replicate_seed(1, i) for i in range(runs)]
    return [trace.of(plan, agents.simulate(plan, settle(plan, seed), STEPS, seed), "month") for seed in seeds]


def coverage(people: int, kin: bool, runs: int) -> list[Held]:
    """Every measure of a study of this kind: how often its interval holds, for each of `KINDS`."""
    base = traces(study(people, kin), runs)
    other = traces(study(people, kin, reform=True), runs)
    within = STEPS
    single = [{_key(m): m for m in measure_all(t, "A", within=within)} for t in base]
    reformed = [{_key(m): m for m in measure_all(t, "A", within=within)} for t in other]
    groups = [base[i:i + 5] for i in range(0, runs - runs % 5, 5)]
    five = [{_key(m): m for m in measure_replicates(group, "A")} for group in groups]
    found = [*_held("single", single, single), *_held("five", five, single)]
    differences = [{key: _minus(there[key], here[key]) for key in here if key in there}
                   for here, there in zip(single, reformed, strict=True)]
    paired = [_paired(differences[i:i + 5]) for i in range(0, runs - runs % 5, 5)]
    return [*found, *_held("paired", paired, differences)]


def _key(m: Measure) -> Key:
    return m.harm, m.measure, m.group, m.reference


def _minus(one: Measure, other: Measure) -> Measure:
    known = one.value is not None and other.value is not None
    value = one.value - other.value if known else None  # type: ignore[operator]
    return Measure(one.harm, one.measure, one.group, one.reference, value, None, None, one.unit, one.n)


def _paired(rows: Sequence[Mapping[Key, Measure]]) -> dict[Key, Measure]:
    found = {}
    for key, m in rows[0].items():
        values = [row[key].value for row in rows if key in row]
        if None in values or len(values) < len(rows):
            found[key] = Measure(*key, None, None, None, m.unit, None)
        else:
            found[key] = Measure(*key, *interval(np.array(values, dtype=float)), m.unit, None)
    return found


def _held(kind: str, said: Sequence[Mapping[Key, Measure]], every: Sequence[Mapping[Key, Measure]]) -> Iterator[Held]:
    values: dict[Key, list[float]] = defaultdict(list)
    for row in every:
        for key, m in row.items():
            if m.value is not None:
                values[key].append(m.value)
    for key in dict.fromkeys(key for row in said for key in row):
        mine = [row[key] for row in said if key in row]
        with_ends = [m for m in mine if m.value is not None and m.low is not None and m.high is not None]
        if len(values[key]) < len(every) / 2 or not with_ends:
            continue
        logarithm = mine[0].unit == "ratio" and min(values[key]) > 0 and kind != "paired"
        truth = math.exp(np.mean(np.log(values[key]))) if logarithm else float(np.mean(values[key]))
        spread = float(np.std(values[key], ddof=1)) / (1.0 if kind == "single" else math.sqrt(5))
        hair = 1e-9 * max(1.0, abs(truth))
        held = sum(m.low - hair <= truth <= m.high + hair for m in with_ends)  # type: ignore[operator]
        width = float(np.median([m.high - m.low for m in with_ends]))  # type: ignore[operator]
        below = 0.0 if kind != "paired" and not key[3] and min(values[key]) >= 0 else -math.inf
        beyond = any(m.low < below - 1e-12 for m in with_ends)  # type: ignore[operator]
        yield Held(kind, key, len(with_ends), held, width / (3.92 * spread) if spread > 0 else math.nan,
                   len(mine) - len(with_ends), beyond)


def main(words: Sequence[str]) -> None:
    """Print the table."""
    numbers = [int(float(word)) for word in words if not word.startswith("-")]
    runs, sizes = (numbers or [2_000])[0], numbers[1:] or [200, 2_000, 20_000]
    for kin in (False, True):
        for people in sizes:
            rows = coverage(people, kin, runs)
            print(f"\n{people:,} people, {'a strong' if kin else 'no'} kin rule, {runs:,} runs of {STEPS} steps")
            if "--few" in words:
                rows = [r for r in rows if r.held < 0.935 * r.said or r.beyond or r.wide > 1.5 or r.silent]
            for r in rows:
                name = ", ".join(part for part in r.key if part)
                print(f"{r.kind:7} {100 * r.held / r.said:5.1f} of 100 ({r.wide:4.2f})"
                      f"{f', silent in {r.silent}' if r.silent else ''}{', ENDS BEYOND' if r.beyond else ''}  {name}")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
