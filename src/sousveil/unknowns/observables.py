"""The number of a run that a published figure is about (MODEL.md section 11): a function of its trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import trap, view
from sousveil.measures.measure import ALL
from sousveil.studies.figures import FLOWS, Counted, Figure, Figures, Scale
from sousveil.studies.scheme_fields import BURDENS

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["observed", "scales"]

Mask = npt.NDArray[np.bool_]

_COLUMNS: Mapping[str, str] = {
    "persons": "persons", "person-steps": "persons", "entries": "entries", "exits": "exits",
    "wrongful": "wrongful_given", "appeals": "wrongful_appealed", "upheld": "wrongful_upheld",
    "wronged": "wrongful_ever"}


def observed(trace: Trace, figure: Figure) -> float:
    """The figure in a run, among its synthetic people, without the factor `times`.

    persons, wronged             after step `at`
    person-steps                 the persons after each step from `from` to `to`, added up
    entries, exits, debits       of the steps from `from` to `to`; debits and appeals by the tier at the start of a step
    share                        of the persons of that group and place
    stay                         steps: the area under the Kaplan-Meier curve of stays in the bottom tier, over the run
    ratio                        nan where what is divided by is nothing
    """
    if figure.of == "share":
        return _ratio(_counted(trace, figure, "persons"), _counted(trace, figure, "persons", everybody=True))
    if figure.of == "stay":
        return _stay(trace, figure)
    counts = [_counted(trace, figure, what) for what in figure.counts]
    return _ratio(*counts) if len(counts) == 2 else counts[0]


def scales(figures: Figures, people: int) -> npt.NDArray[np.float64]:
    """float64[F]: by what the number of a run is multiplied to be about the real population, unknown factors aside."""
    return np.array([(figures.about.population / people if f.is_count else 1.0)
                     * (1.0 if isinstance(f.times, Scale) else f.times) for f in figures.figures.values()])


def _ratio(one: float, other: float) -> float:
    return one / other if other > 0 else float("nan")


def _counted(trace: Trace, figure: Figure, what: Counted, everybody: bool = False) -> float:
    if figure.right is not None:
        table, column = trace.rights, "persons"
        here = _is(table, "right", figure.right) & _is(table, "bearer", figure.bearer)
        burdens = np.isin(table["effect"].to_pylist(), [figure.effect] if figure.effect else BURDENS)
        here &= burdens if burdens[here].any() else True
    else:
        table, column = trace.steps, _COLUMNS[what]
        here = np.ones(len(table), dtype=np.bool_) if everybody or figure.tier is None else \
            _is(table, "tier", figure.tier)
    steps = trace.setting.steps
    first, last = (figure.from_ or 1, figure.to or steps) if what in FLOWS else \
        (steps if figure.at is None else figure.at,) * 2
    step = view.numbers(table, "step")
    here &= (step >= first) & (step <= last)
    for label, name in (("group", figure.group), ("district", figure.district)):
        here &= True if name is None else _is(table, label, name)
    return float(view.numbers(table, column)[here].sum())


def _is(table: pa.Table, column: str, name: str) -> Mask:
    return np.asarray(view.codes(table, column, (name,)) == 0)


def _stay(trace: Trace, figure: Figure) -> float:
    points = trap.curve(trace, figure.group or ALL, sampling=False)
    if not points:
        return float("nan")
    survival = np.zeros(trace.setting.steps + 1)
    for point in points:
        survival[point.duration] = point.survival
    return float(survival[:-1].sum())
