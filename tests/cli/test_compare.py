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
from sousveil.draws import replicate_seed

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


def test_diff_of_any_two_schemes_is_a_table_that_can_be_read(say: Say) -> None:
    _, out, _ = say("diff", "seed-article", "rongcheng")
    head, *rows = out.splitlines()
    assert re.split(r"  +", head) == ["path", "before", "after", "source"]
    assert head.index("source") < 200
    assert rows[-1] == "Long values are cut here; --json has them whole."
    whole = json.loads(say("diff", "seed-article", "rongcheng", "--json")[1])
    assert "…" not in json.dumps(whole, ensure_ascii=False)


def test_a_wrong_path_gets_the_nearest_one(say: Say) -> None:
    code, _, err = say("diff", "seed-article", "--set", "channels.camera.coverag=0.1")
    assert code == 2
    assert 'did you mean "channels.camera.coverage"' in err


def test_compare_writes_tables_and_a_report(say: Say, tmp_path: Path) -> None:
    out = tmp_path / "pair"
    code, text, _ = say("compare", "seed-article", "--reform", "no-ceiling", "--set", "kin=[]", *SMALL, "-o", str(out))
    assert code == 0
    assert "UNDER no-ceiling" in text
    assert text.startswith("  1. Under “")
    assert "ceilings.B  average -> -" in text
    record = json.loads((out / "run.json").read_text())["result"]
    assert record["reforms"] == ["no-ceiling", "kin=[]"]
    assert record["seeds"] == [replicate_seed(7, i) for i in range(3)]
    moved = pq.read_table(out / "moved.parquet").to_pylist()
    assert {row["reform"] for row in moved} == {"no-ceiling", "kin=[]"}
    rows = pq.read_table(out / "differences.parquet").to_pylist()
    assert {row["note"].partition(";")[0] for row in rows} == {"no-ceiling less baseline", "kin=[] less baseline"}
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


def test_sweep_writes_a_row_for_every_point_and_harm_and_leaves_nothing_beside(say: Say, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    code, text, _ = say("sweep", "seed-article", "--vary", "channels.reports.coverage=0.2:1:3", "--people", "500",
                        "--steps", "6", "-o", str(out))
    assert code == 0
    assert "channels.reports.coverage" in text
    rows = pq.read_table(out / "sweep.parquet").to_pylist()
    assert sorted({(r["point"], r["channels.reports.coverage"]) for r in rows}) == [(1, 0.2), (2, 0.6), (3, 1.0)]
    assert [path.name for path in tmp_path.iterdir()] == ["sweep"]
    assert str(tmp_path) not in (out / "report.html").read_text()


def test_a_sweep_with_a_failed_point_says_so_and_ends_with_one(say: Say, tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    words = ("sweep", "seed-article", "--set", "channels.registers.mistaken=0", "--vary",
             "channels.registers.mistaken=0:0.8:2", "--vary", "channels.registers.miss=0:0.8:2", "--people", "200",
             "--steps", "2", "-o", str(out))
    code, text, _ = say(*words)
    assert code == 1
    assert "point-000004" in text
    assert "1 of 4 points failed" not in text
    assert json.loads((out / "run.json").read_text())["result"]["failed"].keys() == {"point-000004"}
    assert say(*words)[0] == 1


def test_a_sweep_over_two_numbers_is_drawn_as_a_heat_map_and_a_sobol_one_as_a_table(say: Say, tmp_path: Path) -> None:
    vary = ("--vary", "channels.reports.coverage=0.2:1:2", "--vary", "score.decay=0:0.1:2")
    small = ("--people", "200", "--steps", "3", "--between", "A,B")
    assert say("sweep", "seed-article", *vary, *small, "-o", str(tmp_path / "heat"))[0] == 0
    assert "darker is more" in (tmp_path / "heat" / "report.html").read_text()
    code, text, _ = say("sweep", "seed-article", *vary, *small, "--sobol", "3", "-o", str(tmp_path / "sobol"), "--json")
    assert code == 0
    assert len(json.loads(text)["points"]) == 3
    assert "The points with the least and the most" in (tmp_path / "sobol" / "report.html").read_text()


def test_sensitivity_ranks_the_unknowns(say: Say, tmp_path: Path) -> None:
    from swept import written

    written(tmp_path)
    code, text, _ = say("sensitivity", str(tmp_path), "--points", "16", "--json", "-o", str(tmp_path / "out"))
    assert code == 0
    found = json.loads(text)
    totals = [m["value"] for m in found["indices"] if m["measure"].startswith("total")]
    assert totals == sorted(totals, reverse=True)
    assert found["held"] == {"signals.acts.points": "it has no range"}
    assert len(pq.read_table(tmp_path / "out" / "points.parquet")) == 16 * 4
    assert "depends most on" in (tmp_path / "out" / "report.html").read_text()


def test_mend_names_the_fewest_reforms(say: Say, tmp_path: Path) -> None:
    from swept import written

    written(tmp_path)
    words = ("mend", str(tmp_path), "--group", "B", "--json")
    code, text, _ = say(*words, "--to", "0.9", "-o", str(tmp_path / "out"))
    assert code == 0
    assert len(json.loads(text)["best"]) == 1
    assert "<h1>" in (tmp_path / "out" / "report.html").read_text()
    assert json.loads(say(*words, "--to", "0")[1])["best"] is None
    assert say("mend", str(tmp_path), "--to", "0.5", "--harm", "caught")[0] == 2
