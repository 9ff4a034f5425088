"""Jump laws: what a step does to a score, as a law on the whole numbers (MODEL.md section 3).

After thinning, the records of one kind and one cause that land on a person are Poisson (or Bernoulli, for a kind given
as a chance), independent of all others, and worth a fixed number of points each, up to the kind's cap. Their sum is one
law. It is compiled once for every (cell, tier); afterwards a step costs the same however many kinds a scheme watches.

Kinds are convolved one by one on the whole numbers: sums of products of probabilities, so no term is ever negative and
nothing wraps around. Tails below 1e-16 are cut; what is cut is counted in `lost`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Laws", "compound", "most_records", "own_laws", "own_laws_by", "records", "thinned"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CUT = 1e-16


@dataclass(frozen=True, slots=True, eq=False)
class Laws:
    """Laws on the whole numbers, each distinct one stored once.

    which   int64[...]: which law holds for an index, for own laws (cell, tier)
    first   the jump of the first column
    pmf     float64[L, width]: probabilities of first, first + 1, ...
    lost    float64[L]: mass that was cut, at most 1e-12
    """

    which: Ints
    first: int
    pmf: Floats
    lost: Floats

    @property
    def jumps(self) -> Ints:
        """int64[width]: the jump of each column."""
        return np.arange(self.first, self.first + self.pmf.shape[1])


def own_laws(own: Floats, weight: Ints, at_most: Ints, once: npt.NDArray[np.bool_],
             stay: Floats | None = None) -> Laws:
    """Laws of the points of a person's own records: own is [C, T, K], the rest [K].

    stay    float64[C, K], the chance that a record that counts is not undone at once; None: all stay
    """
    if stay is None:
        return own_laws_by(own, [weight], at_most, once)[0]
    c, t, k = own.shape
    both = np.concatenate([own, np.broadcast_to(stay[:, None], own.shape)], axis=2).reshape(c * t, 2 * k)
    found, which = np.unique(both, axis=0, return_inverse=True)
    first, pmf = compound(found[:, :k], weight, at_most, once, found[:, k:])
    return Laws(which.reshape(c, t).astype(np.int64), first, pmf, 1.0 - pmf.sum(axis=1))


def own_laws_by(own: Floats, weights: Sequence[Ints], at_most: Ints, once: npt.NDArray[np.bool_]) -> list[Laws]:
    """The same for several weightings of the kinds: debits alone, say, and credits alone."""
    c, t, k = own.shape
    rates, which = np.unique(own.reshape(c * t, k), axis=0, return_inverse=True)
    laws = []
    for weight in weights:
        first, pmf = compound(rates, weight, at_most, once)
        laws.append(Laws(which.reshape(c, t).astype(np.int64), first, pmf, 1.0 - pmf.sum(axis=1)))
    return laws


def compound(rates: Floats, weight: Ints, at_most: Ints, once: npt.NDArray[np.bool_],
             stay: Floats | None = None) -> tuple[int, Floats]:
    """Law of the sum over kinds of weight x records, for each row of rates [L, K]: (first jump, float64[L, width]).

    stay    float64[L, K], the chance that a record that counts stays; None: all do
    """
    from sousveil.engine import kernels

    first, law = 0, np.ones((len(rates), 1))
    for k, w in enumerate(weight.tolist()):
        if w == 0 or not rates[:, k].any():
            continue
        counts = records(rates[:, k], int(at_most[k]), bool(once[k]))
        counts = counts if stay is None else thinned(counts, stay[:, k])
        wider = np.zeros((len(rates), law.shape[1] + abs(w) * (counts.shape[1] - 1)))
        kernels.spread(np.ascontiguousarray(law), np.ascontiguousarray(counts), w, wider)
        first, law = _trimmed(first + min(0, w) * (counts.shape[1] - 1), wider)
    return first, law


def records(rate: Floats, at_most: int, once: bool) -> Floats:
    """Law of the records of one kind that count in a step: float64[L, n+1] for 0 .. n records.

    rate     float64[L]: mean records (Poisson), or the chance of the one record (`once`)
    at_most  cap, which takes the mass of everything above it; 0: none
    """
    if once:
        return np.stack([1.0 - rate, rate], axis=1)
    from sousveil.ground.special import gammaln, pdtrc, xlogy

    top = most_records(float(rate.max()), 0, False)
    n = np.arange(top + 1)
    law = np.exp(xlogy(n, rate[:, None]) - rate[:, None] - gammaln(n + 1.0))
    if at_most and at_most < top:
        capped = law[:, :at_most + 1].copy()
        capped[:, at_most] = pdtrc(at_most - 1, rate)
        return np.asarray(capped)
    return np.asarray(law)


def thinned(counts: Floats, stay: Floats) -> Floats:
    """Laws of how many of so many records stay, [L, n+1], where each does with the chance of its row, stay [L]."""
    found: Floats = np.zeros_like(counts)
    for n in range(counts.shape[1] - 1, -1, -1):  # Horner's rule: one more record stays or not
        found[:, 1:] = (1.0 - stay[:, None]) * found[:, 1:] + stay[:, None] * found[:, :-1]
        found[:, 0] = (1.0 - stay) * found[:, 0] + counts[:, n]
    return found


def most_records(rate: float, at_most: int, once: bool) -> int:
    """How many records of one kind a law reaches to, at this mean: more are next to impossible, or above the cap."""
    from sousveil.ground.special import pdtrc

    if once:
        return 1
    top = int(np.argmax(pdtrc(np.arange(int(rate + 12.0 * rate**0.5) + 50), rate) < _CUT)) + 1
    return min(top, at_most) if at_most else top


def _trimmed(first: int, law: Floats) -> tuple[int, Floats]:
    """Cut columns at both ends that no law reaches with a probability that matters."""
    worst = law.max(axis=0)
    low = int(np.searchsorted(np.cumsum(worst), _CUT))
    high = len(worst) - int(np.searchsorted(np.cumsum(worst[::-1]), _CUT))
    return first + low, law[:, low:max(high, low + 1)]
