"""A release: what one run may print of a table, declared before anything is counted.

Every count that a release prints is the number of people in a *box*: for some columns, which of their codes a person
may have. Boxes of different releases of one file are sums over the same people, so they can be protected together. A
kind of count is a condition on the decision, the outcome and the score:

    n            decisions                            yx      of them without a known outcome
    d1 d0        selected, not selected               k       of them with one
    y1 y0        outcome present, absent              d1k d0k, d1y1 d1y0 d0y1 d0y0, d1yx d0yx: both at once
    b0k b0y1 ... decisions with a known outcome in score band 0, and of them with the outcome present, absent
    dx           no decision, of everybody alone

In a random-control design "selected" means by the algorithm and "not selected" means drawn at random.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import combinations, product
from typing import Any

__all__ = ["MISSING", "OTHER", "UNKNOWN", "Allowed", "Box", "Coding", "Group", "Margin", "Release", "chosen", "kinds",
           "picked", "spoken"]

MISSING = "(missing)"
"""The label of people whose column of groups is empty."""

OTHER = "(other)"
"""The label of all people whose own label fewer than the floor share."""

UNKNOWN = 2
"""The code of a decision, an outcome or an arm that is not known."""

_ROLES = ("label", "yes", "score", "arm")
"""Ways in which a column is read."""

Group = tuple[tuple[int, str], ...]
"""Which labels a group has, as (place of the column, label) pairs; empty for everybody."""

Margin = tuple[Group, str]
"""A printed count: whose, and of what kind."""

Allowed = tuple[Any, ...] | frozenset[Any]
"""Codes that a box takes; of a score (least, under): numbers at or above the first and under the second. A frozenset
names the codes that it does not take."""

_KIND = re.compile(r"n|dx|(?:b(?P<band>\d+)|d(?P<d>[01]))?(?:(?P<k>k)|y(?P<y>[01x]))?")


@dataclass(frozen=True, slots=True, order=True)
class Coding:
    """How a column is read: `label`, `yes` (1, 0, missing), `score` (a place among edges), `arm` (1, 0 by chance).

    value  of an arm the value that means chance; of a yes the values that mean it, as JSON, or '' for the usual words
    """

    column: str
    role: str
    value: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Coding:
        """From JSON. Raises KeyError, TypeError or ValueError when it is none."""
        found = cls(**{key: str(value) for key, value in data.items()})
        if found.role not in _ROLES or (found.role == "yes" and found.value and not isinstance(
                json.loads(found.value), list)):
            raise ValueError(found.role)
        return found


def picked(text: str) -> tuple[str, tuple[str, ...]]:
    """A column and the values that mean yes, from `column=value,value`; no values from `column`."""
    column, equals, values = text.partition("=")
    return (column.strip(), tuple(value.strip() for value in values.split(",") if value.strip())) if equals else (
        text, ())


def chosen(text: str, role: str = "yes") -> Coding:
    """How a column is read of which `column=value,value` or `column` was asked."""
    column, values = picked(text)
    return Coding(column, role, json.dumps(sorted(values), ensure_ascii=False) if values else "")


def spoken(coding: Coding) -> str:
    """A column with the values that mean yes, as it was typed."""
    if coding.role != "yes" or not coding.value:
        return coding.column
    return f"{coding.column}={','.join(json.loads(coding.value))}"


Box = tuple[tuple[Coding, Allowed], ...]
"""For each coding the codes that are taken; everybody whose columns have such codes is in the box."""


@dataclass(frozen=True)
class Release:
    """What is declared: no number, no name of a person; labels come from the file.

    decision    how people are selected; a score with its `cut`
    outcome     what turned out to be so, or None
    groups      columns of groups; their intersections are counted too
    edges       the inner edges of the bands of the score, lowest first
    only_known  decisions without a known outcome are left out, because there are few
    where       only people of whom each of these is a yes are counted
    left        labels, as (place of the column, label), whose few people are left out of everything
    middle      the cut is the median, rounded up
    """

    decision: Coding
    cut: float | None = None
    outcome: Coding | None = None
    groups: tuple[Coding, ...] = ()
    edges: tuple[float, ...] = ()
    only_known: bool = False
    where: tuple[Coding, ...] = ()
    left: tuple[tuple[int, str], ...] = ()
    middle: bool = False

    @cached_property
    def codings(self) -> tuple[Coding, ...]:
        """Every column that is counted over, as it is read."""
        return (*self.groups, self.decision, *((self.outcome,) if self.outcome else ()), *self.where)

    @property
    def within(self) -> Release:
        """This release as one of a table that holds nobody else: without the filters and what is left out."""
        return replace(self, where=(), left=(), middle=False)

    @property
    def bands(self) -> int:
        """How many bands of the score are told of."""
        return len(self.edges) + 1 if self.decision.role == "score" and self.outcome else 0

    def counts_label(self, place: int, text: str) -> bool:
        """Whether a label can be among those that the filters leave, and is not left out."""
        column = self.groups[place].column
        wanted = all(text in json.loads(coding.value) for coding in self.where if coding.column == column)
        return wanted and (place, text) not in self.left

    def box(self, group: Group, kind: str) -> Box:
        """Who is counted by a margin."""
        parts: dict[Coding, Allowed] = dict.fromkeys(self.where, (1,))
        parts |= {self.groups[place]: frozenset(text for p, text in self.left if p == place) for place, _ in self.left}
        parts |= {self.groups[place]: (text,) for place, text in group}
        found = _KIND.fullmatch(kind)
        if found is None:
            raise ValueError(f"no kind of count is called {kind!r}")
        parts[self.decision] = self._decided(found, kind)
        known = (0, 1) if found["k"] else (int(found["y"]) if found["y"] != "x" else UNKNOWN,) if found["y"] else ()
        if self.outcome and kind != "dx" and (known or self.only_known):
            parts[self.outcome] = known or (0, 1)
        return tuple(sorted(parts.items()))

    def _decided(self, found: re.Match[str], kind: str) -> Allowed:
        if self.decision.role != "score" or kind == "dx":
            return (UNKNOWN,) if kind == "dx" else (int(found["d"]),) if found["d"] else (0, 1)
        if found["band"]:
            ends = (-math.inf, *self.edges, math.inf)
            band = int(found["band"])
            return ends[band], ends[band + 1]
        cut = self.cut if self.cut is not None else -math.inf
        return {"1": (cut, math.inf), "0": (-math.inf, cut)}.get(found["d"] or "", (-math.inf, math.inf))

    def groups_of(self, labels: Sequence[Sequence[str]]) -> Iterator[Group]:
        """Everybody, then each label of each column, then each intersection, also those that nobody is in."""
        places = range(len(self.groups))
        for size in range(len(self.groups) + 1):
            for chosen in combinations(places, size):
                for texts in product(*(labels[i] for i in chosen)):
                    yield tuple(zip(chosen, texts, strict=True))

    def margins(self, labels: Sequence[Sequence[str]]) -> Iterator[Margin]:
        """Every count that this release could print, for the labels that its group columns have."""
        for group in self.groups_of(labels):
            for kind in kinds(self.outcome is not None, self.bands):
                if not (kind.startswith("b") and len(group) > 1):
                    yield group, kind
        yield (), "dx"

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Release:
        """From what `plain` gave. Raises KeyError or TypeError when it is not that."""
        outcome = data["outcome"]
        cut, groups = data["cut"], tuple(Coding.of(group) for group in data["groups"])
        left = tuple((int(place), str(text)) for place, text in data["left"])
        if any(not 0 <= place < len(groups) for place, _ in left) or not math.isfinite(cut or 0):
            raise ValueError("no release")
        return cls(Coding.of(data["decision"]), None if cut is None else float(cut),
                   Coding.of(outcome) if outcome else None, groups, tuple(map(float, data["edges"])),
                   bool(data["only_known"]), tuple(Coding.of(one) for one in data["where"]), left,
                   bool(data.get("middle")))


def kinds(outcomes: bool, bands: int) -> tuple[str, ...]:
    """The kinds of count of a group."""
    if not outcomes:
        return ("n", "d1", "d0")
    both = [f"{who}{what}" for who in ("", "d1", "d0") for what in ("y1", "y0", "k", "yx")]
    return ("n", "d1", "d0", *both, *(f"b{b}{what}" for b in range(bands) for what in ("k", "y1", "y0")))
