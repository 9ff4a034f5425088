"""`cite`: the entry of a result for a list of references."""

from __future__ import annotations

from sousveil.cli.options import ResultFolder
from sousveil.cli.output import Answer
from sousveil.runs import citation, folder, provenance

__all__ = ["cite"]


def cite(directory: ResultFolder, /) -> Answer:
    """Print the BibTeX entry of a result: what was run, with which version, when, and by which command."""
    record = provenance.loads(folder.read_document(directory, folder.RECORD))
    entry = citation.bibtex(record)
    return Answer(entry, {"bibtex": entry})
