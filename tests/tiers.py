"""Two tiers of tests: the short one runs every time, the long one before something is called done.

A test that looks at random studies, tables or searches looks at few of them in the short tier and at many in the long
one. It is the same test: what it claims, and how often a true claim may fail by chance, do not hang on the number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

__all__ = ["few_and_many", "for_all"]


def few_and_many(name: str, few: int, many: int) -> pytest.MarkDecorator:
    """The argument `name` of a test: few in the short tier, many in the long one."""
    return pytest.mark.parametrize(name, [few, pytest.param(many, marks=pytest.mark.long)])


def for_all(*drawn: SearchStrategy[Any], few: int, many: int) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """A claim about whatever Hypothesis draws, tried on few examples in the short tier and on many in the long one."""
    def test_of(claim: Callable[..., None]) -> Callable[[int], None]:
        def test(examples: int) -> None:
            settings(max_examples=examples, deadline=None)(given(*drawn)(claim))()

        test.__doc__ = claim.__doc__
        return few_and_many("examples", few, many)(test)

    return test_of
