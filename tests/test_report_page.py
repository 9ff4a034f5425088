"""A page is one file that lets nothing in, and says what it was given, escaped."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import re
from urllib.parse import unquote

import pytest

from sousveil.page import words
from sousveil.page.layout import render
from sousveil.page.page import (
    Cell,
    Chart,
    Code,
    Columns,
    KeyFigure,
    Link,
    Mark,
    Page,
    Prose,
    Section,
    Table,
)
from sousveil.page.report import Report

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" viewBox="0 0 10 10">'
       '<rect fill="#a8322a" width="5" height="5"/></svg>')
HOSTILE = '<script>alert("1")</script>"><img src=x onerror=alert(1)>'
RULES = Table(("rule", "points", "known how"),
              (("Buys nappies", Cell("+2", 2), Mark("claimed")), ("Jaywalks", -5, Mark("assumed"))), "The rules")


def page(text: str = "plain", table: Table = RULES) -> Page:
    chart = Chart(SVG, SVG, text, text, table, "rules.csv")
    return Page(text, text, text, (KeyFigure(text, text, text, text),),
                (Section(text, text, (Prose(f"{text}\n\n{text}"), chart, Code(text))),
                 Columns(Section(text, text, (table,), id="limits"), Section(text, text, (chart,), id="again"))),
                (text, text), words.terms("tier"))


def test_it_is_the_same_text_for_the_same_page() -> None:
    assert render(page()) == render(page())


def test_the_policy_lets_in_nothing_but_the_one_style_sheet() -> None:
    text = render(page())
    sheet = re.search(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', text)
    assert sheet
    assert policy
    digest = base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode()
    rules = dict(rule.split(" ", 1) for rule in html.unescape(policy[1]).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in policy[1]


def test_nothing_in_the_file_asks_for_anything_outside() -> None:
    text = render(page())
    assert "<script" not in text
    assert " style=" not in text
    assert "@import" not in text
    assert "url(" not in text
    assert not re.search(r'(?:src|href)="(?!#|data:)', text)


def test_text_from_outside_stays_text() -> None:
    text = render(page(HOSTILE, Table((HOSTILE, "n"), ((HOSTILE, Mark(HOSTILE)),), HOSTILE)))
    assert "<script" not in text
    assert "<img" not in text
    assert HOSTILE in html.unescape(text)


def test_only_web_addresses_become_links() -> None:
    rows = ((Link("good", "https://example.org/a?b=1&c"),), (Link("bad", "javascript:alert(1)"),),
            (Link("file", "file:///etc/passwd"),))
    text = render(page(table=Table(("source",), rows)))
    assert 'href="https://example.org/a?b=1&amp;c"' in text
    assert "javascript:" not in re.sub(r'href="data:[^"]*"', "", text)
    assert 'href="file' not in text


def test_the_csv_carries_full_numbers_and_no_formulas() -> None:
    table = Table(("name", "x"), (("=1+1", 1 / 3), ("−", Cell("about a third", 1 / 3)), ("none", None)))
    link = re.search(r'download="rules.csv" href="data:text/csv;charset=utf-8,([^"]*)"', render(page(table=table)))
    assert link
    rows = list(csv.reader(io.StringIO(unquote(html.unescape(link[1])))))
    assert rows == [["name", "x"], ["'=1+1", "0.3333333333"], ["−", "0.3333333333"], ["none", ""]]


def test_the_full_table_goes_to_the_csv_where_the_shown_one_is_a_digest() -> None:
    full = Table(("month", "share"), tuple((i, i / 10) for i in range(10)))
    chart = Chart(SVG, SVG, "t", "a", Table(("month", "share"), ((9, 0.9),)), "x.csv", full)
    text = render(Page("k", "t", "l", (), (Section("q", "a", (chart,)),), ()))
    assert "CSV, 10 rows" in text
    assert text.count('<th scope="row"') == 1


def test_headings_run_in_order_and_ids_are_unique() -> None:
    text = render(page())
    levels = [int(level) for level in re.findall(r"<h(\d)", text)]
    assert levels == [1, 2, 2, 2, 2]
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:href="#|aria-labelledby=")([^"]+)"', text):
        assert target in ids


def test_a_chart_stands_in_two_drawings_and_in_columns_in_one() -> None:
    text = render(page())
    assert text.count("<svg") == 3
    assert text.count('role="img" aria-label="plain"') == 2


def test_columns_of_numbers_stand_to_the_right_and_marks_say_what_they_mean() -> None:
    text = render(page())
    assert '<td class="n">+2</td>' in text
    assert '<td class="n">−5</td>' in text
    assert f'title="{words.MARKS["claimed"]}"' in text


def test_the_foot_links_to_the_parts_that_exist() -> None:
    foot = render(page()).partition("<footer>")[2]
    assert re.findall(r'<a href="#([^"]+)"', foot) == ["again", "words", "limits"]
    assert 'href="#again"' not in render(Page("k", "t", "l", (), (), ()))


def test_save_writes_the_whole_file_or_none(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "new" / "report.html"
    report = Report(page())
    assert report.save(target) == target
    assert target.read_text(encoding="utf-8") == report.html
    broken = Report(page(text="other"))
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        broken.save(target)
    assert [p.name for p in target.parent.iterdir()] == ["report.html"]
    assert target.read_text(encoding="utf-8") == report.html


def test_a_report_is_shown_short() -> None:
    assert repr(Report(page("Nobody of group B can rise"))) == "<Report: Nobody of group B can rise>"


def test_a_word_without_an_explanation_is_an_error() -> None:
    with pytest.raises(KeyError):
        words.terms("flux capacitor")
