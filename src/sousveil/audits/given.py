"""Comparable people: rates within the strata of another column, put together over the strata. From printed counts.

    Mantel-Haenszel   the ratio and the difference that all strata have in common (Mantel and Haenszel 1959; variance
                      of the ratio by Greenland and Robins 1985)
    standardised      each group's rate if its people were spread over the strata as everybody is

A stratum in which a count of either group is withheld is left out, and the note says which. Being
alike in one column is not being alike: what the column itself carries over from unequal treatment stays in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sousveil.audits.counts import Group, Printed, few, label
from sousveil.audits.metrics import FALSE_NEGATIVE, FALSE_POSITIVE, SELECTION, Rate
from sousveil.audits.rounding import Count, box_ends, counted
from sousveil.audits.shares import ONLY_SELECTED, WITHHELD, Z
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Names

__all__ = ["DIFFERENCE", "PARTLY", "RATIO", "STANDARD", "STANDARD_DIFFERENCE", "Stratum", "difference", "measures",
           "ratio", "standardised"]

RATIO = Names("given", "{rate} of comparable people: ratio")
DIFFERENCE = Names("given", "{rate} of comparable people: difference")
STANDARD = Names("given", "{rate}, standardised")
STANDARD_DIFFERENCE = Names("given", "{rate}, standardised: difference")

PARTLY = "a count is withheld there"
"""In the note of a number: why strata are left out."""

_RATES = (SELECTION, FALSE_POSITIVE, FALSE_NEGATIVE)


@dataclass(frozen=True, slots=True)
class Stratum:
    """Events of trials of a group and of its reference in one stratum, and how many people everybody has in it."""

    events: float
    trials: float
    reference_events: float
    reference_trials: float
    weight: float


def ratio(strata: list[Stratum]) -> tuple[float, float, float] | None:
    """Mantel and Haenszel's ratio of rates with its 95 % interval; None where one side has no event."""
    total = [s.trials + s.reference_trials for s in strata]
    above = sum(s.events * s.reference_trials / t for s, t in zip(strata, total, strict=True))
    below = sum(s.reference_events * s.trials / t for s, t in zip(strata, total, strict=True))
    if not above or not below:
        return None
    spread = sum((s.trials * s.reference_trials * (s.events + s.reference_events)
                  - s.events * s.reference_events * t) / t**2 for s, t in zip(strata, total, strict=True))
    half = Z * math.sqrt(max(spread, 0.0) / (above * below))
    value = above / below
    return value, value * math.exp(-half), value * math.exp(half)


def difference(strata: list[Stratum]) -> tuple[float, float, float]:
    """Mantel and Haenszel's difference of rates with its 95 % interval."""
    weights = [s.trials * s.reference_trials / (s.trials + s.reference_trials) for s in strata]
    value = sum(w * (s.events / s.trials - s.reference_events / s.reference_trials)
                for w, s in zip(weights, strata, strict=True)) / sum(weights)
    variance = sum(w**2 * (_spread(s.events, s.trials) + _spread(s.reference_events, s.reference_trials))
                   for w, s in zip(weights, strata, strict=True)) / sum(weights) ** 2
    half = Z * math.sqrt(variance)
    return value, value - half, value + half


def standardised(strata: list[Stratum], reference: bool) -> tuple[float, float]:
    """A group's rate over the strata of everybody, and its variance."""
    total = sum(s.weight for s in strata)
    parts = [(s.weight / total, *((s.reference_events, s.reference_trials) if reference else (s.events, s.trials)))
             for s in strata]
    return (sum(w * events / trials for w, events, trials in parts),
            sum(w**2 * _spread(events, trials) for w, events, trials in parts))


def standard(strata: list[Stratum]) -> tuple[float, float, float]:
    """A group's standardised rate with its 95 % interval."""
    value, variance = standardised(strata, False)
    half = Z * math.sqrt(variance)
    return value, max(0.0, value - half), min(1.0, value + half)


def standard_difference(strata: list[Stratum]) -> tuple[float, float, float]:
    """The difference of both standardised rates with its 95 % interval."""
    (mine, spread), (theirs, their_spread) = (standardised(strata, side) for side in (False, True))
    half = Z * math.sqrt(spread + their_spread)
    return mine - theirs, mine - theirs - half, mine - theirs + half


def _spread(events: float, trials: float) -> float:
    """The variance of a rate, with half an event more on both sides: it is not zero where nobody or everybody is."""
    share = (events + 0.5) / (trials + 1)
    return share * (1 - share) / trials


def measures(shown: Printed, chosen: Mapping[tuple[int, ...], Group], given: str) -> Iterator[Measure]:
    """For every rate and every group of the other columns, compared with its reference within the strata."""
    columns = shown.layout.columns
    within = columns.index(given)
    for rate in _RATES:
        if rate != SELECTION and not shown.layout.outcomes:
            continue
        if rate != SELECTION and shown.layout.only_selected:
            yield _untold(rate, ALL, "", ONLY_SELECTED)
            continue
        for place, labels in enumerate(shown.layout.labels):
            if place == within:
                continue
            reference = chosen.get((place,))
            if len(labels) == 1:
                yield _untold(rate, ALL, "", f"not estimable: column {columns[place]} has one group alone")
            for text in labels if len(labels) > 1 else ():
                if reference is None:
                    yield _untold(rate, label(columns, ((place, text),)), "",
                                  f"{WITHHELD}: no group of {columns[place]} that others could be compared with is "
                                  "printed")
                elif ((place, text),) != reference:
                    yield from _compared(shown, rate, (place, text), reference[0], within, given)


def _untold(rate: Rate, group: str, reference: str, why: str) -> Measure:
    return Measure(DIFFERENCE(rate=rate.name.label), group, reference, None, None, None, "share", None, "", why)


Numbers = tuple[float, float, float] | None

_NUMBERS: tuple[tuple[Names, Callable[[list[Stratum]], Numbers], bool, str, str], ...] = (
    (RATIO, ratio, True, "ratio", "Mantel-Haenszel, {}"),
    (DIFFERENCE, difference, True, "share", "Mantel-Haenszel, {}"),
    (STANDARD, standard, False, "share", "over {} as everybody is spread over them"),
    (STANDARD_DIFFERENCE, standard_difference, True, "share", "over {} as everybody is spread over them"))
"""Name, how it is worked out, whether it is against a reference, unit, method."""


def _compared(shown: Printed, rate: Rate, one: tuple[int, str], other: tuple[int, str], within: int, given: str
              ) -> Iterator[Measure]:
    columns, texts = shown.layout.columns, shown.layout.labels[within]
    every = {text: _counts(shown, rate, one, other, (within, text)) for text in texts}
    counts = [five for five in every.values() if five and five[0][0] + five[1][0] and five[2][0] + five[3][0]]
    without = few([text for text, five in every.items() if five is None])
    group, reference = label(columns, (one,)), label(columns, (other,))
    if not counts:
        yield _untold(rate, group, reference, f"{WITHHELD}: in no stratum of {given} are the counts of both groups "
                                              "printed")
        return
    strata = _strata([count for five in counts for count, _ in five]) or []
    n = float(sum(s.trials + s.reference_trials for s in strata))
    note = f"{len(strata)} of {len(texts)} strata of {given}"
    missing = f"; without {without}: {PARTLY}" if without else ""
    for what, of, against, unit, how in _NUMBERS:
        name, found = what(rate=rate.name.label), of(strata)
        if found is None:
            yield Measure(name, group, reference, None, None, None, unit, n, "",
                          f"not estimable: a rate is zero in all strata; {note}{missing}")
            continue
        ends, told = (found[1:], "") if not shown.rounded else _rounded(of, counts, shown.rounded)
        low, high = ends or (None, None)
        yield Measure(name, group, reference if against else "", found[0], low, high, unit, n,
                      "sampling" if ends else "", f"{how.format(note)}{missing}{told}")


def _rounded(of: Callable[[list[Stratum]], Numbers], counts: Sequence[Five], base: int
             ) -> tuple[tuple[float, float] | None, str]:
    """The ends over all tables that round to the given one, and what the note says of it."""
    def ends(flat: Sequence[float]) -> tuple[float, float] | None:
        strata = _strata(flat)
        found = of(strata) if strata else None
        return found[1:] if found else None

    found = box_ends(ends, [count for five in counts for count in five])
    return found, (f"; counts rounded to {base}: it holds for every table that rounds to this one" if found else
                   f"; no interval: counts are rounded to {base}, and before that nobody may have been in a stratum, "
                   "or a rate zero in all")


Five = tuple[Count, Count, Count, Count, Count]
"""Of a stratum: events and others of the group, of the reference, and everybody."""


def _counts(shown: Printed, rate: Rate, one: tuple[int, str], other: tuple[int, str], stratum: tuple[int, str]
            ) -> Five | None:
    """What is printed of a stratum; None where something is withheld."""
    groups = [tuple(sorted((who, stratum))) for who in (one, other)]
    mine, theirs = (counted(shown, (group, rate.trials), [(group, kind) for kind in rate.events]) for group in groups)
    everybody = counted(shown, ((stratum,), rate.trials))
    return None if mine is None or theirs is None or everybody is None else (*mine, *theirs, everybody[1])


def _strata(flat: Sequence[float]) -> list[Stratum] | None:
    """Strata of five counts each; None where nobody of a group is in one."""
    found = [Stratum(a, a + b, c, c + d, everybody) for a, b, c, d, everybody in
             zip(*(flat[i::5] for i in range(5)), strict=True)]
    return found if all(s.trials > 0 and s.reference_trials > 0 and s.weight > 0 for s in found) else None
