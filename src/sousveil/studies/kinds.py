"""What may stand where in a file: the kind of every part of a model, by its path.

A kind is a type as an annotation says it, with its bounds. The models say it once; messages take from here which keys
and words would have been valid, and a patch is held against the kind of the place where it lands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from sousveil.studies.model import Finding, Model, Steps, fields_by_key
from sousveil.studies.number import Bounds, numbers

__all__ = ["bounds_of", "excesses", "inside", "is_by_name", "is_open", "keys_of", "kind_at",
           "length_of", "reader", "words_of"]


def kind_at(model: type[BaseModel], steps: Steps) -> Any:
    """The kind of what stands at these steps; Any where anything may."""
    kind: Any = model
    for step in steps:
        kind = inside(kind, step)
    return kind


def inside(kind: Any, step: str | int) -> Any:
    """The kind of an entry of something of this kind; Any where anything may stand there."""
    for branch in _branches(kind):
        if _is_model(branch) and str(step) in fields_by_key(branch):
            return _of_field(branch, fields_by_key(branch)[str(step)])
        if get_origin(branch) in (dict, Mapping):
            return get_args(branch)[1]
        if get_origin(branch) is tuple:
            return get_args(branch)[0]  # tuples of several kinds are not among what files hold
    return Any


def keys_of(kind: Any) -> list[str]:
    """The keys that a mapping of this kind may have; none where the file makes them up."""
    models = [branch for branch in _branches(kind) if _is_model(branch)]
    return [*fields_by_key(models[0])] if len(models) == 1 else []


def words_of(kind: Any) -> list[str]:
    """The words that may stand at a place of this kind, where only certain words may."""
    return [str(word) for branch in _branches(kind) if get_origin(branch) is Literal for word in get_args(branch)]


def length_of(kind: Any) -> int:
    """How many entries a list of this kind has; 0 where any number may do."""
    lengths = [len(get_args(branch)) for branch in _branches(kind)
               if get_origin(branch) is tuple and get_args(branch)[1] is not Ellipsis]
    return lengths[0] if lengths else 0


def bounds_of(kind: Any) -> Bounds:
    """Between what a number of this kind lies."""
    if get_origin(kind) is Annotated:
        bounds = [part for part in kind.__metadata__ if isinstance(part, Bounds)]
        return bounds[0] if bounds else bounds_of(kind.__origin__)
    inner = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return next((bounds for bounds in map(bounds_of, inner) if bounds != Bounds()), Bounds())


def excesses(value: Model, names: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Every number in a value that its factors push out of its bounds for some of these names (label -> its names)."""
    for path, number in numbers(value):
        if not number.is_plain:
            bounds = bounds_of(kind_at(type(value), path))
            if excess := number.excess(bounds.low, bounds.high, names):
                yield path, excess


def is_by_name(kind: Any) -> bool:
    """Whether this is a mapping whose keys the file makes up."""
    return kind is Any or any(get_origin(branch) in (dict, Mapping) for branch in _branches(kind))


def is_open(kind: Any) -> bool:
    """Whether entries of something of this kind have a kind of their own: mappings by name, and lists of rules."""
    for branch in _branches(kind):
        if get_origin(branch) in (dict, Mapping):
            return get_args(branch)[0] is str and get_args(branch)[1] is not Any
        if get_origin(branch) is tuple:
            return get_args(branch)[1] is Ellipsis
    return False


def reader(model: type[BaseModel], steps: Steps) -> TypeAdapter[Any]:
    """What reads data for these steps by itself, without the rest of the model."""
    holder, key, depth = model, "", 0
    kind: Any = model
    for step in steps:
        models = [branch for branch in _branches(kind) if _is_model(branch)]
        holder, key, depth = (models[0], str(step), 0) if models else (holder, key, depth + 1)
        kind = inside(kind, step)
    return _reader(holder, key, depth)


@cache
def _reader(holder: type[BaseModel], key: str, depth: int) -> TypeAdapter[Any]:
    kind = inside(holder, key)
    for _ in range(depth):
        kind = inside(kind, "")
    return TypeAdapter(kind)


@cache
def _of_field(model: type[BaseModel], name: str) -> Any:
    field = model.model_fields[name]
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _branches(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _branches(kind.__origin__)
    if get_origin(kind) in (Union, UnionType):
        return [branch for inner in get_args(kind) for branch in _branches(inner)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
