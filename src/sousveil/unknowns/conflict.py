"""Whether figures can be true together, whatever is not published; and if not, which of them stands in the way.

A figure is out of reach at a point where it is more than three standard deviations off: Pukelsheim's rule, by which at
most 5 of 100 draws of any law with one peak lie that far out (The American Statistician 48, 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sousveil.draws import Purpose, uniforms
from sousveil.unknowns.evidence import Believed
from sousveil.unknowns.likelihoods import Likelihood

__all__ = ["FAR", "RARE", "Conflict", "conflict", "words_of"]

Floats = npt.NDArray[np.float64]

FAR = 3.0
"""Standard deviations beyond which a point is dropped."""

AGAIN = 400
"""How often figures are drawn from the model, to see how much they disagree by chance."""

RARE = 0.01
"""Figures that disagree as much less often than this are in conflict: so often a conflict is found where none is."""

LEFT_OUT = 2
"""Figures that are left out together, at most, to see whether the rest can be given."""

Sets = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What stands in the way of all figures being true.

    nearest   the least, over all points, of how far off the worst figure is, in standard deviations
    alone     figures that no point gives, whatever becomes of the others
    without   sets of figures, each the smallest without which the rest can be given; none where there is no conflict
    chance    the share of sets of figures drawn from the model, over the ranges, that disagree as much
    """

    nearest: float
    alone: tuple[str, ...]
    without: tuple[tuple[str, ...], ...]
    chance: float

    @property
    def there(self) -> bool:
        """Whether there is a conflict at all."""
        return self.nearest > FAR or self.chance < RARE


def conflict(believed: Believed, prior: Floats, near: Floats, seed: int) -> Conflict:
    """The conflict among figures.

    prior   float64[P, d]: points of the ranges; near: points where figures are likely, which are looked at too
    """
    names = believed.evidence.names
    off = believed.implausibility(np.concatenate([prior, near]))
    sets = [out for size in range(min(LEFT_OUT + 1, len(names))) for out in combinations(range(len(names)), size)]
    nearest = _nearest(off, sets)
    chance = np.mean(_by_chance(believed, prior, seed, sets) >= nearest, axis=0)
    there = nearest[0] > FAR or chance[0] < RARE
    fine = [out for out, far, often in zip(sets, nearest, chance, strict=True) if far <= FAR and often >= RARE and out]
    least = min(map(len, fine), default=0)
    alone = tuple(name for j, name in enumerate(names) if off[:, j].min() > FAR)
    return Conflict(float(nearest[0]), alone, tuple(
        tuple(names[j] for j in out) for out in fine if len(out) == least and there), float(chance[0]))


def _nearest(off: Floats, sets: Sets) -> Floats:
    """float64[S]: how far off the worst figure is at the nearest point, of those that a set does not leave out."""
    keep = [[j for j in range(off.shape[1]) if j not in out] for out in sets]
    return np.array([off[:, kept].max(axis=1).min() for kept in keep])


def _by_chance(believed: Believed, prior: Floats, seed: int, sets: Sets) -> Floats:
    """float64[AGAIN, S]: the same, of figures that are drawn from the model over the ranges."""
    from sousveil.ground.special import ndtri

    mean, variance = believed.predicted(prior)
    known = np.isfinite(mean).all(axis=1)
    mean, variance = mean[known], variance[known]
    blocks = np.arange(1 + mean.shape[1] // 2)
    drawn = uniforms(seed, np.arange(AGAIN)[:, None], 1, Purpose.CONFLICT, blocks[None, :]).reshape(AGAIN, -1)
    picked = np.minimum((drawn[:, 0] * len(mean)).astype(np.int64), len(mean) - 1)
    found = np.empty((AGAIN, len(sets)))
    for i, (at, row) in enumerate(zip(picked, ndtri(drawn[:, 1:]), strict=True)):
        again = [_printed(one, mean[at, j], variance[at, j], row[j]) for j, one in enumerate(believed.evidence.given)]
        off = np.stack([one.implausibility(mean[:, j], variance[:, j]) for j, one in enumerate(again)], axis=1)
        found[i] = _nearest(off, sets)
    return found


def _printed(one: Likelihood, mean: float, variance: float, normal: float) -> Likelihood:
    """The figure as it would be printed had this been drawn: as wide as it is, elsewhere."""
    value = float(one.printed(np.array([mean]), np.array([variance]), np.array([normal]))[0])
    return replace(one, value=value, low=value + (one.low - one.value), high=value + (one.high - one.value))


def words_of(names: Sequence[str]) -> str:
    """Names of figures in a sentence: “stock” and “flights”."""
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
