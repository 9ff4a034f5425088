"""What a column is by its name: the second thing the guard looks at, after the values.

A name is read as words without accents: `DateOfBirth`, `date-of-birth` and `date_of_birth` are one. Words that ask
whether, how many, or of which kind make a name harmless (`has_phone`, `name_type`), and a number of a region, an office
or a product is nobody's (`region_id`). The words, in nine languages, stand in `data/identifier_columns.txt`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["common_names", "parts", "plain_name", "what_is_named"]

_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "å": "a",
                          "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

_BETWEEN = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
"""Where a new word begins without a blank: `dateOfBirth`, `SSNumber`, `address2`."""


@dataclass(frozen=True)
class _Rules:
    """Patterns by what they find; `harmless` goes before them all, `coarse` before numbers and names."""

    harmless: re.Pattern[str]
    coarse: re.Pattern[str]
    anywhere: Mapping[str, re.Pattern[str]]
    whole: Mapping[str, re.Pattern[str]]
    chinese: Mapping[str, re.Pattern[str]]
    chinese_harmless: re.Pattern[str]


def plain_name(name: str) -> str:
    """Words without accents, in small letters, with `_` between them."""
    apart = _BETWEEN.sub("_", name.strip()).translate(_LETTERS).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", bare).strip("_")


def what_is_named(name: str) -> str:
    """What kind of identifier a column is by its name, or ''."""
    rules = _rules()
    if re.search("[一-鿿]", name):
        low = re.sub(r"\s", "", name.casefold())
        found = "" if rules.chinese_harmless.search(low) else None
        return next((what for what, p in rules.chinese.items() if p.search(low)), "") if found is None else ""
    plain = plain_name(name)
    # `Fuehrerschein` and `Fuhrerschein`: what is written without its marks is written in two ways.
    readings = {plain, plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")}
    if any(rules.harmless.fullmatch(reading) for reading in readings):
        return ""
    for what, part in rules.anywhere.items():
        loose = what not in ("identity numbers", "names")
        for reading in readings:
            if rules.whole[what].fullmatch(reading):
                return what
            if part.search(reading) and (loose or not rules.coarse.fullmatch(reading)):
                return what
    return ""


@cache
def common_names() -> tuple[frozenset[str], str]:
    """Given and family names that many people have, without accents; and the letters of Chinese family names."""
    lines = _read("common_names.txt").splitlines()
    return frozenset(" ".join(lines[:-1]).split()), lines[-1]


@cache
def _rules() -> _Rules:
    found = parts("identifier_columns.txt")
    for word in ("people", "files", "numbers"):
        found = {key: pattern.replace(f"<{word}>", found[word]) for key, pattern in found.items()}
    kinds = [key.removesuffix(" anywhere") for key in found if key.endswith(" anywhere")]
    coarse, numbers = found["coarse"], found["numbers"]
    return _Rules(re.compile(rf"(?:{found['asking']})_.+|.+_(?:{found['kinds']})|zip_?[1-4]"),
                  re.compile(rf"(?:{coarse})(?:_(?:{coarse}))*_(?:{numbers}|names?)"),
                  {kind: re.compile(rf"(?:^|_)(?:{found[f'{kind} anywhere']})(?:_\d+)?(?:_|$)") for kind in kinds},
                  {kind: re.compile(rf"(?:{found[f'{kind} whole']})(?:_?\d+)?") for kind in kinds},
                  {kind: re.compile(found[f"{kind} chinese"]) for kind in kinds},
                  re.compile(found["chinese harmless"]))


def parts(name: str) -> dict[str, str]:
    """The patterns of a file of this package, by the titles that stand above them in brackets."""
    found, title = dict[str, str](), ""
    for line in _read(name).splitlines():
        if line.startswith("["):
            title = line.strip("[]")
            found[title] = ""
        elif title:
            found[title] += line.strip()
    return found


def _read(name: str) -> str:
    """A file of this package, without the lines that explain it."""
    text = (files("sousveil.audits") / "data" / name).read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))
