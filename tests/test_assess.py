"""Forms filled from results: each as its own rules want it, each number with both widths, nothing claimed beyond."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx as word
import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import sousveil
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.errors import InputError
from sousveil.filings import aia, charter, iama
from sousveil.filings.assess import FORMS
from sousveil.filings.form import SUPPORTS
from sousveil.runs import provenance
from swept import written

ENTRIES = ("us-midas", "nl-duo-cub-2014", "at-ams")
SCHEMA = json.loads((iama.FORMS / "iama-assessment-output.v2.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of each of three atlas entries, a run, a comparison and an audit."""
    home = tmp_path_factory.mktemp("made")
    written(home / "mine")
    small = ["--people", "600", "--steps", "3", "--points", "2"]
    for entry in ENTRIES:
        assert dispatch(app, ["run", entry, *small, "-o", str(home / entry)]) == 0
    assert dispatch(app, ["run", str(home / "mine"), *small, "--engine", "agents", "-o", str(home / "run")]) == 0
    assert dispatch(app, ["compare", str(home / "mine"), "--reform", "blinder", "--reform", "no-handicap", *small,
                          "--seeds", "3", "-o", str(home / "compare")]) == 0
    rows = "decision,outcome,group\n" + "1,1,a\n1,0,a\n0,0,a\n0,1,a\n" * 50 + "1,0,b\n1,0,b\n1,1,b\n0,0,b\n" * 50
    (home / "table.csv").write_text(rows)
    assert dispatch(app, ["audit", str(home / "table.csv"), "--decision", "decision", "--outcome", "outcome",
                          "--groups", "group", "-o", str(home / "audit")]) == 0
    return home


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: Path(shutil.copytree(made / kind, tmp_path / kind))


KINDS = (*ENTRIES, "run", "compare", "audit")


@pytest.mark.parametrize("words", [
    ["assess", "run", "-o", "run/run.json"], ["assess", "run", "-o", "run/../run/report.html"],
    ["assess", "run", "-o", "link.html"], ["review", "mine.json", "--against", "run", "-o", "mine.json"],
    ["review", "mine.json", "--against", "run", "-o", "run/run.json"], ["bundle", "run", "-o", "run/harms.csv"],
    ["bundle", "run", "-o", "run/run.json"]])
def test_what_an_answer_comes_from_is_not_written_over(copy: Callable[[str], Path], tmp_path: Path, words: list[str],
                                                       monkeypatch: pytest.MonkeyPatch,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    copy("run")
    monkeypatch.chdir(tmp_path)
    assert dispatch(app, ["assess", "run", "--form", "iama", "-o", "mine.json"]) == 0
    (tmp_path / "link.html").symlink_to(tmp_path / "run" / "report.html")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert dispatch(app, words) == 2
    assert "is what the answer comes from" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("kind", KINDS)
def test_iama_answers_validate_against_the_schema_of_the_ministry(made: Path, kind: str) -> None:
    data = json.loads(json.dumps(sousveil.assess(made / kind, form="iama").data))
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(data)
    assert {*data["answers"]} <= {*iama.questions()}
    assert len(data["answers"]) >= 4


def test_what_the_schema_of_the_ministry_has_no_place_for_stands_on_the_page_and_is_named(made: Path) -> None:
    filing = sousveil.assess(made / "run", form="iama")
    answered = {field.id for field in filing.filled.fields if field.is_filled}
    assert answered - {*filing.data["answers"]} == {"2.2A.2"}
    assert any(note.startswith("2.2A.2 stands on the page") for note in filing.filled.notes)
    assert "on the page (.html, .docx) and not in the JSON" in filing.html


@pytest.mark.parametrize("kind", KINDS)
def test_the_canadian_file_is_one_that_its_tool_loads(made: Path, kind: str) -> None:
    """An object of four keys; every answer under the name of a question, and of the options of that question."""
    data = json.loads(json.dumps(sousveil.assess(made / kind, form="aia").data))
    assert {*data} == {"version", "currentPage", "data", "translationsOnResult"}
    assert data["version"] == "v1.0.1", "as the tool itself writes it"
    assert "impact4" not in data["data"], "the tool moves what an older form had under that name"
    assert "impact23Y" not in data["data"] or data["data"]["impact23"] == "item1-1", "shown only beside a yes"
    for name, given in data["data"].items():
        question = aia.questions()[name]
        assert given in question.options if question.options else isinstance(given, str)


def scored(data: dict[str, Any]) -> tuple[float, float, int]:
    """The score as the tool of the form works it out: written from its source, and from nothing of ours."""
    import csv

    raw = mitigation = 0.0
    with (iama.FORMS / "canada_aia_questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["type"] not in ("radiogroup", "checkbox", "dropdown") or row["name"] not in data:
                continue
            given = data[row["name"]]
            for value in given if isinstance(given, list) else [given]:
                after = value.rsplit("-", 1)
                points = float(after[1]) if len(after) == 2 and after[1].isdigit() else 0.0
                raw += points * (row["scored"] == "raw")
                mitigation += points * (row["scored"] == "mitigation")
    total = int(0.85 * raw + 0.5) if mitigation >= 61.6 else raw
    return raw, mitigation, 1 + (total > 41.75) + (total > 83.5) + (total > 125.25)


@pytest.mark.parametrize("kind", KINDS)
def test_the_level_is_the_one_that_the_rules_of_the_form_give(made: Path, kind: str) -> None:
    data = sousveil.assess(made / kind, form="aia").data["data"]
    found = aia.score(data)
    assert (found.raw, found.mitigation, found.level) == scored(data)
    assert found.least <= found.level <= found.most


def test_levels_turn_where_the_form_says() -> None:
    assert [aia.level(total) for total in (0, 41.75, 41.76, 83.5, 83.51, 125.25, 125.26, 167)] == [
        1, 1, 2, 2, 3, 3, 4, 4]
    options = {name: max(q.options, key=q.points) for name, q in aia.questions().items()
               if q.options and q.scored == "mitigation" and q.kind != "checkbox"}
    everything = {name: max(q.options, key=q.points) for name, q in aia.questions().items()
                  if q.options and q.scored == "raw" and q.kind != "checkbox"}
    assert aia.score({**options, **everything}).total == int(0.85 * aia.score(everything).raw + 0.5)
    assert aia.score(everything).most >= aia.score(everything).level


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_filled_field_says_both_widths_its_source_and_the_command(made: Path, kind: str, form: str) -> None:
    filing = sousveil.assess(made / kind, form=form)
    assert "neither evidence of what happened to anybody nor a finding of compliance" in filing.page.supports
    for field in filing.filled.fields:
        assert field.is_filled or field.open, f"{field.id} is neither filled nor for somebody to answer"
        for fact in field.facts:
            assert fact.value
            assert "chance" in fact.chance
            assert "what is not published" in fact.unpublished
        assert all(some.sentence.startswith("To be answered by the ") for some in field.open)
    told = [section for section in filing.page.sections if section.id.startswith("field-")]
    assert len(told) == sum(field.is_filled for field in filing.filled.fields)
    for section in told:
        text = repr(section.blocks)
        assert "Source: " in text
        assert filing.filled.result.command in text


def test_article_27_has_its_six_headings_and_rights_as_they_are_called_in_dpv(made: Path) -> None:
    filing = sousveil.assess(made / "run")
    assert [field.id for field in filing.filled.fields] == [*"abcdef"]
    data = filing.data
    assert data["@context"]["impact"] == {"@id": "dpv:hasImpact", "@type": "@id"}
    named = {iri for risk in data["risks"] for iri in risk["impact"]}
    assert "https://w3id.org/dpv/rights/eu#A21-NonDiscriminationImpact" in named
    assert all(re.fullmatch(r"https://w3id\.org/dpv/rights/eu#A\d+-\w+Impact", iri) for iri in named)
    assert len({*charter.IMPACTS.values()}) == len(charter.IMPACTS) == len(charter.NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_and_the_document_say_the_same_first(made: Path, tmp_path: Path, kind: str) -> None:
    filing = sousveil.assess(made / kind)
    page = filing.save(tmp_path / "fria.html").read_text(encoding="utf-8")
    assert SUPPORTS in page
    assert "<script" not in page
    document = word.Document(str(filing.save(tmp_path / "fria.docx")))
    first = [p.text for p in document.paragraphs[:6]]
    assert SUPPORTS in first
    headings = [p.text.lower() for p in document.paragraphs if p.style.name.startswith("Heading")]
    for asked in filing.filled.fields:
        assert not asked.is_filled or asked.question.lower() in headings


def test_an_option_is_chosen_only_where_all_that_the_number_may_be_lies_in_its_band(made: Path) -> None:
    for kind in KINDS:
        filing = sousveil.assess(made / kind, form="aia")
        facts = {(field.id, fact.quantity.key): fact for field in filing.filled.fields for fact in field.facts}
        for band in aia.BANDS:
            chosen = filing.data["data"].get(band.question)
            fact = facts.get((band.question, band.quantity))
            if chosen is None or fact is None or band.quantity in ("stay", "rights-months"):
                continue
            m = fact.measure
            ends = [m.value, m.low, m.high, *((m.width.least, m.width.most) if m.width is not None else ())]
            assert {band.options[sum(x > end for end in band.ends)] for x in ends if x is not None} == {chosen}


def test_a_run_without_points_chooses_nothing_where_numbers_are_assumed(made: Path, tmp_path: Path) -> None:
    assert dispatch(app, ["run", str(made / "mine"), "--people", "300", "--steps", "3", "--points", "0", "-o",
                          str(tmp_path / "out")]) == 0
    filing = sousveil.assess(tmp_path / "out", form="aia")
    assert not {band.question for band in aia.BANDS} & {*filing.data["data"]}
    assert "not computed in this run" in sousveil.assess(tmp_path / "out").html


def test_a_bundle_is_filled_from_as_its_folder_is(made: Path, tmp_path: Path) -> None:
    assert dispatch(app, ["bundle", str(made / "run"), "-o", str(tmp_path / "b.zip")]) == 0
    assert sousveil.assess(tmp_path / "b.zip", form="iama").data == sousveil.assess(made / "run", form="iama").data


def test_a_run_and_a_comparison_fill_forms_before_they_are_in_a_folder(made: Path) -> None:
    run = sousveil.load(made / "run")
    assert sousveil.assess(run, form="iama").data == sousveil.assess(made / "run", form="iama").data
    found = sousveil.compare(made / "mine", ["blinder"], people=200, steps=2, seeds=2)
    assert "4.5.2" in sousveil.assess(found, form="iama").data["answers"]
    with pytest.raises(InputError, match="found: a value of the type Table is not text, a path, a run or a comparison"):
        sousveil.assess(found.harms())  # type: ignore[arg-type]


def test_the_same_result_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    for form, ending in (("fria", "html"), ("fria", "docx"), ("fria", "jsonld"), ("iama", "json"), ("aia", "json")):
        one, other = (sousveil.assess(made / "run", form=form).save(tmp_path / f"{i}.{ending}") for i in "12")
        assert one.read_bytes() == other.read_bytes()


def relisted(folder: Path, name: str) -> None:
    """The record names the file as it is now: a stranger's folder, whole in itself."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    record["files"][name] = provenance.digest(folder / name)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("change", [
    lambda t: t.drop_columns(["value"]), lambda t: t.set_column(4, "value", pa.array([float("inf")] * t.num_rows)),
    lambda t: t.set_column(0, "harm", pa.array(["\u202e"] * t.num_rows)),
    lambda t: t.set_column(1, "measure", pa.array(["{x"] * t.num_rows)),
    lambda t: t.set_column(1, "measure", pa.array(["x" * 9999] * t.num_rows)),
    lambda t: t.set_column(9, "over", pa.array(["luck"] * t.num_rows)),
    lambda t: t.set_column(4, "value", pa.array(["1"] * t.num_rows))])
def test_tables_that_a_stranger_made_up_are_refused(copy: Callable[[str], Path],
                                                    change: Callable[[pa.Table], pa.Table]) -> None:
    folder = copy("audit")
    pq.write_table(change(pq.read_table(folder / "audit.parquet")), folder / "audit.parquet")
    with pytest.raises(InputError, match="is not what was written"):
        sousveil.assess(folder)
    relisted(folder, "audit.parquet")
    with pytest.raises(InputError):
        sousveil.assess(folder)


def test_markup_and_formulas_of_a_stranger_stay_text(copy: Callable[[str], Path], tmp_path: Path) -> None:
    folder = copy("audit")
    table = pq.read_table(folder / "audit.parquet")
    planted = "<script>alert(1)</script>=HYPERLINK(1)"
    groups = [planted if group != "all" else group for group in table["group"].to_pylist()]
    pq.write_table(table.set_column(2, "group", pa.array(groups)), folder / "audit.parquet")
    relisted(folder, "audit.parquet")
    filing = sousveil.assess(folder)
    assert planted not in filing.html
    assert "&lt;script&gt;" in filing.html
    assert any(planted in cell.text for table in word.Document(str(filing.save(tmp_path / "a.docx"))).tables
               for row in table.rows for cell in row.cells)


def test_another_kind_of_result_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = ["baserate", "--faces", "100", "--watchlist", "10", "--present", "1", "--fpir", "1/100"]
    assert dispatch(app, [*faces, "-o", str(tmp_path / "base")]) == 0
    assert dispatch(app, ["assess", str(tmp_path / "base")]) == 2
    assert "of the kind baserate; a form is filled from a run, a comparison or an audit" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "said"), [
    (["--form", "fira"], 'did you mean "fria"'), (["-o", "x.pdf"], "written to .html, .docx, .jsonld, .json, .yaml"),
    (["--form", "aia", "-o", "x.yaml"], "written to .html, .docx, .json")])
def test_what_is_typed_wrongly_is_told(made: Path, words: list[str], said: str,
                                       capsys: pytest.CaptureFixture[str], tmp_path: Path,
                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert dispatch(app, ["assess", str(made / "run"), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
