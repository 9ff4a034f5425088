"""sousveil: a wind tunnel for scoring-and-surveillance schemes, built for the people such schemes are done to.

    import sousveil as sv

    study = sv.study("seed-article")                  from the atlas, or a path to study.yaml
    run = sv.run(study, people=1_000_000, seed=7)     so many synthetic people through all its steps
    run.harms()                                       one tidy table
    sv.report(run).save("report.html")                one page that opens offline

These are all the public names. Each is imported when it is first used, so that `import sousveil` costs next to nothing.
"""

import importlib as _importlib
import sys as _sys
import types as _types
import typing as _typing

if _typing.TYPE_CHECKING:
    from sousveil.compare.pair import compare
    from sousveil.compare.why import why
    from sousveil.errors import BoundaryError, EngineRefusal, EvidenceError, InputError, Interrupted, SousveilError
    from sousveil.reform import reform
    from sousveil.report.choose import report
    from sousveil.run import Run, load, run, verify
    from sousveil.story import story
    from sousveil.study import Study
    from sousveil.study import load as study

__version__ = "0.1.0"

__all__ = [
    "BoundaryError",
    "EngineRefusal",
    "EvidenceError",
    "InputError",
    "Interrupted",
    "Run",
    "SousveilError",
    "Study",
    "compare",
    "load",
    "reform",
    "report",
    "run",
    "story",
    "study",
    "verify",
    "why",
]

_PLACES = {
    "BoundaryError": "errors",
    "EngineRefusal": "errors",
    "EvidenceError": "errors",
    "InputError": "errors",
    "Interrupted": "errors",
    "Run": "run",
    "SousveilError": "errors",
    "Study": "study",
    "compare": "compare.pair",
    "load": "run",
    "reform": "reform",
    "report": "report.choose",
    "run": "run",
    "story": "story",
    "study": "study:load",
    "verify": "run",
    "why": "compare.why",
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


class _Package(_types.ModuleType):
    """`sousveil.study` is a function, and the module of the same name holds it. Importing a module makes Python set it
    as an attribute of its package, which would hide the function: for public names, it may not.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _PLACES and isinstance(value, _types.ModuleType)):
            super().__setattr__(name, value)


_sys.modules[__name__].__class__ = _Package
