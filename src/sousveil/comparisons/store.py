"""Where results of many tasks go: one by one onto a shelf while they are made, then whole to their place.

Both may be a folder of this machine, or any address that fsspec knows how to reach (`s3://bucket/sweep`). A folder is
claimed by one process at a time (see `runs.folder`). An address cannot be, but every file on a shelf says which
question it answers, so that two questions that are asked at once for one address never mix.
"""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.runs import folder, provenance, written
from sousveil.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Claim", "Shelf", "claim", "place_beside", "points_shelf", "shelf_beside", "write_results"]

Claim = folder.Claim | str
"""A folder of this machine that is ours for the time being, or an address."""


_UNFINISHED = {"format": provenance.FORMAT, "result": {},
               "circumstance": {"unfinished": "a result was being written here, and is not whole"}}


class Shelf:
    """A folder of results by name, one file each: on this machine, or wherever fsspec reaches (`s3://...`).

    `key` says what the results are of, and stands in every file.
    """

    def __init__(self, where: str, key: str) -> None:
        self._where = where
        self._files = _Far(where) if "://" in where else _Near(where)
        self._key = key

    def read_all(self, wanted: Collection[str] | None = None) -> dict[str, Any]:
        """Everything on the shelf, or what is wanted of it. Raises InputError for what answers another question, or
        cannot be read.
        """
        names = {name.removesuffix(".json") for name in self._files.names() if name.endswith(".json")}
        return {name: self._read(name) for name in sorted(names if wanted is None else names.intersection(wanted))}

    def write(self, name: str, result: Any) -> None:
        """Put a result there, whole or not at all."""
        text = json.dumps({"of": self._key, "name": name, "result": result}, ensure_ascii=False)
        self._files.write(f"{name}.json", text.encode())

    def clear(self) -> None:
        """Take everything away, and the shelf with it."""
        self._files.clear()

    def _read(self, name: str) -> Any:
        try:
            kept = json.loads(self._files.read(f"{name}.json") or b"")
            of, called, result = kept["of"], kept["name"], kept["result"]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            raise InputError(f"{name} in {self._where} cannot be read; delete that folder to begin again") from None
        if of != self._key:
            raise InputError(f"{self._where} holds what is done of another question (other files, settings or version "
                             "of sousveil); delete that folder to begin anew, or name another place")
        if called != name:
            raise InputError(f"{name} in {self._where} is the result of {called}; delete that folder to begin again")
        return result


def shelf_beside(out: str, key: str) -> Shelf:
    """A hidden shelf beside the folder that a result is meant for."""
    return Shelf(place_beside(out), key)


def points_shelf(where: str) -> Shelf:
    """A shelf of points by name (see `sweep.name_of`), which any number of questions may share."""
    return Shelf(where, f"points of sousveil {__version__}")


def claim(out: str) -> Claim:
    """Raises InputError when a result may not be written there. To be asked before long work, and kept until the end.
    """
    if "://" not in out:
        return folder.claim(out)
    files = _Far(out)
    if files.names() and files.read(folder.RECORD) is None:
        raise InputError(f"{out} holds something that is not a result of sousveil and is left alone; name another")
    shelf = _Far(place_beside(out))
    shelf.write("trial", b"")  # whether it can be written to shows now, and not after long work
    shelf.remove("trial")
    return out


def write_results(out: Claim, tables: Mapping[str, pa.Table], documents: Mapping[str, written.Document]) -> None:
    """As `written.write_results`, to a folder or to an address of fsspec; there, the record comes last."""
    if not isinstance(out, str):
        written.write_results(out, tables, documents)
        return
    files, wrong = _Far(out), None
    files.write(folder.RECORD, provenance.dumps(_UNFINISHED).encode())  # until the last file is there
    with tempfile.TemporaryDirectory(prefix="sousveil-") as scratch:
        made = Path(scratch) / "result"
        try:
            written.write_results(made, tables, documents)
        except BaseException as error:  # a page that could not be made
            wrong = error
        made_here = {path.name: path.read_bytes() for path in
                     sorted(made.glob("*"), key=lambda p: p.name == folder.RECORD)}
    for name, content in made_here.items():
        files.write(name, content)
    try:
        if wrong is not None:
            raise wrong
    finally:
        del wrong
    if any(files.read(name) != content for name, content in made_here.items()):
        raise InputError(f"another sousveil has written to {out} at the same time: what is there is of both; write "
                         "again, or name another place")


def place_beside(out: str) -> str:
    """Where the hidden shelf of a result is."""
    head, slash, name = out.rstrip("/").rpartition("/")
    return f"{head}{slash}.{name}.points"


class _Near:
    """Files of a folder of this machine."""

    def __init__(self, where: str) -> None:
        self._folder = Path(where)
        if self._folder.is_symlink():
            raise InputError(f"{where} is a link; delete it to begin anew")

    def names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def read(self, name: str) -> bytes | None:
        path = self._folder / name
        return path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else None

    def write(self, name: str, content: bytes) -> None:
        made: list[Path] = []
        try:
            made = disk.make_folders(self._folder)
            disk.write(self._folder / name, lambda file: file.write(content), durable=False)
        except OSError as error:
            disk.unmake(made)
            raise InputError(f"what was worked out cannot be kept in {self._folder}: {error.strerror}; name another "
                             "place with -o or --shelf") from error

    def clear(self) -> None:
        for path in self._folder.glob("*.json*") if self._folder.is_dir() else ():
            with suppress(OSError):
                path.unlink()
        for path in self._folder.glob(".*.partial"):
            path.unlink(missing_ok=True)
        with suppress(OSError):  # something else is in it
            self._folder.rmdir()


class _Far:
    """Files at an address that fsspec knows how to reach."""

    def __init__(self, where: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise InputError(f"{where} needs the extra sousveil[cluster]") from None
        self._where = where
        with self._reached():
            self._system, self._root = fsspec.core.url_to_fs(where)

    def names(self) -> list[str]:
        with self._reached():
            there = self._system.ls(self._root, detail=False) if self._system.exists(self._root) else ()
            return [str(path).rstrip("/").rpartition("/")[2] for path in there]

    def read(self, name: str) -> bytes | None:
        path = f"{self._root}/{name}"
        with self._reached():
            return bytes(self._system.cat_file(path)) if self._system.exists(path) else None

    def write(self, name: str, content: bytes) -> None:
        with self._reached("written to"):
            self._system.makedirs(self._root, exist_ok=True)
            self._system.pipe_file(f"{self._root}/{name}", content)

    def remove(self, name: str) -> None:
        with self._reached("written to"):
            self._system.rm_file(f"{self._root}/{name}")

    def clear(self) -> None:
        with self._reached():
            if self._system.exists(self._root):
                self._system.rm(self._root, recursive=True)

    @contextmanager
    def _reached(self, how: str = "reached") -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each kind of store has errors of its own
            reason = str(error) or type(error).__name__
            raise InputError(f"{self._where} cannot be {how}: {reason}; where there is no network, name a folder of "
                             "this machine") from error
