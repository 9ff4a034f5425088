"""A trace as the harms look at it: plain arrays by group, with districts added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Setting, Trace
from sousveil.errors import InputError, did_you_mean
from sousveil.measures.measure import ALL
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Cells", "Floats", "View", "codes", "numbers", "of", "reference_of", "summed", "words"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MONTHS = 12.0
"""In a year."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """People by cell of the population.

    group, size    int64[C], float64[C]
    person_steps   float64[C, T]: spent in each tier over the run
    within_reach   bool[C, T]: whether the group's ceiling lets its people into the tier
    """

    table: pa.Table
    group: Ints
    size: Floats
    person_steps: Floats
    within_reach: npt.NDArray[np.bool_]

    def column(self, name: str) -> Floats:
        """float64[C, T]: a column of the table `cells`."""
        return numbers(self.table, name).reshape(self.person_steps.shape)

    def bounds(self, values: Floats) -> tuple[Floats, Floats]:
        """The least and the most, float64[C] each, of values [C, T] over the tiers that people of a cell can be in."""
        return (np.asarray(np.where(self.within_reach, values, np.inf).min(axis=1)),
                np.asarray(np.where(self.within_reach, values, -np.inf).max(axis=1)))

    def of(self, groups: list[int]) -> npt.NDArray[np.bool_]:
        """bool[C]: the cells of these groups."""
        return np.isin(self.group, groups)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What harms need of a trace.

    exact    whether numbers are to be told as expectations, without a sampling interval
    people   float64[G]: persons of each group
    """

    trace: Trace
    exact: bool
    people: Floats
    _row: Ints
    _effects: Mapping[tuple[str, str, str], float] | None

    @property
    def setting(self) -> Setting:
        """How the trace is to be read."""
        return self.trace.setting

    @property
    def years(self) -> float:
        """How long the run was."""
        return self.setting.steps * self.setting.years

    @property
    def months(self) -> float:
        """How long the run was."""
        return self.years * MONTHS

    def column(self, name: str) -> Floats:
        """float64[steps+1, G, T]: a column of the table `steps`, added up over districts."""
        shape = (self.setting.steps + 1, len(self.setting.groups), len(self.setting.tiers))
        values = numbers(self.trace.steps, name)
        return summed(self._row, values, int(np.prod(shape))).reshape(shape)

    def total(self, name: str) -> Floats:
        """float64[G]: a column of the table `steps`, added up over the run, districts and tiers."""
        return np.asarray(self.column(name).sum(axis=(0, 2)))

    def cells(self) -> Cells:
        """The people by cell of the population."""
        table, shape = self.trace.cells, (-1, len(self.setting.tiers))
        group = codes(table, "group", self.setting.groups).reshape(shape)[:, 0]
        steps = numbers(table, "person_steps").reshape(shape)
        size = steps.sum(axis=1) / max(self.setting.steps, 1)
        tiers = np.arange(shape[1])
        within_reach = tiers <= np.array(self.setting.ceilings)[group][:, None]
        within_reach |= tiers >= shape[1] - self.setting.left
        return Cells(table, group, size, steps, within_reach)

    def effect(self, name: Name, part: list[int]) -> float | None:
        """The design effect of a number of these groups; None where the trace has none at all.

        What nobody or everybody has shows no luck: there, people whose fate hangs together count as one.
        """
        if self._effects is None:
            return None
        group = ALL if len(part) == len(self.setting.groups) else self.setting.groups[part[0]]
        return self._effects.get((*name.words, group), self.setting.household)

    def parts(self) -> Iterator[tuple[str, list[int]]]:
        """Everybody, then every group: label, and the groups in it."""
        yield ALL, list(range(len(self.setting.groups)))
        for g, name in enumerate(self.setting.groups):
            yield name, [g]


def of(trace: Trace, sampling: bool | None = None) -> View:
    """The view of a trace.

    sampling   whether to give sampling intervals; default: for counts of persons, not for expectations
    """
    setting = trace.setting
    tiers, groups = len(setting.tiers), len(setting.groups)
    row = (numbers(trace.steps, "step").astype(np.int64) * groups + codes(trace.steps, "group", setting.groups)) * tiers
    row += codes(trace.steps, "tier", setting.tiers)
    start = numbers(trace.steps, "step") == 0
    people = summed(codes(trace.steps, "group", setting.groups)[start], numbers(trace.steps, "persons")[start], groups)
    effects = None if trace.effects is None else {
        (harm, measure, group): effect for harm, measure, group, effect in zip(
            *(column.to_pylist() for column in trace.effects.columns), strict=True)}
    return View(trace, trace.expected if sampling is None else not sampling, people, row, effects)


def reference_of(view: View, reference: str | None) -> int:
    """The group that others are compared with: as named, else the largest. Raises InputError for a name unknown."""
    if reference is None:
        return int(view.people.argmax())
    if reference not in view.setting.groups:
        raise InputError(f'there is no group "{reference}"' + did_you_mean(reference, view.setting.groups))
    return view.setting.groups.index(reference)


def codes(table: pa.Table, name: str, names: tuple[str, ...]) -> Ints:
    """int64[rows]: the place in `names` of each value of a column of words, -1 where it is not there."""
    known, code = words(table, name)
    return np.asarray(np.array([*(names.index(w) if w in names else -1 for w in known), -1], dtype=np.int64)[code])


def words(table: pa.Table, name: str) -> tuple[list[str], Ints]:
    """The words of a column, and int64[rows]: the place in them of each value."""
    import pyarrow as pa

    column = table[name].combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    return column.dictionary.to_pylist(), column.indices.to_numpy().astype(np.int64)


def numbers(table: pa.Table, name: str) -> Floats:
    """float64[rows]: a column of numbers."""
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def summed(place: Ints, values: Floats, places: int) -> Floats:
    """float64[places]: the values added up by place."""
    return np.asarray(np.bincount(place, weights=values, minlength=places), dtype=np.float64)
