"""The report of a run: one page, findings first, then every harm, the rules, and what is not known.

    report(run).save("report.html")
    findings(run)                       the three strongest findings, as sentences
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sousveil.ground import called
from sousveil.page import words
from sousveil.page.page import KeyFigure, Page, Section
from sousveil.page.report import Report
from sousveil.page.widths import outside
from sousveil.reports.run import burdens, limits, page_one, places, put_in, reforms, rules, sections, truth
from sousveil.reports.run.context import Context
from sousveil.reports.run.findings import found, headline, key_figures
from sousveil.reports.shared import SUPPORTS, source, status
from sousveil.studies.shown import names_of

if TYPE_CHECKING:
    from sousveil.runs.run import Run

__all__ = ["at_the_top", "findings", "key_numbers", "report"]

_TERMS = ("bottom tier", "group", "interval", "median", "restricted mean", "spurious record", "synthetic people",
          "tier", "wrongful debit")


def report(run: Run) -> Report:
    """The report of a run, ready to be saved. No number is computed anew."""
    with called.by(names_of(run.study)):
        return Report(_page(Context(run)))


def findings(run: Run) -> list[str]:
    """The three strongest findings of a run as sentences, strongest first."""
    with called.by(names_of(run.study)):
        return _sentences(Context(run))


def key_numbers(run: Run) -> list[str]:
    """The three numbers of a run that its page begins with, each with both widths: over chance, and over what is not
    published where points of that were drawn."""
    with called.by(names_of(run.study)):
        return [_number(figure) for figure in key_figures(Context(run))]


def _number(figure: KeyFigure) -> str:
    unit = f" {figure.unit}" if figure.unit else ""
    second = "" if (m := figure.measure) is None or (width := m.width) is None or (
        width.least is None or width.most is None) else (
        f"; over what is not published {words.span(width.least, width.most, m.unit)}")
    if second and m is not None and (why := outside(m)):
        second += f"; {why[:1].lower()}{why[1:]}"
    return f"{figure.value}{unit} {figure.what} ({figure.interval}{second})"


def at_the_top(run: Run) -> str:
    """What stands over the page where there is no finding: why there is none, or that no difference is clear."""
    with called.by(names_of(run.study)):
        return sections.tier_heading(Context(run))


def _sentences(context: Context) -> list[str]:
    strongest = found(context)[:3]
    return [words.joined([headline(context, f) if i == 0 else f.sentence]) for i, f in enumerate(strongest)]


def _page(context: Context) -> Page:
    study = context.run.study
    strongest = found(context)
    title = headline(context, strongest[0]) if strongest else sections.tier_heading(context)
    return Page(kicker=f"{study.name}{f' with {study.label}' if study.label else ''} · {_status(context)}", title=title,
                lead=_lead(context), figures=_figures(context), sections=_sections(context),
                provenance=limits.provenance(context), terms=words.terms(*_terms(context)),
                evidence=page_one.evidence(context, strongest[0] if strongest else None),
                people=page_one.people(context), supports=SUPPORTS,
                source=source(study))


def _figures(context: Context) -> tuple[KeyFigure, ...]:
    return tuple(replace(f, given=not limits.assumed(context.run.study)) for f in key_figures(context))


def _status(context: Context) -> str:
    strongest = found(context)
    contradicted = " · rests on a rule that another source contradicts"
    return status(context.run.study) + (contradicted if strongest and strongest[0].mark == "contradicted" else "")


def _lead(context: Context) -> str:
    study = context.run.study
    about = study.scheme.about.strip()
    runs = len(context.run.traces)
    how = "Worked out without chance for" if context.run.engine == "exact" else "Run on"
    ran = (f"{how} {words.synthetic(study.people)} over {context.horizon}"
           f"{f', {words.counted(runs)} times with other random draws' if runs > 1 else ''}")
    said = sections.after(context)
    return words.joined([about, ran, said])


def _sections(context: Context) -> tuple[Section, ...]:
    made: dict[str, Callable[[Context], Section | None]] = {
        "tiers": sections.tiers, "wrongful": sections.wrongful, "trap": sections.trap, "rights": burdens.rights,
        "chilling": burdens.chilling, "income": burdens.income, "places": places.places, "truth": truth.truth,
        "domains": truth.domains, "reforms": reforms.reforms,
        "inputs": put_in.put_in, "scheme": rules.scheme, "unknown": limits.unknown, "limits": limits.limits,
        "again": limits.again, "cite": limits.cited}
    return tuple(replace(s, id=name) for name, make in made.items() if (s := make(context)) is not None)


def _terms(context: Context) -> tuple[str, ...]:
    scheme = context.run.study.scheme
    more = [("ceiling", bool(scheme.ceilings)), ("kin", bool(scheme.kin)), ("decay", True), ("channel", True),
            ("coverage", True), ("redress", True), ("chilling", bool(context.run.study.assumptions.chilling))]
    return (*_TERMS, *(name for name, used in more if used))
