"""The parts of inference, each against what is known of it: sums to one, integrals, a fine grid, emcee."""

from __future__ import annotations

import emcee
import numpy as np
import pytest
from scipy import integrate, stats

from sousveil.comparisons.sweep import sobol_points
from sousveil.studies.figures import Figures
from sousveil.unknowns.emulator import emulator
from sousveil.unknowns.likelihoods import likelihoods
from sousveil.unknowns.particles import temper
from tiers import few_and_many


def figure(**entries):
    whole = {"of": "persons", "tier": "low", "value": 12, "cite": "x", **entries}
    return Figures.model_validate({"about": {"population": 1000}, "figures": {"it": whole}})


def log(mean, variance=0.0, **entries):
    (one,) = likelihoods(figure(**entries))
    return float(one.log(np.array([float(mean)]), np.array([float(variance)]))[0])


def truth(mean, variance, width):
    """The normal law of the true number."""
    return stats.norm(mean, np.sqrt(variance + (width * mean)**2))


# --- likelihoods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mean", "variance", "width"), [(3.0, 0.0, 0.1), (11.0, 4.0, 0.2), (22.0, 0.0, 0.05)])
def test_a_small_count_is_poisson_about_the_truth(mean, variance, width):
    law = truth(mean, variance, width)
    for value in (0, 2, 7, 19):
        by_hand, _ = integrate.quad(lambda x, value=value: stats.poisson.pmf(value, max(x, 0.0)) * law.pdf(x),
                                    law.ppf(1e-9), law.ppf(1 - 1e-9), points=[0.0], limit=200)
        assert np.exp(log(mean, variance, value=value, discrepancy=width)) == pytest.approx(by_hand, rel=0.02)


def test_a_small_share_of_n_is_binomial_about_the_truth():
    law = truth(0.1, 0.0, 0.2)
    for events in (0, 3, 8, 15):
        by_hand, _ = integrate.quad(lambda p, k=events: stats.binom.pmf(k, 60, np.clip(p, 0, 1)) * law.pdf(p), 0, 0.3)
        said = log(0.1, of="share", value=events / 60, among=60, discrepancy=0.2)
        assert np.exp(said) == pytest.approx(by_hand, rel=0.01)


def test_where_counts_grow_the_two_laws_meet():
    """The law of counts below the limit, and the normal one above it, differ by little at the limit."""
    for mean in (85, 100, 115):
        below, above = (log(mean, value=value, discrepancy=0.1) for value in (99, 100))
        law = stats.norm(mean, np.sqrt(mean + 0.01 * mean**2))
        assert below - above == pytest.approx(law.logpdf(99) - law.logpdf(100), abs=0.06)


@pytest.mark.parametrize("unit", [1.0, 50.0, 1000.0])
def test_the_chances_of_all_rounded_numbers_add_up_to_one(unit):
    total = sum(np.exp(log(4000, 90_000, value=value, rounded=unit)) for value in np.arange(0, 8001, unit))
    assert total == pytest.approx(1.0, abs=1e-6)


def test_far_rounded_numbers_keep_their_order():
    """A hundred standard deviations away there is still a nearer and a farther one."""
    far = [log(mean, value=4000, rounded=10, discrepancy=0.01) for mean in (9000, 12_000, 20_000)]
    assert np.isfinite(far).all()
    assert far == sorted(far, reverse=True)
    assert log(4000, value=0, rounded=10, discrepancy=0.001) < -1e3


def test_what_was_said_about_a_number_bounds_it():
    assert np.exp(log(400, value=300, said="more-than")) == pytest.approx(stats.norm.sf(300, 400, np.sqrt(2000)))
    assert np.exp(log(400, value=300, said="less-than")) == pytest.approx(stats.norm.cdf(300, 400, np.sqrt(2000)))
    almost = stats.norm(400, np.sqrt(2000))
    assert np.exp(log(400, value=420, said="almost")) == pytest.approx(almost.cdf(420) - almost.cdf(378))
    assert np.exp(log(400, value=420, said="about")) == pytest.approx(almost.cdf(441) - almost.cdf(399))


def test_what_cannot_be_told_is_not_likely():
    assert log(np.nan, of={"ratio": ["upheld", "appeals"]}, tier=None, value=0.2) == -np.inf


def test_implausibility_counts_standard_deviations():
    (one,) = likelihoods(figure(value=4000, rounded=100, discrepancy=0.1))
    mean = np.array([4000.0, 3950.0, 5000.0])
    off = one.implausibility(mean, np.zeros(3))
    assert off == pytest.approx([0, 0, (5000 - 4050) / np.sqrt(500**2 + 5000)])


# --- the emulator ---------------------------------------------------------------------------------------------------


def smooth(unit):
    return 1e5 * np.exp(2 * unit[:, 0] - unit[:, 1] * unit[:, 0] + 0.3 * np.sin(3 * unit[:, -1]))


def bent(unit):
    return 0.2 + 0.5 * unit[:, 0] * unit[:, 1] + 0.1 * np.abs(unit[:, -1] - 0.5)


@pytest.mark.parametrize("number", [smooth, bent])
@pytest.mark.parametrize("unknowns", [1, 3, 6])
def test_the_emulator_is_near_and_says_how_near(number, unknowns):
    if unknowns == 1:
        number = (lambda f: lambda u: f(np.repeat(u, 2, axis=1)))(number)
    at, there = sobol_points(unknowns, 96, 64), sobol_points(unknowns, 500, 512)
    made = emulator(at, number(at), drawn=False)
    mean, variance = made.predict(there)
    off = (number(there) - mean) / np.sqrt(variance)
    assert np.sqrt(np.mean((mean - number(there))**2)) < 0.1 * number(at).std()
    assert np.mean(np.abs(off) < 1.96) > 0.88
    assert made.error < 0.1


def test_chance_is_told_apart_from_the_number():
    rng = np.random.default_rng(1)
    at, there = sobol_points(3, 128, 64), sobol_points(3, 500, 512)
    made = emulator(at, smooth(at) * np.exp(0.1 * rng.standard_normal(128)), drawn=True)
    mean, variance = made.predict(there)
    assert np.sqrt(made.chance) == pytest.approx(0.1, abs=0.03)
    assert np.sqrt(made.chance_at(mean)) == pytest.approx(mean * np.sqrt(np.expm1(made.chance)))
    assert np.mean(np.abs(smooth(there) - mean) < 1.96 * np.sqrt(variance)) > 0.85
    assert np.sqrt(np.mean((mean / smooth(there) - 1)**2)) < 0.06


def test_residuals_that_are_left_out_are_those_of_fits_without_them():
    """At fixed lengths, by hand: the closed form of leaving one out is fitting without it."""
    at = sobol_points(2, 40, 64)
    made = emulator(at, bent(at), drawn=False)
    assert made.left_out.std() == pytest.approx(1.0, abs=0.6)
    again = emulator(at, bent(at), drawn=False)
    assert (made.left_out == again.left_out).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", [*range(12), 31, 39])
def test_a_number_that_goes_along_a_line_is_foretold_without_a_doubt(seed):
    """Rounding is all that is left, and a variance of residuals below none has no root."""
    luck = np.random.default_rng(seed)
    unknowns, runs = int(luck.integers(1, 9)), int(luck.choice([32, 64, 128]))
    points, slopes = luck.random((runs, unknowns)), luck.normal(size=unknowns)
    found = emulator(points, 3 + points @ slopes, drawn=False)
    assert np.isfinite(found.left_out).all()
    there = luck.random((50, unknowns))
    mean, variance = found.predict(there)
    assert (variance >= 0).all()
    assert (np.abs(mean - 3 - there @ slopes) <= 5 * np.sqrt(variance) + 1e-6).all()


def test_a_number_that_never_changes_and_one_that_cannot_be_told():
    at = sobol_points(2, 32, 64)
    mean, variance = emulator(at, np.full(32, 7.0), drawn=False).predict(at)
    assert (mean == 7.0).all()
    assert (variance == 0.0).all()
    holes = np.where(at[:, 0] < 0.3, np.nan, bent(at))
    mean, _ = emulator(at, holes, drawn=False).predict(at)
    assert np.isfinite(mean).all()
    with pytest.raises(ValueError, match="too few"):
        emulator(at[:5], bent(at[:5]), drawn=False)


# --- particles ------------------------------------------------------------------------------------------------------


def banana(unit):
    x, y = 6 * unit[:, 0] - 3, 6 * unit[:, 1] - 3
    return -0.5 * (x / 0.9)**2 - 0.5 * ((y - 0.7 * x**2 + 1) / 0.3)**2


def corner(unit):
    """Most of it against a wall, and impossible on one side."""
    return np.where(unit[:, 0] + unit[:, 1] > 1.6, -np.inf, -8 * unit[:, 0] - 40 * (unit[:, 1] - 0.2)**2)


def ridge(unit):
    """Narrow, aslant and up against two walls."""
    return -0.5 * ((unit[:, 0] + 0.5 * unit[:, 1] - 0.75) / 0.03)**2


@pytest.mark.parametrize("target", [banana, corner, ridge])
def test_particles_agree_with_a_fine_grid(target):
    axis = (np.arange(400) + 0.5) / 400
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.exp(target(grid))
    evidence, weights = np.log(weights.mean()), weights / weights.sum()
    mean = weights @ grid
    spread = np.sqrt(weights @ (grid - mean)**2)
    found = temper(target, 2, 2048, seed=3)
    assert np.abs(found.draws.mean(axis=0) - mean).max() < 0.15 * spread.min()
    assert found.draws.std(axis=0) == pytest.approx(spread, rel=0.1)
    assert found.evidence == pytest.approx(evidence, abs=0.15)
    assert 500 < found.effective <= 2048


@few_and_many("steps", 1500, 8000)
def test_particles_agree_with_emcee(steps):
    def inside(at):
        return np.where(((at > 0) & (at < 1)).all(axis=1), banana(at) - 30 * (at[:, 2] - at[:, 0])**2, -np.inf)

    rng = np.random.default_rng(5)
    sampler = emcee.EnsembleSampler(32, 3, inside, vectorize=True, moves=emcee.moves.DEMove())
    sampler.random_state = np.random.RandomState(5).get_state()
    sampler.run_mcmc(0.3 + 0.4 * rng.random((32, 3)), steps)
    chain = sampler.get_chain(discard=steps // 4, flat=True)
    found = temper(inside, 3, 2048, seed=1)
    assert np.abs(found.draws.mean(axis=0) - chain.mean(axis=0)).max() < 0.15 * chain.std(axis=0).min()
    assert found.draws.std(axis=0) == pytest.approx(chain.std(axis=0), rel=0.12)


def test_particles_are_a_function_of_the_seed():
    one, again, other = (temper(banana, 2, 256, seed=s) for s in (1, 1, 2))
    assert (one.draws == again.draws).all()
    assert (one.draws != other.draws).any()


def test_nothing_possible_is_said():
    with pytest.raises(ValueError, match="nothing"):
        temper(lambda u: np.full(len(u), -np.inf), 2, 64, seed=1)
