"""A search, worked out: how many alerts and stops, how many of them right, who bears them, and how that grows.

    found = baserate(faces=60_000, watchlist=1_000, present=3, fpir="1/6000", fnir=0.11)
    found.measures()                              every result, each with its interval
    claim("met_2020_oxford_circus", "1/1000")                   whether a claimed rate fits what was counted there
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from sousveil.baserates import claims, listsize, own, published, scaling
from sousveil.baserates.asked import Asked, rate_of, search_of
from sousveil.baserates.listsize import Rule
from sousveil.baserates.outcome import described, results
from sousveil.baserates.scaling import Point
from sousveil.baserates.search import Search
from sousveil.ground.arguments import checked
from sousveil.measures.measures import Measures

__all__ = ["BaseRate", "baserate", "claim", "worked_out"]

AnyRate = str | float | Sequence[str | float]
"""A rate: 0.001, "0.1%", "1/6000" (taken as exact), "7 in 8600" (counted), or several counts of the same thing."""


@dataclass(frozen=True, eq=False, repr=False)
class BaseRate:
    """What a search comes to.

    search   what was asked
    rows     every result, each with its 95 % interval
    asked    what was typed
    """

    search: Search
    rows: Measures
    asked: Asked

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """The main results as faces, list and cameras grow; they take longer than all others, so only when looked at.
        """
        return tuple(p for along in scaling.ALONG for p in scaling.growth(self.search, along))

    def plain(self) -> dict[str, Any]:
        """The search as JSON holds it: rates in words beside their mean and their law."""
        return asdict(self.search) | {"rate in words": described(self.search)}

    def measures(self) -> Measures:
        """Every result: alerts, stops, precision, who bears them, one person's chance."""
        return self.rows

    def __repr__(self) -> str:
        return (f"<BaseRate: {self.search.faces:,} faces a day, a list of {self.search.watchlist:,}, "
                f"{described(self.search)}>")


def worked_out(asked: Asked) -> BaseRate:
    """A search with its results. Raises InputError for what contradicts itself or is no rate."""
    search = search_of(asked)
    return BaseRate(search, results(search), asked)


@checked
def baserate(*, faces: int, watchlist: int, present: float, fpir: AnyRate = (), fpir_list: int | None = None,
             fmr: AnyRate = (), fnir: AnyRate = (), rule: Rule = "exact", group: Mapping[str, float] | None = None,
             multiplier: Mapping[str, float | tuple[float, float]] | None = None,
             group_fpir: Mapping[str, str | float] | None = None, group_fnir: Mapping[str, str | float] | None = None,
             stop: AnyRate = (), stop_right: AnyRate = (), days: int = 1, cameras: int = 1, passes: int = 365,
             pooled: bool = False) -> BaseRate:
    """How many innocent people a search of faces, or of any list, stops (MODEL.md section 8).

    faces      faces that one camera sees on one day; present: how many of them belong to people on the list
    watchlist  entries of the list
    fpir       the chance that a face that is not on the list raises an alert, measured with a list of `fpir_list`
               (this one, unless given); or fmr, the false match rate of one comparison
    fnir       the chance that a listed face raises none; 0 unless given
    rule       how a rate grows with the list: exact is 1-(1-p)^N, linear N x p
    group      name -> share of the faces; multiplier: name -> how many times more often it is falsely matched, or a
               range; group_fpir, group_fnir: name -> rates of its own
    stop       the share of false alerts that end in a stop, stop_right that of true ones; read off published counts,
               unless given
    days, cameras   each camera sees `faces` a day; passes: how often a year the one person passes
    pooled     leave the spread between several counts out

    Raises InputError for what contradicts itself or is no rate.
    """
    return worked_out(Asked(
        faces, watchlist, int(present) if present == int(present) else present, _texts(fpir), fpir_list, _texts(fmr),
        _texts(fnir), listsize.known(rule), _pairs(group), _pairs(multiplier), _pairs(group_fpir), _pairs(group_fnir),
        _texts(stop), _texts(stop_right), days, cameras, passes, pooled))


@checked
def claim(counted: str, fpir: AnyRate, *, measured_with: int | None = None, rule: Rule = "exact",
          pooled: bool = False) -> claims.Check:
    """Whether a claimed false positive rate fits what was counted.

    counted        the id of a published deployment, or counts of your own, as in
                   "faces=8600,alerts=8,confirmed=1,wrong=7"
    measured_with  the list that the rate was claimed for

    Raises InputError where there is no such deployment, or its figures give no rate per face.
    """
    row = own.parse(counted, "counted").row if own.is_own(counted) else published.independent([counted])[0]
    return claims.check(row, rate_of(_texts(fpir), "fpir", not pooled), measured_with, listsize.known(rule))


def _texts(rate: AnyRate) -> tuple[str, ...]:
    return (str(rate),) if isinstance(rate, str | int | float) else tuple(map(str, rate))


def _pairs(given: Mapping[str, object] | None) -> tuple[str, ...]:
    return tuple(f"{name}={'..'.join(map(str, value)) if isinstance(value, tuple) else value}"
                 for name, value in (given or {}).items())
