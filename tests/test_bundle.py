"""A bundle: the same bytes each time, taken by `verify`, and nothing of what a stranger may have packed into one."""

from __future__ import annotations

import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.runs import bundle, folder, provenance
from swept import written


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("made")
    written(home / "mine")
    out = home / "out"
    assert dispatch(app, ["run", str(home / "mine"), "--people", "300", "--steps", "3", "--points", "0", "-o",
                          str(out)]) == 0
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


@pytest.fixture
def packed(made: Path, tmp_path: Path) -> Path:
    bundle.pack(made, tmp_path / "packed.zip")
    return tmp_path / "packed.zip"


def test_it_holds_the_result_the_command_the_version_and_the_licence(made: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed) as file:
        assert {name.removeprefix("result/") for name in file.namelist() if name.startswith("result/")} == {
            path.name for path in made.iterdir()}
        assert file.read("result/study.json") == (made / "study.json").read_bytes()
        told = file.read("README.txt").decode()
        assert "sousveil run mine --people 300 --steps 3" in told
        assert f"sousveil {sousveil.__version__}" in told
        assert "neither evidence of what happened to anybody nor a finding of compliance" in told
        assert provenance.digest(made / "report.html") in told
        assert "Apache License, Version 2.0" in file.read("LICENSE.txt").decode()


def test_the_same_result_gives_the_same_bytes_from_wherever_it_lies(made: Path, packed: Path, copy: Path,
                                                                    tmp_path: Path) -> None:
    for path in copy.iterdir():
        path.touch()
    bundle.pack(copy, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_verify_takes_it_and_sees_what_was_changed_in_it(packed: Path, tmp_path: Path,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["verify", str(packed)]) == 0
    assert capsys.readouterr().out == "packed.zip: run again, and every byte of every file is the same\n"
    for name in ("result/harms.csv", "README.txt", "LICENSE.txt"):
        other = repacked(packed, tmp_path / "other.zip", {name: b"another"})
        assert name.removeprefix("result/") in sousveil.verify(other)


@pytest.mark.parametrize(("name", "content"), [
    ("study.json", b"{"), ("study.json", b"{}"), ("run.json", b"{"), ("steps.parquet", b""), ("pulls.npy", b"x")])
def test_a_mistake_in_it_is_told_of_the_zip_and_not_of_a_folder_that_nobody_chose(
        packed: Path, tmp_path: Path, name: str, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    other = repacked(packed, tmp_path / "other.zip", {f"result/{name}": content})
    (tmp_path / "filed.yaml").write_text("a: It is used to check.\n")
    filed = str(tmp_path / "filed.yaml")
    for words in (["verify", str(other)], ["assess", str(other)], ["review", filed, "--against", str(other)]):
        dispatch(app, words)
        told = "".join(capsys.readouterr())
        assert tempfile.gettempdir() not in told.replace(str(tmp_path), ""), words
        assert "/opened" not in told, words


def test_what_is_not_of_the_result_stays_out_and_is_named(copy: Path, tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "names-of-sources.txt").write_text("secret")
    (copy / ".hidden").write_text("secret")
    assert dispatch(app, ["bundle", str(copy), "-o", str(tmp_path / "b.zip")]) == 0
    assert "Left out, for they are not of the result: names-of-sources.txt" in capsys.readouterr().out
    assert b"secret" not in (tmp_path / "b.zip").read_bytes()


def test_a_result_that_was_changed_is_not_packed(copy: Path, tmp_path: Path) -> None:
    (copy / "harms.csv").write_text("another")
    with pytest.raises(InputError, match=r"harms\.csv  is not what was written"):
        bundle.pack(copy, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_a_page_that_was_changed_is_not_packed(copy: Path, tmp_path: Path) -> None:
    """The page was packed with other numbers than its tables: it is a file of the result like any other."""
    page = copy / "report.html"
    if not page.exists():
        assert dispatch(app, ["report", str(copy)]) == 0
    text = page.read_text(encoding="utf-8")
    listed = json.loads((copy / "run.json").read_text(encoding="utf-8"))["files"]
    assert "report.html" in listed
    page.write_text(text.replace("of 100", "of 10"), encoding="utf-8")
    with pytest.raises(InputError, match="is not what was written with this result"):
        sousveil.bundle(copy, tmp_path / "b.zip")


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "notes.txt", "charts/../../x.svg"])
def test_a_record_cannot_name_files_that_are_not_of_the_result(copy: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.txt").write_text("secret")
    (copy / "notes.txt").symlink_to(tmp_path / "outside.txt")
    record = json.loads((copy / "run.json").read_text())
    record["files"][name] = provenance.digest(b"secret")
    (copy / "run.json").write_text(json.dumps(record))
    with pytest.raises(InputError):
        bundle.pack(copy, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


More = Callable[[zipfile.ZipFile], None]


def repacked(packed: Path, target: Path, changed: dict[str, bytes], more: More | None = None) -> Path:
    """The bundle again, with other contents of some files, and with what `more` puts into it."""
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
        if more is not None:
            more(new)
    return target


def link(file: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("result/link.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    file.writestr(info, "/etc/passwd")


def bomb(file: zipfile.ZipFile) -> None:
    file.writestr("result/bomb.csv", b"0" * 3_000_000, zipfile.ZIP_DEFLATED)


STRANGE: dict[str, Callable[[zipfile.ZipFile], None]] = {
    name: (lambda file, name=name: file.writestr(name, b"x"))  # type: ignore[misc]
    for name in ("../out.txt", "result/../../out.txt", "/out.txt", "C:\\out.txt", "result/a/b/c.csv", "result/.hidden",
                 "result/RUN.JSON", "result/con.csv", "result/x.csv ", "result/\u202ex.csv", "other/x.csv", "x.csv")}
STRANGE |= {"a link": link, "a bomb": bomb,
            "many": lambda file: [file.writestr(f"result/{i}.csv", b"") for i in range(60)] and None}


@pytest.mark.parametrize("what", STRANGE)
def test_a_bundle_that_a_stranger_made_up_is_refused(packed: Path, tmp_path: Path, what: str,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 2_500_000)
    monkeypatch.setattr(bundle, "MOST_FILES", 60)
    (tmp_path / "in").mkdir()
    strange = repacked(packed, tmp_path / "in" / "strange.zip", {}, STRANGE[what])
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"strange\.zip"):
        sousveil.verify(strange)
    assert set(tmp_path.rglob("*")) == before


def test_a_file_that_unpacks_to_more_than_it_says_is_cut_off(packed: Path, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 500_000)
    monkeypatch.setattr(bundle, "_check", lambda entries, name: None)
    with pytest.raises(InputError, match="unpacks to more than"):
        sousveil.verify(repacked(packed, tmp_path / "b.zip", {}, bomb))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 100])
def test_what_is_no_zip_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"b\.zip  is no bundle of sousveil"):
        sousveil.verify(tmp_path / "b.zip")


def test_a_zip_without_a_result_is_said_to_have_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as file:
        file.writestr("README.txt", "x")
    with pytest.raises(InputError, match=r"has no result/run\.json"):
        sousveil.verify(tmp_path / "b.zip")


def test_names_are_those_of_the_folder(copy: Path) -> None:
    (copy / "charts").mkdir()
    (copy / "charts" / "x.svg").write_text("x")
    (copy / "elsewhere").symlink_to(copy.parent)
    assert folder.names(copy) >= {"run.json", "charts/x.svg", "elsewhere"}
