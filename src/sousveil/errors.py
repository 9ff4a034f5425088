"""Every error that sousveil raises on purpose.

    SousveilError                 anything raised on purpose; the message is written for the person at the keyboard
    ├── InputError                a file or an argument is wrong; carries one Problem per mistake       exit code 2
    │   └── EngineRefusal         the chosen engine cannot carry the scheme; names the line and the engine that can
    ├── BoundaryError             the request crosses a line of docs/boundaries.md                      exit code 3
    ├── Interrupted               stopped by the user or the system; says how to resume                 exit code 130
    └── EvidenceError             a published figure was not reproduced                                 exit code 1

Exit code 0 is success. Any other exception is a defect of sousveil: exit code 1, with a request to report it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sousveil.ground.characters import apart, as_seen, found_in

__all__ = ["BoundaryError", "EngineRefusal", "EvidenceError", "InputError", "Interrupted", "Problem", "SousveilError",
           "did_you_mean", "two_readings"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one place. `line` and `column` count from 1; 0 means that the place has no line."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        if not self.file:
            return self.message
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}  {self.message}"


class SousveilError(Exception):
    """Anything raised on purpose. `exit_code` is what the command line ends with."""

    exit_code: int = 1


class InputError(SousveilError):
    """Wrong input. Holds every mistake found, in the order of the file; what stands there twice first."""

    exit_code = 2

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem("", 0, 0, problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class EngineRefusal(InputError):
    """The chosen engine cannot carry this scheme exactly; the message names the rule and the engine that can."""


class BoundaryError(SousveilError):
    """The request crosses a line that sousveil does not cross."""

    exit_code = 3


class Interrupted(SousveilError):
    """Stopped before the end. The message says how to go on."""

    exit_code = 130


class EvidenceError(SousveilError):
    """A published figure was not reproduced within its stated tolerance."""


_LONG = 100
"""Letters of a name that is offered in a message, at most."""


def did_you_mean(word: str, valid: Sequence[str]) -> str:
    """`"; did you mean 'x'?"` for the nearest valid word, the list of valid words when there are few, or ''."""
    valid = [name for name in valid if not found_in(name) and len(name) <= _LONG]
    twin = next((name for name in valid if name != word and as_seen(name) == as_seen(word)), None)
    if twin is not None:
        return f'; "{twin}" looks like it, and is another name: this one has {apart(word, twin)}'
    nearest = difflib.get_close_matches(word, valid, n=1, cutoff=0.6)
    if nearest:
        return f'; did you mean "{nearest[0]}"?'
    if 0 < len(valid) <= 8:
        return "; valid: " + ", ".join(f'"{v}"' for v in valid)
    return ""


def two_readings(text: str, whole: bool = True) -> str:
    """Why a typed number is not read: `60.000` is 60 to one half of the world and 60000 to the other. '' for the rest.

    Of a whole number: points between groups of three. Where decimals are asked for (whole=False), three of them after a
    point say something; only `60.000`, whose decimals say nothing, and what can only be thousands are not read. There a
    comma is not read either: `0,001` is 0.001 to many, and `1,500` is 1.5 to some and 1500 to others.
    """
    plain = text.strip()
    decimals = r"(\.\d{3})+" if whole else r"(\.000|(\.\d{3}){2,})"
    if re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}{decimals}", plain):
        thousands = plain.replace(".", "")
        if plain.count(".") > 1:
            return f'"{text}" is not read: points mark decimals here, not thousands. Write {thousands}'
        one = f"{float(plain):.6g}"
        return _either(text, one, thousands, one.lstrip("+-").isdigit() or not whole)
    return "" if whole else _comma(plain)


def _comma(plain: str) -> str:
    """Why a number with a decimal comma is not read, and how to write it."""
    number, percent = plain.removesuffix("%").rstrip(), "%" if plain.endswith("%") else ""
    if not re.fullmatch(r"[+-]?(\d*|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?", number, re.IGNORECASE):
        return ""
    one = f"{number.replace('.', '').replace(',', '.')}{percent}"
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", number):
        return _either(plain, f"{float(number.replace(',', '.')):.6g}{percent}", number.replace(",", "") + percent)
    return f'"{plain}" is not read: a point marks decimals here, not a comma. Write {one}'


def _either(text: str, one: str, thousands: str, both: bool = True) -> str:
    can_be_meant = f"{one} or {thousands}" if both else thousands
    return f'"{text}" is not read: it is {one} to some and {thousands} to others. Write {can_be_meant}'
