"""An audit as it is asked for: every part of the question by its name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sousveil.audits.examine import Audit
from sousveil.audits.examine import audit as examined
from sousveil.audits.question import FLOOR, Question
from sousveil.ground.arguments import checked

__all__ = ["Names", "audit"]

Names = str | Sequence[str]
"""Names of columns, labels or filters: one, several with commas between them, or a list."""


@checked
def audit(table: str | os.PathLike[str], *, decision: str = "", score: str = "", cut: float | None = None,
          outcome: str = "", groups: Names = (), reference: Names = (), counts: str = "", weight: str = "",
          selection: str = "", control: str = "", population: int | None = None, where: str | Sequence[str] = (),
          sheet: str = "", decimal: str = "", rounded: int = 0,
          form: str = "", given: str = "", logistic: bool = False, clusters: str = "",
          power: float | None = None, drop: Names = (), keep: Names = (), because: str = "",
          other_people: str = "", floor: int = FLOOR) -> Audit:
    """What a table of decisions shows about groups: rates, errors and checks, with intervals, in aggregates only.

    table      CSV, TSV, Parquet, Arrow or a workbook, a row a decision, or counts. It is reduced to counts at once; no
               row is kept, shown or written, and a table with direct identifiers is refused
    decision   the column of the decision, or "level=High,Medium" for the values that mean selected; or score and cut:
               selected is who scores at or above it; or selection, control and population: a random arm
    outcome    the column of what turned out to be so
    groups     columns of groups, at most three; reference: whom the others are compared with
    counts     the column that says how many decisions a row stands for, weight one of a survey's weights
    where      count only some people, as in "region=north" or ["region=north,south", "year=2023"]
    sheet, decimal (point or comma), rounded   how the file is to be read
    form       ll144 or eeoc: the lines of a filing too; given, logistic, clusters, power: what is worked out besides
    drop       columns that are never read; keep: columns that look like identifiers and are none, `because` of what
    other_people   a sentence: whom the table is about, where another came to nearly the same totals
    floor      counts below it are withheld, and others that would give them away

    What was told of the same file before is remembered, and nothing is told that would undo what it withheld. MODEL.md
    section 9. Raises InputError for a file that is no such table, BoundaryError for one that carries identifiers.
    """
    return examined(Path(table), Question(
        decision, score, cut, outcome, _split(groups), counts, weight, _split(reference), _split(drop), _split(keep),
        because, floor, selection, control, population, (where,) if isinstance(where, str) else tuple(where), sheet,
        decimal, rounded, form, given, logistic, clusters, power, other_people))


def _split(texts: Names) -> tuple[str, ...]:
    """Names given one by one or with commas between them."""
    texts = (texts,) if isinstance(texts, str) else texts
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())
