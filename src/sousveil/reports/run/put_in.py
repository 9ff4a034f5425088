"""The section of a run's report that lists what went in by group, for no gap comes out but by it."""

from __future__ import annotations

from collections.abc import Sequence

from sousveil.harms.disparity import OF
from sousveil.measures.measure import Measure
from sousveil.page import words
from sousveil.page.page import Cell, Mark, Prose, Row, Section, Table
from sousveil.reports.run.context import Context
from sousveil.reports.run.limits import spelled
from sousveil.studies.by_group import Input, inputs_by_group
from sousveil.studies.scheme import Scheme

__all__ = ["put_in"]

FEW = 4
"""So many groups have a column each; more are told in one cell."""

_NAMES = {"ceilings": "highest tier that may be reached", "floors": "lowest tier that may be fallen to",
          "handicaps": "points added to the score"}
_KINDS = {"rule": ("rule", "rules"), "published": ("published figure", "published figures"),
          "assumed": ("assumption", "assumptions")}


def put_in(context: Context) -> Section | None:
    """Every input that differs by group: a rule, published, or assumed."""
    if len(context.groups) < 2:
        return None
    found = inputs_by_group(context.run.study)
    if not found:
        return Section(words.LABELS["inputs"], "Nothing that was put in differs by group", (
            Prose("What differs between the groups in this report comes from chance alone."),))
    groups, scheme = context.groups, context.run.study.scheme
    without, gaps = _gaps(context)
    text = ("A gap between groups can come only from what was put in. These are all the inputs that are not the same "
            f"for every group. {without}")
    rows = tuple((_named(i, scheme), *_values(i, groups), Mark(i.known), i.source or "–") for i in found)
    columns = ("input", *(groups if len(groups) <= FEW else ("by group",)), "known\u00a0how", "source")
    return Section(words.LABELS["inputs"], _heading(found), (Prose(text), Table(columns, rows), *gaps))


def _gaps(context: Context) -> tuple[str, tuple[Table, ...]]:
    """What the gaps would be without the inputs that were assumed, in a sentence and a table."""
    widths = context.run.widths
    found = [m for m in context.measures.of(*(of.difference for of in OF))
             if m.width is not None and m.width.evened is not None]
    if not found:
        return "What the gap would be without those that were assumed was not computed in this run.", ()
    text = ("The table below has each gap twice: as it is, and with all that was assumed to differ between the groups "
            "set to the average of the population.")
    if widths.uneven:
        kept = words.listing(spelled(path, context.run.study.scheme) for path in widths.uneven)
        text += f" These are in both, for no one number can stand for them: {kept}."
    rows: list[Row] = [(m.measure, m.group, m.reference, _ends(m, m.value, m.low, m.high), _ends(m, *m.width.evened))
                       for m in found if m.width is not None and m.width.evened is not None]
    return text, (Table(("gap", "group", "against", "as it is", "without assumed differences"), tuple(rows)),)


def _ends(m: Measure, value: float | None, low: float | None, high: float | None) -> Cell:
    factor = 100.0 if m.unit == "share" else 1.0
    said = words.short(factor * (value or 0.0))
    if low is not None and high is not None and low < high:
        said += f" ({words.short(factor * low)} to {words.short(factor * high)})"
    return Cell(f"{said} {words.unit_of(m, between_worlds=True)}".rstrip(), value or 0.0)


def _heading(found: Sequence[Input]) -> str:
    """`Six inputs differ by group: two rules and four assumptions`."""
    parts = []
    for kind, (one, many) in _KINDS.items():
        n = sum(i.known == kind for i in found)
        if n:
            parts.append(f"{words.counted(n)} {one if n == 1 else many}")
    n = len(found)
    return (f"{words.sentence(words.counted(n))} {'input differs' if n == 1 else 'inputs differ'} by group: "
            f"{words.listing(parts)}")


def _named(i: Input, scheme: Scheme) -> str:
    """An input as a reader says it."""
    if i.path in _NAMES:
        return _NAMES[i.path]
    if i.path.startswith("population.districts."):
        return f"share who live in {i.path.split('.', 2)[2]}"
    if i.path.endswith(".times"):
        return f"factor on {spelled(i.path.removesuffix('.times'), scheme)}"
    return spelled(i.path, scheme)


def _values(i: Input, groups: Sequence[str]) -> Row:
    """The value of each group, in a cell each or all in one."""
    rest: float | str = 1 if i.path.endswith("times") else "as others" if i.path in _NAMES else "–"
    values = [i.values.get(group, rest) for group in groups]
    said = ["by further labels" if v is None else v if isinstance(v, str) else words.number(v) for v in values]
    if len(groups) <= FEW:
        return tuple(Cell(text, v) for text, v in zip(said, values, strict=True))
    return (", ".join(f"{group} {text}" for group, text in zip(groups, said, strict=True)),)
