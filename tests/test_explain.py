"""The rules in plain words: nothing left out, nothing invented, each with its source and mark."""

from __future__ import annotations

import pytest

from sousveil.runs.plans import plan_of
from sousveil.studies.citations import MARKS
from sousveil.studies.entries import entries
from sousveil.studies.explain import explain, rules
from sousveil.studies.number import Number
from sousveil.studies.number_words import share_in_words
from sousveil.studies.study import load

STUDIES = [entry.id for entry in entries()]


def row(study, path):
    (found,) = [rule for rule in rules(study) if rule.path == path]
    return found


@pytest.mark.parametrize(("share", "words"), [
    (0.6, "60 of 100"), (0.002, "2 of 1,000"), (0.0001, "1 of 10,000"), (0.125, "12.5 of 100"), (0.0, "none"),
    (1.0, "all"), (0.055, "55 of 1,000"), (1e-9, "0 of 1,000,000")])
def test_a_share_is_told_as_a_natural_frequency(share, words):
    assert share_in_words(share) == words


@pytest.mark.parametrize("name", STUDIES)
def test_every_rule_of_the_scheme_is_told_once(name):
    study = load(name)
    scheme = study.scheme
    paths = [rule.path for rule in rules(study)]
    assert len(paths) == len(set(paths))
    for part in ("marks", "channels", "signals", "handicaps", "tiers", "ceilings"):
        for key in getattr(scheme, part):  # a gate by a label is told for each of its names
            assert any(f"{path}.".startswith(f"{part}.{key}.") for path in paths), (part, key)
    for tier, given in scheme.consequences.items():
        assert {f"consequences.{tier}.{index}" for index in range(len(given))} <= set(paths)
    assert {f"kin.{i}" for i in range(len(scheme.kin))} | {"score", "redress"} <= set(paths)
    assert {f"assumptions.fill.{entry.path}" for entry in study.filled} <= set(paths)
    assert len(paths) == len([p for p in paths if study.place(p).line]), "every rule has a place in the files"


@pytest.mark.parametrize("name", STUDIES)
def test_every_mark_is_one_there_is_and_stands_beside_its_source(name):
    for rule in rules(load(name)):
        assert rule.mark in ("", *MARKS)
        assert bool(rule.source) <= bool(rule.mark)
        assert rule.rule.endswith((".", "!", "?"))


def test_an_invented_number_never_passes_for_a_verified_one():
    study = load("seed-article")
    alcohol = row(study, "signals.buys-alcohol")
    assert alcohol.points == "−2"
    assert "loses 2 points each time, at most 4 times a month" in alcohol.rule
    assert alcohol.mark == "assumed", "the article names the act, not the points"
    assert row(study, "ceilings.B").mark == "contradicted"
    assert row(study, "channels.camera").rule.count("(assumed)") == 3


def test_points_that_were_assumed_say_so():
    study = load("rongcheng")
    assert "gains 5 points (assumed) each time" in row(study, "signals.volunteering").rule
    assert "loses 20 points each time (recorded by regulators)" in row(study, "signals.contract-breach").rule
    assert "2.8 percent (assumed) of the way back to 1000" in row(study, "score").rule
    assert "at most once a month" in row(study, "signals.bank-arrears").rule


def test_where_a_score_is_too_near_to_decay_is_told_as_it_is():
    study = load("seed-article")
    assert "within 24 points of that stays" in row(study, "score").rule
    decayed, baseline = plan_of(study).ladder.decayed.tolist(), 1000 - 600
    assert [decayed[baseline + d] - baseline for d in (-25, -24, 24, 25, 26)] == [-24, -24, 24, 24, 25]
    assert "stays where it is" not in row(study.reform({"score.decay": 0.6}), "score").rule
    assert "within 800 points" in row(study.reform({"score.decay": 1e-6}), "score").rule


def test_a_reform_changes_what_is_told():
    study = load("seed-article")
    assert row(study, "redress").rule.startswith("Nobody is told")
    assert row(study.reform("notice-and-appeal"), "redress").rule.startswith("People are told")
    assert "under the reform no-ceiling" in explain(study.reform("no-ceiling"))
    assert not [rule for rule in rules(study.reform("no-ceiling")) if rule.path.startswith("ceilings")]


def test_a_known_number_is_not_called_assumed():
    study = load("seed-article").reform({"channels.purchases.coverage": 0.5})
    assert study.scheme.channels["purchases"].coverage == Number(0.5)
    assert "records 50 of 100 acts." in row(study, "channels.purchases").rule
