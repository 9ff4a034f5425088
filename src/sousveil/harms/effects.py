"""Design effects: how many independent people the people of one run are worth, for each number (Kish 1965).

The months of one person hang together, and so do the people of a home that a kin rule ties; and who is in which cell of
the population is no luck at all, but for rounding. So a number may be off by more, or by less, than one of as many
independent people each of whom has all of it or nothing. By how much is measured on people who are lived again:

    1  a number changes by so much with each person: its influence; of a share, 1/n for who has it (Deville 1999)
    2  what is luck is how influence differs from the mean of the cell; it adds up within a home, and homes are
       independent (between-cluster variance)
    3  rounding shares to whole people moves the sizes of cells; what that does is worked out for all ways to round
    4  the sum over that of the same share of independent people is the effect. What is not sure of it, with few homes,
       makes it larger, as Student's t does
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine.relive import Lives
from sousveil.engine.trace import Trace
from sousveil.engine.trace_columns import STRATUM
from sousveil.harms import chilling, concentration, income, rights, tiers, trap, view, wrongful
from sousveil.measures.measure import ALL
from sousveil.measures.name import Name

__all__ = ["with_effects"]

Floats = npt.NDArray[np.float64]
LEAST = 1e-18
"""What is less than this is no luck but rounding of floats."""

LEAST_FREEDOM = 3.0
"""Degrees of freedom of an effect at least: with fewer, Student's t says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Number:
    """A number of a group, and how each person of the sample changes it.

    part        places of its groups; value: the number; low, high: between which it must lie; n: of how many
    influence   float64[N], 0 for who is of another group
    """

    name: Name
    label: str
    part: list[int]
    influence: Floats
    value: float
    low: float
    high: float
    n: float


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """The people who were lived again, and where they belong.

    cell_group   int64[C], of every cell
    heads        int64[homes], the first person of each home
    """

    look: view.View
    cells: view.Cells
    lives: Lives
    cell_group: npt.NDArray[np.int64]
    units: tuple[_Unit, ...]
    heads: npt.NDArray[np.int64]

    def of(self, part: list[int]) -> Floats:
        """1.0 for who is of these groups."""
        return np.isin(self.cell_group[self.lives.cell], part).astype(np.float64)

    def over_the_run(self, each: Floats) -> tuple[Floats, Floats, Floats]:
        """Of what a person has in a step in a tier [C, T]: all of it, float64[N]; its least and most, float64[C]."""
        low, high = self.cells.bounds(each)
        steps = self.look.setting.steps
        return (self.lives.months * each[self.lives.cell]).sum(axis=1), low * steps, high * steps


def with_effects(trace: Trace, lives: Lives) -> Trace:
    """The trace with its table `effects`, measured on these lives; they must be of this run."""
    from dataclasses import replace

    import pyarrow as pa

    look = view.of(trace, sampling=True)
    cells = look.cells()
    sample = _Sample(look, cells, lives, cells.group, tuple(_units(look, cells, lives)),
                     np.flatnonzero(np.diff(lives.home, prepend=-1)))
    rows = []
    for number in _numbers(sample):
        effect = _effect(sample, number)
        if effect is not None:
            rows.append((*number.name.words, number.label, effect))
    words, number_type = pa.string(), pa.float64()
    schema = pa.schema([("harm", words), ("measure", words), ("group", words), ("effect", number_type)])
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return replace(trace, effects=pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)],
                                           schema=schema))


def _effect(sample: _Sample, number: _Number) -> float | None:
    width = number.high - number.low
    p = (number.value - number.low) / width if width > 0 else 0.0
    if not 1e-12 < p < 1 - 1e-12 or number.n <= 0:
        return None
    alone = width**2 * p * (1.0 - p) / number.n
    within, freedom = _within(sample, number, (1.0 - 2.0 * p) / (p * (1.0 - p)) / width)
    found = (within + _rounding(sample, number)) / alone
    if not found > 0:
        return None
    found = max(found, LEAST)
    from sousveil.ground.special import stdtrit
    from sousveil.harms.estimate import Z

    return float(found * (stdtrit(max(freedom, LEAST_FREEDOM), 0.975) / Z) ** 2)


def _within(sample: _Sample, number: _Number, slope: float) -> tuple[float, float]:
    """Variance from luck within cells, and its degrees of freedom.

    slope   change of the logarithm of the variance of independent people with the number itself, which is allowed for
    """
    lives, z = sample.lives, number.influence
    c = len(sample.cell_group)
    many = np.bincount(lives.cell, minlength=c)
    mean = np.bincount(lives.cell, weights=z, minlength=c) / np.maximum(many, 1)
    # A person alone in a cell shows no luck: the others of the unit do.
    correction = np.sqrt(many / np.maximum(many - 1, 1))
    off = (z - mean[lives.cell]) * correction[lives.cell]
    homes = np.add.reduceat(off, sample.heads)
    weight = lives.weight[sample.heads]
    here = sample.of(number.part)
    seen = float((lives.weight * here).sum())
    shown = float((lives.weight * here * (many > 1)[lives.cell]).sum())
    if shown <= 0:
        return 0.0, math.inf
    variance = float((weight * homes**2).sum())
    if variance <= 0:
        return 0.0, math.inf
    inside = np.add.reduceat(here, sample.heads) > 0
    unsure = weight * homes**2 / variance - inside * weight / weight[inside].sum() - slope * weight * homes
    return variance * seen / shown, 2.0 / max(float((unsure**2).sum()), 1e-12)


def _rounding(sample: _Sample, number: _Number) -> float:
    """Variance from how shares of cells come out in whole people, each unit by itself.

    What a person of a cell changes is read off a curve over frailty, and steps for strata: few people are in most of
    the cells, and in some nobody.
    """
    cells = len(sample.cell_group)
    total = np.bincount(sample.lives.cell, weights=number.influence, minlength=cells)
    found = 0.0
    for unit in sample.units:
        fitted = (unit.inverse * (unit.basis * total[unit.cells][:, None]).sum(axis=0)).sum(axis=1)
        found += float((unit.turned * fitted).sum(axis=1).var())
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """A group in a district: its cells; basis [c, k] of the curve over them; inverse [k, k] of its normal equations;
    turned [R, k]: the basis summed over what each way to round moves.
    """

    cells: slice
    basis: Floats
    inverse: Floats
    turned: Floats


def _units(look: view.View, cells: view.Cells, lives: Lives) -> Iterator[_Unit]:
    shape = cells.person_steps.shape
    district = view.words(look.trace.cells, "district")[1].reshape(shape)[:, 0]
    begins = np.flatnonzero(np.diff(district * len(look.setting.groups) + cells.group, prepend=-1))
    frailty = cells.column("frailty")[:, 0]
    curve = [np.ones(len(frailty)), frailty, frailty**2, np.sqrt(frailty)]
    for column in (name for name in look.trace.cells.column_names if name.startswith(STRATUM)):
        names, code = view.words(look.trace.cells, column)
        here = code.reshape(shape)[:, 0]
        curve += [(here == s).astype(np.float64) for s in range(1, len(names))]
    basis, people = np.stack(curve, axis=1), np.bincount(lives.cell, minlength=len(frailty))
    for first, last in itertools.pairwise([*begins.tolist(), len(frailty)]):
        mine = basis[first:last]
        normal = (mine[:, :, None] * mine[:, None, :] * people[first:last, None, None]).sum(axis=0)
        turned = (lives.turns[:, first:last, None] * mine).sum(axis=1)
        yield _Unit(slice(first, last), mine, np.linalg.pinv(normal, rcond=1e-10, hermitian=True), turned)


def _numbers(sample: _Sample) -> Iterator[_Number]:
    lives, look, steps = sample.lives, sample.look, float(sample.look.setting.steps)
    for t, tier in enumerate(look.setting.tiers):
        yield from _means(sample, tiers.TIER_SHARE(tier=tier), (lives.tier == t).astype(np.float64))
    yield from _means(sample, wrongful.EVER_WRONGED, lives.ever.astype(np.float64))
    yield from _means(sample, wrongful.POINTS_FOR_RELATIVES, lives.relatives, look.setting.kin_least * steps,
                      look.setting.kin_most * steps)
    yield from _ratios(sample, wrongful.WRONGFUL_POINTS, lives.owed[:, 1], lives.owed.sum(axis=1))
    yield from _rights(sample)
    for name, column in ((chilling.LAWFUL_FORGONE, "lawful_forgone"),
                         (chilling.EXPRESSIVE_FORGONE, "expressive_forgone"),
                         (chilling.NECESSARY_FORGONE, "necessity_forgone"), (income.INCOME_GAINED, "gained")):
        yield from _means(sample, name, *sample.over_the_run(sample.cells.column(column)))
    yield from _income(sample)
    yield from _concentration(sample)
    yield from _trap(sample)


def _means(sample: _Sample, name: Name, of: Floats, low: Floats | float = 0.0, high: Floats | float = 1.0,
           to_each: float = 1.0, within: npt.NDArray[np.bool_] | None = None,
           off: Floats | None = None) -> Iterator[_Number]:
    """Means over people, of each group.

    of       float64[N], what a person has; low, high: float64[C] or numbers, between which
    to_each  how many there are to a person of those over whom the mean is
    within   bool[C], the cells whose mean it is; default: all
    off      float64[N], what more of the mean a person changes than by what it has
    """
    lives = sample.lives
    for label, part in sample.look.parts():
        cells = sample.cells.of(part) & (sample.cells.size > 0) & (True if within is None else within)
        here = cells[lives.cell].astype(np.float64)
        n = float((lives.weight * here).sum()) * to_each
        if n > 0:
            least, most = (np.broadcast_to(x, cells.shape)[cells] for x in (low, high))
            yield _Number(name, label, part, here * (of if off is None else of + off) / n,
                          float((lives.weight * here * of).sum()) / n, float(least.min()), float(most.max()), n)


def _ratios(sample: _Sample, name: Name, some: Floats, every: Floats) -> Iterator[_Number]:
    """Some of a sum over people as a share of every, float64[N] each, of each group."""
    weight = sample.lives.weight
    for label, part in sample.look.parts():
        here = sample.of(part)
        total = float((weight * here * every).sum())
        if total > 0:
            value = float((weight * here * some).sum()) / total
            yield _Number(name, label, part, here * (some - value * every) / total, value, 0.0, 1.0,
                          float((weight * here).sum()))


def _rights(sample: _Sample) -> Iterator[_Number]:
    lives, look = sample.lives, sample.look
    steps, children = float(look.setting.steps), look.setting.children
    kin: dict[str, list[Floats]] = {}
    held: set[int] = set()
    beside = False
    for right in rights.in_order(look):
        if not right.tiers:  # lives that are lived again do not say who had a place beside the tiers
            beside = beside or right.burden
            continue
        if right.bearer == "self":
            of = lives.borne.get((right.right, right.effect), lives.months[:, list(right.tiers)].sum(axis=1))
            held |= {*right.tiers} if right.burden else set()
        else:
            of = lives.shared[:, len(kin.setdefault("all", []))]
            kin["all"].append(of)
            if right.burden:
                kin.setdefault(right.bearer, []).append(of)
        if right.burden:
            yield from _means(sample, rights.BORNE[right.bearer](right=right.right, effect=right.effect), of, 0.0,
                              steps, children if right.bearer == "children" else 1.0)
    own = lives.limited if len(lives.limited) else lives.months[:, sorted(held)].sum(axis=1)
    if not beside:
        yield from _means(sample, rights.MONTHS_LIMITED, own, 0.0, steps)
    most = {bearer: max(kin[bearer], key=lambda of: float((lives.weight * of).sum()))
            for bearer in rights.KIN_MONTHS if bearer in kin}
    for bearer, of in most.items():
        yield from _means(sample, rights.KIN_MONTHS[bearer], of, 0.0, steps,
                          children if bearer == "children" else 1.0)
    if most and not beside:
        fell = np.sum(list(most.values()), axis=0)
        yield from _ratios(sample, rights.BORNE_BY_KIN, fell, fell + own)


def _income(sample: _Sample) -> Iterator[_Number]:
    lives, look, cells = sample.lives, sample.look, sample.cells
    lost, low, high = sample.over_the_run(cells.column("lost"))
    yield from _means(sample, income.INCOME_LOST, lost, low, high)
    taken, least, most = sample.over_the_run(income.of_income(cells))
    earned = cells.column("income")[lives.cell, 0] * look.setting.steps
    for label, part in look.parts():  # of a sum that rounding moves too
        total = float((lives.weight * sample.of(part) * earned).sum())
        if total > 0:
            share = float((lives.weight * sample.of(part) * taken).sum()) / total
            yield from (n for n in _means(sample, income.SHARE_OF_INCOME_LOST, taken, least, most,
                                          off=-share * earned) if n.label == label)
    for column in (name for name in look.trace.cells.column_names if name.startswith(STRATUM)):
        names, code = view.words(look.trace.cells, column)
        stratum = code.reshape(cells.person_steps.shape)[:, 0]
        for s, value in enumerate(names):
            name = income.INCOME_LOST_WHERE(label=column.removeprefix(STRATUM), value=value)
            yield from _means(sample, name, lost, low, high, within=stratum == s)
    yield from _gini(sample)


def _gini(sample: _Sample) -> Iterator[_Number]:
    lives, cells = sample.lives, sample.cells
    persons, gross, net = cells.column("last"), cells.column("income"), income.left(cells)
    values = [income.gini(y.ravel(), persons.ravel()) for y in (gross, net)]
    if None in values:
        return
    n, everybody = float(persons.sum()), list(range(len(sample.look.setting.groups)))
    before, after = (income.influence(y, persons, v or 0.0)[lives.cell, lives.last]
                     for y, v in zip((gross, net), values, strict=True))
    for name, z, value in ((income.GINI_BEFORE, before, values[0]), (income.GINI_AFTER, after, values[1]),
                           (income.GINI_CHANGE, after - before, values[1])):
        yield _Number(name, ALL, everybody, z, value or 0.0, 0.0, 1.0, n)


def _concentration(sample: _Sample) -> Iterator[_Number]:
    table, lives = sample.look.trace.debits, sample.lives
    if table is None:
        return
    group, debits, persons = (view.codes(table, "group", sample.look.setting.groups),
                              view.numbers(table, "debits"), view.numbers(table, "persons"))
    for top in concentration.SHARES:
        for label, part in sample.look.parts():
            here = np.isin(group, part)
            found = concentration.shared_out(debits[here], persons[here], top)
            if found is not None:
                z = concentration.influence(lives.debits, found, top) * sample.of(part)
                yield _Number(concentration.borne_by(top), label, part, z, found.share, 0.0, 1.0,
                              float(persons[here].sum()))


def _trap(sample: _Sample) -> Iterator[_Number]:
    """Against Greenwood's variance, which takes spells for independent."""
    lives, look = sample.lives, sample.look
    span = trap.horizon(look.setting.steps)
    for tier in (0, *trap.denying(look)):
        here = lives.place == tier
        spells = _Spells(tier, lives.who[here], lives.lasted[here], lives.ended[here])
        for label, part in look.parts():
            yield from _stays(sample, spells, label, part, span)


class _Spells(NamedTuple):
    """Spells of the sample in a tier, as `Lives` has them."""

    tier: int
    who: npt.NDArray[np.int64]
    lasted: npt.NDArray[np.int64]
    ended: npt.NDArray[np.bool_]


def _stays(sample: _Sample, spells: _Spells, label: str, part: list[int], span: int) -> Iterator[_Number]:
    lives, look = sample.lives, sample.look
    found = trap.influence(look, part, spells.tier)
    if found is not None:
        half = int(np.argmax(found.survival <= 0.5)) if (found.survival <= 0.5).any() else found.points[-1].duration
        for name, over in ((trap.MEDIAN_STAY, [half]), (trap.MEAN_STAY, list(range(span))),
                           (trap.NEVER_LEAVING, [span])):
            value, most = float(found.survival[over].sum()), float(len(over))
            ended, still = found.ended[over].sum(axis=0), found.still[over].sum(axis=0)
            each = np.where(spells.ended, ended[spells.lasted], still[spells.lasted])
            z = np.bincount(spells.who, weights=each, minlength=len(lives.cell)) * sample.of(part)
            alone = float((lives.weight[spells.who] * sample.of(part)[spells.who] * each**2).sum())
            if spells.tier:
                name = trap.IN_TIER[name](tier=look.setting.tiers[spells.tier])
            if alone > 0:
                yield _Number(name, label, part, z, value, 0.0, most, value * (most - value) / alone)
