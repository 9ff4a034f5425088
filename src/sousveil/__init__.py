"""sousveil: a wind tunnel for scoring-and-surveillance schemes, built for the people such schemes are done to.

    import sousveil as sv

    study = sv.study("seed-article")                  from the atlas, or a path to study.yaml
    run = sv.run(study, people=1_000_000, seed=7)     so many synthetic people through all its steps
    run.harms()                                       one tidy table
    run = sv.widen(run)                               how far what is not published moves every number of it
    sv.report(run).save("report.html")                one page that opens offline

These are all the public names. Each is imported when it is first used, so that `import sousveil` costs next to nothing.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from sousveil.comparisons.pair import compare
    from sousveil.comparisons.why import why
    from sousveil.errors import BoundaryError, EngineRefusal, EvidenceError, InputError, Interrupted, SousveilError
    from sousveil.reports.dispatch import report
    from sousveil.reports.verify import verify
    from sousveil.runs.run import Run, load, run
    from sousveil.runs.story import story
    from sousveil.studies.reform import reform
    from sousveil.studies.study import Study
    from sousveil.studies.study import load as study
    from sousveil.unknowns.ask import ask
    from sousveil.unknowns.infer import infer
    from sousveil.unknowns.widen import widen
    from sousveil.version import __version__ as __version__

__all__ = [
    "BoundaryError",
    "EngineRefusal",
    "EvidenceError",
    "InputError",
    "Interrupted",
    "Run",
    "SousveilError",
    "Study",
    "ask",
    "compare",
    "infer",
    "load",
    "reform",
    "report",
    "run",
    "story",
    "study",
    "verify",
    "why",
    "widen",
]

_PLACES = {
    "__version__": "version",
    "BoundaryError": "errors",
    "EngineRefusal": "errors",
    "EvidenceError": "errors",
    "InputError": "errors",
    "Interrupted": "errors",
    "Run": "runs.run",
    "SousveilError": "errors",
    "Study": "studies.study",
    "ask": "unknowns.ask",
    "compare": "comparisons.pair",
    "infer": "unknowns.infer",
    "load": "runs.run",
    "reform": "studies.reform",
    "report": "reports.dispatch",
    "run": "runs.run",
    "story": "runs.story",
    "study": "studies.study:load",
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

