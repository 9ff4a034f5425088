"""`assess`, `review`: a result set into a form of an authority, and a filed form set against results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import sousveil
from sousveil.cli.output import Answer, plural, wrapped
from sousveil.filings.form import SUPPORTS
from sousveil.filings.review import VERDICTS, not_read, with_a_number
from sousveil.runs import folder, provenance

__all__ = ["assess", "review"]

Result = Annotated[Path, Parameter(help="The folder of a run, a comparison or an audit, or a bundle of one.")]
File = Annotated[Path | None, Parameter(name=["--out", "-o"])]


def assess(result: Result, /, *, form: str = "fria", out: File = None) -> Answer:
    """Set a result into a form of an authority: each number with both widths, its source and the command.

    Parameters
    ----------
    form
        fria (Article 27 of the EU AI Act), iama (the Dutch assessment, version 2) or aia (Canada's).
    out
        The file to write: .html, .docx, .json; of fria also .jsonld, and .yaml, which review reads.
    """
    filing = sousveil.assess(result, form)
    filled = [field for field in filing.filled.fields if field.is_filled]
    lines = [f"{filing.filled.title}: {len(filled)} of {len(filing.filled.fields)} fields filled "
             f"({', '.join(field.id for field in filled)}). The others say who must answer them.",
             *(f"{note}." for note in filing.filled.notes), SUPPORTS]
    if out is not None:
        folder.spare(out, result)
        filing.save(out)
        lines.append(f"Written to {provenance.as_named(out)}")
    else:
        lines.append(f"Nothing was written: -o {form}.html does that")
    data = {"form": form, "filled": [field.id for field in filled], "notes": list(filing.filled.notes),
            "supports": SUPPORTS, "data": filing.data, "out": None if out is None else provenance.as_named(out)}
    return Answer("\n".join(map(wrapped, lines)), data)


def review(assessment: Annotated[Path, Parameter(help="A YAML file under the headings of Article 27, or the JSON of an "
                                                      "IAMA v2.")], /, *,
           against: Annotated[list[Path], Parameter(negative=())], out: File = None) -> Answer:
    """Set a filed assessment against results: which statements they support, contradict, or cannot judge.

    Parameters
    ----------
    against
        The folder of a run, a comparison or an audit, or a bundle of one; may be given again.
    out
        The file to write: .html, .docx or .json.
    """
    found = sousveil.review(assessment, against)
    if out is not None:
        folder.spare(out, assessment, *against)
        found.save(out)
    lines = []
    for verdict in VERDICTS:
        some = [one for one in found.judged if one.verdict == verdict]
        lines += ["", f"{verdict.upper()}: {plural(len(some), 'statement')}"] if some else []
        for one in some:
            lines += [f"  ({one.heading}) {one.statement}", f"      read as: {one.read}",
                      f"      {one.against}: {one.said}"]
    lines = lines or ["", "No statement with a number was read."]
    if found.unread:
        lines += ["", f"NOT READ: {not_read(found)}", *(f"  {line}" for line in with_a_number(found))]
    lines += ["", "LEFT OUT", *(f"  {line}" for line in found.left_out)] if found.left_out else []
    lines += ["", "QUESTIONS TO SEND BACK", *(f"  {i}. {line}" for i, line in enumerate(found.questions, 1))
              ] if found.questions else []
    lines += ["", SUPPORTS, *([f"Written to {provenance.as_named(out)}"] if out is not None else [])]
    return Answer("\n".join(wrapped(line) for line in lines[1:]),
                  {**found.plain(), "out": None if out is None else provenance.as_named(out)})
