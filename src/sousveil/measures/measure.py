"""The one shape that every result has, whatever instrument it came from.

A `Measure` is one number about one group, with its interval from birth. The simulator's harms, the base-rate model and
the audit all answer in it, so that one table, one chart and one report serve all three.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sousveil.measures.name import Name
from sousveil.measures.width import Width

__all__ = ["ALL", "COLUMNS", "WIDTHS", "Measure", "Over"]

ALL = "all"
"""The group label of a measure taken over everybody."""

COLUMNS = ("harm", "measure", "group", "reference", "value", "low", "high", "unit", "n", "over", "note")
"""The columns of the tidy table: those of `Measure`, its name as the two words `harm` and `measure`."""

WIDTHS = ("least", "most", "agree", "hangs on", "points", "evened")
"""The columns that follow where what is not published was varied: those of `Width`."""

Over = Literal["", "draws", "sampling", "draws and sampling", "parameters", "parameters and sampling", "exact"]
"""What an interval is over.

    draws       replicates of the run under other seeds: how much luck matters
    sampling    the binomial or Poisson part inside one run or one table: how much the number of people matters
    parameters  the ranges of the assumptions: how much what nobody knows matters
    exact       no interval is needed: an expectation of a population without end, or arithmetic
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its interval.

    name       what it is of: a constant of the instrument that it came from
    group      whose, or `all`
    reference  the group it is compared with; '' when it is not a comparison
    value      the number, or None when it cannot be estimated: then `note` says why
    low, high  95 % interval, or None
    unit       `share`, `persons`, `months`, `points`, `per 1,000 person-years`, `money`, `ratio` ...
    n          how many people (or decisions, faces ...) stand behind it
    over       what the interval is over, see `Over`
    note       a caveat that must travel with the number
    width      how far what is not published moves it; None where nothing was varied
    """

    name: Name
    group: str
    reference: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: float | None
    over: Over = ""
    note: str = ""
    width: Width | None = None

    @property
    def harm(self) -> str:
        """Which harm or metric family, for readers: for example `wrongful`."""
        return self.name.harm

    @property
    def measure(self) -> str:
        """Which number of it, for readers: for example `share with a wrongful debit`. Code looks at `name`."""
        return self.name.label

    def kept(self) -> dict[str, Any]:
        """As plain data that `Measures.restored` makes it of again: as `dataclasses.asdict`, which takes ten times as
        long, and points over what is not published have many.
        """
        name = {"harm": self.name.harm, "text": self.name.text, "slots": self.name.slots}
        return {"name": name, "group": self.group, "reference": self.reference, "value": self.value, "low": self.low,
                "high": self.high, "unit": self.unit, "n": self.n, "over": self.over, "note": self.note,
                "width": None if self.width is None else asdict(self.width)}

    def plain(self) -> dict[str, Any]:
        """Its row of the tidy table, by `COLUMNS`, and by `WIDTHS` where it has a width."""
        row = {column: getattr(self, column) for column in COLUMNS}
        if self.width is None:
            return row
        hangs = "; ".join(f"{name} ({share:.0%})" for name, share in self.width.hangs_on)
        evened = None if self.width.evened is None else self.width.evened.value
        width = (self.width.least, self.width.most, self.width.agree, hangs, self.width.points, evened)
        return {**row, **dict(zip(WIDTHS, width, strict=True))}
