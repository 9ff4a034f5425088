"""Reports of comparisons, explanations, sweeps and searches: they claim what the intervals carry, and no more."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import sousveil
from sousveil.cli.compare import _worlds
from sousveil.comparisons.objective import objective
from sousveil.comparisons.pair import Comparison, Moved, Saving, compare
from sousveil.comparisons.reform_search import mend
from sousveil.comparisons.sweep import axis, sweep
from sousveil.comparisons.twins import twins
from sousveil.comparisons.why import Why, interactions, shapley, why
from sousveil.harms.tiers import TIER_SHARE
from sousveil.page import palette
from sousveil.page.page import Chart, Section
from sousveil.reports.compare import clear, findings, saved, strongest
from sousveil.reports.compare_moves import largest, leaving
from sousveil.reports.shared import asked
from sousveil.reports.sweep import mended, swept, weighed
from sousveil.reports.why import CAVEAT, quotable, report
from sousveil.studies.study import Study, load
from sousveil.unknowns.sensitivity import sensitivity
from swept import written


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return written(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def pair() -> Comparison:
    base = load("seed-article")
    return compare(base, [base.reform("no-ceiling"), base.reform({"ceilings": {"B": "average"}})], seeds=4,
                   people=20_000, steps=24, engine="agents")


def headings(page: object) -> list[str]:
    return [s.heading for s in page.sections if isinstance(s, Section)]  # type: ignore[attr-defined]


def test_the_title_of_a_comparison_is_its_largest_clear_finding(pair: Comparison) -> None:
    page = sousveil.report(pair).page
    assert page.title.startswith("Under “no-ceiling”, ")
    assert "people of group B end “trustworthy”, against nobody without it" in page.title
    assert len(sousveil.report(pair).html) < 400_000


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_few_runs_are_said_to_be_few_and_a_sentence_tells_no_more_than_the_table(seeds: int) -> None:
    """With two runs a sentence told of 22 people of 100 where the table below it named no number that differs."""
    base = load("seed-article")
    found = compare(base, [base.reform("no-ceiling")], seeds=seeds, people=20_000, steps=24, engine="agents")
    said, named = findings(found), {(m.name, m.group) for m in clear(found, found.reforms[0])}
    assert {(m.name, m.group) for _, m in strongest(found)} <= named
    few = "for one seed is too few" if seeds == 1 else "numbers differ by more than chance; two seeds are too few"
    assert ("of group B end “trustworthy”, against nobody" if seeds == 3 else few) in said[0]


def test_a_reform_that_changes_nothing_has_no_clear_difference(pair: Comparison) -> None:
    only = replace(pair, reforms=pair.reforms[1:])
    page = sousveil.report(only).page
    assert page.title.endswith(", nothing differs")
    assert page.figures == ()
    assert "Nobody ends in another tier" in headings(page)


@pytest.fixture(scope="module")
def certain() -> Comparison:
    """All of B are in the worst tier in both worlds, and lose more in the second: chance enters for A alone."""
    base = load("seed-article").reform({"ceilings": {"B": "untrustworthy"}})
    return compare(base, [base.reform({"consequences.untrustworthy.2.income": 0.5})], seeds=4, people=4_000, steps=12,
                   engine="agents")


def test_what_differs_by_the_same_in_every_run_is_listed(certain: Comparison) -> None:
    """It was left out, and the title said that four seeds are too few to tell a difference."""
    page = sousveil.report(certain).page
    assert "no clear difference" not in page.title
    assert any("as many end in each tier as without it, in every run" in heading for heading in headings(page))
    (changed,) = (s for s in page.sections if isinstance(s, Section) and s.label == "What changes")
    assert changed.heading.endswith("more by the same in every run")
    (chart,) = (block for block in changed.blocks if isinstance(block, Chart))
    assert ("Income lost", "group B", "the same in every run") in {(row[0], row[1], row[3]) for row in chart.table.rows}
    terminal = "\n".join(_worlds(certain))
    assert "5,760" in terminal
    assert "by the same in every run" in terminal


def test_the_same_in_two_runs_is_no_finding() -> None:
    base = load("seed-article").reform({"ceilings": {"B": "untrustworthy"}})
    found = compare(base, [base.reform({"consequences.untrustworthy.2.income": 0.5})], seeds=2, people=1_000, steps=3,
                    engine="agents")
    assert "by the same in every run" not in sousveil.report(found).html


def test_the_page_and_the_terminal_count_the_numbers_alike(pair: Comparison) -> None:
    """The terminal once counted the gaps between groups too, among which no clear difference is looked for."""
    said = [re.search(r"[Oo]f (\d+) numbers", text) for text in (sousveil.report(pair).html, "\n".join(_worlds(pair)))]
    assert len({match[1] for match in said if match}) == 1
    assert all(said)


def moves(page: object, world: int = 0) -> tuple[Section, Chart]:
    section = [s for s in page.sections if s.label == "Who moves where"][world]  # type: ignore[attr-defined]
    return section, next(b for b in section.blocks if isinstance(b, Chart))


def test_who_moves_is_drawn_with_its_finding_and_its_numbers(pair: Comparison) -> None:
    section, chart = moves(sousveil.report(pair).page)
    assert section.heading.endswith("people of group B go from “average” to “trustworthy”")
    assert "of group B and nobody of group A end in another tier: share of each group" in chart.title
    assert chart.alt.startswith("Group A: nobody changes tier. Group B: ")
    assert palette.ACCENT in chart.wide
    assert palette.ACCENT in chart.narrow
    rows = [r for r in pair.moved() if r.reform == "no-ceiling"]
    assert len(chart.table.rows) == 2 * 3
    assert chart.data is not None
    assert chart.data.columns[-4:] == ("persons", "low", "high", "share")
    assert [row[-1] for row in chart.data.rows] == [r.share for r in rows]


def test_where_nobody_moves_the_picture_says_so(pair: Comparison) -> None:
    section, chart = moves(sousveil.report(replace(pair, reforms=pair.reforms[1:])).page)
    assert section.heading == "Nobody ends in another tier"
    assert chart.title.startswith("Nobody ends in another tier: ")
    assert chart.alt == "Group A: nobody changes tier. Group B: nobody changes tier."
    assert palette.ACCENT not in chart.wide


@pytest.mark.parametrize(("shares", "said"), [
    ({"A": 0.0, "B": 0.0}, "Nobody ends in another tier"),
    ({"A": 0.0, "B": 0.11}, "11 of 100 of group B and nobody of group A end in another tier"),
    ({"A": 0.02, "B": 0.11, "C": 0.0, "D": 0.0},
     "11 of 100 of group B, 2 of 100 of group A and nobody else end in another tier"),
    ({"A": 1.0, "B": 1.0}, "Everybody of group A and everybody of group B end in another tier"),
    ({"": 1.0}, "Everybody ends in another tier"), ({"": 0.3}, "30 of 100 people end in another tier")])
def test_how_many_leave_their_tier_is_said_of_every_group(shares: dict[str, float], said: str) -> None:
    assert leaving(shares) == said


@pytest.mark.parametrize(("share", "grouped", "said"), [
    (0.11, True, "11 of 100 people of group B go from “low” to “up”"), (1.0, True, "Everybody of group B goes from"),
    (0.11, False, "11 of 100 people go from"), (1.0, False, "Everybody goes from")])
def test_the_largest_move_is_said_in_grammar(share: float, grouped: bool, said: str) -> None:
    assert largest(Moved("r", "B", "low", "up", 10.0, None, None, share), grouped).startswith(said)


def test_a_section_a_question_and_a_world(pair: Comparison) -> None:
    labels = [s.label for s in sousveil.report(pair).page.sections if isinstance(s, Section)]
    assert labels[0] == "What would change it"
    assert labels[1:9] == ["Who ends where", "What changes", "Who moves where", "What the reform is"] * 2
    assert labels[9:] == ["Why the same random draws", "What this cannot tell", "How to run this again",
                          "How to cite this"]


def test_reforms_stand_beside_each_other_and_only_clear_changes_are_named(pair: Comparison) -> None:
    """Neither of these two changes who ends at the bottom; of one reform alone there is nothing to set beside."""
    section = sousveil.report(pair).page.sections[0]
    assert isinstance(section, Section)
    assert section.heading == "None of two reforms clearly changes how many end “untrustworthy”"
    chart = section.blocks[0]
    assert isinstance(chart, Chart)
    named = ["without a reform", "“no-ceiling”", "“ceilings={'B': 'average'}”"]
    assert [row[0] for row in chart.table.rows] == named * 2
    only = sousveil.report(replace(pair, reforms=pair.reforms[:1])).page
    assert "What would change it" not in [s.label for s in only.sections if isinstance(s, Section)]


def test_a_reform_is_asked_for_as_it_was() -> None:
    base = load("seed-article")
    assert asked(base, "no-kin") == "--reform no-kin"
    assert asked(base, "kin=[], score.decay=0.1") == "--set 'kin=[]' --set score.decay=0.1"
    assert asked(base, "ceilings={A: average, B: average}") == "--set 'ceilings={A: average, B: average}'"


def game(study: Study, values: np.ndarray) -> Why:
    return Why(study, "bottom-tier", "B", "A", "share", "agents", values, np.stack([shapley(v) for v in values]),
               np.stack([interactions(v) for v in values]), values[:, 0])


def worlds(*parts: float) -> np.ndarray:
    return np.array([sum(x for i, x in enumerate(parts) if w >> i & 1) for w in range(64)])


def test_the_sentence_names_the_cause_that_clearly_carries_most(study: Study) -> None:
    values = np.stack([worlds(0.01, 0.06, 0.03, 0, 0, 0) + wobble * np.arange(64) for wobble in (0.0, 1e-6, -1e-6)])
    said = quotable(game(study, values))
    assert "group B and group A" in said
    assert "differs by 10.000 points" in said
    assert "60% of it is due to how closely people are watched" in said
    assert said.endswith(CAVEAT)


@pytest.mark.parametrize("side", [1, -1])
def test_what_two_causes_do_together_is_told_by_the_sign_of_the_gap(study: Study, side: int) -> None:
    """Two causes that feed each other: told the other way round, the gap and what they do together both change sign."""
    both = np.array([0.05 * (w & 1) + 0.05 * (w >> 1 & 1) + 0.1 * (w & 3 == 3) for w in range(64)])
    page = sousveil.report(game(study, side * np.stack([both + wobble * np.arange(64) for wobble in (0, 1e-6, -1e-6)]))
                           ).page
    (section,) = (s for s in page.sections if isinstance(s, Section) and s.label == "What causes do together")
    text = str(section.blocks[0])
    assert f"The gap is {'20' if side > 0 else '−20'}.000 points: " in text
    assert f"{'above' if side > 0 else 'below'} zero the two make it wider together than apart" in text


def test_a_gap_that_luck_explains_is_not_claimed(study: Study) -> None:
    values = np.stack([worlds(0.01, 0, 0, 0, 0, 0), worlds(-0.012, 0, 0, 0, 0, 0), worlds(0.004, 0, 0, 0, 0, 0)])
    assert "no clear difference" in quotable(game(study, values))


def test_a_cause_that_would_make_more_than_the_gap_is_said_to(study: Study) -> None:
    values = np.stack([worlds(0.15, -0.05, 0, 0, 0, 0)] * 2)
    assert "all of it and more (150%) is due to the rules themselves" in quotable(game(study, values))


def test_an_explanation_shows_causes_pairs_and_twins(study: Study) -> None:
    found = why(study, engine="exact")
    page = report(found, twins(study, seeds=2, people=500)).page
    labels = [s.label for s in page.sections if isinstance(s, Section)]
    assert labels == ["Why there is a gap", "What causes do together", "Lower only because of",
                      "What this cannot tell", "How to run this again",
                          "How to cite this"]
    assert sousveil.report(found).html.count("<svg") == 2


def test_a_sweep_says_how_the_harm_goes(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier", "A")
    found = sweep(read, [axis("channels.camera.coverage=0.1:0.7:4")])
    page = swept(found, wanted, "sousveil sweep").page
    assert page.title.startswith("Share of people who end “low”, group A goes from ")
    one = replace(found, rows=(None, *found.rows[1:]), failed={"point-000001": "poisoned"})
    assert "One of 4 points failed" in headings(swept(one, wanted, "x").page)


def test_what_a_harm_hangs_on_is_claimed_where_it_is_clear(study: Study) -> None:
    read, wanted = objective(study, "bottom-tier")
    page = weighed(sensitivity(read, wanted, points=32), "x").page
    assert "depends most on" in page.title
    assert "camera coverage" in page.title
    still = sensitivity(read.reform({"tiers.up.from": 1, "score.start": 100}), wanted, points=16, steps=1)
    assert still.indices is None
    assert "does not change" in weighed(still, "x").page.title


def test_a_search_says_what_is_left(study: Study, tmp_path: Path) -> None:
    read, wanted = objective(study, "bottom-tier", "B")
    assert mended(mend(read, wanted, 0.9), "x").page.title.startswith("“no-handicap” leaves")
    assert mended(mend(read, wanted, 0.0), "x").page.title.startswith("No set of the named reforms")


@pytest.mark.parametrize(("times", "said"), [
    (math.inf, "Any number of runs would be needed"), (9.84, "9.8 times as many runs would be needed"),
    (1.04, "the same random draws save hardly any runs"), (0.7, "the same random draws save hardly any runs")])
def test_the_same_draws_are_not_said_to_save_what_they_do_not(pair: Comparison, times: float, said: str) -> None:
    world = pair.reforms[0]
    m = next(m for m in pair.differences(world) if m.name in TIER_SHARE)
    saving = SimpleNamespace(savings=lambda: [Saving(world.name, m.name, m.group, times)])
    assert said in saved(saving, [(world, m)])  # type: ignore[arg-type]
