"""How wide a text is, and how it breaks into lines: from tables, never from the fonts of a machine.

A picture says of every text in it how wide that text is (`textLength`), and the browser fits its own letters into that
width. So a label stays within its room whatever font the reader has, and the same numbers give the same bytes whatever
fonts the drawing machine has. The widths are those of Helvetica, which Arial and Liberation Sans share, and a little
more: wider fonts (DejaVu Sans, Verdana) are then narrowed by a tenth, which is hardly seen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from sousveil.ground.characters import UNPRINTABLE

__all__ = ["clusters", "isolated", "lines", "printable", "shortened", "width"]

SPARE = 1.04
"""How much wider than in Helvetica a text is taken to be."""

_FIRST = 32
_REGULAR = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584)
_BOLD = (
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584)
"""Thousandths of an em from U+0020 to U+007E: Adobe's font metrics of Helvetica and Helvetica-Bold (1990), which are
also the advances of Liberation Sans."""

_OTHERS = {"…": 1.0, "—": 1.0, "–": 0.556, "−": 0.584, "·": 0.278, "×": 0.584, "‘": 0.25, "’": 0.25, "‚": 0.25,
           "“": 0.42, "”": 0.42, "„": 0.42, " ": 0.278, "\u202f": 0.2}
_EMOJI = 1.3
_HANGUL = (0xAC00, 0xD7A3)
_SCRIPTS = ((0x0590, 0x05FF, 0.52), (0x0600, 0x08FF, 0.47), (0x0B80, 0x0DFF, 0.85), (*_HANGUL, 0.88))
"""Ems of a letter of Hebrew, Arabic, Tamil to Sinhala, and Hangul, on average over Noto Sans and DejaVu Sans, where
that is far from 0.6 (or from 1, for the wide letters of East Asia)."""
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)


_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_RUN = re.compile(f"[{_RIGHT_TO_LEFT}]+(?:[ \u200c\u200d]+[{_RIGHT_TO_LEFT}]+)*")


def printable(text: str) -> str:
    """The text without what no file may carry (control characters) and what would turn the text around it."""
    return UNPRINTABLE.sub("\ufffd", text)


def isolated(text: str, wrap: Callable[[str], str] = "\u2068{}\u2069".format) -> str:
    """The text with every run of a script that is written from right to left set apart from what stands around it.

    Without that, a number behind such a name is shown before it, beside the name of somebody else.
    """
    return _RUN.sub(lambda run: wrap(run[0]), text)


def clusters(text: str) -> list[str]:
    """The text in pieces that no line break may cut: a letter with its marks, an emoji with what is joined to it."""
    found: list[str] = []
    for c in text:
        if found and _belongs(c, found[-1]):
            found[-1] += c
        else:
            found.append(c)
    return found


def _belongs(c: str, before: str) -> bool:
    if before.isspace():
        return False
    code = ord(c)
    return (c == _JOINER or before.endswith(_JOINER) or unicodedata.category(c) in ("Mn", "Me", "Mc")
            or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F
            or (code in _FLAG_LETTERS and len(before) == 1 and ord(before) in _FLAG_LETTERS))


def width(text: str, bold: bool = False) -> float:
    """The width of one line in ems."""
    return SPARE * sum(_advance(cluster, bold) for cluster in clusters(text))


def _advance(cluster: str, bold: bool) -> float:
    c = cluster[0]
    code = ord(c)
    if _FIRST <= code < _FIRST + len(_REGULAR):
        return (_BOLD if bold else _REGULAR)[code - _FIRST] / 1000
    if c in _OTHERS:
        return _OTHERS[c]
    if code >= 0x1F000 or _EMOJI_STYLE in cluster:
        return _EMOJI
    category = unicodedata.category(c)
    if category in ("Cf", "Mn", "Me"):
        return 0.0
    plain = unicodedata.normalize("NFD", c)[0]
    if plain < "\u02b0" and plain != c:
        return _advance(plain, bold)
    heavy = 1.06 if bold else 1.0
    if category == "Lu":
        return 0.74 * heavy
    ems = next((ems for first, last, ems in _SCRIPTS if first <= code <= last), None)
    if ems is None:
        ems = 1.0 if unicodedata.east_asian_width(c) in "WF" else 0.6
    return (ems + 0.4 * sum(unicodedata.category(mark) == "Mc" for mark in cluster[1:])) * heavy


def lines(text: str, room: float, most: int, bold: bool = False) -> list[str]:
    """The text in at most `most` lines of at most `room` ems, broken between words, or within one that is too long.

    What does not fit is left out behind a `…`.
    """
    found: list[str] = []
    for before, piece in _pieces(text, room, bold):
        if found and before != "\n" and width(found[-1] + before + piece, bold) <= room:
            found[-1] += before + piece
        else:
            found.append(piece)
    if len(found) > most:
        return [*found[:most - 1], shortened(" ".join(found[most - 1:]), room, bold)]
    return found or [" "]


def _pieces(text: str, room: float, bold: bool) -> Iterator[tuple[str, str]]:
    """What a line may be broken between: words, letters of scripts without spaces, parts of words too long for a line.

    Before each stands what joins it to the piece before it: a space, nothing, or a break that must be.
    """
    for word in text.split():
        before = " "
        for part in _parts(word):
            for piece in _cut(part, room, bold):
                yield before, piece
                before = "\n"
            before = ""


def _parts(word: str) -> Iterator[str]:
    """The word, in parts behind its hyphens; or its letters one by one in scripts that are written without spaces."""
    part = ""
    for cluster in clusters(word):
        alone = unicodedata.east_asian_width(cluster[0]) in "WF" and not _HANGUL[0] <= ord(cluster[0]) <= _HANGUL[1]
        if part and (alone or part[-1] == "-" != part):
            yield part
            part = ""
        part += cluster
    if part:
        yield part


def _cut(word: str, room: float, bold: bool) -> list[str]:
    """The word; where it is too long for a line, as few parts of much the same length as fit."""
    found = clusters(word)
    for count in range(1, len(found) + 1):
        size = -(-len(found) // count)
        parts = ["".join(found[i:i + size]) for i in range(0, len(found), size)]
        parts[:-1] = [part + "-" if part[-1].isupper() or part[-1].islower() else part for part in parts[:-1]]
        if all(width(part, bold) <= room for part in parts):
            return parts
    return found


def shortened(text: str, room: float, bold: bool = False) -> str:
    """The text itself where it fits into `room` ems, else its beginning and a `…`."""
    if width(text, bold) <= room:
        return text
    found = clusters(text)
    while found and width("".join(found).rstrip() + "…", bold) > room:
        found.pop()
    return "".join(found).rstrip() + "…"
