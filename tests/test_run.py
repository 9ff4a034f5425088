"""Runs as values: kept, loaded, proven, told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sousveil.engine.trace import to_tables
from sousveil.errors import InputError
from sousveil.reports.verify import verify
from sousveil.runs.run import Run, load, run
from sousveil.runs.story import story
from sousveil.studies.study import load as load_study


@pytest.fixture(scope="module")
def made() -> Run:
    return run("seed-article", people=6_000, steps=18, seed=3, engine="agents")


def test_a_run_that_was_saved_is_the_same_run(made: Run, tmp_path: Path) -> None:
    made.save(tmp_path / "base")
    again = load(tmp_path / "base")
    assert again.study.plain() == made.study.plain()
    assert again.record == made.record
    before, after = to_tables(made.trace), to_tables(again.trace)
    assert before.keys() == after.keys()
    assert all(before[name].equals(after[name]) for name in before)


def test_verify_finds_nothing_where_nothing_changed_and_what_changed(made: Run, tmp_path: Path) -> None:
    made.save(tmp_path / "base")
    assert verify(tmp_path / "base") == []
    text = (tmp_path / "base" / "study.json").read_text()
    (tmp_path / "base" / "study.json").write_text(text.replace('"seed": 3', '"seed": 4'))
    assert verify(tmp_path / "base") == ["study.json"]


def test_verify_notices_another_bit_in_a_table(made: Run, tmp_path: Path) -> None:
    made.save(tmp_path / "base")
    run("seed-article", people=6_000, steps=18, seed=4, engine="agents").save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "steps.parquet", tmp_path / "base" / "steps.parquet")
    assert verify(tmp_path / "base") == ["steps.parquet"]


def test_neither_threads_nor_replicates_change_a_bit(made: Run) -> None:
    two = run("seed-article", people=6_000, steps=18, seed=3, engine="agents", threads=2, replicates=2)
    assert two.trace.steps.equals(made.trace.steps)
    assert not two.traces[1].steps.equals(made.trace.steps)


def test_nobody_of_the_capped_group_is_ever_trustworthy(made: Run) -> None:
    rows = [row for row in made.trace.steps.to_pylist() if row["group"] == "B" and row["tier"] == "trustworthy"]
    assert len(rows) == 2 * 19  # two districts, the start and 18 steps
    assert all(row["persons"] == 0 for row in rows)


def test_a_story_is_one_life_with_every_point_accounted_for(made: Run) -> None:
    told = story(made, 5)
    assert len(told.course) == 19
    assert told.plain() == story(made, 5).plain()
    assert all(entry.points == 0 or entry.rule for entry in told.entries)
    assert "Nobody real is meant" in told.text()


@pytest.mark.parametrize("number", [0, -1, 1001, 1.5, "3", True, None])
def test_there_are_a_thousand_stories(made: Run, number: object) -> None:
    with pytest.raises(InputError, match=r"number: .* between 1 and 1,000; 1,000 picks were made by chance among the "):
        story(made, number)  # type: ignore[arg-type]


def test_an_expectation_has_an_interval_on_request() -> None:
    made = run(load_study("seed-article").reform("no-kin"), people=10_000, steps=12, engine="exact")
    bottom = "share in tier untrustworthy"
    plain = next(m for m in made.measures() if m.measure == bottom and m.group == "all")
    assert (plain.low, plain.high, plain.over) == (plain.value, plain.value, "exact")
    asked = next(m for m in made.measures(sampling=True) if m.measure == bottom and m.group == "all")
    assert asked.value == plain.value
    assert asked.over == "sampling"
    assert asked.low is not None
    assert asked.high is not None
    assert asked.low < asked.value < asked.high


def test_a_result_of_another_kind_is_said_to_be_one(tmp_path: Path) -> None:
    record = {"format": "sousveil-run/1", "result": {"kind": "compare"}, "circumstance": {}}
    (tmp_path / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=f"{tmp_path.name} is a result of sousveil compare; this asks for one of"):
        load(tmp_path)
