"""Results in a folder: who may write one there, and what is read of one that stands there; written: `written`.

A result is tables (each as Parquet for machines and CSV for people) and documents (`run.json`, `report.html` ...).

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
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError, Problem
from sousveil.ground import disk
from sousveil.runs import provenance, table_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ADDED", "RECORD", "Claim", "beside", "claim", "holds", "listed", "names", "read_document", "read_record",
           "read_table", "spare"]

RECORD = "run.json"
"""The document that makes a folder a result."""

ADDED = re.compile(r"report\.(html|docx|xlsx)|charts/[\w-]+\.(svg|png)")
"""What `sousveil report` may have put beside the files that the record names."""

_OF_A_KIND = re.compile(r"[^/]+\.(parquet|csv|json|npy|html)|" + ADDED.pattern, re.IGNORECASE)
"""What anybody may take for a file of a result, or a reader of ours may."""

MOST_BYTES = 1 << 33
"""The size of a file that is read at most."""


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


def listed(directory: str | os.PathLike[str]) -> dict[str, str]:
    """What the record in a folder says is of the result there, by name. Raises InputError where there is none."""
    files = read_record(directory).get("files", {})
    return files if isinstance(files, dict) else {}


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
    files = listed(directory)
    return sorted(name for name in names(directory) if name not in files and not _OF_A_KIND.fullmatch(name))


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
    with contextlib.suppress(InputError):
        return [RECORD, *listed(directory)]
    return [RECORD]


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
