"""Machine code of arrays, written with few words.

numba takes an array apart into seven fields or more each time that an item is read or written, and again wherever it
counts a reference to one: most of what LLVM is then given to read says this, and most of the time in which kernels are
compiled goes into writing it down, reading it and taking it out again. Here the fields that are needed are taken, and
no others; what is computed is the same. What is not an array in one piece, asked for items, a row or a run of them, is
left to numba.

And numba compiles a function of its own for each kind of lengths that an array is made with, and three for zeros:
`empty` and `zeros` are written where they are called.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, lowering
from numba.core import types as every_type
from numba.extending import intrinsic
from numba.np import numpy_support

__all__ = ["Lean", "empty", "filled", "item_size", "product", "strides", "zeros"]

types: Any = every_type  # its own list of names holds half of them
_OWNER = types.MemInfoPointer(types.voidptr)
_ALIGNED = 32
"""The bytes at a multiple of which an array begins, as numba has it."""


def filled(context: Any, kind: Any, builder: Any, **fields: Any) -> Any:
    """An array of these fields; lengths and strides are given as lists, and nothing owns what it shows unless told."""
    model = context.data_model_manager[kind]
    made = ir.Constant(model.get_value_type(), None)
    for name, value in fields.items():
        at = model.get_field_position(name)
        if isinstance(value, list):
            for axis, length in enumerate(value):
                made = builder.insert_value(made, length, [at, axis])
        else:
            made = builder.insert_value(made, value, at)
    return made


@intrinsic
def empty(typing: Any, shape: Any, dtype: Any) -> Any:
    """An array of this shape, a number or a tuple, and type of numbers; what is in it is not said."""
    return _made(shape, dtype, False)


@intrinsic
def zeros(typing: Any, shape: Any, dtype: Any) -> Any:
    """An array of zeros."""
    return _made(shape, dtype, True)


def _made(shape: Any, dtype: Any, cleared: bool) -> Any:
    each = _each(shape)
    made = types.Array(dtype.dtype, len(each), "C")

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        lengths = [context.cast(builder, length, one, types.intp)
                   for one, length in zip(each, _parts(builder, shape, given[0]), strict=True)]
        size = item_size(context, made)
        apart = strides(builder, lengths, size)
        count = product(builder, lengths)
        size_of_all = builder.mul(count, size)
        owner = context.nrt.meminfo_alloc_aligned(builder, size_of_all, _ALIGNED)
        data = context.nrt.meminfo_data(builder, owner)
        if cleared:
            cgutils.memset(builder, data, size_of_all, 0)
        return filled(context, made, builder, meminfo=owner, nitems=count, itemsize=size,
                      data=builder.bitcast(data, context.get_data_type(made.dtype).as_pointer()), shape=lengths,
                      strides=apart)

    return made(shape, dtype), code


def item_size(context: Any, kind: Any) -> Any:
    """How many bytes an item of an array takes."""
    return context.get_constant(types.intp, numpy_support.as_dtype(kind.dtype).itemsize)


def strides(builder: Any, lengths: list[Any], size: Any) -> list[Any]:
    """How many bytes lie from one item of an axis to the next."""
    strides = [size]
    for length in lengths[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length, flags=["nsw"]))
    return strides


def product(builder: Any, lengths: list[Any]) -> Any:
    count = lengths[0]
    for length in lengths[1:]:
        count = builder.mul(count, length)
    return count


class Lean(lowering.Lower):
    """Writes the code of a function, for LLVM."""

    def lower_inst(self, inst: Any) -> Any:
        # numba looks for a way to write to a constant place in all that it knows, finds none, and asks again.
        if type(inst).__name__ == "StaticSetItem" and self._is_array(inst.target):
            return self.lower_setitem(inst.target, inst.index_var, inst.value, self.fndesc.calltypes[inst])
        return super().lower_inst(inst)

    def lower_expr(self, resty: Any, expr: Any) -> Any:
        if expr.op == "static_getitem" and expr.index_var is not None and self._is_array(expr.value):
            return self.lower_getitem(resty, expr, expr.value, expr.index_var, self.fndesc.calltypes[expr])
        return super().lower_expr(resty, expr)

    def _is_array(self, variable: Any) -> bool:
        return isinstance(self.typeof(variable.name), types.Array)

    def lower_getitem(self, resty: Any, expr: Any, value: Any, index: Any, signature: Any) -> Any:
        kind, of = self.typeof(value.name), self.typeof(index.name)
        if not _plain(kind, of) or (isinstance(resty, types.Array) and resty.layout != "C"):
            return super().lower_getitem(resty, expr, value, index, signature)
        array = self.loadvar(value.name)
        data, lengths = self._found(kind, array, of, self.loadvar(index.name))
        if not isinstance(resty, types.Array):
            item = self.context.unpack_value(self.builder, kind.dtype, data)
            return self.context.cast(self.builder, item, kind.dtype, resty)
        apart = self._field(kind, array, "strides")
        whole = {name: self._field(kind, array, name) for name in ("meminfo", "parent", "itemsize")}
        inner = range(kind.ndim - len(lengths), kind.ndim)
        whole |= {"strides": [self.builder.extract_value(apart, axis) for axis in inner],
                  "nitems": product(self.builder, lengths), "data": data, "shape": lengths}
        made = filled(self.context, resty, self.builder, **whole)
        self.incref(resty, made)
        return made

    def lower_setitem(self, target_var: Any, index_var: Any, value_var: Any, signature: Any) -> None:
        kind, of, given = (self.typeof(one.name) for one in (target_var, index_var, value_var))
        if not _plain(kind, of) or not isinstance(given, types.Number | types.Boolean):
            super().lower_setitem(target_var, index_var, value_var, signature)
            return
        data, lengths = self._found(kind, self.loadvar(target_var.name), of, self.loadvar(index_var.name))
        value = self.context.cast(self.builder, self.loadvar(value_var.name), given, kind.dtype)
        if not lengths:
            self.context.pack_value(self.builder, kind.dtype, value, data)
            return
        with cgutils.for_range(self.builder, product(self.builder, lengths)) as loop:
            self.context.pack_value(self.builder, kind.dtype, value, self.builder.gep(data, [loop.index]))

    def _field(self, kind: Any, array: Any, name: str) -> Any:
        return self.builder.extract_value(array, self.context.data_model_manager[kind].get_field_position(name))

    def _found(self, kind: Any, array: Any, of: Any, index: Any) -> tuple[Any, list[Any]]:
        """Where that begins which an array is asked for, and its lengths: none for a single item."""
        builder, each, shape = self.builder, _each(of), self._field(kind, array, "shape")
        lengths = [builder.extract_value(shape, axis) for axis in range(kind.ndim)]
        places, left = [], lengths[len(each):]
        for one, place, length in zip(each, _parts(builder, of, index), lengths[:len(each)], strict=True):
            if isinstance(one, types.SliceType):
                begin, end = (_within(builder, builder.extract_value(place, nth), length) for nth in (0, 1))
                many = builder.sub(end, begin)
                places.append(begin)
                left.insert(0, builder.select(builder.icmp_signed(">", many, many.type(0)), many, many.type(0)))
            elif one.signed:
                places.append(_from_begin(builder, self.context.cast(builder, place, one, types.intp), length))
            else:
                places.append(self.context.cast(builder, place, one, types.uintp))
        data = self._field(kind, array, "data")
        return cgutils.get_item_pointer2(self.context, builder, data, lengths, None, "C", places), left

    def incref(self, typ: Any, val: Any) -> None:
        if self.context.enable_nrt:
            self._count(super().incref, typ, val)

    def decref(self, typ: Any, val: Any) -> None:
        if self.context.enable_nrt:
            self._count(super().decref, typ, val)

    def _count(self, count: Any, kind: Any, value: Any) -> None:
        """Count a reference to each array that a value holds."""
        if isinstance(kind, types.Array):
            count(_OWNER, self._field(kind, value, "meminfo"))
        elif isinstance(kind, types.BaseTuple):
            for nth, part in enumerate(kind.types):
                if self._owns(part):
                    self._count(count, part, self.builder.extract_value(value, nth))
        elif self._owns(kind):
            count(kind, value)

    def alloca_lltype(self, name: str, lltype: Any, datamodel: Any = None) -> Any:
        return cgutils.alloca_once(self.builder, lltype, name=name, zfill=False)  # without words for a debugger

    def delvar(self, name: str) -> None:
        if not self._owns(self.typeof(name)):  # numba clears it, lest what it owns is given back twice
            if name not in self._blk_local_varmap:
                self._singly_assigned_vars.discard(name)
            return
        super().delvar(name)

    def _owns(self, kind: Any) -> bool:
        return bool(self.context.enable_nrt and self.context.data_model_manager[kind].contains_nrt_meminfo())


def _plain(kind: Any, of: Any) -> bool:
    """Whether an array in one piece is asked for an item, a row, or a run of items."""
    each = _each(of)
    return (type(kind) is types.Array and kind.layout == "C" and kind.aligned and 0 < len(each) <= kind.ndim
            and all(isinstance(one, types.Integer) for one in each[:-1])
            and (isinstance(each[-1], types.Integer) or _run(each[-1])))


def _run(of: Any) -> bool:
    """Whether this is a run of places one after the other."""
    return isinstance(of, types.SliceType) and not of.has_step


def _each(of: Any) -> tuple[Any, ...]:
    return tuple(of.types) if isinstance(of, types.BaseTuple) else (of,)


def _parts(builder: Any, of: Any, value: Any) -> list[Any]:
    if not isinstance(of, types.BaseTuple):
        return [value]
    return [builder.extract_value(value, nth) for nth in range(len(of))]


def _from_begin(builder: Any, place: Any, length: Any) -> Any:
    """A place that may have been counted from the end."""
    return builder.select(builder.icmp_signed("<", place, place.type(0)), builder.add(place, length), place)


def _within(builder: Any, place: Any, length: Any) -> Any:
    """An end of a run, within the array."""
    place = _from_begin(builder, place, length)
    place = builder.select(builder.icmp_signed("<", place, place.type(0)), place.type(0), place)
    return builder.select(builder.icmp_signed(">", place, length), length, place)
