"""Nothing gets through: files with mistakes, and valid studies with odd names, by both engines and every report.

The short form. The long one, with thousands of files, is `bench/odd_files.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import odd_files
import sousveil
from random_schemes import some
from sousveil.errors import InputError
from sousveil.studies.yaml_source import LEAST
from tiers import few_and_many


@pytest.fixture(scope="module")
def bases() -> list[odd_files.Files]:
    return [odd_files.decorated(case, number) for number, case in enumerate(some(30))]


@few_and_many("count", 40, 3_000)
def test_files_with_mistakes_are_refused_or_carried(count: int, bases: list[odd_files.Files], tmp_path: Path) -> None:
    carried = 0
    for number in range(count):
        folder = odd_files.written(odd_files.broken(number, bases), tmp_path / "broken")
        carried += bool(odd_files.looked_at(folder))
    assert carried > count / 20, "most mistakes are so coarse that no engine is asked"


@few_and_many("count", 4, 200)
def test_valid_studies_with_odd_names_go_through_engines_and_reports(count: int, bases: list[odd_files.Files],
                                                                     tmp_path: Path) -> None:
    for number in range(count):
        files = bases[number % len(bases)]
        folder = odd_files.written(odd_files.texts(files), tmp_path / "valid")
        runs = odd_files.looked_at(folder)
        assert runs, "a valid study is carried by one engine at least"
        for made in runs:
            assert "<h1>" in sousveil.report(made).html
        try:
            pair = sousveil.compare(sousveil.study(folder), ["no kin", "both"], people=100, steps=3, seeds=2, threads=1)
            assert "<h1>" in sousveil.report(pair).html
            assert "<h1>" in sousveil.report(sousveil.why(folder, people=100, steps=3, seeds=2, threads=1)).html
        except InputError as error:
            if "no gap" not in str(error):
                raise


def test_mistakes_are_of_many_kinds(bases: list[odd_files.Files], tmp_path: Path) -> None:
    """The search itself can find something: its files differ, and are refused for different reasons."""
    said = set()
    for number in range(60):
        folder = odd_files.written(odd_files.broken(number, bases), tmp_path / "broken")
        try:
            sousveil.study(folder)
        except InputError as error:
            said.add(error.problems[0].message.split('"')[0])
    assert len(said) > 15


@pytest.mark.parametrize("value", [5e-324, 1e-320, 1e-100, 9e-31])
def test_numbers_that_products_would_lose_are_refused(value: float, tmp_path: Path) -> None:
    study = sousveil.study("seed-article")
    with pytest.raises(InputError, match="nearer to 0 than 1e-30; set it to 0"):
        study.reform({"channels.reports.coverage": value})
    with pytest.raises(InputError, match="nearer to 0 than 1e-30; write 0"):
        study.reform(sousveil.reform(f"channels.reports.coverage={value}"))
    assert study.reform({"channels.reports.coverage": LEAST}) is not None
