"""What a number would tell: on laws where the answer is known, and against what is learnt when it comes."""

from __future__ import annotations

import numpy as np
import pytest

from sousveil.comparisons.sweep import sobol_points
from sousveil.unknowns.ask import shrinkage
from sousveil.unknowns.publishable import publishable
from sousveil.unknowns.waves import Carrier
from test_infer import random_study, sousveil_unknowns

SCHEMES = 50


def drawn(count, seed=1):
    return np.random.default_rng(seed).standard_normal((2, count))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_of_two_normal_numbers_it_is_the_square_of_their_correlation(share):
    found = []
    for seed in range(20):
        x, other = drawn(256, seed)
        y = 100 + x
        h = np.sqrt(share) * x + np.sqrt(1 - share) * other
        found.append(shrinkage(h, y, 1e-6, seed))
    assert np.mean([f[0] for f in found]) == pytest.approx(share, abs=0.03)
    assert sum(low - 1e-9 <= share <= high + 1e-9 for _, low, high in found) >= 16


def test_noise_in_what_is_published_tells_less():
    x, _ = drawn(512)
    y = 100 + 10 * x
    told = [shrinkage(x, y, within, 1)[0] for within in (1e-6, 0.1, 0.3)]
    assert told[0] > 0.99
    assert told[1] == pytest.approx(0.5, abs=0.06)  # the noise has the variance of the number
    assert told[2] == pytest.approx(0.1, abs=0.06)


def test_a_bent_relation_tells_all_the_same():
    x, _ = drawn(256)
    assert shrinkage(x**2, np.exp(x), 1e-6, 1)[0] > 0.97


def test_what_never_changes_or_cannot_be_told_tells_nothing():
    x, y = drawn(64)
    assert shrinkage(x, np.full(64, 3.0), 0.1, 1) == (0.0, 0.0, 0.0)
    assert shrinkage(np.full(64, 3.0), y, 0.1, 1) == (0.0, 0.0, 0.0)
    holes = np.where(np.arange(64) < 50, np.nan, y)
    assert shrinkage(x, holes, 0.1, 1) == (0.0, 0.0, 0.0)


@pytest.mark.long
def test_what_was_foretold_is_the_average_that_comes():
    """Fifty random schemes, thirty truths each: a number is published with its noise, and the harm is weighed again by
    Bayes' rule over 256 other points. What was foretold goes with what comes at 0.9 or more, with a bias under 10 %.
    """
    foretold, came = [], []
    for seed in range(SCHEMES):
        study = random_study(seed)
        every = publishable(study)
        names = ("share-low", "share-high-B", "entries-low", "wronged")
        looked = {name: every[name] for name in names if name in every}
        carrier = Carrier(study, sousveil_unknowns(study), looked)
        points, more = 128, 256 + 30
        wave = carrier.carried(sobol_points(len(carrier.unknowns), points + more, 64), "Points")
        harm = wave.numbers[:, 0]
        if harm.std() < 1e-6:
            continue
        rng = np.random.default_rng(seed)
        for j in range(1, len(looked)):
            y = wave.numbers[:, j]
            if np.ptp(y) <= 0:
                continue
            foretold.append(shrinkage(harm[:points], y[:points], 0.1, seed)[0])
            there, truths = slice(points, points + 256), slice(points + 256, None)
            spread = np.maximum(0.1 * y[there], 1e-12)
            left = []
            for true in y[truths]:
                seen = true * (1 + 0.1 * rng.standard_normal())
                log = -0.5 * ((seen - y[there]) / spread)**2 - np.log(spread)
                weights = np.exp(log - log.max())
                weights /= weights.sum()
                mean = weights @ harm[there]
                # The mean is of the same points, and where a number tells much only few of them have any weight.
                left.append(weights @ (harm[there] - mean)**2 / (1 - weights @ weights))
            came.append(1 - np.mean(left) / harm.var())
    off = np.array(foretold) - np.array(came)
    assert len(off) >= 2 * SCHEMES
    assert np.corrcoef(foretold, came)[0, 1] >= 0.9
    assert abs(off.mean()) <= 0.1 * np.mean(came)
