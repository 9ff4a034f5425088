"""Harms: what holds of all of them, and each by hand on small outcomes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from looked_for import looked_for
from random_schemes import Case
from sousveil import harms
from sousveil import run as run_of
from sousveil.engine import agents, trace
from sousveil.engine import outcome as outcomes
from sousveil.engine.people import settle
from sousveil.engine.plan import Plan
from sousveil.engine.trace import Trace
from sousveil.errors import InputError
from sousveil.harms import income, tiers
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from tiers import for_all
from tracing import Life, as_expected, live, plan_of, sizes, told

PLAN = plan_of()
seeds = st.integers(0, 2**32 - 1)


def made(seed: int = 1, steps: int = 6, plan: Plan = PLAN, **how: Any) -> Trace:
    return trace.of(plan, told(plan, live(plan, steps, seed, **how)), "month")


def one(measures: Iterable[Measure], harm: str, name: str, group: str = "all") -> Measure:
    found = [m for m in measures if (m.harm, m.measure, m.group) == (harm, name, group)]
    assert len(found) == 1, (harm, name, group)
    return found[0]


def named(measures: Measures) -> dict[tuple[str, str, str, str], Measure]:
    return {(m.harm, m.measure, m.group, m.reference): m for m in measures}


# What holds of all of them

@for_all(seeds, st.integers(0, 8), few=25, many=250)
def test_every_measure_is_a_number_in_its_interval_or_says_why_not(seed: int, steps: int) -> None:
    measures = harms.measure_all(made(seed, steps))
    assert max(Counter((m.harm, m.measure, m.group, m.reference) for m in measures).values()) == 1
    assert measures.table().num_rows == len(measures)
    for m in measures:
        numbers = [x for x in (m.value, m.low, m.high, m.n) if x is not None]
        assert all(math.isfinite(x) for x in numbers), m
        if m.value is None:
            assert m.note.startswith("not estimable: "), m
            assert (m.low, m.high, m.over) == (None, None, ""), m
        else:
            assert m.over in ("sampling", "exact") or m.note.startswith("no interval"), m
            assert m.low is None or m.low <= m.value + 1e-9 * abs(m.value), m
            assert m.high is None or m.high >= m.value - 1e-9 * abs(m.value), m
        if m.unit == "share" and not m.reference and m.value is not None:
            assert 0 <= (m.low or 0) <= m.value <= (m.high or 1) <= 1, m


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_counts_and_expectations_of_equal_content_have_equal_values(seed: int) -> None:
    out = told(PLAN, live(PLAN, 5, seed))
    out.debits = []
    counted, expected = trace.of(PLAN, out, "month"), trace.of(PLAN, as_expected(out), "month")
    drawn = harms.measure_all(counted)
    for one, other in zip(drawn, harms.measure_all(expected), strict=True):
        assert (one.harm, one.measure, one.group) == (other.harm, other.measure, other.group)
        if "fewer than 30 spells" in one.note:  # an expectation needs no number of them
            continue
        assert one.value == other.value
        if other.value is not None:
            assert (other.low, other.high, other.over) == (other.value, other.value, "exact")
    assert harms.measure_all(expected, sampling=True) == drawn


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_the_order_of_districts_changes_nothing(seed: int) -> None:
    plan, other = plan_of(80), plan_of(80, population={"districts": {"south": 0.5, "north": 0.5}})
    life = live(plan, 5, seed)
    # The same people in the other plan's order of cells: districts change places.
    half = len(life.cell) // 2
    moved = np.r_[half:len(life.cell), :half]
    cells = len(plan.cells) // 2
    swapped = Life((life.cell[moved] + cells) % (2 * cells), life.tier[moved], life.wrongful[moved])
    assert (np.bincount(swapped.cell) == sizes(other)).all()
    out, turned = told(plan, life), told(other, swapped)
    units = np.r_[2:4, 0:2]
    turned.points, turned.shared = out.points[:, units], out.shared[:, units]
    turned.scores = out.scores[:, units]
    before, after = (named(harms.measure_all(trace.of(*pair, "month"))) for pair in ((plan, out), (other, turned)))
    assert before.keys() == after.keys()
    for key, m in before.items():
        assert after[key].value == (m.value if m.value is None else pytest.approx(m.value)), key


@given(seeds, st.integers(1, 6))
@settings(max_examples=15, deadline=None)
def test_where_nothing_is_wrongful_no_harm_says_so(seed: int, steps: int) -> None:
    clean = plan_of(scheme={"channels": {"camera": {"coverage": 0.5}}, "kin": [], "consequences": {}})
    out = told(clean, live(clean, steps, seed, wrong=0.0))
    out.points[:] = 0
    for m in harms.measure_all(trace.of(clean, out, "month")):
        if m.harm in ("wrongful", "rights", "income") and not m.measure.startswith("Gini coefficient"):
            assert m.value == 0, m
        if m.harm == "silence":
            assert m.note == "not estimable: there was no wrongful debit"
        if m.harm == "concentration":
            assert m.note == "not estimable: nobody has a debit"


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_shares_of_tiers_add_up_to_one_and_so_over_time(seed: int) -> None:
    here = made(seed)
    for group in ("all", "A", "B"):
        shares = [m.value for m in tiers.measures(here) if m.group == group]
        assert sum(x for x in shares if x is not None) == pytest.approx(1)
        for step in range(7):
            rows = [r for r in tiers.over_time(here) if (r.group, r.step) == (group, step)]
            assert [r.tier for r in rows] == ["bottom", "middle", "top"]
            assert sum(r.share for r in rows) == pytest.approx(1)
        last = {r.tier: r.share for r in tiers.over_time(here) if (r.group, r.step) == (group, 6)}
        assert list(last.values()) == shares


@given(seeds, st.integers(1, 6))
@settings(max_examples=15, deadline=None)
def test_shares_are_those_of_the_lives_up_to_the_last_step(seed: int, steps: int) -> None:
    life = live(PLAN, steps, seed, wrong=0.1)
    found = harms.measure_all(trace.of(PLAN, told(PLAN, life), "month"))
    group = PLAN.cell_group[life.cell]
    for g, name in enumerate("AB"):
        ever = life.wrongful[group == g].any(axis=1).mean()
        assert one(found, "wrongful", "share with a wrongful debit", name).value == pytest.approx(ever)
        bottom = (life.tier[group == g][:, -1] == 0).mean()
        assert one(found, "tiers", "share in tier bottom", name).value == pytest.approx(bottom)


def test_nobody_in_a_group_is_said_and_not_divided_by() -> None:
    alone = plan_of(2, population={"groups": {"A": 0.999, "B": 0.001}})
    assert alone.unit_size[alone.unit_group == 1].sum() == 0
    out = told(alone, live(alone, 3, 1))
    out.points[:], out.shared[:] = 0, 0
    for m in harms.measure_all(trace.of(alone, out, "month")):
        if m.group == "B":
            assert m.value is None, m
            assert m.note.startswith("not estimable: "), m


def test_one_group_only_has_no_disparity_and_it_is_said() -> None:
    single = plan_of(population={"groups": {"A": 1.0}})
    disparities = [m for m in harms.measure_all(made(plan=single)) if m.harm == "disparity"]
    assert disparities
    for m in disparities:
        assert (m.value, m.note) == (None, "not estimable: there is only one group")


def test_the_reference_is_the_largest_group_unless_named() -> None:
    here = made()
    assert {m.reference for m in harms.measure_all(here) if m.harm == "disparity"} == {"A"}
    assert {m.reference for m in harms.measure_all(here, "B") if m.harm == "disparity"} == {"B"}
    with pytest.raises(InputError, match='there is no group "b"'):
        harms.measure_all(here, "b")


# Each by hand

def by_hand() -> Trace:
    """60 people for 2 years of months. All of B is in the bottom tier, all of A in the middle; nobody moves."""
    life = live(PLAN, 24, 1, wrong=0.0)
    group = PLAN.cell_group[life.cell]
    tier = np.where(group == 1, 0, 1)[:, None] * np.ones((1, 25), dtype=np.int64)
    wrongful = np.zeros_like(life.wrongful)
    wrongful[np.flatnonzero(group == 1)[:9], 5] = 2
    out = told(PLAN, Life(life.cell, tier, wrongful))
    out.points[:], out.shared[:] = 0, 0
    b = PLAN.unit_group == 1
    out.points[1:, b, 0, 3] = -3 * 4
    # The others of B's households: as many bore `net` in both districts; children: half as many.
    net = [h.right for h in PLAN.household_rights].index("net")
    out.shared[1:, b, net], out.shared[1:, b, 1 - net] = 4, 2
    return trace.of(PLAN, out, "month")


def test_disparity_by_hand() -> None:
    found = harms.measure_all(by_hand())
    assert one(found, "disparity", "share in the bottom tier, difference", "B").value == 1
    note = one(found, "disparity", "share in the bottom tier, ratio", "B").note
    assert note == "not estimable: it is zero in the reference group"
    # The middle tier slows `net` as well: all have a right limited all the time.
    assert one(found, "disparity", "months with a right denied or limited, difference", "B").value == 0
    # A loses 1 a month; B half of 100 or 300, as often the one as the other.
    assert one(found, "disparity", "income lost, difference", "B").value == pytest.approx(12 * 100 - 12)
    assert one(found, "disparity", "income lost, ratio", "B").value == pytest.approx(100)


def test_wrongful_and_silence_by_hand() -> None:
    found = harms.measure_all(by_hand())
    ever = one(found, "wrongful", "share with a wrongful debit", "B")
    assert (ever.value, ever.n) == (0.5, 18)
    # Wilson, 9 of 18; of 0.5 x 1 and 0.5 x 2 adults, so five thirds to the household of a person, tied by a kin rule.
    half = 0.2097 * math.sqrt(5 / 3)
    assert (ever.low, ever.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-4)
    assert one(found, "wrongful", "wrongful debits", "B").value == pytest.approx(1000 * 18 / 36)
    assert one(found, "wrongful", "wrongful debits", "A").value == 0
    # 12 points a month in each of two districts, for 18 people.
    assert one(found, "wrongful", "points for relatives", "B").value == pytest.approx(-2 * 12 * 12 / 18)
    # All 18 fell in one step and district, where half are appealed and a third are upheld.
    assert one(found, "silence", "share of wrongful debits appealed", "B").value == pytest.approx(9 / 18)
    assert one(found, "silence", "share of wrongful debits that surface", "B").value == pytest.approx(6 / 18)
    assert one(found, "silence", "share of wrongful debits appealed", "A").note.endswith("there was no wrongful debit")


def test_rights_by_hand() -> None:
    found = harms.measure_all(by_hand())
    assert one(found, "rights", "travel denied", "B").value == 18 * 24
    assert one(found, "rights", "travel denied", "A").value == 0
    assert one(found, "rights", "net slowed").value == 60 * 24
    assert one(found, "rights", "net slowed, others of the household", "B").value == 2 * 4 * 24
    assert one(found, "rights", "school denied, children", "B").value == 2 * 2 * 24
    assert one(found, "rights", "person-months of kin, children", "B").value == 2 * 2 * 24
    assert one(found, "rights", "months with a right denied or limited", "B").value == pytest.approx(24)
    assert one(found, "rights", "share borne by kin", "B").value == pytest.approx((192 + 96) / (192 + 96 + 432))
    # 1.5 adults and 1 child a household.
    assert one(found, "rights", "school denied, children", "B").n == pytest.approx(12)
    assert not [m for m in found if "loan" in m.measure]


def test_kin_with_rights_on_different_tiers_are_counted_at_least() -> None:
    apart = plan_of(scheme={"consequences": {
        "bottom": [{"right": "travel", "effect": "denied", "bearer": "household"}],
        "middle": [{"right": "net", "effect": "slowed", "bearer": "household"}]}})
    out = told(apart, live(apart, 2, 1))
    out.shared[:] = 0
    out.shared[1:, 0] = [5, 3]
    measures = harms.measure_all(trace.of(apart, out, "month"))
    kin = one(measures, "rights", "person-months of kin, others of the household")
    assert kin.value == 2 * 5
    assert kin.note.startswith("at least: its rights hang on different tiers")


def test_chilling_by_hand() -> None:
    """eta 0.5, coverage 0.5; the middle and bottom tiers are 80 wide, so that 10 points chill by exp(-1/32)."""
    found = harms.measure_all(by_hand())
    protest, begs = 0.1 * (1 - math.exp(-0.5 * 10 / 80 * 0.5)), 0.2 * (1 - math.exp(-0.5 * 4 / 80 * 0.5))
    assert one(found, "chilling", "expressive acts forgone").value == pytest.approx(12_000 * protest)
    assert one(found, "chilling", "necessary acts forgone").value == pytest.approx(12_000 * begs)
    assert one(found, "chilling", "lawful acts forgone").value == pytest.approx(12_000 * (protest + begs))


def test_income_by_hand() -> None:
    found = harms.measure_all(by_hand())
    assert one(found, "income", "income lost", "B").value == pytest.approx(1200)
    assert one(found, "income", "income lost where class is low", "B").value == pytest.approx(600)
    assert one(found, "income", "income lost where class is high", "A").value == pytest.approx(12)
    assert one(found, "income", "share of income lost", "B").value == pytest.approx(0.5)
    incomes = {(int(PLAN.cell_group[c]), float(PLAN.income[c])): 0 for c in range(len(PLAN.cells))}
    for c, n in enumerate(sizes(PLAN)):
        incomes[int(PLAN.cell_group[c]), float(PLAN.income[c])] += int(n)
    after = [y / 2 if g else y - 1 for (g, y), n in incomes.items() for _ in range(n)]
    expected = sum(abs(a - b) for a in after for b in after) / (2 * len(after) ** 2 * np.mean(after))
    assert one(found, "income", "Gini coefficient after").value == pytest.approx(expected)
    before = one(found, "income", "Gini coefficient before").value
    assert before is not None
    assert one(found, "income", "change of the Gini coefficient").value == pytest.approx(expected - before)


@given(st.lists(st.tuples(st.floats(0.1, 1000), st.integers(1, 9)), min_size=1, max_size=12))
def test_gini_is_half_the_relative_mean_difference(pairs: list[tuple[float, int]]) -> None:
    everybody = np.repeat([y for y, _ in pairs], [n for _, n in pairs])
    by_pairs = np.abs(everybody[:, None] - everybody[None, :]).mean() / (2 * everybody.mean())
    found = income.gini(np.array([y for y, _ in pairs]), np.array([n for _, n in pairs], dtype=float))
    assert found == pytest.approx(by_pairs, abs=1e-9)


def test_the_interval_of_the_gini_coefficient_is_as_wide_as_its_luck() -> None:
    """Two cells whose people fall into tiers at random: the standard error is the spread over many draws."""
    luck = np.random.default_rng(5)
    plan = plan_of(4000, scheme={"consequences": {"bottom": [{"right": "work", "effect": "denied", "income": 0.4}]}})
    values, widths = [], []
    for _ in range(150):
        out = outcomes.empty(plan, 1)
        share = [0.2, 0.3, 0.5]
        out.occupancy[:] = [luck.multinomial(n, share) for n in sizes(plan)]
        m = one(income.measures(trace.of(plan, out, "month")), "income", "Gini coefficient after")
        assert m.value is not None
        assert m.high is not None
        values.append(m.value)
        widths.append((m.high - m.value) / 1.959964)
    # The relative error of a standard deviation from 150 draws is 6 %.
    assert np.mean(widths) == pytest.approx(np.std(values), rel=0.24)


def test_concentration_by_hand_and_its_interval_by_resampling() -> None:
    """Of 200 people two have 50 points, eighteen have 10, the rest 1 each: 100, and 280, of 460."""
    debits = np.repeat([50.0, 10.0, 1.0], [2, 18, 180])
    out = told(PLAN, live(PLAN, 1, 1))
    empty = (np.array([0]), np.array([0]))
    out.debits = [(np.array([50, 10, 1]), np.array([2, 18, 180])), empty, empty, empty]
    measures = harms.measure_all(trace.of(PLAN, out, "month"))
    first = one(measures, "concentration", "share of debits borne by the most-debited 1%")
    assert first.value == pytest.approx(50 / 230)
    tenth = one(measures, "concentration", "share of debits borne by the most-debited 10%")
    assert tenth.value == pytest.approx(140 / 230)
    assert tenth.high is not None
    luck = np.random.default_rng(1)
    again = []
    for _ in range(2000):
        sample = np.sort(luck.choice(debits, 200))[::-1]
        again.append(sample[:20].sum() / sample.sum())
    assert (tenth.high - (tenth.value or 0)) / 1.959964 / math.sqrt(5 / 3) == pytest.approx(np.std(again), rel=0.15)


def test_steps_of_a_week_make_years_of_weeks() -> None:
    out = told(PLAN, live(PLAN, 12, 3))
    month, week = (harms.measure_all(trace.of(PLAN, out, step)) for step in ("month", "week"))
    for harm, name in (("wrongful", "wrongful debits"), ("income", "income lost"), ("chilling", "lawful acts forgone")):
        assert one(week, harm, name).value == pytest.approx((one(month, harm, name).value or 0) * 365.25 / 7 / 12)
    per_month = 12 * 7 / 365.25
    assert one(week, "rights", "travel denied").value == pytest.approx(
        (one(month, "rights", "travel denied").value or 0) * per_month)
    assert one(week, "trap", "restricted mean time to leave").unit == "weeks"


# Replicates

def test_replicates_have_the_t_interval_of_their_mean() -> None:
    traces = [made(seed) for seed in range(5)]
    found = named(harms.measure_replicates(traces))
    values = [one(harms.measure_all(t), "tiers", "share in tier bottom", "B").value or 0.0 for t in traces]
    m = found["tiers", "share in tier bottom", "B", ""]
    half = student.ppf(0.975, 4) * np.std(values, ddof=1) / math.sqrt(5)
    assert m.value == pytest.approx(np.mean(values))
    assert (m.low, m.high) == pytest.approx((max(0, np.mean(values) - half), np.mean(values) + half))
    assert (m.over, m.note.split("; ")[0]) == ("draws", "mean of 5 runs")
    ratio = found["disparity", "share with a wrongful debit, ratio", "B", "A"]
    logs = [math.log(one(harms.measure_all(t), "disparity", "share with a wrongful debit, ratio", "B").value or 0.0)
            for t in traces]
    assert ratio.value == pytest.approx(math.exp(np.mean(logs)))


def test_replicates_that_have_an_interval_do_not_say_that_there_is_none() -> None:
    """Of 500 people the most-debited 1% are five, of whom one run tells nothing; three runs differ."""
    found = run_of("seed-article", people=500, steps=12, replicates=3, engine="agents").measures()
    top = [m for m in found if m.harm == "concentration" and m.low is not None]
    assert top
    assert not [m.note for m in found if m.low is not None and "no interval" in m.note]


def test_replicates_that_know_how_far_they_scatter_say_so() -> None:
    """Runs without effects count by their differences alone; with effects, by their own intervals too."""
    run = run_of("seed-article", people=400, steps=6, replicates=5, engine="agents")
    assert all(t.effects is not None for t in run.traces)
    alone = named(harms.measure_replicates([replace(t, effects=None) for t in run.traces]))
    single = [named(harms.measure_all(t)) for t in run.traces]
    seen = 0
    for key, m in named(harms.measure_replicates(run.traces)).items():
        ends = [(of[key].low, of[key].value, of[key].high) for of in single]
        ended = None not in [end for each in ends for end in each]
        if m.over != "draws" or m.unit != "share" or m.high == 1.0 or not ended:
            continue
        values = np.array([value for _, value, _ in ends])
        said = np.mean([(high - value) ** 2 for _, value, high in ends]) / 1.959964**2
        half = student.ppf(0.975, 8) * math.sqrt((4 * np.var(values, ddof=1) + 4 * said) / 8 / 5)
        assert m.high == pytest.approx(values.mean() + half)
        assert m.high != alone[key].high
        seen += 1
    assert seen > 3


def test_replicates_look_at_spells_for_equally_long() -> None:
    traces = [made(seed, steps=9, stay=0.5) for seed in range(4)]
    (note,) = {m.note for m in harms.measure_replicates(traces)
               if m.measure == "share never leaving" and m.group == "all" and m.value is not None}
    assert note.startswith("within 5 months; mean of 4 runs; fewer than 1,000 people")


def test_what_one_replicate_cannot_tell_the_mean_does_not() -> None:
    life = live(PLAN, 6, 1)
    never = trace.of(PLAN, told(PLAN, Life(life.cell, np.ones_like(life.tier), life.wrongful)), "month")
    found = named(harms.measure_replicates([made(), never]))
    m = found["trap", "median time to leave", "all", ""]
    assert m.value is None
    assert m.note == "not estimable: nobody was ever in the bottom tier (in 1 of 2 runs)"


def test_one_replicate_gives_its_own_intervals() -> None:
    here = made()
    assert harms.measure_replicates([here]) == harms.measure_all(here)
    with pytest.raises(ValueError, match="no trace"):
        harms.measure_replicates([])


def test_traces_without_debits_cannot_tell_their_concentration() -> None:
    m = one(harms.measure_all(replace(made(), debits=None)), "concentration",
            "share of debits borne by the most-debited 10%")
    assert m.note == "not estimable: the engine did not follow single persons"


# The page that says what is measured

def test_every_measure_is_on_the_page_of_harms_and_everything_there_is_measured() -> None:
    page = (Path(__file__).parent.parent / "docs" / "harms.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page if line.startswith("| ")]
    described = [(row[0], name) for row in rows if len(row) == 4 for name in re.findall(r"`([^`]+)`", row[1])]
    # Capitals stand for a name.
    patterns = {(harm, r"[\w-]+".join(map(re.escape, re.split(r"\b[A-Z]{4,}\b", name)))) for harm, name in described}
    plain = deepcopy(looked_for().plain)
    plain["scheme"]["redress"]["against"] = ["mistakes", "irrelevant", "listings"]
    plain["scheme"]["places"] = {"summons": {"who": "all", "order": "worst-first", "share": 0.1, "leaves": False}}
    plan = Case(plain).plan()
    more = trace.of(plan, agents.simulate(plan, settle(plan, 1), 2, 1), "month")
    measured = {(m.harm, m.measure) for m in (*harms.measure_all(made()), *harms.measure_all(more))
                if "where" not in m.measure or "fraud" not in m.measure}
    for harm, name in measured:
        assert any(h == harm and re.fullmatch(p, name) for h, p in patterns), (harm, name)
    for harm, pattern in patterns:
        assert any(h == harm and re.fullmatch(pattern, name) for h, name in measured), (harm, pattern)
