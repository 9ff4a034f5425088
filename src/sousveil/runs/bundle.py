"""A result as one zip that can be mailed, filed and verified: its files, what made it, and how to check it.

    README.txt     what this is, the command and the version that made it, how to verify it
    LICENSE.txt    under which terms the program that made it can be had
    result/        the files of the result

Only files of the result go in: those that its record names, each if it is still what was written, and those that
`sousveil report` added. The same result gives the same bytes on every machine, which is why nothing is compressed.

A bundle is read as if a stranger had packed it: plain names only, nothing outside its folder, no more than it says.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from sousveil.errors import InputError, Problem
from sousveil.ground import disk
from sousveil.ground.arguments import checked
from sousveil.runs import folder, provenance
from sousveil.runs.settings import directory_of
from sousveil.runs.stored import kind_of
from sousveil.version import __version__

__all__ = ["LICENCE", "MOST_BYTES", "MOST_FILES", "Bundled", "is_bundle", "opened", "pack", "readme", "unpacked"]

MOST_FILES = 2_000
MOST_BYTES = 1 << 32
"""Files, and bytes of them in all, of a bundle that is opened."""

RESULT = "result"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"(README\.txt|LICENSE\.txt|result/(charts/)?[^\W_][\w .+-]*)")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)

LICENCE = """This result was made with sousveil, which is licensed under the Apache License, Version 2.0:
http://www.apache.org/licenses/LICENSE-2.0

The licence is that of the program. Whoever made this result says under which terms the result may be passed on.
The sources that are named in study.json and in the report keep their own terms.
"""

_README = """A result of sousveil, whole.

{supports}

Made by      {command}
Version      sousveil {version}
Date         {date}
To check it  pip install sousveil=={version}
             sousveil verify FILE.zip
             makes it again from its study, and compares every byte of every file. What it cannot make again
             (an audit, whose table was never kept), it says.

Files, each with its SHA-256:

{files}
"""

_SUPPORTS = """It can support a question to the authority, or a request for the rules, the rates and the records
that it keeps. It is neither evidence of what happened to anybody nor a finding of compliance."""


class Bundled(NamedTuple):
    """A bundle: where it lies, what is in it, and what stayed out because it is not of the result."""

    path: Path
    names: tuple[str, ...]
    left_out: tuple[str, ...]


@checked
def pack(directory: str | os.PathLike[str], target: str | os.PathLike[str] | None = None) -> Bundled:
    """Write the result in a folder as one zip, which `verify` takes; unless told where, beside the folder under its
    name. Raises InputError where it is no result, was changed since, or the zip cannot be written.
    """
    whole = Path(directory_of(directory)).resolve()
    return _pack(whole, whole.with_name(f"{whole.name}.zip") if target is None else Path(target))


def _pack(directory: Path, target: Path) -> Bundled:
    folder.spare(target, directory)
    if target.suffix.lower() != ".zip":
        raise InputError(f"a bundle is a zip: {target.name} is to end in .zip")
    if target.is_file() and not zipfile.is_zipfile(target):
        raise InputError(f"{target.name} is there already, holds no bundle and is left alone; name another file")
    record = folder.read_record(directory)
    contents, left_out = _contents(directory, record)
    parts = {"README.txt": readme(record, contents).encode(), "LICENSE.txt": LICENCE.encode(),
             **{f"{RESULT}/{name}": content for name, content in sorted(contents.items())}}
    try:
        disk.make_folders(target.parent)
        disk.write(target, lambda file: _packed(file, parts))
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror}; name another place with -o") from error
    return Bundled(target, (*parts,), left_out)


def _packed(file: Any, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            packed.writestr(info, content)


def _contents(directory: Path, record: Mapping[str, Any]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of the result by name, and the names of others that lie there."""
    listed = record.get("files")
    if not isinstance(listed, dict):
        raise InputError(Problem(folder.RECORD, 0, 0, "names no files, so nothing says what belongs to this result"))
    found: dict[str, bytes] = {}
    for name, digest in listed.items():
        content = folder.read_document(directory, name)
        if name != folder.RECORD and provenance.digest(content) != digest and not _set_again(name, record):
            raise InputError(Problem(name, 0, 0, "is not what was written with this result; sousveil verify says what "
                                                 "else was changed"))
        found[name] = content
    there = folder.names(directory)
    found |= {name: folder.read_document(directory, name) for name in there if folder.ADDED.fullmatch(name)}
    for name in found:
        if not _is_plain(f"{RESULT}/{name}"):
            raise InputError(Problem(folder.RECORD, 0, 0, "names a file that no result of sousveil has"))
    return found, tuple(sorted(there - {*found}))


def _set_again(name: str, record: Mapping[str, Any]) -> bool:
    """Whether a page may be another than was written: `sousveil report` sets that of a run again, and the version that
    made the run sets the same.
    """
    return bool(folder.ADDED.fullmatch(name)) and kind_of(record) == "run" and (
        record["result"].get("sousveil") != __version__)


def readme(record: Mapping[str, Any], contents: Mapping[str, bytes]) -> str:
    """The text beside a result: what it is, what made it, how to check it, and what belongs to it."""
    circumstance, facts = record["circumstance"], record["result"]
    files = "\n".join(f"{provenance.digest(content)}  {RESULT}/{name}" for name, content in sorted(contents.items()))
    return _README.format(supports=_SUPPORTS, command=_line(circumstance.get("command")), files=files,
                          version=_line(facts.get("sousveil")), date=_line(circumstance.get("date")))


def _line(value: object) -> str:
    return " ".join(str(value or "not recorded").split())[:2_000]


def is_bundle(path: str | os.PathLike[str]) -> bool:
    """Whether a path leads to a file rather than to a folder."""
    return isinstance(path, str | os.PathLike) and os.path.isfile(path)


@contextlib.contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The folder of a result: that of a bundle is unpacked for as long as it is looked at. Raises InputError."""
    if not is_bundle(path):
        yield Path(path)
        return
    with unpacked(path) as (result, _):
        yield result


@contextlib.contextmanager
def unpacked(path: str | os.PathLike[str]) -> Iterator[tuple[Path, list[str]]]:
    """The result in a bundle as a folder, for as long as it is looked at; and which texts beside it were changed.

    Raises InputError where it is no bundle, or holds what none holds.
    """
    name = provenance.last_part(path)
    with tempfile.TemporaryDirectory(prefix="sousveil-") as scratch:
        place = Path(scratch) / "opened"
        try:
            with zipfile.ZipFile(path) as packed:
                texts = _unpack(packed, place, name)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
            raise InputError(Problem(name, 0, 0, "is no bundle of sousveil: it is not a zip that can be read")
                             ) from error
        except OSError as error:
            raise InputError(Problem(name, 0, 0, f"cannot be opened: {error.strerror or 'it cannot be read'}")
                             ) from error
        result = place / RESULT
        if not (result / folder.RECORD).is_file():
            raise InputError(Problem(name, 0, 0, f"is no bundle of sousveil: it has no {RESULT}/{folder.RECORD}"))
        try:
            yield result, _changed(result, texts)
        except InputError as error:  # of a folder that nobody has chosen, and that is gone when it is read about
            raise type(error)([_of_bundle(problem, result, name) for problem in error.problems]) from error.__cause__


def _of_bundle(problem: Problem, result: Path, name: str) -> Problem:
    """A mistake in what was unpacked, as one in the bundle."""
    def said(text: str) -> str:
        return text.replace(f"{result}{os.sep}", f"{name}/{RESULT}/").replace(str(result), name)

    return replace(problem, file=said(problem.file), message=said(problem.message))


def _unpack(packed: zipfile.ZipFile, place: Path, name: str) -> dict[str, bytes]:
    entries = packed.infolist()
    _check(entries, name)
    texts: dict[str, bytes] = {}
    left = MOST_BYTES
    for entry in entries:
        target = place / entry.filename
        disk.make_folders(target.parent)
        with packed.open(entry) as source, target.open("xb") as file:
            while chunk := source.read(1 << 20):
                left -= len(chunk)
                if left < 0:  # whatever the entries say of themselves
                    raise InputError(Problem(name, 0, 0, f"unpacks to more than {MOST_BYTES:,} bytes, and is not read"))
                file.write(chunk)
        if "/" not in entry.filename:
            texts[entry.filename] = target.read_bytes()
    return texts


def _check(entries: list[zipfile.ZipInfo], name: str) -> None:
    """Raises InputError for what no bundle of ours holds."""
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise InputError(Problem(name, 0, 0, f"holds more than {MOST_FILES:,} files or {MOST_BYTES:,} bytes, and is "
                                             "not read"))
    seen: set[str] = set()
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if not _is_plain(entry.filename) or entry.filename.lower() in seen or kind not in (0, stat.S_IFREG):
            raise InputError(Problem(name, 0, 0, "holds a file that no bundle of sousveil has, and is not read"))
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(Problem(name, 0, 0, "is locked, or packed as no bundle of sousveil is"))
        seen.add(entry.filename.lower())


def _is_plain(name: str) -> bool:
    last = name.rpartition("/")[2]
    return bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(last) and not last.endswith((".", " "))


def _changed(result: Path, texts: Mapping[str, bytes]) -> list[str]:
    """The texts beside the result that are not what `pack` writes there."""
    record = folder.read_record(result)
    contents = {name: folder.read_document(result, name) for name in folder.names(result)}
    ours = {"README.txt": readme(record, contents).encode(), "LICENSE.txt": LICENCE.encode()}
    return [name for name, content in ours.items() if texts.get(name) != content]
