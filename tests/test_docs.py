"""What the pages say is there, is there; and what they say to type does what they say.

Every command and every block of Python in README and docs is carried out as it is written, page by page, in a fresh
folder that has `bench` in it as a clone has. What cannot be carried out stands in `CANNOT`, with the reason.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch
from test_offline_copy import loaded

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

CANNOT = {
    "python3 sv test": "it is what runs this test",
    "chromium --headless": "takes the picture in the README anew, which somebody must look at",
    "python3 sv app": "serves until somebody ends it; tests/test_app_browser.py starts it",
    "sousveil app  ": "serves until somebody ends it; tests/test_app_browser.py starts it",
    "sousveil app my-scheme": "serves until somebody ends it; tests/test_app_browser.py starts it",
    "python3 sv docs": "asks the package index, and no test reaches the network",
    "python3 sv copy": "asks the package index, and no test reaches the network",
    "pip install": "asks the package index, and no test reaches the network",
    "how=": "belongs to the two commands that follow it",
    ".venv/bin/uv pip compile": "asks the package index, and no test reaches the network",
    "kubectl port-forward": "needs a Kubernetes cluster",
    "sousveil sweep seed-article --vary channels.reports.coverage=0:1:401 --scheduler tcp://": "needs a Dask cluster",
    "sousveil run bench/w1 --engine agents --people 1.4e9": "takes half an hour of two cores, and 1 GB",
    "from dask_jobqueue import": "needs a SLURM cluster",
    "from dask_kubernetes.operator import": "needs a Kubernetes cluster",
}
"""How a command, or a line of Python, begins that cannot be carried out here -> why."""

LONG = {
    ("coverage.md", "python bench/"),
    ("README.md", "python3 sv why seed-article"), ("README.md", "python3 sv compare"),
    ("compare.md", "sousveil compare"), ("compare.md", "sousveil sweep"),
    ("compare.md", "sousveil sensitivity"), ("compare.md", "sousveil mend"), ("contributing.md", "python3 sv demo"),
    ("install.md", "python3 sv demo"), ("performance.md", "python bench/"), ("why.md", "sousveil why"),
    ("infer.md", "sousveil infer"), ("infer.md", "sousveil run out/fitted"), ("infer.md", "sousveil ask"),
    ("exact.md", "sousveil run seed-article"), ("README.md", "python3 sv demo"), ("start.md", "sousveil compare"),
    ("start.md", "sousveil sensitivity"), ("information-request.md", "sousveil ask"),
    ("a-filing.md", "sousveil verify"),
}
"""A page, and how a command in it begins that takes seconds: carried out in the long tier only."""


class Block(NamedTuple):
    """What stands between two fences, and what it is said to be."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> str:
        """Where a file that is shown whole belongs, as its first line says: `# tenants/scheme.yaml`; else ''."""
        found = re.match(r"# (\w+/\w+\.yaml)\n", self.text) if self.language == "yaml" else None
        return found[1] if found else ""

    def commands(self) -> list[str]:
        """One a line; a line that ends in a backslash goes on in the next."""
        if self.language in ("python", "yaml"):
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.removeprefix("$ ").strip() for line in lines if line.strip()]


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for fence in re.finditer(r"^```(\S*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(page.name, text.count("\n", 0, fence.start(2)), *fence.groups())


def shown() -> dict[str, list[Block]]:
    """By page, its blocks of commands and of Python."""
    found = {page.name: [b for b in blocks(page) if b.language in ("", "console", "python") or b.file]
             for page in PAGES}
    return {page: them for page, them in found.items() if them}


SHOWN = shown()
OF_SV = ("test", "setup", "copy", "docs")
"""What `sv` does itself, before there is a sousveil."""

IMPORTS = re.compile(r"^ *from (sousveil[\w.]*) import ([\w, ]+)", re.MULTILINE)


def reason(text: str) -> str:
    """Why a command or a block of Python cannot be carried out here; '' where it can."""
    return next((why for start, why in CANNOT.items()
                 if any(line.startswith(start) for line in text.splitlines())), "")


def is_long(page: str, command: str) -> bool:
    return any(page == where and command.startswith(start) for where, start in LONG)


def words_of(command: str) -> list[str]:
    """The words after `sousveil` or `python3 sv`; none where the command is another program's."""
    words = shlex.split(command, comments=True)
    return words[1:] if words[0] == "sousveil" else words[2:] if words[:2] == ["python3", "sv"] else []


def carry_out(command: str) -> None:
    words = words_of(command)
    if words:
        sys.argv = ["sousveil", *words]
        assert dispatch(app, words) == 0, command
    elif command.startswith("rm "):
        Path(shlex.split(command)[1]).unlink()
    else:
        words = shlex.split(command, comments=True)
        assert words[0] == "python", f"{command}: if it cannot be carried out, say so in CANNOT"
        subprocess.run([sys.executable, *words[1:]], check=True)


@pytest.mark.parametrize(("page", "whole"), [
    *((page, False) for page in SHOWN),
    *(pytest.param(page, True, marks=pytest.mark.long) for page in SHOWN if page in {page for page, _ in LONG})])
def test_what_a_page_says_to_type_can_be_typed(page: str, whole: bool, tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bench").symlink_to(ROOT / "bench")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setenv("SOUSVEIL_APP_CACHE", str(tmp_path / "answers"))
    names = {"__name__": "__main__"}  # what one block of Python has named, the next may use
    for block in SHOWN[page]:
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python":
            if not reason(block.text):
                # Behind as many empty lines as stand above it, so that an error names the line of the page.
                exec(compile("\n" * block.line + block.text, page, "exec"), names)
            continue
        for command in block.commands():
            if not reason(command) and (whole or not is_long(page, command)):
                carry_out(command)


@pytest.mark.parametrize("page", SHOWN)
def test_every_command_that_is_shown_can_be_read(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is not carried out: its words are those that the command takes."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for block in SHOWN[page]:
        for command in block.commands():
            words = words_of(command)
            if words[:1] == ["copy"]:
                loaded("offline_copy", ROOT / "offline_copy.py").order(words[1:], loaded("sv", ROOT / "sv"))
            elif words and words[0] not in OF_SV:
                app.parse_args(words, exit_on_error=False, print_error=False)


def test_nothing_is_left_out_that_can_be_carried_out() -> None:
    """The lists hold what stands in a page, and of our own commands only those that need a cluster or a nation."""
    commands = [(block.page, command) for page in SHOWN.values() for block in page for command in block.commands()]
    lines = [line for page in SHOWN.values() for block in page for line in block.text.splitlines()]
    for start in CANNOT:
        assert any(line.startswith(start) for line in lines), f"no page has {start}"
    for where, start in LONG:
        assert any(page == where and command.startswith(start) for page, command in commands), (where, start)
    for _, command in commands:
        words = words_of(command)
        if words and words[0] not in OF_SV and reason(command):
            assert "--scheduler" in words or "1.4e9" in words or words[0] == "app", command
    for start in CANNOT:
        if start.startswith("from "):
            assert importlib.util.find_spec(start.split()[1].split(".")[0]) is None, f"{start} can be carried out"


def test_what_the_benchmarks_import_is_there() -> None:
    """Also in the text that they hand to another process."""
    for path in (ROOT / "bench").rglob("*.py"):
        for module, names in IMPORTS.findall(path.read_text(encoding="utf-8")):
            for name in names.split(", "):
                there = hasattr(importlib.import_module(module), name) or importlib.util.find_spec(f"{module}.{name}")
                assert there, f"{path.name} imports {name} from {module}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("https:", "http:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_opens_with_the_two_commands_and_leads_to_the_month() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 sv")]
    assert [line.split()[2] for line in commands[:2]] == ["demo", "test"]
    assert lines.index(commands[0]) < 12
    assert "(src/sousveil/engine/month.py)" in "\n".join(lines)
