"""What stands in the terminal first is what was found, in sentences, and it fits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sousveil.cli import app
from sousveil.cli.output import dispatch
from swept import written


def said(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert dispatch(app, [str(w) for w in words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80])
def test_every_line_of_a_run_fits_the_terminal(width: int, capsys: pytest.CaptureFixture[str],
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = said(capsys, "run", "seed-article", "--people", "2e3", "--steps", "6", "--engine", "agents")
    assert max(map(len, text.splitlines())) <= width
    head, findings, first, *_ = text.split("\n\n")
    assert head.startswith("seed-article: 2,000 synthetic people")
    assert re.match(r"  1\. [A-Z0-9].*\.$", findings, re.S)
    assert first.startswith("TIERS\n")


def test_a_classification_in_one_step_shows_shares_by_tier_and_nothing_that_it_cannot(
        capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "run", "urumqi-form-2017", "--people", "5e3")
    _, findings, first, *rest = text.split("\n\n")
    assert "loses 10 points at the start, for that alone" in findings
    assert first.startswith("TIERS\n")
    assert "share in tier unsafe" in first
    assert not any(line.strip().startswith("not estimable") for line in text.splitlines())
    assert sum("ot estimable" in part for part in rest) <= 1, "in one paragraph, not in blocks"


def test_an_explanation_begins_with_its_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path)
    text = said(capsys, "why", tmp_path)
    assert text.startswith("Between group B and group A the share")
    assert "percentage points" in text
    assert "points of 100" not in text


def test_an_audit_begins_with_its_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(g, int(i < cut)) for g, cut in (("a", 100), ("b", 300)) for i in range(500)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["who,decision", *(f"{g},{d}" for g, d in rows)]) + "\n")
    text = said(capsys, "audit", path, "--decision", "decision", "--groups", "who")
    assert text.startswith("  1. “")
    assert "percentage points" in text
    assert "outcomes: it cannot show whom the decisions wronged" in text
