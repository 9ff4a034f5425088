"""Sobol' indices: against SALib on the same design, against the Ishigami function's own, and on a study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from SALib.analyze import sobol as analyze
from SALib.sample import sobol as sample

from sousveil.comparisons.objective import objective
from sousveil.comparisons.store import points_shelf
from sousveil.comparisons.sweep import sobol_points
from sousveil.errors import InputError
from sousveil.runs.run import run
from sousveil.studies.study import restore
from sousveil.unknowns.points import points, unit_points
from sousveil.unknowns.ranges import unknowns
from sousveil.unknowns.sensitivity import analysed, design, sensitivity
from swept import written
from tiers import for_all


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1])**2 + 0.1 * x[:, 2]**4 * np.sin(x[:, 0])


def problem(numbers: int) -> dict[str, object]:
    return {"num_vars": numbers, "names": [f"x{i}" for i in range(numbers)], "bounds": [[0.0, 1.0]] * numbers}


def by_salib(points: int, numbers: int) -> np.ndarray:
    """SALib leaves so many points of the sequence out, and shifts none."""
    return design(sobol_points(2 * numbers, points, points))


@pytest.mark.parametrize(("points", "numbers"), [(16, 2), (64, 5), (256, 3)])
def test_the_design_is_that_of_salib(points: int, numbers: int) -> None:
    theirs = sample.sample(problem(numbers), points, calc_second_order=False, scramble=False, skip_values=points)
    assert np.array_equal(by_salib(points, numbers), theirs)


@for_all(st.integers(0, 10**6), st.sampled_from([16, 64]), st.integers(1, 5), few=20, many=200)
def test_the_estimates_are_those_of_salib(seed: int, points: int, numbers: int) -> None:
    unit = by_salib(points, numbers)
    weights = np.sin(np.arange(1, numbers + 1) * (1 + seed % 97))
    values = np.exp(unit @ weights) + np.cos(seed * unit[:, 0])
    theirs = analyze.analyze(problem(numbers), values, calc_second_order=False, num_resamples=2, seed=1)
    ours = analysed(values, points, 1)
    assert ours.first == pytest.approx(theirs["S1"], abs=1e-9)
    assert ours.total == pytest.approx(theirs["ST"], abs=1e-9)


def test_the_ishigami_function_has_the_indices_that_follow_from_its_integrals() -> None:
    # a = 7, b = 0.1; Ishigami and Homma (1990), the integrals as in Saltelli et al., Global Sensitivity Analysis.
    a, b, pi = 7.0, 0.1, np.pi
    whole = a**2 / 8 + b * pi**4 / 5 + b**2 * pi**8 / 18 + 1 / 2
    first = np.array([(1 + b * pi**4 / 5)**2 / 2, a**2 / 8, 0.0]) / whole
    both = b**2 * pi**8 * (1 / 18 - 1 / 50) / whole
    values = ishigami(2 * pi * design(unit_points(3, 4096, 6)) - pi)
    total = first + np.array([both, 0.0, both])
    found = analysed(values, 4096, seed=3)
    assert found.first == pytest.approx(first, abs=0.01)
    assert found.total == pytest.approx(total, abs=0.01)
    assert (found.low[:, 0] <= first).all()
    assert (found.high[:, 0] >= first).all()
    assert (found.low[:, 1] <= total).all()
    assert (found.high[:, 1] >= total).all()


def test_intervals_belong_to_the_seed_and_narrow_with_the_points() -> None:
    def width(points: int, seed: int) -> np.ndarray:
        found = analysed(ishigami(2 * np.pi * by_salib(points, 3) - np.pi), points, seed)
        return found.high - found.low

    assert np.array_equal(width(64, 1), width(64, 1))
    assert not np.array_equal(width(64, 1), width(64, 2))
    assert (width(1024, 1) < width(64, 1)).all()


def test_what_has_no_range_is_held_and_said(tmp_path: Path) -> None:
    free, held = unknowns(written(tmp_path))
    assert [u.name for u in free] == ["channels.camera.coverage", "population.conduct.acts.rate"]
    assert held == {"signals.acts.points": "it has no range"}


def test_quantiles_are_those_of_the_distribution(tmp_path: Path) -> None:
    from scipy import stats

    coverage, rate = unknowns(written(tmp_path))[0]
    share = np.linspace(0.01, 0.99, 25)
    assert coverage.at(share) == pytest.approx(0.1 + 0.8 * share)
    assert rate.at(share) == pytest.approx(stats.triang(0.5, 0.2, 0.6).ppf(share))


def test_a_study_hangs_on_the_numbers_it_is_said_to(tmp_path: Path) -> None:
    study = written(tmp_path)
    study, wanted = objective(study, "bottom-tier")
    found = sensitivity(study, wanted, points=16)
    assert len(found.values) == 16 * 4
    assert found.failed == {}
    first = found.runs().slice(0, 1).to_pylist()[0]
    assert first.pop("value") == found.values[0]
    there = run(study.reform(first), engine="exact")
    share = wanted.of(there.measures())
    assert share is not None
    assert share.value == found.values[0]
    measures = found.measures()
    assert measures[0].measure == "first-order index of channels.camera.coverage"
    assert sum(m.value or 0 for m in measures if m.measure.startswith("total")) > 0.9


def test_points_that_a_run_asked_for_are_not_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen of the 64 points are those of the second width."""
    study, wanted = objective(written(tmp_path / "study"), "bottom-tier")
    for engine in ("exact", "agents"):
        shelf = points_shelf(str(tmp_path / engine))
        points(study, 16, engine=engine, shelf=shelf, half=study.people)
        kept = {*shelf.read_all()}
        assert len(kept) == 16
        sensitivity(study, wanted, points=16, engine=engine, shelf=shelf)
        assert len(shelf.read_all()) == 64
        assert kept < {*shelf.read_all()}


def test_chance_is_in_no_index() -> None:
    """Half of the spread is chance: without halves every number would seem to matter, and together with others."""
    rng, many = np.random.default_rng(1), 4096
    unit = design(unit_points(5, many, 6))
    clean = 2 * unit[:, 0] + unit[:, 1]
    noisy = clean[:, None] + rng.normal(0, clean.std(), (len(unit), 2))
    found = analysed(noisy, many, 1)
    assert found is not None
    assert found.first == pytest.approx([0.8, 0.2, 0.0], abs=0.06)
    assert found.total == pytest.approx([0.8, 0.2, 0.0], abs=0.06)
    assert (found.low[:, 1] <= [0.8, 0.2, 0.0]).all()
    assert (found.high[:, 1] >= [0.8, 0.2, 0.0]).all()
    joined = analysed(noisy.mean(axis=1), many, 1)
    assert joined is not None
    assert joined.total[2] > 0.2  # what the halves are for


def test_a_choice_is_weighed_like_a_number(tmp_path: Path) -> None:
    study, wanted = objective(written(tmp_path), "bottom-tier")
    readings = {"as written": {"set": {}}, "never": {"set": {"tiers.up.from": 40}}}
    plain = study.plain()
    plain["assumptions"]["choices"] = {"the threshold": readings}
    found = sensitivity(restore(plain), wanted, points=16)
    assert [*found.runs().column_names] == [*(u.path for u in found.unknowns[:-1]), "the threshold", "value"]
    assert {*found.runs()["the threshold"].to_pylist()} == {"as written", "never"}
    weights = {m.name["number"]: m.value for m in found.measures() if m.measure.startswith("total")}
    assert max(weights, key=lambda name: weights[name] or 0.0) == "the threshold"


def test_what_cannot_be_asked_is_told(tmp_path: Path) -> None:
    study, wanted = objective(written(tmp_path), "bottom-tier")
    with pytest.raises(InputError, match="power of two"):
        sensitivity(study, wanted, points=100)
    known = study.reform({"channels.camera.coverage": 0.4, "population.conduct.acts.rate": 0.5})
    with pytest.raises(InputError, match="nothing to vary"):
        sensitivity(known, wanted)
