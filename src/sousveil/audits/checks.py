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

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import Share, difference_ends, named, ratio_ends, share, visible
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
    columns = shown.layout.columns
    for place in range(len(columns)):
        mine = [group for group in visible(shown) if [p for p, _ in group] == [place]]
        for kind, words in (("d1", "being selected"), ("d0", "not being selected")):
            found = {group: share(shown, [(group, kind)], (group, "n"), "nobody") for group in mine}
            rates = {group: one for group, one in found.items() if isinstance(one, Share)}
            if len(rates) < 2:
                continue
            best = max(filter(named, rates), key=lambda group: rates[group].value, default=None)
            if best is None:
                continue
            for group, one in rates.items():
                if group != best and rates[best].events:
                    ends = ratio_ends(one, rates[best])
                    low, high = ends or (None, None)
                    value = one.value / rates[best].value
                    yield Measure(FOUR_FIFTHS(side=words), label(columns, group), label(columns, best), value, low,
                                  high, "ratio", one.n + rates[best].n, "sampling" if ends else "",
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
    for group in visible(shown):
        if len(group) != 1:
            continue
        name = label(shown.layout.columns, group)
        among = {kind: _among(shown, group, kind) for kind in (everybody, "d1", "d1y1")}
        yield _first_step(name, among[everybody], among["d1"])
        if shown.layout.outcomes:
            yield _second_step(name, among["d1"], among["d1y1"])


def _among(shown: Printed, group: Group, kind: str) -> Share | None:
    """The share that a group has of all people of a kind."""
    found = share(shown, [(group, kind)], ((), kind), "nobody")
    return None if isinstance(found, str) else found


def _first_step(name: str, before: Share | None, after: Share | None) -> Measure:
    if before is None or after is None or not before.events:
        return _untold(SWEDISH_STEP_1, name, "ratio")
    ratio = after.value / before.value
    fails = ratio <= _LEAST_SHIFT or ratio >= _MOST_SHIFT or abs(after.value - before.value) >= _POINTS
    note = (f"{'fails' if fails else 'passes'}: from {before.value:.1%} to {after.value:.1%}; the test itself has no "
            "interval")
    return Measure(SWEDISH_STEP_1, name, ALL, ratio, None, None, "ratio", after.n, "", note)


def _second_step(name: str, selected: Share | None, right: Share | None) -> Measure:
    if selected is None or right is None:
        return _untold(SWEDISH_STEP_2, name, "share")
    difference = right.value - selected.value
    fails = abs(difference) > _RIGHTLY
    low, high = difference_ends(right, selected) or (None, None)
    note = f"{'fails' if fails else 'passes'}; Newcombe interval, too wide: the one group is part of the other"
    return Measure(SWEDISH_STEP_2, name, ALL, difference, low, high, "share", selected.n, "sampling", note)


def _untold(name: Name, group: str, unit: str) -> Measure:
    return Measure(name, group, ALL, None, None, None, unit, None, "",
                   "withheld or not estimable: a count that it needs is not printed, or is zero")
