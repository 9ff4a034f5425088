"""What is wrong with a file that cannot be read, from the fixed words of DuckDB's messages alone: they quote lines."""

from __future__ import annotations

import re

from sousveil.errors import Problem

__all__ = ["without_values"]


def without_values(name: str, kind: str, message: str) -> Problem:
    """What went wrong, from the fixed words of a message alone."""
    found = re.search(r"^(?:.*Error: )?CSV Error on Line: (\d+)$", message, re.MULTILINE)
    line = int(found[1]) if found else 0
    ragged = re.search(r"^Expected Number of Columns: (\d+) Found: (\d+)$", message, re.MULTILINE)
    if ragged:
        return Problem(name, line, 1, f"has {ragged[2]} values where the first line names {ragged[1]} columns")
    for words, what in (("unterminated quote", "has a quote that is never closed; the file may be cut off"),
                        ("not utf-8", "is not UTF-8 text; save the table as UTF-8"),
                        ("invalid unicode", "is not UTF-8 text; save the table as UTF-8"),
                        ("maximum line size", "has a line too long for a table"),
                        ("state machine", "has mixed line ends or broken quotes; save it again as a plain table")):
        if words in message.casefold():
            return Problem(name, line, 1 if line else 0, what)
    if kind == "UnicodeDecodeError":
        return Problem(name, 0, 0, "is not UTF-8 text; save the table as UTF-8")
    if kind == "OutOfMemoryException":
        return Problem(name, 0, 0, "has too many different values to count in the memory allowed; name coarser columns")
    return Problem(name, line, 1 if line else 0, "cannot be read as a table; it may be cut off or broken")
