"""The report of a search claims no more than its intervals carry, and stands for every kind of search."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sousveil.baserates import Group, Search, growth, parse, results
from sousveil.baserates.scaling import ALONG
from sousveil.page.report import Report
from sousveil.reports.baserate import report

SEARCH = Search(60_000, 1000, 3, parse("1/6000"), false_negative=parse("0.11"),
                groups=(Group("A", 0.8), Group("B", 0.2, factor=3.0)))


def page(search: Search) -> Report:
    return report(search, results(search), [p for along in ALONG for p in growth(search, along)], "sousveil baserate")


def test_one_face_out_of_a_crowd_of_60_000() -> None:
    told = page(SEARCH)
    assert told.page.title == "Nearly four in five alerts point at somebody who is not on the list"
    assert "about 10 false alerts beside about 2.7 right ones" in told.page.lead
    assert "Group B is 20% of the faces and bears 43% of the false alerts" in told.html
    for name in ("False alerts per face", "False alerts a day", "Precision per alert", "Precision per stop"):
        assert name in told.html
    assert not re.search(r"\bnan\b|None", told.html)
    assert len(told.html) < 400_000


@pytest.mark.parametrize(("changes", "title"), [
    ({"present": 0}, "Every alert points at somebody who is not on the list"),
    ({"false_positive": parse("1/10000000"), "present": 900},
     "Most alerts are right, and about 0.0059 in a day are not"),
    ({"present": 11}, "Whether most alerts are right or wrong cannot be told"),
    ({"false_positive": parse("0"), "present": 0}, "At these rates no alert can happen"),
])
def test_the_headline_is_what_the_interval_carries(changes: dict[str, object], title: str) -> None:
    assert page(replace(SEARCH, **changes)).page.title == title  # type: ignore[arg-type]


def test_no_gap_between_groups_is_claimed_where_none_is() -> None:
    equal = replace(SEARCH, groups=(Group("A", 0.8), Group("B", 0.2)))
    assert "No clear difference between groups" in page(equal).html


def test_stops_beyond_what_anybody_counted_are_said_to_be_a_guess_before_anything_else() -> None:
    many = page(replace(SEARCH, faces=872_000_000_000))
    first = many.html[:many.html.index("Key figures")]
    assert "Warning: the number of stops is a guess here: " in first
    assert "innocent people are stopped in a day is a guess here" in many.html
    assert not re.search(r"About [\d.,]+ innocent people are stopped", many.html)
    assert "stops of innocent people in a day, a guess" in many.html
    few = page(replace(SEARCH, false_positive=parse("1/600000")))
    assert "Warning" not in few.html
    assert "a guess" not in few.html


def test_stops_on_a_longer_list_are_a_guess_where_its_load_was_never_counted() -> None:
    told = page(SEARCH)  # 10 false alerts a day, and 1,000 with a hundred times the list
    assert "Warning" not in told.html
    rows = [row for row in re.findall(r"<tr role=.*?</tr>", told.html) if ", a guess" in row]
    assert rows
    assert all("100,000" in row or "6,000,000" in row for row in rows)


def test_one_alert_is_one_alert() -> None:
    one = page(Search(6_000, 1000, 1, parse("1/5999"), stop=parse("1"))).html
    assert "about 1 false alert beside about 1 right one." in one
    assert "About 1 innocent person is stopped in a day" in one
    assert not re.search(r"\b1 (false alerts|right ones|innocent people)\b", one)
