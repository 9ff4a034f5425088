"""The atlas: schemes that somebody documented or claimed, as files, each rule with its source and its mark.

A folder is an entry: `scheme.yaml`, `population.yaml`, `assumptions.yaml`, `study.yaml`, and `sources.md`, which says
what was read where, what was only recalled, and what is left out.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ATLAS", "folder", "names"]

ATLAS = Path(__file__).parent
"""The folder of the entries, and of `schemas/`."""


def names() -> tuple[str, ...]:
    """The names of all entries, in order."""
    return tuple(path.parent.name for path in sorted(ATLAS.glob("*/scheme.yaml")))


def folder(name: str) -> Path:
    """The folder of an entry. Raises KeyError when there is none of that name."""
    if not (ATLAS / name / "scheme.yaml").is_file():
        raise KeyError(name)
    return ATLAS / name
