"""Sets a `Page` as one HTML file through the templates, under a content security policy that allows nothing in.

The policy is `default-src 'none'` with the one style sheet allowed by its hash: no script runs, no request leaves.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from sousveil.page import letters, palette, words
from sousveil.page.page import Cell, Chart, Code, Columns, Link, Mark, Page, Prose, Section, Table, Value

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render"]

_NUMBER = re.compile(r"^[<>≈±~]?\s?[−+-]?\d[\d,.]*\s?%?$|^[–·]?$")
_OTHERS = re.compile(r"[^\w,.:;()/+-]+")
"""What a link must write as %xx. Letters beyond ASCII may stand as they are, which takes a third of the bytes."""
_KINDS = {Prose: "prose", Chart: "chart", Table: "table", Code: "code"}


def render(page: Page) -> str:
    """The page as one HTML file: the same text for the same page."""
    sheet = _environment().get_template("page.css").render(light=palette.LIGHT, dark=palette.DARK)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    html = _environment().get_template("page.html").render(
        page=page, sheet=sheet, policy=policy, ids=_ids(page), foot=_foot(page))
    return re.sub(r"\n\s*\n+", "\n", html)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(loader=PackageLoader("sousveil.page"), undefined=StrictUndefined,
                       autoescape=lambda name: name != "page.css", trim_blocks=True, lstrip_blocks=True,
                       finalize=_set_apart)
    room.filters.update(shown=_shown, csv_link=_csv_link, paragraphs=_paragraphs, numeric=_numeric, kind=_kind,
                        address=_address, identity=id, spoken=_spoken, exactly=escape,
                        counted=lambda n: words.sentence(words.counted(n)),
                        meaning=lambda name: words.MARKS.get(name, ""))
    return room


def _set_apart(value: object) -> object:
    """What the templates print: text, with names that are written from right to left set apart from what is beside."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup(letters.isolated(str(escape(letters.printable(value))), "<bdi>{}</bdi>".format))


def _spoken(text: str) -> Markup:
    """The same for an attribute, where no element can stand."""
    return escape(letters.isolated(letters.printable(text)))


def _kind(item: object) -> str:
    if isinstance(item, Columns):
        return "columns"
    if isinstance(item, Cell | Mark | Link):
        return type(item).__name__.lower()
    return _KINDS.get(type(item), "text")


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _shown(value: Value) -> str:
    """The text of a cell: short numbers, a dash for what is not there."""
    match value:
        case None:
            return "–"
        case Cell():
            return value.text
        case Mark():
            return value.name
        case Link():
            return value.text
        case str():
            return value
    return words.number(value)


def _raw(value: Value) -> str:
    """What the CSV carries: numbers in full, text that a spreadsheet will not take for a formula."""
    match value:
        case Cell():
            return _raw(value.raw)
        case Mark():
            return _raw(value.name)
        case Link():
            return _raw(f"{value.text} {value.address}")
        case None:
            return ""
        case str():
            return "'" + value if value[:1] in tuple("=+-@\t\r") and value[:1] else value
    return repr(value)


def _numeric(table: Table, column: int) -> bool:
    """Whether every cell of a column reads as a number (and at least one is there)."""
    cells = [row[column] for row in table.rows]
    shown = [_shown(c) for c in cells if not isinstance(c, Mark | Link)]
    return bool(shown) and len(shown) == len(cells) and any(shown) and all(_NUMBER.match(s) for s in shown)


def _csv_link(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_raw(c) for c in table.columns])
    writer.writerows([[_raw(c) for c in row] for row in table.rows])
    return "data:text/csv;charset=utf-8," + _OTHERS.sub(lambda found: quote(found[0], safe=""), out.getvalue())


def _address(link: Link) -> str:
    """The address of a link that may be followed, or ''."""
    return link.address if urlsplit(link.address).scheme in ("http", "https") else ""


def _sections(page: Page) -> list[Section]:
    return [s for item in page.sections for s in ((item.left, item.right) if isinstance(item, Columns) else (item,))]


def _ids(page: Page) -> dict[int, str]:
    """An id for every section, keyed by identity: its own, or one by its place."""
    return {id(s): s.id or f"part-{place}" for place, s in enumerate(_sections(page), start=1)}


def _foot(page: Page) -> list[tuple[str, str]]:
    """Links at the foot, to the parts that exist."""
    have = {s.id for s in _sections(page)} | ({"words"} if page.terms else set())
    return [(key, text) for key, text in words.FOOT if key in have]
