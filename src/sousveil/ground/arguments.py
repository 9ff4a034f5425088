"""What somebody gives to a public function, held against the types that the function names, before anything is done.

    @checked
    def claim(counted: str, fpir: AnyRate, *, pooled: bool = False) -> Check: ...

    claim(5, 0.001)       InputError: counted: 5 is not text

Only kinds of value are looked at here: whether a name or a number is a good one, each function says itself. Settings of
the type `WholeNumber` are left to `studies.limits.whole`, which says from where to where they may go.
"""

from __future__ import annotations

import ast
import functools
import inspect
import numbers
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, get_args, get_origin

from sousveil.errors import InputError

__all__ = ["checked", "described"]

P = ParamSpec("P")
T = TypeVar("T")

_ELSEWHERE = ("WholeNumber", "Share", "Engine", "AnyStudy", "AnyReform", "AnyAxes", "AnyResult", "Any")
"""What has a check of its own, with better words than a type has."""


def described(value: object) -> str:
    """A value that somebody gave, in a few characters: never all the rows of a table."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 else f'"{value[:39]}…"'
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        # Python does not print integers of thousands of digits.
        return f"{int(value):,}" if abs(int(value)) < 10**30 else "a number of more than 30 digits"
    if value is None or isinstance(value, bool) or (
            isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational)):
        return str(value)
    return f"a value of the type {type(value).__name__}"


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """The function; whoever calls it with a value of another kind than it names gets an InputError in words.

    It is called as before in every other way: a call that lacks an argument, or has one too many, is a TypeError, as
    Python and its tools have it for any function. It is a mistake in a program, and none in what somebody is asking.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError:
            return function(*args, **kwargs)  # which says it with the name of the function
        for name, value in given.items():
            parameter = signature.parameters[name]
            if parameter.kind is inspect.Parameter.VAR_KEYWORD or parameter.annotation is inspect.Parameter.empty:
                continue
            kinds = _kinds(str(parameter.annotation), function.__module__)
            for one in value if parameter.kind is inspect.Parameter.VAR_POSITIONAL else (value,):
                if kinds and not any(fits(one) for _, fits in kinds):
                    raise InputError(f"{name}: {described(one)} is not {_listed([said for said, _ in kinds])}")
        return function(*args, **kwargs)

    return called


Kind = tuple[str, Callable[[object], bool]]
"""What a kind of value is called, and whether a value is one."""


@functools.cache
def _kinds(annotation: str, module: str) -> tuple[Kind, ...]:
    """The kinds that an annotation allows; none, where any is allowed or a check of its own follows."""
    try:
        return tuple(dict(_of_node(ast.parse(annotation, mode="eval").body, module)).items())
    except _AnyValue:
        return ()


class _AnyValue(Exception):
    """An annotation that says nothing of the kind."""


def _of_node(node: ast.expr, module: str) -> list[Kind]:
    if isinstance(node, ast.BinOp):
        return [*_of_node(node.left, module), *_of_node(node.right, module)]
    if isinstance(node, ast.Constant) and node.value is None:
        return [("None", lambda value: value is None)]
    text = ast.unparse(node)
    if text in _ELSEWHERE:
        raise _AnyValue
    try:
        kind = eval(text, vars(sys.modules[module]))
    except NameError:  # imported for type checkers alone: whoever has a value of that class has loaded its module
        return [(_called(text), lambda value: any(one.__name__ == text for one in type(value).__mro__))]
    return _of_type(kind)


def _of_type(kind: Any) -> list[Kind]:
    """The kinds of a type as Python has it."""
    origin, inside = get_origin(kind), get_args(kind)
    if kind is Any or isinstance(kind, TypeVar) or (origin is tuple and Ellipsis not in inside):
        raise _AnyValue  # of so many values as a tuple names, whoever takes them says more
    if kind in _SIMPLE:
        return [_SIMPLE[kind]]
    if kind is type(None):
        return [("None", lambda value: value is None)]
    if origin is Literal:
        return [_SIMPLE[str]]
    if origin is None:
        if issubclass(kind, os.PathLike):
            return [_PATH]
        return [(_called(kind.__name__), lambda value: isinstance(value, kind))]
    if issubclass(origin, os.PathLike):
        return [_PATH]
    if issubclass(origin, Mapping):
        return [("a mapping", lambda value: isinstance(value, Mapping))]
    if issubclass(origin, Iterable):
        within = [one for part in inside if part is not Ellipsis for one in _of_type(part)]
        of = f"a list of {_listed([*dict(within)])}"
        return [(of, lambda value: _is_list(value, issubclass(origin, Sequence), [fits for _, fits in within]))]
    return [one for part in inside for one in _of_type(part)]


def _is_list(value: object, again: bool, fits: Collection[Callable[[object], bool]]) -> bool:
    """again: whether it must be one that can be read more than once; only such a one is looked into."""
    if isinstance(value, str | bytes | bytearray | Mapping):
        return False
    if not isinstance(value, Collection):
        return not again and isinstance(value, Iterable)
    return all(any(fit(one) for fit in fits) for one in value)


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and value == value


def _is_whole(value: object) -> bool:
    return _is_number(value) and abs(value) != float("inf") and value == int(value)  # type: ignore[arg-type,call-overload]


_PATH: Kind = ("a path", lambda value: isinstance(value, os.PathLike) and isinstance(os.fspath(value), str))
_SIMPLE: dict[Any, Kind] = {
    str: ("text", lambda value: isinstance(value, str)),
    bool: ("True or False", lambda value: isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")),
    int: ("a whole number", _is_whole),
    float: ("a number", _is_number)}


def _called(name: str) -> str:
    """A class of ours in a sentence: `a run`, `an objective`, `figures`."""
    word = name.lower()
    return word if word.endswith("s") else f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _listed(said: Sequence[str]) -> str:
    """Words for what would be valid: `text or a path`; None goes without saying."""
    shown = [*dict.fromkeys(one for one in said if one != "None")]
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else shown[0]
