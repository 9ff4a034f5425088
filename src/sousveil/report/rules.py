"""The section of a run's report that says the scheme in plain words, each rule with its source and mark."""

from __future__ import annotations

from sousveil import prose

from . import words
from .given import Given
from .page import Cell, Link, Mark, Row, Section, Table

__all__ = ["scheme"]


def scheme(given: Given) -> Section:
    """The rules in plain words, a table a part of the scheme, then the sources by number."""
    said = [rule for rule in prose.rules(given.run.study) if not rule.path.startswith("assumptions")]
    numbers = {cite: i for i, cite in enumerate(dict.fromkeys(r.source for r in said if r.source), start=1)}
    tables = []
    for part in dict.fromkeys(rule.section for rule in said):
        rows: list[Row] = []
        pointed = any(rule.points for rule in said if rule.section == part)
        for rule in said:
            if rule.section == part:
                points: Row = (Cell(rule.points, rule.points),) if pointed else ()
                rows.append((rule.rule, *points, Mark(rule.mark) if rule.mark else "–",
                             f"[{numbers[rule.source]}]" if rule.source else "–"))
        columns = ("rule", *(("points",) if pointed else ()), "known how", "source")
        tables.append(Table(columns, tuple(rows), part))
    tables.append(_sources(given, numbers))
    heading = f"{words.sentence(words.counted(len(said)))} rules, in plain words"
    return Section(words.LABELS["scheme"], heading, tuple(t for t in tables if t.rows), id="scheme")


def _sources(given: Given, numbers: dict[str, int]) -> Table:
    known = {source.cite: source for source in given.run.study.scheme.sources}
    rows: list[Row] = []
    for cite, number in numbers.items():
        source = known.get(cite)
        text = Link(cite, source.url) if source is not None and source.url else cite
        rows.append((f"[{number}]", text, source.note if source is not None and source.note else "–"))
    return Table(("source", "citation", "note"), tuple(rows), "Sources")
