"""What readers call groups, districts, tiers and money, where the files say it: for as long as something is written.

Files, columns and numbers keep the names of the files. Whoever writes for readers opens `by`, and asks for each name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

__all__ = ["Names", "by", "debited", "money", "name", "synthetic", "tier"]


@dataclass(frozen=True, slots=True)
class Names:
    """labels: label -> name -> what readers see; tiers: tier -> the same; currency: what money is counted in, or '';
    against: whether points count against people, as those of drivers do.
    """

    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    against: bool = False


# A value of the call that writes, not of the module: two pages may be written at once.
_NAMES: ContextVar[Names | None] = ContextVar("names", default=None)


@contextmanager
def by(names: Names) -> Iterator[None]:
    """Call things so in all that is written within."""
    before = _NAMES.set(names)
    try:
        yield
    finally:
        _NAMES.reset(before)


def name(label: str, plain: str) -> str:
    """What a group, a district or a name of another label is called."""
    names = _NAMES.get()
    return plain if names is None else names.labels.get(label, {}).get(plain, plain)


def tier(plain: str) -> str:
    """What a tier is called."""
    names = _NAMES.get()
    return plain if names is None else names.tiers.get(plain, plain)


def synthetic(people: int) -> str:
    """`1 synthetic person`, `2,000 synthetic people`."""
    return f"{people:,} synthetic {'person' if people == 1 else 'people'}"


def money(unit: str) -> str:
    """A unit, with the currency in the place of `money`."""
    names = _NAMES.get()
    return unit if names is None or not names.currency else unit.replace("money", names.currency)


def debited() -> str:
    """What a debit was to people: that they lost points, or got some where points count against them."""
    names = _NAMES.get()
    return "got points" if names is not None and names.against else "lost points"
