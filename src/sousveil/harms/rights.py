"""Rights denied or limited: person-months, by right, by who bears it, and what falls on kin who did nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name, Names

__all__ = ["BORNE", "BORNE_BY_KIN", "KIN_MONTHS", "MONTHS_LIMITED", "Right", "in_order", "limited", "measures"]

Floats = npt.NDArray[np.float64]

HARM = "rights"
BORNE = {"self": Names(HARM, "{right} {effect}"),
         "household": Names(HARM, "{right} {effect}, others of the household"),
         "children": Names(HARM, "{right} {effect}, children")}
"""Months of one right, by who bears it."""
MONTHS_LIMITED = Name(HARM, "months with a right denied or limited")
KIN_MONTHS = {"household": Name(HARM, "person-months of kin, others of the household"),
              "children": Name(HARM, "person-months of kin, children")}
"""Months in which kin bore at least one right, by which kin."""
BORNE_BY_KIN = Name(HARM, "share borne by kin")


class _Rows(NamedTuple):
    """The table `rights` as arrays [rows]. key: which right, effect and bearer; place: which step, group, district."""

    right: npt.NDArray[np.object_]
    effect: npt.NDArray[np.object_]
    bearer: npt.NDArray[np.object_]
    tiers: npt.NDArray[np.object_]
    burden: npt.NDArray[np.bool_]
    key: npt.NDArray[np.int64]
    group: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    persons: Floats


class _Borne(NamedTuple):
    """Person-steps of one right and bearer, float64[G]."""

    right: str
    effect: str
    bearer: str
    person_steps: Floats


class _Kin(NamedTuple):
    """Person-steps in which kin bore at least one right, float64[G]; whether that is all of them (`nested`)."""

    bearer: str
    person_steps: Floats
    nested: bool


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """Rights for everybody and each group. A right is counted where it is denied, restricted, slowed or priced.

    RIGHT EFFECT[, whose]                         person-months over the run, one measure a right and bearer
    months with a right denied or limited        months a person, own rights; two rights at once are one month
    person-months of kin, whose                   months in which kin bore at least one right
    share borne by kin                           share of all months with a right denied or limited that kin bore
    """
    look = view.of(trace, sampling)
    rows_of_rights = _rows(look)
    borne, kin = _borne(look, rows_of_rights), _kin(look, rows_of_rights)
    own = look.total("rights_limited")
    found = []
    for group, part in look.parts():
        rows = [(name, _months(look, name, b.bearer, b.person_steps, part), "person-months", "")
                for b in borne for name in (BORNE[b.bearer](right=b.right, effect=b.effect),)]
        rows.append((MONTHS_LIMITED, limited(look, part), "months", ""))
        for k in kin:
            note = "" if k.nested else "at least: its rights hang on different tiers"
            months = _months(look, KIN_MONTHS[k.bearer], k.bearer, k.person_steps, part)
            rows.append((KIN_MONTHS[k.bearer], months, "person-months", note))
        if kin:
            fallen = float(sum(k.person_steps[part].sum() for k in kin))
            rows.append((BORNE_BY_KIN, _share(look, fallen, own[part].sum(), part), "share", ""))
        found += [estimate.measure(name, group, number, unit, look.exact, note=note)
                  for name, number, unit, note in rows]
    return found


def limited(look: view.View, part: list[int]) -> estimate.Estimate:
    """Months of the run in which a right of one's own was denied or limited, on average over people of these groups."""
    months = look.setting.years * view.MONTHS
    return estimate.mean(look.total("rights_limited")[part].sum() * months, look.people[part].sum(), 0.0, look.months,
                         effect=look.effect(MONTHS_LIMITED, part))


def _months(look: view.View, name: Name, bearer: str, person_steps: Floats, part: list[int]) -> estimate.Estimate:
    bearers = float(look.people[part].sum()) * (look.setting.children if bearer == "children" else 1.0)
    total = person_steps[part].sum() * look.setting.years * view.MONTHS
    none = "there are no children" if bearer == "children" else "nobody is in the group"
    each = estimate.mean(total, bearers, 0.0, look.months, none, look.effect(name, part))
    return each if each.value is None else replace(estimate.scaled(each, bearers), value=float(total))


def _share(look: view.View, kin: float, own: float, part: list[int]) -> estimate.Estimate:
    effect = look.effect(BORNE_BY_KIN, part)
    if effect is not None and kin + own > 0:
        return estimate.between(kin / (kin + own), 0.0, 1.0, float(look.people[part].sum()), effect)
    # Months of one person hang together: they count as the people who would bear them from the first step to the last.
    steps = max(look.setting.steps, 1)
    people = float(look.people[part].sum())
    return estimate.share(kin / steps, (kin + own) / steps, "no right was denied or limited", n=people)


class Right(NamedTuple):
    """A right of the scheme, who bears it, and the tiers that bring it, by their places; none where no tier does, but a
    place beside the tiers.
    """

    right: str
    effect: str
    bearer: str
    burden: bool
    tiers: tuple[int, ...]


def in_order(look: view.View) -> list[Right]:
    """The rights that a trace counts, in its order; those that others than oneself bear as in `Outcome.shared`."""
    rows = _rows(look)
    first = slice(0, int(np.argmax(np.append(rows.place[1:] != rows.place[0], True))) + 1 if len(rows.key) else 0)
    number = {tier: n for n, tier in enumerate(look.setting.tiers)}
    return [Right(right, effect, bearer, bool(burden), tuple(number[t] for t in names.split(" + ") if t in number))
            for right, effect, bearer, names, burden in zip(
                rows.right[first], rows.effect[first], rows.bearer[first], rows.tiers[first], rows.burden[first],
                strict=True)]


def _rows(look: view.View) -> _Rows:
    table = look.trace.rights
    columns, key = [], np.zeros(len(table), dtype=np.int64)
    for name in ("right", "effect", "bearer", "tiers", "district"):
        known, code = view.words(table, name)
        columns.append(np.array(known, dtype=object)[code] if known else code.astype(object))
        if name in ("right", "effect", "bearer"):
            key = key * max(len(known), 1) + code
    group = view.codes(table, "group", look.setting.groups)
    step = view.numbers(table, "step").astype(np.int64)
    place = (step * len(look.setting.groups) + group) * max(len(known), 1) + code
    burden = table["burden"].to_numpy().astype(bool)
    right, effect, bearer, tiers, _ = columns
    return _Rows(right, effect, bearer, tiers, burden, key, group, place, view.numbers(table, "persons"))


def _borne(look: view.View, rows: _Rows) -> list[_Borne]:
    """Every right that is denied or limited, in the order of the scheme."""
    found = []
    keys, first = np.unique(rows.key[rows.burden], return_index=True)
    for key in keys[np.argsort(first)]:
        mine = rows.key == key
        at = int(mine.argmax())
        persons = view.summed(rows.group[mine], rows.persons[mine], len(look.setting.groups))
        found.append(_Borne(rows.right[at], rows.effect[at], rows.bearer[at], persons))
    return found


def _kin(look: view.View, rows: _Rows) -> list[_Kin]:
    """What kin bore, in every district and step as many as bore the right that most of them did.

    That is exact where one right hangs on all the tiers that any of them does, and too low otherwise.
    """
    found = []
    for bearer in ("household", "children"):
        mine = rows.burden & (rows.bearer == bearer)
        if not mine.any():
            continue
        most, group = np.zeros((2, int(rows.place.max()) + 1))
        np.maximum.at(most, rows.place[mine], rows.persons[mine])
        group[rows.place[mine]] = rows.group[mine]
        tiers = [set(names.split(" + ")) for names in set(rows.tiers[mine])]
        nested = max(tiers, key=len) == set().union(*tiers)
        found.append(_Kin(bearer, view.summed(group.astype(np.int64), most, len(look.setting.groups)), nested))
    return found
