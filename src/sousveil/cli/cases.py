"""`cases`: what the rules make of synthetic persons, case by case."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

import sousveil
from sousveil.atlas import folder as atlas_folder
from sousveil.atlas import names as atlas_names
from sousveil.cli.options import StudyWord
from sousveil.cli.output import Answer, aligned, plural, width
from sousveil.errors import InputError, did_you_mean
from sousveil.runs import situations
from sousveil.studies.cases import Cases, Situation
from sousveil.unknowns.published import read_cases

if TYPE_CHECKING:
    from sousveil.studies.study import Study

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
    read = sousveil.study(study)
    given = read_cases(_file(study, file), read)
    if vary is not None and vary not in situations.traits(read):
        raise InputError(f'"{vary}" is no label, characteristic or mark of {read.name} that could be varied'
                         + did_you_mean(vary, situations.traits(read)))
    under = read if reform is None else read.reform(reform)
    return _each(under, given, reform is not None) if vary is None else _varied(under, given, vary)


def _file(word: str, given: Path | None) -> Path:
    """The file of cases that is meant. Raises InputError."""
    if given is not None:
        return given
    place = Path(word) if os.path.isdir(word) else atlas_folder(word) if word in atlas_names() else Path(word).parent
    if not (place / "cases.yaml").is_file():
        raise InputError(f"there is no cases.yaml beside {word}; name the file with --cases")
    return place / "cases.yaml"


def _each(study: Study, given: Cases, reformed: bool) -> Answer:
    lines, data, wrong = [], [], 0
    for name, situation in given.situations.items():
        came = situations.outcome(study, situation)
        agrees = situations.agrees(situation, came)
        wrong += not agrees
        told = "without the reform" if reformed else "NOT what the case says"
        but = "" if agrees else f"; {told}: {_said(situation)}"
        lines += [name, *_indented(situation.about), *_indented(_came(came) + but, "-> ")]
        data.append({"case": name, "about": situation.about, **asdict(came), "agrees": agrees,
                     "cite": situation.cite, "mark": situation.mark})
    end = f"{plural(len(data), 'case')}" + ("" if reformed else ", all as the file says" if not wrong else
                                            f", {wrong} NOT as the file says")
    return Answer("\n".join([*lines, "", end, "Next: sousveil cases STUDY --vary TRAIT"]), {"cases": data},
                  0 if reformed or not wrong else 1)


def _varied(study: Study, given: Cases, trait: str) -> Answer:
    rows: dict[str, list[situations.Varied]] = {}
    for one in situations.varied(study, given, trait):
        rows.setdefault(one.case, []).append(one)
    lines = []
    for case, found in rows.items():
        lines += [case, *_indented(given.situations[case].about)]
        table = aligned([(one.name, f"{one.came.score:g}", one.came.tier, ", ".join(one.came.limited) or "no right "
                          "limited", "the case itself" if one.own else "") for one in found])
        lines += [f"    {line}" for line in table.splitlines()]
    data = [{"case": one.case, "trait": trait, "name": one.name, "own": one.own, **asdict(one.came)}
            for found in rows.values() for one in found]
    return Answer("\n".join(lines), {"trait": trait, "cases": data})


def _indented(text: str, first: str = "") -> list[str]:
    return textwrap.wrap(text, width(), initial_indent="    " + first, subsequent_indent="    " + " " * len(first))


def _came(came: situations.Came) -> str:
    rights = "no right limited" if not came.limited else "limited: " + ", ".join(came.limited)
    return f"score {came.score:g}, {came.tier}; {rights}"


def _said(situation: Situation) -> str:
    score = None if situation.score is None else f"{situation.score:g}"
    limited = None if situation.limited is None else ", ".join(situation.limited) or "nothing"
    said: Mapping[str, object] = {"score": score, "tier": situation.tier, "limited": limited}
    return ", ".join(f"{key} {value}" for key, value in said.items() if value is not None)
