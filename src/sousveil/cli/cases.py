"""`cases`: what the rules make of synthetic persons, case by case."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.options import StudyWord
from sousveil.cli.output import Answer, aligned, plural, width
from sousveil.drafts.cases import Worked
from sousveil.runs.situations import Came, Varied
from sousveil.studies.cases import Situation

__all__ = ["cases"]


def cases(study: StudyWord, /, *, vary: str | None = None, reform: str | None = None,
          file: Annotated[Path | None, Parameter(name="--cases")] = None) -> Answer:
    """What the rules make of synthetic persons, each in a situation: the score, the tier, and the rights that go.

    Nobody in a case is real. Errors of recording, relatives and chance are left out: this is about the rules alone.

    Parameters
    ----------
    vary
        A trait, such as age: every case with this trait at each of its names, and all else as it is.
    reform
        A reform of the study, by name: what the rules would make of the same people then.
    file
        A file of cases. Default: the cases.yaml beside the study.
    """
    if vary is not None:
        return _varied(sousveil.cases(study, file, reform=reform, vary=vary), vary)
    return _each(sousveil.cases(study, file, reform=reform), reform is not None)


def _each(worked: Sequence[Worked], reformed: bool) -> Answer:
    lines, data, wrong = [], [], 0
    for one in worked:
        wrong += not one.agrees
        told = "without the reform" if reformed else "NOT what the case says"
        but = "" if one.agrees else f"; {told}: {_said(one.situation)}"
        lines += [one.name, *_indented(one.situation.about), *_indented(_came(one.came) + but, "-> ")]
        data.append({"case": one.name, "about": one.situation.about, **asdict(one.came), "agrees": one.agrees,
                     "cite": one.situation.cite, "mark": one.situation.mark})
    end = f"{plural(len(data), 'case')}" + ("" if reformed else ", all as the file says" if not wrong else
                                            f", {wrong} NOT as the file says")
    return Answer("\n".join([*lines, "", end, "Next: sousveil cases STUDY --vary TRAIT"]), {"cases": data},
                  0 if reformed or not wrong else 1)


def _varied(each: Sequence[Varied], trait: str) -> Answer:
    rows: dict[str, list[Varied]] = {}
    for one in each:
        rows.setdefault(one.case, []).append(one)
    lines = []
    for case, found in rows.items():
        lines += [case, *_indented(found[0].about)]
        table = aligned([(one.name, f"{one.came.score:g}", one.came.tier, ", ".join(one.came.limited) or "no right "
                          "limited", "the case itself" if one.own else "") for one in found])
        lines += [f"    {line}" for line in table.splitlines()]
    data = [{"case": one.case, "trait": trait, "name": one.name, "own": one.own, **asdict(one.came)}
            for found in rows.values() for one in found]
    return Answer("\n".join(lines), {"trait": trait, "cases": data})


def _indented(text: str, first: str = "") -> list[str]:
    return textwrap.wrap(text, width(), initial_indent="    " + first, subsequent_indent="    " + " " * len(first))


def _came(came: Came) -> str:
    rights = "no right limited" if not came.limited else "limited: " + ", ".join(came.limited)
    return f"score {came.score:g}, {came.tier}; {rights}"


def _said(situation: Situation) -> str:
    score = None if situation.score is None else f"{situation.score:g}"
    limited = None if situation.limited is None else ", ".join(situation.limited) or "nothing"
    said: Mapping[str, object] = {"score": score, "tier": situation.tier, "limited": limited}
    return ", ".join(f"{key} {value}" for key, value in said.items() if value is not None)
