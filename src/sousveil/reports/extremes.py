"""The report of extremes: the least and the most that a harm was found to be, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.page import words
from sousveil.page.page import Cell, KeyFigure, Page, Prose, Row, Section, Table
from sousveil.page.report import Report
from sousveil.reports.again import sections
from sousveil.reports.run.limits import spelled
from sousveil.reports.shared import foot, horizon, in_words_of, limits, quantity, status
from sousveil.runs.stored import document

if TYPE_CHECKING:
    from sousveil.unknowns.extremes import Extreme, Extremes

__all__ = ["report"]

_NOT_PROVED = "Both ends were found by search. That is no proof: values within the ranges may give less, or more."


@in_words_of(lambda found: found.study)
def report(found: Extremes, record: Mapping[str, Any]) -> Report:
    """The report of a search for both ends of a harm."""
    study, objective = found.study, found.objective
    least, most = _said(found, found.least.value), _said(found, found.most.value)
    title = f"Within the ranges, the {objective.words} was found as low as {least} and as high as {most}"
    rows: list[Row] = [(spelled(name, study.scheme), _place(x, name in found.least.ends),
                        _place(found.most.at[name], name in found.most.ends)) for name, x in found.least.at.items()]
    table = Table(("not published", "where least was found", "where most was found"), tuple(rows))
    key = [KeyFigure(least, "", "least found", _ends(found, found.least)),
           KeyFigure(most, "", "most found", _ends(found, found.most))]
    if found.value is not None:
        key.insert(1, KeyFigure(_said(found, found.value), "", "with every guess of the study", ""))
    lead = (f"{words.plural(len(found.least.at), 'thing')} that nobody has published, each within its range, over "
            f"{words.number(found.runs)} runs for {horizon(study)}.")
    return Report(Page(
        kicker=f"{study.name} · both ends of a harm · {status(study)}", title=title, lead=lead, figures=tuple(key),
        sections=(Section("Where they lie", "The values at which the ends were found", (
            Prose(f"{_NOT_PROVED} A value that stands at an end of its range says that the range decides."), table)),
            limits(study, _NOT_PROVED),
            *sections(study, record, (("engine", found.engine), ("runs", str(found.runs))), document(study))),
        provenance=foot(study, f"{found.runs} runs", f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier")))


def _said(found: Extremes, value: float) -> str:
    return quantity(value, found.objective.unit, found.objective.reference)


def _ends(found: Extremes, end: Extreme) -> str:
    if end.low is None or end.high is None:
        return "exact: no chance enters" if found.engine == "exact" else ""
    return f"{_said(found, end.low)} to {_said(found, end.high)}, 95% over draws"


def _place(x: float | str, at_end: bool) -> Cell | str:
    return x if isinstance(x, str) else Cell(f"{words.short(x)}{', an end of its range' if at_end else ''}", x)
