"""Colours: the same for the same tier and the same group in every picture, in the light and in the dark.

A colour in a picture is a variable (`var(--ink)`); the style sheet of the page says what it is in the light, in the
dark and on paper. Tiers run from good to bad, from light to dark (in the dark the other way), in even steps of
lightness, so that they stay apart for colour-blind readers and in grey print. Groups of one dash (of lines) or shape
(of dots) differ in lightness, the others in dash and shape: no two of twelve look alike in any light.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["ACCENT", "DARK", "FAINT", "GRID", "INK", "LIGHT", "PAPER", "dash", "groups", "shape", "text", "tiers"]

INK, FAINT, GRID, PAPER, ACCENT = "var(--ink)", "var(--faint)", "var(--rule)", "var(--paper)", "var(--accent)"

_PAGE = (
    ("paper", "#fcfcfa", "#14171d"), ("ink", "#1b2233", "#eceae4"), ("soft", "#414a5c", "#c3c7cf"),
    ("faint", "#5f6878", "#9aa3b2"), ("rule", "#e1e3e6", "#323844"), ("accent", "#a8481a", "#eb9a66"),
    ("shade", "#f3f3ef", "#1d222b"), ("band", "#e7cdb9", "#6b452b"))
"""Name, colour in the light, colour in the dark."""

# Lightness (relative luminance and 0.05, as contrast counts it) falls from 0.71 to 0.098 in eight equal ratios, and
# rises in the dark from 0.08 to 0.66; hues from green by grey to red, in OKLCH. Letters keep 4.5 to 1 from the paper.
_TIERS = (
    ("#ace0c8", "#357a5f", "#013826", "#599e81"), ("#9ac6b5", "#3b7965", "#20493c", "#5f9c87"),
    ("#89aea9", "#3f7771", "#375955", "#629b94"), ("#7e979c", "#4a747e", "#50686d", "#6c97a1"),
    ("#79808c", "#606f86", "#6f7682", "#8291a9"), ("#8f635c", "#995e55", "#ac7e76", "#bf8177"),
    ("#8b4c43", "#94463c", "#d28c81", "#dc877a"), ("#86332a", "#8e2a22", "#fa9b8e", "#ff988a"),
    ("#7e0e0d", "#830004", "#febeb4", "#febeb4"))
"""From the top tier down: area and letters in the light, area and letters in the dark."""

# Each three that share a dash stand at three lightnesses: dark, light, middle.
_GROUPS = (
    ("#00447a", "#00447a", "#3773ac", "#518dc9"), ("#cd8134", "#a45e06", "#fecca2", "#fecca2"),
    ("#19725a", "#19725a", "#59aa90", "#59aa90"), ("#652b69", "#652b69", "#96599a", "#b273b6"),
    ("#999345", "#787221", "#ded98a", "#ded98a"), ("#536873", "#536873", "#899faa", "#899faa"))
_DASHES = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3))
_SHAPES = ("circle", "square", "diamond", "triangle-up")
_MANY = 12


def _shades(kind: str, rows: Sequence[tuple[str, ...]], first: int) -> dict[str, str]:
    return {f"{kind}-{i}{tail}": row[first + k] for i, row in enumerate(rows) for k, tail in enumerate(("", "-text"))}


_TWELVE = [_GROUPS[i % len(_GROUPS)] for i in range(_MANY)]
LIGHT = {name: light for name, light, _ in _PAGE} | _shades("tier", _TIERS, 0) | _shades("group", _TWELVE, 0)
"""The variables of the page and of its pictures, and what they are in the light."""
DARK = {name: dark for name, _, dark in _PAGE} | _shades("tier", _TIERS, 2) | _shades("group", _TWELVE, 2)
"""The same in the dark."""


def tiers(names: Sequence[str]) -> dict[str, str]:
    """A colour for every tier; `names` run from the top tier down."""
    last = len(_TIERS) - 1
    steps = [last / 2] if len(names) == 1 else [last * i / (len(names) - 1) for i in range(len(names))]
    return {name: f"var(--tier-{round(step)})" for name, step in zip(names, steps, strict=True)}


def groups(names: Sequence[str]) -> dict[str, str]:
    """A colour for every group, in the order of the population file. After twelve they begin again."""
    return {name: f"var(--group-{i % _MANY})" for i, name in enumerate(names)}


def text(colour: str) -> str:
    """The shade of a colour that letters can be read in (4.5 to 1 on the paper)."""
    return colour.replace(")", "-text)") if colour.startswith(("var(--tier-", "var(--group-")) else colour


def dash(colour: str) -> list[int]:
    """The dash of a line in the colour of a group; other lines are solid."""
    return list(_DASHES[_triple(colour)])


def shape(colour: str) -> str:
    """The shape of a dot in the colour of a group; other dots are round."""
    return _SHAPES[_triple(colour)]


def _triple(colour: str) -> int:
    return int(colour[12:-1]) // 3 if colour.startswith("var(--group-") else 0
