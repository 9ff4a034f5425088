"""Numbers as people type them, after options and into forms; what can be read in two ways is not read.

    whole("60,000")   60000: where a count is asked for, commas between groups of three mark thousands
    real("0.125")     0.125
    real("0,125")     ValueError: a point marks decimals
    real("1,500")     ValueError: it is 1.5 to some and 1500 to others
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from sousveil.errors import two_readings
from sousveil.ground.arguments import described

__all__ = ["real", "whole"]

_GROUPS = r"[1-9]\d{0,2}(,\d{3})+"
"""Thousands: groups of three digits, and no 0 in front, which would be a decimal comma."""


def whole(text: str) -> int:
    """A whole number as people type it: 1000000, 1_000_000, 1,000,000, 1e6. Raises ValueError otherwise."""
    if reason := two_readings(text):
        raise ValueError(reason)
    # A comma counts only between groups of three digits: "1,5" is one and a half to half of the world.
    plain = text.strip().replace(",", "") if re.fullmatch(_GROUPS, text.strip()) else text
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = Decimal(plain)  # exact: a float would make 5e22 something else
        if abs(number) < Decimal("1e60") and number == int(number):
            return int(number)
    except (ArithmeticError, ValueError):
        pass
    raise ValueError(f'{described(text)} is not a whole number, such as 1000000 or 1e6')


def real(text: str) -> float:
    """A number with decimals, as people type it: 0.5, 2, 1e-3, 1,000,000. Raises ValueError otherwise."""
    if reason := two_readings(text, whole=False):
        raise ValueError(reason)
    # Two commas, or a comma and then a point, can only mark thousands: one alone was not read above.
    plain = text.strip()
    thousands = re.fullmatch(rf"[+-]?({_GROUPS}(\.\d+)?)", plain)
    try:
        number = float(plain.replace(",", "") if thousands else plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f'{described(text)} is not a number, such as 0.5')
    return number
