"""The entries of the atlas at a glance: what is documented, and how well its sources were checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sousveil.atlas import folder, names
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import MARKS
from sousveil.studies.yaml_source import read

__all__ = ["Entry", "entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented scheme. `marks`: how many of its sources bear which mark, the best first."""

    id: str
    title: str
    status: str
    marks: tuple[tuple[str, int], ...]
    sources: int


def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of its name."""
    return tuple(_entry(folder(name)) for name in names())


def _entry(path: Path) -> Entry:
    scheme = read(path / "scheme.yaml", Scheme)
    marks = [source.mark for source in scheme.sources]
    counted = tuple((mark, marks.count(mark)) for mark in reversed(MARKS) if mark in marks)
    return Entry(path.name, scheme.about, scheme.status, counted, len(scheme.sources))
