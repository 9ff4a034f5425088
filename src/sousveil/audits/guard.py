"""What an audit does not take: tables that carry direct identifiers, and groups so fine that they are persons.

A column is refused by its name (`email`, `personnummer`, `date_of_birth`) or by the shape of what is in it. Shapes are
tested inside DuckDB on values that never come here: this module holds the patterns and judges the shares that match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sousveil.audits.question import Question
from sousveil.errors import BoundaryError

__all__ = ["SHAPES", "Shape", "Traits", "by_name", "check_columns", "check_fineness", "check_labels",
           "plausible_header"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern (RE2, whole value, any case) that gives an identifier away.

    share   of the values that must match
    many    of the values, the share that must differ from each other: an address is many addresses, "District 5" is not
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
    Shape("personal names", r"[^\W\d_][^\W\d_'’.-]*\.?,?( [^\W\d_][^\W\d_'’.-]*\.?){1,3}", 0.5, 0.3, False),
)

_DATES = "exact dates that lie decades apart, as dates of birth do"
_NEAR_UNIQUE = 0.9
_FEW = 20
"""With fewer persons than this, that all values differ says nothing."""

_NAMES: tuple[tuple[str, str], ...] = (
    ("names", r"(first|last|sur|family|given|full|maiden|middle|fore|person|client|customer|applicant|defendant|"
              r"patient|student|employee|user|nick)?_?names?|voornaam|achternaam|vorname|nachname|f[öo]rnamn|"
              r"efternamn|namn|nom|prenom|prénom|apellidos?|nombre|naam|initials"),
    ("identity numbers", r"(.*_)?(id|uuid|guid|key|identifier|idnr|id_?(no|nr|num|number))|ssn|bsn|nino|cpf|dni|nif|"
                         r"personnummer|person_?(nr|number|no)|fodselsnummer|steuer_?id|aadhaar|passport_?(no|nr|number)|"
                         r"social_security(_number)?|national_insurance(_number)?|tax_?(no|number)|case_?(no|nr|number)|"
                         r"(driving_?)?licen[cs]e_?(no|nr|number|plate)|plate|iban|account_?(no|nr|number)|card_?number|"
                         r"fingerprint|face(_?(id|image|template|embedding))?|voiceprint|iris|dna|ip(_?address)?|imei|imsi|"
                         r"mac_?address|device_?id|serial_?(no|number)"),
    ("telephone numbers", r"(.*_)?(tele)?phone(_?(no|nr|number))?|(.*_)?mobile(_?(no|nr|number))?|telefon(nummer)?|tel|"
                          r"cell(_?phone)?|fax"),
    ("e-mail addresses", r"(.*_)?e_?mail(_?address)?|mail"),
    ("dates of birth", r"(.*_)?(dob|birth_?(date|day)|date_?of_?birth|born(_on)?|geboortedatum|geburtsdatum|"
                       r"f[öo]delse(datum|dag))"),
    ("addresses", r"(.*_)?(address(_?\d|_line.*)?|street(_.*)?|house_?(no|nr|number)|adres(se)?|adress|anschrift|"
                  r"stra(ß|ss)e)"),
    ("coordinates", r"lat|lon|lng|long|latitude|longitude|gps(_.*)?|coord(inate)?s?|geo_?(point|hash|location)|"
                    r"(home_)?location|easting|northing"),
    ("free text", r"(free_?)?text|notes?|comments?|remarks?|description|narrative|statement|memo|message"),
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known about the values of a column: counts and shares, never a value.

    persons    how many persons the values present stand for
    distinct   how many values differ, about
    numbers    share of the sampled values that are numbers with a fraction: a measurement, not a key
    matches    share of the sampled values that has each shape, in the order of `SHAPES`
    many       share of the sampled values that differ from each other
    dated      share of the sampled values that are exact dates; `years` how many the middle nine tenths of them span
    located    share that are numbers with four or more decimals, between 1 and 180 in size
    """

    persons: int
    distinct: int
    numbers: float
    matches: tuple[float, ...]
    many: float
    dated: float
    years: float
    located: float


def by_name(name: str) -> str:
    """What a column is by its name, or ''."""
    plain = re.sub(r"[\s.\-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())).casefold()
    return next((what for what, pattern in _NAMES if re.fullmatch(pattern, plain)), "")


def by_traits(traits: Traits, measured: bool) -> str:
    """What a column is by the shape of its values, or ''. `measured`: it is the score, whose values may all differ."""
    for shape, share in zip(SHAPES, traits.matches, strict=True):
        if share >= shape.share and traits.many >= shape.many and not (measured and traits.numbers):
            return shape.what
    if traits.dated >= 0.5 and traits.years >= 20:
        return _DATES
    if measured:
        return ""
    if traits.located >= 0.9 and traits.many > 0.5 and traits.persons >= _FEW:
        return "coordinates"
    near = traits.persons >= _FEW and traits.distinct > _NEAR_UNIQUE * traits.persons
    return "a key: nearly every value differs" if near and traits.numbers < 0.5 else ""


def check_columns(traits: Mapping[str, Traits], question: Question) -> None:
    """Raises BoundaryError, naming them all, when columns are or look like direct identifiers."""
    found: dict[str, str] = {}
    for name, known in traits.items():
        measured = name in (question.score, question.weight)
        what = by_name(name) if not measured else ""
        if what:
            found[name] = f"is named like {what}"
        elif shape := by_traits(known, measured):
            found[name] = f"looks like {shape}"
    if not found:
        return
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
        advice += f'{";" if free else ""} "{used[0]}" cannot be counted by: put a coarser column there.'
    raise BoundaryError("\n".join([*lines, advice]))


def check_fineness(singles: int, cells: int) -> None:
    """Raises BoundaryError when most cells of groups × decisions × outcomes hold one person."""
    if 2 * singles > cells:
        raise BoundaryError("most cells of groups × decisions × outcomes hold a single person: "
                            "that is a list of people, not a table. Name fewer group columns, or coarser ones "
                            "(age bands instead of ages, regions instead of places)")


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
            raise BoundaryError(f'column "{column}" has labels that look like {what}; put a coarser column there')


def plausible_header(names: Sequence[str]) -> bool:
    """Whether a first line can be names of columns. Where it may be somebody's row, it must not be repeated."""
    def value(name: str) -> bool:
        number = re.fullmatch(r"[-+]?[\d.,]+%?|nan|true|false|yes|no|\d{4}-\d{2}-\d{2}.*", name.strip(), re.IGNORECASE)
        return number is not None or len(name) > 64 or any(re.fullmatch(s.pattern, name, re.I) for s in SHAPES[:5])

    return all(names) and not any(map(value, names))


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w,.-]+", text) else '"' + text + '"'
