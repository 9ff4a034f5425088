"""Tests by name, as agencies use them, each with what it came to in words. None of them is a verdict on discrimination.

    four-fifths rule   29 CFR 1607.4(D): a group's rate below four fifths of the highest group's rate. It is meant for
                       what people want; whether being selected is that, no table says, so both sides are shown.
    Swedish two-step   the Swedish Social Insurance Agency's test of its profile: (1) the share of a group among those
                       selected, against its share of everybody, may not halve, double or move by 30 points; (2) its
                       share among those selected and among those selected rightly may not differ by more than 10
                       points. As published with the disclosed data by Lighthouse Reports and Svenska Dagbladet.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.audits.counts import label
from sousveil.audits.metrics import visible
from sousveil.audits.suppress import Printed
from sousveil.intervals import katz, newcombe
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name, Names

__all__ = ["FOUR_FIFTHS", "SWEDISH_STEP_1", "SWEDISH_STEP_2", "four_fifths", "swedish"]

FOUR_FIFTHS = Names("check", "four-fifths rule on {side}")
SWEDISH_STEP_1 = Name("check", "Swedish two-step test, step 1: share among those selected against share of everybody")
SWEDISH_STEP_2 = Name("check", "Swedish two-step test, step 2: share among those selected rightly less share among "
                      "those selected")

_FIFTHS = 0.8
_LEAST_SHIFT, _MOST_SHIFT, _POINTS = 0.5, 2.0, 0.3
_RIGHTLY = 0.1


def four_fifths(shown: Printed) -> Iterator[Measure]:
    """The ratio of every group's rate to the highest of its column, for being selected and for not being selected."""
    columns = shown.counts.columns
    for place in range(len(columns)):
        mine = [group for group in visible(shown) if [p for p, _ in group] == [place]]
        for kind, words in (("d1", "being selected"), ("d0", "not being selected")):
            rates = {}
            for group in mine:
                events, trials = shown[group, kind], shown[group, "n"]
                if events is not None and trials:
                    rates[group] = events, trials
            if len(rates) < 2:
                continue
            best = max(rates, key=lambda group: rates[group][0] / rates[group][1])
            for group, (events, trials) in rates.items():
                if group != best and rates[best][0]:
                    ends = katz(events, trials, *rates[best])
                    low, high = ends or (None, None)
                    value = (events / trials) / (rates[best][0] / rates[best][1])
                    yield Measure(FOUR_FIFTHS(side=words), label(columns, group), label(columns, best), value, low,
                                  high, "ratio", trials + rates[best][1], "sampling" if ends else "",
                                  _verdict(value, ends))


def _verdict(value: float, ends: tuple[float, float] | None) -> str:
    fails = value < _FIFTHS
    word = "fails: below four fifths" if fails else "passes"
    if ends is None:
        return word
    clear = ends[1] < _FIFTHS if fails else ends[0] >= _FIFTHS
    return word + (", clearly; Katz interval" if clear else ", but the interval lies on both sides; Katz interval")


def swedish(shown: Printed, everybody: str = "n") -> Iterator[Measure]:
    """Both steps for every group of every column. `everybody`: the count of all people, `d0` for a random control."""
    columns = shown.counts.columns
    totals = {kind: shown[(), kind] for kind in (everybody, "d1", "d1y1")}
    for group in visible(shown):
        if len(group) != 1:
            continue
        name = label(columns, group)
        yield _first_step(name, shown[group, everybody], totals[everybody], shown[group, "d1"], totals["d1"])
        if shown.counts.outcomes:
            yield _second_step(name, shown[group, "d1"], totals["d1"], shown[group, "d1y1"], totals["d1y1"])


def _first_step(name: str, people: int | None, everybody: int | None, selected: int | None, all_selected: int | None
                ) -> Measure:
    if not people or not everybody or selected is None or not all_selected:
        return _untold(SWEDISH_STEP_1, name, "ratio")
    before, after = people / everybody, selected / all_selected
    ratio = after / before
    fails = ratio <= _LEAST_SHIFT or ratio >= _MOST_SHIFT or abs(after - before) >= _POINTS
    note = f"{'fails' if fails else 'passes'}: from {before:.1%} to {after:.1%}; the test itself has no interval"
    return Measure(SWEDISH_STEP_1, name, ALL, ratio, None, None, "ratio", all_selected, "", note)


def _second_step(name: str, selected: int | None, all_selected: int | None, right: int | None, all_right: int | None
                 ) -> Measure:
    if selected is None or not all_selected or right is None or not all_right:
        return _untold(SWEDISH_STEP_2, name, "share")
    difference = right / all_right - selected / all_selected
    fails = abs(difference) > _RIGHTLY
    low, high = newcombe(right, all_right, selected, all_selected) or (None, None)
    note = f"{'fails' if fails else 'passes'}; Newcombe interval, too wide: the one group is part of the other"
    return Measure(SWEDISH_STEP_2, name, ALL, difference, low, high, "share", all_selected, "sampling", note)


def _untold(name: Name, group: str, unit: str) -> Measure:
    return Measure(name, group, ALL, None, None, None, unit, None, "",
                   "withheld or not estimable: a count that it needs is not printed, or is zero")


