"""Words and files that once crashed a command, hung it or read what is none of theirs: exit code 2, and one message."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch

GOOD = Path(__file__).parents[1] / "broken" / "good"
LONG = "x" * 300
Said = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    monkeypatch.chdir(tmp_path)

    def said(*words: str | Path) -> str:
        assert dispatch(app, [*map(str, words)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "defect" not in err
        return err

    return said


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], Path]:
    """A good study whose scheme has another name."""
    folder = tmp_path / "study"
    folder.mkdir()
    for path in GOOD.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())

    def with_scheme(name: str) -> Path:
        text = (GOOD / "study.yaml").read_text(encoding="utf-8").replace("scheme: scheme.yaml", f"scheme: {name}")
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        return folder

    return with_scheme


def test_no_seeds_are_no_defect(refused: Said) -> None:
    for words in (["sweep", "seed-article", "--vary", "score.decay=0:0.5:2", "--seeds", "0"],
                  ["compare", "seed-article", "--reform", "no-kin", "--seeds", "0"],
                  ["why", "seed-article", "--seeds", "0"], ["run", "seed-article", "--replicates", "0"]):
        assert "0 is not between 1 and 10,000" in refused(*words)


@pytest.mark.parametrize("command", ["check", "run", "explain", "diff", "verify", "report", "cite", "audit"])
def test_a_file_name_of_three_hundred_letters_is_no_defect(command: str, refused: Said) -> None:
    for name in (LONG, f"{LONG}.yaml", f"{LONG}/study.yaml"):
        assert refused(command, name).count("\n") <= 3


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.yaml", "sub/../../secret.yaml", "/dev/zero", "link.yaml",
                                  LONG, ".", ".."])
def test_a_study_reads_no_file_but_its_own(name: str, refused: Said, study: Callable[[str], Path],
                                           tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("secret-word: 1\npassword: hunter2\n", encoding="utf-8")
    folder = study(name)
    os.symlink(tmp_path / "secret.yaml", folder / "link.yaml")
    for command in ("check", "run", "explain"):
        said = refused(command, folder)
        assert "study.yaml:3:9" in said
        assert not any(word in said for word in ("secret-word", "hunter2", "root:", "nologin"))


def test_of_a_file_that_is_none_of_ours_nothing_is_said(refused: Said, study: Callable[[str], Path]) -> None:
    folder = study("other.yaml")
    (folder / "other.yaml").write_text("secret-word: 1\npassword: hunter2\n", encoding="utf-8")
    said = refused("check", folder)
    assert "other.yaml:1:1  the first key says what a file is; this one has none of them" in said
    assert "secret" not in said
    (folder / "other.yaml").write_text("schem: mine\n", encoding="utf-8")
    assert 'did you mean "scheme"?' in refused("check", folder)


@pytest.mark.parametrize(("settings", "message"), [
    (["signals.buys-alcohol.points=-1e6", "assumptions.chilling={}"], "units of the resolution; at most 1,048,576 can"),
    (["score.resolution=1e-6"], "more than 30,000 scores"),
    ([f"population.strata.s{i}={{x: 0.5, z: 0.5}}" for i in range(28)], "kinds of people; at most 65,536"),
    (["population.frailty.classes=64"], ""),
    (["redress={notice: true, appeal: {value: 0.5, times: {group: {B: 3}}}}"], "with its factors this comes to 1.5")])
def test_what_no_machine_holds_is_refused_before_it_is_made(settings: list[str], message: str, refused: Said,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "seed-article", "--people", "100", "--steps", "2", *(w for s in settings for w in ("--set", s))]
    if message:
        assert message in refused(*words)
    else:
        assert dispatch(app, words) == 0, capsys.readouterr().err
