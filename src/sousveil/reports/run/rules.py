"""The section of a run's report that says the scheme in plain words, each rule with its source and mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sousveil.page import words
from sousveil.page.page import Cell, Link, Mark, Prose, Row, Section, Table
from sousveil.reports.run.context import Context
from sousveil.studies import explain

if TYPE_CHECKING:
    from sousveil.studies.citations import Source

__all__ = ["scheme"]

READ = "read"
"""Of a source: it was read, which says nothing about whether it is right."""


def scheme(context: Context) -> Section:
    """The rules in plain words, a table a part of the scheme, then the sources by number."""
    said = [rule for rule in explain.rules(context.run.study) if not rule.path.startswith("assumptions")]
    sources = [s for s in context.run.study.scheme.sources if any(s.cite in rule.source for rule in said)]
    tables = []
    for part in dict.fromkeys(rule.section for rule in said):
        rows: list[Row] = [(rule.rule, Cell(rule.points, rule.points), _standing(rule.mark, context),
                            _numbers(rule.source, sources)) for rule in said if rule.section == part]
        tables.append(Table(("rule", "points", "known\u00a0how", "source"), tuple(rows), part))
    tables.append(_listed(sources))
    heading = f"{words.sentence(words.counted(len(said)))} rules, in plain words"
    marks = dict.fromkeys(v.name for table in tables for row in table.rows for v in row if isinstance(v, Mark))
    key = Prose(words.joined([f"{words.sentence(name)}: {words.MARKS[name]}" for name in marks if name in words.MARKS]))
    return Section(words.LABELS["scheme"], heading, (key, *(t for t in tables if t.rows)), id="scheme")


def _standing(mark: str, context: Context) -> Mark | str:
    """What a rule rests on."""
    return Mark(explain.standing(mark, context.run.study.scheme.status)) if mark else "–"


def _numbers(cited: str, sources: Sequence[Source]) -> str:
    """The numbers of the sources in a citation: `[1] [3]`."""
    return "\u00a0".join(f"[{i}]" for i, s in enumerate(sources, start=1) if s.cite in cited) or "–"


def _listed(sources: Sequence[Source]) -> Table:
    rows: tuple[Row, ...] = tuple((f"[{i}]", Link(s.cite, s.url) if s.url else s.cite,
                                   Mark(READ if s.mark == "verified" else s.mark), s.note or "–")
                                  for i, s in enumerate(sources, start=1))
    return Table(("source", "citation", "known\u00a0how", "note"), rows, "Sources")
