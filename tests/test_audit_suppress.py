"""Withheld counts, attacked: by integer programming on every printed count, and by trying every table on small ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from sousveil.audits.cliques import plan
from sousveil.audits.counts import Cell, Counts, Printed, declared, records
from sousveil.audits.decide import Told, decided, printed
from sousveil.audits.equations import System, system
from sousveil.audits.joint import Table, joined
from sousveil.audits.release import Coding, Release
from sousveil.audits.suppress import protected
from tiers import for_all

FLOOR = 10


def of(counts: Counts, floor: int = FLOOR) -> System:
    release = declared(counts)
    return system(joined([release], lambda codings: records(counts.cells, release, codings)), [release], floor)


def hidden(rows: System, floor: int = FLOOR) -> np.ndarray:
    none = np.zeros(len(rows.totals), dtype=bool)
    return ~protected(rows, floor, np.log1p(rows.totals) + 1, none, none)


def attack(rows: System, away: np.ndarray, row: int, sign: int) -> float:
    """The least (1) or most (-1) that a withheld count can be, for who knows every printed count and how the table is
    built."""
    known = np.flatnonzero(~away)
    most = float(rows.cells.sum() + 4 * FLOOR)
    limits = [LinearConstraint(rows.sums[known], rows.totals[known], rows.totals[known])] if len(known) else []
    goal = rows.sums[[row]].toarray().ravel()
    answer = milp(sign * goal, constraints=limits, bounds=Bounds(0, most), integrality=np.ones(len(rows.cells)))
    assert answer.x is not None
    return float(np.rint(answer.x) @ goal)


def safe(rows: System, away: np.ndarray, floor: int = FLOOR) -> bool:
    """Whether no withheld count can be had, and none under the floor to within less than the floor."""
    for row in np.flatnonzero(away):
        width = floor if rows.totals[row] < floor else 1
        high = attack(rows, away, int(row), -1)
        # The true count is possible, so the least need be looked for only where the most is not far from it.
        if high - rows.totals[row] < width and high - attack(rows, away, int(row), 1) < width:
            return False
    return True


sizes = st.one_of(st.integers(0, 12), st.integers(0, 60))


@st.composite
def tables(draw: st.DrawFn) -> Counts:
    """One or two group columns, with outcomes, with some of them unknown, or without any; with bands or not."""
    columns = draw(st.sampled_from([("a",), ("a", "b")]))
    labels = [draw(st.sampled_from([("x", "y"), ("x", "y", "z")])) for _ in columns]
    outcomes = draw(st.sampled_from([(2,), (0, 1), (0, 1, 2)]))
    bands = draw(st.sampled_from([(), ("low", "mid", "high")])) if outcomes != (2,) else ()
    inside = [(0, 0), (1, 0), (2, 1)] if bands else [(0, 0), (0, 1)]
    cells = {}
    for texts, (band, decision), outcome in product(product(*labels), inside, outcomes):
        n = draw(sizes)
        if n:
            cells[Cell(texts, band, decision, outcome)] = n
    if not cells:
        cells[Cell(tuple(l[0] for l in labels), 0, 0, outcomes[0])] = 1
    return Counts(columns, cells, bands, outcomes != (2,))


@for_all(tables(), few=8, many=400)
def test_no_withheld_count_can_be_got_back(counts: Counts) -> None:
    rows = of(counts)
    away = hidden(rows)
    assert not (rows.totals[~away] < FLOOR).any()
    assert safe(rows, away)


def test_the_attacker_breaks_suppression_without_complements() -> None:
    """He must be able to win, or the test above says nothing."""
    cells = {Cell((g,), 0, d, y): n for (g, d, y), n in zip(
        product(("x", "y"), (0, 1), (0, 1)), (40, 30, 20, 4, 50, 60, 70, 80), strict=True)}
    rows = of(Counts(("a",), cells, outcomes=True))
    small = rows.totals < FLOOR
    assert small.sum() == 1
    assert not safe(rows, small)
    assert safe(rows, hidden(rows))


@pytest.mark.parametrize("small", [0, 1, 2])
def test_every_table_that_fits_is_tried(small: int) -> None:
    """Without integer programming: all tables of four cells that fit what is printed, for a floor of 3."""
    cells = {Cell((g,), 0, d, 2): n for (g, d), n in zip(product("xy", (0, 1)), (small, 5, 6, 7), strict=True)}
    rows = of(Counts(("a",), cells), 3)
    away = hidden(rows, 3)
    truth = rows.totals
    assert sorted(rows.cells) == sorted([small, 5, 6, 7])
    every = rows.sums @ np.indices((25,) * 4).reshape(4, -1)
    fits = every[:, (every[~away] == truth[~away, None]).all(axis=0)]
    for row in np.flatnonzero(away):
        values = set(fits[row].tolist())
        assert len(values) > 1
        if truth[row] < 3:
            assert max(values) - min(values) >= 3


def shown(cells: dict[Cell, int], outcomes: bool) -> Printed:
    return printed(Counts(("a",), cells, outcomes=outcomes), FLOOR)


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    found = shown({Cell((g,), 0, d, y): 50 for g, d, y in product("xyz", (0, 1), (0, 1))}, True)
    assert None not in found.values.values()


def test_totals_of_everybody_are_given_up_last() -> None:
    cells = {Cell((g,), 0, d, 2): n for (g, d), n in zip(product("xy", (0, 1)), (5, 500, 600, 700), strict=True)}
    assert [shown(cells, False)[(), kind] for kind in ("n", "d1", "d0")] == [1805, 1200, 605]


def test_a_count_between_one_and_two_floors_need_not_be_hidden_with_its_parts() -> None:
    """Of fourteen, one was passed over: that the group has fourteen tells nothing of how many."""
    people = (1, 13, 900, 800, 700, 600)
    cells = {Cell((g,), 0, d, 2): n for (g, d), n in zip(product("xyz", (0, 1)), people, strict=True)}
    found = shown(cells, False)
    assert found[((0, "x"),), "n"] == 14
    assert found[((0, "x"),), "d0"] is None
    assert found[((0, "x"),), "d1"] is None


def test_tables_that_share_columns_are_tied_and_nothing_else_is_lost() -> None:
    """A change that leaves alone what two tables share is a change of one table alone."""
    bags = [frozenset("ady"), frozenset("bdy"), frozenset("cdy")]
    sizes = dict.fromkeys("abc", 30) | {"d": 2, "y": 2}
    parts, ties = plan(bags, sizes, small=500)
    assert sorted(parts) == [("a", "d", "y"), ("b", "d", "y"), ("c", "d", "y")]
    assert {columns for _, _, columns in ties} == {("d", "y")}
    assert len(ties) == 2


def test_columns_that_are_crossed_in_a_ring_stand_in_tables_that_can_be_glued() -> None:
    bags = [frozenset("ab"), frozenset("bc"), frozenset("cd"), frozenset("da")]
    parts, _ = plan(bags, dict.fromkeys("abcd", 30), small=500)
    assert sorted(map(len, parts)) == [3, 3]


def test_a_decision_that_follows_from_a_score_is_not_two_facts() -> None:
    """Whoever knows the rule knows that the two releases count the same people."""
    first = Release(Coding("flagged", "yes"), groups=(Coding("sex", "label"),))
    second = Release(Coding("score", "score"), 7.0, groups=(Coding("sex", "label"),))
    cells = {("w", 0): 500, ("w", 1): 300, ("m", 0): 400, ("m", 1): 6}

    def ask(codings: list[Coding]) -> list[tuple[tuple[object, ...], int]]:
        found: dict[tuple[object, ...], int] = {}
        for (sex, d), n in cells.items():
            key = tuple(sex if c.column == "sex" else d for c in codings)
            found[key] = found.get(key, 0) + n
        return list(found.items())

    joint = joined([first, second], ask)
    table: Table = joint.tables[0]
    assert table.possible.sum() == 4
    rows = system(joint, [first, second], FLOOR)
    assert rows.place[0, ((), "d1")] == rows.place[1, ((), "d1")]


def test_what_was_withheld_stays_withheld_and_what_was_told_stays_told() -> None:
    release = Release(Coding("d", "yes"), groups=(Coding("a", "label"),))
    more = Release(Coding("d", "yes"), None, Coding("y", "yes"), (Coding("a", "label"),))
    cells = {(a, d, y): n for (a, d, y), n in zip(product("xyz", (0, 1), (0, 1)),
                                                  (40, 3, 200, 300, 400, 500, 100, 90, 80, 70, 60, 50), strict=True)}

    def ask(codings: list[Coding]) -> list[tuple[tuple[object, ...], int]]:
        found: dict[tuple[object, ...], int] = {}
        for (a, d, y), n in cells.items():
            key = tuple({"a": a, "d": d, "y": y}[c.column] for c in codings)
            found[key] = found.get(key, 0) + n
        return list(found.items())

    before = decided(joined([release], ask), [Told(release, frozenset())], FLOOR)
    after = decided(joined([release, more], ask), [Told(release, before), Told(more, frozenset())], FLOOR)
    same = {m for m in release.margins([("x", "y", "z")]) if m[1] != "dx"}
    assert before & same == after & same
