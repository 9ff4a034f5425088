"""`cite`: the entry of a result for a list of references."""

from __future__ import annotations

import sousveil
from sousveil.cli.options import ResultFolder
from sousveil.cli.output import Answer

__all__ = ["cite"]


def cite(directory: ResultFolder, /) -> Answer:
    """Print the BibTeX entry of a result: what was run, with which version, when, and by which command."""
    entry = sousveil.cite(directory)
    return Answer(entry, {"bibtex": entry})
