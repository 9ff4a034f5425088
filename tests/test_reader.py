"""A reader with nothing but the page and the tables finds nothing to object to, whatever the study; and it would have
found what was planted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from random_schemes import Case, some
from reader import Tables, faults, read
from sousveil.audits.examine import audit
from sousveil.audits.question import Question
from sousveil.baserates.outcome import results
from sousveil.baserates.rate import parse
from sousveil.baserates.scaling import ALONG, growth
from sousveil.baserates.search import Group, Search
from sousveil.comparisons.objective import HARMS, objective
from sousveil.comparisons.pair import compare
from sousveil.comparisons.reform_search import mend
from sousveil.comparisons.sweep import axis, sweep
from sousveil.comparisons.tables import compared
from sousveil.comparisons.twins import twins
from sousveil.comparisons.why import why
from sousveil.engine.refusals import refusals
from sousveil.errors import InputError
from sousveil.measures.measures import Measures
from sousveil.page import draw
from sousveil.reports import audit as audits
from sousveil.reports import baserate
from sousveil.reports import compare as comparisons
from sousveil.reports import why as explanations
from sousveil.reports.run.report import report
from sousveil.reports.sweep import mended, swept, weighed
from sousveil.runs import provenance
from sousveil.runs.plans import plan_of
from sousveil.runs.run import run
from sousveil.studies.study import Study, load
from sousveil.unknowns.sensitivity import sensitivity
from sousveil.unknowns.widths import widen_run
from swept import written
from tiers import few_and_many

Page = tuple[str, str, Tables]
"""What it is of, the page, and the tables beside it."""

TO_CHANGE = ({"channels.camera.coverage": 0.2}, {"kin": []}, {"score.decay": 0.3})


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are read by nobody here."""
    monkeypatch.setattr(draw, "_marks", lambda plot: "", raising=False)


def study_of(case: Case) -> Study:
    """The study of a random case, with more people: with few of them hardly anything can be claimed."""
    plain = case.plain | {"population": case.plain["population"] | {"people": 200 + case.number % 5_000}}
    case = Case(plain)
    return Study("random", "", case.scheme, case.population, case.assumptions, case.steps, case.number % 1000,
                 next(iter(plain["population"]["groups"])))


def of_run(study: Study, points: int = 0, **how: Any) -> Page:
    done = widen_run(run(study, **how), points)
    return "run", report(done).html, Tables("run", done.measures().plain(), exact=done.engine == "exact")


def of_comparison(study: Study, number: int) -> Page:
    engine: Any = "auto" if number % 2 else "agents"
    found = compare(study, [study.reform(TO_CHANGE[number % len(TO_CHANGE)])], seeds=2 + number % 4, engine=engine)
    tables, _ = compared(found, provenance.clock())
    return ("comparison", comparisons.report(found).html,
            Tables("compare", tables["differences"].to_pylist(), tables["levels"].to_pylist(), found.engine == "exact"))


def of_explanation(study: Study, number: int) -> Page:
    harm = [*HARMS][number % len(HARMS)]
    found = why(study, harm, seeds=2 + number % 2)
    lower = twins(study, seeds=1)
    rows = [*found.measures().plain(), *found.pairs().plain(), *lower.plain()]
    return "why", explanations.report(found, lower).html, Tables("why", rows, exact=found.engine == "exact")


def of_sweep(study: Study, number: int) -> Page:
    read_, wanted = objective(study, [*HARMS][number % len(HARMS)])
    found = sweep(read_, [axis("channels.camera.coverage=0.05:0.5:3")], seeds=1 + number % 2)
    known = [m for rows in found.rows if rows is not None and (m := wanted.of(rows)) is not None]
    return ("sweep", swept(found, wanted, "sousveil sweep").html,
            Tables("sweep", Measures(tuple(known)).plain(), exact=found.engine == "exact"))


def pages(case: Case, number: int) -> Iterator[Page]:
    """A run by every engine that can, and one of the other kinds in turn."""
    study = study_of(case)
    yield of_run(study, engine="agents", replicates=1 if number % 3 else 3)
    if not refusals(plan_of(study)):
        yield of_run(study, engine="exact")
    other = (of_comparison, of_explanation, of_sweep)[number % 3]
    with suppress(InputError):  # with one group, or without a gap, there is nothing to explain
        yield other(study, number)


@few_and_many("studies", 6, 300)
def test_nothing_on_a_page_contradicts_the_tables(studies: int) -> None:
    """Random schemes, populations and assumptions, by both engines."""
    found = [f"{kind} {number}: {fault}" for number, case in enumerate(some(studies))
             for kind, html, tables in pages(case, number) for fault in faults(read(html), tables)]
    assert not found, "\n".join(found)


@few_and_many("studies", 5, 100)
def test_nor_with_ranges_of_what_is_not_published(studies: int, tmp_path: Path) -> None:
    """Where a sentence holds at the values of the file alone, it says so: `nobody`, `more than half`, who fares worse.
    """
    base, luck = written(tmp_path), random.Random(3)
    found, hanging = [], 0
    for number in range(studies):
        coverage, rate = sorted(luck.random() for _ in range(2)), sorted(luck.random() for _ in range(2))
        mistaken = luck.choice([0.0, 0.01])
        either = {} if luck.random() < 0.5 else {  # who fares worse hangs on what nobody knows
            "channels.camera.spurious": {"group": {"A": "unknown", "B": 0.02}},
            "assumptions.fill.channels.camera.spurious.group.A": {"value": 0.0, "range": [0.0, 0.06]}}
        study = base.reform({
            "assumptions.fill.channels.camera.coverage": {"value": luck.choice([0.0, *coverage]),
                                                          "range": [0.0, coverage[1]]},
            "assumptions.fill.channels.camera.mistaken": {"value": mistaken, "range": [0.0, 0.03]},
            "channels.camera.mistaken": "unknown", "channels.camera.spurious": 0.0,
            "handicaps.B": luck.choice([-1, 0]), "score.decay": luck.choice([0.0, 0.2]),
            "assumptions.fill.population.conduct.acts.rate": {"value": luck.choice(rate), "range": rate}, **either,
        }).evolve(people=luck.choice([300, 3_000]), seed=number)
        kind, html, tables = of_run(study, 16, engine=luck.choice(["agents", "exact"]), threads=1)
        found += [f"{kind} {number}: {fault}" for fault in faults(read(html), tables)]
        hanging += "hangs on what is not published" in html
    assert not found, "\n".join(found)
    assert hanging


@few_and_many("searches", 2, 12)
def test_nor_on_one_of_a_sensitivity_or_of_a_search_for_reforms(searches: int, tmp_path: Path) -> None:
    study = written(tmp_path)
    found = []
    for number in range(searches):
        changed = study.evolve(people=300 + 700 * number, seed=1 + number)
        read_, wanted = objective(changed, [*HARMS][number % len(HARMS)])
        weight = sensitivity(read_, wanted, points=16)
        found += faults(read(weighed(weight, "x").html), Tables("sensitivity", weight.measures().plain()))
        with suppress(InputError):  # there may be nothing to remove
            removed = mend(read_, wanted, 0.3 + 0.2 * (number % 3), seeds=2)
            found += faults(read(mended(removed, "x").html), Tables("mend", removed.measures().plain()))
    assert not found, "\n".join(found)


@few_and_many("searches", 3, 60)
def test_nor_on_one_of_base_rates(searches: int) -> None:
    luck, found = random.Random(3), []
    for _ in range(searches):
        search = Search(luck.choice((500, 8_000, 60_000)), luck.choice((50, 100, 5_000)), luck.choice((0, 1, 3, 40)),
                        parse(luck.choice(("1/1000", "7 in 8600", "1/60000", "0"))), days=luck.choice((1, 30)),
                        groups=luck.choice(((), (Group("A", 0.8), Group("B", 0.2, factor=3.0)))))
        rows = results(search)
        html = baserate.report(search, rows, [p for along in ALONG for p in growth(search, along)], "x").html
        found += faults(read(html), Tables("baserate", rows.plain()))
    assert not found, "\n".join(found)


@few_and_many("tables", 8, 60)
def test_nor_on_one_of_an_audit(tables: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    luck, found = random.Random(4), []
    for number in range(tables):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / f"{number}"))  # sixty tables of one kind come near another
        share = {group: luck.uniform(0.05, 0.6) for group in "abc"[:luck.choice((2, 3))]}
        rows = [(group := luck.choice([*share]), int(luck.random() < share[group]), luck.randint(0, 1))
                for _ in range(luck.choice((60, 600, 4_000)))]
        path = tmp_path / f"{number}.csv"
        path.write_text("\n".join(["group,decision,outcome", *(",".join(map(str, row)) for row in rows)]) + "\n")
        outcome = luck.choice(("outcome", ""))
        answer = audit(path, Question("decision", outcome=outcome, groups=("group",),
                                      drop=() if outcome else ("outcome",)))
        found += faults(read(audits.report(path.name, answer, "x").html),
                        Tables("audit", answer.measures.plain()))
    assert not found, "\n".join(found)


# --- planted faults ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound() -> tuple[str, Tables]:
    """A page on which two groups clearly differ."""
    wrong = {"channels.camera.mistaken": {"group": {"A": 0.0, "B": 0.5}}}
    study = load("seed-article").reform("no-ceiling").reform(wrong)
    done = run(study, people=20_000, steps=24, engine="agents")
    html, tables = report(done).html, Tables("run", done.measures().plain())
    assert faults(read(html), tables) == []
    return html, tables


def swapped(text: str, pattern: str, new: Callable[[re.Match[str]], str] | str) -> str:
    """The text with the first match changed. Fails where there is none."""
    changed, count = re.subn(pattern, new, text, count=1, flags=re.S)
    assert count, pattern
    return changed


SIDES = r"(?<=<h2>)([\d,]+ of [\d,]+) people of group B lost points for acts they did not commit, " \
        r"against ([\d,]+ of [\d,]+) of group A"

PLANTED: dict[str, tuple[str, Callable[[re.Match[str]], str] | str]] = {
    "groups the wrong way round": (SIDES, lambda m: f"{m[2]} people of group A lost points for acts they did not "
                                                    f"commit, against {m[1]} of group B"),
    "sides that print alike": (SIDES, lambda m: m[0].replace(m[2], m[1])),
    "a count that is not in the table": (SIDES, lambda m: m[0].replace(m[1], "77 of 100")),
    "nobody, where somebody did": (SIDES, "Nobody lost points for acts they did not commit"),
    "everybody": (SIDES, "Everybody lost points for acts they did not commit"),
    "a sentence of a new kind": (SIDES, "Group B is treated worse by far"),
    "a value outside its interval": (r'<strong>([\d.]+)%</strong>(.*?class="interval">)', r"<strong>99%</strong>\2"),
    "an interval that says nothing": (r"(Chance in the simulation: )[\d.]+ to [\d.]+%", r"\g<1>0 to 100%"),
    "a figure of nobody": (r"(Chance in the simulation: [^<]*); among [\d,]+ [^<]*", r"\1"),
    "a figure of three people": (r"(Chance in the simulation: [^<]*among )[\d,]+", r"\g<1>3"),
    "the plural of one": (r"(?<=<h1>)", "In 1 months, "),
    "a doubled noun": (SIDES, "Everybody people of group B lost points for acts they did not commit"),
    "an empty headline": (r"<h1>.*?</h1>", "<h1></h1>"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, sound: tuple[str, Tables]) -> None:
    html, tables = sound
    assert faults(read(swapped(html, *PLANTED[name])), tables)


@pytest.mark.parametrize("more", [{"value": 0.5, "low": 0.48, "high": 0.52},
                                  {"value": None, "low": None, "high": None}])
def test_no_difference_is_objected_to_where_there_is_one_or_none_was_measured(more: dict[str, Any]) -> None:
    html = "<header><h1>There is no clear difference between group A and group B in who ends “low”</h1></header>"
    one = {"measure": "share in tier low", "group": "A", "reference": "", "value": 0.1, "low": 0.09, "high": 0.11,
           "n": 1_000, "over": "sampling", "note": ""}
    assert not faults(read(html), Tables("run", [one, one | {"group": "B"}]))
    assert faults(read(html), Tables("run", [one, one | {"group": "B"} | more]))


def blurred(row: dict[str, Any]) -> dict[str, Any]:
    """The same number with an interval that carries nothing."""
    if row["value"] is None:
        return row
    wide = abs(row["value"]) * 10 + 1
    return row | {"low": row["value"] - wide if row["reference"] else 0.0, "high": row["value"] + wide}


@pytest.mark.parametrize("change", [blurred, lambda row: row | {"n": 3.0}, lambda row: row | {"value": None}])
def test_a_difference_that_the_tables_do_not_carry_is_found(change: Any, sound: tuple[str, Tables]) -> None:
    html, tables = sound
    assert faults(read(html), Tables("run", [change(dict(row)) for row in tables.rows]))


@pytest.mark.parametrize(("said", "kind", "row"), [
    ("Between group A and group B the share differs by 10 points; 60% of it is due to x", "why",
     {"measure": "gap in bottom-tier", "value": 1.7e-16, "low": 1.7e-16, "high": 1.7e-16}),
    ("Conduct carries the gap", "why", {"measure": "gap in bottom-tier", "value": 0.1, "low": -0.1, "high": 0.3}),
    ("Under “r”, 31 of 100 people end “low”, against 31 of 100 without it", "compare",
     {"measure": "share in tier low", "value": 0.0, "low": -0.1, "high": 0.1, "note": "r less baseline"}),
    ("Share of people who end “low” goes from 10% at x 0 to 10% at 1", "sweep",
     {"measure": "share in tier low", "value": 0.1, "low": 0.0, "high": 0.2}),
    ("No clear difference between the groups in what can be told", "audit",
     {"measure": "selection rate", "value": 0.1}),
    ("Most alerts are right, and about 3 in a day are not", "baserate",
     {"measure": "precision per alert", "value": 0.6, "low": 0.4, "high": 0.8})])
def test_so_are_those_on_other_kinds_of_pages(said: str, kind: str, row: dict[str, Any]) -> None:
    whole = {"group": "all", "reference": "", "n": 100, "over": "sampling", "note": "", "low": None, "high": None} | row
    html = f"<header><p class='label'>x</p><h1>{said}</h1></header>"
    assert faults(read(html), Tables(kind, [whole]))
