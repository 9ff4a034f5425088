"""The report of a run: one page, findings first, then every harm, the rules, and what is not known.

    report(run).save("report.html")
    findings(run)                       the three strongest findings, as sentences
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import burdens, closing, rules, sections, words
from .findings import found, key_figures
from .given import Given
from .page import Page, Report, Section

if TYPE_CHECKING:
    from sousveil.run import Run

__all__ = ["findings", "report"]

_TERMS = ("bottom tier", "group", "interval", "median", "restricted mean", "spurious record", "synthetic people",
          "tier", "wrongful debit")


def report(run: Run) -> Report:
    """The report of a run, ready to be saved. Nothing is computed anew but the measures of the run."""
    given = Given(run, tuple(run.measures()))
    return Report(_page(given))


def findings(run: Run) -> list[str]:
    """The three strongest findings of a run as sentences, strongest first."""
    return _sentences(Given(run, tuple(run.measures())))


def _sentences(given: Given) -> list[str]:
    return [words.joined([f.sentence]) for f in found(given)[:3]]


def _page(given: Given) -> Page:
    study = given.run.study
    strongest = found(given)
    title = strongest[0].sentence if strongest else sections.tier_heading(given)
    return Page(kicker=f"{study.name}{f' with {study.label}' if study.label else ''} · {_status(given)}", title=title,
                lead=_lead(given), figures=key_figures(given), sections=_sections(given),
                provenance=closing.provenance(given), terms=words.terms(*_terms(given)))


def _status(given: Given) -> str:
    return {"claimed": "claimed, not a published rulebook", "documented": "documented rules",
            "invented": "an invented scheme"}[given.run.study.scheme.status]


def _lead(given: Given) -> str:
    study = given.run.study
    about = study.scheme.about.strip()
    runs = len(given.run.traces)
    how = "Worked out without chance for" if given.run.engine == "exact" else "Run on"
    ran = (f"{how} {words.number(study.people)} synthetic people over {given.horizon}"
           f"{f', {words.counted(runs)} times with other luck' if runs > 1 else ''}")
    said = sections.after(given)
    return words.joined([about, ran, said])


def _sections(given: Given) -> tuple[Section, ...]:
    made = (sections.tiers(given), sections.wrongful(given), sections.trap(given), burdens.rights(given),
            burdens.chilling(given), burdens.income(given), rules.scheme(given), closing.unknown(given),
            closing.limits(given), closing.again(given))
    return tuple(s for s in made if s is not None)


def _terms(given: Given) -> tuple[str, ...]:
    scheme = given.run.study.scheme
    more = [("ceiling", bool(scheme.ceilings)), ("kin", bool(scheme.kin)), ("decay", True), ("channel", True),
            ("coverage", True), ("redress", True), ("chilling", bool(given.run.study.assumptions.chilling))]
    return (*_TERMS, *(name for name, used in more if used))
