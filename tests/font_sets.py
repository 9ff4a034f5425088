"""Fonts as a reader's machine may have them: one family and no other, whatever this machine has.

A set is looked for under /usr/share/fonts, and under SOUSVEIL_FONTS where that names another folder. Where a set is not
installed, a test that needs it is skipped, but not in continuous integration.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SETS = {"DejaVu Sans": "dejavu", "Liberation Sans": "liberation", "Noto Sans": "noto"}
"""Family -> the folder that Debian and Ubuntu keep it in, under truetype/."""

CONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
{folders}<cachedir>{cache}</cachedir>
{aliases}</fontconfig>
"""
ALIAS = """<match target="pattern"><test name="family"><string>{name}</string></test>
<edit name="family" mode="assign" binding="strong"><string>{family}</string></edit></match>
"""
NAMES = ("sans-serif", "system-ui", "serif", "monospace", "Helvetica Neue", "Helvetica", "Arial", "Liberation Sans")


def only(family: str, folder: Path) -> dict[str, str]:
    """An environment in which programs find the fonts of this family's folder alone, or none. Written to `folder`."""
    places = _places(family) if family else []
    aliases = "".join(ALIAS.format(name=name, family=family) for name in NAMES if family and name != family)
    config = folder / f"{SETS.get(family, 'none')}.conf"
    config.write_text(CONFIG.format(folders="".join(f"<dir>{place}</dir>\n" for place in places), aliases=aliases,
                                    cache=folder / "cache"), encoding="utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(config), "PYTHONIOENCODING": "utf-8"}


def _places(family: str) -> list[Path]:
    roots = [Path("/usr/share/fonts"), Path(os.environ.get("SOUSVEIL_FONTS", "/usr/share/fonts"))]
    places = [place for root in roots if (place := root / "truetype" / SETS[family]).is_dir()]
    if not places and os.environ.get("CI") != "true":
        pytest.skip(f"{family} is not installed here")
    assert places, f"{family} is not installed here"
    return places
