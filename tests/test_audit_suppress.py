"""Withheld counts, attacked: by integer programming on every printed count, and by trying every table on small ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from sousveil.audits.counts import Cell, Counts
from sousveil.audits.suppress import System, hidden, system
from tiers import for_all

FLOOR = 10


def attack(rows: System, away: np.ndarray, row: int, sign: int) -> float:
    """The least (1) or most (-1) that a withheld count can be, for who knows every printed count and how the table is
    built."""
    known = np.flatnonzero(~away)
    totals = rows.sums @ rows.cells
    most = float(rows.cells.sum() + 4 * FLOOR)
    limits = [LinearConstraint(rows.sums[known], totals[known], totals[known])] if len(known) else []
    goal = rows.sums[[row]].toarray().ravel()
    answer = milp(sign * goal, constraints=limits, bounds=Bounds(0, most), integrality=np.ones(len(rows.cells)))
    assert answer.x is not None
    return float(np.rint(answer.x) @ goal)


def safe(rows: System, away: np.ndarray, floor: int = FLOOR) -> bool:
    """Whether no withheld count can be had, and none under the floor to within less than the floor."""
    totals = rows.sums @ rows.cells
    for row in np.flatnonzero(away):
        width = floor if totals[row] < floor else 1
        high = attack(rows, away, int(row), -1)
        # The true count is possible, so the least need be looked for only where the most is not far from it.
        if high - totals[row] < width and high - attack(rows, away, int(row), 1) < width:
            return False
    return True


sizes = st.one_of(st.integers(0, 12), st.integers(0, 60))


@st.composite
def tables(draw: st.DrawFn) -> Counts:
    """One or two group columns, with outcomes, with some of them unknown, or without any; with bands or not."""
    columns = draw(st.sampled_from([("a",), ("a", "b")]))
    labels = [draw(st.sampled_from([("x", "y"), ("x", "y", "z")])) for _ in columns]
    outcomes = draw(st.sampled_from([(2,), (0, 1), (0, 1, 2)]))
    bands = draw(st.sampled_from([(), ("low", "mid", "high")]))
    inside = [(0, 0), (1, 0), (2, 1)] if bands else [(0, 0), (0, 1)]
    cells = {}
    for texts, (band, decision), outcome in product(product(*labels), inside, outcomes):
        n = draw(sizes)
        if n:
            cells[Cell(texts, band, decision, outcome)] = n
    if not cells:
        cells[Cell(tuple(l[0] for l in labels), 0, 0, outcomes[0])] = 1
    return Counts(columns, cells, bands, outcomes != (2,))


@for_all(tables(), few=25, many=400)
def test_no_withheld_count_can_be_got_back(counts: Counts) -> None:
    rows = system(counts)
    away = hidden(rows, FLOOR)
    totals = rows.sums @ rows.cells
    assert not (totals[~away] < FLOOR).any()
    assert safe(rows, away)


def test_the_attacker_breaks_suppression_without_complements() -> None:
    """He must be able to win, or the test above says nothing."""
    cells = {Cell((g,), 0, d, y): n for (g, d, y), n in zip(
        product(("x", "y"), (0, 1), (0, 1)), (40, 30, 20, 4, 50, 60, 70, 80), strict=True)}
    rows = system(Counts(("a",), cells, outcomes=True))
    small = rows.sums @ rows.cells < FLOOR
    assert small.sum() == 1
    assert not safe(rows, small)
    assert safe(rows, hidden(rows, FLOOR))


@pytest.mark.parametrize("small", [0, 1, 2])
def test_every_table_that_fits_is_tried(small: int) -> None:
    """Without integer programming: all tables of four cells that fit what is printed, for a floor of 3."""
    cells = {Cell((g,), 0, d, 2): n for (g, d), n in zip(product("xy", (0, 1)), (small, 5, 6, 7), strict=True)}
    rows = system(Counts(("a",), cells))
    away = hidden(rows, 3)
    truth = rows.sums @ rows.cells
    order = [list(system(Counts(("a",), cells)).cells)]
    assert order == [[small, 5, 6, 7]]
    every = rows.sums @ np.indices((25,) * 4).reshape(4, -1)
    fits = every[:, (every[~away] == truth[~away, None]).all(axis=0)]
    for row in np.flatnonzero(away):
        values = set(fits[row].tolist())
        assert len(values) > 1
        if truth[row] < 3:
            assert max(values) - min(values) >= 3


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    cells = {Cell((g,), 0, d, y): 50 for g, d, y in product("xyz", (0, 1), (0, 1))}
    assert not hidden(system(Counts(("a",), cells, outcomes=True)), FLOOR).any()


def test_totals_of_everybody_are_given_up_last() -> None:
    cells = {Cell((g,), 0, d, 2): n for (g, d), n in zip(product("xy", (0, 1)), (5, 500, 600, 700), strict=True)}
    rows = system(Counts(("a",), cells))
    away = hidden(rows, FLOOR)
    assert not any(away[rows.place[(), kind]] for kind in ("n", "d1", "d0"))
