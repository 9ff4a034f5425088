"""A scheme: the rules of a regime, as one frozen value whose parts go together.

A scheme knows nothing of the people under it. Groups, districts and strata that it names are labels; that they exist is
checked where scheme and population meet, in `cross_check`; what a scheme says about itself, in `scheme_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.studies.given import Given
from sousveil.studies.model import Finding
from sousveil.studies.scheme_checks import inconsistencies
from sousveil.studies.scheme_fields import SchemeFields

__all__ = ["Scheme"]


class Scheme(Given, SchemeFields):
    """The rules of a regime. `tiers` are written from the top.

    `cite` of a rule is the id of its source, or of several, with commas. Rules without a `cite` of their own (ceilings,
    handicaps) are cited under `cites`, by path: {ceilings.B: article}.
    """

    def inconsistencies(self) -> Iterator[Finding]:
        return inconsistencies(self)
