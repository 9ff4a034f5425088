"""Results are whole or absent, and the same content gives the same bytes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sousveil.errors import InputError
from sousveil.ground import disk
from sousveil.runs import folder, provenance
from sousveil.runs.written import write_results

TABLE = pa.table({"group": ["A", "B"], "share": [0.1 + 0.2, None]})
RECORD = provenance.dumps({"format": provenance.FORMAT, "result": {}, "circumstance": {}})


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_tables_and_documents_are_written_and_read_back(tmp_path: Path) -> None:
    written = write_results(tmp_path / "deep" / "base", {"harms": TABLE},
                            {"run.json": RECORD, "inputs/scheme.yaml": b"scheme: x\n"})
    assert sorted(everything(written)) == ["harms.csv", "harms.parquet", "inputs/scheme.yaml", "run.json"]
    assert folder.read_table(written, "harms").equals(TABLE)
    assert folder.read_document(written, "inputs/scheme.yaml") == b"scheme: x\n"
    assert (written / "harms.csv").read_text() == '"group","share"\n"A",0.30000000000000004\n"B",\n'
    assert [path.name for path in written.parent.iterdir()] == ["base"]


def test_equal_tables_give_equal_bytes_however_they_are_cut(tmp_path: Path) -> None:
    pieces = pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])
    assert pieces.column("group").num_chunks == 2
    for name, table in {"one": TABLE, "two": TABLE, "cut": pieces}.items():
        write_results(tmp_path / name, {"harms": table}, {"run.json": RECORD})
    assert everything(tmp_path / "one") == everything(tmp_path / "two") == everything(tmp_path / "cut")


def test_dictionary_columns_reach_csv_as_their_words(tmp_path: Path) -> None:
    table = pa.table({"tier": pa.array(["low", "top", "low"]).dictionary_encode()})
    write_results(tmp_path / "r", {"trace": table}, {"run.json": RECORD})
    assert (tmp_path / "r" / "trace.csv").read_text().split() == ['"tier"', '"low"', '"top"', '"low"']


def test_what_cannot_be_made_does_not_cost_the_rest(tmp_path: Path) -> None:
    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_results(tmp_path / "r", {"t": TABLE}, {"page.html": fail, "run.json": RECORD, "a": lambda: "made"})
    assert sorted(everything(tmp_path / "r")) == ["a", "run.json", "t.csv", "t.parquet"]


@pytest.mark.skipif(os.name == "nt", reason="ends by signal")
def test_a_process_that_ends_while_a_page_is_made_has_saved_the_rest(tmp_path: Path) -> None:
    """As a library aborts that gets no memory, and as the system kills who takes too much."""
    for how in ("os.abort()", "os.kill(os.getpid(), 9)"):
        program = textwrap.dedent(f"""
            import os
            import pyarrow as pa
            from sousveil.runs.written import write_results
            write_results({str(tmp_path / "r")!r}, {{"t": pa.table({{"a": [1]}})}},
                          {{"run.json": {RECORD!r}, "page.html": lambda: {how}}})
        """)
        assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode < 0
        assert sorted(everything(tmp_path / "r")) == ["run.json", "t.csv", "t.parquet"]
        assert sorted(json.loads((tmp_path / "r" / "run.json").read_text())["files"]) == [
            "run.json", "t.csv", "t.parquet"]
        assert folder.read_table(tmp_path / "r", "t").num_rows == 1
    write_results(tmp_path / "r", {"t": TABLE}, {"run.json": RECORD, "page.html": lambda: "made"})
    assert sorted(everything(tmp_path)) == ["r/page.html", "r/run.json", "r/t.csv", "r/t.parquet"]


def test_what_is_made_late_is_recorded_as_the_rest(tmp_path: Path) -> None:
    made = write_results(tmp_path / "late", {"t": TABLE}, {"run.json": RECORD, "inside/page": lambda: "made"})
    same = write_results(tmp_path / "soon", {"t": TABLE}, {"run.json": RECORD, "inside/page": "made"})
    assert everything(made) == everything(same)


def test_the_record_names_every_file_by_its_hash(tmp_path: Path) -> None:
    written = write_results(tmp_path / "r", {"t": TABLE}, {"run.json": RECORD, "inputs/scheme.yaml": "x"})
    files = json.loads((written / "run.json").read_text())["files"]
    for name, content in everything(written).items():
        if name != "run.json":
            assert files.pop(name) == hashlib.sha256(content).hexdigest()
    assert files == {"run.json": hashlib.sha256(RECORD.encode()).hexdigest()}


def test_an_old_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    write_results(tmp_path / "r", {"old": TABLE}, {"run.json": RECORD})
    write_results(tmp_path / "r", {"new": TABLE}, {"run.json": RECORD})
    assert sorted(everything(tmp_path)) == ["r/new.csv", "r/new.parquet", "r/run.json"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    write_results(tmp_path / "r", {}, {"run.json": RECORD})
    assert sorted(everything(tmp_path)) == ["r/run.json"]


@pytest.mark.parametrize("content", ["{", "{}", '{"scripts": {}}', "[" * 100_000])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "run.json").write_text(content)
    before = everything(tmp_path)
    with pytest.raises(InputError, match="holds something that is not a result of sousveil and is left alone"):
        write_results(tmp_path / "thesis", {"harms": TABLE}, {"run.json": RECORD})
    assert everything(tmp_path) == before


def test_places_that_cannot_hold_a_result_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    reasons = {"x" * 5000: "File name too long", ".": "name a folder of its own", "/": "name a folder of its own",
               "file": "is a file", "file/below": "lies below a file"}
    for place, reason in reasons.items():
        with pytest.raises(InputError, match=reason):
            write_results(place, {}, {"run.json": RECORD})


@pytest.mark.parametrize("name", ["../out.json", "/out.json", ""])
def test_no_document_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not name a file"):
        write_results(tmp_path / "r", {}, {"run.json": RECORD, name: "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", [False, True], ids=["nothing before", "a result before"])
@pytest.mark.parametrize("failing", range(5))
def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                     before: bool, failing: int) -> None:
    """The disk is full at the first, second ... file that is forced onto it."""
    target = tmp_path / "r"
    if before:
        write_results(target, {"old": TABLE}, {"run.json": RECORD})
    was, calls, force = everything(tmp_path), iter(range(100)), os.fsync

    def full(handle: int) -> None:
        if next(calls) >= failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        force(handle)

    monkeypatch.setattr(os, "fsync", full)
    tables = {"a": TABLE, "b": TABLE}
    with pytest.raises(InputError, match="No space left on device; nothing was changed there"):
        write_results(target, tables, {"run.json": RECORD})
    assert everything(tmp_path) == was
    assert [path.name for path in tmp_path.iterdir()] == (["r"] if before else [])


def test_a_failing_move_puts_the_old_result_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_results(tmp_path / "r", {"old": TABLE}, {"run.json": RECORD})
    was, move = everything(tmp_path), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.suffix == ".partial":
            raise OSError(errno.EACCES, "Permission denied")
        return move(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(disk, "exchange", lambda one, other: False)
    with pytest.raises(InputError, match="Permission denied"):
        write_results(tmp_path / "r", {}, {"run.json": RECORD})
    assert everything(tmp_path) == was


@pytest.mark.skipif(os.name == "nt", reason="kills by signal")
@pytest.mark.parametrize("victim", range(6))
def test_a_killed_process_leaves_the_old_result(tmp_path: Path, victim: int) -> None:
    """Killed without warning at the n-th forcing onto the disk: the old result stands, and the next write succeeds."""
    write_results(tmp_path / "r", {"old": TABLE}, {"run.json": RECORD})
    was = everything(tmp_path / "r")
    program = textwrap.dedent(f"""
        import os, signal
        import pyarrow as pa
        from sousveil.runs.written import write_results
        calls, force = iter(range(100)), os.fsync
        def killed(handle):
            if next(calls) == {victim}:
                os.kill(os.getpid(), signal.SIGKILL)
            force(handle)
        os.fsync = killed
        table = pa.table({{"a": range(1000)}})
        write_results({str(tmp_path / "r")!r}, {{"a": table, "b": table}}, {{"run.json": {RECORD!r}}})
    """)
    ended = subprocess.run([sys.executable, "-c", program], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert everything(tmp_path / "r") == was
    write_results(tmp_path / "r", {"new": TABLE}, {"run.json": RECORD})
    assert sorted(everything(tmp_path / "r")) == ["new.csv", "new.parquet", "run.json"]


def test_what_is_not_a_result_is_not_read(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none", "x" * 5000):
        with pytest.raises(InputError, match=r"is not a result of sousveil: it has no run\.json"):
            folder.read_table(place, "harms")
    write_results(tmp_path / "r", {}, {"run.json": RECORD, "broken.parquet": "PAR1"})
    with pytest.raises(InputError, match=r"has no harms\.parquet"):
        folder.read_table(tmp_path / "r", "harms")
    with pytest.raises(InputError, match="is not a Parquet file"):
        folder.read_table(tmp_path / "r", "broken")


def test_parquet_names_no_place(tmp_path: Path) -> None:
    made = write_results(tmp_path / "r", {"harms": TABLE}, {"run.json": RECORD})
    assert str(tmp_path).encode() not in (made / "harms.parquet").read_bytes()
    assert pq.read_metadata(made / "harms.parquet").num_row_groups == 1


def test_a_record_that_cannot_be_read_is_named_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(InputError, match=f"^{re.escape(str(tmp_path / 'run.json'))}  is not JSON$"):
        folder.read_record(tmp_path)
