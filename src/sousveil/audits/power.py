"""How many decisions are enough: what gap a table could have shown, and how many it takes to show a given one.

Both are about a test at 5 in 100 on both sides that sees a gap in 80 of 100 such tables, with the reference's rate as
it was counted (Fleiss, Levin and Paik 2003, section 4.3). A table in which no gap of a size could have been seen is no
evidence that there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from sousveil.audits.counts import Group, Printed, label
from sousveil.audits.metrics import RATES, SELECTION, pair
from sousveil.audits.shares import ONLY_SELECTED, WITHHELD, Share, Z
from sousveil.ground.numerals import number
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name, Names

__all__ = ["NEEDED", "SEEN", "measures", "needed", "power", "seen"]

SEEN = Names("power", "{rate}: least gap seen in 80 of 100 tables")
NEEDED = Names("power", "{rate}: decisions of the group that show a gap of {gap}")

_Z_POWER = 0.8416212335729143
"""The quantile of the normal law for 80 in 100."""


def power(rate: float, reference: float, n: float, reference_n: float) -> float:
    """How far (in normal quantiles) a gap between two rates lies beyond what chance gives; 0.84 is 80 of 100."""
    both = (n * rate + reference_n * reference) / (n + reference_n)
    null = math.sqrt(both * (1 - both) * (1 / n + 1 / reference_n))
    real = math.sqrt(rate * (1 - rate) / n + reference * (1 - reference) / reference_n)
    return (abs(rate - reference) - Z * null) / real if real > 0 else -math.inf if rate == reference else math.inf


def seen(reference: float, n: float, reference_n: float) -> float | None:
    """The least gap above the reference (below it, where there is no room above) that such a table shows."""
    for sign, room in ((1, 1 - reference), (-1, reference)):
        low, high = 0.0, room
        if power(reference + sign * room, reference, n, reference_n) < _Z_POWER:
            continue
        for _ in range(60):
            middle = (low + high) / 2
            enough = power(reference + sign * middle, reference, n, reference_n) >= _Z_POWER
            low, high = (low, middle) if enough else (middle, high)
        return high
    return None


def needed(reference: float, gap: float, part: float) -> int | None:
    """Decisions of the group that show a gap, where the reference has `part` times as many; None where none do."""
    rate = reference + gap if reference + gap <= 1 else reference - gap
    if not 0 <= rate <= 1:
        return None
    low, high = 1, 2
    while power(rate, reference, high, part * high) < _Z_POWER:
        low, high = high, 2 * high
        if high > 1e12:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(rate, reference, middle, part * middle) >= _Z_POWER else (middle, high)
    return high


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], gap: float) -> Iterator[Measure]:
    """For every rate of every group, compared with its reference; where that cannot be told, why."""
    columns = shown.layout.columns
    for rate in RATES:
        if rate != SELECTION and not shown.layout.outcomes:
            continue
        if shown.layout.only_selected and rate.needs_everybody:
            yield from _untold(rate.name, ALL, "", ONLY_SELECTED, gap)
            continue
        for group in shown.layout.groups:
            reference = chosen.get(tuple(place for place, _ in group))
            if len(group) != 1:
                continue
            if reference == group:
                if len(shown.layout.labels[group[0][0]]) == 1:
                    yield from _untold(rate.name, label(columns, group), "", "not estimable: this column has one group "
                                                                             "alone", gap)
                continue
            if reference is None:
                yield from _untold(rate.name, label(columns, group), "", f"{WITHHELD}: no group of "
                                   f"{columns[group[0][0]]} that others could be compared with is printed", gap)
                continue
            mine, other = pair(shown, rate, group), pair(shown, rate, reference)
            names = label(columns, group), label(columns, reference)
            if isinstance(mine, str):
                yield from _untold(rate.name, *names, mine, gap)
            elif isinstance(other, str):
                yield from _untold(rate.name, *names, f"the reference: {other}", gap)
            else:
                yield from _of(rate.name, *names, mine, other, gap, shown.rounded)


def _untold(name: Name, group: str, reference: str, why: str, gap: float) -> Iterator[Measure]:
    for what, unit in ((SEEN(rate=name.label), "share"),
                       (NEEDED(rate=name.label, gap=_points(gap)), "decisions")):
        yield Measure(what, group, reference, None, None, None, unit, None, "", why)


def _points(gap: float) -> str:
    return f"{100 * gap:g} points"


def _of(name: Name, group: str, reference: str, mine: Share, other: Share, gap: float, base: int) -> Iterator[Measure]:
    n = float(mine.n + other.n)
    rounded = f"; as if no count were rounded to {base}: rounding hides more" if base else ""
    least = seen(other.value, mine.trials, other.trials)
    worth = f", who with their weights count as {mine.size:,} and {other.size:,}" if mine.size and other.size else ""
    note = f"with {mine.n:,} and {other.n:,} people{worth}" if least else "no gap at all could have been seen"
    yield Measure(SEEN(rate=name.label), group, reference, least, None, None, "share", n, "exact" if least else "",
                  note + rounded)
    many = needed(other.value, gap, other.n / mine.n)
    if many is not None and mine.size:
        many = math.ceil(many * mine.n / mine.size)
    weighted = " people with weights such as these" if mine.size else ""
    yield Measure(NEEDED(rate=name.label, gap=_points(gap)), group, reference,
                  None if many is None else float(many), None, None, "decisions", n, "exact" if many else "",
                  "there is no such gap from this reference" if many is None else
                  f"now {mine.n:,}{weighted}; and {number(other.n / mine.n)} times as many of the reference{rounded}")
