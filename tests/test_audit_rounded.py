"""Counts that were rounded before they were published: intervals must hold whatever was rounded away."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sousveil.audits import examine, metrics
from sousveil.audits.counts import Cell, Counts, Printed
from sousveil.audits.examine import Audit, audit, of_counts
from sousveil.audits.question import Question
from sousveil.measures.measure import Measure

SIZES, CHANCES = (100, 130, 200, 300, 400, 475, 600), (0.05, 0.1, 0.2, 0.3, 0.5)


def rounded(n: int, base: int) -> int:
    """To the nearest multiple, halves up."""
    return (n + base // 2) // base * base


@cache
def answers(base: int, *groups: tuple[int, int]) -> dict[str, Measure]:
    """What is said of groups `a`, `b`, of whom so many were selected and so many not, by rounded counts."""
    cells = {Cell((name,), 0, d, 2): n for name, two in zip("ab", groups, strict=False)
             for d, n in zip((1, 0), two, strict=True)}
    plain = of_counts(Counts(("g",), cells), Question(decision="d", groups=("g",))).printed
    parts = {margin: len(groups) ** (not margin[0]) * (2 if margin[1] == "n" else 1) for margin in plain.values}
    shown = Printed(plain.layout, 0, plain.values, rounded=base, parts=parts)
    return {m.measure: m for m in metrics.measures(shown, {(0,): ((0, "b"),)}, {}) if m.group == "g=a"}


def tables(base: int, n: int, chance: float) -> dict[tuple[int, int], float]:
    """How likely each rounded table of a group is."""
    found: dict[tuple[int, int], float] = {}
    for k, p in enumerate(stats.binom.pmf(np.arange(n + 1), n, chance)):
        key = rounded(k, base), rounded(n - k, base)
        found[key] = found.get(key, 0.0) + float(p)
    return {key: p for key, p in found.items() if p > 1e-9}


def holds(m: Measure, truth: float) -> bool | None:
    return None if m.low is None or m.high is None else m.low - 1e-12 <= truth <= m.high + 1e-12


@pytest.mark.parametrize("base", [10, 50])
def test_rates_of_rounded_counts_hold(base: int) -> None:
    """Summed over every table that can come about, not drawn: the coverage has no error of its own."""
    worst = 1.0
    for n, chance in product(SIZES, CHANCES):
        held = sum(p for key, p in tables(base, n, chance).items()
                   if holds(answers(base, key)["selection rate"], chance))
        worst = min(worst, held)
    print(f"base {base}: rates hold at least {worst:.4f}")
    assert worst >= 0.93


@pytest.mark.long
@pytest.mark.parametrize("what", ["difference", "ratio"])
@pytest.mark.parametrize("base", [10, 50])
def test_comparisons_of_rounded_counts_hold(base: int, what: str) -> None:
    """Groups alike, and a fifth or a half of the other apart; of those tables that have an interval, where more than a
    few have one: most ratios to a rate that may be zero have none.
    """
    worst = 1.0
    for (n, m), chance, part in product(((100, 100), (130, 400), (600, 600)), CHANCES, (1.0, 0.8, 0.5)):
        other = chance * part
        truth = chance - other if what == "difference" else chance / other
        every = held = 0.0
        for (key, p), (theirs, q) in product(tables(base, n, chance).items(), tables(base, m, other).items()):
            found = answers(base, key, theirs).get(f"selection rate: {what}")
            holding = holds(found, truth) if found is not None else None
            if holding is not None:
                every, held = every + p * q, held + p * q * holding
        if every > 0.05:
            worst = min(worst, held / every)
    print(f"base {base}: {what}s hold at least {worst:.4f}")
    assert worst >= 0.93


SEXES, JOBS = ("m", "w"), ("x", "y", "z")
MORE = Question(decision="d", groups=("sex",), given="job", logistic=True, form="eeoc")


def two_tables(luck: np.random.Generator, base: int) -> tuple[Audit, Audit]:
    """A table as it was, and what is said of it when only its rounded counts are known."""
    true = {Cell((sex, job), 0, d, 2): int(luck.integers(30, 160)) for sex, job, d in product(SEXES, JOBS, (0, 1))}
    plain = of_counts(Counts(("sex", "job"), true), MORE)
    known = of_counts(Counts(("sex", "job"), {cell: rounded(n, base) for cell, n in true.items()}), MORE).printed
    parts = {(group, kind): (3 if tuple(p for p, _ in group) != (1,) else 2) ** (len(group) == 1)
             * (6 if not group else 1) * (2 if kind == "n" else 1) for group, kind in known.values}
    return plain, examine._audit(replace(known, rounded=base, parts=parts), MORE)


@pytest.mark.parametrize("base", [5, 10, 20])
def test_an_interval_of_rounded_counts_has_in_it_that_of_the_table_as_it_was(base: int) -> None:
    """So it holds at least as often as that one does. Of the EEOC's form both tests, too."""
    luck = np.random.default_rng(base)
    looked_at = set()
    for _ in range(40):
        plain, told = two_tables(luck, base)
        ours = {(m.name, m.group, m.reference): m for m in told.measures}
        for m in plain.measures:
            mine = ours.get((m.name, m.group, m.reference))  # the reference may be another by rounded counts
            if mine is None or m.low is None or m.high is None or mine.low is None or mine.high is None:
                continue
            assert mine.low <= m.low + 1e-9
            assert m.high <= mine.high + 1e-9
            looked_at.add(m.name)
        every = {line.category: line for line in plain.filing}
        for line in told.filing:
            was = every[line.category]
            assert line.deviations is None
            assert line.chance is None
            found = re.search(r"([-+][\d.]+) to ([-+][\d.]+) deviations", line.note)
            if found and was.deviations is not None:
                assert float(found[1]) - 0.005 <= was.deviations <= float(found[2]) + 0.005
                looked_at.add("deviations")
            chance = re.search(r"p from (under 0.001|[\d.]+) to (under 0.001|[\d.]+);", line.note)
            if chance and was.chance is not None:
                least, most = (0.001 if text.startswith("under") else float(text) for text in chance.groups())
                assert least <= 0.001 or least - 0.0005 <= was.chance
                assert was.chance <= most + 0.0005
                looked_at.add("chance")
    families = {name if isinstance(name, str) else name.harm for name in looked_at}
    assert families >= {"selection", "given", "logistic regression", "deviations", "chance"}


def test_what_rounding_leaves_open_is_said_so(tmp_path: Path) -> None:
    """Of 40 and 30 rounded to ten either may be more: no test of chance can tell."""
    path = tmp_path / "t.csv"
    path.write_text("sex,job,d,n\n" + "".join(f"{sex},{job},{d},{n}\n" for sex, job, n in (
        ("m", "x", 40), ("w", "x", 30), ("m", "y", 50), ("w", "y", 30)) for d, n in ((1, n), (0, 200 - n))))
    found = audit(path, Question(decision="d", counts="n", groups=("sex",), given="job", logistic=True, form="eeoc",
                                 rounded=10, power=0.1))
    (line,) = (line for line in found.filing if line.category == "sex=w")
    assert "whether it is below four fifths cannot be told from rounded counts" in line.note
    assert "whether chance explains it cannot be told from rounded counts" in line.note
    for family in ("given", "logistic regression", "power"):
        assert all("rounded to 10" in m.note for m in found.measures if m.harm == family)


def test_a_test_by_name_does_not_hang_on_what_was_rounded(tmp_path: Path) -> None:
    """20 of 60 selected and 100 of 600 people: twice the share, or less, by what was rounded away."""
    path = tmp_path / "t.csv"
    path.write_text("sex,d,n\nw,1,20\nw,0,80\nm,1,40\nm,0,460\n")
    found = [audit(path, Question(decision="d", counts="n", groups=("sex",), rounded=base)) for base in (0, 10)]
    notes = [next(m.note for m in one.measures if "step 1" in m.measure and m.group == "sex=w") for one in found]
    assert notes[0].startswith("fails: ")
    assert notes[1].startswith("cannot be told, as rounding decides it: ")


@pytest.mark.parametrize("few", [50, 100])
def test_where_nobody_may_have_been_there_before_rounding_no_end_is_made_up(few: int) -> None:
    """50 people in two rounded counts may have been nobody: a regression has no answer then, and a ratio no end."""
    cells = {Cell((sex, job), 0, d, 2): 400 for sex, job, d in product(SEXES, JOBS, (0, 1))}
    cells |= {Cell(("m", job), 0, 1, 2): few for job in JOBS} | {Cell(("w", job), 0, 0, 2): few for job in JOBS}
    known = of_counts(Counts(("sex", "job"), cells), MORE).printed
    parts = dict.fromkeys(known.values, 2) | {(group, "n"): 4 for group, _ in known.values}
    found = examine._audit(replace(known, rounded=50, parts=parts), MORE).measures
    odds = [m for m in found if m.harm == "logistic regression" and m.group.startswith("sex")]
    assert [m.low is None for m in odds] == [few == 50]
    assert all(("no interval" in m.note) == (m.low is None) for m in odds)
    for m in found:
        assert m.low is None or m.low <= (m.value or 0.0) <= (m.high or 0.0)
