"""The trace: what happened to whom, as aggregates (MODEL.md section 6). Every harm is a function of it.

A trace is a few Arrow tables, whose columns stand in `trace_columns`, and a `Setting`: what it takes to read them.
Nobody is in it as a person: the finest row is a cell of the population. Counts are whole numbers when an engine drew
persons, and expectations (float64) when it carried distributions; nothing else differs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sousveil.engine import joined, trace_tables
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.trace_columns import COLUMNS, OPTIONAL
from sousveil.errors import InputError
from sousveil.studies.frozen import Value

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["YEARS", "Setting", "Trace", "from_tables", "of", "to_tables"]

YEARS = {"day": 1 / 365.25, "week": 7 / 365.25, "month": 1 / 12, "quarter": 1 / 4, "year": 1.0}
"""How many years a step of the scheme lasts."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What it takes to read the tables.

    step           day, week, month, quarter or year; steps: how many were run
    groups, tiers  names, the tiers from the bottom
    ceilings       by group, the place of the highest tier it can reach
    children       children per adult
    kin_least, kin_most   the lowest and highest points a person can get in a step because of relatives
    largest_debit  the most points that one record can take
    household      mean number of people whose fate hangs together: the household of a person, where kin rules tie it; 1
    fallen         by group, persons who were ever in the bottom tier; empty where the engine does not know
    left           how many of the tiers, the last ones, are places for which people have left the scheme
    truth          what the scheme looks for, where that is known: a stratum; positive: its names that are meant;
                   flagged: the tiers that say so
    """

    step: str
    steps: int
    groups: tuple[str, ...]
    tiers: tuple[str, ...]
    ceilings: tuple[int, ...]
    children: float
    kin_least: float
    kin_most: float
    largest_debit: float
    household: float = 1.0
    fallen: tuple[float, ...] = ()
    left: int = 0
    truth: str = ""
    positive: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()

    @property
    def years(self) -> float:
        """How many years a step lasts."""
        return YEARS[self.step]


@dataclass(frozen=True, slots=True, eq=False)
class Trace(Value):
    """What happened in a run. The tables have the columns of `COLUMNS`; those in `OPTIONAL` may be None."""

    setting: Setting
    steps: pa.Table
    rights: pa.Table
    moves: pa.Table
    scores: pa.Table
    spells: pa.Table
    cells: pa.Table
    debits: pa.Table | None = None
    effects: pa.Table | None = None
    domains: pa.Table | None = None
    places: pa.Table | None = None
    appeals: pa.Table | None = None

    @property
    def expected(self) -> bool:
        """Whether the numbers are expectations rather than counts of drawn persons."""
        import pyarrow as pa

        return bool(pa.types.is_floating(self.steps.schema.field("persons").type))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table `steps` for whatever reads Arrow (polars, pandas, DuckDB ...); each other table does so itself."""
        return self.steps.__arrow_c_stream__(requested_schema)


def of(plan: Plan, outcome: Outcome, step: str) -> Trace:
    """The trace of an outcome.

    step   how long a step lasts, as the scheme says: a key of `YEARS`

    Source: MODEL.md section 6. Points are in the scheme's own points. Raises KeyError for another step.
    """
    YEARS[step]
    whole = _of(plan, outcome, step, plan.plans)
    if not plan.later:
        return whole
    return _joined(whole, [(first, _of(rules, part, step, plan.plans))
                           for first, rules, part in joined.parts(plan, outcome)])


def _joined(whole: Trace, periods: Sequence[tuple[int, Trace]]) -> Trace:
    """The trace of a run, from that of all steps as if under the first rules, and that of the steps of each period."""
    traces = [trace for _, trace in periods]
    settings = [trace.setting for trace in traces]
    setting = replace(
        whole.setting, ceilings=tuple(map(max, zip(*(s.ceilings for s in settings), strict=True))),
        kin_least=min(s.kin_least for s in settings), kin_most=max(s.kin_most for s in settings),
        largest_debit=max(s.largest_debit for s in settings), household=max(s.household for s in settings))
    return replace(
        whole, setting=setting, cells=joined.cells(whole.cells, [trace.cells for trace in traces]),
        steps=joined.after_each_other([(first, trace.steps) for first, trace in periods]),
        rights=joined.after_each_other([(first, trace.rights) for first, trace in periods]),
        domains=joined.added([trace.domains for trace in traces if trace.domains is not None]))


def _of(plan: Plan, outcome: Outcome, step: str, periods: Sequence[Plan]) -> Trace:
    """The trace of an outcome, as if all steps had been under the rules of one plan; periods: the plans of all."""
    mean_adults = sum(n * share for n, share in plan.adults.items())
    mean_children = sum(n * share for n, share in plan.children.items())
    kin = np.array(plan.kin_points, dtype=np.float64) * plan.ladder.resolution
    setting = Setting(step=step, steps=outcome.steps, groups=plan.groups, tiers=plan.tiers,
                      ceilings=_ceilings(plan), children=mean_children / mean_adults,
                      kin_least=float(kin[kin < 0].sum()), kin_most=float(kin[kin > 0].sum()),
                      largest_debit=float(-plan.weight.min(initial=0) * plan.ladder.resolution),
                      household=sum(n * n * share for n, share in plan.adults.items()) / mean_adults
                      if plan.kin_tiers else 1.0,
                      fallen=tuple(np.bincount(plan.unit_group, weights=outcome.fallen, minlength=len(plan.groups))
                                   .tolist()) if outcome.fallen.any() else (), left=plan.left, **_truth(plan))
    return Trace(
        setting, trace_tables.steps(plan, outcome), trace_tables.rights(plan, outcome, periods),
        trace_tables.moves(plan, outcome), trace_tables.scores(plan, outcome), trace_tables.spells(plan, outcome),
        trace_tables.cells(plan, outcome), trace_tables.persons_by_debit(plan, outcome),
        domains=trace_tables.domains(plan, outcome),
        places=trace_tables.places(plan, outcome) if plan.places else None,
        appeals=trace_tables.appeals(plan, outcome) if plan.grounds else None)


def to_tables(trace: Trace) -> dict[str, pa.Table]:
    """The tables by name, to be saved. The setting travels in the metadata of `steps`."""
    tables = {name: getattr(trace, name) for name in COLUMNS if getattr(trace, name) is not None}
    setting = {b"sousveil.setting": json.dumps(asdict(trace.setting), sort_keys=True).encode()}
    return tables | {"steps": trace.steps.replace_schema_metadata(setting)}


def from_tables(tables: Mapping[str, pa.Table]) -> Trace:
    """The trace that was saved as these tables. Raises InputError when one is missing or is none of ours."""
    for name in (n for n in COLUMNS if n not in tables and n not in OPTIONAL):
        raise InputError(f"a trace needs the table {name}")
    for name, table in tables.items():
        lost = [c.name for c in COLUMNS.get(name, ()) if c.name not in table.column_names]
        if lost:
            raise InputError(f"the table {name} of the trace has no column {lost[0]}")
    try:
        kept: dict[str, Any] = json.loads((tables["steps"].schema.metadata or {})[b"sousveil.setting"])
        kept |= {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
        setting = Setting(**kept)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("the table steps of the trace does not say how it is to be read") from error
    plain = {name: tables[name].replace_schema_metadata(None) for name in COLUMNS if name in tables}
    return Trace(setting, **plain)


def _truth(plan: Plan) -> dict[str, Any]:
    truth = plan.facts.truth
    return {} if truth is None else {"truth": truth.label, "positive": truth.positive, "flagged": truth.flagged}


def _ceilings(plan: Plan) -> tuple[int, ...]:
    """The highest tier that anybody of each group can reach."""
    highest = np.zeros(len(plan.groups), dtype=np.int64)
    np.maximum.at(highest, plan.cell_group, plan.ladder.ceiling[plan.ladder_of])
    empty = np.setdiff1d(np.arange(len(plan.groups)), plan.cell_group)  # as if everybody of it were like anybody
    highest[empty] = plan.ladder.ceiling.reshape(len(plan.groups), -1).max(axis=1)[empty]
    return tuple(highest.tolist())
