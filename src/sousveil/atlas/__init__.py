"""The atlas: schemes that somebody documented or claimed, as files, each rule with its source and its mark.

A folder is an entry: `scheme.yaml`, `population.yaml`, `assumptions.yaml`, `study.yaml`, and `sources.md`, which says
what was read where, what was only recalled, and what is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sousveil.errors import InputError, did_you_mean
from sousveil.reading import read
from sousveil.scheme.model import MARKS, Scheme

__all__ = ["ATLAS", "Entry", "copy", "entries", "folder", "names"]

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


def copy(name: str, to: Path) -> tuple[Path, ...]:
    """An entry's files in a new folder, to be changed there, with the schemas that editors check them by.

    Raises InputError when there is no such entry, or something stands at `to` already.
    """
    if name not in names():
        raise InputError(f'"{name}" is not in the atlas' + did_you_mean(name, names()))
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InputError(f"{to} is there already, and not empty; choose another name")
    (to / "schemas").mkdir(parents=True, exist_ok=True)
    copied = []
    for source in (*sorted(folder(name).iterdir()), *sorted((ATLAS / "schemas").iterdir())):
        target = to / ("schemas" if source.suffix == ".json" else "") / source.name
        text = source.read_text(encoding="utf-8")
        target.write_text(text.replace("$schema=../schemas/", "$schema=schemas/", 1), encoding="utf-8")
        copied.append(target)
    return tuple(copied)


def _entry(path: Path) -> Entry:
    scheme = read(path / "scheme.yaml", Scheme)
    marks = [source.mark for source in scheme.sources]
    counted = tuple((mark, marks.count(mark)) for mark in reversed(MARKS) if mark in marks)
    return Entry(path.name, scheme.about, scheme.status, counted, len(scheme.sources))
