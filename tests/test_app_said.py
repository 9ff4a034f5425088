"""What the tables of the app say of a number, beside it."""

from __future__ import annotations

import pytest

import sousveil as sv
from small_study import small
from sousveil.app.said import compared, rows
from sousveil.comparisons.pair import Comparison
from sousveil.harms.income import BEYOND
from sousveil.harms.tiers import TIER_SHARE

LAWFUL = {"act": {"channel": "camera", "points": 0, "lawful": True}}


def raised(seeds: int, chance: float = 1.0) -> Comparison:
    """Everybody acts at this chance; the reform gives points for it, which lift whoever acted into the best tier."""
    case = small({"signals": LAWFUL}, {"people": 40, "conduct": {"act": {"chance": chance}}})
    reforms = {"more": {"set": {"signals.act.points": 20}}}
    study = sv.study({"study": "small", **case.plain, "seed": 1, "reforms": reforms})
    return sv.compare(study, "more", seeds=seeds, engine="agents")


def taken(loss: float) -> Comparison:
    """Everybody has 100 a step, and is from the start in a tier that takes so much; the reform takes a little more."""
    case = small({"consequences": {"middle": [{"right": "income", "effect": "restricted", "loss": loss}]}},
                 {"income": 100})
    reforms = {"more": {"set": {"consequences.middle.0.loss": loss + 1}}}
    return sv.compare(sv.study({"study": "small", **case.plain, "seed": 1, "reforms": reforms}), "more", seeds=1)


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


@pytest.mark.parametrize(("loss", "debt"), [(50.0, False), (150.0, True)])
def test_a_loss_beyond_the_income_is_told_beside_its_share(loss: float, debt: bool) -> None:
    found = taken(loss)
    base, world = found.baseline, found.reforms[0]
    one = rows(found.levels(world))
    two = compared(found.levels(base), found.levels(world), found.differences(world), preview=False)
    for told in (one, two):
        (ends,) = (r["ends"] for r in told if r["measure"] == "share of income lost" and r["group"] == "all")
        assert str(ends).startswith("exact")
        assert (BEYOND in str(ends)) == debt
        assert BEYOND not in {r["ends"] for r in told if r["measure"] == "income lost"}
