"""Files as offices save them: the same six hundred decisions in sixty forms get one answer, or a word of advice."""

from __future__ import annotations

import codecs
import gzip
import io
import random
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from sousveil.audits.examine import Audit, audit
from sousveil.audits.question import Question
from sousveil.errors import BoundaryError, InputError

Row = Sequence[str]
NAMES = ("region", "flagged", "fraud")


def people() -> list[tuple[str, str, str]]:
    luck = random.Random(11)
    return [(luck.choice(["Süd", "Île", "north"]), str(int(luck.random() < 0.3)), str(int(luck.random() < 0.2)))
            for _ in range(600)]


def csv(names: Row, rows: Sequence[Row], separator: str = ",", end: str = "\n") -> str:
    return end.join(separator.join(row) for row in [names, *rows]) + end


def xlsx(**sheets: Sequence[Row]) -> bytes:
    """The least workbook that holds these sheets, as text and numbers."""
    def cell(text: str) -> str:
        return f"<c><v>{text}</v></c>" if text.replace(".", "").isdigit() else \
            f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'

    file = io.BytesIO()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(file, "w") as book:
        parts = "".join(f'<Override PartName="/xl/worksheets/s{i}.xml" ContentType="{kind}.worksheet+xml"/>'
                        for i in range(len(sheets)))
        book.writestr("[Content_Types].xml", (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>'))
        head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        book.writestr("_rels/.rels", f'{head}<Relationship Id="a" Type="{relation}/officeDocument" '
                                     'Target="xl/workbook.xml"/></Relationships>')
        book.writestr("xl/_rels/workbook.xml.rels", head + "".join(
            f'<Relationship Id="r{i}" Type="{relation}/worksheet" Target="worksheets/s{i}.xml"/>'
            for i in range(len(sheets))) + "</Relationships>")
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets>' + "".join(
            f'<sheet name="{name}" sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(sheets))
            + "</sheets></workbook>")
        for i, rows in enumerate(sheets.values()):
            book.writestr(f"xl/worksheets/s{i}.xml", f'<worksheet xmlns="{main}"><sheetData>' + "".join(
                "<row>" + "".join(map(cell, row)) + "</row>" for row in rows) + "</sheetData></worksheet>")
    return file.getvalue()


def ods(rows: Sequence[Row]) -> bytes:
    """The least document of OpenOffice that holds one sheet."""
    spaces = "urn:oasis:names:tc:opendocument:xmlns:"
    body = "".join("<table:table-row>" + "".join(
        f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
        for text in row) + "</table:table-row>" for row in rows)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{spaces}manifest:1.0"/>')
        book.writestr("content.xml", (
            f'<office:document-content xmlns:office="{spaces}office:1.0" xmlns:table="{spaces}table:1.0" '
            f'xmlns:text="{spaces}text:1.0"><office:body><office:spreadsheet><table:table table:name="one">{body}'
            "</table:table></office:spreadsheet></office:body></office:document-content>"))
    return file.getvalue()


@dataclass(frozen=True)
class Form:
    """A file as somebody saves it, what is asked of it, and what must be said of how it was read."""

    name: str
    data: bytes
    said: str = ""
    names: Row = NAMES
    asked: dict[str, object] = field(default_factory=dict)


LANGUAGES = {"german": ("ja", "nein"), "french": ("oui", "non"), "dutch": ("Ja", "Nee"), "italian": ("sì", "no"),
             "spanish": ("Sí", "No"), "portuguese": ("Sim", "Não"), "polish": ("tak", "nie"), "swedish": ("ja", "nej"),
             "chinese": ("是", "否"), "english": ("Yes", "no"), "true": ("TRUE", "FALSE"), "float": ("1.0", "0.0")}


def forms() -> list[Form]:
    rows, found = people(), []
    for i, (separator, end) in enumerate((s, e) for s in ",;\t|" for e in ("\n", "\r\n", "\r")):
        found.append(Form(f"separator{i}.csv" if separator != "\t" else f"separator{i}.tsv",
                          csv(NAMES, rows, separator, end).encode()))
    plain = csv(NAMES, rows)
    found += [Form("bom.csv", codecs.BOM_UTF8 + plain.encode()), Form("utf16.csv", plain.encode("utf-16"), "UTF-16"),
              Form("utf16_other_end.csv", codecs.BOM_UTF16_BE + plain.encode("utf-16-be"), "UTF-16"),
              Form("utf16_other_end_unmarked.csv", plain.encode("utf-16-be"), "UTF-16"),
              Form("utf16_unmarked.csv", plain.encode("utf-16-le"), "UTF-16"),
              Form("cp1252.csv", plain.encode("cp1252"), "CP1252"), Form("no_end.csv", plain.rstrip().encode()),
              Form("quoted.csv", csv([f'"{n}"' for n in NAMES], [[f'"{c}"' for c in r] for r in rows]).encode()),
              Form("spaces.csv", csv(NAMES, [[f" {c} " for c in r] for r in rows]).encode()),
              Form("packed.csv.gz", gzip.compress(plain.encode())),
              Form("packed_cp1252.csv.gz", gzip.compress(plain.encode("cp1252")), "CP1252"),
              Form("blank_lines_at_the_end.csv", (plain + "\n\n").encode()), Form("text.txt", plain.encode())]
    for language, (yes, no) in LANGUAGES.items():
        told = [(r, yes if d == "1" else no, yes if y == "1" else no) for r, d, y in rows]
        found.append(Form(f"{language}.csv", csv(NAMES, told).encode()))
    one_two = [(r, "12"[d == "0"], y) for r, d, y in rows]
    found += [Form("one_two.csv", csv(NAMES, one_two).encode(), asked={"decision": "flagged=1"}),
              Form("levels.csv", csv(NAMES, [(r, ("Low", "High" if y == "1" else "Medium")[d == "1"], y)
                                             for r, d, y in rows]).encode(), asked={"decision": "flagged=High,Medium"}),
              Form("other_words.csv", csv(NAMES, [(r, d, "proven" if y == "1" else "cleared") for r, d, y in rows]
                                          ).encode(), asked={"outcome": "fraud=proven"})]
    for name, more in (("title", "Decisions of 2023\n"), ("two_titles", "Office of Benefits\n\n"),
                       ("title_with_separators", "Office,,\n")):
        found.append(Form(f"{name}.csv", (more + plain).encode(), "taken for a title"))
    for name, more in (("source", "Source: the office\n"), ("total", "Total,180,120\n"), ("summe", "Summe,180,120\n"),
                       ("blank_and_note", "\nPrinted on 3 May\n"), ("note_with_separators", "Note,,\n")):
        found.append(Form(f"{name}.csv", (plain + more).encode(), "taken for a footer"))
    found.append(Form("title_and_footer.csv", ("Title\n" + plain + "Total,1,2\n").encode(), "footer"))
    drop = {"drop": ("(column 1)",)}
    indexed = [(str(i), *row) for i, row in enumerate(rows)]
    found += [Form("pandas_index.csv", csv(["", *NAMES], indexed).encode(), asked=drop),
              Form("pandas_index.csv.gz", gzip.compress(csv(["", *NAMES], indexed).encode()), asked=drop),
              Form("twice.csv", csv([*NAMES, "branch", "branch"], [[*r, "a", "b"] for r in rows]).encode()),
              Form("trailing_separator.csv", csv([*NAMES, ""], [[*r, ""] for r in rows]).encode()),
              Form("case.csv", csv([*NAMES, "Region"], [[*r, "x"] for r in rows]).encode(),
                   asked={"groups": ("region (1)",)})]
    book = [NAMES, *rows]
    found += [Form("book.xlsx", xlsx(people=book)), Form("two_sheets.xlsx", xlsx(about=[["x"]], people=book), "sheet"),
              Form("chosen.xlsx", xlsx(old=book[:50], people=book), asked={"sheet": "people"}),
              Form("title.xlsx", xlsx(people=[["Decisions of 2023"], [], *book]), "taken for a title"),
              Form("footer.xlsx", xlsx(people=[*book, ["Total", "180", "120"]]), "taken for a footer"),
              Form("book.ods", ods(book)), Form("title.ods", ods([["Decisions"], *book]), "taken for a title"),
              Form("index.xlsx", xlsx(people=[["", *NAMES], *indexed]), asked=drop),
              Form("book.xlsx.gz", gzip.compress(xlsx(people=book)))]
    return found


FORMS = forms()


def question(form: Form) -> Question:
    asked: dict[str, object] = {"decision": "flagged", "outcome": "fraud", "groups": ("region",)} | form.asked
    return Question(**asked)  # type: ignore[arg-type]


def told(found: Audit) -> list[tuple[object, ...]]:
    return [(m.measure, m.group.replace("region (1)", "region"), m.value, m.low, m.high, m.n) for m in found.measures]


def answer(path: Path, asked: Question) -> list[tuple[object, ...]]:
    return told(audit(path, asked))


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    path = tmp_path_factory.mktemp("plain") / "plain.csv"
    path.write_text(csv(NAMES, people()), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(path.parent))
        return answer(path, Question(decision="flagged", outcome="fraud", groups=("region",)))


def test_there_are_sixty() -> None:
    assert len({form.name for form in FORMS}) == len(FORMS) >= 60


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_of_one_table_gets_one_answer(form: Form, tmp_path: Path, wanted: list[tuple[object, ...]]) -> None:
    path = tmp_path / form.name
    path.write_bytes(form.data)
    found = audit(path, question(form))
    assert told(found) == wanted
    left_out = " ".join(found.left_out)
    assert form.said in left_out if form.said else not left_out


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input_is_a_file_like_others(packed: bool, monkeypatch: pytest.MonkeyPatch,
                                              wanted: list[tuple[object, ...]]) -> None:
    data = csv(NAMES, people()).encode()

    class Given:
        buffer = io.BytesIO(gzip.compress(data) if packed else data)

    monkeypatch.setattr(sys, "stdin", Given)
    assert answer(Path("-"), Question(decision="flagged", outcome="fraud", groups=("region",))) == wanted


def test_a_packed_table_is_the_same_table(tmp_path: Path) -> None:
    data = csv(NAMES, people()).encode()
    (tmp_path / "a.csv").write_bytes(data)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(data))
    asked = Question(decision="flagged", groups=("region",))
    assert not audit(tmp_path / "a.csv", asked).earlier
    assert audit(tmp_path / "a.csv.gz", asked).earlier


def numbers(write: Callable[[int], str], names: str = "s;y") -> bytes:
    luck = random.Random(3)
    return (names + "\n" + "".join(f"{write(luck.randrange(100, 10_000))};{luck.randrange(2)}\n" for _ in range(400))
            ).encode()


FORMATS: dict[str, tuple[Callable[[int], str], dict[str, object], str]] = {
    "plain": (lambda n: f"{n / 10:.1f}", {}, ""),
    "decimal comma": (lambda n: f"{n / 10:.1f}".replace(".", ","), {}, "decimal commas"),
    "german thousands": (lambda n: f"{n / 10:,.1f}".translate(str.maketrans(",.", ".,")), {}, "decimal commas"),
    "english thousands": (lambda n: f"{n / 10:,.1f}", {}, ""),
    "percent": (lambda n: f"{n / 10:.1f} %", {}, "percent signs"),
    "percent and comma": (lambda n: f"{n / 10:.1f}%".replace(".", ","), {}, "percent signs"),
    "three digits and a comma": (lambda n: f"{n / 10:.3f}".replace(".", ","), {"decimal": "comma"}, "decimal commas"),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_numbers_are_read_as_they_are_written(kind: str, tmp_path: Path) -> None:
    write, asked, said = FORMATS[kind]
    path, plain = tmp_path / "a.csv", tmp_path / "plain.csv"
    path.write_bytes(numbers(write))
    plain.write_bytes(numbers(FORMATS["plain"][0]))
    found = audit(path, Question(score="s", cut=500, outcome="y", **asked))  # type: ignore[arg-type]
    expected = audit(plain, Question(score="s", cut=500, outcome="y"))
    assert [(m.value, m.low) for m in found.measures] == [(m.value, m.low) for m in expected.measures]
    assert said in " ".join(found.left_out)


@pytest.mark.parametrize(("write", "message"), [
    (lambda n: f"{n % 900 + 100 / 1000:.3f}".replace(".", ","), "say --decimal point"),
    (lambda n: f"{n / 10:.1f}" if n % 2 else f"{n / 10:.1f}".replace(".", ","), "decimal points in others"),
    (lambda n: f"{n}" + " %" * (n % 2), "percent signs in some rows"),
])
def test_numbers_that_can_be_read_in_two_ways_are_asked_about(write: Callable[[int], str], message: str,
                                                             tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(numbers(write))
    with pytest.raises(InputError, match=message):
        audit(path, Question(score="s", cut=500, outcome="y"))


@pytest.mark.parametrize(("name", "data", "asked", "message"), [
    ("a.xlsx", xlsx(old=[NAMES, *people()[:99]], new=[NAMES, *people()]), {}, 'could be meant: "old", "new"'),
    ("a.xlsx", xlsx(people=[NAMES, *people()]), {"sheet": "peple"}, 'did you mean "people"'),
    ("a.xlsx", b"PK\x03\x04 no workbook", {}, "cannot be read as a workbook"),
    ("a.csv", csv(NAMES, people()).encode(), {"sheet": "one"}, "is no workbook"),
    ("a.csv.gz", gzip.compress(csv(NAMES, people()).encode())[:200], {}, "broken or cut off"),
    ("a.csv", csv(["region", "flagged", "flagged"], people()).encode(), {"outcome": ""}, '"flagged \\(2\\)" here'),
    ("a.csv", csv(["region", "flagged", "x", "fraud"], [(*p[:2], *p[2:], *p[2:]) for p in people()]).encode(),
     {"groups": ("reg",)}, 'has no column "reg"'),
])
def test_what_cannot_be_read_says_how_it_can(name: str, data: bytes, asked: dict[str, object], message: str,
                                            tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        audit(tmp_path / name, question(Form(name, data, asked=asked)))


def test_an_index_is_a_key_until_it_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(csv(["", *NAMES], [(f"k{i}x", *row) for i, row in enumerate(people())]), encoding="utf-8")
    with pytest.raises(BoundaryError, match=r"\(column 1\)"):
        audit(path, Question(decision="flagged", groups=("region",)))


def test_several_attributes_in_one_table_are_one_too_many(tmp_path: Path) -> None:
    luck = random.Random(2)
    rows = []
    for _ in range(400):
        decided = str(int(luck.random() < 0.3))
        rows += [("sex", luck.choice(["men", "women"]), decided), ("age", luck.choice(["young", "old"]), decided)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("kind", "group", "flagged"), rows))
    with pytest.raises(InputError, match='--where "kind=VALUE"'):
        audit(path, Question(decision="flagged", groups=("group",)))
    found = audit(path, Question(decision="flagged", groups=("group",), where=("kind=sex",)))
    assert found.printed[(), "n"] == 400
    assert set(found.groups) == {"all", "group=men", "group=women"}


def test_attributes_that_are_called_so_need_no_like_totals(tmp_path: Path) -> None:
    """In a twentieth of the rows the age is not known: they stand only once."""
    luck = random.Random(2)
    rows = []
    for i in range(400):
        decided = str(int(luck.random() < 0.3))
        rows += [("Geschlecht", luck.choice(["m", "w"]), decided)]
        rows += [("Alter", luck.choice(["18-25", "26+"]), decided)] * (i % 20 > 0)
    path = tmp_path / "a.csv"
    path.write_text(csv(("art", "gruppe", "flagged"), rows))
    with pytest.raises(InputError, match='--where "art=VALUE"'):
        audit(path, Question(decision="flagged", groups=("gruppe",)))


def test_two_attributes_of_one_table_do_not_tell_who_was_left_out_of_one(tmp_path: Path) -> None:
    """Everybody is in both; six of them have a sex that would be left out by itself."""
    luck = random.Random(4)
    people = [("X" if i < 6 else luck.choice(["men", "women"]), luck.choice(["young", "old"]),
               str(int(luck.random() < 0.3))) for i in range(2000)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("kind", "value", "d"), [row for sex, age, d in people
                                                 for row in (("sex", sex, d), ("age", age, d))]))
    sex, age = (audit(path, Question(decision="d", groups=("value",), where=(f"kind={kind}",)))
                for kind in ("sex", "age"))
    assert sex.printed[(), "n"] == age.printed[(), "n"] == 2000
    assert sum(sex.printed[((0, group),), "d1"] is not None for group in ("men", "women")) < 2
    with pytest.raises(BoundaryError, match='once for each value of column "kind"'):
        audit(path, Question(decision="d=0", groups=("value",), where=("kind=age",)))
    for asked in ({}, {"groups": ("kind",)}, {"groups": ("value",), "where": ("kind=sex,age",)}):
        with pytest.raises(InputError, match="everybody would be counted once for each"):
            audit(path, Question(decision="d", **asked))


def long_table(path: Path, missing: int, total: bool) -> Path:
    """Everybody by sex, which some lack, and by tenure; and all together, if wanted."""
    luck = random.Random(6)
    rows = []
    for i in range(900):
        flagged = str(int(luck.random() < 0.3))
        rows += [("household", luck.choice(["one", "more"]), flagged)] * (i >= missing)
        rows += [("tenure", luck.choice(["own", "rent"]), flagged)]
        rows += [("everybody", "all", flagged)] * total
    path.write_text(csv(("topic", "value", "d"), rows))
    return path


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("second", ["tenure", "everybody"])
def test_whoever_is_missing_in_one_attribute_is_not_told_by_another(tmp_path: Path, second: str, total: bool) -> None:
    """Six of 900, more than half a percent, under names that no list has; a row of totals has one value."""
    path = long_table(tmp_path / "a.csv", 6, total)
    found = audit(path, Question(decision="d", groups=("value",), where=("topic=household",)))
    assert found.printed[(), "n"] == 894
    with pytest.raises(BoundaryError):  # also of a value that nobody has: whether anybody has it is not told
        audit(path, Question(decision="d", where=(f"topic={second}",)))
    with pytest.raises(InputError, match="everybody would be counted once for each"):
        audit(path, Question(decision="d", groups=("value",)))


def test_strata_of_equal_size_with_unlike_decisions_are_no_attributes(tmp_path: Path) -> None:
    rows = [(city, f"{city}{i % 4}", "men" if i % 3 else "women", str(int(i < flagged)))
            for city, flagged in (("L", 130), ("M", 91), ("Y", 175)) for i in range(400)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("city", "ward", "sex", "d"), rows))
    assert audit(path, Question(decision="d", groups=("city",))).printed[(), "n"] == 1200
    assert audit(path, Question(decision="d", groups=("sex",), where=("city=L",))).printed[(), "n"] == 400
    assert audit(path, Question(decision="d", groups=("sex",), where=("city=M",))).printed[(), "n"] == 400


def test_a_share_that_few_people_have_most_of_the_weight_of_is_withheld(tmp_path: Path) -> None:
    """49 % of 760, and 127 of the 394 who weigh about one: four of the six who weigh about 61."""
    luck = random.Random(7)
    rows = [(str(int(i < 127)), f"{luck.uniform(0.95, 1.05):.3f}") for i in range(394)]
    rows += [(str(int(i < 4)), f"{luck.uniform(60, 62):.2f}") for i in range(6)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("d", "w"), rows))
    rate = next(m for m in audit(path, Question(decision="d", weight="w")).measures if m.measure == "selection rate")
    assert rate.value is None
    assert "a few people's weights make much of it" in rate.note


def test_weights_that_only_a_few_do_not_share_are_refused(tmp_path: Path) -> None:
    """29.0 % of a weight of 200, and 60 selected of 206: two of the six without weight were."""
    path = tmp_path / "a.csv"
    rows = [("1", "1")] * 58 + [("0", "1")] * 142 + [("1", "0")] * 2 + [("0", "0")] * 4
    path.write_text(csv(("d", "w"), rows))
    with pytest.raises(BoundaryError, match="all people, or all but a few, have one weight"):
        audit(path, Question(decision="d", weight="w"))


def test_where_nobody_can_tell_attributes_from_regions_it_is_said(tmp_path: Path) -> None:
    luck = random.Random(2)
    rows = [(kind, luck.choice(own), str(i % 2))
            for kind, own, n in (("k1", "ab", 400), ("k2", "cd", 380)) for i in range(n)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("kind", "group", "flagged"), rows))
    found = audit(path, Question(decision="flagged", groups=("group",)))
    assert found.printed[(), "n"] == 780
    (said,) = found.left_out
    assert "taken to stand in the table once" in said
    assert '--where "kind=VALUE"' in said


def test_places_in_regions_are_no_attributes(tmp_path: Path) -> None:
    luck = random.Random(2)
    places = {"north": ("a", "b"), "south": ("c", "d", "e")}
    rows = [(region, luck.choice(places[region]), str(luck.randrange(2)))
            for region in luck.choices(["north", "south"], [4, 5], k=900)]
    path = tmp_path / "a.csv"
    path.write_text(csv(("region", "place", "flagged"), rows))
    found = audit(path, Question(decision="flagged", groups=("place",)))
    assert found.printed[(), "n"] == 900
    assert not found.left_out


def test_counts_that_are_rounded_have_wider_intervals(tmp_path: Path) -> None:
    luck = random.Random(4)
    held = 0
    for i in range(10):
        true = [[luck.randrange(20, 90) for _ in range(12)] for _ in range(4)]
        rows = [(sex, flagged, str(year), str(10 * round(n / 10))) for (sex, flagged), ns in
                zip((("men", "1"), ("men", "0"), ("women", "1"), ("women", "0")), true, strict=True)
                for year, n in enumerate(ns)]
        path = tmp_path / f"{i}.csv"
        path.write_text(csv(("sex", "flagged", "year", "n"), rows))
        if i == 0:
            plain = audit(path, Question(decision="flagged", groups=("sex",), counts="n"))
        found = audit(path, Question(decision="flagged", groups=("sex",), counts="n", rounded=10))
        m = next(m for m in found.measures if m.measure == "selection rate" and m.group == "sex=men")
        # The share among those counted, rounding apart: the interval's own extra width must hold it.
        share = sum(true[0]) / (sum(true[0]) + sum(true[1]))
        share_of_rounding = abs((m.value or 0) - share)
        held += share_of_rounding <= 1.96 * 10 / 12**0.5 * (12 * ((1 - share) ** 2 + share**2)) ** 0.5 / (m.n or 1)
        if i == 0:
            other = next(m for m in plain.measures if m.measure == "selection rate" and m.group == "sex=men")
            assert (m.low or 0) < (other.low or 0) < (other.high or 0) < (m.high or 0)
            assert "rounded to 10" in m.note
    assert held >= 8
