"""Which characters a text may have: some would take over a terminal, turn the text around them, or stop what draws."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FORMULA", "UNPRINTABLE", "apart", "as_seen", "found_in", "looks_like", "plain_digits", "printable"]

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


_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u051b\u051d"  # Cyrillic
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
    "\u03bf\u03bd\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",  # Greek
    "aeopcyxijsdhqwABEKMHOPCTXIJSovABEZHIKMNOPTYX")
"""Letters of other scripts that most typefaces draw as Latin ones (Unicode Technical Standard 39)."""


def as_seen(name: str) -> str:
    """What a reader sees of a name: names that are the same here cannot be told apart on paper.

    Composed (NFKC), without invisible characters and outer spaces, and letters of other scripts that look Latin as
    these. Capitals stay capitals: they are seen.
    """
    if name.isascii():
        return " ".join(name.split())
    shown = "".join(c for c in unicodedata.normalize("NFKC", name)
                    if unicodedata.category(c) != "Cf" and not "\ufe00" <= c <= "\ufe0f")  # these choose a glyph
    return " ".join(shown.translate(_ALIKE).split())


def looks_like(name: str, other: str, where: str = "") -> str:
    """That a name cannot be told from another one. where: of the other, in words that follow it."""
    one, two = (text if len(text) <= _LONG else text[:_LONG] + "\u2026" for text in (name, other))
    return (f'the name "{one}" looks like "{two}"{where}, and is another one: it has {apart(name, other)}; write both '
            "with the same letters, or choose a name that looks different")


_LONG = 40
"""Letters of a name that a message shows."""


def apart(name: str, other: str) -> str:
    """Where two names differ that look alike: `U+0430 where the other has U+0061`."""
    at = next((i for i, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other)))
    here, there = (f"U+{ord(text[at]):04X}" if at < len(text) else "nothing more" for text in (name, other))
    return f"{here} where the other has {there}"


def plain_digits(text: str) -> str:
    """A number in digits of another script (`\u0662\u0660`, `\uff12\uff10`) with the digits 0 to 9; '' where there is
    none.
    """
    if text.isascii() or not any(c.isdecimal() for c in text):
        return ""
    plain = unicodedata.normalize("NFKC", text.strip())
    plain = plain.replace("\u2212", "-").replace("\u066b", ".").replace("\u066c", "").replace("_", "")
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)
    return plain if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", plain) else ""
