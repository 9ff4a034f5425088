"""Compiled once, for every scheme; and kept where it can be kept."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from random_schemes import Case, hold
from sousveil.engine import agents, gear, kernels, loops, march
from sousveil.engine.agents import simulate
from sousveil.engine.outcome import empty
from sousveil.engine.people import settle
from sousveil.engine.tables import tables
from sousveil.engine.whole import OfKernel
from sousveil.runs.plans import plan_of
from sousveil.studies.study import load
from test_laws_of_chance import same


def test_no_scheme_needs_a_compilation_of_its_own() -> None:
    def claim(case: Case) -> None:
        plan = case.plan()
        simulate(plan, settle(plan, case.number), case.steps, case.number, threads=2, block=50)

    hold(claim, 30)
    for name in kernels.__all__:
        assert len(getattr(kernels, name).signatures) <= 1, name
    assert len(march.advance.signatures) <= 4, "with records kept one by one or not, more than mistakes appealed or not"


@pytest.mark.parametrize("bits", [1, 5, 9])
def test_a_guide_leads_every_word_to_its_jump(bits: int) -> None:
    """Also where jumps reach further than two bytes, and where a law's only jump has words for all of its guide."""
    pmf = np.zeros((4, 200_001))
    pmf[0, [0, 3, 4, 70_000, 200_000]] = [0.5, 0.25, 1e-9, 0.125, 0.125]
    pmf[1, 199_999] = 1.0
    pmf[2, 100_000:100_300] = 1.0 / 300
    pmf[3, [5, 6]] = [1e-12, 1.0]
    begin, to, jump, guide = kernels.invert(pmf, -100_000, bits)
    edges = np.concatenate([to.astype(np.int64) + i for i in (-1, 0, 1)] + [np.arange(2**bits) << 32 - bits])
    words = np.unique(np.clip(edges, 0, 2**32 - 1)).tolist()
    for law in range(4):
        mine = to[begin[law]:begin[law + 1]]
        assert mine[-1] == 2**32 - 1
        assert pmf[law, jump[begin[law]:begin[law + 1]] + 100_000].all()
        for word in words:
            entry = int(guide[(law << bits) + (word >> 32 - bits)])
            place = entry >> 1
            while entry & 1 and to[place] < word:
                place += 1
            found = jump[place] if entry & 1 else entry >> 1
            assert found == jump[begin[law] + np.searchsorted(mine, word)]


def test_small_ties_go_through_many_steps_at_once_and_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "CROWD", 0)
    plain = {
        "scheme": {"scheme": "s", "status": "invented",
                   "channels": {"c": {"coverage": 0.7, "mistaken": 0.2, "spurious": 0.1}},
                   "signals": {"a": {"channel": "c", "points": -4, "lawful": True},
                               "b": {"channel": "c", "points": 3, "lawful": True}},
                   "score": {"start": 50, "floor": 0, "ceiling": 100, "decay": 0.1},
                   "tiers": {"up": {"from": 48, "margin": 2}, "low": {"from": 0}},
                   "kin": [{"when": "low", "points": -1}]},
        "population": {"population": "p", "people": 900, "groups": {"A": 0.5, "B": 0.5},
                       "districts": dict.fromkeys("abcd", 0.25), "households": {"adults": {1: 0.5, 3: 0.5}},
                       "conduct": {"a": {"rate": 0.8}, "b": {"rate": 0.6}}},
        "assumptions": {"assumptions": "a"}, "steps": 7}
    plan = Case(plain).plan()
    people, t = settle(plan, 4), tables(plan)
    tile = agents.begin(plan, t, people, 4, empty(plan, 7), block=20)
    at_work, at_once = agents.pace(plan, t, tile, threads=2)
    assert at_work == 2
    assert at_once > 7
    one = agents.simulate(plan, people, 7, 4, block=20)
    for threads in (2, 3):
        assert same(one, agents.simulate(plan, people, 7, 4, threads=threads, block=20))
    monkeypatch.setattr(agents, "_WORK", 1)  # now a step at a time
    assert agents.pace(plan, t, tile, threads=2) == (2, 1)
    assert same(one, agents.simulate(plan, people, 7, 4, threads=2, block=20))


def test_loops_over_persons_count_no_references() -> None:
    """numba counts references to an array that gets another name in a loop, which takes longer than all the rest."""
    plan = Case({
        "scheme": {"scheme": "s", "status": "invented", "channels": {"c": {"coverage": 1.0}},
                   "signals": {"a": {"channel": "c", "points": -1, "lawful": True}},
                   "score": {"start": 5, "floor": 0, "ceiling": 9}, "tiers": {"up": {"from": 3}, "low": {"from": 0}}},
        "population": {"population": "p", "people": 9, "groups": {"A": 1.0}, "conduct": {"a": {"rate": 0.8}}},
        "assumptions": {"assumptions": "a"}, "steps": 1}).plan()
    given: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gear, "advance", lambda *a: (given.extend(a), None))
        agents.simulate(plan, settle(plan, 1), 1, 1)
    number, word = numba.int64, numba.uint64
    persons, t, room, counts = (numba.typeof(given[i]) for i in (5, 6, 9, 10))
    for loop, arguments in ((loops.words, (number, word, word, room, word, word)),
                            (loops.laws, (number, number, persons, counts, t, room)),
                            (loops.own_debits, (number, t, room)),
                            (loops.own_credits, (number, t, room)),
                            (loops.sums, (number, number, number, number, persons, room, counts)),
                            (loops.family, (number, number, number, number, persons, t, room, counts)),
                            (loops.settle, (number, number, number, persons, t, room)),
                            (loops.settle_by_cell, (number, number, persons, t, room)),
                            (loops.changes, (number, number, number, persons, t, room)),
                            (loops.first_steps, (number, number, number, number, persons, t, counts)),
                            (loops.placed, (number, number, number, number, number, persons, t, counts)),
                            (loops.remember, (number, number, persons, room)),
                            (loops.frozen, (number, number, persons, t, room)),
                            (loops.stay, (number, number, number, persons, t, room))):
        fresh = numba.njit(nogil=True, pipeline_class=OfKernel)(loop.py_func)
        fresh.compile(arguments)
        assert "call void @NRT_incref" not in fresh.inspect_llvm(arguments), loop.__name__


def test_few_people_are_left_to_one_thread_where_threads_would_wait_for_each_other() -> None:
    for people, expected in ((50_000, 1), (150_000, 1), (250_000, 2)):
        plan = plan_of(load("seed-article").evolve(people=people))
        t = tables(plan)
        tile = agents.begin(plan, t, settle(plan, 4), 4, empty(plan, 1))
        threads, steps = agents.pace(plan, t, tile, threads=2)
        assert threads == expected
        assert (steps == 1) == (expected == 2)
