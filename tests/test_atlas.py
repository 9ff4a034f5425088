"""The atlas: every entry stands by itself, says what it rests on, and gives what can be worked out by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from sousveil.atlas import ATLAS, folder
from sousveil.engine.plan import compile_plan
from sousveil.runs.run import run
from sousveil.studies.citations import MARKS
from sousveil.studies.entries import entries
from sousveil.studies.number import numbers
from sousveil.studies.study import check, load

ENTRIES = [entry.id for entry in entries()]
FORM = "urumqi-form-2017"


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_no_mistake_and_says_what_it_rests_on(name):
    assert not check(name).problems
    study = load(name)
    assert study.name == study.scheme.scheme == name
    assert study.scheme.sources
    assert (folder(name) / "sources.md").read_text(encoding="utf-8").startswith(f"# {name}: ")
    for entry in study.filled:
        assert entry.source, entry.path
        assert entry.range is not None, entry.path


@pytest.mark.parametrize("name", ENTRIES)
def test_every_rule_is_cited(name):
    scheme = load(name).scheme
    rules = [*scheme.marks.values(), *scheme.channels.values(), *scheme.signals.values(), *scheme.tiers.values(),
             *scheme.kin, *itertools.chain.from_iterable(scheme.consequences.values()), scheme.score, scheme.redress]
    assert all(rule.cite for rule in rules)
    assert {f"ceilings.{group}" for group in scheme.ceilings} <= set(scheme.cites)


@pytest.mark.parametrize("name", ENTRIES)
def test_nothing_out_of_bounds_is_modelled(name):
    """docs/boundaries.md: no detention, violence, biometrics or medicine, not even as simulation."""
    scheme = load(name).scheme
    words = [*scheme.marks, *scheme.signals, *scheme.channels,
             *(c.right for given in scheme.consequences.values() for c in given)]
    out = ("deten", "camp", "prison", "organ", "tissue", "blood", "biometr", "dna", "finger", "iris", "health", "medic",
           "torture", "arrest")
    assert not [word for word in words if any(stem in word for stem in out)]


def test_the_list_says_how_well_each_is_documented():
    listed = {entry.id: entry for entry in entries()}
    assert {"seed-article", FORM, "rongcheng"} <= set(listed)
    assert listed["seed-article"].status == "claimed"
    assert listed[FORM].status == listed["rongcheng"].status == "documented"
    for entry in listed.values():
        assert sum(count for _, count in entry.marks) == entry.sources
        assert [mark for mark, _ in entry.marks] == [m for m in reversed(MARKS) if m in dict(entry.marks)]


# --- seed-article ---------------------------------------------------------------------------------------------------


def shares(study, people=None):
    """group -> tier -> share, at every step."""
    result: dict[int, dict[str, dict[str, float]]] = {}
    for row in run(study, people=people).trace.steps.to_pylist():
        tiers = result.setdefault(row["step"], {}).setdefault(row["group"], {})
        tiers[row["tier"]] = tiers.get(row["tier"], 0) + row["persons"]
    return {step: {group: {tier: n / sum(tiers.values()) for tier, n in tiers.items()}
                   for group, tiers in groups.items()} for step, groups in result.items()}


def test_in_the_seed_article_nobody_of_the_capped_group_is_ever_trustworthy():
    study = load("seed-article")
    steps = shares(study, people=20_000)
    assert len(steps) == study.steps + 1
    assert all(step["B"]["trustworthy"] == 0 for step in steps.values())
    assert shares(study.reform("no-ceiling"), people=20_000)[study.steps]["B"]["trustworthy"] > 0.05


def test_in_the_seed_article_every_tier_is_lived_in():
    end = shares(load("seed-article").reform("no-ceiling"), people=20_000)[120]
    assert all(share > 0.05 for tiers in end.values() for share in tiers.values())
    assert end["B"]["untrustworthy"] > end["A"]["untrustworthy"] + 0.05


def test_the_seed_articles_chilling_lies_in_the_range_that_was_measured():
    """Measured drops run from 2 to 30 percent; the entry's own comment says about a tenth in the middle tier."""
    study = load("seed-article")
    tiers = study.scheme.tiers
    width = tiers["average"].from_.at({}) - tiers["untrustworthy"].from_.at({})
    points = abs(study.scheme.signals["meets-listed"].points.at({}))
    drop = 1 - math.exp(-study.assumptions.chilling["expressive"].value.at({}) * points / width * 0.6)
    assert 0.02 <= drop <= 0.30
    assert round(drop, 1) == 0.1


# --- urumqi-form-2017 -----------------------------------------------------------------------------------------------


PUBLISHED = {  # sheet S3 of the fact file: safe, average, unsafe with the ethnic mark; the same without it
    "p-10": ((0.4305, 0.5645, 0.0050), (0.8131, 0.1865, 0.0004)),
    "p-20": ((0.1678, 0.7759, 0.0563), (0.5033, 0.4863, 0.0104)),
    "p-30": ((0.0576, 0.7482, 0.1941), (0.2553, 0.6867, 0.0580)),
    "p-40": ((0.0168, 0.5773, 0.4059), (0.1064, 0.7200, 0.1737))}


def worked_out(p: float, held: int) -> tuple[float, float, float]:
    """safe, average, unsafe by hand: `held` marks for certain and eight independent ones with probability p."""
    chance = [math.comb(8, k) * p**k * (1 - p) ** (8 - k) for k in range(9)]
    safe = math.fsum(c for k, c in enumerate(chance) if 100 - 10 * (held + k) >= 80)
    unsafe = math.fsum(c for k, c in enumerate(chance) if 100 - 10 * (held + k) < 50)
    return safe, 1 - safe - unsafe, unsafe


def test_the_form_gives_the_analytic_table_from_its_start_law():
    study = load(FORM)
    plan = compile_plan(study.scheme, study.population, study.assumptions)
    seen = 0
    for cell, (scores, law) in enumerate(plan.start):
        labels = plan.cells.of(cell)
        tier = plan.ladder.first[plan.cell_group[cell]][scores]
        got = [float(law[tier == t].sum()) for t in (2, 1, 0)]
        held = 2 if labels["group"] == "Uyghur" else 1
        assert got == pytest.approx(worked_out(int(labels["district"][2:]) / 100, held), abs=1e-9)
        assert got == pytest.approx(PUBLISHED[labels["district"]][2 - held], abs=5.1e-5)  # printed to four places
        seen += 1
    assert seen == 8


def test_the_form_gives_the_analytic_table_in_agents_to_sampling_error():
    found = run(load(FORM), engine="agents").trace.steps.to_pylist()
    ends = [row for row in found if row["step"] == 1]
    for group, district in itertools.product(("Uyghur", "other"), PUBLISHED):
        cell = {row["tier"]: row["persons"] for row in ends if (row["group"], row["district"]) == (group, district)}
        people = sum(cell.values())
        expected = worked_out(int(district[2:]) / 100, 2 if group == "Uyghur" else 1)
        for tier, share in zip(("safe", "average", "unsafe"), expected, strict=True):
            # 24 shares; 4.5 standard errors leave a chance of 2e-4 that one of them strays
            assert abs(cell[tier] / people - share) < 4.5 * math.sqrt(share * (1 - share) / people)


def test_on_the_form_two_marks_are_safe_three_are_average_and_unsafe_takes_six():
    scheme = load(FORM).scheme
    tier = ["safe" if s >= 80 else "average" if s >= 50 else "unsafe" for s in range(100, -1, -10)]
    thresholds = {name: given.from_.at({}) for name, given in scheme.tiers.items()}
    assert [next(n for n, t in thresholds.items() if 100 - 10 * k >= t) for k in range(11)] == tier
    assert (tier[2], tier[3], tier[5], tier[6]) == ("safe", "average", "average", "unsafe")
    assert len(scheme.marks) == 10
    assert {mark.points.at({}) for mark in scheme.marks.values()} == {-10}
    assert not scheme.consequences


def test_without_the_ethnic_mark_the_form_makes_no_gap():
    study = load(FORM).reform("without-ethnic-mark")
    plan = compile_plan(study.scheme, study.population, study.assumptions)
    laws = {tuple(plan.cells.of(c).values()): law for c, law in enumerate(plan.start)}
    for district in PUBLISHED:
        for one, other in zip(laws["Uyghur", district], laws["other", district], strict=True):
            assert np.array_equal(one, other)


# --- rongcheng ------------------------------------------------------------------------------------------------------


def test_rongcheng_by_arithmetic():
    """Sheet S1 (iii): two late fees stay in A, one court finding drops to B, D takes nine of those or five of 100."""
    scheme = load("rongcheng").scheme
    bands = [(name, tier.from_.at({})) for name, tier in scheme.tiers.items()]

    def band(*signals: str) -> str:
        score = scheme.score.start.at({}) + sum(scheme.signals[name].points.at({}) for name in signals)
        return next(name for name, start in bands if score >= start)

    assert band("late-utility-fee", "late-utility-fee") == "A"
    assert band("court-breach") == "B"
    assert (band(*["court-breach"] * 8), band(*["court-breach"] * 9)) == ("C", "D")
    assert (band(*["damaging-equipment"] * 4), band(*["damaging-equipment"] * 5)) == ("C", "D")


def test_rongcheng_lies_in_its_brackets():
    """Sheet S1: (i) the A classes hold the large majority, D far under one percent; (ii) the country fares worse."""
    end = shares(load("rongcheng"), people=40_000)[60]
    for tiers in end.values():
        assert tiers["AAA"] + tiers["AA"] + tiers["A"] > 0.9
        assert tiers["D"] < 0.001
    assert end["rural"]["B"] > end["urban"]["B"]


def test_rongchengs_unknown_rates_are_ranges():
    study = load("rongcheng")
    assert all(number.has_unknown for conduct in study.written.population.conduct.values()
               for _, number in numbers(conduct))
    assert {entry.path for entry in study.filled} >= {f"signals.{name}.points" for name in ("volunteering", "giving")}


def test_points_drawn_from_a_range_are_whole():
    """So that a sensitivity analysis can draw the points that the table leaves open."""
    study = load("rongcheng").reform({"assumptions.fill.signals.other-commercial.points.value": -23.4})
    assert study.scheme.signals["other-commercial"].points.at({}) == -23


def test_the_schemas_lie_beside_the_entries():
    assert {path.name for path in ATLAS.iterdir() if path.is_dir()} >= {*ENTRIES, "schemas"}


# --- au-robodebt, tr-khk, za-credit-bureau: what can be worked out by hand --------------------------------------------


def test_an_average_makes_a_debt_of_the_sum_that_the_income_test_gives():
    """Free to 104 a fortnight, 50 cents in the dollar to 254, 60 cents above; thirteen fortnights at 1,000 over 26."""
    assumed = 13 * 1000 / 26
    lost = 0.5 * (254 - 104) + 0.6 * (assumed - 254)
    owed, = (c for c in load("au-robodebt").scheme.consequences["debt"] if c.right == "money")
    assert owed.once
    assert owed.loss.at({}) == pytest.approx(13 * lost) == pytest.approx(2893.80)


def test_nobody_who_was_paid_evenly_gets_a_debt():
    end = shares(load("au-robodebt"))[1]
    assert end["paid evenly"]["debt"] == 0
    assert end["paid in half the year"]["debt"] == pytest.approx(0.7)


def test_an_even_pace_of_acceptances_gives_the_last_count_and_not_the_first():
    study = load("tr-khk")
    pace = study.population.conduct["acceptance"].chance.at({})
    end = shares(study)
    for month in (24, 46, 61):
        assert end[month]["applicants"]["reinstated"] == pytest.approx(1 - (1 - pace) ** month)
    assert round(127_292 * end[61]["applicants"]["reinstated"], -2) == 18_000
    assert 127_292 * end[24]["applicants"]["reinstated"] < 0.8 * 9_600


@pytest.mark.long
def test_judgments_on_file_are_inflow_times_stay_with_and_without_removal_of_what_is_paid():
    """Who has no live judgment: exp(-inflow x stay); the stay is cut short by paying, which ends all at once."""
    study = load("za-credit-bureau").reform({"channels.courts.spurious": 0, "population.people": 200_000})
    rate, pays = study.population.conduct["judgment"].rate.at({}), study.population.releases["pays"].at({})
    alone = 1 - math.exp(-60 * rate)
    assert alone == pytest.approx(0.12, abs=0.003), "chosen so: almost 12 % in March 2014"
    found = shares(study.reform("terms-alone"))[60]["credit-active"]["on-file"]
    assert found == pytest.approx(alone, abs=4 * math.sqrt(alone / 200_000))
    # a judgment is still there after so many months where the person has not paid since
    stays = sum((1 - pays) ** age for age in range(60))
    with_removal = shares(study)[60]["credit-active"]["on-file"]
    assert 1 - math.exp(-rate * stays) == pytest.approx(with_removal, rel=0.03)
