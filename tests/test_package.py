"""What goes with the package: the same version everywhere, a page for an index that needs nothing beside it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from ruamel.yaml import YAML

import sousveil as sv
from small_study import small
from sousveil.errors import InputError
from sousveil.studies.json_schema import FORM, json_schemas

ROOT = Path(__file__).parents[1]
PAGES = ("CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "PACKAGE.md", "paper.md", "CITATION.cff")


def release() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("release", str(ROOT / ".ci" / "release"))
    spec = importlib.util.spec_from_loader("release", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_page_for_an_index_leads_nowhere_that_is_not_there() -> None:
    """An index shows it without the files beside it: no link, no picture, no `python3 sv`."""
    text = (ROOT / "PACKAGE.md").read_text(encoding="utf-8")
    assert not re.search(r"\]\(", text)
    assert "python3 sv" not in text
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'readme = "PACKAGE.md"' in project


def test_a_release_waits_for_what_only_a_person_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = release()
    for name in ("pyproject.toml", "CITATION.cff", "paper.md"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(made, "ROOT", tmp_path)
    assert [line.split(" ", 1)[0] for line in made.left_to_people()] == [
        "pyproject.toml", "CITATION.cff", "CITATION.cff", "paper.md"]
    for name, added in (("pyproject.toml", '\n[project.urls]\nHomepage = "x"\n'),
                        ("CITATION.cff", "repository-code: x\n"), ("CITATION.cff", "  - family-names: Doe\n")):
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(added)
    (tmp_path / "paper.md").write_text("---\nauthors:\n  - name: Jo Doe\n---\n", encoding="utf-8")
    assert made.left_to_people() == []


def test_no_page_invents_an_address() -> None:
    known = {"semver.org"}
    for page in PAGES:
        hosts = re.findall(r"https?://([^/)\s]+)", (ROOT / page).read_text(encoding="utf-8"))
        assert {*hosts} <= known, page


def test_the_citation_has_what_the_format_needs_and_the_version_of_the_package() -> None:
    cited = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "type", "license"} <= {*cited}
    assert cited["version"] == sv.__version__


def test_every_work_that_the_paper_cites_is_in_its_list_and_none_besides() -> None:
    cited = {key for group in re.findall(r"\[(@[^\]]+)\]", (ROOT / "paper.md").read_text(encoding="utf-8"))
             for key in re.findall(r"@(\w+)", group)}
    listed = re.findall(r"^@\w+\{(\w+),", (ROOT / "paper.bib").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*listed} == cited
    words = len((ROOT / "paper.md").read_text(encoding="utf-8").split())
    assert 250 <= words <= 1000, "the journal's limits"


def test_a_release_is_refused_unless_every_file_says_the_same_version() -> None:
    made = release()
    problems, waiting = made.problems, made.left_to_people()
    said = problems("9.9.9")
    assert [line.split()[0] for line in said[:3]] == ["src/sousveil/version.py", "CITATION.cff", "CHANGELOG.md"]
    assert problems("next") == ["'next' is no version, such as 0.2.0"]
    here = [line for line in problems(sv.__version__) if "committed" not in line]
    assert all("CHANGELOG.md" in line or line in waiting for line in here), "not released yet; the other files agree"


def test_every_schema_has_a_name_of_its_own_that_no_editor_would_fetch() -> None:
    names = [schema["$id"] for schema in json_schemas().values()]
    assert names == [f"urn:sousveil:schema:{kind}:{FORM}" for kind in json_schemas()]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    case = small(steps=2)
    place = tmp_path_factory.mktemp("results") / "base"
    sv.run(sv.study({"study": "small", **case.plain, "seed": 1})).save(place)
    return place


def test_a_result_that_is_read_no_more_is_refused_by_name(result: Path) -> None:
    record, study = (json.loads((result / name).read_text()) for name in ("run.json", "study.json"))
    later = {**record, "format": "sousveil-run/2", "result": {**record["result"], "sousveil": "0.9.0"}}
    try:
        (result / "run.json").write_text(json.dumps(later))
        with pytest.raises(InputError, match=r"form sousveil-run/2; .* made by sousveil 0\.9\.0; this is 0\."):
            sv.load(result)
        older = {**record, "result": {**record["result"], "sousveil": "0.0.9"}}
        (result / "run.json").write_text(json.dumps(older))
        assert sv.load(result).study.name == "small", "the form is the same, and the study is understood"
        (result / "study.json").write_text(json.dumps({**study, "scheme": {**study["scheme"], "tariffs": 3}}))
        with pytest.raises(InputError, match=r"base was made by sousveil 0\.0\.9, and this is 0\..*no more"):
            sv.load(result)
    finally:
        (result / "run.json").write_text(json.dumps(record))
        (result / "study.json").write_text(json.dumps(study))
