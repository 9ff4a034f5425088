"""Inference as a whole: against a fine grid of runs, against figures that contradict, and as a user sees it."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import stats

import sousveil
from house import SOURCE
from random_schemes import Case
from small_study import small
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.sweep import sobol_points
from sousveil.draws import uniforms
from sousveil.errors import InputError
from sousveil.studies.figures import Figures
from sousveil.studies.study import Study, load, restore
from sousveil.unknowns import waves
from sousveil.unknowns.conflict import conflict
from sousveil.unknowns.emulator import emulator
from sousveil.unknowns.evidence import Believed, Evidence
from sousveil.unknowns.fitted import study_files
from sousveil.unknowns.infer import infer
from sousveil.unknowns.learnt import in_words, learnt, predictions, quality
from sousveil.unknowns.particles import temper
from sousveil.unknowns.waves import Carrier
from tiers import few_and_many


def study_of(case: Case) -> Study:
    first = next(iter(case.plain["population"]["groups"]))
    return restore({"study": "small", **case.plain, "seed": 1, "reference": first})


def random_study(seed: int) -> Study:
    """A small study for the exact engine, drawn: how many points an act takes, decay, two or three unknowns."""
    rng = np.random.default_rng(seed)
    unknown = {"population.conduct.act.rate": [0.02, 0.4], "channels.camera.coverage": [0.2, 1.0]}
    if seed % 2:
        unknown["channels.camera.spurious"] = [0.0, 0.2]
    points = -int(rng.integers(5, 30))
    return study_of(small(
        scheme={"channels": {"camera": {"coverage": "unknown", "spurious": "unknown" if seed % 2 else 0.02}},
                "signals": {"act": {"channel": "camera", "points": points, "lawful": True}},
                "score": {"start": int(rng.integers(60, 100)), "floor": 0, "ceiling": 100, "baseline": 100,
                          "decay": round(float(rng.choice([0.0, 0.05, 0.2])), 2)},
                "redress": {"notice": True, "appeal": 0.3, "upheld": 0.5}},
        population={"people": 10_000, "groups": {"A": 0.7, "B": 0.3},
                    "conduct": {"act": {"rate": {"value": "unknown", "times": {"group": {"B": 1.5}}}}}},
        assumptions={"fill": {path: {"value": sum(ends) / 2, "range": ends} for path, ends in {
            (p.replace("act.rate", "act.rate.value")): e for p, e in unknown.items()}.items()}},
        steps=int(rng.integers(4, 10))))


def figures(seed: int = 0, **values: float) -> Figures:
    """Three figures about a million people, with these values."""
    steps = random_study(seed).steps
    plain = {"low": {"of": "persons", "tier": "low", "at": steps}, "high": {"of": "share", "tier": "high", "at": steps},
             "wrong": {"of": "wrongful", "times": {"unknown": "found-out", "range": [0.5, 1.0]}}}
    return Figures.model_validate({"about": {"population": 1_000_000}, "discrepancy": 0.1, "figures": {
        name: {**entries, "value": values.get(name, 0.1), "cite": "planted"} for name, entries in plain.items()}})


def believed_of(seed: int) -> tuple[Study, Believed]:
    """A random study with its emulators, before any figure has a value."""
    study = random_study(seed)
    carrier = Carrier(study, sousveil_unknowns(study), figures(seed).figures)
    wave = carrier.carried(sobol_points(len(carrier.unknowns), 32, 64), "Points")
    evidence = Evidence.of(figures(seed), carrier.unknowns, study.people)
    return study, Believed(evidence, tuple(emulator(wave.unit, wave.numbers[:, j], False) for j in range(3)))


def sousveil_unknowns(study):
    from sousveil.unknowns.ranges import unknowns

    return unknowns(study)[0]


def planted(seed: int, believed: Believed, truth: np.ndarray, off: float = 1.0) -> Believed:
    """The same, with figures drawn from the model at a point, discrepancy and all; the second is `off` by a factor."""
    mean, variance = believed.predicted(truth[None])
    normal = np.random.default_rng(seed).standard_normal(3)
    values = {name: float(one.printed(mean[:, j], variance[:, j], normal[j:j + 1])[0])
              for j, (name, one) in enumerate(zip(believed.evidence.names, believed.evidence.given, strict=True))}
    values["high"] = min(0.999, values["high"] * off)
    evidence = Evidence.of(figures(seed, **values), believed.evidence.free, 10_000)
    return Believed(evidence, believed.emulators)


# --- the whole ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few_runs():
    """Fewer runs within reach and at draws than a user has: these tests look at what comes, not how good it is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sousveil.unknowns.infer.WAVE", 32)
        patched.setattr("sousveil.unknowns.infer.DRAWS", 32)
        yield


@pytest.fixture(scope="module")
def found(few_runs):
    study = random_study(2)
    truth = {u.path: float(u.at(np.array([0.4]))[0]) for u in sousveil_unknowns(study)}
    trace = sousveil.run(study.reform(truth), engine="exact").trace.steps.to_pylist()
    last = [row for row in trace if row["step"] == study.steps]
    low = sum(row["persons"] for row in last if row["tier"] == "low") * 100
    high = sum(row["persons"] for row in last if row["tier"] == "high") / study.people
    wrong = sum(row["wrongful_given"] for row in trace) * 100 * 0.8
    return infer(study, figures(2, low=low, high=high, wrong=wrong), points=32)


@pytest.mark.long
def test_the_posterior_is_that_of_a_fine_grid_of_runs(found):
    """The engine at 16 × 16 points and the unknown factor at 16, each weighed by the likelihood: no emulator."""
    evidence, study = found.evidence, found.study
    axis = (np.arange(16) + 0.5) / 16
    carrier = Carrier(study, evidence.free, evidence.figures.figures)
    flat = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    numbers = carrier.carried(flat, "Grid").numbers
    grid = np.concatenate([np.column_stack([flat, np.full(len(flat), a)]) for a in axis])
    mean, variance = evidence.about(grid, np.tile(numbers, (16, 1)), np.zeros((len(grid), 3)))
    log = evidence.logs(mean, variance).sum(axis=1)
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    centre = weights @ grid
    spread = np.sqrt(weights @ (grid - centre)**2)
    assert (np.abs(found.posterior.draws.mean(axis=0) - centre) < 0.15 * spread).all()
    assert found.posterior.draws.std(axis=0) == pytest.approx(spread, rel=0.15)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_the_posterior_is_that_of_nautilus_on_the_engine(seed):
    """Importance nested sampling (Lange 2023) where every likelihood is a run: three and four unknowns, no emulator."""
    import nautilus

    study = random_study(seed)
    blank = Evidence.of(figures(seed), sousveil_unknowns(study), study.people)
    k, d = len(blank.free), len(blank.unknowns)
    carrier = Carrier(study, blank.free, blank.figures.figures)
    truth = np.full((1, d), 0.4)
    mean, _ = blank.about(truth, carrier.carried(truth[:, :k], "Truth").numbers, np.zeros((1, 3)))
    found = infer(study, figures(seed, **dict(zip(blank.names, mean[0].tolist(), strict=True))))
    evidence = found.evidence

    def log(unit):
        numbers = carrier.carried(unit[:, :k], "Nautilus").numbers
        return evidence.logs(*evidence.about(unit, numbers, np.zeros((len(unit), 3)))).sum(axis=1)

    sampler = nautilus.Sampler(lambda unit: unit, log, n_dim=d, n_live=400, n_networks=1, vectorized=True,
                               pass_dict=False, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its networks need not converge
        sampler.run(n_eff=1_500)
    points, weights, _ = sampler.posterior()
    weights = np.exp(weights - weights.max())
    weights /= weights.sum()
    centre = weights @ points
    spread = np.sqrt(weights @ (points - centre)**2)
    assert (np.abs(found.posterior.draws.mean(axis=0) - centre) < 0.15 * spread).all()
    assert found.posterior.draws.std(axis=0) == pytest.approx(spread, rel=0.15)


def test_the_emulators_are_held_against_runs_they_have_not_seen(found):
    for q in quality(found):
        assert q.runs == len(found.drawn.unit)
        assert q.error < 0.03
        assert q.within > 0.85


def test_figures_from_one_world_agree_and_are_foretold(found):
    assert not found.conflict.there
    assert "Conflict" not in in_words(found.conflict, found.evidence.names)
    for p in predictions(found):
        assert p.posterior[0] < p.value < p.posterior[2]
        assert not p.strained
        assert p.prior[2] - p.prior[0] > p.posterior[2] - p.posterior[0]
    assert max(r.narrower for r in learnt(found)) > 0.3


def test_the_fitted_study_has_the_posterior_and_its_correlations(found, tmp_path):
    for name, text in study_files(found).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    study = load(tmp_path)
    joint = study.assumptions.joint
    assert joint is not None
    assert [*joint.of] == [u.path for u in found.evidence.free]
    rows = np.array(joint.draws)
    k = len(found.evidence.free)
    assert rows.mean(axis=0) == pytest.approx(found.values[:, :k].mean(axis=0), rel=0.05)
    assert np.corrcoef(rows.T) == pytest.approx(np.corrcoef(found.values[:, :k].T), abs=0.15)
    assert sousveil.run(study).engine == "exact"
    assert "joint" not in json.dumps(study.scheme.model_dump(mode="json"))


def test_a_figure_that_contradicts_the_others_is_named(found):
    """The count in the lowest tier ten times as large as it can be beside the rest."""
    values = {name: one.value for name, one in zip(found.evidence.names, found.evidence.given, strict=True)}
    wrong = figures(2, **{**values, "wrong": 30 * values["wrong"]})
    evidence = Evidence.of(wrong, found.evidence.free, found.study.people)
    believed = Believed(evidence, found.believed.emulators)
    apart = conflict(believed, sobol_points(3, 1024, 1024), found.posterior.draws, 1)
    assert apart.there
    assert ("wrong",) in apart.without or "wrong" in apart.alone
    said = in_words(apart, evidence.names)
    assert said.startswith("Conflict: ")
    assert "“wrong”" in said


def test_a_study_without_ranges_has_nothing_to_learn():
    with pytest.raises(InputError, match="nothing to learn"):
        infer(study_of(small(steps=4)), Figures.model_validate({"about": {"population": 1000}, "figures": {
            "low": {"of": "persons", "tier": "low", "value": 10, "cite": "planted"}}}))


# --- calibration ----------------------------------------------------------------------------------------------------


@few_and_many("schemes", 1, 120)
def test_ranks_of_the_truth_are_uniform_and_held_out_figures_lie_inside(schemes):
    """Simulation-based calibration (Talts et al. 2018) over random schemes, on the emulator, figures planted with their
    discrepancy. The rank of the truth among 63 draws is uniform for every unknown: by Kolmogorov and Smirnov's test,
    true claims fail 1 in 1,000 times. Of held-out figures 90 of 100 lie in their 90 % interval: so many that a true
    claim fails 1 in 1,000 times by the binomial law, and in the long tier between 85 and 95 of 100.
    """
    ranks, inside = [], []
    for seed in range(schemes):
        _, blank = believed_of(seed)
        d = len(blank.evidence.unknowns)
        truth = uniforms(seed, np.arange(d), 0, 99)[:, 0]
        believed = planted(seed, blank, truth)
        draws = temper(believed.log, d, 512, seed).draws[3::8][:63]
        ranks += ((draws < truth).sum(axis=0) + np.random.default_rng(seed).random(d)).tolist()
        for j, one in enumerate(believed.evidence.given):
            others = temper(lambda u, b=believed, j=j: b.log(u, (j,)), d, 256, seed + 1).draws
            mean, variance = believed.predicted(others)
            normal = np.random.default_rng(seed + j).standard_normal(256)
            low, high = np.quantile(one.printed(mean[:, j], variance[:, j], normal), (0.05, 0.95))
            inside.append(low <= one.value <= high)
    assert stats.kstest(np.array(ranks) / 64, "uniform").pvalue > 0.001
    assert stats.binomtest(int(np.sum(inside)), len(inside), 0.9).pvalue > 0.001
    if schemes >= 100:
        assert 0.85 <= np.mean(inside) <= 0.95


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_ranks_of_the_truth_are_uniform_where_figures_come_from_the_engine(seed):
    """As above, with figures planted from runs: the emulator is part of what is tested."""
    study, blank = believed_of(seed)
    k, d = len(blank.evidence.free), len(blank.evidence.unknowns)
    truths = uniforms(seed, np.arange(40)[:, None], np.arange(d)[None, :], 98)[..., 0]
    carrier = Carrier(study, blank.evidence.free, blank.evidence.figures.figures)
    numbers = carrier.carried(truths[:, :k], "Truths").numbers
    mean, variance = blank.evidence.about(truths, numbers, np.zeros((40, 3)))
    ranks = []
    for i, truth in enumerate(truths):
        normal = np.random.default_rng([seed, i]).standard_normal(3)
        values = {name: float(one.printed(mean[i:i + 1, j], variance[i:i + 1, j], normal[j:j + 1])[0])
                  for j, (name, one) in enumerate(zip(blank.evidence.names, blank.evidence.given, strict=True))}
        believed = Believed(Evidence.of(figures(seed, **values), blank.evidence.free, study.people), blank.emulators)
        draws = temper(believed.log, d, 512, i).draws[3::8][:63]
        ranks += ((draws < truth).sum(axis=0) + np.random.default_rng(i).random(d)).tolist()
    assert stats.kstest(np.array(ranks) / 64, "uniform").pvalue > 0.001


@pytest.mark.long
def test_the_posterior_on_the_engine_is_that_on_the_emulator(found):
    values = {name: one.value for name, one in zip(found.evidence.names, found.evidence.given, strict=True)}
    again = infer(found.study, figures(2, **values), points=64, check=True)
    assert again.checked is not None
    spread = again.checked.draws.std(axis=0)
    assert (np.abs(again.checked.draws.mean(axis=0) - again.posterior.draws.mean(axis=0)) < 0.3 * spread).all()


# --- as a user sees it ----------------------------------------------------------------------------------------------


@pytest.fixture
def folder(few_runs, tmp_path, monkeypatch):
    """A folder with a small study and its figures."""
    plain = random_study(2).plain()
    monkeypatch.chdir(tmp_path)
    here = tmp_path / "mine"
    here.mkdir()
    for part in ("scheme", "population", "assumptions"):
        (here / f"{part}.yaml").write_text(json.dumps(plain[part]), encoding="utf-8")
    (here / "study.yaml").write_text(json.dumps({"study": "mine", "steps": plain["steps"], "seed": 1}))
    (here / "figures.yaml").write_text(json.dumps(figures(2, low=60_000, high=0.6, wrong=20_000).model_dump(
        mode="json", by_alias=True, exclude_none=True)), encoding="utf-8")
    return here


def test_infer_then_run_and_ask(folder, capsys):
    assert dispatch(app, ["infer", "mine", "--points", "16", "-o", "fitted"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for part in ("WHAT WAS LEARNT", "THE FIGURES", "HOW NEAR", "independent ones", "no single value"):
        assert part in said
    assert pq.read_table("fitted/figures.parquet")["figure"].to_pylist() == ["low", "high", "wrong"]
    assert pq.read_table("fitted/draws.parquet").num_rows == 2048
    learnt = pq.read_table("fitted/posterior.parquet").to_pylist()
    assert len(learnt) > 1
    for row in learnt:  # of uniform laws: before and after are told alike, so the reader can work out what narrowed
        left = (row["high"] - row["low"]) / (row["to"] - row["from"])
        assert row["narrower"] == pytest.approx(max(0.0, 1 - left), abs=1e-9), row
    page = Path("fitted/report.html").read_text(encoding="utf-8")
    title = re.search("<h1[^>]*>(.*?)</h1>", page, re.DOTALL)[1]
    assert title not in page.partition("<main")[2], "the same sentence again and again"
    assert dispatch(app, ["run", "fitted"]) == 0
    capsys.readouterr()
    assert dispatch(app, ["ask", "fitted", "--harm", "bottom-tier", "-o", "asked"]) == 0
    said = capsys.readouterr().out
    assert "WHAT TO ASK FOR" in said
    letter = Path("asked/letter-information.txt").read_text(encoding="utf-8")
    assert "$" not in letter
    assert "need not create information" in letter
    page = html.unescape(Path("asked/report.html").read_text(encoding="utf-8"))
    for kind in ("information", "authority", "reply"):  # letter by letter, empty lines and all
        assert Path(f"asked/letter-{kind}.txt").read_text(encoding="utf-8").strip() in page
    assert "Article 77" in Path("asked/letter-authority.txt").read_text(encoding="utf-8")
    assert dispatch(app, ["--json", "ask", "fitted", "--between", "A,B"]) == 0
    told = json.loads(capsys.readouterr().out)
    shares = [n["share"] for n in told["numbers"]]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= n["low"] <= n["share"] <= n["high"] <= 1 for n in told["numbers"])


KILLED = """
import os, signal
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.store import Shelf
from sousveil.unknowns import infer
infer.WAVE = infer.DRAWS = 32
write, count = Shelf.write, [0]
def killed(self, name, result):
    write(self, name, result)
    count[0] += 1
    if count[0] == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
Shelf.write = killed
dispatch(app, {words!r})
"""


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("after", [3, 60])
def test_an_inference_that_was_killed_goes_on_to_the_same_draws(folder, after):
    """Killed among the points of the ranges, and among those within reach; no run that was made is made again."""
    words = ["infer", "mine", "--points", "16", "-o", "fitted"]
    assert dispatch(app, words) == 0
    whole = {name: Path("fitted", name).read_bytes() for name in ("draws.parquet", "figures.parquet")}
    Path("fitted").rename("whole")
    env = {**os.environ, "PYTHONPATH": str(SOURCE.parent)}
    ended = subprocess.run([sys.executable, "-c", KILLED.format(after=after, words=words)], env=env, check=False,
                           capture_output=True)
    assert ended.returncode == -signal.SIGKILL
    assert not Path("fitted").exists()
    kept, = (path for path in Path().iterdir() if path.name.endswith(".points"))
    assert len([*kept.rglob("*.json")]) >= after
    made = []
    with pytest.MonkeyPatch.context() as patched:
        carry = waves.looked_at
        patched.setattr(waves, "looked_at", lambda *given: made.append(0) or carry(*given))
        assert dispatch(app, words) == 0
    assert len(made) <= 16 + 2 * 32 + 32 - after
    assert {name: Path("fitted", name).read_bytes() for name in whole} == whole
    assert sorted(path.name for path in Path().iterdir()) == ["fitted", "mine", "whole"]


def test_what_is_wrong_is_said_and_nothing_written(folder, capsys):
    (folder / "people.yaml").write_text("about: {population: 1000}\nfigures:\n  - {name: Jane Doe, tier: low}\n")
    assert dispatch(app, ["infer", "mine", "--figures", "mine/people.yaml", "-o", "x"]) == 3
    assert "Jane" not in capsys.readouterr().err
    assert dispatch(app, ["infer", "seed-article"]) == 2
    assert "no figures.yaml" in capsys.readouterr().err
    assert dispatch(app, ["infer", "mine", "--figures", "mine/study.yaml"]) == 2
    assert dispatch(app, ["ask", "mine", "--within", "0"]) == 2
    assert dispatch(app, ["ask", "mine", "--harm", "hits"]) == 2
    assert not Path("x").exists()
