"""A published result, and what comes out here: the frame of every case of the evidence.

A module of this package is a family of cases when it has a name `CASES`, a tuple of `Case`. Nothing is registered:
`cases()` looks at the modules that lie in the package. A case reproduces its figures from data and arithmetic each time
it is run; nothing that was worked out earlier is stored.

    from sousveil.reproductions.case import Case, printed

    def _figures() -> list[Figure]:
        return [printed("precision per alert", "0.0700", 173 / 2470)]

    CASES = (Case("C04", "Cardiff 2017", source="...", mark="verified", figures=_figures),)
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from sousveil.errors import InputError, did_you_mean
from sousveil.ground.arguments import checked

__all__ = ["Case", "Figure", "Mark", "Result", "cases", "evidence", "ours", "printed", "run", "stated", "within"]

Family = Literal["results", "schemes"]

Mark = Literal["verified", "secondary", "recalled"]
"""How well the published figure is known: read in its source, read in a text that quotes it, or from memory."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside the one reproduced.

    expected    what must come out: a number, or a statement such as "conflict"; as printed in the source or, where
                the figure is derived, as we worked it out
    reproduced  what comes out here; None when nothing came out
    tolerance   the largest difference allowed, in the unit of the figure; 0 for statements
    derived     the source cannot have printed it: an end of an interval of ours, a prediction, a verdict
    fitted      a number was chosen so that it comes out
    between     the ends of a prediction, both widths together, where there are any
    wide        that range spans most of what the figure could be, so that being inside says next to nothing
    unit        what the numbers are in: `share`, of 1; '' of counts, and where the label says it
    note        why the tolerance is what it is; outside: why we think that a prediction is farther off
    """

    label: str
    expected: float | str
    reproduced: float | str | None
    tolerance: float = 0.0
    derived: bool = False
    fitted: bool = False
    between: tuple[float, float] | None = None
    wide: bool = False
    note: str = ""
    outside: str = ""
    unit: str = ""

    @property
    def published(self) -> float | str | None:
        """What was printed in the source; None where nobody can have printed it."""
        return None if self.derived else self.expected

    @property
    def counted(self) -> bool:
        """Whether it is evidence: somebody printed it, and nothing was fitted to it."""
        return not self.derived and not self.fitted

    @property
    def by_range(self) -> bool:
        """Whether only the range over what is not published reaches it."""
        difference = self.difference
        return self.between is not None and self.ok and difference is not None and \
            abs(difference) > self.tolerance * (1 + 1e-9) + 1e-12

    @property
    def difference(self) -> float | None:
        """Reproduced less expected; None when either is a statement or nothing came out."""
        if isinstance(self.expected, str) or isinstance(self.reproduced, str) or self.reproduced is None:
            return None
        return self.reproduced - self.expected

    @property
    def ok(self) -> bool:
        """Whether the figure was reproduced within its tolerance. Statements must agree to the letter."""
        difference = self.difference
        if difference is None:
            return self.reproduced == self.expected
        if self.between is not None and not isinstance(self.expected, str):
            low, high = self.between
            difference = max(low - self.expected, self.expected - high, 0.0)
        # The last digits of binary fractions are not a disagreement: 0.0705 - 0.0700 is a hair over 0.0005.
        return abs(difference) <= self.tolerance * (1 + 1e-9) + 1e-12


@dataclass(frozen=True, slots=True)
class Case:
    """A published result that can be worked out again.

    id       short and stable: C04, compas-confusion
    title    what it is, in words
    source   where the published figures were read
    mark     how well they are known
    figures  works the figures out; called at every run
    derived  no figure of it can have been printed in the source: all are worked out by us
    family   results (worked out again from data and arithmetic) or schemes (predicted from published rules)
    """

    id: str
    title: str
    source: str
    mark: Mark
    figures: Callable[[], Sequence[Figure]]
    family: Family = "results"
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A case after it was run."""

    id: str
    title: str
    source: str
    mark: Mark
    figures: tuple[Figure, ...]
    family: Family = "results"

    @property
    def ok(self) -> bool:
        """Whether there are figures and every one was reproduced. That a scheme's rules and its outcomes disagree is a
        finding, and no failure.
        """
        return bool(self.figures) and (self.family == "schemes" or all(figure.ok for figure in self.figures))

    @property
    def counts(self) -> tuple[int, int]:
        """(inside, all) of the figures that somebody printed and nothing was fitted to."""
        counted = [figure for figure in self.figures if figure.counted]
        return sum(figure.ok for figure in counted), len(counted)

    @property
    def weak(self) -> tuple[int, int]:
        """(by range alone, in a wide range) of the figures that are counted and inside; none is in both."""
        inside = [figure for figure in self.figures if figure.counted and figure.ok]
        return sum(figure.by_range and not figure.wide for figure in inside), sum(figure.wide for figure in inside)

    def plain(self) -> dict[str, Any]:
        """The result as plain data, for JSON."""
        figures = [asdict(f) | {"published": f.published, "difference": f.difference, "ok": f.ok, "counted": f.counted}
                   for f in self.figures]
        inside, counted = self.counts
        return {"id": self.id, "family": self.family, "title": self.title, "source": self.source, "mark": self.mark,
                "ok": self.ok, "inside": inside, "counted": counted, "figures": figures}


def ours(figure: Figure) -> Figure:
    """The figure, marked as one that the source cannot have printed."""
    return replace(figure, derived=True)


def printed(label: str, published: str, reproduced: float | None) -> Figure:
    """A figure known to its printed digits: the tolerance is half a unit of the last digit of `published`.

    `published` is the text as printed: "0.0700", "5.84e-6", "2,297". Raises ValueError when it is no number.
    """
    text = published.replace(",", "")
    found = re.fullmatch(r"-?\d+(?:\.(\d+))?(?:e(-?\d+))?", text)
    if found is None:
        raise ValueError(f"not a printed number: {published!r}")
    power = int(found[2] or 0) - len(found[1] or "")
    return Figure(label, float(text), reproduced, 0.5 * 10.0**power)


def within(label: str, published: float, reproduced: float | None, relative: float = 1e-9) -> Figure:
    """A figure that is arithmetic on the published side as well: equal up to a relative tolerance."""
    return Figure(label, published, reproduced, relative * abs(published))


def stated(label: str, published: str, reproduced: str) -> Figure:
    """A statement ("conflict", "refused") that must come out to the letter."""
    return Figure(label, published, reproduced)


def cases() -> tuple[Case, ...]:
    """Every case of the package, by id. Raises ValueError when two cases share an id."""
    package = importlib.import_module(__package__ or "sousveil.reproductions")
    found: dict[str, Case] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(package.__path__)):
        for case in getattr(importlib.import_module(f"{package.__name__}.{module}"), "CASES", ()):
            if case.id.casefold() in found:
                raise ValueError(f"two cases of the evidence are called {case.id}")
            found[case.id.casefold()] = case
    return tuple(found[key] for key in sorted(found))


def run(ids: Iterable[str] = ()) -> list[Result]:
    """Work the cases out again, now: all of them, or those named, in the order named; a family stands for its cases.

    Capital letters do not matter. Raises InputError for an id that no case has.
    """
    known = {case.id.casefold(): case for case in cases()}
    names = [one for id in ids for one in _named(id, known.values())]
    unknown = [name for name in names if name.casefold() not in known]
    if unknown:
        name = unknown[0]
        near = did_you_mean(name, [case.id for case in known.values()])
        raise InputError(f'no case of the evidence is called "{name}"{near or "; see sousveil evidence"}')
    chosen = [known[name.casefold()] for name in names] or list(known.values())
    return [_worked_out(case) for case in chosen]


@checked
def evidence(*ids: str) -> tuple[Result, ...]:
    """Published results, reproduced here and now: all results, or the cases named, or a family (results, schemes).

    Each `Result` has its `figures` (expected, published, reproduced, difference, tolerance), its `source`, and `ok`;
    what we worked out ourselves is expected, and `published` is None. Raises InputError for an id that no case has.
    """
    return tuple(run(ids or ("results",)))


def _worked_out(case: Case) -> Result:
    figures = case.figures()
    return Result(case.id, case.title, case.source, case.mark,
                  tuple(map(ours, figures) if case.derived else figures), case.family)


def _named(id: str, known: Iterable[Case]) -> list[str]:
    return [case.id for case in known if case.family == id.casefold()] or [id]
