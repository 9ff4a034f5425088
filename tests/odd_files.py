"""Studies as files, for looking whether anything gets through: valid ones with odd names, and others with mistakes.

    valid(number)             the four files of a random study that is valid, as plain data
    broken(number, bases)     the text of four files with a few mistakes that know what a file is made of
    looked_at(folder)         loads, carries and measures what is in a folder, by both engines, and says what was odd

Everything is a function of its number, so what fails can be looked at again.
"""

from __future__ import annotations

import copy
import json
import math
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sousveil
from random_schemes import Case
from sousveil.errors import SousveilError
from sousveil.ground.characters import UNPRINTABLE
from sousveil.runs.run import Run

__all__ = ["ENGINES", "PARTS", "Files", "broken", "decorated", "looked_at", "odd_values", "texts", "written"]

Files = dict[str, Any]
"""`study`, `scheme`, `population` and `assumptions` -> what the file says."""

PARTS = ("study", "scheme", "population", "assumptions")
ENGINES = ("exact", "agents")
PEOPLE, STEPS = 200, 12
"""However many a file asks for, no more are carried: what is looked for does not hang on it."""

NAMES = ["=HYPERLINK(1)", "+1", "-1+1|cmd", "@x", "ئۇيغۇر", "维吾尔", "Ω d", "a.b", "times", "north, or south", "'",
         '"', "\\", "<b>&amp;", "%s {0}", "A" * 60, "Donaudampfschifffahrtsgesellschaft", "👩‍👩‍👧", "1", "null",
         "value", "#", ": ", "-", "e\u0301", "\u200f\u05d0", "[red]", "$(x)"]
NUMBERS = [0, 1, -1, 0.5, 2, 1e-9, 1e-300, 5e-324, 1e6, -1e6, 1e9, 1e300, -1e300, 1.0000001, 0.1 + 0.2, 199, 30_000,
           2**31, 2**63, 2**64, -0.0, 12, 0.99999999, 1e-6, 3.3333333]
NEARBY = [0, 1, 0.5, 1e-9, 1e-300, 5e-324, 0.999999, 2, 3, 7, 12, 50, 199, 1000, 1e6, -1, -0.0]
OTHERS = [None, True, False, "", "unknown", "rest", "A", "\x1b[2J", "\0", "\ufffe", "\u202e", [], {}, [1],
          {"group": {"A": 1}}, {"value": 1, "times": {"group": {"A": 2}}}, "x" * 600, "../scheme.yaml", "/etc/passwd",
          "yes", [[]], {"": 1}]
STRANGE = [b"\t", b"&a ", b"*a ", b"!!python/name:os.system ", b"\xef\xbb\xbf", b"---\n", b"\x00", b"\x85", b"'", b'"',
           b"{" * 40, b"<<: "]


def decorated(case: Case, number: int) -> Files:
    """A random study as four files: with odd names for its labels, reforms, and ranges for what it assumes."""
    luck = random.Random(number)
    plain = copy.deepcopy(case.plain)
    plainly = ("A", "B", "C", "north", "south", "west", "camera", "clerk", "mark-1", "mark-2", "poor", "rich", "low",
               "middle", "high", "top", *(f"kind-{k}" for k in range(1, 6)))
    names = {name: name for name in plainly}
    odd = luck.sample(NAMES, len(NAMES))
    for name in luck.sample(sorted(names), luck.randint(0, 6)):
        names[name] = odd.pop()
    scheme, population, assumptions = (_renamed(plain[part], names) for part in ("scheme", "population", "assumptions"))
    for given in assumptions["chilling"].values():
        if not isinstance(given["value"], Mapping):
            given |= {"range": [0, 8]}
    channel = names["camera"]
    if luck.random() < 0.4 and not isinstance(scheme["channels"][channel]["miss"], Mapping):
        value = scheme["channels"][channel]["miss"]
        scheme["channels"][channel]["miss"] = "unknown"
        assumptions["fill"] = {f"channels.{channel}.miss": {"value": value, "range": [0, max(value, 0.3)]}}
    reforms = {"no ceilings": {"set": {"ceilings": {}}}, "no kin": {"set": {"kin": []}},
               "both": {"from": "no kin", "set": {"ceilings": {}, "handicaps": {}}}}
    return {"study": {"study": "random", "steps": plain["steps"], "seed": number % 97, "reforms": reforms},
            "scheme": scheme, "population": population, "assumptions": assumptions}


def _renamed(data: Any, names: Mapping[str, str]) -> Any:
    if isinstance(data, dict):
        return {".".join(names.get(step, step) for step in str(key).split(".")): _renamed(inner, names)
                for key, inner in data.items()}
    if isinstance(data, list):
        return [_renamed(inner, names) for inner in data]
    return names.get(data, data) if isinstance(data, str) else data


# --- mistakes -------------------------------------------------------------------------------------------------------


def broken(number: int, bases: Sequence[Files]) -> dict[str, bytes]:
    """The text of four files, of one of the bases with one to three mistakes in it."""
    luck = random.Random(number)
    files = copy.deepcopy(luck.choice(bases))
    for _ in range(luck.choice([1, 1, 1, 2, 3])):
        part = luck.choice(PARTS)
        _mistake(files[part], luck)
    text = texts(files)
    if luck.random() < 0.15:
        part = luck.choice(PARTS)
        text[part] = _torn(text[part], luck)
    return text


def texts(files: Files) -> dict[str, bytes]:
    """The files as JSON, which is YAML too."""
    ascii_only = number_of(files) % 2 == 0
    return {part: json.dumps(files[part], ensure_ascii=ascii_only).encode("utf-8", "replace") for part in files}


def number_of(files: Files) -> int:
    """A number of these files' own."""
    return len(json.dumps(files))


def _mistake(data: Any, luck: random.Random) -> None:
    """Make one mistake somewhere in a tree, in place."""
    places = [*_places(data)]
    counted = [(holder, key) for holder, key in places if type(holder[key]) in (int, float)]
    if counted and luck.random() < 0.6:  # most files go wrong in a number, and many such are still read
        holder, key = luck.choice(counted)
        holder[key] = luck.choice([*NEARBY, holder[key] * 2, holder[key] / 3, -holder[key], holder[key] + 1])
        return
    holder, key = luck.choice(places)
    old = holder[key]
    kind = luck.randrange(11)
    if kind < 3:
        holder[key] = luck.choice(NUMBERS)
    elif kind == 3:
        holder[key] = copy.deepcopy(luck.choice(OTHERS))
    elif kind == 4 and isinstance(old, int | float) and not isinstance(old, bool):
        holder[key] = old * luck.choice([-1, 10, 0.1, 1000, 1e-6, 1e6, 1e30, 3])
    elif kind == 5:
        del holder[key]
    elif kind == 6 and isinstance(holder, dict):
        entries = [(luck.choice(NAMES + [str(o) for o in OTHERS]) if k == key else k, v) for k, v in holder.items()]
        holder.clear()
        holder.update(entries)
    elif kind == 7:
        other, place = luck.choice(places)
        holder[key], other[place] = copy.deepcopy(other[place]), copy.deepcopy(old)
    elif kind == 8:
        label = luck.choice(["group", "district", "class", "x"])
        holder[key] = {"value": old, "times": {label: {luck.choice(["A", "north", "poor"]): luck.choice(NUMBERS)}}}
    elif kind == 9 and isinstance(holder, dict):
        holder[luck.choice(NAMES)] = copy.deepcopy(old)
    else:
        holder[key] = [old] if luck.random() < 0.5 else {"group": {"A": old, "B": old}}


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    entries = [*data.items()] if isinstance(data, dict) else [*enumerate(data)] if isinstance(data, list) else []
    for key, inner in entries:
        yield data, key
        yield from _places(inner)


def _torn(text: bytes, luck: random.Random) -> bytes:
    """A text with bytes in it that do not belong there, or without some that do."""
    at = luck.randrange(len(text))
    return luck.choice([text[:at], text[:at] + bytes([luck.randrange(256)]) + text[at + 1:],
                        text[:at] + luck.choice(STRANGE) + text[at:]])


# --- looking --------------------------------------------------------------------------------------------------------


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    """The files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, text in files.items():
        (folder / f"{part}.yaml").write_bytes(text)
    return folder


def looked_at(folder: Path) -> list[Run]:
    """The study in a folder, carried by every engine that can; none where it is refused. Raises what is no refusal.

    Also raises AssertionError where a number is none, or a share is outside 0 to 1, and whatever is warned of.
    """
    runs: list[Run] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            study = sousveil.study(folder)
            study = study.evolve(people=min(study.people, PEOPLE), steps=min(study.steps, STEPS))
        except SousveilError as refused:
            if not str(refused).strip() or UNPRINTABLE.search(str(refused)):
                raise AssertionError(f"refused without words that can be printed: {refused!r}") from refused
            return runs
        for engine in ENGINES:
            with suppress(sousveil.InputError):  # too large, or not for this engine
                made = sousveil.run(study, engine=engine, threads=1)
                odd = [*odd_values(made)]
                assert not odd, odd[:3]
                runs.append(made)
    return runs


def odd_values(made: Run) -> Iterator[str]:
    """Every measure that is no number, and every share outside 0 to 1, of a run."""
    for m in made.measures():
        ends = [value for value in (m.value, m.low, m.high) if value is not None]
        if not all(map(math.isfinite, ends)):
            yield f"{made.engine}: {m}"
        if m.unit == "share" and not m.reference and not all(0.0 <= value <= 1.0 for value in ends):
            yield f"{made.engine}: {m}"
        if m.value is not None and m.low is not None and m.high is not None and not (
                m.low <= m.value + 1e-9 and m.value - 1e-9 <= m.high):
            yield f"{made.engine}: outside its interval: {m}"
