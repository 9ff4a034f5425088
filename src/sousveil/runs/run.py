"""A plan carried through so many steps under one seed: trace, provenance, and who to ask for a life story.

    run = sousveil.run(study, people=1_000_000, seed=7)
    run.harms()                      one tidy table
    run.save("base/")                run.json, tables as Parquet and CSV, the study
    again = sousveil.load("base/")
    sousveil.verify("base/")         runs again, and compares every byte
"""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.draws import replicate_seed
from sousveil.engine import trace as traces
from sousveil.engine.trace import Trace
from sousveil.engine.trace_columns import COLUMNS
from sousveil.errors import InputError, Interrupted
from sousveil.ground.arguments import checked
from sousveil.measures.width import Widths
from sousveil.progress import progress
from sousveil.runs import calls, folder, provenance
from sousveil.runs.plans import chosen_engine, plan_of
from sousveil.runs.settings import SEEDS, AnyStudy, Engine, directory_of, settings
from sousveil.runs.shown import Kind, chart_of, html_of
from sousveil.runs.stored import WIDTHS, check_trace, document, question, read_cuts, read_pulls, read_widths
from sousveil.runs.written import Document, write_results
from sousveil.studies.frozen import Value
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from sousveil.engine.plan import Plan
    from sousveil.measures.measures import Measures

__all__ = ["Run", "load", "run", "trace_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Run(Value):
    """What came of a study.

    engine    which engine it was, and `reason` why
    traces    one per replicate: the first under the study's seed, the next under the seeds that follow
    pulls     float64[steps+1, P, K], see `engine.agents.simulate`: what a life story needs of everybody else; so are
              cuts, float64[steps+1, P, Q, 2], see `engine.outcome.Outcome`
    lost      probability that the exact engine had to cut, over the whole run; 0 for agents
    record    provenance, see `provenance.collect`
    keep      folder of checkpoints that is needed no longer once the run is saved
    widths    how far what is not published moves its measures; empty before that was asked (see `unknowns.widths`)
    """

    study: Study
    engine: str
    reason: str
    traces: tuple[Trace, ...]
    pulls: npt.NDArray[np.float64]
    lost: float = 0.0
    record: Mapping[str, Any] = field(default_factory=dict, compare=False)  # what it cost differs each time
    keep: str | os.PathLike[str] | None = field(default=None, compare=False)
    widths: Widths = field(default_factory=Widths)
    cuts: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0, 0, 2)))

    def __repr__(self) -> str:
        study = repr(self.study).removeprefix("<Study ").removesuffix(">")
        times = f", {len(self.traces)} replicates" if len(self.traces) > 1 else ""
        return f"<Run of {study}, {self.engine} engine{times}>"

    def _repr_html_(self) -> str:
        return html_of(self)

    def chart(self, kind: Kind = "tiers") -> Any:
        """A chart as an Altair object: `tiers` over time, shares at the `end` with intervals, or `scores`.

        Needs the extra sousveil[charts]. Raises InputError without it, or for another kind.
        """
        return chart_of(self, kind)

    @property
    def trace(self) -> Trace:
        """The trace of the first replicate."""
        return self.traces[0]

    def measures(self, sampling: bool | None = None) -> Measures:
        """Every harm, worked out once: intervals over draws with replicates, over sampling without.

        Expectations of the exact engine have none, unless `sampling` asks what a population of that size would scatter.
        """
        scattered = len(self.traces) == 1 and (not self.trace.expected if sampling is None else sampling)
        return self._scattered if scattered else self._measured

    @cached_property
    def _scattered(self) -> Measures:
        from sousveil import harms

        return harms.measure_all(self.trace, self.study.reference, sampling=True).wide(self.widths)

    @cached_property
    def _measured(self) -> Measures:
        from sousveil import harms

        if len(self.traces) > 1:
            return harms.measure_replicates(self.traces, self.study.reference).wide(self.widths)
        return harms.measure_all(self.trace, self.study.reference, sampling=False).wide(self.widths)

    def wide(self, widths: Widths, points: int) -> Run:
        """The same run, with the widths that its measures have over so many points of what is not published."""
        record = {**self.record, "result": {**self.record.get("result", {}), "points": points}}
        made = replace(self, widths=widths, record=record)
        for name in ("_measured", "_scattered"):  # worked out once a run
            if name in self.__dict__:
                made.__dict__[name] = self.__dict__[name].wide(widths)
        return made

    def harms(self, sampling: bool | None = None) -> pa.Table:
        """Every harm as one tidy table, columns as in `measures.measure.COLUMNS`; `sampling` as in `measures`."""
        return self.measures(sampling).table()

    @checked
    def save(self, directory: str | os.PathLike[str], documents: Mapping[str, Document] | None = None
             ) -> None:
        """Write run.json, the study and all tables to a folder, whole or not at all. Raises InputError."""
        tables = {"harms": self.harms()}
        for i, trace in enumerate(self.traces):
            tables |= {_name(name, i): table for name, table in traces.to_tables(trace).items()}
        others = {"pulls.npy": _array(self.pulls)} | ({"cuts.npy": _array(self.cuts)} if self.cuts.size else {})
        try:
            write_results(directory, tables, {
                folder.RECORD: provenance.dumps(self.record), "study.json": document(self.study),
                **others, **_kept_widths(self.widths), **(documents or {})})
        finally:
            if self.keep is not None and folder.holds(directory, self.record):
                from sousveil.engine import checkpoint

                checkpoint.remove(self.keep)


@checked
def run(study: AnyStudy, *, people: WholeNumber | None = None, steps: WholeNumber | None = None,
        seed: WholeNumber | None = None, engine: Engine = "auto", threads: WholeNumber | None = None,
        replicates: WholeNumber = 1, keep: str | os.PathLike[str] | None = None) -> Run:
    """Carry a study through its horizon.

    study       a study, a path to one, or its name in the atlas
    people      how many synthetic people, steps how many steps, seed what all chance follows from; default: as the
                study says
    engine      `exact` gives expectations without noise where it applies, `agents` draws people; `auto` takes `exact`
                where it applies
    threads     default: all that this process may use; the result does not depend on it
    replicates  how many runs, under seeds that follow from the first: intervals are then over draws
    keep        a folder for checkpoints of the agents engine: a run that was stopped goes on from there, to the same
                bits; `Run.save` removes it

    Raises InputError; EngineRefusal when the chosen engine cannot carry the scheme; Interrupted.
    """
    from sousveil.engine.cells import left

    since = provenance.clock()
    asked = settings(people=people, steps=steps, seed=seed, engine=engine, threads=threads)
    replicates = whole("replicates", replicates, *SEEDS)
    study = asked.sized(study)
    plan = plan_of(study)
    chosen, reason = chosen_engine(study, plan, asked.engine)
    if chosen == "exact":
        found, pulls, lost = _expected(study, plan, asked.threads)
        replicates, cuts = 1, np.zeros((0, 0, 0, 2))
    else:
        try:
            found, pulls, cuts = _drawn(study, plan, replicates, asked.threads, None if keep is None else Path(keep))
        except KeyboardInterrupt:
            onwards = "; the same command goes on where it stood" if _kept(keep) else "; nothing was kept"
            raise Interrupted(f"interrupted{onwards}") from None
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise InputError(f"no room for so many people on the disk: {error.strerror}") from error
        lost = 0.0
    facts = {"study": study.name, "reform": study.label, "people": study.people, "steps": study.steps,
             "seed": study.seed, "engine": chosen, "replicates": replicates, "lost mass": lost,
             "filled": {f.path: f.value.plain() for f in study.filled},
             "frailty": None if (cut := left(study.population.frailty)) is None else cut._asdict(),
             "margins not met": {", ".join(unfit.over): unfit.error for unfit in plan.cells.unfit}}
    asked_for = calls.call("run", study, engine=chosen, **({"replicates": replicates} if replicates > 1 else {}))
    record = provenance.collect(asked_for, {"study.json": document(study).encode()}, since=since,
                                circumstance={"reason": reason}, **facts)
    return Run(study, chosen, reason, tuple(found), pulls, lost, record, keep, cuts=cuts)


def load(directory: str | os.PathLike[str]) -> Run:
    """The run that was saved in a folder. Raises InputError."""
    directory = directory_of(directory)
    record, facts, study = question(directory)
    plan = plan_of(study)
    found = []
    for i in range(facts["replicates"]):
        present = [n for n in COLUMNS if os.path.lexists(os.path.join(directory, _name(n, i) + ".parquet"))]
        found.append(traces.from_tables({n: folder.read_table(directory, _name(n, i)) for n in present}))
        check_trace(found[-1], plan, study)
    cuts = np.zeros((0, 0, 0, 2))
    if plan.places and facts["engine"] == "agents":
        pools = max(len(place.names) for place in plan.places)
        cuts = read_cuts(directory, (study.steps + 1, len(plan.places), pools, 2))
    pulls = read_pulls(directory, (study.steps + 1 if facts["engine"] == "agents" else 0, plan.pools, len(plan.kinds)))
    return Run(study, facts["engine"], str(record["circumstance"].get("reason", "")), tuple(found), pulls,
               facts["lost mass"], record, widths=read_widths(directory, facts), cuts=cuts)


def trace_of(study: Study, engine: Engine, threads: int, replicate: int = 0) -> Trace:
    """The trace of a run, for one of very many: without a record, and without what the intervals of one run rest on.

    Raises InputError, EngineRefusal.
    """
    from sousveil.engine import compiled
    from sousveil.engine.stream import stream

    plan = plan_of(study)
    if chosen_engine(study, plan, engine)[0] == "exact":
        return _expected(study, plan, threads)[0][0]
    compiled.announce("agents")
    return traces.of(plan, stream(plan, study.steps, replicate_seed(study.seed, replicate), threads=threads),
                     study.scheme.step)


def _expected(study: Study, plan: Plan, threads: int) -> tuple[list[Trace], npt.NDArray[np.float64], float]:
    from sousveil.engine import compiled, exact

    compiled.announce("exact")
    with progress("Carrying the distribution", total=study.steps) as done:
        outcome = exact.simulate(plan, study.steps, spells="denying", threads=threads, done=done)
    no_pulls = np.zeros((0, plan.pools, len(plan.kinds)))
    return [traces.of(plan, outcome, study.scheme.step)], no_pulls, float(outcome.lost.max())


def _drawn(study: Study, plan: Plan, replicates: int, threads: int,
           keep: Path | None) -> tuple[list[Trace], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    from sousveil.engine import compiled
    from sousveil.engine.checkpoint import Checkpoint
    from sousveil.engine.relive import relive
    from sousveil.engine.stream import TILE, stream
    from sousveil.harms.effects import with_effects

    compiled.announce("agents")
    text = document(study)
    first = np.zeros((study.steps + 1, plan.pools, len(plan.kinds)))
    found, cuts = [], np.zeros((0, 0, 0, 2))
    with progress("Running", total=replicates * study.steps * study.people) as done:
        for i in range(replicates):
            identity = provenance.digest(f"{__version__} {TILE} {i + 1} {text}".encode())
            kept = None if keep is None else Checkpoint(keep / str(i + 1), identity)
            pulls = first if i == 0 else np.zeros_like(first)
            seed = replicate_seed(study.seed, i)
            outcome = stream(plan, study.steps, seed, threads=threads, keep=kept, pulls=pulls, done=done)
            trace = traces.of(plan, outcome, study.scheme.step)
            found.append(with_effects(trace, relive(plan, outcome, seed)))
            cuts = outcome.cuts if i == 0 else cuts
    return found, first, cuts


def _kept(keep: str | os.PathLike[str] | None) -> bool:
    from sousveil.engine import checkpoint

    return keep is not None and checkpoint.found(keep)


def _kept_widths(widths: Widths) -> dict[str, str]:
    return {WIDTHS: json.dumps(widths.kept(), indent=1, ensure_ascii=False) + "\n"} if widths.points else {}


def _array(values: npt.NDArray[np.float64]) -> bytes:
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def _name(table: str, replicate: int) -> str:
    return table if replicate == 0 else f"{table}-{replicate + 1}"
