"""The trace of a run in which rules changed on a date: what hangs on rules, period by period, put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["added", "after_each_other", "cells", "parts"]

STOCKS, FLOWS = ("occupancy", "wrongful_ever"), (
    "moves", "points", "wrongful", "appeals", "fresh", "placed", "placed_only", "eligible", "chosen", "cuts", "shared")
"""What an outcome has a row a step of: how things stand after it, and what happened in it."""

MEANS = ("lost", "gained", "lawful_forgone", "expressive_forgone", "necessity_forgone")
"""Columns of `cells` that are means over the person-steps in a tier."""


def parts(plan: Plan, outcome: Outcome) -> Iterator[tuple[int, Plan, Outcome]]:
    """The steps of each period, as an outcome of its own: (the step before its first, its plan, outcome)."""
    begins = [0, *(later.at - 1 for later in plan.later if later.at <= outcome.steps), outcome.steps]
    for first, last, rules in zip(begins[:-1], begins[1:], plan.plans, strict=False):
        rows = {name: getattr(outcome, name)[first:last + 1].copy() for name in (*STOCKS, *FLOWS)}
        for name in FLOWS:
            rows[name][:1] = 0  # the step before the first is another period's
        yield first, rules, replace(outcome, **rows)


def after_each_other(tables: list[tuple[int, pa.Table]]) -> pa.Table:
    """The tables of periods, each with the step before its first, one after the other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for number, (first, table) in enumerate(tables):
        # What stands before the first step of a later period is the end of the one before.
        here = table if number == 0 else table.filter(pc.greater(table["step"], 0))
        found.append(here.set_column(0, "step", pc.add(here["step"], first)))
    return pa.concat_tables(found).unify_dictionaries().combine_chunks()


def cells(whole: pa.Table, tables: list[pa.Table]) -> pa.Table:
    """Means over person-steps, each period with those spent in it."""
    import pyarrow as pa

    weight = np.array([table["person_steps"].to_numpy() for table in tables], dtype=np.float64)
    total = weight.sum(axis=0)
    for name in MEANS:
        values = (weight * [table[name].to_numpy() for table in tables]).sum(axis=0)
        mean = np.divide(values, total, out=np.array(tables[0][name].to_numpy(), dtype=np.float64), where=total > 0)
        whole = whole.set_column(whole.column_names.index(name), name, pa.array(mean))
    return whole


def added(tables: list[pa.Table]) -> pa.Table | None:
    """What periods have by group, kind and domain, added up."""
    import pyarrow as pa

    if not tables:
        return None
    keys = ["group", "what", "domain"]
    one = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    made = one.group_by(keys, use_threads=False).aggregate([("amount", "sum")])
    return made.select([*keys, "amount_sum"]).rename_columns([*keys, "amount"])
