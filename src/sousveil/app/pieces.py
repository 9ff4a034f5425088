"""Sections of a report as pieces of a page, and its pictures and tables as files of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sousveil.page import downloads, layout
from sousveil.page.page import Chart, Code, Columns, Page, Section
from sousveil.page.report import Report

__all__ = ["LEFT", "key_figures", "repeated", "sections"]

LEFT = frozenset({"again", "cite", "limits", "what-changes", "why-the-same-luck"})
"""Sections of a report that the page says in its own place."""


def sections(page: Page, leave: Collection[str] = ()) -> tuple[list[str], dict[str, dict[str, str]]]:
    """The sections of a page as HTML, without those of these ids, and its charts by name: title, SVG, CSV."""
    pieces = {name: piece for name, piece in layout.fragments(page).items() if name not in leave}
    every = [s for item in page.sections for s in ((item.left, item.right) if isinstance(item, Columns) else (item,))]
    source = page.source or " · ".join(page.provenance)
    charts = {block.csv.removesuffix(".csv"): {
        "title": block.title, "svg": downloads.picture(block, s.heading, source),
        "csv": downloads.csv_text(block.data or block.table)}
        for s in every for block in s.blocks if isinstance(block, Chart)}
    return [*pieces.values()], charts


def key_figures(page: Page) -> list[dict[str, str]]:
    """The figures beside the headline."""
    return [{"value": f.value, "unit": f.unit, "what": f.what, "interval": f.interval} for f in page.figures]


def repeated(made: Report, command: str) -> str:
    """The report with the command of the page in it: guesses that were moved, and several rules in one world."""
    parts = []
    for part in made.page.sections:
        if isinstance(part, Section) and part.id == "again":
            first = next((b for b in part.blocks if isinstance(b, Code)), None)
            part = replace(part, blocks=tuple(Code(command) if b is first else b for b in part.blocks))
        parts.append(part)
    return Report(replace(made.page, sections=tuple(parts))).html
