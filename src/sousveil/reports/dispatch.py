"""The report of whatever it was: every result that there is has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.page.report import Report
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
        axes = {axis.path: (axis.low, axis.high, axis.count) for axis in found.axes}
        called = _call("sweep", found.study, repr(axes), seeds=found.seeds, engine=found.engine)
        return swept(found, objective(found.study, harm, group, between)[1], called)
    if isinstance(found, Sensitivity):
        return weighed(found, _call("sensitivity", found.study, *_goal(found), points=found.points,
                                    engine=found.engine))
    if isinstance(found, Mended):
        return mended(found, _call("mend", found.study, *_goal(found), left=found.left, engine=found.engine))
    if isinstance(found, Extremes):
        from sousveil.reports.extremes import report as of_extremes

        return of_extremes(found, _record("extremes", found.study, *_goal(found), engine=found.engine))
    if isinstance(found, Asked):
        from sousveil.reports.ask import report as of_asked

        return of_asked(found, _record("ask", found.study, *_goal(found), points=found.points, within=found.within,
                                       engine=found.engine))
    if isinstance(found, Inferred):
        from sousveil.reports.infer import report as of_inferred

        return of_inferred(found, _record("infer", found.study, repr("figures.yaml"), points=found.spread,
                                          engine=found.engine))
    return None


def _of_what_exists(found: Any) -> Report:
    """The report of an audit or of base rates. Raises InputError for anything else."""
    from sousveil.audits.examine import Audit
    from sousveil.audits.question import Question
    from sousveil.baserates.asked import Asked
    from sousveil.baserates.base_rate import BaseRate

    if isinstance(found, Audit):
        from sousveil.reports.audit import report as of_audit

        return of_audit("the table", found, _typed("audit", "'TABLE'", asdict(found.question), asdict(Question("x"))))
    if isinstance(found, BaseRate):
        from sousveil.reports.baserate import report as of_base_rate

        given = {name: _by_name(value) if name in BY_NAME and value else value
                 for name, value in asdict(found.asked).items()}
        return of_base_rate(found.search, found.rows, found.points,
                            _typed("baserate", "", given, asdict(Asked(0, 0, 0.0))))
    raise InputError(f"{described(found)} is no result of sousveil: there is nothing to report")


BY_NAME = ("group", "multiplier", "group_fpir", "group_fnir")
"""What is given of base rates by the name of a group."""


def _by_name(texts: Sequence[str]) -> dict[str, str]:
    return dict(text.split("=", 1) for text in texts)


def _typed(function: str, first: str, given: Mapping[str, Any], unless: Mapping[str, Any]) -> str:
    """The call of a function with what was given, but for what is so unless given."""
    named = [f"{name}={value!r}" for name, value in given.items() if value != unless[name]]
    return f"sousveil.{function}({', '.join([*([first] if first else []), *named])})"


def _goal(found: Any) -> list[str]:
    """The harm that was looked at, as a caller gives it."""
    wanted = found.objective
    more = f"between={(wanted.reference, wanted.group)!r}" if wanted.reference else \
        f"group={wanted.group!r}" if wanted.group != "all" else ""
    return [repr(wanted.harm), *([more] if more else [])]


def _call(function: str, study: Study, *more: str, **settings: object) -> str:
    from sousveil.runs import calls

    return calls.call(function, study, *more, **settings)


def _record(function: str, study: Study, *more: str, **settings: object) -> dict[str, Any]:
    """What a page says of how its result is made again."""
    from sousveil.comparisons.tables import record
    from sousveil.runs import provenance

    return record(function, [study], provenance.clock(), call=_call(function, study, *more, **settings))
