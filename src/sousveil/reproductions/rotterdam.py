"""The Rotterdam welfare-fraud model: who is in the top tenth of risk, as Lighthouse Reports published.

The two tables are under the GPL-3.0; see ROTTERDAM-NOTICE.md beside them.
"""

from __future__ import annotations

from sousveil.reproductions.case import Case, Figure, printed
from sousveil.reproductions.compas import table

__all__ = ["CASES"]

_SOURCE = "Lighthouse Reports, suspicion_machine, commit 3afc105, results/statistical_parity (GPL-3.0)"
_GROUPS = (("female", "0", "men"), ("female", "1", "women"), ("other_spoken_language", "1", "another language"),
           ("other_spoken_language", "0", "Dutch alone"),
           ("language_requirement_met", "0", "language requirement not met"),
           ("language_requirement_met", "1", "language requirement met"))
_TIES = 0.0003
"""What ties at the cut explain of the difference between a share of deciles and a share above the 90th percentile."""


def _top(attribute: str, value: str) -> tuple[int, int]:
    """People in the highest decile, and people."""
    rows = [row for row in table("rotterdam_deciles.csv") if (row["attribute"], row["value"]) == (attribute, value)]
    return sum(int(row["n"]) for row in rows if row["decile"] == "10"), sum(int(row["n"]) for row in rows)


def _shares() -> list[Figure]:
    texts = (("661", "7,310", "0.0904"), ("603", "5,335", "0.1130"), ("617", "4,408", "0.1400"),
             ("647", "8,237", "0.0785"), ("702", "5,054", "0.1389"), ("481", "6,660", "0.0722"))
    figures = []
    for (attribute, value, name), (top, people, share) in zip(_GROUPS, texts, strict=True):
        found, everybody = _top(attribute, value)
        figures += [printed(f"{name}: in the top tenth", top, found), printed(f"{name}: people", people, everybody),
                    printed(f"{name}: share", share, found / everybody)]
    (a, b), (c, d) = _top("other_spoken_language", "1"), _top("other_spoken_language", "0")
    return [*figures, printed("another language against Dutch alone: ratio", "1.78", (a / b) / (c / d))]


def _percentile() -> list[Figure]:
    texts = ("0.090561", "0.113027", "0.140200", "0.078548", "0.139098", "0.072222")
    figures = []
    for (attribute, value, name), text in zip(_GROUPS, texts, strict=True):
        top, people = _top(attribute, value)
        figures.append(Figure(f"{name}: share above the 90th percentile", float(text), top / people, _TIES))
    return figures


def _weighted() -> list[Figure]:
    """Weighted by the sizes of its groups, every attribute must give the same share of everybody."""
    figures = []
    for attribute in ("female", "other_spoken_language", "language_requirement_met"):
        rows = [row for row in table("rotterdam_summary.csv") if row["attribute"] == attribute]
        people = sum(int(row["n"]) for row in rows)
        for column, text in (("share_above_p90", "0.10004"), ("share_above_rotterdam_threshold", "0.28201")):
            share = sum(int(row["n"]) * float(row[column]) for row in rows) / people
            figures.append(printed(f"{attribute}: everybody, {column}", text, share))
    return figures


CASES = (
    Case("rotterdam-top-tenth", "Rotterdam, welfare fraud: who is in the top tenth of risk",
         _SOURCE + ", recomputed from the counts by decile", "verified", _shares, derived=True),
    Case("rotterdam-percentile", "Rotterdam: shares above the 90th percentile", _SOURCE, "verified", _percentile),
    Case("rotterdam-everybody", "Rotterdam: every attribute adds up to the same everybody", _SOURCE, "verified",
         _weighted, derived=True),
)
