"""Traces: what an engine hands over, as tables that add up."""

from __future__ import annotations

import re
from collections import Counter
from copy import deepcopy
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from looked_for import looked_for
from random_schemes import Case
from small_study import small
from sousveil.engine import agents, exact, trace
from sousveil.engine.outcome import CAUSES
from sousveil.engine.people import settle
from sousveil.engine.relive import relive
from sousveil.engine.trace_columns import COLUMNS, STRATUM
from sousveil.errors import InputError
from sousveil.harms import view
from sousveil.harms.effects import with_effects
from tiers import for_all
from tracing import as_expected, live, plan_of, sizes, told

PLAN = plan_of()
seeds = st.integers(0, 2**32 - 1)
DOCS = Path(__file__).parent.parent / "docs" / "trace.md"


def some(seed: int = 1, steps: int = 6) -> trace.Trace:
    return trace.of(PLAN, told(PLAN, live(PLAN, steps, seed)), "month")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_is_documented_and_every_documented_column_is_there(name: str) -> None:
    described = COLUMNS[name]
    section = re.split(r"^## ", DOCS.read_text(), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(f"`{name}`"))
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines()
            if line.startswith("| `")]
    assert rows == [(f"`{c.name}`", c.unit, c.meaning) for c in described]
    made = some()
    if name == "domains":
        plan = looked_for().plan()
        made = trace.of(plan, exact.simulate(plan, 2), "month")
    if name == "appeals":
        plain = deepcopy(looked_for().plain)
        plain["scheme"]["redress"]["against"] = ["irrelevant"]
        plan = Case(plain).plan()
        made = trace.of(plan, exact.simulate(plan, 2), "month")
    if name == "places":
        plan = small({"places": {"visits": {"number": 3, "order": "worst-first"}}}).plan()
        made = trace.of(plan, exact.simulate(plan, 2), "month")
    if name == "effects":
        out = agents.simulate(PLAN, settle(PLAN, 1), 6, 1)
        made = with_effects(trace.of(PLAN, out, "month"), relive(PLAN, out, 1))
    here = trace.to_tables(made)[name].column_names
    assert [c for c in here if not c.startswith(STRATUM)] == [c.name for c in described]


@for_all(seeds, st.integers(0, 8), few=25, many=250)
def test_persons_change_by_entries_less_exits_and_nobody_is_born_or_dies(seed: int, steps: int) -> None:
    look = view.of(trace.of(PLAN, told(PLAN, live(PLAN, steps, seed)), "month"))
    persons, entries, exits = (look.column(name) for name in ("persons", "entries", "exits"))
    assert (np.diff(persons, axis=0) == (entries - exits)[1:]).all()
    assert (persons.sum(axis=2) == persons[0].sum(axis=1)).all()
    assert not entries[0].any()
    assert not exits[0].any()


@for_all(seeds, few=15, many=150)
def test_tables_agree_with_the_lives_they_were_made_from(seed: int) -> None:
    life = live(PLAN, 5, seed)
    made = trace.of(PLAN, told(PLAN, life), "month")
    look = view.of(made)
    group = PLAN.cell_group[life.cell]
    for g in range(2):
        for t in range(3):
            assert look.column("persons")[5, g, t] == ((group == g) & (life.tier[:, 5] == t)).sum()
    limited = look.total("rights_limited")
    # Bottom and middle limit a right of one's own; net is slowed in both and is one right.
    assert limited.tolist() == [((life.tier[group == g][:, :5]) < 2).sum() for g in range(2)]
    slowed = made.rights.filter(pa.compute.and_(pa.compute.equal(made.rights["right"], "net"),
                                                pa.compute.equal(made.rights["bearer"], "self")))
    assert sum(slowed["persons"].to_pylist()) == limited.sum()
    assert set(slowed["tiers"].to_pylist()) == {"bottom + middle"}
    cells = look.cells()
    assert cells.person_steps.sum() == 5 * len(life.cell)
    assert cells.size.tolist() == sizes(PLAN).tolist()
    in_bottom = life.tier[:, :5] == 0
    lost = (in_bottom * PLAN.income[life.cell][:, None] * 0.5).sum() + (life.tier[:, :5] == 1).sum()
    assert look.total("income_lost").sum() == pytest.approx(lost)
    assert (cells.person_steps * cells.column("lost")).sum() == pytest.approx(lost)


def test_points_are_in_the_schemes_own_points() -> None:
    plan = plan_of(scheme={"score": {"start": 100, "floor": 0, "ceiling": 200, "resolution": 0.5}})
    out = told(plan, live(plan, 4, 3))
    made = trace.of(plan, out, "month")
    for i, cause in enumerate(CAUSES):
        assert view.of(made).total(f"points_{cause}").sum() == out.points[..., i].sum() * 0.5
    start = made.scores.filter(pa.compute.equal(made.scores["when"], "start"))
    assert set(start["score"].to_pylist()) == {50.0}
    taken = sum(int((sums * persons).sum()) for sums, persons in out.debits)
    assert (view.numbers(made.debits, "debits") * view.numbers(made.debits, "persons")).sum() == taken * 0.5
    assert made.setting.largest_debit == 10.0
    assert made.setting.kin_least == -3.0


def test_expected_debits_are_rates_times_persons_with_the_cap() -> None:
    life = live(PLAN, 3, 5)
    look = view.of(trace.of(PLAN, told(PLAN, life), "month"))
    own = wrongful = 0.0
    for s in range(3):
        tier = life.tier[:, s]
        for k, kind in enumerate(PLAN.kinds):
            if kind == "good":
                continue
            def counted(rate: float, k: int = k) -> float:
                n = np.arange(200)
                return float((np.minimum(n, PLAN.at_most[k] or 200) * poisson.pmf(n, rate)).sum())
            given_away = PLAN.mistaken[life.cell, tier, k]
            pool = PLAN.cell_pool[life.cell]
            for i, c in enumerate(life.cell):
                others = (pool == pool[i]) & (np.arange(len(pool)) != i)
                pulled = given_away[others].sum() / others.sum()
                own -= PLAN.weight[k] * counted(PLAN.own[c, tier[i], k])
                wrongful -= PLAN.weight[k] * (counted(pulled) + counted(PLAN.spurious[c, k]))
    assert look.total("debits_own").sum() == pytest.approx(own)
    assert look.total("debits_wrongful").sum() == pytest.approx(wrongful)


@given(seeds)
@settings(max_examples=10, deadline=None)
def test_counts_and_expectations_of_equal_content_make_equal_tables(seed: int) -> None:
    out = told(PLAN, live(PLAN, 4, seed))
    counted, expected = trace.of(PLAN, out, "month"), trace.of(PLAN, as_expected(out), "month")
    assert not counted.expected
    assert expected.expected
    for name, other in trace.to_tables(expected).items():
        table = trace.to_tables(counted)[name]
        for column in table.column_names:
            assert table[column].to_pylist() == other[column].to_pylist(), (name, column)


def test_saved_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    made = some()
    for name, table in trace.to_tables(made).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    tables = {path.stem: pq.read_table(path) for path in tmp_path.iterdir()}
    again = trace.from_tables(tables)
    assert again.setting == made.setting
    for name, table in trace.to_tables(made).items():
        assert trace.to_tables(again)[name].to_pylist() == table.to_pylist()


def test_debits_are_of_everybody_by_group() -> None:
    life = live(PLAN, 4, 9)
    made = trace.of(PLAN, told(PLAN, life), "month")
    assert made.debits is not None
    group = PLAN.cell_group[life.cell]
    for g, name in enumerate(PLAN.groups):
        rows = [r for r in made.debits.to_pylist() if r["group"] == name]
        taken = Counter((5.0 * life.wrongful[group == g].sum(axis=1)).tolist())
        assert {r["debits"]: r["persons"] for r in rows} == taken


def test_a_trace_without_its_parts_is_refused_in_words() -> None:
    tables = trace.to_tables(some())
    with pytest.raises(InputError, match="needs the table spells"):
        trace.from_tables({name: t for name, t in tables.items() if name != "spells"})
    with pytest.raises(InputError, match="the table rights of the trace has no column burden"):
        trace.from_tables(tables | {"rights": tables["rights"].drop(["burden"])})
    with pytest.raises(InputError, match="does not say how it is to be read"):
        trace.from_tables(tables | {"steps": tables["steps"].replace_schema_metadata(None)})


def test_a_scheme_without_any_consequence_has_an_empty_table_of_rights() -> None:
    plan = plan_of(scheme={"consequences": {}, "kin": []})
    made = trace.of(plan, told(plan, live(plan, 2, 1)), "week")
    assert len(made.rights) == 0
    assert made.setting.years == pytest.approx(7 / 365.25)
