"""The number of a run that a published figure is about (MODEL.md section 10): a function of its trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import trap, view
from sousveil.measures.measure import ALL
from sousveil.studies.figures import FLOWS, Counted, Figure, Figures, Scale
from sousveil.studies.scheme_fields import BURDENS

__all__ = ["Look", "observed", "scales"]

Mask = npt.NDArray[np.bool_]

_COLUMNS: Mapping[str, str] = {
    "persons": "persons", "person-steps": "persons", "entries": "entries", "exits": "exits",
    "wrongful": "wrongful_given", "appeals": "wrongful_appealed", "upheld": "wrongful_upheld",
    "wronged": "wrongful_ever"}


class Look:
    """A trace, looked at for several figures: each column is read once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._read: dict[tuple[str, str], Any] = {}

    def numbers(self, table: str, column: str) -> npt.NDArray[np.float64]:
        """float64[rows]: a column of numbers."""
        key = (table, column)
        if key not in self._read:
            self._read[key] = view.numbers(getattr(self.trace, table), column)
        return np.asarray(self._read[key])

    def among(self, table: str, column: str, names: Iterable[str]) -> Mask:
        """bool[rows]: where a column of words holds one of these."""
        key = (table, column)
        if key not in self._read:
            self._read[key] = view.words(getattr(self.trace, table), column)
        known, code = self._read[key]
        wanted = {*names}
        return np.asarray(np.array([word in wanted for word in known], dtype=np.bool_)[code])


def observed(look: Look, figure: Figure) -> float:
    """The figure in a run, among its synthetic people, without the factor `times`.

    persons, wronged             after step `at`
    person-steps                 the persons after each step from `from` to `to`, added up
    entries, exits, debits       of the steps from `from` to `to`; debits and appeals by the tier at the start of a step
    share                        of the persons of that group and place
    part                         of the persons in that tier, those of that group and place
    score                        mean, at the start where `at` is 0, else at the end
    with `relative-to`           the same of that group is what it is divided by
    stay                         steps: the area under the Kaplan-Meier curve of stays in the bottom tier, over the run
    ratio                        nan where what is divided by is nothing
    """
    if figure.relative_to is not None:
        return _ratio(*(observed(look, figure.model_copy(update={"group": group, "relative_to": None}))
                        for group in (figure.group, figure.relative_to)))
    if figure.of == "part":
        everybody = figure.model_copy(update={"group": None, "district": None})
        return _ratio(_counted(look, figure, "persons"), _counted(look, everybody, "persons"))
    if figure.of == "score":
        return _score(look, figure)
    if figure.of == "share":
        return _ratio(_counted(look, figure, "persons"), _counted(look, figure, "persons", everybody=True))
    if figure.of == "stay":
        return _stay(look.trace, figure)
    counts = [_counted(look, figure, what) for what in figure.counts]
    return _ratio(*counts) if len(counts) == 2 else counts[0]


def scales(figures: Figures, people: int) -> npt.NDArray[np.float64]:
    """float64[F]: by what the number of a run is multiplied to be about the real population, unknown factors aside."""
    return np.array([(figures.about.population / people if f.is_count else 1.0)
                     * (1.0 if isinstance(f.times, Scale) else f.times) for f in figures.figures.values()])


def _ratio(one: float, other: float) -> float:
    return one / other if other > 0 else float("nan")


def _counted(look: Look, figure: Figure, what: Counted, everybody: bool = False) -> float:
    if figure.right is not None:
        table, column = "rights", "persons"
        here = look.among(table, "right", [figure.right]) & look.among(table, "bearer", [figure.bearer])
        burdens = look.among(table, "effect", [figure.effect] if figure.effect else BURDENS)
        here &= burdens if (burdens & here).any() else True
    else:
        table, column = "steps", _COLUMNS[what]
        tiers = look.trace.setting.tiers if everybody or figure.tier is None else [figure.tier]
        here = look.among(table, "tier", tiers)
    steps = look.trace.setting.steps
    first, last = (figure.from_ or 1, figure.to or steps) if what in FLOWS else \
        (steps if figure.at is None else figure.at,) * 2
    step = look.numbers(table, "step")
    here &= (step >= first) & (step <= last)
    for label, name in (("group", figure.group), ("district", figure.district)):
        here &= True if name is None else look.among(table, label, [name])
    return float(look.numbers(table, column)[here].sum())


def _score(look: Look, figure: Figure) -> float:
    here = look.among("scores", "when", ["start" if figure.at == 0 else "end"])
    if figure.group is not None:
        here &= look.among("scores", "group", [figure.group])
    persons = look.numbers("scores", "persons")[here]
    return _ratio(float(persons @ look.numbers("scores", "score")[here]), float(persons.sum()))


def _stay(trace: Trace, figure: Figure) -> float:
    points = trap.curve(trace, figure.group or ALL, sampling=False)
    if not points:
        return float("nan")
    survival = np.zeros(trace.setting.steps + 1)
    for point in points:
        survival[point.duration] = point.survival
    return float(survival[:-1].sum())
