"""Two tiers of tests: the short one runs every time, the long one before something is called done.

A test that looks at random studies, tables or searches looks at few of them in the short tier and at many in the long
one. It is the same test: what it claims, and how often a true claim may fail by chance, do not hang on the number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

__all__ = ["few_and_many", "for_all", "in_turn"]

Test = Callable[..., None]


def few_and_many(name: str, few: int, many: int) -> pytest.MarkDecorator:
    """The argument `name` of a test: few in the short tier, many in the long one."""
    return pytest.mark.parametrize(name, [few, pytest.param(many, marks=pytest.mark.long)])


def in_turn(names: tuple[str, str], first: Sequence[Any], second: Sequence[Any], **how: Any) -> pytest.MarkDecorator:
    """Two arguments of a test: each of both once in the short tier, all pairs of them in the long one."""
    many = max(len(first), len(second))
    few = {(i % len(first), i % len(second)) for i in range(many)}
    return pytest.mark.parametrize(names, [
        pytest.param(one, other, marks=() if (i, j) in few else pytest.mark.long)
        for i, one in enumerate(first) for j, other in enumerate(second)], **how)


def for_all(*drawn: SearchStrategy[Any], few: int, many: int) -> Callable[[Test], Test]:
    """A claim about whatever Hypothesis draws, tried on few examples in the short tier and on many in the long one.

    As with `given`, what is drawn fills the last arguments of the claim; those before them are fixtures.
    """
    def test_of(claim: Test) -> Test:
        def test(examples: int, **fixtures: Any) -> None:
            settings(max_examples=examples)(given(*drawn)(claim))(**fixtures)

        before = list(inspect.signature(claim).parameters.values())[:-len(drawn)]
        first = inspect.Parameter("examples", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        test.__signature__ = inspect.Signature([first, *before])  # type: ignore[attr-defined]
        test.__doc__ = claim.__doc__
        return few_and_many("examples", few, many)(test)

    return test_of
