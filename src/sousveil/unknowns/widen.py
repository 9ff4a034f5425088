"""The second width of whatever it was: a run, or a comparison."""

from __future__ import annotations

from typing import overload

from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.pair import Comparison
from sousveil.comparisons.store import Shelf
from sousveil.ground.arguments import checked
from sousveil.runs.run import Run
from sousveil.studies.limits import WholeNumber
from sousveil.unknowns.widths import widen_run
from sousveil.unknowns.worlds import widen_worlds

__all__ = ["widen"]


@overload
def widen(found: Run, points: WholeNumber | None = None, *, where: Place = HERE, shelf: Shelf | None = None,
          threads: int | None = None) -> Run: ...


@overload
def widen(found: Comparison, points: WholeNumber | None = None, *, where: Place = HERE, shelf: Shelf | None = None,
          threads: int | None = None) -> Comparison: ...


@checked
def widen(found: Run | Comparison, points: WholeNumber | None = None, *, where: Place = HERE,
          shelf: Shelf | None = None, threads: int | None = None) -> Run | Comparison:
    """A run or a comparison with the range of every number over what is not published (docs/unknowns.md).

    points   at how many points over the ranges and readings of the assumptions every number is worked out again;
             unless given, 128, and in a comparison of many worlds fewer
    where    where points are carried out; shelf: where they are kept, so that none is asked for twice
    Raises InputError, EngineRefusal, Interrupted.
    """
    if isinstance(found, Run):
        return widen_run(found, points, where=where, shelf=shelf, threads=threads)
    return widen_worlds(found, points, where=where, shelf=shelf, threads=threads)
