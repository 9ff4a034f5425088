"""Whether a result is what comes of its study: it is made again, and every file held against the one that is there."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.runs import folder, provenance, table_file
from sousveil.runs.run import Run, run
from sousveil.runs.stored import points_of, question
from sousveil.runs.written import write_results

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Added", "Documents", "Widened", "against", "drawn_here", "verify"]

Documents = Callable[[Run], Mapping[str, str | bytes]]
"""What is written beside the tables of a run, by name: its report."""


Added = Callable[[Path, Collection[str]], Mapping[str, bytes]]
"""What was added to a result later, made again: from a folder with its tables and its page, those of these names."""

Widened = Callable[[Run, int], Run]
"""The run with the widths that so many points of what is not published give its measures."""


def verify(directory: str | os.PathLike[str], documents: Documents, added: Added, widened: Widened,
           threads: int | None = None) -> list[str]:
    """Run again what is in a folder, and compare every byte of every file; the names of the files that differ.

    Nothing is taken from the folder but the question: the study, the engine and the number of replicates. From them
    everything is made anew, the facts of the record among it, so a file that was changed, taken away or added shows.
    What the record says of how the result came about cannot be made anew; a hash over it shows a change by itself.
    Two Parquet files that another version of the library has written are the same when their tables are.

    Raises InputError when the folder does not hold a run.
    """
    record, facts, study = question(directory)
    text = provenance.digest(folder.read_document(directory, "study.json"))
    if facts["inputs"].get("study.json") != text:
        return ["run.json" if _listed(directory).get("study.json") == text else "study.json"]
    again = run(study, engine=facts["engine"], threads=threads, replicates=facts["replicates"])
    if points := points_of(facts):
        again = widened(again, points)
    circumstance = record["circumstance"]
    again = replace(again, record={**again.record, "circumstance": circumstance},
                    reason=str(circumstance.get("reason", "")))
    there, listed = _names(directory), {*_listed(directory)}
    pages = documents(again)
    with tempfile.TemporaryDirectory(prefix="sousveil-") as scratch:
        made = Path(scratch) / "again"
        again.save(made, {name: page for name, page in pages.items() if name in listed})
        for name in there & {*pages} - listed:  # it was put there later, as `sousveil report` does
            page = pages[name]
            (made / name).write_bytes(page if isinstance(page, bytes) else page.encode())
        _add(added, made, there)
        ours = _names(made)
        return sorted(name for name in there | listed | ours
                      if name not in there or name not in ours or not _same(directory, made, name))


def against(directory: str | os.PathLike[str], made: tuple[Mapping[str, pa.Table], Mapping[str, str]], added: Added
            ) -> list[str]:
    """The names of the files of a result that differ from these tables and documents, made again.

    A page is held against its hash in the record, and the facts of the record against those of the new one.
    """
    tables, documents = made
    listed, there = _listed(directory), _names(directory)
    differ = {name for name in there & {*listed} - {folder.RECORD} if listed.get(name) != provenance.digest(
        folder.read_document(directory, name))}
    differ |= {*listed} - there - {folder.RECORD}
    with tempfile.TemporaryDirectory(prefix="sousveil-") as scratch:
        again = Path(scratch) / "again"
        write_results(again, tables, documents)
        old, new = (folder.read_record(place) for place in (directory, again))
        for name in there & {*listed} - differ:
            if name.endswith(".html"):
                (again / name).write_bytes(folder.read_document(directory, name))  # held against its hash above
        (again / folder.RECORD).write_text(provenance.dumps({**new, "circumstance": old["circumstance"]}),
                                           encoding="utf-8")
        _add(added, again, there - {*listed})
        ours = _names(again)
        differ |= {name for name in ours if name not in there or (
            name != folder.RECORD and not _same(directory, again, name))}
    if old["result"] != new["result"]:
        differ.add(folder.RECORD)
    return sorted(differ | (there - ours))


def _same(directory: str | os.PathLike[str], made: Path, name: str) -> bool:
    one, other = folder.read_document(directory, name), folder.read_document(made, name)
    if one == other:
        return True
    if name == folder.RECORD:
        return bool(_without_parquet(one, directory) == _without_parquet(other, directory))
    if name.endswith(".docx"):
        return _parts(one) == _parts(other) is not None
    if not name.endswith(".parquet") or _same_writer(directory):
        return False
    try:
        return bool(table_file.read(Path(directory) / name).equals(table_file.read(made / name), check_metadata=True))
    except InputError:
        return False


def _parts(document: bytes) -> dict[str, int] | None:
    """The parts of a document by name, each with its check sum, but for its pictures in dots; None where it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as packed:
            return {part.filename: part.CRC for part in packed.infolist() if not part.filename.endswith(".png")}
    except (zipfile.BadZipFile, ValueError, OSError):
        return None


def _without_parquet(record: bytes, directory: str | os.PathLike[str]) -> Any:
    """A record without the hashes of files that another version of the library may write otherwise."""
    told = provenance.loads(record)
    if not _same_writer(directory) and isinstance(told.get("files"), dict):
        told["files"] = {name: kept for name, kept in told["files"].items() if not name.endswith(".parquet")}
    return told


def _same_writer(directory: str | os.PathLike[str]) -> bool:
    software = folder.read_record(directory)["circumstance"].get("software")
    return isinstance(software, dict) and software.get("pyarrow") == provenance.version_of("pyarrow")


def _listed(directory: str | os.PathLike[str]) -> dict[str, Any]:
    """The files that the record names."""
    files = folder.read_record(directory).get("files")
    return files if isinstance(files, dict) else {}


def _names(directory: str | os.PathLike[str]) -> set[str]:
    """What is in a folder, except what systems hide there, what nobody takes for a file of the result, and what no
    other machine can make again.
    """
    return {name for name in folder.names(directory) if not drawn_here(name)} - {*folder.beside(directory)}


def drawn_here(name: str) -> bool:
    """Whether a file is a picture in dots: its letters are those of the machine that drew it."""
    return name.startswith("charts/") and name.endswith(".png")


def _add(added: Added, made: Path, names: Collection[str]) -> None:
    """Put what was added later beside a result that was made again."""
    for name, content in added(made, names).items():
        (made / name).parent.mkdir(exist_ok=True)
        (made / name).write_bytes(content)
