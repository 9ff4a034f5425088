"""The three locks: every package by version and hash, no address, and the same versions in all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-docs.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOR_TESTS = {"dask", "distributed", "fairlearn", "hypothesis", "lifelines", "matplotlib", "mypy", "pandas",
             "playwright", "pytest", "ruff", "salib", "scikit-learn", "setuptools"}


def blocks(name: str) -> list[str]:
    return re.split(r"\n(?=\S)", (ROOT / name).read_text(encoding="utf-8").strip())


def packages(name: str) -> list[Requirement]:
    return [Requirement(block.splitlines()[0].rstrip(" \\")) for block in blocks(name)]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "//" not in text
    assert " @ " not in text
    assert "index" not in text
    for block in blocks(name):
        assert re.fullmatch(r"[\w.-]+==\S+( ;[^\\]+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+", block), block


def test_what_running_needs_is_in_the_developers_lock_to_the_letter() -> None:
    assert set(blocks("requirements.lock")) <= set(blocks("requirements-dev.lock"))


def test_the_tools_of_the_docs_can_be_added_to_either() -> None:
    """They go into the same folder as what is there: a package of both has one version."""
    assert set(blocks("requirements.lock")) <= set(blocks("requirements-docs.lock"))
    versions = {(p.name, str(p.marker)): p.specifier for p in packages("requirements-dev.lock")}
    for p in packages("requirements-docs.lock"):
        assert versions.get((p.name, str(p.marker)), p.specifier) == p.specifier, p.name


def test_no_package_has_two_versions_for_one_python() -> None:
    for name in LOCKS:
        for python in ("3.11", "3.12", "3.13", "3.14", "3.15"):
            there = {"python_version": python, "python_full_version": f"{python}.0"}
            pinned = [p.name for p in packages(name) if p.marker is None or p.marker.evaluate(there)]
            assert len(pinned) == len(set(pinned)), (name, python)


def test_users_get_nothing_that_only_tests_need() -> None:
    locked = {p.name for p in packages("requirements.lock")}
    assert not locked & FOR_TESTS
    assert {p.name for p in packages("requirements-dev.lock")} >= FOR_TESTS


@pytest.mark.parametrize("python", ["3.11", "3.15"])
def test_the_locks_hold_what_the_project_asks_for(python: str) -> None:
    """A requirement that was changed in pyproject.toml, and a lock that was not made again."""
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {"requirements.lock": [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["setup"]],
             "requirements-dev.lock": [*extras["dev"], *extras["cluster"], *extras["charts"]],
             "requirements-docs.lock": [*extras["docs"], *extras["charts"]]}
    there = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}

    def applies(marker: Marker | None) -> bool:
        return marker is None or marker.evaluate(there)

    for name, wanted in asked.items():
        locked = {p.name: p.specifier for p in packages(name) if applies(p.marker)}
        for requirement in map(Requirement, wanted):
            if requirement.name != "sousveil" and applies(requirement.marker):
                (pinned,) = locked[canonicalize_name(requirement.name)]
                assert requirement.specifier.contains(pinned.version), (name, requirement)
