"""Pages with many groups, many tiers and long names in many scripts, in Chromium, under one font family at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import sousveil
from browser import OVERLAPS, SMALL_LETTERS, WIDTHS, chromium
from font_sets import SETS, only
from pictures import SCRIPTS, pictures
from sousveil.page.page import Chart, Code, Columns, KeyFigure, Page, Prose, Section, Table
from sousveil.page.report import Report
from test_report_figures import EXTREMES
from tiers import in_turn

SQUEEZED = """() => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length
  && t.textContent.length > 2 && /^[\\x20-\\u024f\\u2010-\\u2026\\u2212]+$/.test(t.textContent)).map(t => {
    const held = parseFloat(t.getAttribute('textLength')); t.removeAttribute('textLength');
    const own = t.getComputedTextLength(); t.setAttribute('textLength', held);
    return [t.textContent, held / own]; }).filter(([, ratio]) => ratio < 0.8 || ratio > 1.2)"""

PLACES = """(words) => { const found = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), nodes = [];
  while (walk.nextNode()) nodes.push(walk.currentNode);
  const paragraph = document.querySelector('section p:not(.label)');
  const inside = nodes.filter(n => paragraph.contains(n));
  for (const word of words) for (const node of inside) { const at = node.textContent.indexOf(word);
    if (at < 0) continue;
    const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + word.length);
    const box = range.getBoundingClientRect(); found[word] = [box.left, box.right]; }
  return found; }"""
LETTERS = """(name) => { const t = [...document.querySelectorAll('svg text')].filter(
    t => t.getClientRects().length && t.textContent.includes(name) && /[0-9]/.test(t.textContent))[0];
  return [name, t.textContent.match(/[0-9]+/)[0]].map(word => {
    const at = t.textContent.indexOf(word);
    const boxes = [...word].map((_, i) => t.getExtentOfChar(at + i)).filter(b => b.width > 0);
    return [Math.min(...boxes.map(b => b.x)), Math.max(...boxes.map(b => b.x + b.width))]; }); }"""
UNBROKEN = """() => [...document.querySelectorAll('.drawn svg, tr, .figures, pre, dl div, h2')].filter(
    e => e.getClientRects().length && getComputedStyle(e).breakInside === 'avoid').map(e => {
    const first = e.matches('.drawn svg:first-child') && e.closest('figure');
    return [e.getBoundingClientRect().height + (first ? first.querySelector('figcaption').offsetHeight + 12 : 0),
            e.tagName, e.textContent.slice(0, 40)]; }).filter(([height]) => height > HALF)"""
SHEET = (680, 1001)
"""The px of a sheet of A4 within the margins of the style sheet."""


def page(groups: list[str], tiers: list[str], steps: int) -> Page:
    first, last = groups[0], groups[-1]
    table = Table(("group", "tier", "share", "interval"), tuple((g, tiers[0], "31%", "30 to 32%") for g in groups))
    sections: list[Section | Columns] = [
        Section("A question", f"{name}: group {first} 35 of 100, against group {last} 20 of 100",
                (Prose(f"{first} 35%, {last} 20%."), Chart(*drawing, f"For {first}", f"Of {first} 35", table, "x.csv")))
        for name, drawing in pictures(groups, tiers, steps)]
    sections.append(Section("Again", "Run it again", (Code("sousveil run " + "a-long-name " * 30), table)))
    return Page("kicker", f"People of {first} fare worse", f"Of {first} 37 of 100, of {last} 23 of 100.",
                (KeyFigure("37 of 100", "", f"of {first}", f"30 to 40; {last} 23"),) * 3, tuple(sections),
                (first, last))


@pytest.fixture(scope="module")
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return drawn(request.param).save(tmp_path_factory.mktemp("names") / "report.html").as_uri()


@cache
def drawn(case: str) -> Report:
    """Drawn once, looked at under every family of fonts."""
    groups, tiers, steps = EXTREMES[case]
    return Report(page(list(groups), list(tiers), steps))


@pytest.fixture(scope="module", params=[*SETS][:1] + [pytest.param(name, marks=pytest.mark.long)
                                                      for name in [*SETS][1:]])
def dressed(request: pytest.FixtureRequest, player: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser that has one family of fonts and no other."""
    launched = chromium(player, only(request.param, tmp_path_factory.mktemp("fonts")))
    yield launched
    launched.close()


@in_turn(("dressed", "address"), [*SETS], [*EXTREMES], indirect=True)
def test_every_label_can_be_read_and_on_paper_nothing_is_cut(dressed: Any, address: str) -> None:
    opened = dressed.new_page()
    opened.goto(address)
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in WIDTHS:
        opened.set_viewport_size({"width": width, "height": 900})
        assert opened.evaluate(SMALL_LETTERS) == [], width
        assert opened.evaluate(OVERLAPS) == [], width
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate(SQUEEZED) == []
    opened.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
    opened.set_viewport_size({"width": SHEET[0], "height": SHEET[1]})
    opened.emulate_media(media="print")
    assert all(table.is_visible() for table in opened.locator("figure table").all())
    assert opened.evaluate("document.documentElement.scrollWidth") <= SHEET[0]
    assert opened.evaluate("[...document.querySelectorAll('pre, .scroll')].every(e => e.scrollWidth <= e.clientWidth)")
    assert opened.evaluate(OVERLAPS) == []
    assert opened.evaluate(UNBROKEN.replace("HALF", str(SHEET[1] / 2))) == []
    opened.close()


def test_numbers_stand_beside_the_names_they_belong_to(dressed: Any, tmp_path: Path) -> None:
    """Of names written from right to left, in a sentence and in a label. A browser left alone puts the second name
    first and its number beside the other."""
    names = [SCRIPTS["Uyghur"], "خەنزۇلار"]
    made = page(names, ["موثوق", "متوسط"], 12)
    opened = dressed.new_page(viewport={"width": 1280, "height": 900})
    opened.goto(Report(made).save(tmp_path / "report.html").as_uri())
    words = [names[0], "35%", names[1], "20%"]
    places = opened.evaluate(PLACES, words)
    ends = [end for word in words for end in places[word]]
    assert ends == sorted(ends)
    for tier in ("موثوق", "متوسط"):
        name, share = opened.evaluate(LETTERS, tier)
        assert name[1] <= share[0] + 0.5
    opened.close()


def test_names_come_whole_out_of_the_csv(dressed: Any, tmp_path: Path) -> None:
    names = [*SCRIPTS.values(), "50% # of & \"us\", <all>\u2028"]
    opened = dressed.new_page()
    opened.goto(Report(page(names, ["in", "out"], 2)).save(tmp_path / "report.html").as_uri())
    with opened.expect_download() as download:
        opened.locator("a[download$=csv]").first.click()
    with open(download.value.path(), encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["group", *names]
    opened.close()


@pytest.mark.parametrize("width", [320, 390])
def test_a_name_of_three_hundred_letters_makes_no_page_wider(player: Any, tmp_path: Path, width: int) -> None:
    """Key figures and tables once were as wide as the longest name in them, in the page and in the app."""
    name = "Donaudampf" * 30
    table = Table(("whose", "value"), ((f"group {name}", f"31% of {name}"),))
    made = Page("kicker", f"People of {name} fare worse", f"Of {name} 37 of 100.",
                (KeyFigure("37%", "", f"of group {name} end “{name}”", f"30 to 40; {name} 23"),) * 3,
                (Section("A question", f"{name}: 35 of 100", (Prose(f"{name} 35%."), table)),), (name,))
    look = (Path(sousveil.__file__).parent / "app" / "templates" / "app.css").read_text(encoding="utf-8")
    app = tmp_path / "app.html"
    app.write_text(f'<meta charset="utf-8"><style>{look}</style><main><h1>{name}</h1><p>{name}</p><table class="harms">'
                   f'<tr><th>{name}<small>of 100</small></th><td class="who">group {name}</td>'
                   f'<td class="n">31%</td></tr></table><table class="stack"><tr><td>{name}</td></tr></table></main>',
                   encoding="utf-8")
    launched = chromium(player)
    opened = launched.new_page(viewport={"width": width, "height": 900})
    for address in (Report(made).save(tmp_path / "report.html").as_uri(), app.as_uri()):
        opened.goto(address)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, address
    launched.close()
