"""Every group has its row in every place of an answer: a withheld one says so, and between what its rate lies."""

from __future__ import annotations

import html
import json
import random
from pathlib import Path

import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch

HIRED = {("men", "white"): (470, 1355), ("men", "black"): (4, 300), ("women", "white"): (270, 900),
         ("women", "black"): (80, 400)}
"""Selected of how many. Four is under the floor, so that nothing of men by race is told but how many they are."""

SCARCE = {("south",): (0, 290), ("north",): (131, 310)}


@pytest.fixture
def asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What was asked of crossed groups, in each place where the answer stands."""
    return answers(tmp_path, capsys, HIRED, "sex,race")


def answers(folder: Path, capsys: pytest.CaptureFixture[str], cells: dict[tuple[str, ...], tuple[int, int]],
            groups: str) -> dict[str, str]:
    rows = [",".join([*labels, str(int(i < some))]) for labels, (some, of) in cells.items() for i in range(of)]
    random.Random(1).shuffle(rows)
    path = folder / "t.csv"
    path.write_text("\n".join([f"{groups},d", *rows]) + "\n")
    typed = ["audit", str(path), "--decision", "d", "--groups", groups, "--form", "ll144"]
    assert dispatch(app, [*typed, "-o", str(folder / "out")]) == 0
    found = {"console": capsys.readouterr().out}
    assert dispatch(app, [*typed, "--json"]) == 0
    page = html.unescape((folder / "out" / "report.html").read_text(encoding="utf-8"))
    return found | {"json": capsys.readouterr().out, "page": page}


def test_a_crossing_that_is_withheld_has_a_row_everywhere(asked: dict[str, str]) -> None:
    blocks = {block.split("\n")[0]: block for block in asked["console"].split("\n\n")}
    for place in ("COUNTS", "NEW YORK CITY LOCAL LAW 144, BIAS AUDIT", "SELECTION"):
        for race in ("black", "white"):
            lines = blocks[place].splitlines()
            at = next(i for i, line in enumerate(lines) if f"sex=men, race={race}" in line)
            assert "withheld" in lines[at] + (lines[at + 1] if at + 1 < len(lines) else ""), (place, race)
    data = json.loads(asked["json"])
    assert {row["group"]: row["d1"] for row in data["counts"]}["sex=men, race=black"] is None
    notes = {row["group"]: row["note"] for row in data["results"] if row["measure"] == "selection rate"}
    assert notes["sex=men, race=white"].startswith("withheld: ")
    assert "Cannot be told: “men, black”" in asked["page"]
    assert "“men, white”" in asked["page"]


def test_the_same_bounds_stand_on_the_console_and_on_the_page(
        asked: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (other := tmp_path / "other").mkdir()
    for found in (asked, answers(other, capsys, SCARCE, "region")):
        told = [row["note"].partition("what is printed leaves")[2] for row in json.loads(found["json"])["results"]
                if row["measure"] == "selection rate" and "what is printed leaves" in row["note"]]
        assert len(told) >= 2
        for bounds in told:
            assert f"what is printed leaves{bounds})" in found["page"]
            assert f"what is printed leaves{bounds}" in " ".join(found["console"].split())


def test_a_line_of_a_form_has_the_bounds_of_its_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those under two in a hundred, too, who are compared with nobody there."""
    cells = {("m", "x"): (400, 1000), ("w", "x"): (300, 1000), ("m", "t"): (20, 25), ("w", "t"): (15, 24)}
    answer = json.loads(answers(tmp_path, capsys, cells, "sex,race")["json"])
    notes = {row["group"]: row["note"] for row in answer["results"] if row["measure"] == "selection rate"}
    lines = {line["category"]: line["note"] for line in answer["filing"]}
    told = {group: note.partition("what is printed leaves")[2] for group, note in notes.items()
            if "what is printed leaves" in note}
    assert any("under 2% of all" in lines[group] for group in told)
    for group, bounds in told.items():
        assert f"what is printed leaves{bounds}" in lines[group]


def test_a_rate_that_is_withheld_of_everybody_has_its_section(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = answers(tmp_path, capsys, {("m",): (3, 300), ("w",): (2, 300)}, "sex")["page"]
    assert "Selection rate: the groups cannot be compared" in page
    assert "Cannot be told: everybody; “m”; “w”." in page


def test_the_largest_group_is_named_among_those_that_cannot_be_told(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = answers(tmp_path, capsys, SCARCE, "region")["page"]
    assert "Cannot be told: “north” (what is printed leaves 0 to 43%)" in page
    assert "“south” (what is printed leaves 0 to 46%)" in page
