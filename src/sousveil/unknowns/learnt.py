"""What an inference came to, as rows: what was learnt of each unknown, what trades off, what figures were foretold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.sweep import sobol_points
from sousveil.draws import Purpose, uniforms
from sousveil.ground.numerals import number
from sousveil.unknowns.conflict import FAR, Conflict, words_of
from sousveil.unknowns.infer import Inferred

__all__ = ["Learnt", "Prediction", "Quality", "TradeOff", "in_words", "learnt", "predictions", "quality", "trade_offs"]

Floats = npt.NDArray[np.float64]

ENDS = (0.025, 0.5, 0.975)
"""Shares of the draws below the ends and the middle of what is told."""

TOGETHER = 0.5
"""Rank correlation from which two unknowns are said to trade off."""

STRAINED = 0.01
"""A figure is strained where the others give what was published, or farther off, less often than this."""

SAME = 1e-9
"""Relative errors up to this are rounding."""

PRIOR = 2048
"""Points of the ranges for what figures would have been without any."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What figures taught about one unknown.

    before         95 % of the draws from the range; low, middle, high: of those left, and their middle
    narrower       1 minus the width of those 95 %, as a share of what it was, both in shares of the law of the range
    """

    name: str
    path: str
    before: tuple[float, float]
    low: float
    middle: float
    high: float
    narrower: float


@dataclass(frozen=True, slots=True)
class TradeOff:
    """Two unknowns that figures tell together, not apart: Spearman's correlation of their draws."""

    one: str
    other: str
    correlation: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """A figure: as published, and 95 % of what could have been published under the ranges, all figures, and the others.

    between   what the printed number can have been before it was rounded
    tail      how often the others give what was published or farther off; nan where there are no others
    cite, mark  its source
    """

    name: str
    value: float
    between: tuple[float, float]
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    others: tuple[float, float, float] | None
    tail: float
    cite: str
    mark: str

    @property
    def strained(self) -> bool:
        """Whether the other figures hardly give it."""
        return self.tail < STRAINED


@dataclass(frozen=True, slots=True)
class Quality:
    """How near the emulator of a figure was to runs that it had not seen: at draws from the posterior.

    error    root mean square of the relative error; within: share of runs inside its 95 % interval; runs: how many
    chance   relative standard deviation of one run by chance; 0 for expectations
    """

    name: str
    error: float
    within: float
    runs: int
    chance: float


def learnt(found: Inferred) -> tuple[Learnt, ...]:
    """What was learnt of every unknown, the most first."""
    rows = []
    for i, unknown in enumerate(found.evidence.unknowns):
        at = found.posterior.draws[:, i]
        low, middle, high = np.quantile(at, ENDS)
        ends = unknown.at(np.array([low, middle, high, ENDS[0], ENDS[2]]))
        narrower = max(0.0, 1.0 - (high - low) / (ENDS[2] - ENDS[0]))
        rows.append(Learnt(unknown.name, unknown.path, (float(ends[3]), float(ends[4])), float(ends[0]), float(ends[1]),
                           float(ends[2]), float(narrower)))
    return tuple(sorted(rows, key=lambda row: -row.narrower))


def trade_offs(found: Inferred) -> tuple[TradeOff, ...]:
    """Pairs of unknowns that trade off, the closest first."""
    ranks = found.posterior.draws.argsort(axis=0).argsort(axis=0)
    many = np.atleast_2d(np.corrcoef(ranks, rowvar=False))
    names = [u.name for u in found.evidence.unknowns]
    pairs = [TradeOff(names[i], names[j], float(many[i, j])) for i in range(len(names)) for j in range(i)
             if abs(many[i, j]) >= TOGETHER]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.correlation)))


def predictions(found: Inferred) -> tuple[Prediction, ...]:
    """Every figure as published, and as it could have been published, in the order of the file."""
    prior = _printed(found, sobol_points(len(found.evidence.unknowns), PRIOR, PRIOR))
    after = _printed(found, found.posterior.draws)
    rows = []
    for j, (name, one) in enumerate(zip(found.evidence.names, found.evidence.given, strict=True)):
        figure = found.evidence.figures.figures[name]
        others, tail = None, float("nan")
        if name in found.left_out:
            drawn = _printed(found, found.left_out[name].draws)[:, j]
            others, tail = _ends(drawn), _tail(drawn, one.low, one.high)
        rows.append(Prediction(name, one.value, (one.low, one.high), _ends(prior[:, j]), _ends(after[:, j]), others,
                               tail, figure.cite, figure.mark))
    return tuple(rows)


def quality(found: Inferred) -> tuple[Quality, ...]:
    """How near every emulator was to the runs at the draws, none of which it had seen."""
    figures = len(found.evidence.names)
    plain, none = found.drawn.numbers[:, :figures], np.zeros((len(found.picked), figures))
    true, _ = found.evidence.about(found.picked, plain, none)
    mean, variance = found.believed.predicted(found.picked)
    rows = []
    for j, (name, emulator) in enumerate(zip(found.evidence.names, found.believed.emulators, strict=True)):
        known = np.isfinite(true[:, j])
        at = emulator.predict(found.picked[:, :len(found.evidence.free)])[0]
        chance = np.divide(emulator.chance_at(at), at**2, out=np.zeros(len(at)), where=at != 0)[known]
        off = true[known, j] - mean[known, j]
        foretold = mean[known, j]
        inside = np.abs(off) <= 1.96 * np.sqrt(variance[known, j] + chance * foretold**2) + SAME * np.abs(foretold)
        error = np.divide(off, mean[known, j], out=np.zeros(len(off)), where=mean[known, j] != 0)
        rows.append(Quality(name, float(np.sqrt(np.mean(error**2))), float(inside.mean()), int(known.sum()),
                            float(np.sqrt(chance.mean()))))
    return tuple(rows)


def in_words(apart: Conflict, names: Sequence[str], strained: Sequence[Prediction] = ()) -> str:
    """Whether figures can be true together, as sentences."""
    often = f"figures drawn from this model disagree as much {_times(apart.chance)}"
    if not apart.there:
        told = [f"Values within the ranges give {'the figure' if len(names) == 1 else f'all {len(names)} figures'}."]
        told += [f"But {words_of([p.name])} is strained: the others give what was published, or farther off, "
                 f"{_times(p.tail)}." for p in strained]
        return " ".join(told)
    every = "the figure" if len(names) == 1 else f"all {len(names)} figures"
    gives = f"no values within the ranges give {every}" if apart.nearest > FAR else \
        f"values within the ranges hardly give {every}"
    said = [f"Conflict: {gives}; at the nearest, one is {apart.nearest:.1f} standard deviations off."]
    if apart.alone:
        be = "is" if len(apart.alone) == 1 else "are"
        said.append(f"{words_of(apart.alone)} {be} out of reach whatever becomes of the others: the ranges, or the "
                    "rules as they are written down, are wrong about it.")
    said += [f"Without {words_of(out)} they do." for out in apart.without]
    if not apart.alone and not apart.without:
        said.append("Not even without two of them.")
    return " ".join([*said, f"By chance, {often}."])


def _times(chance: float) -> str:
    return "less than once in 100 times" if chance < 0.01 else f"{number(100 * chance, 0)} in 100 times"


def _printed(found: Inferred, unit: Floats) -> Floats:
    """float64[P, F]: what could have been published at points, one draw each."""
    from sousveil.ground.special import ndtri

    mean, variance = found.believed.predicted(unit)
    count, figures = mean.shape
    drawn = uniforms(found.study.seed, np.arange(count)[:, None], 0, Purpose.PREDICTED,
                     np.arange(-(-figures // 2))[None, :]).reshape(count, -1)
    normal = ndtri(drawn)
    return np.stack([one.printed(mean[:, j], variance[:, j], normal[:, j])
                     for j, one in enumerate(found.evidence.given)], axis=1)


def _ends(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.nanquantile(values, ENDS).tolist()
    return low, middle, high


def _tail(drawn: Floats, low: float, high: float) -> float:
    """The smaller share of draws on one side of what was published, twice: 1 where it lies in the middle."""
    below, above = float(np.mean(drawn < low)), float(np.mean(drawn > high))
    return min(1.0, 2.0 * min(1.0 - below, 1.0 - above))
