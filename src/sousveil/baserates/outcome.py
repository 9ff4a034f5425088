"""What a search does: false alerts, stops, precision, who bears them, one person's chance. All as `Measure`.

A rate of false alerts per face looks small beside the same alerts' share of all alerts, and the other way round. So the
four are always given together, each by its name: false alerts per face, false alerts a day, precision per alert,
precision per stop.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sousveil.baserates import listsize, nodes, stops
from sousveil.baserates.search import Search, Worlds, worlds
from sousveil.measures.measure import ALL, Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name, Names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rates = NDArray[np.float64]

__all__ = ["BEYOND", "BORNE_ALERTS", "BORNE_PER_FACE", "BORNE_SHARE", "BORNE_STOPS", "BREAK_EVEN", "FALSE_ALERTS",
           "FALSE_ALERTS_A_DAY", "FIRST", "FIRST_STOPS", "LISTED", "PER_FACE", "PRECISION_PER_ALERT",
           "PRECISION_PER_STOP", "STOPS", "STOPS_A_DAY", "STOP_SHARE", "TRUE_ALERTS", "YEAR_ALERT", "YEAR_STOP",
           "described", "results", "totals", "warning"]

FALSE_ALERTS = Name("alerts", "false alerts")
FALSE_ALERTS_A_DAY = Name("alerts", "false alerts a day")
PER_FACE = Name("alerts", "false alerts per face")
TRUE_ALERTS = Name("alerts", "true alerts")
STOPS = Name("stops", "stops of innocent people")
STOPS_A_DAY = Name("stops", "stops of innocent people a day")
STOP_SHARE = Name("stops", "share of false alerts that end in a stop")
PRECISION_PER_ALERT = Name("precision", "precision per alert")
PRECISION_PER_STOP = Name("precision", "precision per stop")
BORNE_ALERTS = Name("who bears them", "false alerts")
BORNE_STOPS = Name("who bears them", "stops of innocent people")
BORNE_PER_FACE = Name("who bears them", "false alerts per face")
BORNE_SHARE = Name("who bears them", "share of false alerts")
YEAR_ALERT = Name("one person", "chance of a false alert in a year")
YEAR_STOP = Name("one person", "chance of a false stop in a year")
LISTED = Name("break-even", "listed faces among all faces")
BREAK_EVEN = Name("break-even", "listed faces at which half the alerts are right")
FIRST_STOPS = Names("first stops", "time until {count} innocent people are stopped")

FIRST = (10, 100, 1000)
"""After how many wrongly stopped people the years are counted."""

BEYOND = "a guess here"
"""What the note of the stops says where the load is beyond any that was counted."""

_BY_LOAD = "read off five published counts: it falls with the false alerts a day at one camera"
_CLUSTER = "as if every pass erred on its own; in the field errors repeat on the same faces and list images"
_DAILY = "used on every day"


def results(search: Search) -> Measures:
    """Every result of the search over its days and cameras, each with a 95 % interval.

    Counts and precision have predictive intervals: luck, and the width of the rates where they are uncertain. Rates and
    chances have the width of the rates alone, and none when every rate is stated. Raises InputError as `worlds` does.
    """
    w = worlds(search)
    return Measures((*_totals(search, w), *_bearers(search, w), *_person(search, w), *_break_even(search, w),
                     *_first_stops(search, w)))


def totals(search: Search) -> Measures:
    """Those of the `results` that count alerts and stops over everybody, and the precision."""
    return Measures(tuple(_totals(search, worlds(search))))


def _totals(search: Search, w: Worlds) -> list[Measure]:
    return [*_alerts(search, w), *_stops(search, w), *_precision(search, w)]


def described(search: Search) -> str:
    """Where the false positive rate comes from and how it was fitted to the list, in words."""
    words = search.false_positive.words if search.false_positive else "a rate for every group"
    if search.per_comparison:
        return f"{words}, per comparison; list of {search.watchlist:,}: {listsize.RULES[search.rule]}"
    if search.measured_with in (None, search.watchlist):
        return f"{words}, with this list"
    return (f"{words}, with a list of {search.measured_with:,}; brought to a list of {search.watchlist:,}: "
            f"{listsize.RULES[search.rule]}")


def warning(rows: Measures) -> str:
    """A sentence on a number of stops that is beyond what anybody counted, or ''."""
    note = rows.one(STOPS).note
    return f"Warning: the number of stops is {note.partition('; ')[2]}." if BEYOND in note else ""


def _varies(*rates: Rates) -> bool:
    """Whether anything is uncertain: rounding alone does not count."""
    return any(float(r.max() - r.min()) > 1e-12 * float(r.max()) for r in rates)


def _count(search: Search, runs: int, trials: float, rates: Rates, name: Name, group: str = ALL,
           note: str = "") -> Measure:
    """A count over so many camera-days, with its predictive interval."""
    low, high = nodes.mixture_interval(trials * runs, rates)
    over: Over = "parameters and sampling" if _varies(rates) else "sampling"
    return Measure(name, group, "", trials * runs * float(rates.mean()), low, high,
                   "stops" if name in (STOPS, STOPS_A_DAY, BORNE_STOPS) else "alerts",
                   float(search.faces * (search.runs if name == TRUE_ALERTS else runs)), over, note)


def _share(rates: Rates, name: Name, n: float, group: str = ALL, value: float | None = None,
           reference: str = "", unit: str = "share", note: str = "") -> Measure:
    """A rate or a chance: its mean over the nodes (or `value`) and the width of the rates behind it."""
    centre = float(rates.mean()) if value is None else value
    if not _varies(rates):
        return Measure(name, group, reference, centre, None, None, unit, n, "exact", note)
    low, high = nodes.interval_of(rates, centre)
    return Measure(name, group, reference, centre, low, high, unit, n, "parameters", note)


def _total_and_daily(search: Search, rates: Rates, in_all: Name, a_day: Name, note: str = "") -> list[Measure]:
    total = _count(search, search.runs, search.innocent, rates, in_all, note=note)
    if search.days == 1:
        return [total, replace(total, name=a_day)]
    return [total, _count(search, search.cameras, search.innocent, rates, a_day, note=note)]


def _alerts(search: Search, w: Worlds) -> list[Measure]:
    missed = search.false_negative is not None or any(group.fnir for group in search.groups)
    return [
        *_total_and_daily(search, w.fpir, FALSE_ALERTS, FALSE_ALERTS_A_DAY),
        _share(w.fpir, PER_FACE, float(search.innocent * search.runs), note=described(search)),
        _count(search, 1, search.listed[0], search.listed[1] * w.hit, TRUE_ALERTS,
               note="" if missed else "nobody on the list is missed: the best case for the system"),
    ]


def _stops(search: Search, w: Worlds) -> list[Measure]:
    note = "" if search.stop else _by_load(search, w)
    return [
        *_total_and_daily(search, w.fpir * w.stop, STOPS, STOPS_A_DAY, note),
        _share(w.stop, STOP_SHARE, float(search.innocent * search.runs), note=note),
    ]


def _by_load(search: Search, w: Worlds) -> str:
    """Where the share of stops comes from, with a warning where nobody ever counted such a load."""
    load, most = search.innocent * float(w.fpir.mean()), max(one for one, _, _ in stops.loads())
    if load <= most:
        return _BY_LOAD
    return (f"{_BY_LOAD}; {BEYOND}: {load:,.0f} false alerts a day at one camera is beyond the {most:,.0f} that "
            "anybody counted, and officers who stop hardly anybody may stop more: give --stop")


def _precision(search: Search, w: Worlds) -> list[Measure]:
    return [_ratio(search, w.fpir, w.hit, PRECISION_PER_ALERT, w.axes),
            _ratio(search, w.fpir * w.stop, w.hit * w.stop_right, PRECISION_PER_STOP, w.axes)]


def _ratio(search: Search, false: Rates, true: Rates, name: Name, axes: int) -> Measure:
    """Expected right ones among expected all; its interval is that of the share that will be seen, luck included."""
    import numpy as np

    unit, n = "stop" if name == PRECISION_PER_STOP else "alert", float(search.faces * search.runs)
    wrong, (right, part) = round(search.innocent * search.runs), search.listed
    true = part * true
    expected = right * float(true.mean()), wrong * float(false.mean())
    if not sum(expected):
        return Measure(name, ALL, "", None, None, None, "share", n, "", f"no {unit} can happen")
    u, v = ((nodes.strata(axis) + 0.5) / nodes.NODES for axis in (axes, axes + 1))
    wrongs = nodes.binomial_quantile(u, wrong, np.clip(np.broadcast_to(false, u.shape), 0, 1))
    rights = nodes.binomial_quantile(v, right, np.clip(np.broadcast_to(true, v.shape), 0, 1))
    seen = wrongs + rights > 0
    value = expected[0] / sum(expected)
    over: Over = "parameters and sampling" if _varies(false, true) else "sampling"
    if not seen.any():
        return Measure(name, ALL, "", value, 0.0, 1.0, "share", n, over, f"hardly ever a {unit}")
    low, high = nodes.interval_of(rights[seen] / (rights + wrongs)[seen], value)
    return Measure(name, ALL, "", value, low, high, "share", n, over,
                   "" if seen.all() else f"the interval is over periods with at least one {unit}")


def _bearers(search: Search, w: Worlds) -> list[Measure]:
    import numpy as np

    if not search.groups:
        return []
    rows = []
    lowest = min(range(len(search.groups)), key=lambda i: float(w.by_group[i].mean()))
    total, overall = sum(group.share for group in search.groups), float(w.fpir.mean())
    for i, (group, rates) in enumerate(zip(search.groups, w.by_group, strict=True)):
        share = group.share / total
        n = search.innocent * search.runs * share
        rows += [_count(search, search.runs, search.innocent, share * rates, BORNE_ALERTS, group.name),
                 _count(search, search.runs, search.innocent, share * rates * w.stop, BORNE_STOPS, group.name),
                 _share(rates, BORNE_PER_FACE, n, group.name)]
        if overall:
            part = share * np.divide(rates, w.fpir, out=np.zeros_like(rates), where=w.fpir > 0)
            borne = share * float(rates.mean()) / overall
            rows.append(_share(part, BORNE_SHARE, n, group.name, borne))
        else:
            rows.append(Measure(BORNE_SHARE, group.name, "", None, None, None, "share", n, "",
                                "no false alert can happen"))
        if i != lowest and float(w.by_group[lowest].min()) > 0:
            ratio = rates / w.by_group[lowest]
            rows.append(_share(ratio, BORNE_PER_FACE, n, group.name, float(np.median(ratio)),
                               search.groups[lowest].name, "ratio"))
    return rows


def _person(search: Search, w: Worlds) -> list[Measure]:
    import numpy as np

    rows = []
    for name, rates in ((ALL, w.fpir), *((g.name, r) for g, r in zip(search.groups, w.by_group, strict=True))):
        for what, chance in ((YEAR_ALERT, rates), (YEAR_STOP, rates * w.stop)):
            with np.errstate(divide="ignore"):
                year = -np.expm1(search.passes * np.log1p(-np.clip(chance, 0, 1)))
            note = f"somebody not on the list who passes {search.passes:,} times a year; {_CLUSTER}"
            rows.append(_share(year, what, float(search.passes), name, note=note))
    return rows


def _break_even(search: Search, w: Worlds) -> list[Measure]:
    import numpy as np

    false, true, n = float(w.fpir.mean()), float(w.hit.mean()), float(search.faces)
    now = Measure(LISTED, ALL, "", search.present / search.faces, None, None, "share", n, "exact",
                  "as given; nobody publishes it")
    if not false + true:
        return [now, Measure(BREAK_EVEN, ALL, "", None, None, None, "share", n, "", "no alert can happen")]
    values = np.divide(w.fpir, w.fpir + w.hit, out=np.zeros_like(w.fpir), where=w.fpir + w.hit > 0)
    return [now, _share(values, BREAK_EVEN, n, value=false / (false + true))]


def _first_stops(search: Search, w: Worlds) -> list[Measure]:
    import numpy as np

    from sousveil.ground.special import gammaincinv

    daily = search.innocent * search.cameras * w.fpir * w.stop
    mean, n = float(daily.mean()), float(search.faces * search.cameras)
    u = (nodes.strata(w.axes) + 0.5) / nodes.NODES
    rows = []
    for count in FIRST:
        name = FIRST_STOPS(count=f"{count:,}")
        if mean < 1e-12:
            rows.append(Measure(name, ALL, "", None, None, None, "years", n, "",
                                "at these rates hardly anybody would ever be stopped"))
            continue
        # The waiting time for so many events of a Poisson stream is a gamma law.
        years = gammaincinv(count, u) / np.maximum(np.broadcast_to(daily, u.shape), 1e-12) / 365
        low, high = nodes.interval_of(years, count / mean / 365)
        over: Over = "parameters and sampling" if _varies(daily) else "sampling"
        rows.append(Measure(name, ALL, "", count / mean / 365, low, high, "years", n, over, _DAILY))
    return rows
