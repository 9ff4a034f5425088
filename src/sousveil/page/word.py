"""A page as a document for word processors: its headings, sentences, tables and pictures, in the order of the page.

It is made from the HTML of the page, which is all that a result keeps of it. Nothing in it is followed or fetched:
text becomes text, and pictures are drawn from the SVG that the page holds (see `pictures`).
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from sousveil.errors import InputError
from sousveil.ground.characters import printable
from sousveil.page import pictures
from sousveil.page.reread import reread

__all__ = ["MOST_CELLS", "docx"]

MOST_CELLS = 6_000
"""Cells of tables in a document; what is longer is cut, and says where all of it is. More makes it slow to open."""

MOST_ROWS = 60
"""Rows of one table."""

_ROOM, _WIDEST = 6.6, 70
"""Inches between the margins; letters of a cell beyond which its column gets no wider."""

_MADE = datetime(2000, 1, 1)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_SKIPPED = {"style", "script", "title", "nav", "svg", "summary"}
_TEXTS = {"p", "h1", "h2", "h3", "figcaption", "li", "dt", "dd", "caption"}
_VOID = {"meta", "link", "br", "img", "input", "hr"}
_SAYS = re.compile(r"\w")
"""What a line needs to be one: signs alone are left of links that lead about in the page."""
_SPACE = re.compile(r"[ \t\r\n]+")


def docx(page: str) -> bytes:
    """The page as .docx; the same page gives the same bytes where the same fonts are. Raises InputError for a page or
    a picture that is not ours, and where this machine has no fonts to draw with.
    """
    import docx as word

    document = word.Document()
    core = document.core_properties
    core.author, core.comments, core.created, core.modified = "sousveil", "", _MADE, _MADE
    for section in document.sections:
        section.left_margin = section.right_margin = word.shared.Inches(0.85)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Liberation Sans", word.shared.Pt(10)
    setter = _Setter(document)
    reread(page, setter)
    core.title = setter.title[:200]
    file = io.BytesIO()
    document.save(file)
    return _still(file.getvalue())


def _still(packed: bytes) -> bytes:
    """The same parts, each with one and the same date."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(file, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            part = zipfile.ZipInfo(name, _EPOCH)
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(part, old.read(name))
    return file.getvalue()


class _Setter(HTMLParser):
    """Sets a page tag by tag."""

    def __init__(self, document: Any) -> None:
        super().__init__()
        self.title = ""
        self._document = document
        self._skipped: list[str] = []
        self._text: list[str] | None = None
        self._class = ""
        self._code = False
        self._rows: list[list[str]] | None = None
        self._caption = ""
        self._cells = 0
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            return
        if self._skipped or tag in _SKIPPED or given.get("class") in ("skip", "unit-links"):
            self._skipped.append(tag)
            return
        if tag == "a":
            self._link(given)
        elif tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in ("th", "td") or (tag in _TEXTS and self._text is None):
            self._text, self._class = [], given.get("class", "")
        elif tag == "pre":
            self._text, self._code = [], True

    def _link(self, given: dict[str, str]) -> None:
        name, address = given.get("download", ""), given.get("href", "")
        if name.endswith(".svg"):
            self._picture(pictures.svg_of(address))
        if name or address.startswith("#"):  # what is offered in the page, or leads about in it
            self._skipped.append("a")
        if name.endswith((".json", ".jsonld", ".txt", ".yaml")) and self._text is not None:
            self._text.append(f"{name}: a file inside the page")

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        if tag in ("th", "td") and self._rows:
            self._rows[-1].append(self._taken())
        elif tag == "table":
            self._table()
        elif tag == "pre":
            self._coded()
        elif tag == "caption" and self._rows is not None:
            self._caption = self._taken()
        elif tag in _TEXTS and self._text is not None and self._rows is None:
            self._set(tag, self._taken())

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._skipped:
            self._text.append(data)

    def _taken(self) -> str:
        text = "".join(self._text or ())
        self._text = None
        return printable(_SPACE.sub(" ", text)).strip()

    def _set(self, tag: str, text: str) -> None:
        if not _SAYS.search(text):
            return
        if self._class == "label":
            self._label = text
            return
        if tag in ("h1", "h2", "h3"):
            self._headed(tag, text)
            return
        paragraph = self._document.add_paragraph(style="List Bullet" if tag == "li" else None)
        run = paragraph.add_run(text)
        run.bold = tag in ("figcaption", "dt") or self._class == "value"
        run.italic = self._class in ("evidence", "interval")

    def _headed(self, tag: str, text: str) -> None:
        if self._label:
            paragraph = self._document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            paragraph.add_run(self._label.upper()).bold = True
            self._label = ""
        self.title = self.title or text
        self._document.add_heading(text, {"h1": 0, "h2": 1}.get(tag, 2))

    def _picture(self, svg: str) -> None:
        from docx.shared import Inches

        self._document.add_picture(io.BytesIO(pictures.png(svg)), width=Inches(6.3))

    def _coded(self) -> None:
        text, self._text, self._code = printable("".join(self._text or ())).strip("\n"), None, False
        lines = text.splitlines()
        for line in lines[:MOST_ROWS]:
            run = self._document.add_paragraph().add_run(line)
            run.font.name = "Liberation Mono"
        if len(lines) > MOST_ROWS:
            self._document.add_paragraph(f"{len(lines) - MOST_ROWS:,} more lines stand in the page.")

    def _table(self) -> None:
        rows, self._rows = [row for row in self._rows or () if row], None
        wide = max(map(len, rows), default=0)
        if not wide:
            return
        kept = rows[:min(MOST_ROWS, max(0, MOST_CELLS - self._cells) // wide)]
        self._cells += len(kept) * wide
        if self._caption:
            self._document.add_paragraph().add_run(self._caption).bold = True
        if kept:
            self._filled(kept, wide)
        if len(kept) < len(rows):
            self._document.add_paragraph(f"{len(rows) - len(kept):,} more rows stand in the page, and in the tables.")

    def _filled(self, rows: list[list[str]], wide: int) -> None:
        if wide > 63:  # what word processors hold
            raise InputError("a table of this page has too many columns for a document; take the page or the workbook")
        table = self._document.add_table(rows=len(rows), cols=wide, style="Light Grid Accent 1")
        table.autofit = False
        widths = _widths(rows, wide)
        cells = table._cells  # once: asked for cell by cell, a table takes minutes
        for i, row in enumerate(rows):
            for j, width in enumerate(widths):
                cells[i * wide + j].width = width
                cells[i * wide + j].text = row[j] if j < len(row) else ""
        self._document.add_paragraph()


def _widths(rows: list[list[str]], wide: int) -> list[Any]:
    """How wide each column is, by its longest words and cells, in all as wide as the page allows."""
    from docx.shared import Inches

    longest = [max((min(len(row[j]), _WIDEST) for row in rows if j < len(row)), default=0) + 4 for j in range(wide)]
    return [Inches(_ROOM * some / sum(longest)) for some in longest]
