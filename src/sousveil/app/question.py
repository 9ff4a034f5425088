"""An address, read: which study, what was changed in one world, what was taken in both, on how many people.

The address is the whole state of a view. What equals the study is left out of it, so one state has one address, and
one command that gives the same bits.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from sousveil.errors import InputError, did_you_mean, two_readings
from sousveil.version import __version__

__all__ = ["HAPPENINGS", "HARMS", "PEOPLE", "PREVIEW", "SEEDS", "STORY_PEOPLE", "VIEWS", "Question", "question", "same"]

PEOPLE = 100_000
"""Synthetic people behind a view, unless asked otherwise: enough that chance moves a share by a fifth of a point."""
SEEDS = 5
"""Runs of each world behind a comparison: the fewest for which a t interval is not wider than most differences."""
PREVIEW = (2_000, 4)
"""People and runs of a preview: what two cores carry in the time in which a hand lets go of a slider."""

MOST_PEOPLE, MOST_SEEDS = 1_000_000, 50
"""What the page carries out at most; the command has no such bounds."""

VIEWS = {"claimed": "What is claimed", "does": "What it does", "change": "Change it", "why": "Why the gap",
         "story": "One person’s story", "check": "Check and cite"}
"""The views of a study in their order, and what they are called."""

HARMS = {"bottom-tier": "ending in the bottom tier", "rights-denied": "time with a right denied or limited",
         "income-lost": "income lost", "wrongful-debit": "points lost for what somebody did not do"}

HAPPENINGS = {"any": "anything", "wrong": "was debited for what they did not do", "kin": "paid for a relative",
              "bottom": "fell to the bottom tier", "out": "fell to the bottom tier and came out again",
              "forever": "fell to the bottom tier and was there at the end", "nothing": "lost no point at all"}
"""What a person can be looked for by."""

STORY_PEOPLE = 20_000
"""A town to look for somebody in."""

_LONGEST = 400
_PATH = re.compile(r"[\w.\-]{1,200}")


@dataclass(frozen=True, slots=True)
class Question:
    """One state.

    study    name of an entry, or of a study that was opened or made here
    reforms  of the study, made one after the other; sets: path, and what is set there as a file would write it
    assumes  path of a guess, and the number that is taken in both worlds
    vary     path whose values the sweep goes through, or ''
    """

    study: str
    reforms: tuple[str, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    assumes: tuple[tuple[str, str], ...] = ()
    people: int = PEOPLE
    steps: int | None = None
    seed: int | None = None
    seeds: int = SEEDS
    harm: str = "bottom-tier"
    group: str = ""
    happened: str = ""
    vary: str = ""

    @property
    def changed(self) -> bool:
        """Whether a rule differs, and so there are two worlds."""
        return bool(self.reforms or self.sets)

    def pairs(self) -> list[tuple[str, str]]:
        """What the address says after the question mark."""
        said = [("reform", name) for name in self.reforms]
        said += [(f"set.{path}", value) for path, value in self.sets]
        said += [(f"assume.{path}", value) for path, value in self.assumes]
        plain = Question(self.study)
        for name in ("people", "steps", "seed", "seeds", "harm", "group", "happened", "vary"):
            value = getattr(self, name)
            if value != getattr(plain, name):
                said.append((name, str(value)))
        return said

    def address(self, view: str, *more: tuple[str, str]) -> str:
        """The address of a view of this state."""
        said = [*self.pairs(), *more]
        return f"/{quote(self.study)}/{view}" + ("?" + urlencode(said) if said else "")

    def without(self, kind: str, name: str) -> Question:
        """The same with one change taken back."""
        if kind == "reform":
            return replace(self, reforms=tuple(r for r in self.reforms if r != name))
        if kind == "set":
            return replace(self, sets=tuple(s for s in self.sets if s[0] != name))
        return replace(self, assumes=tuple(a for a in self.assumes if a[0] != name))

    def command(self, what: str, place: str = "") -> str:
        """What to type for the same bits. `place`: the study's folder, where it is not of the atlas."""
        words = ["sousveil", what, place or self.study]
        for name in self.reforms if what != "run" else ():
            words += ["--reform", name]
        for path, value in self.sets if what != "run" else ():
            words += ["--set", f"{path}={value}"]
        words += ["--together"] if what == "compare" and len(self.reforms) + bool(self.sets) > 1 else []
        for path, value in self.assumes:
            words += ["--assume", f"{path}={value}"]
        words += ["--people", str(self.people)]
        words += ["--steps", str(self.steps)] if self.steps is not None else []
        words += ["--seed", str(self.seed)] if self.seed is not None else []
        words += ["--seeds", str(self.seeds)] if what in ("compare", "why") else []
        words += ["--harm", self.harm] if what == "why" else []
        return " ".join(map(shlex.quote, words))

    def python(self, what: str, place: str = "") -> str:
        """The lines of Python for the same."""
        lines = ["import sousveil as sv"]
        lines += ["from sousveil.studies.guesses import assumed"] if self.assumes else []
        named = json.dumps(place or self.study, ensure_ascii=False)
        lines += ["", f"study = sv.study({named})"]
        if self.assumes:
            taken = ", ".join(f'{json.dumps(p)}: {_typed(v)!r}' for p, v in self.assumes)
            lines.append(f"study = assumed(study, {{{taken}}})")
        made = "study" + "".join(f".reform({json.dumps(name, ensure_ascii=False)})" for name in self.reforms)
        if self.sets:
            settings = ", ".join(json.dumps(f"{p}={v}", ensure_ascii=False) for p, v in self.sets)
            made += f".reform(sv.reform({settings}))"
        size = f"people={self.people:_}" + "".join(
            f", {name}={value}" for name in ("steps", "seed") if (value := getattr(self, name)) is not None)
        if what == "compare":
            lines += [f"world = {made}", f"found = sv.compare(study, [world], {size}, seeds={self.seeds})",
                      'sv.report(found).save("report.html")']
        elif what == "why":
            lines += [f'found = sv.why({made}, "{self.harm}", {size}, seeds={self.seeds})',
                      'sv.report(found).save("report.html")']
        else:
            lines += [f"run = sv.run(study, {size})", 'sv.report(run).save("report.html")']
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """As JSON values: what a worker is told."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def digest(self, kind: str, content: str) -> str:
        """The name of its answer: of all that the answer is a function of. `content`: digest of the study's files."""
        told = [__version__, kind, content, *self.pairs()]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


def question(study: str, pairs: Iterable[tuple[str, str]], card: Mapping[str, Any]) -> Question:
    """What an address asks of a study. Raises InputError for what cannot be asked, naming the field.

    card   what the study offers (see `card.py`): what equals it is no change
    """
    one: dict[str, str] = {}
    reforms: list[str] = []
    sets: dict[str, str] = {}
    assumes: dict[str, str] = {}
    for name, value in pairs:
        value = value.strip()
        if len(value) > _LONGEST:
            raise InputError(f"{name[:40]}: longer than {_LONGEST} characters")
        if name == "reform":
            reforms += [value] if value and value not in reforms else []
        elif name.startswith("set.") and value:
            sets[_path(name[4:])] = value
        elif name.startswith("assume.") and value:
            assumes[_path(name[7:])] = value
        elif value:
            one[name] = value
    known = [r["name"] for r in card["reforms"]]
    for name in reforms:
        if name not in known:
            raise InputError(f'there is no reform "{name}"{did_you_mean(name, known)}')
    controls = {c["path"]: c["value"] for c in card["controls"]}
    guesses = {g["path"]: g["value"] for g in card["guesses"]}
    groups = card["groups"]
    return Question(
        study, tuple(reforms),
        tuple((p, v) for p, v in sets.items() if not same(v, controls.get(p))),
        tuple((p, v) for p, v in assumes.items() if not same(v, guesses.get(p))),
        _whole(one, "people", 100, MOST_PEOPLE, PEOPLE), _own(_whole(one, "steps", 1, 1200, None), card["steps"]),
        _own(_whole(one, "seed", 0, 2**63 - 1, None), card["seed"]), _whole(one, "seeds", 1, MOST_SEEDS, SEEDS),
        _of("harm", one.get("harm", "bottom-tier"), [*HARMS]), _of("group", one.get("group", ""), ["", *groups]),
        one.get("happened", "")[:80], _path(one["vary"]) if one.get("vary") else "")


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


def _typed(text: str) -> Any:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        return text


def _path(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise InputError(f'"{path[:60]}" is not a path into the study')
    return path


def _of(name: str, value: str, valid: Sequence[str]) -> str:
    if value not in valid:
        raise InputError(f'{name}: "{value[:60]}" is not one of them{did_you_mean(value, valid)}')
    return value


def _own(value: int | None, of_study: int) -> int | None:
    return None if value == of_study else value


def _whole(one: Mapping[str, str], name: str, least: int, most: int, default: Any) -> Any:
    text = one.get(name)
    if text is None:
        return default
    if reason := two_readings(text):
        raise InputError(f"{name}: {reason}")
    try:
        value = float(text.replace(",", "").replace("_", "")) if not text.isdigit() else int(text)
        whole = int(value)
    except (ValueError, OverflowError):
        raise InputError(f'{name}: "{text[:40]}" is no whole number') from None
    if whole != value or not least <= whole <= most:
        raise InputError(f"{name}: {text[:40]} is not a whole number from {least:,} to {most:,}"
                         + (" here; the command has no such bound" if whole == value and whole > most else ""))
    return whole
