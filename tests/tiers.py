"""Two tiers of tests: the short one runs every time, the long one before something is called done (`sv test --all`).

A test that looks at random studies, tables or searches looks at few of them in the short tier and at many in the long
one. It is the same test: what is claimed, and how often the claim may fail by chance, do not change with the number.
"""

from __future__ import annotations

import pytest

__all__ = ["few_and_many"]


def few_and_many(name: str, few: int, many: int) -> pytest.MarkDecorator:
    """The argument `name` of a test: few in the short tier, many in the long one."""
    return pytest.mark.parametrize(name, [few, pytest.param(many, marks=pytest.mark.long)])
