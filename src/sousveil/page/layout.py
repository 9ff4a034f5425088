"""Sets a `Page` as one HTML file through the templates, under a content security policy that allows nothing in.

The policy is `default-src 'none'` with the one style sheet allowed by its hash: no script runs, no request leaves.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from sousveil.page import downloads, letters, palette, widths, words
from sousveil.page.page import Cell, Chart, Code, Columns, Download, Link, Mark, Page, Prose, Section, Table, Value

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["drawn", "fragments", "render", "sheet", "unit"]

_NUMBER = re.compile(r"^[<>≈±~]?\s?[−+-]?\d[\d,.]*\s?%?$|^[–·]?$")
_SET = re.compile(r"(<pre\b.*?</pre>)", re.DOTALL)
LONG = 24
"""Rows of a table beyond which it is too long to be read cell by cell."""

_KINDS = {Prose: "prose", Chart: "chart", Table: "table", Code: "code", Download: "download"}


def render(page: Page) -> str:
    """The page as one HTML file: the same text for the same page."""
    digest = base64.b64encode(hashlib.sha256(sheet().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    html = _environment().get_template("page.html").render(
        page=page, sheet=sheet(), policy=policy, foot=_foot(page), contents=_contents(page), **_shared(page))
    return _close(html)


def sheet() -> str:
    """The style sheet of every page."""
    return _environment().get_template("page.css").render(light=palette.LIGHT, dark=palette.DARK)


def fragments(page: Page) -> dict[str, str]:
    """The HTML of every section as the page sets it, by its id."""
    parts = _environment().get_template("parts.html").module
    shared = _shared(page)
    return {shared["ids"][id(s)]: _close(str(parts.section(s, narrow, shared)))  # type: ignore[attr-defined]
            for item in page.sections for s, narrow in (
                ((item.left, True), (item.right, True)) if isinstance(item, Columns) else ((item, False),))}


def drawn(chart: Chart) -> str:
    """The HTML of a picture alone, without table and files."""
    parts = _environment().get_template("parts.html").module
    return f"<figure>{parts.drawn(chart, False)}</figure>"  # type: ignore[attr-defined]


def unit(chart: Chart, heading: str, source: str, cite: str) -> str:
    """The HTML of one picture with its table and its files. `cite`: the id of the part that says how to cite it."""
    parts = _environment().get_template("parts.html").module
    return _close(str(parts.unit(chart, heading, False, {"source": source, "cite": cite})))  # type: ignore[attr-defined]


def _shared(page: Page) -> dict[str, Any]:
    """What every section needs to know of its page."""
    ids = _ids(page)
    cite = next((name for name in ("cite", "again") if name in ids.values()), "")
    return {"ids": ids, "cite": cite, "source": page.source or " · ".join(page.provenance)}


def _close(html: str) -> str:
    """The HTML without the empty lines that templates leave; what is set letter by letter keeps its own."""
    return "".join(part if part.startswith("<pre") else re.sub(r"\n\s*\n+", "\n", part) for part in _SET.split(html))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    room = Environment(loader=PackageLoader("sousveil.page"), undefined=StrictUndefined,
                       autoescape=lambda name: name != "page.css", trim_blocks=True, lstrip_blocks=True,
                       finalize=_set_apart)
    room.filters.update(shown=_shown, paragraphs=_paragraphs, numeric=_numeric, kind=_kind, address=_address,
                        stacks=_stacks, identity=id, spoken=_spoken, exactly=escape, csv_link=downloads.csv_link,
                        csv_rows=downloads.csv_rows, text_link=downloads.text_link,
                        svg_link=downloads.svg_link, svg_name=downloads.svg_name, picture=widths.picture,
                        chance=widths.chance, unpublished=widths.unpublished,
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


def _numeric(table: Table, column: int) -> bool:
    """Whether every cell of a column reads as a number (and at least one is there)."""
    cells = [row[column] for row in table.rows]
    shown = [_shown(c) for c in cells if not isinstance(c, Mark | Link)]
    return bool(shown) and len(shown) == len(cells) and any(shown) and all(_NUMBER.match(s) for s in shown)


def _stacks(table: Table) -> bool:
    """Whether its cells stand below each other on a telephone; a table of many rows is moved sideways there instead."""
    return len(table.columns) > 3 and len(table.rows) <= LONG


def _address(link: Link) -> str:
    """The address of a link that may be followed, or '': outside, or a page that lies beside this one."""
    beside = re.fullmatch(r"[\w-]+\.html", link.address)
    return link.address if beside or urlsplit(link.address).scheme in ("http", "https") else ""


def _sections(page: Page) -> list[Section]:
    return [s for item in page.sections for s in ((item.left, item.right) if isinstance(item, Columns) else (item,))]


def _ids(page: Page) -> dict[int, str]:
    """An id for every section, keyed by identity: its own, or its label in small letters, numbered from the second."""
    found: dict[int, str] = {}
    taken = {"findings", "words", *(s.id for s in _sections(page))}
    for s in _sections(page):
        name = re.sub(r"[^a-z0-9]+", "-", s.label.lower()).strip("-") or "part"
        free = (f"{name}-{n}" if n > 1 else name for n in itertools.count(1))
        found[id(s)] = s.id or next(i for i in free if i not in taken)
        taken.add(found[id(s)])
    return found


def _contents(page: Page) -> list[tuple[str, str, str]]:
    """Id, question and answer of every section."""
    ids = _ids(page)
    found = [(ids[id(s)], s.label, s.short or s.heading) for s in _sections(page)]
    return [*found, ("words", "What the words mean", "")] if page.terms else found


def _foot(page: Page) -> list[tuple[str, str]]:
    """Links at the foot, to the parts that exist."""
    have = {s.id for s in _sections(page)} | ({"words"} if page.terms else set())
    return [(key, text) for key, text in words.FOOT if key in have]
