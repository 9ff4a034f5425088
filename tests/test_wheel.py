"""The wheel: everything of the package is in it, and with what it says it needs it works alone."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "sousveil"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by the backend itself, so that nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True,
                   capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_every_file_of_the_package(wheel: Path) -> None:
    here = {f"sousveil/{path.relative_to(PACKAGE).as_posix()}" for path in PACKAGE.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts}
    there = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert there == here
    for needed in ("sousveil/py.typed", "sousveil/atlas/seed-article/scheme.yaml", "sousveil/atlas/schemas/scheme.json",
                   "sousveil/page/templates/page.html", "sousveil/baserates/data/deployments.csv"):
        assert needed in there


def needs(requirements: list[str]) -> set[str]:
    """The names of all that these need, and what that needs in turn, here."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += importlib.metadata.requires(name) or []
    return found


@pytest.mark.long
def test_it_works_alone(wheel: Path, tmp_path: Path) -> None:
    """A new environment with the wheel, the packages that it names as needed, and nothing of this checkout."""
    alone = tmp_path / "alone"
    venv.create(alone, symlinks=True)
    (packages,) = alone.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)
    (metadata,) = importlib.metadata.distributions(name="sousveil", path=[str(packages)])
    for name in needs(metadata.requires or []):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            (packages / top).symlink_to(str(distribution.locate_file(top)))

    def sousveil(*words: str) -> str:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        done = subprocess.run([alone / "bin" / "python", "-I", "-m", "sousveil", *words], cwd=tmp_path, env=clean,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "seed-article" in sousveil("atlas")
    assert sousveil("check", "seed-article")
    sousveil("run", "seed-article", "--people", "1000", "--steps", "6", "--points", "0", "-o", "out")
    assert "<html" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert sousveil("verify", "out")
    (command,) = metadata.entry_points
    assert (command.name, command.value) == ("sousveil", "sousveil.__main__:main")
