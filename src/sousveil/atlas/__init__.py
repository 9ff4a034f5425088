"""The atlas: schemes that somebody documented or claimed, as files, each rule with its source and its mark.

A folder is an entry: `scheme.yaml`, `population.yaml`, `assumptions.yaml`, `study.yaml`, and `sources.md`, which says
what was read where, what was only recalled, and what is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sousveil.reading import read
from sousveil.scheme.model import MARKS, Scheme

__all__ = ["ATLAS", "Entry", "entries", "folder", "names"]

ATLAS = Path(__file__).parent
"""The folder of the entries, and of `schemas/`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented scheme. `marks`: how many of its sources bear which mark, the best first."""

    id: str
    title: str
    status: str
    marks: tuple[tuple[str, int], ...]
    sources: int


def names() -> tuple[str, ...]:
    """The names of all entries, in order."""
    return tuple(path.parent.name for path in sorted(ATLAS.glob("*/scheme.yaml")))


def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of its name."""
    return tuple(_entry(ATLAS / name) for name in names())


def folder(name: str) -> Path:
    """The folder of an entry. Raises KeyError when there is none of that name."""
    if not (ATLAS / name / "scheme.yaml").is_file():
        raise KeyError(name)
    return ATLAS / name


def _entry(path: Path) -> Entry:
    scheme = read(path / "scheme.yaml", Scheme)
    marks = [source.mark for source in scheme.sources]
    counted = tuple((mark, marks.count(mark)) for mark in reversed(MARKS) if mark in marks)
    return Entry(path.name, scheme.about, scheme.status, counted, len(scheme.sources))
