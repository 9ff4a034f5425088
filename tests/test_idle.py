"""That nothing differs is said with its reason, where the rules alone decide it; and then nothing does differ."""

from __future__ import annotations

from pathlib import Path

import pytest

import sousveil as sv
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.comparisons.idle import idle

CHANGES = [
    (("redress.delay=3",), (), "nobody is told of a debit"),
    (("redress.notice=true",), (), "nobody appeals (redress.appeal is 0)"),
    (("redress.delay=2",), ("redress.notice=true", "redress.appeal=0.5"), "redress.upheld is 0"),
    (("about=Other words",), (), "a description, and no rule"),
    (("channels.unused={coverage: 0.5}",), (), 'is recorded by the channel "unused"')]
"""What a reform sets, on top of what holds in both worlds, and the reason for which it has no effect."""


@pytest.mark.parametrize(("settings", "both", "reason"), CHANGES)
def test_what_is_said_to_have_no_effect_has_none(settings: tuple[str, ...], both: tuple[str, ...], reason: str) -> None:
    study = sv.study("seed-article").reform(sv.reform(*both, name="both")).evolve(people=60, steps=3)
    other = study.reform(sv.reform(*settings, name="idle"))
    assert any(reason in said for said in idle(study, other))
    found = sv.compare(study, other, seeds=1, people=60, steps=3, engine="agents")
    assert not any(m.value for m in found.differences(found.reforms[0]))


@pytest.mark.parametrize("settings", [
    ("redress.notice=true", "redress.appeal=0.5", "redress.upheld=0.5"), ("channels.camera.coverage=0.3",),
    ("ceilings={}",), ("population.people=70",)])
def test_what_can_have_an_effect_is_not_said_to_have_none(settings: tuple[str, ...]) -> None:
    study = sv.study("seed-article")
    assert idle(study, study.reform(sv.reform(*settings, name="real"))) == ()


def test_appeals_in_vain_are_appeals() -> None:
    """More of them are an effect, though none gives anything back."""
    study = sv.study("seed-article").reform(sv.reform("redress.notice=true", "redress.upheld=0", name="both"))
    for before, after in ((0, 0.5), (0.2, 0.5)):
        one, other = (study.reform(sv.reform(f"redress.appeal={share}", name="share")) for share in (before, after))
        assert idle(one, other) == ()


def test_a_signal_may_be_called_as_a_description_is() -> None:
    named = "signals.about={channel: camera, points: -5, lawful: true}"
    study = sv.study("seed-article").reform(sv.reform(named, "population.conduct.about={rate: 0.1}", name="with"))
    assert idle(study, study.reform(sv.reform("signals.about.points=-9", name="more"))) == ()
    assert idle(sv.study("seed-article"), study) == ()


def test_it_is_told_on_the_screen_and_on_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch(app, ["compare", "seed-article", "--set", "redress.delay=3", "--people", "60", "--steps", "3",
                          "--seeds", "1", "--points", "0", "--engine", "agents", "-o", str(tmp_path / "out")]) == 0
    said = "no effect here: nobody is told of a debit"
    assert said in " ".join(capsys.readouterr().out.split())
    assert said in " ".join((tmp_path / "out" / "report.html").read_text(encoding="utf-8").split())
