"""Numbers in digits: one formatter for a value and its interval, and counts out of 100 for shares.

A value, the low end and the high end are rounded to the same number of decimals, so the printed value lies inside the
printed interval whenever the value lies inside the interval. The width of the interval says how many decimals that is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sousveil.ground.numerals import MOST_PLACES, nearest, number
from sousveil.measures.measure import Measure

__all__ = ["FINEST", "base_of", "ends", "interval", "number", "of_hundred", "over", "percent", "points", "roughly",
           "rounded", "short", "sides", "span", "together", "written"]

FINEST = 1_000
"""The largest count that a sentence goes to for telling two sides apart: `314 of 1,000, against 318`. Two shares that
print alike even so differ by less than a reader can use, and their difference is not named."""

_MINUS = "\u2212"
_PLACES = 6
_FIGURES = 1e4
"""An interval that is far narrower than its numbers are large, as of a ratio that chance hardly enters, asks for so
many parts of them at most: nobody reads a tenth digit."""
_HARDLY = 1e-9
"""An interval that is narrower than so small a part of its numbers has no width: the same sums, in another order."""
_NOISE = 1e-12
"""Sums of floats that cancel leave so much at most where nothing is."""


def rounded(x: float, figures: int = 2) -> float | int:
    """The number with so many significant figures; whole from there on."""
    kept = nearest(x, figures - 1 - math.floor(math.log10(abs(x)))) if x else 0
    return int(kept) if kept == int(kept) else kept


def short(x: float) -> str:
    """A number with two decimals at most, more where it is small, for the ends of bars."""
    return number(nearest(x, 2) if abs(x) >= 0.01 else rounded(x))


def percent(share: float, decimals: int | None = None) -> str:
    """`31%`, `6.2%`, `0.04%`. Never 0% of somebody, never 100% of less than all."""
    x = 100 * share
    rest = min(x, 100 - x) if 0 < share < 1 else abs(x)
    if decimals is not None:
        text = f"{nearest(abs(x), decimals):.{decimals}f}"
    elif rest == 0 or rest >= 9.95:
        text = f"{nearest(abs(x)):.0f}"
    else:
        places = min(max(1, 1 - math.floor(math.log10(rest))), _PLACES)
        text = f"{nearest(abs(x), places):.{places}f}"
        text = text.rstrip("0").rstrip(".")
    if 0 < share < 1 and float(text) in (0.0, 100.0):
        return "under 0.0001%" if share < 0.5 else "over 99.9999%"
    return (_MINUS if x < 0 and float(text) else "") + text + "%"


def points(value: float) -> str:
    """A difference of shares, in percentage points, without an interval beside it: `−3.2`."""
    return number(nearest(100 * value, 2 if abs(value) < 0.1 else 1))


# --- a value and its interval -----------------------------------------------------------------------------------------


def written(m: Measure, difference: bool = False) -> str:
    """The value with the decimals that its interval needs, without its unit: `18.9%`, `31`, `−3.24`; `–` for none.

    difference   whether it is a difference between two worlds: then shares are in percentage points, whose unit the
                 caller writes; so they are where the measure has a reference
    """
    if m.value is None:
        return "–"
    if not _has_interval(m):
        return _alone(m, m.value, difference)
    scale, tail = _scale(m, difference)
    text = _digits(scale * m.value, _decimals(m, difference), full=tail == "%")
    if tail == "%" and 0 < m.value < 1 and text in ("0", "100"):
        return percent(m.value)
    return text + tail


def roughly(m: Measure) -> str:
    """A total with the fewest figures, two at least, that lie inside its interval: `about 543,000` of 542,865, which is
    540,100 to 545,700. Three where it has none.
    """
    if m.value is None:
        return "–"
    known = _has_interval(m)
    for figures in range(2 if known else 3, 16):
        kept = rounded(m.value, figures)
        if not known or m.low <= kept <= m.high:  # type: ignore[operator]
            less = abs(kept) >= 100 and kept != nearest(m.value)
            return f"{'about ' if less else ''}{number(kept)}"
    return written(m)


def ends(m: Measure, difference: bool = False) -> str:
    """The two ends of an interval without what it is over: `18.6 to 19.5%`; a difference of shares in points."""
    if not _has_interval(m):
        return interval(m)
    assert m.low is not None
    assert m.high is not None
    scale, tail = _scale(m, difference)
    decimals = _decimals(m, difference)
    low, high = (_digits(scale * x, decimals, full=tail == "%") for x in (m.low, m.high))
    return f"{low} to {high}{tail}" + (" points" if m.unit == "share" and not tail else "")


def interval(m: Measure, difference: bool = False) -> str:
    """The interval of a measure with what it is over, or why there is none."""
    if m.over == "exact":
        return "exact: no chance enters"
    if not _has_interval(m):
        return m.note or "no interval: a single run"
    return f"{ends(m, difference)} {over(m.over)}".strip()


def over(kind: str) -> str:
    """What an interval is over, in words that fit after its ends."""
    return {
        "draws": "in 95 of 100 sets of runs like this",
        "sampling": "in 95 of 100 populations of this size",
        "draws and sampling": "in 95 of 100 sets of runs like this, with other people",
        "parameters": "over the ranges of what is not published",
        "parameters and sampling": "over what is not published about the rates, and the number of people",
    }.get(kind, "")


def span(low: float, high: float, unit: str = "") -> str:
    """`18.6 to 19.5%`: both ends with just enough decimals to tell them apart."""
    scale, tail = (100, "%") if unit == "share" else (1, "")
    low, high = scale * low, scale * high
    decimals = _needed(low, high)
    return f"{_digits(low, decimals, full=unit == 'share')} to {_digits(high, decimals, full=unit == 'share')}{tail}"


def _has_interval(m: Measure) -> bool:
    return m.over != "exact" and m.low is not None and m.high is not None


def _alone(m: Measure, value: float, difference: bool) -> str:
    if m.unit == "share":
        return points(value) if m.reference or difference else percent(value)
    return number(value if abs(value) < 100 else nearest(value))


def _scale(m: Measure, difference: bool = False) -> tuple[float, str]:
    """Shares in percent; differences of shares in points, whose unit the caller writes."""
    if m.unit != "share":
        return 1.0, ""
    return 100.0, "" if m.reference or difference else "%"


def _decimals(m: Measure, difference: bool = False) -> int:
    """How many decimals the value and both ends get: as the width needs, more where the value would print as none or
    as all, unless it may be none: its interval is on both sides of it.
    """
    assert m.value is not None
    assert m.low is not None
    assert m.high is not None
    scale, tail = _scale(m, difference)
    value = 0.0 if abs(m.value) < _NOISE else scale * m.value
    decimals = _needed(scale * m.low, scale * m.high)
    hidden = (0.0, 100.0) if tail == "%" else (0.0,)
    either = m.low < 0 < m.high
    while decimals < _PLACES and not either and value not in hidden and nearest(value, decimals) in hidden:
        decimals += 1
    return decimals


def _needed(low: float, high: float) -> int:
    if max(abs(low), abs(high)) < _NOISE:
        return 0
    width = high - low
    if width < _HARDLY * max(abs(low), abs(high)):  # sums in another order
        width = 0.0
    if not 0 < width < 1 and all(abs(end - round(end)) < 1e-9 for end in (low, high)):
        return 0
    most = max(abs(low), abs(high))
    wanted = max(width / 4, most / _FIGURES) if width > 0 else most / 100
    return min(max(0, -math.floor(math.log10(wanted))), MOST_PLACES) if 0 < wanted < 1 else 0


def _digits(x: float, decimals: int, full: bool) -> str:
    """A number with so many decimals; none and exactly all without any."""
    return number(x, 0 if abs(x) < _NOISE or (full and x == 100) else decimals)


# --- counts out of 100 ------------------------------------------------------------------------------------------------


def base_of(share: float) -> int:
    """The smallest of 100, 1,000 ... of which the share is a whole number, near enough; 100 for none and for all."""
    for base in (100, 1_000, 10_000, 100_000, 1_000_000):
        count = nearest(share * base)
        if share <= 0 or share >= 1 or (0 < count < base and
                                        abs(count / base - share) <= 0.1 * min(share, 1 - share)):
            return base
    return 0


def of_hundred(share: float, base: int = 0, low: float | None = None, high: float | None = None,
               people: float | None = None) -> str:
    """`31 of 100`, `4 of 1,000`; `nobody` and `everybody` only where that is exact.

    base        count of so many, where another share beside it needs that
    low, high   its interval: the count lies inside it, or is called `about`
    people      how many there are: `1 of 3,000`, where it would be counted of more than there are
    """
    if share <= 0:
        return "nobody"
    if share >= 1:
        return "everybody"
    own = base_of(share)
    if not own:
        return "fewer than 1 of 100,000" if share < 0.5 else "all but fewer than 1 of 100,000"
    if people and not base and own > people and _whole(share * people):
        return f"{number(round(share * people))} of {number(round(people))}"
    base = max(base, own)
    while base < FINEST and not _inside(share, base, low, high):
        base *= 10
    about = "" if _inside(share, base, low, high) else "about "
    return f"{about}{number(nearest(share * base))} of {number(base)}"


def _whole(x: float) -> bool:
    return abs(x - round(x)) <= 1e-6 * max(x, 1.0) and round(x) >= 1


def _inside(share: float, base: int, low: float | None, high: float | None) -> bool:
    return low is None or high is None or low <= nearest(share * base) / base <= high


def sides(one: Measure, other: Measure) -> tuple[str, str] | None:
    """Two values of one kind as a sentence sets them side by side; None where they print alike.

    Shares are counted out of the same number of people; the others are written as everywhere on the page, and print
    alike where the one with more decimals would with as few as the other.
    """
    if one.value is None or other.value is None:
        return None
    if one.unit == "share":
        base = max(base_of(one.value), base_of(other.value))
        while base:
            said = _of(one, base), _of(other, base)
            bases = {text.split(" of ")[1] for text in said if " of " in text and "fewer" not in text}
            if said[0] != said[1] and len(bases) < 2:
                return said
            if base >= FINEST and len(bases) < 2:
                return None
            base *= 10
        return None
    said = written(one), written(other)
    shown = [_decimals(m) for m in (one, other) if _has_interval(m) and abs(m.value or 0.0) > _NOISE]
    few = min(shown, default=0)
    alike = said[0] == said[1] or (len(shown) > 1 and nearest(one.value, few) == nearest(other.value, few))
    return None if alike else said


def together(measures: Sequence[Measure]) -> list[str]:
    """Shares as counts out of the same number of people, for a list of them in one sentence."""
    base = 0
    while True:
        said = [_of(m, base) for m in measures]
        bases = {int(text.split(" of ")[1].replace(",", "")) for text in said if " of " in text and "fewer" not in text}
        if len(bases) < 2:
            return said
        base = max(bases)


def _of(m: Measure, base: int) -> str:
    known = _has_interval(m)
    return of_hundred(m.value or 0.0, base, m.low if known else None, m.high if known else None, m.n)
