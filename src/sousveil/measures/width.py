"""The second width of a number: how far what is not published moves it (docs/unknowns.md).

The first width, `low` to `high` of a `Measure`, is chance in the simulation. It says nothing of the numbers that were
assumed. The second is the range of the number over points of those, and it travels with the measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from sousveil.measures.name import Name

__all__ = ["CARRIES", "LEVEL", "Evened", "Reading", "Width", "WidthRow", "Widths", "carried_by", "restored_width"]

LEVEL = 0.95
"""The share of the law of what is not published that lies between `least` and `most`."""

CARRIES = 0.95
"""The share of points that must have a sign before a sentence may name a direction: the odds that an interval of 95 %
gives, so that neither width is the laxer one."""


class Evened(NamedTuple):
    """A number without what was assumed to differ between groups, and its 95 % interval over chance."""

    value: float
    low: float | None
    high: float | None


class Reading(NamedTuple):
    """One reading of a choice, and the share of the points with this reading that have the sign."""

    choice: str
    reading: str
    agree: float


@dataclass(frozen=True, slots=True)
class Width:
    """How far a number moves over points of what is not published.

    least, most   the 95 % range over the points by ranks, chance taken out; None where too few tell more than chance
    agree         share of the points at which the number has the sign of its value (or, for two groups, their order);
                  None for what has no sign
    hangs_on      the unknowns that move it most, the first one most, each with the share of the spread over the points
                  that goes with it alone
    points        how many points could tell; of: how many there were
    evened        for a difference between groups: what is left of it, with its interval over chance, where all that was
                  assumed to differ between groups is set to the mean of the population; None where nothing was
    readings      `agree` among the points of each reading of each choice, that of the study itself first
    """

    least: float | None
    most: float | None
    agree: float | None
    hangs_on: tuple[tuple[str, float], ...]
    points: int
    of: int
    evened: Evened | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def carries(self) -> bool:
        """Whether the points carry a direction, be it under a reading alone."""
        return self.agree is not None and (self.agree >= CARRIES or self.under is not None)

    @property
    def under(self) -> Reading | None:
        """The reading of the study itself under which alone the points carry a direction; None where they do so under
        all, or under none.
        """
        if self.agree is None or self.agree >= CARRIES:
            return None
        own: dict[str, Reading] = {}
        for reading in self.readings:
            own.setdefault(reading.choice, reading)
        return next((reading for reading in own.values() if reading.agree >= CARRIES), None)

    def turned(self) -> Width:
        """The same of the difference the other way round: what agrees with its sign is the same."""
        least, most = (None if x is None else -x for x in (self.most, self.least))
        left = self.evened and Evened(-self.evened.value, *(None if x is None else -x for x in (
            self.evened.high, self.evened.low)))
        return replace(self, least=least, most=most, evened=left)

    @property
    def level(self) -> float:
        """The share of the law between `least` and `most`: 95 %, and less where fewer than 39 points give no more."""
        return min(LEVEL, (self.points - 1) / (self.points + 1)) if self.points else 0.0


class WidthRow(NamedTuple):
    """What a width is of. Without a measure of its own: the difference between two groups, `group` less `reference`."""

    name: Name
    group: str
    reference: str
    width: Width


@dataclass(frozen=True)
class Widths(Sequence[WidthRow]):
    """The widths of a result: of every measure, and of the difference between any two groups in each.

    unknowns   what was varied: name -> lowest and highest, or the readings of a choice
    held       what was assumed and not varied, and why
    engine     which engine carried the points; people: in each half of a point, 0 where there was no chance in it
    evened     paths of what was assumed to differ between groups and was set to the mean for `Width.evened`
    uneven     those of the same kind that no one number can stand for, so that they were left
    """

    rows: tuple[WidthRow, ...] = ()
    unknowns: tuple[tuple[str, tuple[float | str, ...]], ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    points: int = 0
    engine: str = ""
    people: int = 0
    evened: tuple[str, ...] = ()
    uneven: tuple[str, ...] = ()

    def find(self, name: Name, group: str = "all", reference: str = "") -> Width | None:
        """The width of a measure, or of the difference of a group and a reference; None where there is none."""
        return self._index.get((name, group, reference))

    def order(self, name: Name, group: str, other: str) -> Width | None:
        """The width of how much larger a measure is for a group than for another; None where that was not told."""
        width = self.find(name, group, other)
        if width is not None:
            return width
        width = self.find(name, other, group)
        return None if width is None else width.turned()

    def kept(self) -> dict[str, Any]:
        """As plain data that `restored` makes the widths of again."""
        return {**{name: getattr(self, name) for name in ("points", "engine", "people")},
                "unknowns": [[name, list(ends)] for name, ends in self.unknowns], "held": [list(h) for h in self.held],
                "evened": list(self.evened), "uneven": list(self.uneven),
                "rows": [[asdict(r.name), r.group, r.reference, asdict(r.width)] for r in self.rows]}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Widths:
        """The widths that `kept` wrote down, also where they went through JSON. Raises KeyError, TypeError, ValueError
        for what they are not.
        """
        rows = tuple(WidthRow(_name(name), str(group), str(reference), _width(width))
                     for name, group, reference, width in kept["rows"])
        return cls(rows, tuple((str(name), tuple(ends)) for name, ends in kept["unknowns"]),
                   tuple((str(name), str(why)) for name, why in kept["held"]),
                   int(kept["points"]), str(kept["engine"]), int(kept["people"]),
                   tuple(map(str, kept["evened"])), tuple(map(str, kept["uneven"])))

    @cached_property
    def _index(self) -> dict[tuple[Name, str, str], Width]:
        return {(row.name, row.group, row.reference): row.width for row in self.rows}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[WidthRow]:
        return iter(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]


def carried_by(low: float | None, high: float | None, width: Width | None, *, none: float = 0.0,
               assumed: bool = True) -> bool:
    """Whether a direction may be claimed: chance excludes none, and 95 of 100 points have it.

    none      the value that means no difference: 0, or 1 for a ratio
    assumed   whether the study has numbers that are not published; then a number without a width carries nothing
    """
    if low is None or high is None or low <= none <= high:
        return False
    if width is None:
        return not assumed
    return width.carries


def _name(kept: Mapping[str, Any]) -> Name:
    return Name(kept["harm"], kept["text"], tuple((slot, value) for slot, value in kept["slots"]))


def restored_width(kept: Mapping[str, Any] | None) -> Width | None:
    """A width from plain data, as `dataclasses.asdict` writes it."""
    return None if kept is None else _width(kept)


def _width(kept: Mapping[str, Any]) -> Width:
    def number(value: Any) -> float | None:
        return None if value is None else float(value)

    hangs: Iterable[Any] = kept["hangs_on"]
    left = kept["evened"]
    return Width(number(kept["least"]), number(kept["most"]), number(kept["agree"]),
                 tuple((str(name), float(share)) for name, share in hangs), int(kept["points"]), int(kept["of"]),
                 None if left is None else Evened(float(left[0]), number(left[1]), number(left[2])),
                 tuple(Reading(str(choice), str(reading), float(share)) for choice, reading, share in kept["readings"]))
