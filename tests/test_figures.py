"""Figures files: one mistake gives one message with its place; rows about persons are not read; what is counted."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from sousveil.errors import BoundaryError, InputError
from sousveil.runs.run import run
from sousveil.studies.figures import Figures
from sousveil.studies.study import check, load
from sousveil.unknowns.observables import Look, observed, scales
from sousveil.unknowns.published import read

HERE = Path(__file__).parent
STUDY = load(HERE / "broken" / "good")
GOOD = HERE / "broken_figures" / "good" / "figures.yaml"
FILES = sorted((HERE / "broken_figures").glob("*.yaml"))
PERSONS = sorted((HERE / "broken_figures" / "persons").glob("*.yaml"))


def test_the_good_file_is_good():
    assert not check(GOOD).problems
    assert [*read(GOOD, STUDY).figures] == ["listed", "share", "entered", "refused", "upheld", "stay"]
    assert len(FILES) >= 12
    assert len(PERSONS) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_mistake_gives_exactly_its_message(path):
    """The first line of a file says it: LINE:COLUMN  message."""
    wanted = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    with pytest.raises(InputError) as caught:
        read(path, STUDY)
    assert [str(p).removeprefix(f"{path}:") for p in caught.value.problems] == [wanted]


@pytest.mark.parametrize("path", PERSONS, ids=lambda path: path.stem)
def test_rows_about_persons_are_refused_without_repeating_them(path):
    with pytest.raises(BoundaryError) as caught:
        read(path, STUDY)
    assert caught.value.exit_code == 3
    said = str(caught.value)
    for word in ("Jane", "Doe", "jane@", "199", "640823", "+46"):
        assert word not in said


def by_hand(table, **wanted):
    """The sum of `persons` (or another column) over the rows of a table that are as wanted."""
    column = wanted.pop("column", "persons")
    return sum(row[column] for row in table.to_pylist() if all(
        row[k] == v if not isinstance(v, range) else row[k] in v for k, v in wanted.items()))


def test_figures_are_the_numbers_of_the_tables():
    trace = run(STUDY, engine="agents").trace
    figures = read(GOOD, STUDY)
    found = {name: observed(Look(trace), figure) for name, figure in figures.figures.items()}
    assert found["listed"] == by_hand(trace.steps, step=12, tier="shunned")
    of_a = by_hand(trace.steps, step=12, group="A")
    assert found["share"] == pytest.approx(by_hand(trace.steps, step=12, group="A", tier="trusted") / of_a)
    assert found["entered"] == by_hand(trace.steps, tier="shunned", column="entries", step=range(1, 13))
    assert found["refused"] == by_hand(trace.rights, right="work", effect="denied", bearer="self", step=range(1, 13))
    appeals, upheld = (by_hand(trace.steps, column=c) for c in ("wrongful_appealed", "wrongful_upheld"))
    assert found["upheld"] == pytest.approx(upheld / appeals)
    assert 0 < found["stay"] <= 12
    assert scales(figures, STUDY.people).tolist() == [1000, 1, 1000, 1000, 1, 1.5]


def test_a_ratio_of_nothing_is_no_number():
    upheld = Figures.model_validate({"about": {"population": 1000}, "figures": {"upheld": {
        "of": {"ratio": ["upheld", "appeals"]}, "value": 0.2, "cite": "x"}}}).figures["upheld"]
    nobody_appeals = run(STUDY.reform({"redress.appeal": 0}), engine="agents").trace
    assert math.isnan(observed(Look(nobody_appeals), upheld))
