"""A number in figures, as it is read everywhere: on pages, in the terminal, in notebooks. Never as a power of ten."""

from __future__ import annotations

import math

__all__ = ["MOST_PLACES", "nearest", "number"]

MOST_PLACES = 12
"""Decimals of a number at most: what is left after those is noise of sums of floats."""

_HAIR = 1e-9
"""Of its last place, by so much a number may miss the half that it means: 14.5 in 100, as a float, is a little less."""


def nearest(x: float, decimals: int = 0) -> float:
    """The nearest number with so many decimals; of -2, so many hundreds. A half goes up, away from 0: 24.5 becomes 25.
    """
    scale = 10.0**abs(decimals)
    scaled = abs(x) * scale if decimals >= 0 else abs(x) / scale
    if not scaled < 2**52:  # whole as it is, infinite or none
        return x
    found = math.floor(scaled + 0.5 + _HAIR)
    return math.copysign(found / scale if decimals >= 0 else found * scale, x)


def number(x: float, decimals: int | None = None, figures: int = 3) -> str:
    """A number for reading: `1,000,000`, `0.012`, `−3`.

    decimals   so many of them, whatever they are
    figures    else so many significant figures of a float; a whole number keeps all that it has
    """
    if isinstance(x, int):
        text = f"{x:,}"
    elif not math.isfinite(x):
        text = "–" if math.isnan(x) else ("∞" if x > 0 else "-∞")
    elif decimals is not None:
        text = f"{nearest(x, decimals):,.{decimals}f}"
    elif x == 0:
        text = "0"
    else:
        places = min(max(0, figures - 1 - math.floor(math.log10(abs(x)))), MOST_PLACES)
        text = f"{nearest(x, places):,.{places}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    if text.startswith("-") and not any(c in "123456789∞" for c in text):
        text = text[1:]
    return text.replace("-", "\u2212")
