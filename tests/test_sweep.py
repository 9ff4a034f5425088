"""Sweeps: which points, what is in the table, the same bits everywhere, and going on where one stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sousveil.comparisons import sweep as module
from sousveil.comparisons.execute import HERE, Place
from sousveil.comparisons.objective import objective
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import Axis, axis, key_of, sobol_points, sweep
from sousveil.errors import InputError
from sousveil.runs.run import run
from sousveil.studies.study import Study
from swept import written

COVERAGE, RATE = Axis("channels.camera.coverage", 0.2, 0.6, 3), Axis("population.conduct.acts.rate", 0.3, 0.5, 2)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return written(tmp_path)


def test_an_axis_is_read_as_it_is_typed() -> None:
    assert axis("channels.camera.coverage=0:1:21") == Axis("channels.camera.coverage", 0.0, 1.0, 21)
    assert axis("signals.acts.points=-10:-1:10").values == list(range(-10, 0))
    assert axis("x=0:0.3:4").values == [0, 0.1, 0.2, 0.3]


@pytest.mark.parametrize("wrong", ["x", "x=1", "x=0:1", "x=0:1:1", "x=1:1:3", "x=a:b:3", "x=0:inf:3", "=0:1:3",
                                   "x=0:1:2.5", "x=nan:1:3"])
def test_what_is_no_axis_is_told(wrong: str) -> None:
    with pytest.raises(InputError, match="vary"):
        axis(wrong)


def test_one_row_a_point_and_harm(study: Study) -> None:
    found = sweep(study, [COVERAGE, RATE])
    assert [dict(p) for p in found.points] == [{COVERAGE.path: c, RATE.path: r}
                                               for c in (0.2, 0.4, 0.6) for r in (0.3, 0.5)]
    table = found.table().to_pylist()
    harms = {(row["harm"], row["measure"], row["group"], row["reference"]) for row in table}
    assert len(table) == 6 * len(harms)
    assert {row["point"] for row in table} == set(range(1, 7))


def test_a_point_is_the_study_with_these_values(study: Study) -> None:
    found = sweep(study, [COVERAGE], engine="agents", people=500, seeds=2)
    there = run(study.reform({COVERAGE.path: 0.6}), engine="agents", people=500, replicates=2).measures()
    assert [(m.measure, m.group, m.value, m.low) for m in there] == [
        (m.measure, m.group, m.value, m.low) for m in found.rows[2] or ()]


def test_more_coverage_puts_more_into_the_bottom_tier(study: Study) -> None:
    found = sweep(study, [COVERAGE])
    _, wanted = objective(study, "bottom-tier", "A")
    shares = [m.value for rows in found.rows if rows and (m := wanted.of(rows)) is not None and m.value is not None]
    assert len(shares) == 3
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


def test_processes_give_the_same_bits(study: Study) -> None:
    here = sweep(study, [COVERAGE], engine="agents", people=300)
    there = sweep(study, [COVERAGE], engine="agents", people=300, where=Place("processes", 2))
    assert here.table().equals(there.table())


def test_a_sweep_goes_on_where_it_stopped(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(str(tmp_path / "shelf"), key_of(study, "this"))
    whole = sweep(study, [COVERAGE], shelf=shelf)

    def never(*_: object) -> None:
        raise AssertionError("done before")

    monkeypatch.setattr(module, "carried_at", never)
    assert sweep(study, [COVERAGE], shelf=shelf).table().equals(whole.table())
    assert sweep(study, [COVERAGE]).failed.keys() == {"point-000001", "point-000002", "point-000003"}


def test_a_poisoned_point_is_reported_and_the_rest_complete(study: Study) -> None:
    # In the middle of this grid, two numbers that are valid one by one do not go together.
    axes = [Axis("channels.camera.miss", 0.0, 0.8, 2), Axis("channels.camera.mistaken", 0.0, 0.8, 2)]
    found = sweep(study, axes, where=HERE)
    assert list(found.failed) == ["point-000004"]
    assert [rows is not None for rows in found.rows] == [True, True, True, False]
    assert {row["point"] for row in found.table().to_pylist()} == {1, 2, 3}


def test_one_mistake_in_a_path_is_told_before_anything_runs(study: Study) -> None:
    with pytest.raises(InputError, match=r'did you mean "channels\.camera\.coverage"'):
        sweep(study, [Axis("channels.camera.coverag", 0, 1, 3)])
    with pytest.raises(InputError, match="between 0 and 1"):
        sweep(study, [Axis("channels.camera.coverage", 0, 2, 3)])
    with pytest.raises(InputError, match="only once"):
        sweep(study, [COVERAGE, COVERAGE])
    with pytest.raises(InputError, match="points"):
        sweep(study, [Axis("score.start", 0, 1, 1000), Axis("score.decay", 0, 1, 1000)])


@settings(deadline=None)  # the first one imports
@given(st.integers(1, 6), st.integers(1, 9))
def test_sobol_points_fill_the_cube_evenly(dimensions: int, power: int) -> None:
    points = sobol_points(dimensions, 2**power, 0)
    for column in points.T:  # one point in each of the equal parts of every side
        assert sorted(np.floor(column * 2**power)) == list(range(2**power))


def test_a_sobol_sweep_has_the_points_it_was_asked_for(study: Study) -> None:
    found = sweep(study, [COVERAGE, RATE], sobol=5)
    assert len(found.points) == 5
    assert [p[COVERAGE.path] for p in found.points] == [0.4, 0.5, 0.3, 0.35, 0.55]


@pytest.mark.parametrize(("asked", "message"), [
    ({"harm": "catches"}, "is not one of them"), ({"group": "C"}, 'group "C"'),
    ({"between": ("A", "A")}, "between two groups"), ({"group": "A", "between": ("A", "B")}, "choose one")])
def test_only_harms_can_be_looked_at(study: Study, asked: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        objective(study, **{"harm": "bottom-tier", **asked})  # type: ignore[arg-type]


def test_a_gap_is_looked_at_the_way_it_is_asked(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", between=("B", "A"))
    found = sweep(read, [COVERAGE])
    assert found.rows[0] is not None
    gap = wanted.of(found.rows[0])
    assert gap is not None
    assert (gap.group, gap.reference) == ("A", "B")
    assert gap.value is not None
    assert gap.value < 0


@pytest.mark.parametrize(("text", "said"), [
    ("a.b=0:0.1:100000000", "count is how many points there are, at least 2 and at most 100,000"),
    ("a.b=0:0.1:1", "at least 2 and at most"), ("a.b=0.1:0.1:5", "two numbers that differ")])
def test_how_many_points_there_may_be_is_said(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        axis(text)
