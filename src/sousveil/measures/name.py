"""Names of measures: constants, declared once by the instrument that produces the measure, imported by who looks it up.

    MEDIAN_STAY = Name("trap", "median time to leave")
    TIER_SHARE = Names("tiers", "share in tier {tier}")       one name for every tier of a study

    measures.find(MEDIAN_STAY, "A")
    measures.find(TIER_SHARE(tier="low"))
    m.name in TIER_SHARE, m.name["tier"]

The English of a name is what tables and pages show. No code compares it, takes it apart or puts it together: what is
mistyped is no name, which mypy sees, and a name that no instrument produces fails a test.
"""

from __future__ import annotations

import string
from collections.abc import Container
from dataclasses import dataclass
from functools import cache

__all__ = ["Name", "Names"]


@dataclass(frozen=True, slots=True)
class Name:
    """What a measure is of.

    harm    which harm or metric family, for example `wrongful`
    text    which number of it, in words, with a {slot} for what differs from study to study
    slots   the slots of the text in their order, each with its value

    Raises TypeError when the slots are not those of the text.
    """

    harm: str
    text: str
    slots: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if tuple(slot for slot, _ in self.slots) != _open(self.text):
            raise TypeError(f"the slots of {self.text!r} are {_open(self.text)}")

    @property
    def label(self) -> str:
        """The name as tables show it, in the column `measure`."""
        return self.text.format_map(dict(self.slots)) if self.slots else self.text

    @property
    def words(self) -> tuple[str, str]:
        """The name as the columns `harm` and `measure` of a table have it."""
        return self.harm, self.label

    def __getitem__(self, slot: str) -> str:
        """The value of a slot. Raises KeyError where the name has none of that kind."""
        return dict(self.slots)[slot]


@dataclass(frozen=True, slots=True)
class Names(Container[Name]):
    """The names that one text with open slots stands for: call it with the value of every slot."""

    harm: str
    text: str

    def __call__(self, **slots: str) -> Name:
        """The name with these values. Raises TypeError when they are not those that the text asks for."""
        if {*slots} != {*_open(self.text)}:
            raise TypeError(f"the slots of {self.text!r} are {_open(self.text)}, not {tuple(slots)}")
        return Name(self.harm, self.text, tuple((slot, slots[slot]) for slot in _open(self.text)))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, Name) and (name.harm, name.text) == (self.harm, self.text)


@cache
def _open(text: str) -> tuple[str, ...]:
    return tuple(slot for _, slot, _, _ in string.Formatter().parse(text) if slot is not None)
