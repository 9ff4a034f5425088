"""What is wrong with a file's data, in plain words: pydantic finds it, this module says it.

A finding is (steps into the data, message). Steps that end in KEY mean the key rather than its value.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sousveil.errors import did_you_mean
from sousveil.ground.characters import plain_digits
from sousveil.studies.kinds import keys_of, kind_at, length_of, words_of
from sousveil.studies.model import KEY, Finding, Steps
from sousveil.studies.number import shown

__all__ = ["checked", "findings"]

M = TypeVar("M", bound=BaseModel)

MOST = 200
"""How many mistakes are told at most. Nobody reads more, and a hostile file may hold a hundred thousand."""

_LIMITS = {"greater_than_equal": ("ge", "is not at least"), "less_than_equal": ("le", "is not at most"),
           "greater_than": ("gt", "is not above"), "less_than": ("lt", "is not below")}
_EXPECTED = {"string_type": "text", "bool_type": "true or false", "int_type": "a whole number",
             "int_parsing": "a whole number", "int_from_float": "a whole number", "float_type": "a number",
             "float_parsing": "a number", "dict_type": "a mapping", "model_type": "a mapping",
             "mapping_type": "a mapping", "tuple_type": "a list", "list_type": "a list"}


def checked(data: Any, model: type[M]) -> M:
    """Plain data as a value of the model, read as strictly as a file. Raises pydantic's ValidationError."""
    return model.model_validate_json(json.dumps(data), strict=True, by_alias=True, by_name=False)


def findings(data: Any, model: type[BaseModel], wrong: ValidationError,
             known: tuple[Finding, ...] = ()) -> tuple[Finding, ...]:
    """Everything wrong with data that a model has refused, `known` first; nothing twice for one place.

    A value that fails by itself is set aside and the rest is held together, so that a wrong share here does not hide
    a name there that leads nowhere.
    """
    found = dict.fromkeys(known)
    aside = [steps for steps, _ in known]
    mended = copy.deepcopy(data)
    errors = wrong.errors(include_url=False)
    for _ in range(8):
        for error in errors[:MOST]:
            said = _said(error, mended, model)
            found |= dict.fromkeys(f for f in said if not any(_within(f[0], other) for other in aside))
        aside += [_resolved(error["loc"], mended) for error in errors]
        if not _mend(mended, model, errors):
            break
        try:
            checked(mended, model)
            break
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return tuple(found)


def _within(steps: Steps, other: Steps) -> bool:
    other = other[:-1] if other[-1:] == (KEY,) else other
    steps = steps[:-1] if steps[-1:] == (KEY,) else steps
    return bool(other) and steps[:len(other)] == other


def _mend(data: Any, model: type[BaseModel], errors: Sequence[Any]) -> bool:
    """Set aside what is wrong by itself, in place; whether all of it could be."""
    for error in errors:
        steps = _resolved(error["loc"], data)
        holder, last = _holder(data, steps)
        if error["type"] == "extra_forbidden":
            holder.pop(last, None)
        elif error["type"] == "number":
            holder[last] = "unknown"
        elif error["type"] == "literal_error" and isinstance(holder, dict):
            holder[last] = words_of(kind_at(model, steps))[0]
        elif error["type"] in _LIMITS and isinstance(holder, dict):
            field, _ = _LIMITS[error["type"]]
            holder[last] = error["ctx"][field] if field in ("ge", "le") else 1
        else:
            return False
    return True


def _holder(data: Any, steps: Steps) -> tuple[Any, Any]:
    for step in steps[:-1]:
        data = data[step]
    return data, steps[-1] if steps else None


def _resolved(loc: Steps, data: Any) -> Steps:
    """pydantic's path without the names of union branches, which are not in the file."""
    steps: list[str | int] = []
    for index, step in enumerate(loc):
        if step == KEY:
            steps.append(step)
        elif step in (data if isinstance(data, Mapping) else range(len(data)) if isinstance(data, list) else ()):
            data = data[step]
            steps.append(step)
        elif isinstance(data, Mapping) and index == len(loc) - 1:
            steps.append(step)  # a missing key
    return tuple(steps)


def _said(error: Any, data: Any, model: type[BaseModel]) -> Iterator[Finding]:
    kind, value = error["type"], error["input"]
    steps = _resolved(error["loc"], data)
    context = error.get("ctx", {})
    if kind == "number":
        yield (*steps, *context["at"]), context["message"]
    elif kind == "inconsistent":
        for inner, message in context["found"]:
            yield (*steps, *inner), message
    elif kind == "extra_forbidden":
        nearest = did_you_mean(str(steps[-1]), keys_of(kind_at(model, steps[:-1])))
        yield (*steps, KEY), f'unknown key "{steps[-1]}"' + nearest
    elif kind == "too_long" or (kind == "missing" and isinstance(error["loc"][-1], int)):
        yield steps, f"expected a list of {length_of(kind_at(model, steps))}, not of {len(value)}"
    elif kind == "missing":
        where = f' in "{steps[-2]}"' if len(steps) > 1 else ""
        yield (*steps[:-1], KEY) if len(steps) > 1 else (), f'"{steps[-1]}" is missing{where}'
    elif kind == "literal_error":
        options = words_of(kind_at(model, steps))
        nearest = did_you_mean(str(value), options) if isinstance(value, str) else ""
        known = nearest or "; valid: " + ", ".join(f'"{option}"' for option in options)
        yield steps, f"{_shown(value)} is not valid here{known}"
    elif kind in _LIMITS:
        limit, words = _LIMITS[kind]
        yield steps, f"{_shown(value)} {words} {shown(float(context[limit]))}"
    elif kind in _EXPECTED:
        yield steps, f"expected {_EXPECTED[kind]}, not {_shown(value)}" + _instead(kind, value, model, steps)
    else:
        yield steps, f"{_shown(value)} does not fit here"


def _instead(kind: str, value: Any, model: type[BaseModel], steps: Steps) -> str:
    """How a number is written where a rule has a value with its range and source beside it."""
    if isinstance(value, str) and "number" in _EXPECTED[kind] and (meant := plain_digits(value)):
        return f"; numbers are written with the digits 0 to 9: {meant}"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind != "model_type" or not number or not {"value", "range", "source"} <= {*keys_of(kind_at(model, steps))}:
        return ""
    return f"; for example {{value: {shown(float(value))}, source: Guess}}, and its range if it has one"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int | float):
        return shown(float(value))
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
