"""Comparable people: rates within the strata of another column, put together over the strata. From printed counts.

    Mantel-Haenszel   the ratio and the difference that all strata have in common (Mantel and Haenszel 1959; variance
                      of the ratio by Greenland and Robins 1985)
    standardised      each group's rate if its people were spread over the strata as everybody is

A stratum in which a count of either group is withheld is left out, and the note says which. Being
alike in one column is not being alike: what the column itself carries over from unequal treatment stays in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sousveil.audits.counts import Group, Printed, few, label
from sousveil.audits.metrics import FALSE_NEGATIVE, FALSE_POSITIVE, SELECTION, Rate
from sousveil.audits.shares import ONLY_SELECTED, WITHHELD, Z
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Names

__all__ = ["DIFFERENCE", "RATIO", "STANDARD", "STANDARD_DIFFERENCE", "Stratum", "difference", "measures", "ratio",
           "standardised"]

RATIO = Names("given", "{rate} of comparable people: ratio")
DIFFERENCE = Names("given", "{rate} of comparable people: difference")
STANDARD = Names("given", "{rate}, standardised")
STANDARD_DIFFERENCE = Names("given", "{rate}, standardised: difference")

_RATES = (SELECTION, FALSE_POSITIVE, FALSE_NEGATIVE)


@dataclass(frozen=True, slots=True)
class Stratum:
    """Events of trials of a group and of its reference in one stratum, and how many people everybody has in it."""

    events: int
    trials: int
    reference_events: int
    reference_trials: int
    weight: int


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


def _spread(events: int, trials: int) -> float:
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


def _compared(shown: Printed, rate: Rate, one: tuple[int, str], other: tuple[int, str], within: int, given: str
              ) -> Iterator[Measure]:
    columns, texts = shown.layout.columns, shown.layout.labels[within]
    every = {text: _stratum(shown, rate, one, other, (within, text)) for text in texts}
    strata = [s for s in every.values() if isinstance(s, Stratum)]
    without = few([text for text, s in every.items() if s == WITHHELD])
    group, reference = label(columns, (one,)), label(columns, (other,))
    said = rate.name.label
    if not strata:
        yield _untold(rate, group, reference, f"{WITHHELD}: in no stratum of {given} are the counts of both groups "
                                              "printed")
        return
    n = float(sum(s.trials + s.reference_trials for s in strata))
    note = f"{len(strata)} of {len(texts)} strata of {given}"
    missing = f"; without {without}: a count is withheld there" if without else ""
    found = ratio(strata)
    if found is None:
        yield Measure(RATIO(rate=said), group, reference, None, None, None, "ratio", n, "",
                      f"not estimable: a rate is zero in all strata; {note}{missing}")
    else:
        yield Measure(RATIO(rate=said), group, reference, *found, "ratio", n, "sampling",
                      f"Mantel-Haenszel, {note}{missing}")
    yield Measure(DIFFERENCE(rate=said), group, reference, *difference(strata), "share", n, "sampling",
                  f"Mantel-Haenszel, {note}{missing}")
    (mine, spread), (theirs, their_spread) = (standardised(strata, side) for side in (False, True))
    half = Z * math.sqrt(spread)
    yield Measure(STANDARD(rate=said), group, "", mine, max(0.0, mine - half), min(1.0, mine + half), "share", n,
                  "sampling", f"over {note} as everybody is spread over them{missing}")
    half = Z * math.sqrt(spread + their_spread)
    yield Measure(STANDARD_DIFFERENCE(rate=said), group, reference, mine - theirs, mine - theirs - half,
                  mine - theirs + half, "share", n, "sampling",
                  f"over {note} as everybody is spread over them{missing}")


def _stratum(shown: Printed, rate: Rate, one: tuple[int, str], other: tuple[int, str], stratum: tuple[int, str]
             ) -> Stratum | str:
    """What is printed of a stratum; else whether something is withheld, or nobody of a group is there."""
    groups = [tuple(sorted((who, stratum))) for who in (one, other)]
    events = [[shown[group, kind] for kind in rate.events] for group in groups]
    trials, weight = [shown[group, rate.trials] for group in groups], shown[(stratum,), rate.trials]
    if None in (*trials, weight) or any(count is None for side in events for count in side):
        return WITHHELD
    if not (trials[0] and trials[1] and weight):
        return "nobody"
    mine, theirs = (sum(count or 0 for count in side) for side in events)
    return Stratum(mine, trials[0], theirs, trials[1], weight)
