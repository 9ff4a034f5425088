"""What people type becomes a search or one clear message."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sousveil
from sousveil.baserates import own
from sousveil.baserates.asked import Asked, pairs, rate_of, search_of
from sousveil.baserates.rate import Count
from sousveil.baserates.search import Search
from sousveil.errors import InputError
from tiers import for_all

ASKED = Asked(60_000, 1000, 3, fpir=("1/6000",))

FIELDS = ["fpir", "fmr", "fnir", "group", "multiplier", "group_fpir", "group_fnir", "stop", "stop_right"]

texts = st.text(alphabet="0123456789/.,=%eABmet_2020 in-", max_size=24)


def outcome(asked: Asked) -> Search | str:
    try:
        return search_of(asked)
    except InputError as error:
        return str(error)


@for_all(st.sampled_from(FIELDS), st.lists(texts, min_size=1, max_size=3), few=250, many=5000)
def test_any_text_is_a_search_or_one_clear_message(field: str, typed: list[str]) -> None:
    found = outcome(replace(ASKED, **{field: typed}))
    if isinstance(found, str):
        assert "\n" not in found
        assert 10 < len(found) < 400
    else:
        assert found.false_positive is not None
        assert 0 <= found.false_positive.value <= 1


@settings(max_examples=300, deadline=None)
@given(st.integers(-10**20, 10**20), st.integers(-10**20, 10**20), st.integers(-10**20, 10**20))
def test_any_numbers_are_a_search_or_one_clear_message(faces: int, watchlist: int, present: int) -> None:
    found = outcome(replace(ASKED, faces=faces, watchlist=watchlist, present=present))
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert 0 <= found.present <= found.faces


def test_names_and_values() -> None:
    assert pairs(["A=0.5, B=20%", "C=x"], "--group") == {"A": "0.5", "B": "20%", "C": "x"}
    groups = search_of(replace(ASKED, group=("A=80%", "B=0.2"), multiplier=("B=1..5",))).groups
    assert [(g.name, g.share, g.between) for g in groups] == [("A", 0.8, None), ("B", 0.2, (1.0, 5.0))]


def test_counts_and_deployments_may_be_mixed() -> None:
    rate = rate_of(["met_2020_oxford_circus", "0 in 4,600"], "--fpir")
    assert rate.counts == (Count(7, 8600), Count(0, 4600))
    assert rate.spread is not None


def test_a_deployment_is_brought_from_its_own_list() -> None:
    assert search_of(replace(ASKED, fpir=("met_2020_oxford_circus",))).measured_with == 7292
    assert search_of(replace(ASKED, fpir=("met_2020_oxford_circus",), fpir_list=5000)).measured_with == 5000
    assert search_of(replace(ASKED, fpir=("met_2020_oxford_circus", "met_2022_01_28"))).measured_with is None
    assert search_of(ASKED).measured_with is None


def test_a_total_is_not_taken_beside_its_parts() -> None:
    with pytest.raises(InputError, match="count the same alerts"):
        rate_of(["met_2016_2023_total", "met_2020_stratford"], "--fpir")


def test_no_group_is_named_as_everybody_is() -> None:
    """Its numbers would stand beside those of all faces under one name."""
    with pytest.raises(InputError, match='"all" cannot be the name of a group: it means everybody'):
        sousveil.baserate(faces=1000, watchlist=10, present=1, fpir="1/1000", group={"all": 0.5, "B": 0.5})


alerts = st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["not reviewed", "not passed", "passed"]),
                            st.booleans()), max_size=8)


@settings(max_examples=300, deadline=None)
@given(alerts)
def test_counts_of_what_can_have_happened_are_never_refused(many: list[tuple[bool, bool, str, bool]]) -> None:
    """Each alert: wrong or right, still open or not, what the review made of it, whether somebody was stopped."""
    found = dict.fromkeys(("alerts", "confirmed", "wrong", "open", "reviewed", "passed", "passed_wrong", "stopped",
                           "stopped_wrong"), 0)
    for wrong, still_open, review, stop in many:
        stopped = stop and review != "not passed"
        found["alerts"] += 1
        found["open" if still_open else "wrong" if wrong else "confirmed"] += 1
        found["reviewed"] += review != "not reviewed"
        found["passed"] += review == "passed"
        found["passed_wrong"] += review == "passed" and wrong
        found["stopped"] += stopped
        found["stopped_wrong"] += stopped and wrong
    own.parse("faces=100," + ",".join(f"{name}={count}" for name, count in found.items()))
