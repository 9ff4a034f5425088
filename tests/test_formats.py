"""A result in the forms that people pass on: what other programs read in them, and what a strange page may not do."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from pathlib import Path
from urllib.parse import quote

import docx as word
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pytest
from python_calamine import CalamineWorkbook

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.page import pictures
from sousveil.page.word import docx
from sousveil.page.workbook import workbook
from sousveil.reports import formats
from swept import written

SMALL = ["--people", "400", "--steps", "4", "--points", "2"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its page, document, workbook and pictures."""
    home = tmp_path_factory.mktemp("made")
    written(home / "mine")
    out = home / "out"
    assert dispatch(app, ["run", str(home / "mine"), *SMALL, "--engine", "agents", "-o", str(out)]) == 0
    assert dispatch(app, ["report", str(out), "--format", "all"]) == 0
    return out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_a_result_with_all_its_forms_verifies_and_no_change_goes_unseen(copy: Path) -> None:
    assert sousveil.verify(copy) == []
    (copy / "report.xlsx").write_bytes(workbook([("what", "another")], {"t": pa.table({"a": [1]})}))
    changed = (copy / "charts" / "tiers.svg").read_text().replace("%", "&#37;", 1)
    (copy / "charts" / "tiers.svg").write_text(changed)
    document = word.Document(str(copy / "report.docx"))
    document.add_paragraph("and something else")
    document.save(str(copy / "report.docx"))
    assert sousveil.verify(copy) == ["charts/tiers.svg", "report.docx", "report.xlsx"]


def test_every_chart_of_the_page_lies_in_the_folder_as_svg_and_as_png(made: Path) -> None:
    offered = set(re.findall(r'download="([\w-]+\.svg)"', (made / "report.html").read_text(encoding="utf-8")))
    assert len(offered) >= 2
    there = {path.name for path in (made / "charts").iterdir()}
    assert there == offered | {name.replace(".svg", ".png") for name in offered}
    for path in (made / "charts").glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("reader", ["openpyxl", "calamine"])
def test_other_programs_read_the_same_numbers_in_the_workbook(made: Path, reader: str) -> None:
    here = pa.csv.read_csv(made / "harms.csv").to_pydict()
    if reader == "openpyxl":
        rows = [list(row) for row in openpyxl.load_workbook(made / "report.xlsx")["harms"].iter_rows(values_only=True)]
    else:
        rows = CalamineWorkbook.from_path(str(made / "report.xlsx")).get_sheet_by_name("harms").to_python()
    head, rows = rows[0], rows[1:]
    assert head == [*here]
    assert [row[head.index("measure")] for row in rows] == here["measure"]
    for row, value in zip(rows, here["value"], strict=True):
        shown = row[head.index("value")]
        assert shown == pytest.approx(value) if value is not None else shown in (None, "")


def test_the_workbook_says_what_it_supports_and_what_made_it(made: Path) -> None:
    about = openpyxl.load_workbook(made / "report.xlsx")["about"]
    said = {row[0].value: row[1].value for row in about.iter_rows()}
    assert "no evidence of what happened to anybody" in said["what this supports"]
    assert said["command"].startswith("sousveil run mine --people 400")
    assert said["version"] == f"sousveil {sousveil.__version__}"


FORMULAS = ["=HYPERLINK(\"http://x.example\",\"here\")", "+1+1", "-2", "@SUM(A1)", "\t=1", "\uff1d1"]


def test_no_text_becomes_a_formula_or_a_link() -> None:
    table = pa.table({"=A1": FORMULAS, "text": ["http://x.example", "mailto:a@b.example", "x", "y", "z", "w"]})
    book = workbook([("=1+1", "=HYPERLINK(\"http://x.example\")")], {"=cmd|' /C calc'!A0": table})
    for sheet in openpyxl.load_workbook(io.BytesIO(book)):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n")
                assert cell.hyperlink is None
                assert cell.value is None or not str(cell.value).startswith(("=", "+", "-", "@", "\t", "\uff1d"))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert not any(b"<f>" in parts.read(name) or b"hyperlink" in parts.read(name) for name in parts.namelist()
                       if "worksheets" in name)


def test_a_long_table_says_where_all_of_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.page.workbook.MOST_ROWS", 3)
    book = openpyxl.load_workbook(io.BytesIO(workbook([], {"steps": pa.table({"a": list(range(9))})})))
    assert book["about"]["B1"].value == "the first 3 of 9 rows; all of them are in steps.csv"
    assert book["steps"].max_row == 4


def test_sheets_whose_names_are_alike_or_too_long_stay_apart() -> None:
    names = ["x" * 40, "x" * 41, "About", "a/b", "a:b", "history"]
    book = openpyxl.load_workbook(io.BytesIO(workbook([], {name: pa.table({"a": [1]}) for name in names})))
    assert len(book.sheetnames) == len(names) + 1
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_the_document_says_what_the_page_says(made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")
    document = word.Document(str(made / "report.docx"))
    text = "\n".join(p.text for p in document.paragraphs)
    for tag in ("h1", "h2"):
        for heading in re.findall(rf"<{tag}>(.*?)</{tag}>", page):
            assert re.sub(r"<[^>]+>|&#?\w+;", "", heading).strip()[:30] in text
    assert "It is no evidence of what happened to anybody." in text
    assert len(document.inline_shapes) == len(pictures.drawings(page))
    assert document.core_properties.author == "sousveil"


def test_the_same_page_gives_the_same_bytes(made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")
    assert docx(page) == (made / "report.docx").read_bytes()
    assert formats.workbook(made) == (made / "report.xlsx").read_bytes()


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">{}</svg>'
HOSTILE = [
    '<image href="file:///etc/passwd" x="0" y="0" width="9" height="9"/>',
    '<image xlink:href="/etc/passwd"/>', "<style>@import url(file:///etc/passwd)</style>",
    '<rect fill="url(file:///etc/passwd#a)" width="9" height="9"/>', "<script>alert(1)</script>",
    '<use href="#a"/>', "<foreignObject/>", "<!DOCTYPE svg [<!ENTITY a 'aaa'>]>", "<text>&a;</text>",
    '<text onload="x()">a</text>', "<text>a</text", '<g style="x:url(y)"/>', "<?xml-stylesheet href='x'?>"]


@pytest.mark.parametrize("inside", HOSTILE)
def test_a_picture_that_could_reach_a_file_is_left_alone(inside: str) -> None:
    svg = SVG.format(inside)
    assert not pictures.is_ours(svg)
    with pytest.raises(InputError, match=r"did not|not one that sousveil drew"):
        pictures.png(svg)
    page = f'<a download="x.svg" href="data:image/svg+xml;charset=utf-8,{quote(svg)}">x</a>'
    for reads in (docx, pictures.drawings):
        with pytest.raises(InputError, match="left alone"):
            reads(page)


@pytest.mark.parametrize("svg", ["", "x", SVG.format("").replace('"20"', '"2e9"'),
                                 SVG.format("").replace("20", "90000"), SVG.format("x" * 2_000_001)])
def test_a_picture_of_no_size_or_too_large_a_size_is_left_alone(svg: str) -> None:
    assert not pictures.is_ours(svg)


MANY = 40_000
ENDLESS = {"comments": "<!--" * MANY, "tags": "<a " * MANY, "ends": "</" * MANY, "marks": "<![" * MANY,
           "quotes": "<a b=\"" * MANY, "names": "<a " + "b<" * MANY, "questions": "<?" * MANY}


@pytest.mark.parametrize("what", ENDLESS)
def test_a_page_that_would_keep_a_reader_busy_for_hours_is_not_read(what: str) -> None:
    for reads in (docx, pictures.drawings):
        with pytest.raises(InputError, match="left alone"):
            reads("<!DOCTYPE html>\n" + ENDLESS[what])


def test_where_there_are_no_fonts_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures._letters_show.cache_clear()
    monkeypatch.setitem(pictures._DRAWING, "skip_system_fonts", True)
    with pytest.raises(InputError, match=r"no fonts.*install one, such as.*or take the pictures of report\.html"):
        pictures.png(SVG.format("<text>a</text>"))
    assert pictures.png(SVG.format('<rect width="9" height="9"/>')).startswith(b"\x89PNG")
    pictures._letters_show.cache_clear()


def test_a_page_that_is_not_what_was_written_is_not_passed_on(tmp_path: Path) -> None:
    faces = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "1/100"]
    assert dispatch(app, [*faces, "-o", str(tmp_path / "base")]) == 0
    assert formats.files(tmp_path / "base", ["docx", "xlsx"]).keys() == {"report.docx", "report.xlsx"}
    (tmp_path / "base" / "report.html").write_text("<h1>another</h1>")
    with pytest.raises(InputError, match="not the page that was written"):
        formats.files(tmp_path / "base", ["docx"])


def test_tables_that_were_changed_are_not_passed_on(copy: Path) -> None:
    shutil.copy(copy / "steps.parquet", copy / "harms.parquet")
    with pytest.raises(InputError, match=r"harms\.parquet  is not what was written"):
        formats.workbook(copy)


def test_another_format_is_refused_with_the_nearest(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["report", str(made), "--format", "doc"]) == 2
    assert 'did you mean "docx"' in capsys.readouterr().err


def test_pictures_of_a_page_without_any_are_refused(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.reports.formats.page_of", lambda _: "<p>words</p>")
    with pytest.raises(InputError, match="has no pictures"):
        formats.files(made, ["charts"])
    assert [*formats.files(made, ["html", "charts"])] == ["report.html"]


def test_one_format_may_be_written_elsewhere(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["report", str(made), "--format", "xlsx", "-o", str(tmp_path / "there" / "mine.xlsx"),
                          "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == ["mine.xlsx"]
    assert openpyxl.load_workbook(tmp_path / "there" / "mine.xlsx").sheetnames[0] == "about"
