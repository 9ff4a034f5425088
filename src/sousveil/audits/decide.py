"""What one more release of a table may print, given what was printed of the same table before.

    printed(counts, floor)        a table of which nothing was ever printed
    decided(joint, told, floor)   the last of several releases, decided together with the others

A count that an earlier release printed is printed again, one that it withheld stays withheld: a run that asks a part of
a release reads only what the release holds. The rest is decided by `suppress` over the people of all releases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sousveil.audits.counts import Counts, Printed, declared, records
from sousveil.audits.equations import System, system
from sousveil.audits.joint import Joint, joined
from sousveil.audits.pairs import paired
from sousveil.audits.release import Box, Margin, Release, spoken
from sousveil.audits.suppress import protected, widths
from sousveil.errors import BoundaryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Told", "decided", "known", "printed", "totals", "weighed"]

_REFUSED = """together with what was printed of this table before, this would tell of fewer than {floor} people: \
{new} cannot be told any more. What was told: {before}"""


@dataclass(frozen=True)
class Told:
    """A release, the counts of it that were printed, and whether sums of weights were told beside them."""

    release: Release
    margins: frozenset[Margin]
    weighted: bool = False

    def __str__(self) -> str:
        words = [f"by {', '.join(coding.column for coding in self.release.groups)}"] if self.release.groups else []
        words += [f"where {' and '.join(map(spoken, self.release.where))}"] if self.release.where else []
        cut = "" if self.release.cut is None else f" cut at {self.release.cut:g}"
        words.insert(0, f"{spoken(self.release.decision)}{cut}")
        if self.release.outcome:
            words.insert(1, f"with {spoken(self.release.outcome)}")
        left = [f"{self.release.groups[place].column}={text}" for place, text in self.release.left]
        left += ["unknown outcomes"] if self.release.only_known else []
        words += [f"without {', '.join(left)}"] if left else []
        return " ".join(words)


def printed(counts: Counts, floor: int) -> Printed:
    """The counts of a table that may be printed under a floor, when nothing was printed of it before."""
    release = declared(counts)
    joint = joined([release], lambda codings: records(counts.cells, release, codings))
    margins = decided(joint, [Told(release, frozenset())], floor)
    return Printed(counts.layout, floor, {m: n if m in margins else None for m, n in totals(joint, release).items()})


def known(earlier: Sequence[Told], release: Release, labels: Sequence[Sequence[str]]) -> dict[Margin, bool]:
    """The margins of a release that earlier ones have decided, and whether they were printed."""
    mine = dict(zip(release.groups, labels, strict=True))
    boxes: dict[Box, bool] = {}
    for told in earlier:
        for margin in told.release.margins([mine.get(coding, ()) for coding in told.release.groups]):
            box = told.release.box(*margin)
            boxes[box] = boxes.get(box, False) or margin in told.margins
    found = {margin: release.box(*margin) for margin in release.margins(labels)}
    return {margin: boxes[box] for margin, box in found.items() if box in boxes}


def totals(joint: Joint, release: Release) -> dict[Margin, int]:
    """Every margin of the one release of a system; those of no possible cell are absent.

    Where few people bear out a rule, nobody in a cell of it is a count like others, and must not show by being absent.
    """
    rows = system(joint.without_weak_rules() or joint, [release], 0)
    sums = rows.totals
    return {margin: int(sums[i]) for (_, margin), i in rows.place.items()}


def weighed(joint: Joint, release: Release, cells: Iterable[tuple[Sequence[object], float]]) -> dict[Margin, float]:
    """The same sums of numbers other than people, given by codes."""
    import numpy as np

    (table,), rows = joint.tables, system(joint, [release], 0)
    numbers = np.zeros(table.counts.shape)
    for codes, number in cells:
        numbers[table.place(codes)] += number
    sums = rows.sums @ numbers[table.possible]
    return {margin: float(sums[i]) for (_, margin), i in rows.place.items()}


def decided(joint: Joint, told: Sequence[Told], floor: int) -> frozenset[Margin]:
    """The margins of the last release that may be printed. Raises BoundaryError when none may that is not known."""
    last = len(told) - 1
    found = _shown(joint, told, floor, None)
    for unaware in joint.for_who_knows_less():  # what is withheld from the one reader protects the other no less
        if found is not None:
            found = _shown(unaware, told, floor, found)
    if found and last:
        found = _shown(joint, told, floor, found, knowing=True)
    if found is None or (last and not found):
        asked = replace(told[last].release, left=(), only_known=False)  # whom it would leave out, it has not told
        raise BoundaryError(_REFUSED.format(floor=floor, new=Told(asked, frozenset()),
                                            before="; ".join(str(one) for one in told[:last])))
    return found


def _shown(joint: Joint, told: Sequence[Told], floor: int, among: frozenset[Margin] | None, knowing: bool = False
           ) -> frozenset[Margin] | None:
    """The margins of the last release, all or `among` these, that may be printed for one reader; None when none may.

    The people of several answers can differ by a few whom one of them does not count, as those of a small group. Who
    knows how many these are (`knowing`) is told no more of anybody by a further answer than less than the floor.
    """
    import numpy as np

    last = len(told) - 1
    rows = system(joint, [one.release for one in told], floor, knowing)
    if knowing and not (rows.least == rows.most).any():
        return among
    before, barred = np.zeros(len(rows.totals), dtype=bool), np.zeros(len(rows.totals), dtype=bool)
    for (number, margin), i in rows.place.items():
        before[i] |= margin in told[number].margins
        barred[i] |= number < last and margin not in told[number].margins
        barred[i] |= number == last and among is not None and margin not in among
    need = widths(rows, floor, before) if knowing else None
    release, mine = told[last].release, {margin: i for (number, margin), i in rows.place.items() if number == last}
    pairs = paired(release, joint.labels(release), {margin: int(rows.totals[i]) for margin, i in mine.items()}, floor)
    found, away = None, rows.few
    while True:  # what is withheld beside a small count takes its own partners along, unless nothing would be left
        together = [mine[m] for m in pairs.closed(m for m, i in mine.items() if away[i]) if m in mine]
        if found is not None and not (~away & ~before)[together].any():
            return found
        barred[together] = True
        shown = protected(rows, floor, _worth(rows), before, barred, need)
        new = shown is not None and (shown & ~before).any()
        if shown is None or (found is not None and not new):
            return found
        found = frozenset(margin for margin, i in mine.items() if shown[i])
        away = ~shown


def _worth(rows: System) -> npt.NDArray[np.float64]:
    """Totals are worth more than parts, everybody more than a group, a group more than an intersection.

    No count counts: what is withheld beside a small one would tell of it (see `pairs`).
    """
    import numpy as np

    worth = np.zeros(len(rows.totals))
    for (_, (group, kind)), i in rows.place.items():
        level = (400.0, 20.0, 1.0, 0.5)[len(group)]
        part = {"n": 4.0, "d1": 2.0, "d0": 2.0, "k": 2.0}.get(kind, 0.3 if kind.startswith("b") else 1.0)
        worth[i] = max(worth[i], level * part)
    return worth
