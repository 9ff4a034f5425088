"""A result from somebody else runs nothing, fills no memory and leads nowhere."""

from __future__ import annotations

import io
import json
import os
import pickle
import resource
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sousveil
from sousveil import atlas
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.runs import folder, table_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and limits")


class Hostile:
    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.proof),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made") / "out"
    assert dispatch(app, ["run", "seed-article", "--people", "300", "--steps", "8", "--engine", "agents", "-o",
                          str(out)]) == 0
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def all_refuse(result: Path, capsys: pytest.CaptureFixture[str], *, verify: bool = True) -> None:
    for command in (["story", str(result), "1"], ["report", str(result), "-o", str(result.parent / "page.html")],
                    *([["verify", str(result)]] if verify else [])):
        capsys.readouterr()
        assert dispatch(app, command) == 2, command
        out, err = capsys.readouterr()
        assert out == ""
        assert "defect" not in err


def test_pickles_in_arrays_are_not_read(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof = tmp_path / "proof"
    for content in (np.array([Hostile(proof)], dtype=object), np.array([Hostile(proof)] * 3, dtype=object)[None]):
        made = io.BytesIO()
        np.save(made, content, allow_pickle=True)
        (copy / "pulls.npy").write_bytes(made.getvalue())
        all_refuse(copy, capsys, verify=False)
    (copy / "pulls.npy").write_bytes(pickle.dumps(Hostile(proof)))
    all_refuse(copy, capsys, verify=False)
    assert "pulls.npy" in sousveil.verify(copy)
    assert not proof.exists()


def test_pickles_in_extension_types_are_not_read(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
                                                 ) -> None:
    """Arrow could once be made to unpickle the type of a column."""
    proof = tmp_path / "proof"
    table = pq.read_table(copy / "moves.parquet")
    field = pa.field("x", pa.binary(), metadata={
        "ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(Hostile(proof))})
    pq.write_table(table.append_column(field, pa.array([b""] * table.num_rows)), copy / "moves.parquet")
    all_refuse(copy, capsys, verify=False)
    assert "moves.parquet" in sousveil.verify(copy)
    assert not proof.exists()


def rows(count: int) -> pa.Table:
    """So many rows of nothing, a few kilobytes on the disk."""
    return pa.table({"x": pa.array(np.zeros(count, dtype=np.int64))})


def one_long_word(path: Path) -> None:
    """A million rows of one word of a megabyte, kept once."""
    word = pa.DictionaryArray.from_arrays(pa.array(np.zeros(10**6, dtype=np.int32)), pa.array(["x" * 10**6]))
    plain = pa.schema([("x", pa.string())])
    schema = pa.schema([pa.field("x", pa.dictionary(pa.int32(), pa.string()))])
    pq.write_table(pa.table({"x": word}, schema=schema), path, store_schema=False)
    assert pq.ParquetFile(path).schema_arrow == plain


def many_rows(path: Path) -> None:
    with pq.ParquetWriter(path, rows(0).schema, compression="zstd") as writer:
        for _ in range(40):
            writer.write_table(rows(10**7))


def wide(path: Path) -> None:
    kind = pa.list_(pa.int64())
    pq.write_table(pa.table({"x": pa.array([[0] * 10**7], kind)}), path, compression="zstd")


@pytest.mark.parametrize("bomb", [one_long_word, many_rows, wide])
def test_no_bomb_goes_off(copy: Path, bomb: Callable[[Path], None], capsys: pytest.CaptureFixture[str]) -> None:
    bomb(copy / "steps.parquet")
    assert (copy / "steps.parquet").stat().st_size < 2_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match=r"would be a table of more than|has a column"):
        table_file.read(copy / "steps.parquet")
    all_refuse(copy, capsys, verify=False)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_000_000  # kilobytes


@pytest.mark.parametrize("name", ["run.json", "study.json", "pulls.npy", "steps.parquet", "harms.csv", "report.html"])
def test_links_that_lead_out_are_not_followed(copy: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
                                              ) -> None:
    """Neither read, nor written to: whoever runs again for that folder, or sets its report, changes nothing outside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (copy / name).rename(outside / name)
    (copy / name).symlink_to(outside / name)
    secret = (outside / name).read_bytes()
    with pytest.raises(InputError, match="leads out of the result, and is not read"):
        folder.read_document(copy, name)
    with pytest.raises(InputError, match="leads out of the result, and is not read"):
        sousveil.verify(copy)
    if name == "report.html":
        assert dispatch(app, ["report", str(copy)]) == 0
    again = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "0.01", "-o", str(copy)]
    assert dispatch(app, again) == (2 if name == "run.json" else 0), capsys.readouterr().err
    assert (outside / name).read_bytes() == secret
    assert [path.name for path in outside.iterdir()] == [name]


def test_a_folder_in_a_result_that_leads_out_is_left_alone(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "thesis.tex").write_text("years of work")
    (copy / "inputs").symlink_to(outside)
    assert sousveil.verify(copy) == []
    sousveil.load(copy).save(copy)
    assert (outside / "thesis.tex").read_text() == "years of work"
    assert (copy / "inputs").readlink() == outside


def test_names_in_a_record_lead_nowhere(copy: Path) -> None:
    record = json.loads((copy / "run.json").read_text())
    record["files"] |= {"../outside.txt": "0", "/etc/passwd": "0", "": "0"}
    (copy / "run.json").write_text(json.dumps(record))
    (copy.parent / "outside.txt").write_text("secret")
    assert sousveil.verify(copy) == ["", "../outside.txt", "/etc/passwd", "run.json"]
    assert (copy.parent / "outside.txt").read_text() == "secret"


@pytest.mark.parametrize("name", ["study.yaml", "scheme.yaml", "population.yaml", "assumptions.yaml", "figures.yaml",
                                  "cases.yaml"])
def test_a_study_from_somebody_else_opens_no_other_file(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
                                                        ) -> None:
    """Its files may be links: where one leads out of its folder, not a word of what it leads to is told."""
    there, secret = tmp_path / "theirs", tmp_path / "secret"
    shutil.copytree(atlas.folder("nl-duo-cub-2014"), there)
    secret.write_text("marker4711: x\n", encoding="utf-8")
    (there / name).unlink(missing_ok=True)
    (there / name).symlink_to(secret)
    for words in (["check", str(there)], ["infer", str(there)], ["cases", str(there)], ["run", str(there)]):
        code = dispatch(app, [*words, *(["--people", "50", "--steps", "2"] if words[0] == "run" else [])])
        told = capsys.readouterr()
        assert "marker4711" not in told.out + told.err
        if words[0] == "check" or name in ("study.yaml", "scheme.yaml", "population.yaml", "assumptions.yaml"):
            assert code == 2
            assert "leads out of the folder of the study" in " ".join((told.out + told.err).split())
    (there / name).unlink()
    (there / name).symlink_to(tmp_path / "nothing")
    assert dispatch(app, ["check", str(there)]) == 2


def test_what_somebody_put_beside_a_result_stays_when_it_is_replaced(copy: Path, capsys: pytest.CaptureFixture[str]
                                                                    ) -> None:
    """Notes, folders, hidden files and links: the new result neither takes them away nor claims them."""
    (copy / "notes.docx").write_text("mine", encoding="utf-8")
    (copy / ".hidden").write_text("mine", encoding="utf-8")
    (copy / "sub" / "deeper").mkdir(parents=True)
    (copy / "sub" / "deeper" / "x.txt").write_text("mine", encoding="utf-8")
    (copy / "link").symlink_to(copy.parent)
    (copy / "thesis").symlink_to("notes.docx")
    (copy / "empty").mkdir()
    again = ["run", "seed-article", "--people", "200", "--steps", "3", "--points", "0", "-o", str(copy)]
    for _ in range(2):
        assert dispatch(app, again) == 0
        for name in ("notes.docx", ".hidden", "sub/deeper/x.txt"):
            assert (copy / name).read_text(encoding="utf-8") == "mine"
        assert (copy / "empty").is_dir()
        assert (copy / "thesis").readlink() == Path("notes.docx")
        listed = json.loads((copy / "run.json").read_text(encoding="utf-8"))["files"]
        assert not {"notes.docx", ".hidden", "sub/deeper/x.txt", "thesis"} & {*listed}
    capsys.readouterr()
    assert dispatch(app, ["verify", str(copy)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Not of the result, and not looked at: link, notes.docx, sub/deeper/x.txt, thesis" in told
    (copy / "widths.json").write_text("{}", encoding="utf-8")
    assert dispatch(app, ["verify", str(copy)]) == 1, "a name that readers of a result look for"
    (copy / "widths.json").unlink()
    baserate = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "0.01", "-o", str(copy)]
    assert dispatch(app, baserate) == 0
    assert (copy / "notes.docx").is_file()
    assert not (copy / "steps.parquet").exists(), "of the earlier result, which is gone as a whole"


def test_a_bundle_takes_the_place_of_no_other_file(copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
                                                  ) -> None:
    mine = tmp_path / "mine.zip"
    mine.write_text("no zip", encoding="utf-8")
    for place, words in ((mine, "left alone"), (tmp_path / "study.yaml", "is to end in .zip")):
        assert dispatch(app, ["bundle", str(copy), "-o", str(place)]) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert mine.read_text(encoding="utf-8") == "no zip"
    for _ in range(2):
        assert dispatch(app, ["bundle", str(copy), "-o", str(tmp_path / "a.zip")]) == 0


def test_bytes_that_are_no_text_are_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = os.fsdecode(b"\xff")
    assert dispatch(app, ["run", "seed-article", "-o", str(tmp_path / bad)]) == 2
    assert "bytes that are no text" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["report", "{copy}", "-o"], ["bundle", "{copy}", "-o"], ["schema", "study", "-o"],
                                   ["assess", "{copy}", "-o"]])
def test_what_is_no_file_is_left_alone(copy: Path, tmp_path: Path, words: list[str],
                                       capsys: pytest.CaptureFixture[str]) -> None:
    """A device, say: whoever may replace /dev/null would take it away from everybody."""
    pipe = tmp_path / {"bundle": "out.zip", "schema": "out"}.get(words[0], "out.html")
    os.mkfifo(pipe)
    assert dispatch(app, [*(word.format(copy=copy) for word in words), str(pipe)]) == 2
    assert stat.S_ISFIFO(os.lstat(pipe).st_mode)
    assert "defect" not in capsys.readouterr().err
