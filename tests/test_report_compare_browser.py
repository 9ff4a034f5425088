"""The reports of worlds in Chromium, held to what the report of a run is held to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sousveil
from browser import CONTRAST, OVERLAPS, SMALL_LETTERS, WIDTHS, chromium
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
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("reports")
    places = [made.save(folder / f"{name}.html").as_uri() for name, made in reports(folder)]
    with sync_playwright() as playwright:
        launched = chromium(playwright)
        yield [(launched, place) for place in places]
        launched.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_they_fit_and_can_be_read(pages: list[Any], width: int) -> None:
    for launched, place in pages:
        for scheme in ("light", "dark"):
            page = launched.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
            page.goto(place)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, place
            assert page.evaluate(SMALL_LETTERS) == [], place
            assert page.evaluate(OVERLAPS) == [], place
            assert page.evaluate(CONTRAST) == [], place
            page.context.close()
