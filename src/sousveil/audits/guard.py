"""What an audit does not take: tables that carry direct identifiers, and groups so fine that they are persons.

A column is judged by its values first: their shape, whether nearly all differ, whether they are names that many people
have. They are tested inside DuckDB and never come here: this module holds the patterns and judges the shares that
match. What a column is called comes second (`column_names`): it catches what values do not show, such as a street.
`--keep` with a reason overrules both for a column that looks like an identifier and is none, not that people are alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sousveil.audits.column_names import what_is_named
from sousveil.errors import BoundaryError

if TYPE_CHECKING:
    from sousveil.audits.question import Question

__all__ = ["SHAPES", "Shape", "Traits", "check_columns", "check_fineness", "check_labels", "check_rarity",
           "plausible_header"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern (RE2, whole value, any case) that gives an identifier away.

    share   of the values that must match
    many    of the values, the share that must differ from each other: an address is many addresses, "District 5" is
            not; in a table of counts, where a row is no person, that cannot be seen
    label   whether one printed label of that shape is one too many
    """

    what: str
    pattern: str
    share: float
    many: float = 0.0
    label: bool = True


SHAPES: tuple[Shape, ...] = (
    Shape("e-mail addresses", r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}", 0.01),
    Shape("telephone numbers", r"(\+\d[\d ()./-]{7,17}\d|0\d{1,4}[ ()/-]+[\d ()/-]{5,14}\d|\(\d{2,4}\)[\d ()/-]{6,14}\d"
                               r"|\d{3}[ .-]\d{3}[ .-]\d{4}|0\d{8,11})", 0.2),
    Shape("identity numbers", r"(\d{6}(\d{2})?[-+]?\d{4}|\d{3}-\d{2}-\d{4}|\d{17}[\dx]|[a-z]{2}\d{2}[a-z0-9]{11,30}"
                              r"|[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-z]|\d{3}\.\d{3}\.\d{3}-\d{2})", 0.2),
    Shape("keys", r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24,})", 0.2),
    Shape("coordinates", r"[-(]?\d{1,2}\.\d{3,}\s*[,; ]\s*-?\d{1,3}\.\d{3,}\)?", 0.2),
    Shape("addresses", r"\d+[a-z]?,? [^\d]*\b(street|road|avenue|lane|drive|square|close|rue|st|rd|ave|blvd)\b.*"
                       r"|[^\d]*(street|road|avenue|stra(ß|ss)e|gatan|v[äa]gen|laan|straat|weg|platz|calle|via)[^\d]* "
                       r"\d{1,5} ?[a-z]?(,.*)?", 0.2),
    Shape("addresses", r"[^\d\s][^\d]{3,} \d{1,4} ?[a-z]?(,.*)?", 0.5, 0.3, False),
    Shape("free text", r"\S+(\s+\S+){7,}", 0.1, 0.0, False),
    Shape("personal names", r"[^\W\d_][^\W\d_'’.-]*\.?,?( [^\W\d_][^\W\d_'’.-]*\.?){1,3}", 0.5, 0.5, False),
)

_DATES = "exact dates that lie decades apart, as dates of birth do"
_NEAR_UNIQUE = 0.9
_FEW = 20
"""With fewer values than this, that all of them differ says nothing."""

_NAMED, _KINDS_OF_NAMES = 0.5, 4
"""A column is one of personal names when half of its values hold a common one, and they are so many different ones."""

_MOST_RARE = 0.5
"""When more people than this have a label that fewer than the floor share, the labels are nearly persons."""

@dataclass(frozen=True, slots=True)
class Traits:
    """What is known about the values of a column: counts and shares, never a value.

    present    how many rows have a value; a row is a person, whatever it stands for
    distinct   how many values differ, about
    numbers    share of the sampled values that are numbers with a fraction: a measurement, not a key
    matches    share of the sampled values that has each shape, in the order of `SHAPES`
    many       share of the sampled values that differ from each other
    dated      share of the sampled values that are exact dates; `years` how many the middle nine tenths of them span
    located    share that are numbers with four or more decimals, between 1 and 180 in size
    named      share that hold a name which many people have
    """

    present: int
    distinct: int
    numbers: float
    matches: tuple[float, ...]
    many: float
    dated: float
    years: float
    located: float
    named: float


def by_traits(traits: Traits, measured: bool, counted: bool = False) -> str:
    """What a column is by its values, or ''.

    measured  it is the score or the weight, whose values may all differ
    counted   the table is one of counts: a row is a combination, and a label stands in few rows
    """
    for shape, share in zip(SHAPES, traits.matches, strict=True):
        many = traits.many >= shape.many and (not shape.many or (traits.distinct >= _FEW and not counted))
        if share >= shape.share and many and not (measured and traits.numbers):
            return shape.what
    if traits.named >= _NAMED and traits.distinct >= _KINDS_OF_NAMES and not measured:
        return "personal names"
    if traits.dated >= 0.5 and traits.years >= 20:
        return _DATES
    if measured:
        return ""
    if traits.located >= 0.9 and traits.many > 0.5 and traits.present >= _FEW:
        return "coordinates"
    near = traits.present >= _FEW and traits.distinct > _NEAR_UNIQUE * traits.present
    return "a key: nearly every value differs" if near and traits.numbers < 0.5 else ""


def check_columns(traits: Mapping[str, Traits], question: Question) -> frozenset[str]:
    """Raises BoundaryError, naming them all, when columns are or look like direct identifiers. Which of those that a
    reason keeps do.
    """
    found: dict[str, str] = {}
    for name, known in traits.items():
        measured = name in (question.score, question.weight, question.counts)
        if shape := by_traits(known, measured, bool(question.counts)):
            found[name] = f"looks like {shape}"
        elif what := "" if measured else what_is_named(name):
            found[name] = f"is named like {what}"
    kept = frozenset(found).intersection(question.keep)
    for name in kept:
        del found[name]
    if not found:
        return kept
    lines = [f'column "{name}" {why}' for name, why in list(found.items())[:20]]
    if len(found) > 20:
        lines.append(f"and {len(found) - 20} more columns")
    used = [name for name in found if name in question.columns]
    free = [name for name in found if name not in used]
    advice = "An audit needs no direct identifiers and does not take them."
    if free:
        more = ",".join((*question.drop, *free))
        advice += f" To have them left out unread: --drop {_quoted(more)}"
    if used:
        advice += (f'{";" if free else ""} "{used[0]}" cannot be counted by: put a coarser column there. If it is no '
                   f'identifier, say why: --keep {_quoted(used[0])} --because "..."')
    raise BoundaryError("\n".join([*lines, advice]))


def check_fineness(singles: int, cells: int, floor: int) -> None:
    """Raises BoundaryError when most cells of groups × decisions × outcomes, and not fewer than the floor, hold one
    person: of three cells the refusal would tell which are the two.
    """
    if 2 * singles > cells and singles >= floor:
        raise BoundaryError("most cells of groups × decisions × outcomes hold a single person: "
                            "that is a list of people, not a table. Name fewer group columns, or coarser ones "
                            "(age bands instead of ages, regions instead of places)")


def check_rarity(column: str, rare: int, people: int, traits_distinct: int) -> None:
    """Raises BoundaryError when most people have a label of a column that fewer than the floor share."""
    if traits_distinct >= _FEW and rare > _MOST_RARE * people:
        raise BoundaryError(f'most people have a label of column "{column}" that few share: such labels are nearly '
                            "persons. Put a coarser column there")


def check_labels(column: str, labels: Iterable[str]) -> None:
    """Raises BoundaryError when a label that would be printed has the shape of an identifier."""
    shapes = [s for s in SHAPES if s.label]
    for text in labels:
        what = next((s.what for s in shapes if re.fullmatch(s.pattern, text, re.IGNORECASE)), "")
        if not what and re.fullmatch(r"\d{4}-\d{2}-\d{2}(?:[ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{4}", text):
            what = "exact dates"
        if not what and len(text) > 60:
            what = "free text"
        if what:
            raise BoundaryError(f'column "{column}" has labels that look like {what}; put a coarser column there, or, '
                                f'if they are none, say why: --keep {_quoted(column)} --because "..."')


def plausible_header(names: Sequence[str]) -> bool:
    """Whether a first line can be names of columns. Where it may be somebody's row, it must not be repeated."""
    def value(name: str) -> bool:
        number = re.fullmatch(r"[-+]?[\d.,]+%?|nan|true|false|yes|no|\d{4}-\d{2}-\d{2}.*", name.strip(), re.IGNORECASE)
        return number is not None or len(name) > 64 or any(re.fullmatch(s.pattern, name, re.I) for s in SHAPES[:5])

    return all(names) and not any(map(value, names))


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w,.-]+", text) else '"' + text + '"'
