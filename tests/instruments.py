"""Every instrument at work once, in small: what it measures, for tests of what all measures have in common."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from looked_for import looked_for
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.baserates import claims, own, series
from sousveil.baserates.outcome import results
from sousveil.baserates.published import deployments
from sousveil.baserates.rate import parse
from sousveil.baserates.search import Group, Search
from sousveil.comparisons.objective import objective
from sousveil.comparisons.pair import compare
from sousveil.comparisons.reform_search import mend
from sousveil.comparisons.twins import twins
from sousveil.comparisons.why import why
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.runs.run import run
from sousveil.studies.study import load
from sousveil.unknowns.extremes import extremes
from sousveil.unknowns.sensitivity import sensitivity
from swept import written

__all__ = ["STUDIES", "measured"]

STUDIES = ("seed-article", "rongcheng", "urumqi-form-2017")


@cache
def measured() -> dict[str, Measures]:
    """Instrument and input -> what came of it."""
    with TemporaryDirectory() as folder:
        return {f"{kind} {i}": found for kind, many in (
            ("run", _runs()), ("comparison", _comparisons(Path(folder))), ("audit", _audits(Path(folder))),
            ("base rate", _baserates())) for i, found in enumerate(many)}


def _runs() -> Iterator[Measures]:
    for name in STUDIES:
        yield run(name, people=1_000, steps=12).measures()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "study.json"
        case = looked_for().plain
        places = {"visits": {"who": ["low"], "order": "worst-first", "number": 40}}
        path.write_text(json.dumps({"study": "looked-for", **case, "scheme": {
            **case["scheme"], "places": places,
            "redress": {**case["scheme"]["redress"], "against": ["mistakes", "irrelevant"]}}}))
        yield run(path).measures()
        yield run(load(path).reform({"redress.against": ["listings"]}), people=300, steps=2).measures()
    yield run(STUDIES[0], people=500, steps=6, engine="agents", replicates=2).measures()


def _comparisons(folder: Path) -> Iterator[Measures]:
    study = written(folder)
    found = compare(study, [study.reform("blinder")])
    yield found.levels(found.reforms[0])
    yield found.differences(found.reforms[0])
    explained = why(study)
    yield from (explained.measures(), explained.pairs(), twins(study, seeds=1, people=500))
    read, wanted = objective(study, "bottom-tier")
    yield sensitivity(read, wanted, points=16).measures()
    yield mend(read, wanted, 0.9).measures()
    yield extremes(read, wanted, points=2).measures()


def _audits(folder: Path) -> Iterator[Measures]:
    luck = random.Random(5)
    rows = [(luck.choice("ab"), luck.randint(1, 10), luck.randint(0, 1), luck.choice(("chance", "algorithm")))
            for _ in range(4_000)]
    path = folder / "decisions.csv"
    path.write_text("\n".join(["group,score,outcome,arm", *(",".join(map(str, row)) for row in rows)]) + "\n")
    yield audit(path, Question(score="score", cut=6, outcome="outcome", groups=("group",))).measures
    yield audit(path, Question(selection="arm", control="chance", outcome="outcome", groups=("group",),
                               population=100_000)).measures
    offices = folder / "offices.csv"
    lines = (",".join(map(luck.choice, ("fm", "xy", "pqrst", "01"))) for _ in range(4_000))
    offices.write_text("\n".join(["sex,race,office,decision", *lines]) + "\n")
    yield audit(offices, Question("decision", groups=("sex", "race"), drop=("office",), form="ll144",
                                  power=0.1)).measures
    again = shutil.copy(offices, folder / "again.csv")
    yield audit(again, Question("decision", groups=("sex",), given="race", logistic=True, clusters="office")).measures


def _baserates() -> Iterator[Measures]:
    yield results(Search(60_000, 1_000, 3, parse("7 in 8600"), days=30,
                         groups=(Group("A", 0.8), Group("B", 0.2, factor=3.0))))
    rate = parse("1/1000")
    for row in deployments():
        yield Measures((*claims.conventions(row), *claims.bearers(row)))
        try:
            checked = claims.check(row, rate)
        except InputError:  # its figures give no rate per face
            continue
        yield Measures((checked.measure(), *series.together([row], rate).measures()))
    counts = own.parse("faces=8600,alerts=9,confirmed=1,wrong=7,open=1,reviewed=9,passed=3,passed_wrong=2,stopped=3,"
                       "stopped_wrong=2")
    yield Measures(tuple(own.measures(counts, claims.check(counts.row, rate))))
