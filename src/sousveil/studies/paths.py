"""Paths into values: what `channels.camera.coverage` leads to, and a value with something else there.

Values are frozen, so a changed value is a new one: what leads to the change is made anew, and all else is shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from sousveil.studies.frozen import FrozenDict
from sousveil.studies.model import Model, Steps, fields_by_key
from sousveil.studies.number import Number

__all__ = ["Inconsistent", "reached", "replaced", "steps_of"]

M = TypeVar("M", bound=Model)

NOTHING = object()


class Inconsistent(Exception):
    """A value with something else in it does not go together any more; reading it as a whole says what is wrong."""


def steps_of(value: Any, path: str) -> tuple[Steps, str]:
    """A dotted path as steps into a value, or into plain data, as far as they lead, and the rest that leads nowhere.

    A name may hold dots: the longest name that fits is taken.
    """
    steps, rest, _ = reached(value, path, {})
    return steps, rest


def reached(value: Any, path: str, laid: Mapping[Steps, Any]) -> tuple[Steps, str, Any]:
    """As `steps_of`, and what is there. `laid` is what lies over the value at some steps, or is new there."""
    steps: Steps = ()
    rest = path
    while rest:
        for head in _heads(rest):
            step, entry = _entry(value, head)
            here = (*steps, step)
            if entry is not NOTHING or here in laid:
                value, steps, rest = laid.get(here, entry), here, rest[len(head) + 1:]
                break
        else:
            break
    return steps, rest, value


def replaced(value: M, new: Mapping[Steps, Any], *, checked: bool = True) -> M:
    """The value with other values at some steps; `new` holds values of the model, not plain data.

    Raises Inconsistent where what was changed, or what holds it, does not go together; not asked without `checked`.
    """
    made = _replaced(value, new, checked)
    assert isinstance(made, type(value))
    return made


def _replaced(value: Any, new: Mapping[Steps, Any], checked: bool) -> Any:
    if () in new:
        return new[()]
    if isinstance(value, Number):
        for steps, number in new.items():
            value = value.replaced(tuple(map(str, steps)), number)
        return value
    below: dict[str | int, dict[Steps, Any]] = {}
    for (step, *rest), entry in new.items():
        below.setdefault(step, {})[tuple(rest)] = entry
    if isinstance(value, BaseModel):
        return _model(value, below, checked)
    if isinstance(value, tuple):
        return tuple(_replaced(entry, below[i], checked) if i in below else entry for i, entry in enumerate(value))
    return FrozenDict({**value, **{step: _replaced(value.get(step), inner, checked) for step, inner in below.items()}})


def _model(value: BaseModel, below: dict[str | int, dict[Steps, Any]], checked: bool) -> BaseModel:
    names = fields_by_key(type(value))
    made = value.model_copy(update={
        names[str(step)]: _replaced(getattr(value, names[str(step)]), inner, checked) for step, inner in below.items()})
    if checked and isinstance(made, Model) and next(iter(made.inconsistencies()), None) is not None:
        raise Inconsistent
    return made


def _entry(value: Any, head: str) -> tuple[str | int, Any]:
    """What a name means in a value: the step that leads there, and what is there or NOTHING."""
    if isinstance(value, BaseModel):
        name = fields_by_key(type(value)).get(head)
        return head, NOTHING if name is None else getattr(value, name)
    if isinstance(value, Number):
        value = value.opened()
    if isinstance(value, Mapping):
        # Some keys are numbers, which files write as text.
        return head, next((value[key] for key in ((head,) if head in value else value) if str(key) == head), NOTHING)
    if isinstance(value, list | tuple) and head.isdecimal() and int(head) < len(value):
        return int(head), value[int(head)]
    return head, NOTHING


def _heads(path: str) -> Iterator[str]:
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        yield ".".join(parts[:end])
