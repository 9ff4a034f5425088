"""The Dutch impact assessment for human rights and algorithms (IAMA v2): answers that its own tool reads.

They are keyed by the number of the question (`2.4.3`), and the file validates against the schema of the ministry
(`forms/`). That schema has no place for keys with a letter (`2.2A.2`), so these stand on the page alone. Answers are in
English; who files translates them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sousveil.filings import fria
from sousveil.filings.form import SUPPORTS, Answer, Fact, Field, Filled, Open, about, facts, named_rights
from sousveil.filings.result import Result
from sousveil.studies import explain

__all__ = ["SCHEMA", "WITHIN", "filled", "questions"]

FORMS = Path(__file__).parent / "forms"
SCHEMA = "https://github.com/MinBZK/par-dpia-form/blob/main/schemas/assessment-output.v2.schema.json"
_URN = "urn:nl:iama:2.0"
_OPEN_TEXT = ("open_text", "radio_option", "multiselect_scrollable")

WITHIN = {"2.2A.2": ("assumptions",), "2.4.1": ("metrics",), "2.4.3": ("errors",), "3.1.2": ("time",),
          "3.1.3": ("frequency",), "3.1.4": ("where",), "3.2.2": ("redress",), "3.5.1": ("people",),
          "3.5.2": ("harms",), "4.1.1.2": ("rights",), "4.3.2": ("severity",), "4.5.2": ("reforms",),
          "4.5.3": ("remains",)}
"""The questions that a result can say something to."""


@cache
def questions() -> Mapping[str, tuple[str, str]]:
    """Id -> kind and question of every node of the form, in its order."""
    with (FORMS / "iama_v2_questions.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: (row["type"], row["question_nl"]) for row in csv.DictReader(file)}


def filled(result: Result) -> Filled:
    """The form, as far as a result can fill it."""
    said = _said(result)
    fields = []
    for key, (kind, question) in questions().items():
        if kind in _OPEN_TEXT:
            answers, found = said.get(key, ((), ()))
            who = Open("the organisation that uses the algorithm", "this question" if not (answers or found) else
                       "what the numbers here leave out")
            fields.append(Field(key, question or "(toelichting)", answers, found, (who,)))
    form = Filled("iama", "Impact Assessment Mensenrechten en Algoritmes, version 2", tuple(fields), result)
    return Filled(form.form, form.title, form.fields, result, _data(form), _left_out(form))


def _left_out(form: Filled) -> tuple[str, ...]:
    """What is said of fields that stand on the page alone."""
    without = [field.id for field in form.fields if field.is_filled and not _has_a_place(field.id)]
    verb = "stands" if len(without) == 1 else "stand"
    return (f"{', '.join(without)} {verb} on the page (.html, .docx) and not in the JSON: the schema of the ministry "
            "takes no key with a letter in it",) if without else ()


def _said(result: Result) -> dict[str, tuple[tuple[Answer, ...], tuple[Fact, ...]]]:
    study = result.study
    harms = facts(result, *fria.HARMS)
    reforms, changes = fria.reforms_of(result)
    own = facts(result, "rights", "trap", "kin")
    said: dict[str, tuple[tuple[Answer, ...], tuple[Fact, ...]]] = {
        "2.4.1": ((Answer("How often it is wrong about people, by group, is measured here"),),
                  facts(result, "error", "wrongful")),
        "2.4.3": ((), facts(result, "wrongful", "error", "tier", "selection")),
        "3.1.2": (fria.time_of(result)[1:], ()), "3.1.3": (fria.time_of(result)[:1], ()),
        "3.2.2": (fria.redress_of(result), facts(result, "redress")), "3.5.1": (fria.people_of(result), ()),
        "3.5.2": ((), harms), "4.3.2": ((), own), "4.5.2": (reforms, changes),
        "4.1.1.2": (tuple(Answer(line) for line in named_rights(harms)), ())}
    if study is not None:
        said["3.1.4"] = (tuple(Answer(f"District of the model: {name}", "the population file")
                               for name in study.population.districts), ())
        said["2.2A.2"] = (tuple(Answer(f"{rule.section}: {rule.rule}", rule.source) for rule in explain.rules(study)
                                if rule.path.startswith("assumptions")), ())
    if result.reforms:
        said["4.5.3"] = ((Answer("What remains under each reform"),), tuple(
            _left(fact, reform.name) for reform in result.reforms
            for fact in facts(result, "wrongful", "rights", "kin", "trap", measures=reform.levels, between=False)))
    return {key: pair for key, pair in said.items() if any(pair)}


def _left(fact: Fact, reform: str) -> Fact:
    return replace(fact, what=f"under \u201c{reform}\u201d: {fact.what}")


def _data(form: Filled) -> dict[str, Any]:
    """The file of the form's own tool."""
    made = f"{form.result.date}T00:00:00Z"
    return {"$schema": SCHEMA, "metadata": {"urn": _URN, "createdAt": made},
            "answers": {field.id: {"value": _text(form.result, field), "lastEditedAt": made}
                        for field in form.fields if field.is_filled and _has_a_place(field.id)}}


def _has_a_place(key: str) -> bool:
    """Whether the schema of the ministry takes an answer under this key: figures and full stops alone."""
    return key.replace(".", "").isdigit()


def _text(result: Result, field: Field) -> str:
    lines = [SUPPORTS, *(f"{answer.text}.{f' Source: {answer.source}.' if answer.source else ''}"
                         for answer in field.answers), *(fact.sentence for fact in field.facts),
             *(some.sentence for some in field.open), *(f"{name}: {value}." for name, value in about(result))]
    return "\n".join(line.replace("..", ".") for line in lines)
