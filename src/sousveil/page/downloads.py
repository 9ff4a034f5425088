"""What a page offers to take along: its tables as CSV and its pictures as SVG, each inside the address of its link.

Such a link works without a script, without a network and under the policy of the page.
"""

from __future__ import annotations

import csv
import html
import io
import itertools
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from sousveil.ground.characters import FORMULA
from sousveil.page import letters, palette, words
from sousveil.page.draw import LINE
from sousveil.page.marks import px
from sousveil.page.page import Cell, Chart, Link, Mark, Row, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["brief", "csv_link", "csv_rows", "csv_text", "picture", "svg_link", "svg_name", "text_link"]

_OTHERS = re.compile(r"[^\w,.:;()/+ -]+")
"""What a link must write as %xx. Spaces and letters beyond ASCII may stand as they are, in fewer bytes."""

_IN_SVG = re.compile(r"[%#<>&\"\x00-\x1f\x7f]")
"""The same for a picture."""

FIGURES = 10
"""So many figures of a number stand in a CSV: more than any of them is good for."""

ROOM = 60_000
"""Bytes of the CSV of one table, so that a page stays under 400 kB. Twelve groups over ten years fit whole."""

_SIZE = re.compile(r'<svg [^<>]*?width="([\d.]+)" height="([\d.]+)"')
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")
FONTS = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"
MARGIN = 24.0
"""Px of paper about a picture that stands alone."""


def csv_text(table: Table) -> str:
    """The table as CSV: numbers to ten figures, and no text that a spreadsheet would take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_raw(c) for c in table.columns])
    writer.writerows([[_raw(c) for c in row] for row in table.rows])
    return out.getvalue()


def csv_link(table: Table) -> str:
    """The address that holds a table as CSV, as far as there is room for it."""
    return "data:text/csv;charset=utf-8," + _OTHERS.sub(lambda found: quote(found[0], safe=""), _fitting(table)[0])


def csv_rows(table: Table) -> str:
    """How many rows it has, in words: `242 rows`, `every 4th of 7,206 rows`."""
    every, many = _fitting(table)[1], words.plural(len(table.rows), "row")
    return many if every == 1 else f"every {words.ordinal(every)} of {many}"


@lru_cache(maxsize=2)
def _fitting(table: Table) -> tuple[str, int]:
    """The CSV with as many rows as there is room for, and one in how many that is.

    Left out are places of long series, evenly; the first and last rows with one first cell (a group) always stay. The
    tables beside the page have them all.
    """
    text, every = csv_text(table), 1
    while len(text.encode()) > ROOM and every < len(table.rows):
        every = max(every + 1, math.ceil(every * len(text.encode()) / ROOM))
        text = csv_text(Table(table.columns, tuple(_thinned(table, every))))
    return text, every


def _thinned(table: Table, every: int) -> Iterator[Row]:
    for _, found in itertools.groupby(table.rows, lambda row: _raw(row[0])):
        rows = list(found)
        yield from (row for i, row in enumerate(rows) if (len(rows) - 1 - i) % every == 0 or i == 0)


def text_link(text: str) -> str:
    """A text as the address of a link."""
    return "data:text/plain;charset=utf-8," + _OTHERS.sub(lambda found: quote(found[0], safe=""), text)


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
            return "'" + value if FORMULA.match(value) else value
    return f"{value:.{FIGURES}g}" if isinstance(value, float) else repr(value)


def brief(x: float | None) -> float | int | None:
    """A share in a long table to four decimals, which is what a page has room for; counts whole, or in six figures."""
    if x is None or x == int(x):
        return None if x is None else int(x)
    return round(x, 4) if abs(x) < 1 else float(f"{x:.6g}")


def svg_name(chart: Chart) -> str:
    """What the file of a picture is called."""
    return chart.csv.removesuffix(".csv") + ".svg"


def svg_link(chart: Chart, heading: str, source: str) -> Markup:
    """The address that holds a picture which stands alone."""
    text = re.sub(r"<[^<>]*>", lambda tag: tag[0].replace('"', "'"), picture(chart, heading, source))
    return Markup("data:image/svg+xml;charset=utf-8," + _IN_SVG.sub(lambda c: f"%{ord(c[0]):02X}", text))


def picture(chart: Chart, heading: str, source: str) -> str:
    """The wide drawing in the colours of the light, under its finding and title and over its source: one SVG file."""
    drawings = [drawn for drawn in re.split(r"(?=<svg )", chart.wide) if drawn]
    sizes = [(float(width), float(height)) for width, height in _SIZE.findall(chart.wide)]
    room = max((width for width, _ in sizes), default=0.0)
    parts, y = [], MARGIN
    for text, size, style in ((chart.finding or heading, 19, 'fill="var(--ink)" font-weight="bold"'),
                              (chart.title, 14, 'fill="var(--soft)"')):
        lines = letters.lines(text, room / size, 9, bold=size == 19)
        parts.append(_written(lines, y, size, style))
        y += len(lines) * LINE * size + 8
    y += 8
    for drawn, (_, height) in zip(drawings, sizes, strict=True):
        parts.append(drawn.replace("<svg ", f'<svg x="{px(MARGIN)}" y="{px(y)}" ', 1).replace(
            ' xmlns="http://www.w3.org/2000/svg"', ""))
        y += height + 14
    lines = letters.lines(f"Source: {source}", room / 12, 9)
    parts.append(_written(lines, y, 12, 'fill="var(--faint)"'))
    wide, high = px(room + 2 * MARGIN), px(y + len(lines) * LINE * 12 + MARGIN)
    made = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
            f'font-family="{FONTS}"><rect width="100%" height="100%" fill="var(--paper)"/>{"".join(parts)}</svg>')
    return _VARIABLE.sub(lambda name: palette.LIGHT[name[1]], made)


def _written(lines: Sequence[str], y: float, size: float, style: str) -> str:
    """Lines of text from y on."""
    rows = "".join(f'<tspan x="{px(MARGIN)}" y="{px(y + (i * LINE + 0.9) * size)}">'
                   f"{html.escape(letters.isolated(letters.printable(line)), quote=False)}</tspan>"
                   for i, line in enumerate(lines))
    return f'<text font-size="{px(size)}px" {style}>{rows}</text>'
