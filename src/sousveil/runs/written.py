"""Results written to a folder: all of a result, or nothing.

Tables and documents go into a hidden folder beside the place they are meant for, are forced onto the disk, and are then
moved there whole. So a full disk, an interrupt or a power cut leaves no half of a result in that place.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from sousveil.errors import InputError, Interrupted
from sousveil.ground import disk
from sousveil.runs import provenance, table_file
from sousveil.runs.folder import ADDED, RECORD, Claim, claim, listed

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Document", "write_results"]

Document = str | bytes | Callable[[], str | bytes]
"""What stands in a file, or what makes it: a page that may fail, as charts do, when the work is done."""


def write_results(directory: str | os.PathLike[str], tables: Mapping[str, pa.Table],
                  documents: Mapping[str, Document]) -> Path:
    """Write every table (as NAME.parquet and NAME.csv) and every document (under its own name) to `directory`.

    The same tables and documents give the same bytes. An earlier result in `directory` is replaced as a whole.
    Documents that are still to be made, as pages are, wait until all else stands there, for it may be the work of days:
    whatever happens to one, be it the end of the process, costs no more than that document. What went wrong is raised
    then; of an interrupt, Interrupted, which says what is missing.
    Returns the folder. Raises InputError when it holds something else, cannot be written, or another process has a
    claim on it: then nothing has changed.
    """
    if not isinstance(directory, Claim):
        with contextlib.closing(claim(directory)) as held:
            return write_results(held, tables, documents)
    if RECORD not in documents:
        raise ValueError(f"a result needs its {RECORD}")
    ready = {name: content for name, content in documents.items() if not callable(content)}
    _write(directory, lambda new: _write_ready(new, tables, ready), ready[RECORD])
    made, wrong = _made({name: content for name, content in documents.items() if callable(content)})
    if made:
        _write(directory, lambda new: _write_more(directory.target, new, made), ready[RECORD])
    try:
        if isinstance(wrong, KeyboardInterrupt):
            raise _without(directory.target, [name for name in documents if name not in (*ready, *made)])
        if wrong is not None:
            raise wrong
    finally:
        del wrong  # it holds on to whoever called, and so to the claim, for as long as something here holds on to it
    return directory.target


def _without(target: Path, missing: Sequence[str]) -> Interrupted:
    return Interrupted(f"interrupted; the result stands in {target.name}, without {' and '.join(missing)}; the same "
                       "command makes it whole")


def _write(directory: Claim, write: Callable[[Path], None], record: str | bytes) -> None:
    """A new folder with what `write` puts there and the record of it, moved to its place whole. Raises InputError."""
    target, new = directory.target, directory.beside("partial")
    try:
        new.mkdir()
        write(new)
        files = {path.relative_to(new).as_posix(): provenance.digest(path) for path in sorted(new.rglob("*"))
                 if path.is_file()}
        _write_document(new, RECORD, provenance.with_files(record, files))
        for name in _strangers(target):
            _link(target / name, new / name)
        _force_folders_to_disk(new)
        _move_into_place(new, directory)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write the result to {target}: {reason}; nothing was changed there") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _write_ready(new: Path, tables: Mapping[str, pa.Table], documents: Mapping[str, str | bytes]) -> None:
    for name, table in tables.items():
        _write_table(new, name, table)
    for name, content in documents.items():
        if name != RECORD:
            _write_document(new, name, content)


def _write_more(target: Path, new: Path, documents: Mapping[str, str | bytes]) -> None:
    """The files of the result that stands already, which take no room a second time, and documents beside them."""
    for name in listed(target):
        if name not in (RECORD, *documents):
            _link(target / name, new / name)
    for name, content in documents.items():
        _write_document(new, name, content)


def _link(path: Path, place: Path) -> None:
    disk.make_folders(place.parent)
    if path.is_symlink():
        place.symlink_to(os.readlink(path))
        return
    if path.is_dir():
        place.mkdir(exist_ok=True)
        return
    try:
        os.link(path, place)
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        shutil.copyfile(path, place)


def _strangers(target: Path) -> list[str]:
    """What somebody has put beside a result, links and empty folders too: it stays when the result is replaced."""
    if not (target / RECORD).is_file() or not (files := listed(target)):
        return []
    there = {(Path(place) / name).relative_to(target).as_posix() for place, inside, those in os.walk(target)
             for name in (*those, *(one for one in inside if _is_leaf(Path(place) / one)))}
    return sorted(name for name in there if name not in files and name != RECORD and not ADDED.fullmatch(name))


def _is_leaf(folder: Path) -> bool:
    return folder.is_symlink() or not any(folder.iterdir())


def _made(documents: Mapping[str, Callable[[], str | bytes]]
          ) -> tuple[dict[str, str | bytes], BaseException | None]:
    """The documents that can be made, and what went wrong with the first of the others."""
    made: dict[str, str | bytes] = {}
    wrong: BaseException | None = None
    for name, make in documents.items():
        try:
            made[name] = make()
        except BaseException as error:
            wrong = wrong or error
    try:
        return made, wrong
    finally:
        del wrong


def _write_table(folder: Path, name: str, table: pa.Table) -> None:
    with _new_file(folder, f"{name}.parquet") as file:
        table_file.write_parquet(table, file)
    with _new_file(folder, f"{name}.csv") as file:
        table_file.write_csv(table, file)


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
    disk.make_folders(path.parent)
    with path.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _move_into_place(new: Path, place: Claim) -> None:
    """Put a new folder in its place. No folder can be renamed over a full one: they change places, or the old result
    steps aside first, whole (and back again, by `claim`, where the process is killed in between).
    """
    target, old = place.target, place.beside("old")
    if not target.exists():
        new.rename(target)
    elif not disk.exchange(new, target):
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
        disk.force(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    disk.force(target.parent)


def _force_folders_to_disk(folder: Path) -> None:
    for place in (folder, *(inside for inside in folder.rglob("*") if inside.is_dir() and not inside.is_symlink())):
        disk.force(place)
