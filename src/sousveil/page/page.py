"""A report is one HTML file made from frozen values. This module says what a page is made of; `layout.py` sets it,
and `report.py` saves it.

A page tells findings first: a headline that is the strongest finding with its evidence, a lead, a hundred people of
each group, three key figures, each with its two widths, and sections whose label is a question and whose heading is the
answer. A list of these answers is its contents. Everything a page needs stands in the file: no script, no font, no
image and no request leaves it.

    Page ── Evidence
         ├─ Chart (a hundred people)
         ├─ KeyFigure × 3 (each with its Measure)
         ├─ Section | Columns(Section, Section)
         │    └─ blocks: Prose, Chart, Table, Code
         ├─ Term (the words the page uses)
         └─ provenance (one line, for the foot)
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sousveil.measures.measure import Measure

__all__ = ["Block", "Cell", "Chart", "Code", "Columns", "Download", "Evidence", "KeyFigure", "Link", "Mark", "Page",
           "Prose", "Row", "Section", "Table", "Term"]


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
    """A cell that points to a source outside, or to a page beside this one (`name.html`). Only http and https addresses
    and such names become links; others stay text.
    """

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
class Download:
    """A file to take along, inside the page: its name and its text."""

    name: str
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

    wide, narrow  SVG, as `figures` returns them: 812 px and 340 px
    title         what is drawn: the unit, of whom, and over which time
    alt           the finding in words, for who does not see the picture
    table         the same as a table, short enough to read
    csv           the name of the file that the download link offers; the picture has that name too, with .svg
    data          the full table for the CSV, where `table` is a digest of it
    finding       what it shows as a sentence, where that is not the heading of its section
    """

    wide: str
    narrow: str
    title: str
    alt: str
    table: Table
    csv: str
    data: Table | None = None
    finding: str = ""


Block = Prose | Chart | Table | Code | Download


@dataclass(frozen=True, slots=True)
class Section:
    """A question (`label`), its answer (`heading`) and what shows it. `id` is for links within the page.

    The ids `again`, `limits` are linked from the foot of the page where they exist, `cite` (or `again`) from every
    picture. `short` is the answer in a few words, for the contents; where there is none the heading stands there.
    `named` says that the label is the name of a field, which is shown letter by letter.
    """

    label: str
    heading: str
    blocks: tuple[Block, ...]
    id: str = ""
    short: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Two sections side by side where there is room. Charts in it are drawn narrow."""

    left: Section
    right: Section


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One of the three numbers at the top: `25`, `points`, what it is, and its interval in words.

    measure   the number itself as it is shown: the page draws its interval, and how far it moves over what is not
              published. Without it the interval stands in words alone.
    hangs_on  what is not published and moves it most, in words
    given     whether nothing had to be assumed: then there is no second width, and that is no lack
    """

    value: str
    unit: str
    what: str
    interval: str
    measure: Measure | None = None
    hangs_on: str = ""
    given: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the headline rests on, in a line under it: facts such as how many people and the interval, and the marks of
    the rule behind it."""

    facts: tuple[str, ...]
    marks: tuple[Mark, ...] = ()


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
    evidence     what the title rests on
    people       a hundred people of each group (`figures.hundred`)
    supports     what the page can support, and what it is no evidence of
    source       stands under every picture, behind `Source:`; default: the provenance
    """

    kicker: str
    title: str
    lead: str
    figures: tuple[KeyFigure, ...]
    sections: tuple[Section | Columns, ...]
    provenance: tuple[str, ...]
    terms: tuple[Term, ...] = field(default=())
    evidence: Evidence | None = None
    people: Chart | None = None
    supports: str = ""
    source: str = ""
