"""Compiling a kernel as a whole: what it calls becomes machine code once, within it.

numba makes machine code of every function that a kernel calls, of those that these call, and so on, before it makes
that of the kernel, which holds all of theirs again: most of the work is done once for each level of calls, and all but
the last is thrown away. Here the functions that kernels alone call are parts: their code is put beside that of the
kernel, callers first, and is worked on there.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import compiler, typed_passes, types, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import LoweringPass, register_pass

from sousveil.engine.lean import Lean

__all__ = ["OfKernel", "OfPart"]


class _Part(JITCodeLibrary):
    """The code of a function that kernels alone call."""

    @property
    def codegen(self) -> Any:
        return _NoEnvironment

    def add_llvm_module(self, module: Any) -> None:
        module.data_layout = self._codegen._data_layout
        self._final_module.link_in(module)

    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # there is none


class _NoEnvironment:
    """What numba asks to give a function its constants of Python: a part has no address to which they could go."""

    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        pass


class _Whole(JITCodeLibrary):
    """The code of a kernel."""

    _linking_libraries: list[Any]

    def finalize(self) -> None:
        self._linking_libraries = _in_order(self._linking_libraries)
        super().finalize()


def _in_order(called: list[Any]) -> list[Any]:
    """All that is called from here, each before all that it calls: what nobody has asked for yet is left out."""
    found: dict[Any, None] = {}

    def add(libraries: list[Any]) -> None:
        for library in libraries:
            if library not in found:
                if isinstance(library, _Part):
                    add(library._linking_libraries)
                found[library] = None

    add(called)
    return [*reversed(found)]


@register_pass(mutates_CFG=False, analysis_only=True)
class _AsPart(LoweringPass):
    _name: Any = "as_part"
    library: Any = _Part

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return False


@register_pass(mutates_CFG=False, analysis_only=True)
class _AsWhole(_AsPart):
    _name, library = "as_whole", _Whole


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(typed_passes.NativeLowering):
    _name: Any = "lean_lowering"

    @property
    def lowering_class(self) -> Any:
        return Lean


class _Flags(compiler.Flags):
    """numba's settings of one compilation: they are compared at every operation of which a type is asked, and a
    dictionary says what is set at once, where they ask each setting by name.
    """

    def values(self) -> Any:
        return _UNSET | self._values

    def copy(self) -> _Flags:
        return _Flags(self)

    def __hash__(self) -> int:
        return _HASH  # numba's own is that of the names alone

    def __eq__(self, other: object) -> Any:
        return self is other or super().__eq__(other)


_UNSET, _HASH = compiler.Flags().values(), hash(compiler.Flags())


_NEEDLESS = {untyped_passes.WithLifting, untyped_passes.RewriteDynamicRaises, untyped_passes.MakeFunctionToJitFunction,
             untyped_passes.FindLiterallyCalls, untyped_passes.LiteralUnroll, typed_passes.InlineOverloads,
             typed_passes.NopythonRewrites}
"""What numba does for what no kernel has: functions within, sums of whole arrays, and so on."""


@contextmanager
def _asked_once() -> Iterator[None]:
    """Let numba look up once what its functions give for which types: it does so at every operation, twice."""
    functions: Any = types.functions.BaseFunction
    look, known = functions.get_call_type, dict[Any, Any]()

    def get_call_type(function: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return look(function, context, args, kws)
        key = id(function), tuple(args)
        if key not in known:
            known[key] = look(function, context, args, kws), function
        return known[key][0]

    functions.get_call_type = get_call_type
    try:
        yield
    finally:
        functions.get_call_type = look


class OfPart(compiler.CompilerBase):
    """Compiles a function that kernels alone call."""

    before: Any = _AsPart

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, names: Any) -> None:
        super().__init__(typing, target, library, args, result, _Flags(flags), names)

    def define_pipelines(self) -> list[Any]:
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(self.before, typed_passes.AnnotateTypes)
        passes.passes = [(_Lowering if one is typed_passes.NativeLowering else one, name)
                         for one, name in passes.passes if one not in _NEEDLESS]
        passes.finalize()
        return [passes]


class OfKernel(OfPart):
    """Compiles a kernel. What that makes in between is let lie until it is done: to look for what is not needed any
    more takes an eighth of the time.
    """

    before = _AsWhole

    def compile_extra(self, function: Any) -> Any:
        collects = gc.isenabled()
        gc.disable()
        try:
            with _asked_once():
                return super().compile_extra(function)
        finally:
            if collects:
                gc.enable()
