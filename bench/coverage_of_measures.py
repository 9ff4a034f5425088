"""How often the interval of each reported measure holds what it estimates, by simulation.

    python bench/coverage_of_measures.py                 2,000 runs of 200, 2,000, 20,000 and 100,000 people: over an
                                                         hour of one processor
    python bench/coverage_of_measures.py 500 200 2000    so many runs, of so many people
    python bench/coverage_of_measures.py --few           measures that hold in fewer than 93 of 100, or are too wide
    python bench/coverage_of_measures.py --docs          the same as the tables of docs/coverage.md

Each with and without strong kin rules. `single` is one run with its own interval, `replicates` the mean of five runs,
`paired` the difference that a reform makes over five seeds, `twins` one run, and five, with and without a cause. What
they estimate is the mean over all runs of the same kind. In brackets: the median width over the width that would do,
3.92 standard deviations.
"""

from __future__ import annotations

import math
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sousveil.comparisons.paired import change
from sousveil.comparisons.twins import twins
from sousveil.draws import replicate_seed
from sousveil.engine import agents, trace
from sousveil.engine.people import settle
from sousveil.engine.plan import compile_plan
from sousveil.engine.relive import relive
from sousveil.engine.trace import Trace
from sousveil.harms import measure_all
from sousveil.harms.effects import with_effects
from sousveil.harms.replicates import SIGNED, measure_replicates
from sousveil.harms.trap import MEDIAN_STAY
from sousveil.intervals import replicated
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name
from sousveil.studies.study import Study, load

__all__ = ["KINDS", "Held", "coverage", "study"]

STEPS = 24
SIZES = (200, 2_000, 20_000, 100_000)
RUNS = 2_000
"""How many runs of so many people."""

KINDS = ("single", "replicates", "paired", "twins, one seed", "twins, five seeds")
FEW, WIDE = 0.93, 1.5
PAGE = Path(__file__).parent.parent / "docs" / "coverage.md"
Key = tuple[Name, str, str]


class Held(NamedTuple):
    """How often an interval held: of `said` intervals `held` did; wide: median width over 3.92 standard deviations.

    silent   how many runs said that the measure cannot be estimated, or has no interval
    beyond   whether an end lay where the measure cannot be
    """

    kind: str
    key: Key
    said: int
    held: int
    wide: float
    silent: int
    beyond: bool

    @property
    def share(self) -> float:
        """Of the intervals, those that held."""
        return self.held / self.said

    def short(self, by: float = 0.0) -> bool:
        """Whether it held in fewer than 93 of 100, by so many standard errors."""
        return self.share < FEW - by * math.sqrt(FEW * (1 - FEW) / self.said)


def study(people: int, kin: bool, reform: bool = False) -> Study:
    """A points regime that has a little of everything; `kin`: debits of eight points within households of four.

    The reform halves what posts cost.
    """
    scheme: dict[str, Any] = {
        "scheme": "coverage", "status": "invented",
        "channels": {"camera": {"coverage": {"group": {"A": 0.4, "B": 0.6}}, "mistaken": 0.05, "spurious": 0.02}},
        "signals": {"helps": {"channel": "camera", "points": 2, "lawful": True},
                    "jaywalks": {"channel": "camera", "points": -3, "lawful": False},
                    "posts": {"channel": "camera", "points": -1 if reform else -2, "lawful": True,
                              "expressive": True}},
        "score": {"start": 50, "floor": 0, "ceiling": 100, "decay": 0.05},
        "tiers": {"high": {"from": 58}, "middle": {"from": 42, "margin": 2}, "low": {"from": 0}},
        "consequences": {"low": [{"right": "travel", "effect": "denied", "income": 0.7},
                                 {"right": "school", "effect": "denied", "bearer": "children"},
                                 {"right": "loan", "effect": "priced", "bearer": "household"}]},
        "kin": [{"when": "low", "points": -8}] if kin else [],
        "redress": {"notice": True, "appeal": 0.3, "upheld": 0.5}}
    population = {
        "population": "coverage", "people": people, "groups": {"A": 0.7, "B": 0.3},
        "strata": {"class": {"poor": 0.4, "rich": 0.6}}, "income": {"class": {"poor": 100, "rich": 400}},
        "frailty": {"shape": 1.0},
        "households": {"adults": {"4": 1.0} if kin else {"1": 0.5, "2": 0.5}, "children": {"0": 0.5, "2": 0.5}},
        "conduct": {"helps": {"rate": 0.4}, "jaywalks": {"rate": 0.3}, "posts": {"rate": 0.3}}}
    assumptions = {"assumptions": "coverage", "chilling": {"all": {"value": 1.0}}}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in (("scheme", scheme), ("population", population), ("assumptions", assumptions),
                            ("study", {"study": "coverage", "steps": STEPS})):
            Path(folder, f"{name}.yaml").write_text(_yaml(value), encoding="utf-8")
        return load(folder)


def _yaml(value: Any) -> str:
    import json

    return json.dumps(value)  # which is YAML, too


def traces(of: Study, runs: int, alone: bool) -> Iterator[Trace]:
    """So many runs of a study, each under a seed of its own; `alone`: with all that the intervals of one run need."""
    plan = compile_plan(of.scheme, of.population, of.assumptions)
    for seed in (replicate_seed(1, i) for i in range(runs)):
        found = agents.simulate(plan, settle(plan, seed), STEPS, seed)
        one = trace.of(plan, found, "month")
        yield with_effects(one, relive(plan, found, seed)) if alone else one


def coverage(people: int, kin: bool, runs: int, kinds: Sequence[str] = KINDS) -> list[Held]:
    """Every measure of a study of this kind: how often its interval holds, for each of the kinds."""
    fives = range(0, runs - runs % 5, 5)
    single, five = [], []
    for some in batched(traces(study(people, kin), runs, alone=True), 5):
        single += [_by_key(measure_all(t, "A")) for t in some]
        if "replicates" in kinds and len(some) == 5:
            five.append(_by_key(measure_replicates(some, "A")))
    found = [*_held("single", single, single)] if "single" in kinds else []
    found += _held("replicates", five, single, 5) if "replicates" in kinds else []
    if "paired" in kinds:
        other = traces(study(people, kin, reform=True), runs, alone=False)
        reformed = [_by_key(measure_all(t, "A")) for t in other]
        differences = [{key: _minus(there[key], here[key]) for key in here if key in there}
                       for here, there in zip(single, reformed, strict=True)]
        found += _held("paired", [_paired(differences[i:i + 5]) for i in fives], differences, 5)
    if "twins, one seed" in kinds:
        one = study(people, kin)
        alone = [_by_key(twins(one, seeds=1, seed=replicate_seed(1, i))) for i in range(runs)]
        found += _held("twins, one seed", alone, alone)
        five = [_by_key(twins(one, seeds=5, seed=replicate_seed(2, i))) for i in range(runs // 5)]
        found += _held("twins, five seeds", five, alone, 5)
    return found


def batched(traces: Iterator[Trace], size: int) -> Iterator[list[Trace]]:
    """So many at a time: all of them would not fit."""
    while some := list(islice(traces, size)):
        yield some


def _by_key(measures: Any) -> dict[Key, Measure]:
    return {(m.name, m.group, m.reference): m for m in measures}


def _minus(one: Measure, other: Measure) -> Measure:
    known = one.value is not None and other.value is not None
    value = float(change(np.array(one.value), np.array(other.value))) if known else None
    return Measure(one.name, one.group, one.reference, value, None, None, one.unit, one.n)


def _paired(rows: Sequence[Mapping[Key, Measure]]) -> dict[Key, Measure]:
    found = {}
    for key, m in rows[0].items():
        values = [row[key].value for row in rows if key in row]
        known = [v for v in values if v is not None]
        ends = replicated(known) if len(known) == len(rows) else (None, None, None)
        found[key] = Measure(*key, *ends, m.unit, None)
    return found


def _held(kind: str, said: Sequence[Mapping[Key, Measure]], every: Sequence[Mapping[Key, Measure]],
          mean_of: int = 1) -> Iterator[Held]:
    values: dict[Key, list[float]] = defaultdict(list)
    for row in every:
        for key, m in row.items():
            if m.value is not None:
                values[key].append(m.value)
    for key in dict.fromkeys(key for row in said for key in row):
        mine = [row[key] for row in said if key in row]
        with_ends = [m for m in mine if m.value is not None and m.low is not None and m.high is not None]
        if len(values[key]) < len(every) / 2 or len(with_ends) < 20:
            continue
        logarithm = mine[0].unit == "ratio" and min(values[key]) > 0 and kind != "paired"
        # A median of whole steps is one of them: what one run estimates is the usual one, not the mean of them.
        middle = np.median if key[0] == MEDIAN_STAY and mean_of == 1 else np.mean
        truth = math.exp(np.mean(np.log(values[key]))) if logarithm else float(middle(values[key]))
        spread = float(np.std(values[key], ddof=1)) / math.sqrt(mean_of)
        hair = 1e-9 * max(1.0, abs(truth))
        held = sum(m.low - hair <= truth <= m.high + hair for m in with_ends)  # type: ignore[operator]
        width = float(np.median([m.high - m.low for m in with_ends]))  # type: ignore[operator]
        never = kind != "paired" and not key[2] and key[0] not in SIGNED and min(values[key]) >= 0
        below = 0.0 if never else -math.inf
        beyond = any(m.low < below - 1e-12 for m in with_ends)  # type: ignore[operator]
        yield Held(kind, key, len(with_ends), held, width / (3.92 * spread) if spread > hair else math.nan,
                   len(mine) - len(with_ends), beyond)


def name_of(key: Key) -> str:
    """A measure in words."""
    against = f" against {key[2]}" if key[2] else ""
    return f"{key[0].label}, {key[1]}{against}"


def printed(people: int, kin: bool, runs: int, rows: Sequence[Held], few: bool) -> None:
    """Print what held how often in one kind of study."""
    print(f"\n{people:,} people, {'strong' if kin else 'no'} kin rules, {runs:,} runs of {STEPS} steps")
    for kind in KINDS:
        mine = [r for r in rows if r.kind == kind]
        if mine:
            middle = 100 * float(np.median([r.share for r in mine]))
            print(f"{kind}: {len(mine)} measures, {sum(not r.short(2) for r in mine)} hold in 93 of 100 or more "
                  f"(but for two standard errors); the middle one in {middle:.1f}")
        for r in mine:
            if not few or r.short() or r.beyond or r.wide > WIDE:
                print(f"  {100 * r.share:5.1f} of {r.said} ({r.wide:4.2f})"
                      f"{f', silent in {r.silent}' if r.silent else ''}{', ENDS BEYOND' if r.beyond else ''}"
                      f"  {name_of(r.key)}")
    sys.stdout.flush()


Cases = dict[tuple[int, bool], tuple[int, list[Held]]]


def tables(cases: Cases) -> str:
    """The tables of the page: how often each kind of interval holds, and each measure of one run."""
    lines = ["| intervals of | people | kin rules | runs | measures | hold 93 of 100 or more | lowest | median width |",
             "|---|---|---|---|---|---|---|---|"]
    for kind in KINDS:
        for (people, kin), (runs, rows) in cases.items():
            mine = [r for r in rows if r.kind == kind]
            if mine:
                low = min(mine, key=lambda r: r.share)
                wide = float(np.nanmedian([r.wide for r in mine]))
                lines.append(f"| {kind} | {people:,} | {'strong' if kin else 'none'} | {runs:,} | {len(mine)} | "
                             f"{sum(not r.short(2) for r in mine)} | {100 * low.share:.0f}: {name_of(low.key)} | "
                             f"{wide:.2f} |")
    columns = list(cases)
    lines += ["", "| one run | " + " | ".join(f"{n:,}{', kin' if kin else ''}" for n, kin in columns) + " |",
              "|---|" + "---|" * len(columns)]
    found: dict[str, dict[tuple[int, bool], list[Held]]] = {}
    for case, (_, rows) in cases.items():
        for r in rows:
            if r.kind == "single":
                found.setdefault(r.key[0].label, {}).setdefault(case, []).append(r)
    lines += [f"| {label} | " + " | ".join(_cell(by_case.get(case, [])) for case in columns) + " |"
              for label, by_case in found.items()]
    return "\n".join(lines)


def _cell(rows: Sequence[Held]) -> str:
    if not rows:
        return "–"
    low, wide = min(rows, key=lambda r: r.share), [r.wide for r in rows if not math.isnan(r.wide)]
    return f"{100 * low.share:.0f} ({f'{float(np.median(wide)):.2f}' if wide else '–'})"


def _write(cases: Cases) -> None:
    begin, end = "<!-- made by bench/coverage_of_measures.py -->", "<!-- end -->"
    made = f"{begin}\n{tables(cases)}\n{end}"
    text = re.sub(f"{begin}.*{end}", lambda _: made, PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    PAGE.write_text(text, encoding="utf-8")


def main(words: Sequence[str], say: Callable[[str], None] = print) -> None:
    """Print the table, or put it into the page: after each size, so that what was done stands if it is stopped."""
    numbers = [int(float(word)) for word in words if not word.startswith("-")]
    sizes = dict.fromkeys(numbers[1:] or SIZES, numbers[0] if numbers else RUNS)
    cases: Cases = {}
    for people, runs in sizes.items():
        for kin in (False, True):
            cases[people, kin] = runs, coverage(people, kin, runs)
            printed(people, kin, *cases[people, kin], few="--few" in words or "--docs" in words)
        if "--docs" in words:
            _write(dict(sorted(cases.items())))
            say(f"written into {PAGE.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
