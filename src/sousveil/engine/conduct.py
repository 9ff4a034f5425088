"""What people do and what becomes of it on paper: mean rates per cell, tier and kind (MODEL.md section 3, 1 to 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sousveil.assumptions.model import Assumptions
from sousveil.engine.ladder import Ladder, units_of
from sousveil.errors import InputError
from sousveil.population.model import Population
from sousveil.population.recipe import Cells
from sousveil.scheme.model import Scheme

__all__ = ["Flows", "build"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Means per person and step. acts, own, mistaken, forgone: [C, T, K]; spurious: [C, K]."""

    acts: Floats
    own: Floats
    mistaken: Floats
    forgone: Floats
    spurious: Floats


def build(scheme: Scheme, population: Population, assumptions: Assumptions, cells: Cells, labels: list[dict[str, str]],
          ladder: Ladder) -> Flows:
    """Rates of acts and of records. Raises KeyError for a name the population lacks, InputError, UnknownNumber."""
    kinds = list(scheme.signals)
    shape = (len(labels), len(scheme.tiers), len(kinds))
    base, once = _base(scheme, population, cells, labels)
    coverage, miss, mistaken, spurious = _channels(scheme, labels)
    effect, scrutiny = _effects(scheme, labels)
    channel = [list(scheme.channels).index(s.channel) for s in scheme.signals.values()]
    covered = np.minimum(1.0, coverage[:, None, channel] * scrutiny[:, :, None])
    wanted = base[:, None, :] * effect
    wanted = np.where(once, np.minimum(1.0, wanted), wanted)
    chilled = _chilling(scheme, assumptions, cells, labels, ladder, covered)
    acts = wanted * chilled
    recorded = acts * covered
    lost = (miss + mistaken)[:, None, channel]
    if (lost > 1.0 + 1e-12).any():
        raise InputError("the shares of records that are missed and mistaken add up to more than 1")
    mix = _mix(scheme, cells, base * coverage[:, channel])
    return Flows(acts=acts, own=recorded * np.maximum(0.0, 1.0 - lost), mistaken=recorded * mistaken[:, None, channel],
                 forgone=np.broadcast_to(wanted * (1.0 - chilled), shape), spurious=spurious[:, channel] * mix)


def _base(scheme: Scheme, population: Population, cells: Cells,
          labels: list[dict[str, str]]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    rates, once = np.zeros((len(labels), len(scheme.signals))), np.zeros(len(scheme.signals), dtype=bool)
    frail = population.frailty.signals if population.frailty else None
    for k, kind in enumerate(scheme.signals):
        conduct = population.conduct[kind]
        number = conduct.chance if conduct.chance is not None else conduct.rate
        assert number is not None
        rates[:, k] = [number.at(x) for x in labels]
        if frail is None or kind in frail:
            rates[:, k] *= cells.frailty
        once[k] = conduct.chance is not None
    return rates, once


def _channels(scheme: Scheme, labels: list[dict[str, str]]) -> tuple[Floats, Floats, Floats, Floats]:
    """coverage, miss, mistaken, spurious: each [C, channels]. A factor may push a coverage past 1: it stops there."""
    parts = [[[getattr(channel, name).at(x) for channel in scheme.channels.values()] for x in labels]
             for name in ("coverage", "miss", "mistaken", "spurious")]
    coverage, miss, mistaken, spurious = (np.array(part, dtype=np.float64).reshape(len(labels), -1) for part in parts)
    return np.minimum(1.0, coverage), np.minimum(1.0, miss), np.minimum(1.0, mistaken), spurious


def _effects(scheme: Scheme, labels: list[dict[str, str]]) -> tuple[Floats, Floats]:
    """What a tier does to conduct [C, T, K] and to coverage [C, T]."""
    tiers, kinds = list(reversed(scheme.tiers)), list(scheme.signals)
    effect, scrutiny = np.ones((len(labels), len(tiers), len(kinds))), np.ones((len(labels), len(tiers)))
    for tier, consequences in scheme.consequences.items():
        for consequence in consequences:
            scrutiny[:, tiers.index(tier)] *= [consequence.scrutiny.at(x) for x in labels]
            for kind, factor in consequence.conduct.items():
                effect[:, tiers.index(tier), kinds.index(kind)] *= [factor.at(x) for x in labels]
    return effect, scrutiny


def _chilling(scheme: Scheme, assumptions: Assumptions, cells: Cells, labels: list[dict[str, str]], ladder: Ladder,
              covered: Floats) -> Floats:
    """Share of acts still done: exp(-eta |w| / width * perceived coverage), for debits (MODEL.md section 5)."""
    done = np.ones(covered.shape)
    width = ladder.width[cells.code[:, 0]]
    for k, (kind, signal) in enumerate(scheme.signals.items()):
        points = units_of(signal.points, scheme, {})
        named = [kind, *(["expressive"] * signal.expressive), *(["necessity"] * signal.necessity), "all"]
        eta = next((assumptions.chilling[name].value for name in named if name in assumptions.chilling), None)
        if eta is None or points >= 0:
            continue
        strength = np.array([eta.at(x) for x in labels])[:, None]
        seen = covered[:, :, k]
        if signal.channel in assumptions.perceived:
            seen = np.array([assumptions.perceived[signal.channel].at(x) for x in labels])[:, None]
        done[:, :, k] = np.exp(-strength * abs(points) / width * seen)
    return done


def _mix(scheme: Scheme, cells: Cells, recorded: Floats) -> Floats:
    """Share of a channel's spurious records that are of kind k: as given, else as its true records: float64[K]."""
    total = cells.share @ recorded
    mix = np.zeros(len(scheme.signals))
    for name, channel in scheme.channels.items():
        members = [k for k, signal in enumerate(scheme.signals.values()) if signal.channel == name]
        if channel.mix is not None:
            mix[members] = [channel.mix.get(list(scheme.signals)[k], 0.0) for k in members]
        elif members:
            whole = total[members].sum()
            mix[members] = total[members] / whole if whole > 0 else 1.0 / len(members)
    return mix
