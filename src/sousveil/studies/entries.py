"""The entries of the atlas at a glance: what is documented, how well its rule is known, and how well it can be checked.

What is told of an entry is kept beside the entries in `entries.json`, under the digest of their files, so that a list
of all of them reads one file instead of two hundred; `tests/survey.py --write` makes it anew. An entry whose files have
changed since is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from sousveil.atlas import ATLAS, folder, names
from sousveil.studies.citations import MARKS, Checked
from sousveil.studies.model import Model
from sousveil.studies.yaml_source import read

__all__ = ["ENTRIES", "FAMILIES", "Entry", "Known", "digest", "entries", "entry", "entry_now", "kept_text"]

ENTRIES = ATLAS / "entries.json"
"""What is told of every entry, kept."""

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
    rules         how many rules bear a mark; of so many (`verified`) every source was read
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
    rules: int
    verified: int


def entries() -> tuple[Entry, ...]:
    """Every entry, in the order of its name."""
    return tuple(map(entry, names()))


def entry(name: str) -> Entry:
    """An entry by its name. Raises KeyError when there is none."""
    card = _kept().get(name)
    return entry_now(name) if card is None or card["digest"] != digest(name) else _entry(card)


def entry_now(name: str) -> Entry:
    """An entry, read now. Raises KeyError when there is none."""
    from sousveil.studies.explain import rules
    from sousveil.studies.study import load

    path = folder(name)
    study, about = load(path), read(path / "entry.yaml", Known)
    sources = [source.mark for source in study.scheme.sources]
    counted = tuple((mark, sources.count(mark)) for mark in reversed(MARKS) if mark in sources)
    marks = [rule.mark for rule in rules(study) if not rule.path.startswith("assumptions.") and rule.mark]
    return Entry(name, study.scheme.about, study.scheme.status, counted, len(sources), about.country, about.years,
                 about.family, about.finding, tuple(_printed(path)), len(marks), marks.count("verified"))


def digest(name: str, *, without: tuple[str, ...] = ()) -> str:
    """Of the files that an entry is made of, but for those left out."""
    found = hashlib.sha256()
    for path in sorted(folder(name).glob("*.yaml")):
        if path.name not in without:
            found.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return found.hexdigest()[:16]


def kept_text(found: Iterable[Entry]) -> str:
    """As the file holds it."""
    return json.dumps([{"digest": digest(one.id), **asdict(one)} for one in found], indent=1, ensure_ascii=False) + "\n"


@cache
def _kept() -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in json.loads(ENTRIES.read_text(encoding="utf-8"))} if ENTRIES.is_file() else {}


def _entry(card: dict[str, Any]) -> Entry:
    told = {key: value for key, value in card.items() if key != "digest"}
    return Entry(**told | {"marks": tuple(map(tuple, card["marks"])), "figure_marks": tuple(card["figure_marks"])})


def _printed(path: Path) -> Iterator[Checked]:
    from sousveil.studies.cases import Cases
    from sousveil.studies.figures import Figures

    if (path / "figures.yaml").is_file():
        yield from (f.mark for f in read(path / "figures.yaml", Figures).figures.values() if f.counted)
    if (path / "cases.yaml").is_file():
        yield from (s.mark for s in read(path / "cases.yaml", Cases).situations.values() if s.counted)
