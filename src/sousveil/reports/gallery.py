"""The gallery of the atlas: an index and a page for each entry, each one file that opens offline.

A page tells what an entry shows, its main numbers with both widths, how it stands beside what was published, cases of
synthetic persons, what is widest open, what its sources are, and what is left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sousveil.atlas import folder, names
from sousveil.ground.arguments import checked
from sousveil.harms.tiers import TIER_SHARE
from sousveil.harms.wrongful import EVER_WRONGED, WRONGFUL_POINTS
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.page import words
from sousveil.page.page import Block, Cell, Link, Mark, Page, Prose, Row, Section, Table
from sousveil.page.report import Report
from sousveil.progress import progress
from sousveil.reports.shared import SUPPORTS, foot, horizon, limits, status
from sousveil.reports.survey import survey
from sousveil.reports.surveyed import Surveyed, fares, kept
from sousveil.runs.situations import outcome
from sousveil.studies.entries import Entry, entry
from sousveil.studies.study import Study, load

__all__ = ["gallery", "index", "page_of"]

POINTS = 32
"""Points behind the range over what is not published."""


MOST = 24
"""Numbers on a page: a longer table is not read."""


FEW = 4
"""So many figures are named; of more, how many they are."""


@checked
def gallery(directory: str | os.PathLike[str], wanted: Sequence[str] | None = None) -> list[str]:
    """Write the pages of these entries, and where all are wanted the index; the names of the files, the first first."""
    place, chosen = Path(directory), tuple(wanted or names())
    found = kept()
    written = []
    with progress("Setting the gallery", total=len(chosen)) as done:
        for name in chosen:
            stood = found.get(name) or survey(name)
            found[name] = stood
            Report(page_of(name, stood)).save(place / f"{name}.html")
            written.append(f"{name}.html")
            done(1)
    if set(chosen) == set(names()):
        Report(index(found)).save(place / "index.html")
        written.insert(0, "index.html")
    return written


def index(found: Mapping[str, Surveyed]) -> Page:
    """The page that leads to all others."""
    listed = sorted(map(entry, found), key=lambda one: (one.country, one.id))
    rows = []
    for one in listed:
        rows.append((Link(one.id, f"{one.id}.html"), one.country, one.years, one.family, one.finding,
                     f"{one.verified} of {one.rules}", fares(found[one.id])))
    inside, counted, by_range, wide = (sum(getattr(stood, key) for stood in found.values())
                                       for key in ("inside", "counted", "by_range", "wide"))
    table = Table(("entry", "country", "years", "reaches into", "what it shows", "rules read in source",
                   "figures inside"), tuple(rows), "Every documented scheme, with how well it is known and checked")
    count = words.sentence(words.plural(len(listed), "scheme"))
    told = (f"{count} that score, list or sort people, each as its sources describe it. Of {words.number(counted)} "
            f"figures that somebody published of their outcomes, and to which nothing was fitted, the published rules "
            f"give {words.number(inside)} within their tolerance: {words.number(inside - by_range - wide)} at the "
            f"guesses as they stand, {words.number(by_range)} by range alone, and {words.number(wide)} only in a range "
            f"that spans most of what they could be, which says next to nothing.")
    return Page(kicker="the atlas", title="Documented schemes, each held against what was published", lead=told,
                figures=(), sections=(Section("The schemes", "What each shows, and how far it can be trusted",
                                              (table, Prose(_HOW))),),
                provenance=("the atlas", words.plural(len(listed), "entry", "entries"), "synthetic people only"),
                supports=SUPPORTS)


_HOW = ("A figure is inside where a value that the rules give, over the ranges of what is not published, is no "
        "farther from it than its tolerance. “By range alone” means that the value at the guesses as they stand is "
        "farther off. A “wide range” spans more than half of what the figure could be: being inside it says next to "
        "nothing, wherever the guesses lie. Where rule and outcome disagree, the page of the entry says what we make "
        "of it: that is a finding, not a failure.")


def page_of(name: str, stood: Surveyed) -> Page:
    """The page of an entry."""
    from sousveil.runs.run import run as carried
    from sousveil.unknowns.widen import widen

    one, study = entry(name), load(name)
    run = widen(carried(study), points=POINTS)
    numbers = tuple(_numbers(run.measures(), len(study.population.groups) > 1))
    sections = [Section("What it does", "Who ends where, with both widths", numbers),
                Section("The check", _verdict(stood), tuple(_check(stood))),
                Section("Cases", "What the rules make of people who are not real", (_cases(study),)),
                Section("What is not published", f"Widest open: {stood.widest}" if stood.widest else
                        "Nothing that has a range", (Prose(_open(stood)),)),
                Section("Sources", "What the rules rest on, and what is left out", tuple(_sources(one, study))),
                limits(study)]
    return Page(
        kicker=f"the atlas · {one.country}, {one.years} · {one.family} · {status(study)}",
        title=one.finding.removesuffix("."),
        lead=f"{one.title} Every source was read for {one.verified} of its {words.plural(one.rules, 'rule')}. "
             f"Below it is carried out on {words.synthetic(study.people)} over {horizon(study)}.",
        figures=(), sections=tuple(sections), provenance=foot(study, f"{run.engine} engine"), supports=SUPPORTS,
        terms=words.terms("group", "interval", "synthetic people", "tier"))


def _numbers(measures: Measures, several: bool) -> Iterator[Block]:
    """The shares of people, of everybody and, where there are several groups, of each."""
    wronged = measures.of(EVER_WRONGED, WRONGFUL_POINTS)
    made = any(m.value or (m.width is not None and m.width.most) for m in wronged)
    shown = [m for m in (*measures.of(TIER_SHARE), *(wronged if made else ()))
             if m.value is not None and (several or m.group == ALL)][:MOST]
    rows = tuple((m.name.label, words.of_group(m.group) if m.group != ALL else "everybody",
                  Cell(words.percent(m.value or 0.0), m.value), _chance(m), _range(m)) for m in shown)
    if rows:
        yield Table(("number", "whose", "value", "chance", "not published"), rows,
                    "Chance: 95 % interval. Not published: the range over the guesses of assumptions.yaml")
    else:
        yield Prose("Nothing of it is a share of people.")
    if not made:
        yield Prose("No record is made by mistake here, since nothing says how many are: that is assumed, not found. "
                    "What the rules themselves say wrongly of people is another matter.")


def _chance(m: Measure) -> str:
    return "none" if m.low is None or m.high is None else f"{words.percent(m.low)} to {words.percent(m.high)}"


def _range(m: Measure) -> str:
    width = m.width
    if width is None or width.least is None or width.most is None or width.least == width.most:
        return "–"
    return f"{words.percent(width.least)} to {words.percent(width.most)}"


def _verdict(stood: Surveyed) -> str:
    if not stood.counted:
        return "Nothing was published of its outcomes that could be held against it"
    weak = [f"{words.number(count)} {what}" for count, what in
            ((stood.by_range, "by range alone"), (stood.wide, "in a wide range")) if count]
    return f"{stood.inside} of {words.plural(stood.counted, 'published figure')} inside their tolerance" + \
        (f", {' and '.join(weak)}" if weak else "")


def _check(stood: Surveyed) -> Iterator[Block]:
    rows: list[Row] = []
    for f in stood.figures:
        kind = " (fitted)" if f["fitted"] else " (derived)" if f["derived"] else ""
        span = "–" if f["least"] is None else f"{_n(f['least'])} to {_n(f['most'])}"
        rows.append((f["figure"].replace("-", " "), Cell(_n(f["published"]), f["published"]), _n(f["value"]), span,
                     _n(f["tolerance"]), f["verdict"] + kind, Mark(f["mark"])))
    rows += [(f"case: {c['case'].replace('-', ' ')}", _n(c["score"]) if c["score"] is not None else str(c["tier"]), "–",
              "–", "–", "inside" if c["agrees"] else "outside", Mark(c["mark"])) for c in stood.cases]
    if not rows:
        return
    yield Table(("figure", "published", "predicted", "over what is not published", "tolerance", "verdict",
                 "how it was checked"), tuple(rows))
    outside = [(f["outside"], f["figure"]) for f in stood.figures if not f["inside"] and f["outside"]]
    yield from _said("Outside, and what we make of it", outside)
    yield from _said("Why the tolerance is what it is", [(f["because"], f["figure"]) for f in stood.figures])
    yield from _said("Where it was published", [*((f["cite"], f["figure"]) for f in stood.figures),
                                                *((c["cite"], f"case {c['case']}") for c in stood.cases)])
    if any(not f["counted"] for f in stood.figures):
        yield Prose("Fitted: a number of the files was chosen so that it comes out. Derived: nobody printed it. "
                    "Neither counts.")


def _said(what: str, pairs: Sequence[tuple[str, str]]) -> Iterator[Table]:
    """What is said of figures, each thing once with all that it is said of."""
    about: dict[str, list[str]] = {}
    for text, figure in pairs:
        if text:
            about.setdefault(text, []).append(figure.replace("-", " "))
    if about:
        of = {text: ", ".join(named) if len(named) <= FEW else f"{len(named)} figures" for text, named in about.items()}
        yield Table((what, "of"), tuple(of.items()))


def _cases(study: Study) -> Table:
    from sousveil.unknowns.published import read_cases

    rows = []
    for situation in read_cases(folder(study.name) / "cases.yaml", study).situations.values():
        came = outcome(study, situation)
        rows.append((situation.about, Cell(words.number(came.score), came.score), came.tier,
                     ", ".join(came.limited) or "none"))
    return Table(("situation", "score", "tier", "rights that are limited"), tuple(rows))


def _open(stood: Surveyed) -> str:
    if not stood.widest and not stood.ask:
        return "No number of this entry was assumed with a range that would move how many people are in its worst tier."
    said = []
    if stood.widest:
        said.append(f"{words.sentence(stood.widest)} takes {words.percent(stood.widest_share)} of what is uncertain "
                    "about how many people are in the worst tier.")
    if stood.ask:
        said.append(f"To be published: {stood.ask}. {words.percent(stood.ask_share)} of the uncertainty would go.")
    return "\n\n".join(said)


def _sources(one: Entry, study: Study) -> Iterator[Block]:
    yield Table(("source", "how it was checked"), tuple(
        (Link(s.cite, s.url) if s.url else s.cite, Mark(s.mark)) for s in study.scheme.sources))
    text = (folder(one.id) / "sources.md").read_text(encoding="utf-8").partition("\n")[2]
    yield from _written(text)


def _written(text: str) -> Iterator[Block]:
    """The blocks of sources.md: paragraphs and tables; headings are paragraphs."""
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = part.strip().splitlines()
        if lines and lines[0].startswith("|"):
            cells = [[_plain(cell) for cell in line.strip().strip("|").split("|")] for line in lines]
            yield Table(tuple(cells[0]), tuple(tuple(row) for row in cells[2:] if len(row) == len(cells[0])))
        elif lines:
            yield Prose(_plain(" ".join(lines)))


def _plain(text: str) -> str:
    return re.sub(r"^#+ *|[*`]", "", text.strip())


def _n(value: float | None) -> str:
    if value is None:
        return "?"
    return words.number(float(f"{value:.4g}")) if abs(value) < 1000 else words.number(round(value))
