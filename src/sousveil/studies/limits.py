"""How large a study may be, and the one check of a whole number that somebody gives in Python."""

from __future__ import annotations

import numbers
from typing import Any, SupportsIndex

from sousveil.errors import InputError
from sousveil.ground.arguments import described

__all__ = ["PEOPLE", "SEED", "STEPS", "WholeNumber", "described", "whole"]

WholeNumber = SupportsIndex | float
"""An integer, one of NumPy's, or a float that is whole, such as 1e6. `whole` makes it an integer."""

PEOPLE = (1, 20_000_000_000)
STEPS = (1, 12_000)
SEED = (0, 2**63 - 1)
"""The least and the most of each."""


def whole(name: str, value: object, low: int, high: int) -> int:
    """The value as Python's integer. Raises InputError, naming the setting, the value and what would be valid."""
    number = _integer(value)
    if number is None:
        kind = "text, not" if isinstance(value, str) else "not"
        raise InputError(f"{name}: {described(value)} is {kind} a whole number between {low:,} and {high:,}")
    if not low <= number <= high:
        raise InputError(f"{name}: {described(number)} is not between {low:,} and {high:,}")
    return number


def _integer(value: Any) -> int | None:
    """None for text, truth values, and numbers that are not whole or not finite."""
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        return int(value) if is_number and int(value) == value else None
    except (OverflowError, ValueError):  # infinity, NaN
        return None
