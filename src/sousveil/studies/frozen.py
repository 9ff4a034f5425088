"""Frozen all the way down: mappings, lists and arrays inside a value are made read-only when the value is made.

    FrozenDict({"B": "average"})    reads like a dict, is equal to one, pickles; whoever writes to it gets a TypeError
    frozen(anything)                the same with every mapping, list and array inside it frozen
    class Plan(Value)               a frozen dataclass whose fields are so
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from dataclasses import fields
from operator import is_
from typing import Any, NoReturn, TypeVar

__all__ = ["FrozenDict", "Value", "frozen"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that nobody can change. `types.MappingProxyType` does as much, but neither pickles nor becomes JSON."""

    __slots__ = ("_whole",)
    _whole: bool  # whether all that is inside is known to be frozen too, and need not be looked at again

    def __new__(cls, *given: Any, **named: Any) -> FrozenDict[K, V]:
        made = super().__new__(cls)
        dict.update(made, *given, **named)
        made._whole = False
        return made

    def __init__(self, *given: Any, **named: Any) -> None:
        pass  # filled already: a second call would fill it again

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping is frozen; make a new value instead, by a reform, say")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class Value:
    """A dataclass that is frozen all the way down, can be pickled and copied, and is equal to another with equal parts.

    Fields with `compare=False` do not count for that; arrays are equal when type, shape and every bit are.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # whoever inherits from this is a dataclass
            given = getattr(self, field.name)
            made = frozen(given)
            if made is not given:
                object.__setattr__(self, field.name, made)

    def __reduce__(self) -> tuple[Any, ...]:
        # By way of the constructor: a copied array could be written to again.
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_same(getattr(self, field.name), getattr(other, field.name))
                   for field in fields(self) if field.compare)  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]


_PLAIN = frozenset({bool, bytes, float, int, str, type(None)})


def frozen(value: Any) -> Any:
    """The value with every dict in it as a FrozenDict, every list as a tuple, and every array read-only.

    An array is not copied: whoever made it cannot write to it any more either.
    """
    if type(value) in _PLAIN or (type(value) is FrozenDict and value._whole):
        return value
    if isinstance(value, dict):
        inner = {key: frozen(item) for key, item in value.items()}
        kept = type(value) is FrozenDict and all(map(is_, inner.values(), value.values()))
        made: Any = value if kept else FrozenDict(inner)
        made._whole = True
        return made
    if isinstance(value, list):
        return tuple([frozen(item) for item in value])
    if type(value) is tuple:
        parts = [frozen(item) for item in value]
        return value if all(map(is_, parts, value)) else tuple(parts)
    if isinstance(value, set):
        return frozenset(value)
    if _is_array(value):
        value.setflags(write=False)
    return value


def _is_array(value: Any) -> bool:
    numpy = sys.modules.get("numpy")  # it is not loaded for this: without it, there are no arrays
    return numpy is not None and isinstance(value, numpy.ndarray)


def _same(one: Any, other: Any) -> bool:
    if _is_array(one):
        return (_is_array(other) and one.dtype == other.dtype and one.shape == other.shape
                and one.tobytes() == other.tobytes())
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
