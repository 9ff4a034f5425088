"""A study that is written as YAML is read back as the same study, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

import sousveil as sv
from random_schemes import Case, cases
from small_study import small
from sousveil.atlas import names
from sousveil.errors import InputError
from tiers import for_all


def study_of(case: Case, **more: object) -> sv.Study:
    return sv.study({"study": "drawn", **case.plain, **more})


@for_all(cases(), few=15, many=200)
def test_what_is_written_is_the_same_study_and_passes_check(case: Case) -> None:
    study = study_of(case, seed=7)
    with TemporaryDirectory() as place:
        written = study.save(Path(place) / "mine")
        assert sv.check(Path(place) / "mine").problems == ()
        assert [path.name for path in written] == ["study.yaml", "scheme.yaml", "population.yaml", "assumptions.yaml"]
        assert sv.study(Path(place) / "mine").plain() == study.plain()


@pytest.mark.parametrize("name", names())
def test_every_entry_of_the_atlas_can_be_written_under_every_reform(name: str, tmp_path: Path) -> None:
    study = sv.study(name)
    study.save(tmp_path / "as it is")
    assert sv.study(tmp_path / "as it is").plain() == study.plain()
    assert {*sv.study(tmp_path / "as it is").reforms} == {*study.reforms}
    for reform in study.reforms:
        changed = study.reform(reform)
        changed.save(tmp_path / reform)
        assert sv.study(tmp_path / reform).scheme == changed.scheme


def test_the_same_bits_come_of_it(tmp_path: Path) -> None:
    study = study_of(small({"signals": {"act": {"channel": "camera", "points": -10, "lawful": True}}},
                           {"people": 50, "conduct": {"act": {"rate": 0.1 + 0.2}}}, steps=3))
    study.save(tmp_path / "mine")
    one, other = (sv.run(each, engine="agents", seed=3) for each in (study, tmp_path / "mine"))
    assert one.trace.steps.equals(other.trace.steps)
    assert one.harms().equals(other.harms())


def test_values_mappings_and_numbers_of_other_libraries_are_all_taken() -> None:
    given = small().plain
    made = sv.study({"study": "drawn", **given, "scheme": sv.Scheme.model_validate(given["scheme"]),
                     "steps": np.int64(1), "reforms": {"up": sv.reform("signals.act.points=3")}})
    assert made.plain() == study_of(small()).plain()
    assert made.reform("up").scheme.signals["act"].points
    kept = sv.study({k: v for k, v in made.plain().items() if k not in ("label", "assumptions")})
    assert kept.assumptions.assumptions == "none"


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    study = study_of(small())
    (tmp_path / "mine").mkdir()
    study.save(tmp_path / "mine")  # an empty one is taken
    before = (tmp_path / "mine" / "scheme.yaml").read_bytes()
    with pytest.raises(InputError, match="left alone"):
        study.reform({"score.start": 60}).save(tmp_path / "mine")
    assert (tmp_path / "mine" / "scheme.yaml").read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        study.save(tmp_path / "file" / "mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


def test_text_that_looks_like_something_else_stays_text(tmp_path: Path) -> None:
    odd = 'no: "yes" # \\ {x}, [y] & *z'
    study = study_of(small(population={"groups": {"no": 0.5, "1": 0.25, "~": 0.25}}), about=odd)
    study.save(tmp_path / "odd")
    assert '"no": 0.5' in (tmp_path / "odd" / "population.yaml").read_text()
    again = sv.study(tmp_path / "odd")
    assert again.about == odd
    assert [*again.population.groups] == ["no", "1", "~"]
