"""Where the parts of a file stand, so that whatever is wrong with one is told with its file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from sousveil.errors import Problem
from sousveil.studies.frozen import FrozenDict
from sousveil.studies.model import KEY, Finding, Steps
from sousveil.studies.paths import steps_of

__all__ = ["Place", "Source", "locate", "placed", "remember", "source_of"]

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. Lines and columns count from 1; 0 means that it has no line."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def problem(self, message: str) -> Problem:
        """A mistake at this place."""
        return Problem(self.file, self.line, self.column, message)


@dataclass(frozen=True)
class Source:
    """Where the parts of a file stand: the place of every key, and of every value, by path.

    A mapping or a list that has a key stands where its key does. `laid` are parts that come from elsewhere (a reform),
    the latest last.
    """

    file: str
    keys: Mapping[Steps, Place]
    values: Mapping[Steps, Place]
    laid: tuple[tuple[Steps, Place], ...] = ()

    def patched(self, steps: Steps, place: Place) -> Source:
        """The source when the part at these steps comes from another place."""
        return replace(self, laid=(*self.laid, (steps, place)))

    def below(self, steps: Steps) -> Source:
        """The part of the source at these steps, as a source of its own."""
        end = len(steps)
        values = {other[end:]: place for other, place in self.values.items() if other[:end] == steps}
        keys = {other[end:]: place for other, place in self.keys.items() if other[:end] == steps and len(other) > end}
        return Source(self.file, FrozenDict(keys), FrozenDict(values))

    def place(self, steps: Steps) -> Place:
        """The place of the value at these steps, or of the nearest that encloses it.

        The place of the key, rather, when the steps end in KEY, and for a whole mapping or list.
        """
        for there, place in reversed(self.laid):
            if steps[:len(there)] == there:
                return place
        if steps in self.values and KEY in steps:
            return self.values[steps]
        by_key = steps[-1:] == (KEY,)
        steps = steps[:-1] if by_key else steps
        while steps and steps not in self.values:
            steps, by_key = steps[:-1], True
        where = self.keys if by_key and steps in self.keys else self.values
        return where.get(steps, Place(self.file))


def remember(value: M, source: Source) -> M:
    """Let a value know where it was read. Not a field: two equal schemes are equal wherever they stand."""
    value.__dict__["__source__"] = source
    return value


def source_of(value: BaseModel) -> Source | None:
    """The source of a value that was read; None for one made in Python."""
    source = value.__dict__.get("__source__")
    return source if isinstance(source, Source) else None


def locate(value: BaseModel, path: str | Steps) -> Place:
    """Where `path` (`channels.camera.coverage`, or its steps) of a value stands; Place('') when it was not read."""
    source = source_of(value)
    if source is None:
        return Place("")
    return source.place(steps_of(value, path)[0] if isinstance(path, str) else tuple(path))


def placed(source: Source, found: tuple[Finding, ...]) -> list[Problem]:
    """Findings as problems with their places, in the order of the file.

    What stands there twice comes first: of the two only one was read, and the rest may follow from that.
    """
    twice = {source.place(steps).problem(message): KEY in steps[:-1] for steps, message in found}
    return sorted(twice, key=lambda p: (p.file, not twice[p], p.line, p.column))
