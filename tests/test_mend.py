"""The smallest set of reforms that removes a given share of a harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sousveil.comparisons.objective import objective
from sousveil.comparisons.reform_search import mend
from sousveil.errors import InputError
from sousveil.studies.study import Study
from swept import written


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return written(tmp_path)


def test_the_smallest_set_is_found_and_leaves_no_more_than_was_asked(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", "B")
    found = mend(read, wanted, 0.9)
    assert found.best is not None
    assert len(found.best.reforms) == 1
    assert found.best.values[0] <= 0.9 * found.baseline[0]
    others = [t.values[0] for t in found.tried if t.does]
    assert found.best.values[0] == min(others)


def test_a_set_is_not_larger_than_it_must_be(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", "B")
    one = {t.reforms: float(t.values[0] / mend(read, wanted, 0.9).baseline[0]) for t in mend(read, wanted, 0.0).tried}
    single = min(x for names, x in one.items() if len(names) == 1)
    double = min(x for names, x in one.items() if len(names) == 2)
    assert double < single
    found = mend(read, wanted, (double + single) / 2)
    assert found.best is not None
    assert set(found.best.reforms) == {"blinder", "no-handicap"}
    assert [len(t.reforms) for t in found.tried] == [1, 1, 1, 2, 2, 2]


def test_where_no_set_does_it_all_were_tried(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", "B")
    found = mend(read, wanted, 0.0)
    assert found.best is None
    assert len(found.tried) == 7


def test_a_reform_that_changes_nothing_does_not_pass_for_help(study: Study) -> None:
    only = replace(study, reforms={"nothing": study.reforms["nothing"]})
    read, wanted = objective(only, "bottom-tier")
    for engine in ("exact", "agents"):
        found = mend(read, wanted, 0.99, engine=engine, people=500, seeds=3)  # type: ignore[arg-type]
        assert found.best is None
        assert (found.tried[0].values == found.baseline).all()


def test_agents_find_the_set_that_the_exact_engine_finds(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", between=("A", "B"))
    exact = mend(read, wanted, 0.7)
    drawn = mend(read, wanted, 0.7, engine="agents", seeds=3)
    assert exact.best is not None
    assert drawn.best is not None
    assert exact.best.reforms == drawn.best.reforms == ("no-handicap",)


def test_what_cannot_be_searched_is_told(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier")
    for left in (-0.1, 1.0):
        with pytest.raises(InputError, match="is not a share"):
            mend(read, wanted, left)
    with pytest.raises(InputError, match="names 0 reforms"):
        mend(replace(read, reforms={}), wanted, 0.5)
    nobody = read.reform({"tiers.up.from": 1})
    with pytest.raises(InputError, match="nothing to remove"):
        mend(replace(nobody, reforms=study.reforms), wanted, 0.5, steps=1)
