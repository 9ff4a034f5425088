"""`sweep`, `sensitivity`, `mend`: vary numbers, weigh what nobody knows, and look for what removes a harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sousveil.cli.measures import blocks
from sousveil.cli.options import FarOut, Real, ResumedFarOut, StudyWord, Whole
from sousveil.cli.output import Answer, aligned, plural
from sousveil.cli.settings import Anywhere, Goal, Reformed, Seeds, Vary
from sousveil.cli.unknowns import OnRequest, Unknowns
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.store import claim
from sousveil.ground import called
from sousveil.page import words
from sousveil.reports.saved import write
from sousveil.reports.shared import in_words_of
from sousveil.runs import provenance
from sousveil.runs.settings import settings

if TYPE_CHECKING:
    from sousveil.comparisons.sweep import Sweep
    from sousveil.measures.measures import Measures

__all__ = ["mend", "sensitivity", "sweep"]


def sweep(study: StudyWord, /, *, vary: Vary, sobol: Whole | None = None, goal: Goal = Goal(),
          unknowns: OnRequest = OnRequest(), first: Reformed = Reformed(), seeds: Seeds = 1,
          asked: Anywhere = Anywhere(), out: ResumedFarOut | None = None) -> Answer:
    """Vary one or more numbers of a study, and measure every harm at every point, all with the same random draws.

    Parameters
    ----------
    sobol
        So many points of a Sobol' sequence instead of every combination.
    """
    from sousveil.comparisons import sweep as swept

    held = None if out is None else claim(out)
    since = provenance.clock()
    where = asked.place()
    sized = settings(**asked.given, seeds=seeds)
    read, wanted = objective(sized.sized(first.of(study)), goal.harm, goal.group, goal.pair)
    axes = [swept.axis(text) for text in vary]
    shelf, around = unknowns.kept(out), unknowns.count()
    found = swept.sweep(read, axes, sobol=sobol, seeds=seeds, engine=asked.engine, where=where, shelf=shelf)
    if around:
        from sousveil.unknowns.causes import widen_sweep

        found = widen_sweep(found, around, where=where, shelf=shelf)
    if held is not None:
        write(found, held, since, shown=wanted)
        if not found.failed:  # a failed point is tried again by the same command; the others are not
            unknowns.clear(out)
    rows = [{"point": dict(p), "harms": None if measures is None else measures.plain()}
            for p, measures in zip(found.points, found.rows, strict=True)]
    return Answer(_swept(found, wanted, out), {"engine": found.engine, "points": rows, "failed": dict(found.failed),
                                               "out": _place(out)}, 1 if found.failed else 0)


def sensitivity(study: StudyWord, /, *, goal: Goal = Goal(), points: Whole = 64, shelf: str | None = None,
                first: Reformed = Reformed(), asked: Anywhere = Anywhere(), out: ResumedFarOut | None = None) -> Answer:
    """Which of the numbers that are not published does a harm depend on: Sobol' indices over the assumptions' ranges.

    Parameters
    ----------
    points
        A power of two: so many times the number of assumptions plus two are run.
    shelf
        A folder or an address where points are kept, so that no command asks for one twice.
    """
    from sousveil.unknowns.sensitivity import sensitivity as weigh

    held = None if out is None else claim(out)
    since = provenance.clock()
    where = asked.place()
    sized = settings(**asked.given)
    read, wanted = objective(sized.sized(first.of(study)), goal.harm, goal.group, goal.pair)
    kept = Unknowns(shelf=shelf)
    found = weigh(read, wanted, points=points, engine=asked.engine, where=where, shelf=kept.kept(out))
    measures = found.measures()
    if held is not None:
        write(found, held, since)
        if not found.failed:
            kept.clear(out)
    people = f"twice {words.synthetic(found.people)}" if found.people else words.synthetic(read.people)
    lines = [f"{read.name}: {plural(len(found.values), 'point')} of {people} over {read.steps:,} "
             f"{read.scheme.step}s; engine {found.engine}",
             f"What the {wanted.words} hangs on, as shares of its variance (95 % intervals):"]
    lines.append(_indices(measures) if measures else
                 "There is nothing to tell: it is the same at every point, or there are points without it.")
    data = {"engine": found.engine, "indices": measures.plain(), "held": dict(found.held),
            "failed": dict(found.failed), "out": _place(out)}
    return Answer("\n\n".join([*lines, *_failed(found.failed), *_written(out)]), data, 1 if found.failed else 0)


def mend(study: StudyWord, /, *, to: Real, goal: Goal = Goal(), seeds: Seeds = 5, asked: Anywhere = Anywhere(),
         out: FarOut | None = None) -> Answer:
    """Find the smallest set of the study's reforms that leaves no more than a share of a harm.

    Parameters
    ----------
    to
        The share of the harm that may be left: 0.5 looks for the fewest reforms that remove half of it.
    """
    from sousveil.comparisons.reform_search import mend as search

    held = None if out is None else claim(out)
    since = provenance.clock()
    where = asked.place()
    read, wanted = objective(study, goal.harm, goal.group, goal.pair)
    found = search(read, wanted, to, seeds=seeds, **asked.given, where=where)
    best = list(found.best.reforms) if found.best else None
    if held is not None:
        write(found, held, since)
    told = f"The smallest set that leaves at most {to:.0%} of it: {' + '.join(best)}" if best else \
        f"No set of the reforms that {read.name} names clearly leaves {to:.0%} of it, or less"
    data = {"best": best, "engine": found.engine, "sets": found.measures().plain(),
            "skipped": dict(found.skipped), "out": _place(out)}
    return Answer("\n\n".join([told, blocks(found.measures()), *_failed(found.skipped), *_written(out)]), data)


@in_words_of(lambda found: found.study)
def _swept(found: Sweep, wanted: Objective, out: str | None) -> str:
    study = found.study
    header = (f"{study.name}: {plural(len(found.points), 'point')}, {words.synthetic(study.people)}, {study.steps:,} "
              f"{study.scheme.step}s; engine {found.engine}")
    rows = [(*(a.path for a in found.axes), f"{wanted.words} ({called.money(wanted.unit)})")]
    for point, measured in zip(found.points, found.rows, strict=True):
        m = None if measured is None else wanted.of(measured)
        rows.append((*(f"{x:.6g}" for x in point.values()), "failed" if measured is None else
                     "not estimable" if m is None else f"{m.value:.4g}"))
    return "\n\n".join([header, aligned(rows), *_failed(found.failed), *_written(out)])


def _indices(measures: Measures) -> str:
    """Total and first-order index of every number."""
    from sousveil.unknowns.sensitivity import FIRST, TOTAL

    rows = [("number", "with others", "", "alone", "")]
    for first, total in zip(measures.of(FIRST), measures.of(TOTAL), strict=True):
        cells = (word for m in (total, first) for word in (f"{m.value:.3f}", f"({m.low:.3f} to {m.high:.3f})"))
        rows.append((total.name["number"], *cells))  # type: ignore[arg-type]
    return aligned(rows)


def _failed(failed: Any) -> list[str]:
    return ["\n".join([f"{plural(len(failed), 'task')} failed:", *(f"  {n}: {w}" for n, w in failed.items())])
            ] if failed else []


def _written(out: str | None) -> list[str]:
    return [] if out is None else [f"Written to {_place(out)}"]


def _place(out: str | None) -> str | None:
    """Where the result is, without the places of this machine that lead there."""
    return None if out is None else provenance.as_named(out)
