"""What the pages say is there, is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from sousveil.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("https:", "http:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    for line in re.findall(r"^(?:python3 sv|sousveil) .*$", page.read_text(encoding="utf-8"), re.MULTILINE):
        word = next(word for word in shlex.split(line.removeprefix("python3"), comments=True)[1:])
        assert word in {*COMMANDS, "test", "setup", "COMMAND"}, line


def test_the_readme_opens_with_the_two_commands_and_leads_to_the_month() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 sv")]
    assert [line.split()[2] for line in commands[:2]] == ["demo", "test"]
    assert lines.index(commands[0]) < 12
    assert "(src/sousveil/engine/month.py)" in "\n".join(lines)
