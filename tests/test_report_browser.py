"""A report in Chromium: quiet, without requests, without a sideways scroll, and usable by everybody.

Skipped where there is no Chromium, but not in continuous integration. The rules of axe are checked too where
SOUSVEIL_AXE names the file axe.min.js (npm package axe-core, MPL-2.0, not kept here); the checks below stand in for it
elsewhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import CONTRAST, OVERLAPS, SMALL_LETTERS, WIDTHS, chromium
from font_sets import SETS, only
from sousveil.reports.run.report import report
from sousveil.runs.run import run


@pytest.fixture(scope="module", params=[*SETS][:1] + [pytest.param(name, marks=pytest.mark.long)
                                                      for name in [*SETS][1:]])
def dressed(request: pytest.FixtureRequest, player: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser that has one family of fonts and no other."""
    launched = chromium(player, only(request.param, tmp_path_factory.mktemp("fonts")))
    yield launched
    launched.close()


ENTRIES = ["seed-article", "urumqi-form-2017", "rongcheng"]


@pytest.fixture(scope="module", params=[ENTRIES[0], *(pytest.param(name, marks=pytest.mark.long)
                                                      for name in ENTRIES[1:])])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    small = run(request.param, people=4_000)
    return report(small).save(tmp_path_factory.mktemp("report") / "report.html").as_uri()


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
    page.locator("figure summary").first.click()
    assert page.locator("details table").first.is_visible()


def test_the_csv_can_be_downloaded(browser: Any, address: str) -> None:
    page = opened(browser, address)
    with page.expect_download() as download:
        page.locator("#tiers a[download$=csv]").first.click()
    assert download.value.suggested_filename == "tiers.csv"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("group,")


def test_pictures_can_be_downloaded_and_stand_alone(browser: Any, address: str, tmp_path: Path) -> None:
    """Every picture of the page, without a script: a sound SVG that asks for nothing, with its finding and source."""
    page = opened(browser, address, java_script_enabled=False)
    heading = page.locator("#tiers h2").inner_text()
    links = page.locator("a[download$=svg]").all()
    assert len(links) >= 2
    for link in links:
        with page.expect_download() as download:
            link.click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert "var(" not in text
        if download.value.suggested_filename == "tiers.svg":
            assert heading in " ".join(re.findall(r"<tspan[^<>]*>([^<>]*)", text))
            assert "Source: " in text
        alone = tmp_path / download.value.suggested_filename
        alone.write_text(text, encoding="utf-8")
        shown, asked = browser.new_page(), []
        shown.on("request", lambda request, asked=asked: asked.append(request.url))
        shown.goto(alone.as_uri())
        assert asked == [alone.as_uri()]
        assert shown.locator("svg").first.bounding_box()["width"] > 500
        assert shown.evaluate(OVERLAPS) == []
        shown.close()


def test_nothing_scrolls_sideways(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_letters_in_charts_are_large_enough_and_keep_apart(dressed: Any, address: str) -> None:
    page = opened(dressed, address)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SMALL_LETTERS) == [], width
        assert page.evaluate(OVERLAPS) == [], width


def test_all_text_stands_out(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(CONTRAST) == [], scheme


def test_one_drawing_of_each_picture_is_shown_and_named(browser: Any, address: str) -> None:
    page = opened(browser, address)
    for width, shown, hidden in ((1280, "wide", "narrow"), (390, "narrow", "wide")):
        page.set_viewport_size({"width": width, "height": 900})
        assert all(e.is_visible() for e in page.locator(f".{shown}").all())
        assert not any(e.is_visible() for e in page.locator(f".{hidden}").all())
        assert page.locator("[role=img]:not([aria-label])").count() == 0


def test_landmarks_headings_and_the_keyboard(browser: Any, address: str) -> None:
    page = opened(browser, address)
    for landmark in ("header", "main", "footer"):
        assert page.locator(f"body > .sheet > {landmark}").count() == 1
    assert page.locator("h1").count() == 1
    assert page.locator("html[lang=en]").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.className")
    assert focused == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0


@pytest.mark.skipif("SOUSVEIL_AXE" not in os.environ, reason="SOUSVEIL_AXE does not name axe.min.js")
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing(browser: Any, address: str, scheme: str) -> None:
    page = opened(browser, address, scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(Path(os.environ["SOUSVEIL_AXE"]).read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',"
                           " 'best-practice']})")
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in result["violations"]] == []
