"""Questions about what is not published: both ends of a harm, what figures say, and which number to ask for.

Each answer carries its offline report along: to make it again would cost as much as the answer.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sousveil
from sousveil.app import pieces
from sousveil.app.question import POINTS, WITHIN, Question
from sousveil.errors import InputError, Problem

if TYPE_CHECKING:
    from sousveil.page.report import Report
    from sousveil.studies.study import Study

__all__ = ["asked_for", "both_ends", "told"]

Answer = dict[str, Any]

FIGURES = "figures.yaml"


def both_ends(world: Study, asked: Question, command: str) -> Answer:
    """The least and the most that a harm was found to be."""
    from sousveil.comparisons.objective import objective
    from sousveil.comparisons.tables import record
    from sousveil.reports.extremes import report
    from sousveil.runs import provenance
    from sousveil.runs.settings import settings
    from sousveil.unknowns.extremes import extremes

    since = provenance.clock()
    sized = settings(people=asked.people, steps=asked.steps, seed=asked.seed)
    read, wanted = objective(sized.sized(world), asked.harm, asked.group or None)
    found = extremes(read, wanted, points=POINTS["extremes"])
    kept = record("extremes", [read], since, harm=asked.harm, points=POINTS["extremes"], engine=found.engine)
    places = [{"end": end, "unknown": name, "at": x} for end, one in (("least", found.least), ("most", found.most))
              for name, x in one.at.items()]
    return {**_of(report(found, kept), command), "engine": found.engine, "people": read.people, "steps": read.steps,
            "seed": str(read.seed), "measures": found.measures().plain(), "places": places}


def told(world: Study, asked: Question, own: str, command: str) -> Answer:
    """What published figures say: those of the address, or else those of the entry. Raises InputError, BoundaryError.

    own   the text of the figures that lie beside the study, or ''
    """
    from sousveil.comparisons.tables import record
    from sousveil.reports.infer import report
    from sousveil.runs import provenance
    from sousveil.runs.settings import settings
    from sousveil.unknowns.learnt import learnt, predictions
    from sousveil.unknowns.published import read

    text = asked.figures or own
    if not text.strip():
        raise InputError("no figures lie beside this study: write some into the field")
    since = provenance.clock()
    there = settings(people=asked.people, steps=asked.steps, seed=asked.seed).sized(world)
    with tempfile.TemporaryDirectory(prefix="sousveil-figures-") as held:
        path = Path(held) / FIGURES
        path.write_text(text, encoding="utf-8")
        try:
            given = read(path, there)
        except InputError as error:
            raise InputError([Problem(FIGURES if p.file else "", p.line, p.column, p.message)
                              for p in error.problems]) from None
    found = sousveil.infer(there, given, points=POINTS["infer"])
    kept = record("infer", [there], since, figures=provenance.digest(given.model_dump_json().encode()),
                  points=found.spread, check=False, engine=found.engine, failed=dict(found.failed))
    return {**_of(report(found, kept), command), "engine": found.engine, "people": there.people, "steps": there.steps,
            "seed": str(there.seed), "measures": [asdict(row) | {"before": f"{row.before[0]:g} to {row.before[1]:g}"}
                                                  for row in learnt(found)],
            "foretold": [{"name": p.name, "value": p.value, "low": p.posterior[0], "high": p.posterior[2]}
                         for p in predictions(found)]}


def asked_for(world: Study, asked: Question, command: str) -> Answer:
    """Which number, were it published, would take most off what is uncertain; and letters that ask for it."""
    from sousveil.comparisons.tables import record
    from sousveil.reports.ask import report
    from sousveil.reports.requests import letters, stub
    from sousveil.runs import provenance

    since = provenance.clock()
    found = sousveil.ask(world, asked.harm, group=asked.group or None, points=POINTS["ask"], within=WITHIN,
                         people=asked.people, steps=asked.steps, seed=asked.seed)
    kept = record("ask", [found.study], since, harm=asked.harm, within=WITHIN, points=found.points,
                  engine=found.engine, failed=dict(found.failed))
    return {**_of(report(found, kept), command), "engine": found.engine, "people": found.study.people,
            "steps": found.study.steps, "seed": str(found.study.seed), "letters": letters(found),
            "answers": stub(found), "measures": [
                {"number": n.name, "share": n.share, "low": n.low, "high": n.high, "points": n.told}
                for n in found.numbers]}


def _of(made: Report, command: str) -> Answer:
    """What every answer has: the headline, its figures, the sections without those that the page says itself."""
    sections, charts = pieces.sections(made.page, leave=pieces.LEFT)
    return {"stage": "whole", "headline": made.page.title, "lead": made.page.lead, "seeds": 1, "sections": sections,
            "charts": charts, "figures": pieces.key_figures(made.page), "html": pieces.repeated(made, command)}
