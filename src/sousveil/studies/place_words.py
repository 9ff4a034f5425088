"""Places in plain words: how many there are, and who comes first."""

from __future__ import annotations

from sousveil.ground import called
from sousveil.studies.number import Number, shown
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import Places
from sousveil.studies.term_words import steps

__all__ = ["place_in_words"]


def place_in_words(name: str, written: Places, place: Places, scheme: Scheme) -> str:
    """What a rule of places says."""
    when = f"Every {scheme.step}" if place.every == 1 else f"Every {steps(place.every, scheme.step)}"
    first = " (the first time at the start)" if place.begins == 0 else (
        f" (the first time after {steps(place.begins, scheme.step)})" if place.begins != place.every else "")
    each = f", each {place.per} by itself" if place.per else ""
    who = "all people" if place.who == "all" else "people who are " + " or ".join(
        f'"{called.tier(tier)}"' for tier in place.who)
    if place.weight is not None:
        order = ("by lot, everybody with the same chance" if place.weight.is_plain else
                 "by lot, with chances that differ by group or other labels")
    else:
        ends = "best" if place.order == "best-first" else "worst"
        order = f"the {ends} scores first, by lot among those who are alike"
    many = _many(written, place)
    parts = [f'{when}{first}, {many} among {who}{each} are chosen for "{name}": {order}.']
    parts += ["Who is chosen is no longer watched or scored."] if place.leaves else []
    return " ".join(parts)


def _many(written: Places, place: Places) -> str:
    given = place.number if place.number is not None else place.share
    told = written.number if written.number is not None else written.share
    assert given is not None
    assert told is not None
    assumed = " (assumed)" if told.has_unknown else ""
    if not given.is_plain:
        return f"so many of each {place.per} as the file says{assumed}" if place.per else f"some{assumed}"
    if place.number is None:
        return f"{shown(round(given.at({}) * 100, 6))} percent of the people{assumed}"
    return f"{_whole(given)}{' in all' if place.per else ''}{assumed}"


def _whole(number: Number) -> str:
    value = number.at({})
    return f"{value:,.0f}" if float(value).is_integer() else shown(value)
