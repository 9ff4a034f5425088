"""Settings: every entry point takes the same, and answers alike to what cannot be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sousveil
from sousveil.comparisons.execute import Place
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.reform_search import mend
from sousveil.comparisons.sweep import Axis, sweep
from sousveil.comparisons.twins import twins
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.studies.study import Study
from sousveil.unknowns import sensitivity as sensitivity_module
from sousveil.unknowns.sensitivity import sensitivity
from swept import written

Call = Callable[..., Any]

AXIS = Axis("channels.camera.coverage", 0.2, 0.6, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("swept")
    written(place)
    return place


@pytest.fixture(scope="module")
def study(folder: Path) -> Study:
    return sousveil.study(folder)


@pytest.fixture(scope="module")
def wanted(study: Study) -> Objective:
    return objective(study, "bottom-tier")[1]


ENTRIES: dict[str, tuple[Call, str]] = {
    "run": (lambda study, wanted, **given: sousveil.run(study, **given),
            "people steps seed replicates engine threads"),
    "compare": (lambda study, wanted, **given: sousveil.compare(study, ["blinder"], **given),
                "people steps seed seeds engine threads"),
    "why": (lambda study, wanted, **given: sousveil.why(study, between=("A", "B"), **given),
            "people steps seed seeds engine threads"),
    "twins": (lambda study, wanted, **given: twins(study, **given), "people steps seed seeds threads"),
    "sweep": (lambda study, wanted, **given: sweep(study, [AXIS], **given), "people steps seed seeds engine sobol"),
    "sensitivity": (lambda study, wanted, **given: sensitivity(study, wanted, **given),
                    "people steps seed engine points"),
    "mend": (lambda study, wanted, left=0.9, **given: mend(study, wanted, left, **given),
             "people steps seed seeds engine left"),
    "evolve": (lambda study, wanted, **given: (study if isinstance(study, Study) else sousveil.study(study)
                                               ).evolve(**given), "people steps seed"),
}
"""Entry point -> a call of it, and the settings that it takes."""

NO_NUMBERS = ["1e5", "", math.nan, math.inf, -math.inf, 1.5, True, False, np.True_, np.float64(2.5), np.array([5, 6]),
              [5], {}, b"5", Decimal(5), 5j, object()]
"""Nothing of this is a whole number, wherever it is given."""

BAD: dict[str, list[Any]] = {
    "people": [*NO_NUMBERS, 1000.5, 0, -1, 20_000_000_001, 10**5000],
    "steps": [*NO_NUMBERS, 0, -1, 12_001],
    "seed": [*NO_NUMBERS, -1, 2**63, np.uint64(2**63), 1e300],
    "seeds": [*NO_NUMBERS, None, 0, -1, 10_001],
    "replicates": [*NO_NUMBERS, None, 0, -1, 10_001],
    "threads": [*NO_NUMBERS, 0, -1, 1_001],
    "sobol": [*NO_NUMBERS, 0, -1, 100_001],
    "points": [*NO_NUMBERS, None, 0, -1, 17, 8, 65_537],
    "engine": [None, "", "agnets", "AGENTS", 1, ["agents"], np.array(["agents", "exact"])],
    "left": ["0.5", None, math.nan, math.inf, -0.1, 1, True, [0.5]],
}
VALID = {"people": "between 1 and 20,000,000,000", "steps": "between 1 and 12,000",
         "seed": "between 0 and 9,223,372,036,854,775,807", "seeds": "and 10,000", "replicates": "between 1 and 10,000",
         "threads": "between 1 and 1,000", "sobol": "between 1 and 100,000", "points": "between 16 and 65,536",
         "engine": "one of auto, agents, exact", "left": "a share from 0 up to 1"}
"""Setting -> what a refusal says would be valid."""


def shown(value: object) -> str:
    return f"{type(value).__name__} {value if not isinstance(value, int) or value < 10**30 else 'huge'}"


@pytest.mark.parametrize(("setting", "value"), [pytest.param(s, v, id=f"{s}={shown(v)}") for s in BAD for v in BAD[s]])
def test_what_cannot_be_is_refused_alike_everywhere(folder: Path, wanted: Objective, setting: str, value: Any) -> None:
    messages = {}
    for name, (call, takes) in ENTRIES.items():
        if setting in takes.split():
            with pytest.raises(InputError) as refusal:
                call(folder, wanted, **{setting: value})
            messages[name] = str(refusal.value)
    assert messages
    assert len(set(messages.values())) == 1, messages
    message = next(iter(messages.values()))
    assert message.startswith(f"{'to' if setting == 'left' else setting}: ")
    assert VALID[setting] in message
    assert len(message) < 200


def test_every_setting_is_taken_by_somebody() -> None:
    assert {setting for _, takes in ENTRIES.values() for setting in takes.split()} == set(BAD) == set(VALID)


def test_a_search_needs_two_seeds_at_least(study: Study, wanted: Objective) -> None:
    with pytest.raises(InputError, match=r"seeds: 1 is not between 2 and 10,000: without an interval"):
        mend(study, wanted, 0.5, seeds=1)


def test_a_value_that_is_refused_is_named(study: Study) -> None:
    for value, message in ((1000.5, "people: 1000.5 is not a whole"), ("1e5", 'people: "1e5" is text, not a whole'),
                           (math.nan, "people: nan is not a whole"), (True, "people: True is not a whole"),
                           (-1, "people: -1 is not between"), ([1, 2], "people: a value of the type list is not")):
        with pytest.raises(InputError, match=message):
            sousveil.run(study, people=value)  # type: ignore[arg-type]


@pytest.fixture
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sensitivity analysis is many runs; what they would be of is told without them."""
    monkeypatch.setattr(sensitivity_module, "execute", lambda *_: ({}, {}))


ALIKE = [300, 3e2, np.int64(300), np.int16(300), np.uint32(300), np.float64(300), np.float32(300)]


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("entry", ENTRIES)
def test_numpy_s_numbers_are_taken_as_python_s(study: Study, wanted: Objective, entry: str) -> None:
    call, takes = ENTRIES[entry]
    small: dict[str, Any] = {"people": 300, "steps": 2, "seed": 3}
    more = {"seeds": 2, "replicates": 2, "threads": 1, "points": 16, "engine": "agents"}
    given = small | {name: value for name, value in more.items() if name in takes.split()}
    plain = told(call(study, wanted, **given))
    for kind in (np.int64, np.float64):
        odd = {name: kind(value) if name != "engine" else value for name, value in given.items()}
        assert told(call(study, wanted, **odd)) == plain


def told(found: Any) -> str:
    """What came of it, as JSON: an integer of NumPy's would not be taken."""
    if isinstance(found, Measures):
        return json.dumps([m.value for m in found])
    study = found if isinstance(found, Study) else found.baseline.study if hasattr(found, "baseline") and hasattr(
        found, "reforms") else found.study
    assert (type(study.people), type(study.steps), type(study.seed)) == (int, int, int)
    parts = [study.plain(), found.record["result"] if hasattr(found, "record") else None]
    parts += [getattr(found, "seeds", None), [rows and rows.plain() for rows in getattr(found, "rows", ())]]
    if hasattr(found, "measures"):
        parts.append([m.value for m in found.measures()])
    return json.dumps(parts)


@pytest.mark.parametrize("people", ALIKE)
def test_a_whole_number_is_one_however_it_is_held(study: Study, people: Any) -> None:
    sized = study.evolve(people=people)
    assert sized.people == 300
    assert type(sized.people) is int


def test_a_seed_keeps_all_its_digits(study: Study) -> None:
    for seed in (2**53 + 1, np.int64(2**53 + 1), np.uint64(2**53 + 1), 2**63 - 1):
        assert study.evolve(seed=seed).seed == int(seed)


def test_places_are_checked_too() -> None:
    for workers in (*NO_NUMBERS, 0, -1, 1_001):
        for kind in ("processes", "dask"):
            with pytest.raises(InputError, match=r"workers: .* between 1 and 1,000"):
                Place(kind, workers)  # type: ignore[arg-type]
    assert Place("processes", np.int64(2)) == Place("processes", 2)  # type: ignore[arg-type]


SMALL: dict[str, Any] = {"people": 200, "steps": 2}


@pytest.mark.usefixtures("unrun")
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_study_is_a_path_or_a_study(folder: Path, study: Study, wanted: Objective, entry: str) -> None:
    call, takes = ENTRIES[entry]
    given = SMALL | {name: value for name, value in {"seeds": 2, "points": 16}.items() if name in takes.split()}
    forms = [str(folder), folder, folder / "study.yaml", study]
    assert len({told(call(form, wanted, **given)) for form in forms}) == 1


@pytest.mark.parametrize("entry", ["run", "why", "twins", "evolve"])
def test_a_study_is_a_name_of_the_atlas(wanted: Objective, entry: str) -> None:
    call, takes = ENTRIES[entry]
    given = SMALL | ({"seeds": 1} if "seeds" in takes.split() else {})
    assert told(call("seed-article", wanted, **given)) == told(call(sousveil.study("seed-article"), wanted, **given))


def test_the_other_entries_take_a_name_of_the_atlas() -> None:
    loaded = sousveil.study("seed-article")
    _, wanted = objective("seed-article", "bottom-tier", "B")
    assert wanted == objective(loaded, "bottom-tier", "B")[1]
    axis = [Axis("score.decay", 0.1, 0.2, 2)]
    assert told(sweep("seed-article", axis, **SMALL)) == told(sweep(loaded, axis, **SMALL))
    assert told(sousveil.compare("seed-article", ["no-ceiling"], seeds=1, **SMALL)) == told(
        sousveil.compare(loaded, [loaded.reform("no-ceiling")], seeds=1, **SMALL))
    for call in (lambda: mend("seed-article", wanted, 2.0), lambda: sensitivity("seed-article", wanted, points=3)):
        with pytest.raises(InputError, match=r"^(to|points): "):  # the name is no mistake
            call()


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("wrong", [None, 5, b"seed-article", ["seed-article"], {"study": "x"}, "no-such-study", ""])
def test_what_is_no_study_is_refused(wanted: Objective, entry: str, wrong: Any) -> None:
    with pytest.raises(InputError, match=r"neither|is missing beside the other parts"):
        ENTRIES[entry][0](wrong, wanted)


COVERAGE = {"channels.camera.coverage": 0.3}


def test_a_reform_is_a_name_or_a_mapping_or_a_reform_or_a_study(study: Study) -> None:
    value = sousveil.reform("channels.camera.coverage=0.3", name="blinder")
    forms: list[Any] = ["blinder", ["blinder"], ("blinder",), iter(["blinder"]), COVERAGE, [COVERAGE], value, [value],
                        study.reform("blinder"), [study.reform(value)], [{"channels.camera.coverage": np.float64(0.3)}]]
    found = {json.dumps([m.value for m in pair.differences(pair.reforms[0])]) for pair in (
        sousveil.compare(study, form, seeds=2, engine="agents", **SMALL) for form in forms)}
    assert len(found) == 1


@pytest.mark.parametrize("wrong", [5, [5], [None], None, [["blinder"]], [{5: 1}], "no-such", ["no-such"], [], "",
                                   [b"x"], [{"channels.camera.coverage": object()}],
                                   [{"channels.camera.coverage": math.nan}], [{"channels.camera.coverage": {1, 2}}],
                                   [Path("study.yaml")], Path("study.yaml")])
def test_what_is_no_reform_is_refused(study: Study, wrong: Any) -> None:
    with pytest.raises(InputError):
        sousveil.compare(study, wrong)


def test_numpy_s_numbers_in_a_reform_are_taken_as_python_s() -> None:
    article = sousveil.study("seed-article")
    for odd, plain in (({"signals.jaywalks.points": np.int64(-2)}, {"signals.jaywalks.points": -2}),
                       ({"channels.camera.coverage": np.float32(0.25)}, {"channels.camera.coverage": 0.25}),
                       ({"population.groups": {"A": np.float64(0.75), "B": np.float32(0.25)}},
                        {"population.groups": {"A": 0.75, "B": 0.25}}),
                       ({"ceilings.B": np.str_("average")}, {"ceilings.B": "average"})):
        assert json.dumps(article.reform(odd).plain()) == json.dumps(article.reform(plain).plain())


def test_the_entries_that_take_a_folder_refuse_what_is_none(tmp_path: Path) -> None:
    for wrong in (None, 5, ["base"], b"base"):
        for call in (sousveil.load, sousveil.verify, lambda x: sousveil.story(x, 1)):
            with pytest.raises(InputError, match=r"directory: .* is not a path"):
                call(wrong)
    for threads in (0, -1, 1.5, "2", True):
        with pytest.raises(InputError, match=r"threads: .* between 1 and 1,000"):
            sousveil.verify(tmp_path, threads=threads)


@pytest.mark.parametrize("wrong", [5, None, "seed-article", {"harms": []}])
def test_what_has_no_report_is_told(wrong: Any) -> None:
    with pytest.raises(InputError, match="is no result of sousveil: there is nothing to report"):
        sousveil.report(wrong)
