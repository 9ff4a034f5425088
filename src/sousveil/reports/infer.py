"""The report of an inference: what the figures say together, what they leave open, and how that was worked out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.page import figures, palette, words
from sousveil.page.page import Block, Cell, Chart, KeyFigure, Mark, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports.again import sections as ending
from sousveil.reports.run.limits import spelled
from sousveil.reports.shared import foot, horizon, in_words_of, limits, status
from sousveil.studies.study import whole_text
from sousveil.unknowns.learnt import Learnt, Prediction, in_words, learnt, predictions, quality, trade_offs

if TYPE_CHECKING:
    from sousveil.unknowns.infer import Inferred

__all__ = ["report"]

NOT_THE_VALUE = (
    "This is what is left of the ranges that were assumed, if the rules are as they are written down. It is no "
    "measurement: no single value is found, and a figure that is wrong, or counted otherwise, moves what is left.")


@in_words_of(lambda found: found.study)
def report(found: Inferred, record: Mapping[str, Any]) -> Report:
    """The report, ready to be saved; `record` is that of the result."""
    study, given = found.study, found.evidence.figures
    rows, foretold = learnt(found), predictions(found)
    told = in_words(found.conflict, found.evidence.names, [p for p in foretold if p.strained])
    population = words.number(given.about.population)
    who = given.about.who or "people"
    title, _, more = told.partition(". ")
    title = title.removesuffix(".")
    sections = [Section("Do the figures agree?", _agreed(found, foretold),
                        (*([Prose(more)] if more else []), _foretold(foretold))),
                Section("What was learnt", _most(found, rows), _narrowed(found, rows)),
                Section("How near the emulators are", "They were held against runs that they had not seen",
                        (_near(found),))]
    return Report(Page(
        kicker=f"{study.name} · what published figures say · {status(study)}", title=title,
        lead=f"{words.sentence(words.plural(len(given.figures), 'published figure'))} about {population} {who}, "
             f"held against {words.number(len(found.seen.unit) + len(found.drawn.unit))} runs over {horizon(study)}. "
             f"Each may be off by a relative standard deviation of {words.percent(given.discrepancy)}, unless it says "
             "otherwise, for what the model leaves out.",
        figures=tuple(_key(found, row) for row in rows[:3]),
        sections=(*sections, limits(study, NOT_THE_VALUE),
                  *ending(study, record, (("engine", found.engine), ("draws", str(len(found.posterior.draws)))),
                          whole_text(study))),
        provenance=foot(study, words.plural(len(given.figures), "figure"), f"{found.engine} engine"),
        terms=words.terms("group", "interval", "synthetic people", "tier")))


def _agreed(found: Inferred, rows: tuple[Prediction, ...]) -> str:
    """Whether the figures can be true, as a heading."""
    alone = len(rows) == 1
    if found.conflict.there:
        return f"{'It cannot' if alone else 'They cannot all'} be true under these rules and ranges"
    return "It can be true" if alone else "They can all be true" + (
        ", but some are strained" if any(p.strained for p in rows) else "")


def _key(found: Inferred, row: Learnt) -> KeyFigure:
    return KeyFigure(f"{_number(row.low)} to {_number(row.high)}", "", _named(found, row.name),
                     f"before the figures: {_number(row.before[0])} to {_number(row.before[1])}")


def _most(found: Inferred, rows: tuple[Learnt, ...]) -> str:
    clear = [row for row in rows if row.narrower >= 0.1]
    if not clear:
        return "The figures hardly narrow any of the ranges"
    names = words.listing(f"“{_named(found, row.name)}”" for row in clear[:3])
    return f"The figures say most about {names}"


def _narrowed(found: Inferred, rows: tuple[Learnt, ...]) -> tuple[Block, ...]:
    unknowns = {u.path: i for i, u in enumerate(found.evidence.unknowns)}
    items = []
    for row in rows[:15]:
        at = found.posterior.draws[:, unknowns[row.path]]
        low, middle, high = (float(x) for x in _ends(at))
        items.append(figures.Interval(words.sentence(_named(found, row.name)), middle, low, high, palette.ACCENT))
    table = Table(("what is not published", "before from", "to", "left from", "middle", "to ", "narrower by"), tuple(
        (_named(found, r.name), *(Cell(_number(x), x) for x in (*r.before, r.low, r.middle, r.high)),
         Cell(words.percent(r.narrower), r.narrower)) for r in rows))
    drawing = figures.dots(items, "share of the range, by the law that was assumed", words.short)
    chart = Chart(*drawing, csv="posterior.csv", table=table,
                  title="What is left of each range: the middle and 95 of 100 draws. Before the figures, every line "
                        "went from 0.025 to 0.975",
                  alt=words.joined([f"{i.label}: {words.short(i.low or 0)} to {words.short(i.high or 0)}"
                                    for i in items[:5]]))
    pairs = trade_offs(found)
    if not pairs:
        return (chart,)
    said = "Some are told together more surely than each: where one is higher, the other is mostly " + words.joined([
        f"{'higher' if p.correlation > 0 else 'lower'} ({_named(found, p.one)}; {_named(found, p.other)}: rank "
        f"correlation {words.number(round(p.correlation, 2))})" for p in pairs[:3]])
    return (chart, Prose(said))


def _ends(at: object) -> tuple[float, float, float]:
    import numpy as np

    low, middle, high = np.quantile(np.asarray(at), (0.025, 0.5, 0.975)).tolist()
    return low, middle, high


def _foretold(rows: tuple[Prediction, ...]) -> Table:
    def span(ends: tuple[float, float, float] | None) -> str:
        return "–" if ends is None else f"{_number(ends[0])} to {_number(ends[2])}"

    return Table(("figure", "published", "from the ranges alone", "from all figures", "from the other figures",
                  "source", "how it was checked"), tuple(
        (p.name, _published(p), span(p.prior), span(p.posterior), span(p.others), p.cite, Mark(p.mark)) for p in rows),
        "What was published, and 95 of 100 values that could have been")


def _near(found: Inferred) -> Table:
    return Table(("figure", "error", "within their 95 %"), tuple(
        (q.name, Cell(words.percent(q.error), q.error), f"{round(q.within * q.runs)} of {q.runs}")
        for q in quality(found)), f"At {len(found.picked)} of the draws; the draws are worth "
                                  f"{words.number(round(found.posterior.effective))} independent ones")


def _named(found: Inferred, name: str) -> str:
    return spelled(name, found.study.scheme)


def _published(p: Prediction) -> Cell:
    low, high = p.between
    if math.isinf(high):
        return Cell(f"more than {_number(p.value)}", p.value)
    return Cell(f"less than {_number(p.value)}" if math.isinf(low) else _number(p.value), p.value)


def _number(value: float) -> str:
    return words.number(words.rounded(value, 3 if abs(value) >= 0.01 else 2))
