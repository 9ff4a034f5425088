"""Weights in filings, in notes and in the power of a table: people stay people, and every unit is named."""

from __future__ import annotations

import html
import math
import random
import re
from pathlib import Path

import pytest

from sousveil.audits.examine import Audit, audit
from sousveil.audits.power import needed
from sousveil.audits.question import Question
from sousveil.cli import app
from sousveil.cli.output import dispatch


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, int, int]]:
    luck = random.Random(9)
    return [(luck.choice("mw"), int(luck.random() < 0.3), luck.randint(20, 300)) for _ in range(600)]


@pytest.fixture
def table(rows: list[tuple[str, int, int]], tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("sex,flagged,wt\n" + "".join(f"{sex},{d},{w}\n" for sex, d, w in rows))
    return path


def asked(table: Path, form: str = "eeoc") -> Audit:
    return audit(table, Question("flagged", groups=("sex",), weight="wt", form=form, power=0.05))


def test_a_filing_counts_people_and_weights_their_rate(table: Path, rows: list[tuple[str, int, int]]) -> None:
    for line in asked(table).filing:
        mine = [(d, w) for sex, d, w in rows if line.category == f"sex={sex}"]
        assert line.n == len(mine)
        assert line.selected == sum(d for d, _ in mine)
        assert line.rate == pytest.approx(sum(w for d, w in mine if d) / sum(w for _, w in mine), abs=0.06)
        assert line.chance is None  # Fisher's test counts


@pytest.mark.parametrize("form", ["ll144", "eeoc"])
def test_the_table_says_that_rates_are_weighted(form: str, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = table.parent / "out"
    assert dispatch(app, ["audit", str(table), "--decision", "flagged", "--groups", "sex", "--weight", "wt", "--form",
                          form, "-o", str(out)]) == 0
    said = "Rates and ratios are weighted. Assessed and selected are people, as they were counted."
    console = " ".join(capsys.readouterr().out.split())
    for place in (console, html.unescape((out / "report.html").read_text(encoding="utf-8"))):
        assert said in place
        assert ("Fisher's test is of counts, and left out." in place) == (form == "eeoc")


def test_notes_give_the_steps_of_both_groups_in_the_unit_of_the_number(
        table: Path, rows: list[tuple[str, int, int]]) -> None:
    found = {m.measure: m for m in asked(table).measures if m.harm == "selection" and m.reference}
    shares = {sex: sum(w for s, d, w in rows if s == sex and d) / sum(w for s, _, w in rows if s == sex)
              for sex in "mw"}
    difference, ratio = found["selection rate: difference"], found["selection rate: ratio"]
    one, other = difference.group[-1], difference.reference[-1]
    off = re.search(r"may be up to ([\d.]+) points off", difference.note)
    alone = [float(re.search(r"up to ([\d.]+) points", m.note)[1])  # type: ignore[index]
             for m in asked(table).measures if m.measure == "selection rate" and m.group != "all"]
    assert off
    assert float(off[1]) == pytest.approx(sum(alone), abs=0.11)
    assert abs((difference.value or 0) - (shares[one] - shares[other])) <= float(off[1]) / 100 + 0.001
    ends = re.search(r"may be anything from ([\d.]+) to ([\d.]+),", ratio.note)
    assert ends
    assert "points" not in ratio.note
    assert float(ends[1]) - 0.005 <= shares[one] / shares[other] <= float(ends[2]) + 0.005
    sizes = [sum(sex == one for sex, _, _ in rows), sum(sex == other for sex, _, _ in rows)]
    assert f"weighted, {sizes[0]:,} and {sizes[1]:,} people count as" in difference.note


def test_the_power_of_a_weighted_table_is_in_people(table: Path, rows: list[tuple[str, int, int]]) -> None:
    found = asked(table)
    (m,) = (m for m in found.measures if "show a gap" in m.measure)
    people = {sex: sum(s == sex for s, _, _ in rows) for sex in "mw"}
    mine, other = people[m.group[-1]], people[m.reference[-1]]
    rate = next(one.value for one in found.measures if one.measure == "selection rate" and one.group == m.reference)
    size = re.search(r"count as ([\d,]+) ", next(one.note for one in found.measures if one.measure == "selection rate"
                                                 and one.group == m.group))
    assert size
    assert rate is not None
    effective = needed(rate, 0.05, other / mine)
    assert effective
    assert m.value == math.ceil(effective * mine / float(size[1].replace(",", "")))
    assert f"now {mine} people with weights such as these" in m.note
