"""What a result leaves in a folder, whatever kind it is: its tables, its study, its record and its page.

    save(found, "out/first")      as `-o out/first` does; `report`, `bundle`, `verify` and `cite` take the folder
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sousveil.comparisons import tables
from sousveil.comparisons.store import Claim, claim, write_results
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.page.report import Report
from sousveil.reports import python_calls
from sousveil.runs import provenance
from sousveil.runs.folder import RECORD
from sousveil.runs.written import Document
from sousveil.studies.limits import described

if TYPE_CHECKING:
    import pyarrow as pa

    from sousveil.audits.examine import Audit
    from sousveil.baserates.base_rate import BaseRate
    from sousveil.comparisons.objective import Objective
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.reform_search import Mended
    from sousveil.comparisons.sweep import Axis, Sweep
    from sousveil.comparisons.why import Why
    from sousveil.measures.measures import Measures
    from sousveil.reports.dispatch import AnyResult
    from sousveil.unknowns.ask import Asked
    from sousveil.unknowns.extremes import Extremes
    from sousveil.unknowns.infer import Inferred
    from sousveil.unknowns.sensitivity import Sensitivity

__all__ = ["save", "write"]

Files = tuple[Mapping[str, "pa.Table"], Mapping[str, Document]]
"""Tables and documents, by their names."""

PAGE = "report.html"


@checked
def save(found: AnyResult, directory: str | os.PathLike[str], harm: str = "bottom-tier", *, group: str | None = None,
         between: Sequence[str] | None = None) -> None:
    """Write any result to a folder, as `-o` does: tables as Parquet and CSV, the study, what made it, and its page.

    directory              a folder, or an address that fsspec reaches; an earlier result there is replaced as a whole
    harm, group, between   of a sweep, which measures every harm: the one that its page draws

    `sousveil report`, `bundle`, `verify`, `cite` and `load` take the folder. Raises InputError for what is no result,
    and where the folder holds something else or cannot be written to: then nothing has changed.
    """
    from sousveil.comparisons.objective import objective
    from sousveil.comparisons.sweep import Sweep
    from sousveil.runs.run import Run

    if isinstance(found, Run):
        from sousveil.reports.run.report import report

        found.save(directory, {PAGE: lambda: report(found).html})
        return
    since = provenance.clock()
    _kind(found)
    shown = objective(found.study, harm, group, between)[1] if isinstance(found, Sweep) else None
    write(found, claim(os.fspath(directory)), since, shown=shown)


def write(found: AnyResult, place: Claim, since: provenance.Clock, *, shown: Objective | None = None,
          twins: Measures | None = None) -> None:
    """As `save`, to a place that was claimed before the work.

    since   the clock taken before the work
    shown   of a sweep: the harm that its page draws
    twins   of an explanation: who is in a lower tier only because of one cause; worked out unless given
    """
    more = {name: value for name, value in (("shown", shown), ("twins", twins)) if value is not None}
    made, documents = _kind(found)(found, since, more)
    write_results(place, made, documents)


def _kind(found: Any) -> Callable[[Any, provenance.Clock, Mapping[str, Any]], Files]:
    """What makes the files of a result of this kind. Raises InputError."""
    make = _KINDS.get(type(found).__name__)
    if make is None or not type(found).__module__.startswith("sousveil."):
        raise InputError(f"{described(found)} is no result of sousveil: there is nothing to save")
    return make


def _comparison(found: Comparison, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.compare import report

    made, documents = tables.compared(found, since)
    return made, {**documents, PAGE: lambda: report(found).html}


def _why(found: Why, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.comparisons.twins import of_why
    from sousveil.reports.why import report

    twins = more["twins"] if "twins" in more else of_why(found)
    made, documents = tables.explained(found, twins, since)
    return made, {**documents, PAGE: lambda: report(found, twins).html}


def _sweep(found: Sweep, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.sweep import swept

    kept = tables.record("sweep", [found.study], since, python_calls.swept(found), vary=[*map(_typed, found.axes)],
                         sobol=None if found.grid else len(found.points), engine=found.engine, replicates=found.seeds,
                         failed=dict(found.failed))
    return {"sweep": found.table()}, _documents(found, kept, lambda: swept(found, more["shown"], _command(kept)))


def _typed(axis: Axis) -> str:
    """A number that is varied as the command line writes it."""
    low, high = (repr(float(end)).removesuffix(".0") for end in (axis.low, axis.high))
    return f"{axis.path}={low}:{high}:{axis.count}"


def _sensitivity(found: Sensitivity, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.sweep import weighed

    kept = tables.record("sensitivity", [found.study], since, python_calls.weighed(found), harm=found.objective.harm,
                         points=found.points, engine=found.engine, failed=dict(found.failed), held=dict(found.held))
    return ({"indices": found.measures().table(), "points": found.runs()},
            _documents(found, kept, lambda: weighed(found, _command(kept))))


def _mended(found: Mended, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.sweep import mended

    kept = tables.record("mend", [found.study], since, python_calls.mended(found), harm=found.objective.harm,
                         to=found.left, best=list(found.best.reforms) if found.best else None,
                         engine=found.engine, skipped=dict(found.skipped))
    return {"sets": found.measures().table()}, _documents(found, kept, lambda: mended(found, _command(kept)))


def _extremes(found: Extremes, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.extremes import report

    kept = tables.record("extremes", [found.study], since, python_calls.extremes(found), harm=found.objective.harm,
                         points=found.points, engine=found.engine)
    places = tables.rows(({"end": end, "unknown": name, **({"reading": x} if isinstance(x, str) else {"at": x})}
                          for end, one in (("least", found.least), ("most", found.most)) for name, x in one.at.items()),
                         "end unknown reading", "at")
    return ({"extremes": found.measures().table(), "places": places},
            _documents(found, kept, lambda: report(found, kept)))


def _inferred(found: Inferred, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.infer import report
    from sousveil.unknowns import saved

    figures = found.evidence.figures.model_dump_json().encode()
    kept = tables.record("infer", [found.study], since, python_calls.inferred(found),
                         figures=provenance.digest(figures), points=found.spread, check=found.checked is not None,
                         engine=found.engine, failed=dict(found.failed))
    return saved.tables(found), _documents(found, kept, lambda: report(found, kept), saved.documents(found))


def _asked(found: Asked, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    from sousveil.reports.ask import report
    from sousveil.reports.requests import letters, stub

    kept = tables.record("ask", [found.study], since, python_calls.asked(found), harm=found.objective.harm,
                         within=found.within, points=found.points, engine=found.engine, failed=dict(found.failed))
    numbers = tables.rows(({"number": n.name, "share": n.share, "low": n.low, "high": n.high, "points": n.told}
                           for n in found.numbers), "number", "share low high points")
    written = {**{f"letter-{kind}.txt": text for kind, text in letters(found).items()}, "answers.yaml": stub(found)}
    return {"numbers": numbers}, _documents(found, kept, lambda: report(found, kept), written)


def _audit(found: Audit, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    import pyarrow as pa

    from sousveil.reports.audit import report

    # The table is named, not hashed: with its hash, and all but one of its counts, the last could be found by trying.
    # Nor does it say what it cost: how long it took to withhold tells of how much was small.
    kept = provenance.collect(python_calls.audited(found), {}, since=since, circumstance={"cost": {}},
                              audit={"table": found.table, **asdict(found.question)})
    made = {"audit": found.measures.table()}
    if found.filing:
        made["filing"] = pa.Table.from_pylist([line.plain() for line in found.filing])
    return made, {RECORD: provenance.dumps(kept), PAGE: lambda: report(found.table, found, _command(kept)).html}


def _base_rate(found: BaseRate, since: provenance.Clock, more: Mapping[str, Any]) -> Files:
    import pyarrow as pa

    from sousveil.measures.measures import Measures
    from sousveil.reports.baserate import report

    kept = provenance.collect(python_calls.searched(found), {}, since=since, baserate=found.plain())
    grown = Measures(tuple(point.measure for point in found.points)).table()
    for column, values in (("at", [point.at for point in found.points]),
                           ("along", [point.along for point in found.points])):
        grown = grown.add_column(0, column, pa.array(values))
    return {"results": found.rows.table(), "growth": grown}, {
        RECORD: provenance.dumps(kept),
        PAGE: lambda: report(found.search, found.rows, found.points, _command(kept)).html}


def _documents(found: Any, record: Mapping[str, Any], page: Callable[[], Report],
               more: Mapping[str, Document] | None = None) -> dict[str, Document]:
    return {RECORD: provenance.dumps(record), "study.json": tables.document(found.study), **(more or {}),
            PAGE: lambda: page().html}


def _command(record: Mapping[str, Any]) -> str:
    """What was typed, or called, as the record has it: without places of this machine."""
    return str(record["circumstance"]["command"])


_KINDS: Mapping[str, Callable[[Any, provenance.Clock, Mapping[str, Any]], Files]] = {
    "Comparison": _comparison, "Why": _why, "Sweep": _sweep, "Sensitivity": _sensitivity, "Mended": _mended,
    "Extremes": _extremes, "Inferred": _inferred, "Asked": _asked, "Audit": _audit, "BaseRate": _base_rate}
"""Kind -> what makes its files. By name: a module with a kind is loaded by whoever has a value of that kind."""
