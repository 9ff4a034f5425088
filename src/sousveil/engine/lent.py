"""Named arrays, lent to compiled loops by one address.

numba hands a named tuple on array by array, each as seven numbers or more: loops that hand on four such tuples hand on
a thousand numbers at every call, and most of what it takes to compile them goes into that. Here the arrays of a tuple
lie in one row of words, by the order of its fields: an array as where it begins and its lengths, a number as itself, a
tuple within as its own fields. A loop is given where the row begins, and reads from it what it names.

Nothing is owned: whoever calls a loop holds what was lent to it until it returns.
"""

from __future__ import annotations

import hashlib
from array import array
from ctypes import addressof, c_char
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, imputils, types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.pythonapi import NativeValue, unbox
from numba.core.typing import templates
from numba.np import numpy_support

from sousveil.engine.lean import filled, item_size, product, strides

__all__ = ["Lent", "lent"]

_WORD = ir.IntType(64)
_BYTE: Any = c_char.from_buffer  # the shortest way to an address, but for arrays of nothing
_KINDS: dict[Any, _Kind] = {}


class Lent:
    """What a loop is given for a named tuple; see `lent`."""

    __slots__ = ("_held", "_instead", "_numba_type_", "_row", "address")

    def __init__(self, held: Any, words: list[int], kind: Any) -> None:
        row = array("q", words)
        self._held, self._row, self._numba_type_, self.address = held, row, kind, row.buffer_info()[0]
        self._instead: dict[str, Any] = {}

    def put(self, **arrays: Any) -> None:
        """Lend other arrays of the same types in the place of these fields. Raises ValueError as `lent` does."""
        for name, value in arrays.items():
            before, words = getattr(self._held, name), list[int]()
            if (value.dtype, value.ndim) != (before.dtype, before.ndim):
                raise ValueError(f"{type(self._held).__name__}.{name} is of another type")
            _put(self._held, name, value, words)
            begin = self._numba_type_.begins[self._numba_type_.fields.index(name)]
            for i, word in enumerate(words, start=begin):
                self._row[i] = word
            self._instead[name] = value


def lent(given: Any) -> Any:
    """A named tuple of arrays, whole numbers, truth values, None, and such tuples, as compiled loops take it.

    Raises ValueError for an array that does not lie in one piece, in order of rows, or cannot be written to: loops are
    compiled for no other.
    """
    words: list[int] = []
    return Lent(given, words, _laid(given, words))


def _laid(given: Any, words: list[int]) -> _Kind:
    """Add the words of a tuple; of which type it is."""
    fields: list[Any] = []
    for name, value in zip(given._fields, given, strict=True):
        if isinstance(value, np.ndarray):
            _put(given, name, value, words)
            fields.append((value.dtype, value.ndim))
        elif value is None:
            fields.append(None)
        elif isinstance(value, tuple):
            fields.append(_laid(value, words))
        else:
            words.append(int(value))
            fields.append(bool if isinstance(value, bool | np.bool_) else int)
    key = type(given), *fields
    if key not in _KINDS:
        _KINDS[key] = _Kind(type(given), tuple(map(_type, fields)))
    return _KINDS[key]


def _put(given: Any, name: str, value: Any, words: list[int]) -> None:
    """Add the words of an array."""
    if not value.flags.carray:
        raise ValueError(f"{type(given).__name__}.{name} does not lie in one piece that can be written to")
    words.append(addressof(_BYTE(value)) if value.size else value.__array_interface__["data"][0])
    words += value.shape


def _type(field: Any) -> Any:
    if field is None or isinstance(field, _Kind):
        return types.none if field is None else field
    if isinstance(field, tuple):
        return types.Array(numpy_support.from_dtype(field[0]), field[1], "C", aligned=True)
    return types.boolean if field is bool else types.int64


class _Kind(types.Type):
    """The type of what is lent: which class, and the types of its fields, each of so many words."""

    def __init__(self, instance_class: type, of: tuple[Any, ...]) -> None:
        self.instance_class, self.of, self.fields = instance_class, of, instance_class._fields  # type: ignore[attr-defined]
        told = hashlib.sha256(repr((self.fields, of)).encode()).hexdigest()[:16]
        super().__init__(name=f"Lent({instance_class.__name__}.{told})")
        self.begins = tuple(sum(map(_words, of[:i])) for i in range(len(of)))


def _words(field: Any) -> int:
    if isinstance(field, _Kind):
        return sum(map(_words, field.of))
    return 0 if field is types.none else 1 + getattr(field, "ndim", 0)


@register_default(_Kind)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


@templates.infer_getattr
class _Attributes(templates.AttributeTemplate):
    key = _Kind

    def generic_resolve(self, kind: Any, name: str) -> Any:
        return kind.of[kind.fields.index(name)] if name in kind.fields else None


@imputils.lower_getattr_generic(_Kind)
def _read(context: Any, builder: Any, kind: Any, row: Any, name: str) -> Any:
    """Read a field. Words do not change while they are lent, so a loop may read them once and for all."""
    at = kind.fields.index(name)
    field, begins = kind.of[at], kind.begins[at]

    def word(i: int) -> Any:
        found = builder.load(cgutils.gep_inbounds(builder, row, begins + i))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    if field is types.none:
        return context.get_dummy_value()
    if isinstance(field, _Kind):
        return cgutils.gep_inbounds(builder, row, begins)
    if not isinstance(field, types.Array):
        return builder.trunc(word(0), context.get_value_type(field)) if field is types.boolean else word(0)
    each = item_size(context, field)
    shape = [word(1 + axis) for axis in range(field.ndim)]
    data = builder.inttoptr(word(0), context.get_data_type(field.dtype).as_pointer())
    return filled(context, field, builder, itemsize=each, data=data, shape=shape, nitems=product(builder, shape),
                  strides=strides(builder, shape, each))


@unbox(_Kind)
def _taken(kind: Any, given: Any, c: Any) -> Any:
    address = c.pyapi.object_getattr_string(given, "address")
    row = c.builder.inttoptr(c.pyapi.long_as_longlong(address), _WORD.as_pointer())
    c.pyapi.decref(address)
    return NativeValue(row)
