"""The site, as far as it can be told without the tools that build it: what is in it, and that its notebooks run."""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

import sousveil as sv
from sousveil.studies.json_schema import json_schemas

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted(DOCS.rglob("*.ipynb"))


def loaded(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A file of the docs, with those beside it in reach."""
    monkeypatch.syspath_prepend(str(path.parent))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_every_page_stands_in_the_menu_once(monkeypatch: pytest.MonkeyPatch) -> None:
    build = loaded(DOCS / "site" / "build.py", monkeypatch)
    listed = [page for _, pages in build.CONTENTS for page in pages]
    assert len(listed) == len({*listed})
    there = {path.relative_to(DOCS).with_suffix("").as_posix() for path in (*DOCS.rglob("*.md"), *NOTEBOOKS)}
    made = {"made/files", "made/commands", "made/python-names", "made/gallery"}
    assert {*listed} == there - {"index"} | made | {page.removesuffix(".md") for page in build.BESIDE}


def test_the_reference_has_every_key_and_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = loaded(DOCS / "site" / "reference.py", monkeypatch)
    files = reference.files()
    for kind, schema in json_schemas().items():
        assert f"## {kind}.yaml" in files
        assert all(f"| `{key}`" in files for key in schema["properties"])
    names = reference.names()
    assert all(f"## {name}\n" in names for name in sv.__all__)
    assert "### Study.save" in names
    assert {*reference.ANSWERED} == {*reference.COMMANDS} - {"app"}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_answers_and_asks_nobody(notebook: Path) -> None:
    """Outputs are made when the site is built: what is kept cannot be out of date, and tells of no machine."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in cells if cell["cell_type"] == "code")
    assert "http" not in notebook.read_text(encoding="utf-8")
    for code in code_of(notebook):
        ast.parse(code)


@pytest.mark.long
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(notebook.parent)
    monkeypatch.syspath_prepend(str(notebook.parent))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names: dict[str, Any] = {"__name__": "__main__"}
    for code in code_of(notebook):
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook.name, "exec"), names)
        if last is not None:
            assert isinstance(last, ast.Expr)
            shown = eval(compile(ast.Expression(last.value), notebook.name, "eval"), names)
            getattr(shown, "_repr_html_", shown.__repr__)()


def test_the_exercises_mark_the_right_answers_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    teaching = DOCS / "teaching"
    marking = loaded(teaching / "marking.py", monkeypatch)
    seed = marking.seed_of("  Ada   LOVELACE ")
    assert seed == marking.seed_of("ada lovelace")
    answers = loaded(teaching / "make_answers.py", monkeypatch).answers(seed)
    asked = " ".join(code_of(teaching / "exercises.ipynb"))
    for exercise, answer in answers.items():
        assert marking.mark(exercise, seed, answer) == f"{exercise}: right, to the last bit"
        assert marking.mark(exercise, seed, None) == f"{exercise}: no answer yet"
        assert f'mark("{exercise}", seed, {exercise})' in asked
    assert marking.mark("tier", seed, answers["tier"] + 1) == "tier: not yet"
    assert marking.mark("tier", seed, pa.scalar(answers["tier"])) == "tier: right, to the last bit"
    assert marking.mark("tier", seed, str(answers["tier"])) == "tier: not yet; the answer is a whole number, not str"
    assert marking.mark("bits", seed, 3) == "bits: not yet; the answer is a table of Arrow, not int"
    assert marking.mark("tier", seed, object()) == "tier: not yet; the answer is a whole number, not object"
    assert marking.mark("teir", seed, 3).startswith("teir: there is no such exercise; there are tier, ")
    assert marking.mark("tier", 99, 3).startswith("tier: 99 is no seed of this pack")
    with pytest.raises(ValueError, match="type your name"):
        marking.seed_of(" ")
    assert marking.mark("bits", seed % marking.SEEDS + 1, answers["bits"]) == "bits: not yet", "others have other bits"
