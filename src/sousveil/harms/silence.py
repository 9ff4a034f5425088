"""Silence: how much of the wrong ever surfaces. A monitor who counts appeals that were upheld sees this share of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sousveil.engine.outcome import FATES
from sousveil.engine.trace import Trace
from sousveil.harms import estimate, view
from sousveil.measures.measure import Measure
from sousveil.measures.name import Name

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["APPEALED", "IRRELEVANT_APPEALED", "IRRELEVANT_SURFACED", "LISTINGS_APPEALED", "LISTINGS_SURFACED",
           "SURFACED", "measures"]

HARM = "silence"
APPEALED = Name(HARM, "share of wrongful debits appealed")
SURFACED = Name(HARM, "share of wrongful debits that surface")

IRRELEVANT_APPEALED = Name(HARM, "share of debits for irrelevant acts appealed")
IRRELEVANT_SURFACED = Name(HARM, "share of debits for irrelevant acts that surface")

LISTINGS_APPEALED = Name(HARM, "share of partly wrong listings appealed")
LISTINGS_SURFACED = Name(HARM, "share of partly wrong listings that surface")

_GROUNDS = {"irrelevant": ((IRRELEVANT_APPEALED, IRRELEVANT_SURFACED), "there was no debit for an irrelevant act"),
            "listings": ((LISTINGS_APPEALED, LISTINGS_SURFACED), "there was no listing on which something was wrong")}


def measures(trace: Trace, sampling: bool | None = None) -> list[Measure]:
    """`share of wrongful debits appealed`, `share of wrongful debits that surface` (appealed and upheld); the same of
    debits for irrelevant acts and of listings, where these can be appealed.
    """
    look = view.of(trace, sampling)
    found = _shares(look, (APPEALED, SURFACED), [look.total(f"wrongful_{fate}") for fate in FATES],
                    "there was no wrongful debit")
    for ground, (names, none) in _GROUNDS.items():
        if trace.appeals is not None and ground in view.words(trace.appeals, "against")[0]:
            found += _shares(look, names, _by_group(look, trace.appeals, ground), none)
    return found


def _by_group(look: view.View, table: pa.Table, against: str) -> list[view.Floats]:
    """What can be appealed, by fate, float64[G] each."""
    grounds, ground = view.words(table, "against")
    group = view.codes(table, "group", look.setting.groups)
    here = ground == grounds.index(against)
    return [view.summed(group[here], view.numbers(table, fate)[here], len(look.setting.groups)) for fate in FATES]


def _shares(look: view.View, names: tuple[Name, Name], fates: list[view.Floats], none: str) -> list[Measure]:
    given, *others = fates
    return [estimate.measure(name, group, estimate.share(some[part].sum(), given[part].sum(), none), "share",
                             look.exact)
            for name, some in zip(names, others, strict=True) for group, part in look.parts()]
