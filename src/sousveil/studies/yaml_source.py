"""Files in: YAML 1.2 as data, with the place of every key and value. The only module that knows ruamel.yaml.

    read(path, Model)       a frozen value, or one InputError with every mistake of the file

A file is untrusted. It is read as data and never evaluated: no tags, no anchors (so nothing can expand), one document,
at most 1 MB, 32 levels, 40,000 keys and values, and 500 letters in a key. What older YAML readers would take for
something else is refused, not guessed.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from sousveil.errors import InputError, Problem
from sousveil.ground.characters import as_seen, found_in, looks_like
from sousveil.studies.frozen import FrozenDict
from sousveil.studies.messages import checked, findings
from sousveil.studies.model import KEY, Finding, Steps
from sousveil.studies.whereabouts import Place, Source, placed, remember

__all__ = ["LEAST", "MAX_BYTES", "MAX_DEPTH", "MAX_KEY", "MAX_NODES", "Document", "parse", "read", "scalar", "validate"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 40_000
MAX_KEY = 500
LEAST = 1e-30
"""The least number but 0: of much smaller ones a product is 0, or no number at all."""

M = TypeVar("M", bound=BaseModel)

_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*)?(\.[0-9][0-9_]*|\.)?([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None,
              "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# YAML 1.1 readers, which are still most of them, take these for true and false.
_OLD_BOOLEANS = {"y", "n", "yes", "no", "on", "off"}


class Document(NamedTuple):
    """A file as a tree of plain data, where its parts stand, and the mistakes seen before any model is asked."""

    source: Source
    data: Any
    found: tuple[Finding, ...]


def read(path: str | os.PathLike[str], model: type[M]) -> M:
    """The file's value. Raises InputError with every mistake of the file, in its order."""
    return validate(*parse(path), model)


def validate(source: Source, data: Any, found: tuple[Finding, ...], model: type[M]) -> M:
    """The data of a source as a value of the model, which remembers the source.

    `found` are mistakes already known from parsing. Raises InputError with all of them and all of its own.
    """
    try:
        value = checked(data, model)
    except ValidationError as error:
        raise InputError(placed(source, findings(data, model, error, found))) from None
    if found:
        raise InputError(placed(source, found))
    return remember(value, source)


# --- from bytes to a tree -------------------------------------------------------------------------------------------


def parse(path: str | os.PathLike[str]) -> Document:
    """A file's tree, and the mistakes seen without a model. Raises InputError where no tree is left."""
    name = os.fspath(path)
    text = _text(name, _bytes(name))
    document = _known(name, text) if len(text) <= _KEPT else _tree(name, text)
    if document.data is None:
        raise _refusal(name, "the file is empty")
    return document._replace(data=_copied(document.data))


_KEPT = 1 << 17
"""Letters of a file up to which what it holds is kept, so that a file that is read again need not be taken apart."""


@lru_cache(maxsize=32)
def _known(name: str, text: str) -> Document:
    return _tree(name, text)


def _copied(data: Any) -> Any:
    """A tree that whoever has it may change."""
    if isinstance(data, dict):
        return {key: _copied(inner) for key, inner in data.items()}
    return [_copied(inner) for inner in data] if isinstance(data, list) else data


def scalar(text: str) -> Any:
    """A value as `--set path=value` writes it: a YAML scalar or flow collection; None for nothing, as for null.

    Raises InputError.
    """
    _, data, found = _tree("", text)
    if found:
        raise InputError([Problem("", 0, 0, message) for _, message in found])
    return data


def _bytes(name: str) -> bytes:
    try:
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode):
            raise _refusal(name, "this is not a file" + (" but a folder" if stat.S_ISDIR(status.st_mode) else ""))
        if status.st_size > MAX_BYTES:
            raise _refusal(name, f"the file has {status.st_size:,} bytes; at most {MAX_BYTES:,} are read")
        raw = Path(name).read_bytes()
    except FileNotFoundError:
        raise _refusal(name, "there is no such file") from None
    except (OSError, ValueError) as error:
        raise _refusal(name, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > MAX_BYTES:
        raise _refusal(name, f"the file has more than {MAX_BYTES:,} bytes, which is the most that is read")
    return raw


def _text(name: str, raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refusal(name, "the file is not UTF-8 (it looks like UTF-16); save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[:error.start].decode("utf-8-sig", "replace")
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        message = f"the file is not UTF-8: byte 0x{raw[error.start]:02x} does not belong here; save it as UTF-8"
        raise InputError(Problem(name, line, column, message)) from None


def _refusal(name: str, message: str) -> InputError:
    return InputError(Problem(name, 0, 0, message))


@dataclass
class _Tree:
    """The tree while it grows. `open` holds, from the root, (steps, container, key that waits for its value)."""

    file: str
    keys: dict[Steps, Place] = field(default_factory=dict)
    values: dict[Steps, Place] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    open: list[tuple[Steps, Any]] = field(default_factory=list)
    waiting: list[str | None] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    root: Any = None
    documents: int = 0

    def refuse(self, event: Any, message: str) -> InputError:
        return InputError(Problem(self.file, event.start_mark.line + 1, event.start_mark.column + 1, message))

    def place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def put(self, event: Any, data: Any) -> Steps:
        """Hang a value where it belongs and give its steps."""
        steps: Steps = ()
        if not self.open:
            self.root = data
        else:
            above, container = self.open[-1]
            if isinstance(container, list):
                steps = (*above, len(container))
                container.append(data)
                self.keys[steps] = self.place(event)
            else:
                key = self.waiting[-1]
                assert key is not None
                steps, self.waiting[-1] = (*above, key), None
                if key in container:  # a duplicate, already noted: the first stays, this one hangs nowhere
                    return (*above, KEY, key)
                container[key] = data
        here = self.place(event)
        self.values[steps] = self.keys.get(steps, here) if isinstance(data, dict | list) else here
        return steps

    def key(self, event: Any) -> None:
        """Note a key; what it means comes next."""
        steps, container = self.open[-1]
        name, here = _joined(event.value), self.place(event)
        self.waiting[-1] = name
        twin = self.seen[-1].setdefault(as_seen(name), name)
        if name in container:
            first = self.keys[(*steps, name)]
            self.note((*steps, KEY, name), here, f'the key "{name}" stands here twice; first on line {first.line}')
            return
        self.keys[(*steps, name)] = here
        plain = event.implicit[0]
        if odd := found_in(name.translate({9: 27, 10: 27})):  # a name stands on one line
            shown = {9: "a tab", 10: "a line break"}.get(ord(next(c for c in name if c in "\t\n" or found_in(c))), odd)
            self.note((*steps, name, KEY), here, f"{shown} in a name; only printable text on one line is read")
        elif len(name) > MAX_KEY:
            self.note((*steps, name, KEY), here, f"a name of {len(name):,} letters; at most {MAX_KEY} are read")
        elif not name.strip() and not plain:
            self.note((*steps, name, KEY), here, "a name without a letter; write one between the quotes")
        elif name == "<<" and plain:
            self.note((*steps, name, KEY), here, 'merge keys ("<<") are not read; write the keys out')
        elif plain and name.lower() in _OLD_BOOLEANS:
            self.note((*steps, name, KEY), here, f'older YAML readers take the key {name} for true or false; '
                                                 f'write "{name}" in quotes or choose another name')
        elif plain and name in _CONSTANTS:
            shown = f'the key "{name}" is not text' if name else "there is no key before the colon"
            self.note((*steps, name, KEY), here, f"{shown}; write it in quotes or choose another name")
        elif twin != name:
            self.note((*steps, name, KEY), here, looks_like(name, twin, f" on line {self.keys[(*steps, twin)].line}"))

    def note(self, steps: Steps, here: Place, message: str) -> None:
        self.keys.setdefault(steps[:-1] if steps[-1] == KEY else steps, here)
        self.values.setdefault(steps, here)
        self.found.append((steps, message))


def _tree(name: str, text: str) -> Document:
    for number, line in enumerate(text.splitlines(), start=1):
        indent = line[:len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip():
            raise InputError(Problem(name, number, indent.index("\t") + 1, "a tab; indent with spaces"))
    tree = _Tree(name)
    for count, event in enumerate(_events(name, text)):
        _grow(tree, event)
        if count > MAX_NODES:
            raise tree.refuse(event, f"more than {MAX_NODES:,} keys and values; these files are smaller")
    return Document(Source(name, FrozenDict(tree.keys), FrozenDict(tree.values)), tree.root, tuple(tree.found))


def _events(name: str, text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise InputError(Problem(name, line, column, f"this is not YAML: {error.problem or error.context}")) from None
    except ReaderError as error:
        before = text[:error.position]
        line, column = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
        raise InputError(Problem(name, line, column, "a control character; only printable text is read")) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise _refusal(name, f"this is not YAML: {str(error).splitlines()[0] if str(error) else 'it cannot be parsed'}"
                       ) from None


def _grow(tree: _Tree, event: Any) -> None:
    kind = type(event).__name__
    if kind == "DocumentStartEvent":
        tree.documents += 1
        if tree.documents > 1:
            raise tree.refuse(event, "a second document begins here; a file holds one")
        if event.version and tuple(event.version) != (1, 2):
            raise tree.refuse(event, f"YAML {'.'.join(map(str, event.version))}; files are read as YAML 1.2")
    elif kind == "AliasEvent":
        raise tree.refuse(event, f"aliases (*{event.anchor}) are not read; write the value out")
    elif kind in ("MappingEndEvent", "SequenceEndEvent"):
        tree.open.pop()
        tree.waiting.pop()
        tree.seen.pop()
    elif kind in ("ScalarEvent", "MappingStartEvent", "SequenceStartEvent"):
        if event.anchor is not None:
            raise tree.refuse(event, f"anchors (&{event.anchor}) are not read; write the value out")
        if event.tag is not None and str(event.tag) != "!":
            raise tree.refuse(event, f"tags ({event.tag}) are not read; a file holds plain data")
        _add(tree, event, kind)


def _add(tree: _Tree, event: Any, kind: str) -> None:
    in_mapping = bool(tree.open) and isinstance(tree.open[-1][1], dict)
    if in_mapping and tree.waiting[-1] is None:
        if kind != "ScalarEvent":
            raise tree.refuse(event, "a key is a word, not a list or a mapping")
        tree.key(event)
    elif kind == "ScalarEvent":
        value = _resolved(event.value) if event.implicit[0] else event.value
        if isinstance(value, float) and not math.isfinite(value):
            steps = tree.put(event, 0)
            shown = event.value if len(event.value) <= 40 else event.value[:40] + "…"
            tree.found.append((steps, f"{shown} is not a finite number"))
        elif isinstance(value, float) and 0 < abs(value) < LEAST:
            tree.found.append((tree.put(event, 0), f"{value:g} is nearer to 0 than {LEAST:g}; write 0"))
        elif odd := found_in(_joined(event.value)):
            tree.found.append((tree.put(event, ""), f"{odd}, which is not printable; only printable text is read"))
        else:
            tree.put(event, _joined(value) if isinstance(value, str) else value)
    else:
        if len(tree.open) >= MAX_DEPTH:
            raise tree.refuse(event, f"more than {MAX_DEPTH} levels, one inside another")
        container: dict[str, Any] | list[Any] = {} if kind == "MappingStartEvent" else []
        tree.open.append((tree.put(event, container), container))
        tree.waiting.append(None)
        tree.seen.append({})


def _joined(text: str) -> str:
    """The text with letters whole that JSON writes as two escapes, which readers of YAML leave as two halves."""
    if not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolved(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema, with 1_000_000 for a million. Whole floats become integers."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _NOT_FINITE.fullmatch(text):
        return math.nan
    if not _NUMBER.fullmatch(text) or not any(c.isdecimal() for c in text) or "__" in text:
        return text
    plain = text.replace("_", "")
    number = float(plain)
    if number.is_integer() and abs(number) < 2**53:
        return int(number)
    if 2**53 <= abs(number) < 2**64:  # not every whole number is a float there, and each is a seed of its own
        exact = Decimal(plain)
        return int(exact) if exact == exact.to_integral_value() else number
    return number
