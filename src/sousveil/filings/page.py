"""A filled form as a page: what it supports first, then every field with its numbers, and what others must answer."""

from __future__ import annotations

import json
from typing import Any

from sousveil.filings.form import SUPPORTS, Fact, Field, Filled, about, named_rights
from sousveil.page import words
from sousveil.page.page import Block, Cell, Code, Download, Page, Prose, Section, Table
from sousveil.version import __version__

__all__ = ["filed", "page_of", "table_of"]


def page_of(form: Filled, data: dict[str, Any]) -> Page:
    """The page of a form. data: the same for machines."""
    result = form.result
    filled = [field for field in form.fields if field.is_filled]
    empty = [field for field in form.fields if not field.is_filled]
    study = f"{result.study.name}: " if result.study is not None else ""
    sections = [*(_section(form, field) for field in filled), *([_others(empty)] if empty else []),
                _machines(form, data), filed(result.command)]
    return Page(kicker=f"{study}a form filled from {_kind(result.kind)}", title=form.title,
                lead=words.joined([f"{len(filled)} of {len(form.fields)} fields say what {_kind(result.kind)} can say"
                                   " in them", *form.notes]),
                figures=(), sections=tuple(sections), supports=SUPPORTS,
                provenance=(result.name, f"made {result.date}", f"sousveil {result.version or __version__}"))


def _kind(kind: str) -> str:
    return {"run": "a run", "compare": "a comparison", "audit": "an audit"}[kind]


def _section(form: Filled, field: Field) -> Section:
    blocks: list[Block] = []
    if field.answers:
        blocks.append(Table(("what is there to say", "source"), tuple(
            (answer.text, answer.source or "–") for answer in field.answers)))
    if field.facts:
        rights = named_rights(field.facts) if form.form != "aia" else []  # the Charter is not Canada's
        blocks += [table_of(field.facts), *(Prose(line) for line in rights)]
    blocks += [Prose(some.sentence) for some in field.open]
    told = dict(about(form.result))
    blocks += [Prose(f"Source: {told['Source']}. Made {told['Made']}, by:"), Code(told["Command"])]
    letter = f"({field.id})" if form.form == "fria" else field.id
    return Section(letter, words.sentence(field.question.rstrip(".")), tuple(blocks), id=f"field-{_plain(field.id)}",
                   named=True)


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text)


def table_of(found: tuple[Fact, ...]) -> Table:
    """Numbers, a row each, with both widths."""
    return Table(("number", "value", "chance", "what is not published"), tuple(
        (words.sentence(fact.what), Cell(fact.value, fact.measure.value), _after(fact.chance),
         _after(fact.unpublished)) for fact in found))


def _after(text: str) -> str:
    """A width without the words that head its column."""
    for head in ("chance in the simulation: ", "what is not published: "):
        text = text.removeprefix(head)
    return text


def _others(empty: list[Field]) -> Section:
    rows = tuple((field.id, field.question, some.sentence) for field in empty for some in field.open)
    many = words.sentence(words.counted(len(empty)))
    return Section("For others to answer", f"{many} fields that no model can answer", (
                   Table(("field", "question", "who answers"), rows),), id="others")


def _machines(form: Filled, data: dict[str, Any]) -> Section:
    name = "assessment.jsonld" if form.form == "fria" else f"{form.form}.json"
    heading = {"fria": "The same as linked data, with rights of the Charter as the Data Privacy Vocabulary names them",
               "iama": "The file that the tool of the form reads", "aia": "The file that the tool of the form loads"}
    return Section("For machines", heading[form.form], (
        Download(name, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"),), id="machines")


def filed(command: str) -> Section:
    """How to make the result again."""
    return Section("How to run this again", "The same command gives the same numbers",
                   (Code(command or "not recorded"),), id="again")
