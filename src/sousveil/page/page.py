"""A report is one HTML file made from frozen values. This module says what a page is made of; `layout.py` sets it,
and `report.py` saves it.

A page tells findings first: a headline that is the strongest finding, a lead, three key figures, and sections whose
label is a question and whose heading is the answer. Everything a page needs stands in the file: no script, no font, no
image and no request leaves it.

    Page ── KeyFigure × 3
         ├─ Section | Columns(Section, Section)
         │    └─ blocks: Prose, Chart, Table, Code
         ├─ Term (the words the page uses)
         └─ provenance (one line, for the foot)
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Block", "Cell", "Chart", "Code", "Columns", "KeyFigure", "Link", "Mark", "Page", "Prose", "Row",
           "Section", "Table", "Term"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell whose shown text differs from the value that the CSV carries."""

    text: str
    raw: str | int | float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """How well a number is known, set as a small label; one of `words.MARKS`. `name` may be a word of your own."""

    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that points to a source outside. Only http and https addresses become links; others stay text."""

    text: str
    address: str


Value = str | int | float | None | Cell | Mark | Link
Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Plain text for reading. A blank line starts a new paragraph. No markup: everything is escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A command or a piece of a file, set as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. The first column is the header of its row. Columns of numbers are set to the right.

    Numbers (int, float) are shown short and written in full to the CSV; `Cell` says both.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture in two drawings, with its title, what it shows in words, and the same as a table.

    wide, narrow  SVG, as `figures` returns them: about 760 px and about 340 px
    title         says the finding or what is drawn, with the unit
    alt           the finding in words, for who does not see the picture
    table         the same as a table, short enough to read
    csv           the name of the file that the download link offers
    data          the full table for the CSV, where `table` is a digest of it
    """

    wide: str
    narrow: str
    title: str
    alt: str
    table: Table
    csv: str
    data: Table | None = None


Block = Prose | Chart | Table | Code


@dataclass(frozen=True, slots=True)
class Section:
    """A question (`label`), its answer (`heading`) and what shows it. `id` is for links within the page.

    The ids `again`, `limits` are linked from the foot of the page where they exist.
    """

    label: str
    heading: str
    blocks: tuple[Block, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Two sections side by side where there is room. Charts in it are drawn narrow."""

    left: Section
    right: Section


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the three numbers at the top: `25`, `points`, what it is, and its interval in words."""

    value: str
    unit: str
    what: str
    interval: str


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the trade and the line that explains it."""

    name: str
    line: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that a report says, as values.

    kicker       what kind of page this is, in small capitals over the title
    title        the strongest finding as a sentence, without a full stop
    lead         what was run on whom, for how long; the finding in natural frequencies
    figures      up to three key figures
    sections     in the order of reading
    provenance   short facts for the foot: names, hashes, seed, engine, version
    terms        words the page uses, explained at its end (see `words.terms`)
    """

    kicker: str
    title: str
    lead: str
    figures: tuple[KeyFigure, ...]
    sections: tuple[Section | Columns, ...]
    provenance: tuple[str, ...]
    terms: tuple[Term, ...] = field(default=())
