"""The one shape that every result has, whatever instrument it came from.

A `Measure` is one number about one group, with its interval from birth. The simulator's harms, the base-rate model and
the audit all answer in it, so that one table, one chart and one report serve all three.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ALL", "COLUMNS", "Measure", "Over", "table"]

ALL = "all"
"""The group label of a measure taken over everybody."""

Over = Literal["", "draws", "sampling", "draws and sampling", "parameters", "parameters and sampling", "exact"]
"""What an interval is over.

    draws       replicates of the run under other seeds: how much luck matters
    sampling    the binomial or Poisson part inside one run or one table: how much the number of people matters
    parameters  the ranges of the assumptions: how much what nobody knows matters
    exact       no interval is needed: an expectation of a population without end, or arithmetic
"""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its interval.

    harm       which harm or metric family, for example `wrongful`
    measure    which number of it, for example `share with a wrongful debit`
    group      whose, or `all`
    reference  the group it is compared with; '' when it is not a comparison
    value      the number, or None when it cannot be estimated: then `note` says why
    low, high  95 % interval, or None
    unit       `share`, `persons`, `months`, `points`, `per 1,000 person-years`, `money`, `ratio` ...
    n          how many people (or decisions, faces ...) stand behind it
    over       what the interval is over, see `Over`
    note       a caveat that must travel with the number
    """

    harm: str
    measure: str
    group: str
    reference: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    n: float | None
    over: Over = ""
    note: str = ""


COLUMNS = tuple(f.name for f in fields(Measure))


def table(measures: Iterable[Measure]) -> pa.Table:
    """The measures as an Arrow table, one row each, columns in the order of `COLUMNS`."""
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    types = {"value": number, "low": number, "high": number, "n": number}
    schema = pa.schema([(name, types.get(name, text)) for name in COLUMNS])
    return pa.Table.from_pylist([asdict(m) for m in measures], schema=schema)
