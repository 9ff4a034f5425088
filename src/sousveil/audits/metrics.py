"""Rates, their differences and their ratios, from the counts that may be printed. MODEL.md section 9.

Every number rests on printed counts alone, so it tells nothing that they do not. What cannot be worked out is a measure
without a value whose note says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sousveil.audits.bounds import MOST, Bounds, percents, rate_bounds
from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.release import MISSING, OTHER
from sousveil.audits.shares import (
    LEAVES,
    ONLY_SELECTED,
    WITHHELD,
    Share,
    difference_ends,
    difference_said,
    ratio_ends,
    ratio_said,
    share,
    share_ends,
)
from sousveil.audits.unknown_labels import is_unknown
from sousveil.ground.numerals import number
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name, Names

__all__ = [
    "ACCURACY",
    "AREA",
    "AREA_DIFFERENCE",
    "AT_REFERENCE",
    "AT_SCORE",
    "BY_IDENTITY",
    "FALSE_NEGATIVE",
    "FALSE_POSITIVE",
    "NEGATIVE_PREDICTIVE",
    "OUTCOME",
    "PRECISION",
    "RATES",
    "SELECTION",
    "Compared",
    "Rate",
    "compared",
    "left_open",
    "listed",
    "measures",
    "named",
    "pair",
    "references",
    "visible",
]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a number of a group is called, its difference from the reference, and (where there is one) its ratio.

    whole  of a share that the group has of others: of whom; '' where it is a share of the group
    """

    name: Name
    difference: Name
    ratio: Name | None
    whole: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Rate(Compared):
    """A share of counts: `events` (added up) of `trials`; `others` are the rest of the trials.

    nobody  says who is missing where there are no trials
    """

    ratio: Name
    events: tuple[str, ...]
    trials: str
    nobody: str
    others: tuple[str, ...]

    @property
    def needs_everybody(self) -> bool:
        """Whether outcomes of people who were not selected are needed."""
        return self.trials in ("y0", "y1", "k", "d0k")


def _called(family: str, text: str) -> tuple[Name, Name, Name]:
    return Name(family, text), Name(family, f"{text}: difference"), Name(family, f"{text}: ratio")


SELECTION = Rate(*_called("selection", "selection rate"), ("d1",), "n", "nobody is in this group", ("d0",))
OUTCOME = Rate(*_called("outcome", "outcome rate"), ("y1",), "k", "nobody here has a known outcome", ("y0",))
FALSE_POSITIVE = Rate(*_called("error", "false positive rate"), ("d1y0",), "y0", "nobody here was without the outcome",
                      ("d0y0",))
FALSE_NEGATIVE = Rate(*_called("error", "false negative rate"), ("d0y1",), "y1", "nobody here had the outcome",
                      ("d1y1",))
PRECISION = Rate(*_called("error", "precision"), ("d1y1",), "d1k", "nobody here was selected with a known outcome",
                 ("d1y0",))
NEGATIVE_PREDICTIVE = Rate(*_called("error", "negative predictive value"), ("d0y0",), "d0k",
                           "everybody here with a known outcome was selected", ("d0y1",))
ACCURACY = Rate(*_called("error", "accuracy"), ("d1y1", "d0y0"), "k", "nobody here has a known outcome",
                ("d1y0", "d0y1"))
RATES = (SELECTION, OUTCOME, FALSE_POSITIVE, FALSE_NEGATIVE, PRECISION, NEGATIVE_PREDICTIVE, ACCURACY)

AT_SCORE = Names("calibration", "outcome rate at score {band}")
AT_SCORE_DIFFERENCE = Names("calibration", "outcome rate at score {band}: difference")
AT_SCORE_RATIO = Names("calibration", "outcome rate at score {band}: ratio")
AREA = Name("ranking", "area under the curve")
AREA_DIFFERENCE = Name("ranking", "area under the curve: difference")
BY_IDENTITY = Name("identity", "false positive rate by the identity")
AT_REFERENCE = Name("identity", "false positive rate at the reference's precision and false negative rate")


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], left: Bounds) -> Iterator[Measure]:
    """Every rate of every group with its comparisons; then calibration and the identity.

    left  what the printed counts leave of each count
    """
    layout = shown.layout
    for rate in RATES:
        for group in listed(shown):
            yield from _rate(shown, rate, group, chosen, left)
    yield from _calibration(shown, chosen)
    if layout.outcomes and not (layout.only_selected or shown.worth or shown.rounded):  # rounded shares break it
        yield from _identity(shown, chosen)


def visible(shown: Printed) -> tuple[Group, ...]:
    """Groups of which anything at all is printed. The others may be empty: that is not told either."""
    told = {group for (group, _), value in shown.values.items() if value is not None}
    return tuple(group for group in shown.layout.groups if group in told or not group)


def listed(shown: Printed) -> tuple[Group, ...]:
    """Groups that have a row of their own, be it one that says that they are withheld: all, whether anybody is in them
    or not, unless they are more than bounds are worked out for.
    """
    return shown.layout.groups if len(shown.values) <= MOST else visible(shown)


def named(group: Group) -> bool:
    """Whether a group is of people whom its labels describe, not of those whose label is rare, missing or not known."""
    return not any(text in (MISSING, OTHER) or is_unknown(text) for _, text in group)


def references(shown: Printed, wanted: Mapping[int, str]) -> dict[tuple[int, ...], Group]:
    """Whom the groups of each set of columns are compared with: the labels wanted, else the largest printed.

    What is pooled, missing or not known is no group of people: it is a reference only when it is asked for.
    """
    chosen: dict[tuple[int, ...], Group] = {}
    singles = dict(wanted)
    for place in range(len(shown.layout.columns)):
        sizes = {group: shown[group, "n"] or 0 for group in shown.layout.groups
                 if [p for p, _ in group] == [place] and named(group)}
        if place not in singles and sizes and max(sizes.values()) > 0:
            singles[place] = max(sizes, key=lambda group: sizes[group])[0][1]
    for group in shown.layout.groups:
        places = tuple(place for place, _ in group)
        if group and places not in chosen and all(place in singles for place in places):
            chosen[places] = tuple((place, singles[place]) for place in places)
    return chosen


def pair(shown: Printed, rate: Rate, group: Group) -> Share | str:
    """Events and trials of a rate in a group, or why there are none."""
    if not shown.layout.outcomes and rate != SELECTION:
        return "not estimable: the table has no outcomes"
    if shown.layout.only_selected and rate.needs_everybody:
        return ONLY_SELECTED
    return share(shown, [(group, kind) for kind in rate.events], (group, rate.trials), rate.nobody)


def compared(rate: Rate, group: str, reference: str, mine: Share | str, other: Share | str,
             caveat: str = "") -> Iterator[Measure]:
    """The difference (Newcombe) and the ratio (Katz) of two shares."""
    reason = mine if isinstance(mine, str) else f"the reference: {other}" if isinstance(other, str) else ""
    if isinstance(mine, str) or isinstance(other, str):
        yield Measure(rate.difference, group, reference, None, None, None, "share", None, "", reason)
        yield Measure(rate.ratio, group, reference, None, None, None, "ratio", None, "", reason)
        return
    n = mine.n + other.n
    low, high = difference_ends(mine, other) or (None, None)
    yield Measure(rate.difference, group, reference, mine.value - other.value, low, high, "share", n, "sampling",
                  _noted("Newcombe interval", difference_said(mine, other), caveat))
    if other.events == 0:
        yield Measure(rate.ratio, group, reference, None, None, None, "ratio", n, "",
                      "not estimable: the rate of the reference is zero")
        return
    ends = ratio_ends(mine, other)
    before = ", perhaps, before counts were rounded" if mine.ends or other.ends else ""
    note = "Katz interval" if ends else f"no interval: a rate is zero, or both are one{before}"
    low, high = ends or (None, None)
    yield Measure(rate.ratio, group, reference, mine.value / other.value, low, high, "ratio", n,
                  "sampling" if ends else "", _noted(note, ratio_said(mine, other), caveat))


def _rate(shown: Printed, rate: Rate, group: Group, chosen: Mapping[tuple[int, ...], Group],
          left: Bounds | None = None) -> Iterator[Measure]:
    columns, mine = shown.layout.columns, pair(shown, rate, group)
    caveat = _partly(shown, group) if rate.needs_everybody else ""
    open_ = left_open(rate, group, left) if left and isinstance(mine, str) and mine.startswith(WITHHELD) else ""
    yield _share(rate.name, label(columns, group), f"{mine}; {open_}" if open_ and isinstance(mine, str) else mine,
                 caveat)
    reference = chosen.get(tuple(place for place, _ in group))
    if reference is not None and reference != group:
        yield from compared(rate, label(columns, group), label(columns, reference), mine,
                            pair(shown, rate, reference), caveat)


def left_open(rate: Rate, group: Group, left: Bounds) -> str:
    """Between what the printed counts leave a withheld rate, in whole percent outwards; '' where that is anything."""
    events, others = ([(group, kind) for kind in kinds] for kinds in (rate.events, rate.others))
    said = percents(*rate_bounds(left, events, others))
    return f"{LEAVES} {said}" if said else ""


def _share(name: Name, group: str, mine: Share | str, caveat: str = "") -> Measure:
    if isinstance(mine, str):
        return Measure(name, group, "", None, None, None, "share", None, "", mine)
    low, high = share_ends(mine) or (None, None)
    return Measure(name, group, "", mine.value, low, high, "share", mine.n, "sampling",
                   _noted("Wilson interval", mine.said, caveat))


def _noted(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _partly(shown: Printed, group: Group) -> str:
    """A caveat where outcomes are known more often for selected people than for others."""
    if not shown.layout.partly_known:
        return ""
    found = [shown[group, kind] for kind in ("d1k", "d1", "d0k", "d0")]
    if any(count is None for count in found):
        return "some outcomes are not known"
    selected, rest = (found[0] or 0) / (found[1] or 1), (found[2] or 0) / (found[3] or 1)
    if abs(selected - rest) < 0.05:
        return ""
    known, others = number(100 * selected, 0), number(100 * rest, 0)
    return (f"outcomes are known for {known}% of those selected and {others}% of the others: "
            "this number takes the unknown ones to be like the known")


def _calibration(shown: Printed, chosen: Mapping[tuple[int, ...], Group]) -> Iterator[Measure]:
    """The share with the outcome in each band of the score."""
    if not shown.layout.outcomes:
        return
    for band, name in enumerate(shown.layout.bands):
        rate = Rate(AT_SCORE(band=name), AT_SCORE_DIFFERENCE(band=name), AT_SCORE_RATIO(band=name), (f"b{band}y1",),
                    f"b{band}k", "nobody has this score", (f"b{band}y0",))
        for group in visible(shown):
            if len(group) < 2:
                yield from _rate(shown, rate, group, chosen)


def _identity(shown: Printed, chosen: Mapping[tuple[int, ...], Group]) -> Iterator[Measure]:
    """FPR = p/(1-p) · (1-PPV)/PPV · (1-FNR) (Chouldechova 2017): worked out, and at the reference's PPV and FNR."""
    columns = shown.layout.columns
    for group in visible(shown):
        parts = _parts(shown, group)
        if parts is None:
            continue
        p, ppv, fnr, fpr, n = parts
        implied = p / (1 - p) * (1 - ppv) / ppv * (1 - fnr)
        fits = "it is the false positive rate, as it must be" if abs(implied - fpr) < 1e-12 else \
            "it is not the false positive rate: report this as a defect of sousveil"
        yield Measure(BY_IDENTITY, label(columns, group), "", implied, None, None, "share", n, "exact", fits)
        reference = chosen.get(tuple(place for place, _ in group))
        theirs = _parts(shown, reference) if reference is not None and reference != group else None
        if theirs is None or reference is None:
            continue
        forced = p / (1 - p) * (1 - theirs[1]) / theirs[1] * (1 - theirs[2])
        note = "what this group's outcome rate alone makes of the reference's precision and false negative rate"
        if forced > 1:
            note += "; above one: no score can give both groups that precision and that false negative rate"
        yield Measure(AT_REFERENCE, label(columns, group), label(columns, reference), forced, None, None, "share", n,
                      "exact", note)


def _parts(shown: Printed, group: Group) -> tuple[float, float, float, float, int] | None:
    found = [pair(shown, rate, group) for rate in (OUTCOME, PRECISION, FALSE_NEGATIVE, FALSE_POSITIVE)]
    known, values = shown[group, "k"], [one.value for one in found if isinstance(one, Share)]
    if len(values) < len(found) or known is None:
        return None
    p, ppv, fnr, fpr = values
    return (p, ppv, fnr, fpr, known) if 0 < p < 1 and ppv > 0 else None
