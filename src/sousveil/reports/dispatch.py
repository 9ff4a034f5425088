"""The report of whatever it was: every result that there is has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.page.report import Report
from sousveil.reports import python_calls
from sousveil.studies.limits import described

if TYPE_CHECKING:
    from sousveil.audits.examine import Audit
    from sousveil.baserates.base_rate import BaseRate
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.reform_search import Mended
    from sousveil.comparisons.sweep import Sweep
    from sousveil.comparisons.why import Why
    from sousveil.runs.run import Run
    from sousveil.studies.study import Study
    from sousveil.unknowns.ask import Asked
    from sousveil.unknowns.extremes import Extremes
    from sousveil.unknowns.infer import Inferred
    from sousveil.unknowns.sensitivity import Sensitivity

    AnyResult = (Run | Comparison | Why | Sweep | Sensitivity | Mended | Extremes | Inferred | Asked | Audit | BaseRate)

__all__ = ["report"]


@checked
def report(found: AnyResult, harm: str = "bottom-tier", *, group: str | None = None,
           between: Sequence[str] | None = None) -> Report:
    """The report of any result, ready to be saved: `report(found).save("report.html")`.

    harm, group, between   of a sweep, which measures every harm: the one that is drawn

    Raises InputError for what is no result.
    """
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.why import Why
    from sousveil.runs.run import Run

    if isinstance(found, Run):
        from sousveil.reports.run.report import report as of_run

        return of_run(found)
    if isinstance(found, Comparison):
        from sousveil.reports.compare import report as of_comparison

        return of_comparison(found)
    if isinstance(found, Why):
        from sousveil.reports.why import report as of_why

        return of_why(found)
    return _of_many(found, harm, group, between) or _of_what_exists(found)


def _of_many(found: Any, harm: str, group: str | None, between: Sequence[str] | None) -> Report | None:
    """The report of what looked at many points or sets; None for anything else."""
    from sousveil.comparisons.objective import objective
    from sousveil.comparisons.reform_search import Mended
    from sousveil.comparisons.sweep import Sweep
    from sousveil.reports.sweep import mended, swept, weighed
    from sousveil.unknowns.ask import Asked
    from sousveil.unknowns.extremes import Extremes
    from sousveil.unknowns.infer import Inferred
    from sousveil.unknowns.sensitivity import Sensitivity

    if isinstance(found, Sweep):
        return swept(found, objective(found.study, harm, group, between)[1], python_calls.swept(found))
    if isinstance(found, Sensitivity):
        return weighed(found, python_calls.weighed(found))
    if isinstance(found, Mended):
        return mended(found, python_calls.mended(found))
    if isinstance(found, Extremes):
        from sousveil.reports.extremes import report as of_extremes

        return of_extremes(found, _record("extremes", found.study, python_calls.extremes(found)))
    if isinstance(found, Asked):
        from sousveil.reports.ask import report as of_asked

        return of_asked(found, _record("ask", found.study, python_calls.asked(found)))
    if isinstance(found, Inferred):
        from sousveil.reports.infer import report as of_inferred

        return of_inferred(found, _record("infer", found.study, python_calls.inferred(found)))
    return None


def _of_what_exists(found: Any) -> Report:
    """The report of an audit or of base rates. Raises InputError for anything else."""
    from sousveil.audits.examine import Audit
    from sousveil.baserates.base_rate import BaseRate

    if isinstance(found, Audit):
        from sousveil.reports.audit import report as of_audit

        return of_audit(found.table, found, python_calls.audited(found))
    if isinstance(found, BaseRate):
        from sousveil.reports.baserate import report as of_base_rate

        return of_base_rate(found.search, found.rows, found.points, python_calls.searched(found))
    raise InputError(f"{described(found)} is no result of sousveil: there is nothing to report")


def _record(function: str, study: Study, call: str) -> dict[str, Any]:
    """What a page says of how its result is made again."""
    from sousveil.comparisons.tables import record
    from sousveil.runs import provenance

    return record(function, [study], provenance.clock(), call=call)
