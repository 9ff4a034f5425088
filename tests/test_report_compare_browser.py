"""The reports of worlds in Chromium, held to what the report of a run is held to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sousveil
from browser import CONTRAST, OVERLAPS, SMALL_LETTERS, WIDTHS
from sousveil.comparisons.objective import objective
from sousveil.comparisons.pair import compare
from sousveil.comparisons.reform_search import mend
from sousveil.comparisons.sweep import axis, sweep
from sousveil.comparisons.twins import twins
from sousveil.comparisons.why import why
from sousveil.page.report import Report
from sousveil.reports.sweep import mended, swept, weighed
from sousveil.reports.why import report
from sousveil.studies.study import load
from sousveil.unknowns.sensitivity import sensitivity
from swept import written
from tiers import few_and_many


def reports(folder: Path) -> Iterator[tuple[str, Report]]:
    study, base = written(folder), load("seed-article")
    read, wanted = objective(study, "bottom-tier")
    yield "compare", sousveil.report(compare(base, [base.reform("no-ceiling"), base.reform({"kin": []})], seeds=3,
                                             people=3_000, steps=24, engine="agents"))
    yield "why", report(why(study, engine="exact"), twins(study, seeds=2, people=500))
    yield "line", swept(sweep(read, [axis("channels.camera.coverage=0.1:0.7:4")]), wanted, "x")
    yield "sensitivity", weighed(sensitivity(read, wanted, points=16), "x")
    yield "mend", mended(mend(read, wanted, 0.5), "x")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("reports")
    return [made.save(folder / f"{name}.html").as_uri() for name, made in reports(folder)]


@few_and_many("all_widths", False, True)
def test_they_fit_and_can_be_read(browser: Any, pages: list[str], all_widths: bool) -> None:
    """In the short tier each page at one width and in one scheme of colours, so that all of both come."""
    for number, place in enumerate(pages):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(place)
        for width in WIDTHS if all_widths else WIDTHS[number:][:1]:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark") if all_widths else (("light", "dark")[number % 2],):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, place
                assert page.evaluate(SMALL_LETTERS) == [], place
                assert page.evaluate(OVERLAPS) == [], place
                assert page.evaluate(CONTRAST) == [], place
        page.context.close()
