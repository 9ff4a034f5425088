"""What the tables of the app say of a number, beside it."""

from __future__ import annotations

import sousveil as sv
from small_study import small
from sousveil.app.said import compared
from sousveil.comparisons.pair import Comparison
from sousveil.harms.tiers import TIER_SHARE

LAWFUL = {"act": {"channel": "camera", "points": 0, "lawful": True}}


def raised(seeds: int, chance: float = 1.0) -> Comparison:
    """Everybody acts at this chance; the reform gives points for it, which lift whoever acted into the best tier."""
    case = small({"signals": LAWFUL}, {"people": 40, "conduct": {"act": {"chance": chance}}})
    reforms = {"more": {"set": {"signals.act.points": 20}}}
    study = sv.study({"study": "small", **case.plain, "seed": 1, "reforms": reforms})
    return sv.compare(study, "more", seeds=seeds, engine="agents")


def verdict(found: Comparison, tier: str = "high") -> str:
    base, world = found.baseline, found.reforms[0]
    rows = compared(found.levels(base), found.levels(world), found.differences(world), preview=False)
    (row,) = (r for r in rows if r["measure"] == TIER_SHARE(tier=tier).label and r["group"] == "all")
    return str(row["verdict"])


def test_a_change_that_is_the_same_in_every_run_is_not_called_unclear() -> None:
    assert verdict(raised(3)) == "the same in every run"


def test_what_no_run_changes_is_no_difference() -> None:
    assert verdict(raised(3), "low") == "no clear difference"


def test_of_one_run_nobody_says_whether_it_is_clear() -> None:
    assert verdict(raised(1)) == "too few runs to tell"


def test_what_happens_in_few_runs_is_not_told_from_chance() -> None:
    assert verdict(raised(4, 0.016)) == "too few runs to tell"
