"""Silence: how much of the wrong ever surfaces. A monitor who counts appeals that were upheld sees this share of it."""

from __future__ import annotations

from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

__all__ = ["APPEALED", "SURFACED", "measures"]

HARM = "silence"
APPEALED = Name(HARM, "share of wrongful debits appealed")
SURFACED = Name(HARM, "share of wrongful debits that surface")


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`share of wrongful debits appealed`, `share of wrongful debits that surface` (appealed and upheld)."""
    look = view.of(trace, sampling)
    given, appealed, upheld = (look.total(f"wrongful_{fate}") for fate in ("given", "appealed", "upheld"))
    none = "there was no wrongful debit"
    return [estimate.measure(name, group, estimate.share(some[part].sum(), given[part].sum(), none), "share",
                             look.exact)
            for name, some in ((APPEALED, appealed), (SURFACED, upheld)) for group, part in look.parts()]
