"""Numbers in plain words: for whom each holds, as shares and as points."""

from __future__ import annotations

from collections.abc import Callable

from sousveil.ground import called
from sousveil.studies.number import Number, shown

__all__ = ["acts", "among", "for_whom", "gets", "in_points", "in_words", "or_more", "percent", "records",
           "share_in_words", "signed"]


def share_in_words(share: float) -> str:
    """A share as a natural frequency: 0.6 is `60 of 100`, 0.002 is `2 of 1,000`."""
    if share in (0.0, 1.0):
        return "none" if share == 0.0 else "all"
    base = 100
    while base < 1_000_000 and share * base < 10 and abs(share * base - (round(share * base) or 1)) > 1e-6:
        base *= 10
    return f"{shown(round(share * base, 2))} of {base:,}"


def acts(share: float) -> str:
    """A share of acts: `60 of 100 acts`."""
    return {0.0: "no act", 1.0: "every act"}.get(share, f"{share_in_words(share)} acts")


def records(share: float) -> str:
    """A share of records: `2 of 100 records`."""
    return {0.0: "no records", 1.0: "all records"}.get(share, f"{share_in_words(share)} records")


def percent(share: float) -> str:
    """A share as percent: `60 percent`."""
    return f"{shown(round(share * 100, 6))} percent"


def in_words(written: Number, filled: Number, say: Callable[[float], str]) -> str:
    """A number for whom it holds, and whether it was assumed."""
    assumed = " (assumed)" if written.has_unknown else ""
    return for_whom(filled, say) + assumed


def for_whom(number: Number, say: Callable[[float], str]) -> str:
    """A number for whom it holds: `60 of 100 acts in north, 30 of 100 acts in south`. say: one value in words."""
    if number.base is not None:
        factors = [f"{shown(factor)} times that {among(label, name)}" for label, names in number.times
                   for name, factor in names]
        return for_whom(number.base, say) + (", and " + ", ".join(factors) if factors else "")
    if number.label:
        return ", ".join(f"{for_whom(inner, say)} {among(number.label, name)}" for name, inner in number.by)
    return "an unknown number" if number.value is None else say(number.value)


def among(label: str, name: str) -> str:
    """Those of whom a name of a label holds: `for B`, `in north`, `where age is old`."""
    name = called.name(label, name)
    return {"group": f"for {name}", "district": f"in {name}"}.get(label, f"where {label} is {name}")


def in_points(said: str) -> str:
    """So many points, of a number that is in words already."""
    return f"{said} point" if said == "1" else f"{said} points"


def or_more(number: Number) -> str:
    """`600 points or more`."""
    return f"{in_points(for_whom(number, shown))} or more"


def signed(number: Number) -> str:
    """Points with their sign: `−15`."""
    return for_whom(number, lambda value: f"{value:+.10g}".replace("-", "−"))


def gets(number: Number, written: Number, person: bool = True) -> str:
    """`loses 15 points`, `gains 2 points`, of an act `costs` and `gives`; and whether that was assumed."""
    gains, loses = ("gains", "loses") if person else ("gives", "costs")

    def one(value: float) -> str:
        return f"{gains if value > 0 else loses} {in_points(shown(abs(value)))}"
    return in_words(written, number, one)
