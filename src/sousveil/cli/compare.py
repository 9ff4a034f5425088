"""`diff`, `compare`, `why`: what a reform changes in the rules, what that changes in the harm, and why a gap exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.cli.measures import blocks
from sousveil.cli.output import Answer, Whole, aligned, plural
from sousveil.runs import folder, provenance
from sousveil.runs.run import Engine
from sousveil.studies.study import Study

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.why import Why
    from sousveil.measures.measure import Measure
    from sousveil.measures.measures import Measures

__all__ = ["Named", "Set", "compare", "diff", "reformed", "why"]

Out = Annotated[Path | None, Parameter(name=["--out", "-o"])]
Named = Annotated[list[str] | None, Parameter(name="--reform", negative="")]
Set = Annotated[list[str] | None, Parameter(name="--set", negative="")]


def diff(study: str, other: str | None = None, /, *, reform: Named = None, set_: Set = None) -> Answer:
    """List every rule, rate and assumption in which two studies differ.

    Parameters
    ----------
    study
        A study.yaml, the folder it is in, or a name of the atlas.
    other
        Another study; the same, unless given.
    reform
        A reform of the other study, by name; may be given again.
    set_
        path=value, something to change in the other study; may be given again.
    """
    before = sousveil.study(study)
    after = reformed(before if other is None else sousveil.study(other), reform, set_)
    changes = before.changes(after)
    rows = [("path", "before", "after", "source"), *((c.path, _said(c.before), _said(c.after), c.cite)
                                                    for c in changes)]
    text = aligned(rows) if changes else "no difference"
    if any("…" in row[i] for row in rows for i in (1, 2)):
        text += "\n\nLong values are cut here; --json has them whole."
    return Answer(text, {"before": before.name, "after": after.label or after.name,
                         "changes": [asdict(c) for c in changes]})


def compare(study: str, other: str | None = None, /, *, reform: Named = None, set_: Set = None, seeds: Whole = 20,
            people: Whole | None = None, steps: Whole | None = None, engine: Engine = "auto",
            threads: Whole | None = None, out: Out = None) -> Answer:
    """Carry a study and its reforms with the same luck, and measure what the reforms change.

    Parameters
    ----------
    study
        A study.yaml, the folder it is in, or a name of the atlas: the baseline.
    other
        Another study to compare it with.
    reform
        A reform of the study, by name; may be given again: each is a world of its own.
    set_
        path=value, something to change; may be given again: all of them make one reform.
    seeds
        How many pairs of runs: the intervals are over their luck. The exact engine needs one.
    people
        How many synthetic people; as the study says, unless given.
    steps
        How many steps (months, mostly).
    engine
        exact carries expectations without noise, where it can; agents draws people; auto takes exact where it can.
    threads
        How many processor cores; the result does not depend on it.
    out
        A folder for the result: run.json, report.html, tables as Parquet and CSV. An earlier result is replaced.
    """
    if out is not None:
        folder.check_free(out)
    since = provenance.clock()
    base = sousveil.study(study)
    worlds = [sousveil.study(other)] if other is not None else []
    worlds += [base.reform(name) for name in reform or ()]
    worlds += [reformed(base, None, set_)] if set_ else []
    found = sousveil.compare(base, worlds, seeds=seeds, people=people, steps=steps, engine=engine, threads=threads)
    if out is not None:
        from sousveil.comparisons.tables import compared
        from sousveil.reports.compare import report

        tables, documents = compared(found, since)
        folder.write_results(out, tables, {**documents, "report.html": report(found).html})
    data = {"engine": found.engine, "reason": found.reason, "seeds": list(found.seeds),
            "worlds": [{"reform": w.name, "changes": [asdict(c) for c in found.baseline.study.changes(w.study)],
                        "differences": found.differences(w).plain()} for w in found.reforms],
            "moved": [asdict(row) for row in found.moved()],
            "savings": [s.plain() | {"times": _finite(s.times)} for s in found.savings()],
            "out": None if out is None else str(out)}
    return Answer("\n\n".join([_header(found), *_worlds(found), *_written(out)]), data)


def why(study: str, /, *, harm: str = "bottom-tier", between: str | None = None, reform: Named = None,
        set_: Set = None, seeds: Whole = 5, people: Whole | None = None, steps: Whole | None = None,
        engine: Engine = "auto", threads: Whole | None = None, out: Out = None) -> Answer:
    """Split the gap between two groups among six causes: 64 worlds with the same luck, each cause in it or not.

    Parameters
    ----------
    study
        A study.yaml, the folder it is in, or a name of the atlas.
    harm
        bottom-tier, rights-denied, income-lost or wrongful-debit.
    between
        Two groups, the one to compare with first, as in A,B.
    reform
        A reform of the study, by name: explain the gap as it would be then; may be given again.
    set_
        path=value, something to change first; may be given again.
    seeds
        How many times the 64 worlds are run, each with other luck. The exact engine needs one.
    people
        How many synthetic people; as the study says, unless given.
    steps
        How many steps (months, mostly).
    engine
        exact carries expectations without noise, where it can; agents draws people; auto takes exact where it can.
    threads
        How many processor cores; the result does not depend on it.
    out
        A folder for the result: run.json, report.html, tables as Parquet and CSV. An earlier result is replaced.
    """
    from sousveil.reports.why import quotable, report

    if out is not None:
        folder.check_free(out)
    since = provenance.clock()
    read = reformed(sousveil.study(study), reform, set_)
    pair = None if between is None else tuple(name.strip() for name in between.split(","))
    found = sousveil.why(read, harm, pair, seeds=seeds, people=people,  # type: ignore[arg-type]
                         steps=steps, engine=engine, threads=threads)
    lower = _twins(found, threads)
    if out is not None:
        from sousveil.comparisons.tables import explained

        tables, documents = explained(found, lower, since)
        folder.write_results(out, tables, {**documents, "report.html": report(found, lower).html})
    text = [f"{read.name}: {found.study.people:,} synthetic people, {found.study.steps:,} {read.scheme.step}s; "
            f"engine {found.engine}", quotable(found),
            blocks([*map(_pointed, [*found.measures(), *found.pairs()[:3]]), *lower])]
    data = {"harm": found.harm, "group": found.group, "reference": found.reference, "engine": found.engine,
            "sentence": quotable(found), "causes": found.measures().plain(),
            "pairs": found.pairs().plain(), "twins": lower.plain(),
            "out": None if out is None else str(out)}
    return Answer("\n\n".join([*text, *_written(out)]), data)


def reformed(study: Study, names: Sequence[str] | None, settings: Sequence[str] | None) -> Study:
    """The study under these of its reforms, one after the other, and under these settings. Raises InputError."""
    for name in names or ():
        study = study.reform(name)
    return study.reform(sousveil.reform(*settings)) if settings else study


MOST = 100_000
"""Twins are told by drawing people; so many are enough where the causes were worked out for a whole nation."""


def _twins(found: Why, threads: int | None) -> Measures:
    from sousveil.comparisons.twins import twins

    exact = found.engine == "exact"
    return twins(found.study, seeds=5 if exact else len(found.gap), threads=threads,
                 people=min(found.study.people, MOST) if exact else None)


def _header(found: Comparison) -> str:
    study = found.baseline.study
    return (f"{study.name}: {plural(1 + len(found.reforms), 'world')} with the same luck, {study.people:,} synthetic "
            f"people, {study.steps:,} {study.scheme.step}s, {plural(len(found.seeds), 'seed')}\n"
            f"Engine {found.engine} ({found.reason})")


def _worlds(found: Comparison) -> list[str]:
    texts = []
    for world in found.reforms:
        changes = found.baseline.study.changes(world.study)
        rules = aligned([(f"  {c.path}", f"{_said(c.before)} -> {_said(c.after)}") for c in changes])
        texts.append(f"WITH {world.name}, LESS THE BASELINE\n{rules}" if changes else f"WITH {world.name}: no change")
        texts.append(blocks(map(_pointed, found.differences(world))))
        saved = sorted(s.times for s in found.savings() if s.reform == world.name)
        if saved:
            middle = saved[len(saved) // 2]
            times = "any number of" if middle == float("inf") else f"{middle:,.0f} times as many"
            texts.append(f"Without the same luck, the same certainty would need {times} runs (median over "
                         f"{plural(len(saved), 'measure')}).")
    return texts


def _pointed(m: Measure) -> Measure:
    """A difference of shares in percentage points: 2 % more of 4 % is something else."""
    if m.unit != "share" or m.value is None:
        return m
    low, high = (None if x is None else 100 * x for x in (m.low, m.high))
    return replace(m, value=100 * m.value, low=low, high=high, unit="points of 100")


LONGEST = 60
"""How many characters of a value stand in a table: one long list would push all other columns off the screen."""


def _said(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


def _finite(times: float) -> float | None:
    """JSON has no infinity: None says that the paired difference did not vary at all."""
    return None if times == float("inf") else times


def _written(out: Path | None) -> list[str]:
    return [] if out is None else [f"Written to {out}"]
