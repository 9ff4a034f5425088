"""A study that is given in Python, as its files would have it: plain data, and what to call each part of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sousveil.errors import InputError
from sousveil.studies.limits import described
from sousveil.studies.number import Model, Steps
from sousveil.studies.patch import plain
from sousveil.studies.yaml_source import Document, Place, Source

__all__ = ["given"]


def given(mapping: Mapping[str, Any]) -> Document:
    """The mapping as a document; a mistake in it is told with its path, as `scheme.score.start`.

    Values (`Scheme(...)`, reforms, arrays of numbers) may stand anywhere. Raises InputError for what no file can hold.
    """
    try:
        data: dict[str, Any] = json.loads(json.dumps({"assumptions": {"assumptions": "none"}, **mapping},
                                                     default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"this is no study: {error}") from error
    places = {steps: Place(".".join(map(str, steps))) for steps in _paths(data, ())}
    return Document(Source("", places, places), data, ())


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{described(value)} is neither text, a number, a list nor a mapping")


def _paths(data: Any, steps: Steps) -> Iterator[Steps]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield (*steps, key)
        yield from _paths(value, (*steps, key))
