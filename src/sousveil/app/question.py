"""An address, read: which study, what was changed in one world, what was taken in both, on how many people.

The address is the whole state of a view. What equals the study is left out of it, so one state has one address, and
one command that gives the same bits.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sousveil.errors import InputError, did_you_mean
from sousveil.ground import typed

__all__ = ["AS", "FAR", "HAPPENINGS", "HARMS", "HERE", "INQUIRIES", "PEOPLE", "POINTS", "PREVIEW", "SEEDS", "SMALLER",
           "STORY_PEOPLE", "VIEWS", "WITHIN", "Limits", "Question", "people_of", "question", "same"]

PEOPLE = 100_000
"""Synthetic people behind a view, unless asked otherwise: enough that chance moves a share by a fifth of a point."""
SEEDS = 5
"""Runs of each world behind a comparison: the fewest for which a t interval is not wider than most differences."""
PREVIEW = (2_500, 3)
"""People and runs of a preview: what two cores carry in the time in which a hand lets go of a slider."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the page carries out at most; the command has no such bounds."""

    people: int = 1_000_000
    steps: int = 1_200
    seeds: int = 50


HERE, FAR = Limits(), Limits(PEOPLE, 240, 2 * SEEDS)
"""For this machine alone, and where others can reach it."""


VIEWS = {"claimed": "What is claimed", "does": "What it does", "change": "Change it", "why": "Why the gap",
         "story": "One person’s story", "check": "Check and cite"}
"""The views of a study in their order, and what they are called."""

INQUIRIES = {"sweep": "One number through its range", "extremes": "The least and the most",
             "infer": "What published figures say", "ask": "Which number to ask for"}
"""Views of what is not published, and what they are called."""

AS = {"claimed": "as claimed", "documented": "as documented", "invented": "as written"}
"""What the world is called in which no rule was changed."""

HARMS = {"bottom-tier": "ending in the bottom tier", "rights-denied": "time with a right denied or limited",
         "income-lost": "income lost", "wrongful-debit": "points lost for what somebody did not do"}

HAPPENINGS = {
    "any": "anything", "wrong": "was debited for what they did not do",
    "mistaken": "fell to the bottom tier on a record of what they did not do", "kin": "paid for a relative",
    "bottom": "fell to the bottom tier", "out": "fell to the bottom tier and came out again",
    "forever": "fell to the bottom tier and was there at the end", "nothing": "had no point against them"}
"""What a person can be looked for by."""

SMALLER = {"why": 20_000, "sweep": 20_000, "extremes": 5_000, "infer": 5_000, "ask": 5_000}
"""People of each run where a view takes many runs, unless asked otherwise."""

_SEEN = (*VIEWS, *INQUIRIES)

STORY_PEOPLE = 20_000
"""A town to look for somebody in."""

POINTS = {"extremes": 64, "infer": 128, "ask": 128}
"""Over so many points of what is not published such a question is carried out."""

WITHIN = 0.1
"""A number that is asked for is taken to be published within a tenth of it."""

_LONGEST = {"figures": 6_000}
_SHORT = 400
_PATH = re.compile(r"[\w.\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Question:
    """One state.

    study    name of an entry, or of a study that was opened or made here
    reforms  of the study, made one after the other; sets: path, and what is set there as a file would write it
    assumes  path of a guess, and the number that is taken in both worlds
    people   None: as many as the view takes (see `people_of`)
    vary     path whose values the sweep goes through, or ''
    figures  text of a figures file; '': the one beside the study
    """

    study: str
    reforms: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    assumes: tuple[tuple[str, str], ...] = ()
    people: int | None = None
    steps: int | None = None
    seed: int | None = None
    seeds: int = SEEDS
    harm: str = "bottom-tier"
    group: str = ""
    happened: str = ""
    vary: str = ""
    figures: str = ""

    @property
    def changed(self) -> bool:
        """Whether a rule differs, and so there are two worlds."""
        return bool(self.reforms or self.sets)

    def sized(self, view: str) -> Question:
        """The same with as many people as this view takes where nobody said how many."""
        return replace(self, people=self.people or people_of(view))

    def pairs(self) -> list[tuple[str, str]]:
        """What the address says after the question mark."""
        said = [("reform", name) for name in self.reforms]
        said += [(f"set.{path}", value) for path, value in self.sets]
        said += [(f"assume.{path}", value) for path, value in self.assumes]
        plain = Question(self.study)
        for name in ("people", "steps", "seed", "seeds", "harm", "group", "happened", "vary", "figures"):
            value = getattr(self, name)
            if value != getattr(plain, name):
                said.append((name, str(value)))
        return said

    def address(self, view: str, *more: tuple[str, str]) -> str:
        """The address of a view of this state."""
        here = replace(self, people=None) if self.people == people_of(view) and view in _SEEN else self
        said = [*here.pairs(), *more]
        return f"/{quote(self.study)}/{view}" + ("?" + urlencode(said) if said else "")

    def without(self, kind: str, name: str) -> Question:
        """The same with one change taken back."""
        if kind == "reform":
            return replace(self, reforms=tuple(r for r in self.reforms if r != name))
        if kind == "set":
            return replace(self, sets=tuple(s for s in self.sets if s[0] != name))
        return replace(self, assumes=tuple(a for a in self.assumes if a[0] != name))

    def plain(self) -> dict[str, Any]:
        """As JSON values: what a worker is told."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def people_of(view: str) -> int:
    """How many synthetic people a view takes unless asked otherwise."""
    return SMALLER.get(view, PEOPLE)


def question(study: str, pairs: Iterable[tuple[str, str]], card: Mapping[str, Any], limits: Limits = HERE,
             view: str = "") -> Question:
    """What an address asks of a study. Raises InputError for what cannot be asked, naming the field.

    card   what the study offers (see `card.py`): what equals it is no change
    view   what is looked at; as many people as it takes anyway are not said; '': a file, which may be of any view
    """
    controls = {c["path"]: c["value"] for c in card["controls"]}
    guesses = {g["path"]: g["value"] for g in card["guesses"]}
    one: dict[str, str] = {}
    reforms: list[str] = []
    sets: dict[str, str] = {}
    assumes: dict[str, str] = {}
    for name, value in pairs:
        value = value.strip()
        if len(value) > (most := _LONGEST.get(name, _SHORT)):
            raise InputError(f"{name[:40]}: longer than {most:,} characters")
        if name == "reform":
            reforms += [value] if value and value not in reforms else []
        elif name.startswith("set.") and value:
            sets[_path(name[4:], controls)] = value
        elif name.startswith("assume.") and value:
            assumes[_path(name[7:], guesses)] = value
        elif value:
            one[name] = value
    known = [r["name"] for r in card["reforms"]]
    for name in reforms:
        if name not in known:
            raise InputError(f'there is no reform "{name}"{did_you_mean(name, known)}')
    groups = card["groups"]
    return Question(
        study, tuple(reforms),
        tuple((p, v) for p, v in sets.items() if not same(v, controls.get(p))),
        tuple((p, v) for p, v in assumes.items() if not same(v, guesses.get(p))),
        _own(_whole(one, "people", 100, limits.people, None), people_of(view) if view else None),
        _own(_whole(one, "steps", 1, limits.steps, None), card["steps"]),
        _own(_whole(one, "seed", 0, 2**63 - 1, None), card["seed"]), _whole(one, "seeds", 1, limits.seeds, SEEDS),
        _of("harm", one.get("harm", "bottom-tier"), [*HARMS]), _of("group", one.get("group", ""), ["", *groups]),
        one.get("happened", "")[:80], _path(one["vary"]) if one.get("vary") else "",
        one.get("figures", "").replace("\r\n", "\n"))


def same(text: str, value: Any) -> bool:
    """Whether what was typed is the value that stands there."""
    if value is None:
        return False
    if isinstance(value, bool):
        return text.casefold() == str(value).casefold()
    if isinstance(value, int | float):
        try:
            return float(text) == float(value)
        except ValueError:
            return False
    return text == str(value)


def _path(path: str, known: Collection[str] = ()) -> str:
    """A path that the study offers, or one that has the form of a path: names in it may hold whatever names hold."""
    if path not in known and not _PATH.fullmatch(path):
        raise InputError(f'"{path[:60]}" is not a path into the study')
    return path


def _of(name: str, value: str, valid: Sequence[str]) -> str:
    if value not in valid:
        raise InputError(f'{name}: "{value[:60]}" is not one of them{did_you_mean(value, valid)}')
    return value


def _own(value: int | None, of_study: int | None) -> int | None:
    return None if value == of_study else value


def _whole(one: Mapping[str, str], name: str, least: int, most: int, default: Any) -> Any:
    text = one.get(name)
    if text is None:
        return default
    try:
        whole = typed.whole(text)
    except ValueError as error:
        raise InputError(f"{name}: {error}") from None
    if not least <= whole <= most:
        raise InputError(f"{name}: {text[:40]} is not a whole number from {least:,} to {most:,}"
                         + (" here; the command has no such bound" if whole > most else ""))
    return whole
