"""Rates, their differences and their ratios, from the counts that may be printed. MODEL.md section 9.

Every number rests on printed counts alone, so it tells nothing that they do not. What cannot be worked out is a measure
without a value whose note says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sousveil.audits.bounds import Bounds, percents, rate_bounds
from sousveil.audits.counts import Group, Margin, Printed, label
from sousveil.audits.release import MISSING, OTHER
from sousveil.ground.numerals import number
from sousveil.intervals import katz, newcombe, wilson
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
    "LEAVES",
    "NEGATIVE_PREDICTIVE",
    "ONLY_SELECTED",
    "OUTCOME",
    "PRECISION",
    "RATES",
    "SELECTION",
    "WITHHELD",
    "Compared",
    "Rate",
    "Share",
    "Z",
    "compared",
    "difference_ends",
    "measures",
    "named",
    "pair",
    "ratio_ends",
    "references",
    "share",
    "share_ends",
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

@dataclass(frozen=True, slots=True)
class Share:
    """Events of trials among `n` people. With weights these are not people: trials are the effective size.

    loose  how far the rounding of counts, or of sums of weights, may have moved the share, with 95 in 100
    """

    events: float
    trials: float
    n: int
    note: str = ""
    loose: float = 0.0

    @property
    def value(self) -> float:
        return self.events / self.trials


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], left: Bounds) -> Iterator[Measure]:
    """Every rate of every group with its comparisons; then calibration and the identity.

    left  what the printed counts leave of each count
    """
    layout = shown.layout
    for rate in RATES:
        for group in visible(shown):
            yield from _rate(shown, rate, group, chosen, left)
    yield from _calibration(shown, chosen)
    if layout.outcomes and not (layout.only_selected or shown.worth or shown.rounded):  # rounded shares break it
        yield from _identity(shown, chosen)


def visible(shown: Printed) -> tuple[Group, ...]:
    """Groups of which anything at all is printed. The others may be empty: that is not told either."""
    told = {group for (group, _), value in shown.values.items() if value is not None}
    return tuple(group for group in shown.layout.groups if group in told or not group)


def named(group: Group) -> bool:
    """Whether a group is of people whom its labels describe, not of those whose label is rare or missing."""
    return not any(text in (MISSING, OTHER) for _, text in group)


def references(shown: Printed, wanted: Mapping[int, str]) -> dict[tuple[int, ...], Group]:
    """Whom the groups of each set of columns are compared with: the labels wanted, else the largest printed.

    What is pooled or missing is no group of people: it is a reference only when it is asked for.
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


Z = 1.959963984540054
"""The two-sided quantile of the normal law for 95 in 100."""

WITHHELD = "withheld"
"""How the note of a number begins that may not be told."""

LEAVES = "what is printed leaves"
"""In the note of such a number: before the bounds that the printed counts give it."""

ONLY_SELECTED = "not estimable: outcomes are known only of people who were selected; a random control would tell"


def share(shown: Printed, events: Sequence[Margin], trials: Margin, nobody: str = "") -> Share | str:
    """Events (added up) of trials, or why they are not told. With weights: weighted, of the effective size."""
    many, counts = shown[trials], [shown[margin] for margin in events]
    if many is None or any(count is None for count in counts):
        return f"{WITHHELD}: rests on a count under {shown.floor}, or on one that would give such a count away"
    if many == 0:
        return f"not estimable: {nobody}"
    if not shown.worth:
        some = sum(count for count in counts if count is not None)
        return Share(some, many, many, *_loose(shown, events, trials, some / many))
    return _weighted(shown, events, trials, many)


def _loose(shown: Printed, events: Sequence[Margin], trials: Margin, value: float) -> tuple[str, float]:
    """How far rounding may have moved a share: each count of the table is off by up to half the base, evenly."""
    if not shown.rounded:
        return "", 0.0
    many, every = sum(shown.parts.get(margin, 1) for margin in events), shown.parts.get(trials, 1)
    others, size = max(every - many, 0), shown[trials] or 1
    most = shown.rounded / 2 * ((1 - value) * many + value * others) / size
    usual = Z * shown.rounded / math.sqrt(12) * math.sqrt((1 - value) ** 2 * many + value**2 * others) / size
    return f"counts rounded to {shown.rounded}", min(most, usual)


def share_ends(one: Share) -> tuple[float, float] | None:
    """Wilson's interval, wider by what rounding may have done."""
    ends = wilson(min(one.events, one.trials), one.trials)
    if ends is None or not one.loose:
        return ends
    value = min(one.value, 1.0)
    return (max(0.0, value - math.hypot(value - ends[0], one.loose)),
            min(1.0, value + math.hypot(ends[1] - value, one.loose)))


def difference_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Newcombe's interval of a difference, wider by what rounding may have done to both shares."""
    ends = newcombe(min(mine.events, mine.trials), mine.trials, min(other.events, other.trials), other.trials)
    if ends is None:
        return None
    value, both = mine.value - other.value, math.hypot(mine.loose, other.loose)
    return value - math.hypot(value - ends[0], both), value + math.hypot(ends[1] - value, both)


def ratio_ends(mine: Share, other: Share) -> tuple[float, float] | None:
    """Katz's interval of a ratio, wider on the logarithm by what rounding may have done to both shares."""
    ends = katz(mine.events, mine.trials, other.events, other.trials)
    if ends is None or not (mine.loose or other.loose):
        return ends
    value = mine.value / other.value
    half = math.hypot(math.log(ends[1] / value), mine.loose / mine.value, other.loose / other.value)
    return value * math.exp(-half), value * math.exp(half)


_LEAST_WORTH = 0.1
"""Weights that leave less than this share of the people say it of a few who have most of the weight."""

_WIDEST_STEP = 0.2
"""Where one step of a sum of weights is more than this share of it, a few people's weights make much of it."""


def _weighted(shown: Printed, events: Sequence[Margin], trials: Margin, n: int) -> Share | str:
    """A weighted share. Kish (1965): n people with these weights say as much as sum² / sum of squares without.

    Its sums are told in steps, which the interval knows, and it is told in tenths of a percent.
    """
    told = [shown.weighed.get(margin) for margin in (trials, *events)]
    total, some = told[0] or 0.0, sum(one or 0.0 for one in told[1:])
    if total <= 0 and None not in told:
        return "not estimable: the weights here are zero"
    size = n * shown.worth
    if None in told or size < max(shown.floor, _LEAST_WORTH * n) or shown.step > _WIDEST_STEP * total:
        return f"{WITHHELD}: a few people's weights make much of it"
    value = round(min(some / total, 1.0), 3)
    many = len(events)
    most = shown.step / 2 * (many + value) / total
    usual = Z * shown.step / math.sqrt(12) * math.sqrt(many + value**2) / total
    loose = min(most, usual)
    note = (f"weighted, {n:,} people count as {_two(size):,} (Kish); told in steps, so that it may be some "
            f"{100 * loose:.1f} points off, which the interval knows")
    return Share(value * size, size, n, note, loose)


def _two(number: float) -> int:
    """To two digits: an effective size is no exact number."""
    return int(float(f"{number:.2g}"))


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
                  _noted("Newcombe interval", mine.note, caveat))
    if other.events == 0:
        yield Measure(rate.ratio, group, reference, None, None, None, "ratio", n, "",
                      "not estimable: the rate of the reference is zero")
        return
    ends = ratio_ends(mine, other)
    note = "Katz interval" if ends else "no interval: a rate is zero, or both are one"
    low, high = ends or (None, None)
    yield Measure(rate.ratio, group, reference, mine.value / other.value, low, high, "ratio", n,
                  "sampling" if ends else "", _noted(note, mine.note, caveat))


def _rate(shown: Printed, rate: Rate, group: Group, chosen: Mapping[tuple[int, ...], Group],
          left: Bounds | None = None) -> Iterator[Measure]:
    columns, mine = shown.layout.columns, pair(shown, rate, group)
    caveat = _partly(shown, group) if rate.needs_everybody else ""
    open_ = _left_open(rate, group, left) if left and isinstance(mine, str) and mine.startswith(WITHHELD) else ""
    yield _share(rate.name, label(columns, group), f"{mine}; {open_}" if open_ and isinstance(mine, str) else mine,
                 caveat)
    reference = chosen.get(tuple(place for place, _ in group))
    if reference is not None and reference != group:
        yield from compared(rate, label(columns, group), label(columns, reference), mine,
                            pair(shown, rate, reference), caveat)


def _left_open(rate: Rate, group: Group, left: Bounds) -> str:
    """Between what the printed counts leave a withheld rate, in whole percent outwards; '' where that is anything."""
    events, others = ([(group, kind) for kind in kinds] for kinds in (rate.events, rate.others))
    said = percents(*rate_bounds(left, events, others))
    return f"{LEAVES} {said}" if said else ""


def _share(name: Name, group: str, mine: Share | str, caveat: str = "") -> Measure:
    if isinstance(mine, str):
        return Measure(name, group, "", None, None, None, "share", None, "", mine)
    low, high = share_ends(mine) or (None, None)
    return Measure(name, group, "", mine.value, low, high, "share", mine.n, "sampling",
                   _noted("Wilson interval", mine.note, caveat))


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
