"""Canada's Algorithmic Impact Assessment 1.0.1: answers that its own tool loads, with the level that its rules give.

The rules (`store.ts` of canada-ca/aia-eia-js): an option scores the number after its last hyphen. Raw scores add up to
167 at most. From 80 % of half the most mitigation (154) on, the total is 0.85 of the raw score, rounded. Level I is up
to a quarter of 167, II to a half, III to three quarters, IV above.

An option is chosen only where the whole of a number, over chance and over what is not published, lies in one band of
`BANDS`. The bands are ours: the form gives words alone. Beside every option stand the number and the band.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sousveil.filings import fria
from sousveil.filings.form import SUPPORTS, Answer, Fact, Field, Filled, Open, about, facts
from sousveil.filings.result import Result
from sousveil.measures.measure import ALL, Measure
from sousveil.page import words
from sousveil.reports import claims

__all__ = ["BANDS", "MITIGATION", "RAW", "Score", "carried", "filled", "level", "questions", "range_of", "score"]

FORMS = Path(__file__).parent / "forms"
VERSION = "1.0.1"
RAW, MITIGATION = 167, 154
"""The most that raw and mitigation scores add up to, before mitigation is halved."""

_SCORED = ("radiogroup", "checkbox", "dropdown")
_MONTHS = {"day": 12 / 365.25, "week": 84 / 365.25, "month": 1.0, "quarter": 3.0, "year": 12.0}

LOW, MIDDLE, HIGH = "item1-1", "item2-2", "item3-3"
VERY = "item4-4"


@dataclass(frozen=True, slots=True)
class Band:
    """A question whose option is chosen by a number: the quantity, the upper ends of bands, and their options.

    why      the question that asks why; unit: of the ends, for readers
    """

    question: str
    quantity: str
    ends: tuple[float, ...]
    options: tuple[str, ...]
    why: str
    unit: str


BANDS = (
    # Never irreversible: what no appeal undoes, time may.
    Band("impact6", "surfaced", (0.5, 0.9), (HIGH, MIDDLE, LOW), "impact8",
         "of wrongful debits are undone on appeal: up to half, up to 90%, more"),
    Band("impact7", "stay", (1.0, 12.0), (LOW, MIDDLE, HIGH), "impact8",
         "months in the lowest tier on average: up to 1, up to 12, more"),
    Band("impact9", "rights-months", (0.01, 0.1, 0.5), (LOW, MIDDLE, HIGH, VERY), "impact10",
         "of a person's months have a right denied or limited: up to 1%, up to 10%, up to half, more"),
    Band("impact13", "income-share", (0.01, 0.05, 0.2), (LOW, MIDDLE, HIGH, VERY), "impact14",
         "of income is lost: up to 1%, up to 5%, up to 20%, more"),
    Band("impact28", "wrongful", (0.01, 0.05, 0.2), (LOW, MIDDLE, HIGH, VERY), "impact28A",
         "of people lose points wrongly: up to 1%, up to 5%, up to 20%, more"))


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the form, with its options and what each scores."""

    name: str
    kind: str
    scored: str
    title: str
    options: Mapping[str, str]

    def points(self, option: str) -> float:
        """The number after the last hyphen, 0 where there is none."""
        try:
            return float(option.rpartition("-")[2]) if "-" in option else 0.0
        except ValueError:
            return 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """What the rules of the form give. least, most: the level, whatever the open questions are answered."""

    raw: float
    mitigation: float
    total: int
    level: int
    least: int
    most: int


@cache
def questions() -> Mapping[str, Question]:
    """Every question by its name, in the order of the form."""
    with (FORMS / "canada_aia_questions.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    return {row["name"]: Question(row["name"], row["type"], row["scored"], row["title"], dict(
        option.split("=", 1) for option in row["choices"].split(" | ") if "=" in option)) for row in rows}


def level(total: float) -> int:
    """1 to 4."""
    return 1 + sum(total > RAW * quarter for quarter in (0.25, 0.5, 0.75))


def score(data: Mapping[str, Any]) -> Score:
    """The score of answers, as the tool of the form works it out, and between what the open questions may move it."""
    points = {"raw": 0.0, "mitigation": 0.0}
    for question in questions().values():
        if question.kind not in _SCORED or question.scored not in points:
            continue
        given = data.get(question.name)
        chosen = given if isinstance(given, list) else [] if given is None else [given]
        points[question.scored] += sum(question.points(str(option)) for option in chosen)
    answered = sum(_most(question) for question in questions().values()
                   if question.scored == "raw" and question.name in data)
    open_raw = max(0.0, RAW - answered)
    raw, mitigation = points["raw"], points["mitigation"]
    total = _total(raw, mitigation >= 0.8 * MITIGATION / 2)
    return Score(raw, mitigation, total, level(total), level(_total(raw, True)), level(_total(raw + open_raw, False)))


def _total(raw: float, mitigated: bool) -> int:
    return math.floor(0.85 * raw + 0.5) if mitigated else int(raw)  # JavaScript rounds halves up


def _most(question: Question) -> float:
    points = [question.points(option) for option in question.options]
    return sum(points) if question.kind == "checkbox" else max(points, default=0.0)


def filled(result: Result) -> Filled:
    """The form, as far as a result can fill it."""
    told = [f"{what}: {said}." for what, said in about(result)]
    name = result.study.name if result.study is not None else result.table or result.name
    data: dict[str, Any] = {"projectDetailsTitle": name, "projectDetailsDescription": "\n".join([SUPPORTS, *told])}
    said: dict[str, list[Fact]] = {}
    notes: dict[str, list[str]] = {}
    harms = {fact.quantity.key: fact for fact in facts(result, *fria.HARMS, "redress", between=False)
             if fact.measure.group == ALL}
    for band in BANDS:
        if (fact := harms.get(band.quantity)) is not None:
            said.setdefault(band.question, []).append(fact)
            said.setdefault(band.why, []).append(fact)
            notes.setdefault(band.why, []).append(_banded(result, band, fact, data))
    _groups(result, data, said, notes)
    for name in {*said} - {band.question for band in BANDS}:
        data[name] = "\n".join([SUPPORTS, *notes.get(name, ()), *(fact.sentence for fact in said[name]), *told])
    found = score(data)
    fields = tuple(_field(question, data, said, notes) for question in questions().values())
    file = {"version": f"v{VERSION}", "currentPage": 0, "data": data, "translationsOnResult": {}}
    return Filled("aia", f"Algorithmic Impact Assessment of Canada, version {VERSION}", fields, result, file,
                  (_level(found),))


def _level(found: Score) -> str:
    names = ("I", "II", "III", "IV")
    between = ("whatever the open questions are answered" if found.least == found.most else
               f"the open questions can make it anything from {names[found.least - 1]} to {names[found.most - 1]}")
    return (f"By the rules of the form these answers alone give level {names[found.level - 1]} (raw score "
            f"{words.number(found.raw)} of {RAW}, mitigation {words.number(found.mitigation)}); {between}")


def _banded(result: Result, band: Band, fact: Fact, data: dict[str, Any]) -> str:
    """Choose the option, where all that a number may be lies in one band; what was done, in a sentence."""
    low, high = range_of(result, fact.measure)
    if band.quantity == "stay" and high is not None and _censored(result):
        high = math.inf  # stays were followed for so long and no longer
    factor = _factor(result, band)
    if low is None or high is None:
        return f"No option is chosen: how far the number may move was not computed. The bands: {band.unit}."
    places = {sum(factor * x > end for end in band.ends) for x in (low, high)}
    if len(places) > 1:
        return f"No option is chosen: what the number may be lies in several bands. The bands: {band.unit}."
    option = band.options[places.pop()]
    data[band.question] = option
    return (f"Chosen: {questions()[band.question].options[option]}, since all that the number may be lies in one band. "
            f"The bands: {band.unit}.")


def _censored(result: Result) -> bool:
    """Whether stays in the lowest tier may go on after they were followed."""
    last = [fact.measure for fact in facts(result, "trap", between=False) if fact.quantity.key == "never-leaving"
            and fact.measure.group == ALL]
    return any((range_of(result, m)[1] or 1.0) > 0.0 for m in last)


def _factor(result: Result, band: Band) -> float:
    """From the unit of a number to that of its bands."""
    study = result.study
    if study is None or band.quantity not in ("stay", "rights-months"):
        return 1.0
    months = _MONTHS[study.scheme.step]
    return months if band.quantity == "stay" else 1.0 / max(months * study.steps, 1e-9)


def range_of(result: Result, m: Measure) -> tuple[float | None, float | None]:
    """From where to where a number may lie, by chance and by what is not published; None where one is not known."""
    if m.value is None or m.low is None or m.high is None:
        return None, None
    ends = [m.value, m.low, m.high]
    if result.assumed or m.width is not None:
        if m.width is None or m.width.least is None or m.width.most is None:
            return None, None
        ends += [m.width.least, m.width.most]
    return min(ends), max(ends)


def _groups(result: Result, data: dict[str, Any], said: dict[str, list[Fact]], notes: dict[str, list[str]]) -> None:
    """Which groups are hit worst, and whether a rule looks at the group."""
    gaps = [fact for fact in facts(result, "tier", "wrongful", "rights", "selection")
            if fact.measure.reference and fact.measure.unit != "ratio"]
    sure = [fact for fact in gaps if claims.clear(fact.measure, len(gaps)) and carried(result, fact.measure)]
    if sure:
        data["impact23"] = "item1-1"
        said["impact23Y"] = sure
        notes["impact23Y"] = ["Chosen: Yes, since the difference between groups is clear of chance, for all that were "
                              "looked at together, and 95 of 100 points over what is not published agree."]
    study = result.study
    if study is not None:
        looked_at = [name for name, rule in (("handicaps", study.scheme.handicaps), ("ceilings", study.scheme.ceilings),
                                             ("floors", study.scheme.floors)) if rule]
        if looked_at:  # no option is chosen: whether the groups are protected is not for a model to say
            notes["aboutAlgorithm9"] = [f"The scheme file has rules by group: {words.listing(looked_at)}"]


def carried(result: Result, m: Measure) -> bool:
    return (not result.assumed and m.width is None) or (m.width is not None and m.width.carries)


def _field(question: Question, data: Mapping[str, Any], said: Mapping[str, list[Fact]],
           notes: Mapping[str, list[str]]) -> Field:
    given = data.get(question.name)
    shown = question.options.get(given, given) if isinstance(given, str) else None
    answers = [Answer(note) for note in notes.get(question.name, ())]
    if shown is not None and question.name not in said:
        answers.append(Answer(" ".join(shown.split("\n"))))
    elif shown is not None and question.options:
        answers.append(Answer(f"Chosen: {shown}"))
    open_ = () if given is not None else (Open("the department that files", "this question"),)
    return Field(question.name, question.title, tuple(answers), tuple(said.get(question.name, ())), open_)
