"""Tables as a workbook for spreadsheets: a sheet a table, behind a first sheet that says what they are.

No text becomes a formula or a link, whatever it begins with. The same tables give the same bytes.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sousveil.ground.characters import FORMULA, printable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MOST_ROWS", "workbook"]

MOST_ROWS = 100_000
"""Rows of a table that stand in a sheet; the CSV beside it has them all. A sheet of more is slow in any program."""

LONGEST = 32_000
"""Letters of a cell; spreadsheets hold 32,767."""

_NAME = 31
_ABOUT, _LINE = 100, 15
"""Letters of a line of the first sheet, and how high a line is."""

_MADE = datetime(2000, 1, 1)
"""The moment that is written as that of making, so that the same tables give the same bytes."""


def workbook(cover: Sequence[tuple[str, str]], tables: Mapping[str, pa.Table]) -> bytes:
    """A workbook. cover: what the first sheet says, a line each: what, and the words; tables: name of a sheet -> table.
    """
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                      "strings_to_numbers": False})
    book.set_properties({"author": "sousveil", "created": _MADE})
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _ABOUT)
    for row, (what, said) in enumerate([*cover, *_cut(tables)]):
        sheet.write_string(row, 0, _text(what), bold)
        sheet.write_string(row, 1, _text(said), wrapped)
        sheet.set_row(row, _LINE * (1 + len(said) // _ABOUT))
    taken = {"about"}
    for name, table in tables.items():
        _fill(book.add_worksheet(_sheet_name(name, taken)), table, bold)
    book.close()
    return file.getvalue()


def _cut(tables: Mapping[str, pa.Table]) -> list[tuple[str, str]]:
    """What is said of tables that are longer than a sheet."""
    return [(name, f"the first {MOST_ROWS:,} of {table.num_rows:,} rows; all of them are in {name}.csv")
            for name, table in tables.items() if table.num_rows > MOST_ROWS]


def _fill(sheet: Any, table: pa.Table, bold: Any) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(table.column_names):
        sheet.write_string(0, column, _text(name), bold)
        values = table[name].slice(0, MOST_ROWS).to_pylist()
        widest = max((len(str(value)) for value in values[:200]), default=0)
        sheet.set_column(column, column, min(max(widest, len(name)) + 2, 48))
        for row, value in enumerate(values, 1):
            _write(sheet, row, column, value)


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e15:
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, _text(str(value)))


def _text(text: str) -> str:
    """Text as the CSVs have it: what a spreadsheet would take for a formula has an apostrophe before it."""
    text = printable(text)
    return ("'" + text if FORMULA.match(text) else text)[:LONGEST]


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other has: at most 31 letters, none of []:*?/\\."""
    plain = re.sub(r"[\[\]:*?/\\']", "-", printable(name))[:_NAME] or "table"
    free, number = plain, 1
    while free.lower() in taken or free.lower() == "history":
        number += 1
        free = f"{plain[:_NAME - len(str(number)) - 1]}-{number}"
    taken.add(free.lower())
    return free
