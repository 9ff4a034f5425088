"""An assessment that somebody filed: its headings, and what it states, read from a file.

    Article 27   a YAML file: `assessment: NAME`, then the headings a to f, each with `text`, and `states` for what it
                 says in numbers (docs/filing.md has the form)
    IAMA v2      the JSON that the form's own tool writes, known by its `answers`

A file is read as if a stranger had written it: at most 1 MB, no aliases, no evaluation.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field as Limits

from sousveil.errors import InputError, Problem
from sousveil.ground.characters import printable
from sousveil.studies.model import Finding, Model
from sousveil.studies.yaml_source import MAX_BYTES, read

__all__ = ["LETTERS", "Assessment", "Heading", "Stated", "StatedFile", "read_assessment", "sentences"]

LETTERS = ("a", "b", "c", "d", "e", "f")
"""The headings of Article 27(1)."""

_OF_IAMA = {"a": ("1.1.2", "3.1.1"), "b": ("3.1.2", "3.1.3"), "c": ("3.1.4", "3.5.1"),
            "d": ("2.4.3", "3.5.2", "4.3.1", "4.3.2", "4.3.3"), "e": ("3.2.1", "3.2.2", "3.2.3"),
            "f": ("3.4.1", "3.4.2", "3.4.3", "3.5.4")}
"""Where the IAMA asks for what Article 27 asks for."""

_DOCUMENTS = (".docx", ".doc", ".odt", ".rtf", ".pdf", ".html", ".htm")

MOST_STATED = 500

Text = Annotated[str, Limits(max_length=100_000)]
Number = Annotated[float, Limits(ge=-1e12, le=1e12)]


class Stated(Model):
    """A statement in numbers.

    says      the sentence of the assessment
    of        which number, as docs/filing.md lists them: wrongful, bottom-tier, stay ...
    group     of which group; default: everybody
    against   a group: the statement is about the difference to it
    ratio     the statement is about the ratio to it, not the difference
    is_, at_least, at_most   what is stated; shares as 0.02 or as the text "2%"
    """

    says: Text
    of: Annotated[str, Limits(max_length=200)]
    group: Annotated[str, Limits(max_length=200)] = "all"
    against: Annotated[str, Limits(max_length=200)] = ""
    ratio: bool = False
    is_: Number | None = None
    at_least: Number | None = None
    at_most: Number | None = None

    def inconsistencies(self) -> Iterator[Finding]:
        if self.is_ is None and self.at_least is None and self.at_most is None:
            yield (), "a statement says what the number is: `is`, `at-least` or `at-most`"
        elif self.is_ is not None and (self.at_least is not None or self.at_most is not None):
            yield ("is",), "a statement has either `is`, or `at-least` and `at-most`"
        elif self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            yield ("at-least",), f"this is more than at-most: {self.at_most:g}"
        if self.ratio and not self.against:
            yield ("ratio",), "a ratio needs `against`: the group that it is to"


class Heading(Model):
    """One heading: its text, and what it states in numbers. groups: under (c), the groups that it names."""

    text: Text = ""
    groups: Annotated[tuple[str, ...], Limits(max_length=200)] = ()
    states: Annotated[tuple[Stated, ...], Limits(max_length=MOST_STATED)] = ()


class StatedFile(Model):
    """The keys of the file."""

    assessment: Annotated[str, Limits(max_length=500)]
    about: Text = ""
    a: Heading = Heading()
    b: Heading = Heading()
    c: Heading = Heading()
    d: Heading = Heading()
    e: Heading = Heading()
    f: Heading = Heading()


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was filed. headings: letter -> heading; kind: `fria` or `iama`; filed: the answers of an IAMA by question.
    """

    name: str
    kind: str
    headings: Mapping[str, Heading]
    filed: Mapping[str, str]


def read_assessment(path: str | os.PathLike[str]) -> Assessment:
    """The assessment in a file. Raises InputError with every mistake of it."""
    name = os.fspath(path)
    if Path(name).suffix.lower() == ".json":
        return _iama(name)
    if Path(name).suffix.lower() in _DOCUMENTS and os.path.isfile(name):
        raise InputError(Problem(name, 0, 0, "is a document, which is not read; copy its text under the headings of "
                                             "Article 27 into a YAML file, or give the JSON that the tool of the IAMA "
                                             "writes"))
    file = read(name, StatedFile)
    return Assessment(file.assessment, "fria", {letter: getattr(file, letter) for letter in LETTERS}, {})


def _iama(name: str) -> Assessment:
    data = _json(name)
    if not isinstance(data, dict) or not isinstance(data.get("answers"), dict):
        raise InputError(Problem(name, 0, 0, "has no answers; an IAMA is the JSON that its own tool writes, an "
                                             "assessment under Article 27 a YAML file"))
    filed = dict(_answers(data["answers"]))
    headings = {letter: Heading(text="\n".join(filed[key] for key in keys if filed.get(key, "").strip())[:100_000])
                for letter, keys in _OF_IAMA.items()}
    urn = data["metadata"].get("urn") if isinstance(data.get("metadata"), dict) else None
    return Assessment(printable(str(urn or "an IAMA"))[:200], "iama", headings, filed)


def _json(name: str) -> Any:
    try:
        size = os.stat(name).st_size
        if not os.path.isfile(name):
            raise InputError(Problem(name, 0, 0, "this is not a file"))
        if size > 10 * MAX_BYTES:
            raise InputError(Problem(name, 0, 0, f"the file has {size:,} bytes; at most {10 * MAX_BYTES:,} are read"))
        return json.loads(Path(name).read_bytes())
    except FileNotFoundError:
        raise InputError(Problem(name, 0, 0, "there is no such file")) from None
    except OSError as error:
        raise InputError(Problem(name, 0, 0, f"cannot be read: {error.strerror}")) from None
    except (ValueError, RecursionError):
        raise InputError(Problem(name, 0, 0, "is not JSON")) from None


def _answers(answers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every answer that is text, by its question; of what is repeated, all of them together."""
    for key, answer in answers.items():
        if isinstance(answer, dict) and isinstance(answer.get("value"), str):
            yield key, printable(answer["value"])
        elif isinstance(answer, list):
            texts: dict[str, list[str]] = {}
            for element in answer:
                for inner, part in element.items() if isinstance(element, dict) else ():
                    if isinstance(part, dict) and isinstance(part.get("value"), str):
                        texts.setdefault(inner, []).append(printable(part["value"]))
            yield from ((inner, "\n".join(found)) for inner, found in texts.items())


_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\u00c0-\u00de\"\u201c(])|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each on a line of its own, at most 1,000 letters each."""
    return [part.strip()[:1_000] for part in _END.split(text) if part and part.strip()]
