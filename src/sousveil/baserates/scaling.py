"""How false alerts, stops and precision grow with the faces seen, the list and the cameras: tables for charts.

With more faces and with a longer list, the listed people who pass stay as many (the same few in a larger crowd); with
more cameras everything is multiplied. A share of alerts that end in a stop falls as the load grows when it was read off
published counts; one that was given stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from sousveil.baserates.outcome import FALSE_ALERTS, PRECISION_PER_ALERT, PRECISION_PER_STOP, STOPS, totals
from sousveil.baserates.search import Search
from sousveil.errors import InputError
from sousveil.measures.measure import Measure

__all__ = ["ALONG", "Along", "Point", "growth"]

Along = Literal["faces", "watchlist", "cameras"]

ALONG: tuple[Along, ...] = ("faces", "watchlist", "cameras")
"""What can grow."""

_FACTORS = (0.1, 0.3, 1, 3, 10, 30, 100)
_SHOWN = (FALSE_ALERTS, STOPS, PRECISION_PER_ALERT, PRECISION_PER_STOP)


@dataclass(frozen=True, slots=True)
class Point:
    """A result when one input is `at` and the others are as given."""

    along: Along
    at: int
    measure: Measure

    def plain(self) -> dict[str, Any]:
        """The point as plain data, for JSON."""
        return {"along": self.along, "at": self.at, "measure": self.measure.plain()}


def growth(search: Search, along: Along) -> list[Point]:
    """The main results for a tenth to a hundred times the input named, as far as the inputs allow.

    An FPIR is taken to be measured with the list it was given for, and brought to the longer or shorter list by the
    search's rule; the linear rule ends where it gives no probability. Raises InputError as `results` does.
    """
    fixed = search if search.per_comparison else replace(search, measured_with=search.measured_with or search.watchlist)
    now: int = getattr(search, along)
    points: list[Point] = []
    for at in sorted({now, *(round(now * factor) for factor in _FACTORS)}):
        try:
            rows = totals(_changed(fixed, along, at))
        except InputError:
            if at == now:
                raise
            continue
        points += [Point(along, at, row) for row in rows.of(*_SHOWN)]
    return points


def _changed(search: Search, along: Along, at: int) -> Search:
    if along == "faces":
        return replace(search, faces=at)
    return replace(search, watchlist=at) if along == "watchlist" else replace(search, cameras=at)
