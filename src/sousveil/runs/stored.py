"""What is read back from the folder of a run, as if a stranger had written it: checked before anything uses it."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sousveil.engine import trace as traces
from sousveil.engine.trace import Trace
from sousveil.engine.trace_columns import COLUMNS
from sousveil.errors import InputError
from sousveil.measures.width import Widths
from sousveil.runs import folder, provenance
from sousveil.studies.patch import plain
from sousveil.studies.study import Study, restore
from sousveil.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from sousveil.engine.plan import Plan

__all__ = ["WIDTHS", "check_trace", "document", "kind_of", "points_of", "question", "read_cuts", "read_pulls",
           "read_widths"]

WIDTHS = "widths.json"
"""How far what is not published moves the measures of a run."""

MOST_REPLICATES = 10_000


def document(study: Study) -> str:
    """A study as the text of study.json, which the record of a run hashes."""
    named = {name: plain(reform) for name, reform in study.reforms.items()}
    return json.dumps({**study.plain(), **({"reforms": named} if named else {})}, indent=1, ensure_ascii=False) + "\n"


def kind_of(record: Mapping[str, Any]) -> str:
    """What kind of result a record is of: `run`, `compare`, `why`, `sweep`, `audit`, `baserate` ..."""
    facts = record["result"]
    return str(facts.get("kind") or next((name for name in ("audit", "baserate") if name in facts), "run"))


def question(directory: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any], Study]:
    """The record of a run, its facts, and the study that was run. Raises InputError."""
    record = folder.read_record(directory)
    record.pop("files", None)
    facts = record["result"]
    if (kind := kind_of(record)) != "run":
        raise InputError(f"{provenance.last_part(directory)} is a result of sousveil {kind}; this asks for one of "
                         "sousveil run")
    try:
        study = _restored(directory, str(facts.get("sousveil", "")))
        study = study.evolve(people=_whole(study.people), steps=_whole(study.steps), seed=_whole(study.seed))
        known = facts["engine"] in ("agents", "exact") and 1 <= _whole(facts["replicates"]) <= MOST_REPLICATES
        known = known and isinstance(facts["inputs"], dict)
        if not known or not math.isfinite(facts["lost mass"]) or study.reference not in study.population.groups:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise InputError(f"{directory} is not a run that this version can read") from error
    return record, facts, study


def _restored(directory: str | os.PathLike[str], made_with: str) -> Study:
    """The study of a run; where it cannot be read, which version wrote it. Raises InputError."""
    try:
        return restore(json.loads(folder.read_document(directory, "study.json")))
    except InputError as error:
        if made_with in ("", __version__):
            raise
        raise InputError(f"{provenance.last_part(directory)} was made by sousveil {made_with}, and this is "
                         f"{__version__}, which reads it no more: {error}") from error


def read_pulls(directory: str | os.PathLike[str], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """The mistaken records of a run, when they have this shape. Raises InputError."""
    found = _read_array(directory, "pulls.npy", shape)
    if found.min(initial=0.0) < 0:
        raise InputError(f"pulls.npy in {directory} holds what cannot be counted")
    return found


def read_cuts(directory: str | os.PathLike[str], shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """How far places reached in a run, when they have this shape. Raises InputError."""
    return _read_array(directory, "cuts.npy", shape)


def _read_array(directory: str | os.PathLike[str], name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    from sousveil.engine.npz import read_array

    try:
        content = folder.read_document(directory, name)
        found = read_array(io.BytesIO(content), np.float64, shape, len(content))
    except (ValueError, EOFError) as error:
        raise InputError(f"{name} in {directory} does not fit the study beside it, or is broken") from error
    if not np.isfinite(found).all():
        raise InputError(f"{name} in {directory} holds what cannot be counted")
    return found


def points_of(facts: Mapping[str, Any]) -> int:
    """At how many points over what is not published a run was looked at. Raises InputError for what is no number."""
    try:
        return _whole(facts.get("points", 0))
    except TypeError as error:
        raise InputError(f"points: {error}") from error


def read_widths(directory: str | os.PathLike[str], facts: Mapping[str, Any]) -> Widths:
    """The widths of a run, none where none were asked for. Raises InputError."""
    if not (points := points_of(facts)):
        return Widths()
    try:
        widths = Widths.restored(json.loads(folder.read_document(directory, WIDTHS)))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise InputError(f"{WIDTHS} in {directory} cannot be read; another version may have written it") from error
    numbers = (x for row in widths for x in (row.width.least, row.width.most, row.width.agree) if x is not None)
    if widths.points != points or not all(map(math.isfinite, numbers)):
        raise InputError(f"{WIDTHS} in {directory} is not of the run beside it")
    return widths


def check_trace(trace: Trace, plan: Plan, study: Study) -> None:
    """Whether a trace is one of this study: the same setting, and tables of the same form. Raises InputError."""
    from sousveil.engine.outcome import empty

    like = traces.of(plan, empty(plan, study.steps), study.scheme.step)
    # Who ever fell is counted, not set: it need only be so many numbers of people.
    counted = [*trace.setting.fallen]
    if len(counted) not in (0, len(plan.groups)) or not all(0 <= n <= plan.people for n in counted):
        raise InputError("the tables beside study.json hold what cannot be counted")
    if replace(trace.setting, fallen=()) != replace(like.setting, fallen=()):
        raise InputError("the tables beside study.json are of another study")
    for name in COLUMNS:
        found, wanted = getattr(trace, name), getattr(like, name)
        if found is not None and wanted is not None and _form(found) != _form(wanted):
            raise InputError(f"the table {name} beside study.json is of another study")
    if trace.effects is not None:
        _check_effects(trace.effects)


def _check_effects(table: pa.Table) -> None:
    import pyarrow as pa

    words = [pa.types.is_string(table.schema.field(c.name).type) for c in COLUMNS["effects"]]
    values = table["effect"].to_numpy() if words == [True, True, True, False] else np.zeros(1)
    if values.dtype != np.float64 or not np.isfinite(values).all() or not (values > 0).all():
        raise InputError("the table effects beside study.json holds what cannot be counted")


def _form(table: pa.Table) -> list[tuple[str, bool]]:
    """The columns of a table, and whether they hold words."""
    import pyarrow as pa

    return [(field.name, pa.types.is_dictionary(field.type) or pa.types.is_string(field.type))
            for field in table.schema]


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is not a whole number")
    return value
