"""A population from what statistical offices publish: tables of counts or shares by labels.

Several tables are several margins of the same people. Rounding makes them disagree by a little; they are fitted to the
first by iterative proportional fitting, and refused where they disagree by more than rounding could.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.errors import InputError, Problem, did_you_mean
from sousveil.ground.characters import plain_digits
from sousveil.studies.limits import PEOPLE
from sousveil.studies.sizes import MAX_CELLS
from sousveil.studies.written_yaml import lines

__all__ = ["Given", "Margins", "population_text", "read_margins"]

COUNTS, SHARES = ("count", "counts", "people", "persons", "number", "n"), ("share", "shares", "percent", "%")
TOTALS = {"total", "totals", "all", "sum", "everybody", "insgesamt", "gesamt", "totaal", "ensemble", "totale"}
"""Names of rows that add others up."""

APART = 0.01
"""How far two tables may be apart in a share, as rounding puts them; more is no rounding."""

OFF = 0.02
"""How far shares may be from adding up to one."""

_ROUNDS, _CLOSE = 500, 1e-12

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """A table as it was read: its name, and rows of text, the first of which names the columns."""

    name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Margins:
    """over   the labels of each table; shares: the names, one of each label -> share of all people
    total    the sum of all counts of the first table that has counts; None where there are shares alone
    moved    how far fitting moved the worst share
    """

    over: tuple[Keys, ...]
    shares: tuple[Mapping[Keys, float], ...]
    total: int | None
    moved: float

    def names(self) -> dict[str, dict[str, float]]:
        """label -> name -> its share, group and district first."""
        found: dict[str, dict[str, float]] = {}
        for over, shares in zip(self.over, self.shares, strict=True):
            for axis, label in enumerate(over):
                if label not in found:
                    found[label] = {}
                    for key, share in shares.items():
                        found[label][key[axis]] = found[label].get(key[axis], 0.0) + share
        return {label: found[label] for label in sorted(found, key=["group", "district"].__contains__, reverse=True)}


def read_margins(tables: Sequence[Given], group: str = "group", district: str = "district") -> Margins:
    """The margins of some tables. `group` and `district` are the columns that are to be these labels.

    Raises InputError, with file and line, for what is no table of counts or shares by labels.
    """
    read = [_table(given, {group: "group", district: "district"}) for given in tables]
    if not any("group" in over for over, _, _ in read):
        columns = list(dict.fromkeys(label for over, _, _ in read for label in over))
        raise InputError(f'no column "{group}": every population has groups; say which column they are, with --group'
                         + did_you_mean(group, columns))
    over: list[Keys] = []
    shares: list[dict[Keys, float]] = []
    worst = 0.0
    for given, (labels, cells, _) in zip(tables, read, strict=True):
        _same_names(given, labels, cells, over, shares)
        whole = sum(cells.values())
        raw = {key: value / whole for key, value in cells.items()}
        fitted = _fitted(raw, labels, over, shares)
        moved = max((abs(fitted[key] - raw[key]) for key in raw), default=0.0)
        if moved > APART:
            key = max(raw, key=lambda k: abs(fitted[k] - raw[k]))
            who = ", ".join(f"{label} {name}" for label, name in zip(labels, key, strict=True))
            raise InputError(Problem(given.name, 0, 0, (
                f"for {who} this table gives {raw[key]:.3g}, and what the tables before it give would need "
                f"{fitted[key]:.3g}: they are not about the same people")))
        worst = max(worst, moved)
        over.append(labels)
        shares.append(fitted)
    counted = next((round(sum(cells.values())) for _, cells, counts in read if counts), None)
    found = Margins(tuple(over), tuple(shares), counted, worst)
    kinds = math.prod(len(names) for names in found.names().values())
    if kinds > MAX_CELLS:
        raise InputError(f"these tables tell {kinds:,} kinds of people apart; at most {MAX_CELLS:,} can be")
    return found


def population_text(name: str, found: Margins, people: int | None, cite: str) -> tuple[str, int]:
    """A population file, and how many people are in it."""
    people = people or min(max(found.total or 100_000, PEOPLE[0]), PEOPLE[1])
    names = found.names()
    data: dict[str, Any] = {"population": name, "people": people, "groups": names.pop("group")}
    if "district" in names:
        data["districts"] = names.pop("district")
    if names:
        data["strata"] = names
    joint = [{"over": list(over), "shares": _nested(over, shares), "cite": cite}
             for over, shares in zip(found.over, found.shares, strict=True) if len(over) > 1]
    data |= {"margins": joint} if joint else {}
    head = ("# Shares of people from published tables. To be completed: under conduct, how often people do what a\n"
            "# scheme counts; under marks and characteristics, what share of people it says something about.\n")
    return head + lines(data | {"conduct": {}, "cite": cite}, ("strata", "margins")), people


def _table(given: Given, renamed: Mapping[str, str]) -> tuple[Keys, dict[Keys, float], bool]:
    """The labels of a table, its cells, and whether they are counts."""
    rows = [list(row) for row in given.rows]
    if len(rows) < 2:
        raise InputError(Problem(given.name, 0, 0, "a table has a line that names its columns, and lines under it"))
    head = [column.strip() for column in rows[0]]
    values = [i for i, column in enumerate(head) if column.casefold() in (*COUNTS, *SHARES)]
    if len(values) != 1:
        raise InputError(Problem(given.name, 1, 1, (
            "one column says how many people a line is about: count, or share, or percent; here "
            f"{'there is none' if not values else 'there are several'}. A table with a line for each person is not "
            "read")))
    at, kind = values[0], head[values[0]].casefold()
    labels = tuple(renamed.get(column, column) for i, column in enumerate(head) if i != at)
    if not labels or len(set(labels)) < len(labels) or not all(labels):
        raise InputError(Problem(given.name, 1, 1, "every other column is a label with a name of its own"))
    cells: dict[Keys, float] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            raise InputError(Problem(given.name, line, 1, f"{len(row)} cells under {len(head)} columns"))
        key = tuple(cell.strip() for i, cell in enumerate(row) if i != at)
        for name in key:
            if not name or name.casefold() in TOTALS:
                what = f'"{name}" adds other lines up' if name else "a label is empty"
                raise InputError(Problem(given.name, line, 1, f"{what}; take the line out, or name whom it is about"))
        if key in cells:
            raise InputError(Problem(given.name, line, 1, f"{', '.join(key)} stands here twice"))
        cells[key] = _number(given.name, line, row[at], kind in COUNTS)
    if not sum(cells.values()) > 0:
        raise InputError(Problem(given.name, 0, 0, "there is nobody in this table"))
    if kind in COUNTS:
        if len(cells) > 1 and set(cells.values()) == {1.0}:
            raise InputError(Problem(given.name, 0, 0, "every count is 1, as in a table with a line for each person; "
                                                       "only counts or shares of many are read"))
        return labels, cells, True
    whole = sum(cells.values()) / (100.0 if kind in ("percent", "%") else 1.0)
    if abs(whole - 1.0) > OFF:
        raise InputError(Problem(given.name, 0, 0, (
            f"the percentages add up to {100 * whole:.3g}, not 100; a line for the rest may be missing"
            if kind in ("percent", "%") else
            f"the shares add up to {whole:.3g}, not 1" + ("; for percent, call the column percent" if whole > 2 else
                                                          "; a line for the rest may be missing"))))
    return labels, cells, False


def _number(name: str, line: int, text: str, counts: bool) -> float:
    plain = text.strip().removesuffix("%").replace(" ", "").replace("_", "").replace("'", "")
    if plain.count(",") and not plain.count("."):
        whole, _, rest = plain.partition(",")
        plain = plain.replace(",", "") if len(rest) == 3 or plain.count(",") > 1 else f"{whole}.{rest}"
    try:
        value = float(plain.replace(",", ""))
    except ValueError:
        value = math.nan
    if meant := plain_digits(text):
        raise InputError(Problem(name, line, 1, f'"{text.strip()[:40]}" is written with other digits; write {meant}'))
    if not math.isfinite(value) or value < 0 or value > PEOPLE[1]:
        raise InputError(Problem(name, line, 1, f'"{text.strip()[:40]}" is no number of people; where it is withheld, '
                                                "write your estimate"))
    if counts and not value.is_integer():  # a point may part thousands where a comma parts decimals
        raise InputError(Problem(name, line, 1, f'"{text.strip()[:40]}" is no whole number of people; write counts '
                                                "without points or commas"))
    return value


def _same_names(given: Given, labels: Keys, cells: Mapping[Keys, float], over: Sequence[Keys],
                shares: Sequence[Mapping[Keys, float]]) -> None:
    """Refuse names of a label that the first table with that label does not have."""
    for axis, label in enumerate(labels):
        known = next((list(dict.fromkeys(key[before.index(label)] for key in them))
                      for before, them in zip(over, shares, strict=True) if label in before), [])
        for key in cells:
            if known and key[axis] not in known:
                raise InputError(Problem(given.name, 0, 0, f'{label} "{key[axis]}" is not in the table before'
                                         + did_you_mean(key[axis], known)))


def _fitted(raw: Mapping[Keys, float], labels: Keys, over: Sequence[Keys],
            shares: Sequence[Mapping[Keys, float]]) -> dict[Keys, float]:
    """The shares, so that they add up to those of the tables before over the labels that both have."""
    targets = []
    for before, them in zip(over, shares, strict=True):
        both = [label for label in labels if label in before]
        if both:
            here, there = [labels.index(label) for label in both], [before.index(label) for label in both]
            targets.append((here, _summed(them, there)))
    found = dict(raw)
    for _ in range(_ROUNDS if targets else 0):
        last = dict(found)
        for axes, wanted in targets:
            have = _summed(found, axes)
            for key in found:
                part = tuple(key[axis] for axis in axes)
                found[key] *= wanted.get(part, 0.0) / have[part] if have[part] > 0 else 0.0
        if max(abs(found[key] - last[key]) for key in found) < _CLOSE:
            break
    return found


def _summed(shares: Mapping[Keys, float], axes: Sequence[int]) -> dict[Keys, float]:
    found: dict[Keys, float] = {}
    for key, share in shares.items():
        part = tuple(key[axis] for axis in axes)
        found[part] = found.get(part, 0.0) + share
    return found


def _nested(over: Keys, shares: Mapping[Keys, float]) -> Any:
    found: dict[str, Any] = {}
    for key, share in shares.items():
        here = found
        for name in key[:-1]:
            here = here.setdefault(name, {})
        here[key[-1]] = share
    return found
