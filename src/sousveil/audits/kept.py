"""What a file of the ledger holds, and how it is read and written: see `ledger`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sousveil.audits.decide import Told
from sousveil.audits.release import Coding, Group, Margin, Release
from sousveil.audits.sketch import Sketch
from sousveil.errors import InputError, Problem

__all__ = ["Kept", "Line", "in_names", "my_names", "put", "read", "renamed", "their_names", "write"]

FORMAT = "sousveil-ledger/5"


@dataclass(frozen=True)
class Line:
    """A release of the ledger: the counts of it that were printed, the digest of the table they were made from, salted
    hashes of its totals (`closeness.totals`) and of those of all coarse columns, the day, and whether sums of weights
    were told.
    """

    release: Release
    printed: Mapping[Margin, int]
    digest: str
    totals: frozenset[str]
    day: str
    weighted: bool = False

    @property
    def told(self) -> Told:
        """The release, and which of its counts were printed."""
        return Told(self.release, frozenset(self.printed), self.weighted)


@dataclass(frozen=True)
class Kept:
    """What a file of the ledger holds. Names of columns are those of the first table; `columns`: their digests.

    apart    files of the ledger that are said to be about other people, and in which words
    refused  filters that were refused, of which each takes people of several values
    """

    path: Path
    terms: Mapping[str, Any]
    columns: Mapping[str, str]
    files: tuple[str, ...]
    sketches: tuple[Sketch, ...]
    lines: tuple[Line, ...]
    apart: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[tuple[Coding, ...], ...] = ()


def read(path: Path) -> Kept:
    """Raises InputError for what is no file of a ledger."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError
        lines = tuple(Line(Release.of(one["release"]), {
            (_group(group), str(kind)): int(n) for group, kind, n in one["printed"]}, str(one["digest"]),
            frozenset(map(str, one["totals"])), str(one["day"]), bool(one.get("weighted", data["weight"])))
            for one in data["releases"])
        return Kept(path, {"floor": int(data["floor"]), "counts": str(data["counts"]), "weight": str(data["weight"])},
                     dict(data["columns"]), tuple(data["files"]), tuple(map(Sketch.read, data["sketches"])), lines,
                     dict(data["apart"]), tuple(tuple(Coding.of(one) for one in where) for where in data["refused"]))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError, OSError) as error:
        raise InputError(Problem(str(path), 0, 0, (
            "is not a ledger that this sousveil reads. What was printed of the tables that it knows is lost, so "
            "nothing is printed of any table while it lies there. If none of them is asked about again, move it away"))
            ) from error


def _group(data: list[list[Any]]) -> Group:
    return tuple((int(place), str(text)) for place, text in data)


def write(kept: Kept) -> None:
    """A file of the ledger, whole or not at all."""
    releases = [{"release": line.release.plain(), "digest": line.digest, "totals": sorted(line.totals),
                 "day": line.day, "weighted": line.weighted,
                 "printed": sorted([list(map(list, group)), kind, n] for (group, kind), n in line.printed.items())}
                for line in kept.lines]
    text = json.dumps({"format": FORMAT, **kept.terms, "columns": dict(kept.columns), "files": list(kept.files),
                       "releases": releases, "sketches": [sketch.plain() for sketch in kept.sketches],
                       "apart": dict(kept.apart), "refused": [list(map(asdict, one)) for one in kept.refused]},
                      ensure_ascii=False, separators=(",", ":"))
    put(kept.path, text.encode())


def put(path: Path, data: bytes) -> None:
    """A file that only its owner may read, whole or not at all."""
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def my_names(kept: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, str]:
    """For names of the ledger, the names that columns with the same values have in the file at hand."""
    found = {name: name for name, digest in kept.items() if mine.get(name) == digest}
    for name, digest in kept.items():
        free = [own for own, same in mine.items() if same == digest and own not in found.values()]
        if name not in found and free:
            found[name] = free[0]
    return found


def their_names(kept: Mapping[str, str], mine: Mapping[str, str]) -> dict[str, str]:
    """For names of the file at hand, the names that the ledger has for those columns, or is to have."""
    found = {own: name for name, own in my_names(kept, mine).items()}
    taken = set(kept)
    for own in mine:
        if own not in found:
            name, again = own, 1
            while name in taken:
                again += 1
                name = f"{own} ({again})"
            found[own] = name
            taken.add(name)
    return found


def in_names(codings: Iterable[Coding], names: Mapping[str, str]) -> tuple[Coding, ...]:
    """Codings with other names of columns."""
    return tuple(replace(coding, column=names.get(coding.column, coding.column)) for coding in codings)


def renamed(release: Release, names: Mapping[str, str]) -> Release:
    """A release with other names of columns."""
    (decision,) = in_names([release.decision], names)
    outcome = next(iter(in_names([release.outcome] if release.outcome else (), names)), None)
    return replace(release, decision=decision, outcome=outcome, groups=in_names(release.groups, names),
                   where=in_names(release.where, names))
