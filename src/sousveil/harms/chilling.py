"""Chilling: lawful acts that people give up because the scheme may count them against them (MODEL.md section 5)."""

from __future__ import annotations

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["EXPRESSIVE_FORGONE", "LAWFUL_FORGONE", "NECESSARY_FORGONE", "measures"]

HARM = "chilling"
LAWFUL_FORGONE = Name(HARM, "lawful acts forgone")
EXPRESSIVE_FORGONE = Name(HARM, "expressive acts forgone")
NECESSARY_FORGONE = Name(HARM, "necessary acts forgone")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`lawful acts forgone`, of those `expressive acts forgone`, `necessary acts forgone`: per 1,000 person-years.

    For everybody and each group. Acts of expression that are acts of need as well count in both.
    """
    look = view.of(trace, sampling)
    cells, steps = look.cells(), look.setting.steps
    found = []
    for name, column in ((LAWFUL_FORGONE, "lawful_forgone"), (EXPRESSIVE_FORGONE, "expressive_forgone"),
                         (NECESSARY_FORGONE, "necessity_forgone")):
        each = cells.column(column)
        total, (least, most) = (cells.person_steps * each).sum(axis=1), cells.bounds(each)
        for group, part in look.parts():
            here = cells.of(part)
            mean = estimate.mean(total[here], cells.size[here], least[here] * steps, most[here] * steps,
                                 effect=look.effect(name, part))
            number = estimate.scaled(mean, 1000.0 / look.years) if steps else estimate.absent("no step was run")
            found.append(estimate.measure(name, group, number, "per 1,000 person-years", look.exact))
    return found
