"""Views whose answer takes long: what is asked of a worker, and how the same is asked without the page.

A page of such a view shows progress first, and its answer when it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sousveil.app import views
from sousveil.app.question import HAPPENINGS, Question
from sousveil.app.studies import Origin
from sousveil.errors import InputError

__all__ = ["LONG", "Long", "long"]

Answer = dict[str, Any]

LONG = ("why", "story", "sweep", "extremes", "infer", "ask")


@dataclass(frozen=True, slots=True)
class Long:
    """What a view asks for. `extra`: what a worker is told beside the state; `values`: what its page needs."""

    view: str
    q: Question
    extra: Answer = field(default_factory=dict)
    values: Answer = field(default_factory=dict)


def long(view: str, origin: Origin, card: Mapping[str, Any], q: Question, said: Mapping[str, str]) -> Long:
    """The work of a view for an address. Raises InputError where there is nothing to be asked."""
    q = q.sized(view)
    if view == "why":
        return Long(view, q, {}, views.cited(origin, q, view, card))
    if view == "story":
        number = said.get("number", "")
        extra = {"number": int(number) if number.isdecimal() and 0 < int(number) <= 1000 else None}
        return Long(view, q, extra, {"happenings": HAPPENINGS})
    if view == "sweep":
        return _sweep(origin, card, q)
    cited = views.cited(origin, q, view, card)
    own = dict(origin.files).get("figures.yaml", "")
    return Long(view, q, {"command": cited["command"]}, {**cited, "own": own})


def _sweep(origin: Origin, card: Mapping[str, Any], q: Question) -> Long:
    numbers = {n["path"]: n for n in views.varied(card)}
    number = numbers.get(q.vary) if q.vary else next(iter(numbers.values()), None)
    if number is None:
        raise InputError("there is no such number in this study that can go through a range")
    axis = views.axis(number)
    cited = views.cited(origin, q, "sweep", card, axis=axis)
    return Long("sweep", replace(q, vary=""), {"axis": axis, "command": cited["command"]},
                {**cited, "numbers": [*numbers.values()], "number": number})
