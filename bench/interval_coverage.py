"""How often 95 % intervals over a few seeds hold the truth, and how wide they are: several methods beside each other.

    python bench/interval_coverage.py            normal and skewed laws: about three minutes
    python bench/interval_coverage.py --shares   also shares in a small study, 200 seeds: about five minutes more

A line is a method: of 100 intervals, how many hold the mean, for each law; in brackets the median width and the width
that one in ten exceeds, in standard errors. Plain resamples of up to five seeds are all there are, by their weights.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from sousveil.comparisons.bootstrap import bootstrap
from sousveil.comparisons.why import why
from sousveil.comparisons.worlds import CAUSES
from sousveil.studies.study import load

SEEDS = (2, 3, 5, 10, 20)
STUDIES = 4_000
LAWS: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], np.ndarray], float]] = {
    "normal": (lambda r, shape: r.standard_normal(shape), 0.0),
    "exponential": (lambda r, shape: r.standard_exponential(shape), 1.0),
    "lognormal": (lambda r, shape: np.exp(r.standard_normal(shape)), math.exp(0.5)),
}
Ends = tuple[np.ndarray, np.ndarray]


def resamples(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How often each seed is drawn, [resamples, n], and how likely that is."""
    if n > 5:
        return rng.multinomial(n, np.full(n, 1 / n), 4_000).astype(float), np.full(4_000, 1 / 4_000)
    counts = np.array([k for k in itertools.product(range(n + 1), repeat=n) if sum(k) == n], dtype=float)
    ways = np.array([math.factorial(n) / math.prod(math.factorial(int(k)) for k in row) for row in counts])
    return counts, ways / n**n


def quantile(values: np.ndarray, weights: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """The smallest value that at least this share lies at or below, for every row."""
    order = np.argsort(values, axis=1)
    share = np.cumsum(weights[order], axis=1)
    place = (share < np.broadcast_to(at, len(values))[:, None] - 1e-12).sum(axis=1)
    rows = np.arange(len(values))
    return np.asarray(values[rows, order[rows, np.minimum(place, values.shape[1] - 1)]])


def plain(seen: np.ndarray, rng: np.random.Generator) -> dict[str, Ends]:
    """Student's t, and the bootstraps that draw the seeds themselves. `seen` is [studies, seeds]."""
    n = seen.shape[1]
    counts, weights = resamples(n, rng)
    mean, spread = seen.mean(axis=1), seen.std(axis=1, ddof=1)
    error, off = spread / math.sqrt(n), seen - mean[:, None]
    means = off @ counts.T / n
    variance = np.maximum(off**2 @ counts.T / n - means**2, 0) * n / (n - 1)
    t = stdtrit(n - 1, 0.975)
    tail = ndtr(-math.sqrt(n / (n - 1)) * t)
    lean = ndtri(np.clip((means < -1e-12) @ weights + 0.5 * (np.abs(means) <= 1e-12) @ weights, 1e-9, 1 - 1e-9))
    pull = (off**3).sum(axis=1) / np.maximum(6 * (off**2).sum(axis=1)**1.5, 1e-300)
    bca = [ndtr(lean + (lean + z) / (1 - pull * (lean + z))) for z in (-1.96, 1.96)]
    none = variance <= 1e-18 * spread[:, None]**2
    studentised = np.where(none, np.sign(means) * 1e9, means / np.sqrt(np.where(none, 1, variance) / n))
    return {"Student's t": (mean - t * error, mean + t * error),
            "percentile": (mean + quantile(means, weights, 0.025), mean + quantile(means, weights, 0.975)),
            "percentile, expanded": (mean + quantile(means, weights, tail), mean + quantile(means, weights, 1 - tail)),
            "BCa": (mean + quantile(means, weights, bca[0]), mean + quantile(means, weights, bca[1])),
            "bootstrap-t": (mean - error * quantile(studentised, weights, 0.975),
                            mean - error * quantile(studentised, weights, 0.025))}


def told(ends: Ends, truth: float, error: np.ndarray) -> str:
    low, high = ends
    middle, wide = np.quantile((high - low)[error > 0] / error[error > 0], [0.5, 0.9])
    widths = " / ".join("no end" if w > 1e6 else f"{w:.1f}" for w in (middle, wide))
    return f"{100 * np.mean((low <= truth) & (truth <= high)):5.1f} ({widths})"


def beside(drawn: dict[str, tuple[Callable[[int], np.ndarray], float]]) -> None:
    """Print a table for every number of seeds."""
    rng = np.random.default_rng(1)
    for n in SEEDS:
        lines: dict[str, list[str]] = {}
        for draw, truth in drawn.values():
            seen = draw(n)
            error = seen.std(axis=1, ddof=1) / math.sqrt(n)
            methods = plain(seen, rng) | {"bootstrap-t, smoothed": bootstrap(seen.T, n)}
            for name, ends in methods.items():
                lines.setdefault(name, []).append(told(ends, truth, error))
        print(f"\n{n} seeds".ljust(24) + "".join(name.rjust(24) for name in drawn))
        for name, cells in lines.items():
            print(name.ljust(23) + "".join(cell.rjust(24) for cell in cells), flush=True)


def laws() -> None:
    rng = np.random.default_rng(2)
    beside({name: (lambda n, draw=draw: draw(rng, (STUDIES, n)), truth) for name, (draw, truth) in LAWS.items()})


def shares() -> None:
    """Sets of seeds taken from 200 of a small study; the truth is the mean of all."""
    found = why(load("seed-article"), between=("A", "B"), people=2_000, steps=24, seeds=200, engine="agents")
    rng = np.random.default_rng(3)
    known = {CAUSES[i]: found.shares[:, i] for i in range(len(CAUSES)) if np.ptp(found.shares[:, i]) > 0}
    beside({name: (lambda n, x=x: np.stack([rng.permutation(x)[:n] for _ in range(STUDIES)]), float(x.mean()))
            for name, x in known.items()})


if __name__ == "__main__":
    laws()
    if "--shares" in sys.argv[1:]:
        shares()
