"""What made a result: enough to make it again, and nothing about whoever made it.

The record is a JSON object in three parts (docs/provenance.md has its schema):

    result         what the result is a function of: the version of sousveil, the inputs by hash, and the facts of the
                   run (people, steps, seed, engine ...). Two results that are equal here must have equal bits.
    circumstance   how it came about this time: command, versions of the libraries, machine class, cost. It may differ.
    files          every file of the result by its SHA-256; the record's own is of the other two parts.

No user name, host name or path is recorded: of a path, only the last part is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from sousveil.errors import InputError, Problem
from sousveil.runs import asked
from sousveil.version import __version__

__all__ = ["FORMAT", "Clock", "as_named", "clock", "collect", "digest", "dumps", "last_part", "loads", "version_of",
           "with_files"]

FORMAT = "sousveil-run/1"
"""The first key of every record. The number goes up when a reader of the old form would misread the new one."""

_LIBRARIES = ("numpy", "numba", "scipy", "pyarrow")


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment: wall time and processor time, in seconds since some zero of their own."""

    wall: float
    cpu: float


def clock() -> Clock:
    """Now. Take one before the work; `collect(since=...)` says what the work cost."""
    times = os.times()
    return Clock(time.perf_counter(), times.user + times.system + times.children_user + times.children_system)


def command(call: str = "") -> str:
    """What was typed, without places of this machine; where nothing was, the call that Python would write."""
    typed = asked.words()
    return shlex.join(_without_places(word, before) for before, word in pairwise(["", *typed])) if typed else call


def collect(call: str, inputs: Mapping[str, str | os.PathLike[str] | bytes], *, since: Clock,
            circumstance: Mapping[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """The record of a result.

    call          how Python asks for it (see `calls`): recorded where no command was typed
    inputs        by name: a file, or its bytes; recorded as SHA-256
    since         the clock taken before the work began
    circumstance  more of what may differ without changing a bit, for example the number of threads
    facts         what the result depends on: JSON values, for example `seed=7, people=1_000_000`
    """
    return {
        "format": FORMAT,
        "result": {
            "sousveil": __version__,
            "inputs": {last_part(name): digest(source) for name, source in inputs.items()},
            **facts,
        },
        "circumstance": {
            "command": command(call),
            "date": time.strftime("%Y-%m-%d", time.gmtime()),
            "software": {"python": platform.python_version()} | {name: version_of(name) for name in _LIBRARIES},
            "machine": {"architecture": platform.machine(), "cores": os.cpu_count(), "system": platform.system()},
            "cost": _cost(since),
            **(circumstance or {}),
        },
    }


def digest(source: str | os.PathLike[str] | bytes) -> str:
    """SHA-256 of a file or of bytes, in hexadecimal."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with Path(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dumps(record: Mapping[str, Any]) -> str:
    """The record as JSON text, one key a line. Raises ValueError on a number that JSON cannot hold (NaN, infinity)."""
    return json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def with_files(text: str | bytes, files: Mapping[str, str]) -> str:
    """The record in `text` with the files that were written beside it: name -> SHA-256."""
    record = {name: part for name, part in loads(text).items() if name != "files"}
    return dumps(record | {"files": {**files, "run.json": digest(dumps(record).encode())}})


def loads(text: str | bytes, file: str = "run.json") -> dict[str, Any]:
    """The record in `text`. Raises InputError, naming `file`, when it is not one."""
    try:
        record: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(file, 0, 0, "is not JSON")) from error
    whole = isinstance(record, dict) and all(isinstance(record.get(half), dict) for half in ("result", "circumstance"))
    if not whole or not str(record.get("format", "")).startswith("sousveil-run/"):
        raise InputError(Problem(file, 0, 0, "is not the record of a result of sousveil"))
    if record["format"] != FORMAT:
        made = record["result"].get("sousveil")
        by = f" (it was made by sousveil {made}; this is {__version__})" if made else ""
        raise InputError(Problem(file, 0, 0, f"has the form {record['format']}; this sousveil reads {FORMAT}{by}"))
    return record


def _cost(since: Clock) -> dict[str, float]:
    now = clock()
    return {"wall s": round(now.wall - since.wall, 3), "cpu s": round(now.cpu - since.cpu, 3),
            "peak memory MB": _peak_memory()}


def _peak_memory() -> float:
    """The most memory this process, or one of its children, has held at once; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)  # bytes there, thousands of bytes elsewhere


@cache  # it does not change while a process lasts, and is asked for at every point of a sweep
def version_of(library: str) -> str:
    """The version of a library that is installed, or that none is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


_LEAD = re.compile(r"(?P<lead>--[A-Za-z][\w-]*=|-[A-Za-z]=?|)(?P<value>.*)", re.DOTALL)
"""What may stand before a value in a word of a command line: an option, however it is spelt."""

_SETTING = re.compile(r"(?P<lead>[\w.-]+=)(?P<value>.*)", re.DOTALL)
"""What --set and --vary take: a value that may be any text, and is no path unless it leads to the root of a disk."""

_ROOTED = re.compile(r"[/\\~]|[A-Za-z][A-Za-z0-9+.-]*:[/\\]")

_RATIO = re.compile(r"([^\s/\\=]*=)?[\d.,_eE%+-]+/[\d.,_eE%+-]+")
"""What has a slash in it, and is a number all the same: 1/6000, B=1/3."""

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(//[^/\\]*)?(?=$|[/\\])(?P<path>.*)", re.DOTALL)


def _without_places(word: str, before: str = "") -> str:
    """A word of a command line; where there is a path or an address in it, only the last part of that is left."""
    found = _LEAD.fullmatch(word)
    lead, value = (found["lead"], found["value"]) if found else ("", word)
    setting = _SETTING.fullmatch(value) if lead in ("--set=", "--vary=") or before in ("--set", "--vary") else None
    if setting is None:
        return lead + last_part(value)
    rooted = _ROOTED.match(setting["value"])
    return lead + setting["lead"] + (last_part(setting["value"]) if rooted else setting["value"])


def last_part(word: str | os.PathLike[str]) -> str:
    """Of a path or an address only the last part: what is written and printed names no place of a machine."""
    word = os.fspath(word)
    address = _ADDRESS.fullmatch(word)
    if address is not None:
        return _name(address["path"]) or f"{address['scheme']}://..."
    return word if _RATIO.fullmatch(word) or not re.search(r"[/\\~]", word) else _name(word)


def as_named(path: str | os.PathLike[str]) -> str:
    """A path as somebody named it from where they stand; only its last part where it tells where that is."""
    place, word = Path(path), os.fspath(path)
    tells = place.is_absolute() or ".." in place.parts or re.search(r"^[~\\]|:", word)
    return last_part(word) if tells else place.as_posix()


def _name(path: str) -> str:
    """The last part of a path with either kind of slash; `~ada` is a folder, and tells of a person."""
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return "~" if name.startswith("~") else name
