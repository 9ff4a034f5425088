"""How to cite a result: what was computed, from what, with which version, when, and by which command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sousveil.errors import InputError
from sousveil.ground.arguments import checked
from sousveil.ground.called import synthetic
from sousveil.runs import folder
from sousveil.studies.limits import described

if TYPE_CHECKING:
    from sousveil.runs.run import Run

__all__ = ["bibtex", "cite"]

_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
            **{c: f"\\{c}" for c in "%&#$_"}}


@checked
def cite(result: str | os.PathLike[str] | Run) -> str:
    """The BibTeX entry of a result: a run, or the folder of any result. Raises InputError where there is none."""
    if isinstance(result, str | os.PathLike):
        return bibtex(folder.read_record(result))
    record = getattr(result, "record", None)
    if not isinstance(record, Mapping):
        raise InputError(f"{described(result)} is neither a run nor the folder of a result")
    return bibtex(record)


def bibtex(record: Mapping[str, Any]) -> str:
    """The BibTeX entry of a result, from its record (see `provenance.collect`). `author` is left to whoever cites."""
    facts, circumstance = record["result"], record["circumstance"]
    kind = str(facts.get("kind", "run" if "study" in facts else next(
        (name for name in ("baserate", "audit") if name in facts), "result")))
    study, inputs = str(facts.get("study", "")), facts.get("inputs") or {}
    digest = str(next(iter(inputs.values()), "")) if isinstance(inputs, Mapping) else ""
    date, version = str(circumstance.get("date", "")), str(facts.get("sousveil", ""))
    told = [f"{study}: {kind}" if study else kind]
    told += [f"under {facts['reform']}"] if facts.get("reform") else []
    told += [synthetic(facts["people"])] if isinstance(facts.get("people"), int) else []
    told += [f"{facts['steps']:,} steps"] if isinstance(facts.get("steps"), int) else []
    told += [f"seed {facts['seed']}"] if "seed" in facts else []
    note = [f"Made on {date}"] if date else []
    note += [f"SHA-256 of the study {digest}"] if digest else []
    note += [f"Command: {circumstance['command']}"] if circumstance.get("command") else []
    key = "-".join(filter(None, ("sousveil", _plain(study or kind), digest[:8])))
    rows = {"title": ", ".join(told), "howpublished": f"Computed with sousveil {version}", "year": date[:4],
            "note": ". ".join(note)}
    fields = "".join(f"  {name} = {{{_escaped(text)}}},\n" for name, text in rows.items() if text)
    return f"@misc{{{key},\n{fields}}}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "result"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in " ".join(text.split()))
