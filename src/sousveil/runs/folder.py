"""Results in a folder: all of them, or none.

A result is tables (each as Parquet for machines and CSV for people) and documents (`run.json`, `report.html` ...).
They are written into a hidden folder beside the place they are meant for, forced onto the disk, and then moved there
whole. So a full disk, an interrupt or a power cut leaves no half of a result in that place.

A folder that holds something else is never touched: a result is known by its `run.json` (see `provenance`).
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from sousveil.errors import InputError, Problem
from sousveil.runs import provenance

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RECORD", "check_free", "read_document", "read_table", "write_results"]

RECORD = "run.json"
"""The document that makes a folder a result."""


def write_results(directory: str | os.PathLike[str], tables: Mapping[str, pa.Table],
                  documents: Mapping[str, str | bytes]) -> Path:
    """Write every table (as NAME.parquet and NAME.csv) and every document (under its own name) to `directory`.

    The same tables and documents give the same bytes. An earlier result in `directory` is replaced as a whole.
    Returns the folder. Raises InputError when it holds something else, or cannot be written: then nothing has changed.
    """
    target = check_free(directory)
    if RECORD not in documents:
        raise ValueError(f"a result needs its {RECORD}")
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = _folder_beside(target)
        for name, table in tables.items():
            _write_table(beside, name, table)
        for name, content in documents.items():
            _write_document(beside, name, content)
        _force_folders_to_disk(beside)
        _move_into_place(beside, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write the result to {directory}: {reason}; nothing was changed there") from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
    return target


def check_free(directory: str | os.PathLike[str]) -> Path:
    """The folder in full, when a result may be written there; else raises InputError. To be asked before long work."""
    try:
        return _free(directory, Path(directory).resolve())
    except OSError as error:  # a name that is too long, a folder that may not be read
        raise InputError(f"{directory} cannot hold a result: {error.strerror}") from error


def _free(directory: str | os.PathLike[str], target: Path) -> Path:
    if target == Path.cwd() or target.parent == target:
        raise InputError(f"{directory} is no place for a result: name a folder of its own, for example -o out/first")
    if any(parent.is_file() for parent in target.parents):
        raise InputError(f"{directory} lies below a file; a result needs a folder")
    if not target.exists():
        return target
    if not target.is_dir():
        raise InputError(f"{directory} is a file; a result needs a folder")
    if any(target.iterdir()) and not _is_result(target):
        raise InputError(f"{directory} holds something that is not a result of sousveil and is left alone; "
                         "name another folder")
    return target


def read_table(directory: str | os.PathLike[str], name: str) -> pa.Table:
    """The table NAME of a result. Raises InputError when it is missing or broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = _existing(directory, f"{name}.parquet")
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(Problem(str(path), 0, 0, "is not a Parquet file that can be read")) from error


def read_document(directory: str | os.PathLike[str], name: str) -> bytes:
    """The document `name` of a result, for example `run.json`. Raises InputError when it is missing."""
    path = _existing(directory, name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")) from error


def _existing(directory: str | os.PathLike[str], name: str) -> Path:
    folder = Path(directory)
    if not os.path.isfile(folder / RECORD):
        raise InputError(f"{directory} is not a result of sousveil: it has no {RECORD}")
    if not os.path.isfile(folder / name):
        raise InputError(f"the result in {directory} has no {name}")
    return folder / name


def _is_result(folder: Path) -> bool:
    try:
        provenance.loads((folder / RECORD).read_bytes(), RECORD)
    except (OSError, InputError):
        return False
    return True


def _write_table(folder: Path, name: str, table: pa.Table) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    # How a table happens to be cut into chunks must not show in the file.
    whole = table.combine_chunks()
    with _new_file(folder, f"{name}.parquet") as file:
        pq.write_table(whole, file, compression="zstd")
    plain = pa.table({column: whole[column].cast(kind.value_type) if pa.types.is_dictionary(kind) else whole[column]
                      for column, kind in zip(whole.column_names, whole.schema.types, strict=True)})
    with _new_file(folder, f"{name}.csv") as file:
        pa.csv.write_csv(plain, file)


def _write_document(folder: Path, name: str, content: str | bytes) -> None:
    with _new_file(folder, name) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def _new_file(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A new file to write, on the disk when the block ends. Its name may hold folders, but not leave `folder`."""
    inside = PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts or not inside.name:
        raise ValueError(f"{name!r} does not name a file of a result")
    path = folder / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _folder_beside(target: Path) -> Path:
    """A new hidden folder on the same disk as `target`, named after who writes it: nobody else's is ever in the way."""
    folder = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.partial")
    if folder.exists():  # a process of the same number was killed here
        shutil.rmtree(folder)
    folder.mkdir()
    return folder


def _move_into_place(new: Path, target: Path) -> None:
    """Replace `target` by `new`. No folder can be renamed over a full one: an old result steps aside first, whole."""
    old = new.with_suffix(".old")
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    _force_folders_to_disk(target.parent, deep=False)
    shutil.rmtree(old, ignore_errors=True)


def _force_folders_to_disk(folder: Path, deep: bool = True) -> None:
    if os.name == "nt":  # there, folders cannot be opened, and need not be
        return
    inside = (place for place in folder.rglob("*") if place.is_dir()) if deep else ()
    for place in (folder, *inside):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
