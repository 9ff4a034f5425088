"""What an audit can tell: the gaps between groups that chance does not explain, and who cannot be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sousveil.audits.counts import label
from sousveil.audits.examine import Audit
from sousveil.audits.given import DIFFERENCE as GIVEN
from sousveil.audits.given import PARTLY
from sousveil.audits.metrics import Compared
from sousveil.audits.shares import LEAVES, WITHHELD
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name
from sousveil.page import words
from sousveil.reports import audit_words, claims

__all__ = ["Told", "left"]

_MOST_CHARTED = 16
"""With more values of a rate than this, intersections are left out of its chart."""

_SECOND_LOOK = 5
"""A second look at a table claims a gap without reason a fifth as often as the first: once in a hundred tables."""


@dataclass(frozen=True)
class Told:
    """An audit, and what is asked of it more than once."""

    table: str
    found: Audit

    @cached_property
    def measures(self) -> Measures:
        """The measures that could be told."""
        return self.found.measures.known

    def by_group(self, name: Name) -> list[Measure]:
        """Values of a rate, everybody first, without intersections where there are many."""
        rows = self.measures.of(name)
        return [m for m in rows if len(rows) <= _MOST_CHARTED or "," not in m.group]

    def clear_gaps(self, rate: Compared) -> list[Measure]:
        """Differences between single groups that chance does not explain, with all that are told looked at at once."""
        return [m for m in self.measures.of(rate.difference)
                if "," not in m.group and m.group.partition("=")[0] not in self.beside
                and claims.clear(m, self.compared) and self._print_apart(rate, m)]

    def clear_crossings(self, rate: Compared) -> list[Measure]:
        """Differences between intersections that chance does not explain: a second look, where no single group differs.

        Each is held to a part of the chance that a first look has, so that both together claim hardly more without
        reason than the first alone.
        """
        if self.beside:
            return []
        names = [rate.difference for rates, _ in audit_words.DEEDS for rate in rates]
        many = _SECOND_LOOK * len(self.measures.of(*names))
        return [m for m in self.measures.of(rate.difference)
                if "," in m.group and claims.clear(m, many) and self._print_apart(rate, m)]

    @property
    def beside(self) -> set[str]:
        """Columns that people are compared within: gaps between their values are nobody's question."""
        return {self.found.question.given, self.found.question.clusters} - {""}

    def within(self, rate: Compared, worst: Measure) -> str:
        """What is left of a gap among people who are alike in the column that was given, where that is not the same."""
        given = self.found.question.given
        m = self.measures.find(GIVEN(rate=rate.name.label), worst.group, worst.reference) if given else None
        if m is None or m.value is None or m.low is None:
            return ""
        whom = f"people of the same “{given}”" + (", as far as they are counted," if PARTLY in m.note else "")
        if not claims.clear(m):
            return f"; among {whom} there is no clear difference"
        return f"; among {whom} it is the other way round" if m.value * (worst.value or 0.0) < 0 else ""

    @property
    def hidden(self) -> str:
        """That people who are alike in the column that was given differ, where the groups do not."""
        given = self.found.question.given
        names = [GIVEN(rate=rate.name.label) for rates, _ in audit_words.DEEDS for rate in rates] if given else []
        some = any(claims.clear(m, self.compared) for m in self.measures.of(*names)) if names else False
        return f", but there is one among people of the same “{given}”" if some else ""

    @cached_property
    def compared(self) -> int:
        """How many differences between single groups this page tells."""
        names = [rate.difference for rates, _ in audit_words.DEEDS for rate in rates]
        return max(1, sum("," not in m.group for m in self.measures.of(*names)))

    @property
    def those(self) -> str:
        """Of which groups it is said that they are alike."""
        columns = [name for name in self.found.question.groups if name not in self.beside]
        told = "the groups of each column" if len(columns) > 1 else "the groups"
        return f"{told} that are counted" if self.found.leaves_out_labels else told

    def _print_apart(self, rate: Compared, gap: Measure) -> bool:
        one, other = (self.measures.find(rate.name, group) for group in (gap.group, gap.reference))
        return one is None or other is None or words.sides(one, other) is not None

    def apart(self, rate: Compared) -> tuple[str, ...]:
        """Single groups whose rate is withheld, where rates are compared."""
        every = {m.group: m for m in self.found.measures.of(rate.name)}
        if not self.found.measures.of(rate.difference):
            return ()
        names = [label(self.found.printed.layout.columns, group) for group in self.found.printed.layout.groups
                 if len(group) == 1]
        return tuple(name for name in names if _withheld(every.get(name)))

    def withheld_rows(self, rate: Compared) -> list[Measure]:
        """A rate of groups of which it is withheld: of single ones, and of as many others as have a place in a chart.
        """
        rows = self.found.measures.of(rate.name)
        return [m for m in rows if _withheld(m) and (len(rows) <= _MOST_CHARTED or "," not in m.group)]

    @property
    def withheld(self) -> str:
        """What of a group cannot be told: its counts, or what a few people's weights make much of."""
        return "weighted shares" if self.found.printed.worth else "the counts"

    @property
    def alone(self) -> bool:
        """Whether there is one group alone, whose counts need not be withheld."""
        return all(len(texts) == 1 for texts in self.found.printed.layout.labels)

    @property
    def control(self) -> bool:
        return self.found.question.population is not None

    @property
    def people(self) -> int | None:
        return self.found.printed[(), "n"]


def _withheld(m: Measure | None) -> bool:
    """Whether a rate is withheld, not merely without meaning: a group of which nothing is printed has no measure."""
    return m is None or (m.value is None and m.note.startswith(WITHHELD))


def left(m: Measure) -> str:
    """What the printed counts leave open, as the note of a withheld rate says it; '' where that is anything."""
    _, found, bounds = m.note.partition(LEAVES)
    return f"{found}{bounds}"
