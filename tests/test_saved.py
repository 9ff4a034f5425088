"""Every kind of result, saved from Python: the folder is one that the commands take, and says how it came about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import sousveil as sv
from sousveil.errors import InputError
from sousveil.reports.formats import FORMATS, files
from swept import written

FIGURES = """
about: {population: 4000, who: people}
figures: {low: {of: persons, tier: low, value: 900, tolerance: 100, because: made up, cite: nobody}}
"""


def audited(folder: Path) -> object:
    rows = ["1,1,a", "0,0,a", "1,0,b", "0,1,b"] * 30
    (folder / "t.csv").write_text("\n".join(["decision,outcome,group", *rows]) + "\n")
    return sv.audit(folder / "t.csv", decision="decision", outcome="outcome", groups="group")


Make = Callable[[Path], object]
STUDY: dict[str, Make] = {
    "run": lambda f: sv.run(f),
    "compare": lambda f: sv.compare(f, ["blinder"]),
    "sweep": lambda f: sv.sweep(f, {"score.decay": (0, 0.1, 2)}),
    "baserate": lambda f: sv.baserate(faces=6000, watchlist=100, present=1, fpir="1/600", group={"A": 0.5, "B": 0.5},
                                      multiplier={"B": 3}),
    "audit": audited,
    "why": lambda f: sv.why(f, "bottom-tier", ("A", "B"), people=200, steps=3),
    "sensitivity": lambda f: sv.sensitivity(f, points=16),
    "mend": lambda f: sv.mend(f, "bottom-tier", 0.9),
    "extremes": lambda f: sv.extremes(f, points=2),
    "ask": lambda f: sv.ask(f, points=32),
    "infer": lambda f: sv.infer(f, f / "figures.yaml", points=16),
}


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=() if kind in ("sweep", "audit") else pytest.mark.long)
                                  for kind in STUDY])
def test_a_result_that_was_saved_is_one_for_every_command(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "mine"
    written(home)
    (home / "figures.yaml").write_text(FIGURES)
    out = tmp_path / "out" / kind
    sv.save(STUDY[kind](home), out)  # type: ignore[arg-type]
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert f"sousveil.{kind}(" in record["circumstance"]["command"]
    tables = [*out.glob("*.parquet")]
    assert tables
    assert all(pq.read_table(table).num_columns > 1 for table in tables)
    wanted = FORMATS if kind in ("run", "why", "sweep") else ("html", "docx", "xlsx")
    assert {name.partition("/")[0] for name in files(out, wanted)} == {
        "report.html", "report.docx", "report.xlsx", *(["charts"] if "charts" in wanted else [])}
    assert sv.bundle(out, tmp_path / "b.zip").left_out == ()
    if kind in ("run", "compare", "why"):
        assert sv.verify(tmp_path / "b.zip") == []
    else:
        with pytest.raises(InputError, match="Every file that was written is as it was"):
            sv.verify(out)


def test_what_is_no_result_is_not_saved(tmp_path: Path) -> None:
    for wrong in (3, sv.study("seed-article"), type("Why", (), {})()):
        with pytest.raises(InputError, match="is no result of sousveil: there is nothing to save"):
            sv.save(wrong, tmp_path / "out")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    found = sv.baserate(faces=6000, watchlist=100, present=1, fpir="1/600")
    with pytest.raises(InputError, match="left alone"):
        sv.save(found, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
