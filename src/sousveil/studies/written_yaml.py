"""Plain data as the YAML of our files, a key a line at the top and what is inside on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sousveil.studies.number import shown

__all__ = ["inline", "lines", "quoted", "slug"]

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9]*([ -][A-Za-z0-9]+)*")
_TAKEN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "unknown", "rest"}
"""Words that YAML or our files read as something else."""


def slug(text: str) -> str:
    """A name for a key: small letters and digits, with hyphens between words; '' where there are none."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")[:80]


def inline(data: Any) -> str:
    """Data on one line."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{quoted(str(k))}: {inline(v)}" for k, v in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(map(inline, data)) + "]"
    if isinstance(data, bool):
        return str(data).lower()
    if isinstance(data, int | float):
        return shown(float(data))
    return str(data) if data in ("unknown", "rest") else quoted(str(data))


def lines(data: Mapping[str, Any], open_keys: tuple[str, ...] = ()) -> str:
    """A file: a key a line; of those named, a line for each entry inside."""
    found = []
    for key, value in data.items():
        if key in open_keys and isinstance(value, Mapping) and value:
            found += [f"{key}:", *(f"  {quoted(str(k))}: {inline(v)}" for k, v in value.items())]
        elif key in open_keys and isinstance(value, list | tuple) and value:
            found += [f"{key}:", *(f"  - {inline(v)}" for v in value)]
        else:
            found.append(f"{key}: {inline(value)}")
    return "\n".join(found) + "\n"


def quoted(text: str) -> str:
    """Text as YAML reads it back: bare where that is safe."""
    plain = _BARE.fullmatch(text) and text.lower() not in _TAKEN
    return text if plain else json.dumps(text, ensure_ascii=False)
