"""`population`: a population file from published tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sousveil import disk
from sousveil.cli.options import Whole
from sousveil.cli.output import Answer
from sousveil.cli.sheet_files import rows_of
from sousveil.errors import InputError
from sousveil.runs.provenance import last_part
from sousveil.studies.from_margins import population_text, read_margins
from sousveil.studies.limits import PEOPLE, whole
from sousveil.studies.study import check
from sousveil.studies.written_yaml import slug

__all__ = ["population"]


def population(*, from_: Annotated[list[Path], Parameter(name="--from", negative="")],
               out: Annotated[Path, Parameter(name=["--out", "-o"])] = Path("population.yaml"),
               people: Whole | None = None, group: str = "group", district: str = "district",
               cite: str = "") -> Answer:
    """Write a population file from tables of counts or shares by labels, as statistical offices publish them.

    A table has a column for each label (group, district, and any other), and one called count, share or percent. Only
    aggregates are read: a table with a line for each person is refused.

    Parameters
    ----------
    from_
        A table: CSV, or a sheet of a workbook (.xlsx, .xls, .ods). Several, each with its own --from, are margins of
        the same people; where rounding makes them disagree, they are fitted to the first.
    out
        The file to write. One that is there already is left alone.
    people
        How many people; the sum of the counts, unless given.
    group
        The column that is to be the groups, for example sex.
    district
        The column that is to be the districts, for example region.
    cite
        Where the tables were published.
    """
    wanted = None if people is None else whole("people", people, *PEOPLE)
    found = read_margins([rows_of(path) for path in from_], group, district)
    name = slug(from_[0].stem) or "people"
    text, many = population_text(name, found, wanted, cite or ", ".join(path.name for path in from_))
    _write(out, text)
    names = found.names()
    whom = ", ".join(f"{len(n)} names of {label}" for label, n in names.items())
    said = [f"Wrote {last_part(out)}: {many:,} people in {whom}."]
    if found.moved > 1e-6:
        said.append(f"The tables were fitted to the first; the worst share moved by {found.moved:.2g}.")
    said.append("To be completed: under conduct, how often people do what the scheme counts.")
    return Answer("\n".join(said), {"file": last_part(out), "people": many,
                                    "labels": {k: [*v] for k, v in names.items()}, "moved": found.moved})


def _write(out: Path, text: str) -> None:
    if out.exists():
        raise InputError(f"{out} is there already, and is left alone; name another file with --out")
    try:
        disk.make_folders(out.parent)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}") from error
    if problems := check(out).problems:
        out.unlink()
        raise InputError(problems)
