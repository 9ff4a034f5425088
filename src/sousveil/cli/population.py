"""`population`: a population file from published tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import Whole
from sousveil.cli.output import Answer
from sousveil.runs.provenance import as_named

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
    drawn = sousveil.population(from_, out=out, people=people, group=group, district=district, cite=cite)
    whom = ", ".join(f"{len(n)} names of {label}" for label, n in drawn.labels.items())
    said = [f"Wrote {as_named(out)}: {drawn.people:,} people in {whom}."]
    if drawn.moved > 1e-6:
        said.append(f"The tables were fitted to the first; the worst share moved by {drawn.moved:.2g}.")
    said.append("To be completed: under conduct, how often people do what the scheme counts.")
    return Answer("\n".join(said), {"file": as_named(out), "people": drawn.people,
                                    "labels": {k: [*v] for k, v in drawn.labels.items()}, "moved": drawn.moved})
