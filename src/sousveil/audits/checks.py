"""Tests by name, as agencies use them, each with what it came to in words. None of them is a verdict on discrimination.

    four-fifths rule   29 CFR 1607.4(D): a group's rate below four fifths of the highest group's rate, of groups that
                       are not under two in a hundred (1607.4(A)). It is meant for what people want; whether being
                       selected is that, no table says, so both sides are shown.
    Swedish two-step   the Swedish Social Insurance Agency's test of its profile: (1) the share of a group among those
                       selected, against its share of everybody, may not halve, double or move by 30 points; (2) its
                       share among those selected and among those selected rightly may not differ by more than 10
                       points. As published with the disclosed data by Lighthouse Reports and Svenska Dagbladet.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.audits.bounds import Bounds, two_places
from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.highest import Highest, highest
from sousveil.audits.metrics import visible
from sousveil.audits.shares import LEAVES, Share, difference_ends, ratio_ends, share
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


def four_fifths(shown: Printed, left: Bounds) -> Iterator[Measure]:
    """The ratio of every group's rate to the highest of its column, for being selected and for not being selected.

    left  what the printed counts leave of each count: a group that is withheld may have the highest rate
    """
    for place in range(len(shown.layout.columns)):
        mine = [group for group in shown.layout.groups if [p for p, _ in group] == [place]]
        for kind, other, words in (("d1", "d0", "being selected"), ("d0", "d1", "not being selected")):
            found = {group: share(shown, [(group, kind)], (group, "n"), "nobody") for group in mine}
            top = highest(shown, left, mine, found, kind, other)
            rates = {group: one for group, one in found.items() if isinstance(one, Share)}
            best = rates.get(top.best) if top.best is not None and not top.rivals else None
            for group in mine:
                if group in rates and best is not None and top.best is not None:
                    if group != top.best and best.events:
                        yield _ratio(FOUR_FIFTHS(side=words), shown, group, top.best, rates[group], best)
                elif group in rates or group in top.ends:
                    ends = top.ratio(group, rates[group].value if group in rates else 0.0)
                    if ends is not None and (group in rates or ends[1] < 1):
                        yield _open(FOUR_FIFTHS(side=words), label(shown.layout.columns, group), top, ends)


def _ratio(name: Name, shown: Printed, group: Group, top: Group, one: Share, best: Share) -> Measure:
    ends = ratio_ends(one, best)
    low, high = ends or (None, None)
    value = one.value / best.value
    return Measure(name, label(shown.layout.columns, group), label(shown.layout.columns, top), value, low, high,
                   "ratio", one.n + best.n, "sampling" if ends else "", _verdict(value, ends))


def _open(name: Name, group: str, top: Highest, ends: tuple[float, float]) -> Measure:
    """What can be said of a ratio where the rate, or the highest one, is withheld."""
    word = "fails" if ends[1] < _FIFTHS else "passes" if ends[0] >= _FIFTHS else "cannot be told"
    which = f", which {'is' if top.sure else 'may be'} that of {top.who}" if top.rivals else ""
    reference = label(top.columns, top.best) if top.best is not None and not top.rivals else ""
    return Measure(name, group, reference, None, None, None, "ratio", None, "",
                  f"{word}: {LEAVES} {two_places(*ends)} of the highest rate{which}")


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
    fails = {end / start <= _LEAST_SHIFT or end / start >= _MOST_SHIFT or abs(end - start) >= _POINTS if start else True
             for start, end in _ends(before, after)}
    note = (f"{_word(fails)}: from {before.value:.1%} to {after.value:.1%}; the test itself has no "
            "interval")
    return Measure(SWEDISH_STEP_1, name, ALL, ratio, None, None, "ratio", after.n, "", note)


def _second_step(name: str, selected: Share | None, right: Share | None) -> Measure:
    if selected is None or right is None:
        return _untold(SWEDISH_STEP_2, name, "share")
    difference = right.value - selected.value
    fails = {abs(end - start) > _RIGHTLY for start, end in _ends(selected, right)}
    low, high = difference_ends(right, selected) or (None, None)
    note = f"{_word(fails)}; Newcombe interval, too wide: the one group is part of the other"
    return Measure(SWEDISH_STEP_2, name, ALL, difference, low, high, "share", selected.n, "sampling", note)


def _ends(start: Share, end: Share) -> list[tuple[float, float]]:
    """Two shares; of rounded counts, all that they may have been before."""
    return [(one[0] / one[1] if one[1] else 0.0, other[0] / other[1] if other[1] else 0.0)
            for one in dict.fromkeys((start.least, start.most)) for other in dict.fromkeys((end.least, end.most))]


def _word(fails: set[bool]) -> str:
    return "cannot be told, as rounding decides it" if len(fails) > 1 else "fails" if True in fails else "passes"


def _untold(name: Name, group: str, unit: str) -> Measure:
    return Measure(name, group, ALL, None, None, None, unit, None, "",
                   "withheld or not estimable: a count that it needs is not printed, or is zero")
