"""A result as a form asks it: its numbers with both widths, what made it, and the study behind it where there is one.

A run, a comparison or an audit, in its folder or in a bundle. It is read as if a stranger had written it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError, Problem
from sousveil.ground.characters import found_in
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.tidy import LONGEST, measure_of
from sousveil.reports.run.limits import assumed
from sousveil.runs import bundle, folder, provenance
from sousveil.runs.run import Run, load
from sousveil.runs.settings import directory_of
from sousveil.runs.stored import kind_of
from sousveil.studies.study import Study, restore
from sousveil.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from sousveil.comparisons.pair import Comparison

__all__ = ["KINDS", "Reform", "Result", "of_comparison", "of_run", "read"]

KINDS = ("run", "compare", "audit")
"""What a form can be filled from."""

MOST_MEASURES = 200_000


@dataclass(frozen=True, slots=True)
class Reform:
    """What a comparison says of one reform: how every number differs from the baseline, and what it is then."""

    name: str
    differences: Measures
    levels: Measures


@dataclass(frozen=True, slots=True)
class Result:
    """What a form is filled from.

    name      the last part of where it lies; kind: one of `KINDS`
    study     the study behind it; None for an audit
    measures  its numbers: of a comparison those of the baseline
    command   what made it; date: when, as YYYY-MM-DD; version: of sousveil
    points    at how many points over what is not published its numbers were worked out again
    table     the name of the table that was audited, '' for others
    """

    name: str
    kind: str
    study: Study | None
    measures: Measures
    reforms: tuple[Reform, ...]
    command: str
    date: str
    version: str
    points: int = 0
    table: str = ""

    @property
    def assumed(self) -> bool:
        """Whether numbers that are not published had to be assumed."""
        return self.study is not None and assumed(self.study)


def read(directory: str | os.PathLike[str]) -> Result:
    """The result in a folder or a bundle. Raises InputError for what is none, or of another kind."""
    directory = directory_of(directory)
    with bundle.opened(directory) as place:
        record = folder.read_record(place)
        kind = kind_of(record)
        if kind not in KINDS:
            raise InputError(f"{provenance.last_part(directory)} is of the kind {_line(kind)}; a form is filled from a "
                             "run, a comparison or an audit")
        study, measures, reforms, points = {"run": _run, "compare": _compared, "audit": _audited}[kind](place, record)
    circumstance, facts = record["circumstance"], record["result"]
    audit = facts.get("audit")
    return Result(provenance.last_part(Path(directory).resolve()), kind, study, measures, reforms,
                  _line(circumstance.get("command")), _date(circumstance.get("date")), _line(facts.get("sousveil")),
                  points, _line(audit.get("table")) if isinstance(audit, dict) else "")


def of_run(run: Run) -> Result:
    """A run that is in no folder yet."""
    circumstance, facts = run.record.get("circumstance", {}), run.record.get("result", {})
    return Result(run.study.name, "run", run.study, run.measures(), (), _line(circumstance.get("command")),
                  _date(circumstance.get("date")), _line(facts.get("sousveil")), run.widths.points)


def of_comparison(found: Comparison) -> Result:
    """A comparison that is in no folder yet."""
    from sousveil.comparisons.tables import compare_called

    base = found.baseline
    reforms = tuple(Reform(world.name, found.differences(world), found.levels(world)) for world in found.reforms)
    return Result(base.study.name, "compare", base.study, found.levels(base), reforms,
                  provenance.command(compare_called(found)), time.strftime("%Y-%m-%d", time.gmtime()), __version__,
                  base.widths.points)


_Read = tuple[Study | None, Measures, tuple[Reform, ...], int]


def _run(place: Path, record: Mapping[str, Any]) -> _Read:
    run = load(place)
    return run.study, run.measures(), (), run.widths.points


def _audited(place: Path, record: Mapping[str, Any]) -> _Read:
    return None, Measures(tuple(_measures(_table(place, record, "audit")))), (), 0


def _compared(place: Path, record: Mapping[str, Any]) -> _Read:
    try:
        study = restore(json.loads(folder.read_document(place, "study.json")))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise InputError(Problem("study.json", 0, 0, "is not a study that this version can read")) from error
    names = record["result"].get("reforms")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(Problem(folder.RECORD, 0, 0, "does not name the reforms that were compared"))
    levels = [*_measures(_table(place, record, "levels"))]
    differences = [*_measures(_table(place, record, "differences"))]
    reforms = tuple(Reform(_line(name), _of(differences, f"{name or 'reform'} less baseline", names),
                           _of(levels, name or "reform", names)) for name in names)
    points = record["result"].get("points")
    return study, _of(levels, "baseline", names), reforms, points if isinstance(points, int) else 0


def _of(rows: list[Measure], world: str, names: list[str]) -> Measures:
    """The measures of one world, which their notes begin with."""
    longer = [other for name in (*names, "baseline") for other in (name, f"{name} less baseline")
              if other != world and other.startswith(world)]
    return Measures(tuple(_without(m, world) for m in rows if (m.note == world or m.note.startswith(f"{world}; "))
                          and not any(m.note == other or m.note.startswith(f"{other}; ") for other in longer)))


def _without(m: Measure, world: str) -> Measure:
    return replace(m, note=m.note.removeprefix(world).removeprefix("; "))


def _table(place: Path, record: Mapping[str, Any], name: str) -> pa.Table:
    """A table of the result, if it is still what was written there."""
    listed = record.get("files")
    file = f"{name}.parquet"
    content = folder.read_document(place, file)
    if not isinstance(listed, dict) or listed.get(file) != provenance.digest(content):
        raise InputError(Problem(file, 0, 0, "is not what was written with this result; sousveil verify says what else "
                                             "was changed"))
    table = folder.read_table(place, name)
    if table.num_rows > MOST_MEASURES:
        raise InputError(Problem(file, 0, 0, f"has {table.num_rows:,} rows; at most {MOST_MEASURES:,} are read"))
    return table


def _measures(table: pa.Table) -> list[Measure]:
    """The rows of a tidy table as measures. Raises InputError for what they are not."""
    try:
        return [measure_of(row) for row in table.to_pylist()]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the tables of this result are not those that this version reads") from error


def _line(value: object) -> str:
    text = " ".join(str(value or "").split())[:4 * LONGEST]
    return text if not found_in(text) else "not printable"


def _date(value: object) -> str:
    return str(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)) else "1970-01-01"
