"""A run as a notebook shows it: its card, and its charts. The run comes here to be shown, so its class is not named."""

from __future__ import annotations

from typing import Any, Literal

from sousveil.errors import InputError, did_you_mean
from sousveil.ground.cards import card, number, table
from sousveil.measures.measure import Measure

__all__ = ["KINDS", "Kind", "chart_of", "html_of", "of_measures"]

Kind = Literal["tiers", "end", "scores"]
KINDS = ("tiers", "end", "scores")
"""Charts of a run: shares in tiers over time, shares at the end with their intervals, scores at the start and the end.
"""


def html_of(run: Any) -> str:
    """The card: what was run, and who ended where."""
    from sousveil.harms.tiers import TIER_SHARE

    tiers = [*run.study.scheme.tiers]
    found = run.measures()
    groups = list(dict.fromkeys(m.group for m in found.of(TIER_SHARE)))
    rows = [(group, *(_share(found.find(TIER_SHARE(tier=tier), group)) for tier in tiers)) for group in groups]
    points = run.widths.points
    return card(repr(run)[1:-1], (run.reason, "Who ends where" + (
        ", without chance:" if run.engine == "exact" else ", with 95 % intervals over chance:")),
                table(("group", *tiers), rows, "How far what is not published moves this was worked out at "
                      f"{points} points: .measures() has both widths" if points else ""))


def chart_of(run: Any, kind: str) -> Any:
    """A chart of a run, by its kind. Raises InputError for another one, and without Altair."""
    from sousveil.charts import drawn
    from sousveil.harms.tiers import TIER_SHARE, over_time

    tiers = [*run.study.scheme.tiers]
    if kind == "tiers":
        rows = [{**row._asdict(), "order": -tiers.index(row.tier)} for row in over_time(run.trace)]
        return drawn.stacked(rows, tiers, run.study.scheme.step)
    if kind == "end":
        found = sorted(run.measures().of(TIER_SHARE).known, key=lambda m: tiers.index(m.name["tier"]))
        return drawn.intervals([{**of_measures(m, f"{m.group}: {m.name['tier']}"), "tier": m.name["tier"]}
                                for m in sorted(found, key=lambda m: m.group)], "share of the group", share=True,
                               colours=tiers)
    if kind == "scores":
        return drawn.columns(run.trace.scores.to_pylist(), "score", "when")
    raise InputError(f'chart: "{kind}" is not one of {", ".join(KINDS)}' + did_you_mean(str(kind), KINDS))


def of_measures(m: Measure, what: str) -> dict[str, Any]:
    """A measure as a row of a chart; where it has no interval, its ends are the number."""
    return {"what": what, "value": m.value, "low": m.value if m.low is None else m.low,
            "high": m.value if m.high is None else m.high}


def _share(m: Measure | None) -> str:
    if m is None or m.value is None:
        return "not estimable"
    ends = "" if m.low is None or m.high is None or m.low == m.high else \
        f" ({number(m.low, m.unit)} to {number(m.high, m.unit)})"
    return number(m.value, m.unit) + ends
