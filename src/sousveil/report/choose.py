"""The report of whatever it was: a run, a comparison, or an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .page import Report

if TYPE_CHECKING:
    from sousveil.compare.pair import Comparison
    from sousveil.compare.why import Why
    from sousveil.run import Run

__all__ = ["report"]


def report(found: Run | Comparison | Why) -> Report:
    """The report of a run, a comparison or an explanation, ready to be saved: `report(found).save("report.html")`."""
    from sousveil.run import Run

    if isinstance(found, Run):
        from .run import report as of_run

        return of_run(found)
    from sousveil.compare.pair import Comparison

    if isinstance(found, Comparison):
        from .compare import report as of_comparison

        return of_comparison(found)
    from .why import report as of_why

    return of_why(found)
