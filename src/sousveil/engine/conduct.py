"""What people do and what becomes of it on paper: mean rates per cell, tier and kind (MODEL.md section 3, 1 to 4).

Two steps, so that the causes of a gap can be taken apart: `gather` reads the ingredients that scheme, population and
assumptions give to every cell; `mix` turns ingredients into the rates of acts and of records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.engine.cells import Cells, chances
from sousveil.engine.ladder import Ladder, units_of
from sousveil.errors import InputError
from sousveil.studies.assumptions import Assumptions
from sousveil.studies.frozen import Value
from sousveil.studies.number import Number
from sousveil.studies.place_checks import of_standings, standings
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme

__all__ = ["Flows", "Ingredients", "gather", "mix"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ingredients(Value):
    """What makes the rates, before anything is multiplied. V: channels.

    rate                      [C, K] acts a step, or the chance of one, before frailty; frailty [C, K] its factor
    once                      [K] whether it is a chance; channel [K] index of the kind's channel
    coverage, miss, mistaken  [C, V] shares; spurious [C, V] records a step; shares [K] of a channel's spurious records
    effect, scrutiny          [C, T, K], [C, T] what a tier does to conduct, and to coverage
    fear                      [C, K] eta x |points|, in units; 0 for credits
    perceived                 [C, K] coverage that people believe in; -1: the true one
    """

    rate: Floats
    frailty: Floats
    once: npt.NDArray[np.bool_]
    channel: npt.NDArray[np.int64]
    coverage: Floats
    miss: Floats
    mistaken: Floats
    spurious: Floats
    shares: Floats
    effect: Floats
    scrutiny: Floats
    fear: Floats
    perceived: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Means per person and step. acts, own, mistaken, forgone: [C, T, K]; spurious: [C, K]."""

    acts: Floats
    own: Floats
    mistaken: Floats
    forgone: Floats
    spurious: Floats


def gather(scheme: Scheme, population: Population, assumptions: Assumptions, cells: Cells,
           labels: list[dict[str, str]]) -> Ingredients:
    """The ingredients. Raises KeyError for a name the population lacks, InputError, UnknownNumber."""
    rate, frailty, once = _acts(scheme, population, cells, labels)
    coverage, miss, mistaken, spurious = _channels(scheme, labels)
    if (miss + mistaken > 1.0 + 1e-12).any():
        raise InputError("the shares of records that are missed and mistaken add up to more than 1")
    effect, scrutiny = _effects(scheme, labels)
    fear, perceived = _fear(scheme, assumptions, labels)
    channel = np.array([list(scheme.channels).index(s.channel) for s in scheme.signals.values()], dtype=np.int64)
    shares = _spurious_shares(scheme, cells, _at_most_once(rate * frailty, once) * coverage[:, channel])
    return Ingredients(rate, frailty, once, channel, coverage, miss, mistaken, spurious, shares, effect, scrutiny, fear,
                       perceived)


def mix(given: Ingredients, ladder: Ladder, ladder_of: npt.NDArray[np.int64]) -> Flows:
    """Rates of acts and of records. Chilling: exp(-fear / width of the tier x perceived coverage), section 5."""
    covered = np.minimum(1.0, given.coverage[:, None, given.channel] * given.scrutiny[:, :, None])
    wanted = _at_most_once((given.rate * given.frailty)[:, None, :] * given.effect, given.once)
    seen = np.where(given.perceived[:, None, :] < 0.0, covered, given.perceived[:, None, :])
    done = np.exp(-given.fear[:, None, :] / ladder.width[ladder_of][:, :, None] * seen)
    acts = wanted * done
    recorded = acts * covered
    kept = np.maximum(0.0, 1.0 - (given.miss + given.mistaken)[:, None, given.channel])
    flows = (acts, recorded * kept, recorded * given.mistaken[:, None, given.channel], wanted * (1.0 - done),
             given.spurious[:, given.channel] * given.shares)
    # Row by row, as the kernels are compiled for: picking columns may lay an array out the other way.
    return Flows(*(np.ascontiguousarray(flow) for flow in flows))


def _acts(scheme: Scheme, population: Population, cells: Cells,
          labels: list[dict[str, str]]) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    rate, frailty = np.zeros((len(labels), len(scheme.signals))), np.ones((len(labels), len(scheme.signals)))
    once = np.zeros(len(scheme.signals), dtype=bool)
    frail = population.frailty.signals if population.frailty else None
    for k, kind in enumerate(scheme.signals):
        conduct = population.conduct[kind]
        number = conduct.chance if conduct.chance is not None else conduct.rate
        assert number is not None
        rate[:, k] = number.each(labels)
        once[k] = conduct.chance is not None
        if population.frailty is not None and (frail is None or kind in frail):
            frailty[:, k] = _unequal(rate[:, k], cells) if once[k] else cells.frailty
    return rate, frailty, once


def _unequal(chance: Floats, cells: Cells) -> Floats:
    """Frailty as a factor on a chance, float64[C]: the mean of people who are alike in all labels stays as given."""
    classes = cells.classes
    rows = chance.reshape(-1, classes)
    found = {p: chances(p, cells.frailty[:classes], cells.likely[:classes]) / p for p in np.unique(rows[:, 0]) if p > 0}
    return np.concatenate([found.get(p, cells.frailty[:classes]) for p in rows[:, 0].tolist()])


def _at_most_once(mean: Floats, once: npt.NDArray[np.bool_]) -> Floats:
    """A chance that factors push past 1 stops there."""
    return np.where(once, np.minimum(1.0, mean), mean)


def _channels(scheme: Scheme, labels: list[dict[str, str]]) -> tuple[Floats, Floats, Floats, Floats]:
    """coverage, miss, mistaken, spurious: each [C, V]. A factor may push a share past 1: it stops there."""
    coverage, miss, mistaken, spurious = (
        np.array([getattr(channel, name).each(labels) for channel in scheme.channels.values()],
                 dtype=np.float64).reshape(-1, len(labels)).T.copy()
        for name in ("coverage", "miss", "mistaken", "spurious"))
    return np.minimum(1.0, coverage), np.minimum(1.0, miss), np.minimum(1.0, mistaken), spurious


def _effects(scheme: Scheme, labels: list[dict[str, str]]) -> tuple[Floats, Floats]:
    """What a tier does to conduct [C, T, K] and to coverage [C, T]."""
    tiers, kinds = standings(scheme), list(scheme.signals)
    effect, scrutiny = np.ones((len(labels), len(tiers), len(kinds))), np.ones((len(labels), len(tiers)))
    effect[:, len(scheme.tiers):] = 0.0  # what people do who have left is nobody's business here
    for tier, consequences in of_standings(scheme).items():
        for consequence in consequences:
            scrutiny[:, tiers.index(tier)] *= consequence.scrutiny.each(labels)
            for kind, factor in consequence.conduct.items():
                effect[:, tiers.index(tier), kinds.index(kind)] *= factor.each(labels)
    return effect, scrutiny


def _fear(scheme: Scheme, assumptions: Assumptions, labels: list[dict[str, str]]) -> tuple[Floats, Floats]:
    """eta |w| for kinds with debits, and perceived coverage where the assumptions give one."""
    fear, perceived = np.zeros((2, len(labels), len(scheme.signals)))
    perceived -= 1.0
    for k, (kind, signal) in enumerate(scheme.signals.items()):
        points = units_of(signal.points, scheme, {})
        named = [kind, *(["expressive"] * signal.expressive), *(["necessity"] * signal.necessity), "all"]
        eta = next((assumptions.chilling[name].value for name in named if name in assumptions.chilling), Number(0.0))
        if points < 0:
            fear[:, k] = [x * -points for x in eta.each(labels)]
        if signal.channel in assumptions.perceived:
            perceived[:, k] = assumptions.perceived[signal.channel].each(labels)
    return fear, perceived


def _spurious_shares(scheme: Scheme, cells: Cells, recorded: Floats) -> Floats:
    """Share of a channel's spurious records that are of kind k: as given, else as its true records: float64[K]."""
    total = cells.share @ recorded
    shares = np.zeros(len(scheme.signals))
    for name, channel in scheme.channels.items():
        members = [k for k, signal in enumerate(scheme.signals.values()) if signal.channel == name]
        if channel.mix is not None:
            shares[members] = [channel.mix.get(list(scheme.signals)[k], 0.0) for k in members]
        elif members:
            whole = total[members].sum()
            shares[members] = total[members] / whole if whole > 0 else 1.0 / len(members)
    return shares
