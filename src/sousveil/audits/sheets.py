"""Workbooks (.xlsx, .xls, .ods): the sheet that is asked for, as rows of text. They are read by calamine.

A workbook has to be taken apart here, in memory; nothing of it is kept but the table that DuckDB counts.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from sousveil.audits.column_names import common_names
from sousveil.errors import InputError, Problem, did_you_mean

__all__ = ["ENDINGS", "rows"]

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

Row = list[str]


def rows(data: bytes, name: str, wanted: str, fits: Callable[[Sequence[Row]], bool]) -> tuple[list[Row], str, str]:
    """The rows of a sheet, a line that says which it is where that had to be guessed, and its name among others.

    wanted  its name; '' for the only one that has the columns asked for, as `fits` sees. The name that is given back
            is '' where there is one sheet alone
    Raises InputError for what is no workbook, a sheet that is not there, or several that fit.
    """
    import python_calamine

    from sousveil.audits.extent import too_large

    broken = Problem(name, 0, 0, "cannot be read as a workbook; it may be cut off, broken or locked with a password")
    try:
        large = too_large(data)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error, EOFError):
        raise InputError(broken) from None
    if large:
        raise InputError(Problem(name, 0, 0, "is too large to be held in memory; if it has a value far below or to the "
                                             "right of its table, delete it, else save the sheet as CSV"))
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = list(book.sheet_names)
        opened = [wanted] if wanted in names else [] if wanted else names
        read = {sheet: _texts(book.get_sheet_by_name(sheet).to_python()) for sheet in opened}
    except BaseException as error:  # whatever it is: its message may quote a cell. Panics of Rust are no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise InputError(broken) from None
    if wanted:
        if wanted not in read:
            near = did_you_mean(wanted, [sheet for sheet in names if not _of_person(sheet)])
            raise InputError(Problem(name, 0, 0, f'has no sheet "{wanted}"{near}'))
        return read[wanted], "", wanted if len(names) > 1 else ""
    full = [sheet for sheet, cells in read.items() if cells]
    found = [sheet for sheet in full if fits(read[sheet])] or full
    if not found:
        raise InputError(Problem(name, 0, 0, "is empty"))
    if len(found) > 1:
        plain = [f'"{sheet}"' for sheet in found if not _of_person(sheet)]
        listed, one = (": " + ", ".join(plain[:8]), plain[0]) if plain else ("", "NAME")
        raise InputError(Problem(name, 0, 0, f"has {len(found)} sheets that could be meant{listed}; choose one: "
                                             f"--sheet {one}"))
    called = f'sheet "{found[0]}"' if not _of_person(found[0]) else "one sheet"
    return (read[found[0]], f"{called} of {name} was read", found[0]) if len(names) > 1 else (read[found[0]], "", "")


def _of_person(sheet: str) -> bool:
    """Whether a sheet is called after somebody, as where each client has one: such a name is repeated nowhere."""
    names, _ = common_names()
    plain = "".join(c for c in unicodedata.normalize("NFKD", sheet.replace("ł", "l")) if not unicodedata.combining(c))
    return bool(names & set(re.findall(r"[a-z]+", plain.casefold())))


def _texts(cells: Sequence[Sequence[Any]]) -> list[Row]:
    found = [[_text(cell) for cell in row] for row in cells]
    while found and not any(found[-1]):
        found.pop()
    return found


def _text(cell: Any) -> str:
    """A cell as a person sees it: 1, not 1.0."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip()
