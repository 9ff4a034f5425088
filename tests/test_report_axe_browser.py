"""Every kind of report under the rules of axe for WCAG 2.2 AA, in every light, width and print, in Chromium.

Skipped where SOUSVEIL_AXE does not name the file axe.min.js (npm package axe-core, MPL-2.0, not kept here).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sousveil.comparisons.objective import objective
from sousveil.comparisons.sweep import axis, sweep
from sousveil.page.report import Report
from sousveil.reports.run.report import report
from sousveil.reports.sweep import swept
from sousveil.runs.run import run
from swept import written
from test_audit_report import LEVEL, found
from test_audit_report import report as of_audit
from test_baserate_report import SEARCH
from test_baserate_report import page as of_search
from test_report_compare_browser import reports as of_worlds
from test_report_names_browser import drawn

AXE = os.environ.get("SOUSVEIL_AXE", "")
CONDITIONS: dict[str, dict[str, Any]] = {
    "light": {}, "dark": {"color_scheme": "dark"}, "forced colours": {"forced_colors": "active"}, "print": {},
    "320 px": {"viewport": {"width": 320, "height": 700}}, "390 px": {"viewport": {"width": 390, "height": 800}},
    "1280 px": {"viewport": {"width": 1280, "height": 900}},
    "200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}}
RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"


def kinds(folder: Path) -> Iterator[tuple[str, Report]]:
    """A report of every kind, and those of runs that are far from the usual."""
    yield from of_worlds(folder)
    study = written(folder)
    read, wanted = objective(study, "bottom-tier")
    two = [axis("channels.camera.coverage=0.1:0.7:3"), axis("channels.camera.mistaken=0:0.01:3")]
    yield "heat", swept(sweep(read, two), wanted, "x")
    yield "run", report(run("seed-article", people=3_000, steps=24, engine="agents"))
    yield "one step", report(run("seed-article", people=300, steps=1, engine="agents"))
    yield "classification", report(run("urumqi-form-2017", people=3_000))
    yield "audit", of_audit("t.csv", found(LEVEL), "sousveil audit t.csv")
    yield "search", of_search(SEARCH)
    for case in ("names", "twelve groups"):
        yield case, drawn(case)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("kinds")
    return {name: made.save(folder / f"{name.replace(' ', '-')}.html").as_uri() for name, made in kinds(folder)}


@pytest.mark.skipif(not AXE, reason="SOUSVEIL_AXE does not name axe.min.js")
@pytest.mark.long  # thirteen pages; those of runs and of the app are looked at in the short tier
@pytest.mark.parametrize("condition", [*CONDITIONS])
def test_axe_finds_nothing(browser: Any, pages: dict[str, str], condition: str) -> None:
    rules = Path(AXE).read_text(encoding="utf-8")
    context = browser.new_context(**CONDITIONS[condition], bypass_csp=True)
    bad = {}
    for name, address in pages.items():
        page = context.new_page()
        page.goto(address)
        if condition == "print":
            page.emulate_media(media="print")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate(rules)
        violations = page.evaluate(RULES)["violations"]
        if violations:
            bad[name] = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in violations]
        page.close()
    context.close()
    assert bad == {}
