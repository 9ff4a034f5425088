"""Harms over replicates: the same study under several seeds, with an interval over draws."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from sousveil.engine.trace import Trace
from sousveil.harms import income, view, wrongful
from sousveil.harms.catalogue import measure_all, measured
from sousveil.intervals import Interval, replicated, skewed
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.measures.name import Name

__all__ = ["measure_replicates"]

SIGNED = (wrongful.POINTS_FOR_RELATIVES, income.GINI_CHANGE)
"""Measures that may be below zero, beside those that compare."""


def measure_replicates(traces: Sequence[Trace], reference: str | None = None) -> Measures:
    """Every harm as the mean over replicates, with the 95 % interval of that mean: over draws.

    A replicate draws all luck anew, that of households and look-alike pools too, so nobody is taken for independent who
    is not. Where all traces have `effects`, what each says of its own scatter counts too, see `intervals.replicated`.
    Ratios are averaged on the logarithm. What one of the replicates cannot estimate is not estimated. One trace alone
    gives its own sampling intervals. Raises ValueError for no trace at all.
    """
    if not traces:
        raise ValueError("no trace was given")
    if len(traces) == 1:
        return measure_all(traces[0], reference)
    known = all(trace.effects is not None for trace in traces)
    found = [measured(trace, reference) for trace in traces]
    same: dict[tuple[Name, str, str], list[Measure]] = {}
    for m in (m for measures in found for m in measures):
        same.setdefault((m.name, m.group, m.reference), []).append(m)
    people = float(view.of(traces[0]).people.sum())
    return Measures(tuple(_over_draws(measures, len(traces), people, known) for measures in same.values()))


def _over_draws(measures: list[Measure], runs: int, people: float, known: bool) -> Measure:
    first = measures[0]
    values = [m.value for m in measures if m.value is not None]
    n = [m.n for m in measures if m.n is not None]
    blank = replace(first, value=None, low=None, high=None, n=statistics.fmean(n) if n else None, over="")
    if len(values) < runs:
        why = next((m.note for m in measures if m.value is None), "not estimable: it arose in some of the runs only")
        return replace(blank, note=why if not values else f"{why} (in {runs - len(values)} of {runs} runs)")
    if all(m.over == "exact" for m in measures):
        return replace(first, n=blank.n)
    on_logarithm = first.unit == "ratio" and min(values) > 0
    scale = math.log if on_logarithm else float
    value, low, high = replicated([scale(v) for v in values], _ends(measures, scale) if known else ())
    if low is None or high is None:
        few = f"mean of {runs} runs: too few show anything to tell chance from none"
        note = "; ".join(filter(None, (first.note, few)))
        return replace(blank, value=math.exp(value) if on_logarithm else value, note=note)
    if on_logarithm:
        value, low, high = (math.exp(x) for x in (value, low, high))
    if not first.reference and first.name not in SIGNED:
        low = max(low, 0.0)
        high = min(high, 1.0) if first.unit == "share" else high
    own = "" if first.note.startswith("no interval") else first.note  # the runs together have one
    note = "; ".join(filter(None, (own, f"mean of {runs} runs", skewed(people, runs))))
    return replace(blank, value=value, low=low, high=high, over="draws", note=note)


def _ends(measures: list[Measure], scale: Callable[[float], float]) -> list[Interval]:
    """Each run's own interval; none at all where one of them has none, or not on this scale."""
    ends = [(m.low, m.high) for m in measures if m.low is not None and m.high is not None]
    if len(ends) < len(measures) or (scale is math.log and min(low for low, _ in ends) <= 0):
        return []
    return [(scale(low), scale(high)) for low, high in ends]
