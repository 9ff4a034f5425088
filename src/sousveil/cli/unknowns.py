"""What is not published, as options: at how many points a result is looked at, and where points are kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import Whole
from sousveil.cli.output import plural
from sousveil.comparisons.store import Shelf, place_beside, points_shelf
from sousveil.errors import InputError
from sousveil.measures.measure import Measure
from sousveil.measures.width import LEVEL, Widths
from sousveil.studies.limits import whole

if TYPE_CHECKING:
    from sousveil.comparisons.execute import Place
    from sousveil.comparisons.pair import Comparison

__all__ = ["POINTS", "OnRequest", "Unknowns", "beyond_told", "widths_told"]

POINTS = 128
"""Points where a result is written, unless another number is asked for."""

_MOST = 65_536


R = TypeVar("R", "sousveil.Run", "Comparison")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Unknowns:
    """How far what is not published moves every number."""

    points: Whole | None = None
    """At how many points over what is not published every number is worked out again; 0 for none."""

    shelf: str | None = None
    """A folder or an address where points are kept, so that no command asks for one twice."""

    def count(self) -> int:
        """How many points: `POINTS`, unless a number was given. Raises InputError: to be asked before long work."""
        count = POINTS if self.points is None else whole("points", self.points, 0, _MOST)
        if count == 1:
            raise InputError("points: one point says nothing of a range; 0 is for none")
        return count

    def widened(self, found: R, out: str | os.PathLike[str] | None, count: int, where: Place) -> R:
        """The run or the comparison with the widths that its measures have over so many points. Raises InputError."""
        return sousveil.widen(found, count, where=where, shelf=self.kept(out))

    def kept(self, out: str | os.PathLike[str] | None) -> Shelf | None:
        """The shelf that was named; else a hidden one beside the result, which makes what was stopped go on."""
        if self.shelf is not None:
            return points_shelf(self.shelf)
        return None if out is None else points_shelf(place_beside(os.fspath(out)))

    def clear(self, out: str | os.PathLike[str] | None) -> None:
        """Take away the hidden shelf, when the result is whole."""
        if self.shelf is None and out is not None:
            points_shelf(place_beside(os.fspath(out))).clear()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class OnRequest:
    """The same where it is asked for only: a point costs as much as the whole command."""

    points: Whole | None = None
    """At how many points over what is not published all of it is worked out again; none unless given. 16 will do."""

    shelf: str | None = None
    """A folder or an address where points are kept, so that no command asks for one twice."""

    def count(self) -> int:
        """How many points, 0 for none. Raises InputError: to be asked before long work."""
        return 0 if self.points is None else Unknowns(points=self.points).count()

    def kept(self, out: str | os.PathLike[str] | None) -> Shelf | None:
        """As of `Unknowns`."""
        return Unknowns(shelf=self.shelf).kept(out)

    def clear(self, out: str | os.PathLike[str] | None) -> None:
        """As of `Unknowns`."""
        Unknowns(shelf=self.shelf).clear(out)


def widths_told(widths: Widths, study: sousveil.Study, shown: Iterable[Measure] = ()) -> list[str]:
    """What was varied for the second width of the numbers, or that nothing was though something could be; and how many
    of those that are shown lie outside their own.
    """
    if not widths.points:
        ranges = [f for f in study.filled if f.range is not None]
        return [f"How far they move the numbers below was not asked: --points {POINTS} does"
                ] if ranges else []
    by = "the exact engine" if not widths.people else f"{widths.engine}, twice {widths.people:,} people each"
    level = min(LEVEL, (widths.points - 1) / (widths.points + 1))
    return [f"In brackets: from where to where each number lies in {100 * level:.0f} of 100 cases when "
            f"{plural(len(widths.unknowns), 'thing')} not published "
            f"{'is' if len(widths.unknowns) == 1 else 'are'} drawn from what they may be ({widths.points} points; "
            f"{by})", *beyond_told(shown)]


def beyond_told(shown: Iterable[Measure]) -> list[str]:
    """How many of the numbers that are shown lie outside their own brackets, and why; nothing where none does."""
    from sousveil.page.widths import ASIDE, BY_CHANCE, MANY_BY_CHANCE, outside

    said = [text for m in shown if (text := outside(m))]
    by_chance = sum(text.endswith(BY_CHANCE) for text in said)
    told = ((len(said) - by_chance, f": {ASIDE}"), (by_chance, f", {BY_CHANCE if by_chance == 1 else MANY_BY_CHANCE}"))
    return [f"{plural(count, 'number')} shown {'lies' if count == 1 else 'lie'} outside these brackets{why}"
            for count, why in told if count]
