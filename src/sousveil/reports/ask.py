"""The report of which numbers should be published: the ranked list, and the letters that ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.page import figures, words
from sousveil.page.page import Cell, Chart, Code, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports.again import sections as ending
from sousveil.reports.requests import KINDS, LITTLE, asked_for, letters, spread, stub
from sousveil.reports.shared import foot, horizon, in_words_of, limits, status
from sousveil.studies.study import whole_text

if TYPE_CHECKING:
    from sousveil.unknowns.ask import Asked

__all__ = ["report"]

MOST = 12
"""Bars in the picture; the table under it has all numbers."""

_TITLES = {"information": "For documents that exist, under freedom of information",
           "authority": "By an authority under Article 77 of the AI Act",
           "reply": "To the body itself, for a reply before publication"}


@in_words_of(lambda found: found.study)
def report(found: Asked, record: Mapping[str, Any]) -> Report:
    """The report, ready to be saved; `record` is that of the result."""
    study = found.study
    best = [n for n in found.numbers if n.share >= LITTLE]
    title = "No number that could be published would tell much about this harm by itself" if not best else \
        (f"{words.percent(best[0].share)} of what is uncertain would go if one number were published: "
         f"{asked_for(best[0], study)}")
    items = [figures.Interval(words.sentence(asked_for(n, study)), n.share, n.low, n.high) for n in best[:MOST]]
    table = Table(("number", "would take away", "from", "to", "points"), tuple(
        (asked_for(n, study), *(Cell(words.percent(x), x) for x in (n.share, n.low, n.high)), n.told)
        for n in found.numbers))
    blocks = (Chart(*figures.bars(items, "share of the variance", words.percent), csv="numbers.csv", table=table,
                    title=f"How much of the variance of the {found.objective.words} would go if a number were "
                          f"published within {words.percent(found.within)}",
                    alt=words.joined([f"{i.label}: {words.percent(i.value)}" for i in items[:5]])),
              ) if items else (table,)
    written = letters(found)
    sections = [Section("What to ask for", title, blocks)]
    if written:
        sections.append(Section("Letters", "Drafts to be sent: counts only, and existing documents first", tuple(
            block for kind in KINDS for block in (Prose(_TITLES[kind]), Code(written[kind])))))
        sections.append(Section("When an answer comes", "Enter it as a figure, and run the study again", (
            Prose("Each answer has a line here: put the number in the place of the dots, and its source behind cite."),
            Code(stub(found)))))
    over = "draws from what published figures leave" if found.posterior else "points of the assumed ranges"
    return Report(Page(
        kicker=f"{study.name} · which number they must publish · {status(study)}", title=title,
        lead=f"{spread(found)} {words.sentence(words.number(found.points))} {over}, each a run over {horizon(study)}.",
        figures=tuple(KeyFigure(words.percent(n.share), "of the variance", asked_for(n, study),
                                f"{words.percent(n.low)} to {words.percent(n.high)}") for n in best[:3]),
        sections=(*sections, limits(study, "The shares belong to these ranges and these rules, and to one number at a "
                                    "time: two numbers may tell the same."),
                  *ending(study, record, (("engine", found.engine), ("points", str(found.points))),
                          whole_text(study))),
        provenance=foot(study, found.objective.harm, f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier")))
