"""A report in Chromium: quiet, without requests, without a sideways scroll, and usable by everybody.

Skipped where there is no Chromium, but not in continuous integration. The rules of axe are checked too where
SOUSVEIL_AXE names the file axe.min.js (npm package axe-core, MPL-2.0, not kept here); the checks below stand in for it
elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.reports.run.report import report
from sousveil.runs.run import run

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDTHS = (320, 390, 768, 860, 1280)

if not CHROMIUM.exists() and os.environ.get("CI") != "true":
    pytest.skip("there is no Chromium here", allow_module_level=True)

CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => { const f = [r, g, b].map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
  const page = parse(getComputedStyle(document.body).backgroundColor);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c; } return page; };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), inside = e.closest('svg') !== null;
    const a = lum(parse(inside ? style.fill : style.color)), b = lum(behind(inside ? e.closest('div') : e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([walk.currentNode.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return poor; }"""
SMALL_LETTERS = """() => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length).map(t => {
  const scale = t.getScreenCTM().a; return [t.textContent, parseFloat(getComputedStyle(t).fontSize) * scale]; })
  .filter(([, size]) => size < 10.95)"""
OVERLAPS = """() => { const bad = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.getClientRects().length && t.textContent.trim());
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      const w = Math.min(boxes[i].right, boxes[j].right) - Math.max(boxes[i].left, boxes[j].left);
      const h = Math.min(boxes[i].bottom, boxes[j].bottom) - Math.max(boxes[i].top, boxes[j].top);
      if (w > 2 && h > 4) bad.push([texts[i].textContent, texts[j].textContent]); }
    const edge = svg.getBoundingClientRect();
    boxes.forEach((b, i) => { if (b.right > edge.right + 3 || b.left < edge.left - 3)
      bad.push([texts[i].textContent, 'outside']); }); }
  return bad; }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=["seed-article", "urumqi-form-2017", "rongcheng"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    small = run(request.param, people=4_000)
    return report(small).save(tmp_path_factory.mktemp("report") / "report.html").as_uri()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(browser: Any, address: str, width: int = 1280, scheme: str = "light", **more: Any) -> Any:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more).new_page()
    page.goto(address)
    return page


def test_it_is_quiet_and_asks_for_nothing(browser: Any, address: str) -> None:
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_timeout(200)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [address]


def test_it_reads_without_script(browser: Any, address: str) -> None:
    page = opened(browser, address, java_script_enabled=False)
    assert page.locator("h1").is_visible()
    page.locator("summary").first.click()
    assert page.locator("details table").first.is_visible()


def test_the_csv_can_be_downloaded(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.locator("summary").first.click()
    with page.expect_download() as download:
        page.locator("details a[download]").first.click()
    assert download.value.suggested_filename == "tiers.csv"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("group,")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(browser: Any, address: str, width: int) -> None:
    page = opened(browser, address, width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_letters_in_charts_are_large_enough_and_keep_apart(browser: Any, address: str, width: int) -> None:
    page = opened(browser, address, width)
    assert page.evaluate(SMALL_LETTERS) == []
    assert page.evaluate(OVERLAPS) == []


def test_all_text_stands_out(browser: Any, address: str, scheme: str) -> None:
    page = opened(browser, address, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate(CONTRAST) == []


def test_one_drawing_of_each_picture_is_shown_and_named(browser: Any, address: str) -> None:
    for width, shown, hidden in ((1280, "wide", "narrow"), (390, "narrow", "wide")):
        page = opened(browser, address, width)
        assert all(e.is_visible() for e in page.locator(f".{shown}").all())
        assert not any(e.is_visible() for e in page.locator(f".{hidden}").all())
        assert page.locator("[role=img]:not([aria-label])").count() == 0


def test_landmarks_headings_and_the_keyboard(browser: Any, address: str) -> None:
    page = opened(browser, address)
    for landmark in ("header", "main", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1
    assert page.locator("h1").count() == 1
    assert page.locator("html[lang=en]").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.className")
    assert focused == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0


@pytest.mark.skipif("SOUSVEIL_AXE" not in os.environ, reason="SOUSVEIL_AXE does not name axe.min.js")
def test_axe_finds_nothing(browser: Any, address: str, scheme: str) -> None:
    page = opened(browser, address, scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(Path(os.environ["SOUSVEIL_AXE"]).read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
                           " 'best-practice']})")
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in result["violations"]] == []
