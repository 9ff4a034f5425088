"""Colours: the same for the same tier and the same group in every picture, in the light and in the dark.

Tiers run from good to bad and differ in lightness as well as in hue, so that they stay apart for colour-blind readers
and in grey print; groups differ in lightness, hue and dash. Names (`INK`, `FAINT` ...) are colours of the page.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ACCENT", "DARK", "DASHES", "FAINT", "GRID", "INK", "PAPER", "groups", "text", "tiers"]

INK, FAINT, GRID, PAPER, ACCENT = "#1b2233", "#5f6878", "#e1e3e6", "#fcfcfa", "#c06a24"

_GROUPS = ("#1f5a94", "#d1822b", "#57a38a", "#7b3f77", "#8f8f3f", "#3a3f4a")
_GROUP_TEXT = ("#1f5a94", "#a05a0c", "#2c745c", "#7b3f77", "#66661f", "#3a3f4b")
DASHES = ((1, 0), (1, 0), (6, 3), (2, 2), (9, 3, 2, 3), (1, 3))
"""Dashes of lines, one a group: with lightness, what tells groups apart where there is no colour."""

_GOOD, _MIDDLE, _BAD = "#6fae97", "#d8dbe0", "#a8322a"
_UPPER, _DARKER, _LOWER = "#97c6b4", "#b3b9c4", "#d28d77"
_TIER_TEXT = {_GOOD: "#2b6f57", _UPPER: "#3d7a64", _MIDDLE: "#5b6473", _DARKER: "#4d5666", _LOWER: "#9c4a31",
              _BAD: "#a8322b"}

DARK = {
    INK: "#eceae4", FAINT: "#a3abb9", GRID: "#323844", PAPER: "#14171d", ACCENT: "#e08a45",
    "#1f5a94": "#6ea8e0", "#d1822b": "#e79a45", "#57a38a": "#6fc2a6", "#7b3f77": "#c58ac1", "#8f8f3f": "#bcbc62",
    "#3a3f4a": "#c9ced8", "#a05a0c": "#e79a46", "#2c745c": "#6fc2a7", "#66661f": "#bcbc63", "#3a3f4b": "#c9ced9",
    _GOOD: "#5e9f88", _UPPER: "#3f6f60", _MIDDLE: "#4a515f", _DARKER: "#363c48", _LOWER: "#a2604c", _BAD: "#d8594c",
    "#2b6f57": "#7fc4aa", "#3d7a64": "#7fc4ab", "#5b6473": "#b4bbc8", "#4d5666": "#b4bbc9",
    "#9c4a31": "#e3a08d", "#a8322b": "#f0857a",
}
"""The colour in the dark for every colour in the light. The style sheet of the page applies it."""


def tiers(names: Sequence[str]) -> dict[str, str]:
    """A colour for every tier; `names` run from the top tier down."""
    n = len(names)
    if n == 1:
        return {names[0]: _MIDDLE}
    if n == 2:
        return {names[0]: _GOOD, names[1]: _BAD}
    middle = [(_MIDDLE, _DARKER)[i % 2] for i in range(n >= 5, n - 2 + (n >= 5))]
    if n >= 4:
        middle[-1] = _LOWER
    if n >= 5:
        middle[0] = _UPPER
    return dict(zip(names, [_GOOD, *middle, _BAD], strict=True))


def groups(names: Sequence[str]) -> dict[str, str]:
    """A colour for every group, in the order of the population file. After six they begin again."""
    return {name: _GROUPS[i % len(_GROUPS)] for i, name in enumerate(names)}


def text(colour: str) -> str:
    """The shade of a colour that letters can be read in (4.5 to 1 on the paper)."""
    if colour in _GROUPS:
        return _GROUP_TEXT[_GROUPS.index(colour)]
    return _TIER_TEXT.get(colour, colour)
