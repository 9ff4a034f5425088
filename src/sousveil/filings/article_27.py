"""A filled Article 27 form as the file that `review` reads: its headings, and what the result states in numbers.

It is a template: an authority replaces the texts and the numbers by its own.
"""

from __future__ import annotations

import json
from typing import Any

from sousveil.filings.aia import range_of
from sousveil.filings.form import SUPPORTS, Fact, Filled, about
from sousveil.measures.measure import ALL

__all__ = ["written"]


def written(form: Filled) -> str:
    """The YAML file. What a number may be, over chance and what is not published, is stated from end to end."""
    result = form.result
    name = result.study.name if result.study is not None else result.table or result.name
    lines = [f"assessment: {json.dumps(name, ensure_ascii=False)}",
             f"about: {_text([SUPPORTS, *(f'{what}: {said}.' for what, said in about(result))])}"]
    for field in form.fields:
        lines.append(f"{field.id}:  # {field.question}")
        lines.append(f"  text: {_text([*(f'{a.text}.' for a in field.answers), *(o.sentence for o in field.open)])}")
        if field.id == "c" and result.study is not None:
            lines.append(f"  groups: {json.dumps([*result.study.population.groups], ensure_ascii=False)}")
        states = [_state(form, fact) for fact in field.facts if field.id == "d"]
        told = [json.dumps(state, ensure_ascii=False) for state in states if state is not None]
        lines += ["  states:", *(f"    - {state}" for state in told)] if told else []
    return "\n".join(lines) + "\n"


def _text(parts: list[str]) -> str:
    return json.dumps("\n".join(part.replace("..", ".") for part in parts), ensure_ascii=False)


def _state(form: Filled, fact: Fact) -> dict[str, Any] | None:
    """One statement, where it is known from where to where its number may lie."""
    m = fact.measure
    low, high = range_of(form.result, m)
    if low is None or high is None:
        return None
    state: dict[str, Any] = {"says": fact.sentence, "of": fact.quantity.key}
    state |= {"group": m.group} if m.group != ALL else {}
    state |= {"against": m.reference} if m.reference else {}
    state |= {"ratio": True} if m.unit == "ratio" else {}
    return {**state, "at-least": low, "at-most": high}
