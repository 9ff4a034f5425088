"""What was printed of a table before: the ledger, which every further release of the same table is decided with.

A folder of the user's own ($XDG_STATE_HOME/sousveil/audits, nobody else may read it) holds a random salt and, for each
table, a file named after the table's content under that salt. In it stand the floor, what was declared, and which
counts were printed: no count, no hash that could be tried without the salt, nothing of a row.

Two people with two copies of a table have two ledgers, and so has a table that was saved anew with one row changed;
docs/audit.md says what remains.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.audits.decide import Told
from sousveil.audits.question import Question
from sousveil.audits.release import Group, Release
from sousveil.errors import BoundaryError, InputError, Problem

__all__ = ["Book", "folder", "opened"]

FORMAT = "sousveil-ledger/1"
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


def folder() -> Path:
    """Where the ledger of this user lies."""
    state = os.environ.get("XDG_STATE_HOME") or Path(os.path.expanduser("~")) / ".local" / "state"
    return Path(state) / "sousveil" / "audits"


@dataclass
class Book:
    """What is known of one table: releases in the order in which they were printed."""

    path: Path
    told: tuple[Told, ...]
    terms: dict[str, Any]

    def agree(self, question: Question) -> None:
        """Raises BoundaryError when a question cannot be decided together with what was printed before."""
        if not self.told:
            return
        for key, option in (("floor", "--floor"), ("counts", "--counts")):
            before, now = self.terms[key], getattr(question, key)
            if before != now:
                said = f"{option} {before}" if before else f"without {option}"
                raise BoundaryError(f"this table was released {said} before, and every release of a table counts "
                                    "people in one way: say that again")
        if question.weight and self.terms["weight"] not in ("", question.weight):
            raise BoundaryError(f'this table was released with --weight {self.terms["weight"]} before; under other '
                                "weights the same shares would tell who has which")

    def add(self, told: Told, question: Question) -> None:
        """Write down a release before anything of it is printed."""
        self.told = (*self.told, told)
        self.terms = {"floor": question.floor, "counts": question.counts,
                      "weight": question.weight or self.terms.get("weight", "")}
        releases = [{"release": one.release.plain(), "printed": sorted([list(map(list, group)), kind]
                                                                       for group, kind in one.margins)}
                    for one in self.told]
        text = json.dumps({"format": FORMAT, **self.terms, "releases": releases}, ensure_ascii=False, indent=1)
        partial = self.path.with_suffix(".partial")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)


@contextmanager
def opened(table: Path, data: bytes | None = None) -> Iterator[Book]:
    """The ledger of a table (of `data`, where it came by standard input), kept from others until the block ends.

    Raises InputError when it cannot be kept.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o700)
        salt = _salt(place / "salt")
        name = _name(table, salt, data)
        lock = os.open(place / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(f"the ledger of what was printed before cannot be kept in {place}: "
                         f"{error.strerror or 'no access'}; set XDG_STATE_HOME to a folder of your own") from None
    try:
        _wait(lock)
        yield _book(place / f"{name}.json")
    finally:
        os.close(lock)


def _salt(path: Path) -> bytes:
    """The salt of this ledger, made once."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))
    except FileExistsError:
        pass
    salt = path.read_bytes()
    if len(salt) != 32:
        raise OSError(0, "its salt is broken")
    return salt


def _name(table: Path, salt: bytes, data: bytes | None) -> str:
    """A table has one name, packed or not."""
    found = hashlib.blake2b(key=salt, digest_size=20)
    if data is not None:
        found.update(data if data[:2] != _GZIP else _unpacked(data))
    elif table.is_file():
        with table.open("rb") as file:
            part = file.read(_CHUNK)
            if part[:2] == _GZIP:
                part = _unpacked(part + file.read())
            while part:
                found.update(part)
                part = file.read(_CHUNK)
    return found.hexdigest()


def _unpacked(data: bytes) -> bytes:
    """What is packed; what is broken stays as it is, and is refused by who reads it."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data


def _wait(lock: int) -> None:
    """Until no other audit of the same table is under way: two at once would not know of each other."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(lock, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)


def _book(path: Path) -> Book:
    if not path.exists():
        return Book(path, (), {})
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError
        told = tuple(Told(Release.of(one["release"]),
                          frozenset((_group(group), str(kind)) for group, kind in one["printed"]))
                     for one in data["releases"])
        return Book(path, told, {key: data[key] for key in ("floor", "counts", "weight")})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(Problem(str(path), 0, 0, "is not a ledger that this sousveil reads; what was printed of the "
                                                  "table before is not known, so nothing more is")) from error


def _group(data: list[list[Any]]) -> Group:
    return tuple((int(place), str(text)) for place, text in data)
