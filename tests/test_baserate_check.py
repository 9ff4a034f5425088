"""`sousveil baserate --check`, as typed: verdicts, counts of one's own, several periods, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from searched import CHECKED, run, typed


def test_a_claim_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", "met_2020_oxford_circus", "--fpir", "1/6000", "--fpir-list", "10000") == 0
    assert "CONFLICT" in capsys.readouterr().out
    assert run("--check", "met_2020_oxford_circus", "--fpir", "1/1000", "--json") == 0
    assert json.loads(capsys.readouterr().out)["checked"][0]["check"]["verdict"] == "consistent"


def test_several_deployments_are_put_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", "met_2020_oxford_circus,met_2020_stratford", "--fpir", "1/1000") == 0
    assert "Together, 2 deployments: 7 false alerts in 13,200 faces; they do not differ" in capsys.readouterr().out
    four = "met_2020_oxford_circus,met_2020_stratford,met_2022_01_28,met_2022_07_07"
    assert run("--check", four, "--fpir", "1/1000") == 0
    last = capsys.readouterr().out.rpartition("\n\n")[2]
    assert "8 false alerts in 40,920 faces, 1 in 5,115 per face. They are not one population" in last
    assert "no interval and no verdict" in last
    assert " to " not in last


def test_several_years_have_the_verdict_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    """None of 4,000 beats 1 in 1,000 (a chance of 0.018), which no single year of 1,000 does (0.37)."""
    years = [word for year in range(2021, 2025) for word in ("--check", f"year={year},faces=1000,alerts=0,confirmed=0")]
    assert run(*years, "--fpir", "1/1000") == 0
    *each, last = capsys.readouterr().out.split("\n\n")
    assert all("CONSISTENT" in one for one in each)
    assert "BETTER THAN CLAIMED: the claim (1 in 1,000, as stated) predicts 4 false alerts" in last
    assert "At most so many has probability 0.018" in last
    assert "is beaten; they cannot show that it is beaten by more than 1.1 times: the rate may be" in last
    assert "as high as 1 in 1,085" in last
    for row in ("false alerts per face, pooled", "false alerts per face, Jeffreys", "chance of no false alert if"):
        assert row in last
    assert run(*years, "--fpir", "1/1000", "--json") == 0
    both = json.loads(capsys.readouterr().out)["checked"][-1]["together"]
    assert (both["check"]["verdict"], both["verdict"]) == ("better than claimed", "no clear difference")


SEARCHED = (("--faces", "60000"), ("--watchlist", "1000"), ("--present", "3"), ("--fmr", "1e-6"), ("--fnir", "0.1"),
            ("--multiplier", "B=3"), ("--group-fpir", "A=0.1"), ("--group-fnir", "A=0.1"), ("--stop", "0.5"),
            ("--stop-right", "0.5"), ("--days", "1"), ("--cameras", "1"), ("--passes", "365"), ("-o", "out"))


@pytest.mark.parametrize("words", SEARCHED, ids=lambda words: words[0])
def test_nothing_is_dropped_beside_a_check(words: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*CHECKED, "--fpir", "1/1000", *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{words[0]} would be ignored here: --check goes with --fpir, --fpir-list, " in err
    assert list(tmp_path.iterdir()) == []


def test_every_option_goes_with_a_check_or_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    goes = {"--check", "--fpir", "--fpir-list", "--rule", "--group", "--pooled", "--deployments"}
    assert run("--help") == 0
    known = {word for word in re.findall(r"--[a-z-]+", capsys.readouterr().out) if not word.startswith("--no-")}
    assert known - {"--help", "--json", "--version", "--out"} == goes | {option for option, _ in SEARCHED} - {"-o"}


@pytest.mark.parametrize(("words", "said"), [
    ((*CHECKED, "--fpir-list", "1000"), "--fpir-list would be ignored here"),
    ((*CHECKED, "--pooled"), "--pooled would be ignored here"),
    ((*CHECKED, "--fpir", "1/1000", "--rule", "linear"), "--rule would be ignored here: --fpir-list says"),
    ((*CHECKED, "--fpir", "1/1000", "--faces", "5", "--days", "2"), "--faces and --days would be ignored"),
    ((*CHECKED, "--present", "0"), "--present would be ignored"),
    (("--deployments", "--faces", "5"), "--deployments goes with nothing else"),
    (("--deployments", *CHECKED), "--check would be ignored here"),
])
def test_what_would_be_ignored_is_said(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


OWN = "faces=8600,alerts=8,confirmed=1,wrong=7,list=7292,days=1"


def test_own_counts_are_checked_like_published_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", OWN, "--fpir", "1/6000", "--fpir-list", "10000") == 0
    mine = capsys.readouterr().out
    assert run("--check", "met_2020_oxford_circus", "--fpir", "1/6000", "--fpir-list", "10000") == 0
    verdict = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("CONFLICT"))
    assert verdict in mine
    assert "cannot show that the target of 1 in 8,2" in mine


def test_a_target_is_beaten_by_no_more_than_the_counts_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", "scans=1,000,000,confirmed=20,wrong=2,open=1", "--fpir", "1/1000") == 0
    out = capsys.readouterr().out
    assert "BETTER THAN CLAIMED" in out
    # Clopper and Pearson's upper end for 2 and 3 of a million, from a table of the Poisson law: 7.2247 and 8.7673.
    assert "beaten by more than 110 times: the rate may be as high as 1 in 114,06" in out
    assert "if all open alerts were wrong" in out
    assert run("--check", "scans=1,000,000,confirmed=20,wrong=2", "--fpir", "1/1000") == 0
    assert "beaten by more than 140 times: the rate may be as high as 1 in 138,4" in capsys.readouterr().out


@pytest.mark.parametrize(("counts", "verdict", "said"), [
    ("faces=15000,alerts=16,confirmed=3,wrong=2,open=11", "CANNOT TELL, while 11 alerts are open",
     "cannot show that the target of 1 in 1,000 is met, while 11 alerts are open: the rate may be as high as 1 in 675"),
    ("faces=15000,confirmed=13,wrong=2,open=1", "BETTER THAN CLAIMED", "as high as 1 in 1,711, if all open alerts"),
    ("faces=10000,confirmed=13,wrong=12,open=8", "CANNOT TELL, while 8 alerts are open", "cannot show that the target"),
    ("faces=10000,confirmed=13,wrong=18,open=10", "CONFLICT", "is met: the rate may be as high as 1 in 247, if all"),
])
def test_a_verdict_holds_whatever_the_open_alerts_were(counts: str, verdict: str, said: str,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", counts, "--fpir", "1/1000") == 0
    out = capsys.readouterr().out
    assert f"{verdict}: the claim" in out
    assert said in out
    assert run("--check", counts, "--fpir", "1/1000", "--json") == 0
    check = json.loads(capsys.readouterr().out)["checked"][0]["check"]
    assert check["verdict"] == verdict.partition(",")[0].lower()
    assert check["if_wrong"]["observed"] == check["observed"] + check["open"]


def test_the_stages_after_an_alert_have_their_own_counts(capsys: pytest.CaptureFixture[str]) -> None:
    counts = "faces=9000,alerts=40,confirmed=10,reviewed=40,passed=20,passed_wrong=12,stopped=15,stopped_wrong=8"
    assert run("--check", counts, "--check", "year=2023,faces=12000,confirmed=5,wrong=30", "--json") == 0
    first = json.loads(capsys.readouterr().out)["checked"][0]["results"]
    values = {row["measure"]: row["value"] for row in first}
    assert values["alerts that review sends on"] == 0.5
    assert values["wrong alerts that review sends on"] == pytest.approx(12 / 30)
    assert values["precision per stop"] == pytest.approx(7 / 15)


@pytest.mark.parametrize(("counts", "message"), [
    ("alerts=8,wrong=7", "how many faces"), ("faces=10,alerts=20,wrong=3", "more alerts (20) than faces (10)"),
    ("faces=100,alerts=9,confirmed=1,wrong=7", "are not the 9 alerts"), ("faces=100,alerts=9", "two of alerts"),
    ("faces=100,scans=100,alerts=9,wrong=8", "two words for one count"), ("face=100,alerts=9,wrong=1", "did you mean"),
    ("faces=100,alerts=9,wrong=8,passed=3", "passed needs reviewed"), ("faces=60.000,alerts=9,wrong=8", "60000"),
])
def test_counts_that_cannot_be_are_refused(counts: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", counts) == 2
    assert message in capsys.readouterr().err


PARTS = "faces=15000,alerts=6,confirmed=3,wrong=2,open=1"


@pytest.mark.parametrize(("more", "said"), [
    ("reviewed=7", "reviewed (7) cannot be more than alerts (6)"),
    ("reviewed=6,passed=7", "passed (7) cannot be more than reviewed (6)"),
    ("reviewed=6,passed=4,passed_wrong=5", "passed_wrong (5) cannot be more than passed (4)"),
    ("reviewed=6,passed=4,passed_wrong=4", "passed_wrong (4) cannot be more than wrong + open (3)"),
    ("reviewed=6,passed=6,passed_wrong=1", "passed - passed_wrong (5) cannot be more than confirmed + open (4)"),
    ("reviewed=6,passed=4,passed_wrong=1,stopped=5", "stopped (5) cannot be more than passed (4)"),
    ("reviewed=6,passed=4,passed_wrong=1,stopped=3,stopped_wrong=2",
     "stopped_wrong (2) cannot be more than passed_wrong (1)"),
    ("reviewed=6,passed=4,passed_wrong=3,stopped=2,stopped_wrong=0",
     "stopped - stopped_wrong (2) cannot be more than passed - passed_wrong (1)"),
    ("reviewed=5,passed=1,passed_wrong=1,stopped=3,stopped_wrong=2",
     "stopped (3) cannot be more than passed + alerts that nobody reviewed (2)"),
    ("stopped=7", "stopped (7) cannot be more than alerts (6)"),
    ("stopped=5,stopped_wrong=4", "stopped_wrong (4) cannot be more than wrong + open (3)"),
    ("stopped=2,stopped_wrong=3", "stopped_wrong (3) cannot be more than stopped (2)"),
    ("stopped_wrong=1", "stopped_wrong needs stopped"),
])
def test_a_part_of_own_counts_is_no_more_than_its_whole(more: str, said: str,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", f"{PARTS},{more}", "--fpir", "1/1000") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("more", [
    "reviewed=6,passed=4,passed_wrong=1,stopped=4,stopped_wrong=1", "reviewed=6,passed=6,passed_wrong=3,stopped=3",
    "reviewed=5,passed=1,passed_wrong=1,stopped=2,stopped_wrong=2", "stopped=6,stopped_wrong=3", "reviewed=0,passed=0"])
def test_own_counts_that_can_be_are_read(more: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--check", f"{PARTS},{more}", "--fpir", "1/1000") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("counts", "said"), [
    ("faces=100,alerts=5,confirmed=6,wrong=1", "more than the 5 alerts"),
    ("faces=100,alerts=9,confirmed=3,wrong=1", "what nobody resolved is open=5"),
    ("faces=100,alerts=9,confirmed=3,wrong=1,open=2", "what nobody resolved is open=5")])
def test_counts_that_do_not_add_up_say_which_way(counts: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--fpir", "1/1000", "--fpir-list", "100", "--check", counts) == 2
    assert said in capsys.readouterr().err


def test_a_verdict_is_written_in_numbers_that_people_read(capsys: pytest.CaptureFixture[str]) -> None:
    counts = "faces=1000000,alerts=10,confirmed=1,wrong=9"
    assert run("--fpir", "1/1000", "--fpir-list", "100", "--check", counts) == 0
    told = capsys.readouterr().out
    assert "predicts 1,000 false alerts" in told
    assert "has probability under one in a million" in told


def test_one_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    counts = "faces=1000,confirmed=1,wrong=1,open=1"
    assert run("--check", counts, "--check", counts, "--fpir", "1/1000") == 0
    out = capsys.readouterr().out
    assert "predicts 1 false alert (0 to 3) in 1,000 faces; 1 was counted" in out
    assert "while 1 alert is open" in out or "CONSISTENT" in out
    assert not re.search(r"\b1 (were|false alerts|alerts|faces|days|periods)\b|all 1 ", out)
    assert run("--check", counts, "--fpir", "1/1000", "--json") == 0
    assert not re.search(r"\b1 (were|alerts are)\b|all 1 ", capsys.readouterr().out)
    one = {"--faces": "1", "--watchlist": "1", "--present": "0", "--fpir": "1", "--stop": "1"}
    assert run(*typed(one)) == 0
    out = capsys.readouterr().out
    assert "1 face a day" in out
    assert "Expect 1 (1 to 1) false alert beside 0 (0 to 0) true ones" in out
    assert "Expect 1 (1 to 1) stop of an innocent person." in out


def test_nobody_had_to_publish_what_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    counts = "faces=1000,confirmed=1,wrong=1,open=1"
    assert run("--check", counts, "--fpir", "1/1000", "--fpir-list", "100") == 0
    out = capsys.readouterr().out
    assert "publish" not in out
    assert "the operator" not in out
    for lacking in ("the days were not given", "stopped and stopped_wrong were not both given",
                    "the list size was not given"):
        assert lacking in out
    assert run("--check", counts, "--group", "A=0.5") == 2
    assert "counts of your own have no groups" in capsys.readouterr().err
