"""The least and the largest that a harm can be over what is not published: found by search, not proved.

The search starts from the best of a set of Sobol' points and, with the exact engine, from the two corners where all is
least and all is most: it goes down into the valley that it starts in. It goes along one unknown at a time, to both ends
of its range, and a step up and down, with smaller steps where nothing is better (a compass search: Kolda, Lewis and
Torczon, SIAM Review 45 (2003)). Choices go through all of their readings. All of it under one luck; with agents, what
is found is then carried again under luck of its own, since the best of many looks better than it is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sousveil.comparisons.execute import HERE, Place, Task, execute
from sousveil.comparisons.objective import Objective, objective
from sousveil.comparisons.store import Shelf
from sousveil.comparisons.sweep import carried_at, key_of, name_of
from sousveil.draws import replicate_seed
from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.intervals import replicated
from sousveil.measures.measure import Measure, Over
from sousveil.measures.measures import Measures
from sousveil.measures.name import Names
from sousveil.runs.settings import AnyStudy, Engine, settings
from sousveil.studies.limits import WholeNumber, whole
from sousveil.studies.study import Study
from sousveil.unknowns.points import (
    HALF,
    MOST,
    Choice,
    halves_at,
    harm_at,
    one_engine,
    setting_of,
    threads_of,
    unit_points,
    unknowns_of,
    values_of,
)
from sousveil.unknowns.ranges import Unknown

__all__ = ["LEAST", "MOST_OF", "Extreme", "Extremes", "extremes"]

Floats = npt.NDArray[np.float64]

LEAST = Names("extremes", "least found: {harm}")
MOST_OF = Names("extremes", "most found: {harm}")

_STARTS = 2
"""How many of the best points the search starts from, at each side; with agents, one."""

_FINEST = {"exact": 2.0**-11, "agents": 2.0**-3}
"""The share of a range below which no step goes: with agents, luck would lead it."""

_AGAIN = 8
"""Runs under luck of their own of what was found, where there is luck."""

_LUCK = (1 << 20) - 64
"""The replicate whose seed the search has with agents; those after it are for looking again."""


@dataclass(frozen=True, slots=True, eq=False)
class Extreme:
    """One end: the harm there, and where it is.

    at      name of an unknown -> its value, or the reading of a choice
    ends    the unknowns that stand at an end of their range
    low, high   95 % interval over draws, with agents
    """

    value: float
    low: float | None
    high: float | None
    at: Mapping[str, float | str]
    ends: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """The least and the most of a harm that a search found.

    points  of the ranges, which the search began with; runs: how many it took
    value   the harm as the study assumes
    """

    study: Study
    objective: Objective
    engine: str
    people: int
    points: int
    runs: int
    value: float | None
    least: Extreme
    most: Extreme

    def measures(self) -> Measures:
        """Both ends, with an interval over draws where there is luck."""
        o, found = self.objective, []
        for name, end in ((LEAST, self.least), (MOST_OF, self.most)):
            over: Over = "exact" if self.engine == "exact" else "draws" if end.low is not None else ""
            found.append(Measure(name(harm=o.words), o.group, o.reference, end.value, end.low, end.high, o.unit,
                                 None, over, "found by search, not proved"))
        return Measures(tuple(found))


@checked
def extremes(study: AnyStudy, harm: str | Objective = "bottom-tier", *, group: str | None = None,
             between: Sequence[str] | None = None, points: WholeNumber = 128, people: WholeNumber | None = None,
             steps: WholeNumber | None = None, seed: WholeNumber | None = None, engine: Engine = "auto",
             where: Place = HERE, shelf: Shelf | None = None) -> Extremes:
    """The least and the most of a harm over the ranges and readings of all assumptions, by search.

    study    a study, a path to one, or its name in the atlas
    harm     of everybody, of a `group`, or as a gap `between` two
    points   how many Sobol' points the search begins with; people, steps and seed as the study says, unless given
    Raises InputError where nothing can be varied or the harm cannot be told anywhere; EngineRefusal, Interrupted.
    """
    asked = settings(people=people, steps=steps, seed=seed, engine=engine)
    study, wanted = objective(asked.sized(study), harm, group, between)
    free, _ = unknowns_of(study)
    if not free:
        raise InputError("no assumption of this study has a range, so there is nothing to vary")
    count = whole("points", points, 2, MOST)
    unit = unit_points(study.seed, count, len(free))
    corners = [(0.0,) * len(free), (1.0,) * len(free)]
    name = one_engine((study,), [[setting_of(free, row) for row in unit.tolist()]], free, asked.engine)
    search = _Search(study, wanted, free, name, where, shelf)
    rows = [*map(tuple, unit.tolist()), *corners]
    values = search.at(rows)
    if not np.isfinite(values).any():
        raise InputError(f"{wanted.words} cannot be estimated at any point of these ranges")
    ends = []
    for sign in (1.0, -1.0):
        order = np.argsort(np.where(np.isfinite(values), sign * values, np.inf), kind="stable")
        starts = [i for i in order.tolist() if np.isfinite(values[i])][:_STARTS if name == "exact" else 1]
        starts += [i for i in (len(rows) - 2, len(rows) - 1) if np.isfinite(values[i])] if name == "exact" else []
        tried = [search.down(rows[i], float(values[i]), sign) for i in starts]
        ends.append(min(tried, key=lambda t, sign=sign: sign * t[1]))  # type: ignore[misc]
    own, = search.settings([{}]).tolist()
    least, most = (search.looked_at(row, value) for row, value in ends)
    return Extremes(study, wanted, name, search.people, count, len(search.known), None if math.isnan(own) else own,
                    least, most)


class _Search:
    """Values of a harm at rows of shares, each row asked once."""

    def __init__(self, study: Study, objective: Objective, free: Sequence[Unknown | Choice], engine: str,
                 where: Place, shelf: Shelf | None) -> None:
        self.study, self.objective, self.free, self.engine = study, objective, free, engine
        self.where, self.shelf = where, shelf
        self.people = 0 if engine == "exact" else min(HALF, study.people)
        self.threads = threads_of(where, None)
        self.known: dict[str, float] = {}
        self._text, self._key = json.dumps(study.plain()), key_of(study)

    def at(self, rows: Sequence[tuple[float, ...]]) -> Floats:
        """The harm at every row; NaN where it cannot be told."""
        return self.settings([setting_of(self.free, row) for row in rows])

    def settings(self, wanted: Sequence[Mapping[str, Any]], luck: Sequence[int] = (0, 1)) -> Floats:
        """The harm where the study is set to this."""
        tasks = [self._task(setting, luck) for setting in wanted]
        new = list({t.name: t for t in tasks if t.name not in self.known}.values())
        done, failed = execute(new, self.where, self.shelf, "Looking for the ends")
        for task in new:
            self.known[task.name] = math.nan if task.name in failed else self._value(done[task.name])
        return np.array([self.known[t.name] for t in tasks])

    def down(self, start: tuple[float, ...], value: float, sign: float) -> tuple[tuple[float, ...], float]:
        """The end of a search for less (or, with sign -1, for more) from a row."""
        row, step = start, 0.25
        while step >= _FINEST[self.engine]:
            around = [(*row[:i], x, *row[i + 1:]) for i in range(len(row)) for x in self._moves(i, row[i], step)]
            values = sign * self.at(around)
            best = int(np.nanargmin(values)) if np.isfinite(values).any() else -1
            gained = best >= 0 and values[best] < sign * value - 1e-12 * max(1.0, abs(value))
            if not gained:
                step /= 4
                continue
            row, value = self._together(row, value, sign, around, values)
        return row, value

    def _together(self, row: tuple[float, ...], value: float, sign: float, around: Sequence[tuple[float, ...]],
                  values: Floats) -> tuple[tuple[float, ...], float]:
        """All moves that helped, made at once, or half of them; else the best by itself."""
        best: dict[int, tuple[float, float]] = {}
        for moved, x in zip(around, values.tolist(), strict=True):
            i = next(j for j in range(len(row)) if moved[j] != row[j])
            if x < sign * value and x < best.get(i, (math.inf, 0.0))[0]:
                best[i] = (x, moved[i])
        ranked = sorted(best, key=lambda i: best[i][0])
        counts = [n for n in (len(ranked), len(ranked) // 2, len(ranked) // 4) if n > 1]
        tried = [tuple(best[j][1] if j in ranked[:n] else x for j, x in enumerate(row)) for n in counts]
        tried.append(tuple(best[j][1] if j == ranked[0] else x for j, x in enumerate(row)))
        found = sign * self.at(tried)
        at = int(np.nanargmin(found))
        return tried[at], float(sign * found[at])

    def _moves(self, index: int, share: float, step: float) -> list[float]:
        unknown = self.free[index]
        if isinstance(unknown, Choice):
            n = len(unknown.readings)
            return [(r + 0.5) / n for r in range(n) if r != unknown.at(share)]
        return [x for x in dict.fromkeys((0.0, 1.0, max(0.0, share - step), min(1.0, share + step))) if x != share]

    def looked_at(self, row: tuple[float, ...], value: float) -> Extreme:
        """What was found, under luck of its own, and in words that say where it is."""
        low = high = None
        if self.engine == "agents":
            setting = setting_of(self.free, row)
            again = [self.settings([setting], (2 + 2 * i, 3 + 2 * i))[0] for i in range(_AGAIN)]
            if np.isfinite(again).all():
                value, low, high = replicated(again)
        at: dict[str, float | str] = {}
        ends = []
        for unknown, share in zip(self.free, row, strict=True):
            if isinstance(unknown, Choice):
                at[unknown.name] = unknown.readings[unknown.at(share)][0]
            else:
                at[unknown.name] = float(unknown.at(np.array([share]))[0])
                if share in (0.0, 1.0):
                    ends.append(unknown.name)
        return Extreme(value, low, high, at, tuple(ends))

    def _task(self, setting: Mapping[str, Any], luck: Sequence[int]) -> Task:
        if self.engine == "exact":
            return Task(name_of(self._key, setting, "exact", 1), carried_at,
                        (self._text, setting, "exact", 1, self.threads))
        seeds = [replicate_seed(self.study.seed, _LUCK + i) for i in luck]
        return Task(name_of(self._key, setting, "halves", self.people, *seeds), halves_at,
                    (self._text, setting, self.people, seeds, self.threads))

    def _value(self, result: Any) -> float:
        scale = self.study.people / self.people if self.people else 1.0
        values = harm_at(self.objective, *values_of([result], scale))
        return float(values.mean()) if values.size else math.nan
