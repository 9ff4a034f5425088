"""The report of a run says what the run says, in the order of a report, and nothing that an interval does not carry."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from random_schemes import some
from sousveil.app.said import sure
from sousveil.cli.run import nothing
from sousveil.harms.rights import KIN_MONTHS
from sousveil.harms.silence import SURFACED
from sousveil.measures.measure import Measure
from sousveil.measures.measures import Measures
from sousveil.page import words
from sousveil.page.layout import render
from sousveil.page.page import Chart, Columns, Section
from sousveil.page.widths import unpublished
from sousveil.reports.run import limits
from sousveil.reports.run.context import Context
from sousveil.reports.run.findings import KINDS, found, key_figures
from sousveil.reports.run.report import at_the_top, findings, report
from sousveil.reports.run.sections import _surfaced as surfaced
from sousveil.reports.run.sentences import unknowns
from sousveil.runs.run import Run, run
from sousveil.studies.study import Study, load
from tiers import few_and_many

ORDER = ("tiers", "wrongful", "trap", "rights", "chilling", "income", "reforms", "inputs", "scheme", "unknown",
         "limits", "again", "cite")


@pytest.fixture(scope="module")
def base() -> Run:
    return run("seed-article", people=4_000, steps=48, engine="agents")


@pytest.fixture(scope="module")
def text(base: Run) -> str:
    return report(base).html


def sections(run: Run) -> list[Section]:
    return [s for item in report(run).page.sections
            for s in ((item.left, item.right) if isinstance(item, Columns) else (item,))]


def plain(text: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^<>]*>", " ", body)))


class Altered:
    """A run whose measures are changed on the way to the report."""

    def __init__(self, base: Run, change: Any) -> None:
        self.base, self.change = base, change

    def __getattr__(self, name: str) -> Any:
        return getattr(self.base, name)

    def measures(self) -> Measures:
        return Measures(tuple(m for m in map(self.change, self.base.measures()) if m is not None))


def test_sections_stand_in_the_order_of_reading(base: Run) -> None:
    assert [s.label for s in sections(base)] == [words.LABELS[name] for name in ORDER]


def test_what_children_bear_in_all_is_no_more_precise_than_its_interval(base: Run) -> None:
    def change(m: Measure) -> Measure:
        whole = replace(m, value=12 * 542_865.0, low=12 * 540_100.0, high=12 * 545_700.0)
        return whole if m.name == KIN_MONTHS["children"] else m

    assert "bear about 543,000 years of it in all" in plain(report(Altered(base, change)).html)  # type: ignore[arg-type]


def test_a_loss_beyond_the_income_is_told_beside_its_share(base: Run) -> None:
    said = "Some lose more than they have in a month. The share of income lost counts what they have, and no more"
    assert said not in plain(report(base).html)
    more = run(load("seed-article").reform({"consequences.untrustworthy.2.loss": 9_000}), people=4_000, steps=48,
               engine="agents")
    assert said in plain(report(more).html)


def test_it_is_small_and_the_same_every_time(base: Run, text: str) -> None:
    assert len(text.encode()) <= 400_000
    assert report(base).html == text


def test_the_headline_is_the_ceiling_that_the_scheme_states(base: Run) -> None:
    page = report(base).page
    assert page.title == ("If the claims are right, nobody of group B can be “trustworthy”, whatever they do "
                          "(another source contradicts this rule)")
    assert "another source contradicts" in page.kicker
    assert findings(base)[0] == page.title + "."


def test_without_the_ceiling_nobody_is_said_to_be_shut_out(base: Run) -> None:
    fair = run(load("seed-article").reform("no-ceiling"), people=4_000, steps=48, engine="agents")
    assert not any("nobody of group B can be" in f for f in findings(fair))
    assert "no-ceiling" in report(fair).page.kicker


def test_findings_stand_in_the_order_that_the_docs_tell(base: Run) -> None:
    """Rules first; then by how many they touch, worked out here from the measures."""
    measures = base.measures().known
    months = base.study.steps

    def largest(label: str) -> float:
        return max(m.value or 0.0 for m in measures if m.measure == label and not m.reference)

    (bottom,) = (m.value for m in measures if m.measure == "share in tier untrustworthy" and m.group == "all")
    kin = sum(m.value or 0.0 for m in measures if m.measure.startswith("person-months of kin") and m.group == "all")
    touched = {"trap": bottom, "kin": kin / base.study.people / months,
               "wrongful": largest("share with a wrongful debit"),
               "rights": largest("months with a right denied or limited") / months,
               "income": largest("share of income lost"), "chilling": 0.0}
    order = found(Context(base))
    assert order[0].kind == "shut out"
    rest = [f for f in order if f.kind not in ("shut out", "being")]
    assert [f.touched for f in rest] == sorted((f.touched for f in rest), reverse=True)
    assert rest[-1].kind == "chilling"
    for finding in rest:
        if finding.kind in touched:
            assert finding.touched <= touched[finding.kind] + 1e-12, finding
    told = (Path(__file__).parents[1] / "docs" / "reports.md").read_text().partition("## The order of findings")[2]
    places = [told.index(word) for word in ("shuts a group out", "points for belonging", "who ends in the lowest tier",
              "points for acts", "| the trap", "rights denied", "falls on relatives", "income lost", "lawful acts")]
    assert places == sorted(places)
    assert len(places) == len(KINDS)


def test_three_findings_as_sentences(base: Run) -> None:
    said = findings(base)
    assert len(said) == 3
    assert all(s.endswith(".") and s[0].isupper() for s in said)


def test_the_numbers_of_the_page_are_those_of_the_measures(base: Run, text: str) -> None:
    read = plain(text)
    for m in base.measures():
        if m.harm == "tiers" and m.group in ("A", "B") and m.value is not None:
            assert words.written(m) in read
    wronged = [m for m in base.measures() if m.measure == "share with a wrongful debit"]
    assert key_figures(Context(base))[1].value in {words.written(m) for m in wronged}


def test_every_chart_says_its_finding_and_stands_as_a_table(base: Run) -> None:
    charts = [b for s in sections(base) for b in s.blocks if isinstance(b, Chart)]
    assert len(charts) >= 4
    for chart in charts:
        assert chart.alt
        assert chart.title
        assert chart.table.rows
        assert chart.csv.endswith(".csv")
        assert re.search(r"\d|nobody|no clear", chart.alt, re.I)


def test_every_interval_of_a_key_figure_says_what_it_is_over(base: Run) -> None:
    for figure in key_figures(Context(base)):
        assert "95 of 100" in figure.interval or "exact" in figure.interval


def blurred(m: Measure) -> Measure:
    """The same number with an interval that carries nothing."""
    if m.value is None:
        return m
    if m.unit == "ratio":
        return replace(m, low=0.01, high=100.0)
    return replace(m, low=min(0.0, m.value) if not m.reference else -abs(m.value) - 1, high=abs(m.value) * 50 + 1)


def test_nothing_is_found_where_the_intervals_carry_nothing(base: Run) -> None:
    vague: Any = Altered(base, blurred)
    said = found(Context(vague))
    assert not any("as likely" in f.sentence or "against" in f.sentence for f in said)
    heading = sections(vague)[0].heading
    assert words.NO_DIFFERENCE in heading


@pytest.mark.parametrize("harm", ["wrongful", "trap", "rights", "chilling", "income", "disparity", "silence"])
def test_a_harm_without_data_is_left_out(base: Run, harm: str) -> None:
    for change in (lambda m: None if m.harm == harm else m,
                   lambda m: replace(m, value=None, low=None, high=None) if m.harm == harm else m):
        partial: Any = Altered(base, change)
        text = report(partial).html
        assert "None" not in plain(text).replace("None of the", "")
        assert "nan" not in plain(text).lower().split()


def test_all_that_was_filled_is_listed_with_its_range_and_mark(base: Run, text: str) -> None:
    section = limits.unknown(Context(base))
    table = section.blocks[-1]
    assert len(table.rows) >= len(base.study.filled)  # type: ignore[union-attr]
    for filled in base.study.filled:
        assert limits.spelled(filled.path, base.study.scheme) in plain(text)
    assert section.heading.endswith("are guesses")


@pytest.mark.parametrize(("path", "said"), [
    ("channels.camera.coverage.value.district.north", "camera coverage, north"),
    ("channels.camera.mistaken.group.A", "camera mistaken, group A"),
    ("consequences.untrustworthy.2.income", "untrustworthy, work: income that is left"),
    ("population.conduct.buys-nappies.rate.family.with-infants", "buys-nappies rate, with-infants"),
    ("population.releases.pays.group.men", "chance of “pays”, group men")])
def test_paths_as_a_reader_says_them(base: Run, path: str, said: str) -> None:
    assert limits.spelled(path, base.study.scheme) == said


def test_every_rule_has_its_mark_and_every_source_is_listed(base: Run, text: str) -> None:
    read = plain(text)
    for source in base.study.scheme.sources:
        assert source.cite in read
    assert read.count("assumed") > 10
    assert "claimed" in read


def test_it_says_how_to_run_it_again(base: Run, text: str) -> None:
    assert "sousveil.run(sousveil.study('seed-article'), people=4000, steps=48, seed=7" in plain(text)
    assert base.record["result"]["inputs"]["study.json"] in text


def test_replicates_say_that_the_interval_is_over_draws() -> None:
    twice = run("seed-article", people=2_000, steps=12, engine="agents", replicates=3)
    read = plain(report(twice).html)
    assert "95 of 100 sets of runs like this" in read
    assert "three times with other random draws" in read


@few_and_many("studies", 8, 150)
def test_any_study_makes_a_sound_report(studies: int) -> None:
    """Random schemes, populations and assumptions: nothing is missing, and no word stands where a number should."""
    for case in some(studies):
        reference = next(iter(case.plain["population"]["groups"]))
        random = run(Study("random", "", case.scheme, case.population, case.assumptions, case.steps, 3, reference))
        page = report(random).page
        assert page.title
        assert page.lead
        for section in (s for s in page.sections if isinstance(s, Section)):
            assert section.heading, section.label
        read = plain(render(page))
        assert not re.search(r"\bnan\b|\binf\b|\bNone\b(?! of the)|  ", read)
        assert ".." not in read.replace("...", "")


def test_it_is_said_of_what_successful_appeals_show_a_part() -> None:
    """`of them` once stood after a sentence on points for relatives."""
    seen = Measure(SURFACED, "all", "", 0.086, 0.08, 0.092, "share", 1_000, "sampling")
    context: Any = SimpleNamespace(measures=SimpleNamespace(find={SURFACED: seen}.get))
    assert surfaced(context) == "Whoever counts successful appeals sees 8.6% of the wrongful debits"


def test_where_every_number_is_given_the_key_figures_lack_no_width() -> None:
    """The page once said that every number is given, and beside it that what is not published was not computed."""
    page = report(run("tr-khk", people=500, steps=6, engine="agents")).page
    assert {unpublished(f) for f in page.figures if f.measure} == {"What is not published: nothing had to be assumed"}
    assert [s.heading for s in page.sections if isinstance(s, Section) and s.id == "unknown"] == [unknowns(0)]
    assert unknowns(0, 2) == "2 numbers of the assumptions are no guesses: sources give them"


def test_the_app_says_of_chance_that_other_runs_differ(base: Run) -> None:
    """Not that other populations do, of the same people."""
    said = sure(base.measures(), base.study)
    assert said.startswith("Who ends “untrustworthy”, in 95 of 100 runs like this one with other random draws: group A")
    assert "population" not in said


@pytest.mark.parametrize(("name", "people", "engine"), [("de-faer", 1, "agents"), ("nl-duo-cub-2014", 10, "exact")])
def test_of_few_people_the_page_and_the_terminal_say_the_same(name: str, people: int, engine: Any) -> None:
    """The page once said that nobody ends in a tier, of one person; the terminal spoke of chance of an exact run."""
    done = run(name, people=people, steps=1, engine=engine)
    page = report(done).page
    assert page.title == at_the_top(done)
    said = rf"{people} synthetic (person is|people are) too few for a finding: it takes 30 or more$"
    assert re.match(said, page.title)
    assert nothing(done) == f"  No finding. {page.title}."
    assert not re.search("nobody|of 100", page.lead, re.I)
