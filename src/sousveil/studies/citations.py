"""Where a rule is documented, and how well that was checked."""

from __future__ import annotations

from typing import Literal

from sousveil.studies.model import Model

__all__ = ["MARKS", "Checked", "Source", "cited_in"]

Checked = Literal["contradicted", "assumed", "recalled", "secondary", "verified"]
MARKS: tuple[Checked, ...] = ("contradicted", "assumed", "recalled", "secondary", "verified")
"""How well a source was checked, the weakest first."""


class Source(Model):
    """Where a rule is documented, and how well that was checked.

    mark    verified: read in the source named (which says nothing about whether the source is right); secondary: read
            where the source is quoted; recalled: not read; assumed: nobody gives the figure, it is ours; contradicted:
            another source says otherwise
    """

    id: str
    cite: str
    mark: Checked = "recalled"
    url: str = ""
    note: str = ""


def cited_in(cite: str) -> list[str]:
    """The ids of the sources that a `cite` names."""
    return [name.strip() for name in cite.split(",") if name.strip()]
