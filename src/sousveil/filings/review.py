"""A filed assessment set against results: which of its statements they support, contradict or cannot judge, what it
leaves out that Article 27 asks for, and the questions to send back.

    review("filed.yaml", ["out/first"]).save("review.html")

A statement is supported where all that a number may be, by chance and by what is not published, agrees with it, and
contradicted where none of it does. Everything else cannot be judged. Intervals are first widened so that they hold for
all statements at once. That a result contradicts a statement says that the two do not go together; it does not say
which of them is right.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sousveil.errors import InputError, did_you_mean
from sousveil.filings import aia, fria, reading, result
from sousveil.filings.assessment import LETTERS, Assessment, Stated, read_assessment, sentences
from sousveil.filings.form import SUPPORTS, chance_of, facts, named, source_of, unpublished_of
from sousveil.filings.page import filed
from sousveil.filings.quantities import Quantity, of_result
from sousveil.filings.result import Result
from sousveil.ground import called, disk
from sousveil.ground.arguments import checked
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.name import Name
from sousveil.page import words
from sousveil.page.page import Mark, Page, Prose, Section, Table
from sousveil.page.report import Report
from sousveil.reports import claims
from sousveil.reports.run.limits import hangs_on
from sousveil.version import __version__

__all__ = ["VERDICTS", "Judged", "Review", "not_read", "review", "with_a_number"]

Verdict = Literal["supports", "contradicts", "cannot judge"]
VERDICTS: tuple[Verdict, ...] = ("contradicts", "supports", "cannot judge")

_HOW = {"contradicts": ("is contradicted", "are contradicted"), "supports": ("is supported", "are supported"),
        "cannot judge": ("cannot be judged", "cannot be judged")}
"""In the order of VERDICTS, of one statement and of several."""

SLACK = 1e-9
"""How far two numbers may lie apart and be the same: sums of floats in another order."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement, and what a result says to it.

    heading   the letter of Article 27 under which it stands; read: how it was read
    said      the number with both widths, or why there is none; hangs_on: what is not published and moves it most
    """

    heading: str
    statement: str
    read: str
    verdict: Verdict
    against: str
    said: str
    hangs_on: str = ""

    def plain(self) -> dict[str, str]:
        return {"heading": self.heading, "statement": self.statement, "read as": self.read, "verdict": self.verdict,
                "against": self.against, "said": self.said}


@dataclass(frozen=True, repr=False)
class Review:
    """What came of it.

    left_out   what Article 27 asks for and the assessment does not say; questions: to send back
    unread     sentences under (d), (e) and (f) in which no statement was read, each with its letter before it
    """

    assessment: Assessment
    results: tuple[Result, ...]
    judged: tuple[Judged, ...]
    left_out: tuple[str, ...]
    questions: tuple[str, ...]
    unread: tuple[str, ...] = ()

    def __repr__(self) -> str:
        counts = ", ".join(f"{sum(j.verdict == verdict for j in self.judged)} {verdict}" for verdict in VERDICTS)
        return f"<Review of {self.assessment.name}: {counts}>"

    def plain(self) -> dict[str, Any]:
        """As data."""
        return {"assessment": self.assessment.name, "supports": SUPPORTS,
                "against": [{"result": r.name, "command": r.command, "source": source_of(r)} for r in self.results],
                "statements": [j.plain() for j in self.judged], "not read": list(self.unread),
                "left out": list(self.left_out), "questions": list(self.questions)}

    @cached_property
    def page(self) -> Page:
        """The review as a page."""
        return _page(self)

    @cached_property
    def html(self) -> str:
        """The page as one HTML file."""
        return Report(self.page).html

    @checked
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it whole or not at all: .html, .docx or .json. Raises InputError for another ending."""
        from sousveil.page.word import docx

        target = Path(path)
        made = {".html": lambda: self.html.encode(), ".docx": lambda: docx(self.html), ".json": lambda: (json.dumps(
            self.plain(), indent=2, ensure_ascii=False) + "\n").encode()}.get(target.suffix.lower())
        if made is None:
            raise InputError(f'a review is written to .html, .docx or .json, not to "{target.suffix or target.name}"')
        content = made()
        try:
            disk.make_folders(target.parent)
            disk.write(target, lambda file: file.write(content))
        except OSError as error:
            raise InputError(f"cannot write {target.name}: {error.strerror}; name another place with -o") from error
        return target


@checked
def review(assessment: str | os.PathLike[str], against: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
           ) -> Review:
    """A filed assessment against one result or several: folders or bundles of runs, comparisons and audits.

    assessment   a YAML file under the headings of Article 27, or the JSON of an IAMA v2
    Raises InputError for files that are neither, and for what holds no such result.
    """
    filed_ = read_assessment(assessment)
    folders = [against] if isinstance(against, str | os.PathLike) else [*against]
    if not folders:
        raise InputError("against: name the folder of at least one run, comparison or audit")
    results = tuple(map(result.read, folders))
    found = [*_stated(filed_, results)]
    stated = [(heading, one) for heading, one in found if isinstance(one, Stated)]
    unread = dict.fromkeys(f"({heading}) {one}" for heading, one in found if isinstance(one, str))
    judged = []
    for read in results:
        with called.by(fria.in_names_of(read)):
            judged += [_judged(heading, one, read, len(stated) * len(results)) for heading, one in stated]
    left_out = tuple(dict.fromkeys(line for read in results for line in _left_out(filed_, read)))
    return Review(filed_, results, tuple(judged), left_out, tuple(dict.fromkeys(_questions(judged, left_out))),
                  tuple(unread))


def _stated(assessment: Assessment, results: Sequence[Result]) -> Iterator[tuple[str, Stated | str]]:
    """What an assessment states in numbers: what it says outright, then what is read in its sentences; as it stands, a
    sentence in which nothing was read.
    """
    groups = [*dict.fromkeys(m.group for read in results for m in read.measures if m.group != ALL)]
    tiers = [*dict.fromkeys(tier for read in results if read.study is not None for tier in read.study.scheme.tiers)]
    for letter in LETTERS:
        heading = assessment.headings[letter]
        yield from ((letter, one) for one in heading.states)
        known = {one.says.strip() for one in heading.states}
        for sentence in sentences(heading.text) if letter in "def" else ():  # the others describe rules and people
            if sentence not in known:
                yield letter, reading.stated(sentence, groups, tiers) or sentence


def _judged(heading: str, stated: Stated, read: Result, compared: int) -> Judged:
    quantity = next((q for q in of_result(read) if q.key == _key(stated.of, read)), None)
    if quantity is None:
        keys = [q.key for q in of_result(read)]
        return Judged(heading, stated.says, _read_as(stated, None), "cannot judge", read.name,
                      f"This result has no number called \u201c{stated.of}\u201d{did_you_mean(stated.of, keys)}.")
    m = _measure(read, quantity, stated)
    if m is None or m.value is None:
        why = f": {m.note}" if m is not None and m.note else ""
        return Judged(heading, stated.says, _read_as(stated, quantity), "cannot judge", read.name,
                      f"This result has no such number for {named(stated.group)}{why}.")
    said = f"{_shown(m)} ({chance_of(read, m)}; {unpublished_of(read, m)})."
    low, high = aia.range_of(read, claims.widened(m, compared))
    if low is None or high is None:
        missing = "how far the number may move was not computed" + (
            "; run it again with --points 128" if read.assumed and m.width is None else "")
        return Judged(heading, stated.says, _read_as(stated, quantity), "cannot judge", read.name,
                      f"{said} It cannot be judged: {missing}.")
    hangs = hangs_on(m, read.study.scheme) if read.study is not None else ""
    return Judged(heading, stated.says, _read_as(stated, quantity), _verdict(stated, low, high), read.name, said, hangs)


def _verdict(stated: Stated, low: float, high: float) -> Verdict:
    """By where all that a number may be lies."""
    least, most = _ends(stated)
    slack = SLACK * max(1.0, *(abs(x) for x in (low, high, least, most) if math.isfinite(x)))
    if low >= least - slack and high <= most + slack:
        return "supports"
    if high < least - slack or low > most + slack:
        return "contradicts"
    return "cannot judge"


def _ends(stated: Stated) -> tuple[float, float]:
    """What a statement allows. A number stands for all that is rounded to it; an exact none for none alone."""
    if stated.is_ is not None:
        half = 0.0 if stated.is_ == 0.0 else reading.decimals(stated.is_)
        return stated.is_ - half, stated.is_ + half
    return (-math.inf if stated.at_least is None else stated.at_least,
            math.inf if stated.at_most is None else stated.at_most)


def _key(of: str, read: Result) -> str:
    """The key of a quantity: the lowest tier has one of its own."""
    if read.study is not None and of == f"tier:{[*read.study.scheme.tiers][-1]}":
        return "bottom-tier"
    return of


def _measure(read: Result, quantity: Quantity, stated: Stated) -> Measure | None:
    names = (quantity.ratio if stated.ratio else quantity.difference) if stated.against else quantity.names
    return next((m for name in names for m in read.measures if _fits(m, name, stated)), None)


def _fits(m: Measure, name: Name, stated: Stated) -> bool:
    return m.name.words == name.words and _is(m.group, stated.group) and _is(m.reference, stated.against)


def _is(group: str, said: str) -> bool:
    """Whether a group is the one that a statement names: of an audit also without its column, `f` for `sex=f`."""
    return group == said or (bool(said) and "," not in group and group.partition("=")[2] == said)


def _shown(m: Measure) -> str:
    value = words.written(m)
    return f"{value} {words.agreeing(value, words.unit_of(m))}".strip()


def _read_as(stated: Stated, quantity: Quantity | None) -> str:
    what = quantity.words if quantity is not None else stated.of
    share = quantity is not None and _is_share(quantity) and not stated.ratio
    points = share and bool(stated.against)
    ends = [f"at least {_number(stated.at_least, share, points)}"] if stated.at_least is not None else []
    ends += [f"at most {_number(stated.at_most, share, points)}"] if stated.at_most is not None else []
    ends += [_number(stated.is_, share, points)] if stated.is_ is not None else []
    whose = named(stated.group)
    than = f" {'to' if stated.ratio else 'minus'} {named(stated.against)}" if stated.against else ""
    return f"{what}, {whose}{than}: {words.listing(ends)}"


def _is_share(quantity: Quantity) -> bool:
    return quantity.kind in ("tier", "wrongful", "error", "selection", "redress") or quantity.key in (
        "kin-share", "never-leaving", "income-share")


def _number(value: float, share: bool, points: bool) -> str:
    if points:
        return f"{words.points(value)} percentage points"
    return words.percent(value) if share and 0 <= value <= 1 else words.number(value)


# --- what is left out ------------------------------------------------------------------------------------------------


def _left_out(assessment: Assessment, read: Result) -> Iterator[str]:
    """What Article 27 asks for and the assessment does not say, in sentences."""
    texts = {letter: _all_of(assessment, letter) for letter in LETTERS}
    for letter in LETTERS:
        if not texts[letter].strip():
            yield f"({letter}) is empty: {fria.HEADINGS[letter]}."
    if texts["c"].strip():
        yield from _people_left_out(assessment, texts["c"], read)
    if texts["d"].strip():
        yield from _harms_left_out(texts["d"], read)
        if not any(c.isdigit() for c in texts["d"]):
            yield "(d) states no number: how likely and how large each harm is."
    if texts["f"].strip() and not reading.mentions(texts["f"], "redress"):
        yield "(f) does not say how people complain or appeal."


def _all_of(assessment: Assessment, letter: str) -> str:
    heading = assessment.headings[letter]
    return "\n".join([heading.text, *heading.groups, *(one.says for one in heading.states)])


def _people_left_out(assessment: Assessment, text: str, read: Result) -> Iterator[str]:
    study = read.study
    if study is None:
        return
    shown = study.population.shown.get("group", {})
    listed = {*assessment.headings["c"].groups}
    for group in study.population.groups:
        names = {group, shown.get(group, group)}
        if not listed & names and not any(reading.names(text, name) for name in names) and len(
                study.population.groups) > 1:
            yield f"(c) does not name {words.of_group(group)}, whom the rules tell apart."
    told = fria.people_of(read)
    if any("Others of the household" in answer.text for answer in told) and not reading.mentions(text, "kin-share"):
        yield "(c) does not name relatives, whom the rules reach."
    if any("Children" in answer.text for answer in told) and not reading.mentions(text, "children"):
        yield "(c) does not name children, whom the rules reach."


_OF_KIND = {"wrongful": ("wrongful", "people who lose points for what they did not do"),
            "trap": ("never-leaving", "how long people stay in the lowest class"),
            "kin": ("kin-share", "what falls on relatives"), "income": ("income-share", "income that people lose"),
            "chilling": ("lawful-forgone", "lawful acts that people give up"),
            "rights": ("rights-months", "rights that are denied or limited")}


def _harms_left_out(text: str, read: Result) -> Iterator[str]:
    """Harms that a result shows, clear of chance and of what is not published, and that (d) does not speak of."""
    for kind, (matter, what) in _OF_KIND.items():
        shown = [fact for fact in facts(read, kind, between=False) if fact.measure.group == ALL
                 and _more_than_none(read, fact.measure)]
        if shown and not reading.mentions(text, matter):
            yield f"(d) does not speak of {what}. The result has: {shown[0].sentence}"
    gaps = [fact for fact in facts(read, "tier", "wrongful", "rights", "selection") if fact.measure.reference
            and fact.measure.unit != "ratio"]
    clear = [fact for fact in gaps if claims.clear(fact.measure, len(gaps)) and aia.carried(read, fact.measure)]
    if clear and not reading.mentions(text, "gap"):
        yield f"(d) does not speak of differences between groups. The result has: {clear[0].sentence}"


def _more_than_none(read: Result, m: Measure) -> bool:
    low, _ = aia.range_of(read, m)
    return low is not None and low > SLACK and claims.enough(m)


def _questions(judged: Sequence[Judged], left_out: Sequence[str]) -> Iterator[str]:
    for one in judged:
        if one.verdict == "contradicts":
            yield (f"On which figures does the statement \u201c{one.statement}\u201d rest? {one.against} has: "
                   f"{one.said} Please send the figures, and how they were worked out.")
    for one in judged:
        if one.verdict == "cannot judge":
            wanted = f": most of all {one.hangs_on}" if one.hangs_on else ""
            yield f"Please publish what shows whether \u201c{one.statement}\u201d holds{wanted}."
    for line in left_out:
        letter = line[1:2]
        yield f"Article 27(1)({letter}) asks for {fria.HEADINGS[letter]}. {line} What is the answer?"


# --- the page --------------------------------------------------------------------------------------------------------


def _page(found: Review) -> Page:
    counts = {verdict: sum(j.verdict == verdict for j in found.judged) for verdict in VERDICTS}
    told = words.listing(f"{words.counted(n) if n else 'none'} {one if n < 2 else several}"
                         for n, (one, several) in ((counts[verdict], _HOW[verdict]) for verdict in VERDICTS))
    number = len(found.judged)
    many = f"{words.sentence(words.counted(number))} {'statement was' if number == 1 else 'statements were'}"
    told = f"{many} read{f': {told}' if number else ''}"
    lead = [told, *([not_read(found)] if found.unread else []),
            "Contradicted means that a statement and a result do not go together. It does not say which of them is "
            "right"]
    sections = [_statements(found)]
    if named := with_a_number(found):
        sections.append(Section("What was not read", not_read(found), tuple(map(Prose, named)), id="unread"))
    if found.left_out:
        sections.append(Section("What is left out", f"{words.sentence(words.counted(len(found.left_out)))} things that "
                                "Article 27 asks for", tuple(Prose(line) for line in found.left_out), id="left-out"))
    if found.questions:
        sections.append(Section("Questions to send back", f"{words.sentence(words.counted(len(found.questions)))} "
                                "questions", tuple(Prose(f"{i}. {q}") for i, q in enumerate(found.questions, 1)),
                                id="questions"))
    sections += [filed(read.command) for read in found.results[:1]]
    more = [f"Also: {read.command}" for read in found.results[1:]]
    return Page(kicker="a filed assessment, set against results", title=f"What results say to {found.assessment.name}",
                lead=words.joined([*lead, *more]), figures=(), sections=tuple(sections), supports=SUPPORTS,
                provenance=(*(read.name for read in found.results), f"sousveil {__version__}"))


def not_read(found: Review) -> str:
    """In how many sentences no statement was read, and how many of these have a number."""
    n, some = len(found.unread), len(with_a_number(found))
    one, verb = ("sentence", "was") if n == 1 else ("sentences", "were")
    text = f"{words.sentence(words.counted(n))} {one} of (d), (e) and (f) {verb} not read as a statement"
    return f"{text}, {words.counted(some) if some else 'none'} of them with a number" if n > 1 else text


def with_a_number(found: Review) -> list[str]:
    """The sentences in which no statement was read though there is a number in them, or a word for none."""
    return [line for line in found.unread if reading.has_a_number(line)]


def _statements(found: Review) -> Section:
    rows = tuple((f"({j.heading}) {j.statement}", Mark(j.verdict), j.read, f"{j.against}: {j.said}")
                 for verdict in VERDICTS for j in found.judged if j.verdict == verdict)
    sources = tuple(Prose(f"{read.name}: {source_of(read)}.") for read in found.results)
    heading = ("No statement with a number was read" if not rows else
               f"{words.sentence(words.plural(len(rows), 'statement'))}, each with what was read in it")
    table = (Table(("statement", "verdict", "read as", "what the result has"), rows),) if rows else ()
    return Section("Statements", heading, (*table, *sources), id="statements")
