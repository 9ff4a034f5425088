"""Sections of a report as pieces of a page, and its pictures as files of their own."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from sousveil.page import layout, palette
from sousveil.page.page import Chart, Columns, Page, Section

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["sections", "standing"]


def sections(page: Page, leave: tuple[str, ...] = ()) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """The sections of a page as HTML, without those of these ids, and its charts by name: title, SVG, CSV."""
    every = [s for item in page.sections for s in ((item.left, item.right) if isinstance(item, Columns) else (item,))]
    kept = [s for s in every if s.id not in leave]
    charts = {block.csv.removesuffix(".csv"): {"title": block.title, "svg": standing(block.wide), "csv": _csv(block)}
              for s in kept for block in s.blocks if isinstance(block, Chart)}
    return [{"label": s.label, "heading": s.heading, "html": _html(s),
             "charts": [b.csv.removesuffix(".csv") for b in s.blocks if isinstance(b, Chart)]} for s in kept], charts


def _html(section: Section) -> str:
    blocks = "".join(str(_template().render(b=block, label=section.heading)) for block in section.blocks)
    return re.sub(r"\n\s*\n+", "\n", blocks)


def _template() -> Template:
    """The blocks of a report, by the same macros as in the file that opens offline."""
    room = layout._environment()
    assert room.loader is not None
    source = room.loader.get_source(room, "page.html")[0]
    macros = source[:source.rindex("{% endmacro %}") + len("{% endmacro %}")]
    return room.from_string(macros + "{{ block(b, false, label) }}")


def standing(drawn: str) -> str:
    """A drawing as one SVG file with the colours of the light page in it."""
    found = re.findall(r'(<svg[^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>.*?</svg>)', drawn, re.DOTALL)
    if not found:
        return drawn
    width, height, parts = 0.0, 0.0, []
    for text, wide, high in found:
        parts.append(text.replace("<svg ", f'<svg y="{height:g}" ', 1))
        width, height = max(width, float(wide)), height + float(high) + 14
    whole = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
             f'viewBox="0 0 {width:g} {height:g}" font-family="Helvetica, Arial, Liberation Sans, sans-serif">'
             f'<rect width="100%" height="100%" fill="{palette.LIGHT["paper"]}"/>{"".join(parts)}</svg>')
    return re.sub(r"var\(--([\w-]+)\)", lambda v: palette.LIGHT.get(v[1], "#000"), whole)


def _csv(chart: Chart) -> str:
    table = chart.data or chart.table
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([layout._raw(c) for c in table.columns])
    writer.writerows([[layout._raw(c) for c in row] for row in table.rows])
    return out.getvalue()
