"""Arrays in a file, with facts about them; read as if a stranger had written it.

A file is what `numpy.savez` makes: arrays as they are, none of them packed and none of them of objects. Whoever reads
says which type and shape an array must have, and gets that array, or a refusal before room is made for another.
"""

from __future__ import annotations

import json
import math
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from sousveil.ground import disk

__all__ = ["Damaged", "Reader", "read", "read_array", "write"]

Shape = tuple[int | None, ...]
"""How long an array must be along each axis; None: as long as it is."""

_FACTS, _MOST_FACTS = "facts", 1 << 20
_CHUNK = 1 << 24


class Damaged(ValueError):
    """The file is not what it should be."""


def write(path: Path, facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], durable: bool = True) -> None:
    """Write a file, whole or not at all. Raises OSError."""
    disk.make_folders(path.parent)
    told = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    disk.write(path, lambda file: np.savez(file, **{_FACTS: told}, **arrays), durable)  # type: ignore[arg-type]


class Reader:
    """A file that is open, see `read`. facts: what was written with the arrays; names: of the arrays."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._zip = zipfile.ZipFile(file)
        entries = self._zip.infolist()
        self.names = [entry.filename.removesuffix(".npy") for entry in entries]
        plain = all(entry.compress_type == zipfile.ZIP_STORED for entry in entries)
        if not plain or sum(entry.file_size for entry in entries) > size:
            raise Damaged("it is packed")  # what was packed may fill any memory
        if len(set(self.names)) < len(self.names):
            raise Damaged("two arrays of one name")
        told = self.take(_FACTS, np.uint8, (None,))
        if len(told) > _MOST_FACTS:
            raise Damaged("too many facts")
        self.facts: dict[str, Any] = dict(json.loads(told.tobytes()))

    def take(self, name: str, kind: npt.DTypeLike, shape: Shape, low: float | None = None, high: float | None = None
             ) -> npt.NDArray[Any]:
        """The array of this name, type and shape, all of it between low and high. To be used while it is read."""
        entry = self._zip.getinfo(f"{name}.npy")
        with self._zip.open(entry) as file:
            array = read_array(file, kind, shape, entry.file_size)
        if array.size and ((low is not None and array.min() < low) or (high is not None and array.max() > high)):
            raise Damaged(f"{name} is out of range")
        return array


@contextmanager
def read(path: Path) -> Iterator[Reader]:
    """Open a file; whatever is found wrong with it until it is closed is Damaged. Raises OSError where it cannot be."""
    # Not through a link, which may lead out of the folder, and not waiting for a pipe to be filled.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, os.O_RDONLY | flags)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Damaged("no file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            yield Reader(file, found.st_size)
    except Damaged:
        raise
    except Exception as error:  # a file that was damaged on purpose can make zip, JSON and numpy raise anything
        raise Damaged(str(error)) from error
    finally:
        os.close(handle)


def read_array(file: IO[bytes], kind: npt.DTypeLike, shape: Shape, size: int) -> npt.NDArray[Any]:
    """The array in a file of the form .npy and this size, when it has this type and shape. Raises ValueError."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise Damaged("another form of array")
    found, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    fits = len(found) == len(shape) and all(b is None or a == b for a, b in zip(found, shape, strict=True))
    if fortran or dtype != np.dtype(kind) or dtype.hasobject or not fits:
        raise Damaged("another type or shape")
    if math.prod(found) * dtype.itemsize > size:  # before room is made for it
        raise Damaged("it says that it is larger than it is")
    array = np.empty(found, dtype=dtype)
    _fill(array.reshape(-1).view(np.uint8).data, file)
    if file.read(1):  # also the end, where a zip file compares its sum
        raise Damaged("it goes on")
    return array


def _fill(room: memoryview, file: IO[bytes]) -> None:
    at = 0
    while at < len(room):
        part = file.read(min(len(room) - at, _CHUNK))
        if not part:
            raise Damaged("it ends too early")
        room[at:at + len(part)] = part
        at += len(part)
