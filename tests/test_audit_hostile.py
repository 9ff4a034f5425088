"""Files made, or broken, so that a reader of tables asks for all memory there is, waits for ever, or falls over."""

from __future__ import annotations

import contextlib
import io
import time
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import sousveil as sv
from sousveil.audits.shape import named
from sousveil.errors import InputError
from test_audit_everyday import xlsx

ROWS = [("sex", "d"), *(("mw"[i % 2], str(int(i % 3 < 1))) for i in range(60))]


def with_part(book: bytes, ending: str, old: str, new: str) -> bytes:
    """A workbook with something else in one of its parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as before, zipfile.ZipFile(file, "w") as after:
        for name in before.namelist():
            text = before.read(name).decode()
            after.writestr(name, text.replace(old, new) if name.endswith(ending) else text)
    return file.getvalue()


def ods(rows: str) -> bytes:
    spaces = " ".join(f'xmlns:{part}="urn:oasis:names:tc:opendocument:xmlns:{part}:1.0"'
                      for part in ("office", "table", "text"))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
        book.writestr("content.xml", (
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="a">{rows}'
            "</table:table></office:spreadsheet></office:body></office:document-content>"))
    return file.getvalue()


def row(cells: str, times: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{cells}</table:table-row>'


def cell(text: str, times: int = 1) -> str:
    return (f'<table:table-cell office:value-type="string" table:number-columns-repeated="{times}">'
            f"<text:p>{text}</text:p></table:table-cell>")


@pytest.mark.parametrize("places", [["XFD1048576"], ["ZZ999999"], ["XFD70", "A1048576"]])
def test_values_far_away_ask_for_no_memory(tmp_path: Path, places: list[str]) -> None:
    """Room for all cells up to the last one would end the process."""
    far = "".join(f'<row r="{place.lstrip("ADFXZ")}"><c r="{place}"><v>1</v></c></row>' for place in places)
    far += "</sheetData>"
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_part(xlsx(a=ROWS), "s0.xml", "</sheetData>", far))
    with pytest.raises(InputError, match="too large to be held in memory"):
        sv.audit(path, decision="d", groups="sex")


def test_empty_cells_with_a_colour_are_no_values_far_away(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_part(xlsx(a=ROWS), "s0.xml", "</sheetData>", far))
    assert sv.audit(path, decision="d", groups="sex").printed[(), "n"] == 60


def test_cells_that_are_repeated_ask_for_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.ods"
    names = row(cell("sex") + cell("d"))
    path.write_bytes(ods(names + row(cell("m") + cell("1", 16_000), 1_000_000)))
    with pytest.raises(InputError, match="too large to be held in memory"):
        sv.audit(path, decision="d", groups="sex")


def test_the_empty_end_of_a_sheet_is_nothing(tmp_path: Path) -> None:
    """As offices save it: every row to the last column, and every sheet to the last row."""
    rest = '<table:table-cell table:number-columns-repeated="16382"/>'
    path = tmp_path / "a.ods"
    path.write_bytes(ods("".join(row(cell(sex) + cell(d) + rest) for sex, d in ROWS) + row(rest, 1_048_000)))
    assert sv.audit(path, decision="d", groups="sex").printed[(), "n"] == 60


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(range(256)), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 90])
def test_what_is_no_workbook_is_said_to_be_broken(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        sv.audit(path, decision="d")


@pytest.mark.parametrize(("text", "said"), [
    ("sex,d\n" + "m" * 2_000_000 + ",1\n" + "w,0\n" * 40, "has a line too long for a table"),
    ("d" * 200_000 + ",sex\n" + "1,w\n" * 40, 'has no column "d"'),
    (",".join(f"c{i}" for i in range(5_000)) + "\n" + "1," * 4_999 + "1\n", "has 5,000 columns; at most 500")])
def test_lines_longer_than_any_of_a_table_are_said_to_be_so(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        sv.audit(path, decision="d")


@pytest.mark.parametrize("text", ['[{"sex":"m","d":1}, {"sex":"w","d":0}]', '{"sex": "m", "d": 1}\n' * 60,
                                  '[\n  {"sex": "m", "d": 1}\n]'])
def test_json_is_no_table_and_its_first_person_is_not_quoted(tmp_path: Path, text: str) -> None:
    """The first line was taken for names: for "d" it said, did you mean "d:1}", which the first person's decision is.
    """
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="is JSON") as caught:
        sv.audit(path, decision="d", groups="sex")
    assert "1" not in str(caught.value)


@pytest.mark.parametrize("ending", ["arrow", "arrows"])
def test_places_out_of_memory_in_a_damaged_file_end_nothing(tmp_path: Path, ending: str) -> None:
    """One byte that is another in every fourth such file ended the process."""
    file = pa.BufferOutputStream()
    names = ["sex", "d"]
    batch = pa.record_batch([[row[i] for row in ROWS[1:]] for i in (0, 1)], names)
    with (pa.ipc.new_file if ending == "arrow" else pa.ipc.new_stream)(file, batch.schema) as writer:
        writer.write_batch(batch)
    data = file.getvalue().to_pybytes()
    places = np.arange(61, dtype=np.int32)
    far = np.where(places == 30, 2_000_000_000, places).astype(np.int32)
    assert data.count(places.tobytes()) == 2
    path = tmp_path / f"a.{ending}"
    path.write_bytes(data.replace(places.tobytes(), far.tobytes()))
    with pytest.raises(InputError, match="cannot be read as a table; it may be cut off or broken"):
        sv.audit(path, decision="d", groups="sex")
    path.write_bytes(data)
    assert sv.audit(path, decision="d", groups="sex").printed[(), "n"] == 60


def test_a_hundred_thousand_names_are_numbered_once() -> None:
    """Names that stand twice get numbers; counting each among all takes hours for a line of a million."""
    began = time.process_time()
    found = named(["x", "X", *map(str, range(100_000))])
    assert found[:3] == ("x (1)", "X (2)", "0")
    assert time.process_time() - began < 60


def test_a_name_too_long_for_any_system_is_cut_for_the_page() -> None:
    from sousveil.app.uploads import _named

    found = _named("../" + "衣" * 300 + ".csv")
    assert found.endswith("衣.csv")
    assert len(found.encode()) <= 100


@pytest.mark.parametrize("odd", ["\u00b92", "\u0662", "\uff12", "2\u00a0"])
def test_a_count_in_digits_that_are_no_number_is_refused_in_words(tmp_path: Path, odd: str) -> None:
    rows = "".join(f"{sex},{flagged},{odd if not i else 3}\n" for sex in "mw" for flagged in "01" for i in range(30))
    (tmp_path / "t.csv").write_text("sex,flagged,n\n" + rows, encoding="utf-8")
    with contextlib.suppress(sv.SousveilError):
        sv.audit(tmp_path / "t.csv", decision="flagged", groups="sex", counts="n")
