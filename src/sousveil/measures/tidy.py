"""Measures read back from tables that somebody may have written by hand: what no table of ours holds is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from sousveil.ground.characters import found_in
from sousveil.measures.measure import Measure, Over
from sousveil.measures.name import Name
from sousveil.measures.width import Width

__all__ = ["LONGEST", "measure_of"]

LONGEST = 500


def measure_of(row: Mapping[str, Any]) -> Measure:
    """The measure that a row of a tidy table tells, its name without slots.

    Raises KeyError, TypeError or ValueError for a row that nothing of ours has written.
    """
    words = {name: _text(row[name]) for name in ("harm", "measure", "group", "reference", "unit", "over", "note")}
    numbers = {name: _number(row[name]) for name in ("value", "low", "high", "n")}
    if words["over"] not in get_args(Over):
        raise ValueError
    return Measure(Name(words["harm"], words["measure"]), words["group"], words["reference"], numbers["value"],
                   numbers["low"], numbers["high"], words["unit"], numbers["n"],
                   words["over"], words["note"], _width(row))  # type: ignore[arg-type]


def _width(row: Mapping[str, Any]) -> Width | None:
    points = _number(row.get("points"))
    if points is None:
        return None
    return Width(_number(row.get("least")), _number(row.get("most")), _number(row.get("agree")), (), int(points),
                 int(points))


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or found_in(value):
        raise ValueError
    return value


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)
