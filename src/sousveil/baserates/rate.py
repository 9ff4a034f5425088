"""A rate as people write it: stated, or counted in one trial or in several.

    0.001   0.1%   1/6000          stated: taken as exact, because nobody said how well it is known
    1 in 6000                      the same: one in so many is a way to say a rate
    7/8600  7 in 8600  0 in 4600   counted: Jeffreys posterior Beta(events + 1/2, rest + 1/2); no events give no zero
    several counts                 spread between the trials: a beta law as wide as what they say of a next one

One in so many is a stated rate, however it is written; one that was counted says of what: `1 false in 12,120 faces`.
Counts may have commas between groups of three. A share may have none: `0,001` is not read, and is no 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sousveil.baserates.spread import Spread, next_size, spread
from sousveil.errors import InputError, two_readings
from sousveil.ground import numerals, typed
from sousveil.ground.arguments import described

__all__ = ["LARGEST", "Count", "Rate", "counted", "number", "parse", "share", "stated", "whole"]

N = TypeVar("N", int, float)

LARGEST = 1e15
"""Nothing can be counted beyond this here: whole numbers beyond it are no longer exact."""


@dataclass(frozen=True, slots=True)
class Count:
    """So many events in so many trials, for example 7 false alerts in 8,600 faces."""

    events: int
    trials: int

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError(f"{self.events} in {self.trials}: a rate needs at least one trial")
        if not 0 <= self.events <= self.trials:
            raise InputError(f"{self.events} in {self.trials}: the events must lie between 0 and the trials")
        if self.trials > LARGEST:
            raise InputError(f"{self.events} in {self.trials:.3g}: more trials than sousveil counts (1e15)")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share that is stated (`a` and `b` are None) or uncertain, as Beta(a, b).

    value   the rate itself, or the mean of its law; a share
    words   how it was read, for people
    counts  the counts it comes from
    spread  how far several counts differ; None for one count
    """

    value: float
    a: float | None
    b: float | None
    words: str
    counts: tuple[Count, ...] = ()
    spread: Spread | None = None

    @property
    def is_stated(self) -> bool:
        """Whether it is a bare figure, without an interval of its own."""
        return self.a is None

    def interval(self) -> tuple[float, float] | None:
        """95 % equal-tailed interval of its law, from 0 without events and to 1 without others; None when stated."""
        if self.a is None or self.b is None:
            return None
        from sousveil.ground.special import betaincinv

        events = sum(count.events for count in self.counts)
        rest = sum(count.trials for count in self.counts) - events
        return (0.0 if self.counts and not events else float(betaincinv(self.a, self.b, 0.025)),
                1.0 if self.counts and not rest else float(betaincinv(self.a, self.b, 0.975)))


def stated(value: float, words: str = "") -> Rate:
    """A rate taken as exact. Raises InputError outside [0, 1]."""
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise InputError(f"a rate must lie between 0 and 1, not {numerals.number(value, figures=6)}")
    return Rate(value, None, None, words or f"{value:.6g}, as stated")


def counted(counts: Sequence[Count], spread_between: bool = True) -> Rate:
    """The rate behind one count or several.

    One count: Beta(events + 1/2, rest + 1/2). Several: the law of the rate of the *next* trial, not of the average,
    with what is not known of the spread between trials (`spread.next_size`). With `spread_between` off, or where all
    are events or none, the pooled Jeffreys posterior. Raises InputError when there are no counts.
    """
    if not counts:
        raise InputError("a counted rate needs at least one count")
    events, trials = sum(c.events for c in counts), sum(c.trials for c in counts)
    a, b = events + 0.5, trials - events + 0.5
    words = f"{events:,} counted in {trials:,}"
    if len(counts) == 1:
        return Rate(a / (a + b), a, b, words, tuple(counts))
    pairs = [(count.events, count.trials) for count in counts]
    measured = spread(pairs)
    words += f" over {len(counts)} trials"
    mean = a / (a + b)
    if not spread_between or events in (0, trials):
        words += ", pooled" if not spread_between else ", no more spread than luck gives"
        return Rate(mean, a, b, words, tuple(counts), measured)
    size = next_size(pairs)
    more = "no more" if measured.rho == 0 else f"{measured.dispersion:.1f} times the"
    words += f", {more} spread {'than' if measured.rho == 0 else 'that'} luck gives"
    return Rate(mean, mean * size, (1 - mean) * size, words, tuple(counts), measured)


_COUNTS = re.compile(r"([\d,_]+)(\s+[a-z]+)?\s*(/|\s(?:in|of|out of)\s)\s*([\d,_]+)(\s+[a-z]+)?", re.IGNORECASE)


def parse(text: str, what: str = "rate") -> Rate:
    """Read a rate as this module's docstring writes it. Raises InputError, naming `what`, when it is none."""
    try:
        return _read(text.strip())
    except (ValueError, InputError) as error:
        said = str(error)
        raise InputError(f"{what}: {said}" if said.startswith('"') else f"{what} {described(text)}: {said}") from None


def _read(plain: str) -> Rate:
    """Raises ValueError for what is no number or can be read in two ways, InputError for what is no rate."""
    for part in re.findall(r"[\d.,]+", plain) if re.search(r"/|\s(in|of)\s", plain, re.IGNORECASE) else ():
        if reason := two_readings(part):
            raise ValueError(reason)
    found = _COUNTS.fullmatch(plain)
    if found is not None:
        return _counts(found)
    if "/" in plain:
        above, below = map(typed.real, plain.split("/", 1))
        if below == 0:
            raise InputError("the denominator is 0")
        return stated(above / below, f"{plain}, as stated")
    return stated(_share(plain), f"{plain}, as stated")


def _counts(found: re.Match[str]) -> Rate:
    # In 1,500/6000 the comma could be that of one and a half: whoever marks thousands marks them in both.
    if "," not in found[4] and (reason := two_readings(found[1], whole=False)):
        raise ValueError(reason)
    events, trials = typed.whole(found[1]), typed.whole(found[4])
    if trials == 0:
        raise InputError("the denominator is 0")
    if events == 1 and not (found[2] or found[5]):
        return stated(1 / trials, f"1 in {trials:,}, as stated")
    return counted([Count(events, trials)])


def _share(plain: str) -> float:
    """0.001 or 0.1%. Raises ValueError."""
    if reason := two_readings(plain, whole=False):
        raise ValueError(reason + _as_fraction(plain))
    return typed.real(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)


def _as_fraction(plain: str) -> str:
    """The other way to write a share that has a decimal comma: `0,001` is 1/1000."""
    found = re.fullmatch(r"0?,(\d+)", plain)
    times = 1 / float(f"0.{found[1]}") if found and int(found[1]) else 0.0
    return f", or 1/{round(times)}" if times and abs(times - round(times)) < 1e-6 else ""


def share(text: str, what: str) -> float:
    """A share as 0.8 or 80%. Raises InputError, naming `what`."""
    return _named(what, _share, text.strip())


def number(text: str, what: str) -> float:
    """A finite number. Raises InputError, naming `what`."""
    return _named(what, typed.real, text)


def whole(text: str, what: str, least: int = 0) -> int:
    """A whole number from `least` to 1e15. Raises InputError, naming `what`."""
    value = _named(what, typed.whole, text)
    if not least <= value <= LARGEST:
        raise InputError(f"{what} {described(text)}: expected a number from {least} to 1e15")
    return value


def _named(what: str, read: Callable[[str], N], text: str) -> N:
    try:
        return read(text)
    except ValueError as error:
        raise InputError(f"{what}: {error}") from None
