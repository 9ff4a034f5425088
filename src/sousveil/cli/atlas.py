"""`atlas`: what is documented, and how well."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

from sousveil.cli.output import Answer, plural

__all__ = ["atlas"]


def atlas() -> Answer:
    """List the schemes of the atlas: what is documented, claimed or invented, and how well the sources were checked."""
    from sousveil.studies.entries import entries

    known = entries()
    rows = []
    for entry in known:
        marks = ", ".join(f"{count} {mark}" for mark, count in entry.marks)
        rows.append(f"{entry.id}  ({entry.status}; {plural(entry.sources, 'source')}: {marks})\n"
                    + textwrap.fill(entry.title, 100, initial_indent="    ", subsequent_indent="    "))
    text = "\n\n".join([*rows, "Next: sousveil explain ID, sousveil run ID, sousveil new NAME"])
    data = [asdict(entry) | {"marks": dict(entry.marks)} for entry in known]
    return Answer(text, {"entries": data})
