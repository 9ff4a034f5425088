"""A form, filled as far as a result can: fields with numbers, fields with answers, and what somebody else must answer.

Every number says both of its widths, its source and the command that made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sousveil.filings.charter import NAMES, impact
from sousveil.filings.quantities import Quantity, of_result
from sousveil.filings.result import Result
from sousveil.measures.measure import ALL, Measure
from sousveil.measures.measures import Measures
from sousveil.page import widths, words
from sousveil.page.page import KeyFigure
from sousveil.reports.shared import source, status

__all__ = ["SUPPORTS", "Answer", "Fact", "Field", "Filled", "Open", "about", "chance_of", "facts", "named",
           "named_rights", "source_of", "unpublished_of"]

SUPPORTS = ("This supports a question or a request. It is neither evidence of what happened to anybody nor a finding "
            "of compliance.")
"""On the first page of everything that is filed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number as a form has it.

    what         which number of whom
    value        with its unit; chance: the first width, unpublished: the second, each in words
    """

    quantity: Quantity
    measure: Measure
    what: str
    value: str
    chance: str
    unpublished: str

    @property
    def sentence(self) -> str:
        """All of it in a line."""
        return f"{words.sentence(self.what)}: {self.value} ({self.chance}; {self.unpublished})."

    @property
    def rights(self) -> tuple[str, ...]:
        """The rights of the Charter that it is about, as IRIs."""
        return tuple(map(impact, self.quantity.articles))

    def plain(self) -> dict[str, Any]:
        """As data."""
        m = self.measure
        width = m.width
        return {"quantity": self.quantity.key, "what": self.what, "group": m.group, "reference": m.reference,
                "value": m.value, "low": m.low, "high": m.high, "unit": m.unit, "over": m.over,
                "least": None if width is None else width.least, "most": None if width is None else width.most,
                "chance": self.chance, "not published": self.unpublished, "rights": list(self.rights)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a study says outright: a rule, a group, a horizon; with its source."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What a model cannot answer: who must, and what."""

    who: str
    what: str

    @property
    def sentence(self) -> str:
        return f"To be answered by {self.who}: {self.what}."


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its id, the question, and what there is to say."""

    id: str
    question: str
    answers: tuple[Answer, ...] = ()
    facts: tuple[Fact, ...] = ()
    open: tuple[Open, ...] = ()

    @property
    def is_filled(self) -> bool:
        return bool(self.answers or self.facts)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form, filled. `data`: the file that its own tool reads, as JSON; None where there is no such tool."""

    form: str
    title: str
    fields: tuple[Field, ...]
    result: Result
    data: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()


def facts(result: Result, *kinds: str, measures: Measures | None = None, between: bool = True) -> tuple[Fact, ...]:
    """The numbers of these kinds of harm that a result has: of everybody, each group, and between groups.

    measures  in place of those of the result; between: with differences and ratios of groups
    """
    rows = result.measures if measures is None else measures
    by_name: dict[tuple[str, str], list[Measure]] = {}
    for m in rows:
        if m.value is not None:
            by_name.setdefault(m.name.words, []).append(m)
    groups = {m.group for m in rows if m.group != ALL}
    alone = len(groups) == 1  # whose numbers are those of everybody
    found = []
    for quantity in of_result(result):
        if quantity.kind in kinds:
            asked = (*quantity.names, *(quantity.difference if between else ()), *(quantity.ratio if between else ()))
            found += [_fact(result, quantity, m) for name in asked for m in by_name.get(name.words, ())
                      if not alone or m.group == ALL]
    return tuple(found)


def _fact(result: Result, quantity: Quantity, m: Measure) -> Fact:
    value = words.written(m)
    shown = f"{value} {words.agreeing(value, words.unit_of(m))}".strip() + (" times" if m.unit == "ratio" else "")
    return Fact(quantity, m, f"{quantity.words}, {_whose(m)}", shown, chance_of(result, m), unpublished_of(result, m))


def _whose(m: Measure) -> str:
    if m.reference and m.unit == "ratio":
        return f"{named(m.group)} to {named(m.reference)} as a ratio"
    return f"{named(m.group)} minus {named(m.reference)}" if m.reference else named(m.group)


def named(group: str) -> str:
    """A group before readers; one of an audit has its column in its name: `sex=f`."""
    return group if "=" in group else words.of_group(group)


def chance_of(result: Result, m: Measure) -> str:
    """The first width: how far chance moves a number, and of what."""
    what = "chance in who came into the table" if result.kind == "audit" else "chance in the simulation"
    return f"{what}: {words.interval(m)}"


def unpublished_of(result: Result, m: Measure) -> str:
    """The second width: how far what is not published moves a number, or why there is none."""
    if result.kind == "audit":
        return "what is not published: decisions that are not in the table are not in the number"
    said = widths.unpublished(KeyFigure(words.written(m), words.unit_of(m), "", "", m, given=not result.assumed))
    return said[:1].lower() + said[1:] if said else "what is not published: not computed"


def source_of(result: Result) -> str:
    """Where the numbers of a form come from, in a sentence without a full stop."""
    if result.study is None:
        return f"an audit of {result.table or 'a table of decisions'}, counts only, small ones withheld"
    return f"{source(result.study)} ({status(result.study)})"


def about(result: Result) -> tuple[tuple[str, str], ...]:
    """What stands under every filled field: source and command."""
    return (("Source", source_of(result)), ("Command", result.command or "not recorded"),
            ("Made", f"{result.date}, sousveil {result.version}"))


def named_rights(found: Sequence[Fact]) -> list[str]:
    """The articles that numbers are about, each with its name and its IRI."""
    articles = sorted({article for fact in found for article in fact.quantity.articles})
    return [f"Article {article}, {NAMES[article]}: {impact(article)}" for article in articles]
