"""`diff`, `compare` and `why`, as typed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch

Say = Callable[..., tuple[int, str, str]]

SMALL = ("--people", "1e3", "--steps", "12", "--seeds", "3")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*words: str) -> tuple[int, str, str]:
        code = dispatch(app, list(map(str, words)))
        return code, *capsys.readouterr()

    return said


def test_diff_lists_what_a_reform_changes(say: Say) -> None:
    code, out, _ = say("diff", "seed-article", "--reform", "no-kin", "--set", "score.decay=0.5")
    assert code == 0
    assert re.search(r"score\.decay +0\.02 +0\.5", out)
    assert "kin" in out
    assert say("diff", "seed-article", "seed-article")[1] == "no difference\n"


def test_a_wrong_path_gets_the_nearest_one(say: Say) -> None:
    code, _, err = say("diff", "seed-article", "--set", "channels.camera.coverag=0.1")
    assert code == 2
    assert 'did you mean "channels.camera.coverage"' in err


def test_compare_writes_tables_and_a_report(say: Say, tmp_path: Path) -> None:
    out = tmp_path / "pair"
    code, text, _ = say("compare", "seed-article", "--reform", "no-ceiling", "--set", "kin=[]", *SMALL, "-o", str(out))
    assert code == 0
    assert "WITH no-ceiling" in text
    assert "ceilings.B  average -> -" in text
    record = json.loads((out / "run.json").read_text())["result"]
    assert record["reforms"] == ["no-ceiling", "kin=[]"]
    assert record["seeds"] == [7, 8, 9]
    moved = pq.read_table(out / "moved.parquet").to_pylist()
    assert {row["reform"] for row in moved} == {"no-ceiling", "kin=[]"}
    html = (out / "report.html").read_text()
    assert "<h1>" in html
    assert "--set &#39;kin=[]&#39;" in html


def test_a_reform_that_changes_nothing_is_zero_to_the_last_bit(say: Say) -> None:
    code, text, _ = say("compare", "seed-article", "--set", "ceilings.B=average", *SMALL, "--json")
    world = json.loads(text)["worlds"][0]
    assert code == 0
    assert world["changes"] == []
    assert {m["value"] for m in world["differences"]} <= {0.0, None}


def test_compare_needs_something_to_compare_with(say: Say) -> None:
    assert say("compare", "seed-article")[0] == 2


def test_why_says_one_sentence_with_its_caveat(say: Say, tmp_path: Path) -> None:
    out = tmp_path / "why"
    words = ("why", "seed-article", "--set", "kin=[]", "--between", "A,B", "--engine", "exact",
             "--people", "1e3", "--steps", "12")
    code, text, _ = say(*words, "--json", "-o", str(out))
    found = json.loads(text)
    assert code == 0
    assert re.search(r"group B and group A .* differs by .* points; \d+% of it is due to .* synthetic people",
                     found["sentence"])
    gap, *parts = (m["value"] for m in found["causes"])
    assert sum(parts) == pytest.approx(gap, abs=1e-9)
    assert len(pq.read_table(out / "worlds.parquet")) == 64
    assert found["sentence"].split(";")[0] in (out / "report.html").read_text()


def test_a_gap_is_between_two_groups(say: Say) -> None:
    code, _, err = say("why", "seed-article", "--between", "A,C", "--people", "1e3", "--steps", "2")
    assert code == 2
    assert 'group "C" is not in the population' in err
