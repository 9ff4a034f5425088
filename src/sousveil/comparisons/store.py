"""Where results of many tasks go: one by one onto a shelf while they are made, then whole to their place.

Both may be a folder of this machine, or any address that fsspec knows how to reach (`s3://bucket/sweep`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sousveil.errors import InputError
from sousveil.runs import folder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Shelf", "check_free", "shelf_beside", "write_results"]


class Shelf:
    """A folder of results by name, one file each: on this machine, or wherever fsspec reaches (`s3://...`).

    `key` says what the results are of. A shelf that holds results of something else is cleared first.
    """

    _KEY = "key"

    def __init__(self, where: str, key: str) -> None:
        self._files = _Far(where) if "://" in where else _Near(where)
        self._key = key.encode()
        self._begun = self._files.read(self._KEY) == self._key
        if not self._begun:
            self._files.clear()

    def read_all(self) -> dict[str, str]:
        """Everything on the shelf."""
        names = [name.removesuffix(".json") for name in self._files.names() if name.endswith(".json")]
        return {name: (self._files.read(f"{name}.json") or b"null").decode() for name in sorted(names)}

    def write(self, name: str, text: str) -> None:
        """Put a result there, whole or not at all."""
        if not self._begun:
            self._files.write(self._KEY, self._key)
            self._begun = True
        self._files.write(f"{name}.json", text.encode())

    def clear(self) -> None:
        """Take everything away, and the shelf with it."""
        self._files.clear()


def shelf_beside(out: str, key: str) -> Shelf:
    """A hidden shelf beside the folder that a result is meant for."""
    head, slash, name = out.rstrip("/").rpartition("/")
    return Shelf(f"{head}{slash}.{name}.points", key)


def check_free(out: str) -> None:
    """Raises InputError when a result may not be written there. To be asked before long work."""
    if "://" not in out:
        folder.check_free(out)
        return
    files = _Far(out)
    if files.names() and files.read(folder.RECORD) is None:
        raise InputError(f"{out} holds something that is not a result of sousveil and is left alone; name another")


def write_results(out: str, tables: Mapping[str, pa.Table], documents: Mapping[str, str | bytes]) -> None:
    """As `folder.write_results`, to a folder or to an address of fsspec; there, the record comes last."""
    if "://" not in out:
        folder.write_results(out, tables, documents)
        return
    files = _Far(out)
    with tempfile.TemporaryDirectory() as scratch:
        made = folder.write_results(Path(scratch) / "result", tables, documents)
        for path in sorted(made.iterdir(), key=lambda p: p.name == folder.RECORD):
            files.write(path.name, path.read_bytes())


class _Near:
    """Files of a folder of this machine."""

    def __init__(self, where: str) -> None:
        self._folder = Path(where)

    def names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []

    def read(self, name: str) -> bytes | None:
        path = self._folder / name
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f".{name}.{os.getpid()}.part"
            part.write_bytes(content)
            part.replace(self._folder / name)
        except OSError as error:
            raise InputError(f"cannot write to {self._folder}: {error.strerror}") from error

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class _Far:
    """Files at an address that fsspec knows how to reach."""

    def __init__(self, where: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise InputError(f"{where} needs the extra sousveil[cluster]") from None
        try:
            self._system, self._root = fsspec.core.url_to_fs(where)
        except (ImportError, OSError, ValueError) as error:
            raise InputError(f"{where} cannot be reached: {error}") from error

    def names(self) -> list[str]:
        if not self._system.exists(self._root):
            return []
        return [str(path).rstrip("/").rpartition("/")[2] for path in self._system.ls(self._root, detail=False)]

    def read(self, name: str) -> bytes | None:
        path = f"{self._root}/{name}"
        return bytes(self._system.cat_file(path)) if self._system.exists(path) else None

    def write(self, name: str, content: bytes) -> None:
        try:
            self._system.makedirs(self._root, exist_ok=True)
            self._system.pipe_file(f"{self._root}/{name}", content)
        except OSError as error:
            raise InputError(f"cannot write to {self._root}: {error}") from error

    def clear(self) -> None:
        if self._system.exists(self._root):
            self._system.rm(self._root, recursive=True)
