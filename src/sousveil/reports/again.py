"""The end of a page: how to make the same result again, with its study to take along, and how to cite it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sousveil.page import words
from sousveil.page.page import Code, Download, Prose, Section, Table
from sousveil.runs import citation, provenance
from sousveil.runs.stored import document
from sousveil.studies.reform import lineage
from sousveil.studies.study import whole_text

if TYPE_CHECKING:
    from sousveil.studies.study import Study

__all__ = ["FILE", "again", "cite", "record_of", "sections", "typed", "with_worlds"]

FILE = "study.json"


def sections(study: Study, record: Mapping[str, Any], facts: Sequence[tuple[str, str]], file: str, from_file: str = ""
             ) -> tuple[Section, Section]:
    """How to run it again, and how to cite it. `file`, `from_file`: see `again`; facts: more rows for its table."""
    return again(study, record, facts, file, from_file), cite(record)


def again(study: Study, record: Mapping[str, Any], facts: Sequence[tuple[str, str]], file: str, from_file: str = ""
          ) -> Section:
    """The command that was given, the study as a file, and what is needed to know that it is the same.

    record      of the result, see `provenance.collect`
    facts       what is told beside study, people, steps and seed
    file        the study as text (see `studies.study.whole_text`)
    from_file   the command that makes the same from that file alone; without it, it is said what to change in the other
    """
    command = str(record["circumstance"].get("command", ""))
    inputs = record["result"].get("inputs", {})
    rows = [("study", f"{study.name} with {study.label}" if study.label else study.name),
            ("people", words.number(study.people)), ("steps", words.plural(study.steps, study.scheme.step)),
            ("seed", str(study.seed)), *facts, ("sousveil", str(record["result"].get("sousveil", ""))),
            ("date", str(record["circumstance"].get("date", ""))),
            *((f"SHA-256 of {name}", str(digest)) for name, digest in inputs.items())]
    given = ((Prose("This is what made it. The same files and seeds give the same numbers on any machine, to the last "
                    "bit."), Code(command)) if command else ())
    taken = "The rules, the people and the assumptions are all in the file below. " + (
        "Put it into an empty folder, and type there:" if from_file else
        f"With it, type {FILE} in place of the name of the study, and leave out --reform and --set: what they change "
        "is in it.")
    blocks = (*given, Prose(taken), Download(FILE, file), *((Code(from_file),) if from_file else ()),
              Table(("what", "it was"), tuple(row for row in rows if row[1])))
    return Section(words.LABELS["again"], "The same files and seeds give the same numbers", blocks, id="again")


def cite(record: Mapping[str, Any]) -> Section:
    """The entry for a list of references."""
    return Section(words.LABELS["cite"], "An entry for BibTeX, with what was run and how",
                   (Code(citation.bibtex(record)),), id="cite")


def typed(*given: object) -> str:
    """The words of a command, each as a shell takes it: a list is an option and its value, unless that is None."""
    parts: list[str] = []
    for word in given:
        if isinstance(word, tuple):
            option, value = word
            parts += [] if value is None else [option, shlex.quote(str(value))]
        else:
            parts.append(shlex.quote(str(word)))
    return " ".join(parts)


def with_worlds(base: Study, worlds: Sequence[tuple[str, Study]]) -> str | None:
    """A study as a file in which each world is a reform of its name; None where one is not made from it by reforms."""
    reforms: dict[str, Any] = {}
    for name, world in worlds:
        if world.made[:len(base.made)] != base.made or len(world.made) == len(base.made):
            return None
        settings: dict[str, Any] = {}
        for patch in world.made[len(base.made):]:
            for step in lineage(patch, base.reforms):
                settings |= dict(step.set)
        reforms[name] = {"set": settings}
    return whole_text(base, reforms)


def record_of(study: Study, call: str, **facts: Any) -> dict[str, Any]:
    """What a record would say of a result that has none yet: its page is made before it, or without it."""
    return provenance.collect(call, {FILE: document(study).encode()}, since=provenance.clock(), study=study.name,
                              people=study.people, steps=study.steps, **facts)
