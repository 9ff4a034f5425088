"""`verify` notices any change of any file, because it makes every file again; and what it cannot read it refuses."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError

RUN = ["run", "town", "--people", "300", "--steps", "4", "--seed", "5", "--points"]


@pytest.fixture(autouse=True)
def _beside_the_town(towns: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(towns)


@pytest.fixture(scope="module")
def made(towns: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "out"
    assert dispatch(app, ["run", str(towns / "town"), *RUN[2:], "0", "--engine", "agents", "-o", str(out)]) == 0
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


FILES = ["cells", "debits", "effects", "harms", "moves", "rights", "scores", "spells", "steps"]


def test_these_are_all_the_files(made: Path) -> None:
    assert {path.name for path in made.iterdir()} == {
        "run.json", "study.json", "report.html", "pulls.npy",
        *(f"{name}.{ending}" for name in FILES for ending in ("parquet", "csv"))}
    assert sousveil.verify(made) == []


@pytest.mark.parametrize("words", [["--replicates", "2", "--engine", "agents"], ["--reform", "half-cameras"]])
def test_every_kind_of_run_verifies(tmp_path: Path, words: list[str]) -> None:
    assert dispatch(app, [*RUN, "2", *words, "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "widths.json").exists()
    assert sousveil.verify(tmp_path / "out") == []
    name = "steps-2.csv" if "--replicates" in words else "cells.csv"
    more_at_the_end(tmp_path / "out" / name)
    more_at_the_end(tmp_path / "out" / "widths.json")
    assert sousveil.verify(tmp_path / "out") == sorted([name, "widths.json"])


def another_number(path: Path) -> None:
    """Another digit, as near the end as there is one."""
    content = bytearray(path.read_bytes())
    where = max(i for i, byte in enumerate(content) if chr(byte).isdigit())
    content[where] = ord("1") if content[where] != ord("1") else ord("2")
    path.write_bytes(content)


def another_value(path: Path) -> None:
    """A Parquet file that is whole, with another number in it."""
    table = pq.read_table(path)
    name = next(n for n, kind in zip(table.column_names, table.schema.types, strict=True) if not (
        pa.types.is_dictionary(kind) or pa.types.is_string(kind)) and table[n].null_count < table.num_rows)
    place = table.column_names.index(name)
    values = table[name].to_pylist()
    values[-1] = (values[-1] or 0) + 1
    changed = table.set_column(place, table.schema.field(name), pa.array(values, table.schema.field(name).type))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), path, compression="zstd")


def more_at_the_end(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")


WAYS: dict[str, list[Callable[[Path], None]]] = {
    "csv": [another_number, more_at_the_end], "parquet": [another_value, more_at_the_end],
    "html": [another_number, more_at_the_end], "npy": [more_at_the_end]}


@pytest.mark.parametrize("name", [*(f"{name}.{ending}" for name in FILES for ending in ("parquet", "csv")),
                                  "report.html", "pulls.npy"])
def test_a_changed_file_shows(copy: Path, made: Path, name: str) -> None:
    for change in WAYS[name.partition(".")[2]]:
        shutil.copy(made / name, copy / name)
        change(copy / name)
        assert sousveil.verify(copy) == [name], change.__name__
    (copy / name).unlink()
    assert sousveil.verify(copy) == [name]


def test_a_file_that_is_not_of_the_result_shows(copy: Path) -> None:
    (copy / "summary.csv").write_text("all is well\n")
    (copy / ".hidden-by-the-system").write_text("")
    assert sousveil.verify(copy) == ["summary.csv"]


def test_a_changed_study_shows(copy: Path) -> None:
    text = (copy / "study.json").read_text()
    (copy / "study.json").write_text(text.replace('"seed": 5', '"seed": 6'))
    assert {"study.json", "run.json"} & {*sousveil.verify(copy)}
    (copy / "study.json").write_text(text + "\n")
    assert sousveil.verify(copy) == ["study.json"]


def leaves(record: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return [leaf for key, value in record.items() for leaf in (
        leaves(value, (*path, key)) if isinstance(value, dict) and value else [(*path, key)])]


def another(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "x"
    if isinstance(value, int | float):
        return value + 1
    return {"x": 1} if isinstance(value, dict) else value + "x" if isinstance(value, str) else [*value, 1]


def test_every_fact_of_the_record_is_made_again_or_bears_a_hash(copy: Path) -> None:
    whole = json.loads((copy / "run.json").read_text())
    facts = leaves(whole)
    assert {("result", "people"), ("result", "seed"), ("result", "steps"), ("result", "lost mass"),
            ("circumstance", "command"), ("circumstance", "cost", "wall s"), ("files", "steps.csv")} <= {*facts}
    filled = [fact for fact in facts if fact[:2] == ("result", "filled")]
    for fact in [fact for fact in facts if fact not in filled[1:] and fact[0] != "files"] + [
            ("files", "steps.csv"), ("files", "run.json"), ("files",)]:
        record = json.loads((copy / "run.json").read_text())
        inside = record
        for key in fact[:-1]:
            inside = inside[key]
        inside[fact[-1]] = another(inside[fact[-1]])
        changed = Path(shutil.copytree(copy, copy.with_name("changed")))
        (changed / "run.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
        try:
            assert "run.json" in sousveil.verify(changed), fact
        except InputError:
            assert fact in (("format",), ("result", "engine")), fact
        shutil.rmtree(changed)


def test_a_report_that_was_set_again_is_the_same(copy: Path) -> None:
    assert dispatch(app, ["report", str(copy)]) == 0
    assert sousveil.verify(copy) == []


def test_a_report_that_was_added_later_is_looked_at_too(tmp_path: Path) -> None:
    sousveil.run("town", people=300, steps=3, engine="agents").save(tmp_path / "out")
    assert sousveil.verify(tmp_path / "out") == []
    assert dispatch(app, ["report", str(tmp_path / "out")]) == 0
    assert sousveil.verify(tmp_path / "out") == []
    another_number(tmp_path / "out" / "report.html")
    assert sousveil.verify(tmp_path / "out") == ["report.html"]


def test_tables_of_another_version_of_the_library_are_compared_as_tables(copy: Path) -> None:
    record = json.loads((copy / "run.json").read_text())
    record["circumstance"]["software"]["pyarrow"] = "17.0.0"
    del record["files"]
    from sousveil.runs import provenance

    steps = pq.read_table(copy / "steps.parquet")
    pq.write_table(steps, copy / "steps.parquet", compression="snappy")
    files = {path.name: provenance.digest(path) for path in sorted(copy.iterdir()) if path.name != "run.json"}
    (copy / "run.json").write_text(provenance.with_files(provenance.dumps(record), files))
    assert sousveil.verify(copy) == []
    another_value(copy / "steps.parquet")
    assert sousveil.verify(copy) == ["steps.parquet"]


def test_the_command_says_which(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["verify", str(copy)]) == 0
    assert capsys.readouterr().out == "copy: run again, and every byte of every file is the same\n"
    another_number(copy / "harms.csv")
    assert dispatch(app, ["verify", str(copy)]) == 1
    assert "copy: run again, and not the same: harms.csv.\n" in capsys.readouterr().out


# --- from somebody else ---------------------------------------------------------------------------------------------


def npy(array: np.ndarray[Any, Any], path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, array)


def deep(path: Path) -> None:
    path.write_text("[" * 100_000 + "]" * 100_000)


def nested(path: Path) -> None:
    path.write_text('{"scheme": ' + '{"a": ' * 50_000 + "1" + "}" * 50_001)


def fact(name: str, value: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        record = json.loads(path.read_text())
        record["result"][name] = value
        path.write_text(json.dumps(record))

    return change


def half(name: str, value: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))

    return change


def study(**changes: Any) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    return change


STRANGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "empty pulls": ("pulls.npy", lambda p: p.write_bytes(b"")),
    "pulls that end": ("pulls.npy", lambda p: p.write_bytes(p.read_bytes()[:-1])),
    "pulls of another shape": ("pulls.npy", lambda p: npy(np.zeros((2, 2, 2)), p)),
    "pulls that are no numbers": ("pulls.npy", lambda p: npy(np.full_like(np.load(p), np.nan), p)),
    "endless pulls": ("pulls.npy", lambda p: p.write_bytes(p.read_bytes()[:6] + b"\x01\x00" + b"v\x00" + (
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999999,), }").ljust(117) + b"\n")),
    "an empty study": ("study.json", lambda p: p.write_text("")),
    "a deep study": ("study.json", deep),
    "a nested study": ("study.json", nested),
    "a study that is a list": ("study.json", lambda p: p.write_text("[]")),
    "a study without end": ("study.json", study(steps=10**12)),
    "steps that are a word": ("study.json", study(steps="3")),
    "steps that are a half": ("study.json", study(steps=2.5)),
    "steps that are a truth": ("study.json", study(steps=True)),
    "a seed below 0": ("study.json", study(seed=-1)),
    "a reference of no group": ("study.json", study(reference="Z")),
    "a reference that is a list": ("study.json", study(reference=[])),
    "a circumstance that is no object": ("run.json", half("circumstance", "hello")),
    "a result that is no object": ("run.json", half("result", [])),
    "a format that is no word": ("run.json", half("format", 1)),
    "a deep record": ("run.json", deep),
    "replicates that are a word": ("run.json", fact("replicates", "1")),
    "replicates without end": ("run.json", fact("replicates", 10**9)),
    "no replicates": ("run.json", fact("replicates", 0)),
    "another engine": ("run.json", fact("engine", "quantum")),
    "an engine that is a list": ("run.json", fact("engine", [])),
    "mass that is a word": ("run.json", fact("lost mass", "0")),
    "an empty table": ("steps.parquet", lambda p: p.write_bytes(b"")),
    "a table of another kind": ("steps.parquet", lambda p: pq.write_table(pa.table({"x": [1]}), p)),
    "a table of lists": ("moves.parquet", lambda p: pq.write_table(
        pq.read_table(p).append_column("x", pa.array([[1]] * pq.read_table(p).num_rows)), p)),
    "words for numbers": ("steps.parquet", lambda p: pq.write_table(pq.read_table(p).set_column(
        4, "persons", pa.array(["many"] * pq.read_table(p).num_rows)), p)),
    "a folder": ("steps.parquet", lambda p: (p.unlink(), p.mkdir())),  # type: ignore[func-returns-value]
    "a pipe": ("study.json", lambda p: (p.unlink(), os.mkfifo(p))),  # type: ignore[func-returns-value]
    "a link to what never ends": ("pulls.npy", lambda p: (p.unlink(), p.symlink_to("/dev/zero"))),  # type: ignore
    "a link that leads out": ("study.json", lambda p: p.symlink_to(p.rename(p.parent.parent / "secret.json"))),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_somebody_else_made_is_refused_in_words(copy: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    file, change = STRANGE[name]
    change(copy / file)
    for command in (["story", str(copy), "1"], ["report", str(copy), "-o", str(copy.parent / "page.html")],
                    ["verify", str(copy)]):
        code = dispatch(app, command)
        out, err = capsys.readouterr()
        if command[0] == "verify" and code == 1:  # it takes nothing from that file, and says that it is another
            assert file in out
            continue
        assert (code, out) == (2, ""), command
        assert "defect" not in err
        assert err.count("\n") == 1
    assert not (copy.parent / "page.html").exists()
