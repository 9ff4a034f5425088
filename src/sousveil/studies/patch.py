"""A value with some of its parts set anew, from plain data as a file would write it.

What is set is read where it lands: a number as a number, a rule as a rule, a list of rules as such. What holds it is
looked at again, since its parts have to go together; all else is shared with the value as it was, and not read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from sousveil.studies.kinds import inside, is_by_name, is_open, keys_of, kind_at, reader
from sousveil.studies.model import Model, Steps, fields_by_key
from sousveil.studies.number import Number
from sousveil.studies.paths import reached, replaced

__all__ = ["Patch", "plain"]

M = TypeVar("M", bound=Model)


def plain(value: Model) -> dict[str, Any]:
    """A value as its file would write it, with every default written out."""
    return value.model_dump(mode="json", by_alias=True)


class Patch(Generic[M]):
    """Settings of a value, gathered in their order and then read together, since one may need another to be valid."""

    def __init__(self, value: M) -> None:
        self.value = value
        self._landed: dict[Steps, Any] = {}  # plain data by where it lands; none of them inside another
        self._opened: set[Steps] = set()  # those that are a number with another part

    def set(self, path: str, new: Any) -> Steps | None:
        """Set what is at a path; the steps that lead there, or None when the path leads nowhere."""
        steps, rest, here = reached(self.value, path, self._landed)
        if rest:
            if not self._may_add(steps, rest, here):
                return None
            steps = (*steps, rest)
        if not steps:
            return None
        self._land(steps, _plain(new))
        return steps

    def data(self) -> dict[str, Any]:
        """The whole as plain data, with what was set."""
        whole = plain(self.value)
        for steps, data in self._landed.items():
            _put(whole, steps, _plain(data))
        return whole

    def read(self) -> M:
        """The value with what was set.

        Raises pydantic's ValidationError where that is not of the kind of its place, and Inconsistent.
        """
        kind = type(self.value)
        return replaced(self.value, {
            steps: reader(kind, steps).validate_python(data) if steps in self._opened else
            reader(kind, steps).validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)
            for steps, data in self._landed.items()})

    def _may_add(self, steps: Steps, rest: str, here: Any) -> bool:
        """Whether a new name may be put there: into a mapping by name (ceilings, handicaps ...), or a rule set anew."""
        kind = kind_at(type(self.value), steps)
        one_step = "." not in rest or steps == ("fill",)
        return one_step and isinstance(here, Mapping) and (is_by_name(kind) or rest in keys_of(kind))

    def _land(self, steps: Steps, new: Any) -> None:
        at = next((steps[:end] for end in range(len(steps)) if steps[:end] in self._landed), None)
        if at is None:
            at, here = self._landing(steps)
            if at != steps:
                self._landed[at] = here.opened() if isinstance(here, Number) else _plain(here)
                self._opened |= {at} if isinstance(here, Number) else set()
        if at != steps:
            _put(self._landed[at], steps[len(at):], new)
            return
        self._landed = {other: data for other, data in self._landed.items() if other[:len(steps)] != steps}
        self._landed[steps] = new
        self._opened &= set(self._landed) - {steps}

    def _landing(self, steps: Steps) -> tuple[Steps, Any]:
        """The last place on the way that has a kind of its own, and what is there now."""
        here: Any = self.value
        kind: Any = type(here)
        for end, step in enumerate(steps):
            if isinstance(here, BaseModel):
                here = getattr(here, fields_by_key(type(here))[str(step)])
            elif is_open(kind) and isinstance(here, Mapping):
                here = here.get(step)
            elif is_open(kind) and isinstance(here, tuple):
                here = here[int(step)]
            else:
                return steps[:end], here
            kind = inside(kind, step)
        return steps, here


def _put(data: Any, steps: Steps, new: Any) -> None:
    for step in steps[:-1]:
        data = data[step]
    data[steps[-1]] = new


def _plain(value: Any) -> Any:
    """Data that a file could hold, copied: mappings, lists, and what stands in them."""
    if isinstance(value, Number):
        return value.plain()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
