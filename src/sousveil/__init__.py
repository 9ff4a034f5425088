"""sousveil: a wind tunnel for scoring-and-surveillance schemes, built for the people such schemes are done to.

    import sousveil as sv

    study = sv.study("seed-article")                  from the atlas, or a path to study.yaml
    run = sv.run(study, people=1_000_000, seed=7)     so many synthetic people through all its steps
    run.harms()                                       one tidy table
    run = sv.widen(run)                               how far what is not published moves every number of it
    sv.report(run).save("report.html")                one page that opens offline

All that the command line can do has a name here (docs/python.md says which):

    read and write    study, Study, Scheme, Population, Assumptions, reform, new, population, check, explain, cases,
                      schemas
    run               run, Run, load, widen, story, verify, cite
    compare           compare, why, sweep, mend
    not published     sensitivity, extremes, infer, ask
    that exist        audit, baserate, claim, deployments, entries, gallery, evidence
    show and file     report, save, bundle, assess, review

These are all the public names. Each is imported when it is first used, so that `import sousveil` costs next to nothing.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from sousveil.audits.asked import audit
    from sousveil.baserates.base_rate import baserate, claim
    from sousveil.baserates.published import deployments
    from sousveil.comparisons.pair import compare
    from sousveil.comparisons.reform_search import mend
    from sousveil.comparisons.sweep import sweep
    from sousveil.comparisons.why import why
    from sousveil.drafts.cases import cases
    from sousveil.drafts.check import check
    from sousveil.drafts.new import new
    from sousveil.drafts.population import population
    from sousveil.errors import BoundaryError, EngineRefusal, EvidenceError, InputError, Interrupted, SousveilError
    from sousveil.filings.assess import assess
    from sousveil.filings.review import review
    from sousveil.reports.dispatch import report
    from sousveil.reports.gallery import gallery
    from sousveil.reports.saved import save
    from sousveil.reports.verify import verify
    from sousveil.reproductions.case import evidence
    from sousveil.runs.bundle import pack as bundle
    from sousveil.runs.citation import cite
    from sousveil.runs.run import Run, load, run
    from sousveil.runs.story import story
    from sousveil.studies.assumptions import Assumptions
    from sousveil.studies.entries import entries
    from sousveil.studies.explain import explain
    from sousveil.studies.json_schema import json_schemas as schemas
    from sousveil.studies.population import Population
    from sousveil.studies.reform import reform
    from sousveil.studies.scheme import Scheme
    from sousveil.studies.study import Study
    from sousveil.studies.study import load as study
    from sousveil.unknowns.ask import ask
    from sousveil.unknowns.extremes import extremes
    from sousveil.unknowns.infer import infer
    from sousveil.unknowns.sensitivity import sensitivity
    from sousveil.unknowns.widen import widen
    from sousveil.version import __version__ as __version__

__all__ = [
    "Assumptions",
    "BoundaryError",
    "EngineRefusal",
    "EvidenceError",
    "InputError",
    "Interrupted",
    "Population",
    "Run",
    "Scheme",
    "SousveilError",
    "Study",
    "ask",
    "assess",
    "audit",
    "baserate",
    "bundle",
    "cases",
    "check",
    "cite",
    "claim",
    "compare",
    "deployments",
    "entries",
    "evidence",
    "explain",
    "extremes",
    "gallery",
    "infer",
    "load",
    "mend",
    "new",
    "population",
    "reform",
    "report",
    "review",
    "run",
    "save",
    "schemas",
    "sensitivity",
    "story",
    "study",
    "sweep",
    "verify",
    "why",
    "widen",
]

_PLACES = {
    "__version__": "version",
    "Assumptions": "studies.assumptions",
    "BoundaryError": "errors",
    "EngineRefusal": "errors",
    "EvidenceError": "errors",
    "InputError": "errors",
    "Interrupted": "errors",
    "Population": "studies.population",
    "Run": "runs.run",
    "Scheme": "studies.scheme",
    "SousveilError": "errors",
    "Study": "studies.study",
    "ask": "unknowns.ask",
    "assess": "filings.assess",
    "audit": "audits.asked",
    "baserate": "baserates.base_rate",
    "bundle": "runs.bundle:pack",
    "cases": "drafts.cases",
    "check": "drafts.check",
    "cite": "runs.citation",
    "claim": "baserates.base_rate",
    "compare": "comparisons.pair",
    "deployments": "baserates.published",
    "entries": "studies.entries",
    "evidence": "reproductions.case",
    "explain": "studies.explain",
    "extremes": "unknowns.extremes",
    "gallery": "reports.gallery",
    "infer": "unknowns.infer",
    "load": "runs.run",
    "mend": "comparisons.reform_search",
    "new": "drafts.new",
    "population": "drafts.population",
    "reform": "studies.reform",
    "report": "reports.dispatch",
    "review": "filings.review",
    "run": "runs.run",
    "save": "reports.saved",
    "schemas": "studies.json_schema:json_schemas",
    "sensitivity": "unknowns.sensitivity",
    "story": "runs.story",
    "study": "studies.study:load",
    "sweep": "comparisons.sweep",
    "verify": "reports.verify",
    "why": "comparisons.why",
    "widen": "unknowns.widen",
}
"""Public name -> the module it lives in, and after `:` its name there where that is another one."""


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'sousveil' has no attribute {name!r}")
    module, _, inside = _PLACES[name].partition(":")
    value = getattr(_importlib.import_module(f"sousveil.{module}"), inside or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])

