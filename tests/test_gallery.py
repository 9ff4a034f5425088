"""The atlas as people read it: the list, a screenful, pages that open offline; and that what is kept is up to date."""

from __future__ import annotations

import json
import re

import pytest

from sousveil.atlas import folder, names
from sousveil.cli import app
from sousveil.cli.output import dispatch
from sousveil.page.report import Report
from sousveil.reports.gallery import index, page_of
from sousveil.reports.survey import main_numbers, survey
from sousveil.reports.surveyed import KEPT, digest_of, fares, kept, table
from sousveil.studies.entries import ENTRIES, digest, entries, entry_now
from survey import GUIDE, guide

FEWEST = 16
"""Entries that the atlas is meant to have, at least."""


def test_the_atlas_is_large_enough_and_what_is_kept_of_it_is_of_the_files_as_they_are():
    assert len(names()) >= FEWEST
    assert {*kept()} == {*names()}, "work it out anew: python tests/survey.py --write"
    text = GUIDE.read_text(encoding="utf-8")
    assert guide(text, table(kept())) == text, "write it anew: python tests/survey.py --write"


@pytest.mark.parametrize("name", names())
def test_no_scheme_file_is_longer_than_one_reads(name):
    assert len((folder(name) / "scheme.yaml").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize("name", names())
def test_what_is_outside_has_a_reason_and_most_of_what_is_counted_is_told(name):
    for figure in kept()[name].figures:
        assert figure["value"] is not None
        if figure["counted"] and not figure["inside"]:
            assert figure["outside"], f"{name}: say why {figure['figure']} is outside"


def test_a_changed_file_is_seen(tmp_path, monkeypatch):
    before = digest_of("my-ptptn")
    for path in folder("my-ptptn").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr("sousveil.studies.entries.folder", lambda name: tmp_path)
    assert digest_of("my-ptptn") == before
    (tmp_path / "figures.yaml").write_text("about: {population: 10}\n", encoding="utf-8")
    assert digest_of("my-ptptn") != before


def say(capsys, *words):
    code = dispatch(app, words)
    return code, capsys.readouterr().out


def test_the_list_and_a_screenful(capsys):
    code, out = say(capsys, "atlas")
    assert code == 0
    assert all(any(line.startswith(name) for line in out.splitlines()) for name in names())
    code, out = say(capsys, "atlas", "nl-duo-cub-2014")
    assert code == 0
    assert len(out.splitlines()) <= 30
    assert "Widest open" in out
    assert "Outside: " in out
    assert say(capsys, "atlas", "nl-duo")[0] == 2
    data = json.loads(say(capsys, "atlas", "us-la-vispdat-adults", "--json")[1])
    assert data["country"].startswith("United States")
    assert data["standing"]["counted"] == 6


def test_a_page_stands_by_itself_and_the_index_leads_to_it():
    html = Report(page_of("ke-sha-pmt", kept()["ke-sha-pmt"])).html
    assert "excluded town" in html
    assert "rebuilt" in html
    assert "6 of 6 published figures inside their tolerance" in html
    assert "that is assumed, not found" in html, "no wrongful record is no finding where none can be made"
    assert not re.findall(r'(?:src|href)="(?!https://|#|data:)[^"]+"', html)
    listed = Report(index(kept())).html
    assert 'href="ke-sha-pmt.html"' in listed
    assert all(f'href="{name}.html"' in listed for name in names())


def test_what_was_published_by_nobody_is_no_score():
    assert fares(kept()["rongcheng"]) == "–"


CHEAP = ("at-ams", "in-ration-deletions", "ke-sha-pmt", "kr-culture-list", "tr-khk", "urumqi-form-2017")
"""Entries whose main numbers cost well under a second; the long tier looks at all."""


@pytest.mark.parametrize("name", [n if n in CHEAP else pytest.param(n, marks=pytest.mark.long) for n in names()])
def test_the_main_numbers_are_what_they_were(name):
    assert main_numbers(name) == pytest.approx(kept()[name].main, rel=1e-5, abs=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("name", names())
def test_every_entry_stands_as_it_stood(name):
    """Worked out anew: every figure to five digits, and the same verdicts."""
    now, then = survey(name), kept()[name]
    assert [f["figure"] for f in now.figures] == [f["figure"] for f in then.figures]
    for one, other in zip(now.figures, then.figures, strict=True):
        for key in ("value", "least", "most", "low", "high"):
            assert one[key] == (None if other[key] is None else pytest.approx(other[key], rel=1e-5)), one["figure"]
        assert all(one[key] == other[key] for key in ("inside", "by range", "wide", "verdict"))
    assert (now.inside, now.counted, now.widest, now.ask) == (then.inside, then.counted, then.widest, then.ask)


def test_the_file_of_what_is_kept_is_read_back_as_it_was():
    assert json.loads(KEPT.read_text(encoding="utf-8")).keys() == kept().keys()


def test_what_is_told_of_every_entry_is_what_its_files_say():
    """And none is told from files that have changed since."""
    told = {card["id"]: card["digest"] for card in json.loads(ENTRIES.read_text(encoding="utf-8"))}
    assert told == {name: digest(name) for name in names()}, "python tests/survey.py --write"
    assert entries() == tuple(map(entry_now, names()))
