"""`infer`, `ask`: what published figures say about what is not published, and which number to ask for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import FarOut, Real, ResumedFarOut, StudyWord, Whole
from sousveil.cli.output import Answer, aligned, plural, wrapped
from sousveil.cli.settings import Anywhere, Goal, Reformed
from sousveil.comparisons.objective import objective
from sousveil.comparisons.store import claim, shelf_beside
from sousveil.comparisons.sweep import key_of
from sousveil.errors import InputError
from sousveil.reports.saved import write
from sousveil.runs import provenance
from sousveil.runs.settings import settings
from sousveil.studies.files import beside

if TYPE_CHECKING:
    from sousveil.studies.figures import Figures
    from sousveil.unknowns.ask import Asked
    from sousveil.unknowns.infer import Inferred

__all__ = ["ask", "infer"]

FigureFile = Annotated[Path, Parameter(help="A figures file: what was published. Default: the figures.yaml beside the "
                                            "study.")]


def infer(study: StudyWord, /, *, figures: FigureFile | None = None, points: Whole | None = None,
          check: Annotated[bool, Parameter(negative=())] = False, first: Reformed = Reformed(),
          asked: Anywhere = Anywhere(), out: ResumedFarOut | None = None) -> Answer:
    """What published figures say about the numbers that are not published, and whether the figures agree.

    Parameters
    ----------
    points
        Runs over the ranges, before those where the figures are: 128, and 256 for more than eight unknowns.
    check
        Work the answer out once more on the engine itself, with thousands of runs.
    """
    from sousveil.unknowns.published import read

    held = None if out is None else claim(out)
    since = provenance.clock()
    where = asked.place()
    sized = settings(**asked.given)
    there = sized.sized(first.of(study))
    given = read(_figures(study, figures), there)
    shelf = None if out is None else shelf_beside(out, key_of(there, "infer", given.model_dump_json(), points, check,
                                                             asked.engine))
    found = sousveil.infer(there, given, points=points, engine=asked.engine, where=where, shelf=shelf, check=check)
    if held is not None:
        write(found, held, since)
        if shelf is not None and not found.failed:
            shelf.clear()
    return Answer(_inferred(found, given, out), _data(found, out), 1 if found.failed else 0)


def ask(study: StudyWord, /, *, goal: Goal = Goal(), figures: FigureFile | None = None, points: Whole = 256,
        within: Real = 0.1, first: Reformed = Reformed(), asked: Anywhere = Anywhere(), out: FarOut | None = None
        ) -> Answer:
    """Which number, were it published, would take most off what is uncertain about a harm; and letters to ask for it.

    The folder of an inference stands for the study as its figures leave it, and is answered at once.

    Parameters
    ----------
    points
        Runs over the ranges.
    within
        How exactly each number would be published: 0.1 is within a tenth of it.
    """
    from sousveil.reports.requests import letters

    held = None if out is None else claim(out)
    since = provenance.clock()
    found = _asked(study, goal, figures, points, within, first, asked)
    written = letters(found)
    table = [{"number": n.name, "share": n.share, "low": n.low, "high": n.high, "points": n.told}
             for n in found.numbers]
    if held is not None:
        write(found, held, since)
    return Answer(_told(found, out), {
        "harm": found.objective.harm, "words": found.objective.words, "low": found.low, "middle": found.middle,
        "high": found.high, "engine": found.engine, "points": found.points, "after figures": found.posterior,
        "within": found.within, "numbers": table,
        "letters": written, "failed": dict(found.failed), "out": out}, 1 if found.failed else 0)


def _asked(word: str, goal: Goal, figures: Path | None, points: int, within: float, first: Reformed, asked: Anywhere
           ) -> Asked:
    from sousveil.unknowns.saved import ask_after, asked_of, is_inference

    where = asked.place()
    sized = settings(**asked.given)
    if is_inference(word) and figures is None:
        if first.reform or first.set_ or any(v is not None for v in (asked.people, asked.steps, asked.seed)):
            raise InputError(f"{word} is an inference, and is asked as it is; change the study, and infer again")
        read, wanted = objective(sousveil.study(word), goal.harm, goal.group, goal.pair)
        return ask_after(word, read, wanted, within)
    read, wanted = objective(sized.sized(first.of(word)), goal.harm, goal.group, goal.pair)
    if figures is not None:
        from sousveil.unknowns.published import read as read_figures

        found = sousveil.infer(read, read_figures(figures, read), engine=asked.engine, where=where)
        return asked_of(found, wanted, within)
    return sousveil.ask(read, goal.harm, group=goal.group, between=goal.pair, points=points, within=within,
                        engine=asked.engine, where=where)


def _figures(word: str, given: Path | None) -> Path:
    """The figures file that is meant. Raises InputError."""
    return beside(word, "figures.yaml", "--figures") if given is None else given


# --- what is printed --------------------------------------------------------------------------------------------------


def _inferred(found: Inferred, given: Figures, out: str | None) -> str:
    from sousveil.unknowns.learnt import in_words, learnt, predictions, quality, trade_offs

    study, foretold = found.study, predictions(found)
    head = (f"{study.name}: {plural(len(given.figures), 'figure')} about {given.about.population:,} people; "
            f"{len(found.seen.unit) + len(found.drawn.unit):,} runs over {study.steps:,} {study.scheme.step}s, engine "
            f"{found.engine}")
    strained = [p for p in foretold if p.strained]
    blocks = [wrapped(head), wrapped(in_words(found.conflict, found.evidence.names, strained)),
              *(["What follows is what would be left if they were all true."] if found.conflict.there else []),
              "WHAT WAS LEARNT (95 % of the draws)\n" + _rows(
                  [("", "before", "after", "narrower by"),
                   *((r.name, _span(*r.before), _span(r.low, r.high), f"{r.narrower:.0%}") for r in learnt(found))])]
    pairs = trade_offs(found)
    if pairs:
        title = wrapped("WHAT TRADES OFF (rank correlation: the figures tell two together more surely than each)")
        blocks.append(title + "\n" + _rows(
            [(f"{p.one} and {p.other}", f"{p.correlation:+.2f}") for p in pairs]))
    blocks.append("THE FIGURES (95 % of what could have been published)\n" + _rows(
        [("", "published", "from the ranges", "from all figures", "from the others"),
         *((p.name, _published(p.value, p.between), _span(p.prior[0], p.prior[2]),
            _span(p.posterior[0], p.posterior[2]), "" if p.others is None else _span(p.others[0], p.others[2]))
           for p in foretold)]))
    blocks.append("HOW NEAR THE EMULATORS ARE (to runs at the draws, which they had not seen)\n" + _rows(
        [("", "error", "within their 95 %"),
         *((q.name, f"{q.error:.2%}", f"{round(q.within * q.runs)} of {q.runs}") for q in quality(found))]))
    return "\n\n".join([*blocks, wrapped(_notes(found, given)), *_failed(found), *_written(out)])


def _notes(found: Inferred, given: Figures) -> str:
    notes = [f"Each figure may be off by a relative standard deviation of {given.discrepancy:.0%}, for what the model "
             "leaves out" + (", or as its own line says." if any(f.discrepancy is not None for f in
                                                                given.figures.values()) else "."),
             f"{len(found.posterior.draws):,} draws, worth {found.posterior.effective:,.0f} independent ones."]
    if found.checked is not None:
        notes.append(_checked(found))
    notes.append("This is what is left of the ranges that were assumed, if the rules are as they are written down; no "
                 "single value is found.")
    return "\n".join(notes)


def _checked(found: Inferred) -> str:
    assert found.checked is not None
    spread = found.checked.draws.std(axis=0)
    off = abs(found.posterior.draws.mean(axis=0) - found.checked.draws.mean(axis=0)) / spread
    many = len(found.checked.draws)
    return (f"Checked on the engine with {found.checked.calls:,} runs: the means of {many} draws differ "
            f"by at most {off.max():.2f} standard deviations.")


def _told(found: Asked, out: str | None) -> str:
    from sousveil.reports.requests import LITTLE, asked_for, spread

    rows: list[tuple[str, ...]] = [("", "would take away", "")]
    rows += [(asked_for(n, found.study), f"{n.share:.0%}", f"({n.low:.0%} to {n.high:.0%})") for n in found.numbers
             if n.share >= LITTLE]
    silent = sum(n.share < LITTLE for n in found.numbers)
    over = "draws from what the figures leave" if found.posterior else "points of the ranges"
    lines = [wrapped(f"{found.study.name}: {spread(found)}"),
             wrapped(f"WHAT TO ASK FOR (share of the variance that would go, were it published within "
                     f"{found.within:.0%}; 95 % intervals over {found.points:,} {over})") + "\n" + _rows(rows)]
    if silent:
        lines.append(f"{plural(silent, 'other number')} would take away less than {LITTLE:.0%} each.")
    if out is not None:
        lines.append(wrapped(
            "The letters are drafts: for documents that exist, to an authority under Article 77 of the AI Act, and for "
            "a reply before publication. Answers go into answers.yaml; then infer again."))
    return "\n\n".join([*lines, *_written(out)])


def _data(found: Inferred, out: str | None) -> dict[str, Any]:
    from sousveil.unknowns.learnt import in_words, learnt, predictions, quality, trade_offs

    foretold = predictions(found)
    apart = found.conflict
    return {
        "study": found.study.name, "engine": found.engine, "runs": len(found.seen.unit) + len(found.drawn.unit),
        "conflict": {"there": apart.there, "nearest": apart.nearest, "chance": apart.chance, "alone": list(apart.alone),
                     "without": [list(s) for s in apart.without],
                     "words": in_words(apart, found.evidence.names, [p for p in foretold if p.strained])},
        "posterior": [asdict(r) for r in learnt(found)], "trade-offs": [asdict(t) for t in trade_offs(found)],
        "figures": [{**asdict(p), "between": [None if math.isinf(x) else x for x in p.between],
                     "tail": None if math.isnan(p.tail) else p.tail} for p in foretold],
        "emulators": [asdict(q) for q in quality(found)], "draws": len(found.posterior.draws),
        "effective draws": found.posterior.effective,
        "check": None if found.checked is None else {"runs": found.checked.calls, "words": _checked(found)},
        "held": dict(found.held), "failed": dict(found.failed), "out": out}


def _rows(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("  " + line for line in aligned(rows).splitlines())


def _span(low: float, high: float) -> str:
    return f"{_number(low)} to {_number(high)}"


def _published(value: float, between: tuple[float, float]) -> str:
    low, high = between
    if math.isinf(high):
        return f"over {_number(value)}"
    if math.isinf(low):
        return f"under {_number(value)}"
    return _number(value) if low == high else f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    """Three digits that count."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    plain = float(f"{value:.3g}")
    return f"{plain:,.0f}" if abs(plain) >= 100 else f"{plain:.3g}"


def _failed(found: Inferred) -> list[str]:
    if not found.failed:
        return []
    told = (f"  {name}: {why}" for name, why in found.failed.items())
    return ["\n".join([f"{plural(len(found.failed), 'run')} failed:", *told])]


def _written(out: str | None) -> list[str]:
    return [] if out is None else [f"Written to {out}"]
