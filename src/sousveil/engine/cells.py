"""From shares to cells: how many synthetic people of every kind there are (MODEL.md section 2)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.errors import InputError
from sousveil.studies.frozen import Value
from sousveil.studies.population import Population
from sousveil.studies.population_fields import Frailty

__all__ = ["Cells", "Left", "Unfit", "build", "chances", "frailty_classes", "integer_sizes", "left", "share_of",
           "split"]

_ROUNDS, _CLOSE = 2000, 1e-12


@dataclass(frozen=True, slots=True)
class Unfit:
    """A margin that fitting could not meet: by how much its worst share is off."""

    over: tuple[str, ...]
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Cells(Value):
    """Cells in order of district, group, strata, frailty class.

    labels    names of the dimensions: ("group", "district", *strata), then what gates ask for (`split`)
    names     label -> its names, in the order of the file
    code      int64[C, len(labels)], index into names
    frailty   float64[C], factor on rates
    likely    float64[C], share of the frailty class among people who are alike in all labels
    share     float64[C], adds up to one
    unfit     margins that could not be met
    """

    labels: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    code: npt.NDArray[np.int64]
    frailty: npt.NDArray[np.float64]
    likely: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    unfit: tuple[Unfit, ...] = ()

    def __len__(self) -> int:
        return len(self.share)

    @property
    def classes(self) -> int:
        """How many frailty classes there are: cells that are alike in all labels, one after the other."""
        return int((self.code == self.code[0]).all(axis=1).sum())

    def of(self, cell: int) -> dict[str, str]:
        """label -> name for one cell."""
        return {label: self.names[label][i] for label, i in zip(self.labels, self.code[cell], strict=True)}


def build(population: Population) -> Cells:
    """The cells of a population; those of share zero are left out.

    Raises InputError when the shares of some combination do not add up to one.
    """
    tables = {"group": population.groups, "district": population.districts, **population.strata}
    names = {label: tuple(table) for label, table in tables.items()}
    labels = tuple(tables)
    shares = np.zeros([len(n) for n in names.values()])
    for index in itertools.product(*(range(len(n)) for n in names.values())):
        here = {label: names[label][i] for label, i in zip(labels, index, strict=True)}
        shares[index] = np.prod([share_of(tables[label], label, here) for label in labels])
    unfit: tuple[Unfit, ...] = ()
    if population.margins:
        shares, unfit = _fit(shares, labels, names, population)
    factors, likely = frailty_classes(population.frailty)
    order = [labels.index("district"), labels.index("group"), *range(2, len(labels))]
    code = np.array(list(itertools.product(*(range(len(names[labels[axis]])) for axis in order))), dtype=np.int64)
    code = code[:, np.argsort(order)]
    flat = shares[tuple(code.T)]
    code, flat = code[flat > 0], flat[flat > 0]
    q = len(factors)
    return Cells(labels, names, np.repeat(code, q, axis=0), np.tile(factors, len(code)),
                 np.tile(likely, len(code)), (flat[:, None] * likely).reshape(-1), unfit)


def split(cells: Cells, levels: Mapping[str, tuple[str, ...]],
          shares: Sequence[Mapping[tuple[str, ...], float]]) -> Cells:
    """The cells, each cut by what gates ask for: characteristics and marks, which are labels from here on.

    levels   name -> its levels; shares   per cell: levels, one of each, -> share of the cell's people
    """
    kept = [[(key, share) for key, share in of.items() if share > 0] for of in shares]
    classes = cells.classes
    order = [(c, key, share) for first in range(0, len(cells), classes) for key, _ in kept[first]
             for c in range(first, first + classes) for share in [dict(kept[c])[key]]]
    where = np.array([c for c, _, _ in order])
    more = np.array([[levels[name].index(level) for name, level in zip(levels, key, strict=True)]
                     for _, key, _ in order], dtype=np.int64)
    return replace(cells, labels=(*cells.labels, *levels), names={**cells.names, **levels},
                   code=np.concatenate([cells.code[where], more], axis=1), frailty=cells.frailty[where],
                   likely=cells.likely[where], share=cells.share[where] * [share for _, _, share in order])


def frailty_classes(frailty: Frailty | None) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Q classes of a Gamma of mean 1: the mean of each and its share, float64[Q] each; they average to 1.

    The edges lie so that the variance lost within classes is least for a given Q, when Q is large: the density of the
    classes is the cube root of the Gamma's, which is a Gamma again (Panter and Dite 1951). So classes grow rarer
    towards the top, where few people have most of the records.
    """
    if frailty is None or frailty.classes == 1:
        return np.ones(1), np.ones(1)
    from sousveil.ground.special import gammainc, gammaincinv

    a, q = frailty.shape.at({}), frailty.classes
    edges = np.concatenate([[0.0], 3.0 * gammaincinv((a + 2.0) / 3.0, np.arange(1, q) / q), [np.inf]])
    share = np.diff(gammainc(a, edges))
    return np.diff(gammainc(a + 1.0, edges)) / share, share


class Left(NamedTuple):
    """What cutting frailty into classes leaves of it.

    classes      how many; spread: share of the variance of the Gamma that lies between them
    top, law_top   share of all acts that the most inclined hundredth of people do: of the classes, and of the Gamma
    """

    classes: int
    spread: float
    top: float
    law_top: float


def left(frailty: Frailty | None) -> Left | None:
    """What the classes leave of how unlike people are; None where all are alike."""
    if frailty is None or frailty.classes == 1:
        return None
    from sousveil.ground.special import gammainc, gammaincinv

    factors, share = frailty_classes(frailty)
    a = frailty.shape.at({})
    above = np.cumsum(share[::-1])[::-1]
    of_top = np.clip(0.01 - np.append(above[1:], 0.0), 0.0, share)
    return Left(frailty.classes, float((share * (factors - 1.0)**2).sum()) * a, float((of_top * factors).sum()),
                float(1.0 - gammainc(a + 1.0, gammaincinv(a, 0.99))))


def chances(chance: float, frailty: npt.NDArray[np.float64],
            likely: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The chance of each class, as unequal as frailty makes it while none passes 1 and their mean stays `chance`.

    float64[Q]: min(1, x frailty), with the x at which the mean over `likely`, the shares of the classes, is `chance`.
    """
    order = np.argsort(-frailty)
    certain = np.concatenate([[0.0], np.cumsum(likely[order])])[:-1]
    rest = np.cumsum((likely * frailty)[order][::-1])[::-1]
    factor = (chance - certain) / rest
    # The first classes act for certain; from the first one on that does not, all are in proportion.
    first = int(np.argmax((factor * frailty[order] <= 1.0) | (np.arange(len(order)) == len(order) - 1)))
    found = np.ones(len(order))
    found[order[first:]] = np.minimum(1.0, factor[first] * frailty[order[first:]])
    return found


def integer_sizes(share: npt.NDArray[np.float64], people: int, turn: float) -> npt.NDArray[np.int64]:
    """Whole numbers that add up to `people`, each less than one away from its share of them: int64[n].

    So is the sum over any run of neighbours. Over a `turn` that is uniform in [0, 1) the mean of each number is what
    its share says (systematic sampling, Madow 1944): no rounding is shared by all replicates of a run.
    """
    if len(share) == 0 or people == 0:
        return np.zeros(len(share), dtype=np.int64)
    # Rounded, so that sums that are whole in the file stay whole in binary.
    reached = np.round(np.cumsum(share) / share.sum() * people, 6)
    reached[-1] = people
    return np.asarray(np.diff(np.minimum(people, np.floor(reached + turn)), prepend=0.0), dtype=np.int64)


def share_of(table: Mapping[str, Any], label: str, here: Mapping[str, str]) -> float:
    """The share of who has the name `here[label]`, among people with the other labels of `here`. Raises InputError."""
    given = {name: share.at(here) for name, share in table.items() if share != "rest"}
    total = sum(given.values())
    if len(given) < len(table):
        if total > 1.0 + 1e-9:
            raise InputError(f"the shares of {label} add up to {total:.6g} before the rest, for {dict(here)}")
        return float(given.get(here[label], max(0.0, 1.0 - total)))
    if abs(total - 1.0) > 1e-6:
        raise InputError(f"the shares of {label} add up to {total:.6g}, not 1, for {dict(here)}")
    return float(given[here[label]] / total)


def _fit(shares: npt.NDArray[np.float64], labels: tuple[str, ...], names: Mapping[str, tuple[str, ...]],
         population: Population) -> tuple[npt.NDArray[np.float64], tuple[Unfit, ...]]:
    """Iterative proportional fitting (Deming and Stephan 1940): the cells nearest to `shares` that have the margins."""
    targets = []
    for margin in population.margins:
        axes = tuple(labels.index(label) for label in margin.over)
        target = np.zeros([len(names[label]) for label in margin.over])
        for index in itertools.product(*(range(n) for n in target.shape)):
            value: Any = margin.shares
            for label, i in zip(margin.over, index, strict=True):
                value = value.get(names[label][i], 0.0) if isinstance(value, Mapping) else 0.0
            target[index] = float(value)
        if abs(target.sum() - 1.0) > 1e-6:
            raise InputError(f"the margin over {', '.join(margin.over)} adds up to {target.sum():.6g}, not 1")
        order = np.argsort(axes)
        targets.append((margin.over, tuple(sorted(axes)), np.transpose(target / target.sum(), order)))
    fitted = shares.copy()
    for _ in range(_ROUNDS):
        for _, axes, target in targets:
            fitted *= _spread(np.divide(target, _margin(fitted, axes), out=np.zeros_like(target),
                                        where=_margin(fitted, axes) > 0), axes, fitted.ndim)
        if max(np.abs(_margin(fitted, axes) - target).max() for _, axes, target in targets) < _CLOSE:
            break
    errors = [(over, float(np.abs(_margin(fitted, axes) - target).max())) for over, axes, target in targets]
    return fitted / fitted.sum(), tuple(Unfit(over, error) for over, error in errors if error > 1e-9)


def _margin(table: npt.NDArray[np.float64], axes: tuple[int, ...]) -> npt.NDArray[np.float64]:
    return np.asarray(table.sum(axis=tuple(a for a in range(table.ndim) if a not in axes)))


def _spread(margin: npt.NDArray[np.float64], axes: tuple[int, ...], ndim: int) -> npt.NDArray[np.float64]:
    return np.expand_dims(margin, tuple(a for a in range(ndim) if a not in axes))
