"""Several deployments or periods side by side, and as one, where they are one population.

Counts that differ by more than luck gives are no one population: then no interval and no verdict is given over all of
them, because it would hold for none. Where they do not, all of them together are held against the claim as one count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sousveil.baserates import listsize
from sousveil.baserates.claims import Check, against, for_list, of_count, proportion
from sousveil.baserates.published import Deployment, faces
from sousveil.baserates.rate import Count, Rate
from sousveil.baserates.spread import Spread, spread
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name

__all__ = ["PER_FACE_POOLED", "Together", "together"]

PER_FACE_POOLED = Name("alerts", "false alerts per face, pooled")


@dataclass(frozen=True, slots=True)
class Together:
    """Several deployments side by side.

    count    false alerts among all faces
    open     alerts whose truth nobody established
    pooled   false alerts per face over all; with a Clopper-Pearson interval where they are one population
    spread   how far they differ
    verdict  `differ` when that is more than luck gives
    check    the claim against all of them as one; None without a claim, and where they differ
    """

    count: Count
    open: int
    pooled: Measure
    spread: Spread
    verdict: Literal["differ", "no clear difference"]
    check: Check | None

    def measures(self) -> Measures:
        """What they show as one; where they differ, only how many false alerts per face there were."""
        if self.verdict == "differ":
            return Measures((self.pooled,))
        return Measures((self.pooled, *of_count(self.count, self.open, self.check)))


def together(rows: Sequence[Deployment], claim: Rate | None = None, measured_with: int | None = None,
             rule: listsize.Rule = "exact") -> Together:
    """Pool the false alerts per face of rows that do not overlap (`published.independent`), and say whether one may.

    The claim is tested as `claims.check` tests it on one row. Raises InputError where a row gives no rate per face.
    """
    counts = [faces(row) for row in rows]
    count = Count(sum(c.events for c in counts), sum(c.trials for c in counts))
    unresolved = sum(row.unconfirmed or 0 for row in rows)
    measured = spread([(c.events, c.trials) for c in counts])
    note = (f"Pearson {measured.chi_square:.1f} on {measured.df} df, {measured.dispersion:.1f} times what luck gives"
            if measured.df else "")
    pooled = proportion(PER_FACE_POOLED, count.events, count.trials, note)
    if measured.differs:
        pooled = replace(pooled, low=None, high=None, over="exact", note=f"not one population: {pooled.note}")
        return Together(count, unresolved, pooled, measured, "differ", None)
    tested = None if claim is None else _tested(rows, count, unresolved, claim, measured_with, rule)
    return Together(count, unresolved, pooled, measured, "no clear difference", tested)


def _tested(rows: Sequence[Deployment], count: Count, unresolved: int, claim: Rate, measured_with: int | None,
            rule: listsize.Rule) -> Check:
    """The claim against all rows as one.

    Where their lists differ, each has its own rate. The sum of their counts is then taken as binomial with the mean
    rate, which leaves room for more: its tails beyond the mean are the wider ones (Hoeffding 1956).
    """
    import numpy as np

    found = [for_list(row, claim, measured_with, rule) for row in rows]
    weights = [faces(row).trials / count.trials for row in rows]
    shares = np.asarray(sum(weight * one for weight, (one, _, _) in zip(weights, found, strict=True)))
    words = dict.fromkeys(said for _, said, _ in found)
    notes = dict.fromkeys(note for _, _, more in found for note in more)
    said = next(iter(words)) if len(words) == 1 else f"{claim.words}, brought to the list of each"
    return against("together", count, unresolved, shares, said, [*notes])
