"""A study: four files that belong together, and reforms that leave it as it was."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel

from small_study import small
from sousveil.atlas import folder
from sousveil.errors import InputError
from sousveil.runs.run import run
from sousveil.studies import number
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.fill import unknowns
from sousveil.studies.number import numbers
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.study import Study, check, load, restore
from sousveil.studies.study_parts import StudyFile
from sousveil.studies.yaml_source import parse


@pytest.fixture
def files(tmp_path) -> Path:
    """A copy of the seed article's files, to be spoiled."""
    return Path(shutil.copytree(folder("seed-article"), tmp_path / "study"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def place(path: Path, text: str) -> str:
    """File, line and column at which a text, which stands there once, ends."""
    whole = path.read_text(encoding="utf-8")
    assert whole.count(text) == 1
    before = whole[:whole.index(text) + len(text)]
    return f"{path.name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def messages(path: Path) -> list[str]:
    return [str(problem).replace(f"{path}/", "") for problem in check(path).problems]


def test_a_study_is_found_by_name_by_folder_and_by_path(files):
    by_name, by_folder, by_path = load("seed-article"), load(files), load(files / "study.yaml")
    assert by_name.plain() == by_folder.plain() == by_path.plain()
    with pytest.raises(InputError, match='is neither a file nor in the atlas; did you mean "seed-article"'):
        load("seed-artcle")


def test_every_unknown_is_filled_and_listed():
    study = load("seed-article")
    assert unknowns(study.written.scheme)
    assert not unknowns(study.scheme)
    assert not unknowns(study.population)
    listed = {entry.path for entry in study.filled}
    assert listed == {*unknowns(study.written.scheme), *unknowns(study.written.population, "population.")}
    assert all(entry.range is not None and entry.source for entry in study.filled)


def leaves(data: object) -> int:
    """How many plain values there are in a tree."""
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else None
    return 1 if inner is None else sum(map(leaves, inner))


def stands(data: object, steps: tuple[str | int, ...]) -> bool:
    """Whether something is written at a place, rather than a default."""
    for step in steps:
        if isinstance(data, dict) and step not in data:
            return False
        data = data[step]
    return True


@pytest.fixture
def counted(monkeypatch) -> dict[str, Counter[object]]:
    """What was read since: plain values that became a Number, and models that were read as a whole."""
    found: dict[str, Counter[object]] = {"numbers": Counter(), "models": Counter()}
    number_of, of_json = number._read, BaseModel.model_validate_json.__func__

    def read_number(data, *more):
        if isinstance(data, int | float | str):
            found["numbers"][data] += 1
        return number_of(data, *more)

    def read_json(cls, *more, **options):
        found["models"][cls] += 1
        return of_json(cls, *more, **options)

    monkeypatch.setattr(number, "_read", read_number)
    monkeypatch.setattr(BaseModel, "model_validate_json", classmethod(read_json))
    monkeypatch.setattr(BaseModel, "model_validate", classmethod(read_json))
    return found


def test_every_file_is_read_once_and_so_is_every_number(counted):
    study = load("seed-article")
    assert counted["models"] == {StudyFile: 1, Scheme: 1, Population: 1, Assumptions: 1}
    stand = 0
    for name, part in study.written._asdict().items():
        data = parse(folder("seed-article") / f"{name}.yaml").data
        stand += sum(leaves(found.plain()) for steps, found in numbers(part) if stands(data, steps))
    in_reforms = len([0.2, 0.35, 0.3, 0.5])
    assert counted["numbers"].total() == stand + in_reforms
    assert counted["numbers"]["unknown"] == len(study.filled)


def test_a_setting_is_read_where_it_lands_and_nothing_else_is(counted):
    study = load("seed-article")
    for kind in counted.values():
        kind.clear()
    study.reform({"signals.jaywalks.points": -4})
    assert (counted["numbers"], counted["models"]) == ({-4: 1}, {})
    study.reform({"channels.camera.coverage.value.district.north": 0.3})
    assert (counted["numbers"], counted["models"]) == ({-4: 1, 0.3: 1}, {})
    study.reform("no-kin")
    assert counted["numbers"] == {-4: 1, 0.3: 1}
    assert counted["models"] == {}
    study.evolve(people=7, seed=3)
    assert counted["numbers"] == {-4: 1, 0.3: 1}


def test_an_unknown_left_unfilled_says_what_to_write_and_where(files):
    filling = "  channels.camera.spurious: {value: 0.0005, range: [0, 0.005], source: Guess}\n"
    edit(files / "assumptions.yaml", filling, "")
    where = place(files / "scheme.yaml", "mistaken: {group: {A: unknown, B: unknown}}\n    spurious: ")
    (message,) = messages(files)
    assert message == (f'{where}  channels.camera.spurious is unknown and nothing fills it; write in assumptions.yaml, '
                       'under "fill":  channels.camera.spurious: {value: ..., range: [..., ...], source: "..."}')


def test_a_missing_file_is_named_with_its_line(files):
    (files / "population.yaml").unlink()
    where = place(files / "study.yaml", "population: ")
    assert messages(files) == [f'{where}  there is no file "population.yaml" beside it']


def test_where_nothing_is_unknown_no_assumptions_are_needed(files):
    (files / "assumptions.yaml").unlink()
    assert messages(files) == [f"{place(files / 'study.yaml', 'assumptions: ')}  "
                               'there is no file "assumptions.yaml" beside it'], "study.yaml names it"
    edit(files / "study.yaml", "assumptions: assumptions.yaml\n", "")
    where = place(files / "scheme.yaml", "value: {district: {north: ")
    assert messages(files) == [
        f'{where}  channels.camera.coverage.value.district.north and 21 more numbers are unknown, and there is no '
        'assumptions.yaml beside study.yaml; write one, with a name under "assumptions" and, under "fill":  '
        'channels.camera.coverage.value.district.north: {value: ..., range: [..., ...], source: "..."}']
    for name in ("scheme", "population"):
        text = (files / f"{name}.yaml").read_text(encoding="utf-8")
        (files / f"{name}.yaml").write_text(text.replace("unknown", "0.1"), encoding="utf-8")
    study = load(files)
    assert (study.filled, dict(study.assumptions.fill)) == ((), {})
    assert len(check(files).files) == 3
    assert restore(study.plain()).plain() == study.plain()
    assert study.reform({"assumptions.chilling.all": {"value": 2}}).assumptions.chilling["all"].value.plain() == 2
    with pytest.raises(InputError, match=r"redress.appeal is unknown, and there is no assumptions.yaml"):
        study.reform({"redress": {"notice": True, "appeal": "unknown"}})


def test_the_files_that_were_read_are_named(files):
    names = [Path(file).name for file in check(files).files]
    assert names == ["study.yaml", "scheme.yaml", "population.yaml", "assumptions.yaml"]
    assert [Path(file).name for file in check(files / "scheme.yaml").files] == ["scheme.yaml"]


def test_the_mistakes_of_all_files_are_reported_at_once(files):
    edit(files / "scheme.yaml", "coverage: unknown\n    mistaken: unknown", "coverage: 1.3\n    mistaken: unknown")
    edit(files / "population.yaml", "people: 1_000_000", "people: 0")
    scheme, population = "by electronic payment.\n    coverage: ", "people: "
    assert messages(files) == [f"{place(files / 'scheme.yaml', scheme)}  1.3 is not between 0 and 1",
                               f"{place(files / 'population.yaml', population)}  0 is not at least 1"]


def test_size_horizon_and_seed_can_be_changed_and_nothing_else():
    study = load("seed-article")
    small = study.evolve(people=1000, steps=3, seed=11)
    assert (small.people, small.population.people, small.steps, small.seed) == (1000, 1000, 3, 11)
    assert small.scheme is study.scheme
    assert (study.people, study.steps, study.seed) == (1_000_000, 120, 7)
    with pytest.raises(InputError, match="people: 0 is not between 1 and"):
        study.evolve(people=0)


def test_a_study_is_frozen():
    study = load("seed-article")
    assert isinstance(study, Study)
    for value, field in ((study, "steps"), (study.scheme, "about"), (study.population, "people")):
        with pytest.raises(Exception, match=r"frozen|cannot assign"):
            setattr(value, field, 1)


def test_a_file_of_another_kind_is_told_so(files):
    with pytest.raises(InputError) as caught:
        load(files / "scheme.yaml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (2, "this file is of the kind scheme; a study is needed here")


def test_a_command_that_a_result_records_is_helped_on_in_another_folder(tmp_path, monkeypatch):
    """It names the study as it was typed where the study lies; the study.json of the result does in its place."""
    run(load({"study": "mine", **small().plain})).save(tmp_path / "result")
    monkeypatch.chdir(tmp_path / "result")
    with pytest.raises(InputError, match=r"study\.json, which lies here, is a study of that name"):
        load("mine")
    assert load("study.json").name == "mine"
    with pytest.raises(InputError, match=r"write the path to its folder, or to the study\.json of a result"):
        load("another")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"write the path to its folder, or to the study\.json of a result"):
        load("yet another")


def test_what_stands_there_twice_is_told_before_what_follows_from_it(files):
    edit(files / "population.yaml", "groups: {A: 0.88, B: 0.12}", "groups: {A: 0.88, A: 0.12}")
    told = [message.partition("  ")[2] for message in messages(files / "population.yaml")]
    line = place(files / "population.yaml", "groups:").split(":")[1]
    assert told[:2] == [f'the key "A" stands here twice; first on line {line}', "the shares add up to 0.88, not 1"]
    assert told[2:] == ['group "B" is not in the population; valid: "A"'] * 3


def test_a_mistake_of_form_hides_no_other(files):
    edit(files / "scheme.yaml", "step: month", "step: month\nstep: week\nchanels: {}")
    line = place(files / "scheme.yaml", "step: month").split(":")[1]
    assert [message.partition("  ")[2] for message in messages(files / "scheme.yaml")] == [
        f'the key "step" stands here twice; first on line {line}', 'unknown key "chanels"; did you mean "channels"?']
