"""A number in figures, as it is read everywhere: on pages, in the terminal, in notebooks. Never as a power of ten."""

from __future__ import annotations

import math

__all__ = ["MOST_PLACES", "number"]

MOST_PLACES = 12
"""Decimals of a number at most: what is left after those is noise of sums of floats."""


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
        text = f"{x:,.{decimals}f}"
    elif x == 0:
        text = "0"
    else:
        places = max(0, figures - 1 - math.floor(math.log10(abs(x))))
        text = f"{x:,.{min(places, MOST_PLACES)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    if text.startswith("-") and not any(c in "123456789∞" for c in text):
        text = text[1:]
    return text.replace("-", "\u2212")
