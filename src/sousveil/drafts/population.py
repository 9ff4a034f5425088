"""The people of a study from published tables of counts or shares."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sousveil.drafts.tables import rows_of
from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.ground.arguments import checked
from sousveil.studies.from_margins import population_text, read_margins
from sousveil.studies.limits import PEOPLE, WholeNumber, whole
from sousveil.studies.study import check
from sousveil.studies.written_yaml import slug

__all__ = ["Drawn", "population"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A population file that was written.

    people   how many there are in it
    labels   label -> the names that it has
    moved    by how much the worst share moved where several tables were fitted to the first
    """

    file: Path
    people: int
    labels: Mapping[str, Mapping[str, float]]
    moved: float


@checked
def population(tables: str | os.PathLike[str] | Sequence[str | os.PathLike[str]], *,
               out: str | os.PathLike[str] = "population.yaml", people: WholeNumber | None = None,
               group: str = "group", district: str = "district", cite: str = "") -> Drawn:
    """Write a population file from tables of counts or shares by labels, as statistical offices publish them.

    tables  CSV files, or sheets of workbooks (.xlsx, .xls, .ods): a column for each label and one called count, share
            or percent. Several are margins of the same people
    out     the file to write; one that is there already is left alone
    people  how many people; the sum of the counts, unless given
    group, district   the columns that are to be these labels
    cite    where the tables were published

    Raises InputError, with file and line, for what is no such table: one with a line for each person is refused.
    """
    paths = [Path(tables)] if isinstance(tables, str | os.PathLike) else [*map(Path, tables)]
    if not paths:
        raise InputError("name at least one table of counts or shares")
    wanted = None if people is None else whole("people", people, *PEOPLE)
    found = read_margins([rows_of(path) for path in paths], group, district)
    text, many = population_text(slug(paths[0].stem) or "people", found, wanted,
                                 cite or ", ".join(path.name for path in paths))
    _write(Path(out), text)
    return Drawn(Path(out), many, found.names(), found.moved)


def _write(out: Path, text: str) -> None:
    if out.exists():
        raise InputError(f"{out} is there already, and is left alone; name another file with --out")
    try:
        disk.make_folders(out.parent)
        disk.write(out, lambda file: file.write(text.encode()))
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}; name another file with --out") from error
    if problems := check(out).problems:
        out.unlink()
        raise InputError(problems)
