"""The sections of a run's report after harms and rules: what nobody knows, what this cannot tell, how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.ground import called
from sousveil.measures.measure import Measure
from sousveil.page import words
from sousveil.page.page import Cell, Mark, Prose, Section, Table
from sousveil.reports.again import FILE, cite, record_of, typed
from sousveil.reports.again import again as section
from sousveil.reports.run import sentences
from sousveil.reports.run.context import Context
from sousveil.runs.stored import document

if TYPE_CHECKING:
    from sousveil.studies.fill import Filled
    from sousveil.studies.scheme import Scheme
    from sousveil.studies.study import Study

__all__ = ["again", "assumed", "cited", "guesses", "limits", "provenance", "unknown"]

_SILENT = ("channels", "signals", "consequences", "conduct", "value", "population", "score", "tiers")
"""Steps of a path that say nothing to a reader."""


def unknown(context: Context) -> Section:
    """What nobody has published, and what was put in its place."""
    study = context.run.study
    rows = tuple((spelled(f.path, study.scheme), Cell(_value(f.value.plain()), str(f.value.plain())), _range(f),
                  Mark(f.mark), f.source) for f in study.filled)
    chilling = tuple((f"how strongly people hold back ({name})", Cell(_value(a.value.plain()), str(a.value.plain())),
                      _range(a), Mark(a.mark), a.source) for name, a in study.assumptions.chilling.items())
    rows += chilling
    text = ("These numbers are not published. Each was chosen within a range in which it may lie. Another choice gives "
            "another result. `sousveil sensitivity` shows which of them decide it.")
    if not rows:
        text = "Every number that the run needed is in the scheme or the population."
        return Section(words.LABELS["unknown"], sentences.unknowns(0), (Prose(text),), id="unknown")
    guessed = guesses(study)
    table = Table(("number", "value", "may lie in", "known how", "source"), rows)
    return Section(words.LABELS["unknown"], sentences.unknowns(guessed, len(rows) - guessed), (Prose(text), table),
                   id="unknown")


def assumed(study: Study) -> bool:
    """Whether anything that decides the result is not published and was put in by the analyst."""
    return bool(study.filled or study.assumptions.chilling or study.assumptions.choices)


def guesses(study: Study) -> int:
    """How many numbers that decide the result are guesses, wherever the page counts them."""
    marks = [*(f.mark for f in study.filled), *(a.mark for a in study.assumptions.chilling.values())]
    return marks.count("assumed")


def _value(plain: Any) -> str:
    if isinstance(plain, int | float):
        return words.number(plain)
    if isinstance(plain, dict):
        return ", ".join(f"{key} {_value(value)}" for key, value in plain.items())
    return str(plain)


def _range(filled: Filled | Any) -> str:
    if filled.range is None:
        return "–"
    low, high = filled.range
    return f"{words.number(low)} to {words.number(high)}".replace(" ", "\u00a0")


def spelled(path: str, scheme: Scheme) -> str:
    """A path of a file as a reader says it: `channels.camera.coverage.district.north` is `camera coverage, north`."""
    if path.startswith("assumptions."):
        path = path.removeprefix("assumptions.").removeprefix("fill.").removesuffix(".value")
    steps = path.split(".")
    if steps[0] == "consequences" and len(steps) > 3 and steps[2].isdigit():
        rights = scheme.consequences.get(steps[1], ())
        right = rights[int(steps[2])].right if int(steps[2]) < len(rights) else ""
        other = " ".join(steps[3:]).replace("conduct ", "effect on ")
        money = called.money("money")
        what = {"income": "income that is left", "gain": f"{money} gained", "loss": f"{money} lost",
                "scrutiny": "times as closely watched"}.get(steps[3], other)
        return f"{called.tier(steps[1])}, {right}: {what}"
    if steps[:2] == ["population", "groups"] and len(steps) == 3:
        return f"share of people in {words.of_group(steps[2])}"
    kept = [s for s in steps if s not in _SILENT]
    if kept[:1] == ["releases"]:
        kept[:2] = ["chance of", f"“{kept[1]}”"]
    at = next((i for i, s in enumerate(kept) if i >= 2 and i % 2 == 0 and i + 1 < len(kept)), len(kept))
    labels = [words.of_group(kept[i + 1]) if kept[i] == "group" else called.name(kept[i], kept[i + 1])
              for i in range(at, len(kept) - 1, 2)]
    return ", ".join([" ".join(kept[:at]), *labels])


def hangs_on(m: Measure, scheme: Scheme) -> str:
    """What is not published and moves a number most, as a reader says it; '' where that was not computed."""
    if m.width is None or not m.width.hangs_on:
        return ""
    name, share = m.width.hangs_on[0]
    return f"{spelled(name, scheme)} ({words.percent(share)} of the spread)"


def _cut(context: Context) -> tuple[str, ...]:
    """What is left of how unlike people are, once it is cut into classes."""
    from sousveil.engine.cells import left

    found = left(context.run.study.population.frailty)
    if found is None:
        return ()
    spread, top, uncut = (words.percent(x, 1) for x in (found.spread, found.top, found.law_top))
    return (f"How inclined people are to act differs. Here it is cut into {found.classes} classes, which keep {spread} "
            f"of its variance. The most inclined 1 in 100 do {top} of all acts; uncut it would be {uncut}.",)


def limits(context: Context) -> Section:
    """What a simulation of a scheme cannot tell."""
    status = {"claimed": "The rules are claims of a press article or a witness. No published rulebook was found.",
              "invented": "The rules were made up for illustration.",
              "documented": "The rules are documented; how they are applied may differ."
              }[context.run.study.scheme.status]
    silent = () if context.run.study.assumptions.chilling else (words.NOT_CHILLED,)
    silent = (*silent, *_cut(context))
    return Section(words.LABELS["limits"], "It shows what these rules do to made-up people, and no more",
                   (Prose("\n\n".join((status, *words.LIMITS, *silent))),), id="limits")


def again(context: Context) -> Section:
    """How to run it again, and how to prove that it is the same."""
    run = context.run
    replicates = len(run.traces) if len(run.traces) > 1 else None
    alone = typed("sousveil", "run", FILE, "--engine", run.engine, ("--replicates", replicates),
                  "--points", run.record.get("result", {}).get("points", 0), "-o", "again/")
    engine = f"{run.engine} ({run.reason})" if run.reason else run.engine
    return section(run.study, _record(context), (("engine", engine),), document(run.study),
                   f"{alone}\nsousveil verify again/")


def cited(context: Context) -> Section:
    """How to cite it."""
    return cite(_record(context))


def _record(context: Context) -> Mapping[str, Any]:
    return context.run.record or record_of(context.run.study, "")


def provenance(context: Context) -> tuple[str, ...]:
    """The line at the foot."""
    study, facts = context.run.study, context.run.record.get("result", {})
    hashes = tuple(f"{name} {digest[:4]}…{digest[-2:]}" for name, digest in facts.get("inputs", {}).items())
    version = (f"sousveil {facts['sousveil']}",) if "sousveil" in facts else ()
    return (study.name, *((study.label,) if study.label else ()), *hashes, f"seed {study.seed}",
            f"{context.run.engine} engine",
            f"{words.number(study.people)} people × {words.plural(study.steps, study.scheme.step)}",
            *version, "synthetic people only")
