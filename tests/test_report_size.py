"""A page stays small: twelve groups over ten years, and series of 1,200 steps, of which it says what it leaves out."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

import sousveil
from sousveil.atlas import folder
from sousveil.page import downloads
from sousveil.page.page import Table

GROUPS = "ABCDEFGHIJKL"


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed article with twelve groups in place of two."""
    place = tmp_path_factory.mktemp("twelve") / "study"
    shutil.copytree(folder("seed-article"), place)

    def each(first: float, step: float) -> str:
        return "{group: {" + ", ".join(f"{g}: {first + step * i:.4f}" for i, g in enumerate(GROUPS)) + "}}"

    for name, changes in {
            "population.yaml": {"{A: 0.88, B: 0.12}": "{" + ", ".join(f"{g}: 0.08" for g in GROUPS[1:]) + ", A: rest}",
                                "{group: {A: 0.6, B: 0.25}}": each(0.2, 0.04),
                                "{group: {A: 3000, B: 2400}}": each(3000, -50),
                                "{group: {A: unknown, B: unknown}}": each(0.004, 0.004)},
            "scheme.yaml": {"{group: {A: unknown, B: unknown}}": each(0.002, 0.0005)}}.items():
        text = (place / name).read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (place / name).write_text(text, encoding="utf-8")
    kept = [line for line in (place / "assumptions.yaml").read_text(encoding="utf-8").splitlines()
            if "mistaken.group" not in line and "rate.group" not in line]
    (place / "assumptions.yaml").write_text("\n".join(kept), encoding="utf-8")
    return place


def test_twelve_groups_over_ten_years_stay_under_400_kB_with_every_month(twelve: Path) -> None:
    text = sousveil.report(sousveil.run(twelve, people=20_000)).html
    assert len(text.encode()) <= 400_000
    rows = unquote(re.findall(r'download="tiers.csv" href="([^"]*)"', text)[0]).splitlines()
    assert len(rows) == 1 + 12 * 121
    assert "every " not in "".join(re.findall(r"Data \(CSV, [^)]*\)", text))


def test_what_is_left_out_of_a_long_table_is_said_and_its_ends_stay() -> None:
    table = Table(("group", "month", "people"), tuple((g, i, 10_000 + i) for g in "AB" for i in range(4_000)))
    rows = unquote(downloads.csv_link(table)).splitlines()[1:]
    assert len("\n".join(rows)) <= downloads.ROOM
    every = re.fullmatch(r"every (\d+)(?:st|nd|rd|th) of 8,000 rows", downloads.csv_rows(table))
    assert every
    for g in "AB":
        months = [int(row.split(",")[1]) for row in rows if row.startswith(g)]
        assert (months[0], months[-1]) == (0, 3_999)
        assert {b - a for a, b in itertools.pairwise(months[1:])} == {int(every[1])}
