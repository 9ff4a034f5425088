"""The entries of the atlas at a glance: what is documented, how well its rule is known, and how well it can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sousveil.atlas import folder, names
from sousveil.studies.cases import Cases
from sousveil.studies.figures import Figures
from sousveil.studies.number import Model
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import MARKS, Checked
from sousveil.studies.yaml_source import read

__all__ = ["FAMILIES", "Entry", "Known", "entries", "entry"]

Family = Literal["everyday life", "benefits", "housing", "work", "credit and debt", "movement", "policing",
                 "expression"]
FAMILIES: tuple[Family, ...] = ("everyday life", "benefits", "housing", "work", "credit and debt", "movement",
                                "policing", "expression")
"""What a scheme reaches into."""


class Known(Model):
    """What entry.yaml of an entry says.

    entry    its name
    country  where; years: when, as "2012-2023"
    family   what it reaches into
    finding  what it shows, in a sentence that names no figure of a run
    """

    entry: str
    country: str
    years: str
    family: Family
    finding: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One documented scheme.

    marks         how many of its sources bear which mark, the best first
    figure_marks  the marks of what was published about its outcomes, one a figure or case that somebody printed and
                  nothing was fitted to
    """

    id: str
    title: str
    status: str
    marks: tuple[tuple[str, int], ...]
    sources: int
    country: str
    years: str
    family: str
    finding: str
    figure_marks: tuple[Checked, ...]


def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of its name."""
    return tuple(map(entry, names()))


def entry(name: str) -> Entry:
    """An entry by its name. Raises KeyError when there is none."""
    path = folder(name)
    scheme, known = read(path / "scheme.yaml", Scheme), read(path / "entry.yaml", Known)
    marks = [source.mark for source in scheme.sources]
    counted = tuple((mark, marks.count(mark)) for mark in reversed(MARKS) if mark in marks)
    return Entry(name, scheme.about, scheme.status, counted, len(scheme.sources), known.country, known.years,
                 known.family, known.finding, tuple(_printed(path)))


def _printed(path: Path) -> Iterator[Checked]:
    if (path / "figures.yaml").is_file():
        yield from (f.mark for f in read(path / "figures.yaml", Figures).figures.values() if f.counted)
    if (path / "cases.yaml").is_file():
        yield from (s.mark for s in read(path / "cases.yaml", Cases).situations.values() if s.counted)
