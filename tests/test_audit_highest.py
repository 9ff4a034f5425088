"""The highest rate, where a group that may have it is withheld: nothing is claimed that the table does not hold."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from sousveil.audits.bounds import bounds
from sousveil.audits.checks import four_fifths
from sousveil.audits.counts import Cell, Counts, Margin, Printed, declared, records
from sousveil.audits.decide import totals
from sousveil.audits.examine import audit
from sousveil.audits.filing import Line, lines
from sousveil.audits.joint import joined
from sousveil.audits.question import Question
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.reports.audit import report

TOP = {"a": (295, 300), "b": (140, 300), "c": (120, 300), "d": (112, 300)}


def written(path: Path, groups: Mapping[str, tuple[int, int]]) -> Path:
    rows = [f"{name},{int(i < selected)}" for name, (selected, of) in groups.items() for i in range(of)]
    random.Random(1).shuffle(rows)
    path.write_text("\n".join(["g,flagged", *rows]) + "\n")
    return path


def test_a_group_that_is_told_is_not_the_highest_where_a_withheld_one_is(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "top.csv", TOP)
    words = ["audit", str(path), "--decision", "flagged", "--groups", "g", "--form", "eeoc", "--json"]
    assert dispatch(app, words) == 0
    answer = json.loads(capsys.readouterr().out)
    rows = {line["category"]: line for line in answer["filing"]}
    assert rows["g=a"]["rate"] is None  # 5 of a were not selected
    for name, of in (("g=c", 120), ("g=d", 112)):
        assert rows[name]["ratio"] is None
        assert rows[name]["most"] == pytest.approx(of / 300 / (435 / 600))  # of a and b together 435 of 600 were
        assert rows[name]["note"].startswith("the highest rate is that of g=a or g=b (withheld, 72 to 100%)")
        assert rows[name]["note"].endswith("below four fifths")
    checks = {m["group"]: m for m in answer["results"] if m["measure"] == "four-fifths rule on being selected"}
    assert checks["g=c"]["value"] is None
    assert checks["g=c"]["note"].startswith("fails: what is printed leaves 0.40 to 0.56 of the highest rate")
    assert not any(m["note"].startswith("passes") for m in checks.values())


def test_the_report_says_so_too(tmp_path: Path) -> None:
    found = audit(written(tmp_path / "top.csv", TOP), Question("flagged", groups=("g",), form="eeoc"))
    html = report("top.csv", found, "c").html
    assert ">highest rate<" not in html
    assert html.count("which is that of g=a or g=b (withheld, 72 to 100%)") == 2
    assert "checks by name fail, and two cannot be told" in html


def decided(luck: random.Random) -> Counts:
    """Groups of two columns, some of them rare, with odd rates."""
    labels = [(a, b) for a in ("x", "y", "(other)") for b in "uvw"]
    cells = {}
    for pair in labels:
        n = luck.choice([3, 40, 200, 1000])
        selected = luck.choice([0, n, luck.randrange(n + 1), n // 2])
        cells |= {Cell(pair, 0, d, 2): many for d, many in ((1, selected), (0, n - selected))}
    return Counts(("g", "h"), cells)


def lined(shown: Printed) -> dict[str, Line]:
    return {line.category: line for line in lines(shown, "eeoc", bounds(shown))}


@pytest.mark.parametrize("seed", range(40))
def test_what_is_said_of_the_highest_rate_holds_in_the_table(seed: int) -> None:
    """Any counts at all are withheld: whatever is said with the others has to be so."""
    luck = random.Random(seed)
    counts = decided(luck)
    release = declared(counts)
    every: dict[Margin, int | None] = dict(totals(joined([release], lambda codings: records(
        counts.cells, release, codings)), release))
    part = luck.choice([0.1, 0.3, 0.6])
    some = {margin: None if margin[0] and luck.random() < part else n for margin, n in every.items()}
    true, told = lined(Printed(counts.layout, 0, every)), lined(Printed(counts.layout, 0, some))
    for category, line in told.items():
        ratio = true[category].ratio
        parts = line.note.split("; ")
        if "highest rate" in parts and "under 2% of all" not in parts:
            assert ratio == pytest.approx(1), (category, line)
        if line.ratio is not None:
            assert line.ratio == pytest.approx(ratio), (category, line)
        if line.least is not None and line.most is not None and ratio is not None:
            assert line.least - 1e-9 <= ratio <= line.most + 1e-9, (category, line)
        for words, so in (("below four fifths", lambda x: x < 0.8), ("four fifths or more", lambda x: x >= 0.8)):
            assert words not in parts or ratio is None or so(ratio), (category, line)
    whole = {(m.measure, m.group): m.value for m in four_fifths(
        Printed(counts.layout, 0, every), bounds(Printed(counts.layout, 0, every)))}
    shown = Printed(counts.layout, 0, some)
    for m in four_fifths(shown, bounds(shown)):
        value = whole.get((m.measure, m.group), 1.0)
        assert value is not None
        assert not m.note.startswith("fails") or value < 0.8, m
        assert not m.note.startswith("passes") or value >= 0.8, m
        assert m.value is None or m.value == pytest.approx(value), m


def test_the_check_by_name_and_the_form_have_one_highest_group(tmp_path: Path) -> None:
    """A group under two in a hundred is neither's, unless all groups are that small."""
    small = {"a": (400, 1000), "b": (350, 1000), "t": (20, 30)}
    found = audit(written(tmp_path / "t.csv", small), Question("flagged", groups=("g",), form="eeoc"))
    assert [line.category for line in found.filing if "highest rate" in line.note] == ["g=a"]
    assert {m.reference for m in found.measures if m.measure == "four-fifths rule on being selected"} == {"g=a"}
    many = {f"g{i:02}": (20 + i % 7, 50) for i in range(60)}
    found = audit(written(tmp_path / "many.csv", many), Question("flagged", groups=("g",), form="eeoc"))
    best = {line.category for line in found.filing if "highest rate" in line.note}
    assert {m.reference for m in found.measures if m.measure == "four-fifths rule on being selected"} == best
    assert len(best) == 1
