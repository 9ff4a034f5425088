"""Results in a folder: all of them, or none, and one process at a time.

A result is tables (each as Parquet for machines and CSV for people) and documents (`run.json`, `report.html` ...).
They are written into a hidden folder beside the place they are meant for, forced onto the disk, and then moved there
whole. So a full disk, an interrupt or a power cut leaves no half of a result in that place.

A folder that holds something else is never touched: a result is known by its `run.json` (see `provenance`). While one
process is at work for a folder it has a claim on it, and others are told so.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from sousveil.errors import InputError, Interrupted, Problem
from sousveil.ground import disk
from sousveil.runs import provenance, table_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["RECORD", "Claim", "Document", "beside", "claim", "holds", "names", "read_document", "read_record",
           "read_table", "spare", "write_results"]

RECORD = "run.json"
"""The document that makes a folder a result."""

ADDED = re.compile(r"report\.(html|docx|xlsx)|charts/[\w-]+\.(svg|png)")
"""What `sousveil report` may have put beside the files that the record names."""

_OF_A_KIND = re.compile(r"[^/]+\.(parquet|csv|json|npy|html)|" + ADDED.pattern, re.IGNORECASE)
"""What anybody may take for a file of a result, or a reader of ours may."""

MOST_BYTES = 1 << 33
"""The size of a file that is read at most."""


Document = str | bytes | Callable[[], str | bytes]
"""What stands in a file, or what makes it: a page that may fail, as charts do, when the work is done."""


class Claim:
    """The right to write a result to a folder, which no other process has before it is closed, or forgotten.

    target   the folder in full; it need not be there
    """

    def __init__(self, target: Path, lock: disk.Lock, made: list[Path]) -> None:
        self.target = target
        self.close = weakref.finalize(self, _let_go, lock, made)

    def __fspath__(self) -> str:
        return str(self.target)

    def beside(self, kind: str) -> Path:
        """A hidden place beside the folder, for what belongs to a result that is still being made."""
        return _beside(self.target, kind)


def claim(directory: str | os.PathLike[str]) -> Claim:
    """Claim a folder for a result, before long work. What a process that was killed left half done is put right.

    Raises InputError when it holds something else, cannot be written to, or another process is at work for it.
    """
    try:
        target = _free(directory)
        made = disk.make_folders(target.parent)
        try:
            lock = disk.Lock(_beside(target, "lock"))
        except OSError:
            disk.unmake(made)
            raise
        held = Claim(target, lock, made)
        _put_right(target)
        _free(directory)
        return held
    except disk.Held:
        raise InputError(f"another sousveil is at work for {directory}; wait until it is done, or name another folder"
                         ) from None
    except OSError as error:  # a name that is too long, a folder that may not be read or written to
        raise InputError(f"{directory} cannot hold a result: {error.strerror or error}; name a folder that can be "
                         "written to") from error


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
        _move_into_place(new, target)
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
    for name in _listed(target):
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


def _listed(target: Path) -> dict[str, str]:
    """What the record in a folder says is of the result there, by name."""
    files = read_record(target).get("files", {})
    return files if isinstance(files, dict) else {}


def _strangers(target: Path) -> list[str]:
    """What somebody has put beside a result, links and empty folders too: it stays when the result is replaced."""
    if not (target / RECORD).is_file() or not (listed := _listed(target)):
        return []
    there = {(Path(place) / name).relative_to(target).as_posix() for place, inside, those in os.walk(target)
             for name in (*those, *(one for one in inside if _is_leaf(Path(place) / one)))}
    return sorted(name for name in there if name not in listed and name != RECORD and not ADDED.fullmatch(name))


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


def _free(directory: str | os.PathLike[str]) -> Path:
    """The folder in full, when a result may be written there. Raises InputError and OSError."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]", os.fspath(directory)):
        raise InputError(f"{directory} is an address, and this writes to a folder of this machine; name a folder")
    target = Path(directory).resolve()
    if target == Path.cwd() or target.parent == target:
        raise InputError(f"{directory} is no place for a result: name a folder of its own, for example -o out/first")
    if any(parent.is_file() for parent in target.parents):
        raise InputError(f"{directory} lies below a file; a result needs a folder")
    with contextlib.suppress(FileNotFoundError):  # so long a name must be possible
        os.lstat(_beside(target, "unfinished") / ("x" * 60))
    if not target.exists():
        return target
    if not target.is_dir():
        raise InputError(f"{directory} is a file; a result needs a folder")
    if os.path.ismount(target):
        raise InputError(f"{directory} is where a disk is mounted, so that no result can be moved there whole; name a "
                         "folder inside it")
    if any(target.iterdir()) and not _is_result(target):
        raise InputError(f"{directory} holds something that is not a result of sousveil and is left alone; "
                         "name another folder")
    if not os.access(target, os.W_OK | os.X_OK):
        raise InputError(f"{directory} may not be written to; name another folder")
    return target


def _beside(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{kind}")


def _let_go(lock: disk.Lock, made: list[Path]) -> None:
    lock.release()
    disk.unmake(made)


def _put_right(target: Path) -> None:
    """A process may have been killed while it wrote here: the old result stands, or the new one, whole."""
    old = _beside(target, "old")
    if old.is_dir() and not old.is_symlink() and not target.exists():
        old.rename(target)
    for left in (old, _beside(target, "partial")):
        shutil.rmtree(left, ignore_errors=True)
        if os.path.lexists(left):
            raise FileExistsError(errno.EEXIST, f"{left} is in the way")


def read_table(directory: str | os.PathLike[str], name: str) -> pa.Table:
    """The table NAME of a result. Raises InputError when it is missing or broken, or would fill the memory."""
    return table_file.read(_existing(directory, f"{name}.parquet"))


def read_document(directory: str | os.PathLike[str], name: str) -> bytes:
    """The document `name` of a result, for example `run.json`. Raises InputError when it is missing, or is no file."""
    path = _existing(directory, name)
    try:
        # Not waiting for a pipe to be filled, and no device that never ends.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                raise InputError(Problem(str(path), 0, 0, f"is larger than {MOST_BYTES:,} bytes"))
            return file.read()
    except OSError as error:
        raise InputError(Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")) from error


def read_record(directory: str | os.PathLike[str]) -> dict[str, Any]:
    """The record of a result. Raises InputError, naming the file with its folder, where there is none to be read."""
    return provenance.loads(read_document(directory, RECORD), str(Path(directory) / RECORD))


def names(directory: str | os.PathLike[str]) -> set[str]:
    """The files in a folder and in the folders in it, as in `charts/tiers.svg`, except what systems hide there.

    What is no file (a link, a pipe) is among them, so that whoever reads them finds that it cannot be read.
    """
    found: set[str] = set()
    for place, inside, those in os.walk(directory):
        within = Path(place).relative_to(directory)
        links = [name for name in inside if os.path.islink(os.path.join(place, name))]
        inside[:] = [name for name in inside if not name.startswith(".") and name not in links]
        found |= {(within / name).as_posix() for name in (*those, *links) if not name.startswith(".")}
    return found


def beside(directory: str | os.PathLike[str]) -> list[str]:
    """What lies in the folder of a result and cannot be taken for a file of it, as notes and links to folders cannot.

    What has a name as its files have (a CSV, a page) is not among it, for somebody would take it for one.
    """
    listed = _listed(Path(directory))
    return sorted(name for name in names(directory) if name not in listed and not _OF_A_KIND.fullmatch(name))


def spare(out: str | os.PathLike[str], *read: str | os.PathLike[str]) -> None:
    """Raises InputError where a file that is to be written was read, or belongs to a result that was read."""
    for one in map(Path, read):
        for name in ("", *_of_result(one)) if one.is_dir() else ("",):
            with contextlib.suppress(OSError):
                if os.path.samefile(out, one / name):
                    raise InputError(f"-o: {provenance.last_part(out)} is what the answer comes from, and would be "
                                     "lost; name another file")


def _of_result(directory: Path) -> list[str]:
    """The files that the record of a result names, and the record."""
    try:
        listed = read_record(directory).get("files")
    except InputError:
        return [RECORD]
    return [RECORD, *(listed if isinstance(listed, dict) else ())]


def holds(directory: str | os.PathLike[str], record: Mapping[str, Any]) -> bool:
    """Whether the result with this record is in a folder, whole."""
    try:
        found = read_record(directory)
    except InputError:
        return False
    return {name: part for name, part in found.items() if name != "files"} == provenance.loads(provenance.dumps(record))


def _existing(directory: str | os.PathLike[str], name: str) -> Path:
    folder = Path(directory)
    if not os.path.lexists(folder) and folder.name and os.path.isdir(_beside(folder, "old")):
        with contextlib.suppress(InputError):
            claim(folder).close()  # which puts right what a process left that was killed
    if not os.path.isfile(folder / RECORD):
        raise InputError(f"{directory} is not a result of sousveil: it has no {RECORD}")
    path = folder / name
    if not os.path.lexists(path):
        raise InputError(f"the result in {directory} has no {name}")
    if path.resolve().parent != folder.resolve() / Path(name).parent:
        raise InputError(Problem(str(path), 0, 0, "leads out of the result, and is not read"))
    if not path.is_file():
        raise InputError(Problem(str(path), 0, 0, "is no file"))
    return path


def _is_result(folder: Path) -> bool:
    try:
        provenance.loads(read_document(folder, RECORD), RECORD)
    except InputError:
        return False
    return True


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


def _move_into_place(new: Path, target: Path) -> None:
    """Replace `target` by `new`. No folder can be renamed over a full one: they change places, or the old result steps
    aside first, whole (and back again, by `_put_right`, where the process is killed in between).
    """
    if not target.exists():
        new.rename(target)
    elif not disk.exchange(new, target):
        old = _beside(target, "old")
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
