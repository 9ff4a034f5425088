"""What to type, and what to write in Python, for the same numbers as a view of the page.

    spoken("extremes", q, place, card)      a command
    written("extremes", q, place, card)     lines of Python
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from sousveil.app.question import POINTS, STORY_PEOPLE, WITHIN, Question

__all__ = ["DOES", "FIGURES", "spoken", "written"]

DOES = {"claimed": "explain", "does": "run", "why": "why", "story": "story", "sweep": "sweep", "extremes": "extremes",
        "infer": "infer", "ask": "ask"}
"""What a view asks for; `change` and `check` ask for a comparison where a rule is changed, and else for a run."""

FIGURES = "figures.yaml"


def spoken(what: str, q: Question, place: str, card: Mapping[str, Any], *, axis: str = "", number: int = 1) -> str:
    """The command. `place`: the study's folder, or its name in the atlas."""
    if what == "explain":
        return _joined(["sousveil", "explain", place])
    told = ["sousveil", {"story": "run"}.get(what, what), place]
    for name in q.reforms if what != "run" else ():
        told += ["--reform", name]
    for path, value in q.sets if what != "run" else ():
        told += ["--set", f"{path}={value}"]
    told += ["--together"] if what == "compare" and len(q.reforms) + bool(q.sets) > 1 else []
    for path, value in q.assumes:
        told += ["--assume", f"{path}={value}"]
    told += ["--people", str(STORY_PEOPLE if what == "story" else q.people)]
    told += ["--steps", str(q.steps)] if q.steps is not None else []
    told += ["--seed", str(q.seed)] if q.seed is not None else []
    told += ["--seeds", str(q.seeds)] if what in ("compare", "why") else []
    told += ["--harm", q.harm] if what in ("why", "sweep", "extremes", "ask") else []
    told += ["--group", q.group] if q.group and what in ("sweep", "extremes", "ask") else []
    told += ["--between", ",".join(pair)] if what == "why" and (pair := between(q, card)) else []
    told += ["--vary", axis] if what == "sweep" else []
    told += ["--points", str(POINTS[what])] if what in POINTS else []
    told += ["--within", f"{WITHIN:g}"] if what == "ask" else []
    told += ["--figures", FIGURES] if what == "infer" and q.figures else []
    if what == "story":
        return f"{_joined(told)} --engine agents -o town && sousveil story town {number}"
    return _joined(told)


def between(q: Question, card: Mapping[str, Any]) -> tuple[str, str] | None:
    """The two groups whose gap is asked about, or None for those that the command takes."""
    first = card["reference"]
    return (first, q.group) if q.group and q.group != first and q.group in card["groups"] else None


def _joined(told: list[str]) -> str:
    return " ".join(map(shlex.quote, told))


# --- Python -----------------------------------------------------------------------------------------------------------


def written(what: str, q: Question, place: str, card: Mapping[str, Any], *, axis: str = "", number: int = 1,
            figures: str = "") -> str:
    """The lines of Python. `figures`: where the figures of an inference lie; '': beside the entry of the atlas."""
    needed, done = _infer(q, figures) if what == "infer" else _DONE[what](q, card, axis, number)
    lines = ["import sousveil as sv", *needed]
    lines += ["from sousveil.studies.guesses import assumed"] if q.assumes else []
    lines += ["", f"study = sv.study({_text(place)})"]
    if q.assumes:
        taken = ", ".join(f"{_text(p)}: {_typed(v)!r}" for p, v in q.assumes)
        lines.append(f"study = assumed(study, {{{taken}}})")
    if q.changed and what not in ("run", "explain"):
        made = "study" + "".join(f".reform({_text(name)})" for name in q.reforms)
        if q.sets:
            settings = ", ".join(_text(f"{p}={v}") for p, v in q.sets)
            made += f".reform(sv.reform({settings}))"
        lines.append(f"world = {made}")
    return "\n".join([*lines, *done])


Lines = tuple[list[str], list[str]]


def _size(q: Question, people: int | None = None) -> str:
    return f"people={people or q.people:_}" + "".join(
        f", {name}={value}" for name in ("steps", "seed") if (value := getattr(q, name)) is not None)


def _world(q: Question) -> str:
    return "world" if q.changed else "study"


def _explain(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return ["from sousveil.studies.explain import explain"], ["print(explain(study, 100))"]


def _run(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return [], [f"found = sv.run(study, {_size(q)})", "print(found.harms())",
                'sv.report(found).save("report.html")']


def _compare(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return [], [f"found = sv.compare(study, [world], {_size(q)}, seeds={q.seeds})",
                "print(found.differences(found.reforms[0]).table())", 'sv.report(found).save("report.html")']


def _why(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    pair = between(q, card)
    whom = f", {pair!r}" if pair else ""
    return [], [f"found = sv.why({_world(q)}, {_text(q.harm)}{whom}, {_size(q)}, seeds={q.seeds})",
                "print(found.measures().table())", 'sv.report(found).save("report.html")']


def _story(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return [], [f'found = sv.run({_world(q)}, {_size(q, STORY_PEOPLE)}, engine="agents")',
                f"print(sv.story(found, {number}).text())"]


def _harm(q: Question) -> str:
    return f"study, harm = objective({_world(q)}, {_text(q.harm)}{f', {_text(q.group)}' if q.group else ''})"


def _sweep(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return (["from sousveil.comparisons.objective import objective",
             "from sousveil.comparisons.sweep import axis, sweep"],
            [_harm(q), f"found = sweep(study, [axis({_text(axis)})], {_size(q)})", "print(found.table())"])


def _extremes(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    return (["from sousveil.comparisons.objective import objective",
             "from sousveil.unknowns.extremes import extremes"],
            [_harm(q), f"found = extremes(study, harm, points={POINTS['extremes']}, {_size(q)})",
             "print(found.measures().table())"])


def _infer(q: Question, figures: str) -> Lines:
    file = _text(figures) if figures else f"folder({_text(q.study)}) / {_text(FIGURES)}"
    return ([*([] if figures else ["from sousveil.atlas import folder"]),
             "from sousveil.unknowns.learnt import learnt"],
            [f"found = sv.infer({_world(q)}, {file}, points={POINTS['infer']}, {_size(q)})", "print(learnt(found))"])


def _ask(q: Question, card: Mapping[str, Any], axis: str, number: int) -> Lines:
    group = f", group={_text(q.group)}" if q.group else ""
    return [], [f"found = sv.ask({_world(q)}, {_text(q.harm)}{group}, points={POINTS['ask']}, within={WITHIN:g}, "
                f"{_size(q)})", "print(found.numbers)"]


_DONE = {"explain": _explain, "run": _run, "compare": _compare, "why": _why, "story": _story, "sweep": _sweep,
         "extremes": _extremes, "ask": _ask}


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _typed(text: str) -> Any:
    try:
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    except ValueError:
        return text
