"""Whether a result is what comes of its study, report and all."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.reports import formats
from sousveil.runs import bundle, folder, provenance, verification
from sousveil.runs.settings import directory_of, settings
from sousveil.runs.stored import kind_of
from sousveil.studies.limits import WholeNumber
from sousveil.studies.study import Study, restore

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["verify"]

Made = tuple[Mapping[str, "pa.Table"], Mapping[str, str]]
"""Tables by name, and documents by name, as they are written to a folder."""


def verify(directory: str | os.PathLike[str], threads: WholeNumber | None = None) -> list[str]:
    """Make again what is in a folder, or in a bundle, and compare every byte of every file; the names of the files
    that differ.

    A run, a comparison or an explanation. Of the last two the page is not set again but held against its hash. Pictures
    in dots (PNG) are not compared: their letters are those of the machine that drew them. Nor is what nobody takes for
    a file of the result, as notes that lie beside it.
    Raises InputError when the folder holds nothing of the kind, or something else: then with what makes it again.
    """
    if bundle.is_bundle(directory):
        with bundle.unpacked(directory) as (result, changed):
            return sorted({*_verified(str(result), provenance.last_part(directory), threads), *changed})
    directory = directory_of(directory)
    return _verified(directory, provenance.last_part(directory), threads)


def _verified(directory: str, name: str, threads: WholeNumber | None) -> list[str]:
    cores = settings(threads=threads).threads
    record = folder.read_record(directory)
    kind = kind_of(record)
    if kind in ("compare", "why"):
        return verification.against(directory, _compared(directory, record, cores) if kind == "compare" else
                                    _explained(directory, record, cores), _added)
    if kind != "run":
        raise InputError(_cannot(directory, name, kind, record))
    from sousveil.reports.run.report import report
    from sousveil.unknowns.widths import widen_run

    return verification.verify(directory, lambda run: {"report.html": report(run).html}, _added,
                               lambda run, points: widen_run(run, points, threads=cores), cores)


def _added(made: Path, names: Collection[str]) -> Mapping[str, bytes]:
    """What `sousveil report` adds to a result, made from one that was made again."""
    wanted = [name for name in names if name in (formats.DOCUMENT, formats.WORKBOOK) or name.startswith(formats.CHARTS)]
    page = made / formats.PAGE
    if not wanted or not (page.is_file() or wanted == [formats.WORKBOOK]):
        return {}
    return formats.added_later(page.read_text(encoding="utf-8") if page.is_file() else "", made, wanted)


def _cannot(directory: str, name: str, kind: str, record: Mapping[str, Any]) -> str:
    command = f"{record['circumstance'].get('command', '')}\n{_as_written(directory, record)}"
    if kind == "audit":
        return (f"{name} is an audit, which is not made again: its table was never kept. Whoever has the table types "
                f"this, and compares: {command}")
    return (f"{name} is of the kind {kind}; runs, comparisons and explanations are made again here. This makes it "
            f"again, to the same tables: {command}")


def _as_written(directory: str, record: Mapping[str, Any]) -> str:
    """Whether the files are those that the record names, which shows damage and no more."""
    listed = record.get("files")
    files = listed if isinstance(listed, dict) else {}
    differ = sorted(name for name, digest in files.items() if name != folder.RECORD and (
        name not in folder.names(directory) or provenance.digest(folder.read_document(directory, name)) != digest))
    return (f"These files are not what was written: {', '.join(differ)}" if differ else
            "Every file that was written is as it was")


def _compared(directory: str, record: Mapping[str, Any], threads: int) -> Made:
    from sousveil.comparisons.pair import compare
    from sousveil.comparisons.tables import compared
    from sousveil.unknowns.worlds import widen_worlds

    facts = record["result"]
    worlds = []
    for index in itertools.count(1):
        if not os.path.lexists(Path(directory) / f"reform-{index}.json"):
            break
        worlds.append(_study(directory, f"reform-{index}.json"))
    try:
        found = compare(_study(directory, "study.json"), worlds, seeds=len(facts["seeds"]), engine=facts["engine"],
                        threads=threads)
        if facts.get("points"):
            found = widen_worlds(found, facts["points"], threads=threads)
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"{directory} is not a comparison that this version can read") from error
    return compared(found, provenance.clock())


def _explained(directory: str, record: Mapping[str, Any], threads: int) -> Made:
    from sousveil.comparisons.tables import explained
    from sousveil.comparisons.twins import of_why
    from sousveil.comparisons.why import why

    facts = record["result"]
    try:
        reference, group = facts["between"]
        found = why(_study(directory, "study.json"), str(facts["harm"]), (str(reference), str(group)),
                    seeds=len(facts["seeds"]), engine=facts["engine"], threads=threads)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{directory} is not an explanation that this version can read") from error
    return explained(found, of_why(found, threads), provenance.clock())


def _study(directory: str, name: str) -> Study:
    try:
        return restore(json.loads(folder.read_document(directory, name)))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} in {directory} is not a study that this version can read") from error
