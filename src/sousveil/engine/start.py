"""Where scores start: the law of the start score of every cell (MODEL.md section 2).

What people are adds up to it: characteristics, of which one level holds, and marks, which are held or not. Shares may
depend on characteristics that come before, points on several at once (a table), and a trait that nobody sees lets some
of them go together. All that is gone through once, one feature after the other, and no cell is made for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.engine.cells import share_of
from sousveil.engine.ladder import lowest, units_of
from sousveil.errors import InputError
from sousveil.studies.number import Number
from sousveil.studies.population import Population
from sousveil.studies.scheme import Scheme
from sousveil.studies.scheme_fields import HELD, NOT_HELD, StartTable

__all__ = ["MOST_SUMS", "shares_of_levels", "start_laws"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Law = dict[int, float]
"""score in units -> share of people"""

MOST_SUMS = 200_000
"""Between the least and the most that characteristics can add up to, in units: laws are tables over them."""

MOST_TOLD_APART = 2_000
"""Combinations of levels that something later depends on."""

REACH, NODES = 8.0, 129
"""A trait is cut at so many places, evenly over so many standard deviations to each side. For smooth laws the error of
such a sum falls exponentially with their number (trapezoidal rule); at the greatest strength, 10, it is about 1e-7."""


def shares_of_levels(scheme: Scheme, population: Population, labels: Sequence[Mapping[str, str]],
                     asked: Sequence[str]) -> list[dict[tuple[str, ...], float]]:
    """Per cell, given by its labels: what share of its people has which levels of what is asked for, in that order."""
    rules = _Rules(scheme, population, asked)
    known: dict[tuple[str, ...], dict[tuple[str, ...], float]] = {}
    found = []
    for x in labels:
        alike = rules.alike(x)
        if alike not in known:
            made = known[alike] = {}
            for levels, (_, shares) in rules.gone_through(x).items():
                key = tuple(dict(levels)[name] for name in asked)
                made[key] = made.get(key, 0.0) + float(shares.sum())
        found.append(known[alike])
    return found


def start_laws(scheme: Scheme, population: Population, labels: Sequence[Mapping[str, str]], states: int,
               asked: Sequence[str] = ()) -> tuple[tuple[Ints, Floats], ...]:
    """Per cell, given by its labels: the scores that people start with, in units from the worst, and their shares.

    asked   characteristics and marks that are among the labels, since a gate asks for them
    """
    rules = _Rules(scheme, population, asked)
    known: dict[tuple[str, ...], tuple[Ints, Floats]] = {}
    found = []
    for x in labels:
        alike = rules.alike(x, *asked)
        if alike not in known:
            known[alike] = _law(rules, x, states)
        found.append(known[alike])
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Feature:
    """A characteristic, or a mark that goes with others.

    parents   the characteristics that its shares depend on
    counted   the rules of points that can be applied once its level is known: name of the rule
    needed    the characteristics that must be remembered once it is done with
    """

    name: str
    mark: bool
    levels: tuple[str, ...]
    parents: frozenset[str]
    strength: Number | None
    counted: tuple[str, ...]
    needed: frozenset[str]


class _Rules:
    """A scheme and a population, with their features in an order in which each comes after what it depends on."""

    def __init__(self, scheme: Scheme, population: Population, asked: Sequence[str] = ()) -> None:
        self.scheme, self.population, self.asked = scheme, population, frozenset(asked)
        self._gone: dict[tuple[str, ...], dict[_Levels, tuple[int, Floats]]] = {}
        self.worst = lowest(scheme)
        trait = next(iter(population.together.values()), None)
        names = population.characteristics
        self.strength = trait.strength if trait is not None else None
        with_points = [*(name for name in names if name in scheme.characteristics), *scheme.marks]
        members = () if trait is None else with_points if trait.of == "all" else trait.of
        joined = [m for m in scheme.marks if m in members or m in self.asked or _parents(population.marks[m], names)]
        self.loose = [m for m in scheme.marks if m not in joined]
        order = [*names, *joined]
        over = {name: set(c.over) & set(names) or {name} for name, c in scheme.characteristics.items()}
        self.of_labels = [rule for rule, wanted in over.items() if not wanted & set(names)]
        over = {rule: wanted for rule, wanted in over.items() if rule not in self.of_labels}
        over |= {name: {name} for name in joined}
        when = {rule: max(order.index(name) for name in wanted) for rule, wanted in over.items()}
        parents = {name: frozenset().union(*(_parents(share, names) for share in table.values()))
                   for name, table in names.items()}
        parents |= {name: _parents(population.marks[name], names) for name in joined}
        to_the_end = set(scheme.score.times) & set(names) | self.asked
        self.labels = _labels(scheme, population)
        self.features = []
        for at, name in enumerate(order):
            later = [parents[other] for other in order[at + 1:]]
            later += [frozenset(over[rule]) for rule in over if when[rule] > at]
            needed = frozenset(to_the_end.union(*later)) & frozenset(order[:at + 1])
            levels = tuple(names[name]) if name in names else (HELD, NOT_HELD)
            self.features.append(_Feature(name, name not in names, levels, parents[name],
                                          self.strength if name in members else None,
                                          tuple(rule for rule in over if when[rule] == at), needed))

    def alike(self, x: Mapping[str, str], *more: str) -> tuple[str, ...]:
        """What of a cell's labels start scores depend on."""
        return tuple(x[label] for label in (*self.labels, *more) if label in x)

    def gone_through(self, x: Mapping[str, str]) -> dict[_Levels, tuple[int, Floats]]:
        """See `_gone_through`; once for people who are alike in all but what gates ask for."""
        plain = {label: name for label, name in x.items() if label not in self.asked}
        alike = self.alike(plain)
        if alike not in self._gone:
            self._gone[alike] = _gone_through(self, plain)
        return self._gone[alike]

    def shares(self, feature: _Feature, env: Mapping[str, str]) -> Floats:
        """The shares of its levels, float64[L]."""
        if feature.mark:
            held = min(1.0, self.population.marks[feature.name].at(env))
            return np.array([held, 1.0 - held])
        table = self.population.characteristics[feature.name]
        return np.array([share_of(table, feature.name, {**env, feature.name: level}) for level in feature.levels])

    def points(self, rule: str, env: Mapping[str, str]) -> int:
        """What a rule adds for who has these labels and levels, in units."""
        if rule in self.scheme.marks:
            return units_of(self.scheme.marks[rule].points, self.scheme, env) if env[rule] == HELD else 0
        characteristic = self.scheme.characteristics[rule]
        if characteristic.levels is not None:
            return units_of(characteristic.levels[env[rule]], self.scheme, env)
        inner: Any = characteristic.table
        for name in characteristic.over:
            if not isinstance(inner, Mapping):
                break
            inner = inner[env[name]]
        return units_of(Number(float(inner)), self.scheme, {})

    def rank(self, feature: _Feature, env: Mapping[str, str]) -> list[int]:
        """Its levels from the fewest points to the most, by their place in the file."""
        if feature.mark:
            return [1, 0] if self.scheme.marks[feature.name].points.at(env) >= 0 else [0, 1]
        characteristic = self.scheme.characteristics[feature.name]
        if characteristic.order:
            return [feature.levels.index(level) for level in characteristic.order]
        levels = characteristic.levels or {}
        return sorted(range(len(feature.levels)), key=lambda i: levels[feature.levels[i]].at(env))

    def factor(self, env: Mapping[str, str]) -> Fraction:
        """By what the sum is multiplied."""
        times = self.scheme.score.times
        return math.prod((Fraction(str(by.get(env[name], 1.0))) for name, by in times.items()), start=Fraction(1))


def _labels(scheme: Scheme, population: Population) -> list[str]:
    """The labels of cells that start scores depend on."""
    start, characteristics = scheme.score.start, scheme.characteristics.values()
    given = [start] if isinstance(start, Number) else [*start.distribution.values()]
    given += [mark.points for mark in scheme.marks.values()]
    given += [points for c in characteristics for points in (c.levels or {}).values()]
    given += [*population.marks.values(), *(trait.strength for trait in population.together.values())]
    given += [share for table in population.characteristics.values() for share in table.values()
              if isinstance(share, Number)]
    named = {label for number in given for _, label, _ in number.mentions()}
    return sorted(named.union(scheme.score.times, *(c.over for c in characteristics)))


def _parents(share: Number | str, names: Mapping[str, object]) -> frozenset[str]:
    """The characteristics that a share depends on."""
    return frozenset() if isinstance(share, str) else frozenset(l for _, l, _ in share.mentions() if l in names)


def _law(rules: _Rules, x: Mapping[str, str], states: int) -> tuple[Ints, Floats]:
    clipped: Law = {}
    for factor, law in _summed(rules, x).items():
        for s, share in _with_marks(rules, x, law).items():
            if factor != 1:
                s = round(factor * (s + rules.worst)) - rules.worst
            s = min(max(s, 0), states - 1)
            clipped[s] = clipped.get(s, 0.0) + share
    scores = sorted(s for s, share in clipped.items() if share > 0)
    shares = np.array([clipped[s] for s in scores])
    return np.array(scores, dtype=np.int64), shares / shares.sum()


def _with_marks(rules: _Rules, x: Mapping[str, str], law: Law) -> Law:
    """The law with the marks that go with nothing else."""
    for name in rules.loose:
        held = min(1.0, rules.population.marks[name].at(x))
        points = units_of(rules.scheme.marks[name].points, rules.scheme, x)
        shifted: Law = {}
        for s, share in law.items():
            shifted[s] = shifted.get(s, 0.0) + share * (1.0 - held)
            shifted[s + points] = shifted.get(s + points, 0.0) + share * held
        law = shifted
    return law


def _summed(rules: _Rules, x: Mapping[str, str]) -> dict[Fraction, Law]:
    """By factor: the start and all features together, in units from the worst."""
    start, scheme = rules.scheme.score.start, rules.scheme
    if isinstance(start, StartTable):
        law = {units_of(Number(s), scheme, {}) - rules.worst: share.at(x) for s, share in start.distribution.items()}
    else:
        law = {units_of(start, scheme, x) - rules.worst: 1.0}
    fixed = sum(rules.points(rule, x) for rule in rules.of_labels)
    law = {s + fixed: share for s, share in law.items()}
    if not rules.features:
        return {rules.factor(x): law}
    found: dict[Fraction, Law] = {}
    for levels, (least, shares) in rules.gone_through(x).items():
        if any(level != x[name] for name, level in levels if name in rules.asked):
            continue
        into = found.setdefault(rules.factor({**x, **dict(levels)}), {})
        for d in np.flatnonzero(shares).tolist():
            for s, share in law.items():
                into[s + least + d] = into.get(s + least + d, 0.0) + share * float(shares[d])
    return found


_Levels = tuple[tuple[str, str], ...]
"""The levels that are remembered: (characteristic, level) each."""

_Sums = tuple[int, Floats]
"""The least sum, and the shares of it and all above it, float64[nodes, sums]."""


def _gone_through(rules: _Rules, x: Mapping[str, str]) -> dict[_Levels, tuple[int, Floats]]:
    """Feature after feature: shares by the levels that must be remembered and by the sum of points so far."""
    z, weight = _nodes() if rules.strength is not None else (np.zeros(1), np.ones(1))
    law: dict[_Levels, _Sums] = {(): (0, weight[:, None])}
    for feature in rules.features:
        parts: dict[_Levels, list[tuple[int, Floats, Floats]]] = {}
        for levels, (least, shares) in law.items():
            env = {**x, **dict(levels)}
            chance = _chances(rules, feature, env, law, z)
            for i, level in enumerate(feature.levels):
                if not chance[:, i].any():
                    continue
                here = {**env, feature.name: level}
                points = sum(rules.points(rule, here) for rule in feature.counted)
                key = tuple((name, here[name]) for name in sorted(feature.needed))
                parts.setdefault(key, []).append((least + points, shares, chance[:, i, None]))
        if len(parts) > MOST_TOLD_APART:
            raise InputError(f"tables, factors and shares of characteristics need {len(parts):,} levels together "
                             f"at once; at most {MOST_TOLD_APART:,} are told apart")
        law = {key: _added(given) for key, given in parts.items()}
    return {key: (least, shares.sum(axis=0)) for key, (least, shares) in law.items()}


def _added(parts: Sequence[tuple[int, Floats, Floats]]) -> _Sums:
    """Of parts, each the least sum, the shares from there on, and the chance of the part at each node."""
    least = min(at for at, _, _ in parts)
    width = max(at + shares.shape[1] for at, shares, _ in parts) - least
    if width > MOST_SUMS:
        raise InputError(f"what characteristics add up to spans more than {MOST_SUMS:,} scores; a coarser resolution "
                         "of the score would do")
    total = np.zeros((len(parts[0][1]), width))
    for at, shares, chance in parts:
        total[:, at - least:at - least + shares.shape[1]] += shares * chance
    return least, total


def _chances(rules: _Rules, feature: _Feature, env: Mapping[str, str], law: Mapping[_Levels, _Sums],
             z: Floats) -> Floats:
    """The chance of each level at each place of the trait, float64[nodes, L]; over people it is the share given."""
    shares = rules.shares(feature, env)
    strength = feature.strength.at(env) if feature.strength is not None else 0.0
    if strength == 0.0:
        return np.broadcast_to(shares, (len(z), len(shares)))
    alike = [sums for levels, (_, sums) in law.items()
             if all(level == env[name] for name, level in levels if name in feature.parents)]
    weight = np.sum([sums.sum(axis=1) for sums in alike], axis=0)
    rank = rules.rank(feature, env)
    found = np.empty((len(z), len(shares)))
    found[:, rank] = _tilted(tuple(shares[rank].tolist()), strength, (weight / weight.sum()).tobytes())
    return found


@lru_cache(1)
def _nodes() -> tuple[Floats, Floats]:
    """Places of a standard normal trait and their weights."""
    z = np.linspace(-REACH, REACH, NODES)
    weight = np.exp(-z * z / 2.0)
    return z, weight / weight.sum()


@lru_cache(10_000)
def _tilted(shares: tuple[float, ...], strength: float, weight: bytes) -> Floats:
    """Chances of ranked levels by a cumulative logit model, float64[nodes, L], which average to their shares.

    P(level j or more at z) = 1 / (1 + exp(-(a_j + strength z))), each a_j sought by halving.
    """
    z, w = _nodes()[0], np.frombuffer(weight)
    reached = np.cumsum(np.array(shares)[::-1])[::-1][1:] / sum(shares)
    low = np.full(len(reached), -60.0 - strength * REACH)
    high = -low
    for _ in range(80):
        middle = (low + high) / 2.0
        above = w @ _logistic(middle + strength * z[:, None]) > reached
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    chance = _logistic((low + high) / 2.0 + strength * z[:, None])
    chance = np.where(reached <= 0.0, 0.0, np.where(reached >= 1.0, 1.0, chance))
    edges = np.concatenate([np.ones((len(z), 1)), chance, np.zeros((len(z), 1))], axis=1)
    return np.asarray(np.maximum(0.0, edges[:, :-1] - edges[:, 1:]))


def _logistic(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -700.0, 700.0))))
