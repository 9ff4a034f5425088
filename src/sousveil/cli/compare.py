"""`diff`, `compare`, `why`: what a reform changes in the rules, what that changes in the harm, and why a gap exists."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import sousveil
from sousveil.cli.measures import blocks
from sousveil.cli.options import Out, StudyWord
from sousveil.cli.output import Answer, aligned, plural, told, wrapped
from sousveil.cli.settings import Assumes, Gap, Here, Places, Reformed, Reforms, Seeds, Sets, assuming, reformed
from sousveil.cli.unknowns import OnRequest, Unknowns, beyond_told, widths_told
from sousveil.comparisons.idle import idle
from sousveil.page import words
from sousveil.reports.compare import alike, clear, findings, looked_at, saved, strongest, too_few
from sousveil.reports.saved import write
from sousveil.reports.shared import in_words_of
from sousveil.runs import folder, provenance
from sousveil.runs.settings import cores
from sousveil.unknowns.causes import widen_why
from sousveil.unknowns.worlds import budget

if TYPE_CHECKING:
    from sousveil.comparisons.pair import Comparison
    from sousveil.comparisons.why import Why
    from sousveil.measures.measures import Measures

__all__ = ["compare", "diff", "why"]


def diff(study: StudyWord, other: str | None = None, /, *, reform: Reforms | None = None, set_: Sets | None = None
         ) -> Answer:
    """List every rule, rate and assumption in which two studies differ.

    Parameters
    ----------
    other
        Another study; the same, unless given.
    reform
        A reform of the other study, by name; may be given again.
    set_
        path=value, something to change in the other study; may be given again.
    """
    before = sousveil.study(study)
    after = reformed(before if other is None else sousveil.study(other), reform, set_)
    changes = before.changes(after)
    rows = [("path", "before", "after", "source"), *((c.path, _said(c.before), _said(c.after), c.cite)
                                                    for c in before.changes_in_words(after))]
    text = aligned(rows) if changes else "no difference"
    if any("…" in row[i] for row in rows for i in (1, 2)):
        text += "\n\nLong values are cut here; --json has them whole."
    return Answer(text, {"before": before.name, "after": after.label or after.name,
                         "changes": [asdict(c) for c in changes]})


def compare(study: StudyWord, other: str | None = None, /, *, unknowns: Unknowns = Unknowns(),
            reform: Reforms | None = None, set_: Sets | None = None,
            together: Annotated[bool, Parameter(negative=())] = False, assume: Assumes | None = None,
            seeds: Seeds = 20, asked: Here = Here(), at: Places = Places(), out: Out | None = None) -> Answer:
    """Carry a study and its reforms with the same random draws, and measure what the reforms change.

    Parameters
    ----------
    other
        Another study to compare the first with; the first is the baseline.
    reform
        A reform of the study, by name; may be given again: each is a world of its own.
    set_
        path=value, something to change; may be given again: all of them make one reform.
    together
        Make all of these reforms and settings in one world, one after the other.
    assume
        path=value, a number to take in every world in place of what the assumptions say there; may be given again.
    """
    held = None if out is None else folder.claim(out)
    since = provenance.clock()
    base = assuming(sousveil.study(study), assume)
    worlds = [assuming(sousveil.study(other), assume)] if other is not None else []
    if together:
        worlds += [reformed(base, reform, set_)] if reform or set_ else []
    else:
        worlds += [base.reform(name) for name in reform or ()]
        worlds += [reformed(base, None, set_)] if set_ else []
    points, where = unknowns.count(), at.place()
    found = sousveil.compare(base, worlds, seeds=seeds, **asked.given)
    points = points if unknowns.points is not None else min(points, budget(1 + len(worlds)))
    found = unknowns.widened(found, out, points, where)
    if held is not None:
        write(found, held, since)
        unknowns.clear(out)
    data = {"engine": found.engine, "reason": found.reason, "seeds": list(found.seeds),
            "worlds": [{"reform": w.name, "changes": [asdict(c) for c in found.baseline.study.changes(w.study)],
                        "differences": found.differences(w).plain()} for w in found.reforms],
            "moved": [asdict(row) for row in found.moved()],
            "savings": [s.plain() | {"times": _finite(s.times)} for s in found.savings()],
            "out": None if out is None else provenance.as_named(out)}
    return Answer("\n\n".join([told(findings(found)), _header(found), *_worlds(found), *_written(out)]), data)


def why(study: StudyWord, /, *, gap: Gap = Gap(), unknowns: OnRequest = OnRequest(), first: Reformed = Reformed(),
        seeds: Seeds = 5, asked: Here = Here(), out: Out | None = None) -> Answer:
    """Split the gap between two groups among six causes: 64 worlds with the same random draws, with or without each."""
    from sousveil.comparisons.twins import of_why
    from sousveil.reports.why import quotable

    held = None if out is None else folder.claim(out)
    since = provenance.clock()
    read = first.of(study)
    points = unknowns.count()
    found = sousveil.why(read, gap.harm, gap.pair, seeds=seeds, **asked.given)  # type: ignore[arg-type]
    if points:
        found = widen_why(found, points, shelf=unknowns.kept(out), threads=asked.threads or cores())
    lower = of_why(found, asked.threads)
    if held is not None:
        write(found, held, since, twins=lower)
        unknowns.clear(out)
    text = [wrapped(quotable(found)),
            wrapped(f"{read.name}: {words.synthetic(found.study.people)}, "
                    f"{plural(found.study.steps, read.scheme.step)}; engine {found.engine}"),
            *(map(wrapped, widths_told(found.widths, read)) if points else ()),
            *_causes(found, lower)]
    data = {"harm": found.harm, "group": found.group, "reference": found.reference, "engine": found.engine,
            "sentence": quotable(found), "causes": found.measures().plain(),
            "pairs": found.pairs().plain(), "twins": lower.plain(),
            "out": None if out is None else provenance.as_named(out)}
    return Answer("\n\n".join([*text, *_written(out)]), data)


@in_words_of(lambda found: found.study)
def _causes(found: Why, lower: Measures) -> list[str]:
    return [blocks([*found.measures(), *found.pairs()[:3]], between_worlds=True), blocks(lower)]


@in_words_of(lambda found: found.baseline.study)
def _header(found: Comparison) -> str:
    study = found.baseline.study
    return wrapped("\n".join([
        f"{study.name}: {plural(1 + len(found.reforms), 'world')} with the same random draws, "
        f"{words.synthetic(study.people)}, {plural(study.steps, study.scheme.step)}, "
        f"{plural(len(found.seeds), 'seed')}",
        f"Engine {found.engine} ({found.reason})", *widths_told(found.baseline.widths, study)]))


@in_words_of(lambda found: found.baseline.study)
def _worlds(found: Comparison) -> list[str]:
    texts = []
    for world in found.reforms:
        changes = found.baseline.study.changes_in_words(world.study)
        rules = aligned([(f"  {c.path}", f"{_said(c.before)} -> {_said(c.after)}") for c in changes])
        texts.append(f"UNDER {world.name}, MINUS THE BASELINE\n{rules}" if changes else
                     f"UNDER {world.name}: no rule differs")
        every, named, same = looked_at(found, world), clear(found, world), alike(found, world)
        texts.append(blocks([*named, *same], between_worlds=True) if named or same else
                     f"  No number clearly differs{too_few(found)}.")
        texts += map(wrapped, beyond_told(named))
        if not named and not same:
            texts += [wrapped(f"{reason}.") for reason in idle(found.baseline.study, world.study)]
        texts.append(wrapped(f"Of {len(every)} numbers, {len(named)} differ"
                             f"{'' if found.engine == 'exact' else ' by more than chance, looked at all at once'}"
                             f"{f', {len(same)} by the same in every run' if same else ''}; "
                             "--json and -o have them all."))
    saving = saved(found, strongest(found))
    return [*texts, *([wrapped(saving + ".")] if saving else [])]


LONGEST = 60
"""How many characters of a value stand in a table: one long list would push all other columns off the screen."""


def _said(value: Any) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


def _finite(times: float) -> float | None:
    """JSON has no infinity: None says that the paired difference did not vary at all."""
    return None if times == float("inf") else times


def _written(out: Path | None) -> list[str]:
    return [] if out is None else [f"Written to {provenance.as_named(out)}"]
