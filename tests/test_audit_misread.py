"""Files that would be read as what they are not: bytes of zero, control characters, merged cells, counts as rows."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sousveil as sv
from sousveil.audits import columns
from sousveil.errors import InputError
from test_audit_everyday import xlsx
from test_audit_hostile import ods, row, with_part

CONTROL = set(map(chr, [*range(9), 11, 12, *range(14, 32), *range(127, 160), 0x2028, 0x202e]))


def people(n: int = 60) -> list[tuple[str, str]]:
    return [("mw"[i % 2], str(i % 3 // 2)) for i in range(n)]


def csv(rows: list[tuple[str, ...]], names: str = "sex,d") -> bytes:
    return "\n".join([names, *map(",".join, rows), ""]).encode()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("at", [0, 3, 2000])
def test_a_byte_of_zero_is_called_one_and_its_line_is_named(tmp_path: Path, name: str, at: int) -> None:
    lines = csv(people(2400)).split(b"\n")
    lines[at] = lines[at].replace(b",", b"\0,")
    data = b"\n".join(lines)
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    with pytest.raises(InputError, match=rf"{name}:{at + 1}:1  has a byte of zero"):
        sv.audit(path, decision="d", groups="sex")


def test_nothing_that_a_terminal_would_obey_is_in_any_answer(tmp_path: Path) -> None:
    rows = [("\x1b[31mwomen\x07\u202e" if sex == "w" else sex, d, "n\x9b" if i % 4 else "s")
            for i, (sex, d) in enumerate(people(120))]
    (tmp_path / "a.csv").write_bytes(csv(rows, "s\x1b[2Jex\u202e,d,place"))
    found = sv.audit(tmp_path / "a.csv", decision="d", groups="s [2Jex,place")
    sv.save(found, tmp_path / "out")
    saved = pq.read_table(tmp_path / "out" / "audit.parquet")
    text = "".join(value for column in saved.columns for value in column.to_pylist() if isinstance(value, str))
    for name in ("audit.csv", "report.html", "run.json"):
        text += (tmp_path / "out" / name).read_text(encoding="utf-8")
    assert "women" in text
    assert not CONTROL & set(text)
    assert "\\u001b" not in text


@pytest.mark.parametrize("asked", [{"groups": "s\x1bex"}, {"where": "sex=\x1bw"}, {"where": "sex=w\u202e"},
                                   {"other_people": "They are others\nof another year."}])
def test_what_is_typed_has_no_control_characters(tmp_path: Path, asked: dict[str, str]) -> None:
    (tmp_path / "a.csv").write_bytes(csv(people()))
    with pytest.raises(InputError, match="control character"):
        sv.audit(tmp_path / "a.csv", decision="d", **asked)


def test_a_name_with_a_line_break_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx(a=[("sex\n(as recorded)\u00a0", "d"), *people()]))
    found = sv.audit(tmp_path / "a.xlsx", decision="d", groups="sex (as recorded)")
    assert found.groups[1:] == ("sex (as recorded)=m", "sex (as recorded)=w")


def merged(rows: list[tuple[str, ...]], places: str) -> bytes:
    ends = f'</sheetData><mergeCells><mergeCell ref="{places}"/></mergeCells>'
    return with_part(xlsx(a=rows), "s0.xml", "</sheetData>", ends)


def test_a_merged_cell_is_the_value_of_all_its_rows(tmp_path: Path) -> None:
    """Forty women, of whom the first cell alone has the word."""
    rows = [("m", str(i % 2)) for i in range(60)] + [("w" if i == 0 else "", str(i % 2)) for i in range(40)]
    (tmp_path / "a.xlsx").write_bytes(merged([("sex", "d"), *rows], "A62:A101"))
    found = sv.audit(tmp_path / "a.xlsx", decision="d", groups="sex")
    assert found.printed[((0, "w"),), "n"] == 40
    assert any("merged over several rows" in text for text in found.left_out)


def test_a_merged_count_stands_for_nobody_knows_how_many(tmp_path: Path) -> None:
    rows = [(s, d, n) for s, d, n in zip("mmww", "0101", ("40", "30", "50", ""), strict=True)]
    (tmp_path / "a.xlsx").write_bytes(merged([("sex", "d", "n"), *rows], "C4:C5"))
    with pytest.raises(InputError, match='column "n" has numbers that are merged'):
        sv.audit(tmp_path / "a.xlsx", decision="d", groups="sex", counts="n")


def test_merged_cells_of_a_document_are_said_to_be_read_as_empty(tmp_path: Path) -> None:
    cells = ["<table:table-cell office:value-type=\"string\"{}><text:p>{}</text:p></table:table-cell>"]
    lines = [row(cells[0].format("", "sex") + cells[0].format("", "d"))]
    for i, (sex, d) in enumerate(people()):
        spanned = ' table:number-rows-spanned="2"' if i == 2 else ""
        lines.append(row(cells[0].format(spanned, sex) + cells[0].format("", d)))
    (tmp_path / "a.ods").write_bytes(ods("".join(lines)))
    found = sv.audit(tmp_path / "a.ods", decision="d", groups="sex")
    assert any("are empty there" in text for text in found.left_out)


@pytest.mark.parametrize("base", [5, 10])
def test_counts_that_are_no_multiples_were_not_rounded_to_that(tmp_path: Path, base: int) -> None:
    rows = [(s, d, str(n)) for s, d, n in zip("mmww", "0101", (120, 30, 55, 65), strict=True)]
    (tmp_path / "a.csv").write_bytes(csv(rows, "sex,d,n"))
    if base == 5:
        assert sv.audit(tmp_path / "a.csv", decision="d", groups="sex", counts="n", rounded=base).printed.rounded == 5
        return
    with pytest.raises(InputError, match="no multiples of 10"):
        sv.audit(tmp_path / "a.csv", decision="d", groups="sex", counts="n", rounded=base)


def counted(places: int) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """People, and how many are alike."""
    luck = random.Random(1)
    rows = [(luck.choice("mw"), f"p{luck.randrange(places)}", str(int(luck.random() < 0.3)),
             str(int(luck.random() < 0.3))) for _ in range(60 * places)]
    return rows, [(*key, str(n)) for key, n in sorted(Counter(rows).items())]


@pytest.mark.parametrize("places", [3, 12, 40])
@pytest.mark.parametrize("asked", [{}, {"drop": "n"}, {"weight": "n"}, {"outcome": "y"}])
def test_rows_of_a_table_of_counts_are_not_taken_for_people(tmp_path: Path, places: int, asked: dict[str, str]) -> None:
    """24 rows would be 24 people, and which rows there are would tell which people there are none of."""
    rows, counts = counted(places)
    (tmp_path / "c.csv").write_bytes(csv(counts, "sex,place,d,y,n"))
    with pytest.raises(InputError, match="has each combination of its columns in one row"):
        sv.audit(tmp_path / "c.csv", decision="d", groups="sex", **asked)
    (tmp_path / "r.csv").write_bytes(csv(rows, "sex,place,d,y"))
    assert sv.audit(tmp_path / "r.csv", decision="d", groups="sex").printed[(), "n"] == len(rows)
    together = sv.audit(tmp_path / "c.csv", decision="d", groups="sex", counts="n")
    assert together.again or together.earlier


def test_a_plan_in_which_each_profile_is_judged_once_is_a_list(tmp_path: Path) -> None:
    luck = random.Random(2)
    rows = [(s, a, p, str(int(luck.random() < 0.4))) for s in "mw" for a in "123456" for p in "abcdefgh"]
    (tmp_path / "a.csv").write_bytes(csv(rows, "sex,age,place,d"))
    assert sv.audit(tmp_path / "a.csv", decision="d", groups="sex").printed[(), "n"] == 96


FOUR = (("m", "1", 1200), ("m", "0", 3400), ("w", "1", 1100), ("w", "0", 4600))


@pytest.mark.parametrize("name", ["n", "count", "Anzahl", "number of people", "total", "n_people", "人数"])
@pytest.mark.parametrize("write", [str, "{:,}".format, lambda n: "*" if n == 1100 else str(n)])
def test_a_small_table_of_counts_is_known_by_its_column(tmp_path: Path, name: str, write: Callable[[int], str]) -> None:
    (tmp_path / "a.csv").write_text("\n".join([f"sex;d;{name}", *(f"{sex};{d};{write(n)}" for sex, d, n in FOUR)]),
                                    encoding="utf-8")
    with pytest.raises(InputError, match=rf'say so: --counts "{name}"'):
        sv.audit(tmp_path / "a.csv", decision="d", groups="sex")


def test_a_column_of_counts_names_no_groups_of_attributes(tmp_path: Path) -> None:
    rows = [*FOUR, ("w", "0", 4700)]  # no table of counts, as it has two rows of one combination: no message guesses
    (tmp_path / "a.csv").write_text("\n".join(["sex,d,n", *(f"{sex},{d},{n}" for sex, d, n in rows)]))
    with pytest.raises(InputError, match="fewer than 10 decisions"):
        sv.audit(tmp_path / "a.csv", decision="d", groups="sex")


def test_people_who_have_numbers_are_no_table_of_counts(tmp_path: Path) -> None:
    luck = random.Random(3)
    rows = [(luck.choice("mw"), luck.choice("01"), str(luck.randrange(3)), str(luck.randrange(1, 6)))
            for _ in range(300)]
    (tmp_path / "a.csv").write_bytes(csv(rows, "sex,d,class,count"))
    assert sv.audit(tmp_path / "a.csv", decision="d", groups="sex").printed[(), "n"] == 300


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u2009", "\u202f", "'", "\u2019", ",", "."])
def test_counts_with_marks_of_thousands_are_the_same_people(tmp_path: Path, mark: str) -> None:
    tables = {"plain.csv": str, "marked.csv": lambda n: f"{n:,}".replace(",", mark)}
    for name, write in tables.items():
        (tmp_path / name).write_text("\n".join(["sex;d;n", *(f"{sex};{d};{write(n)}" for sex, d, n in FOUR)]),
                                     encoding="utf-8")
    found = sv.audit(tmp_path / "marked.csv", decision="d", groups="sex", counts="n")
    assert found.printed[(), "n"] == 10_300
    assert any('column "n"' in text and ("thousands" in text or "decimal commas" in text) for text in found.left_out)
    again = sv.audit(tmp_path / "plain.csv", decision="d", groups="sex", counts="n")
    assert again.again


def test_marks_of_thousands_do_not_hide_whose_counts_they_are() -> None:
    """The people of a table are known again by how many rows stand for: 1 where "1.200" was read as one and a fifth."""
    plain, marked = (pa.array(texts) for texts in (["1200", "80", None], ["1.200", " 80", None]))
    assert columns._times(marked).tolist() == columns._times(plain).tolist() == [1200, 80, 0]


def test_shares_are_no_counts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sex,d,n\nm,1,12%\nm,0,34%\nw,1,11%\nw,0,43%\n")
    with pytest.raises(InputError, match="says how many of a hundred"):
        sv.audit(tmp_path / "a.csv", decision="d", groups="sex", counts="n")
