"""Weights that follow from columns which are counted: their sums would be counts under another name.

Where everybody in the north weighs 1 and everybody in the south 2, a sum of weights tells how many are of the south: of
those selected, of those with an outcome, whatever it is the sum of. So such weights are refused, in the same answer and
in any other of the same people. But where they follow from the very groups that an answer is by, its sums are told that
its own counts give anyhow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sousveil.audits import numbers, sql
from sousveil.audits.bands import Steps
from sousveil.audits.decide import Told
from sousveil.audits.describe import Ask
from sousveil.audits.joint import edges_of
from sousveil.audits.question import Question
from sousveil.audits.release import Coding, Release
from sousveil.audits.source import Source
from sousveil.errors import BoundaryError

__all__ = ["check", "own_groups"]


def check(ask: Ask, raw: Source, question: Question, release: Release, earlier: Sequence[Told], weight: str) -> None:
    """Raises BoundaryError where sums of a `weight` that are told now, or were told before, would be counts."""
    now = Told(release, frozenset(), bool(question.weight))
    every = [*earlier, now]
    if not any(told.weighted for told in every):
        return
    if weight not in raw.columns or weight in question.drop:
        raise BoundaryError(f'sums of weights in column "{weight}" were told of this table before, and it is not here: '
                            "what both tell together cannot be worked out. Ask of a file that has all columns")
    counts = [told for told in every if _follow(ask, raw, question, weight, told.release.codings, told.release)]
    sums = [told for told in every if told.weighted and not own_groups(ask, raw, question, weight, told.release)]
    if any(now in (one, other) for one in counts for other in sums):
        before = "" if question.weight else f" Shares with --weight {weight} were told of this table before."
        raise BoundaryError(f'who has which weight in column "{weight}" follows from columns that are counted: '
                            f"{'; '.join(map(str, counts))}. So sums of weights would be counts under another name, "
                            f"and beside those tell of a few.{before or ' Ask without --weight'}")


def own_groups(ask: Ask, raw: Source, question: Question, weight: str, release: Release) -> bool:
    """Whether weights follow from the groups that a release is by, whatever was decided."""
    return _follow(ask, raw, question, weight, release.groups, release)


def _follow(ask: Ask, raw: Source, question: Question, weight: str, codings: Sequence[Coding], release: Release
            ) -> bool:
    """Whether all people but fewer than the floor have the weight that most have whose columns read alike."""
    found = numbers.plain(ask, raw, question, [weight, *(one.column for one in codings if one.role == "score")])
    parts = [sql.coded(coding, f"c{i}", Steps(edges_of([release], coding)) if coding.role == "score" else None)
             for i, coding in enumerate(codings)]
    weighed = sql.Part("w", sql.number(weight), "r_w")
    cells = sql.cells(found.sql, [*parts, weighed], replace(question, weight="", rounded=0))
    alike = f" GROUP BY {', '.join(part.name for part in parts)}" if parts else ""
    ((apart,),) = ask("SELECT coalesce(sum(n) - sum(most), 0) FROM "
                      f"(SELECT sum(n) AS n, max(n) AS most FROM ({cells}){alike})")
    return bool(apart < question.floor)
