"""Which characters a text may have: some would take over a terminal, turn the text around them, or stop what draws."""

from __future__ import annotations

import re

__all__ = ["FORMULA", "UNPRINTABLE", "found_in", "printable"]

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
                         "\ufffe\uffff]")
"""Control characters but for tab and line feed, separators of lines, what turns the direction of text, and what is no
character at all."""

FORMULA = re.compile("^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for a formula where text begins with it, also in its wide form."""


def found_in(text: str) -> str:
    """The first character of a text that is not printable, as in `U+001B`; '' where all are."""
    found = UNPRINTABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def printable(text: str) -> str:
    """The text with every such character written out, as in `\\x1b` or `\\u202e`."""
    return UNPRINTABLE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
