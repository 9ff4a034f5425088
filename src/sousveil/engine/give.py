"""Places given out: who is chosen at the end of a step, by rank within a pool (MODEL.md section 3).

Who is chosen hangs on everybody of a pool, through one thing only: the cut, the rank of the last one who gets a place.
It is found by counting the pool by score, and among those who rank alike by a number that is drawn for each of them.
With the cut, everybody's fate is known from the own score alone. So tiles of a realm are gone through twice, one after
the other, and a life can be told again without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from sousveil.engine import giving
from sousveil.engine.outcome import Outcome
from sousveil.engine.plan import Plan
from sousveil.engine.ranks import due, numbers
from sousveil.engine.state import Tile

__all__ = ["EVERYBODY", "NOBODY", "give", "given_again", "hand_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EVERYBODY, NOBODY = 1e18, -1e18
"""Ranks of cuts that let everybody have a place, or nobody."""


def hand_out(plan: Plan, tiles: Sequence[Tile], seed: int, step: int, outcome: Outcome) -> None:
    """Give out what is due at the end of a step to the people of whole realms; they and the counts change."""
    def everybody() -> Iterator[Tile]:
        return iter(tiles)

    for n in due(plan.places, step):
        outcome.cuts[step, n, :len(plan.places[n].names)] += cut(plan, n, seed, step, everybody)
        for tile in tiles:
            give(plan, tile, n, seed, step, outcome.cuts[step, n], outcome)


def given_again(plan: Plan, tile: Tile, seed: int, step: int, cuts: Floats) -> None:
    """Do to a tile what was given out at the end of a step, by its cuts [P, Q, 2]; done twice, it is as done once."""
    for n in due(plan.places, step):
        give(plan, tile, n, seed, step, cuts[n], None)


def cut(plan: Plan, n: int, seed: int, step: int, tiles: Callable[[], Iterator[Tile]]) -> Floats:
    """How far the places of a kind reach at the end of a step, float64[Q, 2]: rank and number of the last one chosen.

    tiles   goes through all people of some realms; pools of others get a cut of 0
    """
    place = plan.places[n]
    many = next(each for nth, each in enumerate(numbers(place)) if nth == place.nth(step))
    standing = np.zeros((len(place.names), plan.ladder.states), dtype=np.int64)
    there = np.zeros(len(place.names), dtype=np.int64)
    for tile in tiles():
        people, state = tile.people, tile.state
        there += np.bincount(place.pool, weights=np.bincount(people.cell, minlength=len(place.pool)),
                             minlength=len(there)).astype(np.int64)
        giving.stand(people.cell, state.tier, state.score, place.tiers, place.pool.copy(), place.weight.copy(),
                     standing)
    found = np.array([_reach(row, int(number), place.sign) for row, number in zip(standing, many, strict=True)])
    alike = found[:, 1] > 0
    if alike.any():
        drawn = [np.concatenate(numbers_) for numbers_ in zip(*(
            _alike(plan, n, seed, step, tile, found, alike) for tile in tiles()), strict=True)]
        pool, number = drawn
        for q in np.flatnonzero(alike).tolist():
            kth = int(found[q, 1]) - 1
            found[q, 1] = np.partition(number[pool == q], kth)[kth]
    found[there == 0] = 0.0
    return found


def _reach(standing: Ints, many: int, sign: int) -> tuple[float, float]:
    """The rank to which so many places reach, and how many are left for those who have just this rank."""
    if many <= 0:
        return NOBODY, 0.0
    if many >= standing.sum():
        return EVERYBODY, 0.0
    if sign == 0:
        return 0.0, float(many)
    scores = np.arange(len(standing))[::sign]
    upto = np.cumsum(standing[scores])
    at = int(np.searchsorted(upto, many))
    return float(sign * scores[at]), float(many - (upto[at] - standing[scores[at]]))


def _alike(plan: Plan, n: int, seed: int, step: int, tile: Tile, found: Floats,
           alike: npt.NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """The pools and numbers of those whose rank is the last one that gets places, as long as there are some."""
    place, people, state = plan.places[n], tile.people, tile.state
    parts = [giving.alike(low, high, shift, people.cell, state.tier, state.score, place.tiers, place.sign,
                          place.pool.copy(), place.weight.copy(), found, alike, n, step, *_key(seed))
             for low, high, shift in zip(people.begins[:-1], people.begins[1:], people.shift, strict=True)]
    return np.concatenate([pool for pool, _ in parts]), np.concatenate([number for _, number in parts])


def give(plan: Plan, tile: Tile, n: int, seed: int, step: int, reach: Floats, outcome: Outcome | None) -> None:
    """Give out places of a kind up to a cut [Q, 2]; count it in an outcome, unless it was counted before."""
    place, people, state = plan.places[n], tile.people, tile.state
    chosen = state.chosen[place.held] if place.held >= 0 else np.zeros(0, dtype=np.uint16)
    rows = outcome if outcome is not None else _nowhere(plan, step)
    row, counting = (step, True) if outcome is not None else (0, False)
    for i, unit in enumerate(people.unit):
        giving.give(people.begins[i], people.begins[i + 1], people.shift[i], people.cell, state.tier, state.score,
                    state.since, chosen, place.tiers, place.sign, place.pool.copy(), place.weight.copy(),
                    np.ascontiguousarray(reach), n, step, place.goes, unit, rows.occupancy[row], rows.moves[row],
                    rows.left, rows.wrongful_ever[row], rows.eligible[row, n], rows.chosen[row, n], counting,
                    *_key(seed))


def _nowhere(plan: Plan, step: int) -> Outcome:
    from sousveil.engine.outcome import empty

    return empty(plan, 0)


def _key(seed: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32 & 0xFFFFFFFF)
