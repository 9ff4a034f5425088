"""The report of whatever it was: a run, a comparison, or an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.errors import InputError
from sousveil.page.report import Report
from sousveil.studies.limits import described

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.why import Why
    from sousveil.runs.run import Run

__all__ = ["report"]


def report(found: Run | Comparison | Why) -> Report:
    """The report of a run, a comparison or an explanation, ready to be saved: `report(found).save("report.html")`.

    Raises InputError for anything else.
    """
    from sousveil.runs.run import Run

    if isinstance(found, Run):
        from sousveil.reports.run.report import report as of_run

        return of_run(found)
    from sousveil.comparisons.pair import Comparison

    if isinstance(found, Comparison):
        from sousveil.reports.compare import report as of_comparison

        return of_comparison(found)
    from sousveil.comparisons.why import Why

    if not isinstance(found, Why):
        raise InputError(f"{described(found)} is no run, comparison or explanation: there is nothing to report")
    from sousveil.reports.why import report as of_why

    return of_why(found)
