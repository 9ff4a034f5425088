"""A frozen value read from a file: what all such values have in common, and how a mistake in one is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from sousveil.studies.frozen import frozen

__all__ = ["KEY", "Finding", "Model", "Steps", "fields_by_key"]

KEY = "[key]"
"""The last step of a path that means a key itself (pydantic's own sign for it)."""

Steps = tuple[str | int, ...]
"""A path into a file's data."""

Finding = tuple[Steps, str]
"""A mistake: where it stands, and what it is."""


def _hyphenated(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


class Model(BaseModel):
    """A frozen value read from a file. Keys are written with hyphens; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=_hyphenated, populate_by_name=True,
                              defer_build=True)

    def inconsistencies(self) -> Iterator[Finding]:
        """What in this value does not go together, as (path, message). Checked whenever a value is made."""
        return iter(())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values in some fields, which are frozen too but not checked."""
        return super().model_copy(update=None if update is None else frozen(dict(update)), deep=deep)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} is frozen; make a new value instead, by a reform, say")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in type(self).model_fields:
            self.__dict__[name] = frozen(self.__dict__[name])
        found = tuple(self.inconsistencies())
        if found:
            # The reader unfolds `found`, so that every message gets its own place in the file.
            message = "; ".join(message for _, message in found)
            raise PydanticCustomError("inconsistent", "{message}", {"message": message, "found": found})
        return self


@cache
def fields_by_key(model: type[BaseModel]) -> Mapping[str, str]:
    """Key, as a file writes it -> name of the field."""
    return {field.alias or name: name for name, field in model.model_fields.items()}
